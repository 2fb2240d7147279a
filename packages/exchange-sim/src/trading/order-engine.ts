import { lots, lotsToQty, NO_LOTS, opposite } from '@kb/model';
import type { InstrumentStatus, Lots, Micros, SystemStatus } from '@kb/model';
import type { OrderCounter } from '../access/rate-counters.ts';
import type { Account, IdSource, Position } from '../accounts/account.ts';
import { MARGIN_STOP_PERCENT } from '../accounts/margin-refusal.ts';
import { Money, ZERO } from '../accounts/money.ts';
import { SimError } from '../errors.ts';
import { AccountOrders } from './account-orders.ts';
import { accept } from './answer.ts';
import type { Answer } from './answer.ts';
import { DueList } from './due-list.ts';
import { fundsRefusal, holdOf } from './funds.ts';
import { leftToClose, openingsOf, reducible } from './margin-cover.ts';
import { MarketOrders } from './market-orders.ts';
import type { DeskMarket } from './market-orders.ts';
import { mayRest, opening, OpenOrder } from './open-order.ts';
import type { OrderOrigin } from './open-order.ts';
import { OrderFloor } from './order-floor.ts';
import type { AccountListener, CloseToPlace } from './order-floor.ts';
import { hasLimit, statusRefusal, trails } from './order-kinds.ts';
import { affordableFor, termsOf } from './order-terms.ts';
import type { OrderContext, OrderTerms } from './order-terms.ts';
import type { OrderRequest } from './order.ts';
import { trailingPrice } from './price-spec.ts';
import { excessOf } from './reduce-only.ts';
import { ENDED, REFUSED } from './texts.ts';

export interface OrderDeskOptions {
  readonly markets: ReadonlyMap<string, DeskMarket>;
  readonly accounts: ReadonlyMap<string, Account>;
  /** Trading counters by account name. */
  readonly counters: ReadonlyMap<string, OrderCounter>;
  readonly ids: IdSource;
  readonly system: () => SystemStatus;
  readonly listener: AccountListener;
}

/** Statuses of a pair in which orders trade. */
const MATCHING: ReadonlySet<InstrumentStatus> = new Set<InstrumentStatus>(['online', 'limit_only', 'reduce_only']);

/**
 * What moves orders once they are accepted: fills are booked, conditional closes placed, reduce-only orders trimmed, triggers fired,
 * accounts without margin liquidated, each as the consequence of the one before, until nothing more follows.
 */
export class OrderEngine {
  readonly markets: ReadonlyMap<string, MarketOrders>;
  readonly floor: OrderFloor;
  readonly due: DueList = new DueList();
  readonly system: () => SystemStatus;
  readonly #owners: ReadonlyMap<string, AccountOrders>;
  #lastNumber = 0;
  /** Whether prices have moved since all accounts had margin enough, or could not be helped. */
  #mayBeShort = false;
  /** Triggered, told so, and not sent yet. */
  readonly #fired: OpenOrder[] = [];

  /** @throws SimError `KB_SIM_BAD_OPTION`: an account without a counter. */
  constructor({ markets, accounts, counters, ids, system, listener }: OrderDeskOptions) {
    this.system = system;
    this.floor = new OrderFloor({
      ids,
      listener,
      due: this.due,
      marketOf: (symbol) => this.marketOf(symbol),
      ownerOf: (account) => this.ownerOf(account),
    });
    this.markets = new Map(
      Array.from(markets, ([symbol, market]) => {
        const positionOf = (account: string): Lots => this.ownerOf(account).account.openPosition(symbol);
        return [symbol, new MarketOrders(symbol, market, this.floor.facts, positionOf)];
      }),
    );
    const owners = new Map<string, AccountOrders>();
    for (const [name, account] of accounts) {
      const counter = counters.get(name);
      if (counter === undefined) throw new SimError('KB_SIM_BAD_OPTION', `Account ${name} has no order counter`);
      owners.set(name, new AccountOrders(account, counter, owners.size + 1));
    }
    this.#owners = owners;
  }

  /** @throws SimError `KB_SIM_BAD_OPTION`: no such account. */
  ownerOf(account: string): AccountOrders {
    const owner = this.#owners.get(account);
    if (owner === undefined) throw new SimError('KB_SIM_BAD_OPTION', `There is no account ${account}`);
    return owner;
  }

