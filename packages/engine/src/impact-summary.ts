import type { PairImpact } from '@kb/paper-exec';
import { Decimal } from 'decimal.js';

/**
 * How large own fills were beside the market, and what they would have cost by moving it. An estimate after the fact: no fill and
 * no other figure of the run changes by it.
 */
export interface ImpactSummary {
  readonly pairs: Readonly<Record<string, PairImpact>>;
  /** In the reporting currency, decimal text; `undefined` while a pair with fills cannot be charged. */
  readonly charge: string | undefined;
  /** `pnl.net` less the charge. */
  readonly net: string | undefined;
}

/** @param net P&L of the strategy's own path, decimal text in the quote currency of all pairs. */
export function impactSummary(pairs: Readonly<Record<string, PairImpact>>, net: string | undefined): ImpactSummary {
  let charge: Decimal | undefined = new Exact(0);
  for (const { orders, charge: own } of Object.values(pairs)) {
    if (orders === 0) continue;
    charge = own === undefined ? undefined : charge?.plus(own);
  }
  return {
    pairs,
    charge: charge?.toFixed(),
    net: charge === undefined || net === undefined ? undefined : new Exact(net).minus(charge).toFixed(),
  };
}

/** Our own settings: nobody's `Decimal.set` can round it. */
const Exact: Decimal.Constructor = Decimal.clone({ precision: 60, defaults: true });
