// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { NO_LOTS } from '@kb/model';
import type { Level3Change, Level3View, Side, Ticks } from '@kb/model';
import { L3Book } from '@kb/orderbook';
import type { QueueContext } from '../queue/queue-context.ts';
import type { QueueLevel } from '../queue/queue-level.ts';
import type { Consumption } from './consumption.ts';
import type { BufferedLevel3 } from './market-buffer.ts';
import type { PaperOrder } from './paper-order.ts';
import type { RestingOrders } from './resting-orders.ts';

/**
 * The real orders of a symbol, from its `level3` channel, and the places of ours among them (Q0). Nothing is known before the
 * first snapshot, nor from a gap to the next.
 */
export class ExactMarket {
  book: L3Book | undefined = undefined;
  readonly #own: RestingOrders;
  readonly #taken: Readonly<Record<Side, Consumption>>;
  readonly #context: QueueContext;
  /** Venue time of the last print, and whether an order became smaller or left at that time. */
  #printedAt: number = Number.NaN;
  #isShown = false;
  /** When an order last became smaller or left. */
  #wentAt: number = Number.NaN;
  readonly #named: Readonly<Record<Side, Ticks[]>> = { buy: [], sell: [] };

  constructor(own: RestingOrders, taken: Readonly<Record<Side, Consumption>>, context: QueueContext) {
    this.#own = own;
    this.#taken = taken;
    this.#context = context;
  }

  /** A book to keep the orders in, empty. */
  open(view: Level3View): L3Book {
    this.book = new L3Book(view.symbol, view, view.depth);
    return this.book;
  }

  /** Until the next snapshot the orders are not known. */
  freeze(): void {
    this.#context.exactBook = undefined;
  }

  /** A print: what it took of the orders is told by their channel, at the same time if the channels are in step. */
  print(time: number): void {
    if (this.#context.exactBook === undefined || time === this.#printedAt) return;
    if (!Number.isNaN(this.#printedAt)) this.#context.exactStep.paired(this.#isShown);
    this.#printedAt = time;
    this.#isShown = time === this.#wentAt;
  }

  /** Prices of a side whose level a message may change: the first `count`. Reused with each call for the side. */
  named(side: Side, message: BufferedLevel3): { readonly count: number; readonly prices: readonly Ticks[] } {
    const prices = this.#named[side];
    let count = 0;
    if (!message.snapshot) {
      for (const { orderId, price } of side === 'buy' ? message.bids : message.asks) {
        prices[count] = price;
        count += 1;
        const before = this.book?.order(orderId)?.price;
        if (before === undefined || before === price) continue;
        prices[count] = before;
        count += 1;
      }
    }
    return { count, prices };
  }

  /** One message: moves our places first, by what it says of the orders as they were. */
  apply(message: BufferedLevel3): void {
    const { book } = this;
    if (book === undefined || (this.#context.exactBook === undefined && !message.snapshot)) return;
    if (!message.snapshot) {
      for (const side of SIDES) {
        const changes = side === 'buy' ? message.bids : message.asks;
        for (let index = 0; index < changes.length; index += 1) this.#apply(side, changes[index]!, message.time, book);
      }
    }
    book.apply(message);
    if (!message.snapshot) {
      if (message.time === this.#printedAt && this.#context.takenAhead !== undefined) this.#displace(message, book);
      return;
    }
    this.#context.exactBook = book;
    for (const side of SIDES) {
      this.#taken[side].makers.restart(book);
      for (const level of this.#own.levels[side].list) {
        for (const order of level.orders) {
          order.place?.restart(book, side, level.price);
          level.followPlace(order);
        }
      }
    }
  }

  #apply(side: Side, change: Level3Change, time: number, book: L3Book): void {
    const { orderId, price } = change;
    const leaves = change.event === 'delete' || change.size === 0;
    if (change.event !== 'add') {
      this.#wentAt = time;
      if (time === this.#printedAt) this.#isShown = true;
    }
    const isExecuted = time === this.#printedAt && this.#context.takenAhead !== undefined;
    if (leaves && !isExecuted) this.#taken[side].makers.left(orderId);
    const { list } = this.#own.levels[side];
    if (list.length === 0) return;
    // Where it stood. An add of an order that is known stands where it stands.
    const from = change.event === 'modify' || leaves ? (book.order(orderId)?.price ?? price) : price;
    const level = this.#own.levels[side].at(from);
    if (level === undefined || level.orders.length === 0) return;
    const size = leaves || from !== price ? 0 : change.size;
    const before = book.order(orderId)?.size ?? 0;
    for (let index = 0; index < level.orders.length; index += 1) {
      const order = level.orders[index]!;
      if (order.place !== undefined) this.#move(order, level, orderId, before, size, time);
    }
  }

  /** F3, if asked for: real takers got what we had already, and would have gone on to the next makers. */
  #displace(message: BufferedLevel3, book: L3Book): void {
    for (const side of SIDES) {
      const { makers } = this.#taken[side];
      for (const { orderId, price } of side === 'buy' ? message.bids : message.asks) {
        makers.displace(book, price, orderId, book.order(orderId)?.size ?? NO_LOTS);
        const level = this.#own.levels[side].at(price);
        for (const order of level?.orders ?? []) level?.followPlace(order);
      }
    }
  }

  #move(order: PaperOrder, level: QueueLevel, orderId: string, before: number, size: number, time: number): void {
    const place = order.place!;
    if (place.has(orderId)) place.resize(orderId, size, time);
    else if (size < before) place.wentBehind(before - size, time);
    level.followPlace(order);
  }
}

const SIDES = ['buy', 'sell'] as const;
