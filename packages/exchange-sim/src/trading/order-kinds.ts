import type { InstrumentStatus, Side, SystemStatus } from '@kb/model';
import type { OrderKind } from './order.ts';
import { inMode, REFUSED } from './texts.ts';

/** What sets the kinds of orders apart. */
interface Traits {
  /** Has a limit price when it reaches the market. */
  readonly limit: boolean;
  /** `stop`: waits for the price to turn against it · `take` to turn in its favour · `trail`: a stop that follows the price. */
  readonly trigger: 'stop' | 'take' | 'trail' | undefined;
}

const TRAITS: Readonly<Record<OrderKind, Traits>> = {
  market: { limit: false, trigger: undefined },
  limit: { limit: true, trigger: undefined },
  iceberg: { limit: true, trigger: undefined },
  'stop-loss': { limit: false, trigger: 'stop' },
  'stop-loss-limit': { limit: true, trigger: 'stop' },
  'take-profit': { limit: false, trigger: 'take' },
  'take-profit-limit': { limit: true, trigger: 'take' },
  'trailing-stop': { limit: false, trigger: 'trail' },
  'trailing-stop-limit': { limit: true, trigger: 'trail' },
  'settle-position': { limit: false, trigger: undefined },
};

export function hasLimit(kind: OrderKind): boolean {
  return TRAITS[kind].limit;
}

export function hasTrigger(kind: OrderKind): boolean {
  return TRAITS[kind].trigger !== undefined;
}

export function trails(kind: OrderKind): boolean {
  return TRAITS[kind].trigger === 'trail';
}

/** Kraken: post-only is not for stop-loss-limit, take-profit-limit and their like. */
export function mayBePostOnly(kind: OrderKind): boolean {
  return hasLimit(kind) && !hasTrigger(kind);
}

/** Whether it fires at its trigger price or below; otherwise at it or above. */
export function firesBelow(kind: OrderKind, side: Side): boolean {
  return (TRAITS[kind].trigger === 'take') === (side === 'buy');
}

/** Where REST's `#` points: −1 below the last trade, where a limit buy or a sell's stop belongs, or 1 above it. */
export function naturalSign(kind: OrderKind, side: Side): 1 | -1 {
  const below = hasTrigger(kind) ? firesBelow(kind, side) : side === 'buy';
  return below ? -1 : 1;
}

/** What a status looks at. */
export interface GatedOrder {
  readonly kind: OrderKind;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
}

/**
 * Why system and pair do not let this order come to the market now, or `undefined`.
 *
 * `limit_only` lets through what reaches the market with a limit price, `reduce_only` also what settles a position. A delisted pair is
 * unknown. (Texts of the other statuses follow the pattern of those that are published: UNCONFIRMED.)
 */
export function statusRefusal(
  system: SystemStatus,
  pair: InstrumentStatus,
  { kind, postOnly = false, reduceOnly = false }: GatedOrder,
): string | undefined {
  if (system === 'maintenance') return REFUSED.unavailable;
  if (pair === 'delisted') return REFUSED.unknownPair;
  if (pair === 'maintenance' || pair === 'work_in_progress') return inMode(pair);
  if (system === 'cancel_only' || pair === 'cancel_only') return inMode('cancel_only');
  const rests = postOnly && mayBePostOnly(kind);
  if ((system === 'post_only' || pair === 'post_only') && !rests) return inMode('post_only');
  if (pair === 'limit_only' && !hasLimit(kind)) return inMode(pair);
  if (pair === 'reduce_only' && !reduceOnly && kind !== 'settle-position') return inMode(pair);
  return undefined;
}
