import { inProcessDial, KrakenV1Decoder } from '@kb/kraken';
import type { Accept, ServerSocket } from '@kb/kraken';
import { instrument, micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenV1Feed } from '../src/index.ts';
import type { FeedInput, KrakenV1FeedOptions } from '../src/index.ts';
import { codeOf, rejectionOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { START } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';
const STATUS = '{"connectionID":13688620010177543517,"event":"systemStatus","status":"online","version":"1.9.1"}';
const HEARTBEAT = '{"event":"heartbeat"}';

interface Request {
  readonly event: string;
  readonly reqid: number;
  readonly pair?: readonly string[];
  readonly subscription?: { readonly name: string };
}

/** As much of a v1 venue as the feed needs. It knows XBT/USD and ETH/USD; a ticker follows each subscription to it. */
class V1Venue {
  readonly requests: Request[] = [];
  readonly sockets: ServerSocket[] = [];
  greeting: string | undefined = STATUS;
  /** What to send instead of an answer; `undefined` sends nothing, and no ticker after it. */
  ack: (text: string, request: Request, pair: string) => string | undefined = (text) => text;

  readonly accept: Accept = (socket) => {
    this.sockets.push(socket);
    if (this.greeting !== undefined) socket.send(this.greeting);
    return {
      onMessage: (frame) => this.#answer(JSON.parse(Buffer.from(frame).toString()) as Request, socket),
      onClose: () => {},
    };
  };

  /** Sends to the latest connection. */
  send(frame: string): void {
    this.sockets.at(-1)?.send(frame);
  }

  /** The requests of a kind, as `name pair,pair`. */
  asked(event: string): string[] {
    return this.requests
      .filter((request) => request.event === event)
      .map(({ subscription, pair }) => `${subscription?.name ?? ''} ${pair?.join(',') ?? ''}`.trim());
  }

  #answer(request: Request, socket: ServerSocket): void {
    this.requests.push(request);
    const { event, reqid, pair: pairs = [], subscription } = request;
    if (event === 'ping') socket.send(`{"event":"pong","reqid":${reqid}}`);
    for (const pair of pairs) {
      const known = ['XBT/USD', 'ETH/USD'].includes(pair);
      const text = this.ack(known ? answer(request, pair) : refusal(request, pair), request, pair);
      if (text === undefined) continue;
      socket.send(text);
      if (event === 'subscribe' && subscription?.name === 'ticker' && /"subscribed"/.test(text))
        socket.send(ticker(pair));
    }
  }
}

function answer({ event, reqid, subscription }: Request, pair: string): string {
  const name = subscription?.name;
  return `{"channelID":1,"channelName":"${name}","event":"subscriptionStatus","pair":"${pair}","reqid":${reqid},"status":"${event}d","subscription":{"name":"${name}"}}`;
}

function refusal(
  { reqid, subscription }: Request,
  pair: string,
  error = `Currency pair not supported ${pair}`,
): string {
  return `{"errorMessage":"${error}","event":"subscriptionStatus","pair":"${pair}","reqid":${reqid},"status":"error","subscription":{"name":"${subscription?.name}"}}`;
}

function ticker(pair = 'XBT/USD', last = '5525.10000'): string {
  return `[340,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",2,"2.500"],"c":["${last}","0.00398963"],"v":["1.0","3591.17907851"],"p":["5631.44067","5653.78939"],"t":[1,16267],"l":["5505.00000","5500.00000"],"h":["5783.00000","5790.00000"],"o":["5760.70000","5763.40000"]},"ticker","${pair}"]`;
}

function trades(pair = 'XBT/USD'): string {
  return `[0,[["5541.20000","0.15850568","1767225600.500000","s","l",""],["5541.30000","0.02455000","1767225600.600000","b","m",""]],"trade","${pair}"]`;
}

interface Harness {
  readonly time: VirtualScheduler;
  readonly feed: KrakenV1Feed;
  readonly log: EventLog;
  readonly inputs: FeedInput[];
  /** When each connection attempt started. */
  readonly dials: Micros[];
  readonly advance: (duration: number) => void;
}

