import { lots, micros, ticks } from '@kb/model';
import type { Instrument, Lots, Micros, PlaceIntent, QueueModelId, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Account, Liquidation } from '../account/account.ts';
import { checkStatus } from '../checks.ts';
import { fillDraft } from '../fill-draft.ts';
import type { ReportDraft } from '../latency/report-queue.ts';
import type { Lane } from '../matching/lane.ts';
import type { MatchedFill } from '../matching/matched-fill.ts';
import type { Matcher } from '../matching/matcher.ts';
import { endState, PaperOrder } from '../matching/paper-order.ts';
import type { QueueState } from '../matching/paper-order.ts';
import { fillsWhole, isMarketable, protectionOf, take, walk } from '../matching/taking.ts';
import { OrderList } from './order-list.ts';
import { distanceOf, priceAt } from './price-offset.ts';
import { clipStates, ReducingOrders } from './reducing-orders.ts';
import type { Trim } from './reducing-orders.ts';
import type { Trigger } from './trigger.ts';

export interface OrderFloorOptions {
  readonly models: readonly QueueModelId[];
  /** Index of the model that the strategy follows. */
  readonly followed: number;
  readonly account: Account;
  readonly marketProtection: Decimal | undefined;
  readonly triggerDelay: Micros;
  readonly closeOrders: 'per-fill' | 'at-completion';
  /** Takes a report; with a queue model, that model's shadow fill. */
  report(draft: ReportDraft, shadow?: QueueModelId): void;
}

/** What a fill asks to be placed. */
export interface CloseToPlace {
  readonly parent: PaperOrder;
  readonly size: Lots;
  readonly count: number;
}

/**
 * What becomes of orders once they are accepted: they go to the market or wait for their trigger, fill, follow the position,
 * expire and end; fills become reports and money. What the strategy is told and what moves the balances is always the
 * followed queue model.
 */
export class OrderFloor {
  readonly options: OrderFloorOptions;
  readonly list: OrderList = new OrderList();
  readonly #reducing: ReducingOrders;
  #closes: CloseToPlace[] = [];
  #venueIds = 0;
  #liquidations = 0;

  constructor(options: OrderFloorOptions) {
    this.options = options;
    this.#reducing = new ReducingOrders(options.followed, (symbol) => options.account.position(symbol));
  }

