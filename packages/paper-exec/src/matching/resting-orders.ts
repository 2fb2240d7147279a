// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { BookView, Micros, Side, Ticks } from '@kb/model';
import type { PaperOrder } from './paper-order.ts';
import type { QueueLevel, SettleDeadline } from '../queue/queue-level.ts';
import { QueueLevels, refresh } from '../queue/queue-levels.ts';
import type { QueueModel } from '../queue/queue-models.ts';

/** The own orders resting on one symbol, in their queues. */
export class RestingOrders {
  /** Orders that some queue model still holds. */
  count = 0;
  /** Watched prices, by side of the own orders. */
  readonly levels: Readonly<Record<Side, QueueLevels>>;
  readonly #deadline: SettleDeadline = { due: Number.POSITIVE_INFINITY };

  constructor(models: readonly QueueModel[], pairingWindow: Micros) {
    this.levels = {
      buy: new QueueLevels('buy', models, pairingWindow, this.#deadline),
      sell: new QueueLevels('sell', models, pairingWindow, this.#deadline),
    };
  }

  /** True while some decrease waits to be explained by a print. */
  get isPairing(): boolean {
    return this.#deadline.due !== Number.POSITIVE_INFINITY;
  }

  /** No print before `now` is missing any more: decreases that waited for one long enough were cancels. */
  settle(now: Micros): void {
    if (now <= this.#deadline.due) return;
    this.#deadline.due = Number.POSITIVE_INFINITY;
    this.levels.buy.settle(now);
    this.levels.sell.settle(now);
  }

  /** The feed has a gap: what waits for its counterpart on the other channel will not get it. */
  forgetPairing(): void {
    this.#deadline.due = Number.POSITIVE_INFINITY;
    for (const side of SIDES) for (const level of this.levels[side].list) level.forget();
  }

  /** F1: the order joins the back of the queue at its price, behind all that is displayed. */
  rest(order: PaperOrder, price: Ticks, book: BookView | undefined, at: Micros): void {
    if (book === undefined) return;
    const level = this.levels[order.side].watch(price, book);
    refresh(level, book, at);
    level.orders.push(order);
    order.level = level;
    this.count += 1;
    // Beyond the depth in view nothing is known of the queue, so it is taken as endless until the level is seen.
    for (const state of order.states) state.ahead = level.visible ? level.size : Number.POSITIVE_INFINITY;
  }

  /** Takes an order out of its queue. */
  remove(order: PaperOrder): void {
    const { level } = order;
    if (level === undefined) return;
    const index = level.orders.indexOf(order);
    if (index >= 0) level.orders.splice(index, 1);
    order.level = undefined;
    this.count -= 1;
    this.levels[order.side].releaseIfUnused(level);
  }

  /** Takes out all that no queue model holds any more. */
  removeDone(): void {
    for (const side of SIDES) {
      const { list } = this.levels[side];
      for (let index = list.length - 1; index >= 0; index -= 1) {
        const { orders } = list[index]!;
        for (let i = orders.length - 1; i >= 0; i -= 1) if (!orders[i]!.isLive()) this.remove(orders[i]!);
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

  /** The best price on a side in a queue model, with the queue ahead of its first order. */
  best(side: Side, model: number): { readonly price: Ticks; readonly ahead: number } | undefined {
    for (const { price, orders } of this.levels[side].list) {
      for (const order of orders) {
        const state = order.states[model]!;
        if (state.remaining > 0) return { price, ahead: state.ahead };
      }
    }
    return undefined;
  }
}

const SIDES = ['buy', 'sell'] as const;
