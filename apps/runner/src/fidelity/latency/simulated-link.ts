import { KeyedRandom } from '@kb/model';

/** One way of a simulated connection. Times in microseconds. */
export interface LinkOptions {
  readonly seed: number;
  readonly name: string;
  /** What no message is faster than, and the median of what comes on top of it while the market is quiet. */
  readonly floor: number;
  readonly median: number;
}

/**
 * One way of a connection whose delays are nobody's table: log-normal above a floor, alike for messages that are close together, in
 * waves of half an hour, longer while the market is busy, now and then longer by a lost packet. As in a TCP stream nothing
 * overtakes.
 */
export class SimulatedLink {
  readonly #options: LinkOptions;
  readonly #random: KeyedRandom;
  #draws = 0;
  #at = Number.NEGATIVE_INFINITY;
  #jitter = 0;
  #wave = 0;
  #lastArrival = Number.NEGATIVE_INFINITY;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#random = new KeyedRandom(options.seed, `link ${options.name}`);
  }

  /** When a message arrives that leaves now, no earlier than the one before. @param events In the last 100 ms. */
  send(now: number, events: number): number {
    const { floor, median } = this.#options;
    this.#move(now);
    const busy = 1 + events / BUSY;
    const delay = median * busy * Math.exp(JITTER * this.#jitter + WAVE * this.#wave);
    const lost = this.#uniform() < LOSS ? RETRANSMISSION : 0;
    const arrival = Math.max(Math.round(now + floor + delay + lost), this.#lastArrival);
    this.#lastArrival = arrival;
    return arrival;
  }

  /** Both parts of the delay are normal, forget what they were, and have a variance of one. */
  #move(now: number): void {
    const passed = now - this.#at;
    this.#at = now;
    this.#jitter = this.#next(this.#jitter, Math.exp(-passed / JITTER_MEMORY));
    this.#wave = this.#next(this.#wave, Math.exp(-passed / WAVE_MEMORY));
  }

  #next(before: number, kept: number): number {
    return kept * before + Math.sqrt(1 - kept * kept) * this.#normal();
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#uniform()));
    return radius * Math.cos(2 * Math.PI * this.#uniform());
  }

  #uniform(): number {
    return this.#random.at((this.#draws += 1));
  }
}

/** So many events in 100 ms double a delay. */
const BUSY = 40;
/** Standard deviations of the logarithm of a delay, and how long they last. */
const JITTER = 0.8;
const JITTER_MEMORY = 200_000;
const WAVE = 0.15;
const WAVE_MEMORY = 1_800e6;
const LOSS = 1e-4;
const RETRANSMISSION = 200_000;
