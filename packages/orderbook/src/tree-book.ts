// oxlint-disable typescript/no-non-null-assertion -- the counts of BookChanges prove every index
import { RBTree } from 'bintrees';
import { NO_LOTS } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';
import { checkDepth, checkGrid } from './book-checks.ts';
import { checksumOf } from './checksum.ts';
import { isCrossed } from './measures.ts';

/**
 * The same book on red-black trees, for books without a depth limit (`depth` may be `Infinity`).
 *
 * Updates cost O(log levels). Reading levels one after the other walks the tree once; reading them in another order walks from the
 * best level each time. The checksum is computed from scratch. For Kraken's depths, 10 to 1000, `L2Book` is the faster one.
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
      if (!side.set(prices[index]!, sizes[index]!)) this.#unknownRemovals += 1;
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

interface Walk {
  readonly levels: ReturnType<RBTree<Level>['iterator']>;
  index: number;
  level: Level | null;
}

/** One side, best level first in the tree's order. */
class TreeSide {
  readonly #tree: RBTree<Level>;
  /** Where the last look by index ended, so that reading level after level walks the tree once. */
  #walk: Walk | undefined;

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
    if (!Number.isInteger(index) || index < 0 || index >= this.#tree.size) return undefined;
    let walk = this.#walk;
    if (walk === undefined || walk.index > index) {
      const levels = this.#tree.iterator();
      walk = { levels, index: 0, level: levels.next() };
      this.#walk = walk;
    }
    for (; walk.index < index; walk.index += 1) walk.level = walk.levels.next();
    return walk.level ?? undefined;
  }

  sizeOf(price: Ticks): Lots {
    return this.#find(price)?.size ?? NO_LOTS;
  }

  /** Sets the size at a price; zero removes the level. @returns False when a level to remove is not there. */
  set(price: Ticks, size: Lots): boolean {
    const level = this.#find(price);
    if (size === 0) return level !== null && this.#remove(level);
    // The tree keeps the old value when an equal key is inserted: change the one that is there.
    if (level !== null) {
      level.size = size;
    } else {
      this.#walk = undefined;
      this.#tree.insert({ price, size });
    }
    return true;
  }

  cut(depth: number): void {
    while (this.#tree.size > depth) {
      const worst = this.#tree.max();
      if (worst === null) return;
      this.#remove(worst);
    }
  }

  clear(): void {
    this.#walk = undefined;
    this.#tree.clear();
  }

  #remove(level: Level): boolean {
    this.#walk = undefined;
    return this.#tree.remove(level);
  }

  #find(price: Ticks): Level | null {
    return this.#tree.find({ price, size: NO_LOTS });
  }
}
