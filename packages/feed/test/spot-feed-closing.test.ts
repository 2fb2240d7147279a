import type { Dial } from '@kb/kraken';
import { MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { codeOf, rejectionOf } from './error-code.ts';
import { BTC, harness, started } from './spot-feed.ts';
import type { SpotFeed } from './spot-feed.ts';
import { Pair, Venue } from './venue.ts';

describe('closing', () => {
  test('ends with a closed event, a goodbye and no timer left', async () => {
    const venue = new Venue(new Pair());
    const { feed, log, time, advance } = started(venue);
    const closed = feed.close();
    expect(feed.close()).toBe(closed);
    advance(MILLISECOND);
    await closed;
    expect(log.states.at(-1)).toBe('* closed stop');
    expect(feed.market.book(BTC)).toBeUndefined();
    const count = log.events.length;
    advance(3600 * SECOND);
    expect(log.events).toHaveLength(count);
    expect(time.nextDue()).toBeUndefined();
    expect(venue.asked('unsubscribe')).toEqual([]);
    expect(await rejectionOf(feed.ready())).toBe('KB_FEED_CLOSED');
    expect(feed.health().state).toBe('closed');
  });

  test.each([
    ['before it was started', 'new'],
    ['while it is dialing', 'dialing'],
    ['between two attempts', 'waiting'],
  ])('works %s', async (_name, when) => {
    const venue = new Venue(new Pair());
    const { feed, time, advance } = harness(venue);
    if (when !== 'new') feed.start();
    if (when === 'waiting') {
      venue.onConnect = (socket) => socket.terminate();
      advance(0);
    }
    const closed = feed.close();
    advance(3 * SECOND);
    await closed;
    expect(time.nextDue()).toBeUndefined();
    expect(codeOf(() => feed.start())).toBe('KB_FEED_CLOSED');
  });

  test.each(['connecting', 'subscribing', 'live', 'stale'])('works from inside a %s event', async (state) => {
    const venue = new Venue(new Pair());
    let closed: Promise<void> | undefined;
    const made: SpotFeed = harness(venue, {
      onEvent: (event) => {
        made.log.push(event);
        if (event.type === 'feed' && event.state === state) closed = made.feed.close();
      },
    });
    made.feed.start();
    made.advance(MILLISECOND);
    venue.onRequest = () => false;
    made.advance(60 * SECOND);
    await closed;
    expect(made.log.states.filter((each) => each === '* closed stop')).toHaveLength(1);
    expect(made.log.states.at(-1)).toBe('* closed stop');
    expect(made.time.nextDue()).toBeUndefined();
    expect(made.dials.length).toBeLessThanOrEqual(1);
  });

  test.each(['open', 'rx', 'close'])('works from inside the tap of the wire, at %s: no event follows', (at) => {
    const btc = new Pair();
    const venue = new Venue(btc);
    let armed = false;
    const made: SpotFeed = harness(venue, {
      onWire: (_recvTs, dir) => {
        if (armed && dir === at) void made.feed.close();
      },
    });
    if (at !== 'open') {
      made.feed.start();
      made.advance(MILLISECOND);
    }
    armed = true;
    if (at === 'open') made.feed.start();
    else if (at === 'rx') venue.send(btc.trades(1));
    else venue.onRequest = () => false; // silence drops the connection
    made.advance(10 * SECOND);
    expect(made.log.states.at(-1)).toBe('* closed stop');
    expect(made.log.events.at(-1)).toMatchObject({ type: 'feed', state: 'closed' });
    expect(made.time.nextDue()).toBeUndefined();
  });

  test('drops a socket that does not answer the goodbye', async () => {
    const calls: string[] = [];
    let handlers: Parameters<Dial>[1] | undefined;
    const { feed, advance } = harness(new Venue(new Pair()), {
      dial: (_url, each) => {
        handlers = each;
        return {
          send: () => {},
          close: () => calls.push('close'),
          terminate: () => {
            calls.push('terminate');
            each.onClose(1006, '');
          },
        };
      },
    });
    feed.start();
    handlers?.onOpen();
    const closed = feed.close();
    advance(2 * SECOND);
    await closed;
    expect(calls).toEqual(['close', 'terminate']);
  });
});
