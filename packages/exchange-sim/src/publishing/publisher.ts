import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import type { Session } from '../session.ts';
import { bookFrame, tickerFrame, tradeFrame } from '../wire/data-frames.ts';
import type { FrameType, PrintedTrade } from '../wire/data-frames.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { Topic } from '../wire/requests.ts';
import { bookChecksum } from './checksum.ts';
import { DayFigures } from './day-figures.ts';
import { DepthSide } from './depth-window.ts';
import { Ladder } from './ladder.ts';

/** How many trades a `trade` snapshot holds. */
const RECENT_TRADES = 50;

/** Those who follow the book at one depth, and what they know of it. */
interface BookAudience {
  readonly bids: DepthSide;
  readonly asks: DepthSide;
  readonly sessions: Set<Session>;
}

/**
 * Tells one instrument's subscribers what its matcher did. Facts are collected while the orders of one instant are worked on;
 * `publish` then says them: trades first, then the book, then the ticker, all with one timestamp. A frame is encoded once
 * for all who get it. Everything that leaves about an instrument leaves from here.
 */
export class Publisher {
  readonly bids: Ladder = new Ladder('buy');
  readonly asks: Ladder = new Ladder('sell');
  readonly figures: DayFigures = new DayFigures();
  /** The latest trades, oldest first. */
  readonly recentTrades: PrintedTrade[] = [];
  /** Frames made, counted once however many clients got them. */
  frames = 0;
  readonly #instrument: Instrument;
  /** The symbol as JSON. */
  readonly #symbol: string;
  readonly #writer: FrameWriter;
  readonly #books = new Map<number, BookAudience>();
  readonly #trades = new Set<Session>();
  readonly #tickers = { trades: new Set<Session>(), bbo: new Set<Session>() };
  #printed: PrintedTrade[] = [];
  #checksum = 0;
  #topChanged = true;
  #saidBid: Ticks | undefined = undefined;
  #saidAsk: Ticks | undefined = undefined;

  constructor(instrument: Instrument, writer: FrameWriter) {
    this.#instrument = instrument;
    this.#symbol = JSON.stringify(instrument.symbol);
    this.#writer = writer;
  }

  /** Notes a trade of this instant. */
  trade(trade: PrintedTrade): void {
    this.#printed.push(trade);
  }

  /** Notes that a level now has this size. */
  level(side: Side, price: Ticks, total: Lots): void {
    const ladder = side === 'buy' ? this.bids : this.asks;
    const change = ladder.set(price, total);
    const tenth = ladder.priceAt(9);
    if (tenth === undefined || !ladder.isWorse(price, tenth)) this.#topChanged = true;
    for (const book of this.#books.values()) (side === 'buy' ? book.bids : book.asks).note(price, total, change);
  }

  /** Says what was noted since the last call. */
  publish(at: Micros): void {
    const printed = this.#printed;
    if (printed.length > 0) this.#publishTrades(printed);
    for (const book of this.#books.values()) {
      const { bids, asks } = book;
      if (bids.prices.length === 0 && asks.prices.length === 0) continue;
      const grid = this.#instrument;
      this.#sendTo(
        book.sessions,
        bookFrame(this.#writer, 'update', this.#symbol, grid, bids, asks, this.#bookChecksum(), at),
      );
      bids.settle();
      asks.settle();
    }
    this.#publishTickers(printed.length > 0, at);
    if (printed.length > 0) this.#printed = [];
  }

  join(topic: Topic, session: Session, snapshot: boolean, at: Micros): void {
    switch (topic.channel) {
      case 'book': {
        const book = this.#bookAt(topic.depth);
        book.sessions.add(session);
        if (snapshot) this.#sendTo([session], this.#bookSnapshot(book, at));
        return;
      }
      case 'trade':
        this.#trades.add(session);
        if (snapshot) this.#sendTo([session], this.#tradeSnapshot());
        return;
      case 'ticker':
        this.#tickers[topic.eventTrigger ?? 'trades'].add(session);
        if (snapshot) this.#sendTo([session], this.#ticker('snapshot', at));
        return;
      case 'instrument':
        return;
      default:
        topic.channel satisfies never;
    }
  }

  leave(topic: Topic, session: Session): void {
    if (topic.channel === 'trade') this.#trades.delete(session);
    if (topic.eventTrigger !== undefined) this.#tickers[topic.eventTrigger].delete(session);
    const book = topic.channel === 'book' ? this.#books.get(topic.depth) : undefined;
    if (book === undefined) return;
    book.sessions.delete(session);
    if (book.sessions.size === 0) this.#books.delete(topic.depth);
  }

  #publishTrades(printed: readonly PrintedTrade[]): void {
    for (const trade of printed) this.figures.add(trade);
    this.recentTrades.push(...printed.slice(-RECENT_TRADES));
    this.recentTrades.splice(0, Math.max(0, this.recentTrades.length - RECENT_TRADES));
    if (this.#trades.size === 0) return;
    this.#sendTo(this.#trades, tradeFrame(this.#writer, 'update', this.#symbol, this.#instrument, printed));
  }

  #publishTickers(traded: boolean, at: Micros): void {
    const { trades, bbo } = this.#tickers;
    if (traded && trades.size > 0) this.#sendTo(trades, this.#ticker('update', at));
    const bid = this.bids.priceAt(0);
    const ask = this.asks.priceAt(0);
    if (bid === this.#saidBid && ask === this.#saidAsk) return;
    this.#saidBid = bid;
    this.#saidAsk = ask;
    if (bbo.size > 0) this.#sendTo(bbo, this.#ticker('update', at));
  }

  #bookAt(depth: number): BookAudience {
    const known = this.#books.get(depth);
    if (known !== undefined) return known;
    const book = {
      bids: new DepthSide(this.bids, depth),
      asks: new DepthSide(this.asks, depth),
      sessions: new Set<Session>(),
    };
    this.#books.set(depth, book);
    return book;
  }

  #bookSnapshot({ bids, asks }: BookAudience, at: Micros): Uint8Array {
    const checksum = this.#bookChecksum();
    const [buys, sells] = [bids.snapshot(), asks.snapshot()];
    return bookFrame(this.#writer, 'snapshot', this.#symbol, this.#instrument, buys, sells, checksum, at);
  }

  #tradeSnapshot(): Uint8Array {
    return tradeFrame(this.#writer, 'snapshot', this.#symbol, this.#instrument, this.recentTrades);
  }

  #bookChecksum(): number {
    if (this.#topChanged) this.#checksum = bookChecksum(this.asks, this.bids);
    this.#topChanged = false;
    return this.#checksum;
  }

  #ticker(type: FrameType, at: Micros): Uint8Array {
    const { bids, asks, figures } = this;
    const { last, low, high, volume, vwap, change, changePct } = figures;
    const [bid, ask] = [bids.priceAt(0), asks.priceAt(0)];
    const [bidSize, askSize] = [bids.sizeAt(0), asks.sizeAt(0)];
    return tickerFrame(
      this.#writer,
      type,
      this.#symbol,
      this.#instrument,
      { bid, bidSize, ask, askSize, last, low, high, volume, vwap, change, changePct },
      at,
    );
  }

  #sendTo(sessions: Iterable<Session>, frame: Uint8Array): void {
    this.frames += 1;
    for (const session of sessions) session.send(frame);
  }
}
