import type { SpreadPoint } from '../history/market-history.ts';
import type { Subscriber } from '../subscriber.ts';
import { v1SpreadFrame } from '../wire/v1-data-frames.ts';
import { Audience } from './audience.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

/** Best prices, in version 1 only: told at the beginning and whenever one of them changes (UNCONFIRMED: a new size alone is not told). */
export class SpreadChannel {
  readonly #market: PublishedMarket;
  readonly #audience = new Audience();

  constructor(market: PublishedMarket) {
    this.#market = market;
  }

  /** @param point What is best now; `undefined` while a side is empty. */
  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean, point: SpreadPoint | undefined): void {
    if (topic.protocol !== 'v1') return;
    this.#audience.add(topic, subscriber);
    if (!snapshot || point === undefined) return;
    const one = new Audience();
    one.add(topic, subscriber);
    this.#tell(one, point);
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audience.delete(topic, subscriber);
  }

  publish(point: SpreadPoint): void {
    this.#tell(this.#audience, point);
  }

  #tell({ v1 }: Audience, point: SpreadPoint): void {
    const { writer, wsname, grid } = this.#market;
    for (const [channelId, subscribers] of v1) {
      this.#market.send(subscribers, v1SpreadFrame(writer, channelId, wsname, grid, point));
    }
  }
}