  /** @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  marketOf(symbol: string): MarketOrders {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `There is no market ${symbol}`);
    return market;
  }

  /** Everybody's open orders of a pair, account by account, oldest first. */
  openIn(symbol: string): OpenOrder[] {
    return [...this.#owners.values()].flatMap(({ open }) => open.filter((order) => order.symbol === symbol));
  }

  /** What a request of that account is judged by. */
  contextOf(owner: AccountOrders, { symbol, market }: MarketOrders): OrderContext {
    const { listing, orders } = market;
    return {
      listing,
      prices: market,
      system: this.system(),
      position: owner.account.openPosition(symbol),
      affordable: (budget) => affordableFor(budget, orders, listing, owner.owner),
    };
  }

  /** The order of these terms, not accepted yet. @param replaced An order that will be gone when it comes. */
  draft(
    owner: AccountOrders,
    terms: OrderTerms,
    at: Micros,
    from: Partial<OrderOrigin> = {},
    replaced?: OpenOrder,
  ): OpenOrder {
    const { listing, request } = terms;
    const { symbol } = listing.instrument;
    const { market } = this.marketOf(symbol);
    const { account } = owner;
    this.#lastNumber += 1;
    return new OpenOrder(terms, {
      account: account.name,
      number: this.#lastNumber,
      at,
      feePercent: Money.max(account.feePercent(listing, 'maker', at), account.feePercent(listing, 'taker', at), 0),
      closable: this.#closable(owner, terms, at, replaced),
      seenPrice: market.orders.best(opposite(request.side)) ?? market.last(),
      refId: undefined,
      liquidated: false,
      ...from,
    });
  }

  /** What closes at once, or waits, is judged by the position; what rests, by what others that rest leave of it. */
  #closable(owner: AccountOrders, terms: OrderTerms, at: Micros, replaced: OpenOrder | undefined): Lots {
    if (terms.leverage === 0) return NO_LOTS;
    const closing = { symbol: terms.listing.instrument.symbol, request: terms.request };
    if (!mayRest(terms, at)) return reducible(owner, closing);
    return leftToClose(
      owner,
      closing,
      owner.open.filter((other) => other !== replaced),
    );
  }

  /** Why the account may not have that order, or `undefined`: its own hold does not count. */
  refusalOf(owner: AccountOrders, order: OpenOrder): string | undefined {
    const { account } = owner;
    const { asset, amount } = holdOf(order);
    const isOpen = order.id !== '';
    if (isOpen) account.hold(order.id, asset, ZERO);
    const { orders } = this.marketOf(order.symbol).market;
    const refusal = fundsRefusal(order, account, orders, this.floor.extrasOf(order));
    if (isOpen) account.hold(order.id, asset, amount);
    return refusal;
  }

  /** Takes an order that nothing speaks against. */
  take(order: OpenOrder, at: Micros): void {
    this.floor.receive(order, at);
    const { effectiveAt } = order.request;
    if (order.stage === 'scheduled' && effectiveAt !== undefined) {
      order.due = this.due.add(effectiveAt, (now) => this.#start(order, now));
    } else {
      this.#open(order, at);
    }
  }

  /** Follows up everything that happened by then. */
  settle(at: Micros): void {
    const { facts, closes } = this.floor;
    for (;;) {
      if (facts.length > 0) this.#applyFacts(at);
      else if (closes.length > 0) this.#placeCloses(at);
      else if (!this.#followPositions(at) && !this.#fireNext(at) && !this.#liquidate(at)) return;
    }
  }

  /** Does what is due by itself by then. */
  runDue(at: Micros): void {
    this.settle(at);
    for (let due = this.due.take(at); due !== undefined; due = this.due.take(at)) {
      due.run(at);
      this.settle(at);
    }
  }

  #open(order: OpenOrder, at: Micros): void {
    this.floor.open(order, at);
    if (order.stage === 'waiting') this.marketOf(order.symbol).addTrigger(order);
    else this.floor.enter(order, at);
  }

  /** The time of a scheduled order has come. */
  #start(order: OpenOrder, at: Micros): void {
    order.due = undefined;
    const { market } = this.marketOf(order.symbol);
    const { trigger, request } = order;
    const seen = trigger?.reference === 'index' ? market.index() : market.last();
    if (trigger !== undefined && trails(request.kind) && seen !== undefined) {
      // It follows the price from its start on.
      const price = trailingPrice(trigger.asked, seen, request.side, order.listing.instrument);
      order.trigger = { ...trigger, peak: seen, price: price ?? trigger.price };
    }
    const bought = this.#sizeAtStart(order, at);
    if (bought.ok) order.qty = bought.value;
    order.stage = order.stageAtStart;
    const refusal = !bought.ok ? bought.error : order.stage === 'live' ? this.#refusalNow(order) : undefined;
    if (refusal === undefined) this.#open(order, at);
    else this.floor.end(order, { type: 'canceled', reason: refusal }, at);
  }

