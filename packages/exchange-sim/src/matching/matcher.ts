import { lots, NO_LOTS } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import { SimError } from '../errors.ts';
import type { AmendOutcome, MatcherSink, PlaceOutcome, TakerType } from './matcher-sink.ts';
import { NO_EXTRAS } from './order-extras.ts';
import type { MatchTimeInForce, OrderExtras, SelfTradePrevention } from './order-extras.ts';
import { NO_GUARD } from './order-guard.ts';
import type { OrderGuard, SupposedTrade } from './order-guard.ts';
import { dequeue, enqueue, PriceLevels, queueNextSlice } from './price-levels.ts';
import type { PriceLevel, QueuedOrder } from './price-levels.ts';
import { displayedAhead, fills, payable, reachable } from './reach.ts';
import type { Reach } from './reach.ts';

export type { AmendOutcome, DoneReason, MatcherSink, PlaceOutcome, TakerType } from './matcher-sink.ts';
export type { MatchTimeInForce, OrderExtras, SelfTradePrevention } from './order-extras.ts';
export type { OrderGuard, SupposedTrade } from './order-guard.ts';

/** Slices an iceberg may still have: one taker may trade with each of them. Kraken allows 15. */
const MOST_SLICES = 1_000;
/** Lots at a price up to which owners may add to it: half of what it can hold, so that there is room for those who cannot be refused. */
const MOST_OWNED = 2 ** 52;

/** A resting order as an outsider may see it, and what only its owner knows. */
export interface RestingOrder {
  readonly id: number;
  readonly side: Side;
  readonly price: Ticks;
  /** `displayed` and `hidden` together. */
  readonly remaining: Lots;
  readonly displayed: Lots;
  readonly hidden: Lots;
  /** 0 is nobody. */
  readonly owner: number;
  /** Orders before it in the queue of its level: 0 trades next. */
  readonly position: number;
  /** Displayed lots of the orders before it. */
  readonly ahead: Lots;
}

/**
 * Order-by-order matching of one instrument by price, then time, in ticks and lots.
 *
 * Contract: a better price trades first, at one price the earlier order does; a trade is made at the maker's price. An
 * amend that shows no more lots at the same price keeps its place; a new price or a larger size sends it to the back, and may
 * trade. The same calls give the same events: there is no clock and no randomness. A cancel costs O(1), an order O(1) plus its
 * trades, and O(log levels) where a level appears or disappears.
 *
 * Icebergs: when the displayed lots have traded, the next slice joins the back of the queue of its price in the same instant. A
 * larger taker comes back to it before it goes on to the next price. (Kraken does not say where the slice queues; this is the rule
 * of most exchanges.) An owner's orders never trade with each other.
 *
 * Guarded orders: before one trades, the guard says how much of it may. More than that is cut from its hidden lots first, in its place;
 * an order that may not trade at all ends, and the taker goes on to the next.
 */
export class Matcher {
  readonly #sink: MatcherSink;
  readonly #guard: OrderGuard;
  readonly #buys = new PriceLevels('buy');
  readonly #sells = new PriceLevels('sell');
  readonly #orders = new Map<number, QueuedOrder>();
  #lastOrderId: number;
  #lastTradeId: number;
  /** Whether an order of its own owner ended the latest taker. */
  #metOwn = false;

  /**
   * @param firstTradeId Id of the first trade. @param firstOrderId What `newOrderId` begins with; both 1 when left out.
   * @param guard Of guarded orders; when left out they trade all they have.
   */
  constructor(sink: MatcherSink, firstTradeId = 1, firstOrderId = 1, guard: OrderGuard = NO_GUARD) {
    this.#sink = sink;
    this.#guard = guard;
    this.#lastTradeId = firstTradeId - 1;
    this.#lastOrderId = firstOrderId - 1;
  }

  /** An order id that was not given out before. */
  newOrderId(): number {
    this.#lastOrderId += 1;
    return this.#lastOrderId;
  }

