import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import type { ServerHandlers, ServerSocket } from '@kb/kraken';
import {
  failureReply,
  HEARTBEAT_FRAME,
  pongReply,
  statusFrame,
  subscribedReply,
  unsubscribedReply,
} from './wire/replies.ts';
import { parseRequest } from './wire/requests.ts';
import type { Request, Topic } from './wire/requests.ts';

/** What a session asks of the exchange behind it. */
export interface Desk {
  /** Brings the market to the present, so that an answer is not older than what was sent before it. */
  catchUp(): void;
  /** The text a topic is refused with; `undefined` when it can be had. */
  refusal(topic: Topic): string | undefined;
  /** Adds the session to a topic's audience and sends it what it must begin with. */
  join(topic: Topic, session: Session, snapshot: boolean): void;
  leave(topic: Topic, session: Session): void;
  /** The session is over; it has left its topics. */
  ended(session: Session): void;
}

export interface SessionLimits {
  /** A client that lets this many bytes pile up is closed with 1013. */
  readonly maxBufferedBytes: number;
  /** A client without a subscription that says nothing for so long is closed with 1000. */
  readonly idleTimeout: Micros;
}

/** The limits with their defaults: 4 MiB and 60 s. */
export function sessionLimits(limits: Partial<SessionLimits>): SessionLimits {
  return {
    maxBufferedBytes: limits.maxBufferedBytes ?? 4 * 2 ** 20,
    idleTimeout: limits.idleTimeout ?? micros(60 * SECOND),
  };
}

/** Longest request that is read; ten times what all pairs of Kraken in one subscription take. */
const LONGEST_REQUEST = 2 ** 17;

/**
 * One client: reads its requests, answers them in Kraken's words, and hands it frames until it leaves, falls behind or idles.
 * Every frame that any client gets goes through `send`.
 */
export class Session implements ServerHandlers {
  readonly #socket: ServerSocket;
  readonly #scheduler: Scheduler;
  readonly #desk: Desk;
  readonly #limits: SessionLimits;
  readonly #topics = new Map<string, Topic>();
  #open = true;
  #lastRequestAt: Micros;
  #cancelBeat: CancelTask;

  constructor(socket: ServerSocket, scheduler: Scheduler, desk: Desk, connectionId: string, limits: SessionLimits) {
    this.#socket = socket;
    this.#scheduler = scheduler;
    this.#desk = desk;
    this.#limits = limits;
    this.#lastRequestAt = scheduler.now();
    this.#cancelBeat = scheduler.after(micros(SECOND), () => this.#beat());
    this.send(statusFrame('online', connectionId));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(frame: string | Uint8Array): void {
    if (!this.#open) return;
    this.#socket.send(frame);
    if (this.#socket.bufferedBytes > this.#limits.maxBufferedBytes) this.end(1013, 'Slow consumer');
  }

  /** Leaves all topics and closes the socket. Closing twice is fine. */
  end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#leaveAll();
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
    this.#desk.catchUp();
    this.#answer(parseRequest(frame), received);
  }

  onClose(): void {
    this.#leaveAll();
  }

  #answer(request: Request, received: Micros): void {
    switch (request.type) {
      case 'ping':
        this.send(pongReply(request.reqId, { in: received, out: this.#scheduler.now() }));
        return;
      case 'refused':
        this.#fail(request.error, request.method, undefined, request.reqId, received);
        return;
      case 'subscribe':
        this.#subscribe(request.topics, request.snapshot, request.reqId, received);
        return;
      case 'unsubscribe':
        for (const topic of request.topics) this.#unsubscribe(topic, request.reqId, received);
        return;
      default:
        request satisfies never;
    }
  }

  /** One answer per symbol, all of them before the first snapshot, as seen on the live venue. */
  #subscribe(topics: readonly Topic[], snapshot: boolean, reqId: number | undefined, received: Micros): void {
    const joined: Topic[] = [];
    for (const topic of topics) {
      const error = this.#topics.has(topic.key) ? 'Already subscribed' : this.#desk.refusal(topic);
      if (error !== undefined) {
        this.#fail(error, 'subscribe', topic.symbol, reqId, received);
        continue;
      }
      this.#topics.set(topic.key, topic);
      joined.push(topic);
      this.send(subscribedReply(topic, snapshot, reqId, { in: received, out: this.#scheduler.now() }));
    }
    for (const topic of joined) if (this.#open) this.#desk.join(topic, this, snapshot);
  }

  #unsubscribe(topic: Topic, reqId: number | undefined, received: Micros): void {
    if (!this.#topics.delete(topic.key)) {
      // The live venue names the method `subscribe` here.
      this.#fail('Subscription Not Found', 'subscribe', topic.symbol, reqId, received);
      return;
    }
    this.#desk.leave(topic, this);
    this.send(unsubscribedReply(topic, reqId, { in: received, out: this.#scheduler.now() }));
  }

  #fail(
    error: string,
    method: string | undefined,
    symbol: string | undefined,
    reqId: number | undefined,
    received: Micros,
  ): void {
    const about = symbol === '' ? undefined : symbol;
    this.send(failureReply(error, method, about, reqId, { in: received, out: this.#scheduler.now() }));
  }

  /** Once a second: a heartbeat to who has subscribed, an end to who does nothing. */
  #beat(): void {
    if (!this.#open) return;
    this.#cancelBeat = this.#scheduler.after(micros(SECOND), () => this.#beat());
    if (this.#topics.size > 0) this.send(HEARTBEAT_FRAME);
    else if (this.#scheduler.now() - this.#lastRequestAt >= this.#limits.idleTimeout) this.end(1000, 'Idle');
  }

  #leaveAll(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelBeat();
    for (const topic of this.#topics.values()) this.#desk.leave(topic, this);
    this.#topics.clear();
    this.#desk.ended(this);
  }
}
