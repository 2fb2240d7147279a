import { KeyedRandom, micros } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';
import { legTimer } from './leg-times.ts';
import type { LegTimer } from './leg-times.ts';
import type { LegTime, ReceivedFeed } from './latency.ts';
import type { LoadMeter } from './load-meter.ts';
import { RunningMinimum } from './running-minimum.ts';

/**
 * Our own clock, told in the venue's time: where it stands when an event has reached us. It never runs back.
 */
export interface FeedClock {
  /** Where it stands with the event in hand. */
  readonly now: Micros;
  onEvent(event: MarketEvent): void;
  /** Where it stands, at the least, when something of this venue time has reached us. */
  at(venueTime: Micros): Micros;
}

export function feedClock(feed: LegTime | ReceivedFeed, seed: number, load: LoadMeter | undefined): FeedClock {
  if (typeof feed === 'object' && 'received' in feed) return new ReceivedClock(feed.least);
  const timer = legTimer(feed, 'entry'); // which end matters for recorded legs only, and no feed is one
  return typeof feed === 'number' ? new ConstantClock(feed) : new DrawnClock(timer, seed, load);
}

class ConstantClock implements FeedClock {
  now: Micros = micros(0);
  readonly #feed: number;

  constructor(feed: number) {
    this.#feed = feed;
  }

  onEvent({ venueTs }: MarketEvent): void {
    const here = venueTs + this.#feed;
    if (here > this.now) this.now = micros(here);
  }

  at(venueTime: Micros): Micros {
    return micros(Math.max(this.now, venueTime + this.#feed));
  }
}

/**
 * One draw for every 100 ms of venue time: delays last, and with a draw of its own for each event a busy minute would wait for
 * the slowest of its events all the time.
 */
class DrawnClock implements FeedClock {
  now: Micros = micros(0);
  readonly #timer: LegTimer;
  readonly #random: KeyedRandom;
  readonly #load: LoadMeter | undefined;
  #slot = -1;
  #feed: Micros = micros(0);

  constructor(timer: LegTimer, seed: number, load: LoadMeter | undefined) {
    this.#timer = timer;
    this.#random = new KeyedRandom(seed, 'latency feed');
    this.#load = load;
  }

  onEvent({ venueTs }: MarketEvent): void {
    const slot = Math.floor(venueTs / SLOT);
    if (slot > this.#slot) {
      this.#slot = slot;
      this.#feed = this.#timer.take(this.#random.at(slot), this.#load?.bucket(venueTs) ?? 'quiet', venueTs);
    }
    const here = venueTs + this.#feed;
    if (here > this.now) this.now = micros(here);
  }

  at(venueTime: Micros): Micros {
    return micros(Math.max(this.now, venueTime + this.#feed));
  }
}

/** As every event was received: its age above the least age of the last ten minutes, plus what the fastest take. */
class ReceivedClock implements FeedClock {
  now: Micros = micros(0);
  readonly #least: number;
  readonly #ages = new RunningMinimum();

  constructor(least: number) {
    this.#least = least;
  }

  onEvent(event: MarketEvent): void {
    const { type, venueTs, recvTs } = event;
    let excess = 0;
    // Of the others, no time of the venue's own is known to be exact.
    if (type === 'book' || type === 'trade' || type === 'level3') {
      if (type === 'trade' && event.historical) return;
      const age = recvTs - venueTs;
      this.#ages.note(recvTs, age);
      excess = age - this.#ages.value;
    }
    const here = venueTs + this.#least + excess;
    if (here > this.now) this.now = micros(here);
  }

  at(venueTime: Micros): Micros {
    return micros(Math.max(this.now, venueTime + this.#least));
  }
}

const SLOT = 100_000;
