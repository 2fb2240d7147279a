import { assertNever, lots, micros, ticks } from '@kb/model';
import type {
  CancelIntent,
  CountedCommand,
  Instrument,
  Lots,
  Micros,
  PlaceIntent,
  QueueModelId,
  Side,
  SystemStatus,
  Ticks,
} from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Account, Liquidation } from './account/account.ts';
import type { OrderRate } from './account/order-rate.ts';
import { checkCost, checkExpiry, checkOrder, checkStatus, invalid } from './checks.ts';
import type { CheckContext, Refusal } from './checks.ts';
import type { EditCommand, PaperCommand } from './commands.ts';
import { fillDraft } from './fill-draft.ts';
import type { ReportDraft } from './latency/report-queue.ts';
import type { Lane } from './matching/lane.ts';
import type { MatchedFill } from './matching/matched-fill.ts';
import { endState, PaperOrder } from './matching/paper-order.ts';
import type { QueueState } from './matching/paper-order.ts';
import { fillsWhole, isMarketable, protectionOf, take, walk } from './matching/taking.ts';
import { amend } from './orders/amend.ts';
import { closeOf } from './orders/close-order.ts';
import { distanceOf, priceAt } from './orders/price-offset.ts';
import { clipStates, ReducingOrders } from './orders/reducing-orders.ts';
import type { Trim } from './orders/reducing-orders.ts';
import { Trigger } from './orders/trigger.ts';
import { frozen, noPosition, noReference, unknownOrder, unknownSymbol, wouldTake } from './refusals.ts';

export interface OrderEntryOptions {
  readonly models: readonly QueueModelId[];
  /** Index of the model that the strategy follows. */
  readonly followed: number;
  readonly account: Account;
  readonly rate: OrderRate;
  readonly priceBand: Decimal | undefined;
  readonly marketProtection: Decimal | undefined;
  readonly triggerDelay: Micros;
  readonly closeOrders: 'per-fill' | 'at-completion';
  /** Takes a report; with a queue model, that model's shadow fill. */
  report(draft: ReportDraft, shadow?: QueueModelId): void;
}

/**
 * The venue's counter: checks and carries out commands that have arrived, keeps the list of own orders, and turns fills
 * into reports and money. What the strategy is told and what moves the balances is always the followed queue model.
 */
export class OrderEntry {
  system: SystemStatus = 'online';
  readonly options: OrderEntryOptions;
  /** Orders that the strategy or a shadow still has at the venue, by client order id. */
  readonly #orders = new Map<string, PaperOrder>();
  /** Those of them that filled in the followed model and wait on in another, oldest first. */
  readonly #shadowOnly = new Set<PaperOrder>();
  /** The last ones that ended, oldest first. */
  readonly #past = new Map<string, PaperOrder>();
  readonly #reducing: ReducingOrders;
  /** What fills are to place. */
  readonly #closes: { readonly parent: PaperOrder; readonly size: Lots; readonly count: number }[] = [];
  #venueIds = 0;
  #liquidations = 0;

  constructor(options: OrderEntryOptions) {
    this.options = options;
    this.#reducing = new ReducingOrders(options.followed, (symbol) => options.account.position(symbol));
  }

