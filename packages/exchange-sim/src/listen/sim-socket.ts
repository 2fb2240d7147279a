import type { Socket } from 'node:net';
import type { Accept, ServerSocket } from '@kb/kraken';
import type { WebSocket } from 'ws';

/** The server end of one connection; over a real socket also its bytes, for faults that cut frames in two. */
export interface SimSocket extends ServerSocket {
  readonly wire?: RawWire;
}

/** The bytes below the frames of one WebSocket. */
export interface RawWire {
  /** Writes bytes past the frames. Nothing happens on a connection that is gone. */
  write(bytes: Uint8Array): void;
  /** Hands everything that would be written, control frames included, to somebody else; `undefined` ends that. */
  divert(to: ((bytes: Uint8Array) => void) | undefined): void;
  /** Reads nothing more, not even pings and goodbyes. */
  pause(): void;
  /** Ends the TCP connection with a reset (RST). */
  reset(): void;
}

/**
 * Joins a real WebSocket to an exchange.
 * @param stream What the WebSocket writes to: the TCP connection, or TLS over it.
 * @param tcp The TCP connection.
 */
export function serve(webSocket: WebSocket, stream: Socket, tcp: Socket, accept: Accept): void {
  const socket: SimSocket = {
    send: (frame) => webSocket.send(frame, { binary: false }),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    wire: rawWire(webSocket, stream, tcp),
  };
  const handlers = accept(socket);
  webSocket.on('message', (data) => handlers.onMessage(bytesOf(data)));
  webSocket.on('close', () => handlers.onClose());
  webSocket.on('error', () => undefined); // `close` follows, and says all there is to do
}

function rawWire(webSocket: WebSocket, stream: Socket, tcp: Socket): RawWire {
  const write = stream.write.bind(stream);
  return {
    write: (bytes) => {
      if (stream.writable) write(bytes);
    },
    divert: (to) => {
      // The WebSocket library offers no hook below its frames, but writes all bytes by this one method of the stream.
      if (to === undefined) Reflect.deleteProperty(stream, 'write');
      else stream.write = divertedWrite(to);
    },
    pause: () => webSocket.pause(),
    reset: () => {
      tcp.resetAndDestroy();
    },
  };
}

type Written = (error?: Error | null) => void;

function divertedWrite(to: (bytes: Uint8Array) => void) {
  return (chunk: Uint8Array | string, encoding?: BufferEncoding | Written, callback?: Written): boolean => {
    to(typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk);
    const written = typeof encoding === 'function' ? encoding : callback;
    if (written !== undefined) process.nextTick(written);
    return true;
  };
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
