// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { BookView, Micros, Side, Ticks } from '@kb/model';
import type { PaperOrder } from './paper-order.ts';
import type { QueueContext } from '../queue/queue-context.ts';
import type { QueueLevel } from '../queue/queue-level.ts';
import { QueueLevels, refresh } from '../queue/queue-levels.ts';

/** An own order at rest, as somebody sees it who comes from the other side. */
export interface OwnOrderAhead {
  readonly order: PaperOrder;
  readonly price: Ticks;
  /** Lots that stand ahead of it. */
  readonly ahead: number;
}

/** The own orders of one symbol that rest at the venue, by side and price, with the queues that they stand in. */
export class RestingOrders {
  readonly levels: Readonly<Record<Side, QueueLevels>>;
  /** How many rest. */
  count = 0;
  /** How many of them stood through a gap of the feed: their places are known between bounds only. */
  uncertain = 0;
  readonly #context: QueueContext;

  constructor(context: QueueContext) {
    this.#context = context;
    this.levels = { buy: new QueueLevels('buy', context), sell: new QueueLevels('sell', context) };
  }

  /** True while some decrease waits to be explained by a print. */
  get isPairing(): boolean {
    return this.#context.settling.due !== Number.POSITIVE_INFINITY;
  }

  /** No print before `now` is missing any more: decreases that waited for one long enough were cancels. */
  settle(now: Micros): void {
    if (now > this.#context.settling.due) this.#context.settling.settle(now);
  }

  /** The feed has a gap: what waits for its counterpart on the other channel will not get it. */
  forgetPairing(): void {
    this.#context.settling.clear();
    for (const side of SIDES) {
      this.levels[side].dropUnused();
      for (const level of this.levels[side].list) level.forget();
    }
  }

  /** F1: the order joins the back of the queue at its price, behind all that is displayed. */
  rest(order: PaperOrder, price: Ticks, book: BookView | undefined, at: Micros): void {
    if (book === undefined) return;
    const level = this.levels[order.side].watch(price, book);
    refresh(level, book, at);
    order.showSlices();
    level.join(order);
    order.restedAt ??= at;
    const facing = order.side === 'buy' ? book.bestAsk() : book.bestBid();
    if (facing !== undefined) {
      order.closest = Math.min(order.closest, order.side === 'buy' ? facing - price : price - facing);
    }
    this.count += 1;
  }

  /** Takes an order out of its queue. */
  remove(order: PaperOrder): void {
    const { level } = order;
    if (level === undefined) return;
    const index = level.orders.indexOf(order);
    if (index >= 0) level.orders.splice(index, 1);
    order.level = undefined;
    this.count -= 1;
    if (order.uncertain) this.uncertain -= 1;
    this.levels[order.side].releaseIfUnused(level);
  }

  /**
   * The feed has a gap: every order that rests keeps its place, which is not known any more.
   * @param goesOn As in `Matcher.freeze`.
   */
  markUncertain(goesOn: boolean): void {
    for (const side of SIDES)
      for (const { orders } of this.levels[side].list) for (const order of orders) this.#doubt(order, goesOn);
  }

  #doubt(order: PaperOrder, goesOn: boolean): void {
    if (order.uncertain && goesOn) return;
    order.place?.beginGap();
    for (const state of order.states) state.gapAhead = state.ahead;
    if (!order.uncertain) this.uncertain += 1;
    order.uncertain = true;
  }

  /**
   * Takes out all that no queue model holds any more, and lets icebergs whose slice is used up show the next one.
   * @param spent What own orders at a price or better have got of the sweep in hand.
   */
  removeDone(spent: (model: number, side: Side, price: Ticks) => number): void {
    for (const side of SIDES) {
      const { list } = this.levels[side];
      for (let index = list.length - 1; index >= 0; index -= 1) {
        const level = list[index]!;
        const { orders, price } = level;
        for (let i = orders.length - 1; i >= 0; i -= 1) {
          const order = orders[i]!;
          if (!order.isLive()) this.remove(order);
          else if (order.displaySize !== undefined) level.refill(order, (model) => spent(model, side, price));
        }
      }
    }
  }

  /** Watches a price at which an order is about to rest; `unpin` when its command has been handled. */
  pin(side: Side, price: Ticks, book: BookView | undefined): QueueLevel {
    const level = this.levels[side].watch(price, book);
    level.pins += 1;
    return level;
  }

  unpin(level: QueueLevel): void {
    level.pins -= 1;
    this.levels[level.side].releaseIfUnused(level);
  }

  /** The first own order on a side in a queue model, with the queue ahead of it. */
  best(side: Side, model: number): OwnOrderAhead | undefined {
    for (const { price, orders } of this.levels[side].list) {
      for (const order of orders) {
        const state = order.states[model]!;
        if (state.remaining > 0) return { order, price, ahead: state.ahead };
      }
    }
    return undefined;
  }
}

const SIDES = ['buy', 'sell'] as const;
