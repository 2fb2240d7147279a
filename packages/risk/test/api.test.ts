import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import * as api from '../src/index.ts';

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

test('the public names are these', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'RISK_ERROR_CODES',
    'RISK_PROFILES',
    'RISK_REASONS',
    'RiskEngine',
    'RiskError',
  ]);
});

test.each([
  ['error codes', api.RISK_ERROR_CODES, /^\| `(KB_[A-Z_]+)` +\|/gm],
  ['reason codes', api.RISK_REASONS, /^\| `((?!KB_)[A-Z_]+)` +\|/gm],
])('the %s of the README are the ones in the code', (_what, codes, row) => {
  const written = [...textOf('../README.md').matchAll(row)].map((match) => match[1]);
  expect(written).toEqual([...codes]);
});

test("the README's example is the one that runs, and prints what it says", async () => {
  const readme = textOf('../README.md');
  expect(readme).toContain(textOf('../examples/check-an-order.ts'));
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('../examples/check-an-order.ts');
  const printed = print.mock.calls.map(([line]) => String(line)).join('\n');
  print.mockRestore();
  expect(readme).toContain(`\`\`\`text\n${printed}\n\`\`\``);
});
