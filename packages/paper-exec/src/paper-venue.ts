/**
 * A paper exchange with the order interface of a real one.
 *
 * Contract: events go in with `onEvent` in the order in which they were received; commands with `submit`, while the event
 * that caused them is in hand; reports come out of `drain` when they would have reached us. Matching happens in venue time
 * and lags behind the events as far as needed to know that nothing is missing (see `Lane`). Same calls, same reports.
 */
import { micros, NO_LOTS, SECOND } from '@kb/model';
import type {
  AccountReport,
  ExecutionReport,
  FeedEvent,
  FillReport,
  Instrument,
  Lots,
  MarginPosition,
  MarketEvent,
  Micros,
  QueueModelId,
  Side,
  SystemStatus,
  Ticks,
  TradeBalance,
  Venue,
} from '@kb/model';
import { AccountNews } from './account/account-news.ts';
import { Account } from './account/account.ts';
import type { AccountDraft } from './account/account.ts';
import { amountText, midOf } from './account/amounts.ts';
import type { FeeStatus } from './account/fee-book.ts';
import { OrderRate } from './account/order-rate.ts';
import type { PaperCommand } from './commands.ts';
import { PaperError } from './errors.ts';
import { explainOrder } from './explanation.ts';
import type { OrderExplanation } from './explanation.ts';
import { PairImpactMeter } from './impact/pair-impact.ts';
import type { PairImpact } from './impact/pair-impact.ts';
import type { AckSlackSummary } from './latency/ack-slack.ts';
import { CommandPath } from './latency/command-path.ts';
import type { CommandConnection, Dispatch, Message } from './latency/command-path.ts';
import { feedClock } from './latency/feed-clock.ts';
import { dependsOnLoad } from './latency/leg-times.ts';
import type { FeedClock } from './latency/feed-clock.ts';
import type { CommandKind, Latency } from './latency/latency.ts';
import { LoadMeter } from './latency/load-meter.ts';
import { ReportPath } from './latency/report-path.ts';
import type { ReportDraft } from './latency/report-queue.ts';
import { Lane } from './matching/lane.ts';
import type { CancelAllAfter } from './matching/lane.ts';
import { Matcher } from './matching/matcher.ts';
import { checkOptions } from './options.ts';
import type { CheckedOptions, PaperVenueOptions } from './options.ts';
import { OrderBatch } from './order-batch.ts';
import { OrderEntry } from './order-entry.ts';
import { OrderFloor } from './orders/order-floor.ts';
import { goesByPlace } from './queue/queue-level.ts';
import type { CentralRule } from './queue/queue-context.ts';
import { unknownSymbol } from './refusals.ts';

/** Where an order stands in the queue, as a queue model sees it. */
export interface QueueEstimate {
  readonly model: QueueModelId;
  /** Lots ahead, fractional; `undefined` when its level has never been in view, or while it does not rest. */
  readonly ahead: number | undefined;
  /** True when it is counted among real orders, not estimated. */
  readonly exact: boolean;
  /** True when the order stood through a gap of the feed: then the models' ends lie apart by what may have happened in it. */
  readonly uncertain: boolean;
  readonly remaining: Lots;
  readonly filled: Lots;
}

/**
 * `latency-faster-than-feed`: more than one report in a hundred was known only after it was due. `impact-suspect`: in some minute
 * own fills were more than the alarm's share of what traded. `large-share-of-volume`: they were more than a hundredth of it over
 * all, so that a result without a charge for impact means nothing.
 */
export type PaperVenueFlag = 'latency-faster-than-feed' | 'impact-suspect' | 'large-share-of-volume';

