import { SECOND } from '@kb/model';
import type { Lots, Micros, Side, Ticks } from '@kb/model';

/**
 * What trading a share of a day's volume moves the price, as a fraction of it: the square root law, `factor` (Y) × the day's
 * volatility × √share. At a volatility of 2 % and a factor of 0.8, a thousandth of the day's volume costs 5.1 basis points, a
 * hundredth 16, a tenth 51.
 */
export function squareRootImpact(factor: number, dayVolatility: number, shareOfDay: number): number {
  return factor * dayVolatility * Math.sqrt(shareOfDay);
}

/**
 * Adds up what the square root law charges own fills, but for what is known at the end only: factor, volatility and the day's
 * volume. Fills of one side that are no more than ten minutes apart are one order to the market, whoever placed them.
 *
 * A charge is an estimate, so it is counted in doubles; no balance moves by it.
 */
export class ImpactCharge {
  readonly #runs = { buy: new Run(), sell: new Run() };

  fill(side: Side, at: Micros, price: Ticks, size: Lots): void {
    this.#runs[side].fill(at, price, size);
  }

  /** Σ √size × (price × size) of all such orders, in lots and ticks. */
  get weight(): number {
    return this.#runs.buy.weight + this.#runs.sell.weight;
  }

  /** How many such orders there were. */
  get orders(): number {
    return this.#runs.buy.orders + this.#runs.sell.orders;
  }

  /** Price × size of all fills, in ticks × lots. */
  get turnover(): number {
    return this.#runs.buy.turnover + this.#runs.sell.turnover;
  }
}

/** One side's fills: those that are one order now, and what the ones before came to. */
class Run {
  #last = Number.NEGATIVE_INFINITY;
  #size = 0;
  #notional = 0;
  #weightBefore = 0;
  #turnoverBefore = 0;
  orders = 0;

  fill(at: Micros, price: Ticks, size: Lots): void {
    if (at - this.#last > LONGEST_PAUSE) this.#begin();
    this.#last = Math.max(this.#last, at);
    this.#size += size;
    this.#notional += price * size;
  }

  get weight(): number {
    return this.#weightBefore + this.#weightNow;
  }

  get turnover(): number {
    return this.#turnoverBefore + this.#notional;
  }

  get #weightNow(): number {
    return Math.sqrt(this.#size) * this.#notional;
  }

  #begin(): void {
    this.#weightBefore += this.#weightNow;
    this.#turnoverBefore += this.#notional;
    this.#size = 0;
    this.#notional = 0;
    this.orders += 1;
  }
}

const LONGEST_PAUSE = 600 * SECOND;
