import { keyedRandom, micros, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenRest, REST_ERROR_CODES, RestError } from '../src/index.ts';
import type { Fetch } from '../src/index.ts';
import { SharedCalls } from '../src/rest/shared-calls.ts';
import { NEVER, RestDesk, settled } from './support/rest-desk.ts';
import type { Played } from './support/rest-desk.ts';

const TIME = '{"error":[],"result":{"unixtime":1795000000,"rfc1123":"Mon, 18 Nov 26 00:00:00 +0000"}}';
const BUSY = '{"error":["EService:Busy"]}';
const LIMITED = '{"error":["EGeneral:Too many requests"]}';
const UNKNOWN_PAIR = '{"error":["EQuery:Unknown asset pair"]}';
const HTML: Played = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' };

const row = (altname: string, wsname: string): string =>
  `{"altname":"${altname}","wsname":"${wsname}","aclass_base":"currency","base":"X","aclass_quote":"currency","quote":"Z","pair_decimals":1,"lot_decimals":8,"lot_multiplier":1}`;
const PAIRS = `{"error":[],"result":{"XXBTZUSD":${row('XBTUSD', 'XBT/USD')},"XETHZUSD":${row('ETHUSD', 'ETH/USD')},"SOLUSD":${row('SOLUSD', 'SOL/USD')}}}`;

const DEPTH = '{"error":[],"result":{"XXBTZUSD":{"asks":[["2.0","1.000",1795000000]],"bids":[]}}}';

const ticker = (bid: string): string =>
  `{"a":["9.0","1","1.000"],"b":["${bid}","1","1.000"],"c":["9.0","1"],"v":["1","1"],"p":["9","9"],"t":[1,1],"l":["9","9"],"h":["9","9"],"o":"9"}`;
const IDS: Readonly<Record<string, string>> = { XBTUSD: 'XXBTZUSD', ETHUSD: 'XETHZUSD' };

/** Plays a venue with three pairs that keys all by id. */
function venue(path: string, count: number): Played {
  const [method = '', query = ''] = path.split('?');
  if (method === 'AssetPairs') return PAIRS;
  const asked = new URLSearchParams(query).get('pair')?.split(',') ?? ['XXBTZUSD', 'XETHZUSD', 'SOLUSD'];
  const keys = asked.map((name) => IDS[name] ?? name);
  if (method === 'Ticker') {
    return `{"error":[],"result":{${keys.map((key) => `"${key}":${ticker(`${count}.0`)}`).join(',')}}}`;
  }
  return method === 'Depth' ? DEPTH.replace('XXBTZUSD', keys[0]!) : UNKNOWN_PAIR;
}

async function failureOf(call: Promise<unknown>): Promise<RestError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RestError)) throw new Error('Expected a RestError', { cause: error });
  return error;
}