/** How well the venue could keep to its rules. */
export interface PaperVenueHealth {
  /** Reports that were known only after they should have been here: the feed is slower than the latency configured. */
  readonly lateReports: number;
  readonly reports: number;
  /** By how much the latest of them was late. */
  readonly worstLateness: Micros;
  /** When results were known, against when their reports were due. */
  readonly ackSlack: AckSlackSummary;
  /** What makes the run less worth than it looks. */
  readonly flags: readonly PaperVenueFlag[];
  /** Market messages that came when matching had gone past them already. */
  readonly lateEvents: number;
  /** Market messages applied before the watermark had passed them, because the buffer was full. */
  readonly forcedEvents: number;
  /** Prints not used: historical, repeated, or while there was no book. */
  readonly ignoredTrades: number;
  /** Prints of a gap that were told later and went to the orders that stood through it. */
  readonly recoveredTrades: number;
  /** How far the queues of each symbol can be trusted. */
  readonly queues: Readonly<Record<string, QueueHealth>>;
  /** How large own fills were beside each symbol's market, and what that would have cost. */
  readonly impact: Readonly<Record<string, PairImpact>>;
}

/** How far the queue models of a symbol can be trusted. */
export interface QueueHealth {
  /** What `central` goes by now: real orders, inferred ones, or the level's size alone. */
  readonly centralRule: CentralRule;
  /** Share of cancels that equal exactly one inferred order, a mean over some 500; `undefined` while none was looked up. */
  readonly matchRate: number | undefined;
  /** Share of the time with orders at rest in which the place of one at least was not known, from 0 to 1. */
  readonly uncertainShare: number;
  /** Lots that printed without ever having been displayed. */
  readonly hiddenVolume: number;
}

export class PaperVenue implements Venue {
  readonly #checked: CheckedOptions;
  readonly #account: Account;
  readonly #rate: OrderRate;
  readonly #news = new AccountNews();
  readonly #onAccountReport: ((report: AccountReport) => void) | undefined;
  /** What the margin level was last judged by: changes of the account, and best prices in the order of the lanes. */
  readonly #judged: { changes: number; readonly sums: (number | undefined)[] } = { changes: 0, sums: [] };
  /** Best bid plus best ask of a pair when it last had both, for the margin level: a book out of sight costs nobody his money. */
  readonly #seen = new Map<Lane, { sum: number; instrument: Instrument }>();
  readonly #entry: OrderEntry;
  readonly #floor: OrderFloor;
  readonly #clock: FeedClock;
  readonly #load: LoadMeter | undefined;
  readonly #path: CommandPath;
  readonly #reports: ReportPath;
  readonly #onShadowFill: ((model: QueueModelId, fill: FillReport) => void) | undefined;
  readonly #lanes = new Map<string, Lane>();
  /** The same, for the walk that every event makes. */
  readonly #allLanes: Lane[] = [];
  /** The lane of the last event: most events come from the symbol of the one before. */
  #lane: Lane | undefined = undefined;
  /** The venue's timer as it was last set, for pairs that come later. */
  #timer: { readonly command: CancelAllAfter; readonly dispatch: Dispatch } | undefined = undefined;
  /** What the whole venue allows, by the latest word. */
  #system: SystemStatus = 'online';
  /** Latest venue time of any event. */
  #now: Micros = micros(0);