function started(venue: V1Venue, options: Partial<KrakenV1FeedOptions> = {}): Harness {
  const time = new VirtualScheduler(START);
  const log = new EventLog();
  const inputs: FeedInput[] = [];
  const dials: Micros[] = [];
  const connect = inProcessDial(venue.accept, time);
  const feed = new KrakenV1Feed({
    url: 'ws://venue.test',
    symbols: [BTC, ETH],
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
  feed.start();
  const advance = (duration: number): void => time.advance(micros(duration));
  advance(MILLISECOND);
  return { time, feed, log, inputs, dials, advance };
}

/** Lets the venue speak for a while, a heartbeat a second, as Kraken does. */
function live({ advance }: Harness, venue: V1Venue, secondsLong: number): void {
  for (let second = 0; second < secondsLong; second += 1) {
    advance(SECOND);
    venue.send(HEARTBEAT);
  }
  advance(MILLISECOND);
}

describe('connecting', () => {
  test('waits for the status, asks for tickers and trades in the names of v1, and is ready with the first tickers', async () => {
    const venue = new V1Venue();
    const { feed, log } = started(venue);
    feed.start(); // does nothing
    await feed.ready();
    expect(venue.requests).toEqual([
      { event: 'subscribe', reqid: 1, pair: ['XBT/USD', 'ETH/USD'], subscription: { name: 'ticker' } },
      { event: 'subscribe', reqid: 2, pair: ['XBT/USD', 'ETH/USD'], subscription: { name: 'trade' } },
    ]);
    expect(log.states).toEqual([
      '* connecting start',
      '* subscribing connected',
      'BTC/USD live snapshot',
      'ETH/USD live snapshot',
    ]);
    expect(feed.health()).toMatchObject({
      state: 'live',
      url: 'ws://venue.test',
      connects: 1,
      reconnects: {},
      malformed: 0,
      unknown: 0,
      symbols: { [BTC]: 'live', [ETH]: 'live' },
    });
  });

  test('does not subscribe before the status, and gives up on a connection that sends none', () => {
    const venue = new V1Venue();
    venue.greeting = undefined;
    const { log, dials, advance } = started(venue);
    advance(9 * SECOND);
    expect(venue.asked('subscribe')).toEqual([]);
    advance(2 * SECOND);
    expect(log.states).toEqual(['* connecting start', '* connecting silence']);
    expect(dials.length).toBe(2);
  });

  test('a status without a name here is a greeting all the same', () => {
    const venue = new V1Venue();
    venue.greeting = STATUS.replace('online', 'dreaming');
    expect(started(venue).feed.health().state).toBe('live');
  });

  test('refuses options that make no sense, all at once', () => {
    const make = (options: Partial<KrakenV1FeedOptions>): (() => unknown) => {
      return () => new KrakenV1Feed({ symbols: [BTC], ...options });
    };
    expect(codeOf(make({ symbols: [] }))).toBe('KB_FEED_BAD_OPTIONS');
    expect(make({ symbols: ['XBT/USD', 'nothing'], frameDeadline: micros(0) })).toThrow(
      /pairs like BTC\/USD, was "nothing".*frameDeadline.*expected BTC\/USD as v2 writes it, was "XBT\/USD"/,
    );
  });
});

describe('events', () => {
  test('are tickers and trades by v2 names, and no books', () => {
    const venue = new V1Venue();
    const made = started(venue);
    venue.send(ticker('XBT/USD', '5530.00000'));
    venue.send(trades());
    made.advance(MILLISECOND);
    const { feed, log } = made;
    expect(log.events.filter(({ type }) => type === 'ticker').at(-1)).toMatchObject({
      symbol: BTC,
      bid: 552_510_000,
      ask: 552_540_000,
      last: 553_000_000,
    });
    expect(log.events.filter(({ type }) => type === 'trade')).toMatchObject([
      { symbol: BTC, taker: 'sell', price: 554_120_000, tradeId: 1 },
      { symbol: BTC, taker: 'buy', price: 554_130_000, tradeId: 2 },
    ]);
    expect(feed.gridOf(BTC)).toEqual({ pricePrecision: 5, qtyPrecision: 8 });
    expect([feed.market.book(BTC), log.count('book')]).toEqual([undefined, 0]);
    expect(feed.tradeStatsOf(BTC)).toMatchObject({ trades: 2, gaps: 0 });
    expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 0, updates: 0, skipped: 0 });
  });

  test('count in the decimals of the instruments that were given', () => {
    const { feed, log } = started(new V1Venue(), {
      symbols: [BTC],
      instruments: [instrument({ symbol: BTC, pricePrecision: 1, qtyPrecision: 8 })],
    });
    expect(log.events.find(({ type }) => type === 'ticker')).toMatchObject({ bid: 55_251, bidSize: 250_000_000 });
    expect(feed.market.instrument(BTC)).toMatchObject({ pricePrecision: 1 });
  });

  test('a book that nobody asked for is let go', () => {
    const venue = new V1Venue();
    const { feed, log, advance } = started(venue);
    venue.send('[336,{"b":[["5525.10000","1.00000000","1767225600.500000"]],"c":"1"},"book-10","XBT/USD"]');
    advance(MILLISECOND);
    expect([log.count('book'), feed.health().unknown, feed.market.state(BTC)]).toEqual([0, 1, 'live']);
  });

  test('a ticker that cannot be read freezes its symbol until the next one', () => {
    const venue = new V1Venue();
    const { feed, log, advance } = started(venue);
    venue.send(ticker('XBT/USD', 'x'));
    advance(MILLISECOND);
    expect([feed.market.state(BTC), feed.market.state(ETH)]).toEqual(['resyncing', 'live']);
    venue.send(trades().replace('"s"', '"x"')); // says nothing of the ticker
    venue.send(ticker());
    advance(MILLISECOND);
    expect(log.states.slice(-2)).toEqual(['BTC/USD resyncing malformed', 'BTC/USD live snapshot']);
    expect(feed.health()).toMatchObject({ malformed: 2, state: 'live' });
  });

  test('come out the same when a core gets the inputs again', () => {
    const venue = new V1Venue();
    const made = started(venue);
    venue.send(trades());
    live(made, venue, 3);
    void made.feed.close();
    const again = new EventLog();
    const core = new FeedCore({
      symbols: [BTC, ETH],
      decoder: new KrakenV1Decoder(),
      acceptUnchecked: true,
      liveWith: 'ticker',
      onEvent: again.push,
    });
    for (const input of made.inputs) core.handle(input);
    expect(again.lines).toEqual(made.log.lines);
    expect(again.count('timer')).toBe(3);
  });
});