describe('a call', () => {
  test('is one GET, and its answer typed', async () => {
    const desk = new RestDesk(() => TIME);
    expect(await desk.rest.time()).toEqual({ venueTs: 1_795_000_000e6, rfc1123: 'Mon, 18 Nov 26 00:00:00 +0000' });
    expect(desk.requests).toEqual(['0 Time']);
    expect(desk.calls).toEqual([
      {
        method: 'Time',
        attempt: 1,
        outcome: 'ok',
        code: undefined,
        httpStatus: 200,
        sentAt: desk.scheduler.now(),
        duration: 0,
        warnings: [],
      },
    ]);
    expect(desk.scheduler.nextDue()).toBeUndefined();
  });

  test('tells its warnings', async () => {
    const desk = new RestDesk(() => TIME.replace('[]', '["WGeneral:Old"]'));
    await desk.rest.time();
    expect(desk.calls[0]?.warnings).toEqual(['WGeneral:Old']);
  });

  test('puts its parameters as Kraken names them', async () => {
    const desk = new RestDesk(() => UNKNOWN_PAIR, { rateLimit: { calls: 9, per: micros(1e6) } });
    const { rest } = desk;
    const since = micros(1_795_000_000_999_999);
    await Promise.allSettled([
      rest.ohlc('BTC/USD', { interval: 60, since }),
      rest.ohlc('BTC/USD'),
      rest.depth('ETH/BTC', { count: 500 }),
      rest.trades('DOGE/USD', { since, count: 7 }),
      rest.trades('DOGE/USD', { since: '1795000000999999999' }),
      rest.spread('XBT/USD', { since }),
      rest.assetPairs(['SOL/USD', 'BTC/USD']),
    ]);
    expect(desk.requests).toEqual([
      '0 OHLC?pair=XBTUSD&interval=60&since=1795000000',
      '0 OHLC?pair=XBTUSD&interval=1',
      '0 Depth?pair=ETHXBT&count=500',
      '0 Trades?pair=XDGUSD&since=1795000000999999000&count=7',
      '0 Trades?pair=XDGUSD&since=1795000000999999999',
      '0 Spread?pair=XBTUSD&since=1795000000',
      '0 AssetPairs?pair=XBTUSD%2CSOLUSD',
    ]);
  });

  test.each<[string, (rest: KrakenRest) => Promise<unknown>]>([
    ['a count of 0', (rest) => rest.depth('BTC/USD', { count: 0 })],
    ['a count of 501', (rest) => rest.depth('BTC/USD', { count: 501 })],
    ['a count of 1001', (rest) => rest.trades('BTC/USD', { count: 1001 })],
    ['half a count', (rest) => rest.trades('BTC/USD', { count: 1.5 })],
    ['a time that is a word', (rest) => rest.trades('BTC/USD', { since: 'now' })],
    ['a time before 1970', (rest) => rest.spread('BTC/USD', { since: micros(-1) })],
    ['an interval that Kraken does not have', (rest) => rest.ohlc('BTC/USD', { interval: 2 as 1 })],
  ])('with %s is refused before it is sent', async (_name, call) => {
    const desk = new RestDesk(() => TIME);
    const error = await failureOf(call(desk.rest));
    expect(error).toMatchObject({
      code: 'KB_KRAKEN_REST_BAD_REQUEST',
      kind: 'request',
      outcome: 'not-sent',
      attempts: 0,
    });
    expect(desk.requests).toEqual([]);
  });

  test('that Kraken refuses fails at once, with Kraken’s words', async () => {
    const desk = new RestDesk(() => UNKNOWN_PAIR);
    await desk.pass(5);
    const error = await failureOf(desk.rest.depth('NO/PAIR'));
    expect(error).toMatchObject({
      code: 'KB_KRAKEN_REST_VENUE_ERROR',
      kind: 'request',
      outcome: 'refused',
      retryable: false,
      venueErrors: ['EQuery:Unknown asset pair'],
      httpStatus: 200,
      method: 'Depth',
      attempts: 1,
      at: desk.scheduler.now(),
    });
    expect(error.message).toBe('Depth: Kraken answered EQuery:Unknown asset pair');
    expect(desk.requests).toHaveLength(1);
  });

  test('with an answer of another shape says where', async () => {
    const desk = new RestDesk(() => DEPTH.replace('"1.000"', '-1'));
    const error = await failureOf(desk.rest.depth('BTC/USD'));
    expect(error).toMatchObject({
      code: 'KB_KRAKEN_REST_BAD_ANSWER',
      retryable: false,
      path: 'result.XXBTZUSD.asks[0][1]',
    });
    expect(desk.requests).toHaveLength(1);
  });

  test('whose answer is too long ends there', async () => {
    const desk = new RestDesk(() => TIME, { maxBodyBytes: 50 });
    expect(await failureOf(desk.rest.time())).toMatchObject({ code: 'KB_KRAKEN_REST_TOO_LARGE', kind: 'service' });
    expect(desk.requests).toHaveLength(1);
  });
});

