import { ticks } from '@kb/model';
import type { Instrument, InstrumentStatus, Lots, Micros, Side, Ticks } from '@kb/model';
import type { Flow } from '../flow/flow.ts';
import { MarketHistory } from '../history/market-history.ts';
import type { Listing } from '../listings/listing.ts';
import { Matcher } from '../matching/matcher.ts';
import type { MatcherSink, OrderGuard, RestingOrder } from '../matching/matcher.ts';
import { NO_GUARD } from '../matching/order-guard.ts';
import { Publisher } from '../publishing/publisher.ts';
import type { VenueMarket } from '../venue.ts';
import type { PrintedTrade } from '../wire/data-frames.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { TimedSource } from './timeline.ts';

/** What the matcher lets outsiders see. */
export type MatcherView = Pick<
  Matcher,
  'best' | 'worst' | 'levels' | 'total' | 'volumeTo' | 'order' | 'queue' | 'walk'
>;

/** The truth about a market, which its public messages only show in part. Live: read, and do not keep. */
export interface MarketTruth {
  readonly instrument: Instrument;
  /** Every resting order and its place in the queue. */
  readonly orders: MatcherView;
  /** The flow's reference price in ticks with a fraction; `undefined` where it has none. */
  readonly reference: number | undefined;
  /** How many events of each kind the flow has made. */
  readonly counts: Readonly<Record<string, number>>;
  /** The latest 50 trades, oldest first. */
  readonly recentTrades: readonly PrintedTrade[];
  /** Venue time of the latest instant in which something happened. */
  readonly venueTs: Micros;
  /** Frames published, counted once however many clients got them. */
  readonly frames: number;
}

/** One order trading, as nobody but the exchange sees it. */
export interface TrueTrade extends PrintedTrade {
  readonly symbol: string;
  readonly makerOrderId: number;
  readonly takerOrderId: number;
}

/** What happened to one order, with its place in the queue: ground truth, event by event. */
export interface TruthListener {
  onTrade?(trade: TrueTrade): void;
  /** An order joined the back of a queue: `order.position` and `order.ahead` say where that is. */
  onQueued?(symbol: string, order: RestingOrder): void;
  /** An order is no more. */
  onDone?(symbol: string, orderId: number, reason: string, remaining: Lots): void;
  /** An instant is over and published. */
  onInstant?(symbol: string, at: Micros): void;
}

/** What the trading desk hears of every order of a market, and what it says of those that it guards. */
export type DeskSink = Pick<MatcherSink, 'onTrade' | 'onDone' | 'onQueued' | 'onResized' | 'onUnqueued'> & OrderGuard;

/** Makes the flow of a market: anew when precision changes. */
export type MakeFlow = (matcher: Matcher, listing: Listing, startPrice: Ticks, generation: number) => Flow;

export interface MarketParts {
  readonly listing: Listing;
  readonly startPrice: Ticks;
  readonly makeFlow: MakeFlow;
  /** Venue time of the beginning. */
  readonly startAt: Micros;
  readonly writer: FrameWriter;
  /** Venue time of the instant that is being worked on. */
  readonly clock: () => Micros;
  /** Public text of a matcher's order id. */
  readonly orderIdText: (orderId: number) => string;
  readonly truthListeners: ReadonlySet<TruthListener>;
}

/** Why a market stands still though its pair is open: the exchange's own status, or a fault. */
export type HaltReason = 'system' | 'fault';

/** Statuses in which orders meet; in the others the flow stands still. */
function isMatching(status: InstrumentStatus): boolean {
  return status === 'online' || status === 'limit_only' || status === 'reduce_only';
}

/**
 * One pair at work: its matcher, the flow that feeds it, the history and the publisher that tell of it. What its matcher does goes to
 * all of them, and to the trading desk; `publish` says what came of an instant.
 */
