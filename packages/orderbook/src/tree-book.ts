import { RBTree } from 'bintrees';
import { NO_LOTS } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';
import { checkDepth, checkGrid } from './book-checks.ts';
import { checksumOf } from './checksum.ts';

/**
 * The same book on red-black trees, for books without a depth limit (`depth` may be `Infinity`).
 *
 * Updates cost O(log levels). `priceAt`, `sizeAt` walk from the best level and cost O(index); the checksum is computed from
 * scratch. For Kraken's depths, 10 to 1000, `L2Book` is the faster one.
 */
export class TreeBook implements BookView {
  readonly symbol: string;
  readonly depth: number;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
  readonly #bids: TreeSide = new TreeSide((a, b) => b.price - a.price);
  readonly #asks: TreeSide = new TreeSide((a, b) => a.price - b.price);
  #unknownRemovals = 0;

  /** @throws BookError `KB_BOOK_BAD_DEPTH`, `KB_BOOK_BAD_GRID`. */
  constructor(symbol: string, grid: Grid, depth: number) {
    this.symbol = symbol;
    this.depth = checkDepth(symbol, depth, Number.POSITIVE_INFINITY);
    const { pricePrecision, qtyPrecision } = checkGrid(symbol, grid);
    this.pricePrecision = pricePrecision;
    this.qtyPrecision = qtyPrecision;
  }

  /** As `L2Book.apply`. */
  apply(changes: BookChanges): void {
    if (changes.snapshot) this.clear();
    this.#applySide(this.#bids, changes.bidCount, changes.bidPrices, changes.bidSizes);
    this.#applySide(this.#asks, changes.askCount, changes.askPrices, changes.askSizes);
  }

  /** As `L2Book.checksum`, from scratch each time. */
  checksum(): number {
    return checksumOf(this);
  }

  /** As `L2Book.isCrossed`. */
  isCrossed(): boolean {
    const bid = this.bestBid();
    const ask = this.bestAsk();
    return bid !== undefined && ask !== undefined && bid >= ask;
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
    return this.#side(side).at(index)?.price;
  }

  sizeAt(side: Side, index: number): Lots | undefined {
    return this.#side(side).at(index)?.size;
  }

  sizeOf(side: Side, price: Ticks): Lots {
    return this.#side(side).sizeOf(price);
  }

  bestBid(): Ticks | undefined {
    return this.#bids.best()?.price;
  }

  bestAsk(): Ticks | undefined {
    return this.#asks.best()?.price;
  }

  #applySide(side: TreeSide, count: number, prices: readonly Ticks[], sizes: readonly Lots[]): void {
    for (let index = 0; index < count; index += 1) {
      const price = prices[index];
      const size = sizes[index];
      if (price === undefined || size === undefined) break;
      if (!side.set(price, size)) this.#unknownRemovals += 1;
    }
    side.cut(this.depth);
  }

  #side(side: Side): TreeSide {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}

interface Level {
  price: Ticks;
  size: Lots;
}

/** One side, best level first in the tree's order. */
class TreeSide {
  readonly #tree: RBTree<Level>;

  constructor(compare: (a: Level, b: Level) => number) {
    this.#tree = new RBTree<Level>(compare);
  }

  get count(): number {
    return this.#tree.size;
  }

  best(): Level | null {
    return this.#tree.min();
  }

  at(index: number): Level | undefined {
    if (!(index >= 0 && index < this.#tree.size)) return undefined;
    const levels = this.#tree.iterator();
    let level = levels.next();
    for (let step = 0; step < index; step += 1) level = levels.next();
    return level ?? undefined;
  }

  sizeOf(price: Ticks): Lots {
    return this.#find(price)?.size ?? NO_LOTS;
  }

  /** Sets the size at a price; zero removes the level. @returns False when a level to remove is not there. */
  set(price: Ticks, size: Lots): boolean {
    const level = this.#find(price);
    if (size === 0) return level !== null && this.#tree.remove(level);
    // The tree keeps the old value when an equal key is inserted: change the one that is there.
    if (level !== null) level.size = size;
    else this.#tree.insert({ price, size });
    return true;
  }

  cut(depth: number): void {
    while (this.#tree.size > depth) {
      const worst = this.#tree.max();
      if (worst === null) return;
      this.#tree.remove(worst);
    }
  }

  clear(): void {
    this.#tree.clear();
  }

  #find(price: Ticks): Level | null {
    return this.#tree.find({ price, size: NO_LOTS });
  }
}
