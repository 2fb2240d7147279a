import { lots, NO_LOTS } from '@kb/model';
import type { Lots, OrderType, Side, Ticks, TimeInForce } from '@kb/model';
import { SimError } from '../errors.ts';
import { PriceLevels } from './price-levels.ts';
import type { QueuedOrder } from './price-levels.ts';

/**
 * What the matcher tells while it works, in the order in which it happens. The calls are made from inside its methods:
 * read, but do not send it orders from there.
 */
export interface MatcherSink {
  /** Two orders traded at the maker's price. Trade ids count up by one. */
  onTrade(
    tradeId: number,
    makerOrderId: number,
    takerOrderId: number,
    taker: Side,
    price: Ticks,
    size: Lots,
    takerType: OrderType,
  ): void;
  /** The order joined the back of the queue at its price, showing that many lots: new, moved there, or the next slice of an iceberg. */
  onQueued(orderId: number, side: Side, price: Ticks, displayed: Lots): void;
  /** The order shows another number of lots now and kept its place. */
  onResized(orderId: number, side: Side, price: Ticks, displayed: Lots): void;
  /** The order left its queue: gone, or about to join another. */
  onUnqueued(orderId: number, side: Side, price: Ticks): void;
  /** The size displayed at a price is now `total`; zero when the level is gone. Comes after what changed in its queue. */
  onLevel(side: Side, price: Ticks, total: Lots): void;
  /** The order is no more: exactly once for each order that was sent. */
  onDone(orderId: number, reason: DoneReason, remaining: Lots): void;
}

/**
 * `filled` wholly traded · `cancelled` on request · `unfilled` the rest of an IOC or market order, for which there was no
 * liquidity · `refused` a post-only order that would have taken.
 */
export type DoneReason = 'filled' | 'cancelled' | 'unfilled' | 'refused';

/** Where an order stands when the call that sent it returns. */
export type PlaceOutcome = 'resting' | 'filled' | 'unfilled' | 'refused';

/** `kept` changed in its place · `unknown` no such resting order · otherwise what became of it at the back of its new queue. */
export type AmendOutcome = 'kept' | 'unknown' | PlaceOutcome;

/** A resting order as an outsider may see it. */
export interface RestingOrder {
  readonly id: number;
  readonly side: Side;
  readonly price: Ticks;
  readonly remaining: Lots;
  /** Orders before it in the queue of its level: 0 trades next. */
  readonly position: number;
  /** Lots of the orders before it. */
  readonly ahead: Lots;
}

/**
 * Order-by-order matching of one instrument by price, then time, in ticks and lots.
 *
 * Contract: a better price trades first, at one price the earlier order does; a trade is made at the maker's price. An
 * amend that only makes an order smaller keeps its place; a new price or a larger size sends it to the back, and may trade.
 * The same calls give the same events: there is no clock and no randomness. A cancel costs O(1), an order O(1) plus its
 * trades, and O(log levels) where a level appears or disappears. Self-trades are not looked for.
 */
export class Matcher {
  readonly #sink: MatcherSink;
  readonly #buys = new PriceLevels('buy');
  readonly #sells = new PriceLevels('sell');
  readonly #orders = new Map<number, QueuedOrder>();
  #lastOrderId = 0;
  #lastTradeId: number;

  /** @param firstTradeId Id of the first trade; 1 when left out. */
  constructor(sink: MatcherSink, firstTradeId = 1) {
    this.#sink = sink;
    this.#lastTradeId = firstTradeId - 1;
  }

  /** An order id that was not given out before. */
  newOrderId(): number {
    this.#lastOrderId += 1;
    return this.#lastOrderId;
  }

