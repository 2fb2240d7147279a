// oxlint-disable typescript/no-non-null-assertion -- hot path: the counts of BookChanges prove every index
import { NO_LOTS } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';
import { BookSide } from './book-side.ts';
import { checkDepth, checkGrid } from './book-checks.ts';
import { crcOfBits, shiftBitsFar } from './crc-digits.ts';
import { isCrossed } from './measures.ts';

/**
 * A level-2 book of fixed depth, as a subscriber of Kraken's `book` channel has to keep it.
 *
 * Messages go in with `apply`, in the order they were sent; after each, `checksum` is what Kraken's message must carry.
 * Both cost in proportion to what changed. Removing a level that is not there is ignored and counted in
 * `unknownRemovals`. Own orders are part of the sizes: the public feed does not tell them apart.
 */
export class L2Book implements BookView {
  readonly symbol: string;
  readonly depth: number;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
  readonly #bids: BookSide;
  readonly #asks: BookSide;
  #unknownRemovals = 0;

  /**
   * @param depth Levels kept a side: the subscribed depth (10, 25, 100, 500 or 1000 on Kraken), or any whole number from 1.
   * @throws BookError `KB_BOOK_BAD_DEPTH`, `KB_BOOK_BAD_GRID`.
   */
  constructor(symbol: string, grid: Grid, depth: number) {
    this.symbol = symbol;
    this.depth = checkDepth(symbol, depth, MAX_DEPTH);
    const { pricePrecision, qtyPrecision } = checkGrid(symbol, grid);
    this.pricePrecision = pricePrecision;
    this.qtyPrecision = qtyPrecision;
    this.#bids = new BookSide(1, depth);
    this.#asks = new BookSide(-1, depth);
  }

  /**
   * Applies one message: a snapshot replaces the book, an update sets absolute sizes in the order given, zero removes.
   * Then both sides are cut to `depth`, as Kraken does without sending removals.
   *
   * The counts are trusted: they come from the decoder or from `bookChanges`.
   */
  apply(changes: BookChanges): void {
    const bids = this.#bids;
    const asks = this.#asks;
    if (changes.snapshot) this.clear();
    const { bidCount, askCount } = changes;
    if (bidCount > 0) {
      const { bidPrices, bidSizes } = changes;
      for (let index = 0; index < bidCount; index += 1) {
        if (!bids.set(bidPrices[index]!, bidSizes[index]!)) this.#unknownRemovals += 1;
      }
      bids.cut(this.depth);
    }
    if (askCount > 0) {
      const { askPrices, askSizes } = changes;
      for (let index = 0; index < askCount; index += 1) {
        if (!asks.set(askPrices[index]!, askSizes[index]!)) this.#unknownRemovals += 1;
      }
      asks.cut(this.depth);
    }
  }

  /**
   * Kraken's CRC32 over the ten best asks, then the ten best bids (see `checksumOf`). A side whose ten best did not change
   * since the last call costs nothing.
   *
   * @returns Unsigned 32-bit, as Kraken sends it.
   */
  checksum(): number {
    const bids = this.#bids;
    const asks = this.#asks;
    bids.refreshTop();
    asks.refreshTop();
    return crcOfBits(shiftBitsFar(asks.topBits, bids.topDigits) ^ bids.topBits, asks.topDigits + bids.topDigits);
  }

  /** True when the best bid is at or above the best ask: no market looks like that, so the book is wrong. */
  isCrossed(): boolean {
    return isCrossed(this);
  }

  /** Empties both sides. */
  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  /** How many removals named a level that was not there, since the book was made. */
  get unknownRemovals(): number {
    return this.#unknownRemovals;
  }

  levels(side: Side): number {
    return this.#side(side).count;
  }

  priceAt(side: Side, index: number): Ticks | undefined {
    return this.#side(side).priceAt(index);
  }

  sizeAt(side: Side, index: number): Lots | undefined {
    return this.#side(side).sizeAt(index);
  }

  sizeOf(side: Side, price: Ticks): Lots {
    return this.#side(side).sizeOf(price) ?? NO_LOTS;
  }

  bestBid(): Ticks | undefined {
    return this.#bids.best();
  }

  bestAsk(): Ticks | undefined {
    return this.#asks.best();
  }

  #side(side: Side): BookSide {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}

/** Deepest book of fixed depth: room for all of it is taken when it is made. */
const MAX_DEPTH = 10_000;
