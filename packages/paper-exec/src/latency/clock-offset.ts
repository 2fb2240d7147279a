import type { Micros } from '@kb/model';
import { LowerLine } from './lower-line.ts';
import { RunningMinimum } from './running-minimum.ts';

/** How our clock stands to the venue's. */
export interface ClockEstimate {
  /** Ours minus the venue's, in µs. */
  readonly ahead: number;
  /** The truth is within this of `ahead`: half of what the fastest round trips take. */
  readonly halfWidth: number;
  /** How fast ours runs away from the venue's, in millionths. */
  readonly driftPpm: number;
}

/**
 * Tells two clocks apart by messages that went to and fro. No message arrives before it leaves, so every way back bounds how
 * far ours can be ahead from above (receipt − venue time) and every way there from below (sending − venue time). Of the last ten
 * minutes the line under all upper bounds and the line over all lower bounds run along the fastest messages of each way; the
 * truth lies between, and the middle is right when the fastest take as long both ways.
 *
 * Where pings are answered without the venue's times, the upper bounds come from the market's messages, and the lower line is the
 * upper one less the fastest round trip.
 */
export class ClockOffset {
  #back = new LowerLine();
  /** Of the negated bounds. */
  #there = new LowerLine();
  #market = new LowerLine();
  #roundTrip = new RunningMinimum();
  /** Round trips since the start, or since a clock was set. */
  roundTrips = 0;

  /** A message of the market. */
  noteMarket(venueTs: Micros, recvTs: Micros): void {
    this.#market.note(recvTs, recvTs - venueTs);
  }

  /** A round trip whose turning point is known: the venue's times of receipt and of answering. */
  noteTurn(sent: Micros, venueIn: Micros, venueOut: Micros, received: Micros): void {
    if (this.#contradicts(received - venueOut, sent - venueIn, received)) this.#forget();
    this.#there.note(received, venueIn - sent);
    this.#back.note(received, received - venueOut);
    this.noteRoundTrip(sent, received);
  }

  noteRoundTrip(sent: Micros, received: Micros): void {
    this.roundTrips += 1;
    this.#roundTrip.note(received, received - sent);
  }

  /** What is known at a time on our clock; `undefined` before anything is. */
  at(time: Micros): ClockEstimate | undefined {
    const there = this.#there.line();
    const back = this.#back.line();
    if (there !== undefined && back !== undefined) {
      const upper = back.at(time);
      const lower = 0 - there.at(time);
      const driftPpm = ((back.slope - there.slope) / 2) * 1e6;
      return { ahead: (upper + lower) / 2, halfWidth: Math.max(0, (upper - lower) / 2), driftPpm };
    }
    const market = this.#market.line();
    if (market === undefined || this.roundTrips === 0) return undefined;
    const halfWidth = this.#roundTrip.value / 2;
    return { ahead: market.at(time) - halfWidth, halfWidth, driftPpm: market.slope * 1e6 };
  }

  /** Whether a round trip says that ours is less far ahead than the lower line, or farther than the upper: a clock was set. */
  #contradicts(upper: number, lower: number, time: Micros): boolean {
    const there = this.#there.line();
    const back = this.#back.line();
    if (there === undefined || back === undefined) return false;
    return upper < 0 - there.at(time) - TOLERANCE || lower > back.at(time) + TOLERANCE;
  }

  #forget(): void {
    this.#back = new LowerLine();
    this.#there = new LowerLine();
    this.#market = new LowerLine();
    this.#roundTrip = new RunningMinimum();
    this.roundTrips = 0;
  }
}

/** How far a line may be off, as drift is no straight line. */
const TOLERANCE = 1_000;
