import { lots, micros, microsToIso, ticks } from '@kb/model';
import type { Grid, Level3Change, Level3Changes, Level3View } from '@kb/model';
import { L3Book } from '@kb/orderbook';
import type { BookSide, OrderRow } from '../order-row.ts';

/** One message of the public book of orders. Valid during the call. */
export interface OrdersMessage {
  readonly time: number;
  readonly changes: Level3Changes;
  /** After it. */
  readonly book: Level3View;
}

/** What a public channel of single orders shows of a market: a message for each change, after its print. */
export class OrderStream {
  readonly #book: L3Book;
  readonly #tell: (message: OrdersMessage) => void;
  readonly #left = new Map<number, number>();
  #isFirst = true;

  constructor(symbol: string, grid: Grid, tell: (message: OrdersMessage) => void) {
    this.#book = new L3Book(symbol, grid, Number.POSITIVE_INFINITY, { queueBy: 'sent' });
    this.#tell = tell;
  }

  row({ kind, id, side, price, size, time }: OrderRow): void {
    if (kind === 'hidden') return;
    const before = this.#left.get(id);
    if (kind === 'add') {
      this.#left.set(id, size);
      this.#say('add', id, side, price, size, time);
    } else if (before !== undefined) {
      const after = kind === 'delete' ? 0 : Math.max(0, before - size);
      if (after > 0) this.#left.set(id, after);
      else this.#left.delete(id);
      this.#say(after > 0 ? 'modify' : 'delete', id, side, price, after, time);
    } // else it rested before the recording began
  }

  #say(event: Level3Change['event'], id: number, side: BookSide, price: number, size: number, time: number): void {
    const timestamp = microsToIso(micros(time));
    const change = { event, orderId: String(id), price: ticks(price), size: lots(size), timestamp };
    const [bids, asks] = side === 'buy' ? [[change], []] : [[], [change]];
    const changes = { snapshot: this.#isFirst, bids, asks };
    this.#isFirst = false;
    this.#book.apply(changes);
    this.#tell({ time, changes, book: this.#book });
  }
}
