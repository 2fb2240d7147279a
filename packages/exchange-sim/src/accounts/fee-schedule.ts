import type { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import type { FeeTier } from '../listings/listing.ts';

/**
 * The step of a fee schedule that a 30-day volume in USD has reached, and the one after it.
 * @param tiers Begins at volume 0 and rises. @throws SimError `KB_SIM_BAD_OPTION` when it is empty.
 */
export function tierAt(
  tiers: readonly FeeTier[],
  volume: Decimal,
): { readonly tier: FeeTier; readonly next: FeeTier | undefined } {
  let [tier, next] = tiers;
  if (tier === undefined) throw new SimError('KB_SIM_BAD_OPTION', 'A fee schedule has no steps');
  for (let index = 2; next !== undefined && volume.gte(next.volume); index += 1) {
    tier = next;
    next = tiers[index];
  }
  return { tier, next };
}
