import { lots, lotsToQty, NO_LOTS, ticksToPrice } from '@kb/model';
import type { Lots, Micros, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Fill } from '../accounts/account.ts';
import { BoundedLog } from '../accounts/bounded-log.ts';
import { ZERO } from '../accounts/money.ts';
import type { Listing } from '../listings/listing.ts';
import type { Due } from './due-list.ts';
import { hasLimit, hasTrigger, trails } from './order-kinds.ts';
import { trailingLimit } from './order-terms.ts';
import type { OrderTerms } from './order-terms.ts';
import type { Amend, Order, OrderRequest, OrderStatus, TriggerState } from './order.ts';
import { ENDED } from './texts.ts';

/** Fills and amends that an order remembers. */
const MOST_REMEMBERED = 1_000;

/** `scheduled` until its start · `waiting` for its trigger · `live` on its way to the market or resting in it · `over`. */
export type Stage = 'scheduled' | 'waiting' | 'live' | 'over';

/** Who an order belongs to, and where it comes from. */
export interface OrderOrigin {
  readonly account: string;
  /** Counts up over all orders of the desk: the lower is the older. */
  readonly number: number;
  readonly at: Micros;
  /** Percent of the cost that a fill may be charged at most, of the tier when it came. */
  readonly feePercent: Decimal;
  /** Lots that the order closes of a margin position. */
  readonly closable: Lots;
  /** What a market order would have paid then; `undefined` where nothing was offered or traded. */
  readonly seenPrice: Ticks | undefined;
  readonly refId: string | undefined;
  readonly liquidated: boolean;
}

/** How an order ends that does not trade wholly. */
export interface Ending {
  readonly type: 'canceled' | 'expired';
  readonly reason: string;
}

/** What an amend may change. */
export interface Amendable {
  readonly request: OrderRequest;
  readonly qty: Lots;
  readonly limitPrice: Ticks | undefined;
  readonly displayQty: Lots | undefined;
  readonly trigger: TriggerState | undefined;
  readonly opens: Lots;
}

/** The desk's own record of an order: what its owner sees of it as `Order`, and where it stands inside. Only the desk changes it. */
export class OpenOrder implements Order {
  /** Empty until the order is accepted. */
  id = '';
  readonly account: string;
  readonly symbol: string;
  readonly listing: Listing;
  readonly receivedAt: Micros;
  readonly leverage: number;
  readonly refId: string | undefined;
  readonly liquidated: boolean;
  readonly number: number;
  readonly feePercent: Decimal;
  readonly seenPrice: Ticks | undefined;
  request: OrderRequest;
  status: OrderStatus = 'pending';
  openedAt: Micros | undefined = undefined;
  closedAt: Micros | undefined = undefined;
  touchedAt: Micros;
  qty: Lots;
  filled: Lots = NO_LOTS;
  cost: Decimal = ZERO;
  fee: Decimal = ZERO;
  limitPrice: Ticks | undefined;
  displayQty: Lots | undefined;
  trigger: TriggerState | undefined;
  expireAt: Micros | undefined;
  reason: string | undefined = undefined;
  stage: Stage;
  /** Its id in the matcher while it is there; 0 before and after. */
  matcherId = 0;
  /** Lots in the matcher. */
  inMarket: Lots = NO_LOTS;
  /** Set while the order is on its way into a queue: joining one then is no refill of an iceberg. */
  entering = false;
  /** How it ends when the matcher says that it was cancelled. */
  ending: Ending = { type: 'canceled', reason: ENDED.user };
  /** Its start, or its expiry. */
  due: Due | undefined = undefined;
  /** Of the lots that are left, how many of the last open a margin position rather than close one. */
  opens: Lots;
  #fills: BoundedLog<Fill> | undefined = undefined;
  #amends: BoundedLog<Amend> | undefined = undefined;

  constructor(terms: OrderTerms, origin: OrderOrigin) {
    this.account = origin.account;
    this.symbol = terms.listing.instrument.symbol;
    this.listing = terms.listing;
    this.request = terms.request;
    this.receivedAt = origin.at;
    this.leverage = terms.leverage;
    this.refId = origin.refId;
    this.liquidated = origin.liquidated;
    this.number = origin.number;
    this.feePercent = origin.feePercent;
    this.seenPrice = origin.seenPrice;
    this.touchedAt = origin.at;
    this.qty = terms.qty;
    this.limitPrice = terms.limitPrice;
    this.displayQty = terms.displayQty;
    this.trigger = terms.trigger;
    this.expireAt = terms.expireAt;
    this.opens = opening(terms, terms.qty, origin.closable);
    this.stage = isScheduled(terms.request, origin.at) ? 'scheduled' : this.stageAtStart;
  }

