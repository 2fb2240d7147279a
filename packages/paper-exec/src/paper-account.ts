import { instrument, isoToMicros, micros, microsToIso, priceToTicks, qtyToLots, SECOND } from '@kb/model';
import type {
  AccountReport,
  BookView,
  FeeRates,
  FillReport,
  Instrument,
  InstrumentSpec,
  Lots,
  MarketEvent,
  Micros,
  PlaceIntent,
  QueueModelId,
  Side,
  Ticks,
  TradeBalance,
} from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import type { PlainLevel } from '@kb/orderbook';
import type { FeeStatus, TieredFees } from './account/fee-book.ts';
import type { MarginOptions } from './account/margin-options.ts';
import type { OrderRateOptions } from './account/order-rate.ts';
import { PaperError } from './errors.ts';
import type { OrderExplanation } from './explanation.ts';
import type { ImpactOptions } from './impact/impact-options.ts';
import type { Latency } from './latency/latency.ts';
import { PaperVenue } from './paper-venue.ts';
import type { QueueEstimate } from './queue-estimate.ts';
import type { PaperVenueHealth } from './venue-health.ts';
import { orderRequest, priceSpec } from './plain-order.ts';
import type { PlainOrder, PlainPrice } from './plain-order.ts';
import { plainAccountReport, plainPosition } from './plain-account-report.ts';
import type { PlainAccountReport, PlainPosition } from './plain-account-report.ts';
import { plainReport } from './plain-report.ts';
import type { PlainReport } from './plain-report.ts';
import type { AccountInput } from './restore/account-input.ts';
import { InputRecorder, plainOptions } from './restore/input-recorder.ts';
import { RestoredCalls } from './restore/restored-calls.ts';
import type { RestoreListener } from './restore/restored-calls.ts';

type LatencyMs = Readonly<Record<'feed' | 'entry' | 'ack', number>>;

export interface PaperAccountOptions {
  readonly pairs: readonly InstrumentSpec[];
  /** Starting balances by asset, decimal text. */
  readonly balances: Readonly<Record<string, string>>;
  /** Fractions, decimal text: `0.0025` is 0.25 %; or tiers, `{ startingVolume: '48000' }`. */
  readonly fees: FeeRates | TieredFees;
  /** What a unit of an asset is worth in US dollars, where no pair of yours tells it. */
  readonly usdPrices?: Readonly<Record<string, string>>;
  /** Spot margin; no order may have leverage when left out. */
  readonly margin?: MarginOptions;
  /** The venue's limits on how much is ordered; none when left out. */
  readonly orderRate?: OrderRateOptions;
  /** From when on own size is suspect, and what the charge for impact goes by. */
  readonly impact?: ImpactOptions;
  /** One-way times in milliseconds: market data to you, orders to the venue, answers back. There is no default. */
  readonly latencyMs?: LatencyMs;
  /** The same in full, instead: distributions, losses, connections; one of `LATENCY_PROFILES`, or what you have measured. */
  readonly latency?: Latency;
  /** Book levels that your source keeps a side; 1000 when left out. */
  readonly depth?: number;
  /** False when you have no public trades: then fills come from the book alone, and fewer. */
  readonly hasTrades?: boolean;
  /** The queue model whose fills you get; `central` when left out. */
  readonly follow?: QueueModelId;
  /** How far from the last trade a limit may lie, as a fraction; anywhere when left out. */
  readonly priceBand?: string;
  /** How far from the best price a market order may trade, as a fraction; through all that is displayed when left out. */
  readonly marketProtection?: string;
  /**
   * Milliseconds after which half of what your fills took of a level is there again; it stays taken until the level shrinks or ends
   * when left out.
   */
  readonly consumedHalfLifeMs?: number;
  /** Whether each fill places its closing order, or all fills of an order one when it is done; `per-fill` when left out. */
  readonly closeOrders?: 'per-fill' | 'at-completion';
  /** @param answers Which command it answers, if one: what `sentCount` was once that was sent. */
  onReport(report: PlainReport, answers?: number): void;
  /** Hears of margin calls, liquidations and rollovers. */
  onAccountReport?(report: PlainAccountReport): void;
  /** Hears of the fills that the other queue models would have had. */
  onShadowFill?(model: QueueModelId, fill: PlainReport): void;
  /**
   * Gets every call that changes the account as plain JSON, in order: kept, they are the account, see `restore`. Keep each as it
   * comes, its arrays are those of the call.
   */
  onInput?(input: AccountInput): void;
}

