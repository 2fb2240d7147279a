import { lots, ticks } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import { SimError } from '../src/errors.ts';
import type { AmendOutcome, MatcherSink, PlaceOutcome, TakerType } from '../src/matching/matcher.ts';
import { NO_EXTRAS } from '../src/matching/order-extras.ts';
import { NO_GUARD } from '../src/matching/order-guard.ts';
import type { OrderGuard, SupposedTrade } from '../src/matching/order-guard.ts';
import type { MatchTimeInForce, OrderExtras, SelfTradePrevention } from '../src/matching/order-extras.ts';
import { NO_SINK } from './event-log.ts';

interface Order {
  readonly id: number;
  readonly side: Side;
  readonly price: number;
  shown: number;
  hidden: number;
  /** Lots of a slice; infinite when all shows. */
  slice: number;
  readonly owner: number;
  readonly selfTrade: SelfTradePrevention;
  readonly guarded: boolean;
  /** Counts the joinings of queues: the lower number came first. */
  joined: number;
}

interface Taker {
  readonly id: number;
  readonly side: Side;
  readonly limit: number;
  readonly type: TakerType;
  readonly owner: number;
  readonly selfTrade: SelfTradePrevention;
  readonly guarded: boolean;
  left: number;
}

/**
 * Price-time matching by the book: one list of orders in the order in which they joined their queues, searched from end to end for
 * each order. What an order would do is found by doing it on a copy. The model of the property tests and the peer of the
 * benchmark.
 */
export class NaiveMatcher {
  orders: Order[] = [];
  readonly #sink: MatcherSink;
  readonly #guard: OrderGuard;
  #tradeId = 0;
  #joined = 0;

  constructor(sink: MatcherSink, guard: OrderGuard = NO_GUARD) {
    this.#sink = sink;
    this.#guard = guard;
  }

