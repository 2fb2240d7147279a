import type { BookView, Instrument, MarketEvent, TradeEvent } from '@kb/model';
import type { PaperAccount, PlainBook, PlainTrade } from '../paper-account.ts';
import type { AccountCall } from '../restore/account-input.ts';
import { BadSymbol, ExchangeClosedByUser, ExchangeNotAvailable, InvalidOrder } from './errors.ts';
import type { BaseError } from './errors.ts';
import { isoText, plainBook, plainTrade } from './fed-data.ts';
import type { CcxtBookInput, CcxtTradeInput, FedTime } from './fed-data.ts';
import { checkParams, untilOf } from './fetch-params.ts';
import { ccxtMarket, ccxtOrderBook } from './markets.ts';
import type { CcxtParams } from './order-request.ts';
import { toDecimals } from './precision.ts';
import { PublicData } from './public-data.ts';
import { millisecondsOf, sinceLimit } from './structures.ts';
import type { CcxtMarket, CcxtOrderBook, CcxtTicker, CcxtTrade } from './structures.ts';

/** Where events come from: a `FanOut` of `@kb/feed`, or anything with such a method. */
export interface FollowedFeed {
  subscribe(consumer: {
    readonly name: string;
    readonly policy: 'sync';
    readonly onEvent: (event: MarketEvent) => void;
  }): { close(): void };
}

/** A number or decimal text, as ccxt takes both. */
export type Amount = number | string;

/** The public half of the exchange: market data and time come in here, and ccxt's questions about them are answered. */
export class FedMarket {
  /** The account behind it, for what ccxt has no name for: margin figures, positions, gaps. Orders go through the exchange. */
  readonly account: PaperAccount;
  readonly #pairs: Map<string, Instrument>;
  readonly #maxLeverage: number;
  readonly #public = new PublicData();
  readonly #sleepers: Sleeper[] = [];
  readonly #followed: { close(): void }[] = [];
  /** The last one, by symbol. */
  readonly #tradeIds = new Map<string, number>();
  #isClosed = false;

  /** @param maxLeverage 1 without margin. */
  constructor(account: PaperAccount, pairs: readonly Instrument[], maxLeverage: number) {
    this.account = account;
    this.#pairs = new Map(pairs.map((pair) => [pair.symbol, pair]));
    this.#maxLeverage = maxLeverage;
  }

  // Market data in

  /**
   * A book as `PaperAccount` takes it, or a whole one as ccxt hands it out.
   * @param time When the data does not say. @throws As `PaperAccount.onBook`, and BadRequest without a symbol or time.
   */
  onBook(book: PlainBook | CcxtBookInput, time?: FedTime): void {
    const plain = plainBook(book, time);
    this.account.onBook(plain);
    this.#bookCame(plain.symbol);
    this.#wake();
  }

