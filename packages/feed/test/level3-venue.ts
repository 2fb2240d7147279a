import { countToDecimal, lots, micros, microsToIso, ticks } from '@kb/model';
import type { Grid, Level3Change, Side } from '@kb/model';
import { L3Book, level3SnapshotOf } from '@kb/orderbook';
import { GRID, START } from './venue.ts';

export interface Order {
  readonly event?: Level3Change['event'];
  readonly side: Side;
  readonly id: string;
  readonly price: number;
  readonly size: number;
}

/** The orders of one pair of a small venue: a true book that writes its own frames, checksums included. */
export class Level3Pair {
  readonly symbol: string;
  readonly grid: Grid = GRID;
  readonly book: L3Book;
  #now: number = START;

  constructor(symbol = 'BTC/USD', queueBy: 'sent' | 'timestamp' = 'timestamp') {
    this.symbol = symbol;
    this.book = new L3Book(symbol, this.grid, 10, { queueBy });
    this.#apply(
      true,
      Array.from({ length: 12 }, (_, index) => [
        { side: 'buy' as const, id: `B${index}`, price: 1000 - (index >> 1), size: 100 + index },
        { side: 'sell' as const, id: `S${index}`, price: 1001 + (index >> 1), size: 200 + index },
      ]).flat(),
    );
  }

  /** In the order of the queues. */
  snapshot(checksum?: number): string {
    const { bids, asks } = level3SnapshotOf(this.book);
    return this.#frame('snapshot', bids, asks, checksum);
  }

  /** Changes the book and writes the update that says so. */
  update(orders: readonly Order[], checksum?: number, times: 'ordered' | 'unordered' = 'ordered'): string {
    const { bids, asks } = this.#apply(false, orders, times === 'ordered' ? 1000 : -1000);
    return this.#frame('update', bids, asks, checksum);
  }

  /** One more order at the best bid. */
  join(id: string, checksum?: number): string {
    return this.update([{ event: 'add', side: 'buy', id, price: this.book.bestBid() ?? 0, size: 5 }], checksum);
  }

  #apply(snapshot: boolean, orders: readonly Order[], step = 1000): { bids: Level3Change[]; asks: Level3Change[] } {
    const of = (wanted: Side): Level3Change[] =>
      orders
        .filter(({ side }) => side === wanted)
        .map(({ event = 'add', id, price, size }) => {
          this.#now += step;
          const timestamp = microsToIso(micros(this.#now));
          return { event, orderId: id, price: ticks(price), size: lots(size), timestamp };
        });
    const [bids, asks] = [of('buy'), of('sell')];
    this.book.apply({ snapshot, bids, asks });
    return { bids, asks };
  }

  #frame(
    type: string,
    bids: readonly Level3Change[],
    asks: readonly Level3Change[],
    checksum: number = this.book.checksum(),
  ): string {
    const { pricePrecision, qtyPrecision } = this.grid;
    const texts = (changes: readonly Level3Change[]): string =>
      changes
        .map(({ event, orderId, price, size, timestamp }) => {
          const kind = type === 'snapshot' ? '' : `"event":"${event}",`;
          const at = countToDecimal(price, pricePrecision);
          const qty = countToDecimal(size, qtyPrecision);
          return `{${kind}"order_id":"${orderId}","limit_price":${at},"order_qty":${qty},"timestamp":"${timestamp}"}`;
        })
        .join(',');
    const time = type === 'snapshot' ? '' : `,"timestamp":"${microsToIso(micros(this.#now))}"`;
    return (
      `{"channel":"level3","type":"${type}","data":[{"symbol":"${this.symbol}","checksum":${checksum},` +
      `"bids":[${texts(bids)}],"asks":[${texts(asks)}]${time}}]}`
    );
  }
}