  limit(
    id: number,
    side: Side,
    price: Ticks,
    size: Lots,
    timeInForce: MatchTimeInForce = 'gtc',
    postOnly = false,
    { owner = 0, selfTrade = 'cancel_newest', display, guarded = false }: OrderExtras = NO_EXTRAS,
  ): PlaceOutcome {
    if (this.#find(id) !== undefined || price <= 0 || size <= 0) throw refusal();
    if (owner !== 0 && size > 2 ** 52) throw refusal();
    checkSlices(display, size);
    const maker = this.#bestMaker(side);
    const crosses = maker !== undefined && reaches(side, price, maker.price);
    if (timeInForce === 'gtc' && !(postOnly && crosses)) this.#checkRoom(side, price, size, owner);
    const taker: Taker = { id, side, limit: price, type: 'limit', owner, selfTrade, guarded, left: size };
    if (postOnly && crosses) return this.#end(taker, 'refused');
    if (timeInForce === 'fok' && this.#copy(NO_SINK).#take({ ...taker }) !== 'filled') {
      return this.#end(taker, 'unfilled');
    }
    const outcome = this.#take(taker);
    if (outcome !== 'unfilled') return outcome;
    if (timeInForce !== 'gtc') return this.#end(taker, 'unfilled');
    this.#rest(taker, display ?? Infinity);
    return 'resting';
  }

  market(
    id: number,
    side: Side,
    size: Lots,
    { owner = 0, selfTrade = 'cancel_newest', worstPrice }: OrderExtras = NO_EXTRAS,
  ): PlaceOutcome {
    if (this.#find(id) !== undefined || size <= 0 || (worstPrice !== undefined && worstPrice <= 0)) throw refusal();
    const limit = worstPrice ?? (side === 'buy' ? Infinity : -Infinity);
    const taker: Taker = { id, side, limit, type: 'market', owner, selfTrade, guarded: false, left: size };
    const outcome = this.#take(taker);
    return outcome === 'unfilled' ? this.#end(taker, 'unfilled') : outcome;
  }

  cancel(id: number): boolean {
    const order = this.#find(id);
    if (order === undefined) return false;
    this.#remove(order);
    this.#sink.onDone(id, 'cancelled', lots(order.shown + order.hidden));
    return true;
  }

  amend(id: number, price: Ticks, remaining: Lots, postOnly = false, display?: Lots): AmendOutcome {
    const order = this.#find(id);
    if (order === undefined) return 'unknown';
    if (price <= 0 || remaining <= 0) throw refusal();
    const slice = display ?? order.slice;
    checkSlices(slice, remaining);
    const wouldShow = Math.min(slice, remaining);
    const sameShow = Math.min(order.shown, wouldShow);
    const growsSlice = slice > order.slice && wouldShow > order.shown;
    if (price === order.price && remaining <= order.shown + order.hidden && !growsSlice) {
      const before = order.shown;
      order.slice = slice;
      order.shown = sameShow;
      order.hidden = remaining - sameShow;
      if (sameShow === before) return 'kept';
      this.#sink.onResized(id, order.side, price, lots(sameShow));
      this.#tell(order.side, price);
      return 'kept';
    }
    const maker = this.#bestMaker(order.side);
    if (postOnly && maker !== undefined && reaches(order.side, price, maker.price)) return 'refused';
    this.#checkRoom(order.side, price, remaining, order.owner, order);
    this.#remove(order);
    const { side, owner, selfTrade, guarded } = order;
    const taker: Taker = { id, side, limit: price, type: 'limit', owner, selfTrade, guarded, left: remaining };
    const outcome = this.#take(taker);
    if (outcome !== 'unfilled') return outcome;
    this.#rest(taker, slice);
    return 'resting';
  }

  /** Takes all it can on a copy, and counts the lots one trade after the other until the money ends. */
  affordable(side: Side, budget: bigint, lotStep: Lots, extras: OrderExtras = NO_EXTRAS): Lots {
    let money = budget;
    let count = 0n;
    const copy = this.#copy({
      ...NO_SINK,
      onTrade: (_id, _maker, _taker, _side, price, size) => {
        const paid = money <= 0n ? 0n : money / BigInt(price);
        count += paid < BigInt(size) ? paid : BigInt(size);
        money -= BigInt(price) * BigInt(size);
      },
    });
    // One order has at most 2^53 − 1 lots, so it may take several to empty a side.
    while (copy.market(-1, side, lots(Number.MAX_SAFE_INTEGER), extras) === 'filled' && money > 0n);
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) count = BigInt(Number.MAX_SAFE_INTEGER);
    return lots(Number(count - (count % BigInt(lotStep))));
  }

  total(side: Side, price: number): number {
    let sum = 0;
    for (const order of this.orders) if (order.side === side && order.price === price) sum += order.shown;
    return sum;
  }

  #take(taker: Taker): 'filled' | 'unfilled' | 'self-trade' {
    while (taker.left > 0) {
      const maker = this.#bestMaker(taker.side);
      if (maker === undefined || !reaches(taker.side, taker.limit, maker.price)) return 'unfilled';
      if (taker.owner !== 0 && taker.owner === maker.owner) {
        if (taker.selfTrade === 'cancel_oldest' || taker.selfTrade === 'cancel_both') {
          this.#remove(maker);
          this.#sink.onDone(maker.id, 'self-trade', lots(maker.shown + maker.hidden));
        }
        if (taker.selfTrade === 'cancel_newest' || taker.selfTrade === 'cancel_both') {
          this.#sink.onDone(taker.id, 'self-trade', lots(taker.left));
          return 'self-trade';
        }
      } else if (!maker.guarded || this.#mayTrade(maker)) {
        this.#trade(taker, maker);
      }
    }
    this.#sink.onDone(taker.id, 'filled', lots(0));
    return 'filled';
  }

  #mayTrade(maker: Order): boolean {
    const { id, side, shown, hidden } = maker;
    const room = this.#guard.roomOf(id, []);
    if (room >= shown + hidden) return true;
    const kept = Math.max(room, 0);
    this.#guard.onCut(id, lots(kept));
    if (kept === 0) {
      this.#remove(maker);
      this.#sink.onDone(id, 'cancelled', lots(shown + hidden));
      return false;
    }
    maker.shown = Math.min(shown, kept);
    maker.hidden = kept - maker.shown;
    if (maker.shown === shown) return true;
    this.#sink.onResized(id, side, ticks(maker.price), lots(maker.shown));
    this.#tell(side, maker.price);
    return true;
  }

  #trade(taker: Taker, maker: Order): void {
    const size = Math.min(taker.left, maker.shown);
    const price = ticks(maker.price);
    this.#tradeId += 1;
    this.#sink.onTrade(this.#tradeId, maker.id, taker.id, taker.side, price, lots(size), taker.type);
    taker.left -= size;
    maker.shown -= size;
    if (maker.shown > 0) {
      this.#sink.onResized(maker.id, maker.side, price, lots(maker.shown));
      this.#tell(maker.side, price);
      return;
    }
    this.orders = this.orders.filter((other) => other !== maker);
    this.#sink.onUnqueued(maker.id, maker.side, price);
    if (maker.hidden > 0) {
      maker.shown = Math.min(maker.slice, maker.hidden);
      maker.hidden -= maker.shown;
      this.#join(maker);
    }
    this.#tell(maker.side, price);
    if (maker.shown === 0) this.#sink.onDone(maker.id, 'filled', lots(0));
  }

  #rest({ id, side, limit, owner, selfTrade, guarded, left }: Taker, slice: number): void {
    const shown = Math.min(slice, left);
    const hidden = left - shown;
    const order: Order = { id, side, price: limit, shown, hidden, slice, owner, selfTrade, guarded, joined: 0 };
    this.#join(order);
    this.#tell(side, limit);
  }

  #join(order: Order): void {
    this.#joined += 1;
    order.joined = this.#joined;
    this.orders.push(order);
    this.#sink.onQueued(order.id, order.side, ticks(order.price), lots(order.shown));
  }

  #remove(order: Order): void {
    this.orders = this.orders.filter((other) => other !== order);
    this.#sink.onUnqueued(order.id, order.side, ticks(order.price));
    this.#tell(order.side, order.price);
  }

  #end(taker: Taker, reason: 'unfilled' | 'refused'): PlaceOutcome {
    this.#sink.onDone(taker.id, reason, lots(taker.left));
    return reason;
  }

  #find(id: number): Order | undefined {
    return this.orders.find((order) => order.id === id);
  }

  /** The best price of the other side, and there the order that joined first. */
  #bestMaker(side: Side): Order | undefined {
    let best: Order | undefined;
    for (const order of this.orders) {
      if (order.side === side) continue;
      if (best === undefined || (side === 'buy' ? order.price < best.price : order.price > best.price)) best = order;
    }
    return best;
  }

  /** As if the order came whole to its level, without the one that it replaces. Owners may fill half of it. */
  #checkRoom(side: Side, price: number, size: number, owner: number, replaced?: Order): void {
    let sum = BigInt(size);
    for (const order of this.orders) {
      if (order.side !== side || order.price !== price || order === replaced) continue;
      sum += BigInt(order.shown) + BigInt(order.hidden);
    }
    if (sum > (owner === 0 ? 2n ** 53n - 1n : 2n ** 52n)) throw refusal();
  }

  #copy(sink: MatcherSink): NaiveMatcher {
    const supposed: SupposedTrade[] = [];
    const noting: MatcherSink = {
      ...sink,
      onTrade: (...trade) => {
        supposed.push({ makerOrderId: trade[1], size: trade[5] });
        sink.onTrade(...trade);
      },
    };
    const guard: OrderGuard = { ...NO_GUARD, roomOf: (id) => this.#guard.roomOf(id, supposed) };
    const copy = new NaiveMatcher(noting, guard);
    copy.orders = this.orders.map((order) => ({ ...order }));
    return copy;
  }

  #tell(side: Side, price: number): void {
    this.#sink.onLevel(side, ticks(price), lots(this.total(side, price)));
  }
}

function reaches(side: Side, limit: number, makerPrice: number): boolean {
  return side === 'buy' ? makerPrice <= limit : makerPrice >= limit;
}

function checkSlices(slice: number | undefined, size: number): void {
  if (slice === undefined || slice === Infinity) return;
  if (slice <= 0 || BigInt(size) > BigInt(slice) * 1000n) throw refusal();
}

function refusal(): SimError {
  return new SimError('KB_SIM_BAD_ORDER', 'The model refuses this order');
}
