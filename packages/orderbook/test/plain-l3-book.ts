import { crc32 } from 'node:zlib';
import { lots, ticks } from '@kb/model';
import type { Level3Change, Level3Changes, Level3Order, Level3View, Side } from '@kb/model';

/** A change in plain counts, as tests write it. */
export interface PlainChange {
  readonly event?: 'add' | 'modify' | 'delete';
  readonly id: string;
  readonly price?: number;
  readonly size?: number;
  readonly time?: string;
}

export interface PlainL3Message {
  readonly snapshot: boolean;
  readonly bids: readonly PlainChange[];
  readonly asks: readonly PlainChange[];
}

export function l3Message(plain: Partial<PlainL3Message>): Level3Changes {
  const { snapshot = false, bids = [], asks = [] } = plain;
  return { snapshot, bids: bids.map(change), asks: asks.map(change) };
}

function change({ event = 'add', id, price = 1000, size = 1, time = at(0) }: PlainChange): Level3Change {
  return { event, orderId: id, price: ticks(price), size: lots(size), timestamp: time };
}

/** So many nanoseconds after a second began. */
export function at(nanos: number): string {
  return `2026-11-24T12:00:00.${String(nanos).padStart(9, '0')}Z`;
}

interface ModelOrder {
  readonly id: string;
  readonly side: Side;
  price: number;
  size: number;
  time: string;
  /** What its place is by: the message that brought it, then the time in it where that counts, then the turn in it. */
  place: readonly [message: number, time: string, turn: number];
}

/** The model that the real book is held against: a list of orders, sorted when asked. */
export class PlainL3Book {
  faults = 0;
  #orders: ModelOrder[] = [];
  #messages = 0;
  #turns = 0;
  readonly #depth: number;
  readonly #byTime: boolean;

  constructor(depth: number, byTime = true) {
    this.#depth = depth;
    this.#byTime = byTime;
  }

  apply({ snapshot, bids, asks }: PlainL3Message): void {
    this.#messages += 1;
    if (snapshot) this.#orders = [];
    for (const plain of bids) this.#change('buy', plain, snapshot);
    for (const plain of asks) this.#change('sell', plain, snapshot);
    for (const side of ['buy', 'sell'] as const) {
      const seen = new Set(this.prices(side).slice(0, this.#depth));
      this.#orders = this.#orders.filter((order) => order.side !== side || seen.has(order.price));
    }
  }

  /** Best first. */
  prices(side: Side): number[] {
    const sign = side === 'buy' ? -1 : 1;
    const prices = new Set(this.#orders.filter((order) => order.side === side).map(({ price }) => price));
    return [...prices].toSorted((a, b) => sign * (a - b));
  }

  queue(side: Side, price: number): ModelOrder[] {
    return this.#orders
      .filter((order) => order.side === side && order.price === price)
      .toSorted(({ place: a }, { place: b }) => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : a[2] - b[2]));
  }

  /** All orders of a side, best level first, each level in the order of its queue. */
  orders(side: Side): Level3Order[] {
    return this.prices(side)
      .flatMap((price) => this.queue(side, price))
      .map(({ id, price, size, time }) => ({
        orderId: id,
        side,
        price: ticks(price),
        size: lots(size),
        timestamp: time,
      }));
  }

  checksum(): number {
    const text = (side: Side): string =>
      this.prices(side)
        .slice(0, 10)
        .flatMap((price) => this.queue(side, price))
        .map(({ price, size }) => `${price}${size}`)
        .join('');
    return crc32(text('sell') + text('buy'));
  }

  #change(side: Side, plain: PlainChange, snapshot: boolean): void {
    const { id, price = 1000, size = 1, time = at(0) } = plain;
    const event = snapshot ? 'add' : (plain.event ?? 'add');
    const index = this.#orders.findIndex((order) => order.id === id);
    const known = this.#orders[index];
    if (event === 'delete' || size === 0) {
      if (known?.side === side) this.#orders.splice(index, 1);
      else this.faults += 1;
    } else if (event === 'add') {
      if (known !== undefined) {
        this.#orders.splice(index, 1);
        this.faults += 1;
      }
      this.#orders.push({ id, side, price, size, time, place: this.#place(time, snapshot) });
    } else if (known?.side === side) {
      if (known.price !== price) known.place = this.#place(time, snapshot);
      Object.assign(known, { price, size, time });
    } else {
      this.faults += 1;
    }
  }

  #place(time: string, snapshot: boolean): ModelOrder['place'] {
    return [this.#messages, this.#byTime && !snapshot ? time : '', (this.#turns += 1)];
  }
}

/** All orders of a side of a real book, as `PlainL3Book.orders`. */
export function ordersOf(book: Level3View, side: Side): Level3Order[] {
  return Array.from({ length: book.levels(side) }, (_, index) => book.priceAt(side, index)!).flatMap((price) => [
    ...book.ordersAt(side, price),
  ]);
}
