import { micros } from '@kb/model';
import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import type { MarketHistory, SpreadPoint } from '../history/market-history.ts';
import { assetFor } from '../listings/assets.ts';
import type { Subscriber } from '../subscriber.ts';
import type { PrintedTrade } from '../wire/data-frames.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import { BookChannel } from './book-channel.ts';
import { Level3Channel } from './level3-channel.ts';
import type { PublicOrder } from './level3-channel.ts';
import type { QueueView } from './level3-side.ts';
import type { Moment } from './moment.ts';
import { OhlcChannel } from './ohlc-channel.ts';
import { PublishedMarket } from './published-market.ts';
import { SpreadChannel } from './spread-channel.ts';
import { TickerChannel, topOf } from './ticker-channel.ts';
import type { PublishTopic } from './topic.ts';
import { TradeChannel } from './trade-channel.ts';

export interface PublisherParts {
  readonly writer: FrameWriter;
  /** Is told of trades and best prices by the publisher, before anybody else. */
  readonly history: MarketHistory;
  /** Public text of a matcher's order id, in ASCII. */
  readonly orderIdText: (orderId: number) => string;
  /** The matcher whose doings are told now. */
  readonly matcher: () => QueueView;
  /** The pair as v1 writes it; made of the assets' names when left out. */
  readonly wsname?: string;
}

/** A price level, and when it got its size. */
export interface TimedLevel {
  readonly price: Ticks;
  readonly size: Lots;
  readonly at: Micros;
}

/**
 * Tells one market's subscribers what its matcher did, in both protocols. Facts are collected while the orders of one instant are
 * worked on; `publish` then says them: trades first, then books, orders, tickers, candles and spreads, all with one timestamp. A frame
 * is encoded once for all who get it. Everything that leaves about a market leaves from here.
 */
export class Publisher {
  readonly #market: PublishedMarket;
  readonly #trades: TradeChannel;
  readonly #book: BookChannel;
  readonly #level3: Level3Channel;
  readonly #ticker: TickerChannel;
  readonly #ohlc: OhlcChannel;
  readonly #spread: SpreadChannel;
  #printed: PrintedTrade[] = [];
  /** The instant that is being worked on. */
  #moment: Moment = { at: NEVER };
  /** Of the changes of levels in this instant, in their order. */
  readonly #changes: Moment[] = [];
  #lastChange: Micros = NEVER;
  #touched = false;
  /** Something begins anew: with the next instant everybody gets snapshots. */
  #fresh = false;
  /** The latest fact was a trade, so that the next is what it did to its maker. */
  #traded = false;
  #saidBid: Ticks | undefined = undefined;
  #saidAsk: Ticks | undefined = undefined;

  constructor(instrument: Instrument, parts: PublisherParts) {
    const { base, quote } = instrument;
    const wsname = parts.wsname ?? `${assetFor(base).altname}/${assetFor(quote).altname}`;
    const market = new PublishedMarket(instrument, wsname, parts.writer, parts.history);
    this.#market = market;
    this.#trades = new TradeChannel(market);
    this.#book = new BookChannel(market);
    this.#level3 = new Level3Channel(market, parts.matcher, parts.orderIdText);
    this.#ticker = new TickerChannel(market);
    this.#ohlc = new OhlcChannel(market);
    this.#spread = new SpreadChannel(market);
    market.history.rescale(instrument);
  }

  /** Frames made, counted once however many clients got them. */
  get frames(): number {
    return this.#market.frames;
  }

  /** Notes a trade of this instant. What it did to its maker's order comes next. */
  trade(trade: PrintedTrade): void {
    this.#touched = true;
    this.#traded = true;
    this.#printed.push(trade);
  }

  /** Notes that an order joined the back of its queue. */
  queued(orderId: number, side: Side, price: Ticks, displayed: Lots): void {
    this.#traded = false;
    this.#level3.queued(orderId, side, price, displayed, this.#moment);
  }

  /** Notes that an order shows another size and kept its place. */
  resized(orderId: number, side: Side, price: Ticks, displayed: Lots): void {
    this.#level3.resized(orderId, side, price, displayed, this.#moment, this.#traded);
    this.#traded = false;
  }

  /** Notes that an order left its queue. */
  unqueued(orderId: number, side: Side, price: Ticks): void {
    this.#traded = false;
    this.#level3.unqueued(orderId, side, price, this.#moment);
  }

  /** Notes that a level now has this size, after what happened in its queue. */
  level(side: Side, price: Ticks, total: Lots): void {
    this.#touched = true;
    const ladder = side === 'buy' ? this.#market.bids : this.#market.asks;
    const moment: Moment = { at: NEVER };
    const change = ladder.set(price, total, moment);
    if (change !== 'nothing') this.#changes.push(moment);
    this.#book.note(side, price, total, change, moment);
    this.#level3.note(side, price, change);
  }

