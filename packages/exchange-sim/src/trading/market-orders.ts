import { signOf } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { DoneReason, Matcher, MatcherSink, OrderGuard, SupposedTrade, TakerType } from '../matching/matcher.ts';
import type { Listing, PriceSource } from '../listings/listing.ts';
import type { OpenOrder } from './open-order.ts';
import { ENDED } from './texts.ts';
import { TriggerBook } from './trigger-book.ts';

/** A market as the desk needs it. */
export interface DeskMarket extends PriceSource {
  /** The current one: a change of status or precision replaces it. */
  readonly listing: Listing;
  readonly orders: Matcher;
}

/** What the matcher told of a client's order, and nobody has dealt with yet. */
export type Fact =
  | {
      readonly type: 'trade';
      readonly order: OpenOrder;
      readonly tradeId: number;
      readonly price: Ticks;
      readonly size: Lots;
      readonly liquidity: 'maker' | 'taker';
    }
  | { readonly type: 'refill'; readonly order: OpenOrder }
  /** The matcher has left it only so many lots. */
  | { readonly type: 'cut'; readonly order: OpenOrder; readonly keep: Lots }
  | { readonly type: 'done'; readonly order: OpenOrder; readonly reason: DoneReason };

/**
 * Clients' orders in one market: those in its matcher, and those that wait for a price. As the matcher's sink it only notes what
 * happens; the desk deals with it when the matcher is done. As its guard it says how much of a position is left for a reduce-only order
 * to close, with all that is noted.
 *
 * What is noted is bounded by what a matcher call, or the flow's calls of one instant, can do to clients' orders.
 */
export class MarketOrders
  implements Pick<MatcherSink, 'onTrade' | 'onDone' | 'onQueued' | 'onResized' | 'onUnqueued'>, OrderGuard
{
  readonly symbol: string;
  readonly market: DeskMarket;
  /** By the matcher's id. */
  readonly live: Map<number, OpenOrder> = new Map();
  readonly byLast: TriggerBook = new TriggerBook();
  readonly byIndex: TriggerBook = new TriggerBook();
  /** Whether anything has traded since the desk looked. */
  traded = false;
  readonly #facts: Fact[];
  readonly #positionOf: (account: string) => Lots;
  /** Orders that left the matcher in this instant, which has not been published yet. */
  readonly #leaving = new Map<number, string>();
  /** Prices that traded, and that those who wait by the last one have not seen. */
  #unseen: Ticks[] = [];
  /** Prices that were noted and seen before those. */
  #seen = 0;

  /** @param facts Where to note what happens, over all markets. @param positionOf Signed margin position of an account in this pair. */
  constructor(symbol: string, market: DeskMarket, facts: Fact[], positionOf: (account: string) => Lots) {
    this.symbol = symbol;
    this.market = market;
    this.#facts = facts;
    this.#positionOf = positionOf;
  }

  /** The order is no longer in the matcher. The public may still have to be told of it. */
  left(order: OpenOrder): void {
    this.live.delete(order.matcherId);
    this.#leaving.set(order.matcherId, order.id);
  }

  /** The id that its owner knows an order of the matcher by, until the instant in which it left is published. */
  ownId(matcherId: number): string | undefined {
    return this.live.get(matcherId)?.id ?? this.#leaving.get(matcherId);
  }

  /** What happened so far has been published. */
  published(): void {
    if (this.#leaving.size > 0) this.#leaving.clear();
  }

  triggersOf(order: OpenOrder): TriggerBook {
    return order.trigger?.reference === 'index' ? this.byIndex : this.byLast;
  }

  /** Lets an order wait for its price: it looks at the present one first, and never at one that traded before it came. */
  addTrigger(order: OpenOrder): void {
    const last = this.market.last();
    if (last !== undefined) this.#note(last);
    this.triggersOf(order).add(order, this.#seen + this.#unseen.length - (last === undefined ? 0 : 1));
  }

  /** The trigger of an order that waits was amended. */
  moveTrigger(order: OpenOrder): void {
    this.triggersOf(order).remove(order);
    this.addTrigger(order);
  }

  /** Orders whose trigger was reached since the last call, in the order of trigger time, then age. */
  fired(onMoved: (order: OpenOrder) => void): readonly OpenOrder[] {
    if (this.#unseen.length === 0 && this.byIndex.size === 0) return NONE;
    const fired: OpenOrder[] = [];
    const prices = this.#unseen;
    this.#unseen = [];
    for (const price of prices) {
      fired.push(...this.byLast.see(price, this.#seen, onMoved));
      this.#seen += 1;
    }
    const index = this.byIndex.size === 0 ? undefined : this.market.index();
    // The index is looked at as it is now: whoever waits for it sees it.
    if (index !== undefined) fired.push(...this.byIndex.see(index, Infinity, onMoved));
    return fired;
  }

  onTrade(
    tradeId: number,
    makerOrderId: number,
    takerOrderId: number,
    _taker: Side,
    price: Ticks,
    size: Lots,
    _takerType: TakerType,
  ): void {
    this.traded = true;
    if (this.byLast.size > 0) this.#note(price);
    if (this.live.size === 0) return;
    const maker = this.live.get(makerOrderId);
    if (maker !== undefined)
      this.#facts.push({ type: 'trade', order: maker, tradeId, price, size, liquidity: 'maker' });
    const taker = this.live.get(takerOrderId);
    if (taker !== undefined)
      this.#facts.push({ type: 'trade', order: taker, tradeId, price, size, liquidity: 'taker' });
  }

  onQueued(orderId: number): void {
    const order = this.live.size === 0 ? undefined : this.live.get(orderId);
    if (order === undefined) return;
    if (order.entering) order.entering = false;
    else this.#facts.push({ type: 'refill', order });
  }

  onDone(orderId: number, reason: DoneReason): void {
    const order = this.live.size === 0 ? undefined : this.live.get(orderId);
    if (order !== undefined) this.#facts.push({ type: 'done', order, reason });
  }

  onResized(): void {
    return undefined;
  }

  onUnqueued(): void {
    return undefined;
  }

  /** What the position, as it is when everything noted has been booked, leaves for an order to close. */
  roomOf(orderId: number, supposed: readonly SupposedTrade[]): number {
    const order = this.live.get(orderId);
    if (order === undefined) return Infinity;
    let position: number = this.#positionOf(order.account);
    const count = (other: OpenOrder | undefined, size: Lots): void => {
      if (other?.account !== order.account || other.symbol !== this.symbol || other.leverage === 0) return;
      position += signOf(other.request.side) * size;
    };
    for (const fact of this.#facts) if (fact.type === 'trade') count(fact.order, fact.size);
    for (const { makerOrderId, size } of supposed) count(this.live.get(makerOrderId), size);
    return Math.max(-signOf(order.request.side) * position, 0);
  }

  onCut(orderId: number, remaining: Lots): void {
    const order = this.live.get(orderId);
    if (order === undefined) return;
    if (remaining > 0) this.#facts.push({ type: 'cut', order, keep: remaining });
    else order.ending = { type: 'canceled', reason: ENDED.reduceOnly };
  }

  #note(price: Ticks): void {
    if (this.#unseen.at(-1) !== price) this.#unseen.push(price);
  }
}

const NONE: readonly never[] = [];
