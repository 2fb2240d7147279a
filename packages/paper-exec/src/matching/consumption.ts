import { NO_LOTS, lots } from '@kb/model';
import type { BookView, Level3View, Lots, Side, Ticks } from '@kb/model';
import type { QueueContext } from '../queue/queue-context.ts';
import { goesByPlace } from '../queue/queue-level.ts';
import { isVisible } from '../queue/queue-levels.ts';
import { MakerConsumption } from './maker-consumption.ts';

interface Consumed {
  /** Displayed size as last seen. */
  size: number;
  /** Lots that our own fills took from the level and the public book still shows, by queue model; fractional. */
  readonly taken: number[];
}

/**
 * What own orders took from one side of the public book, which never hears of it (rule F4): the same displayed size is not
 * sold to us twice. A decrease of the level shrinks what was taken in proportion, an increase leaves it, the level's end
 * ends it.
 */
export class Consumption {
  readonly #side: Side;
  readonly #models: number;
  readonly #levels = new Map<Ticks, Consumed>();
  readonly #touched: Ticks[] = [];
  readonly #context: QueueContext;
  /** The same by maker, for models that stand among single orders. */
  readonly makers: MakerConsumption;

  constructor(side: Side, context: QueueContext) {
    this.#side = side;
    this.#context = context;
    this.#models = context.models.length;
    this.makers = new MakerConsumption(side, this.#models);
  }

  /** Whole lots still to be had of a displayed size, in a queue model. */
  available(price: Ticks, displayed: Lots, model: number): Lots {
    const book = this.#exactBook(model);
    if (book !== undefined) return this.makers.available(book, price, displayed, model);
    if (this.#levels.size === 0) return displayed;
    const taken = this.#levels.get(price)?.taken[model];
    if (taken === undefined || taken === 0) return displayed;
    return lots(Math.max(0, Math.floor(displayed - taken)));
  }

  /** Whether it is told by maker what a queue model has taken. */
  goesByMakers(model: number): boolean {
    return this.#exactBook(model) !== undefined;
  }

  take(price: Ticks, displayed: Lots, model: number, size: Lots): void {
    const book = this.#exactBook(model);
    if (book !== undefined) {
      this.makers.take(book, price, model, size);
      return;
    }
    let level = this.#levels.get(price);
    if (level === undefined) {
      level = { size: displayed, taken: Array.from({ length: this.#models }, () => 0) };
      this.#levels.set(price, level);
      this.#bound();
    }
    level.taken[model] = (level.taken[model] ?? 0) + size;
  }

  /** Remembers which consumed levels a message names, before it is applied. */
  touch(count: number, prices: readonly Ticks[]): void {
    if (this.#levels.size === 0) return;
    for (let index = 0; index < count; index += 1) {
      const price = prices[index];
      if (price !== undefined && this.#levels.has(price)) this.#touched.push(price);
    }
  }

  /** Follows the touched levels, after the message is applied. */
  update(book: BookView): void {
    if (this.#touched.length === 0) return;
    for (const price of this.#touched) this.#follow(price, book);
    this.#touched.length = 0;
  }

  /** Follows all levels: the message was a snapshot. */
  updateAll(book: BookView): void {
    for (const price of this.#levels.keys()) this.#follow(price, book);
  }

  #exactBook(model: number): Level3View | undefined {
    const { exactBook, models } = this.#context;
    const id = models[model];
    return exactBook !== undefined && id !== undefined && goesByPlace(id) ? exactBook : undefined;
  }

  #follow(price: Ticks, book: BookView): void {
    const level = this.#levels.get(price);
    if (level === undefined || !isVisible(book, this.#side, price)) return;
    const size = book.sizeOf(this.#side, price);
    if (size === NO_LOTS) {
      this.#levels.delete(price);
      return;
    }
    if (size < level.size) {
      const share = size / level.size;
      for (const [model, taken] of level.taken.entries()) level.taken[model] = taken * share;
    }
    level.size = size;
  }

  /** Levels that fell out of view never report their end: the oldest go when there are too many. */
  #bound(): void {
    if (this.#levels.size <= MAX_LEVELS) return;
    for (const oldest of this.#levels.keys()) {
      this.#levels.delete(oldest);
      return;
    }
  }
}

const MAX_LEVELS = 4_096;
