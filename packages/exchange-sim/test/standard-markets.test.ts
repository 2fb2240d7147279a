import { instrument, priceToTicks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { STANDARD_SYMBOLS, standardMarkets } from '../src/exchange/standard-markets.ts';
import { KNOWN_PAIRS } from '../src/listings/known-pairs.ts';

describe('standard markets', () => {
  test('come in the order asked for, at consistent prices', () => {
    const markets = standardMarkets(['XRP/BTC', 'XRP/USD', 'BTC/USD'], () => 'demo');
    expect(markets.map(({ instrument: pair, startPrice }) => `${pair.symbol} ${startPrice}`)).toEqual([
      'XRP/BTC 0.00002000',
      'XRP/USD 1.20000',
      'BTC/USD 60000.0',
    ]);
  });

  test('there is a price of many ticks for every known pair', () => {
    const symbols = [...KNOWN_PAIRS.keys()];
    for (const { instrument: pair, startPrice } of standardMarkets(symbols, () => 'demo')) {
      const rules = instrument(pair);
      // XRP/BTC and DOGE/BTC have the coarsest ticks, as on Kraken.
      expect(priceToTicks(rules, startPrice) / rules.tickSize).toBeGreaterThan(300);
    }
  });

  test('the flow is told the pair and what a base unit is worth in dollars', () => {
    const asked: string[] = [];
    standardMarkets(STANDARD_SYMBOLS, (symbol, dollars) => {
      asked.push(`${symbol} ${dollars}`);
      return 'demo';
    });
    expect(asked).toContain('SHIB/USD 0.00001234');
    expect(asked).toContain('XRP/BTC 1.2');
  });

  test('unknown symbols are all named at once', () => {
    expect(() => standardMarkets(['FOO/USD', 'BTC/USD', 'BAR/EUR'], () => 'demo')).toThrow(/FOO\/USD, BAR\/EUR/);
  });
});
