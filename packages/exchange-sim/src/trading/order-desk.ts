import { micros, SECOND } from '@kb/model';
import type { InstrumentStatus, Micros } from '@kb/model';
import type { TradingCall } from '../access/rate-counters.ts';
import { ZERO } from '../accounts/money.ts';
import type { MatcherSink, OrderGuard } from '../matching/matcher.ts';
import type { AccountOrders } from './account-orders.ts';
import { amendedTerms } from './amend-terms.ts';
import { accept, refuse } from './answer.ts';
import type { Answer } from './answer.ts';
import { holdOf } from './funds.ts';
import type { OpenOrder } from './open-order.ts';
import { leftToClose, reducible } from './margin-cover.ts';
import { OrderEngine } from './order-engine.ts';
import type { OrderDeskOptions } from './order-engine.ts';
import { statusRefusal } from './order-kinds.ts';
import { termsOf } from './order-terms.ts';
import type { OrderTerms } from './order-terms.ts';
import type { AmendRequest, EditRequest, Order, OrderRef, OrderRequest } from './order.ts';
import { ENDED, invalid, REFUSED } from './texts.ts';

export type { Answer } from './answer.ts';
export type { DeskMarket } from './market-orders.ts';
export type { OrderDeskOptions } from './order-engine.ts';
export type { AccountListener } from './order-floor.ts';

const SMALLEST_BATCH = 2;
const LARGEST_BATCH = 15;
const LARGEST_CANCEL_BATCH = 50;
/** Seconds: the dead man's switch fires within a day. */
const LONGEST_TIMEOUT = 86_400;

/**
 * Where clients' orders are received, checked, kept and watched over: everything between a protocol and the matchers. Time comes
 * in with each call (venue time, never falling); what is due by itself (expiry, dead man's switch, scheduled starts, rollovers)
 * is done by `runDue`, which the exchange calls when `nextAt` has come.
 *
 * A client's mistake is answered with the text that Kraken has for it; how the rules are ordered is told at `termsOf`, `amendedTerms` and
 * `place`. After each call everything that follows from it has been done and told to the listener, in order. For one order that is
 * `pending_new`, `new`, then any of `trade`, `iceberg_refill`, `status`, `amended` and `restated`, then one of `filled`, `canceled` and
 * `expired`. An order that waits for its trigger is `new` already; one that is scheduled becomes so at its start.
 *
 * Bounded: open orders by the limit of the account's tier, closed ones by `CLOSED_LIMIT` an account.
 */
export class OrderDesk {
  readonly #engine: OrderEngine;

  /** @throws SimError `KB_SIM_BAD_OPTION`: an account without a counter. All methods: `KB_SIM_BAD_OPTION` for no such account. */
  constructor(options: OrderDeskOptions) {
    this.#engine = new OrderEngine(options);
  }

  /**
   * Places an order. The call is charged to the rate counter whatever the answer; then the request itself is judged (`termsOf`), then in this
   * order a `cl_ord_id` that is in use, rate limit, limit of open orders, funds.
   * @returns The order, which may have traded or ended already; with `validateOnly` one that was only checked and has no id.
   */
  place(account: string, request: OrderRequest, at: Micros): Answer<Order> {
    const owner = this.#enter(account, at);
    const validateOnly = request.validateOnly === true;
    const limited = validateOnly ? undefined : this.#charge(owner, request.symbol, 'add', [], 1, at);
    const terms = this.#termsOf(owner, request, at);
    if (!terms.ok) return terms;
    if (limited !== undefined) return refuse(limited);
    const answer = this.#admit(owner, terms.value, validateOnly, at);
    this.#engine.settle(at);
    return answer;
  }

