/**
 * Checks every public package as its user will get it: `pnpm check:packages`, after `pnpm build`.
 *
 * Packs each one, looks inside, lints the tarball (publint, attw), installs all tarballs with npm into an empty project
 * outside the workspace, imports each from JavaScript and from TypeScript, and runs its examples there. Prints a table
 * and exits 1 when anything fails. `--keep` leaves the project behind and says where.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

interface PublicPackage {
  /** `@kb/model`. */
  readonly name: string;
  /** `model`. */
  readonly short: string;
  readonly folder: string;
  readonly version: string;
}

/** Problems found, by package and step; an empty list is a pass. */
type Findings = Map<string, Map<Step, string[]>>;

const STEPS = ['pack', 'contents', 'publint', 'attw', 'import', 'types', 'examples'] as const;
type Step = (typeof STEPS)[number];

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const work = mkdtempSync(join(tmpdir(), 'kb-packages-'));
const tarballs = join(work, 'tarballs');
const project = join(work, 'project');
mkdirSync(tarballs);
mkdirSync(project);

const packages = publicPackages();
const findings: Findings = new Map(packages.map(({ name }) => [name, new Map()]));

for (const pkg of packages) {
  if (record(pkg, 'pack', pack(pkg))) continue;
  const tarball = tarballOf(pkg);
  record(pkg, 'contents', contents(pkg, tarball));
  record(pkg, 'publint', failureOf(join(bin, 'publint'), ['run', '--strict', tarball]));
  record(
    pkg,
    'attw',
    failureOf(join(bin, 'attw'), ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', tarball]),
  );
}
const installed = installAll();
for (const pkg of packages) {
  record(pkg, 'import', installed ?? importFromJavaScript(pkg));
  record(pkg, 'types', installed ?? importFromTypeScript(pkg));
}
linkTypesOfExamples();
const exchange = installed === undefined ? await localExchange() : undefined;
for (const pkg of packages) record(pkg, 'examples', installed ?? (await runExamples(pkg, exchange?.url ?? '')));
exchange?.stop();

report();
if (process.argv.includes('--keep')) process.stdout.write(`kept: ${work}\n`);
else rmSync(work, { recursive: true });
process.exitCode = [...findings.values()].some((steps) => [...steps.values()].flat().length > 0) ? 1 : 0;

function publicPackages(): PublicPackage[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .flatMap((path) => {
      const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
        name: string;
        version: string;
        private?: boolean;
      };
      const folder = join(root, path, '..');
      return manifest.private === true
        ? []
        : [{ name: manifest.name, short: basename(folder), folder, version: manifest.version }];
    });
}

/** Notes the outcome of a step. @returns True when it failed. */
function record(pkg: PublicPackage, step: Step, problems: readonly string[]): boolean {
  findings.get(pkg.name)?.set(step, [...problems]);
  return problems.length > 0;
}

function pack(pkg: PublicPackage): string[] {
  if (!existsSync(join(pkg.folder, 'dist', 'index.js'))) return ['dist/index.js is missing: run the build first'];
  const [command, ...before] = pnpmCommand();
  return failureOf(command, [...before, 'pack', '--pack-destination', tarballs], pkg.folder);
}

/** The pnpm that runs this script, or the one the README names. */
function pnpmCommand(): [string, ...string[]] {
  const self = process.env['npm_execpath'];
  if (self === undefined || !basename(self).startsWith('pnpm')) return ['npx', '-y', 'pnpm@12'];
  return /\.[cm]?js$/.test(self) ? [process.execPath, self] : [self];
}

function tarballOf(pkg: PublicPackage): string {
  return join(tarballs, `kb-${pkg.short}-${pkg.version}.tgz`);
}

function contents(pkg: PublicPackage, tarball: string): string[] {
  const listing = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).stdout;
  const files = listing.split('\n').flatMap((line) => (line.startsWith('package/') ? [line.slice(8)] : []));
  const needed = ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts'];
  const manifest = spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout;
  return [
    ...needed.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...files
      .filter((file) => !needed.includes(file) && file !== 'CHANGELOG.md' && !file.startsWith('dist/'))
      .map((file) => `${file} does not belong into the package`),
    ...(/workspace:|catalog:|@kb\/source/.exec(manifest) ?? []).map((text) => `package.json still says ${text}`),
  ];
}

/** An npm project that knows nothing of this repository. @returns What went wrong, or `undefined`. */
function installAll(): string[] | undefined {
  const packed = globSync('*.tgz', { cwd: tarballs });
  if (packed.length < packages.length) return ['not installed: not every package was packed'];
  writeFileSync(join(project, 'package.json'), '{ "name": "outside", "private": true, "type": "module" }\n');
  const files = packed.map((file) => join('..', 'tarballs', file));
  const problems = failureOf('npm', ['install', '--no-audit', '--no-fund', ...files], project);
  if (problems.length > 0) return problems;
  // What a TypeScript user of a Node library has anyway; linked, so that nothing more is downloaded.
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'));
  return undefined;
}