describe('a connection', () => {
  test('that is silent is pinged in the words of v1, dropped at the deadline, and made anew', () => {
    const venue = new V1Venue();
    const made = started(venue);
    live(made, venue, 20);
    expect(venue.asked('ping').length).toBe(2); // every 10 s
    expect(made.feed.health()).toMatchObject({ rttLast: 0, rttP50: 0 });
    const { advance, log, dials, feed } = made;
    venue.sockets.at(-1)!.send = () => {}; // not even pongs
    advance(5 * SECOND);
    expect(log.states.slice(-2)).toEqual(['* stale silence', '* connecting silence']);
    expect([feed.market.state(BTC), feed.health().state]).toEqual(['connecting', 'connecting']);
    advance(SECOND);
    expect([dials.length, feed.health().state]).toEqual([2, 'live']);
    expect(feed.health()).toMatchObject({ connects: 2, reconnects: { silence: 1 } });
  });

  test('that the venue closes comes back, with everything subscribed once', () => {
    const venue = new V1Venue();
    const made = started(venue);
    live(made, venue, 5);
    venue.send(trades());
    made.advance(MILLISECOND);
    venue.sockets.at(-1)!.close(1001, 'restart');
    made.advance(2 * SECOND);
    venue.send(trades().replaceAll('600.', '607.'));
    made.advance(MILLISECOND);
    expect(made.feed.health()).toMatchObject({ state: 'live', connects: 2, reconnects: { disconnect: 1 } });
    expect(venue.asked('subscribe')).toEqual([
      'ticker XBT/USD,ETH/USD',
      'trade XBT/USD,ETH/USD',
      'ticker XBT/USD,ETH/USD',
      'trade XBT/USD,ETH/USD',
    ]);
    expect(made.feed.tradeStatsOf(BTC)).toMatchObject({ trades: 4, duplicates: 0 });
  });

  test('is not asked for more often than the budget allows', () => {
    const venue = new V1Venue();
    const { dials, log, advance } = started(venue, { connectBudget: { connects: 2, per: micros(60 * SECOND) } });
    for (const _ of [1, 2]) {
      venue.sockets.at(-1)!.close(1001);
      advance(5 * SECOND);
    }
    expect([dials.length, log.states.at(-1)]).toEqual([2, '* connecting refused']);
    advance(60 * SECOND);
    expect(dials.length).toBeGreaterThanOrEqual(3);
  });

  test('that is never made ends the feed where it was told to give up', async () => {
    const fatal: string[] = [];
    const venue = new V1Venue();
    venue.greeting = undefined;
    const { feed, advance } = started(venue, {
      giveUpAfter: micros(30 * SECOND),
      onFatal: (error) => fatal.push(error.code),
    });
    const refused = rejectionOf(feed.ready());
    advance(31 * SECOND);
    expect(fatal).toEqual(['KB_FEED_UNREACHABLE']);
    expect(await refused).toBe('KB_FEED_UNREACHABLE');
    expect(feed.health().state).toBe('closed');
  });
});

