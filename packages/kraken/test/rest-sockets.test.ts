import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { micros, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenRest, RestError } from '../src/index.ts';
import type { KrakenRestOptions } from '../src/index.ts';
import { deadPort, HttpDesk } from './support/http-desk.ts';

const TIME = '{"error":[],"result":{"unixtime":1795000000,"rfc1123":""}}';
const DEPTH = '{"error":[],"result":{"XXBTZUSD":{"asks":[],"bids":[]}}}';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (body: string | Uint8Array, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

/** Time stands still unless a test moves it: no time-out and no back-off comes by itself. */
async function withServer(
  answer: Answer,
  run: (rest: KrakenRest, desk: HttpDesk, scheduler: VirtualScheduler) => Promise<void>,
  options: Partial<KrakenRestOptions> = {},
): Promise<void> {
  const desk = await HttpDesk.open(answer);
  const scheduler = new VirtualScheduler(micros(1_795_000_000e6));
  const plenty = { rateLimit: { calls: 100, per: micros(1e6) }, callsPerMinute: 1000, retry: { retries: 0 } };
  const rest = new KrakenRest({ baseUrl: desk.url, scheduler, ...plenty, ...options });
  try {
    await run(rest, desk, scheduler);
  } finally {
    await rest.close();
    await desk.close();
  }
}

async function failureOf(call: Promise<unknown>): Promise<RestError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RestError)) throw new Error('Expected a RestError', { cause: error });
  return error;
}

describe('connections', () => {
  test('one after the other, twenty calls use two at most', async () => {
    await withServer(json(TIME), async (rest, desk) => {
      for (let i = 0; i < 20; i += 1) expect((await rest.time()).venueTs).toBe(1_795_000_000e6);
      expect(desk.requests).toHaveLength(20);
      // undici counts a connection as busy for a moment after the answer, in which the next call is made here.
      expect(desk.sockets).toBeLessThanOrEqual(2);
    });
  });

  test('all at once, twenty calls use four', async () => {
    await withServer(json(DEPTH), async (rest, desk) => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => rest.depth('BTC/USD', { count: i + 1 })));
      expect([desk.requests.length, desk.sockets]).toEqual([20, 4]);
    });
  });

  test('end with the client', async () => {
    await withServer(json(TIME), async (rest, desk) => {
      await rest.time();
      expect(desk.ended).toBe(0);
      await rest.close();
      await desk.emptied();
      expect(desk.ended).toBe(1);
    });
  });

  test('end with a call that is given up, so that nothing of it comes later', async () => {
    await withServer(
      () => undefined,
      async (rest, desk) => {
        const stop = new AbortController();
        const call = rest.time({ signal: stop.signal });
        await desk.arrivals(1);
        stop.abort();
        expect((await failureOf(call)).code).toBe('KB_KRAKEN_REST_ABORTED');
        await desk.emptied();
        expect(desk.ended).toBe(1);
      },
    );
  });
});

describe('a server that fails', () => {
  test('by saying nothing is timed out after 10 s, and its connection dropped', async () => {
    await withServer(
      () => undefined,
      async (rest, desk, scheduler) => {
        const call = failureOf(rest.time());
        await desk.arrivals(1);
        scheduler.advance(micros(10e6 - 1));
        expect(desk.ended).toBe(0);
        scheduler.advance(micros(1));
        expect(await call).toMatchObject({ code: 'KB_KRAKEN_REST_TIMEOUT', kind: 'network', outcome: 'unknown' });
        await desk.emptied();
        expect(desk.ended).toBe(1);
      },
    );
  });

  test('in the middle of its answer is timed out too', async () => {
    await withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(TIME.slice(0, 20));
      },
      async (rest, desk, scheduler) => {
        const call = failureOf(rest.time());
        await desk.arrivals(1);
        scheduler.advance(micros(10e6));
        expect((await call).code).toBe('KB_KRAKEN_REST_TIMEOUT');
      },
    );
  });

  test('by resetting the connection is a network error of unknown outcome', async () => {
    await withServer(
      (request) => void request.socket.destroy(),
      async (rest) => {
        const error = await failureOf(rest.time());
        expect(error).toMatchObject({ code: 'KB_KRAKEN_REST_UNREACHABLE', kind: 'network', outcome: 'unknown' });
        expect(error.cause).toBeInstanceOf(Error);
      },
    );
  });

  test('by ending too early is a network error', async () => {
    await withServer(
      (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write(TIME, () => request.socket.destroy());
      },
      async (rest) => {
        expect(await failureOf(rest.time())).toMatchObject({ code: 'KB_KRAKEN_REST_UNREACHABLE', retryable: true });
      },
    );
  });

  test('by not being there is known not to have got the request', async () => {
    const scheduler = new VirtualScheduler();
    const rest = new KrakenRest({ baseUrl: `http://127.0.0.1:${await deadPort()}`, scheduler, retry: { retries: 0 } });
    const error = await failureOf(rest.time());
    expect(error).toMatchObject({ code: 'KB_KRAKEN_REST_UNREACHABLE', outcome: 'not-sent', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
    await rest.close();
  });

  test('with 64 MiB is cut at 8 MiB, and its connection dropped', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(2 ** 20, ' ');
    await withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (error?: Error | null): void => {
          if (sent >= 64 * 2 ** 20 || (error ?? undefined) !== undefined) return;
          sent += chunk.length;
          response.write(chunk, more);
        };
        more();
      },
      async (rest, desk) => {
        expect(await failureOf(rest.time())).toMatchObject({ code: 'KB_KRAKEN_REST_TOO_LARGE', retryable: false });
        await desk.emptied();
        expect(sent).toBeLessThan(32 * 2 ** 20);
      },
    );
  });

  test('with little that unpacks to 64 MiB is cut as well', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '));
    await withServer(json(bomb, { 'content-encoding': 'gzip' }), async (rest) => {
      expect((await failureOf(rest.time())).code).toBe('KB_KRAKEN_REST_TOO_LARGE');
    });
  });

  test.each<[string, Answer, string]>([
    [
      'HTML and 502',
      (_request, response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
      'HTTP_STATUS',
    ],
    ['HTML and 200', json('<html>', { 'content-type': 'text/html' }), 'NOT_JSON'],
    ['half of its JSON', json(TIME.slice(0, 30)), 'BAD_JSON'],
    [
      'a redirect',
      (_request, response) => void response.writeHead(301, { location: '/elsewhere' }).end(),
      'HTTP_STATUS',
    ],
  ])('with %s is told, and the connection kept', async (_name, answer, code) => {
    await withServer(answer, async (rest, desk) => {
      for (let i = 0; i < 5; i += 1) expect((await failureOf(rest.time())).code).toBe(`KB_KRAKEN_REST_${code}`);
      expect(desk.requests).toHaveLength(5);
      expect(desk.sockets).toBeLessThanOrEqual(2);
    });
  });
});

test('compressed answers are read', async () => {
  await withServer(json(gzipSync(TIME), { 'content-encoding': 'gzip' }), async (rest) => {
    expect((await rest.time()).venueTs).toBe(1_795_000_000e6);
  });
});

test('the base URL may have a path, and the built-in fetch is a transport too', async () => {
  await withServer(json(TIME), async (_rest, desk) => {
    const rest = new KrakenRest({
      baseUrl: `${desk.url}/proxy/`,
      fetch: globalThis.fetch,
      scheduler: new VirtualScheduler(),
    });
    expect((await rest.time()).venueTs).toBe(1_795_000_000e6);
    expect(desk.requests).toEqual(['/proxy/0/public/Time']);
    await rest.close();
  });
});
