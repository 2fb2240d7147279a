import { lots, NO_LOTS } from '@kb/model';
import type { Lots, Micros } from '@kb/model';
import type { IdSource, LedgerEntry } from '../accounts/account.ts';
import { SimError } from '../errors.ts';
import type { DoneReason, OrderExtras } from '../matching/matcher.ts';
import type { AccountOrders } from './account-orders.ts';
import type { DueList } from './due-list.ts';
import { holdOf } from './funds.ts';
import { reducible } from './margin-cover.ts';
import type { Fact, MarketOrders } from './market-orders.ts';
import type { Amendable, Ending, OpenOrder } from './open-order.ts';
import { protectedPrice } from './order-terms.ts';
import type { Amend, OrderEvent } from './order.ts';
import { ENDED, invalid, REFUSED } from './texts.ts';

/** Hears what happens to an account, in order. The desk calls it at once, from inside its methods: do not call the desk from there. */
export interface AccountListener {
  onOrder(account: string, event: OrderEvent): void;
  onLedger(account: string, entry: LedgerEntry): void;
}

/** A fill whose order has a conditional close. */
export interface CloseToPlace {
  readonly primary: OpenOrder;
  readonly size: Lots;
}

export interface OrderFloorOptions {
  readonly ids: IdSource;
  readonly listener: AccountListener;
  readonly due: DueList;
  readonly marketOf: (symbol: string) => MarketOrders;
  readonly ownerOf: (account: string) => AccountOrders;
}

/**
 * The steps of an order's life once it is accepted: to the market, through its fills, to its end. Each step keeps account, hold, timers and
 * listener in agreement. What matchers tell is dealt with one by one, through `apply`: never while a matcher is at work.
 */
export class OrderFloor {
  /** Told by matchers, and not dealt with yet. */
  readonly facts: Fact[] = [];
  /** Conditional closes to be placed. */
  readonly closes: CloseToPlace[] = [];
  /** Accounts whose positions or margin orders changed: their resting margin orders must be looked at. */
  readonly repositioned: Set<AccountOrders> = new Set();
  readonly #ids: IdSource;
  readonly #listener: AccountListener;
  readonly #due: DueList;
  readonly #marketOf: (symbol: string) => MarketOrders;
  readonly #ownerOf: (account: string) => AccountOrders;

  constructor({ ids, listener, due, marketOf, ownerOf }: OrderFloorOptions) {
    this.#ids = ids;
    this.#listener = listener;
    this.#due = due;
    this.#marketOf = marketOf;
    this.#ownerOf = ownerOf;
  }

  tell(event: OrderEvent): void {
    this.#listener.onOrder(event.order.account, event);
  }

  /** The order is accepted. */
  receive(order: OpenOrder, at: Micros): void {
    order.id = this.#ids.next('O');
    this.#ownerOf(order.account).add(order);
    this.refreshHold(order);
    this.tell({ type: 'pending_new', order, at });
  }