  /**
   * Sends a limit order.
   * @param extras What few orders have; `worstPrice` means nothing here.
   * @throws SimError `KB_SIM_BAD_ORDER`: the id rests already, price, size or display is not positive, an iceberg has more than 1,000
   *   slices, or the lots at its price, hidden ones too, would leave 2^53 − 1; where it has an owner, 2^52. Nothing has happened then.
   */
  limit(
    orderId: number,
    side: Side,
    price: Ticks,
    size: Lots,
    timeInForce: MatchTimeInForce = 'gtc',
    postOnly = false,
    extras: OrderExtras = NO_EXTRAS,
  ): PlaceOutcome {
    this.#check(orderId, size);
    if (price <= 0) throw badOrder(orderId, `expected a price above zero, was ${price}`);
    const { owner = 0, selfTrade = 'cancel_newest', display = 0, guarded = false } = extras;
    if (owner !== 0 && size > MOST_OWNED)
      throw badOrder(orderId, `${size} lots are more than an owner may have at one price`);
    if (extras.display !== undefined) checkDisplay(orderId, display, size);
    if (postOnly && this.#crosses(side, price)) return this.#end(orderId, 'refused', size);
    if (timeInForce === 'gtc') return this.#enter(orderId, side, price, size, display, owner, selfTrade, guarded);
    if (timeInForce === 'fok' && !fills(this.#against(side), size, this.#reach(price, owner, selfTrade))) {
      return this.#end(orderId, 'unfilled', size);
    }
    const left = this.#take(orderId, side, price, size, 'limit', owner, selfTrade);
    return left === 0 ? 'filled' : this.#end(orderId, this.#metOwn ? 'self-trade' : 'unfilled', left);
  }

  /**
   * Sends a market order; what finds no liquidity ends as `unfilled`.
   * @param extras What few orders have; `display` means nothing here.
   * @throws SimError `KB_SIM_BAD_ORDER`: the id rests already, or size or worst price is not positive.
   */
  market(orderId: number, side: Side, size: Lots, extras: OrderExtras = NO_EXTRAS): PlaceOutcome {
    this.#check(orderId, size);
    const { owner = 0, selfTrade = 'cancel_newest', worstPrice } = extras;
    if (worstPrice !== undefined && worstPrice <= 0) {
      throw badOrder(orderId, `expected a worst price above zero, was ${worstPrice}`);
    }
    const left = this.#take(orderId, side, worstPrice, size, 'market', owner, selfTrade);
    return left === 0 ? 'filled' : this.#end(orderId, this.#metOwn ? 'self-trade' : 'unfilled', left);
  }

  /** @returns False when no such order rests. */
  cancel(orderId: number): boolean {
    const order = this.#orders.get(orderId);
    if (order === undefined) return false;
    this.#drop(order, 'cancelled');
    return true;
  }

  /**
   * Changes a resting order to this price, this remaining size (hidden lots too) and, where given, this display size.
   *
   * In its place a smaller size takes from the hidden lots first, and a smaller display hides the excess at once. An order that would
   * show more at once goes to the back.
   * @param postOnly Refuses a new price at which it would take.
   * @throws SimError as `limit` does; the order is unchanged then.
   */
  amend(orderId: number, price: Ticks, remaining: Lots, postOnly = false, display?: Lots): AmendOutcome {
    const order = this.#orders.get(orderId);
    if (order === undefined) return 'unknown';
    if (price <= 0 || remaining <= 0) throw badOrder(orderId, `cannot become ${remaining} lots at ${price}`);
    const slice = display ?? order.display;
    if (display !== undefined || slice > 0) checkDisplay(orderId, slice, remaining);
    const { level, owner, selfTrade, guarded } = order;
    const { side } = level;
    const before = order.displayed + order.hidden;
    if (price === level.price && remaining <= before && !showsMore(order, slice, remaining)) {
      this.#resize(order, remaining, slice);
      return 'kept';
    }
    if (postOnly && this.#crosses(side, price)) return 'refused';
    this.#checkTotal(orderId, side, price, remaining - (price === level.price ? before : 0), owner);
    this.#unqueue(order);
    return this.#enter(orderId, side, price, remaining, slice, owner, selfTrade, guarded);
  }

  best(side: Side): Ticks | undefined {
    return this.#own(side).best?.price;
  }

  worst(side: Side): Ticks | undefined {
    return this.#own(side).worst?.price;
  }

  /** How many price levels that side has. */
  levels(side: Side): number {
    return this.#own(side).count;
  }

  /** Lots displayed at a price. */
  total(side: Side, price: Ticks): Lots {
    const level = this.#own(side).at(price);
    return level === undefined ? NO_LOTS : lots(level.total);
  }

  /** Lots resting on that side at that price or better, hidden ones too: what a taker with this limit could get, if no guard cuts them. */
  volumeTo(side: Side, price: Ticks): Lots {
    return reachable(this.#own(side), price);
  }

  /**
   * The most lots, a multiple of the step, that a market order of that side would trade for at most that notional.
   * @param side The taker's.
   * @param budget Price × lots, as `notional` of `@kb/model` counts it.
   * @param extras What the order will be sent with: it does not trade beyond its worst price, nor with its owner.
   * @throws SimError `KB_SIM_BAD_ORDER`: the step is not positive.
   */
  affordable(side: Side, budget: bigint, lotStep: Lots, extras: OrderExtras = NO_EXTRAS): Lots {
    if (lotStep <= 0) throw new SimError('KB_SIM_BAD_ORDER', `Expected a lot step above zero, was ${lotStep}`);
    const { owner = 0, selfTrade = 'cancel_newest', worstPrice } = extras;
    const most = payable(this.#against(side), budget, this.#reach(worstPrice, owner, selfTrade));
    return lots(most - (most % lotStep));
  }

  isResting(orderId: number): boolean {
    return this.#orders.has(orderId);
  }

  order(orderId: number): RestingOrder | undefined {
    const order = this.#orders.get(orderId);
    if (order === undefined) return undefined;
    let position = 0;
    for (let other = order.ahead; other !== undefined; other = other.ahead) position += 1;
    return restingOrder(order, position, displayedAhead(order));
  }

  /** The orders at a price, next to trade first. */
  queue(side: Side, price: Ticks): readonly RestingOrder[] {
    const found: RestingOrder[] = [];
    let ahead = 0;
    for (let order = this.#own(side).at(price)?.first; order !== undefined; order = order.behind) {
      found.push(restingOrder(order, found.length, ahead));
      ahead += order.displayed;
    }
    return found;
  }

  /** Visits levels best first, with their displayed lots, until the visitor returns false. */
  walk(side: Side, visit: (price: Ticks, total: Lots, orders: number) => boolean): void {
    this.#own(side).walk((level) => visit(level.price, lots(level.total), level.orders));
  }

  #own(side: Side): PriceLevels {
    return side === 'buy' ? this.#buys : this.#sells;
  }

  #against(side: Side): PriceLevels {
    return side === 'buy' ? this.#sells : this.#buys;
  }

  #reach(limit: Ticks | undefined, owner: number, selfTrade: SelfTradePrevention): Reach {
    return { limit, owner, selfTrade, guard: this.#guard };
  }

  /** Whether an order of that side would take at that price. */
  #crosses(side: Side, price: Ticks): boolean {
    const makers = this.#against(side);
    return makers.best !== undefined && makers.isWithin(makers.best.price, price);
  }

  /** Takes what its limit allows, and rests with what is left. */
  #enter(
    orderId: number,
    side: Side,
    price: Ticks,
    size: Lots,
    display: number,
    owner: number,
    selfTrade: SelfTradePrevention,
    guarded: boolean,
  ): PlaceOutcome {
    let left = size;
    if (this.#crosses(side, price)) {
      left = this.#take(orderId, side, price, size, 'limit', owner, selfTrade);
      if (left === 0) return 'filled';
      if (this.#metOwn) return this.#end(orderId, 'self-trade', left);
    }
    this.#checkTotal(orderId, side, price, left, owner);
    const displayed = display > 0 && display < left ? display : left;
    const levels = this.#own(side);
    const level = levels.at(price) ?? levels.add(price);
    const order: QueuedOrder = {
      id: orderId,
      level,
      displayed,
      hidden: left - displayed,
      display,
      owner,
      selfTrade,
      guarded,
      ahead: undefined,
      behind: undefined,
    };
    enqueue(order);
    if (guarded) levels.guarded += 1;
    this.#orders.set(orderId, order);
    this.#sink.onQueued(orderId, side, price, lots(displayed));
    this.#tellLevel(level);
    return 'resting';
  }

  /** Trades against the other side as far as limit and owner allow. @returns Lots left. */
  #take(
    takerId: number,
    side: Side,
    limit: Ticks | undefined,
    size: Lots,
    takerType: TakerType,
    owner: number,
    selfTrade: SelfTradePrevention,
  ): Lots {
    const sink = this.#sink;
    const makers = this.#against(side);
    this.#metOwn = false;
    let left: number = size;
    for (let level = makers.best; left > 0 && level !== undefined; level = makers.best) {
      if (limit !== undefined && !makers.isWithin(level.price, limit)) break;
      const maker = level.first;
      if (maker === undefined) throw new Error(`Level ${level.price} stands without an order`);
      if (owner !== 0 && maker.owner === owner) {
        if (selfTrade !== 'cancel_newest') this.#drop(maker, 'self-trade');
        if (selfTrade === 'cancel_oldest') continue;
        this.#metOwn = true;
        break;
      }
      if (maker.guarded && !this.#mayTrade(maker)) continue;
      const traded = lots(Math.min(left, maker.displayed));
      left -= traded;
      maker.displayed -= traded;
      level.total -= traded;
      const exhausted = maker.displayed === 0;
      const refilled = exhausted && maker.hidden > 0;
      if (refilled) queueNextSlice(maker);
      else if (exhausted) this.#remove(maker);
      this.#lastTradeId += 1;
      sink.onTrade(this.#lastTradeId, maker.id, takerId, side, level.price, traded, takerType);
      if (exhausted) sink.onUnqueued(maker.id, level.side, level.price);
      else sink.onResized(maker.id, level.side, level.price, lots(maker.displayed));
      if (refilled) sink.onQueued(maker.id, level.side, level.price, lots(maker.displayed));
      this.#tellLevel(level);
      if (exhausted && !refilled) sink.onDone(maker.id, 'filled', NO_LOTS);
    }
    if (left === 0) sink.onDone(takerId, 'filled', NO_LOTS);
    return lots(left);
  }

  /** Cuts a guarded maker to what it may trade. @returns False when that is nothing, and it is gone. */
  #mayTrade(maker: QueuedOrder): boolean {
    const room = this.#guard.roomOf(maker.id, NO_TRADES);
    if (room >= maker.displayed + maker.hidden) return true;
    const kept = lots(Math.max(room, 0));
    this.#guard.onCut(maker.id, kept);
    if (kept === 0) this.#drop(maker, 'cancelled');
    else this.#resize(maker, kept, maker.display);
    return kept > 0;
  }

  /** Changes the order in its place, where it shows no more than before. */
  #resize(order: QueuedOrder, remaining: Lots, display: number): void {
    const { level } = order;
    const displayed = Math.min(order.displayed, remaining, display > 0 ? display : remaining);
    const shrinks = displayed < order.displayed;
    level.total += displayed - order.displayed;
    level.hidden += remaining - displayed - order.hidden;
    order.displayed = displayed;
    order.hidden = remaining - displayed;
    order.display = display;
    if (!shrinks) return;
    this.#sink.onResized(order.id, level.side, level.price, lots(displayed));
    this.#tellLevel(level);
  }

  /** Ends a resting order. */
  #drop(order: QueuedOrder, reason: 'cancelled' | 'self-trade'): void {
    const remaining = order.displayed + order.hidden;
    this.#unqueue(order);
    this.#sink.onDone(order.id, reason, lots(remaining));
  }

