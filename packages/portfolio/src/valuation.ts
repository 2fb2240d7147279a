import type { Instrument } from '@kb/model';
import { Decimal } from 'decimal.js';
import { PortfolioError } from './errors.ts';
import { Exact, ONE, parseExact, QUOTIENT_DECIMALS, ZERO } from './exact.ts';

/**
 * Prices at one instant: pair to price, in the pair's quote currency (`{ 'BTC/USD': '30000.05' }`). Pairs that nobody
 * trades are welcome: they convert (`USDT/USD`). A missing or undefined pair has no price.
 */
export type Marks = Readonly<Record<string, string | Decimal | undefined>>;

/** Prices assets in the reporting currency at one set of marks. */
export class Valuation {
  readonly #reporting: string;
  readonly #marks: Marks;
  readonly #pairs: readonly Instrument[];

  constructor(reporting: string, marks: Marks, pairs: readonly Instrument[]) {
    this.#reporting = reporting;
    this.#marks = marks;
    this.#pairs = pairs;
  }

  /** What an amount of an asset is worth; nothing is worth nothing at any price. */
  worth(asset: string, amount: Decimal): Decimal | undefined {
    return amount.isZero() ? ZERO : this.priceOf(asset)?.times(amount);
  }

  /** Direct pair first, then the inverse one, then one of our own pairs (in their order) and its quote currency. */
  priceOf(asset: string): Decimal | undefined {
    const direct = this.#directPriceOf(asset);
    if (direct !== undefined) return direct;
    for (const pair of this.#pairs) {
      if (pair.base !== asset) continue;
      const mark = this.#mark(pair.symbol);
      const quote = this.#directPriceOf(pair.quote);
      if (mark !== undefined && quote !== undefined) return mark.times(quote).toDecimalPlaces(QUOTIENT_DECIMALS);
    }
    return undefined;
  }

  #directPriceOf(asset: string): Decimal | undefined {
    if (asset === this.#reporting) return ONE;
    const direct = this.#mark(`${asset}/${this.#reporting}`);
    if (direct !== undefined) return direct;
    const inverse = this.#mark(`${this.#reporting}/${asset}`);
    return inverse === undefined ? undefined : ONE.div(inverse).toDecimalPlaces(QUOTIENT_DECIMALS);
  }

  #mark(symbol: string): Decimal | undefined {
    const given = this.#marks[symbol];
    return given === undefined ? undefined : parseMark(symbol, given);
  }
}

/** @throws PortfolioError `KB_PORTFOLIO_BAD_MARK` unless it is a decimal number above zero. */
export function parseMark(symbol: string, given: string | Decimal): Decimal {
  // A Decimal of the caller's may come from another copy or configuration of decimal.js: its digits are what counts.
  const price = parseExact(Decimal.isDecimal(given) ? new Exact(given).toFixed() : given);
  if (price === undefined || !price.greaterThan(0)) {
    throw new PortfolioError(
      'KB_PORTFOLIO_BAD_MARK',
      `${symbol}: expected a price above zero as decimal text, was ${JSON.stringify(given)}`,
    );
  }
  return price;
}
