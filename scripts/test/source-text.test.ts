import { expect, test } from 'vitest';
import { importsOf, splitSource } from '../source-text.ts';

const specifiersOf = (source: string): string[] => importsOf(splitSource(source)).map((site) => site.specifier);

test('finds every way of naming a module', () => {
  const source = [
    `import 'a';`,
    `import b from "b";`,
    `import * as c from 'c';`,
    `import type { D } from 'd';`,
    `import {\n  e,\n  type E,\n} from 'e';`,
    `export { f } from 'f';`,
    `export * from 'g';`,
    `export type * from 'h';`,
    `const i = await import('i');`,
    `type J = import('j').J;`,
    `import{k}from'k';`,
    `vi.mock('l');`,
  ].join('\n');
  expect(specifiersOf(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']);
});

test('does not see imports in comments, strings, templates and regular expressions', () => {
  const source = [
    `// import 'no';`,
    `/** import { no } from 'no'; */`,
    `const a = "import 'no'";`,
    'const b = `import "no" ${nested(`${"}"} import "no"`)} import "no"`;',
    `const c = /import ['"]no['"]/;`,
    `const d = half / 2 / 'x'.length;`,
    `const e = { import: 'no', from: 'no' };`,
    `export const from = 'no';`,
    `import 'yes';`,
  ].join('\n');
  expect(specifiersOf(source)).toEqual(['yes']);
});

test('keeps lines and offsets, and the code between the braces of a template', () => {
  const source = 'const ä = `😀\n${Date.now()}`; // Date.now()\n"Date.now()";';
  const { code } = splitSource(source);
  expect(code).toHaveLength(source.length);
  expect(code.split('\n')).toHaveLength(3);
  expect([...code.matchAll(/Date\.now/g)].map((match) => match.index)).toEqual([source.indexOf('Date.now')]);
});

test('tells a regular expression from a division', () => {
  const source = `const a = (b + c) / d; return /"/.test(e) ? f / g : [/'/, x]; import 'yes';`;
  expect(specifiersOf(source)).toEqual(['yes']);
});

test('says which imports are types only, and which names are taken', () => {
  const sites = importsOf(
    splitSource(`import type { A } from 'a';\nimport { type B, c as d } from 'b';\nimport type from 'c';\n`),
  );
  expect(sites).toEqual([
    { specifier: 'a', line: 1, typeOnly: true, names: ['A'] },
    { specifier: 'b', line: 2, typeOnly: false, names: ['B', 'c'] },
    { specifier: 'c', line: 3, typeOnly: false, names: [] },
  ]);
});
