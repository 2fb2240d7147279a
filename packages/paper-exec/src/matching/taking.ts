// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { lots, notional, opposite, ticks } from '@kb/model';
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Matcher, OwnBook } from './matcher.ts';
import type { PaperOrder } from './paper-order.ts';
import type { OwnOrderAhead } from './resting-orders.ts';

/** Whether an order at `limit` would find something to take, public (net of what we took) or our own. */
export function isMarketable(matcher: Matcher, side: Side, limit: Ticks, model: number): boolean {
  const { book, own, taken } = matcher;
  if (book === undefined) return false;
  const facing = opposite(side);
  const best = own.best(facing, model);
  if (best !== undefined && reaches(side, limit, best.price)) return true;
  for (let index = 0; index < book.levels(facing); index += 1) {
    const price = book.priceAt(facing, index)!;
    if (!reaches(side, limit, price)) return false;
    if (taken[facing].available(price, book.sizeAt(facing, index)!, model) > 0) return true;
  }
  return false;
}

/**
 * The last price at which a market order may trade that comes now: that share of the best one away from it, towards it on the
 * grid of ticks; `undefined` where there is no best one.
 */
export function protectionOf(matcher: Matcher, side: Side, share: Decimal): Ticks | undefined {
  const best = matcher.book?.priceAt(opposite(side), 0);
  if (best === undefined) return undefined;
  const distance = share.times(best);
  const edge = side === 'buy' ? distance.plus(best).floor() : distance.neg().plus(best).ceil();
  return ticks(Math.min(edge.toNumber(), Number.MAX_SAFE_INTEGER));
}

/** What an order of `size` would get and pay, as far as its limit and the displayed book go; own orders left aside. */
export function walk(
  matcher: Matcher,
  side: Side,
  size: Lots,
  model: number,
  limit?: Ticks,
): { readonly notional: bigint; readonly size: Lots } {
  const { book, taken } = matcher;
  const facing = opposite(side);
  let left: number = size;
  let sum = 0n;
  for (let index = 0; book !== undefined && left > 0 && index < book.levels(facing); index += 1) {
    const price = book.priceAt(facing, index)!;
    if (limit !== undefined && !reaches(side, limit, price)) break;
    const available = taken[facing].available(price, book.sizeAt(facing, index)!, model);
    const part = lots(Math.min(left, available));
    sum += notional(price, part);
    left -= part;
  }
  return { notional: sum, size: lots(size - left) };
}

/** Whether an order would trade all of its size at once in one queue model, without meeting an own order that ends it. */
export function fillsWhole(matcher: Matcher, order: PaperOrder, model: number): boolean {
  const { book, own, taken } = matcher;
  const { price: limit, request, side } = order;
  const facing = opposite(side);
  const met = request.selfTrade === 'cancel-oldest' ? undefined : own.best(facing, model);
  let left: number = order.states[model]!.remaining;
  for (let index = 0; book !== undefined && left > 0 && index < book.levels(facing); index += 1) {
    const price = book.priceAt(facing, index)!;
    if (limit !== undefined && !reaches(side, limit, price)) break;
    const displayed = book.sizeAt(facing, index)!;
    const available = taken[facing].available(price, displayed, model);
    if (met === undefined || !reaches(side, price, met.price)) left -= available;
    else {
      if (price === met.price) left -= Math.min(available, lotsBefore(matcher, met, model, displayed, available));
      break;
    }
  }
  return left <= 0;
}

/** Ends an own order at rest in one queue model: an order that came met it. */
export type OnOwnMet = (resting: PaperOrder, model: number) => void;

/**
 * F2: walks the opposite side up to the limit, best first, in one queue model. Where it meets an own order, after what stands ahead
 * of that, the order's self-trade prevention says which of the two ends.
 * @returns True when it ends itself: what is left of it is to be cancelled.
 */
export function take(matcher: Matcher, order: PaperOrder, model: number, at: Micros, endOwn: OnOwnMet): boolean {
  const { book } = matcher;
  if (book === undefined) return false;
  const { request, side } = order;
  const limit = order.price ?? order.protection;
  const { selfTrade = 'cancel-newest' } = request;
  const state = order.states[model]!;
  for (;;) {
    const own = matcher.own.best(opposite(side), model);
    takeUpTo(matcher, book, order, model, at, own);
    const meets = own !== undefined && state.remaining > 0 && (limit === undefined || reaches(side, limit, own.price));
    if (!meets) return false;
    if (selfTrade === 'cancel-newest') return true;
    endOwn(own.order, model);
    if (selfTrade === 'cancel-both') return true;
  }
}

/** Takes what stands ahead of an own order. */
function takeUpTo(
  matcher: Matcher,
  book: OwnBook,
  order: PaperOrder,
  model: number,
  at: Micros,
  own: OwnOrderAhead | undefined,
): void {
  const { side } = order;
  const limit = order.price ?? order.protection;
  const state = order.states[model]!;
  const facing = opposite(side);
  const taken = matcher.taken[facing];
  for (let index = 0; index < book.levels(facing) && state.remaining > 0; index += 1) {
    const price = book.priceAt(facing, index)!;
    if (limit !== undefined && !reaches(side, limit, price)) break;
    const displayed = book.sizeAt(facing, index)!;
    let available: number = taken.available(price, displayed, model);
    const isHere = own !== undefined && price === own.price;
    if (own !== undefined && !isHere && reaches(side, price, own.price)) break; // ours is better
    if (isHere) available = Math.min(available, lotsBefore(matcher, own, model, displayed, available));
    const size = lots(Math.min(state.remaining, available));
    if (size > 0) {
      taken.take(price, displayed, model, size);
      matcher.fill(order, model, {
        price,
        size,
        liquidity: 'taker',
        rule: 'F2',
        tradeId: undefined,
        at,
        recovered: false,
      });
    }
    if (isHere) return;
  }
}

/** Whole lots that stand ahead of an own order at its price, without those that own takers had: these stood in front. */
function lotsBefore(
  { taken }: Matcher,
  { ahead, order: { place, side } }: OwnOrderAhead,
  model: number,
  displayed: number,
  available: number,
): number {
  // Among single orders it is known which of them we had.
  const { makers } = taken[side];
  const left =
    place?.isKnown === true && taken[side].goesByMakers(model)
      ? place.ahead - place.takenOf(makers.of(model))
      : ahead - (displayed - available);
  return Math.max(0, Math.floor(left));
}

/** Whether an order with this limit can trade at a price of the other side. */
export function reaches(side: Side, limit: Ticks, price: Ticks): boolean {
  return side === 'buy' ? price <= limit : price >= limit;
}
