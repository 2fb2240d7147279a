import { lots } from '@kb/model';
import type { Lots } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Fill } from '../accounts/account.ts';
import { derivedTradeId } from '../accounts/ids.ts';
import { Money, sizeOf } from '../accounts/money.ts';
import { longPrice } from './numbers.ts';

/** One row of a trade history: a fill, or several of one taker. */
export interface TradeRow {
  readonly id: string;
  /** The first one: all have its order, side and time. */
  readonly fill: Fill;
  readonly price: string;
  readonly size: Lots;
  readonly cost: Decimal;
  readonly fee: Decimal;
  readonly ledgerIds: readonly string[];
}

/** The row of a fill by itself. */
export function rowOf(fill: Fill): TradeRow {
  const { id, size, cost, fee, ledgerIds, listing } = fill;
  return { id, fill, price: longPrice(fill.price, listing.instrument), size, cost, fee, ledgerIds };
}

/**
 * Rows with the fills that one taker got at once as one: `consolidate_taker`, which is so unless it is asked for otherwise.
 *
 * What such a row is like is UNCONFIRMED. Here it has an id of its own, so that none means two things, sums, the average price and the
 * first fill's `trade_id`. Fills on margin stay by themselves, as each of them opens a position or closes some.
 * @see https://docs.kraken.com/api-reference/account-data/get-trades-history
 */
export function consolidated(fills: readonly Fill[]): TradeRow[] {
  return [...Map.groupBy(fills, groupOf).values()].flatMap((group) => {
    const [first, ...more] = group;
    if (first === undefined) return [];
    return more.length === 0 ? [rowOf(first)] : [together(first, group)];
  });
}

function groupOf({ id, orderId, at, liquidity, margin }: Fill): string {
  return liquidity === 'taker' && margin === undefined ? `${orderId} ${at}` : id;
}

function together(first: Fill, group: readonly Fill[]): TradeRow {
  const { listing, orderId, at } = first;
  const sum = (amountOf: (fill: Fill) => Decimal): Decimal => Money.sum(...group.map(amountOf));
  const size = lots(group.reduce((total, fill) => total + fill.size, 0));
  const cost = sum((fill) => fill.cost);
  const decimals = longPrice(first.price, listing.instrument).split('.')[1]?.length ?? 0;
  return {
    id: derivedTradeId('taker', orderId, at),
    fill: first,
    price: cost.div(sizeOf(listing, size)).toFixed(decimals, Money.ROUND_HALF_UP),
    size,
    cost,
    fee: sum((fill) => fill.fee),
    ledgerIds: group.flatMap(({ ledgerIds }) => ledgerIds),
  };
}
