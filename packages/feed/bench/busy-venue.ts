/**
 * `busy-venue.ts SYMBOLS DEPTH UPDATES`: the venue of `busy-feed.bench.ts`, in a process of its own: answers as much of Kraken v2
 * as a client needs, and sends frames at a steady rate when it is told to. Four frames in five are book updates with true
 * checksums, the fifth is a trade; the symbols take turns. Each frame carries the time at which it is sent.
 *
 * What a slow client does not take waits in this process; it is bounded by the length of a run.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { countToDecimal, KeyedRandom, micros, microsToIso } from '@kb/model';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { bookFrames, GRID, instruments, renamed, symbolNames } from './frame-stream.ts';

/** Sends so many frames to the latest connection, at so many a second. */
export interface Pace {
  readonly frames: number;
  readonly rate: number;
}

/** What came of it. */
export interface Paced {
  readonly seconds: number;
  /** Everything sent over this connection so far, answers included. */
  readonly sentInAll: number;
}

interface Request {
  readonly method: string;
  readonly req_id?: number;
  readonly params?: { readonly channel: string; readonly symbol?: readonly string[] };
}

const [symbolCount = 0, depth = 0, updates = 0] = process.argv.slice(2).map(Number);
const SYMBOLS = symbolNames(symbolCount);
const stream = bookFrames(1, depth, updates);
const random = new KeyedRandom(1, 'busy-venue-trades');

/** One client's connection. */
class Line {
  readonly #socket: WebSocket;
  #sent = 0;
  #book = 0;
  #trade = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#send(
      '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":1}]}',
    );
  }

  answer({ method, params, req_id: reqId }: Request): void {
    const time = now();
    const id = reqId === undefined ? '' : `"req_id":${reqId},`; // ccxt's pings have none
    if (method === 'ping') this.#send(`{"method":"pong",${id}"time_in":"${time}","time_out":"${time}"}`);
    if (method !== 'subscribe' || params === undefined) return;
    const { channel } = params;
    for (const symbol of params.symbol ?? [undefined]) {
      const size = channel === 'book' ? `,"depth":${depth}` : '';
      const subject = symbol === undefined ? '' : `,"symbol":"${symbol}"`;
      this.#send(
        `{"method":"subscribe",${id}"result":{"channel":"${channel}"${size},"snapshot":true${subject}},"success":true,"time_in":"${time}","time_out":"${time}"}`,
      );
      if (channel === 'instrument') this.#send(instruments(SYMBOLS));
      if (channel === 'book' && symbol !== undefined) this.#send(stamped(stream[0]!, symbol, time));
    }
  }

  async pace({ frames, rate }: Pace): Promise<Paced> {
    const start = performance.now();
    for (let done = 0; done < frames;) {
      const due = Math.min(frames, Math.floor(((performance.now() - start) * rate) / 1000));
      const time = now();
      while (done < due) {
        done += 1;
        this.#next(time);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { seconds: (performance.now() - start) / 1000, sentInAll: this.#sent };
  }

  #next(time: string): void {
    if ((this.#book + this.#trade) % 5 !== 4) {
      const update = stream[1 + Math.floor(this.#book / symbolCount)];
      if (update === undefined) throw new Error('The stream of this venue is too short for this run');
      this.#send(stamped(update, SYMBOLS[this.#book % symbolCount]!, time));
      this.#book += 1;
    } else {
      const price = countToDecimal(635_000 + Math.floor(20 * random.at(2 * this.#trade)), GRID.pricePrecision);
      const qty = countToDecimal(1 + Math.floor(1e8 * random.at(2 * this.#trade + 1)), GRID.qtyPrecision);
      const symbol = SYMBOLS[this.#trade % symbolCount]!;
      this.#trade += 1;
      const id = Math.ceil(this.#trade / symbolCount); // ids of a symbol follow each other
      this.#send(
        `{"channel":"trade","type":"update","data":[{"symbol":"${symbol}","side":"sell","price":${price},"qty":${qty},"ord_type":"limit","trade_id":${id},"timestamp":"${time}"}]}`,
      );
    }
  }

  #send(frame: Buffer | string): void {
    this.#sent += 1;
    this.#socket.send(frame, { binary: false });
  }
}

/** A copy of a frame for this symbol and time; the time's text is as long as the one that it replaces. */
function stamped(frame: Buffer, symbol: string, time: string): Buffer {
  const copy = renamed(frame, symbol);
  copy.write(time, copy.length - '"}]}'.length - time.length, 'latin1');
  return copy;
}

function now(): string {
  return microsToIso(micros(Math.floor((performance.timeOrigin + performance.now()) * 1000)));
}

let latest: Line | undefined;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  const line = new Line(socket);
  latest = line;
  socket.on('message', (data: Buffer) => line.answer(JSON.parse(data.toString()) as Request));
});
process.on('message', (pace: Pace) => {
  if (latest === undefined) throw new Error('Nobody is connected');
  void latest.pace(pace).then((paced) => process.send?.(paced));
});
process.on('disconnect', () => process.exit());
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
