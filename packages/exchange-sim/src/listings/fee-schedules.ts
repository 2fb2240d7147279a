import type { FeeSchedule } from './listing.ts';

/** Crypto pairs, as Kraken's `AssetPairs` gave them in July 2026. */
export const CRYPTO_FEES: FeeSchedule = {
  maker: [
    { volume: 0, percent: '0.25' },
    { volume: 10_000, percent: '0.2' },
    { volume: 50_000, percent: '0.14' },
    { volume: 100_000, percent: '0.12' },
    { volume: 250_000, percent: '0.1' },
    { volume: 500_000, percent: '0.08' },
    { volume: 1_000_000, percent: '0.06' },
    { volume: 2_500_000, percent: '0.04' },
    { volume: 5_000_000, percent: '0.02' },
    { volume: 10_000_000, percent: '0.0' },
    { volume: 100_000_000, percent: '0.0' },
    { volume: 500_000_000, percent: '0.0' },
  ],
  taker: [
    { volume: 0, percent: '0.4' },
    { volume: 10_000, percent: '0.35' },
    { volume: 50_000, percent: '0.24' },
    { volume: 100_000, percent: '0.22' },
    { volume: 250_000, percent: '0.2' },
    { volume: 500_000, percent: '0.18' },
    { volume: 1_000_000, percent: '0.16' },
    { volume: 2_500_000, percent: '0.14' },
    { volume: 5_000_000, percent: '0.12' },
    { volume: 10_000_000, percent: '0.1' },
    { volume: 100_000_000, percent: '0.08' },
    { volume: 500_000_000, percent: '0.05' },
  ],
};

const STABLE_TIERS: FeeSchedule['maker'] = [
  { volume: 0, percent: '0.2' },
  { volume: 50_000, percent: '0.16' },
  { volume: 100_000, percent: '0.12' },
  { volume: 250_000, percent: '0.08' },
  { volume: 500_000, percent: '0.04' },
  { volume: 1_000_000, percent: '0.0' },
];

/** Pairs with a stablecoin or fiat as base: makers and takers pay the same. As of April 2021; today's steps are UNCONFIRMED. */
export const STABLE_FEES: FeeSchedule = { maker: STABLE_TIERS, taker: STABLE_TIERS };