  /** Money buys what it buys when the order starts; its deadline was for accepting it. */
  #sizeAtStart({ request, symbol, account, qty }: OpenOrder, at: Micros): Answer<Lots> {
    if (request.cashQty === undefined) return accept(qty);
    const { deadline: _met, ...asked } = request;
    const terms = termsOf(asked, at, this.contextOf(this.ownerOf(account), this.marketOf(symbol)));
    return terms.ok ? accept(terms.value.qty) : terms;
  }

  /** Why an order that was accepted before may not go to the market now. */
  #refusalNow(order: OpenOrder): string | undefined {
    const { listing } = this.marketOf(order.symbol).market;
    const owner = this.ownerOf(order.account);
    order.opens = opening(order, order.remaining, reducible(owner, order));
    return statusRefusal(this.system(), listing.instrument.status, order.request) ?? this.refusalOf(owner, order);
  }

  #applyFacts(at: Micros): void {
    // Dealing with a fact sends nothing to a matcher, so there are no more of them meanwhile.
    for (const fact of this.floor.facts.splice(0)) this.floor.apply(fact, at);
  }

  #placeCloses(at: Micros): void {
    for (const close of this.floor.closes.splice(0)) this.#placeClose(close, at);
  }

  /** A close that is not allowed is placed all the same, and cancelled with the reason: its owner must know. */
  #placeClose({ primary, size }: CloseToPlace, at: Micros): void {
    const owner = this.ownerOf(primary.account);
    const market = this.marketOf(primary.symbol);
    const request = closeRequest(primary, size);
    if (request === undefined) return;
    const terms = termsOf(request, at, { ...this.contextOf(owner, market), anySize: true });
    const { listing, leverage } = primary;
    const order = this.draft(
      owner,
      terms.ok
        ? terms.value
        : {
            request,
            listing,
            leverage,
            qty: size,
            limitPrice: undefined,
            displayQty: undefined,
            trigger: undefined,
            expireAt: undefined,
          },
      at,
      { refId: primary.id },
    );
    const isFull = owner.openIn(primary.symbol) >= owner.counter.mostOpenOrders;
    const refusal = terms.ok ? (isFull ? REFUSED.openOrders : this.refusalOf(owner, order)) : terms.error;
    if (refusal === undefined) return this.take(order, at);
    this.floor.receive(order, at);
    this.floor.end(order, { type: 'canceled', reason: refusal }, at);
  }

  /**
   * Brings resting margin orders in line with positions that have changed: reduce-only ones go no further than them, and others have margin
   * for what they would open. @returns Whether anything was done.
   */
  #followPositions(at: Micros): boolean {
    const { repositioned } = this.floor;
    if (repositioned.size === 0) return false;
    const trims = [...repositioned].flatMap((owner) => excessOf(owner));
    for (const { order, keep } of trims) {
      if (keep > 0) this.floor.restate(order, keep, ENDED.reduceOnly, at);
      else this.floor.withdraw(order, { type: 'canceled', reason: ENDED.reduceOnly }, at);
    }
    // What the trimmed ones leave is known when they are dealt with.
    if (trims.length > 0) return true;
    const owners = [...repositioned];
    repositioned.clear();
    let isAnyEnded = false;
    for (const owner of owners) if (this.#coverOpenings(owner, at)) isAnyEnded = true;
    return isAnyEnded;
  }

  /**
   * Lets resting orders hold the initial margin of what they would open by now. One that would open even by itself, and has no margin for it,
   * is cancelled. @returns Whether one was.
   */
  #coverOpenings(owner: AccountOrders, at: Micros): boolean {
    let isAnyEnded = false;
    for (const { order, opens } of openingsOf(owner)) {
      const grows = opens > order.opens;
      order.opens = opens;
      this.floor.refreshHold(order);
      if (!grows || order.remaining <= reducible(owner, order)) continue;
      const reason = this.refusalOf(owner, order);
      if (reason === undefined) continue;
      this.floor.withdraw(order, { type: 'canceled', reason }, at);
      isAnyEnded = true;
    }
    return isAnyEnded;
  }

  /** Tells of all orders whose triggers were reached, then sends them one by one. @returns Whether anything was done. */
  #fireNext(at: Micros): boolean {
    const onMoved = (moved: OpenOrder): void => this.#trail(moved, at);
    for (const market of this.markets.values()) {
      for (const order of market.fired(onMoved)) this.#fire(order, at);
    }
    const order = this.#fired.shift();
    if (order === undefined) return false;
    if (order.stage !== 'waiting') return true;
    order.stage = 'live';
    const noPrice = hasLimit(order.request.kind) && order.limitPrice === undefined ? REFUSED.price : undefined;
    const refusal = noPrice ?? this.#refusalNow(order);
    if (refusal === undefined) this.floor.enter(order, at);
    else this.floor.end(order, { type: 'canceled', reason: refusal }, at);
    return true;
  }

  #fire(order: OpenOrder, at: Micros): void {
    const { stage, trigger } = order;
    if (stage !== 'waiting' || trigger === undefined) return;
    order.trigger = { ...trigger, triggered: true, triggeredAt: at };
    order.limitPrice ??= order.limitFrom(trigger.price);
    this.floor.refreshHold(order);
    this.floor.tell({ type: 'status', order, at });
    this.#fired.push(order);
  }

  #trail(order: OpenOrder, at: Micros): void {
    this.floor.refreshHold(order);
    this.floor.tell({ type: 'status', order, at });
  }

  /**
   * Closes positions of accounts whose margin level has fallen to the stop, at the market, after their open margin orders are cancelled: pair
   * by pair, each wholly, the one with the oldest position first, until the level is above the stop again. (How much Kraken closes is
   * UNCONFIRMED.) Looks when something has traded; what finds no liquidity is tried again then.
   * @returns Whether anything was done.
   */
  #liquidate(at: Micros): boolean {
    for (const market of this.markets.values()) {
      if (market.traded) this.#mayBeShort = true;
      market.traded = false;
    }
    if (!this.#mayBeShort) return false;
    for (const owner of this.#owners.values()) {
      if (owner.account.positions.length === 0) continue;
      if (owner.account.marginLevel()?.lte(MARGIN_STOP_PERCENT) !== true) continue;
      if (this.#cancelMarginOrders(owner, at) || this.#closePosition(owner, at)) return true;
    }
    this.#mayBeShort = false;
    return false;
  }

  #cancelMarginOrders(owner: AccountOrders, at: Micros): boolean {
    const onMargin = owner.open.filter(({ leverage }) => leverage > 0);
    for (const order of onMargin) this.floor.withdraw(order, { type: 'canceled', reason: ENDED.liquidation }, at);
    return onMargin.length > 0;
  }

  /** Closes what is open in the first pair that trades. */
  #closePosition(owner: AccountOrders, at: Micros): boolean {
    for (const position of owner.account.positions) {
      const market = this.markets.get(position.symbol);
      if (market === undefined || !this.#canTrade(market, position)) continue;
      this.take(this.draft(owner, liquidationTerms(position, market, owner), at, { liquidated: true }), at);
      return true;
    }
    return false;
  }

  #canTrade({ market }: MarketOrders, { side }: Position): boolean {
    const { status } = market.listing.instrument;
    return this.system() === 'online' && MATCHING.has(status) && market.orders.best(side) !== undefined;
  }
}

