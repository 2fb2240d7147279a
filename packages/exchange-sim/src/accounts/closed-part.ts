import { lots, NO_LOTS } from '@kb/model';
import type { Lots } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { ClosedPart } from './booking.ts';
import { BoundedLog } from './bounded-log.ts';
import { ZERO } from './money.ts';

/** Closing trades that a position remembers, the newest. */
const MOST_TRADES = 1_000;

/** One closing of a part of a position. */
export interface Closing {
  readonly size: Lots;
  /** What it was closed for, in quote currency. */
  readonly cost: Decimal;
  /** The part's share of the closing trade's fee. */
  readonly fee: Decimal;
  /** Won, before fees. */
  readonly profit: Decimal;
  /** The closing trade; `undefined` where the part was settled. */
  readonly tradeId: string | undefined;
}

/** Sums what closes a position. Live. */
export class ClosedSums implements ClosedPart {
  readonly #trades = new BoundedLog<string>(MOST_TRADES);
  #size: Lots = NO_LOTS;
  #cost: Decimal = ZERO;
  #fee: Decimal = ZERO;
  #profit: Decimal = ZERO;

  get size(): Lots {
    return this.#size;
  }

  get cost(): Decimal {
    return this.#cost;
  }

  get fee(): Decimal {
    return this.#fee;
  }

  get profit(): Decimal {
    return this.#profit;
  }

  get trades(): readonly string[] {
    return this.#trades.entries;
  }

  add({ size, cost, fee, profit, tradeId }: Closing): void {
    this.#size = lots(this.#size + size);
    this.#cost = this.#cost.plus(cost);
    this.#fee = this.#fee.plus(fee);
    this.#profit = this.#profit.plus(profit);
    if (tradeId !== undefined) this.#trades.push(tradeId);
  }
}
