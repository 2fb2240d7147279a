/**
 * A paper exchange with the order interface of a real one.
 *
 * Contract: events go in with `onEvent` in the order in which they were received; commands with `submit`, while the event
 * that caused them is in hand; reports come out of `drain` when they would have reached us. Matching happens in venue time
 * and lags behind the events as far as needed to know that nothing is missing (see `Lane`). Same calls, same reports.
 */
import { micros, NO_LOTS } from '@kb/model';
import type {
  ExecutionReport,
  FeedEvent,
  FillReport,
  Instrument,
  Lots,
  MarketEvent,
  Micros,
  QueueModelId,
  Side,
  Ticks,
  Venue,
  VenueCommand,
} from '@kb/model';
import { amountText, Funds } from './funds.ts';
import { Lane } from './matching/lane.ts';
import { Matcher } from './matching/matcher.ts';
import { checkOptions } from './options.ts';
import type { CheckedOptions, PaperVenueOptions } from './options.ts';
import { OrderEntry } from './order-entry.ts';
import { QUEUE_MODELS } from './queue/queue-models.ts';
import type { QueueModel } from './queue/queue-models.ts';
import { unknownSymbol } from './refusals.ts';
import { ReportQueue } from './report-queue.ts';
import type { ReportDraft } from './report-queue.ts';

/** Where an order stands in the queue, as a queue model sees it. */
export interface QueueEstimate {
  readonly model: QueueModelId;
  /** Lots ahead, fractional; `undefined` when its level has never been in view, or while it does not rest. */
  readonly ahead: number | undefined;
  readonly remaining: Lots;
  readonly filled: Lots;
}

/** How well the venue could keep to its rules. */
export interface PaperVenueHealth {
  /** Reports that were known only after they should have been here: the feed is slower than the latency configured. */
  readonly lateReports: number;
  readonly reports: number;
  /** By how much the latest of them was late. */
  readonly worstLateness: Micros;
  /** Market messages that came when matching had gone past them already. */
  readonly lateEvents: number;
  /** Market messages applied before the watermark had passed them, because the buffer was full. */
  readonly forcedEvents: number;
  /** Prints not used: historical, repeated, or while there was no book. */
  readonly ignoredTrades: number;
}

export class PaperVenue implements Venue {
  readonly #checked: CheckedOptions;
  readonly #models: readonly QueueModel[];
  readonly #funds: Funds;
  readonly #entry: OrderEntry;
  readonly #reports = new ReportQueue();
  readonly #onShadowFill: ((model: QueueModelId, fill: FillReport) => void) | undefined;
  readonly #lanes = new Map<string, Lane>();
  /** The same, for the walk that every event makes. */
  readonly #allLanes: Lane[] = [];
  /** The lane of the last event: most events come from the symbol of the one before. */
  #lane: Lane | undefined = undefined;
  /** Latest venue time of any event. */
  #now: Micros = micros(0);
  #lastArrival: Micros = micros(0);
  #reported = 0;
  #late = 0;
  #worstLateness: Micros = micros(0);

