import { signOf } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Asset } from '../listings/listing.ts';
import type { TradeBalance, Valuation } from './booking.ts';
import type { OpenPosition } from './margin-book.ts';
import { Money, sizeOf, ZERO } from './money.ts';

/** What margin figures are computed from. */
export interface MarginInputs {
  readonly balances: Iterable<readonly [asset: string, amount: Decimal]>;
  readonly positions: readonly OpenPosition[];
  /** By v2 name; an asset that is not in it counts in full as collateral. */
  readonly assets: ReadonlyMap<string, Asset>;
  readonly valuation: Valuation;
}

/**
 * The margin figures of an account, valued in an asset: equity = collateral + unrealised profit, free margin = equity − margin
 * used, margin level = equity / margin used.
 *
 * Collateral is a balance by its asset's weight; a debt counts in full. What has no value in the asset counts as nothing, and a
 * position whose base has none stands at what it cost.
 */
export function tradeBalanceIn(asset: string, inputs: MarginInputs): TradeBalance {
  const worth = (amount: Decimal, of: string): Decimal => valueIn(asset, amount, of, inputs.valuation) ?? ZERO;
  let [equivalentBalance, tradeBalance] = [ZERO, ZERO];
  for (const [of, amount] of inputs.balances) {
    const value = worth(amount, of);
    equivalentBalance = equivalentBalance.plus(value);
    tradeBalance = tradeBalance.plus(asCollateral(value, of, inputs.assets));
  }
  let [marginUsed, costBasis, valuation, unrealised] = [ZERO, ZERO, ZERO, ZERO];
  for (const position of inputs.positions) {
    const { base, quote } = position.listing;
    const cost = worth(position.owed.left, quote.id);
    const now = valueIn(asset, sizeOf(position.listing, position.open), base.id, inputs.valuation) ?? cost;
    marginUsed = marginUsed.plus(worth(position.margin, quote.id));
    costBasis = costBasis.plus(cost);
    valuation = valuation.plus(now);
    unrealised = unrealised.plus(now.minus(cost).times(signOf(position.side)));
  }
  const equity = tradeBalance.plus(unrealised);
  return {
    equivalentBalance,
    tradeBalance,
    marginUsed,
    unrealised,
    costBasis,
    valuation,
    equity,
    freeMargin: equity.minus(marginUsed),
    marginLevel: marginUsed.isZero() ? undefined : equity.times(100).div(marginUsed),
  };
}

/** What open orders hold back, as collateral in an asset: not free for new orders. */
export function heldCollateral(
  asset: string,
  held: Iterable<readonly [asset: string, amount: Decimal]>,
  { assets, valuation }: MarginInputs,
): Decimal {
  let sum = ZERO;
  for (const [of, amount] of held) {
    sum = sum.plus(asCollateral(valueIn(asset, amount, of, valuation) ?? ZERO, of, assets));
  }
  return sum;
}

/** What an amount counts for when money is borrowed against it. */
export function asCollateral(value: Decimal, asset: string, assets: ReadonlyMap<string, Asset>): Decimal {
  return value.lt(0) ? value : value.times(assets.get(asset)?.collateralValue ?? 1);
}

/** An amount of one asset in another; `undefined` where no market tells. */
export function valueIn(asset: string, amount: Decimal, of: string, valuation: Valuation): Decimal | undefined {
  if (of === asset) return amount;
  const unit = valuation(of, asset);
  return unit === undefined ? undefined : new Money(amount).times(unit);
}
