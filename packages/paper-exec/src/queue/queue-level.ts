// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { Lots, Micros, QueueModelId, Side, Ticks } from '@kb/model';
import type { PaperOrder } from '../matching/paper-order.ts';
import { ExactPlace } from './exact-place.ts';
import { InferredQueue } from './inferred-queue.ts';
import { LevelPairing } from './level-pairing.ts';
import type { Unpaired } from './level-pairing.ts';
import type { QueueContext } from './queue-context.ts';
import { byHazard, powerBlend, QUEUE_MODELS } from './queue-models.ts';
import type { Settling } from './settle-queue.ts';

/**
 * A price at which own orders rest or are about to (or, where orders are inferred, any price): keeps the queue ahead of
 * them right though prints and book changes come on two channels.
 *
 * A print moves the queue at once. A decrease that turns out to be no print's (rule F11, see `LevelPairing`) was a cancel and
 * goes to the queue models (F8), so one trade and the decrease that it causes never move the queue twice. Increases queue
 * behind us (F9), and nobody has more ahead than is displayed (F10), but for `trade-only`, which knows the tape and the best
 * price alone: nobody is ahead of an order whose level has gone.
 */
export class QueueLevel implements Unpaired, Settling {
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
  /** What that message says it will display, if it says so. */
  told: Lots | undefined = undefined;
  readonly inferred: InferredQueue | undefined;
  readonly #context: QueueContext;
  readonly #pairing: LevelPairing;

  constructor(
    side: Side,
    price: Ticks,
    view: { readonly size: Lots; readonly visible: boolean },
    context: QueueContext,
  ) {
    this.side = side;
    this.price = price;
    this.size = view.size;
    this.visible = view.visible;
    this.#context = context;
    this.#pairing = new LevelPairing(context.window, context.step, this);
    this.inferred = context.infers ? new InferredQueue(context.lessons) : undefined;
    this.inferred?.joinLump(view.size);
  }

  /** Whether anything would be forgotten with the level. */
  get isUnused(): boolean {
    return this.pins === 0 && this.orders.length === 0;
  }

  /** An order joins the back of the queue: behind all that is displayed (F1). */
  join(order: PaperOrder): void {
    this.orders.push(order);
    order.level = this;
    // Beyond the depth in view nothing is known of the queue, so it is taken as endless until the level is seen.
    const ahead = this.visible ? this.size : Number.POSITIVE_INFINITY;
    order.mark = this.inferred?.mark ?? 0;
    order.inferredAhead = this.visible ? this.#inferredAheadOf(order) : Number.POSITIVE_INFINITY;
    order.uncertain = false;
    order.place = this.#placeOf();
    const { states } = order;
    for (let index = 0; index < states.length; index += 1) {
      const state = states[index]!;
      const model = this.#context.models[index]!;
      if (model === 'exact') state.ahead = Number.POSITIVE_INFINITY;
      else if (model === 'fingerprint') state.ahead = Math.min(order.inferredAhead, ahead);
      else state.ahead = ahead;
      state.least = state.ahead;
    }
    this.followPlace(order);
  }

  /**
   * An iceberg whose slice is used up in some queue models shows the next one there: at the back, behind all that is displayed
   * (how Kraken does it is UNCONFIRMED).
   * @param spent What own orders have got of the sweep in hand, which the new slice does not get again.
   */
  refill(order: PaperOrder, spent: (model: number) => number): void {
    const { displaySize, states } = order;
    const ahead = this.visible ? this.size : Number.POSITIVE_INFINITY;
    const rule = this.#context.centralRule(order.place !== undefined);
    for (let index = 0; index < states.length; index += 1) {
      const state = states[index]!;
      if (state.slice > 0 || state.remaining === 0 || displaySize === undefined) continue;
      const model = this.#context.models[index]!;
      state.slice = Math.min(displaySize, state.remaining);
      state.ahead = ahead;
      state.reached = spent(index);
      if (goesByPlace(model) && order.place !== undefined) {
        order.place = this.#placeOf();
        state.ahead = order.place?.ahead ?? ahead;
      } else if (model === 'fingerprint' || (model === 'central' && rule === 'fingerprint')) {
        order.mark = this.inferred?.mark ?? 0;
        order.inferredAhead = this.#inferredAheadOf(order);
        state.ahead = Math.min(order.inferredAhead, ahead);
      }
    }
  }