  #unqueue(order: QueuedOrder): void {
    const { level } = order;
    this.#remove(order);
    this.#sink.onUnqueued(order.id, level.side, level.price);
    this.#tellLevel(level);
  }

  /** Takes the order, and what is left of it, out of its queue; an empty level goes too. */
  #remove(order: QueuedOrder): void {
    const { level } = order;
    dequeue(order);
    const levels = this.#own(level.side);
    if (level.orders === 0) levels.remove(level);
    if (order.guarded) levels.guarded -= 1;
    this.#orders.delete(order.id);
  }

  #tellLevel({ side, price, total }: PriceLevel): void {
    this.#sink.onLevel(side, price, lots(total));
  }

  #end(orderId: number, reason: 'unfilled' | 'refused' | 'self-trade', left: Lots): PlaceOutcome {
    this.#sink.onDone(orderId, reason, left);
    return reason;
  }

  #check(orderId: number, size: Lots): void {
    if (this.#orders.has(orderId)) throw badOrder(orderId, 'an order with this id rests already');
    if (size <= 0) throw badOrder(orderId, `expected a size above zero, was ${size}`);
  }

  /** An order that crosses rests where its own side has no level, so checking before resting is checking before trading. */
  #checkTotal(orderId: number, side: Side, price: Ticks, added: number, owner: number): void {
    const level = this.#own(side).at(price);
    const resting = level === undefined ? 0 : level.total + level.hidden;
    if (resting + added <= (owner === 0 ? Number.MAX_SAFE_INTEGER : MOST_OWNED)) return;
    throw badOrder(orderId, `${resting} + ${added} lots are more than one price can hold, at ${price}`);
  }
}

const NO_TRADES: readonly SupposedTrade[] = [];

/** Whether an iceberg with slices of that size would show more at once than it does. */
function showsMore(order: QueuedOrder, display: number, remaining: Lots): boolean {
  return display > order.display && Math.min(display, remaining) > order.displayed;
}

function restingOrder(order: QueuedOrder, position: number, ahead: number): RestingOrder {
  const { id, level, displayed, hidden, owner } = order;
  const { side, price } = level;
  return {
    id,
    side,
    price,
    remaining: lots(displayed + hidden),
    displayed: lots(displayed),
    hidden: lots(hidden),
    owner,
    position,
    ahead: lots(ahead),
  };
}

function checkDisplay(orderId: number, display: number, remaining: Lots): void {
  if (display <= 0) throw badOrder(orderId, `expected a display size above zero, was ${display}`);
  if (remaining > display * MOST_SLICES) {
    throw badOrder(orderId, `${remaining} lots make more than ${MOST_SLICES} slices of ${display}`);
  }
}

function badOrder(orderId: number, what: string): SimError {
  return new SimError('KB_SIM_BAD_ORDER', `Order ${orderId}: ${what}`);
}
