/**
 * Frames delivered a second by the whole exchange: ten clients, each following twenty books at depth 10, over real sockets on
 * loopback. The clients are in a thread of their own and only count. The exchange is taken through virtual time second by second, as
 * fast as it goes: flow, matching, ladders, checksums and frames included; a second is over when its last frame has been received.
 * The floor, round by round in turn with it: frames with the same bytes, made beforehand, sent to as many clients by bare `ws`.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Accept, ServerSocket } from '@kb/kraken';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { median } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import { DEMO_MARKET, listen, SimExchange } from '../src/index.ts';
import type { Order } from './fan-out-clients.ts';

const CLIENTS = 10;
const BOOKS = 20;
const SYMBOLS: readonly string[] = Array.from(
  { length: BOOKS },
  (_, index) => `B${String(index).padStart(2, '0')}/USD`,
);

export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const scheduler = new VirtualScheduler(micros(0));
  const exchange = new SimExchange({
    markets: SYMBOLS.map((symbol) => ({ ...DEMO_MARKET, instrument: { ...DEMO_MARKET.instrument, symbol } })),
    seed: 1,
    scheduler,
  });
  const outbox = new Outbox(exchange.accept);
  const served = await listen({ accept: outbox.accept });
  const bare = await BareServer.open();
  const audience = new Audience();
  try {
    await audience.connect({ url: served.url, clients: CLIENTS, request: SUBSCRIBE });
    await outbox.holds(CLIENTS * (1 + 2 * BOOKS)); // a status each, then answers and snapshots
    await audience.time(() => outbox.take().length);
    await audience.connect({ url: bare.url, clients: CLIENTS, request: undefined });
    exchange.start();

    const rates: { readonly exchange: number; readonly bare: number; readonly ratio: number }[] = [];
    for (let round = options.smoke ? 0 : -3; round < (options.smoke ? 3 : 25); round += 1) {
      let frames: readonly Sent[] = [];
      const ours = await audience.time(() => {
        scheduler.advance(micros(SECOND));
        frames = outbox.take();
        return frames.length;
      });
      const theirs = await audience.time(() => bare.send(frames));
      if (round < 0) continue;
      rates.push({ exchange: frames.length / ours, bare: frames.length / theirs, ratio: theirs / ours });
    }
    return [
      {
        name: `exchange to ${CLIENTS} clients of ${BOOKS} books, depth 10`,
        median: median(rates.map((rate) => rate.exchange)),
        unit: 'frames/s',
        against: 'bare ws',
        ratio: median(rates.map(({ ratio }) => ratio)),
      },
      {
        name: 'the same bytes sent by bare ws',
        median: median(rates.map((rate) => rate.bare)),
        unit: 'frames/s',
        against: undefined,
        ratio: undefined,
      },
    ];
  } finally {
    await audience.close();
    bare.close();
    exchange.stop();
    await served.close();
  }
}

const SUBSCRIBE = JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: SYMBOLS, depth: 10 } });

/** A frame, and which client it went to, counted in the order in which they came. */
interface Sent {
  readonly client: number;
  readonly frame: string | Uint8Array;
}

/** The exchange's door, which notes what goes out. */
class Outbox {
  readonly accept: Accept;
  #frames: Sent[] = [];
  #clients = 0;

  constructor(accept: Accept) {
    this.accept = (socket) => accept(this.#noting(socket));
  }

  /** What went out since the last call. */
  take(): readonly Sent[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** Waits for so many frames since the last `take`. */
  async holds(count: number): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (this.#frames.length < count) {
      if (performance.now() > deadline) throw new Error(`Expected ${count} frames, there were ${this.#frames.length}`);
      await setImmediate();
    }
  }

  #noting(socket: ServerSocket): ServerSocket {
    const client = this.#clients;
    this.#clients += 1;
    return {
      send: (frame) => {
        this.#frames.push({ client, frame });
        socket.send(frame);
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
    };
  }
}

/** A server that does nothing but send. */
class BareServer {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #clients: WebSocket[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => this.#clients.push(client));
  }

  static async open(): Promise<BareServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new BareServer(server);
  }

  /** @returns How many frames those were. */
  send(frames: readonly Sent[]): number {
    for (const { client, frame } of frames) this.#clients[client]?.send(frame, { binary: false });
    return frames.length;
  }

  close(): void {
    this.#server.close();
  }
}

/** The thread with the clients. */
class Audience {
  readonly #thread = new Worker(new URL('fan-out-clients.ts', import.meta.url));
  #expected = 0;

  async connect(order: Order): Promise<void> {
    this.#thread.postMessage(order);
    await once(this.#thread, 'message');
  }

  /**
   * @param send Sends, and returns how many frames.
   * @returns Seconds until the last of them was received.
   */
  async time(send: () => number): Promise<number> {
    const start = performance.now();
    this.#expected += send();
    this.#thread.postMessage(this.#expected satisfies Order);
    const [received]: unknown[] = await once(this.#thread, 'message');
    const seconds = (performance.now() - start) / 1000;
    if (received !== this.#expected) throw new Error(`Expected ${this.#expected} frames, received ${String(received)}`);
    return seconds;
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
