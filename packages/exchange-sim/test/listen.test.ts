import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { systemScheduler } from '@kb/kraken';
import type { Accept } from '@kb/kraken';
import { micros, VirtualScheduler } from '@kb/model';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DEMO_MARKET, listen, scaledScheduler, SimExchange } from '../src/index.ts';
import { ConnectionLimit } from '../src/access/connection-limit.ts';
import type { Listening } from '../src/index.ts';
import type { HttpOutcome } from '../src/listen/http-answers.ts';
import type { HttpRequest, HttpResponse } from '../src/rest/http.ts';
import { PlainBook } from './plain-book.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function serve(maxPayload?: number): Promise<{ server: Listening; exchange: SimExchange }> {
  // Ten times the real speed, on one clock for all: minutes of market in a moment of test.
  const scheduler = scaledScheduler(systemScheduler(), 10);
  const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler });
  exchange.start();
  const server = await listen({ accept: exchange.accept, ...(maxPayload === undefined ? {} : { maxPayload }) });
  open.push(
    () => exchange.stop(),
    () => server.close(),
  );
  return { server, exchange };
}

const nobody: Accept = () => ({ onMessage: () => undefined, onClose: () => undefined });

function greeting(text: string): Accept {
  return (socket) => {
    socket.send(text);
    return nobody(socket);
  };
}

async function dial(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  open.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

describe('listen', () => {
  test('serves text frames over a real socket, on loopback', async () => {
    const { server } = await serve();
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}/v2`);
    const socket = await dial(server.url);
    socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25}}');
    const book = new PlainBook(25);
    let frames = 0;
    await new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer, binary) => {
        const text = data.toString('utf8');
        if (binary) reject(new Error('binary frame'));
        if (!text.startsWith('{"channel":"book"')) return;
        const problem = book.apply(text);
        frames += 1;
        if (problem !== '') reject(new Error(problem));
        if (frames === 100) resolve();
      });
    });
    expect(book.bids).toHaveLength(25);
  });

  test('takes any path that ends in /v2, and answers 404 to others', async () => {
    const { server } = await serve();
    const base = `ws://127.0.0.1:${server.port}`;
    await dial(`${base}/some/where/v2?x=1`);
    const refused = new WebSocket(`${base}/v1`);
    const [error] = (await once(refused, 'error')) as [Error];
    expect(error.message).toContain('404');
    const plain = await fetch(`http://127.0.0.1:${server.port}/v2`);
    expect(plain.status).toBe(426);
  });

  test('a port in use is a coded error that says what to do', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    open.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: new VirtualScheduler() });
    await expect(listen({ accept: exchange.accept, port })).rejects.toMatchObject({
      code: 'KB_SIM_PORT_IN_USE',
      message: `Port ${port} on 127.0.0.1 is in use`,
      hint: 'Choose another port, or 0 for a free one.',
    });
  });

  test('an address that is not ours is a coded error', async () => {
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: new VirtualScheduler() });
    await expect(listen({ accept: exchange.accept, host: '192.0.2.1', allowRemote: true })).rejects.toMatchObject({
      code: 'KB_SIM_CANNOT_LISTEN',
    });
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.example.com', '::ffff:10.0.0.1', 'example.com', ''])(
    'does not listen where others can reach it: %s',
    async (host) => {
      await expect(listen({ accept: nobody, host })).rejects.toMatchObject({
        code: 'KB_SIM_BAD_OPTION',
        message: `Other machines can reach ${host}, and the exchange trusts its clients`,
        hint: 'Listen on 127.0.0.1, or allow remote clients explicitly.',
      });
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', 'localhost'])('listens on %s without being asked twice', async (host) => {
    const server = await listen({ accept: nobody, host });
    open.push(() => server.close());
    expect((await fetch(`http://${host}:${server.port}/`)).status).toBe(426);
  });

  test('a message beyond the limit closes its sender with 1009, and nobody else', async () => {
    const { server, exchange } = await serve(1000);
    const [big, other] = [await dial(server.url), await dial(server.url)];
    big.send('x'.repeat(2000));
    const [code] = (await once(big, 'close')) as [number];
    expect(code).toBe(1009);
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.send('{"method":"ping","req_id":1}');
    await once(other, 'message');
    expect(exchange.clients).toBe(1);
  });

  test('an aborted client leaves the exchange', async () => {
    const { server, exchange } = await serve();
    const socket = await dial(server.url);
    socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}');
    await once(socket, 'message');
    expect(exchange.clients).toBe(1);
    const gone = new Promise<void>((resolve) => {
      const look = (): void => (exchange.clients === 0 ? resolve() : void setImmediate(look));
      look();
    });
    socket.terminate();
    await gone;
  });

  test('close says goodbye to all clients, frees the port, and closing twice is fine', async () => {
    const { server } = await serve();
    const socket = await dial(server.url);
    const closed = once(socket, 'close');
    await Promise.all([server.close(), server.close()]);
    const [code] = (await closed) as [number];
    expect(code).toBe(1001);
    const again = await listen({ accept: nobody, port: server.port });
    await again.close();
  });

  test.each([
    ['says nothing', ''],
    ['stops in the middle of its request', 'GET /v2 HTTP/1.1\r\nHost: x\r\n'],
    [
      'was refused and does not hang up',
      'GET /v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
  ])('close does not wait for a connection that %s', { timeout: 5000 }, async (_what, request) => {
    const { server } = await serve();
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    open.push(() => socket.destroy());
    await once(socket, 'connect');
    socket.write(request);
    // An answered request on a later connection: the server has read the one before by then.
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(426);
    await server.close();
  });
});

