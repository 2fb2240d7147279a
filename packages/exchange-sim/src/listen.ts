import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv4 } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Accept } from '@kb/kraken';
import { WebSocketServer } from 'ws';
import { SimError } from './errors.ts';
import { answerHttp } from './listen/http-answers.ts';
import type { AnswerHttpLater } from './listen/http-answers.ts';
import { serve } from './listen/sim-socket.ts';

export interface ListenOptions {
  /** Takes WebSockets on any path that ends in `/v2`. */
  readonly accept: Accept;
  /** Takes WebSockets on `/` and `/v1`; without it they get 404. */
  readonly acceptV1?: Accept;
  /** Answers plain requests, on any path; without it they get 426. */
  readonly rest?: AnswerHttpLater;
  /** Loopback, `127.0.0.1`, when left out. Another address needs `allowRemote`. */
  readonly host?: string;
  /** A free one when left out or 0. */
  readonly port?: number;
  /** Key and certificate as PEM text; the server then speaks `wss:` and `https:` only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Opens the exchange to the network that `host` belongs to. */
  readonly allowRemote?: boolean;
  /** Longest message a client may send, in bytes; a longer one closes it with 1009. 128 KiB when left out. */
  readonly maxPayload?: number;
  /** Asked for every WebSocket handshake, with the peer's address. @returns Seconds to wait, for a refusal with 429. */
  readonly gate?: (remote: string) => number | undefined;
  /** What befalls connections before they are open; see `FaultInjector`. */
  readonly faults?: HandshakeFaults;
}

/** Says which connections fail while they are being made. */
export interface HandshakeFaults {
  /** Asked for every TCP connection. @returns True to cut it before a byte is read: on TLS the handshake fails. */
  cutsConnection(): boolean;
  /** Asked for every WebSocket handshake. @returns How to refuse it. */
  refusesHandshake(): HandshakeRefusal | undefined;
}

export interface HandshakeRefusal {
  /** The HTTP status. */
  readonly status: number;
  /** Seconds, for the Retry-After header. */
  readonly retryAfter?: number;
}

/** A listening server. */
export interface Listening {
  /** `ws://127.0.0.1:8765/v2`; `wss:` with TLS. */
  readonly url: string;
  /** The same without a path: WebSocket v1. */
  readonly wsUrl: string;
  /** `http://127.0.0.1:8765`; `https:` with TLS. */
  readonly restUrl: string;
  readonly port: number;
  /** Closes all clients and stops listening. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * Serves an exchange over real sockets: WebSocket v2, v1 and REST on one port. Path and method of REST are not looked at.
 * @throws SimError (rejects) `KB_SIM_PORT_IN_USE`, `KB_SIM_CANNOT_LISTEN`; `KB_SIM_BAD_OPTION` for a host that others can reach, unless
 * that is allowed, and for a key or certificate that cannot be used.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host = '127.0.0.1', port = 0, maxPayload = 128 * 1024, allowRemote = false } = options;
  if (!allowRemote && !isLoopback(host)) throw reachable(host);
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
  const http = serverOf(options.tls, (request, response) => onRequest(request, response, options.rest));
  http.maxConnections = MOST_CONNECTIONS;
  /** Every TCP connection by its peer, whatever it has got to: the WebSocket server knows of those only that shook hands. */
  const connections = new Map<string, Socket>();
  http.on('connection', (tcp) => {
    if (options.faults?.cutsConnection() === true) {
      tcp.destroy();
      return;
    }
    const peer = peerOf(tcp);
    connections.set(peer, tcp);
    tcp.once('close', () => {
      if (connections.get(peer) === tcp) connections.delete(peer);
    });
  });
  http.on('upgrade', (request, stream, head) => {
    const door = doorFor(request, options);
    if (!('accept' in door)) {
      refuse(stream, door);
      return;
    }
    const tcp = connections.get(peerOf(request.socket)) ?? request.socket;
    sockets.handleUpgrade(request, stream, head, (webSocket) => serve(webSocket, request.socket, tcp, door.accept));
  });
  await started(http, host, port);
  return listening(http, options.tls !== undefined, sockets, connections);
}

/** Of any kind; Node drops those beyond. */
const MOST_CONNECTIONS = 5000;
const GOODBYE_MS = 250;

function listening(
  http: Server,
  secure: boolean,
  sockets: WebSocketServer,
  connections: ReadonlyMap<string, Socket>,
): Listening {
  const bound = http.address() as AddressInfo;
  const address = `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  const wsUrl = `${secure ? 'wss' : 'ws'}://${address}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    for (const client of sockets.clients) client.close(1001, 'Server closed');
    // Who does not answer the goodbye within a moment, or never got to a handshake, is cut off: nothing may keep the process.
    const cutOff = setTimeout(() => {
      for (const tcp of connections.values()) tcp.destroy();
    }, GOODBYE_MS);
    http.closeIdleConnections();
    await closed;
    clearTimeout(cutOff);
  };
  return {
    url: `${wsUrl}/v2`,
    wsUrl,
    restUrl: `${secure ? 'https' : 'http'}://${address}`,
    port: bound.port,
    close: () => (closing ??= close()),
  };
}

function serverOf(
  tls: ListenOptions['tls'],
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === undefined) return createServer(handler);
  try {
    return createTlsServer({ key: tls.key, cert: tls.cert }, handler);
  } catch (cause) {
    throw new SimError('KB_SIM_BAD_OPTION', 'The key and certificate for TLS cannot be used', { cause });
  }
}

function onRequest(request: IncomingMessage, response: ServerResponse, rest: AnswerHttpLater | undefined): void {
  if (rest !== undefined) answerHttp(request, response, rest);
  else response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
}

/** Who takes a handshake, or how it is refused. */
function doorFor(request: IncomingMessage, options: ListenOptions): { readonly accept: Accept } | HandshakeRefusal {
  const wait = options.gate?.(request.socket.remoteAddress ?? '');
  if (wait !== undefined) return { status: 429, retryAfter: wait };
  const fault = options.faults?.refusesHandshake();
  if (fault !== undefined) return fault;
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path.endsWith('/v2')) return { accept: options.accept };
  if (options.acceptV1 !== undefined && (path === '/' || path === '/v1')) return { accept: options.acceptV1 };
  return { status: 404 };
}

const REASONS: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

function refuse(stream: Duplex, { status, retryAfter }: HandshakeRefusal): void {
  const wait = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  stream.on('error', () => undefined); // a client that hangs up on its refusal harms nobody
  stream.once('finish', () => stream.destroy()); // nor may one stay that does not hang up
  stream.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}\r\n${wait}Connection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** A whole literal, not a beginning: `127.0.0.1.example.com` is somebody else's. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function reachable(host: string): SimError {
  return new SimError('KB_SIM_BAD_OPTION', `Other machines can reach ${host}, and the exchange trusts its clients`, {
    hint: 'Listen on 127.0.0.1, or allow remote clients explicitly.',
  });
}

function started(http: Server, host: string, port: number): Promise<void> {
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
