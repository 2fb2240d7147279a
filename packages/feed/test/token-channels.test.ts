import { inProcessDial } from '@kb/kraken';
import type { ServerSocket } from '@kb/kraken';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenSpotFeed } from '../src/index.ts';
import type { HealthEvent, KrakenSpotFeedOptions } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { Level3Pair } from './level3-venue.ts';
import { failure, HEARTBEAT, Pair, START, success, Venue } from './venue.ts';
import type { Request } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';
const MINUTE: Micros = micros(60 * SECOND);

interface Params {
  readonly channel: string;
  readonly symbol?: readonly string[];
  readonly depth?: number;
  readonly token?: string;
  readonly interval?: number;
}

/** A venue with single orders for whoever brings a good token. */
class Level3Venue extends Venue {
  readonly books = new Map<string, Level3Pair>();
  /** Tokens that are taken. */
  readonly good = new Set<string>();
  refusal = 'EAPI:Invalid token';

  constructor(...symbols: readonly string[]) {
    super(...symbols.map((symbol) => new Pair(symbol)));
    for (const symbol of symbols) this.books.set(symbol, new Level3Pair(symbol));
    this.onRequest = (request, socket) => this.#onRequest(request, socket);
  }

  /** What was asked of `level3`, in short. */
  get level3(): string[] {
    return this.requests
      .filter(({ params }) => params?.channel === 'level3')
      .map(({ method, params }) => {
        const { symbol, depth, token }: Params = params ?? { channel: '' };
        return `${method} ${symbol?.join(',')} ${depth} ${token}`;
      });
  }

  #onRequest(request: Request, socket: ServerSocket): boolean {
    if (request.params?.channel !== 'level3') return true;
    const { symbol: symbols = [], token }: Params = request.params;
    for (const symbol of symbols) {
      if (!this.good.has(token ?? '')) {
        socket.send(failure(request, `${this.refusal} ${symbol}`));
        continue;
      }
      socket.send(success(request, symbol));
      if (request.method === 'subscribe') socket.send(this.books.get(symbol)?.snapshot() ?? '');
    }
    return false;
  }
}

interface Harness {
  readonly venue: Level3Venue;
  readonly feed: KrakenSpotFeed;
  readonly log: EventLog;
  readonly wire: string[];
  readonly health: HealthEvent[];
  /** Lets time pass, and promises settle, a heartbeat a second. */
  readonly advance: (duration: number) => Promise<void>;
}

async function started(venue: Level3Venue, options: Partial<KrakenSpotFeedOptions>): Promise<Harness> {
  const time = new VirtualScheduler(START);
  const log = new EventLog();
  const wire: string[] = [];
  const health: HealthEvent[] = [];
  const feed = new KrakenSpotFeed({
    url: 'ws://venue.test/v2',
    symbols: [...venue.pairs.keys()],
    scheduler: time,
    seed: 7,
    dial: inProcessDial(venue.accept, time),
    onEvent: log.push,
    onWire: (_at, dir, raw) => wire.push(`${dir} ${Buffer.from(raw).toString()}`),
    onHealth: (event) => health.push(event),
    ...options,
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      for (let task = 0; task < 10; task += 1) await Promise.resolve();
      time.advance(micros(1));
    }
  };
  const advance = async (duration: number): Promise<void> => {
    for (let left = duration; left > 0; left -= SECOND) {
      time.advance(micros(Math.min(left, SECOND)));
      await settle();
      venue.send(HEARTBEAT);
    }
    await settle();
  };
  feed.start();
  await advance(MILLISECOND);
  return { venue, feed, log, wire, health, advance };
}

function lastDetail({ events }: EventLog): string | undefined {
  return events.findLast((event) => event.type === 'feed')?.detail;
}

/** Tokens that are numbered; each is good at once. */
function tokens(venue: Level3Venue): () => Promise<string> {
  let made = 0;
  return () => {
    made += 1;
    venue.good.add(`SECRET-${made}`);
    return Promise.resolve(`SECRET-${made}`);
  };
}

