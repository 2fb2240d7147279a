/**
 * Checks the arrows of the house: `node scripts/check-arrows.ts [ROOT]`, part of `pnpm lint`.
 *
 * Which package may import which, no deep imports, nothing undeclared, nothing outside the package, and pure packages
 * that stay pure. Prints one line a violation, `file:line  message`, and exits 1 when there is any.
 */
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf, lineOf, splitSource } from './source-text.ts';
import type { ImportSite } from './source-text.ts';

/** The rows of the house, lowest first. An import points to a lower row; packages of one row never see each other. */
const ROWS: readonly (readonly string[])[] = [
  ['model'],
  ['orderbook'],
  ['kraken', 'strategies', 'risk', 'portfolio'],
  ['feed', 'paper-exec', 'live-exec', 'journal', 'analytics'],
  ['engine', 'exchange-sim'],
  ['runner', 'dashboard'],
];

/** Arrows that the rows would allow and the house forbids: the judge shares no code with the judged. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = { 'exchange-sim': ['feed', 'paper-exec'] };

/** Packages whose sources take time, randomness and data as input. They may import each other and nothing less pure. */
export const PURE_PACKAGES = ['model', 'orderbook', 'strategies', 'risk', 'portfolio', 'paper-exec', 'analytics'];

/** Pure files of packages that are not pure as a whole, as globs. Each import among a package's own files stays within. */
export const PURE_FILES: readonly string[] = [
  'packages/engine/src/**',
  'packages/feed/src/errors.ts',
  'packages/feed/src/{core,market}/**',
  'packages/feed/src/connection/{backoff,connect-budget,duration-text,error-text,subscription,subscriptions,token-keeper}.ts',
  'packages/feed/src/backfill/{past-market,read-past}.ts',
  'packages/feed/src/health/feed-health.ts',
  'packages/kraken/src/{decoder,frame-decoder,messages,requests,book-buffer,symbol-table,symbol-names}.ts',
  'packages/kraken/src/{wire-time,json-tree,frame-scanner,price-change}.ts',
  'packages/kraken/src/{fast,tree}-*.ts',
  'packages/kraken/src/v1/**',
];

/** Builtins of Node that pure code may use, by name. */
const PURE_BUILTINS: Readonly<Record<string, readonly string[]>> = { 'node:zlib': ['crc32'] };

