import type { Subscriber } from '../subscriber.ts';
import { tradeFrame } from '../wire/data-frames.ts';
import type { PrintedTrade } from '../wire/data-frames.ts';
import { v1TradeFrame } from '../wire/v1-data-frames.ts';
import { Audience } from './audience.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

/** How many trades a snapshot holds. */
const RECENT_TRADES = 50;

/** The tape: all trades of an instant in one message. Version 1 has no snapshot of it, as seen on the live venue. */
export class TradeChannel {
  readonly #market: PublishedMarket;
  readonly #audience = new Audience();

  constructor(market: PublishedMarket) {
    this.#market = market;
  }

  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean): void {
    this.#audience.add(topic, subscriber);
    if (snapshot && topic.protocol === 'v2') this.#market.send([subscriber], this.#snapshot());
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audience.delete(topic, subscriber);
  }

  /** @param printed At least one. */
  publish(printed: readonly PrintedTrade[]): void {
    const market = this.#market;
    const { writer, symbol, wsname, grid } = market;
    const { v2, v1 } = this.#audience;
    if (v2.size > 0) market.send(v2, tradeFrame(writer, 'update', symbol, grid, printed));
    for (const [channelId, subscribers] of v1) {
      market.send(subscribers, v1TradeFrame(writer, channelId, wsname, grid, printed));
    }
  }

  refresh(): void {
    const { v2 } = this.#audience;
    if (v2.size > 0) this.#market.send(v2, this.#snapshot());
  }

  #snapshot(): Uint8Array {
    const { writer, symbol, grid, history } = this.#market;
    return tradeFrame(writer, 'snapshot', symbol, grid, history.trades(RECENT_TRADES));
  }
}
