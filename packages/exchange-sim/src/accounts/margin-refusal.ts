import { lots, signOf } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Listing } from '../listings/listing.ts';
import { borrowingRate } from './margin-book.ts';
import { costOf, sizeOf, ZERO } from './money.ts';
import { heldCollateral, tradeBalanceIn, valueIn } from './trade-balance.ts';
import type { MarginInputs } from './trade-balance.ts';

/** Percent of margin level at which Kraken warns and opens nothing more (`margin_call`), and at which it liquidates (`margin_stop`). */
export const MARGIN_CALL_PERCENT = 80;
export const MARGIN_STOP_PERCENT = 40;

/** Positions an account may have when it opens another one. Kraken has such a limit and does not publish it. */
export const MOST_POSITIONS = 500;

/** An order that would be traded on margin, and what the account has against it. */
export interface MarginOrder {
  readonly listing: Listing;
  readonly side: Side;
  readonly size: Lots;
  readonly price: Ticks;
  readonly leverage: number;
  /** Signed open position of the pair. */
  readonly net: Lots;
  /** What open orders hold back: it cannot be collateral as well. */
  readonly held: Iterable<readonly [asset: string, amount: Decimal]>;
  /** Most that may be borrowed in all, in USD; `undefined`: no such limit. */
  readonly allowance: Decimal | undefined;
}

/**
 * The text that an order with leverage is refused with, or `undefined`. What only closes is never refused for want of margin.
 * In which order Kraken checks is UNCONFIRMED; here: what is offered, limits of size and number, allowance, level, funds.
 */
export function marginRefusal(order: MarginOrder, inputs: MarginInputs): string | undefined {
  const { listing, side, leverage, price } = order;
  const { margin } = listing;
  if (margin === undefined) return 'EOrder:Cannot open position';
  if (!margin.leverage.includes(leverage)) return 'EGeneral:Invalid arguments:leverage';

  const standing = order.net * signOf(side);
  const opening = lots(Math.max(order.size - Math.max(-standing, 0), 0));
  if (opening === 0) return undefined;
  if (borrowingRate(listing, side) === undefined) return 'EOrder:Insufficient margin';

  const limit = side === 'buy' ? margin.longLimit : margin.shortLimit;
  if (
    sizeOf(listing, opening)
      .plus(sizeOf(listing, lots(Math.max(standing, 0))))
      .gt(limit)
  ) {
    return 'EOrder:Margin position size exceeded';
  }
  if (inputs.positions.length >= MOST_POSITIONS) return 'EOrder:Positions limit exceeded';

  const cost = costOf(listing, price, opening);
  if (order.allowance !== undefined && borrowedInUsd(cost, listing, inputs).gt(order.allowance)) {
    return 'EOrder:Margin allowance exceeded';
  }
  const now = tradeBalanceIn(listing.quote.id, inputs);
  if (now.marginLevel?.lte(MARGIN_CALL_PERCENT) === true) return 'EOrder:Margin level too low';
  const free = now.freeMargin.minus(heldCollateral(listing.quote.id, order.held, inputs));
  return free.lt(cost.div(leverage)) ? 'EOrder:Insufficient initial margin' : undefined;
}

/** All that is owed for positions, with that cost besides. */
function borrowedInUsd(cost: Decimal, listing: Listing, { positions, valuation }: MarginInputs): Decimal {
  let sum = valueIn('USD', cost, listing.quote.id, valuation) ?? ZERO;
  for (const position of positions) {
    sum = sum.plus(valueIn('USD', position.owed.left, position.listing.quote.id, valuation) ?? ZERO);
  }
  return sum;
}
