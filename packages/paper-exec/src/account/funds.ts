import { notional } from '@kb/model';
import type { Instrument, Lots, Side, Ticks } from '@kb/model';
import { amountOf, amountText, dividedHalfUp, FEE_STEP, feeText, RATE_ONE, Worths } from './amounts.ts';
import type { FeeBook, TierRates } from './fee-book.ts';

/** What an order may still cost: an amount of an asset, in steps of 10^-60. */
export interface Need {
  readonly asset: string;
  readonly amount: bigint;
}

/** A fee as it is charged: a count of 10^-`FEE_DECIMALS` of the asset, at the rate of a tier. */
export interface Fee {
  readonly asset: string;
  readonly amount: bigint;
  /** The amount as decimal text. */
  readonly text: string;
  readonly tierBps: number;
}

/** What a fee depends on. */
interface FeeBasis {
  readonly instrument: Instrument;
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  readonly feeIn: FeeIn;
  readonly rates: TierRates;
}

type FeeIn = 'base' | 'quote';

/** Balances of the paper account and what its working orders hold of them, exact. */
export class Funds {
  readonly #balances = new Map<string, bigint>();
  readonly #held = new Map<string, bigint>();
  readonly #holds = new Map<string, Need>();
  readonly #worths = new Worths();
  readonly #fees: FeeBook;
  /** The last fee: the queue models of an order are mostly filled alike. */
  #last: (FeeBasis & { readonly fee: Fee }) | undefined = undefined;

  /** @throws PaperError `KB_PAPER_BAD_OPTION` for a balance that is no decimal, or has too many of them. */
  constructor(balances: Readonly<Record<string, string>>, fees: FeeBook) {
    for (const [asset, text] of Object.entries(balances))
      this.#balances.set(asset, amountOf(`balances.${asset}`, text));
    this.#fees = fees;
  }

  /** All balances as decimal text. */
  balances(): Record<string, string> {
    return Object.fromEntries([...this.#balances].map(([asset, amount]) => [asset, amountText(amount)]));
  }

  /** All balances, in steps of 10^-60. */
  get amounts(): ReadonlyMap<string, bigint> {
    return this.#balances;
  }

  /** What is neither spent nor held, in steps of 10^-60. */
  free(asset: string): bigint {
    return (this.#balances.get(asset) ?? 0n) - (this.#held.get(asset) ?? 0n);
  }

  /**
   * What a limit order may cost at worst, with the higher of both fees as they are now: price × size for a buy, the size
   * itself for a sell, and the fee on top where it is charged in what the order gives.
   */
  needOf(instrument: Instrument, side: Side, price: Ticks, size: Lots, feeIn: FeeIn = 'quote'): Need {
    if (side === 'sell') return this.needOfSale(instrument, size, feeIn);
    const { maker, taker } = this.#fees.rates(instrument);
    return this.#needOfBuy(instrument, notional(price, size), feeIn === 'quote' ? larger(maker, taker) : 0n);
  }

  /** What a market buy costs that walks the book for `walked` (steps of price × size). */
  needOfWalk(instrument: Instrument, walked: bigint, feeIn: FeeIn = 'quote'): Need {
    return this.#needOfBuy(instrument, walked, feeIn === 'quote' ? this.#fees.rates(instrument).taker : 0n);
  }

  needOfSale(instrument: Instrument, size: Lots, feeIn: FeeIn = 'quote'): Need {
    const { lot, lotAtRate } = this.#worths.of(instrument);
    if (feeIn === 'quote') return { asset: instrument.base, amount: BigInt(size) * lot };
    const { maker, taker } = this.#fees.rates(instrument);
    return { asset: instrument.base, amount: BigInt(size) * withFee(larger(maker, taker)) * lotAtRate };
  }

  /** What an order holds now; `undefined` when nothing. */
  holdOf(orderId: string): Need | undefined {
    return this.#holds.get(orderId);
  }

  /** Sets what an order may still cost; nothing when its size is zero. */
  hold(orderId: string, instrument: Instrument, side: Side, price: Ticks, size: Lots, feeIn: FeeIn = 'quote'): void {
    const old = this.#holds.get(orderId);
    if (old !== undefined) add(this.#held, old.asset, -old.amount);
    if (size === 0) {
      this.#holds.delete(orderId);
      return;
    }
    const need = this.needOf(instrument, side, price, size, feeIn);
    this.#holds.set(orderId, need);
    add(this.#held, need.asset, need.amount);
  }

  /**
   * Fee of a fill at the tier reached before it, rounded half up: on price × size in the quote currency, or on the size in the
   * base.
   */
  fee(instrument: Instrument, price: Ticks, size: Lots, liquidity: 'maker' | 'taker', feeIn: FeeIn = 'quote'): Fee {
    const rates = this.#fees.rates(instrument);
    const last = this.#last;
    if (
      last !== undefined &&
      last.price === price &&
      last.size === size &&
      last.liquidity === liquidity &&
      last.feeIn === feeIn &&
      last.rates === rates &&
      last.instrument === instrument
    )
      return last.fee;
    const basis = { instrument, price, size, liquidity, feeIn, rates };
    const fee = this.#feeOn(basis);
    this.#last = { ...basis, fee };
    return fee;
  }

  #feeOn({ instrument, price, size, liquidity, feeIn, rates }: FeeBasis): Fee {
    const { lotFeeDivisor, stepFeeDivisor } = this.#worths.of(instrument);
    const rate = rates[liquidity];
    const amount =
      feeIn === 'quote'
        ? dividedHalfUp(notional(price, size) * rate, stepFeeDivisor)
        : dividedHalfUp(BigInt(size) * rate, lotFeeDivisor);
    const tierBps = liquidity === 'maker' ? rates.makerBps : rates.takerBps;
    return { asset: instrument[feeIn], amount, text: feeText(amount), tierBps };
  }

  /** Price × size, in steps of 10^-60 of the quote currency. */
  costOf(instrument: Instrument, price: Ticks, size: Lots): bigint {
    return notional(price, size) * this.#worths.of(instrument).step;
  }

  /** Takes a spot fill into the balances. */
  settle(instrument: Instrument, side: Side, price: Ticks, size: Lots, fee: Fee): void {
    const { lot, step } = this.#worths.of(instrument);
    const direction = side === 'buy' ? 1n : -1n;
    add(this.#balances, instrument.base, direction * BigInt(size) * lot);
    add(this.#balances, instrument.quote, -direction * notional(price, size) * step);
    this.charge(fee.asset, fee.amount);
  }

  /** Takes a fee away, a count of 10^-`FEE_DECIMALS`. */
  charge(asset: string, fee: bigint): void {
    add(this.#balances, asset, -fee * FEE_STEP);
  }

  /** Adds what a margin position has gained, or takes away what it has lost. */
  gain(asset: string, amount: bigint): void {
    add(this.#balances, asset, amount);
  }

  #needOfBuy(instrument: Instrument, walked: bigint, rate: bigint): Need {
    return { asset: instrument.quote, amount: walked * withFee(rate) * this.#worths.of(instrument).stepAtRate };
  }
}

/** One and a rate. A rebate is not counted on. */
function withFee(rate: bigint): bigint {
  return rate > 0n ? RATE_ONE + rate : RATE_ONE;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function add(amounts: Map<string, bigint>, asset: string, amount: bigint): void {
  amounts.set(asset, (amounts.get(asset) ?? 0n) + amount);
}