  /** One symbol, 2 to 15 orders; a request that fails validation fails the batch, one that fails limits or funding only itself. */
  placeBatch(account: string, requests: readonly OrderRequest[], at: Micros): Answer<readonly Answer<Order>[]> {
    const owner = this.#enter(account, at);
    const [first] = requests;
    const validateOnly = requests.some((request) => request.validateOnly === true);
    if (first === undefined || requests.length < SMALLEST_BATCH || requests.length > LARGEST_BATCH) {
      return refuse(invalid('orders'));
    }
    const { symbol } = first;
    if (requests.some((request) => request.symbol !== symbol)) return refuse(invalid('pair'));
    const limited = validateOnly ? undefined : this.#charge(owner, symbol, 'batch-add', [], requests.length, at);
    const accepted: OrderTerms[] = [];
    for (const request of requests) {
      const terms = this.#termsOf(owner, request, at, { before: accepted });
      if (!terms.ok) return terms;
      accepted.push(terms.value);
    }
    if (limited !== undefined) return refuse(limited);
    const answers = accepted.map(({ request }) => {
      // Those before it may have traded since: it is judged by what is there when its turn comes.
      const terms = this.#termsOf(owner, request, at);
      const answer = terms.ok ? this.#admit(owner, terms.value, validateOnly, at) : terms;
      this.#engine.settle(at);
      return answer;
    });
    return accept(answers);
  }

  /**
   * Changes an order in place: its id and its fills stay. A smaller quantity keeps its place in the queue, a new price or a larger quantity
   * goes to the back (Kraken says "where possible": UNCONFIRMED). Checked in this order: unknown order, deadline, status, `amendedTerms`,
   * rate limit, funds (only for what needs more of them), post-only.
   */
  amend(
    account: string,
    ref: OrderRef,
    request: AmendRequest,
    at: Micros,
  ): Answer<{ readonly amendId: string; readonly order: Order }> {
    const owner = this.#enter(account, at);
    const [order] = owner.findOpen(ref);
    if (order === undefined) return refuse(REFUSED.unknownOrder);
    return this.#charging(owner, order, 'amend', at, (limited) => this.#amend(owner, order, request, limited, at));
  }

