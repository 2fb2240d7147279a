import { bigCountToDecimal, lots, notional } from '@kb/model';
import type { Instrument, Lots, MarginPosition, Micros, PlaceIntent, Side, Ticks, TradeBalance } from '@kb/model';
import type { Refusal } from '../checks.ts';
import { amountText, dividedHalfUp, rateOf, times, Worths } from './amounts.ts';
import type { Funds } from './funds.ts';
import type { CheckedMargin } from './margin-options.ts';
import { Positions } from './positions.ts';
import type { PositionChange, Rollover } from './positions.ts';
import type { UsdPrices } from './usd-prices.ts';

/** What of an order says how it is paid for. */
export type Terms = Pick<PlaceIntent, 'clientOrderId' | 'side' | 'orderType' | 'leverage' | 'feeIn' | 'reduceOnly'>;

/** Whether an order trades on margin: at a leverage, or because only positions can be reduced. */
export function isOnMargin({ leverage, orderType, reduceOnly }: Terms): boolean {
  return leverage !== undefined || reduceOnly === true || orderType === 'settle-position';
}

/** The account's state in US dollars, in steps of 10^-60: the fields of `TradeBalance`. */
export interface MarginFigures extends Readonly<Record<'eb' | 'tb' | 'm' | 'n' | 'c' | 'v' | 'e', bigint>> {
  readonly unpriced: readonly string[];
}

interface OpenOrder {
  readonly instrument: Instrument;
  readonly terms: Terms;
  readonly price: Ticks;
  readonly remaining: Lots;
}

/**
 * Spot margin: positions, what they use of the account's worth, and what is left for more.
 *
 * No balance moves by what a position trades: the venue lends all of it. Fees and what positions gain or lose when closed
 * go to the balance of the quote currency, which may end below zero: other collateral answers for it. Marks are the middle
 * of each pair's book, as it was last seen.
 */
export class Margin {
  readonly options: CheckedMargin;
  readonly #funds: Funds;
  readonly #prices: UsdPrices;
  readonly #worths = new Worths();
  readonly #pairs = new Map<string, Positions>();
  readonly #rates: Map<string, bigint>;
  /** All open orders, oldest first. */
  readonly #orders = new Map<string, OpenOrder>();

  constructor(options: CheckedMargin, funds: Funds, prices: UsdPrices) {
    this.options = options;
    this.#funds = funds;
    this.#prices = prices;
    this.#rates = new Map(options.rates);
  }