describe('repeats', () => {
  test.each<[string, Played, string, string]>([
    ['Kraken is busy', BUSY, 'VENUE_ERROR', 'service'],
    ['Kraken is asked too often', LIMITED, 'VENUE_ERROR', 'rate-limit'],
    ['a proxy answers with HTML', HTML, 'HTTP_STATUS', 'service'],
    ['the answer is cut', TIME.slice(0, 40), 'BAD_JSON', 'service'],
    ['the connection fails', new TypeError('fetch failed'), 'UNREACHABLE', 'network'],
  ])('come after 2, 4, 8, 16, 32 s when %s, and not a sixth time', async (_name, played, code, kind) => {
    const desk = new RestDesk(() => played, { breaker: { failures: 100 } });
    const error = await failureOf(desk.outcome(desk.rest.time()));
    expect(desk.requests).toEqual(['0 Time', '2 Time', '6 Time', '14 Time', '30 Time', '62 Time']);
    expect(error).toMatchObject({ code: `KB_KRAKEN_REST_${code}`, kind, retryable: true, attempts: 6 });
    expect(desk.calls.map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
      [1, 2, 3, 4, 5, 6].map((attempt) => [attempt, kind]),
    );
  });

  test('end with the first that succeeds', async () => {
    const desk = new RestDesk((_path, count) => (count < 3 ? HTML : TIME));
    expect(await desk.outcome(desk.rest.time())).toMatchObject({ venueTs: 1_795_000_000e6 });
    expect(desk.requests).toEqual(['0 Time', '2 Time', '6 Time']);
    expect(desk.calls.map(({ outcome }) => outcome)).toEqual(['service', 'service', 'ok']);
  });

  test('wait for up to half as long, drawn from the seed, call and attempt', async () => {
    const waits = async (seed: number): Promise<number[]> => {
      const desk = new RestDesk(() => HTML, { seed, retry: {}, breaker: { failures: 100 } });
      await failureOf(desk.outcome(desk.rest.time()));
      const times = desk.requests.map((request) => Number(request.split(' ')[0]));
      return times.slice(1).map((time, i) => Math.round((time - times[i]!) * 1e6));
    };
    const expected = [1, 2, 3, 4, 5].map((failed) =>
      Math.round(2e6 * 2 ** (failed - 1) * (1 - 0.5 * keyedRandom(7, 'rest retry', 1, failed))),
    );
    expect(await waits(7)).toEqual(expected);
    expect(await waits(7)).toEqual(expected);
    expect(await waits(8)).not.toEqual(expected);
  });

  test('wait at least as long as the venue asks, and so does everybody else', async () => {
    const desk = new RestDesk((_path, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '20' } } : TIME,
    );
    const first = desk.rest.time();
    await desk.pass(1);
    const other = desk.rest.time({ deadline: micros(60e6) });
    await desk.outcome(Promise.all([first, other]));
    expect(desk.requests).toEqual(['0 Time', '20 Time', '20 Time']);
  });

  test('wait after a refusal for the rate, and so does everybody else, also where the venue does not say how long', async () => {
    const desk = new RestDesk((_path, count) => (count === 1 ? LIMITED : TIME));
    const first = desk.rest.time();
    await desk.pass(1);
    const other = desk.rest.time({ deadline: micros(60e6) });
    await desk.outcome(Promise.all([first, other]));
    expect(desk.requests).toEqual(['0 Time', '2 Time', '2 Time']);
  });

  test('that would come too late leave it to the caller, who is told how long the venue asked to wait', async () => {
    const desk = new RestDesk(() => ({ status: 429, headers: { 'retry-after': '900' } }));
    const error = await failureOf(desk.outcome(desk.rest.time()));
    expect([desk.seconds, error.retryAfter, error.attempts]).toEqual([0, 900e6, 1]);
    const silent = new RestDesk(() => LIMITED, { retry: { retries: 0 } });
    expect((await failureOf(silent.outcome(silent.rest.time()))).retryAfter).toBeUndefined();
  });

  test('that are waited for are not under way: what was refused stays refused when the caller gives up', async () => {
    const desk = new RestDesk(() => LIMITED);
    const stop = new AbortController();
    const call = failureOf(desk.rest.time({ signal: stop.signal, deadline: micros(60e6) }));
    const closed = failureOf(desk.rest.systemStatus());
    await desk.pass(1);
    await desk.rest.close();
    expect(await closed).toMatchObject({ code: 'KB_KRAKEN_REST_CLOSED', outcome: 'refused', attempts: 1 });
    expect(await call).toMatchObject({ code: 'KB_KRAKEN_REST_CLOSED', outcome: 'refused', attempts: 1 });
  });

  test('wait as the venue asks also where it is down, while others go on', async () => {
    const down: Played = { status: 503, headers: { 'retry-after': '20' } };
    const desk = new RestDesk((path, count) => (count === 1 ? down : venue(path, count)));
    const first = failureOf(desk.rest.time());
    await desk.pass(1);
    await desk.outcome(desk.rest.depth('BTC/USD'));
    await desk.outcome(first);
    expect(desk.requests).toEqual(['0 Time', '1 Depth?pair=XBTUSD', '20 Time']);
  });

  test('are not made of a call that must not be sent twice', async () => {
    const desk = new RestDesk(() => HTML);
    const error = await failureOf(desk.outcome(desk.callOnce()));
    expect(error).toMatchObject({ retryable: true, outcome: 'unknown', attempts: 1 });
    expect(desk.requests).toEqual(['0 Once']);
  });

  test('are not begun when they would come after the deadline', async () => {
    const desk = new RestDesk(() => HTML, { deadline: micros(10e6) });
    const error = await failureOf(desk.outcome(desk.rest.time()));
    expect([desk.requests.length, desk.seconds, error.code, error.attempts]).toEqual([
      3,
      6,
      'KB_KRAKEN_REST_HTTP_STATUS',
      3,
    ]);
  });

  test('are cut by the deadline, which tells what went wrong before', async () => {
    const desk = new RestDesk((_path, count) => (count === 1 ? HTML : NEVER));
    const error = await failureOf(desk.outcome(desk.rest.time({ deadline: micros(5e6) })));
    expect([desk.seconds, error.code, error.attempts]).toEqual([5, 'KB_KRAKEN_REST_DEADLINE', 2]);
    expect(error.cause).toMatchObject({ code: 'KB_KRAKEN_REST_HTTP_STATUS' });
    expect(desk.scheduler.nextDue()).toBeUndefined();
  });

  test('follow a time-out, also of a transport that does not listen', async () => {
    const desk = new RestDesk((_path, count) => (count === 1 ? NEVER : TIME), { timeout: micros(3e6) });
    await desk.outcome(desk.rest.time());
    expect(desk.requests).toEqual(['0 Time', '5 Time']);
    expect(desk.calls[0]).toMatchObject({ outcome: 'network', code: 'KB_KRAKEN_REST_TIMEOUT', duration: 3e6 });
  });

  test('can be turned off', async () => {
    const desk = new RestDesk(() => HTML, { retry: { retries: 0 } });
    expect((await failureOf(desk.outcome(desk.rest.time()))).attempts).toBe(1);
  });
});

