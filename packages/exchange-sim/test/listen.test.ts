import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { systemScheduler } from '@kb/kraken';
import type { ServerSocket } from '@kb/kraken';
import { VirtualScheduler } from '@kb/model';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DEMO_MARKET, listen, scaledScheduler, SimExchange } from '../src/index.ts';
import type { Listening } from '../src/index.ts';
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
    await expect(listen({ accept: exchange.accept, host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'KB_SIM_CANNOT_LISTEN',
    });
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
    const again = await listen({
      accept: (_socket: ServerSocket) => ({ onMessage: () => {}, onClose: () => {} }),
      port: server.port,
    });
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

test('scaledScheduler makes time run faster, and refuses a speed of nothing', () => {
  const base = new VirtualScheduler();
  const fast = scaledScheduler(base, 60);
  let ran = 0;
  fast.after(60_000_000 as never, () => (ran = fast.now()));
  base.advance(1_000_000 as never);
  expect([ran, fast.now()]).toEqual([60_000_000, 60_000_000]);
  expect(() => scaledScheduler(base, 0)).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }));
});
