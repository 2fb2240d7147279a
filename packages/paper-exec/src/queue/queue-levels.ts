// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { NO_LOTS } from '@kb/model';
import type { BookView, Micros, Side, Ticks } from '@kb/model';
import { QueueLevel } from './queue-level.ts';
import type { SettleDeadline } from './queue-level.ts';
import type { QueueModel } from './queue-models.ts';

/** The watched prices of one side of a symbol, best first. */
export class QueueLevels {
  readonly side: Side;
  readonly list: QueueLevel[] = [];
  readonly #sign: 1 | -1;
  readonly #models: readonly QueueModel[];
  readonly #window: Micros;
  readonly #deadline: SettleDeadline;
  #touched = false;

  constructor(side: Side, models: readonly QueueModel[], window: Micros, deadline: SettleDeadline) {
    this.side = side;
    this.#sign = side === 'buy' ? -1 : 1;
    this.#models = models;
    this.#window = window;
    this.#deadline = deadline;
  }

  /** The level at a price, watched from now on. */
  watch(price: Ticks, book: BookView | undefined): QueueLevel {
    const index = this.#search(price);
    const found = this.list[index];
    if (found !== undefined && found.price === price) return found;
    const view = { size: book?.sizeOf(this.side, price) ?? NO_LOTS, visible: isVisible(book, this.side, price) };
    const level = new QueueLevel(this.side, price, view, this.#models, this.#window, this.#deadline);
    this.list.splice(index, 0, level);
    return level;
  }

  /** Forgets a level that nobody rests at or heads for. */
  releaseIfUnused(level: QueueLevel): void {
    if (level.pins > 0 || level.orders.length > 0) return;
    const index = this.list.indexOf(level);
    if (index >= 0) this.list.splice(index, 1);
  }

  /** Marks the levels that a message names, before the message is applied. */
  touch(count: number, prices: readonly Ticks[]): void {
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
      if (level === undefined || level.price !== price) continue;
      level.touched = true;
      this.#touched = true;
    }
  }

  /** Reads the touched levels' new sizes, after the message is applied. */
  update(book: BookView, time: Micros): void {
    const { list } = this;
    const touched = this.#touched;
    this.#touched = false;
    for (let index = 0; index < list.length; index += 1) {
      const level = list[index]!;
      if (touched && level.touched) {
        level.touched = false;
        refresh(level, book, time);
      } else if (!level.visible) refresh(level, book, time);
    }
  }

  /** Reads every level's size: the message was a snapshot. */
  updateAll(book: BookView, time: Micros): void {
    for (const level of this.list) refresh(level, book, time);
  }

  /** Classes what has waited long enough without a print as cancelled, on every level. */
  settle(now: Micros): void {
    for (const level of this.list) {
      level.settle(now);
      this.#deadline.due = Math.min(this.#deadline.due, level.settleDue);
    }
  }

  /** Reads every level's size after a gap. */
  restart(book: BookView): void {
    for (const level of this.list) {
      level.visible = isVisible(book, this.side, level.price);
      if (level.visible) level.restart(book.sizeOf(this.side, level.price));
    }
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
}

/** Brings a level up to what the book displays now. */
export function refresh(level: QueueLevel, book: BookView, time: Micros): void {
  const visible = isVisible(book, level.side, level.price);
  if (!visible) {
    level.visible = false;
    return;
  }
  const size = book.sizeOf(level.side, level.price);
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