describe('one port for everything', () => {
  const echo = (request: HttpRequest): HttpResponse => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'x-kind': 'echo' },
    body: JSON.stringify({
      ...request,
      headers: request.headers['api-key'],
      body: Buffer.from(request.body).toString(),
    }),
  });

  test('v2 is at any path that ends in /v2, v1 at / and /v1, and nothing elsewhere', async () => {
    const server = await listen({ accept: greeting('two'), acceptV1: greeting('one'), rest: echo });
    open.push(() => server.close());
    expect(server).toMatchObject({
      url: `ws://127.0.0.1:${server.port}/v2`,
      wsUrl: `ws://127.0.0.1:${server.port}`,
      restUrl: `http://127.0.0.1:${server.port}`,
    });
    const said = async (path: string): Promise<string> => {
      const socket = new WebSocket(`${server.wsUrl}${path}`);
      open.push(() => socket.terminate());
      return once(socket, 'message').then(
        ([data]: unknown[]) => String(data),
        (error: Error) => error.message,
      );
    };
    expect(await Promise.all(['/v2', '/ws/v2?x=1', '', '/', '/v1', '/v3', '/v2/'].map(said))).toEqual([
      'two',
      'two',
      'one',
      'one',
      'one',
      'Unexpected server response: 404',
      'Unexpected server response: 404',
    ]);
  });

  test('a plain request is read whole and handed to REST as it was sent', async () => {
    const server = await listen({ accept: nobody, rest: echo });
    open.push(() => server.close());
    const answer = await fetch(`${server.restUrl}/0/private/AddOrder?a=%2B&b=1?2`, {
      method: 'POST',
      headers: { 'API-Key': 'k1' },
      body: 'nonce=1&pair=XBTUSD&x=%2B',
    });
    expect([answer.status, answer.headers.get('x-kind')]).toEqual([200, 'echo']);
    expect(await answer.json()).toEqual({
      method: 'POST',
      path: '/0/private/AddOrder',
      query: 'a=%2B&b=1?2',
      headers: 'k1',
      body: 'nonce=1&pair=XBTUSD&x=%2B',
      remote: '127.0.0.1',
    });
  });

  test('REST may answer later, or not at all', async () => {
    const answers: ((outcome: HttpOutcome) => void)[] = [];
    const server = await listen({
      accept: nobody,
      rest: (request) => (request.path === '/cut' ? 'cut' : new Promise((resolve) => answers.push(resolve))),
    });
    open.push(() => server.close());
    await expect(fetch(`${server.restUrl}/cut`)).rejects.toThrow('fetch failed');
    const later = fetch(`${server.restUrl}/later`);
    await fetch(`${server.restUrl}/cut`).catch(() => undefined);
    expect(answers).toHaveLength(1);
    answers[0]?.({ status: 503, headers: {}, body: new Uint8Array([104, 105]) });
    const answer = await later;
    expect([answer.status, await answer.text()]).toEqual([503, 'hi']);
  });

  test('a body of a mebibyte is read; a longer one is answered with 413 and reaches nobody', async () => {
    const sizes: number[] = [];
    const server = await listen({
      accept: nobody,
      rest: ({ body }) => {
        sizes.push(body.length);
        return { status: 200, headers: {}, body: '' };
      },
    });
    open.push(() => server.close());
    const post = async (length: number): Promise<number> =>
      (await fetch(server.restUrl, { method: 'POST', body: Buffer.alloc(length) })).status;
    expect(await post(2 ** 20)).toBe(200);
    expect(await post(2 ** 20 + 1)).toBe(413);
    expect(sizes).toEqual([2 ** 20]);
  });

  test('an address that connects too often is refused with 429 and told how long to wait', async () => {
    const asked: string[] = [];
    const limit = new ConnectionLimit(2);
    const server = await listen({
      accept: nobody,
      gate: (remote) => {
        asked.push(remote);
        return limit.admit(remote, micros(0)) ? undefined : limit.retryAfter(remote, micros(0));
      },
    });
    open.push(() => server.close());
    await dial(server.url);
    await dial(server.url);
    const refused = new WebSocket(server.url);
    refused.on('error', () => undefined);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([response.statusCode, response.headers['retry-after']]).toEqual([429, '600']);
    expect(asked).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  test('close does not wait for an answer that comes later', { timeout: 5000 }, async () => {
    const asked = Promise.withResolvers<undefined>();
    const server = await listen({
      accept: nobody,
      rest: () => {
        asked.resolve(undefined);
        return new Promise(() => undefined);
      },
    });
    const never = fetch(server.restUrl);
    await asked.promise;
    await Promise.all([server.close(), expect(never).rejects.toThrow('fetch failed')]);
  });
});

test('scaledScheduler makes time run faster, and refuses a speed of nothing', () => {
  const base = new VirtualScheduler();
  const fast = scaledScheduler(base, 60);
  let ran = 0;
  fast.after(60_000_000 as never, () => (ran = fast.now()));
  base.advance(1_000_000 as never);
  expect([ran, fast.now()]).toEqual([60_000_000, 60_000_000]);
  expect(() => scaledScheduler(base, 0)).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }));
});
