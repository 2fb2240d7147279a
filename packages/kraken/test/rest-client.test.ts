import { micros, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenRest, REST_ERROR_CODES } from '../src/index.ts';
import type { Fetch } from '../src/index.ts';
import { NEVER, RestDesk, settled } from './support/rest-desk.ts';
import { TIME, UNKNOWN_PAIR, PAIRS, DEPTH, venue, failureOf } from './support/rest-venue.ts';

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

  test('one that cannot be read does not cost the others their names', async () => {
    const desk = new RestDesk((path, count) =>
      path === 'AssetPairs' ? PAIRS.replace('"pair_decimals":1', '"pair_decimals":"one"') : venue(path, count),
    );
    expect([...(await desk.outcome(desk.rest.assetPairs())).keys()]).toEqual(['ETH/USD', 'SOL/USD']);
    expect(desk.calls[0]?.warnings).toEqual(['result.XXBTZUSD.pair_decimals: expected a whole number, was "one"']);
    await desk.outcome(desk.rest.depth('SOLUSD'));
    expect(desk.requests.at(-1)).toMatch(/Depth\?pair=SOLUSD/);
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
