import type { Instrument } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { AverageCost } from './average-cost.ts';
import { PortfolioError } from './errors.ts';
import { toSteps, ZERO } from './exact.ts';
import type { CheckedTrade } from './trade.ts';

/** All amounts that a ledger keeps, and the one way in which a trade changes them. */
export class Books {
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Balances at the start, and what a unit of each was worth at the first mark, in the reporting currency. */
  readonly start: Map<string, Decimal> = new Map();
  readonly startPrices: Map<string, Decimal> = new Map();
  readonly balances: Map<string, Decimal> = new Map();
  /** By symbol, one for every instrument. */
  readonly positions: Map<string, AverageCost> = new Map();
  /** Fees paid in assets that are neither base nor quote of the pair traded. */
  readonly otherFees: Map<string, Decimal> = new Map();

  constructor(instruments: Iterable<Instrument>) {
    this.instruments = new Map([...instruments].map((instrument) => [instrument.symbol, instrument]));
    for (const symbol of this.instruments.keys()) this.positions.set(symbol, new AverageCost());
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  instrument(symbol: string): Instrument {
    const instrument = this.instruments.get(symbol);
    if (instrument === undefined) throw unknownSymbol(symbol);
    return instrument;
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  position(symbol: string): AverageCost {
    const position = this.positions.get(symbol);
    if (position === undefined) throw unknownSymbol(symbol);
    return position;
  }

  balance(asset: string): Decimal {
    return this.balances.get(asset) ?? ZERO;
  }

  book(instrument: Instrument, trade: CheckedTrade): void {
    const { delta, deltaSteps, price, priceSteps, fee, feeAsset } = trade;
    const position = this.position(instrument.symbol);
    this.#add(instrument.base, delta);
    this.#add(instrument.quote, delta.times(price).negated());
    position.fills += 1;
    position.trade(deltaSteps, priceSteps);
    if (fee.isZero()) return;

    this.#add(feeAsset, fee.negated());
    if (feeAsset === instrument.quote) {
      position.fees = position.fees.plus(fee);
    } else if (feeAsset === instrument.base) {
      // The base that pays the fee is disposed of at the fill's price; the expense is what it would have brought.
      position.trade(-toSteps(fee), priceSteps);
      position.fees = position.fees.plus(fee.times(price));
    } else {
      this.otherFees.set(feeAsset, (this.otherFees.get(feeAsset) ?? ZERO).plus(fee));
    }
  }

  #add(asset: string, amount: Decimal): void {
    this.balances.set(asset, this.balance(asset).plus(amount));
  }
}

function unknownSymbol(symbol: string): PortfolioError {
  return new PortfolioError('KB_PORTFOLIO_UNKNOWN_SYMBOL', `${symbol} is not among the ledger's instruments`);
}
