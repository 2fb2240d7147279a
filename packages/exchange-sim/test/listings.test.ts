import { describe, expect, test } from 'vitest';
import { SimError } from '../src/errors.ts';
import { assetFor, ASSETS } from '../src/listings/assets.ts';
import { KNOWN_PAIRS } from '../src/listings/known-pairs.ts';
import { assetsOf, knownListing, listingFor } from '../src/listings/make-listing.ts';
import { assetNames, NameIndex, pairNames } from '../src/listings/pair-names.ts';

describe('assets', () => {
  test.each([
    ['BTC', 'XXBT', 'XBT', 10],
    ['DOGE', 'XXDG', 'XDG', 8],
    ['ETH', 'XETH', 'ETH', 10],
    ['XRP', 'XXRP', 'XRP', 8],
    ['XTZ', 'XTZ', 'XTZ', 8],
    ['SOL', 'SOL', 'SOL', 10],
    ['USD', 'ZUSD', 'USD', 4],
    ['USDT', 'USDT', 'USDT', 8],
  ])('%s has its old names', (id, legacyId, altname, decimals) => {
    expect(assetFor(id)).toMatchObject({ id, legacyId, altname, decimals });
  });

  test('an unknown one is spelled the same everywhere and is worth nothing as collateral', () => {
    expect(assetFor('FOO')).toMatchObject({
      legacyId: 'FOO',
      altname: 'FOO',
      collateralValue: 0,
      marginRate: undefined,
    });
  });

  test('no two share a name', () => {
    const index = new NameIndex<string>();
    for (const asset of ASSETS) index.add(assetNames(asset), asset.id);
    expect(index.find('XXBT')).toBe('BTC');
    expect(index.find('zusd')).toBe('USD');
  });
});

describe('known pairs', () => {
  test.each([
    ['BTC/USD', 'XXBTZUSD', 'XBTUSD', 'XBT/USD'],
    ['ETH/BTC', 'XETHXXBT', 'ETHXBT', 'ETH/XBT'],
    ['DOGE/USD', 'XDGUSD', 'XDGUSD', 'XDG/USD'],
    ['DOGE/BTC', 'XXDGXXBT', 'XDGXBT', 'XDG/XBT'],
    ['BTC/USDT', 'XBTUSDT', 'XBTUSDT', 'XBT/USDT'],
    ['SOL/USD', 'SOLUSD', 'SOLUSD', 'SOL/USD'],
    ['EUR/USD', 'ZEURZUSD', 'EURUSD', 'EUR/USD'],
  ])('%s has its old names', (symbol, pairId, altname, wsname) => {
    expect(knownListing(symbol)).toMatchObject({ pairId, altname, wsname });
  });

  test('have the rules of July 2026 where those are known', () => {
    expect(knownListing('BTC/USD').instrument).toMatchObject({
      pricePrecision: 1,
      qtyPrecision: 8,
      tickSize: 1,
      minQty: 5_000,
      minCost: '0.5',
      costPrecision: 5,
    });
    expect(knownListing('DOGE/USD').instrument).toMatchObject({
      pricePrecision: 7,
      minQty: 5_000_000_000,
      costPrecision: 9,
    });
  });

  test('can all be listed side by side: no two share a name, even in another letter case', () => {
    const index = new NameIndex<string>();
    for (const symbol of KNOWN_PAIRS.keys()) index.add(pairNames(knownListing(symbol)), symbol);
    expect(KNOWN_PAIRS.size).toBeGreaterThanOrEqual(25);
    for (const symbol of KNOWN_PAIRS.keys()) {
      for (const name of pairNames(knownListing(symbol))) {
        expect(index.find(name)).toBe(symbol);
        expect(index.find(name.toLowerCase())).toBe(symbol);
      }
    }
  });

  test('offer leverage from 2 up to what Kraken allows, or none', () => {
    expect(knownListing('XRP/BTC').margin).toEqual({ leverage: [2, 3], longLimit: 230_000, shortLimit: 230_000 });
    expect(knownListing('BTC/USD').margin?.leverage).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(knownListing('SHIB/USD').margin).toBeUndefined();
  });

  test('with a stablecoin or fiat as base pay the flat schedule, with one as quote they do not', () => {
    expect(knownListing('USDT/USD').fees.maker[0]).toEqual({ volume: 0, percent: '0.2' });
    expect(knownListing('BTC/USDT').fees.maker[0]).toEqual({ volume: 0, percent: '0.25' });
  });

  test('an unknown symbol is told with the list of those that are known', () => {
    expect(() => knownListing('FOO/BAR')).toThrow(expect.objectContaining({ code: 'KB_SIM_UNKNOWN_SYMBOL' }));
  });
});

describe('listings of one’s own', () => {
  const spec = { symbol: 'FOO/BTC', pricePrecision: 8, qtyPrecision: 5 };

  test('are named as Kraken names new pairs', () => {
    expect(listingFor(spec)).toMatchObject({
      pairId: 'FOOXBT',
      altname: 'FOOXBT',
      wsname: 'FOO/XBT',
      margin: undefined,
      priceBandPercent: undefined,
      marketProtectionPercent: 10,
    });
  });

  test('keep the rules they were given even for a pair that Kraken has', () => {
    const listing = listingFor({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 6 });
    expect(listing.instrument).toMatchObject({ pricePrecision: 2, qtyPrecision: 6 });
    expect(listing.pairId).toBe('XXBTZUSD');
  });

  test('take names, fees and margin terms from whoever lists them', () => {
    const fees = { maker: [{ volume: 0, percent: '-0.02' }], taker: [{ volume: 0, percent: '0.1' }] };
    const margin = { leverage: [2], longLimit: 5, shortLimit: 4 };
    expect(listingFor({ ...spec, pairId: 'FOOX', fees, margin, priceBandPercent: 50 })).toMatchObject({
      pairId: 'FOOX',
      fees,
      margin,
      priceBandPercent: 50,
    });
    expect(knownListing('BTC/USD', { margin: 'none' }).margin).toBeUndefined();
  });

  test.each([
    { pairId: 'A,B' },
    { altname: '' },
    { wsname: 'Ä/B' },
    { priceBandPercent: 0 },
    { marketProtectionPercent: Number.NaN },
    { margin: { leverage: [], longLimit: 1, shortLimit: 1 } },
    { margin: { leverage: [1.5], longLimit: 1, shortLimit: 1 } },
    { margin: { leverage: [2], longLimit: -1, shortLimit: 1 } },
  ])('%j is refused', (overrides) => {
    expect(() => listingFor({ ...spec, ...overrides })).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }));
  });

  test('say which currencies there are', () => {
    const assets = assetsOf([knownListing('BTC/USD'), listingFor(spec)], ['EUR', 'BTC']);
    expect([...assets.keys()]).toEqual(['BTC', 'USD', 'FOO', 'EUR']);
  });
});

describe('a name index', () => {
  test('finds a name as written before one in another letter case, and refuses to guess between two', () => {
    const index = new NameIndex<number>();
    index.add(['abc'], 1);
    index.add(['ABC'], 2);
    expect([index.find('abc'), index.find('ABC'), index.find('Abc'), index.find('x')]).toEqual([
      1,
      2,
      undefined,
      undefined,
    ]);
  });

  test('lets one thing have a name twice, and two things never', () => {
    const index = new NameIndex<number>();
    index.add(['A', 'A'], 1);
    expect(() => index.add(['A'], 2)).toThrow(SimError);
  });
});
