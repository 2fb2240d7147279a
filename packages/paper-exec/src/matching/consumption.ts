import { NO_LOTS, lots } from '@kb/model';
import type { BookView, Level3View, Lots, Micros, Side, Ticks } from '@kb/model';
import { exp } from '../latency/repeatable-math.ts';
import type { QueueContext } from '../queue/queue-context.ts';
import { goesByPlace } from '../queue/queue-level.ts';
import { isVisible } from '../queue/queue-levels.ts';
import { MakerConsumption } from './maker-consumption.ts';

interface Consumed {
  /** Displayed size as last seen. */
  size: number;
  /** Lots that our own fills took from the level and the public book still shows, by queue model; fractional. */
  readonly taken: number[];
  /** The time that `taken` is as of, where it decays. */
  asOf: Micros | undefined;
}

/** How what was taken is forgotten with time. */
export interface ConsumptionDecay {
  /** After which half of it is there again. */
  readonly halfLife: Micros;
  /** Venue time. */
  now(): Micros;
}

/**
 * What own orders took from one side of the public book, which never hears of it (rule F4): the same displayed size is not
 * sold to us twice. A decrease of the level shrinks what was taken in proportion, an increase leaves it, the level's end
 * ends it. With a decay, others are taken to fill it up again besides: half of it by each half-life.
 */
export class Consumption {
  readonly #side: Side;
  readonly #models: number;
  readonly #levels = new Map<Ticks, Consumed>();
  readonly #touched: Ticks[] = [];
  readonly #context: QueueContext;
  readonly #decay: ConsumptionDecay | undefined;
  /** The same by maker, for models that stand among single orders. */
  readonly makers: MakerConsumption;

  /** @param decay Of levels; what is taken off single orders stays taken. */
  constructor(side: Side, context: QueueContext, decay?: ConsumptionDecay) {
    this.#side = side;
    this.#context = context;
    this.#decay = decay;
    this.#models = context.models.length;
    this.makers = new MakerConsumption(side, this.#models);
  }

  /** Whole lots still to be had of a displayed size, in a queue model. */
  available(price: Ticks, displayed: Lots, model: number): Lots {
    const book = this.#exactBook(model);
    if (book !== undefined) return this.makers.available(book, price, displayed, model);
    if (this.#levels.size === 0) return displayed;
    const level = this.#levels.get(price);
    const taken = level?.taken[model];
    if (level === undefined || taken === undefined || taken === 0) return displayed;
    return lots(Math.max(0, Math.floor(displayed - this.#leftOf(taken, level))));
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
      level = { size: displayed, taken: Array.from({ length: this.#models }, () => 0), asOf: this.#decay?.now() };
      this.#levels.set(price, level);
      this.#bound();
    }
    if (this.#decay !== undefined) {
      for (const [each, taken] of level.taken.entries()) level.taken[each] = this.#leftOf(taken, level);
      level.asOf = this.#decay.now();
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

  /** What time has left of lots that were taken. */
  #leftOf(taken: number, { asOf }: Consumed): number {
    if (this.#decay === undefined || asOf === undefined) return taken;
    const halvings = (this.#decay.now() - asOf) / this.#decay.halfLife;
    if (halvings > MOST_HALVINGS) return 0;
    const left = taken * exp(-halvings * Math.LN2);
    return left < LEAST_LEFT ? 0 : left;
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
/** Of no size is a lot left after as many. */
const MOST_HALVINGS = 64;
/** Lots; less is nothing, or a whole lot would be missing for ever. */
const LEAST_LEFT = 0.5;