function importFromJavaScript(pkg: PublicPackage): string[] {
  const file = `${pkg.short}.mjs`;
  writeFileSync(
    join(project, file),
    `import * as all from '${pkg.name}';\nif (Object.keys(all).length === 0) throw new Error('no exports');\n`,
  );
  return failureOf(process.execPath, [file], project);
}

/** A user's strict settings, with the declarations themselves checked too. */
function importFromTypeScript(pkg: PublicPackage): string[] {
  writeFileSync(
    join(project, `${pkg.short}.ts`),
    `import * as all from '${pkg.name}';\nexport const names: string[] = Object.keys(all);\n`,
  );
  return typecheck(`tsconfig.${pkg.short}.json`, [`${pkg.short}.ts`]);
}

/** Declarations of other people's packages that a TypeScript user would add; what the packages' own ones need is checked before. */
function linkTypesOfExamples(): void {
  for (const path of globSync('packages/*/node_modules/@types/*', { cwd: root })) {
    const link = join(project, 'node_modules', '@types', basename(path));
    if (existsSync(join(project, 'node_modules')) && !existsSync(link)) symlinkSync(join(root, path), link);
  }
}

/** The packed local exchange in its own process: what examples that want Kraken connect to. */
async function localExchange(): Promise<{ readonly url: string; stop(): void } | undefined> {
  writeFileSync(
    join(project, 'exchange.mjs'),
    `import { DEMO_MARKET, listen, SimExchange } from '@kb/exchange-sim';
import { systemScheduler } from '@kb/kraken';
const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: systemScheduler() });
exchange.start();
console.log((await listen({ accept: exchange.accept })).url);
`,
  );
  const child = spawn(process.execPath, ['exchange.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  const started = await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => undefined)]);
  return started === undefined ? undefined : { url: String(started[0]).trim(), stop: () => void child.kill() };
}

async function runExamples(pkg: PublicPackage, url: string): Promise<string[]> {
  const examples = globSync('examples/*.ts', { cwd: pkg.folder }).toSorted();
  if (examples.length === 0) return ['has no examples/*.ts'];
  const folder = join('examples', pkg.short);
  mkdirSync(join(project, folder), { recursive: true });
  for (const example of examples) cpSync(join(pkg.folder, example), join(project, folder, basename(example)));
  const problems = typecheck(`tsconfig.${pkg.short}.examples.json`, [`${folder}/*.ts`]);
  for (const example of examples) problems.push(...(await runExample(join(folder, basename(example)), url)));
  return problems;
}

/**
 * Runs an example with the local exchange's address as its argument. It must end with 0: by itself, or, when it has
 * printed something and goes on, at Ctrl-C.
 */
async function runExample(file: string, url: string): Promise<string[]> {
  const child = spawn(process.execPath, [file, url], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, printed] = ['', false];
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (printed) return;
    printed = true;
    setTimeout(() => child.kill('SIGINT'), 3_000).unref();
  });
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(tooLong);
  if (code === 0 && printed) return [];
  return [`node ${file}: ended with ${code ?? signal}${printed ? '' : ', without output'}`, ...lastLines(output)];
}

function typecheck(config: string, include: readonly string[]): string[] {
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  writeFileSync(join(project, config), JSON.stringify({ compilerOptions, include }));
  return failureOf(join(bin, 'tsc'), ['-p', config], project);
}

/** Runs a command. @returns The end of its output when it failed, else nothing. */
function failureOf(command: string, args: readonly string[], cwd = root): string[] {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 180_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status === 0) return [];
  const output = `${result.stdout}${result.stderr}${result.error?.message ?? ''}`.trim();
  return [`${basename(command)} ${args.join(' ')}: exit ${result.status ?? result.signal}`, ...lastLines(output)];
}

function lastLines(output: string): string[] {
  return output.trimEnd().split('\n').slice(-25);
}

function report(): void {
  const width = Math.max(...packages.map(({ name }) => name.length)) + 2;
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell) => cell.padEnd(10))
      .join('')
      .trimEnd();
  process.stdout.write(`${'package'.padEnd(width)}${row(STEPS)}\n`);
  for (const [name, steps] of findings) {
    const cells = STEPS.map((step) => {
      const problems = steps.get(step);
      if (problems === undefined) return '-';
      return problems.length === 0 ? 'ok' : 'FAILED';
    });
    process.stdout.write(`${name.padEnd(width)}${row(cells)}\n`);
  }
  for (const [name, steps] of findings) {
    for (const [step, problems] of steps) {
      if (problems.length > 0)
        process.stdout.write(`\n${name} ${step}\n${problems.map((line) => `  ${line}\n`).join('')}`);
    }
  }
}
