import { bigCountToDecimal, decimalToCount, KbError, notional } from '@kb/model';
import type { FeeRates, Instrument, Lots, Side, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { PaperError } from './errors.ts';

/** Exact for every product of price, size and fee rate that fits the units; rounds only where it is told to. */
const Money: typeof Decimal = Decimal.clone({ defaults: true, precision: 80, rounding: Decimal.ROUND_HALF_UP });
const ZERO: Decimal = new Money(0);

/** Decimals that a fee is rounded to, half up. Finer than any quote currency, so that many small fills are not overcharged. */
export const FEE_DECIMALS = 10;

/** What an order may still cost: an amount of an asset. */
export interface Need {
  readonly asset: string;
  readonly amount: Decimal;
}

/** What fills of a pair have moved since it was last booked, in lots and in steps of price × size; buys count up. */
interface Moved {
  lots: bigint;
  steps: bigint;
}

/** A working order's claim, not worked out yet. */
interface Claim {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
}

/**
 * Balances of the paper account and what its working orders hold of them, exact.
 *
 * Fills and changed orders come often, questions about money seldom: both are noted in integers and become decimals when
 * somebody asks.
 */
export class Funds {
  readonly #balances = new Map<string, Decimal>();
  readonly #held = new Map<string, Decimal>();
  readonly #holds = new Map<string, Need>();
  readonly #moved = new Map<Instrument, Moved>();
  readonly #claims = new Map<string, Claim | undefined>();
  readonly #rates: Readonly<Record<'maker' | 'taker', Decimal>>;
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
    const maker = rate('fees.maker', fees.maker);
    const taker = rate('fees.taker', fees.taker);
    this.#rates = { maker, taker };
    this.#worst = Money.max(0, maker, taker).plus(1);
    this.#takerFactor = Money.max(0, taker).plus(1);
  }

  /** All balances as decimal text. */
  balances(): Record<string, string> {
    this.#book();
    return Object.fromEntries([...this.#balances].map(([asset, amount]) => [asset, amount.toFixed()]));
  }

  /** What is neither spent nor held. */
  free(asset: string): Decimal {
    this.#book();
    this.#settleClaims();
    return this.#balance(asset).minus(this.#held.get(asset) ?? ZERO);
  }

  /** What a limit order may cost at worst: price × size and the higher fee for a buy, the size itself for a sell. */
  needOf(instrument: Instrument, side: Side, price: Ticks, size: Lots): Need {
    if (side === 'sell') return this.needOfSale(instrument, size);
    return { asset: instrument.quote, amount: cost(instrument, notional(price, size)).times(this.#worst) };
  }

  /** What a market buy costs that walks the book for `walked` (steps of price × size). */
  needOfWalk(instrument: Instrument, walked: bigint): Need {
    return { asset: instrument.quote, amount: cost(instrument, walked).times(this.#takerFactor) };
  }

  needOfSale(instrument: Instrument, size: Lots): Need {
    return { asset: instrument.base, amount: quantity(instrument, BigInt(size)) };
  }

  /** What an order holds now; `undefined` when nothing. */
  holdOf(orderId: string): Need | undefined {
    this.#settleClaims();
    return this.#holds.get(orderId);
  }

  /** Sets what an order may still cost; nothing when its size is zero. */
  hold(orderId: string, instrument: Instrument, side: Side, price: Ticks, size: Lots): void {
    this.#claims.set(orderId, size === 0 ? undefined : { instrument, side, price, size });
  }

  /** Fee of a fill in the quote currency: price × size × rate, rounded half up to `FEE_DECIMALS`. */
  fee(instrument: Instrument, price: Ticks, size: Lots, liquidity: 'maker' | 'taker'): Decimal {
    const exact = cost(instrument, notional(price, size)).times(this.#rates[liquidity]);
    const fee = exact.toDecimalPlaces(FEE_DECIMALS, Decimal.ROUND_HALF_UP);
    return fee.isZero() ? ZERO : fee; // a rebate that rounds to nothing is no -0
  }

  /** Takes a fill into the balances. */
  settle(instrument: Instrument, side: Side, price: Ticks, size: Lots, fee: Decimal): void {
    let moved = this.#moved.get(instrument);
    if (moved === undefined) {
      moved = { lots: 0n, steps: 0n };
      this.#moved.set(instrument, moved);
    }
    const direction = side === 'buy' ? 1n : -1n;
    moved.lots += direction * BigInt(size);
    moved.steps += direction * notional(price, size);
    this.#balances.set(instrument.quote, this.#balance(instrument.quote).minus(fee));
  }

  #balance(asset: string): Decimal {
    return this.#balances.get(asset) ?? ZERO;
  }

  #book(): void {
    if (this.#moved.size === 0) return;
    for (const [instrument, moved] of this.#moved) {
      const { base, quote } = instrument;
      this.#balances.set(base, this.#balance(base).plus(quantity(instrument, moved.lots)));
      this.#balances.set(quote, this.#balance(quote).minus(cost(instrument, moved.steps)));
    }
    this.#moved.clear();
  }

  #settleClaims(): void {
    if (this.#claims.size === 0) return;
    for (const [orderId, claim] of this.#claims) {
      const old = this.#holds.get(orderId);
      if (old !== undefined) this.#held.set(old.asset, (this.#held.get(old.asset) ?? ZERO).minus(old.amount));
      if (claim === undefined) this.#holds.delete(orderId);
      else {
        const need = this.needOf(claim.instrument, claim.side, claim.price, claim.size);
        this.#holds.set(orderId, need);
        this.#held.set(need.asset, (this.#held.get(need.asset) ?? ZERO).plus(need.amount));
      }
    }
    this.#claims.clear();
  }
}

function cost(instrument: Instrument, steps: bigint): Decimal {
  return new Money(bigCountToDecimal(steps, instrument.pricePrecision + instrument.qtyPrecision));
}

function quantity(instrument: Instrument, count: bigint): Decimal {
  return new Money(bigCountToDecimal(count, instrument.qtyPrecision));
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
