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
import { amountText } from './account/amounts.ts';
import type { FeeStatus } from './account/fee-book.ts';
import { OrderRate } from './account/order-rate.ts';
import type { PaperCommand } from './commands.ts';
import { PaperError } from './errors.ts';
import { explainOrder } from './explanation.ts';
import type { OrderExplanation } from './explanation.ts';
import { PairImpactMeter } from './impact/pair-impact.ts';
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
import { MarginWatch } from './margin-watch.ts';
import { checkOptions } from './options.ts';
import type { CheckedOptions, PaperVenueOptions } from './options.ts';
import { OrderBatch } from './order-batch.ts';
import { OrderEntry } from './order-entry.ts';
import { OrderFloor } from './orders/order-floor.ts';
import { queueOf } from './queue-estimate.ts';
import type { QueueEstimate } from './queue-estimate.ts';
import { unknownSymbol } from './refusals.ts';
import { healthOf } from './venue-health.ts';
import type { PaperVenueHealth } from './venue-health.ts';

export class PaperVenue implements Venue {
  readonly #checked: CheckedOptions;
  readonly #account: Account;
  readonly #rate: OrderRate;
  readonly #news = new AccountNews();
  readonly #onAccountReport: ((report: AccountReport) => void) | undefined;
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
  readonly #marginWatch = new MarginWatch(this.#allLanes);
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
      midOf: (symbol) => this.#marginWatch.midOf(this.#lanes.get(symbol)),
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
    if (this.#account.margin === undefined) return;
    this.#marginWatch.rollOver(this.#account, this.#now);
    this.#watchMargin(this.#now);
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
    return order === undefined ? [] : queueOf(order, this.#checked.models);
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
    return healthOf(this.#allLanes, this.#reports.slack, this.#now);
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

  #watchMargin(at: Micros): void {
    this.#marginWatch.judge(this.#account, at, (order, tell) => {
      const lane = this.#lanes.get(order.symbol);
      if (lane === undefined) return;
      this.#floor.liquidate(order, at, lane, tell);
      this.#entry.followUp(lane);
    });
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

/** Whether anything depends on how busy the market is. */
function readsLoad({ feed, entry, ack, rest }: Latency): boolean {
  return [feed, entry, ack, rest?.entry ?? 0, rest?.ack ?? 0].some((legs) => dependsOnLoad(legs));
}

const DAY = 86_400 * SECOND;

/** Whose first report answers a command. */
function answeredId(command: PaperCommand): string {
  return command.type === 'edit' ? command.newClientOrderId : command.clientOrderId;
}

const KIND_OF = { place: 'add', amend: 'amend', cancel: 'cancel', edit: 'add' } as const;