  /**
   * Sends a limit order.
   * @throws SimError `KB_SIM_BAD_ORDER`: the id rests already, price or size is not positive, or the level's total would
   *   leave 2^53 − 1. Nothing has happened then.
   */
  limit(
    orderId: number,
    side: Side,
    price: Ticks,
    size: Lots,
    timeInForce: TimeInForce = 'gtc',
    postOnly = false,
  ): PlaceOutcome {
    this.#check(orderId, size);
    if (price <= 0) throw badOrder(orderId, `expected a price above zero, was ${price}`);
    const best = this.#against(side).best;
    if (best !== undefined && (side === 'buy' ? best.price <= price : best.price >= price)) {
      if (postOnly) {
        this.#sink.onDone(orderId, 'refused', size);
        return 'refused';
      }
      const left = this.#take(orderId, side, price, size);
      if (left === 0) return 'filled';
      if (timeInForce === 'ioc') return this.#unfilled(orderId, left);
      this.#rest(orderId, side, price, left);
      return 'resting';
    }
    if (timeInForce === 'ioc') return this.#unfilled(orderId, size);
    this.#rest(orderId, side, price, size);
    return 'resting';
  }

  /** Sends a market order; what finds no liquidity ends as `unfilled`. @throws SimError as `limit` does. */
  market(orderId: number, side: Side, size: Lots): PlaceOutcome {
    this.#check(orderId, size);
    const left = this.#take(orderId, side, undefined, size);
    return left === 0 ? 'filled' : this.#unfilled(orderId, left);
  }

  /** @returns False when no such order rests. */
  cancel(orderId: number): boolean {
    const order = this.#orders.get(orderId);
    if (order === undefined) return false;
    const { remaining } = order;
    this.#remove(order);
    this.#sink.onUnqueued(orderId, order.level.side, order.level.price);
    this.#sink.onLevel(order.level.side, order.level.price, lots(order.level.total));
    this.#sink.onDone(orderId, 'cancelled', lots(remaining));
    return true;
  }