describe('level3', () => {
  test('is subscribed with a token, and makes its symbols live', async () => {
    const venue = new Level3Venue(BTC, ETH);
    const { feed, log } = await started(venue, { channels: ['level3'], token: tokens(venue) });
    expect(venue.level3).toEqual(['subscribe BTC/USD,ETH/USD 10 SECRET-1']);
    expect(log.states.slice(-2)).toEqual(['BTC/USD live snapshot', 'ETH/USD live snapshot']);
    expect(feed.market.book(ETH)?.sizeAt('buy', 0)).toBe(201);
    expect(feed.health()).toMatchObject({ state: 'live', symbols: { [BTC]: { book: { checksumOk: 1 } } } });
    await feed.ready();
  });

  test('shows its token to nobody but the venue', async () => {
    const venue = new Level3Venue(BTC);
    venue.good.add('SECRET');
    const token = (): Promise<string> => Promise.resolve('SECRET');
    const made = await started(venue, { channels: ['level3'], token });
    venue.good.clear();
    venue.refusal = 'EAPI:Invalid token SECRET';
    venue.send(venue.books.get(BTC)?.join('B90', 1) ?? '');
    await made.advance(SECOND);
    expect(venue.level3.filter((request) => request.endsWith(' SECRET'))).toHaveLength(4);
    expect(made.wire.filter((line) => line.includes('"token":"***"'))).toHaveLength(4);
    expect(made.wire.filter((line) => line.startsWith('tx') && line.includes('SECRET'))).toEqual([]);
    expect(lastDetail(made.log)).toBe('level3: EAPI:Invalid token *** BTC/USD; tried again every 30 s');
    expect(JSON.stringify(made.health)).not.toContain('SECRET');
  });

  test('is subscribed anew alone when a book fails, with the same token', async () => {
    const venue = new Level3Venue(BTC, ETH);
    const { feed, log, advance } = await started(venue, { channels: ['level3'], token: tokens(venue) });
    venue.send(venue.books.get(BTC)?.join('B90', 1) ?? '');
    await advance(SECOND);
    expect(venue.level3.slice(1)).toEqual(['unsubscribe BTC/USD 10 SECRET-1', 'subscribe BTC/USD 10 SECRET-1']);
    expect(log.states.slice(-2)).toEqual(['BTC/USD resyncing checksum', 'BTC/USD live snapshot']);
    expect(feed.health().symbols[BTC]).toMatchObject({ state: 'live', resyncs: 1 });
    expect(feed.health().symbols[ETH]).toMatchObject({ state: 'live', resyncs: 0 });
  });

  test('gets a new token for each connection', async () => {
    const venue = new Level3Venue(BTC);
    const { feed, advance } = await started(venue, { channels: ['level3'], token: tokens(venue) });
    venue.sockets.at(-1)?.terminate();
    await advance(5 * SECOND);
    expect(venue.level3).toEqual(['subscribe BTC/USD 10 SECRET-1', 'subscribe BTC/USD 10 SECRET-2']);
    expect(feed.market.state(BTC)).toBe('live');
  });

  test('gets a new token once when one is refused, for all symbols together', async () => {
    const venue = new Level3Venue(BTC, ETH);
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      if (asked === 2) venue.good.add('T2');
      return Promise.resolve(`T${asked}`);
    };
    const { feed, log } = await started(venue, { channels: ['level3'], token });
    expect(venue.level3).toEqual([
      'subscribe BTC/USD,ETH/USD 10 T1',
      'subscribe BTC/USD 10 T2',
      'subscribe ETH/USD 10 T2',
    ]);
    expect(asked).toBe(2);
    expect(log.states).not.toContain('BTC/USD broken refused');
    await feed.ready();
  });

  test('is broken when the new token is refused too, and tried again', async () => {
    const venue = new Level3Venue(BTC);
    venue.refusal = 'ESession:Invalid session';
    let asked = 0;
    const token = (): Promise<string> => Promise.resolve(`T${(asked += 1)}`);
    const { feed, log, advance } = await started(venue, { channels: ['level3'], token });
    expect(log.states.at(-1)).toBe('BTC/USD broken refused');
    expect(lastDetail(log)).toBe('level3: ESession:Invalid session BTC/USD; tried again every 30 s');
    venue.good.add('T3');
    await advance(29 * SECOND);
    expect(asked).toBe(2);
    await advance(2 * SECOND);
    expect(feed.market.state(BTC)).toBe('live');
  });

  test('tries again when no token can be made, then is broken; permission that is denied is not tried again', async () => {
    const venue = new Level3Venue(BTC);
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      return Promise.reject(new Error('the network is down'));
    };
    const { log, advance } = await started(venue, { channels: ['level3'], token });
    await advance(20 * SECOND);
    expect(asked).toBe(5);
    expect(log.states.at(-1)).toBe('BTC/USD broken refused');
    expect(lastDetail(log)).toContain('level3: no token: the network is down; tried again');

    const denied = new Level3Venue(BTC);
    denied.refusal = 'EGeneral:Permission denied';
    const second = await started(denied, { channels: ['level3'], token: () => Promise.resolve('T') });
    await second.advance(120 * SECOND);
    expect(denied.level3).toEqual(['subscribe BTC/USD 10 T']);
    expect(second.log.states.at(-1)).toBe('BTC/USD broken refused');
  });

  test('shows neither tokens nor anything else that is secret when whoever makes tokens fails', async () => {
    const key = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
    const faults: [unknown, string][] = [
      [Object.assign(new TypeError(`no\nroute\u0007 with ${key}`), { code: 'E_NET' }), 'E_NET: no route with ***'],
      [new RangeError('odd'), 'RangeError: odd'],
      [{ token: 'SECRET-9' }, 'something that is no error was thrown'],
      [new Error('word '.repeat(100)), `${'word '.repeat(40)}…`],
    ];
    for (const [fault, shown] of faults) {
      const venue = new Level3Venue(BTC);
      const token = (): Promise<string> => Promise.reject(fault as Error);
      const { log, advance } = await started(venue, { channels: ['level3'], token });
      await advance(20 * SECOND);
      expect(lastDetail(log)).toBe(`level3: no token: ${shown}; tried again every 30 s`);
    }
  });

  test('blanks the token of before in what the next failure says', async () => {
    const venue = new Level3Venue(BTC);
    let made = 0;
    const token = (): Promise<string> => {
      made += 1;
      return made === 1 ? Promise.resolve('SHORT') : Promise.reject(new Error('SHORT is spent'));
    };
    const { log, advance } = await started(venue, { channels: ['level3'], token });
    await advance(20 * SECOND);
    expect(lastDetail(log)).toBe('level3: no token: *** is spent; tried again every 30 s');
  });

  test('does not wait for a token for ever', async () => {
    const venue = new Level3Venue(BTC);
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      venue.good.add('T');
      return asked === 1 ? new Promise(() => {}) : Promise.resolve('T');
    };
    const { feed, advance } = await started(venue, { channels: ['level3'], token });
    await advance(4 * SECOND);
    expect(venue.level3).toEqual([]);
    await advance(2 * SECOND);
    expect(feed.market.state(BTC)).toBe('live');
  });

  test('does not subscribe with a token that comes after the connection is lost or closed', async () => {
    const venue = new Level3Venue(BTC);
    const give: ((token: string) => void)[] = [];
    const token = (): Promise<string> => new Promise((resolve) => give.push(resolve));
    const { feed, advance } = await started(venue, { channels: ['level3'], token });
    venue.sockets.at(-1)?.terminate();
    await advance(3 * SECOND);
    expect(give.length).toBe(2);
    give[0]?.('OLD');
    await advance(MILLISECOND);
    expect(venue.level3).toEqual([]);
    const closed = feed.close();
    give[1]?.('LATE');
    await advance(MILLISECOND);
    await closed;
    expect(venue.level3).toEqual([]);
  });

  test('asks for as much a second as the venue allows', async () => {
    const symbols = Array.from({ length: 19 }, (_, index) => `C${index}/USD`);
    const venue = new Level3Venue(...symbols);
    const { feed, advance } = await started(venue, { channels: ['level3'], depth: 100, token: tokens(venue) });
    const live = (): number => symbols.filter((symbol) => feed.market.state(symbol) === 'live').length;
    expect(live()).toBe(8);
    await advance(SECOND);
    expect(live()).toBe(16);
    await advance(SECOND);
    expect(live()).toBe(19);
    expect(venue.level3[0]).toBe(`subscribe ${symbols.slice(0, 8).join(',')} 100 SECRET-1`);
  });

  test('has options of its own', () => {
    const problems = (options: Partial<KrakenSpotFeedOptions>): string => {
      try {
        return new KrakenSpotFeed({ symbols: [BTC], channels: ['level3'], token, ...options }).health().url;
      } catch (error) {
        return String(error);
      }
    };
    const token = (): Promise<string> => Promise.resolve('T');
    expect(problems({})).toBe('wss://ws-l3.kraken.com/v2');
    expect(problems({ channels: ['book'] })).toBe('wss://ws.kraken.com/v2');
    expect(problems({ channels: ['level3', 'book'] })).toContain('channels: expected book or level3, not both');
    expect(problems({ channels: ['level3', 'trade'] })).toContain('url: expected one of a venue');
    expect(problems({ channels: ['level3', 'trade'], url: 'ws://x' })).toBe('ws://x');
    expect(problems({ depth: 25 })).toContain('depth: expected 10, 100, 1000 for level3, was 25');
    const many = Array.from({ length: 201 }, (_, index) => `C${index}/USD`);
    expect(problems({ symbols: many })).toContain('at most 200 for level3, were 201');
    expect(() => new KrakenSpotFeed({ symbols: [BTC], channels: ['level3'] })).toThrow(/token: expected a function/);
  });
});

