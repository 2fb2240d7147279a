import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { quoteOnce } from '../examples/quote-a-market.ts';

test('the example of the README says what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(quoteOnce()).toEqual([
    'a maker round trip at 0.25 % needs 50.13 bp',
    'buy: 0.00333333 at 29923.3',
    'buy: QUOTING',
    'sell: 0.00333333 at 30076.7',
    'sell: QUOTING',
  ]);
  expect(readme).toContain(quoteOnce().join('\n'));
});
