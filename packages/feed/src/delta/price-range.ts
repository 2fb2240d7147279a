import type { Ticks } from '@kb/model';

/** The least and the greatest best prices of a while. */
export class PriceRange {
  readonly bid: { low: number; high: number } = { low: Infinity, high: -Infinity };
  readonly ask: { low: number; high: number } = { low: Infinity, high: -Infinity };
  #spoilt = false;

  /** True when there was a time of which nothing is known. */
  get isSpoilt(): boolean {
    return this.#spoilt || this.bid.low === Infinity;
  }

  note(bid: Ticks, ask: Ticks): void {
    widen(this.bid, bid);
    widen(this.ask, ask);
  }

  spoil(): void {
    this.#spoilt = true;
  }
}

function widen(range: { low: number; high: number }, price: Ticks): void {
  if (price < range.low) range.low = price;
  if (price > range.high) range.high = price;
}