describe('the circuit breaker', () => {
  test('opens after five failures; calls then fail at once, until one has tried', async () => {
    let isUp = false;
    const desk = new RestDesk(() => (isUp ? TIME : HTML), { retry: { retries: 0 } });
    for (let i = 0; i < 5; i += 1) await failureOf(desk.outcome(desk.rest.time()));
    expect(desk.rest.breakerState).toBe('open');
    expect(await failureOf(desk.rest.time())).toMatchObject({
      code: 'KB_KRAKEN_REST_CIRCUIT_OPEN',
      kind: 'service',
      outcome: 'not-sent',
      retryable: true,
      attempts: 0,
    });
    expect(desk.requests).toHaveLength(5);
    await desk.pass(30);
    expect(desk.rest.breakerState).toBe('half-open');
    isUp = true;
    await desk.outcome(desk.rest.time());
    expect(desk.changes.map(({ from, to }) => `${from} > ${to}`)).toEqual([
      'closed > open',
      'open > half-open',
      'half-open > closed',
    ]);
    expect(desk.rest.breakerState).toBe('closed');
  });

  test('makes a repeat wait until it may be tried', async () => {
    const desk = new RestDesk((_path, count) => (count < 6 ? HTML : TIME), {
      retry: { jitter: 0, first: micros(1e6) },
    });
    await desk.outcome(desk.rest.time());
    // The fifth failure comes at 15 s and opens it for 30 s; the repeat would have come 16 s later.
    expect(desk.requests.at(-1)).toBe('45 Time');
  });

  test('lets one probe through at a time', async () => {
    let isUp = false;
    const desk = new RestDesk((path) => (isUp ? (path === 'Time' ? NEVER : PAIRS) : HTML), { retry: { retries: 0 } });
    for (let i = 0; i < 5; i += 1) await failureOf(desk.outcome(desk.rest.time()));
    await desk.pass(30);
    isUp = true;
    const probe = desk.rest.time();
    await settled();
    expect((await failureOf(desk.outcome(desk.rest.assetPairs()))).code).toBe('KB_KRAKEN_REST_CIRCUIT_OPEN');
    expect((await failureOf(desk.outcome(probe))).code).toBe('KB_KRAKEN_REST_TIMEOUT');
    expect(desk.rest.breakerState).toBe('open');
  });

  test('a repeat that comes while another call tries waits once more', async () => {
    const desk = new RestDesk((_path, count) => (count < 3 ? HTML : count === 3 ? NEVER : TIME), {
      breaker: { failures: 2 },
      timeout: micros(1e6),
    });
    await desk.outcome(Promise.all([desk.rest.time(), desk.rest.time({ deadline: micros(100e6) })]));
    // Both may be repeated from 30 s on. One tries in vain, which opens the breaker for another 30 s.
    expect(desk.requests).toEqual(['0 Time', '0 Time', '30 Time', '61 Time', '61 Time']);
  });

  test.each([LIMITED, UNKNOWN_PAIR, '{"error":["EService:Market in post_only mode"]}', '{"error":[],"result":{}}'])(
    'does not count %s: the service works',
    async (played) => {
      const desk = new RestDesk(() => played, { retry: { retries: 0 }, breaker: { failures: 1 } });
      await failureOf(desk.rest.time());
      expect([desk.rest.breakerState, desk.changes]).toEqual(['closed', []]);
    },
  );

  test('learns nothing from a call that was given up, or had no more time', async () => {
    const desk = new RestDesk((_path, count) => (count < 3 ? NEVER : HTML), { breaker: { failures: 1 } });
    const stop = new AbortController();
    const call = desk.rest.time({ signal: stop.signal });
    await desk.pass(1);
    stop.abort();
    await failureOf(call);
    await failureOf(desk.outcome(desk.rest.time({ deadline: micros(1e6) })));
    expect([desk.rest.breakerState, desk.changes]).toEqual(['closed', []]);
  });

  test('does not take a probe that was given up for an answer', async () => {
    const desk = new RestDesk((_path, count) => (count === 1 ? HTML : NEVER), {
      breaker: { failures: 1 },
      retry: { retries: 0 },
    });
    await failureOf(desk.rest.time());
    await desk.pass(30);
    const stop = new AbortController();
    const probe = desk.rest.time({ signal: stop.signal });
    await desk.pass(1);
    stop.abort();
    await failureOf(probe);
    await settled();
    expect(desk.rest.breakerState).toBe('half-open');
  });
});

