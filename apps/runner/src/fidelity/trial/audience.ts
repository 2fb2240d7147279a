import type { Instrument } from '@kb/model';
import type { Estimator, OnFill, TrialOrder } from '../estimate/estimator.ts';
import { PaperEstimator } from '../estimate/paper-estimator.ts';
import { LEVEL_MODELS, ORDER_MODELS } from '../estimate/paper-models.ts';
import type { OrderRow } from '../order-row.ts';
import { PeerDesk } from '../peers/peer-desk.ts';
import { OrderStream } from '../stream/order-stream.ts';
import { PublicStream } from '../stream/public-stream.ts';
import type { PublicListener } from '../stream/public-stream.ts';

/** A column of estimates. */
export interface Column {
  readonly name: string;
  /** Microseconds over which the book is merged. */
  readonly window: number;
}

export interface AudienceOptions {
  readonly pair: Instrument;
  readonly window: number;
  /** Whether the models that see single orders take part, where nothing is merged. */
  readonly orders: boolean;
  /** As `PaperEstimatorOptions.apart`. */
  readonly apart: boolean;
  /** Told the column's place in `columns`. */
  readonly onFill: OnFill;
  /** Who else hears the stream. */
  readonly others?: readonly PublicListener[];
}

interface Seat {
  readonly estimator: Estimator;
  /** Its first column among those of the audience. */
  readonly first: number;
}

/**
 * One public stream and all who estimate from it: the paper engine with every queue model that goes by price levels, the peers'
 * rules, and, where nothing is merged, the paper engine with the models that see single orders.
 */
export class Audience {
  readonly stream: PublicStream;
  readonly columns: readonly Column[];
  readonly #seats: readonly Seat[];
  readonly #orders: OrderStream | undefined;

  constructor({ pair, window, orders, apart, onFill, others = [] }: AudienceOptions) {
    const columns: Column[] = [];
    const seats: Seat[] = [];
    const seat = <Kind extends Estimator>(make: (onFill: OnFill) => Kind): Kind => {
      const first = columns.length;
      const estimator = make((order, column, at, size, price) => onFill(order, first + column, at, size, price));
      columns.push(...estimator.columns.map((name) => ({ name, window })));
      seats.push({ estimator, first });
      return estimator;
    };
    const byOrders =
      orders && window === 0 && ORDER_MODELS.length > 0
        ? seat((tell) => new PaperEstimator({ pair, window, models: ORDER_MODELS, apart, onFill: tell }))
        : undefined;
    const byLevels = seat((tell) => new PaperEstimator({ pair, window, models: LEVEL_MODELS, apart, onFill: tell }));
    const peers = seat((tell) => new PeerDesk(tell));
    const listeners = [peers, byLevels, ...(byOrders === undefined ? [] : [byOrders]), ...others];
    this.stream = new PublicStream(window, pair.symbol, pair, listeners);
    peers.watch(this.stream);
    this.#orders =
      byOrders === undefined ? undefined : new OrderStream(pair.symbol, pair, (message) => byOrders.orders(message));
    this.columns = columns;
    this.#seats = seats;
  }

  /** Something happened to an order. @param total Lots at its price afterwards. */
  row(row: OrderRow, total: number): void {
    if (row.kind === 'trade') this.stream.print(row);
    this.stream.level(row.time, row.side, row.price, total);
    this.#orders?.row(row);
  }

  place(order: TrialOrder, at: number): void {
    for (const { estimator } of this.#seats) estimator.place(order, at);
  }

  cancel(order: TrialOrder, at: number): void {
    for (const { estimator } of this.#seats) estimator.cancel(order, at);
  }

  /** Lots ahead of a waiting order by each column that knows them. */
  aheads(order: TrialOrder, visit: (column: number, ahead: number) => void): void {
    for (const { estimator, first } of this.#seats) {
      for (const column of estimator.columns.keys()) {
        const ahead = estimator.ahead(order, column);
        if (ahead !== undefined) visit(first + column, ahead);
      }
    }
  }
}