/** What pure code must not touch. The linter sees more (aliases, destructuring); this needs nothing installed. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?=[;,)\]\s]))|(?<!new\s)(?<![\w$.])Date\s*\(/g, 'the wall clock'],
  [/(?<![\w$.])performance\s*[.[]/g, 'the monotonic clock'],
  [/\bMath\s*\.\s*random\b|(?<![\w$.])crypto\s*[.[]/g, 'randomness'],
  [/(?<![\w$.])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b(?!\s*[:?])/g, 'a timer'],
  [/(?<![\w$.])(?:process|console|globalThis)\s*[.[]/g, 'the process'],
  [/(?<![\w$.])fetch\s*\(|\bnew\s+(?:WebSocket|Worker|EventSource)\b/g, 'the network'],
];

/** Files outside a package that some of its files may import: where from (inside the package), and what. */
const SHARED: readonly (readonly [RegExp, string])[] = [
  [/^bench\//, 'scripts/bench-kit.ts'],
  [/^tsup\.config\.ts$/, 'tsup.base.ts'],
];

/** What the whole workspace has: test and build tools of the root manifest, which sources must not import. */
const ROOT_TOOLS = ['vitest', 'vitest/config', 'fast-check', 'tsup'];

export interface Violation {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Package {
  readonly name: string;
  /** `packages/NAME` or `apps/NAME`. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/** Checks a whole tree. @param root Where `packages` and `apps` are. */
export function findViolations(root: string, pureGlobs: readonly string[] = PURE_FILES): Violation[] {
  const packages = globSync('{packages,apps}/*/package.json', { cwd: root })
    .toSorted()
    .map((path) => readPackage(root, path));
  const matches = pureGlobs
    .flatMap(alternatives)
    .map((glob) => ({ glob, files: globSync(glob, { cwd: root }).map(withSlashes) }));
  const pureFiles = matches.flatMap(({ files }) => files);
  const missing = matches
    .filter(({ files }) => files.length === 0)
    .map(({ glob }) => ({ file: glob, line: 1, message: 'is listed as pure but does not exist' }));
  return [
    ...missing,
    ...packages.flatMap((pkg) => [...checkManifest(pkg), ...checkFiles(root, pkg, pureFiles)]),
    ...findCycles(root, packages),
  ];
}

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`: each of them must exist. */
export function alternatives(glob: string): string[] {
  const [, before = '', choices = '', after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(glob) ?? [];
  return choices === '' ? [glob] : choices.split(',').flatMap((choice) => alternatives(`${before}${choice}${after}`));
}

function readPackage(root: string, manifestPath: string): Package {
  const manifest = JSON.parse(readFileSync(join(root, manifestPath), 'utf8')) as Manifest;
  const folder = withSlashes(dirname(manifestPath));
  return {
    name: folder.split('/')[1] ?? folder,
    folder,
    dependencies: [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})],
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
  };
}

function checkManifest(pkg: Package): Violation[] {
  const file = `${pkg.folder}/package.json`;
  if (rowOf(pkg.name) === -1) {
    return [{ file, line: 1, message: `${pkg.name} has no row in scripts/check-arrows.ts: give it one` }];
  }
  return [...pkg.dependencies, ...pkg.devDependencies].flatMap((dependency) => {
    const message = dependency.startsWith('@kb/') ? refuseArrow(pkg.name, dependency.slice(4)) : undefined;
    return message === undefined ? [] : [{ file, line: 1, message }];
  });
}

function checkFiles(root: string, pkg: Package, pureFiles: readonly string[]): Violation[] {
  return filesOf(root, pkg).flatMap((file) => {
    const inside = file.slice(pkg.folder.length + 1);
    const isSource = inside.startsWith('src/');
    const isPure = isSource && (PURE_PACKAGES.includes(pkg.name) || pureFiles.includes(file));
    const text = splitSource(readFileSync(join(root, file), 'utf8'));
    const found: Violation[] = [];
    for (const site of importsOf(text)) {
      const message =
        refuseImport(root, pkg, file, site) ??
        (isPure ? refuseImpureImport(root, pkg, file, site, pureFiles) : undefined);
      if (message !== undefined) found.push({ file, line: site.line, message });
    }
    if (isPure) {
      for (const [pattern, what] of IMPURE) {
        for (const match of text.code.matchAll(pattern)) {
          const message = `pure code uses ${what} (${match[0].trim()}): it comes in as input`;
          found.push({ file, line: lineOf(text.code, match.index), message });
        }
      }
    }
    return found;
  });
}

function filesOf(root: string, pkg: Package): string[] {
  return globSync(`${pkg.folder}/{*,{src,test,bench,examples}/**/*}.{ts,tsx,mts}`, { cwd: root })
    .map(withSlashes)
    .toSorted();
}

/** What is wrong with an import, whichever package it is in. */
function refuseImport(root: string, pkg: Package, file: string, site: ImportSite): string | undefined {
  const { specifier } = site;
  const inside = file.slice(pkg.folder.length + 1);
  const isSource = inside.startsWith('src/');
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? undefined : `write node:${specifier}`;
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const target = targetOf(root, file, specifier);
    if (target.startsWith(`${pkg.folder}/`)) {
      const own = target.startsWith(`${pkg.folder}/src/`) || target === `${pkg.folder}/package.json`;
      if (!isSource || own) return undefined;
      return `source imports ${specifier}, which is not source`;
    }
    if (SHARED.some(([from, shared]) => from.test(inside) && target === shared)) return undefined;
    return `${specifier} leaves the package: import other packages by name`;
  }
  if (specifier.startsWith('@kb/')) {
    const [, name = '', ...deep] = specifier.split('/');
    if (deep.length > 0) return `deep import ${specifier}: import @kb/${name}`;
    if (name === pkg.name) return isSource ? `imports itself by name: use ./file.ts` : undefined;
    return refuseArrow(pkg.name, name) ?? refuseUndeclared(pkg, specifier, isSource);
  }
  if (!isSource && ROOT_TOOLS.includes(specifier)) return undefined;
  const parts = specifier.split('/');
  return refuseUndeclared(pkg, specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? ''), isSource);
}

function refuseArrow(from: string, to: string): string | undefined {
  if (FORBIDDEN[from]?.includes(to) === true)
    return `${from} must never use ${to}: the judge shares no code with the judged`;
  if (rowOf(to) === -1) return `there is no package ${to}`;
  return rowOf(to) < rowOf(from) ? undefined : `${from} must not import ${to}: arrows point down to a lower row`;
}

function refuseUndeclared(pkg: Package, dependency: string, isSource: boolean): string | undefined {
  if (pkg.dependencies.includes(dependency)) return undefined;
  if (!isSource && pkg.devDependencies.includes(dependency)) return undefined;
  const where = isSource ? 'dependencies' : 'dependencies or devDependencies';
  return `${dependency} is not in the ${where} of ${pkg.folder}/package.json`;
}

function refuseImpureImport(
  root: string,
  pkg: Package,
  file: string,
  site: ImportSite,
  pureFiles: readonly string[],
): string | undefined {
  const { specifier } = site;
  if (isBuiltin(specifier)) {
    const allowed = PURE_BUILTINS[specifier] ?? [];
    if (site.names.length > 0 && site.names.every((name) => allowed.includes(name))) return undefined;
    return `pure code imports ${specifier}: no I/O, clock or randomness here`;
  }
  if (site.typeOnly) return undefined;
  if (PURE_PACKAGES.includes(pkg.name)) {
    const name = specifier.startsWith('@kb/') ? specifier.slice(4) : undefined;
    if (name === undefined || PURE_PACKAGES.includes(name)) return undefined;
    return `pure package ${pkg.name} imports ${name}, which is not pure`;
  }
  if (!specifier.startsWith('.')) return undefined;
  const target = targetOf(root, file, specifier);
  return pureFiles.includes(target) ? undefined : `pure file imports ${specifier}, which is not listed as pure`;
}

/** Value imports between the files of a package must not run in circles. */
function findCycles(root: string, packages: readonly Package[]): Violation[] {
  const graph = new Map<string, { readonly to: string; readonly line: number }[]>();
  for (const file of packages.flatMap((pkg) => filesOf(root, pkg))) {
    const sites = importsOf(splitSource(readFileSync(join(root, file), 'utf8')));
    const edges = sites.filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly);
    graph.set(
      file,
      edges.map(({ specifier, line }) => ({ to: targetOf(root, file, specifier), line })),
    );
  }
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (done.has(file)) return;
    for (const { to, line } of graph.get(file) ?? []) {
      const start = [...path, file].indexOf(to);
      if (start === -1) visit(to, [...path, file]);
      else violations.push({ file, line, message: `import cycle: ${[...path.slice(start), file, to].join(' -> ')}` });
    }
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return violations;
}

function rowOf(name: string): number {
  return ROWS.findIndex((row) => row.includes(name));
}

function targetOf(root: string, file: string, specifier: string): string {
  return withSlashes(relative(root, resolve(root, dirname(file), specifier)));
}

function withSlashes(path: string): string {
  return path.split(sep).join('/');
}

if (import.meta.main) {
  const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
  const violations = findViolations(root);
  for (const { file, line, message } of violations) process.stderr.write(`${file}:${line}  ${message}\n`);
  if (violations.length > 0) process.exit(1);
}