  #amend(
    owner: AccountOrders,
    order: OpenOrder,
    request: AmendRequest,
    limited: string | undefined,
    at: Micros,
  ): Answer<{ readonly amendId: string; readonly order: Order }> {
    const { market } = this.#engine.marketOf(order.symbol);
    if (request.deadline !== undefined && request.deadline < at) return refuse(REFUSED.deadline);
    const postOnly = request.postOnly === true || order.request.postOnly === true;
    const { system } = this.#engine;
    const closed = statusRefusal(system(), market.listing.instrument.status, { ...order.request, postOnly });
    if (closed !== undefined) return refuse(closed);
    const closable =
      order.matcherId === 0 ? reducible(owner, order) : leftToClose(owner, order, olderThan(owner, order));
    const terms = amendedTerms(order, request, { listing: market.listing, prices: market, closable });
    if (!terms.ok) return terms;
    if (limited !== undefined) return refuse(limited);
    const answer = this.#change(owner, order, terms.value, postOnly, at);
    this.#engine.settle(at);
    return answer;
  }

  /**
   * Legacy edit: cancels and places anew, or leaves all as it is where the new order is refused. What is left out is as it was; a quantity
   * left out is what remained, or the money that it was to buy for. Times stay, and are not judged again. Orders that have triggered, have a conditional close or a `cl_ord_id` cannot be edited.
   */
  edit(
    account: string,
    ref: OrderRef,
    request: EditRequest,
    at: Micros,
  ): Answer<{ readonly order: Order; readonly original: Order }> {
    const owner = this.#enter(account, at);
    const [original] = owner.findOpen(ref);
    if (original === undefined) return refuse(REFUSED.unknownOrder);
    if (request.symbol !== original.symbol) return refuse(invalid('pair'));
    const carryOut = (limited: string | undefined): Answer<{ readonly order: Order; readonly original: Order }> =>
      this.#edit(owner, original, request, limited, at);
    return request.validateOnly === true ? carryOut(undefined) : this.#charging(owner, original, 'edit', at, carryOut);
  }

  #edit(
    owner: AccountOrders,
    original: OpenOrder,
    request: EditRequest,
    limited: string | undefined,
    at: Micros,
  ): Answer<{ readonly order: Order; readonly original: Order }> {
    const validateOnly = request.validateOnly === true;
    const { clOrdId, conditional } = original.request;
    if (clOrdId !== undefined || conditional !== undefined || original.trigger?.triggered === true) {
      return refuse(REFUSED.notEditable);
    }
    const terms = this.#termsOf(owner, edited(original, request), at, { keepsTimes: true });
    if (!terms.ok) return terms;
    if (request.qty !== undefined && terms.value.qty < original.filled) return refuse(invalid('volume'));
    if (limited !== undefined) return refuse(limited);

    const order = this.#engine.draft(owner, terms.value, at, {}, original);
    const refusal = this.#refusalWithout(original, owner, order);
    if (refusal !== undefined) return refuse(refusal);
    if (!validateOnly) {
      this.#engine.floor.withdraw(original, { type: 'canceled', reason: ENDED.replaced }, at);
      this.#engine.settle(at);
      this.#engine.take(order, at);
      this.#engine.settle(at);
    }
    return accept({ order, original });
  }

  /** One order, or all with the userref. @returns The orders that were cancelled. */
  cancel(account: string, ref: OrderRef, at: Micros): Answer<readonly Order[]> {
    const owner = this.#enter(account, at);
    if (this.#isDown) return refuse(REFUSED.unavailable);
    const orders = owner.findOpen(ref);
    if (orders.length === 0) return refuse(REFUSED.unknownOrder);
    const limited = this.#chargeEach(owner, 'cancel', orders, at);
    if (limited !== undefined) return refuse(limited);
    this.#withdraw(orders, ENDED.user, at);
    return accept(orders);
  }

  /** At most 50. Those that are not open are passed over; never refused by the rate limit. */
  cancelBatch(account: string, refs: readonly OrderRef[], at: Micros): Answer<{ readonly count: number }> {
    const owner = this.#enter(account, at);
    if (this.#isDown) return refuse(REFUSED.unavailable);
    if (refs.length === 0 || refs.length > LARGEST_CANCEL_BATCH) return refuse(invalid('orders'));
    const orders = [...new Set(refs.flatMap((ref) => owner.findOpen(ref)))];
    this.#chargeEach(owner, 'batch-cancel', orders, at);
    this.#withdraw(orders, ENDED.user, at);
    return accept({ count: orders.length });
  }

  /** Never refused by the rate limit. */
  cancelAll(account: string, at: Micros): Answer<{ readonly count: number }> {
    const owner = this.#enter(account, at);
    if (this.#isDown) return refuse(REFUSED.unavailable);
    const orders = owner.open;
    this.#chargeEach(owner, 'cancel-all', orders, at);
    this.#withdraw(orders, ENDED.user, at);
    return accept({ count: orders.length });
  }

  /**
   * The dead man's switch: one timer an account, set anew with each call, off once it has fired. What falls due while the system is down
   * happens when it is back. Not charged (UNCONFIRMED: a count per pair cannot tell).
   * @param seconds 0 disarms. @returns When it fires; `undefined` when disarmed.
   */
  cancelAllAfter(account: string, seconds: number, at: Micros): Answer<{ readonly triggerAt: Micros | undefined }> {
    const owner = this.#enter(account, at);
    if (this.#isDown) return refuse(REFUSED.unavailable);
    if (!Number.isInteger(seconds) || seconds < 0 || seconds >= LONGEST_TIMEOUT) return refuse(invalid('timeout'));
    const { due } = this.#engine;
    due.remove(owner.deadMan);
    owner.deadMan = undefined;
    if (seconds === 0) return accept({ triggerAt: undefined });
    const triggerAt = micros(at + seconds * SECOND);
    owner.deadMan = due.add(triggerAt, (now) => {
      owner.deadMan = undefined;
      this.#withdraw(owner.open, ENDED.deadMan, now);
    });
    return accept({ triggerAt });
  }

  /** An open order, or the latest that is over. */
  order(account: string, ref: OrderRef): Order | undefined {
    return this.#engine.ownerOf(account).find(ref);
  }

  /** Oldest first. */
  openOrders(account: string): readonly Order[] {
    return this.#engine.ownerOf(account).open;
  }

  /** Newest first, bounded. */
  closedOrders(account: string): readonly Order[] {
    return this.#engine.ownerOf(account).closed;
  }

  /**
   * The sink to be joined into the matcher's own: what a market's trades and endings mean for clients' orders; and the matcher's guard,
   * which keeps reduce-only orders from turning a position.
   */
  sinkOf(
    symbol: string,
  ): Pick<MatcherSink, 'onTrade' | 'onDone' | 'onQueued' | 'onResized' | 'onUnqueued'> & OrderGuard {
    return this.#engine.marketOf(symbol);
  }

  /** The id that its owner knows an order in a market's matcher by; `undefined` for orders of nobody. */
  ownId(symbol: string, matcherId: number): string | undefined {
    return this.#engine.marketOf(symbol).ownId(matcherId);
  }

  /** Call when what happened in a market has been published. */
  published(symbol: string): void {
    this.#engine.marketOf(symbol).published();
  }

  /** Call after every instant in which a market may have traded: books fills, fires triggers and conditional closes. */
  settle(at: Micros): void {
    this.#engine.settle(at);
  }

  /** When something is due by itself; `Infinity` when nothing is, and while the system is down. */
  get nextAt(): number {
    return this.#isDown ? Infinity : this.#engine.due.nextAt;
  }

  runDue(at: Micros): void {
    if (!this.#isDown) this.#engine.runDue(at);
  }

  /** A pair's or the system's status changed: what it means for open orders (delisted: cancelled). */
  onStatus(symbol: string, status: InstrumentStatus, at: Micros): void {
    this.#engine.settle(at);
    if (status === 'delisted') this.#withdraw(this.#openIn(symbol), ENDED.delisted, at);
  }

  /** Cancels every order of a market, clients' with a reason: before its precision changes. */
  clearMarket(symbol: string, reason: string, at: Micros): void {
    this.#engine.settle(at);
    this.#withdraw(this.#openIn(symbol), reason, at);
    const { orders } = this.#engine.marketOf(symbol).market;
    const resting: number[] = [];
    for (const side of ['buy', 'sell'] as const) {
      orders.walk(side, (price) => {
        for (const { id } of orders.queue(side, price)) resting.push(id);
        return true;
      });
    }
    for (const id of resting) orders.cancel(id);
    this.#engine.settle(at);
  }

  /** Every call begins with everything before it done. */
  #enter(account: string, at: Micros): AccountOrders {
    const owner = this.#engine.ownerOf(account);
    this.#engine.settle(at);
    return owner;
  }

  get #isDown(): boolean {
    return this.#engine.system() === 'maintenance';
  }

  /** @param before Terms that will be orders when these are: of the same batch. @param keepsTimes Of an edit. */
  #termsOf(
    owner: AccountOrders,
    request: OrderRequest,
    at: Micros,
    {
      before = [],
      keepsTimes = false,
    }: { readonly before?: readonly OrderTerms[]; readonly keepsTimes?: boolean } = {},
  ): Answer<OrderTerms> {
    const market = this.#engine.markets.get(request.symbol);
    if (market === undefined) return refuse(REFUSED.unknownPair);
    const terms = termsOf(request, at, { ...this.#engine.contextOf(owner, market), keepsTimes });
    if (!terms.ok) return terms;
    const { clOrdId } = request;
    const isTaken =
      clOrdId !== undefined && (owner.hasClOrdId(clOrdId) || before.some((other) => other.request.clOrdId === clOrdId));
    return isTaken ? refuse(REFUSED.duplicateClOrdId) : terms;
  }

  /** Limit of open orders and funds, then the order. */
  #admit(owner: AccountOrders, terms: OrderTerms, validateOnly: boolean, at: Micros): Answer<Order> {
    if (owner.openIn(terms.listing.instrument.symbol) >= owner.counter.mostOpenOrders)
      return refuse(REFUSED.openOrders);
    const order = this.#engine.draft(owner, terms, at);
    const refusal = this.#engine.refusalOf(owner, order);
    if (refusal !== undefined) return refuse(refusal);
    if (!validateOnly) this.#engine.take(order, at);
    return accept(order);
  }

  #change(
    owner: AccountOrders,
    order: OpenOrder,
    terms: ReturnType<OpenOrder['change']>,
    postOnly: boolean,
    at: Micros,
  ): Answer<{ readonly amendId: string; readonly order: Order }> {
    const { floor } = this.#engine;
    const heldBefore = holdOf(order).amount;
    const before = order.change(terms);
    const undo = (error: string): { readonly ok: false; readonly error: string } => {
      order.change(before);
      floor.refreshHold(order);
      return refuse(error);
    };
    if (order.remaining > 0) {
      const refusal = holdOf(order).amount.gt(heldBefore) ? this.#refusalWithout(order, owner, order) : undefined;
      if (refusal !== undefined) return undo(refusal);
      const failed = floor.amendInMarket(order, postOnly);
      if (failed !== undefined) return undo(failed === 'refused' ? REFUSED.postOnly : invalid('order_qty'));
    } else {
      // What is filled already cannot be undone: the order keeps its quantity, and the rest of it ends.
      order.change(before);
    }
    order.touchedAt = at;
    if (order.leverage > 0) floor.repositioned.add(owner);
    const amend = floor.recordAmend(order, 'user', before, at);
    if (terms.qty <= order.filled) {
      this.#withdraw([order], ENDED.user, at);
    } else {
      floor.refreshHold(order);
      if (order.stage === 'waiting') this.#engine.marketOf(order.symbol).moveTrigger(order);
      floor.tell({ type: 'amended', order, at, amend });
    }
    return accept({ amendId: amend.id, order });
  }

  /** Why the account may not have the order, if the other one were gone. */
  #refusalWithout(other: OpenOrder, owner: AccountOrders, order: OpenOrder): string | undefined {
    const { account } = owner;
    account.hold(other.id, holdOf(other).asset, ZERO);
    const refusal = this.#engine.refusalOf(owner, order);
    this.#engine.floor.refreshHold(other);
    return refusal;
  }

  #withdraw(orders: readonly OpenOrder[], reason: string, at: Micros): void {
    for (const order of orders) this.#engine.floor.withdraw(order, { type: 'canceled', reason }, at);
    this.#engine.settle(at);
  }

  #openIn(symbol: string): OpenOrder[] {
    return this.#engine.openIn(symbol);
  }

  /** Unknown pairs have no counter. */
  #charge(
    owner: AccountOrders,
    symbol: string,
    call: TradingCall,
    ages: readonly number[],
    count: number,
    at: Micros,
  ): string | undefined {
    return this.#engine.markets.has(symbol) ? owner.counter.charge(symbol, call, ages, count, at) : undefined;
  }

  /**
   * Charges a call that changes an order, carries it out, and takes back what the order's age cost if that failed: Kraken charges
   * the fixed part even when validation fails, and says so of that part only.
   * @param carryOut Is told the text that the call is refused with for want of room; nothing has been charged then.
   */
  #charging<Value>(
    owner: AccountOrders,
    { symbol, touchedAt }: OpenOrder,
    call: 'amend' | 'edit',
    at: Micros,
    carryOut: (limited: string | undefined) => Answer<Value>,
  ): Answer<Value> {
    const ages = [at - touchedAt];
    const limited = this.#charge(owner, symbol, call, ages, 1, at);
    const answer = carryOut(limited);
    if (!answer.ok && limited === undefined) owner.counter.refundAges(symbol, call, ages, at);
    return answer;
  }

  /** Pair by pair. */
  #chargeEach(owner: AccountOrders, call: TradingCall, orders: readonly OpenOrder[], at: Micros): string | undefined {
    const ages = new Map<string, number[]>();
    for (const { symbol, touchedAt } of orders) ages.set(symbol, [...(ages.get(symbol) ?? []), at - touchedAt]);
    let limited: string | undefined;
    for (const [symbol, of] of ages) limited = this.#charge(owner, symbol, call, of, of.length, at) ?? limited;
    return limited;
  }
}

/** What an edit asks for, with what it does not say as it was. A quantity takes the place of money (UNCONFIRMED). */
function edited(original: OpenOrder, request: EditRequest): OrderRequest {
  const { cashQty, ...asked } = original.asRequest();
  return { ...asked, ...(cashQty === undefined || request.qty !== undefined ? {} : { cashQty }), ...request };
}

function olderThan(owner: AccountOrders, order: OpenOrder): readonly OpenOrder[] {
  const { open } = owner;
  return open.slice(0, open.indexOf(order));
}
