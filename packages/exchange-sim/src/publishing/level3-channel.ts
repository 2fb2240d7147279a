import { crc32 } from 'node:zlib';
import { NO_LOTS } from '@kb/model';
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Subscriber } from '../subscriber.ts';
import { level3Frame } from '../wire/level3-frames.ts';
import { Audience, Audiences } from './audience.ts';
import { CHECKSUM_LEVELS } from './checksum.ts';
import type { Ladder, LadderChange } from './ladder.ts';
import { Level3Side } from './level3-side.ts';
import type { OrderSource, QueueView } from './level3-side.ts';
import type { Moment } from './moment.ts';
import type { PublishedMarket } from './published-market.ts';
import type { PublishTopic } from './topic.ts';

/** A resting order as anybody may see it. */
export interface PublicOrder {
  readonly orderId: string;
  readonly price: Ticks;
  /** What it shows. */
  readonly size: Lots;
  readonly at: Micros;
}

/** Levels whose digits are kept for the next checksum. */
const MOST_DIGITS = 256;

/** Those who follow the orders at one depth, and what has to be said to them. */
class Level3Audience extends Audience {
  readonly bids: Level3Side;
  readonly asks: Level3Side;

  constructor(market: PublishedMarket, depth: number, orders: OrderSource) {
    super();
    this.bids = new Level3Side(market.bids, depth, orders);
    this.asks = new Level3Side(market.asks, depth, orders);
  }

  settle(): void {
    this.bids.settle();
    this.asks.settle();
  }
}

/**
 * The orders themselves, in the best levels. Nothing but the time of each resting order is kept while nobody follows: what a snapshot
 * says is read from the matcher.
 *
 * An order that changes its price, or gets larger, is deleted and added at its new place, and so is the next slice of an iceberg
 * (UNCONFIRMED: Kraken does not say what `modify` does to the place). An order's timestamp is when it joined its queue or was last
 * amended there; what traded of it does not change it.
 */
export class Level3Channel {
  readonly #market: PublishedMarket;
  readonly #orders: OrderSource;
  readonly #orderIdText: (orderId: number) => string;
  readonly #audiences: Audiences<number, Level3Audience>;
  readonly #moments = new Map<number, Moment>();
  /** What a checksum takes of a level, by its price, until something changes there. */
  readonly #digits = { buy: new Map<Ticks, string>(), sell: new Map<Ticks, string>() };

  constructor(market: PublishedMarket, queues: () => QueueView, orderIdText: (orderId: number) => string) {
    this.#market = market;
    this.#orders = { queues, momentOf: (orderId) => this.#momentOf(orderId) };
    this.#orderIdText = orderIdText;
    this.#audiences = new Audiences((depth) => new Level3Audience(market, depth, this.#orders));
  }