  /** @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`. */
  constructor(options: PaperVenueOptions) {
    const checked = checkOptions(options);
    this.#checked = checked;
    const { latency } = checked;
    this.#load = readsLoad(latency) ? new LoadMeter(latency.load) : undefined;
    this.#clock = feedClock(latency.feed, latency.seed ?? 0, this.#load);
    this.#path = new CommandPath(latency);
    this.#reports = new ReportPath(latency);
    this.#account = new Account({
      balances: options.balances,
      fees: options.fees,
      usdPrices: options.usdPrices ?? {},
      margin: options.margin,
      midOf: (symbol) => this.#midOf(symbol),
      report: (draft) => this.#tell(draft),
    });
    this.#rate = new OrderRate(options.orderRate);
    this.#onAccountReport = options.onAccountReport;
    this.#onShadowFill = options.onShadowFill;
    const { closeOrders, followed, marketProtection, models, priceBand, triggerDelay } = checked;
    this.#floor = new OrderFloor({
      models,
      followed,
      account: this.#account,
      marketProtection,
      triggerDelay,
      closeOrders,
      report: (draft, shadow) => this.#report(draft, shadow),
    });
    this.#entry = new OrderEntry({ rate: this.#rate, priceBand }, this.#floor);
    const { instruments } = options;
    for (const instrument of Array.isArray(instruments) ? instruments : instruments.values()) this.#define(instrument);
  }

  onEvent(event: MarketEvent): void {
    if (event.venueTs > this.#now) this.#now = event.venueTs;
    this.#load?.onEvent(event);
    this.#clock.onEvent(event);
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
        this.#setSystem(event.system);
        break;
      case 'feed':
        this.#onFeed(event);
        break;
      case 'level3':
        this.#laneOf(event.symbol).onLevel3(event);
        break;
      case 'ticker':
      case 'candle':
      case 'timer':
        break; // their time has been taken
    }
    const current = this.#lane;
    for (const lane of this.#allLanes) {
      if (lane === current ? lane.hasWaiting : lane.isWaiting) lane.advance(this.#now);
    }
    if (this.#account.margin !== undefined) this.#accountForMargin();
  }

  /**
   * The command leaves when our clock has taken in what it was decided on, and reaches the venue one entry leg later, never
   * before an earlier one of its connection.
   */
  submit(command: PaperCommand, decidedAt: Micros, connection: CommandConnection = 'ws'): void {
    this.#send([command], KIND_OF[command.type], decidedAt, connection);
  }

  /** Sends commands in one message: they travel together and are carried out in their order. */
  submitBatch(commands: readonly PaperCommand[], decidedAt: Micros, connection: CommandConnection = 'ws'): void {
    this.#send(commands, 'batch', decidedAt, connection);
  }

  /**
   * Arms, moves or disarms the venue's own timer (Kraken's `cancel_all_orders_after`): when it runs out, the venue cancels every
   * open order, also while we are cut off from it. It travels as a cancel does, and may get lost like one.
   * @param timeout From its arrival; whole seconds below a day, 0 disarms.
   * @throws PaperError `KB_PAPER_BAD_OPTION`, `KB_PAPER_NO_LATENCY`.
   */
  cancelAllAfter(timeout: Micros, decidedAt: Micros, connection: CommandConnection = 'ws'): void {
    if (timeout % SECOND !== 0 || timeout < 0 || timeout >= DAY) {
      throw new PaperError(
        'KB_PAPER_BAD_OPTION',
        `timeout: expected whole seconds from 0 below a day, was ${timeout} µs`,
      );
    }
    const dispatch = this.#dispatch({ connection, key: 'cancel-all-after', kind: 'cancel', places: false }, decidedAt);
    if (dispatch.fate === 'undelivered') return;
    this.#timer = { command: { type: 'cancel-all-after', timeout }, dispatch };
    for (const lane of this.#allLanes) lane.submit(this.#timer.command, dispatch);
  }

  /**
   * The index price of a pair, which triggers may look at. While none has been told since the start or the last gap, the last
   * trade's price stands for it.
   */
  onIndex(symbol: string, price: Ticks): void {
    this.#lanes.get(symbol)?.onIndex(price);
  }

  /** A report is here when its acknowledgement leg is over by our clock. @param sink Hears too which command, by `sentCount`, it answers. */
  drain(now: Micros, recvTs: Micros, sink: (report: ExecutionReport, answers?: number) => void): void {
    const until = this.#clock.at(now);
    if (this.#news.length > 0) this.#news.drain(until, recvTs, this.#onAccountReport);
    if (this.#reports.length > 0) this.#reports.drain(until, recvTs, sink, this.#onShadowFill);
  }

  /** How many commands have been sent, each of a batch counted: the number of the last. */
  get sentCount(): number {
    return this.#reports.sentCount;
  }

  /** Zero: the public book does not hold paper orders. */
  ownDisplayed(_symbol: string, _side: Side, _price: Ticks): Lots {
    return NO_LOTS;
  }

  /** Balances by asset at the venue, decimal text; they move with matching, before the reports arrive. */
  balances(): Record<string, string> {
    return this.#account.funds.balances();
  }

  /** What is neither spent nor held by open orders, as decimal text. */
  free(asset: string): string {
    return amountText(this.#account.funds.free(asset));
  }

  /** What the account pays on a pair now. @returns `undefined` for an unknown pair. */
  feeStatus(symbol: string): FeeStatus | undefined {
    const instrument = this.#lanes.get(symbol)?.instrument;
    return instrument === undefined ? undefined : this.#account.fees.status(instrument);
  }

  /** What the margin account is worth now, at the venue; `undefined` without margin. */
  tradeBalance(): TradeBalance | undefined {
    return this.#account.margin?.balance();
  }

  /** Open margin positions at the venue, in each pair oldest first. */
  positions(): readonly MarginPosition[] {
    return this.#account.margin?.positions() ?? [];
  }

  /**
   * What borrowing an asset costs positions that are opened from now on, as a fraction in decimal text.
   * @throws PaperError `KB_PAPER_BAD_OPTION`, also without margin.
   */
  setMarginRate(asset: string, rate: string): void {
    if (this.#account.margin === undefined) throw new PaperError('KB_PAPER_BAD_OPTION', 'margin: is not set');
    this.#account.margin.setRate(asset, rate);
  }

  /** Points that the venue's counter of order commands shows for a pair; zero when `orderRate` is not set. */
  orderPoints(symbol: string): number {
    return this.#rate.points(symbol, this.#now);
  }

  /** Where an order stands now, by queue model; empty when no model holds it any more. */
  queue(clientOrderId: string): readonly QueueEstimate[] {
    const order = this.#floor.list.find(clientOrderId);
    if (order === undefined) return [];
    return this.#checked.models.map((model, index) => {
      const state = order.states[index];
      const ahead = order.level === undefined ? undefined : state?.ahead;
      const exact = order.place?.isKnown === true && goesByPlace(model);
      return {
        model,
        ahead: Number.isFinite(ahead) ? ahead : undefined,
        exact,
        uncertain: order.uncertain && !exact,
        remaining: state?.remaining ?? NO_LOTS,
        filled: state?.filled ?? NO_LOTS,
      };
    });
  }

  /**
   * How near an order came to filling, open or ended (the last 1,024 that ended are remembered at least).
   * @returns `undefined` when it never stood here, or is forgotten.
   */
  explain(clientOrderId: string): OrderExplanation | undefined {
    const order = this.#floor.list.recall(clientOrderId);
    return order === undefined ? undefined : explainOrder(order, this.#checked.models);
  }

  health(): PaperVenueHealth {
    let lateEvents = 0;
    let forcedEvents = 0;
    let ignoredTrades = 0;
    let recoveredTrades = 0;
    const queues: Record<string, QueueHealth> = {};
    const impact: Record<string, PairImpact> = {};
    for (const lane of this.#allLanes) {
      queues[lane.matcher.symbol] = queueHealth(lane.matcher);
      if (lane.instrument !== undefined) impact[lane.matcher.symbol] = lane.impact.summary(lane.instrument, this.#now);
      recoveredTrades += lane.recoveredTrades;
      lateEvents += lane.lateEvents;
      forcedEvents += lane.forcedEvents;
      ignoredTrades += lane.ignoredTrades;
    }
    const { slack } = this.#reports;
    return {
      reports: slack.reports,
      lateReports: slack.late,
      worstLateness: slack.worst,
      ackSlack: slack.summary(),
      flags: this.#flags(impact),
      lateEvents,
      forcedEvents,
      ignoredTrades,
      recoveredTrades,
      queues,
      impact,
    };
  }

  #flags(impact: Readonly<Record<string, PairImpact>>): readonly PaperVenueFlag[] {
    const flags: PaperVenueFlag[] = [];
    if (this.#reports.slack.isFasterThanFeed) flags.push('latency-faster-than-feed');
    if (Object.values(impact).some(({ suspectMinutes }) => suspectMinutes > 0)) flags.push('impact-suspect');
    if (this.#allLanes.some((lane) => lane.impact.isLarge)) flags.push('large-share-of-volume');
    return flags;
  }

  #send(commands: readonly PaperCommand[], kind: CommandKind, decidedAt: Micros, connection: CommandConnection): void {
    const [first] = commands;
    if (first === undefined) return;
    const key = first.clientOrderId;
    const travel = this.#dispatch({ connection, key, kind, places: first.type === 'place' }, decidedAt);
    const batch = kind === 'batch' ? OrderBatch.of(commands) : undefined;
    const dispatch = batch === undefined ? travel : { ...travel, batch };
    for (const command of commands) {
      this.#reports.sent(answeredId(command), command, dispatch);
      if (dispatch.fate !== 'undelivered') this.#deliver(command, dispatch);
    }
  }

  #dispatch(message: Message, decidedAt: Micros): Dispatch {
    const { connection } = message;
    if (!this.#path.has(connection)) {
      throw new PaperError('KB_PAPER_NO_LATENCY', `latency.${connection} is not set, but a command goes by it`);
    }
    return this.#path.send(message, this.#clock.at(decidedAt), this.#load?.bucket() ?? 'quiet');
  }

  #deliver(command: PaperCommand, dispatch: Dispatch): void {
    const lane = this.#lanes.get(command.symbol);
    if (lane !== undefined) return lane.submit(command, dispatch);
    this.#reports.answering(answeredId(command), command, dispatch);
    this.#entry.refuse(command, dispatch.arrivesAt, unknownSymbol(command.symbol));
    this.#reports.answered();
  }

  #onFeed({ symbol, state }: FeedEvent): void {
    const lanes = symbol === undefined ? this.#allLanes : [this.#laneOf(symbol)];
    for (const lane of lanes) {
      if (state === 'stale') lane.isStale = true;
      else if (state !== 'live') lane.freeze();
      else if (symbol === undefined) lane.isStale = false;
      else lane.resume();
    }
  }

  /** The first rules of a pair hold at once, changed ones from now on; in other steps all that was said in the old ones is gone. */
  #define(instrument: Instrument): void {
    const lane = this.#laneOf(instrument.symbol);
    const before = lane.instrument;
    if (before === undefined) {
      lane.instrument = instrument;
    } else if (haveSameSteps(before, instrument)) {
      lane.changeAt(this.#now, () => (lane.instrument = instrument));
    } else {
      lane.forgetMarket(this.#now, instrument.pricePrecision - before.pricePrecision);
      this.#floor.cancelAll('precision-changed', micros(Math.max(this.#now, lane.matcher.clock)), lane);
      lane.instrument = instrument;
    }
  }

  #setSystem(system: SystemStatus): void {
    this.#system = system;
    for (const lane of this.#allLanes) lane.changeAt(this.#now, () => (lane.system = system));
  }

  #laneOf(symbol: string): Lane {
    if (this.#lane?.matcher.symbol === symbol) return this.#lane;
    const lane = this.#lanes.get(symbol) ?? this.#open(symbol);
    this.#lane = lane;
    return lane;
  }

  #open(symbol: string): Lane {
    const { expectsTrades, latenessMargin, maxBuffered, models } = this.#checked;
    const matcher: Matcher = new Matcher(symbol, models, this.#checked, (order, model, fill) => {
      this.#floor.filled(order, model, fill);
    });
    const lane = new Lane({
      matcher,
      impact: new PairImpactMeter(symbol, this.#checked.impact, expectsTrades),
      expectsTrades,
      latenessMargin,
      maxBuffered,
      sideOf: (clientOrderId) => this.#floor.list.find(clientOrderId)?.side,
      execute: (command, at, where, dispatch) => {
        this.#reports.answering(answeredId(command), command, dispatch);
        this.#entry.execute(command, at, where, dispatch);
        this.#reports.answered();
      },
      cancelAll: (at, where) => this.#floor.cancelAll('cancel-all-after', at, where),
      triggered: (order, at) => this.#floor.triggered(order, at),
      followUp: (where) => {
        this.#entry.followUp(where);
        if (this.#account.margin !== undefined) this.#watchMargin(where.matcher.clock);
      },
    });
    lane.system = this.#system;
    if (this.#timer !== undefined) lane.submit(this.#timer.command, this.#timer.dispatch);
    this.#lanes.set(symbol, lane);
    this.#allLanes.push(lane);
    return lane;
  }

  /** Middle of a pair's book as matching has it, with margin as it last had it; as a count of 10^-30. */
  #midOf(symbol: string): bigint | undefined {
    const lane = this.#lanes.get(symbol);
    if (lane?.instrument === undefined) return undefined;
    const sum = sumOfBests(lane);
    if (sum !== undefined) return midOf(lane.instrument, sum);
    const seen = this.#seen.get(lane);
    return seen === undefined ? undefined : midOf(seen.instrument, seen.sum);
  }

  #see(lane: Lane, sum: number): void {
    const { instrument } = lane;
    if (instrument === undefined) return;
    const seen = this.#seen.get(lane);
    if (seen === undefined) this.#seen.set(lane, { sum, instrument });
    else {
      seen.sum = sum;
      seen.instrument = instrument;
    }
  }

  /** Charges rollovers that nothing can forestall any more, and looks at the margin level. */
  #accountForMargin(): void {
    const due = this.#account.margin?.rolloverAt;
    if (due !== undefined && due <= this.#now) {
      for (const lane of this.#allLanes) this.#account.rollOver(lane.matcher.symbol, lane.watermark(this.#now));
    }
    this.#watchMargin(this.#now);
  }

  /** Looks at the margin level where a price or the account has changed since it last did. */
  #watchMargin(at: Micros): void {
    const judged = this.#judged;
    const { changes } = this.#account;
    let isNew = judged.changes !== changes;
    for (const [index, lane] of this.#allLanes.entries()) {
      const sum = sumOfBests(lane);
      if (judged.sums[index] === sum) continue;
      judged.sums[index] = sum;
      if (sum !== undefined) this.#see(lane, sum);
      isNew = true;
    }
    if (!isNew) return;
    judged.changes = changes;
    const isDone = this.#account.watch(at, (order, tell) => {
      const lane = this.#lanes.get(order.symbol);
      if (lane === undefined) return;
      this.#floor.liquidate(order, at, lane, tell);
      this.#entry.followUp(lane);
    });
    if (!isDone) judged.changes = TRY_AGAIN;
  }

  /** Sends a report on the account on its way. */
  #tell(draft: AccountDraft): void {
    const load = this.#load?.bucket() ?? 'quiet';
    const key = draft.type === 'rollover' ? `${draft.type} ${draft.positionId}` : draft.type;
    this.#news.push(draft, this.#reports.dueOf(key, draft.venueTs, load));
  }

  #report(draft: ReportDraft, shadow: QueueModelId | undefined): void {
    if (draft.type === 'fill' && shadow === undefined) this.#lanes.get(draft.symbol)?.impact.fill(draft);
    if (shadow !== undefined && this.#onShadowFill === undefined) return;
    const moment = { now: this.#clock.now, load: this.#load?.bucket() ?? 'quiet' };
    this.#reports.push(draft, moment, shadow);
  }
}

