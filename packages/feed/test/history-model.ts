import type { Micros } from '@kb/model';

/** A trade of the model's market, in whole counts. */
export interface ModelTrade {
  readonly tradeId: number;
  readonly venueTs: number;
  readonly price: number;
  readonly size: number;
}

export interface ModelCandle {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: bigint;
  readonly turnover: bigint;
  readonly trades: number;
}

/** Every span from the first trade's to `end`, made from scratch of all trades known. */
export function candlesOf(trades: readonly ModelTrade[], interval: Micros, end: number): ModelCandle[] {
  const sorted = inOrder(trades);
  const [first] = sorted;
  if (first === undefined) return [];
  const candles: ModelCandle[] = [];
  let close = first.price;
  for (let start = Math.floor(first.venueTs / interval) * interval; start < end; start += interval) {
    const own = sorted.filter(({ venueTs }) => venueTs >= start && venueTs < start + interval);
    const prices = own.length === 0 ? [close] : own.map(({ price }) => price);
    close = prices.at(-1) ?? close;
    candles.push({
      start,
      open: prices[0] ?? close,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close,
      volume: own.reduce((sum, { size }) => sum + BigInt(size), 0n),
      turnover: own.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n),
      trades: own.length,
    });
  }
  return candles;
}

/** By time, those of one moment by id. */
export function inOrder(trades: readonly ModelTrade[]): ModelTrade[] {
  return trades.toSorted((a, b) => a.venueTs - b.venueTs || a.tradeId - b.tradeId);
}

/** A span of time, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A span of which all was told, when the stream had come to this id. */
export interface Told extends Span {
  readonly upTo: number;
}

/**
 * The spans of which trades may be missing: before the first known trade, and between two known ones whose ids do not follow each other,
 * except where it was told that there is no more.
 */
export function unknownOf(known: readonly ModelTrade[], told: readonly Told[]): Span[] {
  const sorted = known.toSorted((a, b) => a.tradeId - b.tradeId);
  return sorted.flatMap((trade, index) => {
    const before = sorted[index - 1];
    if (before !== undefined && before.tradeId + 1 === trade.tradeId) return [];
    const hole = { from: before?.venueTs ?? -Infinity, to: trade.venueTs };
    return told.filter(({ upTo }) => trade.tradeId <= upTo).reduce<Span[]>((left, span) => without(left, span), [hole]);
  });
}

function without(spans: readonly Span[], { from, to }: Span): Span[] {
  return spans.flatMap((span) =>
    to < span.from || from > span.to
      ? [span]
      : [
          { from: span.from, to: Math.min(span.to, from - 1) },
          { from: Math.max(span.from, to + 1), to: span.to },
        ].filter((rest) => rest.from <= rest.to),
  );
}
