import type { MarketView, SeriesView } from './views.ts';

const EMPTY: SeriesView<never> = {
  length: 0,
  at: () => undefined,
  [Symbol.iterator]: () => [][Symbol.iterator](),
};

/** The part of a `MarketView` that looks back, for a source that keeps nothing: spread it into your own view. */
export const NO_HISTORY: Pick<MarketView, 'candles' | 'formingCandle' | 'prices' | 'ticker' | 'trades'> = {
  trades: () => EMPTY,
  ticker: () => undefined,
  prices: () => EMPTY,
  candles: () => EMPTY,
  formingCandle: () => undefined,
};
