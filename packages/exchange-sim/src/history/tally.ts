import { lots, micros, NO_LOTS, notional, SECOND, ticks } from '@kb/model';
import type { Lots, Micros, Ticks } from '@kb/model';
import type { PrintedTrade } from '../wire/data-frames.ts';

export const MINUTE: number = 60 * SECOND;
export const DAY: number = 1440 * MINUTE;

/** What traded in a stretch of time, at least once. Its sums are exact. */
export interface Tally {
  readonly start: Micros;
  open: Ticks;
  high: Ticks;
  low: Ticks;
  close: Ticks;
  /** Lots. */
  volume: bigint;
  /** Ticks × lots. */
  value: bigint;
  trades: number;
  /** Of the latest trade. */
  updatedAt: Micros;
}

export function tallyOf({ price, size, venueTs }: PrintedTrade, start: Micros): Tally {
  return {
    start,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: BigInt(size),
    value: notional(price, size),
    trades: 1,
    updatedAt: venueTs,
  };
}

export function addTrade(tally: Tally, { price, size, venueTs }: PrintedTrade): void {
  if (price > tally.high) tally.high = price;
  if (price < tally.low) tally.low = price;
  tally.close = price;
  tally.volume += BigInt(size);
  tally.value += notional(price, size);
  tally.trades += 1;
  tally.updatedAt = venueTs;
}

/** Adds what traded later. */
export function addTally(tally: Tally, later: Tally): void {
  if (later.high > tally.high) tally.high = later.high;
  if (later.low < tally.low) tally.low = later.low;
  tally.close = later.close;
  tally.volume += later.volume;
  tally.value += later.value;
  tally.trades += later.trades;
  tally.updatedAt = later.updatedAt;
}

/** The beginning of the stretch of that length (µs) that a time is in; stretches begin at the epoch. */
export function startOf(at: Micros, length: number): Micros {
  return micros(Math.floor(at / length) * length);
}

/** Rounded down to a tick. */
export function vwapOf({ volume, value }: Pick<Tally, 'volume' | 'value'>): Ticks {
  return ticks(volume === 0n ? 0 : Number(value / volume));
}

const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** A sum of lots, held at 2^53 − 1, where it would no longer be exact. */
export function heldLots(volume: bigint): Lots {
  return volume === 0n ? NO_LOTS : lots(Number(volume > MOST ? MOST : volume));
}