describe('turns', () => {
  test('three calls go at once, then one a second', async () => {
    const desk = new RestDesk(venue);
    await desk.outcome(Promise.all([1, 2, 3, 4, 5].map((count) => desk.rest.depth('BTC/USD', { count }))));
    expect(desk.requests.map((request) => request.split(' ')[0])).toEqual(['0', '0', '0', '1', '2']);
  });

  test('never more than the cap in any minute', async () => {
    const desk = new RestDesk(venue, { rateLimit: { calls: 100, per: micros(1e6) }, callsPerMinute: 4 });
    const counts = Array.from({ length: 10 }, (_, i) => i + 1);
    await desk.outcome(
      Promise.all(counts.map((count) => desk.rest.depth('BTC/USD', { count, deadline: micros(600e6) }))),
    );
    expect(desk.requests.map((request) => Number(request.split(' ')[0]))).toEqual([
      0, 0, 0, 0, 60, 60, 60, 60, 120, 120,
    ]);
  });

  test('a full queue refuses, an aborted call makes room', async () => {
    const desk = new RestDesk(venue, { queueLimit: 1 });
    const stop = new AbortController();
    const sent = [1, 2, 3].map((count) => desk.rest.depth('BTC/USD', { count }));
    const waiting = desk.rest.depth('BTC/USD', { count: 4, signal: stop.signal });
    await settled();
    expect(desk.rest.waiting).toBe(1);
    expect(await failureOf(desk.rest.depth('BTC/USD', { count: 5 }))).toMatchObject({
      code: 'KB_KRAKEN_REST_QUEUE_FULL',
      kind: 'rate-limit',
      outcome: 'not-sent',
      attempts: 0,
    });
    stop.abort(new Error('enough'));
    expect(await failureOf(waiting)).toMatchObject({ code: 'KB_KRAKEN_REST_ABORTED', cause: new Error('enough') });
    await settled();
    expect(desk.rest.waiting).toBe(0);
    await desk.outcome(Promise.all([...sent, desk.rest.depth('BTC/USD', { count: 6 })]));
    expect(desk.requests.at(-1)).toBe('1 Depth?pair=XBTUSD&count=6');
  });
});

