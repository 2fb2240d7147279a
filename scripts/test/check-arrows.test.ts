import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { alternatives, findViolations, PURE_FILES, PURE_PACKAGES } from '../check-arrows.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** Writes a small house: three sound packages, then the given files over and beside them. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'kb-arrows-'));
  roots.push(root);
  const sound = {
    'packages/model/package.json': '{}',
    'packages/model/src/index.ts': `export { now } from './units.ts';\n`,
    'packages/model/src/units.ts': `export const now = (time: number) => new Date(time); // never Date.now()\n`,
    'packages/orderbook/package.json': '{"dependencies": {"@kb/model": "workspace:^"}, "devDependencies": {"ws": "1"}}',
    'packages/orderbook/src/index.ts': `import { now } from '@kb/model';\nimport { crc32 } from 'node:zlib';\n`,
    'packages/orderbook/test/a.test.ts': `import { test } from 'vitest';\nimport '../src/index.ts';\nimport '@kb/orderbook';\nimport 'ws';\nimport 'node:fs';\n`,
    'packages/orderbook/bench/a.bench.ts': `import '../../../scripts/bench-kit.ts';\n`,
    'packages/feed/package.json': '{"dependencies": {"@kb/model": "1", "@kb/orderbook": "1", "ws": "1"}}',
    'packages/feed/src/index.ts': `import '../package.json';\nimport WebSocket from 'ws';\nimport './core.ts';\nsetTimeout(() => Date.now());\n`,
    'packages/feed/src/core.ts': `import type { Socket } from './socket.ts';\n`,
  };
  for (const [file, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const complaints = (files: Record<string, string>, pureFiles: readonly string[] = []): string[] =>
  findViolations(tree(files), pureFiles).map(({ file, line, message }) => `${file}:${line} ${message}`);

test('a sound house has no violation', () => {
  expect(complaints({}, ['packages/feed/src/core.ts'])).toEqual([]);
});

const one = 'packages/orderbook/src/one.ts';
const judge = 'packages/exchange-sim';

test.each<[rule: string, files: Record<string, string>, complaint: string]>([
  ['an arrow up', { [one]: `\nimport type { F } from '@kb/feed';\n` }, `${one}:2 orderbook must not import feed`],
  [
    'an arrow along the row',
    { 'packages/risk/package.json': '{}', 'packages/risk/src/a.ts': `import '@kb/portfolio';` },
    'packages/risk/src/a.ts:1 risk must not import portfolio',
  ],
  [
    'the judge using the judged',
    { [`${judge}/package.json`]: '{}', [`${judge}/test/a.test.ts`]: `import '@kb/feed';` },
    `${judge}/test/a.test.ts:1 exchange-sim must never use feed`,
  ],
  [
    'a manifest that declares a forbidden arrow',
    { [`${judge}/package.json`]: '{"devDependencies": {"@kb/paper-exec": "1"}}' },
    `${judge}/package.json:1 exchange-sim must never use paper-exec`,
  ],
  ['an unknown package', { [one]: `import '@kb/nope';` }, `${one}:1 there is no package nope`],
  ['a package without a row', { 'packages/new/package.json': '{}' }, 'packages/new/package.json:1 new has no row'],
  ['a deep import', { [one]: `import '@kb/model/src/units.ts';` }, `${one}:1 deep import`],
  ['a package importing itself by name', { [one]: `import '@kb/orderbook';` }, `${one}:1 imports itself`],
  ['an undeclared dependency', { [one]: `import 'decimal.js';` }, `${one}:1 decimal.js is not in the dependencies`],
  ['a development dependency in source', { [one]: `import 'ws';` }, `${one}:1 ws is not in the dependencies`],
  ['a test tool in source', { [one]: `import 'vitest';` }, `${one}:1 vitest is not in the dependencies`],
  ['a relative import out of the package', { [one]: `import '../../model/src/units.ts';` }, `${one}:1 ../../model`],
  ['source that imports tests', { [one]: `import '../test/a.test.ts';` }, `${one}:1 source imports`],
  ['the bench kit in source', { [one]: `import '../../../scripts/bench-kit.ts';` }, `${one}:1 ../../../scripts`],
  ['a builtin without its prefix', { [one]: `import 'fs';` }, `${one}:1 write node:fs`],
  [
    'a builtin in a pure package',
    { [one]: `import type { Stats } from 'node:fs';` },
    `${one}:1 pure code imports node:fs`,
  ],
  [
    'more of a builtin than is allowed',
    { [one]: `import { crc32, gzipSync } from 'node:zlib';` },
    `${one}:1 pure code imports`,
  ],
  ['the wall clock', { [one]: `const a = \`\${Date.now()}\`;` }, `${one}:1 pure code uses the wall clock`],
  ['the wall clock as an object', { [one]: `const a = new Date();` }, `${one}:1 pure code uses the wall clock`],
  ['the monotonic clock', { [one]: `const a = performance.now();` }, `${one}:1 pure code uses the monotonic clock`],
  ['randomness', { [one]: `const a = Math.random();` }, `${one}:1 pure code uses randomness`],
  ['a timer', { [one]: `const a = setTimeout;` }, `${one}:1 pure code uses a timer`],
  ['the process', { [one]: `const a = process.env;` }, `${one}:1 pure code uses the process`],
  ['the console', { [one]: `console.log(1);` }, `${one}:1 pure code uses the process`],
  ['the network', { [one]: `await fetch('x');` }, `${one}:1 pure code uses the network`],
  [
    'a pure package leaning on one that is not',
    {
      'packages/paper-exec/package.json': '{"dependencies": {"@kb/kraken": "1"}}',
      'packages/paper-exec/src/a.ts': `import '@kb/kraken';`,
    },
    'packages/paper-exec/src/a.ts:1 pure package paper-exec imports kraken',
  ],
  [
    'an import cycle',
    { [one]: `import './two.ts';`, 'packages/orderbook/src/two.ts': `export * from './one.ts';` },
    'packages/orderbook/src/two.ts:1 import cycle: packages/orderbook/src/one.ts -> ',
  ],
])('catches %s', (_rule, files, complaint) => {
  expect(complaints(files)).toEqual([expect.stringContaining(complaint)]);
});

test('a pure file of another package keeps the same rules', () => {
  const core = 'packages/feed/src/core.ts';
  const files = { [core]: `import './index.ts';\nconst a = Math.random();\n` };
  expect(complaints(files, [core])).toEqual([
    `${core}:1 pure file imports ./index.ts, which is not listed as pure`,
    `${core}:2 pure code uses randomness (Math.random): it comes in as input`,
    expect.stringContaining('import cycle'),
  ]);
  expect(complaints({}, ['packages/feed/src/gone.ts'])).toEqual([expect.stringContaining('does not exist')]);
  expect(complaints({}, ['packages/feed/src/{core,gone}.ts'])).toEqual([
    expect.stringContaining('packages/feed/src/gone.ts:1 is listed as pure but does not exist'),
  ]);
});

test('a cycle of types is no cycle', () => {
  const files = { [one]: `import type { B } from './two.ts';`, 'packages/orderbook/src/two.ts': `import './one.ts';` };
  expect(complaints(files)).toEqual([]);
});

test('the linter guards the same pure code', () => {
  const config = JSON.parse(readFileSync(new URL('../../.oxlintrc.json', import.meta.url), 'utf8')) as {
    overrides: { files: string[]; rules: Record<string, unknown> }[];
  };
  const guarded = config.overrides.filter(({ rules }) => 'no-restricted-globals' in rules);
  expect(guarded).toHaveLength(1);
  const listed = [...PURE_PACKAGES.map((name) => `packages/${name}/src/**`), ...PURE_FILES];
  expect(guarded[0]?.files.flatMap(alternatives).toSorted()).toEqual(listed.flatMap(alternatives).toSorted());
});
