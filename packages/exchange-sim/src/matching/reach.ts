import { lots } from '@kb/model';
import type { Lots, Ticks } from '@kb/model';
import type { SelfTradePrevention } from './order-extras.ts';
import type { OrderGuard, SupposedTrade } from './order-guard.ts';
import type { PriceLevel, PriceLevels, QueuedOrder } from './price-levels.ts';

/** Who would take: as far as the limit, and not from its owner. */
export interface Reach {
  /** None when `undefined`. */
  readonly limit: Ticks | undefined;
  /** 0 is nobody. */
  readonly owner: number;
  readonly selfTrade: SelfTradePrevention;
  /** Says how much guarded orders would give. */
  readonly guard: OrderGuard;
}

/** All lots at that price or better, at most 2^53 − 1, whatever a guard says. */
export function reachable(makers: PriceLevels, limit: Ticks): Lots {
  let volume = 0;
  makers.walk((level) => {
    if (!makers.isWithin(level.price, limit)) return false;
    volume += level.total + level.hidden;
    return volume < Number.MAX_SAFE_INTEGER;
  });
  return lots(Math.min(volume, Number.MAX_SAFE_INTEGER));
}

/** Whether a taker would get all of that size. */
export function fills(makers: PriceLevels, size: Lots, by: Reach): boolean {
  let missing: number = size;
  walkReach(makers, by, (_price, there) => {
    missing -= there;
    return missing > 0;
  });
  return missing <= 0;
}

/** How many lots a taker would get for at most that notional, at most 2^53 − 1. */
export function payable(makers: PriceLevels, budget: bigint, by: Reach): Lots {
  let money = budget < 0n ? 0n : budget;
  let found = 0n;
  walkReach(makers, by, (price, size) => {
    const there = BigInt(size);
    const most = money / BigInt(price);
    found += most < there ? most : there;
    money -= there * BigInt(price);
    return money > 0n;
  });
  return lots(Math.min(Number(found), Number.MAX_SAFE_INTEGER));
}

/** Displayed lots of the orders before it in its queue. */
export function displayedAhead(order: QueuedOrder): number {
  let sum = 0;
  for (let other = order.ahead; other !== undefined; other = other.ahead) sum += other.displayed;
  return sum;
}

/**
 * Visits the price and the lots of each level that a taker would get if it took all it could, hidden lots too, best first, until the
 * visitor returns false. Lots of its own owner do not count, and where one of its orders would end the taker, nothing after it does.
 */
function walkReach(makers: PriceLevels, by: Reach, visit: (price: Ticks, size: number) => boolean): void {
  if (makers.guarded > 0) {
    rehearse(makers, by, visit);
    return;
  }
  const { limit, owner, selfTrade } = by;
  makers.walk((level) => {
    if (limit !== undefined && !makers.isWithin(level.price, limit)) return false;
    const all = level.total + level.hidden;
    const own = owner === 0 ? undefined : firstOf(level, owner);
    if (own === undefined) return visit(level.price, all);
    if (selfTrade === 'cancel_oldest') return visit(level.price, all - lotsOf(level, owner));
    // The next slices of the icebergs before it would queue behind it.
    visit(level.price, displayedAhead(own));
    return false;
  });
}

/** The same, trade by trade: what a guarded order would give depends on what was taken before it. */
function rehearse(makers: PriceLevels, by: Reach, visit: (price: Ticks, size: number) => boolean): void {
  const { limit, owner, selfTrade, guard } = by;
  const taken: SupposedTrade[] = [];
  makers.walk((level) => {
    if (limit !== undefined && !makers.isWithin(level.price, limit)) return false;
    const queue = slicesOf(level);
    // The next slice of an iceberg queues behind those that are there.
    for (const slice of queue) {
      const { order, hidden } = slice;
      if (owner !== 0 && order.owner === owner) {
        if (selfTrade === 'cancel_oldest') continue;
        return false;
      }
      const left = Math.min(slice.shown + hidden, order.guarded ? guard.roomOf(order.id, taken) : Infinity);
      const size = Math.min(slice.shown, left);
      if (size <= 0) continue;
      if (order.owner !== 0) taken.push({ makerOrderId: order.id, size: lots(size) });
      if (!visit(level.price, size)) return false;
      const shown = Math.min(order.display, left - size);
      if (shown > 0) queue.push({ order, shown, hidden: left - size - shown });
    }
    return true;
  });
}

/** What an order shows, and what it hides behind that. */
interface Slice {
  readonly order: QueuedOrder;
  readonly shown: number;
  readonly hidden: number;
}

function slicesOf(level: PriceLevel): Slice[] {
  const slices: Slice[] = [];
  for (let order = level.first; order !== undefined; order = order.behind) {
    slices.push({ order, shown: order.displayed, hidden: order.hidden });
  }
  return slices;
}

function firstOf(level: PriceLevel, owner: number): QueuedOrder | undefined {
  let order = level.first;
  while (order !== undefined && order.owner !== owner) order = order.behind;
  return order;
}

function lotsOf(level: PriceLevel, owner: number): number {
  let sum = 0;
  for (let order = level.first; order !== undefined; order = order.behind) {
    if (order.owner === owner) sum += order.displayed + order.hidden;
  }
  return sum;
}
