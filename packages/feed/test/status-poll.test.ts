import { inProcessDial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { StatusEvent, SystemStatus } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenSpotFeed } from '../src/index.ts';
import type { FeedInput, KrakenSpotFeedOptions } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { HEARTBEAT, Pair, START, Venue } from './venue.ts';

const BTC = 'BTC/USD';

/** A feed of a venue that can be away, and REST that tells its state. */
class Stage {
  readonly venue: Venue = new Venue(new Pair(BTC));
  readonly time: VirtualScheduler = new VirtualScheduler(START);
  readonly log: EventLog = new EventLog();
  readonly inputs: FeedInput[] = [];
  readonly feed: KrakenSpotFeed;
  isAway = true;
  asked: number[] = [];
  answer: () => Promise<SystemStatus> = () => Promise.resolve('maintenance');

  constructor(options: Partial<KrakenSpotFeedOptions> = {}) {
    const connect = inProcessDial(this.venue.accept, this.time);
    this.feed = new KrakenSpotFeed({
      url: 'ws://venue.test/v2',
      symbols: [BTC],
      scheduler: this.time,
      seed: 7,
      dial: (url, handlers) => {
        if (!this.isAway) return connect(url, handlers);
        handlers.onClose(1006, 'connect ECONNREFUSED');
        return { send: () => {}, close: () => {}, terminate: () => {} };
      },
      systemStatus: () => {
        this.asked.push((this.time.now() - START) / SECOND);
        return this.answer();
      },
      onEvent: this.log.push,
      onInput: (input) => this.inputs.push(input),
      ...options,
    });
    this.feed.start();
  }

  async advance(duration: number): Promise<void> {
    for (let left = duration; left > 0; left -= SECOND) {
      this.time.advance(micros(Math.min(left, SECOND)));
      for (let task = 0; task < 10; task += 1) await Promise.resolve();
      this.venue.send(HEARTBEAT);
    }
  }

  get statuses(): SystemStatus[] {
    return this.log.events.filter((event): event is StatusEvent => event.type === 'status').map(({ system }) => system);
  }
}

describe('the state of a venue that cannot be reached', () => {
  test('is asked for once a minute, and told when it differs', async () => {
    const stage = new Stage();
    await stage.advance(59 * SECOND);
    expect(stage.asked).toEqual([]);
    await stage.advance(182 * SECOND);
    expect(stage.asked).toEqual([60, 120, 180, 240]);
    expect(stage.statuses).toEqual(['maintenance']);
    expect(stage.feed.market.system).toBe('maintenance');
    stage.answer = () => Promise.resolve('post_only');
    await stage.advance(60 * SECOND);
    expect(stage.statuses).toEqual(['maintenance', 'post_only']);
    expect(stage.feed.health().statusPolls).toEqual({ asked: 5, failed: 0 });
  });

  test('is not asked for while the connection tells it, and again when that is lost', async () => {
    const stage = new Stage();
    stage.isAway = false;
    await stage.advance(100 * SECOND);
    expect(stage.asked).toEqual([]);
    stage.isAway = true;
    stage.venue.sockets.at(-1)?.terminate();
    await stage.advance(61 * SECOND);
    expect(stage.asked).toHaveLength(1);
  });

  test('is let go when the connection has told it meanwhile', async () => {
    const stage = new Stage();
    let give: (system: SystemStatus) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.advance(60 * SECOND);
    stage.isAway = false;
    await stage.advance(31 * SECOND);
    expect(stage.feed.market.state(BTC)).toBe('live');
    give('maintenance');
    await stage.advance(SECOND);
    expect(stage.feed.market.system).toBe('online');
  });

  test('is never asked for twice at once', async () => {
    const stage = new Stage();
    stage.answer = () => new Promise(() => {});
    await stage.advance(600 * SECOND);
    expect(stage.asked).toEqual([60]);
  });

  test('stays what it was when it cannot be asked for, which is counted', async () => {
    const stage = new Stage();
    stage.answer = () => Promise.reject(new Error('no network'));
    await stage.advance(61 * SECOND);
    stage.answer = () => Promise.resolve('odd' as SystemStatus);
    await stage.advance(60 * SECOND);
    stage.answer = () => {
      throw new TypeError('odd');
    };
    await stage.advance(60 * SECOND);
    expect(stage.statuses).toEqual([]);
    expect(stage.feed.health().statusPolls).toEqual({ asked: 3, failed: 3 });
  });

  test('is not asked for after the feed is closed', async () => {
    const stage = new Stage();
    let give: (system: SystemStatus) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.advance(60 * SECOND);
    void stage.feed.close();
    expect(stage.time.nextDue()).toBeUndefined();
    give('maintenance');
    await stage.advance(600 * SECOND);
    expect(stage.asked).toHaveLength(1);
    expect(stage.log.states.at(-1)).toBe('* closed stop');
    expect(stage.log.events.at(-1)?.type).toBe('feed');
  });

  test('is not asked for after the feed is closed by who saw the connection go', async () => {
    let isWatched = false;
    const stage: Stage = new Stage({
      onWire: (_recvTs, dir) => {
        if (isWatched && dir === 'close') void stage.feed.close();
      },
    });
    stage.isAway = false;
    await stage.advance(3 * SECOND);
    isWatched = true;
    stage.venue.sockets.at(-1)?.terminate();
    await stage.advance(SECOND);
    expect(stage.log.states.at(-1)).toBe('* closed stop');
    expect(stage.time.nextDue()).toBeUndefined();
  });

  test('is told to one that throws: that comes out of the scheduler, and is no failure to ask', async () => {
    const stage = new Stage({
      onEvent: ({ type }) => {
        if (type === 'status') throw new TypeError('the strategy fell over');
      },
    });
    await expect(stage.advance(61 * SECOND)).rejects.toThrow('the strategy fell over');
    expect(stage.feed.health().statusPolls).toEqual({ asked: 1, failed: 0 });
  });

  test('is part of the inputs, so that a core that is told them again tells the same', async () => {
    const stage = new Stage();
    await stage.advance(61 * SECOND);
    stage.isAway = false;
    await stage.advance(40 * SECOND);
    const log = new EventLog();
    const core = new FeedCore({ symbols: [BTC], depth: 10, onEvent: log.push });
    for (const input of stage.inputs) core.handle(input);
    expect(log.lines).toEqual(stage.log.lines);
    expect(stage.inputs.filter(({ type }) => type === 'system')).toHaveLength(1);
    expect(stage.statuses).toEqual(['maintenance', 'online']);
  });
});

test('without a way to ask nothing is asked', async () => {
  const stage = new Stage({ systemStatus: undefined as never });
  await stage.advance(200 * SECOND);
  expect(stage.feed.health().statusPolls).toEqual({ asked: 0, failed: 0 });
  await stage.advance(MILLISECOND);
  expect(stage.statuses).toEqual([]);
});
