import type { Micros } from '@kb/model';

/**
 * The two ends of a socket, without the socket: the feed and the local exchange talk through these, over real WebSockets
 * or inside one process.
 */

/** What the client end can do. */
export interface ClientSocket {
  send(text: string): void;
  /** Says goodbye; `onClose` follows. */
  close(code?: number, reason?: string): void;
  /** Drops the connection without a goodbye; `onClose` follows with 1006. */
  terminate(): void;
}

/** What happens at the client end. `onClose` comes exactly once and last. */
export interface ClientHandlers {
  onOpen(): void;
  /** One whole text frame, as received. The bytes are the handler's to keep. */
  onMessage(frame: Uint8Array): void;
  /**
   * The socket ended, or never opened.
   * @param code The WebSocket close code; 1006 when there was no goodbye, 1009 when a frame exceeded the limit.
   * @param detail For people: the close reason, or what failed. For a refused handshake: `HTTP 429`.
   * @param httpStatus Set when the handshake was refused.
   * @param retryAfter How long the refusal asked to wait (its Retry-After header).
   */
  onClose(code: number, detail: string, httpStatus?: number, retryAfter?: Micros): void;
}

/** Opens a socket. Never throws: what fails is told through `onClose`. */
export type Dial = (url: string, handlers: ClientHandlers) => ClientSocket;

/** What the server end of one connection can do. */
export interface ServerSocket {
  send(frame: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  /** Resets the connection. */
  terminate(): void;
  /** Bytes accepted by `send` that have not left yet. */
  readonly bufferedBytes: number;
}

/** What happens at the server end of one connection. */
export interface ServerHandlers {
  onMessage(frame: Uint8Array): void;
  onClose(): void;
}

/** Called for each new connection. */
export type Accept = (socket: ServerSocket) => ServerHandlers;
