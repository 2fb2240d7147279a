import { bigCountToDecimal, decimalToCount, KbError, notional } from '@kb/model';
import type { FeeRates, Instrument, Lots, Side, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { PaperError } from './errors.ts';

/** Exact for every product of price, size and fee rate that fits the units; rounds only where it is told to. */
const Money: typeof Decimal = Decimal.clone({ defaults: true, precision: 80, rounding: Decimal.ROUND_HALF_UP });

/** Decimals that a fee is rounded to, half up. Finer than any quote currency, so that many small fills are not overcharged. */
export const FEE_DECIMALS = 10;

/** What an order may still cost: an amount of an asset. */
export interface Need {
  readonly asset: string;
  readonly amount: Decimal;
}

/** Balances of the paper account and what its resting orders hold of them, exact. */
export class Funds {
  readonly #balances = new Map<string, Decimal>();
  readonly #held = new Map<string, Decimal>();
  readonly #holds = new Map<string, Need>();
  readonly #maker: Decimal;
  readonly #taker: Decimal;
  /** 1 + the worse of both rates: what a buy order must be able to pay. */
  readonly #worst: Decimal;
  readonly #takerFactor: Decimal;

  /** @throws PaperError `KB_PAPER_BAD_OPTION` for a balance or rate that is no decimal. */
  constructor(balances: Readonly<Record<string, string>>, fees: FeeRates) {
    for (const [asset, text] of Object.entries(balances)) {
      const amount = decimal(`balances.${asset}`, text);
      if (amount.isNegative()) throw new PaperError('KB_PAPER_BAD_OPTION', `balances.${asset}: was ${text}`);
      this.#balances.set(asset, amount);
    }
    this.#maker = rate('fees.maker', fees.maker);
    this.#taker = rate('fees.taker', fees.taker);
    this.#worst = Money.max(0, this.#maker, this.#taker).plus(1);
    this.#takerFactor = Money.max(0, this.#taker).plus(1);
  }

  balance(asset: string): Decimal {
    return this.#balances.get(asset) ?? new Money(0);
  }

  /** All balances as decimal text. */
  balances(): Record<string, string> {
    return Object.fromEntries([...this.#balances].map(([asset, amount]) => [asset, amount.toFixed()]));
  }

  /** What is neither spent nor held. */
  free(asset: string): Decimal {
    return this.balance(asset).minus(this.#held.get(asset) ?? 0);
  }

  /** What a limit order may cost at worst: price × size and the higher fee for a buy, the size itself for a sell. */
  needOf(instrument: Instrument, side: Side, price: Ticks, size: Lots): Need {
    if (side === 'sell') return this.needOfSale(instrument, size);
    return { asset: instrument.quote, amount: cost(instrument, notional(price, size)).times(this.#worst) };
  }

  /** What a market buy costs that walks the book for `walked` (`notional` steps of price × size). */
  needOfWalk(instrument: Instrument, walked: bigint): Need {
    return { asset: instrument.quote, amount: cost(instrument, walked).times(this.#takerFactor) };
  }

  needOfSale(instrument: Instrument, size: Lots): Need {
    return { asset: instrument.base, amount: quantity(instrument, size) };
  }

  /** What an order holds now; undefined when nothing. */
  holdOf(orderId: string): Need | undefined {
    return this.#holds.get(orderId);
  }

  /** Sets what an order holds; `undefined` lets it go. */
  hold(orderId: string, need: Need | undefined): void {
    const old = this.#holds.get(orderId);
    if (old !== undefined) this.#held.set(old.asset, (this.#held.get(old.asset) ?? new Money(0)).minus(old.amount));
    if (need === undefined) this.#holds.delete(orderId);
    else {
      this.#holds.set(orderId, need);
      this.#held.set(need.asset, (this.#held.get(need.asset) ?? new Money(0)).plus(need.amount));
    }
  }

  /** Fee of a fill in the quote currency: price × size × rate, rounded half up to `FEE_DECIMALS`. */
  fee(instrument: Instrument, price: Ticks, size: Lots, liquidity: 'maker' | 'taker'): Decimal {
    const exact = cost(instrument, notional(price, size)).times(liquidity === 'maker' ? this.#maker : this.#taker);
    const fee = exact.toDecimalPlaces(FEE_DECIMALS, Decimal.ROUND_HALF_UP);
    return fee.isZero() ? new Money(0) : fee; // a rebate that rounds to nothing is no -0
  }

  /** Books a fill. */
  settle(instrument: Instrument, side: Side, price: Ticks, size: Lots, fee: Decimal): void {
    const { base, quote } = instrument;
    const direction = side === 'buy' ? 1 : -1;
    const paid = cost(instrument, notional(price, size)).times(direction).plus(fee);
    this.#balances.set(base, this.balance(base).plus(quantity(instrument, size).times(direction)));
    this.#balances.set(quote, this.balance(quote).minus(paid));
  }
}

function cost(instrument: Instrument, steps: bigint): Decimal {
  return new Money(bigCountToDecimal(steps, instrument.pricePrecision + instrument.qtyPrecision));
}

function quantity(instrument: Instrument, size: Lots): Decimal {
  return new Money(bigCountToDecimal(BigInt(size), instrument.qtyPrecision));
}

function rate(name: string, text: string): Decimal {
  const value = decimal(name, text);
  if (value.abs().lessThan(1)) return value;
  throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: expected a fraction such as 0.0025 for 0.25 %, was ${text}`);
}

function decimal(name: string, text: string): Decimal {
  try {
    decimalToCount(text, 0);
  } catch (cause) {
    // Only the form matters here: digits beyond the point and beyond 2^53 are fine.
    if (cause instanceof KbError && cause.code === 'KB_MODEL_NOT_A_DECIMAL') {
      throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: ${cause.message}`, { cause });
    }
  }
  return new Money(text);
}
