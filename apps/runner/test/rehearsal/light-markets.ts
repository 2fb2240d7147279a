import type { FlowParameters, MarketOptions } from '@kb/exchange-sim';

/**
 * About ten messages a second and market, trades included, of which the book is some forty levels deep: a busy pair on a usual day.
 * Levels come and go beyond the ten best too, where no checksum looks.
 */
const LIGHT_FLOW: Omit<FlowParameters, 'limitSize' | 'marketSize'> = {
  limitRate: 0.2,
  distanceExponent: 0.5,
  distances: 60,
  distanceGrowth: 1,
  marketRate: 0.5,
  cancelRate: 0.02,
  youngCancelMultiple: 6,
  youngCancelSeconds: 1.5,
  partialCancelShare: 0.1,
  roundSizeShare: 0.25,
  signRunExponent: 1.5,
  excitation: { jump: 0.3, decaySeconds: 0.3, cap: 3 },
  minLevels: 40,
};

/** Pairs at all scales: decimals of the price and the quantity, and where they start, in dollars. */
const PAIRS: readonly (readonly [symbol: string, pricePrecision: number, qtyPrecision: number, startPrice: string])[] =
  [
    ['BTC/USD', 1, 8, '60000.0'],
    ['ETH/USD', 2, 8, '3000.00'],
    ['XRP/USD', 5, 8, '1.20000'],
    ['SOL/USD', 2, 8, '150.00'],
    ['ADA/USD', 6, 8, '0.600000'],
    ['DOT/USD', 4, 8, '5.0000'],
    ['LINK/USD', 5, 8, '15.00000'],
    ['LTC/USD', 3, 8, '80.000'],
    ['DOGE/USD', 7, 8, '0.2000000'],
    ['AVAX/USD', 3, 8, '25.000'],
    ['XMR/USD', 2, 8, '300.00'],
    ['XLM/USD', 6, 8, '0.250000'],
    ['XTZ/USD', 5, 8, '0.80000'],
    ['TRX/USD', 6, 8, '0.300000'],
    ['BCH/USD', 2, 8, '450.00'],
    ['ATOM/USD', 4, 8, '5.0000'],
    ['SHIB/USD', 9, 5, '0.000012340'],
    ['PEPE/USD', 10, 0, '0.0000078900'],
    ['PAXG/USD', 0, 8, '24000'],
    ['UNI/USD', 3, 3, '10.000'],
  ];

export const MOST_MARKETS: number = PAIRS.length;

/** The first so many of twenty markets, all with orders of the same worth. */
export function lightMarkets(count: number): readonly MarketOptions[] {
  return PAIRS.slice(0, count).map(([symbol, pricePrecision, qtyPrecision, startPrice]) => {
    const unitsFor = (dollars: number): number => dollars / Number(startPrice);
    return {
      instrument: { symbol, pricePrecision, qtyPrecision },
      startPrice,
      flow: {
        ...LIGHT_FLOW,
        limitSize: { median: unitsFor(600), sigma: 1.4 },
        marketSize: { median: unitsFor(500), sigma: 1 },
      },
    };
  });
}
