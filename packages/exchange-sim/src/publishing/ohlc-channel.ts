import type { Micros } from '@kb/model';
import type { CandleInterval } from '../history/market-history.ts';
import type { Subscriber } from '../subscriber.ts';
import { ohlcFrame } from '../wire/data-frames.ts';
import type { FrameType } from '../wire/data-frames.ts';
import { v1OhlcFrame } from '../wire/v1-data-frames.ts';
import { Audience, Audiences } from './audience.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

class CandleAudience extends Audience {
  readonly interval: CandleInterval;

  constructor(interval: CandleInterval) {
    super();
    this.interval = interval;
  }
}

/**
 * Candles: the running one with each instant that has a trade. A v2 snapshot holds what REST would give, at most 720 candles
 * (UNCONFIRMED: Kraken does not say how many); version 1 is sent the latest candle.
 */
export class OhlcChannel {
  readonly #market: PublishedMarket;
  readonly #audiences = new Audiences<CandleInterval, CandleAudience>((interval) => new CandleAudience(interval));

  constructor(market: PublishedMarket) {
    this.#market = market;
  }

  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean, at: Micros): void {
    const { interval } = this.#audiences.add(topic.interval ?? 1, topic, subscriber);
    if (!snapshot) return;
    const one = new Audience();
    one.add(topic, subscriber);
    this.#tell(interval, one, 'snapshot', at);
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audiences.delete(topic.interval ?? 1, topic, subscriber);
  }

  /** To be called after instants with a trade. */
  publish(at: Micros): void {
    for (const audience of this.#audiences.values()) this.#tell(audience.interval, audience, 'update', at);
  }

  refresh(at: Micros): void {
    for (const audience of this.#audiences.values()) this.#tell(audience.interval, audience, 'snapshot', at);
  }

  #tell(interval: CandleInterval, { v2, v1 }: Audience, type: FrameType, at: Micros): void {
    const market = this.#market;
    const { writer, symbol, wsname, grid, history } = market;
    const running = history.running(interval);
    if (v2.size > 0) {
      const latest = running === undefined ? [] : [running];
      const candles = type === 'snapshot' ? history.candles(interval, at) : latest;
      market.send(v2, ohlcFrame(writer, type, symbol, grid, interval, candles, at));
    }
    if (running === undefined) return;
    for (const [channelId, subscribers] of v1) {
      market.send(subscribers, v1OhlcFrame(writer, channelId, wsname, grid, interval, running));
    }
  }
}