  /** The order is open from now on, and expires at its time. What it waits for, or where it goes, comes next. */
  open(order: OpenOrder, at: Micros): void {
    order.stage = order.stageAtStart;
    order.status = 'open';
    order.openedAt = at;
    this.refreshHold(order);
    this.tell({ type: 'new', order, at });
    if (order.expireAt === undefined) return;
    order.due = this.#due.add(order.expireAt, (now) =>
      this.withdraw(order, { type: 'expired', reason: ENDED.expired }, now),
    );
  }

  /** Sends a live order to its market. */
  enter(order: OpenOrder, at: Micros): void {
    if (order.request.kind === 'settle-position') return this.#settlePosition(order, at);
    const size = this.#sizeToSend(order);
    if (size === 0) return this.end(order, { type: 'canceled', reason: ENDED.reduceOnly }, at);
    const orders = this.#marketOf(order.symbol);
    const { live, market } = orders;
    order.matcherId = market.orders.newOrderId();
    order.inMarket = size;
    order.entering = true;
    live.set(order.matcherId, order);
    const sent = orRefused(() => this.#send(order, size));
    if (sent !== undefined) return;
    orders.left(order);
    order.matcherId = 0;
    order.inMarket = NO_LOTS;
    this.end(order, { type: 'canceled', reason: invalid('volume') }, at);
  }

  /** What the order is sent to its matcher with. */
  extrasOf(order: OpenOrder): OrderExtras {
    const { listing, orders } = this.#marketOf(order.symbol).market;
    const { side, selfTrade = 'cancel_newest' } = order.request;
    const guarded = order.request.reduceOnly === true;
    const common = { owner: this.#ownerOf(order.account).owner, selfTrade, guarded };
    if (order.limitPrice === undefined) {
      const best = orders.best(side === 'buy' ? 'sell' : 'buy');
      return best === undefined ? common : { ...common, worstPrice: protectedPrice(best, side, listing) };
    }
    return order.displayQty === undefined ? common : { ...common, display: order.displayQty };
  }

  /**
   * Brings what an amend has changed to the matcher, if the order is there.
   * @returns `refused` by post-only · `too large` for the level · otherwise undefined.
   */
  amendInMarket(order: OpenOrder, postOnly: boolean): 'refused' | 'too large' | undefined {
    const { matcherId, limitPrice, displayQty } = order;
    if (matcherId === 0 || limitPrice === undefined) return undefined;
    const remaining = this.#sizeToSend(order);
    const { orders } = this.#marketOf(order.symbol).market;
    order.entering = true;
    const outcome = orRefused(() => orders.amend(matcherId, limitPrice, remaining, postOnly, displayQty));
    order.entering = false;
    if (outcome === undefined) return 'too large';
    if (outcome === 'refused') return 'refused';
    order.inMarket = remaining;
    return undefined;
  }

  /** Notes that an order was changed. @param before As it stood. */
  recordAmend(order: OpenOrder, type: 'user' | 'restated', before: Amendable, at: Micros): Amend {
    if (order.amends.length === 0) {
      const { qty, limitPrice } = before;
      const original = { type: 'original', at: order.receivedAt, qty, remaining: qty, limitPrice } as const;
      order.addAmend({ id: this.#ids.next('T'), ...original });
    }
    const { qty, remaining, limitPrice } = order;
    const amend: Amend = { id: this.#ids.next('T'), type, at, qty, remaining, limitPrice };
    order.addAmend(amend);
    return amend;
  }

  /** Leaves a resting order only that many lots: the exchange's own doing. */
  restate(order: OpenOrder, keep: Lots, reason: string, at: Micros): void {
    const before = order.change({ ...order.amendable, qty: lots(order.filled + keep) });
    if (keep < order.inMarket) this.amendInMarket(order, false);
    this.recordAmend(order, 'restated', before, at);
    this.refreshHold(order);
    this.tell({ type: 'restated', order, at, reason });
  }

  /** Takes an order from wherever it is. One in the matcher ends when the matcher's word is dealt with. */
  withdraw(order: OpenOrder, ending: Ending, at: Micros): void {
    const { market, live } = this.#marketOf(order.symbol);
    if (order.stage === 'over') return;
    if (live.has(order.matcherId)) {
      order.ending = ending;
      market.orders.cancel(order.matcherId);
    } else {
      this.end(order, ending, at);
    }
  }

  /** The order is over. @param ending `undefined` when it has traded wholly. */
  end(order: OpenOrder, ending: Ending | undefined, at: Micros): void {
    this.#marketOf(order.symbol).triggersOf(order).remove(order);
    this.#due.remove(order.due);
    order.due = undefined;
    order.stage = 'over';
    order.status = ending === undefined ? 'closed' : ending.type;
    order.reason = ending?.reason;
    order.closedAt = at;
    this.refreshHold(order);
    const owner = this.#ownerOf(order.account);
    owner.close(order);
    // What it would have closed is left for others.
    if (order.leverage > 0) this.repositioned.add(owner);
    this.tell(ending === undefined ? { type: 'filled', order, at } : { ...ending, order, at });
  }

  refreshHold(order: OpenOrder): void {
    const { asset, amount } = holdOf(order);
    this.#ownerOf(order.account).account.hold(order.id, asset, amount);
  }

  /** Deals with one thing that a matcher told. */
  apply(fact: Fact, at: Micros): void {
    switch (fact.type) {
      case 'trade':
        return this.#bookFill(fact, at);
      case 'refill':
        return this.tell({ type: 'iceberg_refill', order: fact.order, at });
      case 'cut':
        fact.order.inMarket = fact.keep;
        return this.restate(fact.order, fact.keep, ENDED.reduceOnly, at);
      case 'done':
        return this.#leaveMarket(fact.order, fact.reason, at);
    }
  }

  /** Positions of the account changed: what is due for them, and its reduce-only orders, may have changed too. */
  watchPositions(owner: AccountOrders): void {
    this.repositioned.add(owner);
    const next = owner.account.nextRolloverAt;
    if (owner.rollover?.at === next) return;
    this.#due.remove(owner.rollover);
    owner.rollover = next === undefined ? undefined : this.#due.add(next, (now) => this.#rollOver(owner, now));
  }

  #send(order: OpenOrder, size: Lots): true {
    const { orders } = this.#marketOf(order.symbol).market;
    const { side, timeInForce, postOnly = false } = order.request;
    const extras = this.extrasOf(order);
    if (order.limitPrice === undefined) {
      orders.market(order.matcherId, side, size, extras);
    } else {
      const inForce = timeInForce === 'ioc' || timeInForce === 'fok' ? timeInForce : 'gtc';
      orders.limit(order.matcherId, side, order.limitPrice, size, inForce, postOnly, extras);
    }
    return true;
  }

  /** A reduce-only order goes no further than the position. */
  #sizeToSend(order: OpenOrder): Lots {
    if (order.request.reduceOnly !== true) return order.remaining;
    const owner = this.#ownerOf(order.account);
    this.repositioned.add(owner);
    return lots(Math.min(order.remaining, reducible(owner, order)));
  }

  #settlePosition(order: OpenOrder, at: Micros): void {
    const owner = this.#ownerOf(order.account);
    const wanted = lots(Math.min(order.remaining, reducible(owner, order)));
    const { settled, entries } = owner.account.settle(order.listing, order.request.side, wanted, at);
    order.filled = lots(order.filled + settled);
    for (const entry of entries) this.#listener.onLedger(order.account, entry);
    this.watchPositions(owner);
    if (order.remaining === 0) return this.end(order, undefined, at);
    const reason = settled < wanted ? REFUSED.funds : ENDED.reduceOnly;
    this.end(order, { type: 'canceled', reason }, at);
  }

  #bookFill(fact: Fact & { readonly type: 'trade' }, at: Micros): void {
    const { order, tradeId, price, size, liquidity } = fact;
    const owner = this.#ownerOf(order.account);
    const { side, feeIn = 'quote', conditional } = order.request;
    const { fill, entries } = owner.account.book({
      tradeId,
      orderId: order.id,
      listing: order.listing,
      at,
      side,
      price,
      size,
      liquidity,
      feeIn,
      leverage: order.leverage,
    });
    order.inMarket = lots(order.inMarket - size);
    order.addFill(fill);
    this.refreshHold(order);
    this.tell({ type: 'trade', order, at, fill });
    for (const entry of entries) this.#listener.onLedger(order.account, entry);
    if (order.leverage > 0) this.watchPositions(owner);
    if (conditional !== undefined) this.closes.push({ primary: order, size });
  }

  #leaveMarket(order: OpenOrder, reason: DoneReason, at: Micros): void {
    this.#marketOf(order.symbol).left(order);
    order.matcherId = 0;
    order.inMarket = NO_LOTS;
    this.end(order, endingOf(order, reason), at);
  }

  #rollOver(owner: AccountOrders, at: Micros): void {
    owner.rollover = undefined;
    for (const entry of owner.account.rollover(at)) this.#listener.onLedger(owner.account.name, entry);
    this.watchPositions(owner);
  }
}

/** What the matcher's word means to the owner; `undefined`: traded wholly. */
function endingOf(order: OpenOrder, reason: DoneReason): Ending | undefined {
  switch (reason) {
    case 'filled':
      // A reduce-only order was sent with less than it asked for.
      return order.remaining === 0 ? undefined : { type: 'canceled', reason: ENDED.reduceOnly };
    case 'cancelled':
      return order.ending;
    case 'refused':
      return { type: 'canceled', reason: ENDED.postOnly };
    case 'self-trade':
      return { type: 'canceled', reason: ENDED.selfTrade };
    case 'unfilled':
      return { type: 'canceled', reason: unfilledReason(order) };
  }
}

function unfilledReason({ request, limitPrice }: OpenOrder): string {
  if (limitPrice === undefined) return ENDED.noLiquidity;
  return request.timeInForce === 'fok' ? ENDED.fillOrKill : ENDED.immediate;
}

/** `undefined` where the matcher cannot hold the order: a level would have more lots than can be counted. Nothing has happened then. */
function orRefused<Outcome>(send: () => Outcome): Outcome | undefined {
  try {
    return send();
  } catch (error) {
    if (error instanceof SimError && error.code === 'KB_SIM_BAD_ORDER') return undefined;
    throw error;
  }
}
