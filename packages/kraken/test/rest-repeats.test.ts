import { keyedRandom, micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { NEVER, RestDesk, settled } from './support/rest-desk.ts';
import type { Played } from './support/rest-desk.ts';
import { TIME, BUSY, LIMITED, UNKNOWN_PAIR, HTML, PAIRS, venue, failureOf } from './support/rest-venue.ts';

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

  test('who comes while another call tries is refused at once, and uses up no turn', async () => {
    const desk = new RestDesk((_path, count) => (count < 6 ? HTML : NEVER), { retry: { retries: 0 } });
    for (let i = 0; i < 5; i += 1) await failureOf(desk.outcome(desk.rest.time()));
    await desk.pass(30);
    const { seconds } = desk;
    void failureOf(desk.rest.time());
    await settled();
    for (let i = 0; i < 9; i += 1) {
      // Another deadline, so that no two share a call.
      const refused = failureOf(desk.rest.time({ deadline: micros(60e6 + i) }));
      expect((await desk.outcome(refused)).code).toBe('KB_KRAKEN_REST_CIRCUIT_OPEN');
    }
    expect([desk.seconds, desk.requests.length]).toEqual([seconds, 6]);
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
