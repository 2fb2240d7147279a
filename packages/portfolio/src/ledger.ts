import { decimalToCount } from '@kb/model';
import type { FillReport, Instrument } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { AverageCost } from './average-cost.ts';
import { PortfolioError } from './errors.ts';
import { Exact, parseExact, ZERO } from './exact.ts';
import { SnapshotReader, textByName } from './snapshot.ts';
import type { LedgerSnapshot } from './snapshot.ts';
import { checkFill, checkPlainTrade } from './trade.ts';
import type { CheckedTrade, PlainTrade } from './trade.ts';
import { parseMark, Valuation } from './valuation.ts';
import type { Marks } from './valuation.ts';

export interface LedgerOptions {
  /** The pairs that may be traded. */
  readonly instruments: Iterable<Instrument>;
  /** What the account begins with: asset to decimal text. */
  readonly balances: Readonly<Record<string, string>>;
  /** The currency of equity and P&L: `USD`. */
  readonly reporting: string;
}

/** What was traded of one symbol: 0 at the start, whatever the starting balance. */
export interface Position {
  readonly symbol: string;
  /** Signed, base currency, exact; a fee paid in base has left it. */
  readonly qty: Decimal;
  /** `qty` in whole lots, cut towards zero. */
  readonly lots: number;
  /** Quote currency, fees not folded in, to 20 decimals; `undefined` when flat. */
  readonly averagePrice: Decimal | undefined;
  /** Quote currency, before fees. */
  readonly realised: Decimal;
  /** Quote currency, positive when paid; a fee in base counts at its fill's price. Fees in a third asset are not in it. */
  readonly fees: Decimal;
  /** How many fills were booked. */
  readonly fills: number;
}

/**
 * Profit and loss since the start, in the reporting currency. Exactly:
 * `total = equity − startEquity = realised + unrealised + inventory − fees`.
 */
export interface Pnl {
  readonly equity: Decimal;
  /** The starting balances at the first marks. */
  readonly startEquity: Decimal;
  readonly total: Decimal;
  /** `realised + unrealised`: what trading made, before fees. */
  readonly trading: Decimal;
  readonly realised: Decimal;
  /** What the traded positions would gain at these marks. */
  readonly unrealised: Decimal;
  /** What holding the starting balances made: balance × (mark now − first mark), over all assets. */
  readonly inventory: Decimal;
  /** Positive when paid. */
  readonly fees: Decimal;
}

/** How many of the latest fill ids a ledger remembers to tell a repeat. */
export const FILL_ID_WINDOW = 10_000;

/**
 * Balances, positions at average cost, fees and P&L, from fills.
 *
 * Every amount is an exact decimal. A fill is booked once: a `fillId` among the last `FILL_ID_WINDOW` ones is counted in
 * `duplicates` and otherwise ignored. What cannot be booked throws and books nothing. The ledger states facts: it lets a
 * balance go below zero, and leaves it to venue and risk to see that it does not.
 *
 * Amounts in a currency that is not the reporting one (realised P&L and fees of ETH/BTC with USD reporting) are valued at
 * the marks of the moment they are asked for, as the balance that they are part of is.
 */
export class Ledger {
  readonly reporting: string;
  readonly #instruments: ReadonlyMap<string, Instrument>;
  readonly #start = new Map<string, Decimal>();
  readonly #startPrices = new Map<string, Decimal>();
  readonly #balances = new Map<string, Decimal>();
  readonly #positions = new Map<string, AverageCost>();
  readonly #otherFees = new Map<string, Decimal>();
  readonly #fillIds = new Set<string>();
  #fills = 0;
  #duplicates = 0;

