import { inProcessDial } from '@kb/kraken';
import type { Accept } from '@kb/kraken';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { KrakenSpotFeed } from '../src/index.ts';
import type { FeedInput, KrakenSpotFeedOptions } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { HEARTBEAT, START, Venue } from './venue.ts';

export const BTC = 'BTC/USD';
export const ETH = 'ETH/USD';

export interface SpotFeed {
  readonly time: VirtualScheduler;
  readonly feed: KrakenSpotFeed;
  readonly log: EventLog;
  readonly inputs: FeedInput[];
  /** When each connection attempt started. */
  readonly dials: Micros[];
  readonly advance: (duration: number) => void;
}

/** A feed over an in-process venue: time moves only when the test says so. */
export function harness(venue: Venue | Accept, options: Partial<KrakenSpotFeedOptions> = {}): SpotFeed {
  const time = new VirtualScheduler(START);
  const log = new EventLog();
  const inputs: FeedInput[] = [];
  const dials: Micros[] = [];
  const connect = inProcessDial(venue instanceof Venue ? venue.accept : venue, time);
  const feed = new KrakenSpotFeed({
    url: 'ws://venue.test/v2',
    symbols: venue instanceof Venue ? [...venue.pairs.keys()] : [BTC],
    scheduler: time,
    seed: 7,
    dial: (url, handlers) => {
      dials.push(time.now());
      return connect(url, handlers);
    },
    onEvent: log.push,
    onInput: (input) => inputs.push(input),
    ...options,
  });
  return { time, feed, log, inputs, dials, advance: (duration) => time.advance(micros(duration)) };
}

export function started(venue: Venue, options: Partial<KrakenSpotFeedOptions> = {}): SpotFeed {
  const made = harness(venue, options);
  made.feed.start();
  made.advance(MILLISECOND);
  return made;
}

/** Lets the venue speak for a while, a heartbeat a second, as Kraken does. */
export function live({ advance }: SpotFeed, venue: Venue, secondsLong: number): void {
  for (let second = 0; second < secondsLong; second += 1) {
    advance(SECOND);
    venue.send(HEARTBEAT);
  }
  advance(MILLISECOND);
}
