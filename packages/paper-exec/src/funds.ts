import { bigCountToDecimal, decimalToCount, KbError, notional } from '@kb/model';
import type { FeeRates, Instrument, Lots, Side, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { PaperError } from './errors.ts';

/** Decimals that a fee is rounded to, half up. Finer than any quote currency, so that many small fills are not overcharged. */
export const FEE_DECIMALS = 10;

/**
 * Amounts are whole counts of 10^-60, rates of 10^-30: price × size has at most 30 decimals (15 each), so that times a
 * rate everything is exact. In bigint, because each order and each fill asks: decimals took half of a maker's reaction.
 */
const AMOUNT_DECIMALS = 60;
const RATE_DECIMALS = 30;
const FEE_STEP = 10n ** BigInt(AMOUNT_DECIMALS - FEE_DECIMALS);

/** What an order may still cost: an amount of an asset, in steps of 10^-60. */
export interface Need {
  readonly asset: string;
  readonly amount: bigint;
}

/** What a pair's integers are worth, in steps of 10^-60. */
interface Worth {
  /** A lot of the base. */
  readonly lot: bigint;
  /** A step of price × size: alone, with the worse of both fees on top, and with the taker fee on top. */
  readonly step: bigint;
  readonly stepAtWorst: bigint;
  readonly stepTaken: bigint;
  /** What a step of price × size × rate has to be divided by to be a count of 10^-FEE_DECIMALS. */
  readonly feeDivisor: bigint;
}

/** Balances of the paper account and what its working orders hold of them, exact. */
export class Funds {
  readonly #balances = new Map<string, bigint>();
  readonly #held = new Map<string, bigint>();
  readonly #holds = new Map<string, Need>();
  /** Weak, because the feed tells a pair's rules again and again, each time as a new object. */
  readonly #worths = new WeakMap<Instrument, Worth>();
  /** In steps of 10^-30. */
  readonly #rates: Readonly<Record<'maker' | 'taker', bigint>>;

  /** @throws PaperError `KB_PAPER_BAD_OPTION` for a balance or rate that is no decimal, or has too many of them. */
  constructor(balances: Readonly<Record<string, string>>, fees: FeeRates) {
    for (const [asset, text] of Object.entries(balances)) {
      const amount = countOf(`balances.${asset}`, text, AMOUNT_DECIMALS);
      if (amount < 0n) throw new PaperError('KB_PAPER_BAD_OPTION', `balances.${asset}: was ${text}`);
      this.#balances.set(asset, amount);
    }
    this.#rates = { maker: rate('fees.maker', fees.maker), taker: rate('fees.taker', fees.taker) };
  }

  /** All balances as decimal text. */
  balances(): Record<string, string> {
    return Object.fromEntries([...this.#balances].map(([asset, amount]) => [asset, amountText(amount)]));
  }

  /** What is neither spent nor held, in steps of 10^-60. */
  free(asset: string): bigint {
    return (this.#balances.get(asset) ?? 0n) - (this.#held.get(asset) ?? 0n);
  }

  /** What a limit order may cost at worst: price × size and the higher fee for a buy, the size itself for a sell. */
  needOf(instrument: Instrument, side: Side, price: Ticks, size: Lots): Need {
    if (side === 'sell') return this.needOfSale(instrument, size);
    return { asset: instrument.quote, amount: notional(price, size) * this.#worthOf(instrument).stepAtWorst };
  }

  /** What a market buy costs that walks the book for `walked` (steps of price × size). */
  needOfWalk(instrument: Instrument, walked: bigint): Need {
    return { asset: instrument.quote, amount: walked * this.#worthOf(instrument).stepTaken };
  }

  needOfSale(instrument: Instrument, size: Lots): Need {
    return { asset: instrument.base, amount: BigInt(size) * this.#worthOf(instrument).lot };
  }

  /** What an order holds now; `undefined` when nothing. */
  holdOf(orderId: string): Need | undefined {
    return this.#holds.get(orderId);
  }

  /** Sets what an order may still cost; nothing when its size is zero. */
  hold(orderId: string, instrument: Instrument, side: Side, price: Ticks, size: Lots): void {
    const old = this.#holds.get(orderId);
    if (old !== undefined) add(this.#held, old.asset, -old.amount);
    if (size === 0) {
      this.#holds.delete(orderId);
      return;
    }
    const need = this.needOf(instrument, side, price, size);
    this.#holds.set(orderId, need);
    add(this.#held, need.asset, need.amount);
  }

  /** Fee of a fill in the quote currency: price × size × rate, rounded half up, as a count of 10^-`FEE_DECIMALS`. */
  fee(instrument: Instrument, price: Ticks, size: Lots, liquidity: 'maker' | 'taker'): bigint {
    return dividedHalfUp(notional(price, size) * this.#rates[liquidity], this.#worthOf(instrument).feeDivisor);
  }

  /** Takes a fill into the balances. */
  settle(instrument: Instrument, side: Side, price: Ticks, size: Lots, fee: bigint): void {
    const { lot, step } = this.#worthOf(instrument);
    const direction = side === 'buy' ? 1n : -1n;
    add(this.#balances, instrument.base, direction * BigInt(size) * lot);
    add(this.#balances, instrument.quote, -direction * notional(price, size) * step - fee * FEE_STEP);
  }

  #worthOf(instrument: Instrument): Worth {
    let worth = this.#worths.get(instrument);
    if (worth === undefined) {
      worth = worthOf(instrument, this.#rates);
      this.#worths.set(instrument, worth);
    }
    return worth;
  }
}

/** An amount as decimal text, without trailing zeros. */
export function amountText(amount: bigint): string {
  return withoutZeros(bigCountToDecimal(amount, AMOUNT_DECIMALS));
}

/** A fee as decimal text, likewise. */
export function feeText(fee: bigint): string {
  return withoutZeros(bigCountToDecimal(fee, FEE_DECIMALS));
}

function worthOf(
  { pricePrecision, qtyPrecision }: Instrument,
  { maker, taker }: Record<'maker' | 'taker', bigint>,
): Worth {
  const decimals = pricePrecision + qtyPrecision;
  const one = 10n ** BigInt(RATE_DECIMALS);
  const ofRate = 10n ** BigInt(AMOUNT_DECIMALS - RATE_DECIMALS - decimals);
  const worst = maker > taker ? maker : taker;
  return {
    lot: 10n ** BigInt(AMOUNT_DECIMALS - qtyPrecision),
    step: 10n ** BigInt(AMOUNT_DECIMALS - decimals),
    // A rebate is not counted on.
    stepAtWorst: (one + (worst > 0n ? worst : 0n)) * ofRate,
    stepTaken: (one + (taker > 0n ? taker : 0n)) * ofRate,
    feeDivisor: 10n ** BigInt(decimals + RATE_DECIMALS - FEE_DECIMALS),
  };
}

function add(amounts: Map<string, bigint>, asset: string, amount: bigint): void {
  amounts.set(asset, (amounts.get(asset) ?? 0n) + amount);
}

/** Halves go away from zero. */
function dividedHalfUp(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -dividedHalfUp(-value, divisor) : (2n * value + divisor) / (2n * divisor);
}

function withoutZeros(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  return text.slice(0, text.charCodeAt(end - 1) === POINT ? end - 1 : end);
}

function rate(name: string, text: string): bigint {
  const value = countOf(name, text, RATE_DECIMALS);
  const one = 10n ** BigInt(RATE_DECIMALS);
  if (value < one && value > -one) return value;
  throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: expected a fraction such as 0.0025 for 0.25 %, was ${text}`);
}

/** Reads decimal text into a count of 10^-decimals, of any size. */
function countOf(name: string, text: string, decimals: number): bigint {
  try {
    decimalToCount(text, 0);
  } catch (cause) {
    // Only the form matters here: digits beyond the point and beyond 2^53 are fine.
    if (cause instanceof KbError && cause.code === 'KB_MODEL_NOT_A_DECIMAL') {
      throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: ${cause.message}`, { cause });
    }
  }
  const plain = new Exact(text).toFixed(); // without an exponent; the constructor does not round
  const [whole = '', fraction = ''] = plain.split('.');
  if (fraction.length > decimals) {
    throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: expected at most ${decimals} decimals, was ${text}`);
  }
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

/** Nobody's `Decimal.set` may change how a number is read. */
const Exact: Decimal.Constructor = Decimal.clone({ defaults: true });
const ZERO = 0x30;
const POINT = 0x2e;
