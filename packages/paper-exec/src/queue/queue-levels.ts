// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { NO_LOTS } from '@kb/model';
import type { BookView, Lots, Micros, Side, Ticks } from '@kb/model';
import type { QueueContext } from './queue-context.ts';
import { QueueLevel } from './queue-level.ts';

/** The watched prices of one side of a symbol; all that messages name, while orders are inferred. */
export class QueueLevels {
  readonly side: Side;
  /** Those at which own orders rest or are about to, best first. */
  readonly list: QueueLevel[] = [];
  readonly #sign: 1 | -1;
  readonly #context: QueueContext;
  /** Every followed price, while orders are inferred. */
  readonly #all = new Map<Ticks, QueueLevel>();
  /** Those that the message in hand names: so many of the list, which is not cut, because it would have to grow again. */
  readonly #touched: QueueLevel[] = [];
  #touchedCount = 0;

  constructor(side: Side, context: QueueContext) {
    this.side = side;
    this.#sign = side === 'buy' ? -1 : 1;
    this.#context = context;
  }

  /** The level at a price, watched from now on. */
  watch(price: Ticks, book: BookView | undefined): QueueLevel {
    const index = this.#search(price);
    const found = this.list[index];
    if (found !== undefined && found.price === price) return found;
    const level = this.#context.infers ? this.#follow(price, book) : this.#open(price, book);
    this.list.splice(index, 0, level);
    return level;
  }

  /** The level at a price, when it is followed. */
  at(price: Ticks): QueueLevel | undefined {
    if (this.#context.infers) return this.#all.get(price);
    const level = this.list[this.#search(price)];
    return level?.price === price ? level : undefined;
  }

  /** Forgets a level that nobody rests at or heads for. */
  releaseIfUnused(level: QueueLevel): void {
    if (!level.isUnused) return;
    const index = this.list.indexOf(level);
    if (index >= 0) this.list.splice(index, 1);
  }

  /**
   * Marks the levels that a message names, before the message is applied.
   * @param sizes What it says they will display; left out where it tells of single orders.
   */
  touch(count: number, prices: readonly Ticks[], book: BookView, sizes?: readonly Lots[]): void {
    if (this.#context.infers) {
      for (let index = 0; index < count; index += 1) this.#touch(this.#known(prices[index]!, book), sizes?.[index]);
      return;
    }
    const { list } = this;
    if (list.length === 0) return;
    const sign = this.#sign;
    const best = sign * list[0]!.price;
    const worst = sign * list[list.length - 1]!.price;
    for (let index = 0; index < count; index += 1) {
      const price = prices[index]!;
      const rank = sign * price;
      if (rank < best || rank > worst) continue;
      const level = list[this.#search(price)];
      if (level !== undefined && level.price === price) this.#touch(level, sizes?.[index]);
    }
  }

  /** Reads the touched levels' new sizes, after the message is applied. */
  update(book: BookView, time: Micros): void {
    const touched = this.#touched;
    for (let index = 0; index < this.#touchedCount; index += 1) {
      const level = touched[index]!;
      level.touched = false;
      refresh(level, book, time, level.told);
    }
    this.#touchedCount = 0;
    const { list } = this;
    for (let index = 0; index < list.length; index += 1) if (!list[index]!.visible) refresh(list[index]!, book, time);
  }

  /** Reads every level's size: the message was a snapshot. */
  updateAll(book: BookView, time: Micros): void {
    for (const level of this.list) refresh(level, book, time);
    for (const level of this.#all.values()) refresh(level, book, time);
  }

  /** Reads every level's size after a gap. */
  restart(book: BookView): void {
    for (const level of this.list) {
      level.visible = isVisible(book, this.side, level.price);
      level.resync(level.visible ? book.sizeOf(this.side, level.price) : undefined);
    }
  }

  /** What is known of queues without own orders is void after a gap. */
  dropUnused(): void {
    for (const [price, level] of this.#all) if (level.isUnused) this.#all.delete(price);
  }

  /** Index of the first level at the price or worse. */
  #search(price: Ticks): number {
    const { list } = this;
    const rank = this.#sign * price;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sign * list[middle]!.price < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Of a level that a message names twice the last size counts. */
  #touch(level: QueueLevel, told: Lots | undefined): void {
    level.told = told;
    if (level.touched) return;
    level.touched = true;
    this.#touched[this.#touchedCount] = level;
    this.#touchedCount += 1;
  }

  /** The level as it is before the message: one that has left the depth in view since is not what it was. */
  #known(price: Ticks, book: BookView): QueueLevel {
    const level = this.#all.get(price);
    if (level === undefined) return this.#follow(price, book);
    const size = book.sizeOf(this.side, price);
    if (size === level.size) return level;
    if (size !== NO_LOTS || isVisible(book, this.side, price)) level.restart(size);
    else if (level.visible) level.visible = false;
    return level;
  }

  #follow(price: Ticks, book: BookView | undefined): QueueLevel {
    const known = this.#all.get(price);
    if (known !== undefined) return known;
    const level = this.#open(price, book);
    if (this.#all.size >= MAX_FOLLOWED) this.#prune(book);
    this.#all.set(price, level);
    return level;
  }

  #open(price: Ticks, book: BookView | undefined): QueueLevel {
    const size: Lots = book?.sizeOf(this.side, price) ?? NO_LOTS;
    return new QueueLevel(this.side, price, { size, visible: isVisible(book, this.side, price) }, this.#context);
  }

  /** Too many prices were named: the half that is farthest from the best is let go, own ones apart. */
  #prune(book: BookView | undefined): void {
    const best = (this.side === 'buy' ? book?.bestBid() : book?.bestAsk()) ?? 0;
    const far = [...this.#all.values()]
      .filter((level) => level.isUnused && !level.touched)
      .toSorted((a, b) => Math.abs(b.price - best) - Math.abs(a.price - best));
    for (const level of far.slice(0, MAX_FOLLOWED / 2)) this.#all.delete(level.price);
  }
}

/**
 * Brings a level up to what the book displays now.
 * @param told Its size, where the message just applied has said it: what is in view is as it was told.
 */
export function refresh(level: QueueLevel, book: BookView, time: Micros, told?: Lots): void {
  const visible = isVisible(book, level.side, level.price);
  if (!visible) {
    level.visible = false;
    return;
  }
  const size = told ?? book.sizeOf(level.side, level.price);
  if (level.visible) {
    if (size !== level.size) level.resize(size, time);
    return;
  }
  level.visible = true;
  level.restart(size);
}

/** Whether a price lies inside the depth that the book shows of a side: beyond it, no level does not mean no size. */
export function isVisible(book: BookView | undefined, side: Side, price: Ticks): boolean {
  if (book === undefined) return false;
  const count = book.levels(side);
  if (count < book.depth) return true;
  const worst = book.priceAt(side, count - 1);
  if (worst === undefined) return true;
  return side === 'buy' ? price >= worst : price <= worst;
}

/** Most prices of a side whose orders are inferred. */
const MAX_FOLLOWED = 1_024;