describe('a subscription', () => {
  test('that the venue refuses breaks its symbol alone, and ready says so', async () => {
    const venue = new V1Venue();
    const { feed, log, advance } = started(venue, { symbols: [BTC, 'FOO/USD'] });
    await expect(feed.ready()).rejects.toThrow('FOO/USD: ticker: Currency pair not supported FOO/USD');
    expect(await rejectionOf(feed.ready())).toBe('KB_FEED_REFUSED');
    advance(60 * SECOND);
    expect(log.states).toContain('FOO/USD broken refused');
    expect([feed.market.state(BTC), feed.market.state('FOO/USD')]).toEqual(['live', 'broken']);
    expect(venue.asked('subscribe').filter((text) => text.includes('FOO')).length).toBe(2); // one for each channel
  });

  test('that was refused may be taken on the next connection', async () => {
    const venue = new V1Venue();
    venue.ack = (text, request, pair) => (pair === 'ETH/USD' ? refusal(request, pair) : text);
    const { feed, advance } = started(venue);
    expect(await rejectionOf(feed.ready())).toBe('KB_FEED_REFUSED');
    venue.ack = (text) => text;
    venue.sockets.at(-1)!.close(1001);
    advance(2 * SECOND);
    await feed.ready();
    expect(feed.health().state).toBe('live');
  });

  test('is not refused by the answer to another request', () => {
    const venue = new V1Venue();
    const answers: string[] = [];
    venue.ack = (text) => void answers.push(text);
    const { feed, advance } = started(venue);
    venue.send('{"errorMessage":"Malformed request","event":"error","reqid":99}');
    venue.send('{"errorMessage":"Malformed request","event":"error"}');
    for (const text of answers) venue.send(text);
    venue.send(ticker('XBT/USD'));
    venue.send(ticker('ETH/USD'));
    advance(MILLISECOND);
    expect(feed.health().state).toBe('live');
  });

  test('is refused for all its pairs by an answer that names none', () => {
    const venue = new V1Venue();
    venue.ack = (_text, { reqid, subscription }, pair) =>
      subscription?.name === 'ticker' && pair === 'XBT/USD'
        ? `{"errorMessage":"Malformed request","event":"error","reqid":${reqid}}`
        : undefined;
    const { feed } = started(venue);
    expect(feed.health().symbols).toEqual({ [BTC]: 'broken', [ETH]: 'broken' });
  });

  test('that is refused for a while is tried again after 30 s, and the channel that was there is left meanwhile', () => {
    const venue = new V1Venue();
    venue.ack = (text, request, pair) =>
      request.event === 'subscribe' && request.subscription?.name === 'trade' && pair === 'XBT/USD'
        ? refusal(request, pair, 'EService:Unavailable')
        : text;
    const made = started(venue);
    expect(venue.asked('unsubscribe')).toEqual(['ticker XBT/USD']);
    venue.send(ticker()); // was under way: a broken symbol stays broken
    made.advance(MILLISECOND);
    expect(made.feed.market.state(BTC)).toBe('broken');
    venue.ack = (text) => text;
    live(made, venue, 31);
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(made.log.states.slice(-3)).toEqual([
      'BTC/USD broken refused',
      'BTC/USD resyncing refused',
      'BTC/USD live snapshot',
    ]);
  });

  test('that is not answered is asked for three times, then its symbol is broken and tried again', () => {
    const venue = new V1Venue();
    venue.ack = (text, _, pair) => (pair === 'XBT/USD' ? undefined : text);
    const made = started(venue);
    live(made, venue, 16);
    expect(made.feed.market.state(BTC)).toBe('broken');
    expect(venue.asked('subscribe').filter((text) => text === 'ticker XBT/USD').length).toBe(2);
    venue.ack = (text) => text;
    live(made, venue, 31);
    expect(made.feed.market.state(BTC)).toBe('live');
  });

  test('whose answer comes late or twice is counted once', () => {
    const venue = new V1Venue();
    const late: string[] = [];
    venue.ack = (text, { event }) => {
      if (event === 'subscribe') late.push(text);
      return undefined;
    };
    const made = started(venue);
    live(made, venue, 6);
    for (const text of [...late, ...late]) venue.send(text);
    venue.send(ticker('XBT/USD'));
    venue.send(ticker('ETH/USD'));
    live(made, venue, 20);
    expect(made.feed.health().state).toBe('live');
    expect(venue.asked('subscribe').length).toBe(6); // two for both pairs, then one for each that was not answered
    expect(venue.asked('unsubscribe')).toEqual([]);
  });

  test('that is there already is there', () => {
    const venue = new V1Venue();
    venue.ack = (text, request, pair) =>
      request.subscription?.name === 'trade' ? refusal(request, pair, 'Already subscribed') : text;
    const made = started(venue);
    live(made, venue, 20);
    expect(made.feed.health().state).toBe('live');
    expect(venue.asked('subscribe').length).toBe(2);
  });
});

