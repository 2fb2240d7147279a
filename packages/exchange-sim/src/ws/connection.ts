import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import type { ServerHandlers, ServerSocket } from '@kb/kraken';
import type { Subscriber } from '../subscriber.ts';
import { TOO_FAST_FRAME } from '../wire/replies.ts';

export interface ConnectionLimits {
  /** A client that lets this many bytes pile up is closed with 1013. */
  readonly maxBufferedBytes: number;
  /** A client without a subscription that says nothing for so long is closed with 1000. */
  readonly idleTimeout: Micros;
  /** Messages that are read within a second; each further one is answered with `{"Error":"Exceeded msg rate"}` and nothing else. */
  readonly maxMessagesPerSecond: number;
}

/** The limits with their defaults: 16 MiB (snapshots of everything at once take several), 60 s, and as many messages as a client likes (Kraken has a budget and publishes no number). */
export function connectionLimits(limits: Partial<ConnectionLimits>): ConnectionLimits {
  return {
    maxBufferedBytes: limits.maxBufferedBytes ?? 16 * 2 ** 20,
    idleTimeout: limits.idleTimeout ?? micros(60 * SECOND),
    maxMessagesPerSecond: limits.maxMessagesPerSecond ?? Infinity,
  };
}

/** Longest request that is read; ten times what all pairs of Kraken in one subscription take. */
const LONGEST_REQUEST = 2 ** 17;

/** What is spoken on a connection. */
export interface Protocol {
  readonly heartbeat: string;
  /** Whether the client follows anything: then it gets heartbeats, and may be silent. */
  readonly isSubscribed: () => boolean;
  /** @param received Scheduler time before it was looked at. */
  readonly onRequest: (frame: Uint8Array, received: Micros) => void;
  /** The connection is over: called once. */
  readonly onEnd: () => void;
}

/**
 * One client's socket, whatever protocol is spoken on it: hands over its requests within a budget, sends it frames until it leaves, falls
 * behind or idles, and a heartbeat a second once it has subscribed. Every frame that any client gets goes through `send`.
 */
export class Connection implements ServerHandlers, Subscriber {
  readonly #socket: ServerSocket;
  readonly #scheduler: Scheduler;
  readonly #limits: ConnectionLimits;
  readonly #protocol: Protocol;
  #open = true;
  #lastRequestAt: Micros;
  /** Start of the second that messages are counted in, and how many came in it. */
  #countingSince: Micros;
  #messages = 0;
  #cancelBeat: CancelTask;

  constructor(socket: ServerSocket, scheduler: Scheduler, limits: ConnectionLimits, protocol: Protocol) {
    this.#socket = socket;
    this.#scheduler = scheduler;
    this.#limits = limits;
    this.#protocol = protocol;
    this.#lastRequestAt = scheduler.now();
    this.#countingSince = this.#lastRequestAt;
    this.#cancelBeat = scheduler.after(micros(SECOND), () => this.#beat());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(frame: string | Uint8Array): void {
    if (!this.#open) return;
    this.#socket.send(frame);
    if (this.#socket.bufferedBytes > this.#limits.maxBufferedBytes) this.end(1013, 'Slow consumer');
  }

  /** Closes the socket. Closing twice is fine. */
  end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#finish();
    this.#socket.close(code, reason);
  }

  onMessage(frame: Uint8Array): void {
    if (!this.#open) return;
    if (frame.length > LONGEST_REQUEST) {
      this.end(1009, 'Message too big');
      return;
    }
    const received = this.#scheduler.now();
    this.#lastRequestAt = received;
    if (this.#isWithinBudget(received)) this.#protocol.onRequest(frame, received);
    else this.send(TOO_FAST_FRAME);
  }

  onClose(): void {
    this.#finish();
  }

  #isWithinBudget(at: Micros): boolean {
    if (at >= this.#countingSince + SECOND) {
      this.#countingSince = at;
      this.#messages = 0;
    }
    this.#messages += 1;
    return this.#messages <= this.#limits.maxMessagesPerSecond;
  }

  /** Once a second: a heartbeat to who has subscribed, an end to who does nothing. */
  #beat(): void {
    if (!this.#open) return;
    this.#cancelBeat = this.#scheduler.after(micros(SECOND), () => this.#beat());
    if (this.#protocol.isSubscribed()) this.send(this.#protocol.heartbeat);
    else if (this.#scheduler.now() - this.#lastRequestAt >= this.#limits.idleTimeout) this.end(1000, 'Idle');
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelBeat();
    this.#protocol.onEnd();
  }
}