  /** The real orders have moved: the models that go by them follow. */
  followPlace(order: PaperOrder): void {
    const { place, states } = order;
    if (place === undefined) return;
    const { takenAhead } = this.#context;
    for (let index = 0; index < states.length; index += 1) {
      const state = states[index]!;
      if (state.remaining === 0 || !goesByPlace(this.#context.models[index]!)) continue;
      const ahead = Math.max(0, place.ahead - (takenAhead?.(this.side, place, index) ?? 0));
      state.ahead = ahead;
      if (ahead < state.least) state.least = ahead;
    }
  }

  #placeOf(): ExactPlace | undefined {
    const { exactBook, needsExact } = this.#context;
    if (!needsExact || exactBook === undefined) return undefined;
    return new ExactPlace(exactBook, this.side, this.price, this.#context);
  }

  /** The level now displays `size`. */
  resize(size: Lots, time: Micros): void {
    this.#pairing.settle(time);
    const before = this.size;
    this.size = size;
    if (size < before) {
      this.#pairing.decrease(before, before - size, time, this.inferred?.mark ?? 0);
      this.#queueUp(time);
    } else this.inferred?.join(size - before, time);
    if (this.orders.length > 0) this.#clamp();
  }

  /** What is known of the level starts anew (back in view): no order has more ahead than is displayed. */
  restart(size: Lots): void {
    this.size = size;
    this.forget();
    this.#clamp();
    this.#infer();
  }

  /**
   * The first whole book after a gap: nobody has more ahead than is displayed, and at the optimistic end nobody any.
   * @param size `undefined` beyond the depth in view.
   */
  resync(size: Lots | undefined): void {
    const { models } = this.#context;
    for (const order of this.orders) {
      for (let index = 0; order.uncertain && index < models.length; index += 1) {
        if (models[index] === 'uniform') order.states[index]!.ahead = 0;
      }
    }
    if (size !== undefined) this.restart(size);
  }

  /** Drops what waits to be paired: its counterpart will not be seen. */
  forget(): void {
    this.#pairing.forget();
  }

  /** A print at this very price; call before moving the orders by `volumeFor`. */
  print(volume: Lots, time: Micros): void {
    this.#pairing.settle(time);
    this.#pairing.print(volume, time);
    this.inferred?.consume(volume);
    this.#reconcile();
    this.#queueUp(time);
  }

  /**
   * How much of the print just taken concerns an order: what explains a decrease that the order already found done when it
   * arrived has been counted in the size it queued behind.
   */
  volumeFor(order: PaperOrder, volume: Lots): number {
    return this.#pairing.volumeFor(order.arrivedAt, volume);
  }

  /** Orders have moved by the print. */
  printed(time: Micros): void {
    const { settling, window } = this.#context;
    for (let index = 0; index < this.orders.length; index += 1) {
      // The orders may show that it was hidden by never showing it.
      if (this.orders[index]!.place?.isWaiting === true) settling.push(this, time + window);
    }
    if (this.inferred !== undefined) {
      for (const order of this.orders) {
        order.inferredAhead = this.#inferredAheadOf(order);
        this.#follow(order, 0);
      }
    }
    this.#clamp();
  }

  /**
   * The sweep goes on, so its last print here was all that its maker had.
   * @returns Number of the inferred order that this proves to have been filled, when it had not been thought the first.
   */
  anchor(): number | undefined {
    const { inferred } = this;
    if (inferred === undefined) return undefined;
    const anchored = inferred.anchor();
    for (const order of this.orders) {
      const before = order.inferredAhead;
      order.inferredAhead = this.#inferredAheadOf(order);
      this.#follow(order, order.inferredAhead - before);
    }
    return anchored;
  }

  settle(now: number): void {
    this.#pairing.settle(now);
    for (const order of this.orders) {
      if (order.place?.isWaiting !== true) continue;
      order.place.settle(now);
      this.followPlace(order);
    }
  }

  /** F8: a decrease that no print explains. */
  cancelled(amount: number, before: number, time: number, mark: number): void {
    const { inferred, orders } = this;
    const after = before - amount;
    if (inferred === undefined) {
      for (let index = 0; index < orders.length; index += 1) {
        if (orders[index]!.arrivedAt < time) this.#moveByCancel(orders[index]!, before, after, 0, 1, 1);
      }
    } else {
      for (let index = 0; index < orders.length; index += 1) this.#lookUp(orders[index]!, time, mark);
      inferred.cancel(amount, mark, time, after <= 0);
      this.#context.judge();
      this.#reconcile();
      for (let index = 0; index < orders.length; index += 1) {
        const order = orders[index]!;
        const was = order.inferredAhead;
        order.inferredAhead = this.#inferredAheadOf(order);
        if (order.arrivedAt >= time) continue;
        const by = order.inferredAhead - was;
        this.#moveByCancel(order, before, after, by, order.hazardAhead, order.hazardBehind);
      }
    }
    if (orders.length > 0) this.#clamp();
  }

  /** F12: printed volume that was never displayed. It has moved the queue already, which shows as less than it is. */
  hidden(volume: number): void {
    this.#context.hiddenVolume += volume;
    const { inferred } = this;
    if (inferred === undefined) return;
    inferred.giveBack(volume);
    this.#reconcile();
    for (const order of this.orders) {
      const was = order.inferredAhead;
      order.inferredAhead = this.#inferredAheadOf(order);
      this.#follow(order, order.inferredAhead - was);
    }
    if (this.orders.length > 0) this.#clamp();
  }

  /** Gives the inferred queue the shape that the places of our orders ask for: who stands between them is not known. */
  #infer(): void {
    const { inferred, orders } = this;
    if (inferred === undefined) return;
    inferred.clear();
    if (orders.length === 0) return inferred.joinLump(this.size);
    let stood = 0;
    for (const order of orders.toSorted((a, b) => a.inferredAhead - b.inferredAhead)) {
      const ahead = Math.floor(Math.min(order.inferredAhead, this.size));
      inferred.joinLump(ahead - stood);
      stood = Math.max(stood, ahead);
      order.mark = inferred.mark;
      order.inferredAhead = ahead;
    }
    inferred.joinLump(this.size - stood);
  }

  #moveByCancel(
    order: PaperOrder,
    before: number,
    after: number,
    inferredBy: number,
    hazardAhead: number,
    hazardBehind: number,
  ): void {
    const { models } = this.#context;
    const { states } = order;
    const centralRule = this.#context.centralRule(order.place !== undefined);
    for (let index = 0; index < states.length; index += 1) {
      const state = states[index]!;
      if (state.remaining === 0) continue;
      const model = models[index]!;
      switch (model) {
        case 'risk-averse':
        case 'power-blend':
        case 'uniform':
          state.ahead = QUEUE_MODELS[model](state.ahead, before, after);
          break;
        case 'age-hazard':
          state.ahead = byHazard(state.ahead, before, after, hazardAhead, hazardBehind);
          break;
        case 'fingerprint':
          state.ahead = order.inferredAhead;
          break;
        case 'central':
          if (centralRule === 'power-blend') state.ahead = powerBlend(state.ahead, before, after);
          else if (centralRule === 'fingerprint') state.ahead = shifted(state.ahead, inferredBy, order.inferredAhead);
          break;
        case 'exact':
        case 'trade-only':
          break;
      }
    }
  }