describe('ohlc', () => {
  const withCandles = { channels: ['instrument', 'book', 'ohlc'] } as const;

  function asked(venue: Venue): string[] {
    return venue.requests
      .filter(({ params }) => params?.channel === 'ohlc')
      .map(({ method, params }) => {
        const { symbol, interval }: Params = params ?? { channel: '' };
        return `${method} ${symbol?.join(',')} ${interval}`;
      });
  }

  test('is subscribed once for each interval, of the candles that are kept unless told', async () => {
    const venue = new Level3Venue(BTC, ETH);
    const candles = [MINUTE, micros(7 * MINUTE), micros(60 * MINUTE)];
    await started(venue, { ...withCandles, candles });
    expect(asked(venue)).toEqual(['subscribe BTC/USD,ETH/USD 1', 'subscribe BTC/USD,ETH/USD 60']);
    const told = new Level3Venue(BTC);
    await started(told, { ...withCandles, ohlcIntervals: [micros(21_600 * MINUTE)] });
    expect(asked(told)).toEqual(['subscribe BTC/USD 21600']);
  });

  test('leaves an interval off that the venue refuses beside another, says so, and asks again on the next connection', async () => {
    const venue = new Level3Venue(BTC, ETH);
    venue.ack = (text, request, symbol) => {
      const { channel, interval }: Params = request.params ?? { channel: '' };
      if (channel !== 'ohlc' || interval !== 5 || symbol !== BTC) return text;
      return failure(request, `Already subscribed to one ohlc interval on this symbol ${symbol}`);
    };
    const { feed, health, log, advance } = await started(venue, {
      ...withCandles,
      candles: [MINUTE, micros(5 * MINUTE)],
    });
    const off = health.filter(({ type }) => type === 'candles-off');
    expect(off).toMatchObject([{ symbol: BTC, interval: 5 * MINUTE, detail: expect.stringContaining('one ohlc') }]);
    expect(feed.health()).toMatchObject({
      state: 'live',
      symbols: { [BTC]: { candlesOff: [5 * MINUTE] }, [ETH]: { candlesOff: [] } },
    });
    expect(log.states.filter((state) => state.includes('broken'))).toEqual([]);
    await advance(60 * SECOND);
    expect(asked(venue)).toHaveLength(2);
    venue.ack = (text) => text;
    venue.sockets.at(-1)?.terminate();
    await advance(5 * SECOND);
    expect(asked(venue)).toHaveLength(4);
    expect(feed.health().symbols[BTC]?.candlesOff).toEqual([]);
  });

  test('is left off when it is never answered, and the book goes on', async () => {
    const venue = new Level3Venue(BTC);
    venue.ack = (text, request) => (request.params?.channel === 'ohlc' ? undefined : text);
    const { feed, advance } = await started(venue, { ...withCandles, candles: [MINUTE] });
    await advance(16 * SECOND);
    expect(asked(venue)).toHaveLength(3);
    expect(feed.health().symbols[BTC]).toMatchObject({ state: 'live', candlesOff: [MINUTE] });
  });

  test('repeats its interval when it is ended', async () => {
    const venue = new Level3Venue(BTC);
    const { feed, advance } = await started(venue, { ...withCandles, candles: [MINUTE, micros(5 * MINUTE)] });
    feed.resubscribe('a new segment');
    await advance(MILLISECOND);
    expect(asked(venue).slice(2)).toEqual([
      'unsubscribe BTC/USD 1',
      'unsubscribe BTC/USD 5',
      'subscribe BTC/USD 1',
      'subscribe BTC/USD 5',
    ]);
  });

  test('brings a past to the candles of a feed', async () => {
    const venue = new Level3Venue(BTC);
    const { feed, advance } = await started(venue, { ...withCandles, candles: [MINUTE] });
    const bar = (start: number): string => {
      const at = new Date((START + start * MINUTE) / 1000).toISOString();
      const prices = '"open":100.0,"high":101.0,"low":99.5,"close":100.5,"vwap":100.2';
      return `{"symbol":"${BTC}",${prices},"trades":3,"volume":0.5,"interval":1,"interval_begin":"${at}"}`;
    };
    venue.send(`{"channel":"ohlc","type":"snapshot","data":[${bar(-2)},${bar(-1)},${bar(0)}]}`);
    await advance(MILLISECOND);
    expect([...feed.market.candles(BTC, MINUTE)].map(({ close }) => close)).toEqual([1005, 1005]);
  });

  test('has options of its own', () => {
    const make = (options: Partial<KrakenSpotFeedOptions>) => () =>
      new KrakenSpotFeed({ symbols: [BTC], channels: ['book', 'ohlc'], ...options });
    expect(make({})).toThrow(/ohlcIntervals: expected at least one/);
    expect(make({ ohlcIntervals: [micros(2 * MINUTE)] })).toThrow(/ohlcIntervals: expected 1, 5, .* was 120000000/);
    expect(make({ ohlcIntervals: [MINUTE, MINUTE] })).toThrow(/60000000 µs is there twice/);
    expect(make({ ohlcIntervals: [MINUTE] })).not.toThrow();
  });
});
