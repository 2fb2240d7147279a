/** What one tier of a schedule pays: fractions as decimal text, `0.0025` is 0.25 %. */
export interface FeeTier {
  /** Least volume of 30 days, in US dollars, as decimal text. */
  readonly from: string;
  readonly maker: string;
  readonly taker: string;
}

/** Tiers by volume, the first from zero, each from more than the one before. */
export type FeeSchedule = readonly FeeTier[];

/**
 * Crypto pairs, as the venue's AssetPairs told it on 7 July 2026. Makers pay nothing at best: rebates are given on listed
 * pairs only, which need a schedule of their own.
 */
export const KRAKEN_FEE_SCHEDULE: FeeSchedule = [
  { from: '0', maker: '0.0025', taker: '0.0040' },
  { from: '10000', maker: '0.0020', taker: '0.0035' },
  { from: '50000', maker: '0.0014', taker: '0.0024' },
  { from: '100000', maker: '0.0012', taker: '0.0022' },
  { from: '250000', maker: '0.0010', taker: '0.0020' },
  { from: '500000', maker: '0.0008', taker: '0.0018' },
  { from: '1000000', maker: '0.0006', taker: '0.0016' },
  { from: '2500000', maker: '0.0004', taker: '0.0014' },
  { from: '5000000', maker: '0.0002', taker: '0.0012' },
  { from: '10000000', maker: '0', taker: '0.0010' },
  { from: '100000000', maker: '0', taker: '0.0008' },
  { from: '500000000', maker: '0', taker: '0.0005' },
];

/** Pairs whose base is a stablecoin or a state's currency, as of April 2021: no later one could be confirmed. */
export const KRAKEN_PEGGED_FEE_SCHEDULE: FeeSchedule = [
  { from: '0', maker: '0.0020', taker: '0.0020' },
  { from: '50000', maker: '0.0016', taker: '0.0016' },
  { from: '100000', maker: '0.0012', taker: '0.0012' },
  { from: '250000', maker: '0.0008', taker: '0.0008' },
  { from: '500000', maker: '0.0004', taker: '0.0004' },
  { from: '1000000', maker: '0', taker: '0' },
];

/** Bases whose pairs have the pegged schedule, and whose volume does not count. */
export const PEGGED_ASSETS: readonly string[] = [
  'USD',
  'EUR',
  'GBP',
  'CAD',
  'AUD',
  'CHF',
  'JPY',
  'USDT',
  'USDC',
  'USDD',
  'USDG',
  'USDQ',
  'USDR',
  'USDS',
  'DAI',
  'EURC',
  'EURQ',
  'EURR',
  'EURT',
  'PYUSD',
  'RLUSD',
  'TUSD',
];

/** The tier that a volume reaches. Both in one unit; `tiers` has at least one, from zero. */
export function tierAt<Tier extends { readonly from: bigint }>(
  tiers: readonly [Tier, ...Tier[]],
  volume: bigint,
): Tier {
  let reached: Tier = tiers[0];
  for (const tier of tiers) if (tier.from <= volume) reached = tier;
  return reached;
}
