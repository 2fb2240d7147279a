// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { PaperOrder } from '../matching/paper-order.ts';
import type { QueueModel } from './queue-models.ts';

/** A decrease that no print has explained yet. */
interface Decrease {
  readonly time: Micros;
  amount: number;
  /** Displayed size before it, plus all that had printed here by then: minus what has printed by now, see `#settle`. */
  readonly base: number;
}

/** Printed volume that no decrease has followed yet. */
interface Print {
  readonly time: Micros;
  volume: number;
}

/** A print's volume that took back decreases seen at `time`. */
interface Match {
  readonly time: Micros;
  readonly volume: number;
}

/** Shared by the levels of a symbol: when the first of their unexplained decreases has waited long enough. */
export interface SettleDeadline {
  due: number;
}

/**
 * A price at which own orders rest or are about to: keeps the queue ahead of them right though prints and book changes
 * come on two channels, in either order (rule F11).
 *
 * A print moves the queue at once. A decrease is first set against prints that came before it; what is left waits
 * `window` for a print that comes after it, and only then counts as cancelled and goes to the queue models (F8). So one
 * trade and the decrease that it causes never move the queue twice. Increases queue behind us (F9).
 */
export class QueueLevel {
  readonly side: Side;
  readonly price: Ticks;
  /** In time order. */
  readonly orders: PaperOrder[] = [];
  /** Commands on their way that may rest here: the level is watched from the moment they are sent. */
  pins = 0;
  /** Displayed size as last seen. */
  size: number;
  /** False while the price lies beyond the depth in view: the displayed size is then unknown, not zero. */
  visible: boolean;
  /** Set while a book message that names this price is applied. */
  touched = false;
  readonly #models: readonly QueueModel[];
  readonly #window: Micros;
  readonly #deadline: SettleDeadline;
  readonly #decreases: Decrease[] = [];
  readonly #prints: Print[] = [];
  #waiting = 0;
  /** All volume that ever printed here. */
  #printed = 0;
  #matches: Match[] = [];

  constructor(
    side: Side,
    price: Ticks,
    view: { readonly size: Lots; readonly visible: boolean },
    models: readonly QueueModel[],
    window: Micros,
    deadline: SettleDeadline,
  ) {
    this.side = side;
    this.price = price;
    this.size = view.size;
    this.visible = view.visible;
    this.#models = models;
    this.#window = window;
    this.#deadline = deadline;
  }

  /** The level now displays `size`. */
  resize(size: Lots, time: Micros): void {
    this.settle(time);
    const before = this.size;
    this.size = size;
    if (size < before) this.#decrease(before, before - size, time);
    this.#clamp();
  }

  /** What is known of the level starts anew (after a gap, or back in view): no order has more ahead than is displayed. */
  restart(size: Lots): void {
    this.size = size;
    this.forget();
    this.#clamp();
  }

  /** Drops what waits to be paired: its counterpart will not be seen. */
  forget(): void {
    this.#decreases.length = 0;
    this.#prints.length = 0;
    this.#waiting = 0;
  }

  /** A print at this very price; call before moving the orders by `volumeFor`. */
  print(volume: Lots, time: Micros): void {
    this.settle(time);
    if (this.#matches.length > 0) this.#matches = [];
    let left: number = volume;
    while (left > 0) {
      const oldest = this.#decreases[0];
      if (oldest === undefined) break;
      const matched = Math.min(left, oldest.amount);
      this.#matches.push({ time: oldest.time, volume: matched });
      left -= matched;
      oldest.amount -= matched;
      this.#waiting -= matched;
      if (oldest.amount <= 0) this.#decreases.shift();
    }
    if (left > 0) bounded(this.#prints).push({ time, volume: left });
    this.#printed += volume;
  }

  /**
   * How much of the print just taken concerns an order: what explains a decrease that the order already found done when it
   * arrived has been counted in the size it queued behind.
   */
  volumeFor(order: PaperOrder, volume: Lots): number {
    let left: number = volume;
    for (const match of this.#matches) if (match.time <= order.arrivedAt) left -= match.volume;
    return left;
  }

  /** Orders have moved by the print: nothing ahead can be larger than what is displayed (F10). */
  printed(): void {
    this.#clamp();
  }

  /** Decreases that have waited long enough without a print are cancels (F8); old prints will not be followed any more. */
  settle(now: Micros): void {
    const decreases = this.#decreases;
    let settled = false;
    while (decreases.length > 0) {
      const oldest = decreases[0];
      if (oldest === undefined || (now - oldest.time <= this.#window && decreases.length <= MAX_PENDING)) break;
      decreases.shift();
      this.#cancelled(oldest);
      settled = true;
    }
    while (this.#prints.length > 0) {
      const oldest = this.#prints[0];
      if (oldest === undefined || now - oldest.time <= this.#window) break;
      this.#prints.shift();
    }
    if (settled) this.#clamp();
  }

  /** When its oldest unexplained decrease has waited long enough; `Infinity` when there is none. */
  get settleDue(): number {
    const oldest = this.#decreases[0];
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.time + this.#window;
  }

  #decrease(before: number, amount: number, time: Micros): void {
    let left = amount;
    while (left > 0) {
      const oldest = this.#prints[0];
      if (oldest === undefined) break;
      const matched = Math.min(left, oldest.volume);
      left -= matched;
      oldest.volume -= matched;
      if (oldest.volume <= 0) this.#prints.shift();
    }
    if (left <= 0) return;
    const matched = amount - left;
    this.#decreases.push({ time, amount: left, base: before - matched + this.#printed });
    this.#waiting += left;
    this.#deadline.due = Math.min(this.#deadline.due, time + this.#window);
  }

  #cancelled({ time, amount, base }: Decrease): void {
    this.#waiting -= amount;
    // Prints since then took from the front of both the level and the queue ahead, so they leave what is behind as it was.
    const before = Math.max(amount, base - this.#printed);
    const models = this.#models;
    for (const order of this.orders) {
      if (order.arrivedAt >= time) continue;
      const { states } = order;
      for (let index = 0; index < states.length; index += 1) {
        const state = states[index]!;
        if (state.remaining > 0) state.ahead = models[index]!(state.ahead, before, before - amount);
      }
    }
  }

  /** F10, while decreases wait: they may turn out to be prints, which are still to be counted. */
  #clamp(): void {
    if (!this.visible) return;
    const most = this.size + this.#waiting;
    for (const order of this.orders) {
      for (const state of order.states) if (state.ahead > most) state.ahead = most;
    }
  }
}

/** Most unexplained decreases, and prints, that a level remembers; beyond it the oldest is settled at once. */
const MAX_PENDING = 1_024;

function bounded(prints: Print[]): Print[] {
  if (prints.length >= MAX_PENDING) prints.shift();
  return prints;
}