  /** Whether any position is open. */
  get isOpen(): boolean {
    for (const pair of this.#pairs.values()) if (pair.lots !== 0) return true;
    return false;
  }

  /** Signed lots of the position in a pair. */
  position(symbol: string): number {
    return this.#pairs.get(symbol)?.lots ?? 0;
  }

  positions(): MarginPosition[] {
    return [...this.#pairs.values()].flatMap((pair) => pair.list());
  }

  /** Borrowing an asset costs this from now on; positions keep their rates. @throws PaperError `KB_PAPER_BAD_OPTION`. */
  setRate(asset: string, rate: string): void {
    this.#rates.set(asset, rateOf(`margin.rates.${asset}`, rate));
  }

  /** When the next rollover falls due, in any pair. */
  get rolloverAt(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const { rolloverAt } of this.#pairs.values()) {
      if (rolloverAt !== undefined && (earliest === undefined || rolloverAt < earliest)) earliest = rolloverAt;
    }
    return earliest;
  }

  /** Charges the rollovers of a pair that are due by a time. */
  rollOver(symbol: string, until: Micros): readonly (Rollover & { readonly asset: string })[] {
    const pair = this.#pairs.get(symbol);
    if (pair?.rolloverAt === undefined || pair.rolloverAt > until) return [];
    const asset = pair.instrument.quote;
    return pair.rollOver(until).map((rollover) => {
      this.#funds.charge(asset, rollover.fee);
      return { ...rollover, asset };
    });
  }

  /**
   * Why the venue would not take an order; it counts at its own price, without what it would close.
   * @param steps What it trades in full, price × size in steps of both.
   * @param holder The order that it stands for, when it is an amend.
   */
  refusalOf(instrument: Instrument, terms: Terms, steps: bigint, size: Lots, holder?: string): Refusal | undefined {
    const { maxLeverage, callLevel } = this.options;
    const { leverage, side } = terms;
    if (leverage === undefined) return undefined; // only reduces
    if (!Number.isSafeInteger(leverage) || leverage < 2 || leverage > maxLeverage) {
      return {
        reason: 'invalid-order',
        text: `leverage of ${leverage} is not a whole number from 2 to ${maxLeverage}`,
      };
    }
    const { used, left } = this.#useOfOrders(holder);
    const opening = terms.reduceOnly === true ? 0 : Math.max(0, size - left(instrument.symbol, side));
    if (opening === 0) return undefined;
    const borrowed = borrowedAsset(instrument, side);
    if (!this.#rates.has(borrowed)) return refused(`${borrowed} cannot be borrowed here`);
    const { step } = this.#worths.of(instrument);
    const price = this.#prices.of(instrument.quote);
    if (price === undefined) return refused(`nobody knows what ${instrument.quote} is worth in USD`);
    const figures = this.figures();
    if (figures.m > 0n && isAtMost(figures, callLevel)) return refused(`the margin level is ${levelText(figures)} %`);
    const cost = dividedUp(steps * step * BigInt(opening), BigInt(size));
    const need = dividedUp(times(cost, price), BigInt(leverage));
    const free = figures.e - figures.m - used;
    if (need <= free) return undefined;
    return refused(`needs ${amountText(need)} USD of margin, ${amountText(free)} is free`);
  }

  /** Sets what of an order is open; nothing when its size is zero. */
  note(instrument: Instrument, terms: Terms, price: Ticks, remaining: Lots): void {
    if (remaining === 0) this.#orders.delete(terms.clientOrderId);
    else this.#orders.set(terms.clientOrderId, { instrument, terms, price, remaining });
  }

  /** Takes a fill on margin into positions and balances; the trade's own fee is not among what it charges. */
  trade(instrument: Instrument, terms: Terms, price: Ticks, size: Lots, at: Micros): PositionChange {
    let pair = this.#pairs.get(instrument.symbol);
    if (pair === undefined) {
      pair = new Positions(instrument, this.#worths.of(instrument), this.options.rolloverEvery);
      this.#pairs.set(instrument.symbol, pair);
    }
    const rate = this.#rates.get(borrowedAsset(instrument, terms.side)) ?? 0n;
    const change = pair.trade(terms, price, size, terms.leverage ?? 1, rate, at);
    this.#funds.gain(instrument.quote, change.realised);
    this.#funds.charge(instrument.quote, change.openingFee);
    return change;
  }

  figures(): MarginFigures {
    let eb = 0n;
    let tb = 0n;
    const unpriced: string[] = [];
    for (const [asset, amount] of this.#funds.amounts) {
      const worth = this.#prices.worth(asset, amount);
      if (worth === undefined) {
        if (amount !== 0n) unpriced.push(asset);
        continue;
      }
      eb += worth;
      tb += times(worth, this.options.collateral.get(asset) ?? 0n);
    }
    let [m, n, c, v] = [0n, 0n, 0n, 0n];
    for (const pair of this.#pairs.values()) {
      if (pair.lots === 0) continue;
      const { quote } = pair.instrument;
      const price = this.#prices.of(quote);
      if (price === undefined && !unpriced.includes(quote)) unpriced.push(quote);
      const value = this.#valueOf(pair);
      m += times(pair.margin, price ?? 0n);
      n += times(gainOf(pair, value), price ?? 0n);
      c += times(pair.cost, price ?? 0n);
      v += times(value, price ?? 0n);
    }
    return { eb, tb, m, n, c, v, e: tb + n, unpriced };
  }

  balance(): TradeBalance {
    const figures = this.figures();
    const { eb, tb, m, n, c, v, e, unpriced } = figures;
    const texts = Object.fromEntries(
      Object.entries({ eb, tb, m, n, c, v, e }).map(([name, amount]) => [name, amountText(amount)]),
    );
    return {
      ...(texts as Record<'eb' | 'tb' | 'm' | 'n' | 'c' | 'v' | 'e', string>),
      mf: amountText(e - m),
      mfo: amountText(e - m - this.#useOfOrders(undefined).used),
      ml: m === 0n ? undefined : levelText(figures),
      uv: amountText(this.#unexecuted()),
      unpriced,
    };
  }

  /** The pair that the venue closes next, among those that `may` be closed. */
  nextToClose(
    may: (symbol: string) => boolean,
  ): { readonly symbol: string; readonly side: Side; readonly size: Lots } | undefined {
    let next: { readonly pair: Positions; readonly key: bigint } | undefined;
    for (const [symbol, pair] of this.#pairs) {
      if (pair.lots === 0 || !may(symbol)) continue;
      const price = this.#prices.of(pair.instrument.quote) ?? 0n;
      const key =
        this.options.liquidationOrder === 'oldest'
          ? BigInt(pair.since ?? 0)
          : times(gainOf(pair, this.#valueOf(pair)), price);
      if (next === undefined || key < next.key) next = { pair, key };
    }
    if (next === undefined) return undefined;
    const { instrument, lots: position } = next.pair;
    return { symbol: instrument.symbol, side: position > 0 ? 'sell' : 'buy', size: lots(Math.abs(position)) };
  }

  /** What a pair's position is worth at its mark, never negative, in steps of 10^-60 of the quote currency. */
  #valueOf(pair: Positions): bigint {
    const { instrument } = pair;
    const mid = this.#prices.mid(instrument);
    if (mid === undefined) return pair.cost;
    return times(BigInt(Math.abs(pair.lots)) * this.#worths.of(instrument).lot, mid);
  }

  /** US dollars of margin that open orders may still use, and what of each position none of them would close. */
  #useOfOrders(without: string | undefined): {
    readonly used: bigint;
    readonly left: (symbol: string, side: Side) => number;
  } {
    const covered = new Map<string, number>();
    const left = (symbol: string, side: Side): number => {
      const position = this.position(symbol);
      const facing = side === 'buy' ? -position : position;
      return Math.max(0, facing - (covered.get(symbol) ?? 0));
    };
    let used = 0n;
    for (const [id, { instrument, terms, price, remaining }] of this.#orders) {
      if (id === without || !isOnMargin(terms)) continue;
      const { symbol } = instrument;
      const closing = Math.min(left(symbol, terms.side), remaining);
      covered.set(symbol, (covered.get(symbol) ?? 0) + closing);
      if (terms.leverage === undefined || terms.reduceOnly === true || !this.options.openOrdersUseMargin) continue;
      const cost = notional(price, lots(remaining - closing)) * this.#worths.of(instrument).step;
      used += dividedUp(times(cost, this.#prices.of(instrument.quote) ?? 0n), BigInt(terms.leverage));
    }
    return { used, left };
  }

  #unexecuted(): bigint {
    let sum = 0n;
    for (const { instrument, price, remaining } of this.#orders.values()) {
      const cost = notional(price, remaining) * this.#worths.of(instrument).step;
      sum += this.#prices.worth(instrument.quote, cost) ?? 0n;
    }
    return sum;
  }
}

/** Whether the margin level, in percent, is at a level or below. */
export function isAtMost({ e, m }: MarginFigures, level: bigint): boolean {
  return e * 100n <= level * m;
}

function levelText({ e, m }: MarginFigures): string {
  return bigCountToDecimal(dividedHalfUp(e * 10_000n, m), 2);
}

function gainOf(pair: Positions, value: bigint): bigint {
  return pair.lots > 0 ? value - pair.cost : pair.cost - value;
}

/** Who buys borrows what he pays with, who sells what he sells. */
function borrowedAsset({ base, quote }: Instrument, side: Side): string {
  return side === 'buy' ? quote : base;
}

function refused(text: string): Refusal {
  return { reason: 'insufficient-margin', text };
}

function dividedUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
