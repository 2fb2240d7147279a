import { lotsToQty, ticksToPrice } from '@kb/model';
import type { BookView, Grid, Instrument, TickerEvent, TradeEvent } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { BaseError } from './errors.ts';
import { ccxtOrderBook } from './markets.ts';
import { isoOf } from './structures.ts';
import type { CcxtOrderBook, CcxtTicker, CcxtTrade } from './structures.ts';
import { Watch } from './watch.ts';

/** A public trade as it is kept. */
interface Print {
  readonly id: string;
  readonly symbol: string;
  /** Milliseconds. */
  readonly time: number;
  readonly price: string;
  readonly size: string;
  readonly side: string;
}

/** What the market has told: the last 1,000 trades of each pair, in the order of their times, and the venue's own summary where the feed has it. */
export class PublicData {
  readonly tradeWatch: Watch<CcxtTrade> = new Watch();
  readonly bookWatch: Watch<CcxtOrderBook> = new Watch();
  readonly #prints = new Map<string, Print[]>();
  readonly #tickers = new Map<string, TickerEvent>();

  addBook(book: BookView): void {
    this.bookWatch.tell(book.symbol, book.symbol, () => ccxtOrderBook(book, undefined));
  }

  addTrade(print: Print): void {
    let prints = this.#prints.get(print.symbol);
    if (prints === undefined) {
      prints = [];
      this.#prints.set(print.symbol, prints);
    }
    // What traded in a gap is told later: it goes where it belongs.
    let place = prints.length;
    while (place > 0 && (prints[place - 1]?.time ?? 0) > print.time) place -= 1;
    if (place === prints.length) prints.push(print);
    else prints.splice(place, 0, print);
    // Not at every trade: shifting a thousand costs more than all the rest.
    if (prints.length >= 2 * MOST_TRADES) prints.splice(0, prints.length - MOST_TRADES);
    this.tradeWatch.tell(print.symbol, `${print.symbol} ${print.id}`, () => publicTrade(print));
  }

  addTradeEvent({ price, size, symbol, taker, tradeId, venueTs }: TradeEvent, pair: Grid): void {
    const time = Math.floor(venueTs / 1000);
    const amounts = { price: ticksToPrice(pair, price), size: lotsToQty(pair, size) };
    this.addTrade({ id: String(tradeId), symbol, time, side: taker, ...amounts });
  }

  addTicker(ticker: TickerEvent): void {
    this.#tickers.set(ticker.symbol, ticker);
  }

  close(error: BaseError): void {
    this.tradeWatch.close(error);
    this.bookWatch.close(error);
  }

  /** Decimal text; `undefined` before the first trade. */
  lastPrice(symbol: string): string | undefined {
    return this.#prints.get(symbol)?.at(-1)?.price;
  }

  /** Oldest first. */
  trades(symbol: string): CcxtTrade[] {
    return (this.#prints.get(symbol) ?? []).slice(-MOST_TRADES).map(publicTrade);
  }

  /** @param book As it stands now, if there is one. */
  ticker(pair: Instrument, book: BookView | undefined): CcxtTicker {
    const { symbol } = pair;
    const told = this.#tickers.get(symbol);
    const bid = book?.bestBid();
    const ask = book?.bestAsk();
    const lastText = this.lastPrice(symbol);
    const last = lastText === undefined ? numberOf(told?.last, (ticks) => ticksToPrice(pair, ticks)) : Number(lastText);
    const change = told === undefined ? undefined : Number(told.change);
    const open =
      last === undefined || change === undefined ? undefined : Number((last - change).toFixed(pair.pricePrecision));
    const volume = told === undefined ? undefined : Number(told.volume);
    const vwap = told === undefined ? undefined : Number(told.vwap);
    return {
      symbol,
      info: told,
      timestamp: undefined,
      datetime: undefined,
      high: told === undefined ? undefined : Number(told.high),
      low: told === undefined ? undefined : Number(told.low),
      bid: numberOf(bid, (ticks) => ticksToPrice(pair, ticks)),
      bidVolume: bid === undefined ? undefined : numberOf(book?.sizeAt('buy', 0), (size) => lotsToQty(pair, size)),
      ask: numberOf(ask, (ticks) => ticksToPrice(pair, ticks)),
      askVolume: ask === undefined ? undefined : numberOf(book?.sizeAt('sell', 0), (size) => lotsToQty(pair, size)),
      vwap,
      open,
      close: last,
      last,
      previousClose: undefined,
      change,
      percentage: told === undefined ? undefined : Number(told.changePct),
      average: last === undefined || open === undefined ? undefined : (last + open) / 2,
      quoteVolume: volume === undefined || vwap === undefined ? undefined : volume * vwap,
      baseVolume: volume,
      indexPrice: undefined,
      markPrice: undefined,
    };
  }
}

function publicTrade(print: Print): CcxtTrade {
  const { id, price, side, size, symbol, time } = print;
  return {
    id,
    order: undefined,
    info: print,
    timestamp: time,
    datetime: isoOf(time),
    symbol,
    type: undefined,
    side,
    takerOrMaker: undefined,
    price: Number(price),
    amount: Number(size),
    cost: new Decimal(price).times(size).toNumber(),
    fee: { cost: undefined, currency: undefined },
    fees: [],
  };
}

function numberOf<T>(count: T | undefined, textOf: (count: T) => string): number | undefined {
  return count === undefined ? undefined : Number(textOf(count));
}

const MOST_TRADES = 1_000;