  /** Takes an order that nothing speaks against. @param placedBy Client order id of the order whose fill places it. */
  enter(
    intent: PlaceIntent,
    at: Micros,
    lane: Lane,
    instrument: Instrument,
    trigger: Trigger | undefined,
    placedBy: string | undefined,
  ): void {
    this.#venueIds += 1;
    const { clientOrderId, expiresAt, price, side, size, symbol } = intent;
    const ids = { clientOrderId, venueOrderId: `PAPER-${this.#venueIds}` };
    const order = new PaperOrder(ids, instrument, lane, intent, at, this.options.models.length);
    order.trigger = trigger;
    this.list.add(order);
    if (isReducing(intent)) this.#reducing.add(order);
    this.holdFor(order, size);
    const origin = placedBy === undefined ? {} : { placedBy };
    this.options.report({ type: 'accepted', symbol, venueTs: at, ...ids, side, price, size, ...origin });
    if (expiresAt !== undefined) {
      order.expiry = lane.expiries.add(expiresAt, (now) => this.#expire(order, now));
    }
    if (trigger === undefined) this.work(order, at);
    else lane.parked.add(order, at);
    for (let surplus = this.list.surplus; surplus !== undefined; surplus = this.list.surplus) this.drop(surplus);
  }

  /** A fill in one queue model. */
  filled(order: PaperOrder, model: number, fill: MatchedFill): void {
    const { account, followed, models } = this.options;
    const { instrument, lane, request } = order;
    const state = order.states[model];
    const id = models[model];
    if (state === undefined || id === undefined) return;
    const isFollowed = model === followed;
    const booked = isFollowed
      ? account.book(instrument, request, fill)
      : { fee: account.feeOf(instrument, request, fill) };
    const { bookSeq } = lane.matcher;
    const draft = fillDraft(order, state, models, isFollowed ? undefined : id, fill, booked, bookSeq);
    if (isFollowed) {
      this.holdFor(order, state.remaining);
      this.options.report(draft);
      if (state.remaining + order.withheld === 0) order.open = false;
      if (request.close !== undefined) this.#closeFill(order, state, fill.size);
      for (const trim of this.#reducing.moved(instrument.symbol)) this.#clip(trim, fill.at);
    } else this.options.report(draft, id);
    if (order.open) return;
    if (order.isLive()) this.list.left(order);
    else this.#forget(order);
  }

  /** The trigger of a parked order was reached. */
  triggered(order: PaperOrder, at: Micros): void {
    const { clientOrderId, instrument, lane, request, trigger, venueOrderId } = order;
    this.options.report({
      type: 'triggered',
      symbol: instrument.symbol,
      venueTs: at,
      clientOrderId,
      venueOrderId,
    });
    const offset = request.limitOffset === undefined ? undefined : distanceOf(request.limitOffset);
    if (offset !== undefined && trigger !== undefined) {
      order.price = priceAt(offset, trigger.price, instrument.tickSize);
      if (order.price === undefined) return this.finish(order, 'invalid-order', at);
      this.holdFor(order, order.size);
    }
    order.isReleased = true;
    const goesAt = at + this.options.triggerDelay;
    lane.releases.add(micros(goesAt), (now) => this.#release(order, now));
  }

  /** Takes what fills have asked to be placed since the last call. */
  takeCloses(): readonly CloseToPlace[] {
    if (this.#closes.length === 0) return NO_CLOSES;
    const closes = this.#closes;
    this.#closes = [];
    return closes;
  }

  /** Brings reducing orders in line with positions that have changed. */
  followPositions(at: Micros): void {
    for (const trim of this.#reducing.changes()) this.#trim(trim, at);
  }

  /** Lots by which an order on this side could trade the position back. */
  roomFor(symbol: string, side: Side): number {
    return this.#reducing.roomFor(symbol, side);
  }

  /** The last price at which an order without a limit may trade now. */
  protectionOf({ matcher }: Lane, side: Side): Ticks | undefined {
    const { marketProtection } = this.options;
    return marketProtection === undefined ? undefined : protectionOf(matcher, side, marketProtection);
  }

  /** Takes what can be taken, then rests or ends what is left. */
  work(order: PaperOrder, at: Micros): void {
    const { followed } = this.options;
    const { matcher } = order.lane;
    if (this.#reducing.has(order) && !this.#withhold(order, at)) return;
    order.protection = order.price === undefined ? this.protectionOf(order.lane, order.side) : undefined;
    let metOwn = false;
    const endOwn = (resting: PaperOrder, model: number): void => this.#endOwn(resting, model, at);
    for (const [model, state] of order.states.entries()) {
      if (state.remaining === 0) continue;
      const isKilled = isRefused(order, model, matcher);
      if (!isKilled && !take(matcher, order, model, at, endOwn)) continue;
      if (model !== followed) endState(state);
      else if (!isKilled) metOwn = true;
    }
    const state = this.stateOf(order);
    const neverRests = order.price === undefined || order.timeInForce === 'ioc' || order.timeInForce === 'fok';
    if (order.withheld > 0 && !metOwn && state?.remaining === 0) {
      this.finish(order, 'reduce-only', at);
    } else if (state !== undefined && state.remaining > 0 && (metOwn || neverRests)) {
      this.finish(order, metOwn ? 'self-trade' : remainderOf(order), at);
    } else if (neverRests || !order.isLive()) this.drop(order);
    else if (order.price !== undefined) {
      this.#letGo(order, at);
      matcher.own.rest(order, order.price, matcher.book, at);
    }
  }

  /** Ends an open order with a report. */
  finish(order: PaperOrder, reason: string, at: Micros): void {
    const { clientOrderId, instrument, venueOrderId } = order;
    const remaining = this.#leave(order);
    const { symbol } = instrument;
    this.options.report({ type: 'cancelled', symbol, venueTs: at, clientOrderId, venueOrderId, remaining, reason });
  }

  /** Takes an order away without a word: the strategy knows already. */
  drop(order: PaperOrder): void {
    const { lane, open } = order;
    order.open = false;
    order.end();
    lane.matcher.own.remove(order);
    if (order.isParked) {
      lane.parked.remove(order);
      order.isReleased = false;
    }
    // One that has ended for the strategy holds nothing any more, and its id may be another's by now.
    if (open) this.holdFor(order, NOTHING);
    this.#forget(order);
  }

  /** Ends every order of a pair: open ones with a report, those that only shadows hold without. */
  cancelAll(reason: string, at: Micros, lane: Lane): void {
    for (const order of this.list.of(lane)) {
      if (order.open) this.finish(order, reason, at);
      else this.drop(order);
    }
  }

  /** Tells of an order's new price and size. */
  tellAmended(order: PaperOrder, at: Micros, keptPriority: boolean): void {
    const { clientOrderId, instrument, price, size, venueOrderId } = order;
    const remaining = this.stateOf(order)?.remaining ?? lots(0);
    const terms = { price, size, remaining, keptPriority };
    const { symbol } = instrument;
    this.options.report({ type: 'amended', symbol, venueTs: at, clientOrderId, venueOrderId, ...terms });
  }

  /** Holds what an order may still cost: at its limit, or where it has none, at its trigger. */
  holdFor({ instrument, request, price, trigger }: PaperOrder, remaining: Lots): void {
    const worst = price ?? trigger?.price;
    // A market order is over before anybody else can ask for the money.
    if (worst !== undefined || remaining === 0) {
      this.options.account.hold(instrument, request, worst ?? ANY_PRICE, remaining);
    }
  }

  /**
   * Closes a position by a market order of the venue's own, which own orders in its way give way to; nothing where the pair
   * cannot be traded now. @param tell Hears of the order before it trades.
   */
  liquidate({ side, size, symbol }: Liquidation, at: Micros, lane: Lane, tell: (clientOrderId: string) => void): void {
    const { instrument, matcher } = lane;
    if (instrument === undefined || lane.isFrozen) return;
    if (walk(matcher, side, size, this.options.followed).size === 0) return;
    this.#liquidations += 1;
    const clientOrderId = `LIQUIDATION-${this.#liquidations}`;
    tell(clientOrderId);
    const what = { clientOrderId, symbol, side, size, orderType: 'market', price: undefined } as const;
    const how = { timeInForce: 'ioc', postOnly: false, reduceOnly: true, selfTrade: 'cancel-oldest' } as const;
    const who = { strategyId: '', reason: 'liquidation', confidence: 1 };
    // What comes late happens after it: the reports of a pair never run backwards.
    if (at > matcher.clock) matcher.clock = at;
    this.enter({ type: 'place', ...who, ...what, ...how }, matcher.clock, lane, instrument, undefined, undefined);
  }

  /** What the followed queue model believes of an order. */
  stateOf(order: PaperOrder): QueueState | undefined {
    return order.states[this.options.followed];
  }

  /** A triggered order goes to the market, as any other one that arrives now. */
  #release(order: PaperOrder, at: Micros): void {
    if (!order.open || !order.isReleased) return;
    const { instrument, lane, request, side } = order;
    const { account, followed } = this.options;
    order.trigger = undefined;
    order.isReleased = false;
    order.arrivedAt = at;
    const refusal = checkStatus(lane.instrument ?? instrument, lane.system, request);
    if (refusal !== undefined) return this.finish(order, refusal.reason, at);
    if (order.price === undefined) {
      const walked = walk(lane.matcher, side, order.size, followed, this.protectionOf(lane, side));
      const unfunded = account.refusalOfWalk(instrument, request, walked, order.size, order.clientOrderId);
      this.holdFor(order, NOTHING);
      if (unfunded !== undefined) return this.finish(order, unfunded.reason, at);
    }
    this.work(order, at);
  }

  #expire(order: PaperOrder, at: Micros): void {
    order.expiry = undefined;
    if (!order.open) return this.drop(order);
    const { clientOrderId, instrument, venueOrderId } = order;
    const remaining = this.#leave(order);
    const { symbol } = instrument;
    this.options.report({ type: 'expired', symbol, venueTs: at, clientOrderId, venueOrderId, remaining });
  }

  /** Self-trade prevention ended an order at rest: for the strategy where it looks, else in that queue model alone. */
  #endOwn(resting: PaperOrder, model: number, at: Micros): void {
    if (model === this.options.followed && resting.open) return this.finish(resting, 'self-trade', at);
    const state = resting.states[model];
    if (state !== undefined) endState(state);
    if (!resting.isLive()) this.drop(resting);
  }

  #closeFill(order: PaperOrder, state: QueueState, size: Lots): void {
    if (this.options.closeOrders === 'per-fill') this.#closes.push({ parent: order, size, count: state.fills });
    else if (state.remaining === 0) this.#closes.push({ parent: order, size: state.filled, count: 1 });
  }

  /** The same in the midst of a sweep, which must not trade past the position: what is to end does so after it. */
  #clip(trim: Trim, at: Micros): void {
    if (trim.keep > 0 && trim.order.withheld === 0) this.#trim(trim, at);
    else clipStates(trim.order, trim.keep);
  }

  /**
   * Keeps from the market what of a reducing order goes beyond the position. @returns False when that is all of it, and it has ended.
   */
  #withhold(order: PaperOrder, at: Micros): boolean {
    const keep = this.#reducing.keepOf(order);
    if (keep === 0) {
      this.finish(order, 'reduce-only', at);
      return false;
    }
    order.withheld = lots(order.size - (this.stateOf(order)?.filled ?? 0) - keep);
    if (order.withheld > 0) clipStates(order, keep);
    return true;
  }

