import { ModelError } from '@kb/model';
import type { AccountReport, FillReport, Instrument } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { AverageCost } from './average-cost.ts';
import { Books } from './books.ts';
import { PortfolioError } from './errors.ts';
import { AMOUNT_STEPS, parseExact, powerOfTen, textOfSteps } from './exact.ts';
import { equityOf, gainOf, pnlOf, startEquityOf } from './pnl.ts';
import type { Pnl } from './pnl.ts';
import { restoreInto, snapshotOf, SnapshotReader } from './snapshot.ts';
import type { LedgerSnapshot } from './snapshot.ts';
import { badTrade, checkFill, checkPlainTrade, parseFee } from './trade.ts';
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
  readonly #books: Books;
  readonly #fillIds = new Set<string>();
  /** The same, each in its turn's place: a set whose oldest members go is slow to say which is the oldest now. */
  readonly #fillOrder: string[] = [];
  #oldestFill = 0;
  #fills = 0;
  #duplicates = 0;

  /** @throws PortfolioError `KB_PORTFOLIO_BAD_AMOUNT` for a starting balance that is not decimal text. */
  constructor(options: LedgerOptions) {
    this.reporting = options.reporting;
    this.#books = new Books(options.instruments);
    for (const [asset, text] of Object.entries(options.balances)) {
      const amount = parseExact(text);
      if (amount === undefined) {
        throw new PortfolioError(
          'KB_PORTFOLIO_BAD_AMOUNT',
          `Balance of ${asset}: expected decimal text, was ${JSON.stringify(text)}`,
        );
      }
      this.#books.start.set(asset, amount);
      this.#books.balances.set(asset, amount);
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
    return this.#books.balances.keys();
  }

  /**
   * Books a fill.
   * @returns False if it had been booked before.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`, `KB_PORTFOLIO_BAD_TRADE`, `KB_PORTFOLIO_BAD_AMOUNT`.
   */
  apply(fill: FillReport): boolean {
    const instrument = this.#books.instrument(fill.symbol);
    return this.#book(instrument, checkFill(instrument, fill));
  }

  /**
   * Books another bot's trade, given as decimal text. Returns and throws as `apply` does; figures off the pair's grid are
   * `KB_PORTFOLIO_BAD_TRADE`.
   */
  applyTrade(trade: PlainTrade): boolean {
    const instrument = this.#books.instrument(trade.symbol);
    return this.#book(instrument, checkPlainTrade(instrument, trade));
  }

  /**
   * Books what the venue charged for holding a margin position (a `rollover`). Calls and liquidations change no amount: what a liquidation
   * trades comes as fills.
   * @returns False if it had been booked before, or if there was nothing to book.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`, `KB_PORTFOLIO_BAD_AMOUNT`.
   */
  applyAccountReport(report: AccountReport): boolean {
    if (report.type !== 'rollover') return false;
    const { symbol, positionId, venueTs, fee, feeAsset } = report;
    const instrument = this.#books.instrument(symbol);
    const id = `rollover ${positionId} ${venueTs}`;
    const charged = parseFee(instrument, fee);
    if (this.#isRepeat(id)) return false;
    this.#books.charge(instrument, charged, feeAsset);
    this.#remember(id);
    return true;
  }

  /** What is held of an asset; zero of one that never was. */
  balance(asset: string): Decimal {
    return this.#books.balance(asset);
  }

  /** The same as decimal text, without a decimal being made: who quotes asks after every fill. */
  balanceText(asset: string): string {
    return textOfSteps(this.#books.balances.steps(asset));
  }

  /**
   * Lots of a symbol's base that are held, rounded down.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`.
   */
  heldLots(symbol: string): number {
    const { base, qtyPrecision } = this.#books.instrument(symbol);
    const lot = powerOfTen(AMOUNT_STEPS - qtyPrecision);
    const steps = this.#books.balances.steps(base);
    const whole = steps / lot; // cut towards zero
    return Number(steps < 0n && whole * lot !== steps ? whole - 1n : whole);
  }

  /**
   * What was traded of a symbol out of balances.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`; ModelError `KB_MODEL_OUT_OF_RANGE` as `lots` does.
   */
  position(symbol: string): Position {
    return this.#told(symbol, this.#books.position(symbol));
  }

  /**
   * What is open of a symbol on margin: beside the balances, at what is left of the prices that it was opened at. Its fees are those
   * of the trades, of opening and of holding.
   * @throws as `position` does.
   */
  marginPosition(symbol: string): Position {
    return this.#told(symbol, this.#books.marginPosition(symbol));
  }

  /**
   * The lots of both positions together, without working out the rest: who counts inventory asks after every fill.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`; ModelError `KB_MODEL_OUT_OF_RANGE` when many fills of one side have
   *   carried the position beyond 2^53 − 1 lots, which no count holds exactly. Balances and P&L are decimals and go on.
   */
  lots(symbol: string): number {
    const { qtyPrecision } = this.#books.instrument(symbol);
    const onMargin = this.#books.marginPosition(symbol).lots(qtyPrecision);
    return safeLots(symbol, this.#books.position(symbol).lots(qtyPrecision) + onMargin);
  }

  /**
   * What a symbol's traded position, and what is open of it on margin, would gain if closed at a price, in the quote currency.
   * @throws PortfolioError `KB_PORTFOLIO_UNKNOWN_SYMBOL`, `KB_PORTFOLIO_BAD_MARK`.
   */
  unrealised(symbol: string, mark: string | Decimal): Decimal {
    const price = parseMark(symbol, mark);
    const gains = [this.#books.position(symbol), this.#books.marginPosition(symbol)].map(({ qty, cost }) =>
      gainOf(qty.times(price), qty, cost),
    );
    return gains.reduce((sum, gain) => sum.plus(gain));
  }

  /**
   * All balances in the reporting currency; `undefined` while something held has no price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  equity(marks: Marks): Decimal | undefined {
    return equityOf(this.#books, this.#valuation(marks));
  }

  /**
   * Fixes what the starting balances were worth: the first price that an asset gets here counts, later ones change
   * nothing. `pnl` does the same with its marks; call this at the first book so that P&L starts there and at 0.
   * @returns True once every starting balance has its price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  open(marks: Marks): boolean {
    return startEquityOf(this.#books, this.#valuation(marks)) !== undefined;
  }

  /**
   * P&L since the start; `undefined` while something that counts in it has no price.
   * @throws PortfolioError `KB_PORTFOLIO_BAD_MARK`.
   */
  pnl(marks: Marks): Pnl | undefined {
    return pnlOf(this.#books, this.#valuation(marks));
  }

  /** All of the ledger as plain JSON. */
  snapshot(): LedgerSnapshot {
    return {
      version: 1,
      reporting: this.reporting,
      ...snapshotOf(this.#books),
      fillIds: [...this.#fillOrder.slice(this.#oldestFill), ...this.#fillOrder.slice(0, this.#oldestFill)],
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
    reader.expect('version', 1);
    const ledger = new Ledger({ instruments, balances: {}, reporting: reader.text('reporting') });
    restoreInto(ledger.#books, reader);
    for (const id of new Set(reader.texts('fillIds'))) ledger.#remember(id);
    ledger.#fills = reader.count('fills');
    ledger.#duplicates = reader.count('duplicates');
    return ledger;
  }

  #book(instrument: Instrument, trade: CheckedTrade): boolean {
    if (trade.id !== undefined && this.#isRepeat(trade.id)) return false;
    const { delta, margin } = trade;
    if (margin !== undefined && !this.#books.marginPosition(instrument.symbol).canClose(delta, margin.closed)) {
      throw badTrade(instrument, trade.id, 'it closes more on margin than is open');
    }
    this.#books.book(instrument, trade);
    if (trade.id !== undefined) this.#remember(trade.id);
    this.#fills += 1;
    return true;
  }

  #isRepeat(id: string): boolean {
    if (!this.#fillIds.has(id)) return false;
    this.#duplicates += 1;
    return true;
  }

  #told(symbol: string, position: AverageCost): Position {
    const { qty, cost, realised, fees, fills } = position;
    return {
      symbol,
      qty,
      lots: safeLots(symbol, position.lots(this.#books.instrument(symbol).qtyPrecision)),
      averagePrice: qty.isZero() ? undefined : cost.div(qty.abs()).toDecimalPlaces(20),
      realised,
      fees,
      fills,
    };
  }

  #remember(fillId: string): void {
    this.#fillIds.add(fillId);
    if (this.#fillOrder.length < FILL_ID_WINDOW) {
      this.#fillOrder.push(fillId);
      return;
    }
    this.#fillIds.delete(this.#fillOrder[this.#oldestFill] ?? '');
    this.#fillOrder[this.#oldestFill] = fillId;
    this.#oldestFill = (this.#oldestFill + 1) % FILL_ID_WINDOW;
  }

  #valuation(marks: Marks): Valuation {
    return new Valuation(this.reporting, marks, [...this.#books.instruments.values()]);
  }
}

function safeLots(symbol: string, count: bigint): number {
  const lots = Number(count);
  if (Number.isSafeInteger(lots)) return lots;
  throw new ModelError('KB_MODEL_OUT_OF_RANGE', `${symbol}: a position of ${lots} lots is beyond 2^53 − 1`);
}