export class Market implements VenueMarket, MarketTruth, TimedSource {
  readonly history: MarketHistory = new MarketHistory();
  readonly publisher: Publisher;
  readonly #parts: MarketParts;
  #deskSink: DeskSink = NO_DESK;
  #listing: Listing;
  #orders: Matcher;
  #flow: Flow;
  /** Venue time minus the flow's own time. */
  #offset: number;
  #dueAt = 0;
  /** How often the precision has changed. */
  #generation = 0;
  #nextTradeId = 1;
  /** Of the latest trade, at once: the history hears of it when the instant is published. */
  #last: Ticks | undefined = undefined;
  #touched = false;
  readonly #halts = new Set<HaltReason>();
  #frozenAt: Micros | undefined = undefined;
  #venueTs: Micros;

  constructor(parts: MarketParts) {
    this.#parts = parts;
    this.#listing = parts.listing;
    this.#offset = parts.startAt;
    this.#venueTs = parts.startAt;
    this.publisher = new Publisher(parts.listing.instrument, {
      writer: parts.writer,
      history: this.history,
      orderIdText: parts.orderIdText,
      matcher: () => this.#orders,
      wsname: parts.listing.wsname,
    });
    this.#orders = this.#newMatcher(1);
    this.#flow = parts.makeFlow(this.#orders, parts.listing, parts.startPrice, 0);
    this.#refreshDue();
  }

  /** Lets the trading desk hear of all that happens from now on. */
  attachDesk(sink: DeskSink): void {
    this.#deskSink = sink;
  }

  get listing(): Listing {
    return this.#listing;
  }

  get instrument(): Instrument {
    return this.#listing.instrument;
  }

  get orders(): Matcher {
    return this.#orders;
  }

  get flow(): Flow {
    return this.#flow;
  }

  get reference(): number | undefined {
    return this.#flow.reference;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#flow.counts;
  }

  get recentTrades(): readonly PrintedTrade[] {
    return this.history.trades(50);
  }

  get frames(): number {
    return this.publisher.frames;
  }

  get venueTs(): Micros {
    return this.#venueTs;
  }

  get present(): Micros {
    return this.#parts.clock();
  }

  last(): Ticks | undefined {
    return this.#last;
  }

  index(): Ticks | undefined {
    const { reference } = this.#flow;
    return reference === undefined ? this.last() : ticks(Math.max(1, Math.round(reference)));
  }

  /** Whether nothing happens here of itself: its pair or the exchange is closed. */
  get standsStill(): boolean {
    return this.#frozenAt !== undefined;
  }

  get dueAt(): number {
    return this.standsStill ? Infinity : this.#dueAt;
  }

  run(at: Micros): void {
    const flow = this.#flow;
    while (flow.nextAt + this.#offset <= at) {
      flow.step();
      this.#touched = true;
    }
    this.#refreshDue();
  }