  /** The inferred queue was corrected: the models that go by it follow. */
  #follow(order: PaperOrder, by: number): void {
    const { models } = this.#context;
    const { states } = order;
    const centralRule = this.#context.centralRule(order.place !== undefined);
    for (let index = 0; index < states.length; index += 1) {
      const state = states[index]!;
      if (state.remaining === 0) continue;
      if (models[index] === 'fingerprint') state.ahead = order.inferredAhead;
      else if (by !== 0 && models[index] === 'central' && centralRule === 'fingerprint') {
        state.ahead = shifted(state.ahead, by, order.inferredAhead);
      }
    }
  }

  #lookUp(order: PaperOrder, time: number, mark: number): void {
    if (!this.#context.asksAges) return;
    const { inferred } = this;
    if (inferred === undefined) return;
    order.hazardAhead = inferred.hazardBetween(Number.NEGATIVE_INFINITY, order.mark, time);
    order.hazardBehind = inferred.hazardBetween(order.mark, mark, time);
  }

  #inferredAheadOf(order: PaperOrder): number {
    const { inferred } = this;
    if (inferred === undefined) return 0;
    if (!this.visible && order.inferredAhead === Number.POSITIVE_INFINITY) return order.inferredAhead;
    // What had gone when the order came is not ahead of it, whatever it turns out to have been.
    return Math.max(0, inferred.aheadOf(order.mark) - this.#pairing.waitingSince(order.arrivedAt));
  }

  /** Orders less debts are what is displayed, but for what waits to be paired. */
  #reconcile(): void {
    this.inferred?.reconcile(Math.max(0, this.size + this.#pairing.balance));
  }

  /** What has come at that time may wait for its counterpart, each for itself. */
  #queueUp(time: number): void {
    const { settling, window } = this.#context;
    if (this.#pairing.due !== Number.POSITIVE_INFINITY) settling.push(this, time + window);
  }

  /** F10, while decreases wait: they may turn out to be prints, which are still to be counted. */
  #clamp(): void {
    const { models } = this.#context;
    const most = this.visible ? this.size + this.#pairing.unexplained : Number.POSITIVE_INFINITY;
    for (const order of this.orders) {
      const { states } = order;
      for (let index = 0; index < states.length; index += 1) {
        const state = states[index]!;
        if (state.ahead > most && isClamped(models[index]!, order, most)) state.ahead = most;
        if (state.ahead < state.least) state.least = state.ahead;
      }
    }
  }
}

/** Whether a model stands among the real orders where there are any. */
export function goesByPlace(model: QueueModelId): boolean {
  return model === 'exact' || model === 'central';
}

/** Real orders are told on a channel of their own, which may be behind the book; the tape knows nothing of sizes. */
function isClamped(model: QueueModelId, order: PaperOrder, most: number): boolean {
  if (model === 'trade-only') return most === 0;
  return model !== 'exact' && !(model === 'central' && order.place !== undefined);
}

/** Moves a place by what the inferred queue has moved; one that nobody knew yet is where the inferred queue says, once it does. */
function shifted(ahead: number, by: number, inferredAhead: number): number {
  if (Number.isNaN(by)) return ahead; // unknown before, unknown now
  return Number.isFinite(ahead) && Number.isFinite(by) ? Math.max(0, ahead + by) : Math.min(ahead, inferredAhead);
}