  get fills(): readonly Fill[] {
    return this.#fills?.entries ?? NOTHING;
  }

  get amends(): readonly Amend[] {
    return this.#amends?.entries ?? NOTHING;
  }

  get remaining(): Lots {
    return lots(this.qty - this.filled);
  }

  /** Where it goes from its start. */
  get stageAtStart(): 'waiting' | 'live' {
    return hasTrigger(this.request.kind) ? 'waiting' : 'live';
  }

  /** Whether it trades at once and never rests: such an order holds nothing back. */
  get takesAtOnce(): boolean {
    return this.stage === 'live' && !hasLimit(this.request.kind);
  }

  /** The highest price at which it may trade, as far as is known when it comes, or before it triggers. */
  get highestPrice(): Ticks | undefined {
    const { trigger, request } = this;
    const limit = this.limitPrice ?? (trigger && this.limitFrom(trigger.price));
    const market = trigger?.price ?? this.seenPrice;
    if (limit === undefined) return market;
    // A seller gets more than its limit where more is bid.
    return request.side === 'sell' && market !== undefined && market > limit ? market : limit;
  }

  /** The limit of a trailing stop that triggers at this price. */
  limitFrom(triggered: Ticks): Ticks | undefined {
    const { kind, side, limitPrice } = this.request;
    if (limitPrice === undefined || !trails(kind) || !hasLimit(kind)) return undefined;
    return trailingLimit(limitPrice, triggered, side, this.listing.instrument);
  }

  addFill(fill: Fill): void {
    this.#fills ??= new BoundedLog(MOST_REMEMBERED);
    this.#fills.push(fill);
    this.filled = lots(this.filled + fill.size);
    this.cost = this.cost.plus(fill.cost);
    this.fee = this.fee.plus(fill.fee);
    this.opens = lots(Math.min(this.opens, this.remaining));
  }

  addAmend(amend: Amend): void {
    this.#amends ??= new BoundedLog(MOST_REMEMBERED);
    this.#amends.push(amend);
  }

  get amendable(): Amendable {
    const { request, qty, limitPrice, displayQty, trigger, opens } = this;
    return { request, qty, limitPrice, displayQty, trigger, opens };
  }

  /** @returns What stood there before. */
  change({ request, qty, limitPrice, displayQty, trigger, opens }: Amendable): Amendable {
    const before = this.amendable;
    this.request = request;
    this.qty = qty;
    this.limitPrice = limitPrice;
    this.displayQty = displayQty;
    this.trigger = trigger;
    this.opens = opens;
    return before;
  }

  /** The request that would place what is left of it, as it stands now: what an edit begins with. */
  asRequest(): OrderRequest {
    const { request, limitPrice, trigger, displayQty } = this;
    const pair = this.listing.instrument;
    const fixed = (price: Ticks): { readonly value: string; readonly type: 'static' } => ({
      value: ticksToPrice(pair, price),
      type: 'static',
    });
    const { effectiveAt, deadline: _gone, ...rest } = request;
    return {
      ...rest,
      // What was to buy for money has bought nothing yet.
      ...(request.cashQty === undefined ? { qty: lotsToQty(pair, this.remaining) } : {}),
      ...(limitPrice === undefined ? {} : { limitPrice: fixed(limitPrice) }),
      ...(trigger === undefined ? {} : { trigger: trails(request.kind) ? trigger.asked : fixed(trigger.price) }),
      // What has shrunk below its display shows as a whole.
      ...(displayQty === undefined ? {} : { displayQty: lotsToQty(pair, lots(Math.min(displayQty, this.remaining))) }),
      ...(this.stage === 'scheduled' && effectiveAt !== undefined ? { effectiveAt } : {}),
    };
  }
}

/** How many of an order's lots would open a position, or add to one, where it may close that many. */
export function opening(terms: Pick<OrderTerms, 'leverage' | 'request'>, size: Lots, closable: Lots): Lots {
  const { reduceOnly = false, kind } = terms.request;
  if (terms.leverage === 0 || reduceOnly || kind === 'settle-position') return NO_LOTS;
  return lots(Math.max(size - closable, 0));
}

/** Whether it goes to the market at once and may stay there. */
export function mayRest({ request }: Pick<OrderTerms, 'request'>, at: Micros): boolean {
  const { kind, timeInForce } = request;
  const isImmediate = timeInForce === 'ioc' || timeInForce === 'fok';
  return hasLimit(kind) && !hasTrigger(kind) && !isImmediate && !isScheduled(request, at);
}

const NOTHING: readonly never[] = [];

function isScheduled({ effectiveAt }: OrderRequest, at: Micros): boolean {
  return effectiveAt !== undefined && effectiveAt > at;
}