  /**
   * Changes a resting order to this price and this remaining size.
   * @throws SimError as `limit` does; the order is unchanged then.
   */
  amend(orderId: number, price: Ticks, remaining: Lots): AmendOutcome {
    const order = this.#orders.get(orderId);
    if (order === undefined) return 'unknown';
    if (price <= 0 || remaining <= 0) throw badOrder(orderId, `cannot become ${remaining} lots at ${price}`);
    const { level } = order;
    const { side } = level;
    if (price === level.price && remaining <= order.remaining) {
      if (remaining < order.remaining) {
        level.total -= order.remaining - remaining;
        order.remaining = remaining;
        this.#sink.onResized(orderId, side, price, remaining);
        this.#sink.onLevel(side, price, lots(level.total));
      }
      return 'kept';
    }
    this.#checkTotal(orderId, side, price, remaining - (price === level.price ? order.remaining : 0));
    this.#remove(order);
    this.#sink.onUnqueued(orderId, side, level.price);
    this.#sink.onLevel(side, level.price, lots(level.total));
    return this.limit(orderId, side, price, remaining);
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

  /** Lots resting at a price. */
  total(side: Side, price: Ticks): Lots {
    const level = this.#own(side).at(price);
    return level === undefined ? NO_LOTS : lots(level.total);
  }

  /** Lots resting on that side at that price or better: what a taker with this limit could get. */
  volumeTo(side: Side, price: Ticks): Lots {
    let volume = 0;
    this.#own(side).walk((level) => {
      if (side === 'buy' ? level.price < price : level.price > price) return false;
      volume += level.total;
      return true;
    });
    return lots(Math.min(volume, Number.MAX_SAFE_INTEGER));
  }

  isResting(orderId: number): boolean {
    return this.#orders.has(orderId);
  }

  order(orderId: number): RestingOrder | undefined {
    const order = this.#orders.get(orderId);
    if (order === undefined) return undefined;
    let position = 0;
    let ahead = 0;
    for (let other = order.ahead; other !== undefined; other = other.ahead) {
      position += 1;
      ahead += other.remaining;
    }
    return restingOrder(order, position, ahead);
  }

  /** The orders at a price, next to trade first. */
  queue(side: Side, price: Ticks): readonly RestingOrder[] {
    const found: RestingOrder[] = [];
    let ahead = 0;
    for (let order = this.#own(side).at(price)?.first; order !== undefined; order = order.behind) {
      found.push(restingOrder(order, found.length, ahead));
      ahead += order.remaining;
    }
    return found;
  }

  /** Visits levels best first until the visitor returns false. */
  walk(side: Side, visit: (price: Ticks, total: Lots, orders: number) => boolean): void {
    this.#own(side).walk((level) => visit(level.price, lots(level.total), level.orders));
  }

  #own(side: Side): PriceLevels {
    return side === 'buy' ? this.#buys : this.#sells;
  }

  #against(side: Side): PriceLevels {
    return side === 'buy' ? this.#sells : this.#buys;
  }

  /** Trades against the other side as far as the limit allows. @returns Lots left. */
  #take(takerId: number, side: Side, limit: Ticks | undefined, size: Lots): Lots {
    const sink = this.#sink;
    const makers = this.#against(side);
    const takerType = limit === undefined ? 'market' : 'limit';
    let left: number = size;
    for (let level = makers.best; left > 0 && level !== undefined; level = makers.best) {
      if (limit !== undefined && (side === 'buy' ? level.price > limit : level.price < limit)) break;
      const maker = level.first;
      if (maker === undefined) throw new Error(`Level ${level.price} stands without an order`);
      const traded = lots(Math.min(left, maker.remaining));
      left -= traded;
      maker.remaining -= traded;
      level.total -= traded;
      if (maker.remaining === 0) this.#remove(maker);
      this.#lastTradeId += 1;
      sink.onTrade(this.#lastTradeId, maker.id, takerId, side, level.price, traded, takerType);
      if (maker.remaining === 0) sink.onUnqueued(maker.id, level.side, level.price);
      else sink.onResized(maker.id, level.side, level.price, lots(maker.remaining));
      sink.onLevel(level.side, level.price, lots(level.total));
      if (maker.remaining === 0) sink.onDone(maker.id, 'filled', NO_LOTS);
    }
    if (left === 0) sink.onDone(takerId, 'filled', NO_LOTS);
    return lots(left);
  }

  #rest(orderId: number, side: Side, price: Ticks, remaining: Lots): void {
    this.#checkTotal(orderId, side, price, remaining);
    const levels = this.#own(side);
    const level = levels.at(price) ?? levels.add(price);
    const order: QueuedOrder = { id: orderId, level, remaining, ahead: level.last, behind: undefined };
    if (level.last === undefined) level.first = order;
    else level.last.behind = order;
    level.last = order;
    level.total += remaining;
    level.orders += 1;
    this.#orders.set(orderId, order);
    this.#sink.onQueued(orderId, side, price, remaining);
    this.#sink.onLevel(side, price, lots(level.total));
  }

  /** Takes the order, and what is left of it, out of its queue; an empty level goes too. */
  #remove(order: QueuedOrder): void {
    const { level, ahead, behind } = order;
    if (ahead === undefined) level.first = behind;
    else ahead.behind = behind;
    if (behind === undefined) level.last = ahead;
    else behind.ahead = ahead;
    level.total -= order.remaining;
    level.orders -= 1;
    if (level.orders === 0) this.#own(level.side).remove(level);
    this.#orders.delete(order.id);
  }

  #unfilled(orderId: number, left: Lots): PlaceOutcome {
    this.#sink.onDone(orderId, 'unfilled', left);
    return 'unfilled';
  }

  #check(orderId: number, size: Lots): void {
    if (this.#orders.has(orderId)) throw badOrder(orderId, 'an order with this id rests already');
    if (size <= 0) throw badOrder(orderId, `expected a size above zero, was ${size}`);
  }

  /** An order that crosses rests where its own side has no level, so checking before resting is checking before trading. */
  #checkTotal(orderId: number, side: Side, price: Ticks, added: number): void {
    const total = this.#own(side).at(price)?.total ?? 0;
    if (Number.isSafeInteger(total + added)) return;
    throw badOrder(orderId, `${total} + ${added} lots at ${price} are beyond 2^53 − 1`);
  }
}

function restingOrder(order: QueuedOrder, position: number, ahead: number): RestingOrder {
  const { side, price } = order.level;
  return { id: order.id, side, price, remaining: lots(order.remaining), position, ahead: lots(ahead) };
}

function badOrder(orderId: number, what: string): SimError {
  return new SimError('KB_SIM_BAD_ORDER', `Order ${orderId}: ${what}`);
}