describe('closing', () => {
  test('ends with the closed event, once, and leaves no timer', async () => {
    const venue = new V1Venue();
    const { feed, log, advance } = started(venue);
    const closed = [feed.close(), feed.close()];
    advance(10 * SECOND);
    await Promise.all(closed);
    const count = log.events.length;
    expect(log.states.at(-1)).toBe('* closed stop');
    advance(120 * SECOND);
    expect(log.events.length).toBe(count);
    expect(feed.health().state).toBe('closed');
    expect(codeOf(() => feed.start())).toBe('KB_FEED_CLOSED');
    expect(await rejectionOf(feed.ready())).toBe('KB_FEED_CLOSED');
  });

  test('in the middle of a request asks for nothing more', () => {
    const venue = new V1Venue();
    const made: { feed?: KrakenV1Feed } = {};
    const time = new VirtualScheduler(START);
    const log = new EventLog();
    made.feed = new KrakenV1Feed({
      symbols: [BTC],
      scheduler: time,
      seed: 1,
      dial: inProcessDial(venue.accept, time),
      onEvent: log.push,
      onWire: (_, dir) => {
        if (dir === 'tx') void made.feed?.close();
      },
    });
    made.feed.start();
    time.advance(micros(120 * SECOND));
    expect(log.states.at(-1)).toBe('* closed stop');
  });

  test('in the middle of an event asks for nothing more', () => {
    for (const state of ['connecting', 'subscribing', 'broken', 'live']) {
      const venue = new V1Venue();
      const made: { feed?: KrakenV1Feed } = {};
      const log = new EventLog();
      const time = new VirtualScheduler(START);
      made.feed = new KrakenV1Feed({
        symbols: [BTC, 'FOO/USD'],
        scheduler: time,
        seed: 1,
        dial: inProcessDial(venue.accept, time),
        onEvent: (event) => {
          log.push(event);
          if (event.type === 'feed' && event.state === state) void made.feed?.close();
        },
      });
      made.feed.start();
      time.advance(micros(MILLISECOND));
      const asked = venue.requests.length;
      time.advance(micros(120 * SECOND));
      expect([state, log.states.at(-1)]).toEqual([state, '* closed stop']);
      expect(venue.requests.length).toBe(asked);
    }
  });
});
