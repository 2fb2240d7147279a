import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { SharedCalls } from '../src/rest/shared-calls.ts';
import { RestDesk, settled } from './support/rest-desk.ts';
import { TIME, UNKNOWN_PAIR, HTML, PAIRS, venue, failureOf } from './support/rest-venue.ts';

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

  test('of all pairs are told but for those that cannot be read, which are warnings', async () => {
    const desk = new RestDesk((path, count) => {
      const played = venue(path, count);
      return path === 'Ticker' && typeof played === 'string' ? played.replace('"o":"9"', '"o":null') : played;
    });
    const all = await desk.outcome(desk.rest.ticker());
    expect([...all.keys()]).toEqual(['ETH/USD', 'SOL/USD']);
    expect(desk.calls[0]).toMatchObject({ outcome: 'ok', warnings: ['result.XXBTZUSD: "o" is missing'] });
    const strict = new RestDesk((path, count) => {
      const played = venue(path, count);
      return path.startsWith('Ticker') && typeof played === 'string' ? played.replace('"o":"9"', '"o":null') : played;
    });
    // Who asks for some wants each of them.
    expect(await failureOf(strict.outcome(strict.rest.ticker(['BTC/USD', 'ETH/USD'])))).toMatchObject({
      path: 'result.XXBTZUSD',
    });
    const error = await failureOf(
      desk.outcome(
        new RestDesk((path) => (path === 'Ticker' ? '{"error":[],"result":{"A":{},"B":{}}}' : PAIRS)).rest.ticker(),
      ),
    );
    expect(error).toMatchObject({ code: 'KB_KRAKEN_REST_BAD_ANSWER', path: 'result.A' });
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
