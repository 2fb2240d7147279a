import { micros, opposite } from '@kb/model';
import type { FillReport, Instrument, MarketEvent, Micros, QueueModelId } from '@kb/model';
import { PaperVenue } from '@kb/paper-exec';
import type { BookSide } from '../order-row.ts';
import type { OrdersMessage } from '../stream/order-stream.ts';
import type { BookMessage, Print } from '../stream/public-stream.ts';
import type { Estimator, OnFill, TrialOrder } from './estimator.ts';
import { LAST, LEVEL_MODELS } from './paper-models.ts';

export interface PaperEstimatorOptions {
  readonly pair: Instrument;
  /** Microseconds over which the book is merged: prints may be that much ahead of it. */
  readonly window: number;
  /** All that go by price levels when left out. */
  readonly models?: readonly QueueModelId[];
  /** True: buys and sells have a venue each, so that orders which could trade with each other never meet. */
  readonly apart: boolean;
  readonly onFill: OnFill;
}

/**
 * The paper engine, with every queue model in a column, no latency and no fees.
 *
 * Phantoms are so small that those of one side do not notice each other. Where the book is merged, the pairing window is as much
 * longer, as a user of such a feed would set it.
 */
export class PaperEstimator implements Estimator {
  readonly columns: readonly QueueModelId[];
  readonly #options: PaperEstimatorOptions;
  readonly #symbol: string;
  readonly #followed: QueueModelId;
  readonly #venues: Readonly<Record<BookSide, PaperVenue>>;
  readonly #allVenues: readonly PaperVenue[];
  readonly #columnOf: ReadonlyMap<string, number>;
  #seq = 0;

  constructor(options: PaperEstimatorOptions) {
    this.#options = options;
    this.columns = options.models ?? LEVEL_MODELS;
    this.#symbol = options.pair.symbol;
    this.#followed = this.columns.includes(LAST) ? LAST : (this.columns[0] ?? LAST);
    this.#columnOf = new Map(this.columns.map((model, column) => [model, column]));
    const buy = this.#venue();
    this.#venues = { buy, sell: options.apart ? this.#venue() : buy };
    this.#allVenues = [...new Set(Object.values(this.#venues))];
  }

  book({ time, changes, book }: BookMessage): void {
    const base = this.#base(time);
    this.#hear({ type: 'book', ...base, book, changes, snapshot: changes.snapshot, verified: true });
  }

  print({ time, tradeId, price, size, side }: Print): void {
    const base = this.#base(time);
    this.#hear({ type: 'trade', ...base, tradeId, price, size, taker: opposite(side), historical: false });
  }

  /** Single orders, for models that need them. */
  orders({ time, changes, book }: OrdersMessage): void {
    const base = this.#base(time);
    this.#hear({ type: 'level3', ...base, book, changes, snapshot: changes.snapshot, verified: true });
  }

  place({ number, side, price, size }: TrialOrder, at: number): void {
    const common = { strategyId: 'trial', reason: 'fidelity', confidence: 1, symbol: this.#symbol } as const;
    const order = { side, orderType: 'limit', price, size, timeInForce: 'gtc', postOnly: false } as const;
    this.#venues[side].submit({ type: 'place', ...common, clientOrderId: String(number), ...order }, micros(at));
  }

  cancel({ number, side }: TrialOrder, at: number): void {
    const common = { strategyId: 'trial', reason: 'fidelity', confidence: 1, symbol: this.#symbol } as const;
    this.#venues[side].submit({ type: 'cancel', ...common, clientOrderId: String(number) }, micros(at));
  }

  ahead({ number, side }: TrialOrder, column: number): number | undefined {
    const found = this.#venues[side].queue(String(number)).find(({ model }) => model === this.columns[column]);
    return found === undefined || found.remaining === 0 ? undefined : found.ahead;
  }

  #venue(): PaperVenue {
    const { pair, window, onFill } = this.#options;
    const [base = '', quote = ''] = pair.symbol.split('/');
    const tell = (model: QueueModelId, fill: FillReport): void => {
      const column = this.#columnOf.get(model);
      if (column !== undefined) onFill(Number(fill.clientOrderId), column, fill.venueTs, fill.size, fill.price);
    };
    return new PaperVenue({
      instruments: [pair],
      latency: { feed: micros(0), entry: micros(0), ack: micros(0) },
      fees: { maker: '0', taker: '0' },
      balances: { [base]: PLENTY, [quote]: PLENTY },
      models: this.columns,
      follow: this.#followed,
      pairingWindow: micros(window + 50_000),
      onShadowFill: tell,
    });
  }

  #hear(event: MarketEvent): void {
    for (const venue of this.#allVenues) {
      venue.onEvent(event);
      venue.drain(event.venueTs, event.recvTs, (report) => {
        if (report.type !== 'fill') return;
        const column = this.#columnOf.get(this.#followed) ?? 0;
        this.#options.onFill(Number(report.clientOrderId), column, report.venueTs, report.size, report.price);
      });
    }
  }

  #base(time: number): { seq: number; venueTs: Micros; recvTs: Micros; symbol: string } {
    this.#seq += 1;
    return { seq: this.#seq, venueTs: micros(time), recvTs: micros(time), symbol: this.#symbol };
  }
}

/** Money is not what is measured. */
const PLENTY = '1000000000000000';