  /** A public trade, likewise. */
  onTrade(trade: PlainTrade | CcxtTradeInput, time?: FedTime): void {
    const plain = plainTrade(trade, time);
    const tradeId = plain.tradeId ?? (this.#tradeIds.get(plain.symbol) ?? 0) + 1;
    this.account.onTrade({ ...plain, tradeId });
    this.#tradeCame(plain, tradeId);
    this.#wake();
  }

  /** The index price of a pair, for orders that are triggered by it. */
  onIndex(symbol: string, price: Amount): void {
    this.account.onIndex(symbol, String(price));
  }

  /** Nothing happened, but time went on. */
  onTime(time: FedTime): void {
    this.account.onTime(isoText(time));
    this.#wake();
  }

  /** Your data has a gap: as `PaperAccount.onGap`. */
  onGap(symbol?: string): void {
    this.account.onGap(symbol);
  }

  /** An event of a `@kb/feed` source. Pairs that neither the options nor the feed have told of are passed over. */
  onEvent(event: MarketEvent): void {
    if (event.type === 'instrument') this.#pairs.set(event.symbol, event.instrument);
    this.account.onEvent(event);
    if (event.type === 'book') this.#public.addBook(event.book);
    else if (event.type === 'ticker') this.#public.addTicker(event);
    else if (event.type === 'trade') this.#tradeEventCame(event);
    this.#wake();
  }

  /** Takes all events of a feed, until `close` here or of what it returns. */
  follow(feed: FollowedFeed): { close(): void } {
    const consumer = feed.subscribe({
      name: 'ccxt paper exchange',
      policy: 'sync',
      onEvent: (event) => this.onEvent(event),
    });
    this.#followed.push(consumer);
    return consumer;
  }

  // What is known of the market

  /** All pairs by symbol: those of the options, and those that a feed has told of. */
  get markets(): Record<string, CcxtMarket> {
    return Object.fromEntries(this.symbols.map((symbol) => [symbol, this.market(symbol)]));
  }

  get symbols(): string[] {
    return [...this.#pairs.keys()].toSorted();
  }

  async loadMarkets(): Promise<Record<string, CcxtMarket>> {
    return this.markets;
  }

  async fetchMarkets(): Promise<CcxtMarket[]> {
    return Object.values(this.markets);
  }

  /** @throws BadSymbol. */
  market(symbol: string): CcxtMarket {
    return ccxtMarket(this.pair(symbol), this.account.feeStatus(symbol), this.#maxLeverage);
  }

  /** Cut off to the pair's decimals. @throws BadSymbol, BadRequest, InvalidOrder when nothing is left. */
  amountToPrecision(symbol: string, amount: Amount): string {
    return this.#toPrecision('amount', amount, this.pair(symbol).qtyPrecision, 'cut');
  }

  /** Rounded to the pair's decimals. @throws BadSymbol, BadRequest, InvalidOrder when nothing is left. */
  priceToPrecision(symbol: string, price: Amount): string {
    return this.#toPrecision('price', price, this.pair(symbol).pricePrecision, 'round');
  }

  /** @throws BadSymbol; ExchangeNotAvailable before the first whole book, and in a gap. */
  async fetchOrderBook(symbol: string, limit?: number, params?: CcxtParams): Promise<CcxtOrderBook> {
    checkParams(params);
    return ccxtOrderBook(this.#book(symbol), limit);
  }

  /** The last 1,000 trades that were brought here. @param params `until`: the last time, in milliseconds. */
  async fetchTrades(symbol: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtTrade[]> {
    this.pair(symbol);
    return sinceLimit(untilOf(this.#public.trades(symbol), params), since, limit);
  }

  /** Best prices and last trade; the figures of 24 hours are `undefined` unless a feed with Kraken's tickers is followed. */
  async fetchTicker(symbol: string, params?: CcxtParams): Promise<CcxtTicker> {
    checkParams(params);
    return this.#public.ticker(this.pair(symbol), this.account.book(symbol));
  }

  /** The book after the next change; at first as it is. */
  async watchOrderBook(symbol: string, limit?: number, params?: CcxtParams): Promise<CcxtOrderBook> {
    this.mustBeOpen();
    checkParams(params);
    this.pair(symbol);
    const now = (): [string, CcxtOrderBook][] => {
      const book = this.account.book(symbol);
      return book === undefined ? [] : [[symbol, ccxtOrderBook(book, undefined)]];
    };
    const [book] = await this.#public.bookWatch.next(symbol, now);
    if (book === undefined) throw new ExchangeNotAvailable(`kraken (paper): there is no book of ${symbol}`);
    return { ...book, bids: book.bids.slice(0, limit), asks: book.asks.slice(0, limit) };
  }

  /** Public trades since the last call; at first the last fifty. */
  async watchTrades(symbol: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtTrade[]> {
    this.mustBeOpen();
    checkParams(params);
    this.pair(symbol);
    const last = (): [string, CcxtTrade][] =>
      this.#public
        .trades(symbol)
        .slice(-50)
        .map((trade) => [`${symbol} ${trade.id}`, trade]);
    return sinceLimit(await this.#public.tradeWatch.next(symbol, last), since, limit);
  }

  // Time

  /** Milliseconds since 1970: the venue's latest time in any data. */
  milliseconds(): number {
    return millisecondsOf(this.account.time);
  }

  async fetchTime(): Promise<number> {
    return this.milliseconds();
  }

  /** Waits in the time that is brought in. */
  async sleep(milliseconds: number): Promise<void> {
    this.mustBeOpen();
    return new Promise((wake, fail) => {
      this.#sleepers.push({ until: this.milliseconds() + milliseconds, wake, fail });
    });
  }

  /** Ends what waits here. @returns False when it had ended before. */
  protected end(closed: BaseError): boolean {
    if (this.#isClosed) return false;
    this.#isClosed = true;
    for (const consumer of this.#followed) consumer.close();
    this.#public.close(closed);
    for (const { fail } of this.#sleepers.splice(0)) fail(closed);
    return true;
  }

  /** A call to the account before a restart: what was kept of the market then is kept again. */
  protected marketAgain(call: AccountCall): void {
    if (call.call === 'book') this.#bookCame(call.book.symbol);
    else if (call.call === 'trade') this.#tradeCame(call.trade, call.trade.tradeId ?? 0);
    else if (call.call !== 'event') return;
    else if (call.event.type === 'instrument') this.#pairs.set(call.event.symbol, call.event.instrument);
    else if (call.event.type === 'trade') this.#tradeEventCame(call.event);
  }

  #bookCame(symbol: string): void {
    const view = this.account.book(symbol);
    if (view !== undefined) this.#public.addBook(view);
  }

  #tradeCame({ missed = false, price, side, size, symbol, time }: PlainTrade, tradeId: number): void {
    if (!missed) this.#tradeIds.set(symbol, tradeId);
    this.#public.addTrade({ id: String(tradeId), symbol, time: millisecondsOf(time), price, size, side });
  }

  #tradeEventCame(event: TradeEvent): void {
    const pair = this.#pairs.get(event.symbol);
    if (pair !== undefined) this.#public.addTradeEvent(event, pair);
  }

  protected lastPrice(symbol: string): string | undefined {
    return this.#public.lastPrice(symbol);
  }

  /** @throws BadSymbol. */
  protected pair(symbol: string): Instrument {
    const pair = this.#pairs.get(symbol);
    if (pair !== undefined) return pair;
    throw new BadSymbol(`kraken (paper) has no market ${JSON.stringify(symbol)}`);
  }

  #book(symbol: string): BookView {
    this.pair(symbol);
    const book = this.account.book(symbol);
    if (book !== undefined) return book;
    throw new ExchangeNotAvailable(`kraken (paper): there is no book of ${symbol}`);
  }

  #toPrecision(name: string, value: Amount, decimals: number, rounding: 'cut' | 'round'): string {
    const text = toDecimals(value, decimals, rounding);
    if (text === '0')
      throw new InvalidOrder(`kraken (paper): expected ${name} of 1e-${decimals} at least, was ${value}`);
    return text;
  }

  /** @throws ExchangeClosedByUser. */
  protected mustBeOpen(): void {
    if (this.#isClosed) throw new ExchangeClosedByUser('kraken (paper) was closed');
  }

  /** Wakes those whose time has come, in the order of their times. */
  #wake(): void {
    if (this.#sleepers.length === 0) return;
    const now = this.milliseconds();
    const due = this.#sleepers.filter(({ until }) => until <= now).toSorted((one, other) => one.until - other.until);
    if (due.length === 0) return;
    const left = this.#sleepers.filter(({ until }) => until > now);
    this.#sleepers.splice(0, this.#sleepers.length, ...left);
    for (const { wake } of due) wake();
  }
}

interface Sleeper {
  /** Milliseconds. */
  readonly until: number;
  readonly wake: () => void;
  readonly fail: (error: BaseError) => void;
}
