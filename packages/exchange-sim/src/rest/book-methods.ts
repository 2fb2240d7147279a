import { lots, ticks } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { VenueMarket } from '../venue.ts';
import type { PrivateCall, PublicCall, PublicMethod } from './call.ts';
import type { Json } from './json-text.ts';
import { longPrice, nanoseconds, quantity } from './numbers.ts';
import { askedPair } from './pairs.ts';

const DEPTHS: readonly number[] = [10, 25, 100, 250, 1000];
const GROUPINGS: readonly number[] = [1, 5, 10, 25, 50, 100, 250, 500, 1000];

/**
 * Sizes summed over price ranges of `grouping` tick sizes, `depth` of them a side: asks up to the range's upper end, bids down to its
 * lower. The depths and groupings that are allowed are from Kraken's documentation of 2026; what else is refused is UNCONFIRMED.
 */
export const groupedBook: PublicMethod = (call) => {
  const { market, asked } = askedPair(call);
  const depth = oneOf(call, 'depth', DEPTHS, 10);
  const grouping = oneOf(call, 'grouping', GROUPINGS, 1);
  const rows = (side: Side): Json =>
    groups(market, side, depth, grouping).map(([price, size]) => ({
      price: longPrice(price, market.listing.instrument),
      qty: quantity(size, market.listing.instrument),
    }));
  return { pair: asked, grouping, bids: rows('buy'), asks: rows('sell') };
};

function groups(market: VenueMarket, side: Side, depth: number, grouping: number): [Ticks, Lots][] {
  const step = market.listing.instrument.tickSize * grouping;
  const found: [Ticks, Lots][] = [];
  market.orders.walk(side, (price, total) => {
    const edge = ticks((side === 'buy' ? Math.floor(price / step) : Math.ceil(price / step)) * step);
    const latest = found.at(-1);
    if (latest !== undefined && latest[0] === edge) {
      // Sizes beyond what can be held exactly are held at the largest that can.
      latest[1] = lots(Math.min(latest[1] + total, Number.MAX_SAFE_INTEGER));
      return true;
    }
    if (found.length === depth) return false;
    found.push([edge, total]);
    return true;
  });
  return found;
}

/** Every order of the best levels, in the order of their queues, with the time it came or was last amended. `depth` 0 is the whole book. */
export function level3(call: PrivateCall): Json {
  const { market, asked } = askedPair(call);
  const depth = oneOf(call, 'depth', [0, ...DEPTHS], 100);
  const rows = (side: Side): Json =>
    market.publisher.orders(side, depth === 0 ? Infinity : depth).map(({ orderId, price, size, at }) => ({
      price: longPrice(price, market.listing.instrument),
      qty: quantity(size, market.listing.instrument),
      order_id: orderId,
      timestamp: nanoseconds(at),
    }));
  return { pair: asked, bids: rows('buy'), asks: rows('sell') };
}

function oneOf({ params }: PublicCall, name: string, allowed: readonly number[], usual: number): number {
  const value = params.whole(name, 0, 1e6) ?? usual;
  if (!allowed.includes(value)) throw params.invalid(name);
  return value;
}