describe('pairs', () => {
  test.each(['BTC/USD', 'XBT/USD', 'XBTUSD', 'XXBTZUSD'])(
    '%s is known, and comes back as BTC/USD',
    async (spelling) => {
      const desk = new RestDesk(venue);
      expect((await desk.outcome(desk.rest.depth(spelling))).symbol).toBe('BTC/USD');
      expect(desk.requests).toHaveLength(spelling.includes('/') ? 1 : 2);
    },
  );

  test('the list of pairs is asked for once, however many calls need it at the same time', async () => {
    const desk = new RestDesk(venue);
    const all = await desk.outcome(Promise.all(['XXBTZUSD', 'SOLUSD', 'ETHUSD'].map((pair) => desk.rest.depth(pair))));
    expect(all.map(({ symbol }) => symbol)).toEqual(['BTC/USD', 'SOL/USD', 'ETH/USD']);
    expect(desk.requests.filter((request) => request.includes('AssetPairs'))).toHaveLength(1);
    expect(desk.rest.names.symbolOf('XETHZUSD')).toBe('ETH/USD');
  });

  test('a name that nobody has is refused; the list is asked for again when it has aged', async () => {
    const desk = new RestDesk(venue);
    const unknown = { code: 'KB_KRAKEN_REST_UNKNOWN_SYMBOL', outcome: 'not-sent', method: 'Depth' };
    expect(await failureOf(desk.outcome(desk.rest.depth('NOSUCH')))).toMatchObject(unknown);
    expect(await failureOf(desk.outcome(desk.rest.depth('NEITHER')))).toMatchObject(unknown);
    expect(desk.requests).toEqual(['0 AssetPairs']);
    await desk.pass(600);
    expect(await failureOf(desk.outcome(desk.rest.depth('NOSUCH')))).toMatchObject(unknown);
    expect(desk.requests).toEqual(['0 AssetPairs', '600 AssetPairs']);
  });

  test('an answer about another pair is no answer', async () => {
    const desk = new RestDesk((path) => (path.startsWith('Depth') ? DEPTH : PAIRS));
    await desk.rest.assetPairs();
    expect(await failureOf(desk.outcome(desk.rest.depth('ETH/USD')))).toMatchObject({
      code: 'KB_KRAKEN_REST_BAD_ANSWER',
      path: 'result.XXBTZUSD',
    });
  });
});

describe('tickers', () => {
  test('come from the cache for 15 s, pair by pair', async () => {
    const desk = new RestDesk(venue);
    await desk.outcome(desk.rest.assetPairs());
    desk.requests.length = 0;
    const first = await desk.outcome(desk.rest.ticker(['XBTUSD']));
    expect(first.get('BTC/USD')).toMatchObject({ symbol: 'BTC/USD', bid: '1.0', recvTs: desk.scheduler.now() });
    await desk.pass(10);
    const both = await desk.outcome(desk.rest.ticker(['ETH/USD', 'BTC/USD', 'XXBTZUSD']));
    expect([...both].map(([symbol, { bid }]) => [symbol, bid])).toEqual([
      ['BTC/USD', '1.0'],
      ['ETH/USD', '2.0'],
    ]);
    await desk.pass(4.999999);
    await desk.outcome(desk.rest.ticker(['BTC/USD']));
    expect(desk.requests).toEqual(['0 Ticker?pair=XXBTZUSD', '10 Ticker?pair=XETHZUSD']);
    await desk.pass(0.000001);
    expect((await desk.outcome(desk.rest.ticker(['BTC/USD']))).get('BTC/USD')?.bid).toBe('3.0');
    expect(desk.requests).toHaveLength(3);
  });

  test('of all pairs are one call, which fills the cache', async () => {
    const desk = new RestDesk(venue);
    const all = await desk.outcome(desk.rest.ticker());
    expect([...all.keys()]).toEqual(['BTC/USD', 'ETH/USD', 'SOL/USD']);
    await desk.outcome(desk.rest.ticker(['SOL/USD']));
    expect(await desk.outcome(desk.rest.ticker())).toBe(all);
    expect(desk.requests).toEqual(['0 Ticker', '0 AssetPairs']);
    await desk.pass(15);
    await desk.outcome(desk.rest.ticker());
    expect(desk.requests).toEqual(['0 Ticker', '0 AssetPairs', '15 Ticker']);
  });

  test('of several pairs under ids that are not known yet cost the list of pairs', async () => {
    const desk = new RestDesk(venue);
    const found = await desk.outcome(desk.rest.ticker(['ETH/USD', 'BTC/USD']));
    expect([...found.keys()]).toEqual(['BTC/USD', 'ETH/USD']);
    expect(desk.requests).toEqual(['0 Ticker?pair=XBTUSD%2CETHUSD', '0 AssetPairs']);
  });

  test('of no pairs are none, without a call', async () => {
    const desk = new RestDesk(venue);
    expect([(await desk.rest.ticker([])).size, (await desk.rest.assetPairs([])).size, desk.requests]).toEqual([
      0,
      0,
      [],
    ]);
  });

  test('that are missing in the answer are an error', async () => {
    const desk = new RestDesk((path, count) =>
      path.startsWith('Ticker') ? venue('Ticker?pair=SOLUSD', count) : PAIRS,
    );
    expect(await failureOf(desk.outcome(desk.rest.ticker(['SOL/USD', 'BTC/USD'])))).toMatchObject({
      code: 'KB_KRAKEN_REST_BAD_ANSWER',
      message: 'Ticker: BTC/USD not among SOLUSD',
    });
  });

  test('are not kept when there is no time to live', async () => {
    const desk = new RestDesk(venue, { tickerTtl: micros(0) });
    await desk.outcome(desk.rest.ticker(['SOL/USD']));
    await desk.outcome(desk.rest.ticker(['SOL/USD']));
    expect(desk.requests).toHaveLength(2);
  });
});

