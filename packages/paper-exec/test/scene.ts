import { instrument, lots, lotsToQty, micros, priceToTicks, qtyToLots } from '@kb/model';
import type {
  AmendOptions,
  BookChanges,
  ExecutionReport,
  FeedCause,
  FeedState,
  FillReport,
  Instrument,
  MarketEvent,
  Micros,
  PlaceIntent,
  QueueModelId,
  Side,
} from '@kb/model';
import { bookChanges, L2Book, L3Book, level3Changes } from '@kb/orderbook';
import type { PlainLevel3Changes } from '@kb/orderbook';
import { PaperVenue } from '../src/index.ts';
import type { Latency, PaperVenueOptions } from '../src/index.ts';

type Levels = readonly (readonly [price: string, size: string])[];

/** One decimal each, so that the numbers of the reference's vectors can be written as they stand there. */
export const PAIR: Instrument = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 1 });
export const ms = (count: number): Micros => micros(Math.round(count * 1000));
export const NO_DELAY: Latency = { feed: micros(0), entry: micros(0), ack: micros(0) };

export const DEFAULTS: PaperVenueOptions = {
  instruments: [PAIR],
  latency: NO_DELAY,
  fees: { maker: '0.0025', taker: '0.004' },
  balances: { BTC: '1000', USD: '1000000' },
  models: ['risk-averse', 'uniform'],
  follow: 'risk-averse',
};

/** A paper venue on a stage: market events, commands and reports in plain decimals and milliseconds. */
export class Scene {
  readonly venue: PaperVenue;
  readonly reports: ExecutionReport[] = [];
  readonly shadowFills: { readonly model: QueueModelId; readonly fill: FillReport }[] = [];
  readonly pair: Instrument;
  readonly #books = new Map<string, L2Book>();
  readonly #depth: number;
  #orderBook: L3Book | undefined;
  #now: Micros = micros(0);
  #seq = 0;
  #tradeId = 100;
  #orders = 0;

  constructor(
    options: Partial<PaperVenueOptions> = {},
    { pair = PAIR, depth = 10 }: { pair?: Instrument; depth?: number } = {},
  ) {
    this.pair = pair;
    this.#depth = depth;
    this.venue = new PaperVenue({
      ...DEFAULTS,
      instruments: [pair],
      ...options,
      onShadowFill: (model, fill) => this.shadowFills.push({ model, fill }),
    });
  }

  /** Venue time of the last event. */
  get now(): Micros {
    return this.#now;
  }

  /** A snapshot. */
  book(at: number, bids: Levels, asks: Levels, symbol: string = this.pair.symbol): this {
    return this.#book(at, symbol, bookChanges({ snapshot: true, bids, asks }, this.pair));
  }

  /** An update: absolute sizes, 0 removes. */
  update(at: number, bids: Levels, asks: Levels = [], symbol: string = this.pair.symbol): this {
    return this.#book(at, symbol, bookChanges({ snapshot: false, bids, asks }, this.pair));
  }