function haveSameSteps(one: Instrument, other: Instrument): boolean {
  return one.pricePrecision === other.pricePrecision && one.qtyPrecision === other.qtyPrecision;
}

/** Best bid plus best ask, in ticks; `undefined` while a side is empty. */
function sumOfBests({ matcher: { book } }: Lane): number | undefined {
  const bid = book?.priceAt('buy', 0);
  const ask = book?.priceAt('sell', 0);
  return bid === undefined || ask === undefined ? undefined : bid + ask;
}

function queueHealth({ context, trust }: Matcher): QueueHealth {
  return {
    centralRule: context.centralRule(context.exactBook !== undefined),
    matchRate: context.lessons.matchRate.value,
    uncertainShare: trust.uncertainShare,
    hiddenVolume: context.hiddenVolume,
  };
}

/** Whether anything depends on how busy the market is. */
function readsLoad({ feed, entry, ack, rest }: Latency): boolean {
  return [feed, entry, ack, rest?.entry ?? 0, rest?.ack ?? 0].some((legs) => dependsOnLoad(legs));
}

const DAY = 86_400 * SECOND;
/** No account has changed so often. */
const TRY_AGAIN = -1;
/** Whose first report answers a command. */
function answeredId(command: PaperCommand): string {
  return command.type === 'edit' ? command.newClientOrderId : command.clientOrderId;
}

const KIND_OF = { place: 'add', amend: 'amend', cancel: 'cancel', edit: 'add' } as const;