describe('equal calls at the same time', () => {
  test('share one request; later ones do not', async () => {
    const desk = new RestDesk(venue);
    const [one, two] = await desk.outcome(Promise.all([desk.rest.depth('BTC/USD'), desk.rest.depth('XBT/USD')]));
    expect(one).toBe(two);
    await desk.outcome(desk.rest.depth('BTC/USD'));
    expect(desk.requests).toHaveLength(2);
  });

  test('do not hand an answer on to a call that is made when it has come', async () => {
    const desk = new RestDesk(venue);
    const twice = async (): Promise<unknown> => {
      await desk.rest.depth('BTC/USD');
      return await desk.rest.depth('BTC/USD');
    };
    await desk.outcome(Promise.all([twice(), twice()]));
    expect(desk.requests).toHaveLength(2);
  });

  test('do not stop what is over', async () => {
    const kept: AbortSignal[] = [];
    const start = (signal: AbortSignal): Promise<number> => {
      kept.push(signal);
      return Promise.resolve(kept.length);
    };
    const shared = new SharedCalls<number>();
    expect(await Promise.all([shared.get('a', undefined, start), shared.get('a', undefined, start)])).toEqual([1, 1]);
    expect([await shared.get('a', undefined, start), kept.map(({ aborted }) => aborted)]).toEqual([2, [false, false]]);
  });

  test('fail together', async () => {
    const desk = new RestDesk(() => UNKNOWN_PAIR);
    const failures = await Promise.all([failureOf(desk.rest.time()), failureOf(desk.rest.time())]);
    expect([failures[0] === failures[1], desk.requests.length]).toEqual([true, 1]);
  });

  test('go on for the others when one gives up, and end when all have', async () => {
    let isUp = false;
    const desk = new RestDesk(() => (isUp ? TIME : HTML));
    const stops = [new AbortController(), new AbortController(), new AbortController()] as const;
    const calls = stops.map(({ signal }) => desk.rest.time({ signal }));
    await desk.pass(1);
    stops[0].abort();
    expect((await failureOf(calls[0]!)).code).toBe('KB_KRAKEN_REST_ABORTED');
    isUp = true;
    await desk.outcome(Promise.all(calls.slice(1)));
    expect(desk.requests).toEqual(['0 Time', '2 Time']);
    isUp = false;
    const rest = stops.slice(1).map(({ signal }) => desk.rest.time({ signal }));
    await desk.pass(1);
    for (const stop of stops) stop.abort();
    for (const call of rest) expect((await failureOf(call)).code).toBe('KB_KRAKEN_REST_ABORTED');
    await settled();
    expect(desk.scheduler.nextDue()).toBeUndefined();
  });
});