  /** What has been kept from the market is gone: the order is about to rest without it. */
  #letGo(order: PaperOrder, at: Micros): void {
    if (order.withheld === 0) return;
    order.size = lots(order.size - order.withheld);
    order.withheld = NOTHING;
    this.holdFor(order, this.stateOf(order)?.remaining ?? NOTHING);
    this.tellAmended(order, at, true);
  }

  /** A reducing order is larger than the position leaves it. */
  #trim({ order, keep }: Trim, at: Micros): void {
    if (keep === 0) return this.finish(order, 'reduce-only', at);
    order.size = lots((this.stateOf(order)?.filled ?? 0) + keep);
    clipStates(order, keep);
    this.holdFor(order, keep);
    this.tellAmended(order, at, true);
  }

  /** Takes an open order away. @returns What was left of it. */
  #leave(order: PaperOrder): Lots {
    const state = this.stateOf(order);
    const remaining = lots(order.size - (state?.filled ?? 0));
    const { close } = order.request;
    if (
      close !== undefined &&
      state !== undefined &&
      state.filled > 0 &&
      this.options.closeOrders === 'at-completion'
    ) {
      this.#closes.push({ parent: order, size: state.filled, count: 1 });
    }
    this.drop(order);
    return remaining;
  }

  #forget(order: PaperOrder): void {
    this.list.forget(order);
    this.#reducing.remove(order);
    if (order.expiry !== undefined) order.lane.expiries.remove(order.expiry);
    order.expiry = undefined;
    order.place = undefined;
  }
}

/** Whether an order may only trade a margin position back. */
export function isReducing({ orderType, reduceOnly }: PlaceIntent): boolean {
  return reduceOnly === true || orderType === 'settle-position';
}

/** Whether it may not trade as it would now in a queue model: none of a part of a fill-or-kill, nor of one that is post-only. */
function isRefused(order: PaperOrder, model: number, matcher: Matcher): boolean {
  const { postOnly, price, side, timeInForce } = order;
  if (timeInForce === 'fok') return !fillsWhole(matcher, order, model);
  return postOnly && price !== undefined && isMarketable(matcher, side, price, model);
}

function remainderOf({ price, timeInForce }: PaperOrder): string {
  if (price === undefined) return 'market-remainder';
  return timeInForce === 'fok' ? 'fok-unfilled' : 'ioc-remainder';
}

const NOTHING = lots(0);
const NO_CLOSES: readonly CloseToPlace[] = [];
/** Of nothing. */
const ANY_PRICE = ticks(0);