  /** A message about single orders: a snapshot, or changes. */
  level3(at: number, changes: PlainLevel3Changes): this {
    const told = level3Changes(changes, this.pair);
    this.#orderBook ??= new L3Book(this.pair.symbol, this.pair, this.#depth);
    this.#orderBook.apply(told);
    const { symbol } = this.pair;
    const book = this.#orderBook;
    const { snapshot } = told;
    return this.send({ type: 'level3', ...this.#base(at), symbol, book, changes: told, snapshot, verified: true });
  }

  /** The first message that the venue sees is an update of a book that stands already. */
  joinLate(at: number, bids: Levels, asks: Levels): this {
    const book = new L2Book(this.pair.symbol, this.pair, this.#depth);
    book.apply(bookChanges({ snapshot: true, bids, asks }, this.pair));
    this.#books.set(this.pair.symbol, book);
    return this.update(at, bids.slice(0, 1));
  }

  /** A print; `tradeId` goes on from the last one. */
  print(
    at: number,
    price: string,
    size: string,
    taker: Side = 'sell',
    more: { tradeId?: number; historical?: boolean } = {},
  ): this {
    this.#tradeId = more.tradeId ?? this.#tradeId + 1;
    return this.send({
      type: 'trade',
      ...this.#base(at),
      symbol: this.pair.symbol,
      tradeId: this.#tradeId,
      price: priceToTicks(this.pair, price),
      size: qtyToLots(this.pair, size),
      taker,
      historical: more.historical ?? false,
    });
  }

  /** Nothing but time. */
  wait(until: number): this {
    return this.send({ type: 'timer', ...this.#base(until), symbol: undefined });
  }

  feed(
    at: number,
    state: FeedState,
    cause: FeedCause = 'checksum',
    symbol: string | undefined = this.pair.symbol,
  ): this {
    return this.send({ type: 'feed', ...this.#base(at), symbol, state, cause, detail: '' });
  }

  send(event: MarketEvent): this {
    this.#now = event.venueTs;
    this.venue.onEvent(event);
    this.drain();
    return this;
  }

  drain(): this {
    this.venue.drain(this.#now, this.#now, (report) => this.reports.push(report));
    return this;
  }

  /** Sends an order with the event in hand. @returns Its client order id: o1, o2, … */
  place(side: Side, price: string | undefined, size: string, more: Partial<PlaceIntent> = {}): string {
    this.#orders += 1;
    const clientOrderId = more.clientOrderId ?? `o${this.#orders}`;
    this.venue.submit(
      {
        type: 'place',
        strategyId: 's',
        reason: 'test',
        confidence: 1,
        clientOrderId,
        symbol: this.pair.symbol,
        side,
        orderType: price === undefined ? 'market' : 'limit',
        price: price === undefined ? undefined : priceToTicks(this.pair, price),
        size: qtyToLots(this.pair, size),
        timeInForce: 'gtc',
        postOnly: false,
        ...more,
      },
      this.#now,
    );
    return clientOrderId;
  }

  amend(clientOrderId: string, change: { price?: string; size?: string }, more: AmendOptions = {}): void {
    this.venue.submit(
      {
        type: 'amend',
        strategyId: 's',
        reason: 'test',
        confidence: 1,
        clientOrderId,
        symbol: this.pair.symbol,
        price: change.price === undefined ? undefined : priceToTicks(this.pair, change.price),
        size: change.size === undefined ? undefined : qtyToLots(this.pair, change.size),
        ...more,
      },
      this.#now,
    );
  }

  cancel(clientOrderId: string, symbol: string = this.pair.symbol): void {
    this.venue.submit(
      { type: 'cancel', strategyId: 's', reason: 'test', confidence: 1, clientOrderId, symbol },
      this.#now,
    );
  }

  /** Fills as `o1 1.5 @ 100.0 F5`. */
  fills(): string[] {
    return this.reports.filter((report) => report.type === 'fill').map((fill) => this.#line(fill));
  }

  /** The same of a queue model that is not followed. */
  shadows(model: QueueModelId = 'uniform'): string[] {
    return this.shadowFills.filter((shadow) => shadow.model === model).map(({ fill }) => this.#line(fill));
  }

  /** What the venue said of everything else, as `accepted o1` or `cancelled o1 requested`. */
  answers(): string[] {
    return this.reports
      .filter((report) => report.type !== 'fill')
      .map((report) =>
        [report.type, report.clientOrderId, 'reason' in report ? report.reason : ''].join(' ').trimEnd(),
      );
  }

  /** Size ahead of an order, in the base currency, by queue model. */
  ahead(clientOrderId: string): Partial<Record<QueueModelId, number | undefined>> {
    const scale = 10 ** this.pair.qtyPrecision;
    return Object.fromEntries(
      this.venue
        .queue(clientOrderId)
        .map(({ model, ahead }) => [model, ahead === undefined ? undefined : ahead / scale]),
    );
  }

  remaining(clientOrderId: string, model: QueueModelId = 'risk-averse'): string {
    const found = this.venue.queue(clientOrderId).find((estimate) => estimate.model === model);
    return lotsToQty(this.pair, found?.remaining ?? lots(0));
  }

  #line(fill: FillReport): string {
    const price = (fill.price / 10 ** this.pair.pricePrecision).toFixed(this.pair.pricePrecision);
    return `${fill.clientOrderId} ${lotsToQty(this.pair, fill.size)} @ ${price} ${fill.rule}`;
  }

  #book(at: number, symbol: string, changes: BookChanges): this {
    let book = this.#books.get(symbol);
    if (book === undefined) {
      book = new L2Book(symbol, this.pair, this.#depth);
      this.#books.set(symbol, book);
    }
    book.apply(changes);
    return this.send({
      type: 'book',
      ...this.#base(at),
      symbol,
      book,
      changes,
      snapshot: changes.snapshot,
      verified: true,
    });
  }

  #base(at: number): { seq: number; venueTs: Micros; recvTs: Micros } {
    this.#seq += 1;
    return { seq: this.#seq, venueTs: ms(at), recvTs: ms(at) };
  }
}
