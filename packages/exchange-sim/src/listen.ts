import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Accept, ServerSocket } from '@kb/kraken';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { SimError } from './errors.ts';

export interface ListenOptions {
  readonly accept: Accept;
  /** Loopback, `127.0.0.1`, when left out. Anything else opens the exchange to the network. */
  readonly host?: string;
  /** A free one when left out or 0. */
  readonly port?: number;
  /** Longest message a client may send, in bytes; a longer one closes it with 1009. 128 KiB when left out. */
  readonly maxPayload?: number;
}

/** A listening server. */
export interface Listening {
  /** `ws://127.0.0.1:8765/v2`. */
  readonly url: string;
  readonly port: number;
  /** Closes all clients and stops listening. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * Serves an exchange over real WebSockets, at any path that ends in `/v2`; others get 404.
 * @throws SimError `KB_SIM_PORT_IN_USE` or `KB_SIM_CANNOT_LISTEN` (rejects).
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { accept, host = '127.0.0.1', port = 0, maxPayload = 128 * 1024 } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
  const http = createServer((_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
  });
  http.on('upgrade', (request, socket, head) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!path.endsWith('/v2')) {
      socket.on('error', () => undefined); // a client that hangs up on its refusal harms nobody
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, accept));
  });
  /** Every TCP connection, whatever it has got to: the WebSocket server knows of those only that shook hands. */
  const connections = new Set<Socket>();
  http.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await started(http, host, port);
  const bound = http.address() as AddressInfo;
  const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    for (const client of sockets.clients) client.close(1001, 'Server closed');
    // Who does not answer the goodbye within a moment, or never got to a handshake, is cut off: nothing may keep the process.
    const cutOff = setTimeout(() => {
      for (const socket of connections) socket.destroy();
    }, GOODBYE_MS);
    http.closeIdleConnections();
    await closed;
    clearTimeout(cutOff);
  };
  return { url: `ws://${shownHost}:${bound.port}/v2`, port: bound.port, close: () => (closing ??= close()) };
}

const GOODBYE_MS = 250;

function started(http: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new SimError('KB_SIM_PORT_IN_USE', `Port ${port} on ${host} is in use`, {
              cause,
              hint: 'Choose another port, or 0 for a free one.',
            })
          : new SimError('KB_SIM_CANNOT_LISTEN', `Cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      );
    });
    http.listen(port, host, resolve);
  });
}

function serve(webSocket: WebSocket, accept: Accept): void {
  const socket: ServerSocket = {
    send: (frame) => webSocket.send(frame, { binary: false }),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  };
  const handlers = accept(socket);
  webSocket.on('message', (data) => handlers.onMessage(bytesOf(data)));
  webSocket.on('close', () => handlers.onClose());
  webSocket.on('error', () => undefined); // `close` follows, and says all there is to do
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