  /** @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`. */
  constructor(options: PaperVenueOptions) {
    const checked = checkOptions(options);
    this.#checked = checked;
    this.#models = checked.models.map((id) => QUEUE_MODELS[id]);
    this.#funds = new Funds(options.balances, options.fees);
    this.#onShadowFill = options.onShadowFill;
    this.#entry = new OrderEntry({
      models: checked.models,
      followed: checked.followed,
      funds: this.#funds,
      report: (draft, shadow) => this.#report(draft, shadow),
    });
    const { instruments } = options;
    for (const instrument of Array.isArray(instruments) ? instruments : instruments.values()) this.#define(instrument);
  }

  onEvent(event: MarketEvent): void {
    if (event.venueTs > this.#now) this.#now = event.venueTs;
    switch (event.type) {
      case 'book':
        this.#laneOf(event.symbol).onBook(event);
        break;
      case 'trade':
        this.#laneOf(event.symbol).onTrade(event);
        break;
      case 'instrument':
        this.#define(event.instrument);
        break;
      case 'status':
        this.#entry.system = event.system;
        break;
      case 'feed':
        this.#onFeed(event);
        break;
      case 'level3':
      case 'ticker':
      case 'candle':
      case 'timer':
        break; // their time has been taken
    }
    for (const lane of this.#allLanes) if (lane.isWaiting) lane.advance(this.#now);
  }

  /**
   * The command reaches the venue one feed leg and one entry leg after `decidedAt`, and never before an earlier command:
   * one connection keeps its order.
   */
  submit(command: VenueCommand, decidedAt: Micros): void {
    const { feed, entry } = this.#checked.latency;
    const arrivesAt = micros(Math.max(this.#lastArrival, decidedAt + feed + entry));
    this.#lastArrival = arrivesAt;
    const lane = this.#lanes.get(command.symbol);
    if (lane === undefined) this.#entry.refuse(command, arrivesAt, unknownSymbol(command.symbol));
    else lane.submit(command, arrivesAt);
  }

  /** A report is here when its acknowledgement leg is over by our clock, which is one feed leg ahead of the event in hand. */
  drain(now: Micros, recvTs: Micros, sink: (report: ExecutionReport) => void): void {
    if (this.#reports.length === 0) return;
    this.#reports.drain(micros(now + this.#checked.latency.feed), recvTs, sink, this.#onShadowFill);
  }

  /** Zero: the public book does not hold paper orders. */
  ownDisplayed(_symbol: string, _side: Side, _price: Ticks): Lots {
    return NO_LOTS;
  }

  /** Balances by asset at the venue, decimal text; they move with matching, before the reports arrive. */
  balances(): Record<string, string> {
    return this.#funds.balances();
  }

  /** What is neither spent nor held by open orders, as decimal text. */
  free(asset: string): string {
    return amountText(this.#funds.free(asset));
  }

  /** Where an order stands now, by queue model; empty when no model holds it any more. */
  queue(clientOrderId: string): readonly QueueEstimate[] {
    const order = this.#entry.find(clientOrderId);
    if (order === undefined) return [];
    return this.#checked.models.map((model, index) => {
      const state = order.states[index];
      const ahead = order.level === undefined ? undefined : state?.ahead;
      return {
        model,
        ahead: Number.isFinite(ahead) ? ahead : undefined,
        remaining: state?.remaining ?? NO_LOTS,
        filled: state?.filled ?? NO_LOTS,
      };
    });
  }

  health(): PaperVenueHealth {
    let lateEvents = 0;
    let forcedEvents = 0;
    let ignoredTrades = 0;
    for (const lane of this.#allLanes) {
      lateEvents += lane.lateEvents;
      forcedEvents += lane.forcedEvents;
      ignoredTrades += lane.ignoredTrades;
    }
    const lateReports = this.#late;
    return {
      reports: this.#reported,
      lateReports,
      worstLateness: this.#worstLateness,
      lateEvents,
      forcedEvents,
      ignoredTrades,
    };
  }

  #onFeed({ symbol, state }: FeedEvent): void {
    const lanes = symbol === undefined ? this.#allLanes : [this.#laneOf(symbol)];
    for (const lane of lanes) {
      if (state === 'live') lane.isStale = false;
      else if (state === 'stale') lane.isStale = true;
      else lane.freeze();
    }
  }

  #define(instrument: Instrument): void {
    this.#laneOf(instrument.symbol).instrument = instrument;
  }

  #laneOf(symbol: string): Lane {
    if (this.#lane?.matcher.symbol === symbol) return this.#lane;
    const lane = this.#lanes.get(symbol) ?? this.#open(symbol);
    this.#lane = lane;
    return lane;
  }

  #open(symbol: string): Lane {
    const { expectsTrades, latenessMargin, maxBuffered, pairingWindow } = this.#checked;
    const matcher: Matcher = new Matcher(symbol, this.#models, pairingWindow, (order, model, fill) => {
      this.#entry.filled(order, model, fill, matcher);
    });
    const lane = new Lane({
      matcher,
      expectsTrades,
      latenessMargin,
      maxBuffered,
      sideOf: (clientOrderId) => this.#entry.find(clientOrderId)?.side,
      execute: (command, at, where) => this.#entry.execute(command, at, where),
    });
    this.#lanes.set(symbol, lane);
    this.#allLanes.push(lane);
    return lane;
  }

  #report(draft: ReportDraft, shadow: QueueModelId | undefined): void {
    if (shadow !== undefined && this.#onShadowFill === undefined) return;
    const { feed, ack } = this.#checked.latency;
    const due = micros(draft.venueTs + ack);
    this.#reports.push(draft, due, shadow);
    if (shadow !== undefined) return;
    this.#reported += 1;
    const lateness = this.#now + feed - due;
    if (lateness <= 0) return;
    this.#late += 1;
    this.#worstLateness = micros(Math.max(this.#worstLateness, lateness));
  }
}
