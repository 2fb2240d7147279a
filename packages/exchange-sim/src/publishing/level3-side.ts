import type { Lots, Side, Ticks } from '@kb/model';
import type { OrderEventKind, OrderList } from '../wire/level3-frames.ts';
import { DepthWindow } from './depth-window.ts';
import type { Ladder, LadderChange } from './ladder.ts';
import type { Moment } from './moment.ts';

/** The orders at a price in the order of their queue, as the matcher shows them. */
export interface QueueView {
  queue(side: Side, price: Ticks): readonly { readonly id: number; readonly displayed: Lots }[];
}

/** What the orders of a market are asked for: their queues, and when they came or were amended. */
export interface OrderSource {
  readonly queues: () => QueueView;
  readonly momentOf: (orderId: number) => Moment;
}

/** What has to be said of one side to those who follow its orders at one depth, in the order of what happened. */
export class Level3Side implements OrderList {
  readonly kinds: OrderEventKind[] = [];
  readonly orderIds: number[] = [];
  readonly prices: Ticks[] = [];
  readonly sizes: Lots[] = [];
  readonly moments: Moment[] = [];
  readonly #ladder: Ladder;
  readonly #depth: number;
  readonly #orders: OrderSource;
  readonly #window: DepthWindow;

  constructor(ladder: Ladder, depth: number, orders: OrderSource) {
    this.#ladder = ladder;
    this.#depth = depth;
    this.#orders = orders;
    this.#window = new DepthWindow(ladder, depth);
  }

  /** An order joined the back of its queue, shows another size, or left. */
  noteOrder(kind: OrderEventKind, orderId: number, price: Ticks, size: Lots, moment: Moment): void {
    if (this.#window.covers(price)) this.#say(kind, orderId, price, size, moment);
  }

  /** The ladder has just changed at a price: all orders of a level that enters the window by it are said. */
  noteLevel(price: Ticks, change: LadderChange): void {
    if (change === 'nothing' || !this.#window.covers(price)) return;
    const rank = this.#window.count(change);
    if (rank >= 0) this.#sayRank(rank);
  }

  /** Begins a new message. */
  settle(): void {
    if (this.kinds.length > 0) this.#clear();
    this.#window.settle();
  }

  /** All orders of the best levels in the order of their queues, for a snapshot. */
  snapshot(): OrderList {
    const orders = new Level3Side(this.#ladder, this.#depth, this.#orders);
    for (let rank = 0; rank < Math.min(this.#ladder.length, this.#depth); rank += 1) orders.#sayRank(rank);
    return orders;
  }

  #sayRank(rank: number): void {
    const price = this.#ladder.priceAt(rank);
    if (price === undefined) return;
    for (const { id, displayed } of this.#orders.queues().queue(this.#ladder.side, price)) {
      this.#say('add', id, price, displayed, this.#orders.momentOf(id));
    }
  }

  #say(kind: OrderEventKind, orderId: number, price: Ticks, size: Lots, moment: Moment): void {
    this.kinds.push(kind);
    this.orderIds.push(orderId);
    this.prices.push(price);
    this.sizes.push(size);
    this.moments.push(moment);
  }

  #clear(): void {
    this.kinds.length = 0;
    this.orderIds.length = 0;
    this.prices.length = 0;
    this.sizes.length = 0;
    this.moments.length = 0;
  }
}
