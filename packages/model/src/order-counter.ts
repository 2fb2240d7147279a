import type { Micros } from './units.ts';

/** How many points a pair's counter takes, how fast they go, and how many orders may stand open. */
export interface OrderRateTier {
  readonly max: number;
  /** Points a second, two decimals at most. */
  readonly decayPerSecond: number;
  /** Open orders a pair. */
  readonly openOrders: number;
}

export type OrderRateTierName = 'starter' | 'intermediate' | 'pro';

/**
 * The venue's limits by tier of the account.
 * @see https://docs.kraken.com/api/docs/guides/spot-ratelimits (May 2026)
 */
export const ORDER_RATE_TIERS: Readonly<Record<OrderRateTierName, OrderRateTier>> = {
  starter: { max: 60, decayPerSecond: 1, openOrders: 60 },
  intermediate: { max: 125, decayPerSecond: 2.34, openOrders: 80 },
  pro: { max: 180, decayPerSecond: 3.75, openOrders: 225 },
};

/** What the venue counts. A batch of n counts as n of its kind: half a point for each order that it adds. */
export type CountedCommand = 'add' | 'batch-add' | 'amend' | 'edit' | 'cancel' | 'cancel-all';

/** Points that a command costs whatever it is about, and that stay counted when it is refused. */
export const FIXED_POINTS: Readonly<Record<CountedCommand, number>> = {
  add: 1,
  'batch-add': 0.5,
  amend: 1,
  edit: 1,
  cancel: 0,
  'cancel-all': 1,
};

/** More points for touching a young order: by seconds since it was created or last amended, youngest first. */
export const AGE_POINTS: Readonly<
  Partial<Record<CountedCommand, readonly { readonly below: number; readonly points: number }[]>>
> = {
  amend: [
    { below: 5, points: 3 },
    { below: 10, points: 2 },
    { below: 15, points: 1 },
  ],
  edit: [
    { below: 5, points: 6 },
    { below: 10, points: 5 },
    { below: 15, points: 4 },
    { below: 45, points: 2 },
    { below: 90, points: 1 },
  ],
  cancel: [
    { below: 5, points: 8 },
    { below: 10, points: 6 },
    { below: 15, points: 5 },
    { below: 45, points: 4 },
    { below: 90, points: 2 },
    { below: 300, points: 1 },
  ],
};

/** Points that a command about an order of this age costs, its fixed points among them. */
export function commandPoints(command: CountedCommand, age: Micros): number {
  const step = AGE_POINTS[command]?.find(({ below }) => age < below * MICROS_A_SECOND);
  return FIXED_POINTS[command] + (step?.points ?? 0);
}

/**
 * The venue's counter of order commands, one for each pair: commands add points, time takes them away, and a command that
 * would carry the counter over the maximum is refused.
 *
 * Both the paper venue and whoever asks before sending count with this, so that they cannot disagree. Exact: points are
 * whole counts of 10^-8, of which each tier loses a whole number a microsecond. That the decay is even, not once a second,
 * is an assumption.
 */
export class OrderCounter {
  readonly tier: OrderRateTier;
  /** In units a microsecond. */
  readonly #decay: number;
  readonly #pairs = new Map<string, { units: number; at: Micros }>();

  constructor(tier: OrderRateTier) {
    this.tier = tier;
    this.#decay = Math.round(tier.decayPerSecond * 100);
  }

  /** Points that a pair's counter shows. */
  points(symbol: string, now: Micros): number {
    return this.#unitsOf(symbol, now) / UNITS_A_POINT;
  }

  /** Whether the pair has room for so many points more. */
  admits(symbol: string, points: number, now: Micros): boolean {
    return this.#unitsOf(symbol, now) + points * UNITS_A_POINT <= this.tier.max * UNITS_A_POINT;
  }

  /** Counts points, over the maximum too: the caller has asked, or the venue takes the command all the same. */
  add(symbol: string, points: number, now: Micros): void {
    const units = this.#unitsOf(symbol, now) + points * UNITS_A_POINT;
    const pair = this.#pairs.get(symbol);
    if (pair === undefined) this.#pairs.set(symbol, { units, at: now });
    else {
      pair.units = units;
      if (now > pair.at) pair.at = now;
    }
  }

  /** A time before the last one takes nothing away. */
  #unitsOf(symbol: string, now: Micros): number {
    const pair = this.#pairs.get(symbol);
    if (pair === undefined) return 0;
    const elapsed = Math.max(0, now - pair.at);
    // Whoever waits for years would leave the whole numbers; long before that the counter is empty.
    if (elapsed * this.#decay >= pair.units) return 0;
    return pair.units - elapsed * this.#decay;
  }
}

const MICROS_A_SECOND = 1_000_000;
const UNITS_A_POINT = 100_000_000;