  /** @throws PortfolioError `KB_PORTFOLIO_BAD_AMOUNT` for a starting balance that is not decimal text. */
  constructor(options: LedgerOptions) {
    this.reporting = options.reporting;
    this.#instruments = new Map([...options.instruments].map((instrument) => [instrument.symbol, instrument]));
    for (const symbol of this.#instruments.keys()) this.#positions.set(symbol, new AverageCost());
    for (const [asset, text] of Object.entries(options.balances)) {
      const amount = parseExact(text);
      if (amount === undefined) {
        throw new PortfolioError(
          'KB_PORTFOLIO_BAD_AMOUNT',
          `Balance of ${asset}: expected decimal text, was ${JSON.stringify(text)}`,
        );
      }
      this.#start.set(asset, amount);
      this.#balances.set(asset, amount);
    }
  }

  /** Fills booked and repeats ignored so far. */
  get fills(): number {
    return this.#fills;
  }
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Every asset that the account began with or has traded, in that order. */
  get assets(): string[] {
    return [...this.#balances.keys()];
  }

  /**
   * Books a fill.
   * @returns False if it had been booked before.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`, `KB_PORTFOLIO_BAD_TRADE`, `KB_PORTFOLIO_BAD_AMOUNT`.
   */
  apply(fill: FillReport): boolean {
    const instrument = this.#instrument(fill.symbol);
    return this.#book(instrument, checkFill(instrument, fill));
  }

  /**
   * Books another bot's trade, given as decimal text. Returns and throws as `apply` does; figures off the pair's grid are
   * `KB_PORTFOLIO_BAD_TRADE`.
   */
  applyTrade(trade: PlainTrade): boolean {
    const instrument = this.#instrument(trade.symbol);
    return this.#book(instrument, checkPlainTrade(instrument, trade));
  }

  /** What is held of an asset; zero of one that never was. */
  balance(asset: string): Decimal {
    return this.#balances.get(asset) ?? ZERO;
  }

  /** @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`. */
  position(symbol: string): Position {
    const instrument = this.#instrument(symbol);
    const { qty, cost, realised, fees, fills } = this.#positionOf(instrument);
    return {
      symbol,
      qty,
      lots: decimalToCount(qty.toFixed(instrument.qtyPrecision, Exact.ROUND_DOWN), instrument.qtyPrecision),
      averagePrice: qty.isZero() ? undefined : cost.div(qty.abs()).toDecimalPlaces(20),
      realised,
      fees,
      fills,
    };
  }

  /**
   * What a symbol's traded position would gain if closed at a price, in the quote currency.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`, `KB_PORTFOLIO_BAD_MARK`.
   */
  unrealised(symbol: string, mark: string | Decimal): Decimal {
    const { qty, cost } = this.#positionOf(this.#instrument(symbol));
    return gainOf(qty.times(parseMark(symbol, mark)), qty, cost);
  }

  /**
   * All balances in the reporting currency; `undefined` while something held has no price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  equity(marks: Marks): Decimal | undefined {
    return this.#equityAt(this.#valuation(marks));
  }

  /**
   * Fixes what the starting balances were worth: the first price that an asset gets here counts, later ones change
   * nothing. `pnl` does the same with its marks; call this at the first book so that P&L starts there and at 0.
   * @returns True once every starting balance has its price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  open(marks: Marks): boolean {
    return this.#startEquityAt(this.#valuation(marks)) !== undefined;
  }

  /**
   * P&L since the start; `undefined` while something that counts in it has no price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  pnl(marks: Marks): Pnl | undefined {
    const valuation = this.#valuation(marks);
    const startEquity = this.#startEquityAt(valuation);
    const equity = this.#equityAt(valuation);
    const inventory = this.#inventoryAt(valuation);
    const trading = this.#tradingAt(valuation);
    if (startEquity === undefined || equity === undefined || inventory === undefined || trading === undefined) {
      return undefined;
    }
    return {
      equity,
      startEquity,
      total: equity.minus(startEquity),
      trading: trading.realised.plus(trading.unrealised),
      realised: trading.realised,
      unrealised: trading.unrealised,
      inventory,
      fees: trading.fees,
    };
  }

  /** All of the ledger as plain JSON. */
  snapshot(): LedgerSnapshot {
    return {
      version: 1,
      reporting: this.reporting,
      start: textByName(this.#start),
      startPrices: textByName(this.#startPrices),
      balances: textByName(this.#balances),
      positions: Object.fromEntries(
        [...this.#positions].map(([symbol, { qty, cost, realised, fees, fills }]) => [
          symbol,
          {
            qty: qty.toFixed(),
            cost: cost.toFixed(),
            realised: realised.toFixed(),
            fees: fees.toFixed(),
            fills,
          },
        ]),
      ),
      otherFees: textByName(this.#otherFees),
      fillIds: [...this.#fillIds],
      fills: this.#fills,
      duplicates: this.#duplicates,
    };
  }

  /**
   * Makes a ledger that goes on where a snapshot was taken.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_SNAPSHOT`: malformed, or with a position in a symbol not among `instruments`.
   */
  static restore(snapshot: unknown, instruments: Iterable<Instrument>): Ledger {
    const reader = new SnapshotReader(snapshot, 'snapshot');
    if (reader.count('version') !== 1) {
      throw new PortfolioError(
        'KB_PORTFOLIO_BAD_SNAPSHOT',
        `snapshot.version: expected 1, was ${reader.count('version')}`,
      );
    }
    const ledger = new Ledger({ instruments, balances: {}, reporting: reader.text('reporting') });
    for (const [asset, amount] of reader.object('start').amounts()) ledger.#start.set(asset, amount);
    for (const [asset, price] of reader.object('startPrices').amounts()) ledger.#startPrices.set(asset, price);
    for (const [asset, amount] of reader.object('balances').amounts()) ledger.#balances.set(asset, amount);
    for (const [asset, amount] of reader.object('otherFees').amounts()) ledger.#otherFees.set(asset, amount);
    const positions = reader.object('positions');
    for (const symbol of positions.names()) {
      const position = ledger.#positions.get(symbol);
      if (position === undefined) {
        throw new PortfolioError(
          'KB_PORTFOLIO_BAD_SNAPSHOT',
          `snapshot.positions: ${symbol} is not among the instruments`,
        );
      }
      const fields = positions.object(symbol);
      position.qty = fields.amount('qty');
      position.cost = fields.amount('cost');
      position.realised = fields.amount('realised');
      position.fees = fields.amount('fees');
      position.fills = fields.count('fills');
    }
    for (const id of reader.texts('fillIds')) ledger.#remember(id);
    ledger.#fills = reader.count('fills');
    ledger.#duplicates = reader.count('duplicates');
    return ledger;
  }

  #book(instrument: Instrument, trade: CheckedTrade): boolean {
    if (trade.id !== undefined && this.#fillIds.has(trade.id)) {
      this.#duplicates += 1;
      return false;
    }
    if (trade.id !== undefined) this.#remember(trade.id);
    this.#fills += 1;

    const { delta, price, fee, feeAsset } = trade;
    this.#add(instrument.base, delta);
    this.#add(instrument.quote, delta.times(price).negated());
    const position = this.#positionOf(instrument);
    position.fills += 1;
    position.trade(delta, price);
    if (!fee.isZero()) this.#bookFee(instrument, position, price, fee, feeAsset);
    return true;
  }

  #bookFee(instrument: Instrument, position: AverageCost, price: Decimal, fee: Decimal, asset: string): void {
    this.#add(asset, fee.negated());
    if (asset === instrument.quote) {
      position.fees = position.fees.plus(fee);
    } else if (asset === instrument.base) {
      // The base that pays the fee is disposed of at the fill's price; the expense is what it would have brought.
      position.trade(fee.negated(), price);
      position.fees = position.fees.plus(fee.times(price));
    } else {
      this.#otherFees.set(asset, (this.#otherFees.get(asset) ?? ZERO).plus(fee));
    }
  }

  #add(asset: string, amount: Decimal): void {
    this.#balances.set(asset, this.balance(asset).plus(amount));
  }

  #remember(fillId: string): void {
    this.#fillIds.add(fillId);
    if (this.#fillIds.size <= FILL_ID_WINDOW) return;
    const [oldest] = this.#fillIds;
    if (oldest !== undefined) this.#fillIds.delete(oldest);
  }

  #valuation(marks: Marks): Valuation {
    return new Valuation(this.reporting, marks, [...this.#instruments.values()]);
  }

  #equityAt(valuation: Valuation): Decimal | undefined {
    return sum([...this.#balances].map(([asset, amount]) => valuation.worth(asset, amount)));
  }

  #startEquityAt(valuation: Valuation): Decimal | undefined {
    const worths = [...this.#start].map(([asset, amount]) => {
      if (amount.isZero()) return ZERO;
      const price = this.#startPrices.get(asset) ?? valuation.priceOf(asset);
      if (price !== undefined) this.#startPrices.set(asset, price);
      return price?.times(amount);
    });
    return sum(worths);
  }

  /** Σ start balance × (price now − first price); the caller has seen to the first prices. */
  #inventoryAt(valuation: Valuation): Decimal | undefined {
    const moves = [...this.#start].map(([asset, amount]) => {
      const first = this.#startPrices.get(asset) ?? ZERO; // without a price only when there is nothing to price
      return valuation.worth(asset, amount)?.minus(first.times(amount));
    });
    return sum(moves);
  }

  #tradingAt(valuation: Valuation): { realised: Decimal; unrealised: Decimal; fees: Decimal } | undefined {
    const realised: (Decimal | undefined)[] = [];
    const unrealised: (Decimal | undefined)[] = [];
    const fees = [...this.#otherFees].map(([asset, amount]) => valuation.worth(asset, amount));
    for (const [symbol, position] of this.#positions) {
      const { base, quote } = this.#instrument(symbol);
      realised.push(valuation.worth(quote, position.realised));
      fees.push(valuation.worth(quote, position.fees));
      const held = valuation.worth(base, position.qty);
      const cost = valuation.worth(quote, position.cost);
      unrealised.push(held && cost && gainOf(held, position.qty, cost));
    }
    const totals = { realised: sum(realised), unrealised: sum(unrealised), fees: sum(fees) };
    if (totals.realised === undefined || totals.unrealised === undefined || totals.fees === undefined) return undefined;
    return { realised: totals.realised, unrealised: totals.unrealised, fees: totals.fees };
  }

  #positionOf(instrument: Instrument): AverageCost {
    const position = this.#positions.get(instrument.symbol);
    if (position === undefined) throw unknownSymbol(instrument.symbol);
    return position;
  }

  #instrument(symbol: string): Instrument {
    const instrument = this.#instruments.get(symbol);
    if (instrument === undefined) throw unknownSymbol(symbol);
    return instrument;
  }
}

/** What a position is worth (signed) less what it cost, or for a short, what it brought less what it takes to close. */
function gainOf(worth: Decimal, qty: Decimal, cost: Decimal): Decimal {
  return qty.isNegative() ? worth.plus(cost) : worth.minus(cost);
}

/** `undefined` as soon as one part is. */
function sum(parts: readonly (Decimal | undefined)[]): Decimal | undefined {
  let total = ZERO;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total = total.plus(part);
  }
  return total;
}

function unknownSymbol(symbol: string): PortfolioError {
  return new PortfolioError('KB_PORTFOLIO_UNKNOWN_SYMBOL', `${symbol} is not among the ledger's instruments`);
}