/** The order that closes a fill of the primary: of its size, on the other side. */
function closeRequest(primary: OpenOrder, size: Lots): OrderRequest | undefined {
  const { request, symbol, listing, leverage } = primary;
  const { conditional, side, triggerReference, selfTrade, userref } = request;
  if (conditional === undefined) return undefined;
  const { kind, limitPrice, trigger } = conditional;
  return {
    symbol,
    side: opposite(side),
    kind,
    qty: lotsToQty(listing.instrument, size),
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(triggerReference === undefined ? {} : { triggerReference }),
    ...(selfTrade === undefined ? {} : { selfTrade }),
    ...(userref === undefined ? {} : { userref }),
    ...(leverage === 0 ? {} : { leverage }),
  };
}

function liquidationTerms(position: Position, { symbol, market }: MarketOrders, owner: AccountOrders): OrderTerms {
  const { leverage } = position;
  const side = opposite(position.side);
  const qty = lots(Math.abs(owner.account.openPosition(symbol)));
  const { listing } = market;
  return {
    request: {
      symbol,
      side,
      kind: 'market',
      qty: lotsToQty(listing.instrument, qty),
      timeInForce: 'gtc',
      selfTrade: 'cancel_oldest',
      feeIn: 'quote',
      leverage,
      reduceOnly: true,
    },
    listing,
    qty,
    limitPrice: undefined,
    displayQty: undefined,
    trigger: undefined,
    leverage,
    expireAt: undefined,
  };
}
