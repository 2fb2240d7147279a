import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { symbolOfV1, SymbolNames, v1PairOf } from '../src/symbol-names.ts';

const PAIRS = [
  { symbol: 'BTC/USD', id: 'XXBTZUSD', altname: 'XBTUSD', wsname: 'XBT/USD' },
  { symbol: 'DOGE/USD', id: 'XDGUSD', altname: 'XDGUSD', wsname: 'XDG/USD' },
  { symbol: 'DOGE/BTC', id: 'XXDGXXBT', altname: 'XDGXBT', wsname: 'XDG/XBT' },
  { symbol: 'XTZ/USD', id: 'XTZUSD', altname: 'XTZUSD', wsname: 'XTZ/USD' },
  { symbol: 'XXBTZUSD.d', id: 'XXBTZUSD.d', altname: 'XBTUSD.d', wsname: undefined },
];

test.each([
  ['XBT/USD', 'BTC/USD'],
  ['ETH/XBT', 'ETH/BTC'],
  ['XDG/XBT', 'DOGE/BTC'],
  ['XTZ/USD', 'XTZ/USD'],
])('%s of v1 is %s, and back', (v1, v2) => {
  expect([symbolOfV1(v1), symbolOfV1(v2), v1PairOf(v2), v1PairOf(v1)]).toEqual([v2, v2, v1, v1]);
});

test('translating there and back changes nothing', () => {
  const asset = fc.constantFrom('BTC', 'DOGE', 'ETH', 'USD', 'XTZ', 'EUR');
  fc.assert(
    fc.property(asset, asset, (base, quote) => symbolOfV1(v1PairOf(`${base}/${quote}`)) === `${base}/${quote}`),
  );
});

describe('names that AssetPairs told', () => {
  const names = new SymbolNames(PAIRS);

  test.each(['BTC/USD', 'XBT/USD', 'XBTUSD', 'XXBTZUSD', 'BTCUSD'])('%s is BTC/USD, asked for as XXBTZUSD', (name) => {
    expect([names.symbolOf(name), names.requestNameOf(name)]).toEqual(['BTC/USD', 'XXBTZUSD']);
  });

  test('ids that follow no rule are looked up', () => {
    expect([names.symbolOf('XDGUSD'), names.symbolOf('XXDGXXBT'), names.symbolOf('XTZUSD')]).toEqual([
      'DOGE/USD',
      'DOGE/BTC',
      'XTZ/USD',
    ]);
  });

  test('a dark pool keeps its own name and takes nobody else’s', () => {
    expect([names.symbolOf('XBTUSD.d'), names.symbolOf('XBTUSD')]).toEqual(['XXBTZUSD.d', 'BTC/USD']);
  });

  test('a pair of another venue, which is named by its id, takes no name of the one that has them', () => {
    const other = { symbol: 'XXBTZUSD:BTNL', id: 'XXBTZUSD:BTNL', altname: 'XBTUSD', wsname: 'XBT/USD' };
    for (const both of [new SymbolNames([...PAIRS, other]), new SymbolNames([other, ...PAIRS])]) {
      for (const name of ['BTC/USD', 'XBT/USD', 'XBTUSD', 'XXBTZUSD', 'BTCUSD']) {
        expect([name, both.requestNameOf(name)]).toEqual([name, 'XXBTZUSD']);
      }
      expect(both.symbolOf('XXBTZUSD:BTNL')).toBe('XXBTZUSD:BTNL');
    }
  });

  test('more pairs can be told; those of the same symbol replace the old', () => {
    const sol = { symbol: 'SOL/USD', id: 'SOLUSD', altname: 'SOLUSD', wsname: 'SOL/USD' };
    const more = names.with([sol, { ...PAIRS[0]!, id: 'NEWID' }]);
    expect([more.size, more.symbolOf('SOLUSD'), more.requestNameOf('XBT/USD')]).toEqual([6, 'SOL/USD', 'NEWID']);
    expect([names.size, names.symbolOf('SOLUSD')]).toEqual([5, undefined]);
  });
});

describe('names that nobody told', () => {
  const names = new SymbolNames();

  test('a name with a slash is translated, and asked for by its altname', () => {
    expect([names.symbolOf('XBT/USD'), names.requestNameOf('BTC/USD')]).toEqual(['BTC/USD', 'XBTUSD']);
    expect([names.symbolOf('ETH/XBT'), names.requestNameOf('DOGE/EUR')]).toEqual(['ETH/BTC', 'XDGEUR']);
  });

  test.each(['XXBTZUSD', 'XBTUSD', '', '/', 'A/B/C', 'BTC/USD,ETH/USD', '__proto__', ' BTC/USD'])(
    '%j is not guessed',
    (name) => {
      expect([names.symbolOf(name), names.requestNameOf(name)]).toEqual([undefined, undefined]);
    },
  );
});