  /** (While it stands still it is not postponed: all the time that passed counts when it goes on.) */
  postpone(by: number): void {
    if (this.#frozenAt === undefined) this.#shift(by);
  }

  /** The flow has more to give than it knew at the last look. */
  wake(): void {
    this.#refreshDue();
  }

  /** Says what was done since the last call. @returns False when that is nothing. */
  publish(at: Micros): boolean {
    if (!this.#touched) return false;
    this.#touched = false;
    this.#venueTs = at;
    this.publisher.publish(at);
    for (const listener of this.#parts.truthListeners) listener.onInstant?.(this.instrument.symbol, at);
    return true;
  }

  setStatus(status: InstrumentStatus, at: Micros): void {
    this.#listing = { ...this.#listing, instrument: { ...this.instrument, status } };
    this.#freeze(at);
  }

  /** Stands still for a reason of somebody else's, or goes on when the last one is gone, as far as the pair's own status allows. */
  halt(reason: HaltReason, halted: boolean, at: Micros): void {
    if (halted) this.#halts.add(reason);
    else this.#halts.delete(reason);
    this.#freeze(at);
  }

  /** Cancels orders of the flow behind the best levels of a side; clients' orders stay. */
  pullOrders(side: Side, keepLevels: number): void {
    const prices: Ticks[] = [];
    this.#orders.walk(side, (price) => prices.push(price) > 0);
    for (const price of prices.slice(keepLevels)) {
      for (const { id, owner } of this.#orders.queue(side, price)) if (owner === 0) this.#orders.cancel(id);
    }
  }

  /** Begins anew under other rules: an empty matcher, a new flow at that price, and fresh snapshots for everybody. */
  restart(listing: Listing, startPrice: Ticks, at: Micros): void {
    this.#generation += 1;
    this.#listing = listing;
    this.publisher.reset(listing.instrument);
    // Ids go on, too: `level3` never shows two orders by one.
    this.#orders = this.#newMatcher(this.#orders.newOrderId());
    this.#last = this.history.lastTrade?.price;
    this.#offset = at;
    if (this.#frozenAt !== undefined) this.#frozenAt = at;
    this.#flow = this.#parts.makeFlow(this.#orders, listing, startPrice, this.#generation);
    this.#touched = true;
    this.#refreshDue();
  }

  /** Where nothing is matched the flow stands still; afterwards it goes on where it stood. */
  #freeze(at: Micros): void {
    if (this.#halts.size > 0 || !isMatching(this.instrument.status)) {
      this.#frozenAt ??= at;
    } else if (this.#frozenAt !== undefined) {
      this.#shift(at - this.#frozenAt);
      this.#frozenAt = undefined;
    }
  }

  #shift(by: number): void {
    this.#offset += by;
    this.#dueAt += by;
  }

  #refreshDue(): void {
    this.#dueAt = this.#flow.nextAt + this.#offset;
  }

  #newMatcher(firstOrderId: number): Matcher {
    const { publisher } = this;
    const { clock, truthListeners } = this.#parts;
    const sink: MatcherSink = {
      onTrade: (tradeId, makerOrderId, takerOrderId, taker, price, size, orderType) => {
        this.#touched = true;
        this.#nextTradeId = tradeId + 1;
        this.#last = price;
        const trade: PrintedTrade = { tradeId, taker, price, size, orderType, venueTs: clock() };
        publisher.trade(trade);
        this.#deskSink.onTrade(tradeId, makerOrderId, takerOrderId, taker, price, size, orderType);
        for (const listener of truthListeners) {
          listener.onTrade?.({ ...trade, symbol: this.instrument.symbol, makerOrderId, takerOrderId });
        }
      },
      onLevel: (side: Side, price: Ticks, total: Lots) => {
        this.#touched = true;
        publisher.level(side, price, total);
      },
      onDone: (orderId, reason, remaining) => {
        this.#deskSink.onDone(orderId, reason, remaining);
        for (const listener of truthListeners) listener.onDone?.(this.instrument.symbol, orderId, reason, remaining);
      },
      onQueued: (orderId, side, price, displayed) => {
        publisher.queued(orderId, side, price, displayed);
        this.#deskSink.onQueued(orderId, side, price, displayed);
        if (truthListeners.size > 0) this.#tellQueued(orderId);
      },
      onResized: (orderId, side, price, displayed) => {
        publisher.resized(orderId, side, price, displayed);
        this.#deskSink.onResized(orderId, side, price, displayed);
      },
      onUnqueued: (orderId, side, price) => {
        publisher.unqueued(orderId, side, price);
        this.#deskSink.onUnqueued(orderId, side, price);
      },
    };
    const guard: OrderGuard = {
      roomOf: (orderId, supposed) => this.#deskSink.roomOf(orderId, supposed),
      onCut: (orderId, remaining) => this.#deskSink.onCut(orderId, remaining),
    };
    return new Matcher(sink, this.#nextTradeId, firstOrderId, guard);
  }

  #tellQueued(orderId: number): void {
    const order = this.#orders.order(orderId);
    if (order === undefined) return;
    for (const listener of this.#parts.truthListeners) listener.onQueued?.(this.instrument.symbol, order);
  }
}

const NO_DESK: DeskSink = {
  onTrade: () => undefined,
  onDone: () => undefined,
  onQueued: () => undefined,
  onResized: () => undefined,
  onUnqueued: () => undefined,
  ...NO_GUARD,
};

/** The price in the ticks of another precision, rounded to the nearest step, at least one. */
export function rescaled(price: Ticks, from: number, to: Instrument): Ticks {
  const steps = to.pricePrecision - from;
  const scaled = steps >= 0 ? price * 10 ** steps : price / 10 ** -steps;
  return ticks(Math.max(to.tickSize, Math.round(scaled / to.tickSize) * to.tickSize));
}