  /** Says what was noted since the last call; nothing when that is nothing. */
  publish(at: Micros): void {
    if (!this.#touched) return;
    this.#touched = false;
    this.#moment.at = at;
    this.#moment = { at: NEVER };
    const firstChange = this.#timeChanges(at);
    const printed = this.#printed;
    const traded = printed.length > 0;
    if (traded) {
      this.#printed = [];
      this.#market.history.add(printed);
    }
    const topMoved = this.#topMoved();
    const point = topMoved ? this.#spreadPoint(at) : undefined;
    if (point !== undefined) this.#market.history.top(point);
    if (this.#fresh) {
      this.#refresh(at);
      return;
    }
    if (traded) this.#trades.publish(printed);
    this.#book.publish(at, firstChange);
    this.#level3.publish(at);
    this.#ticker.publish(traded, topMoved, at);
    if (traded) this.#ohlc.publish(at);
    if (point !== undefined) this.#spread.publish(point);
  }

  /**
   * Lets a subscriber hear of a topic from now on, and sends it what it must begin with. What was noted before and not said is said
   * first, so that nobody hears twice of it.
   */
  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean, at: Micros): void {
    this.publish(at);
    switch (topic.channel) {
      case 'book':
        this.#book.join(topic, subscriber, snapshot, at);
        return;
      case 'trade':
        this.#trades.join(topic, subscriber, snapshot);
        return;
      case 'ticker':
        this.#ticker.join(topic, subscriber, snapshot, at);
        return;
      case 'ohlc':
        this.#ohlc.join(topic, subscriber, snapshot, at);
        return;
      case 'level3':
        this.#level3.join(topic, subscriber, snapshot);
        return;
      case 'spread':
        this.#spread.join(topic, subscriber, snapshot, this.#spreadPoint(at));
        return;
      default:
        topic.channel satisfies never;
    }
  }

  /** The best levels of a side, best first, with the time when each got its size. */
  levels(side: Side, count: number): readonly TimedLevel[] {
    const ladder = side === 'buy' ? this.#market.bids : this.#market.asks;
    const found: TimedLevel[] = [];
    for (let rank = 0; rank < Math.min(count, ladder.length); rank += 1) {
      const price = ladder.priceAt(rank);
      const moment = ladder.momentAt(rank);
      if (price !== undefined && moment !== undefined) found.push({ price, size: ladder.sizeAt(rank), at: moment.at });
    }
    return found;
  }

  /** The orders in the best levels of a side, as they would trade, with the time when each joined its queue or was amended there. */
  orders(side: Side, levels: number): readonly PublicOrder[] {
    return this.#level3.orders(side, levels);
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    const channels = {
      book: this.#book,
      trade: this.#trades,
      ticker: this.#ticker,
      ohlc: this.#ohlc,
      level3: this.#level3,
      spread: this.#spread,
    };
    channels[topic.channel].leave(topic, subscriber);
  }

  /**
   * Begins anew under other decimals: no levels, no orders, a converted past. With the next instant everybody gets snapshots. What
   * was noted and not yet published is dropped, as it is in the old decimals: call `publish` first.
   */
  reset(instrument: Instrument): void {
    const market = this.#market;
    market.grid = instrument;
    market.bids.clear();
    market.asks.clear();
    market.history.rescale(instrument);
    this.#level3.reset();
    this.#printed = [];
    this.#moment = { at: NEVER };
    this.#changes.length = 0;
    this.#saidBid = undefined;
    this.#saidAsk = undefined;
    this.#touched = true;
    this.#fresh = true;
    this.#traded = false;
  }

  #refresh(at: Micros): void {
    this.#fresh = false;
    this.#trades.refresh();
    this.#book.refresh(at);
    this.#level3.refresh();
    this.#ticker.refresh(at);
    this.#ohlc.refresh(at);
    const point = this.#spreadPoint(at);
    if (point !== undefined) this.#spread.publish(point);
  }

  /**
   * Gives each change of a level a time of its own, a microsecond after the one before: so it is in what Kraken sends on WebSocket v1, and
   * clients (node-kraken-api) skip a change of a level that is not later than the one they have.
   * @returns The time of the first.
   */
  #timeChanges(at: Micros): Micros {
    const first = micros(Math.max(at, this.#lastChange + 1));
    for (const change of this.#changes) {
      this.#lastChange = micros(Math.max(at, this.#lastChange + 1));
      change.at = this.#lastChange;
    }
    this.#changes.length = 0;
    return first;
  }

  /** Whether a best price is another than after the last instant. */
  #topMoved(): boolean {
    const { bid, ask } = topOf(this.#market);
    if (bid === this.#saidBid && ask === this.#saidAsk) return false;
    this.#saidBid = bid;
    this.#saidAsk = ask;
    return true;
  }

  /** What is best now; `undefined` while a side is empty. */
  #spreadPoint(at: Micros): SpreadPoint | undefined {
    const { bid, bidSize, ask, askSize } = topOf(this.#market);
    return bid === undefined || ask === undefined ? undefined : { at, bid, bidSize, ask, askSize };
  }
}

/** The time of an instant that is not over. */
const NEVER = micros(0);
