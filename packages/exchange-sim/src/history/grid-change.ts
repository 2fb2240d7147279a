import { lots, ticks } from '@kb/model';
import type { Grid, Lots, Ticks } from '@kb/model';
import type { Tally } from './tally.ts';

/** Converts counts of one grid to another. */
export interface GridChange {
  /** To the nearest tick, at least one. */
  price(price: Ticks): Ticks;
  /** Rounded down; held at 2^53 − 1. */
  size(size: Lots): Lots;
  /** In place. */
  tally(tally: Tally): void;
}

export function gridChange(from: Grid, to: Grid): GridChange {
  const prices = ratio(to.pricePrecision - from.pricePrecision);
  const sizes = ratio(to.qtyPrecision - from.qtyPrecision);
  const price = (before: Ticks): Ticks => {
    const nearest = (2n * BigInt(before) * prices.up + prices.down) / (2n * prices.down);
    return ticks(held(nearest < 1n ? 1n : nearest));
  };
  const size = (before: Lots): Lots => lots(held((BigInt(before) * sizes.up) / sizes.down));
  return {
    price,
    size,
    tally: (tally) => {
      tally.open = price(tally.open);
      tally.high = price(tally.high);
      tally.low = price(tally.low);
      tally.close = price(tally.close);
      tally.volume = (tally.volume * sizes.up) / sizes.down;
      tally.value = (tally.value * prices.up * sizes.up) / (prices.down * sizes.down);
    },
  };
}

function ratio(steps: number): { readonly up: bigint; readonly down: bigint } {
  return { up: 10n ** BigInt(Math.max(0, steps)), down: 10n ** BigInt(Math.max(0, -steps)) };
}

function held(count: bigint): number {
  return Math.min(Number(count), Number.MAX_SAFE_INTEGER);
}