  /** An order that the strategy or a shadow still has at the venue. */
  find(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId);
  }

  /** An order that stands at the venue, or one of the last that ended. */
  recall(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId) ?? this.#past.get(clientOrderId);
  }

  /** @param isBatched Whether it came with others in one message. */
  execute(command: PaperCommand, at: Micros, lane: Lane, isBatched: boolean): void {
    this.options.account.fees.advance(at);
    switch (command.type) {
      case 'place':
        this.#placeAsked(command, at, lane, isBatched ? 'batch-add' : 'add');
        return;
      case 'amend':
        amend(this, command, at, lane);
        return;
      case 'cancel':
        this.#cancel(command, at, isBatched);
        return;
      case 'edit':
        this.#edit(command, at, lane);
        return;
      default:
        assertNever(command);
    }
  }

  refuse(command: PaperCommand, at: Micros, { reason, text }: Refusal): void {
    const { clientOrderId, symbol } = command;
    const isNew = command.type === 'place' || command.type === 'edit';
    const id = command.type === 'edit' ? command.newClientOrderId : clientOrderId;
    const venueOrderId = isNew ? undefined : this.#orders.get(clientOrderId)?.venueOrderId;
    const answer = { symbol, venueTs: at, clientOrderId: id, venueOrderId, reason, text };
    if (isNew) this.options.report({ type: 'rejected', ...answer });
    else if (command.type === 'amend') this.options.report({ type: 'amend-rejected', ...answer });
    else this.options.report({ type: 'cancel-rejected', ...answer });
  }

  /** Ends every order of a pair: open ones with a report, those that only shadows hold without. */
  cancelAll(reason: string, at: Micros, lane: Lane): void {
    for (const order of this.#orders.values()) {
      if (order.lane !== lane) continue;
      if (order.open) this.finish(order, reason, at);
      else this.#drop(order);
    }
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
      if (state.remaining === 0) order.open = false;
      if (request.close !== undefined) this.#closeFill(order, state, fill.size);
      for (const trim of this.#reducing.moved(instrument.symbol)) this.#clip(trim, fill.at);
    } else this.options.report(draft, id);
    if (order.open) return;
    if (order.isLive()) this.#shadowOnly.add(order);
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

  /** What follows from own fills: closing orders are placed, reducing ones follow the position. */
  followUp(lane: Lane): void {
    if (this.#closes.length > 0) {
      for (const { parent, size, count } of this.#closes.splice(0)) {
        const intent = closeOf(parent.request, size, count);
        if (intent !== undefined) this.#place(intent, lane.matcher.clock, lane, parent.clientOrderId, admit);
      }
    }
    for (const trim of this.#reducing.changes()) this.#trim(trim, lane.matcher.clock);
  }

  /** What an order is judged by. */
  contextOf(instrument: Instrument, lane: Lane): CheckContext {
    return { instrument, system: this.system, last: lane.parked.last, priceBand: this.options.priceBand };
  }

  /** Takes what can be taken, then rests or ends what is left. */
  work(order: PaperOrder, at: Micros): void {
    const { followed } = this.options;
    const { matcher } = order.lane;
    if (this.#reducing.has(order)) {
      for (const trim of this.#reducing.trims(order.instrument.symbol, order.side)) this.#trim(trim, at);
      if (!order.open) return;
    }
    order.protection = order.price === undefined ? this.#protectionOf(order.lane, order.side) : undefined;
    let metOwn = false;
    const endOwn = (resting: PaperOrder, model: number): void => this.#endOwn(resting, model, at);
    for (const [model, state] of order.states.entries()) {
      if (state.remaining === 0) continue;
      const isKilled = order.timeInForce === 'fok' && !fillsWhole(matcher, order, model);
      if (!isKilled && !take(matcher, order, model, at, endOwn)) continue;
      if (model !== followed) endState(state);
      else if (!isKilled) metOwn = true;
    }
    const state = this.stateOf(order);
    const neverRests = order.price === undefined || order.timeInForce === 'ioc' || order.timeInForce === 'fok';
    if (state !== undefined && state.remaining > 0 && (metOwn || neverRests)) {
      this.finish(order, metOwn ? 'self-trade' : remainderOf(order), at);
    } else if (neverRests || !order.isLive()) this.#drop(order);
    else if (order.price !== undefined) matcher.own.rest(order, order.price, matcher.book, at);
  }

  /** Ends an open order with a report. */
  finish(order: PaperOrder, reason: string, at: Micros): void {
    const { clientOrderId, instrument, venueOrderId } = order;
    const remaining = this.#leave(order);
    const { symbol } = instrument;
    this.options.report({ type: 'cancelled', symbol, venueTs: at, clientOrderId, venueOrderId, remaining, reason });
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
    const time = micros(Math.max(at, matcher.clock));
    this.#enter({ type: 'place', ...who, ...what, ...how }, time, lane, instrument, undefined, undefined);
  }

  /** What the followed queue model believes of an order. */
  stateOf(order: PaperOrder): QueueState | undefined {
    return order.states[this.options.followed];
  }

  /** Places what was asked for, and counts that it was. */
  #placeAsked(asked: PlaceIntent, at: Micros, lane: Lane, command: CountedCommand, replaced?: PaperOrder): void {
    const { rate } = this.options;
    const age = replaced === undefined ? NO_AGE : micros(at - replaced.changedAt);
    const refuseRate = (): Refusal | undefined => rate.refusalOf(asked.symbol, command, age, at);
    const refusal = this.#place(asked, at, lane, undefined, refuseRate, replaced?.clientOrderId);
    if (refusal === undefined) rate.count(asked.symbol, command, age, at);
    else rate.countRefused(asked.symbol, command, refusal, at);
  }

  /**
   * @param placedBy Client order id of the order whose fill places it.
   * @param refuseRate Why the order is refused for how much was ordered.
   * @returns Why it was refused.
   */
  #place(
    asked: PlaceIntent,
    at: Micros,
    lane: Lane,
    placedBy: string | undefined,
    refuseRate: () => Refusal | undefined,
    replaces?: string,
  ): Refusal | undefined {
    const { instrument } = lane;
    if (instrument === undefined) {
      const unknown = unknownSymbol(asked.symbol);
      this.refuse(asked, at, unknown);
      return unknown;
    }
    const room = this.#reducing.roomFor(asked.symbol, asked.side);
    const settles = asked.orderType === 'settle-position' && room > 0;
    const intent = settles ? { ...asked, size: lots(Math.min(asked.size, room)) } : asked;
    const { parked } = lane;
    const { trigger: wanted } = intent;
    const seen = wanted === undefined ? undefined : parked.seen(wanted.reference);
    const trigger = Trigger.of(intent, seen, instrument.tickSize);
    const refusal =
      this.#refusalOf(intent, at, instrument, lane, trigger, placedBy !== undefined) ??
      refuseRate() ??
      this.options.rate.refusalOfOneMore(() => this.#openOn(lane, replaces)) ??
      this.#refusalOfMoney(intent, instrument, lane, trigger, placedBy !== undefined, replaces);
    if (refusal !== undefined) {
      this.refuse(asked, at, refusal);
      return refusal;
    }
    const replaced = replaces === undefined ? undefined : this.#orders.get(replaces);
    if (replaced !== undefined) this.finish(replaced, 'replaced', at);
    this.#enter(intent, at, lane, instrument, trigger, placedBy);
    this.#boundShadows();
    return undefined;
  }

  #enter(
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
    this.#orders.set(clientOrderId, order);
    if (isReducing(intent)) this.#reducing.add(order);
    this.holdFor(order, size);
    const origin = placedBy === undefined ? {} : { placedBy };
    this.options.report({ type: 'accepted', symbol, venueTs: at, ...ids, side, price, size, ...origin });
    if (expiresAt !== undefined) {
      order.expiry = lane.expiries.add(expiresAt, (now) => this.#expire(order, now));
    }
    if (trigger === undefined) this.work(order, at);
    else lane.parked.add(order, at);
  }

  #refusalOf(
    intent: PlaceIntent,
    at: Micros,
    instrument: Instrument,
    lane: Lane,
    trigger: Trigger | undefined,
    anySize: boolean,
  ): Refusal | undefined {
    const { clientOrderId } = intent;
    if (this.#orders.has(clientOrderId)) {
      return { reason: 'duplicate-client-order-id', text: `${clientOrderId} is at the venue already` };
    }
    if (lane.isFrozen) return frozen(lane);
    const context = { ...this.contextOf(instrument, lane), anySize };
    const refusal = checkOrder(context, intent) ?? checkExpiry(intent, at);
    if (refusal !== undefined) return refusal;
    if (intent.trigger !== undefined && trigger === undefined) return noReference(intent.symbol);
    return isReducing(intent) && this.#reducing.roomFor(intent.symbol, intent.side) === 0
      ? noPosition(intent)
      : undefined;
  }

  /** The checks that come after those of how much is asked for: funds or margin, and post-only. */
  #refusalOfMoney(
    intent: PlaceIntent,
    instrument: Instrument,
    lane: Lane,
    trigger: Trigger | undefined,
    anySize: boolean,
    replaces: string | undefined,
  ): Refusal | undefined {
    const { account, followed } = this.options;
    const { side, price, size } = intent;
    const worst = price ?? trigger?.price;
    if (worst === undefined) {
      const walked = walk(lane.matcher, side, size, followed, this.#protectionOf(lane, side));
      if (walked.size === 0) return { reason: 'no-liquidity', text: 'nothing is displayed on the other side' };
      const cost = anySize || isReducing(intent) ? undefined : checkCost(instrument, walked.notional);
      return cost ?? account.refusalOfWalk(instrument, intent, walked, size, replaces);
    }
    const unfunded = account.refusalOf(instrument, intent, worst, size, replaces);
    if (unfunded !== undefined) return unfunded;
    const { postOnly } = intent;
    return postOnly && isMarketable(lane.matcher, side, worst, followed) ? wouldTake() : undefined;
  }

  #protectionOf({ matcher }: Lane, side: Side): Ticks | undefined {
    const { marketProtection } = this.options;
    return marketProtection === undefined ? undefined : protectionOf(matcher, side, marketProtection);
  }

  /** Open orders of a pair, without one. */
  #openOn(lane: Lane, without: string | undefined): number {
    let count = 0;
    for (const order of this.#orders.values()) {
      if (order.open && order.lane === lane && order.clientOrderId !== without) count += 1;
    }
    return count;
  }

  #cancel(intent: CancelIntent, at: Micros, isBatched: boolean): void {
    const order = this.#orders.get(intent.clientOrderId);
    if (order !== undefined && order.instrument.symbol === intent.symbol) {
      if (order.open) {
        const { rate } = this.options;
        const age = micros(at - order.changedAt);
        const refusal = isBatched ? undefined : rate.refusalOf(intent.symbol, 'cancel', age, at);
        if (refusal !== undefined) return this.refuse(intent, at, refusal);
        rate.count(intent.symbol, 'cancel', age, at);
        return this.finish(order, 'requested', at);
      }
      // It has filled already where the strategy looks; the shadows that still wait hear the cancel too.
      this.#drop(order);
    }
    this.refuse(intent, at, unknownOrder(intent.clientOrderId));
  }

  /** Cancel and new in one: where the new order is refused, the old one stays. */
  #edit(command: EditCommand, at: Micros, lane: Lane): void {
    const { clientOrderId, confidence, newClientOrderId, price, reason, size, strategyId } = command;
    const order = this.#orders.get(clientOrderId);
    const state = order === undefined ? undefined : this.stateOf(order);
    if (order === undefined || state === undefined || !order.open || order.lane !== lane) {
      return this.#refuseEdit(command, at, unknownOrder(clientOrderId));
    }
    const { request } = order;
    const whole = size ?? order.size;
    if (
      request.close !== undefined ||
      order.isReleased ||
      (request.trigger !== undefined && order.trigger === undefined)
    ) {
      return this.#refuseEdit(
        command,
        at,
        invalid('an order that was triggered or has a closing order cannot be edited'),
      );
    }
    if (whole <= state.filled) {
      return this.#refuseEdit(command, at, invalid('more than the new size has traded already'));
    }
    const limit = price ?? order.price;
    const made = { strategyId, reason, confidence, clientOrderId: newClientOrderId, size: whole };
    this.#placeAsked({ ...request, ...made, price: limit }, at, lane, 'edit', order);
  }

  #refuseEdit(command: EditCommand, at: Micros, refusal: Refusal): void {
    this.options.rate.countRefused(command.symbol, 'edit', refusal, at);
    this.refuse(command, at, refusal);
  }

  /** A triggered order goes to the market, as any other one that arrives now. */
  #release(order: PaperOrder, at: Micros): void {
    if (!order.open || !order.isReleased) return;
    const { instrument, lane, request, side } = order;
    const { account, followed } = this.options;
    order.trigger = undefined;
    order.isReleased = false;
    order.arrivedAt = at;
    const refusal = checkStatus(lane.instrument ?? instrument, this.system, request);
    if (refusal !== undefined) return this.finish(order, refusal.reason, at);
    if (order.price === undefined) {
      const walked = walk(lane.matcher, side, order.size, followed, this.#protectionOf(lane, side));
      const unfunded = account.refusalOfWalk(instrument, request, walked, order.size, order.clientOrderId);
      this.holdFor(order, NOTHING);
      if (unfunded !== undefined) return this.finish(order, unfunded.reason, at);
    }
    this.work(order, at);
  }

  #expire(order: PaperOrder, at: Micros): void {
    order.expiry = undefined;
    if (!order.open) return this.#drop(order);
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
    if (!resting.isLive()) this.#drop(resting);
  }

  #closeFill(order: PaperOrder, state: QueueState, size: Lots): void {
    if (this.options.closeOrders === 'per-fill') this.#closes.push({ parent: order, size, count: state.fills });
    else if (state.remaining === 0) this.#closes.push({ parent: order, size: state.filled, count: 1 });
  }

  /** The same in the midst of a sweep, which must not trade past the position: what is to end does so after it. */
  #clip(trim: Trim, at: Micros): void {
    if (trim.keep > 0) this.#trim(trim, at);
    else clipStates(trim.order, trim.keep);
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
    this.#drop(order);
    return remaining;
  }

  #drop(order: PaperOrder): void {
    const { lane } = order;
    order.open = false;
    order.end();
    lane.matcher.own.remove(order);
    if (order.isParked) {
      lane.parked.remove(order);
      order.isReleased = false;
    }
    this.holdFor(order, NOTHING);
    this.#forget(order);
  }

  #forget(order: PaperOrder): void {
    this.#orders.delete(order.clientOrderId);
    this.#shadowOnly.delete(order);
    this.#reducing.remove(order);
    if (order.expiry !== undefined) order.lane.expiries.remove(order.expiry);
    order.expiry = undefined;
    order.place = undefined;
    this.#past.delete(order.clientOrderId);
    this.#past.set(order.clientOrderId, order);
    for (const oldest of this.#past.keys()) {
      if (this.#past.size <= MAX_PAST) return;
      this.#past.delete(oldest);
    }
  }

  /** Nobody cancels what only a shadow still holds, so the oldest of those end when there are too many. */
  #boundShadows(): void {
    for (const order of this.#shadowOnly) {
      if (this.#shadowOnly.size <= MAX_SHADOW_ONLY) return;
      this.#drop(order);
    }
  }
}

function isReducing({ orderType, reduceOnly }: PlaceIntent): boolean {
  return reduceOnly === true || orderType === 'settle-position';
}

function remainderOf({ price, timeInForce }: PaperOrder): string {
  if (price === undefined) return 'market-remainder';
  return timeInForce === 'fok' ? 'fok-unfilled' : 'ioc-remainder';
}

const NOTHING = lots(0);
const NO_AGE = micros(0);
/** The venue places what fills ask for however much was ordered. */
const admit = (): undefined => undefined;
/** Of nothing. */
const ANY_PRICE = ticks(0);
/** Most ended orders that are remembered. */
const MAX_PAST = 1_024;
/** Most orders that only shadows hold; beyond it the oldest end. */
const MAX_SHADOW_ONLY = 1_024;
