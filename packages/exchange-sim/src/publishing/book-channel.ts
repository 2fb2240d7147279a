import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Subscriber } from '../subscriber.ts';
import { bookFrame } from '../wire/data-frames.ts';
import { v1BookSnapshotFrame, v1BookUpdateFrame } from '../wire/v1-data-frames.ts';
import { Audience, Audiences } from './audience.ts';
import { bookChecksum, CHECKSUM_LEVELS, v1BookChecksum } from './checksum.ts';
import { DepthSide } from './depth-window.ts';
import type { LadderChange } from './ladder.ts';
import type { Moment } from './moment.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

/** Those who follow the book at one depth, and what has to be said to them. */
class BookAudience extends Audience {
  readonly depth: number;
  readonly bids: DepthSide;
  readonly asks: DepthSide;

  constructor(market: PublishedMarket, depth: number) {
    super();
    this.depth = depth;
    this.bids = new DepthSide(market.bids, depth);
    this.asks = new DepthSide(market.asks, depth);
  }

  settle(): void {
    this.bids.settle();
    this.asks.settle();
  }
}

/** The book at any depth: event by event, absolute sizes, a checksum in each v2 message and in each v1 update. */
export class BookChannel {
  readonly #market: PublishedMarket;
  readonly #audiences: Audiences<number, BookAudience>;
  #checksum: number | undefined = undefined;
  #v1Checksum: number | undefined = undefined;

  constructor(market: PublishedMarket) {
    this.#market = market;
    this.#audiences = new Audiences((depth) => new BookAudience(market, depth));
  }

  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean, at: Micros): void {
    const audience = this.#audiences.add(topic.depth ?? 10, topic, subscriber);
    if (!snapshot) return;
    const one = new Audience();
    one.add(topic, subscriber);
    this.#sendSnapshot(audience, one, at);
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audiences.delete(topic.depth ?? 10, topic, subscriber);
  }

  /** Notes what the ladder of that side has just done. */
  note(side: Side, price: Ticks, total: Lots, change: LadderChange, moment: Moment): void {
    const ladder = side === 'buy' ? this.#market.bids : this.#market.asks;
    const last = ladder.priceAt(CHECKSUM_LEVELS - 1);
    if (last === undefined || !ladder.isWorse(price, last)) this.#forgetChecksums();
    for (const { bids, asks } of this.#audiences.values()) {
      (side === 'buy' ? bids : asks).note(price, total, change, moment);
    }
  }

  /** @param firstChange When the first of what was noted happened: a level of before that is told because it entered the view. */
  publish(at: Micros, firstChange: Micros): void {
    const market = this.#market;
    const { writer, symbol, wsname, grid } = market;
    for (const audience of this.#audiences.values()) {
      const { bids, asks, v2, v1, depth } = audience;
      if (bids.prices.length === 0 && asks.prices.length === 0) continue;
      if (v2.size > 0) {
        market.send(v2, bookFrame(writer, 'update', symbol, grid, bids, asks, this.#sum(), at));
      }
      for (const [channelId, subscribers] of v1) {
        const sum = this.#v1Sum();
        market.send(
          subscribers,
          v1BookUpdateFrame(writer, channelId, depth, wsname, grid, bids, asks, sum, firstChange),
        );
      }
      audience.settle();
    }
  }

  /** Sends everybody a snapshot in place of what was noted. */
  refresh(at: Micros): void {
    this.#forgetChecksums();
    for (const audience of this.#audiences.values()) {
      audience.settle();
      this.#sendSnapshot(audience, audience, at);
    }
  }

  #sendSnapshot(book: BookAudience, audience: Audience, at: Micros): void {
    const market = this.#market;
    const { writer, symbol, wsname, grid } = market;
    const [bids, asks] = [book.bids.snapshot(), book.asks.snapshot()];
    if (audience.v2.size > 0) {
      market.send(audience.v2, bookFrame(writer, 'snapshot', symbol, grid, bids, asks, this.#sum(), at));
    }
    for (const [channelId, subscribers] of audience.v1) {
      market.send(subscribers, v1BookSnapshotFrame(writer, channelId, book.depth, wsname, grid, bids, asks));
    }
  }

  #sum(): number {
    this.#checksum ??= bookChecksum(this.#market.asks, this.#market.bids);
    return this.#checksum;
  }

  #v1Sum(): number {
    const { asks, bids, grid } = this.#market;
    this.#v1Checksum ??= v1BookChecksum(asks, bids, grid);
    return this.#v1Checksum;
  }

  #forgetChecksums(): void {
    this.#checksum = undefined;
    this.#v1Checksum = undefined;
  }
}