  join(topic: PublishTopic, subscriber: Subscriber, snapshot: boolean): void {
    if (topic.protocol !== 'v2') return;
    // Nothing was noted while nobody followed.
    if (this.#audiences.size === 0) this.#forgetDigits();
    const audience = this.#audiences.add(topic.depth ?? 10, topic, subscriber);
    if (snapshot) this.#market.send([subscriber], this.#snapshot(audience));
  }

  leave(topic: PublishTopic, subscriber: Subscriber): void {
    this.#audiences.delete(topic.depth ?? 10, topic, subscriber);
  }

  queued(orderId: number, side: Side, price: Ticks, displayed: Lots, moment: Moment): void {
    this.#moments.set(orderId, moment);
    if (this.#audiences.size === 0) return;
    this.#digits[side].delete(price);
    for (const audience of this.#audiences.values()) {
      sideOf(audience, side).noteOrder('add', orderId, price, displayed, moment);
    }
  }

  /** @param traded True when a trade made it smaller, not its owner. */
  resized(orderId: number, side: Side, price: Ticks, displayed: Lots, moment: Moment, traded: boolean): void {
    if (!traded) this.#moments.set(orderId, moment);
    if (this.#audiences.size === 0) return;
    this.#digits[side].delete(price);
    for (const audience of this.#audiences.values()) {
      sideOf(audience, side).noteOrder('modify', orderId, price, displayed, this.#momentOf(orderId));
    }
  }

  unqueued(orderId: number, side: Side, price: Ticks, moment: Moment): void {
    this.#moments.delete(orderId);
    if (this.#audiences.size === 0) return;
    this.#digits[side].delete(price);
    for (const audience of this.#audiences.values()) {
      sideOf(audience, side).noteOrder('delete', orderId, price, NO_LOTS, moment);
    }
  }

  /** Notes what the ladder of that side has just done. */
  note(side: Side, price: Ticks, change: LadderChange): void {
    for (const audience of this.#audiences.values()) sideOf(audience, side).noteLevel(price, change);
  }

  /** The orders in the best levels of a side, as they would trade. */
  orders(side: Side, levels: number): readonly PublicOrder[] {
    const ladder = side === 'buy' ? this.#market.bids : this.#market.asks;
    const found: PublicOrder[] = [];
    for (let rank = 0; rank < Math.min(levels, ladder.length); rank += 1) {
      const price = ladder.priceAt(rank);
      if (price === undefined) break;
      for (const { id, displayed } of this.#orders.queues().queue(side, price)) {
        found.push({ orderId: this.#orderIdText(id), price, size: displayed, at: this.#momentOf(id).at });
      }
    }
    return found;
  }

  publish(at: Micros): void {
    if (this.#audiences.size === 0) return;
    let checksum: number | undefined;
    for (const audience of this.#audiences.values()) {
      const { bids, asks, v2 } = audience;
      if (bids.kinds.length === 0 && asks.kinds.length === 0) continue;
      checksum ??= this.#checksum();
      const market = this.#market;
      const { writer, symbol, grid } = market;
      const frame = level3Frame(writer, 'update', symbol, grid, bids, asks, checksum, at, this.#orderIdText);
      market.send(v2, frame);
      audience.settle();
    }
  }

  /** All orders are gone, and other decimals are to come. */
  reset(): void {
    this.#moments.clear();
  }

  /** Sends everybody a snapshot in place of what was noted. */
  refresh(): void {
    for (const audience of this.#audiences.values()) {
      audience.settle();
      this.#market.send(audience.v2, this.#snapshot(audience));
    }
  }

  #snapshot({ bids, asks }: Level3Audience): Uint8Array {
    const { writer, symbol, grid } = this.#market;
    const [buys, sells] = [bids.snapshot(), asks.snapshot()];
    const checksum = this.#checksum();
    return level3Frame(writer, 'snapshot', symbol, grid, buys, sells, checksum, undefined, this.#orderIdText);
  }

  /**
   * CRC-32 over the digits of price and size of each order in the ten best levels, in the order of their queues, asks first.
   * @see https://docs.kraken.com/exchange/guides/websockets/l3-book-checksum
   */
  #checksum(): number {
    const { asks, bids } = this.#market;
    return crc32(this.#digitsOfTen(asks) + this.#digitsOfTen(bids));
  }

  #digitsOfTen(ladder: Ladder): string {
    const known = this.#digits[ladder.side];
    if (known.size > MOST_DIGITS) known.clear();
    let digits = '';
    for (let rank = 0; rank < Math.min(CHECKSUM_LEVELS, ladder.length); rank += 1) {
      const price = ladder.priceAt(rank);
      if (price === undefined) break;
      let ofLevel = known.get(price);
      if (ofLevel === undefined) {
        ofLevel = '';
        for (const { displayed } of this.#orders.queues().queue(ladder.side, price)) {
          ofLevel += String(price) + String(displayed);
        }
        known.set(price, ofLevel);
      }
      digits += ofLevel;
    }
    return digits;
  }

  #momentOf(orderId: number): Moment {
    const moment = this.#moments.get(orderId);
    if (moment === undefined) throw new Error(`Order ${orderId} is in a queue that nobody told of`);
    return moment;
  }

  #forgetDigits(): void {
    this.#digits.buy.clear();
    this.#digits.sell.clear();
  }
}

function sideOf({ bids, asks }: Level3Audience, side: Side): Level3Side {
  return side === 'buy' ? bids : asks;
}
