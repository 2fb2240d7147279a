import { lots, ticks } from '@kb/model';
import type { Grid, Lots, Ticks } from '@kb/model';
import type { Tally } from './tally.ts';

/** Converts counts of one grid to another. */
export interface GridChange {
  /** To the nearest tick, at least one. */
  price(price: Ticks): Ticks;
  /** Rounded down, but what was something stays one lot at least: a size of 0 would say that it is gone. Held at 2^53 − 1. */
  size(size: Lots): Lots;
  /** In place. Volume as a size; the average price stays what it was, to the tick, and between the lowest and the highest. */
  tally(tally: Tally): void;
}

export function gridChange(from: Grid, to: Grid): GridChange {
  const prices = ratio(to.pricePrecision - from.pricePrecision);
  const sizes = ratio(to.qtyPrecision - from.qtyPrecision);
  const price = (before: Ticks): Ticks => {
    const nearest = (2n * BigInt(before) * prices.up + prices.down) / (2n * prices.down);
    return ticks(held(nearest < 1n ? 1n : nearest));
  };
  const volume = (before: bigint): bigint => {
    const whole = (before * sizes.up) / sizes.down;
    return whole === 0n && before > 0n ? 1n : whole;
  };
  return {
    price,
    size: (size) => lots(held(volume(BigInt(size)))),
    tally: (tally) => {
      const before = tally.volume;
      tally.open = price(tally.open);
      tally.high = price(tally.high);
      tally.low = price(tally.low);
      tally.close = price(tally.close);
      tally.volume = volume(before);
      const value = (tally.value * prices.up * tally.volume) / (prices.down * before);
      tally.value = between(value, BigInt(tally.low) * tally.volume, BigInt(tally.high) * tally.volume);
    },
  };
}

function ratio(steps: number): { readonly up: bigint; readonly down: bigint } {
  return { up: 10n ** BigInt(Math.max(0, steps)), down: 10n ** BigInt(Math.max(0, -steps)) };
}

function held(count: bigint): number {
  return Math.min(Number(count), Number.MAX_SAFE_INTEGER);
}

function between(value: bigint, least: bigint, most: bigint): bigint {
  if (value < least) return least;
  return value > most ? most : value;
}
