// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { lots, notional, opposite } from '@kb/model';
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Matcher } from './matcher.ts';
import type { PaperOrder } from './paper-order.ts';

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

/** What a market order of `size` would pay, as far as the displayed book goes. */
export function walk(
  matcher: Matcher,
  side: Side,
  size: Lots,
  model: number,
): { readonly notional: bigint; readonly size: Lots } {
  const { book, taken } = matcher;
  const facing = opposite(side);
  let left: number = size;
  let sum = 0n;
  for (let index = 0; book !== undefined && left > 0 && index < book.levels(facing); index += 1) {
    const price = book.priceAt(facing, index)!;
    const available = taken[facing].available(price, book.sizeAt(facing, index)!, model);
    const part = lots(Math.min(left, available));
    sum += notional(price, part);
    left -= part;
  }
  return { notional: sum, size: lots(size - left) };
}

/**
 * F2: walks the opposite side up to the limit, best first, in one queue model.
 * @returns True when it met an own order, which ends what is left of the taker (self-trade prevention, cancel newest).
 */
export function take(matcher: Matcher, order: PaperOrder, model: number, at: Micros): boolean {
  const { book } = matcher;
  const state = order.states[model]!;
  if (book === undefined) return false;
  const { side, price: limit } = order;
  const facing = opposite(side);
  const taken = matcher.taken[facing];
  const own = matcher.own.best(facing, model);
  for (let index = 0; index < book.levels(facing) && state.remaining > 0; index += 1) {
    const price = book.priceAt(facing, index)!;
    if (limit !== undefined && !reaches(side, limit, price)) break;
    const displayed = book.sizeAt(facing, index)!;
    let available: number = taken.available(price, displayed, model);
    if (own !== undefined && price !== own.price && reaches(side, price, own.price)) break; // ours is better
    if (own !== undefined && price === own.price) available = Math.min(available, Math.floor(own.ahead));
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
    if (own !== undefined && price === own.price) break;
  }
  return own !== undefined && state.remaining > 0 && (limit === undefined || reaches(side, limit, own.price));
}

/** Whether an order with this limit can trade at a price of the other side. */
export function reaches(side: Side, limit: Ticks, price: Ticks): boolean {
  return side === 'buy' ? price <= limit : price >= limit;
}
