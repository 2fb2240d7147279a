import type { FeeConfig, RunSummary } from '@kb/engine';
import { Decimal } from 'decimal.js';
import { money } from '../figures.ts';

/** Fees as they are configured: `maker 0.25 %, taker 0.4 %`, or `by tier from 48 000.00 USD of 30 days`. */
export function feeText(fees: FeeConfig): string {
  return 'startingVolume' in fees ? `by tier from ${money(fees.startingVolume)} USD of 30 days` : ratesText(fees);
}

/** What each pair paid at the end of a run, and the volume that it took. */
export function feeTierText({ fees, feeTiers }: Pick<RunSummary, 'feeTiers' | 'fees'>): string {
  const reached = Object.entries(feeTiers);
  if (!('startingVolume' in fees) || reached.length === 0) return feeText(fees);
  const tiers = reached.map(([symbol, status]) => {
    const lost = status.unpricedFills === 0 ? '' : `, ${status.unpricedFills} fills of no known value not counted`;
    return `${symbol} ${ratesText(status)} at ${money(status.volume)} USD of 30 days${lost}`;
  });
  return tiers.join('; ');
}

function ratesText({ maker, taker }: { readonly maker: string; readonly taker: string }): string {
  return `maker ${percent(maker)}, taker ${percent(taker)}`;
}

/** A fraction in decimal text as a percentage: `0.0025` is `0.25 %`. */
function percent(fraction: string): string {
  return `${new Decimal(fraction).times(100).toFixed()} %`;
}
