import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import * as api from '../src/index.ts';

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

test('the public names are these', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'AGE_POINTS',
    'FIXED_POINTS',
    'INSTRUMENT_STATUSES',
    'KbError',
    'KeyedRandom',
    'MILLISECOND',
    'MODEL_ERROR_CODES',
    'ModelError',
    'NO_HISTORY',
    'NO_LOTS',
    'ORDER_RATE_TIERS',
    'OrderCounter',
    'SECOND',
    'VirtualScheduler',
    'assertNever',
    'bigCountToDecimal',
    'commandPoints',
    'countToDecimal',
    'decimalToCount',
    'instrument',
    'isoToMicros',
    'keyedRandom',
    'lots',
    'lotsToQty',
    'micros',
    'microsToIso',
    'notional',
    'opposite',
    'priceToTicks',
    'qtyToLots',
    'signOf',
    'ticks',
    'ticksToPrice',
  ]);
});

test("the README's error codes are the ones in the code", () => {
  const written = [...textOf('../README.md').matchAll(/^\| `(KB_[A-Z_]+)` +\|/gm)].map((match) => match[1]);
  expect(written).toEqual([...api.MODEL_ERROR_CODES]);
});

test("the README's example is the one that runs, and prints what it says", async () => {
  const readme = textOf('../README.md');
  expect(readme).toContain(textOf('../examples/exact-numbers.ts'));
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('../examples/exact-numbers.ts');
  const printed = print.mock.calls.map(([line]) => String(line)).join('\n');
  print.mockRestore();
  expect(readme).toContain(`\`\`\`text\n${printed}\n\`\`\``);
});
