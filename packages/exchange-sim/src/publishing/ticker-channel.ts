import type { Micros } from '@kb/model';
import type { Subscriber } from '../subscriber.ts';
import { tickerFrame } from '../wire/data-frames.ts';
import type { FrameType, TopOfBook } from '../wire/data-frames.ts';
import { v1TickerFrame } from '../wire/v1-data-frames.ts';
import { Audience } from './audience.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

/**
 * Best prices and the figures of the last 24 hours, with each instant that has a trade; for `bbo` with each in which a best price
 * changes. Version 1 follows trades (UNCONFIRMED whether it follows best prices too).
 */
export class TickerChannel {
  readonly #market: PublishedMarket;
  readonly #trades = new Audience();
  readonly #bbo = new Audience();

  constructor(market: PublishedMarket) {
    this.#market = market;
  }

  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean, at: Micros): void {
    this.#audienceOf(topic).add(topic, subscriber);
    if (!snapshot) return;
    const one = new Audience();
    one.add(topic, subscriber);
    this.#tell(one, 'snapshot', at);
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audienceOf(topic).delete(topic, subscriber);
  }

  publish(traded: boolean, topMoved: boolean, at: Micros): void {
    if (traded) this.#tell(this.#trades, 'update', at);
    if (topMoved) this.#tell(this.#bbo, 'update', at);
  }

  refresh(at: Micros): void {
    this.#tell(this.#trades, 'snapshot', at);
    this.#tell(this.#bbo, 'snapshot', at);
  }

  #tell({ v2, v1 }: Audience, type: FrameType, at: Micros): void {
    if (v2.size === 0 && v1.size === 0) return;
    const market = this.#market;
    const { writer, symbol, wsname, grid, history } = market;
    const day = history.day(at);
    const last = history.lastTrade;
    const top = topOf(market);
    if (v2.size > 0) market.send(v2, tickerFrame(writer, type, symbol, grid, top, last?.price, day, at));
    for (const [channelId, subscribers] of v1) {
      const today = history.today(at);
      market.send(subscribers, v1TickerFrame(writer, channelId, wsname, grid, top, last, today, day));
    }
  }

  #audienceOf(topic: PublishTopic): Audience {
    return topic.protocol === 'v2' && topic.eventTrigger === 'bbo' ? this.#bbo : this.#trades;
  }
}

export function topOf({ bids, asks }: PublishedMarket): TopOfBook {
  return { bid: bids.priceAt(0), bidSize: bids.sizeAt(0), ask: asks.priceAt(0), askSize: asks.sizeAt(0) };
}
