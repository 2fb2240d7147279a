import { instrument, KeyedRandom, lots, micros, ticks } from '@kb/model';
import type { Instrument, InstrumentSpec, Micros, Side } from '@kb/model';
import { MarketHistory } from '../src/history/market-history.ts';
import { Matcher } from '../src/matching/matcher.ts';
import { Publisher } from '../src/publishing/publisher.ts';
import type { PublishTopic } from '../src/publishing/topic.ts';
import type { PrintedTrade } from '../src/wire/data-frames.ts';
import { FrameWriter } from '../src/wire/frame-writer.ts';

export const START: Micros = micros(1_785_641_750_295_158);

export const BTC: InstrumentSpec = { symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 };

/** Writes down what it is sent. */
export class Listener {
  readonly frames: string[] = [];
  #read = 0;

  send(frame: string | Uint8Array): void {
    this.frames.push(typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1'));
  }

  /** What came since the last call. */
  take(): string[] {
    const fresh = this.frames.slice(this.#read);
    this.#read = this.frames.length;
    return fresh;
  }
}

/** A matcher and its publisher, with time moved by hand, and commands drawn at random where a test wants any. */
export class RandomMarket {
  readonly history: MarketHistory = new MarketHistory();
  readonly publisher: Publisher;
  instrument: Instrument;
  matcher: Matcher;
  at: Micros = START;
  readonly #random: KeyedRandom;
  readonly #resting: number[] = [];
  #draws = 0;
  #middle = 1_000_000;

  constructor(seed: number, spec: InstrumentSpec = BTC) {
    this.instrument = instrument(spec);
    this.#random = new KeyedRandom(seed, 'random market');
    this.publisher = new Publisher(this.instrument, {
      writer: new FrameWriter(),
      history: this.history,
      orderIdText,
      matcher: () => this.matcher,
    });
    this.matcher = this.newMatcher();
  }

  newMatcher(): Matcher {
    const { publisher } = this;
    return new Matcher({
      onTrade: (tradeId, _maker, _taker, taker, price, size, orderType) =>
        publisher.trade({ tradeId, taker, price, size, orderType, venueTs: this.at }),
      onLevel: (side, price, total) => publisher.level(side, price, total),
      onQueued: (orderId, side, price, displayed) => publisher.queued(orderId, side, price, displayed),
      onResized: (orderId, side, price, displayed) => publisher.resized(orderId, side, price, displayed),
      onUnqueued: (orderId, side, price) => publisher.unqueued(orderId, side, price),
      onDone: () => undefined,
    });
  }

  join(topic: PublishTopic, snapshot = true, listener: Listener = new Listener()): Listener {
    this.publisher.join(topic, listener, snapshot, this.at);
    return listener;
  }

  limit(side: Side, price: number, size: number, display?: number): number {
    const orderId = this.matcher.newOrderId();
    const extras = display === undefined ? {} : { display: lots(display) };
    this.matcher.limit(orderId, side, ticks(price), lots(size), 'gtc', false, extras);
    return orderId;
  }

  market(side: Side, size: number): void {
    this.matcher.market(this.matcher.newOrderId(), side, lots(size));
  }

  wait(by: number): void {
    this.at = micros(this.at + by);
  }

  /** Says what happened, so many µs after the last instant. */
  publish(after = 1000): void {
    this.wait(after);
    this.publisher.publish(this.at);
  }

  /** One to four commands in one instant: orders near the middle, icebergs among them, market orders, amends, cancels. */
  step(levels: number): void {
    this.wait(1 + this.#whole(2_000_000));
    const commands = 1 + this.#whole(4);
    for (let command = 0; command < commands; command += 1) this.#command(levels);
    this.publisher.publish(this.at);
  }

  #command(levels: number): void {
    const { matcher } = this;
    const side: Side = this.#whole(2) === 0 ? 'buy' : 'sell';
    const away = side === 'buy' ? -1 : 1;
    const near = (): number => this.#middle + away * (this.#whole(levels) - 2);
    const kind = this.#whole(100);
    const index = this.#whole(this.#resting.length);
    const known = this.#resting[index];
    if (kind < 55 || known === undefined) {
      const size = 1 + this.#whole(300_000_000);
      this.#resting.push(this.limit(side, near(), size, kind < 10 ? Math.ceil(size / 5) : undefined));
    } else if (kind < 62) {
      this.market(side, 1 + this.#whole(900_000_000));
      this.#middle += this.#whole(5) - 2;
    } else if (kind < 75) {
      const order = matcher.order(known);
      if (order !== undefined) {
        const price = kind < 69 ? order.price : ticks(near());
        matcher.amend(known, price, lots(Math.max(1, Math.floor(order.remaining * (0.5 + this.#whole(100) / 100)))));
      }
    } else {
      matcher.cancel(known);
      this.#resting.splice(index, 1);
    }
  }

  /** A whole number from zero to before `limit`. */
  #whole(limit: number): number {
    this.#draws += 1;
    return Math.floor(this.#random.at(this.#draws) * limit);
  }
}

export function orderIdText(orderId: number): string {
  return `O${String(orderId).padStart(5, '0')}-ABCDE-FGHIJK`;
}

export function trade(tradeId: number, at: number, price: number, size: number): PrintedTrade {
  return { tradeId, taker: 'buy', price: ticks(price), size: lots(size), orderType: 'limit', venueTs: micros(at) };
}
