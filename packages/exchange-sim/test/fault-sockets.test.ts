import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemScheduler } from '@kb/kraken';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FaultInjector } from '../src/faults/fault-injector.ts';
import { parseFaults } from '../src/faults/fault-spec.ts';
import { DEMO_MARKET, listen, scaledScheduler, SimExchange } from '../src/index.ts';
import type { Listening } from '../src/index.ts';
import { certificateIn } from '../src/tls/certificate.ts';
import { PlainBook } from './plain-book.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

interface Server extends Listening {
  readonly exchange: SimExchange;
  readonly injector: FaultInjector;
  inject(...faults: string[]): void;
}

/** An exchange on a clock ten times as fast, and faults on the same clock, behind real sockets. */
async function serve(tls?: { readonly key: string; readonly cert: string }): Promise<Server> {
  const scheduler = scaledScheduler(systemScheduler(), 10);
  const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler });
  const injector = new FaultInjector({ scheduler, seed: 1, target: exchange });
  exchange.start();
  const server = await listen({
    accept: injector.wrap(exchange.accept),
    acceptV1: injector.wrap(exchange.acceptV1),
    rest: injector.wrapRest(exchange.rest),
    faults: injector,
    ...(tls === undefined ? {} : { tls }),
  });
  open.push(() => {
    injector.clear();
    exchange.stop();
    return server.close();
  });
  const inject = (...faults: string[]): void => {
    for (const spec of parseFaults(faults)) injector.inject(spec);
  };
  return { ...server, exchange, injector, inject };
}

async function subscribed(server: Listening, options: WebSocket.ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(server.url, options);
  open.push(() => socket.terminate());
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}');
  await once(socket, 'message');
  return socket;
}

/** A client that does WebSocket by hand, and sees bytes where libraries show frames. */
async function rawClient(server: Listening): Promise<{ socket: Socket; bytes: () => Buffer }> {
  const socket = connect({ host: '127.0.0.1', port: server.port });
  open.push(() => socket.destroy());
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  while (!Buffer.concat(chunks).includes('"channel":"status"')) await once(socket, 'data');
  const whole = Buffer.concat(chunks);
  chunks.splice(0, Infinity, whole.subarray(whole.indexOf('\r\n\r\n') + 4));
  socket.write(masked('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}'));
  return { socket, bytes: () => Buffer.concat(chunks) };
}

/** A client's text frame of up to 125 bytes, with a mask of zeros. */
function masked(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** Payloads of whole frames, and how much of the last one is missing: 0 when it is whole. */
function framesOf(bytes: Buffer): { payloads: string[]; missing: number } {
  const payloads: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) return { payloads, missing: 4 };
    const short = bytes.readUInt8(at + 1);
    const [head, length] = short < 126 ? [2, short] : [4, bytes.readUInt16BE(at + 2)];
    if (at + head + length > bytes.length) return { payloads, missing: at + head + length - bytes.length };
    payloads.push(bytes.subarray(at + head, at + head + length).toString());
    at += head + length;
  }
  return { payloads, missing: 0 };
}

async function refusal(server: Listening): Promise<[status: number | undefined, retryAfter: string | undefined]> {
  const socket = new WebSocket(server.url);
  socket.on('error', () => undefined);
  open.push(() => socket.terminate());
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return [response.statusCode, response.headers['retry-after']];
}

