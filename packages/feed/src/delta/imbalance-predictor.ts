import type { MarketView } from '@kb/model';

/**
 * A baseline that a better predictor must beat: expects the price to go where the best levels are thin.
 *
 * @param atShare Share of the size at the best prices that must stand on one side, between 0.5 and 1.
 * @param expectBps What it then expects, in basis points.
 */
export function imbalancePredictor(
  atShare = 0.95,
  expectBps = 10,
): (symbol: string, market: MarketView) => number | undefined {
  return (symbol, market) => {
    const book = market.book(symbol);
    const bid = book?.sizeAt('buy', 0);
    const ask = book?.sizeAt('sell', 0);
    if (bid === undefined || ask === undefined) return undefined;
    const share = bid / (bid + ask);
    return share >= atShare ? expectBps : share <= 1 - atShare ? -expectBps : undefined;
  };
}