/** One message of the public book. Levels are `[price, size]`, decimal text or numbers; size zero removes. */
export interface PlainBook {
  readonly symbol: string;
  /** The venue's time, RFC 3339 in UTC. */
  readonly time: string;
  /** True when the levels are the whole book (ccxt's books always are). */
  readonly snapshot: boolean;
  readonly bids: readonly PlainLevel[];
  readonly asks: readonly PlainLevel[];
}

/** One public trade. */
export interface PlainTrade {
  readonly symbol: string;
  /** The venue's time, RFC 3339 in UTC. */
  readonly time: string;
  readonly price: string;
  readonly size: string;
  /** The taker's side. */
  readonly side: Side;
  /** The venue's id, counting up; counted here when left out. */
  readonly tradeId?: number;
  /** True when it traded in a gap of your data (`onGap`) and you learnt of it later; it needs its `tradeId`. */
  readonly missed?: boolean;
}

/** What is left out stays. */
export interface PlainChange {
  readonly price?: string;
  readonly size?: string;
  /** Of an order that waits for it; of a trailing stop the distance. */
  readonly trigger?: PlainPrice;
  readonly displaySize?: string;
}

/**
 * A paper account for any bot: public market data goes in as plain values, reports come out as plain values.
 *
 * Bring all data in the order in which you receive it. An order is decided at the time of the latest data; its reports come
 * during a later call, when they would have reached you. `PaperVenue` is the same without the conversions.
 */
export class PaperAccount {
  readonly #options: PaperAccountOptions;
  readonly #venue: PaperVenue;
  readonly #pairs = new Map<string, Instrument>();
  /** Kept here, of pairs whose books come in plain values. */
  readonly #books = new Map<string, L2Book>();
  /** The book of each pair, whoever keeps it; none from a gap to the next whole book. */
  readonly #views = new Map<string, BookView>();
  /** The last one, by symbol. */
  readonly #tradeIds = new Map<string, number>();
  #now: Micros = micros(0);
  #seq = 0;
  #orders = 0;
  readonly #recorder: InputRecorder | undefined = undefined;
  /** While the calls of an earlier account are made again. */
  #restored: RestoredCalls | undefined = undefined;