/** Resolves when a server's clients are gone. */
async function nobodyLeft(exchange: SimExchange): Promise<void> {
  while (exchange.clients > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('over real sockets', () => {
  test('reset: half of a frame, then a TCP reset', async () => {
    const server = await serve();
    const { socket, bytes } = await rawClient(server);
    while (framesOf(bytes()).payloads.length < 5) await once(socket, 'data');
    server.inject('reset');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect(framesOf(bytes()).missing).toBeGreaterThan(0);
    await nobodyLeft(server.exchange);
    await subscribed(server);
  });

  test('halfopen: not even pongs come, and the server drops the connection later', async () => {
    const server = await serve();
    const socket = await subscribed(server);
    await once(socket, 'message');
    server.inject('halfopen=5s');
    const heard: unknown[] = [];
    socket.on('message', (data) => heard.push(data));
    socket.on('pong', () => heard.push('pong'));
    socket.ping();
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1006);
    // What was under way may still have come.
    expect(heard.filter((each) => each === 'pong')).toEqual([]);
    await nobodyLeft(server.exchange);
  });

  test('halfopen: a client that gives up is forgotten in time, though the server never heard of it', async () => {
    const server = await serve();
    const socket = await subscribed(server);
    server.inject('halfopen=10s');
    socket.close();
    socket.terminate();
    await once(socket, 'close');
    // Two round trips: a server that still reads would have heard of it.
    for (let count = 0; count < 2; count += 1) await fetch(`${server.restUrl}/0/public/Time`);
    expect(server.exchange.clients).toBe(1);
    await nobodyLeft(server.exchange);
    expect(server.injector.log.map(({ what }) => what)).toEqual(['began', 'struck the connection']);
  });

  test('drip: frames come in pieces, whole in the end', async () => {
    const server = await serve();
    const { socket, bytes } = await rawClient(server);
    while (framesOf(bytes()).payloads.length < 5) await once(socket, 'data');
    const pieces: number[] = [];
    socket.on('data', (chunk: Buffer) => pieces.push(chunk.length));
    server.inject('drip=20');
    // What was under way comes first; then a byte or two each time.
    while (pieces.length < 20 || pieces.slice(-10).some((length) => length > 4)) await once(socket, 'data');
    expect(framesOf(bytes()).missing).toBeGreaterThan(0);
    server.injector.clear('drip');
    const before = framesOf(bytes()).payloads.length;
    while (framesOf(bytes()).payloads.length < before + 50) await once(socket, 'data');
    const book = new PlainBook(10);
    const books = framesOf(bytes()).payloads.filter((frame) => frame.startsWith('{"channel":"book"'));
    expect(books.map((frame) => book.apply(frame)).filter((problem) => problem !== '')).toEqual([]);
  });

  test('drip: a client that cannot be closed in time is cut', async () => {
    const server = await serve();
    const socket = await subscribed(server);
    const closed = once(socket, 'close') as Promise<[number]>;
    server.inject('drip=1');
    server.exchange.stop();
    await server.close();
    expect((await closed)[0]).toBe(1006);
  });

  test('handshake: the status and how long to wait', async () => {
    const server = await serve();
    server.inject('handshake=403', 'handshake=429:30s', 'handshake');
    expect([await refusal(server), await refusal(server), await refusal(server)]).toEqual([
      [403, undefined],
      [429, '30'],
      [503, '5'],
    ]);
    await subscribed(server);
  });

  test('handshake=tls: the connection is cut before a byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kb-fault-'));
    open.push(() => rm(folder, { recursive: true }));
    const tls = await certificateIn(folder);
    const server = await serve(tls);
    server.inject('handshake=tls');
    const cut = new WebSocket(server.url, { ca: tls.cert });
    const [error] = (await once(cut, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    await subscribed(server, { ca: tls.cert });
    const plain = await serve();
    plain.inject('handshake=tls');
    await expect(fetch(plain.restUrl)).rejects.toThrow('fetch failed');
  });

  test('reset and drip work below TLS, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kb-fault-'));
    open.push(() => rm(folder, { recursive: true }));
    const tls = await certificateIn(folder);
    const server = await serve(tls);
    const socket = await subscribed(server, { ca: tls.cert });
    server.inject('drip=50,for=1s');
    const closed = once(socket, 'close') as Promise<[number]>;
    while (server.injector.active.length > 0) await once(socket, 'message');
    server.inject('reset');
    expect((await closed)[0]).toBe(1006);
    await nobodyLeft(server.exchange);
  });

  test('flap: connections are reset some time after they were made', async () => {
    const server = await serve();
    server.inject('flap=1s');
    const codes: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const socket = await subscribed(server);
      const [code] = (await once(socket, 'close')) as [number];
      codes.push(code);
    }
    expect(codes).toEqual([1006, 1006, 1006]);
    server.injector.clear();
    await nobodyLeft(server.exchange);
  });

  test.each([1000, 1001, 1008, 1011, 1012, 1013])('close: %s and its reason', async (code) => {
    const server = await serve();
    const socket = await subscribed(server);
    server.inject(`close=${code}`);
    const [heard, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([heard, reason.length > 0]).toEqual([code, true]);
  });

  test('huge: 64 MiB in a frame; a client with a limit refuses it with 1009', async () => {
    const server = await serve();
    const [limited, endless] = [await subscribed(server, { maxPayload: 2 ** 20 }), await subscribed(server)];
    server.inject('huge,count=2');
    const error = once(limited, 'error') as Promise<[Error & { code: string }]>;
    const sizes: number[] = [];
    while (Math.max(0, ...sizes) < 2 ** 20) sizes.push(((await once(endless, 'message')) as [Buffer])[0].length);
    expect(Math.max(...sizes)).toBe(64 * 2 ** 20);
    // It is not taken for a slow consumer.
    for (let count = 0; count < 50; count += 1) await once(endless, 'message');
    expect(endless.readyState).toBe(WebSocket.OPEN);
    expect((await error)[0].code).toBe('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
  });

  test('garbage=utf8: a client refuses it', async () => {
    const server = await serve();
    const socket = await subscribed(server);
    server.inject('garbage=utf8');
    const [error] = (await once(socket, 'error')) as [Error & { code: string }];
    expect(error.code).toBe('WS_ERR_INVALID_UTF8');
  });

  test('delay and stall hold frames back, and nothing is lost', async () => {
    const server = await serve();
    const socket = new WebSocket(server.url);
    open.push(() => socket.terminate());
    const book = new PlainBook(10);
    const problems: string[] = [];
    socket.on('message', (data: Buffer) => {
      const frame = data.toString();
      if (frame.startsWith('{"channel":"book"')) problems.push(book.apply(frame));
    });
    await once(socket, 'open');
    socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}');
    server.inject('delay=500ms,for=5s', 'stall@2s,for=2s');
    while (server.injector.active.length > 0 || problems.length < 300) await once(socket, 'message');
    expect(problems.filter((problem) => problem !== '')).toEqual([]);
  });

  test('REST: an HTML page, an answer that comes too late, and none at all', async () => {
    const server = await serve();
    const time = `${server.restUrl}/0/public/Time`;
    server.inject('html=520');
    const page = await fetch(time);
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      520,
      'text/html; charset=UTF-8',
      expect.stringContaining('<!DOCTYPE html>'),
    ]);
    server.inject('restcut');
    await expect(fetch(time)).rejects.toThrow('fetch failed');
    server.inject('timeout=10s');
    await expect(fetch(time, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: 'TimeoutError' });
    server.inject('timeout=1s');
    expect(await (await fetch(time)).json()).toMatchObject({ error: [] });
  });
});
