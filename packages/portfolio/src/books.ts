import type { Instrument } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { Amounts } from './amounts.ts';
import { AverageCost } from './average-cost.ts';
import { PortfolioError } from './errors.ts';
import { product, ZERO } from './exact.ts';
import type { CheckedTrade } from './trade.ts';

/** All amounts that a ledger keeps, and the one way in which a trade changes them. */
export class Books {
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Balances at the start, and what a unit of each was worth at the first mark, in the reporting currency. */
  readonly start: Map<string, Decimal> = new Map();
  readonly startPrices: Map<string, Decimal> = new Map();
  readonly balances: Amounts = new Amounts();
  /** By symbol, one for every instrument. */
  readonly positions: Map<string, AverageCost> = new Map();
  /** The same on margin: what the venue holds open for the account, beside its balances. */
  readonly margin: Map<string, AverageCost> = new Map();
  /** Fees paid in assets that are neither base nor quote of the pair traded. */
  readonly otherFees: Amounts = new Amounts();

  constructor(instruments: Iterable<Instrument>) {
    this.instruments = new Map([...instruments].map((instrument) => [instrument.symbol, instrument]));
    for (const symbol of this.instruments.keys()) {
      this.positions.set(symbol, new AverageCost());
      this.margin.set(symbol, new AverageCost());
    }
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  instrument(symbol: string): Instrument {
    const instrument = this.instruments.get(symbol);
    if (instrument === undefined) throw unknownSymbol(symbol);
    return instrument;
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  position(symbol: string): AverageCost {
    return of(this.positions, symbol);
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  marginPosition(symbol: string): AverageCost {
    return of(this.margin, symbol);
  }

  balance(asset: string): Decimal {
    return this.balances.get(asset) ?? ZERO;
  }

  book(instrument: Instrument, trade: CheckedTrade): void {
    const { delta, price, fee, feeAsset, margin } = trade;
    const position = margin === undefined ? this.position(instrument.symbol) : this.marginPosition(instrument.symbol);
    if (margin === undefined) {
      this.balances.add(instrument.base, delta);
      this.balances.add(instrument.quote, -product(delta, price));
      position.trade(delta, price);
    } else {
      position.settle(delta, price, margin.closed, margin.realised);
      this.balances.add(instrument.quote, margin.realised - margin.openingFee);
      position.charge(margin.openingFee);
    }
    position.fills += 1;
    if (fee === 0n) return;

    this.balances.add(feeAsset, -fee);
    if (feeAsset === instrument.quote) {
      position.charge(fee);
    } else if (feeAsset === instrument.base) {
      // The base that pays the fee is disposed of at the fill's price; the expense is what it would have brought.
      this.position(instrument.symbol).trade(-fee, price);
      position.charge(product(fee, price));
    } else {
      this.otherFees.add(feeAsset, fee);
    }
  }

  /** Takes what holding a margin position costs, in steps of 10^-60. */
  charge(instrument: Instrument, fee: bigint, feeAsset: string): void {
    this.balances.add(feeAsset, -fee);
    if (feeAsset === instrument.quote) this.marginPosition(instrument.symbol).charge(fee);
    else this.otherFees.add(feeAsset, fee);
  }
}

function of(positions: ReadonlyMap<string, AverageCost>, symbol: string): AverageCost {
  const position = positions.get(symbol);
  if (position === undefined) throw unknownSymbol(symbol);
  return position;
}

function unknownSymbol(symbol: string): PortfolioError {
  return new PortfolioError('KB_PORTFOLIO_UNKNOWN_SYMBOL', `${symbol} is not among the ledger's instruments`);
}