  /** @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`; ModelError for a pair that makes no sense. */
  constructor(options: PaperAccountOptions) {
    this.#options = options;
    for (const spec of options.pairs) this.#pairs.set(spec.symbol, instrument(spec));
    this.#venue = new PaperVenue({
      instruments: this.#pairs,
      balances: options.balances,
      fees: options.fees,
      latency: latencyOf(options),
      channels: options.hasTrades === false ? ['book'] : ['book', 'trade'],
      ...(options.follow === undefined ? {} : { follow: options.follow, models: modelsWith(options.follow) }),
      ...(options.priceBand === undefined ? {} : { priceBand: options.priceBand }),
      ...(options.marketProtection === undefined ? {} : { marketProtection: options.marketProtection }),
      ...(options.consumedHalfLifeMs === undefined
        ? {}
        : { consumedHalfLife: micros(Math.round(options.consumedHalfLifeMs * 1000)) }),
      ...(options.closeOrders === undefined ? {} : { closeOrders: options.closeOrders }),
      ...(options.usdPrices === undefined ? {} : { usdPrices: options.usdPrices }),
      ...(options.margin === undefined ? {} : { margin: options.margin }),
      ...(options.orderRate === undefined ? {} : { orderRate: options.orderRate }),
      ...(options.impact === undefined ? {} : { impact: options.impact }),
      onAccountReport: (report) => this.#accountReport(report),
      onShadowFill: (model, fill) => this.#shadowFill(model, fill),
    });
    if (options.onInput === undefined) return;
    this.#recorder = new InputRecorder(plainOptions(options), (input) => {
      if (this.#restored === undefined) options.onInput?.(input);
    });
  }

  /**
   * The account that these entries of `onInput` made, after a restart, say: balances, orders, their places in the queues, everything on its
   * way. No listener hears of what was; from then on all is told, further entries too, which continue these.
   * @param options As the account was opened with.
   * @throws PaperError `KB_PAPER_RESTORE_VERSION`, `KB_PAPER_RESTORE_BAD_INPUT`, `KB_PAPER_RESTORE_DIFFERS`; or what the constructor throws.
   */
  static restore(options: PaperAccountOptions, inputs: Iterable<unknown>): PaperAccount {
    const account = new PaperAccount(options);
    account.makeAgain(inputs);
    return account;
  }

  /**
   * What `restore` does, to an account that was just opened, for who keeps something beside it.
   * @param listener Hears of all that is made and told again. @throws As `restore`; the account is of no use then.
   */
  makeAgain(inputs: Iterable<unknown>, listener?: RestoreListener): void {
    this.#recorder?.opened();
    this.#restored = new RestoredCalls(this, inputs, listener);
    this.#restored.run(plainOptions(this.#options));
    this.#restored = undefined;
  }

  /**
   * A message of the public book.
   * @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`, `KB_PAPER_NO_SNAPSHOT`; BookError or ModelError for a bad level or time.
   *   Nothing has changed then.
   */
  onBook({ symbol, time, snapshot, bids, asks }: PlainBook): void {
    const pair = this.#pair(symbol);
    const changes = bookChanges({ snapshot, bids, asks }, pair);
    let book = this.#books.get(symbol);
    if (book === undefined && !snapshot) {
      throw new PaperError('KB_PAPER_NO_SNAPSHOT', `${symbol}: an update came before the first snapshot`);
    }
    const stamp = this.#stamp(time);
    if (book === undefined) {
      book = new L2Book(symbol, pair, this.#options.depth ?? 1_000);
      this.#books.set(symbol, book);
    }
    book.apply(changes);
    this.#views.set(symbol, book);
    this.#recorder?.call({ call: 'book', book: { symbol, time, snapshot, bids, asks } });
    this.#send({ type: 'book', ...stamp, symbol, book, changes, snapshot, verified: false });
  }

  /**
   * A public trade.
   * @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`; ModelError for a bad price, size or time.
   */
  onTrade({ symbol, time, price, size, side, tradeId, missed = false }: PlainTrade): void {
    const pair = this.#pair(symbol);
    const trade = { symbol, price: priceToTicks(pair, price), size: qtyToLots(pair, size), taker: side };
    const stamp = this.#stamp(time);
    const id = tradeId ?? (this.#tradeIds.get(symbol) ?? 0) + 1;
    if (!missed) this.#tradeIds.set(symbol, id);
    this.#recorder?.call({ call: 'trade', trade: { symbol, time, price, size, side, tradeId: id, missed } });
    this.#send({ type: 'trade', ...stamp, ...trade, tradeId: id, historical: missed });
  }

  /** The index price of a pair, for triggers that look at it. @throws As `onTrade`. */
  onIndex(symbol: string, price: string): void {
    const pair = this.#pair(symbol);
    this.#venue.onIndex(symbol, priceToTicks(pair, price));
    this.#recorder?.call({ call: 'index', symbol, price });
  }

  /** Nothing happened, but time went on: call it in quiet markets, or reports wait for the next data. */
  onTime(time: string): void {
    const stamp = this.#stamp(time);
    this.#recorder?.call({ call: 'time', time });
    this.#send({ type: 'timer', ...stamp, symbol: undefined });
  }

  /** Your data has a gap: matching stands still until the next snapshot. Without a symbol: of every pair. */
  onGap(symbol?: string): void {
    this.#dropBooks(symbol === undefined ? undefined : this.#pair(symbol).symbol);
    const stamp = { seq: (this.#seq += 1), venueTs: this.#now, recvTs: this.#now };
    this.#recorder?.call({ call: 'gap', ...(symbol === undefined ? {} : { symbol }) });
    this.#send({ type: 'feed', ...stamp, symbol, state: 'resyncing', cause: 'disconnect', detail: '' });
  }

  /**
   * An event of a `@kb/feed` source, or of anything on `@kb/model` types, instead of the calls above. Pairs that it tells of join
   * those of the account.
   */
  onEvent(event: MarketEvent): void {
    this.#recorder?.event(event);
    if (event.type === 'instrument') this.#pairs.set(event.symbol, event.instrument);
    else if (event.type === 'book') this.#views.set(event.symbol, event.book);
    else if (event.type === 'feed' && event.state !== 'live' && event.state !== 'stale') this.#dropBooks(event.symbol);
    if (event.venueTs > this.#now) this.#now = event.venueTs;
    this.#seq = event.seq;
    this.#send(event, event.recvTs);
  }

  /**
   * Sends an order.
   * @returns Its client order id.
   * @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`; ModelError for a price or size that the pair's decimals cannot hold.
   */
  place(order: PlainOrder): string {
    const intent = this.#intentOf(orderRequest(order, this.#pair(order.symbol)), order);
    this.#venue.submit(intent, this.#now);
    this.#recorder?.call({ call: 'place', order });
    return intent.clientOrderId;
  }

  /**
   * Sends orders in one message: they travel together and are carried out in their order.
   * @returns Their client order ids. @throws As `place`, and then none is sent.
   */
  placeBatch(orders: readonly PlainOrder[]): readonly string[] {
    const requests = orders.map((order) => ({ order, request: orderRequest(order, this.#pair(order.symbol)) }));
    const intents = requests.map(({ order, request }) => this.#intentOf(request, order));
    this.#venue.submitBatch(intents, this.#now);
    this.#recorder?.call({ call: 'place-batch', orders });
    return intents.map(({ clientOrderId }) => clientOrderId);
  }

  /**
   * Changes price, total size (filled part included), trigger or shown slice. The order keeps its place in the queue if only
   * sizes shrink.
   */
  amend(symbol: string, clientOrderId: string, change: PlainChange): void {
    const pair = this.#pair(symbol);
    const { displaySize, price, size, trigger } = change;
    const options = {
      ...(trigger === undefined ? {} : { trigger: priceSpec(trigger, pair) }),
      ...(displaySize === undefined ? {} : { displaySize: qtyToLots(pair, displaySize) }),
    };
    const terms = { price: ticksOf(price, pair), size: lotsOf(size, pair), ...options };
    this.#venue.submit({ type: 'amend', ...BY_HAND, symbol, clientOrderId, ...terms }, this.#now);
    this.#recorder?.call({ call: 'amend', symbol, clientOrderId, change });
  }

  /**
   * The old way to change an order: it ends, and another one takes its place at the back, without its fills.
   * @returns Client order id of the new one, which its reports go by.
   */
  edit(symbol: string, clientOrderId: string, change: Pick<PlainChange, 'price' | 'size'>): string {
    const pair = this.#pair(symbol);
    const terms = { price: ticksOf(change.price, pair), size: lotsOf(change.size, pair) };
    const newClientOrderId = this.#nextId();
    const command = { type: 'edit', ...BY_HAND, symbol, clientOrderId, newClientOrderId, ...terms } as const;
    this.#venue.submit(command, this.#now);
    this.#recorder?.call({ call: 'edit', symbol, clientOrderId, change });
    return newClientOrderId;
  }

  cancel(symbol: string, clientOrderId: string): void {
    this.#venue.submit({ type: 'cancel', ...BY_HAND, symbol, clientOrderId }, this.#now);
    this.#recorder?.call({ call: 'cancel', symbol, clientOrderId });
  }

  /** Cancels orders in one message. Each is answered for itself. @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`; then none is sent. */
  cancelBatch(orders: readonly { readonly symbol: string; readonly clientOrderId: string }[]): void {
    const cancels = orders.map(({ symbol, clientOrderId }) => {
      return { type: 'cancel', ...BY_HAND, symbol: this.#pair(symbol).symbol, clientOrderId } as const;
    });
    this.#venue.submitBatch(cancels, this.#now);
    this.#recorder?.call({ call: 'cancel-batch', orders });
  }

  /**
   * Has the venue cancel every open order by itself, unless it is asked again within this many seconds of the order's arrival;
   * 0 takes that back.
   * @throws PaperError `KB_PAPER_BAD_OPTION`.
   */
  cancelAllAfter(seconds: number): void {
    if (!Number.isInteger(seconds))
      throw new PaperError('KB_PAPER_BAD_OPTION', `expected whole seconds, was ${seconds}`);
    this.#venue.cancelAllAfter(micros(seconds * SECOND), this.#now);
    this.#recorder?.call({ call: 'cancel-all-after', seconds });
  }

  /** Balances by asset at the venue, decimal text; they move before the reports that say why arrive. */
  balances(): Record<string, string> {
    return this.#venue.balances();
  }

  /** What is neither spent nor held by open orders, as decimal text; as `balances`, at the venue. */
  free(asset: string): string {
    return this.#venue.free(asset);
  }

  /**
   * The public book of a pair as it was brought here, live: it changes with the next call.
   * @returns `undefined` before the first whole book, and from a gap to the next one. @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`.
   */
  book(symbol: string): BookView | undefined {
    return this.#views.get(this.#pair(symbol).symbol);
  }

  /** How many commands have been sent, each order of a batch counted: the number of the last one. */
  get sentCount(): number {
    return this.#venue.sentCount;
  }

  /** The venue's latest time in any data, RFC 3339: when an order sent now is decided. */
  get time(): string {
    return microsToIso(this.#now);
  }

  /** Where an order stands now, by queue model, in lots (whole counts of the pair's last decimal); empty when it rests nowhere. */
  queue(clientOrderId: string): readonly QueueEstimate[] {
    return this.#venue.queue(clientOrderId);
  }

  /** How near an order came to filling, in ticks and lots; `undefined` when it never stood here, or is forgotten. */
  explain(clientOrderId: string): OrderExplanation | undefined {
    return this.#venue.explain(clientOrderId);
  }

  /** How far the account can be trusted: late reports, queues that are not known, own size beside the market. */
  health(): PaperVenueHealth {
    return this.#venue.health();
  }

  /** What a pair costs now, and the volume that says so. @throws PaperError `KB_PAPER_UNKNOWN_SYMBOL`. */
  feeStatus(symbol: string): FeeStatus | undefined {
    return this.#venue.feeStatus(this.#pair(symbol).symbol);
  }

  /** What the margin account is worth, under Kraken's names; `undefined` without margin. */
  tradeBalance(): TradeBalance | undefined {
    return this.#venue.tradeBalance();
  }

  /** Open margin positions, in each pair oldest first. */
  positions(): readonly PlainPosition[] {
    return this.#venue.positions().map((position) => plainPosition(position, this.#pair(position.symbol)));
  }

  #send(event: MarketEvent, recvTs: Micros = this.#now): void {
    this.#recorder?.enter();
    try {
      this.#venue.onEvent(event);
      this.#venue.drain(this.#now, recvTs, (report, answers) => {
        this.#tell(
          () => plainReport(report, this.#pair(report.symbol)),
          (plain) => this.#options.onReport(plain, answers),
          (plain) => this.#restored?.listener?.onReport(plain, answers),
        );
      });
    } finally {
      this.#recorder?.leave();
    }
  }

  /** Tells a listener a report; one that was told before the account was restored it does not hear again. */
  #tell<T>(plain: () => T, tell: (report: T) => void, tellAgain?: (report: T) => void): void {
    this.#recorder?.report();
    const restored = this.#restored;
    if (restored === undefined) {
      tell(plain());
      return;
    }
    if (restored.listener !== undefined) tellAgain?.(plain());
    restored.report();
  }

  #dropBooks(symbol: string | undefined): void {
    if (symbol === undefined) {
      this.#books.clear();
      this.#views.clear();
    } else {
      this.#books.delete(symbol);
      this.#views.delete(symbol);
    }
  }

  #intentOf(request: ReturnType<typeof orderRequest>, { clientOrderId }: PlainOrder): PlaceIntent {
    const made = this.#nextId();
    return { type: 'place', ...BY_HAND, clientOrderId: clientOrderId ?? made, ...request };
  }

  #nextId(): string {
    this.#orders += 1;
    return `paper-${this.#orders}`;
  }

  #accountReport(report: AccountReport): void {
    this.#tell(
      () => plainAccountReport(report, (symbol) => this.#pair(symbol)),
      (plain) => this.#options.onAccountReport?.(plain),
      (plain) => this.#restored?.listener?.onAccountReport(plain),
    );
  }

  #shadowFill(model: QueueModelId, fill: FillReport): void {
    this.#tell(
      () => plainReport(fill, this.#pair(fill.symbol)),
      (plain) => this.#options.onShadowFill?.(model, plain),
    );
  }

  /** Data may be older than what came before it on another channel; our own time only goes on. */
  #stamp(time: string): { readonly seq: number; readonly venueTs: Micros; readonly recvTs: Micros } {
    const venueTs = isoToMicros(time);
    if (venueTs > this.#now) this.#now = venueTs;
    this.#seq += 1;
    return { seq: this.#seq, venueTs, recvTs: venueTs };
  }

  #pair(symbol: string): Instrument {
    const pair = this.#pairs.get(symbol);
    if (pair !== undefined) return pair;
    throw new PaperError('KB_PAPER_UNKNOWN_SYMBOL', `${JSON.stringify(symbol)} is not among the pairs of this account`);
  }
}

/** Milliseconds as people write them; what is senseless is left for the venue to refuse. */
function latencyOf({ latency, latencyMs }: PaperAccountOptions): Latency {
  if (latency !== undefined && latencyMs !== undefined) {
    throw new PaperError('KB_PAPER_BAD_OPTION', 'latency and latencyMs say the same thing: give one of them');
  }
  if (latency !== undefined) return latency;
  const leg = (name: keyof LatencyMs): Micros => {
    const value: number | undefined = (latencyMs as Partial<LatencyMs> | undefined)?.[name];
    if (value === undefined || !Number.isFinite(value)) {
      throw new PaperError('KB_PAPER_NO_LATENCY', `latencyMs.${name} is not set`, {
        hint: 'Say how many milliseconds each leg takes (feed, entry, ack), or give `latency`. If you mean zero, write zero.',
      });
    }
    return micros(Math.round(value * 1000));
  };
  return { feed: leg('feed'), entry: leg('entry'), ack: leg('ack') };
}

function ticksOf(price: string | undefined, pair: Instrument): Ticks | undefined {
  return price === undefined ? undefined : priceToTicks(pair, price);
}

function lotsOf(size: string | undefined, pair: Instrument): Lots | undefined {
  return size === undefined ? undefined : qtyToLots(pair, size);
}

const BY_HAND = { strategyId: 'paper-account', reason: 'caller', confidence: 1 } as const;

/** The default models, and the one asked for. */
function modelsWith(follow: QueueModelId): readonly QueueModelId[] {
  return [...new Set<QueueModelId>([follow, 'central', 'risk-averse', 'uniform'])];
}
