import { KeyedRandom, lots, micros, ticks } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';
import { DEFAULT_LOAD } from '@kb/paper-exec';
import type { LoadBucket, PingRoundTrip } from '@kb/paper-exec';
import type { SimKind } from '../source/sim-kinds.ts';
import { SIM_PAIR, SimMarket } from '../source/sim-market.ts';
import { SimulatedLink } from './simulated-link.ts';

export const LEGS = ['entry', 'ack', 'feed'] as const;
export type Leg = (typeof LEGS)[number];

export interface ConnectionDaysOptions {
  readonly kind: SimKind;
  readonly seed: number;
  /** What a client sees, in the order in which it gets there. */
  readonly onEvent?: (event: MarketEvent) => unknown;
  readonly onPing?: (ping: PingRoundTrip) => unknown;
  /** What really happened, which no client knows. */
  readonly onLeg?: (leg: Leg, load: LoadBucket, took: number) => unknown;
}

/** What is on its way to the client. */
interface Delivery {
  readonly arrival: number;
  readonly hand: () => void;
}

/**
 * Days of a client at a simulated exchange: market data down the connection, a ping up it every five seconds, answered with
 * `time_in` and `time_out`. The client's clock is wrong and drifts.
 */
export class ConnectionDays {
  /** Venue time since the first day began, in microseconds. */
  now = 0;
  readonly #options: ConnectionDaysOptions;
  readonly #random: KeyedRandom;
  readonly #market: SimMarket;
  readonly #up: SimulatedLink;
  readonly #down: SimulatedLink;
  readonly #downlink: Delivery[] = [];
  #delivered = 0;
  /** Times of the events of the last 100 ms. */
  readonly #recent: number[] = [];
  #oldest = 0;
  #pings = 0;
  #pingAt = 0;
  /** A ping at the venue: when it was sent, when it came, and when its answer leaves. */
  #answer: { readonly sent: number; readonly venueIn: number; readonly venueOut: number } | undefined;

  constructor(options: ConnectionDaysOptions) {
    const { kind, seed } = options;
    this.#options = options;
    this.#random = new KeyedRandom(seed, 'connection days');
    this.#up = new SimulatedLink({ seed, name: 'up', floor: 3_000, median: 5_000 });
    this.#down = new SimulatedLink({ seed, name: 'down', floor: 3_000, median: 4_000 });
    this.#market = new SimMarket({ kind, seed, onRow: () => this.#publish() });
  }

  /** Lets the days pass until a time. */
  run(until: number): void {
    while (true) {
      const next = Math.min(this.#market.nextAt, this.#answer?.venueOut ?? this.#pingAt);
      if (next >= until) return;
      this.#deliver(next);
      this.now = next;
      if (this.#market.nextAt === next) this.#market.step();
      else if (this.#answer === undefined) this.#ping();
      else this.#pong(this.#answer);
    }
  }

  #publish(): void {
    const { now } = this;
    this.#recent.push(now);
    const load = this.#load();
    const arrival = this.#down.send(now, load);
    this.#options.onLeg?.('feed', bucketOf(load), arrival - now);
    const event: MarketEvent = { ...PRINT, venueTs: micros(START + now), recvTs: this.#ours(arrival) };
    this.#downlink.push({ arrival, hand: () => this.#options.onEvent?.(event) });
  }

  #ping(): void {
    const sent = this.#pingAt;
    this.#pings += 1;
    this.#pingAt = this.#pings * PING_EVERY;
    const load = this.#load();
    const venueIn = this.#up.send(sent, load);
    const venueOut = venueIn + Math.floor(MOST_WORK * this.#random.at(this.#pings));
    this.#options.onLeg?.('entry', bucketOf(load), venueOut - sent);
    this.#answer = { sent, venueIn, venueOut };
  }

  #pong({ sent, venueIn, venueOut }: { sent: number; venueIn: number; venueOut: number }): void {
    this.#answer = undefined;
    const load = this.#load();
    const arrival = this.#down.send(venueOut, load);
    this.#options.onLeg?.('ack', bucketOf(load), arrival - venueOut);
    const ping = {
      sent: this.#ours(sent),
      received: this.#ours(arrival),
      venueIn: micros(START + venueIn),
      venueOut: micros(START + venueOut),
    };
    this.#downlink.push({ arrival, hand: () => this.#options.onPing?.(ping) });
  }

  #deliver(until: number): void {
    for (let next = this.#downlink[this.#delivered]; next !== undefined && next.arrival <= until;) {
      next.hand();
      this.#delivered += 1;
      next = this.#downlink[this.#delivered];
    }
    if (this.#delivered < 4_096) return;
    this.#downlink.splice(0, this.#delivered);
    this.#delivered = 0;
  }

  /** Events of the last 100 ms, counted by their own times and not as the engine counts them. */
  #load(): number {
    while ((this.#recent[this.#oldest] ?? Infinity) <= this.now - DEFAULT_LOAD.window) this.#oldest += 1;
    if (this.#oldest > 4_096) this.#oldest -= this.#recent.splice(0, this.#oldest).length;
    return this.#recent.length - this.#oldest;
  }

  /** The client's clock. */
  #ours(venueTime: number): Micros {
    return micros(Math.round(START + venueTime + AHEAD + DRIFT * venueTime));
  }
}

function bucketOf(events: number): LoadBucket {
  if (events >= DEFAULT_LOAD.burstFrom) return 'burst';
  return events >= DEFAULT_LOAD.busyFrom ? 'busy' : 'quiet';
}

const START = 1_767_225_600_000_000;
const PING_EVERY = 5_000_000;
/** What the venue takes to answer, at most: 2.2 ms in the documentation's example. */
const MOST_WORK = 2_500;
const AHEAD = 250_000;
const DRIFT = 15e-6;
const PRINT = {
  type: 'trade',
  seq: 1,
  symbol: SIM_PAIR.symbol,
  tradeId: 1,
  price: ticks(1),
  size: lots(1),
  taker: 'buy',
  historical: false,
} as const;
