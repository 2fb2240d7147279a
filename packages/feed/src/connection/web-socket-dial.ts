import type { ClientHandlers, ClientSocket, Dial } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { WebSocket } from 'ws';

export interface WebSocketDialOptions {
  /** Largest frame taken, in bytes; a larger one ends the connection with 1009. 1 MiB unless told. */
  readonly maxPayload?: number;
  /** How long the handshake may take, in milliseconds of the machine's clock. 10,000 unless told. */
  readonly handshakeTimeoutMs?: number;
}

/**
 * Makes a dial over real WebSockets. Compression is off: it costs time on every frame and lets a small frame unpack into
 * a huge one.
 */
export function webSocketDial(options: WebSocketDialOptions = {}): Dial {
  const { maxPayload = 1024 * 1024, handshakeTimeoutMs = 10_000 } = options;
  return (url, handlers) => {
    try {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        maxPayload,
        handshakeTimeout: handshakeTimeoutMs,
      });
      return wire(socket, handlers);
    } catch (error) {
      // ws throws on a URL that it cannot use, such as one with a fragment.
      queueMicrotask(() => handlers.onClose(1006, messageOf(error)));
      return { send: nothing, close: nothing, terminate: nothing };
    }
  };
}

function wire(socket: WebSocket, handlers: ClientHandlers): ClientSocket {
  let failure: { readonly code: number; readonly detail: string } | undefined;
  let refusal: { readonly status: number; readonly retryAfter: Micros | undefined } | undefined;

  socket.on('open', () => handlers.onOpen());
  socket.on('message', (data: Buffer) => handlers.onMessage(data));
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0;
    refusal = { status, retryAfter: retryAfterOf(response.headers['retry-after']) };
    socket.terminate();
  });
  socket.on('error', (error: Error & { readonly code?: string }) => {
    failure = { code: CLOSE_CODES[error.code ?? ''] ?? 1006, detail: messageOf(error) };
    // ws has said why to the peer; waiting for its goodbye would only keep a broken stream open.
    if (socket.readyState === WebSocket.CLOSING) socket.terminate();
  });
  socket.on('close', (code, reason) => {
    if (refusal !== undefined) handlers.onClose(1006, `HTTP ${refusal.status}`, refusal.status, refusal.retryAfter);
    else if (failure !== undefined) handlers.onClose(failure.code, failure.detail);
    else handlers.onClose(code, reason.toString());
  });

  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

/** What ws calls the faults that have a close code of their own. */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_INVALID_UTF8: 1007,
};

/** The header's seconds; its other form, a date, needs a clock that the peer shares and is not taken. */
function retryAfterOf(header: string | undefined): Micros | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return micros(Number(header) * SECOND);
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function nothing(): void {}