describe('closing', () => {
  test('ends calls that wait, are under way or come later; twice is fine; no timer is left', async () => {
    const desk = new RestDesk(() => NEVER, { rateLimit: { calls: 1, per: micros(1e6) } });
    const calls: Promise<unknown>[] = [desk.rest.time(), desk.rest.systemStatus()];
    await settled();
    await desk.rest.close();
    await desk.rest.close();
    calls.push(desk.rest.assets());
    const failures = await Promise.all(calls.map(failureOf));
    expect(failures.map(({ code, outcome, attempts }) => [code, outcome, attempts])).toEqual([
      ['KB_KRAKEN_REST_CLOSED', 'unknown', 1],
      ['KB_KRAKEN_REST_CLOSED', 'not-sent', 0],
      ['KB_KRAKEN_REST_CLOSED', 'not-sent', 0],
    ]);
    expect(desk.scheduler.nextDue()).toBeUndefined();
  });

  test('comes with the signal of the options', async () => {
    const stop = new AbortController();
    const desk = new RestDesk(() => NEVER, { signal: stop.signal });
    const call = desk.rest.time();
    stop.abort();
    expect((await failureOf(call)).code).toBe('KB_KRAKEN_REST_CLOSED');
    const late = new RestDesk(() => TIME, { signal: stop.signal });
    expect((await failureOf(late.rest.time())).code).toBe('KB_KRAKEN_REST_CLOSED');
  });

  test('a call with a signal that is aborted already is never sent', async () => {
    const desk = new RestDesk(() => TIME);
    expect((await failureOf(desk.rest.time({ signal: AbortSignal.abort() }))).code).toBe('KB_KRAKEN_REST_ABORTED');
    expect(desk.requests).toEqual([]);
  });
});

test.each([0, -1, 0.5, Number.NaN, Infinity])(
  'a deadline of %d is refused before anything is sent',
  async (deadline) => {
    const desk = new RestDesk(() => TIME);
    // What a caller without types may pass.
    const error = await failureOf(desk.rest.time({ deadline: deadline as Micros }));
    expect(error).toMatchObject({ code: 'KB_KRAKEN_REST_BAD_REQUEST', outcome: 'not-sent' });
    expect(error.message).toContain('deadline');
    expect(desk.requests).toEqual([]);
  },
);

test('a host with several addresses, none of which answers, is named by its code', async () => {
  // As Node tells it: the error of all attempts has a code and no message of its own.
  const all = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:443')], ''), {
    code: 'ECONNREFUSED',
  });
  const desk = new RestDesk(() => new TypeError('fetch failed', { cause: all }), { retry: { retries: 0 } });
  const error = await failureOf(desk.outcome(desk.rest.time()));
  expect(error).toMatchObject({ code: 'KB_KRAKEN_REST_UNREACHABLE', outcome: 'not-sent' });
  expect(error.message).toBe('Time: the network failed: ECONNREFUSED');
});

test('a transport that does not listen is read no further once its call has ended', async () => {
  const scheduler = new VirtualScheduler();
  let chunks = 0;
  let isLeft = false;
  async function* drip(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        await new Promise<void>((resolve) => scheduler.after(micros(1e6), resolve));
        chunks += 1;
        yield Buffer.from('{');
      }
    } finally {
      isLeft = true;
    }
  }
  const fetch: Fetch = () => Promise.resolve({ status: 200, headers: { get: () => null }, body: drip() });
  const rest = new KrakenRest({ scheduler, fetch, retry: { retries: 0 } });
  const failure = failureOf(rest.time());
  for (let second = 0; second < 60; second += 1) {
    scheduler.advance(micros(1e6));
    await settled();
  }
  expect((await failure).code).toBe('KB_KRAKEN_REST_TIMEOUT');
  expect([isLeft, chunks <= 11]).toEqual([true, true]);
});

test('all mistakes in options are told at once', () => {
  const options = {
    baseUrl: 'ftp://me@kraken',
    timeout: micros(0),
    rateLimit: { calls: 0, per: micros(1) },
    retry: { retries: 6, jitter: 2 },
    breaker: { failures: 0.5 },
    maxBodyBytes: Number.NaN,
  };
  expect(() => new KrakenRest(options)).toThrow(expect.objectContaining({ code: 'KB_KRAKEN_REST_BAD_OPTIONS' }));
  expect(() => new KrakenRest(options)).toThrow(
    /timeout.*rateLimit\.calls.*retry\.retries.*breaker\.failures.*maxBodyBytes.*jitter.*baseUrl/s,
  );
});

test('the codes are all different', () => {
  expect(new Set(REST_ERROR_CODES).size).toBe(REST_ERROR_CODES.length);
});
