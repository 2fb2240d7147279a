import type { Micros, Scheduler, SystemStatus } from '@kb/model';
import type { ServerHandlers, ServerSocket } from '@kb/kraken';
import type { Subscriber } from '../subscriber.ts';
import {
  failureReply,
  HEARTBEAT_FRAME,
  pongReply,
  privateSubscribedReply,
  privateUnsubscribedReply,
  statusFrame,
  subscribedReply,
  successReply,
  unsubscribedReply,
} from '../wire/replies.ts';
import type { TimeSpan } from '../wire/replies.ts';
import { parseRequest } from '../wire/requests.ts';
import type { PrivateTopic, Request, Topic } from '../wire/requests.ts';
import type { TradingRequest } from '../wire/trading-requests.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection.ts';
import type { PrivateSide } from './private-side.ts';

/** What a session asks of the exchange behind it, as far as that is public. */
export interface Desk {
  /** Brings the market to the present, so that an answer is not older than what was sent before it. */
  catchUp(): void;
  /** The text a topic is refused with; `undefined` when it can be had. */
  refusal(topic: Topic): string | undefined;
  /** Adds the session to a topic's audience and sends it what it must begin with. */
  join(topic: Topic, session: V2Session, snapshot: boolean): void;
  leave(topic: Topic, session: V2Session): void;
  /** The session is over; it has left its topics. */
  ended(session: V2Session): void;
}

export interface V2SessionOptions {
  readonly scheduler: Scheduler;
  readonly desk: Desk;
  /** Digits of an unsigned 64-bit number. */
  readonly connectionId: string;
  readonly limits: ConnectionLimits;
  /** `online` when left out. */
  readonly system?: SystemStatus;
  /** Makes what needs a token; without it there are neither private channels nor trading. */
  readonly privateSide?: (subscriber: Subscriber) => PrivateSide;
  /** One `ohlc` interval a symbol, as Kraken had it in 2024; as many as there are when left out. */
  readonly oneOhlcInterval?: boolean;
}

/**
 * One client of WebSocket v2: its requests are answered in Kraken's words, and it is handed what it subscribed to.
 *
 * Answers to a subscription leave before its first snapshot. The answer to a trading command leaves before the private frames that tell what
 * it did, and those before the public ones.
 */
export class V2Session implements ServerHandlers, Subscriber {
  readonly #connection: Connection;
  readonly #options: V2SessionOptions;
  readonly #private: PrivateSide | undefined;
  readonly #topics = new Map<string, Topic>();

  constructor(socket: ServerSocket, options: V2SessionOptions) {
    this.#options = options;
    this.#connection = new Connection(socket, options.scheduler, options.limits, {
      heartbeat: HEARTBEAT_FRAME,
      isSubscribed: () => this.#topics.size > 0 || (this.#private?.size ?? 0) > 0,
      onRequest: (frame, received) => this.#onRequest(frame, received),
      onEnd: () => this.#leaveAll(),
    });
    this.#private = options.privateSide?.(this);
    this.tellSystem(options.system ?? 'online');
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  send(frame: string | Uint8Array): void {
    this.#connection.send(frame);
  }

  /** Says how the exchange is, as on connecting. */
  tellSystem(system: SystemStatus): void {
    this.send(statusFrame(system, this.#options.connectionId));
  }

  /** Leaves all topics and closes the socket. Closing twice is fine. */
  end(code: number, reason: string): void {
    this.#connection.end(code, reason);
  }

  onMessage(frame: Uint8Array): void {
    this.#connection.onMessage(frame);
  }

  onClose(): void {
    this.#connection.onClose();
  }

  #onRequest(frame: Uint8Array, received: Micros): void {
    this.#options.desk.catchUp();
    // What that sent may have been too much for the client: then it has left, and must not subscribe any more.
    if (!this.isOpen) return;
    const request = parseRequest(frame);
    switch (request.type) {
      case 'ping':
        this.send(pongReply(request.reqId, this.#span(received)));
        return;
      case 'refused':
        this.#fail(request.error, request.method, undefined, request.reqId, received);
        return;
      case 'subscribe':
        this.#subscribe(request, received);
        return;
      case 'unsubscribe':
        for (const topic of request.topics) this.#unsubscribe(topic, request.reqId, received);
        return;
      case 'private-subscribe':
        this.#subscribePrivately(request.topic, request.token, request.reqId, received);
        return;
      case 'private-unsubscribe':
        this.#unsubscribePrivately(request.topic, request.reqId, received);
        return;
      case 'trading':
        this.#trade(request.trading, request.token, request.reqId, received);
        return;
      default:
        request satisfies never;
    }
  }

  /** One answer per symbol, all of them before the first snapshot, as seen on the live venue. */
  #subscribe(request: Extract<Request, { readonly type: 'subscribe' | 'unsubscribe' }>, received: Micros): void {
    const { topics, snapshot, reqId } = request;
    const joined: Topic[] = [];
    for (const topic of topics) {
      if (!this.isOpen) return;
      const error = this.#refusal(topic, request.token);
      if (error !== undefined) {
        this.#fail(error, 'subscribe', topic.symbol, reqId, received);
        continue;
      }
      this.#topics.set(topic.key, topic);
      joined.push(topic);
      this.send(subscribedReply(topic, snapshot, reqId, this.#span(received)));
    }
    for (const topic of joined) if (this.isOpen) this.#options.desk.join(topic, this, snapshot);
  }

  #refusal(topic: Topic, token: string | undefined): string | undefined {
    const { desk, oneOhlcInterval = false } = this.#options;
    if (this.#topics.has(topic.key)) return 'Already subscribed';
    if (topic.channel === 'level3' && this.#follows(topic)) return 'Already subscribed';
    if (topic.channel === 'ohlc' && oneOhlcInterval && this.#follows(topic)) {
      return 'Already subscribed to one ohlc interval on this symbol';
    }
    const refusal = desk.refusal(topic);
    if (refusal !== undefined || topic.channel !== 'level3') return refusal;
    return this.#private === undefined ? 'Subscription name invalid' : this.#private.takeLevel3(topic, token);
  }

  /** Whether the channel is followed for the symbol, whatever the parameter. */
  #follows({ channel, symbol }: Topic): boolean {
    return [...this.#topics.values()].some((other) => other.channel === channel && other.symbol === symbol);
  }

  #unsubscribe(topic: Topic, reqId: number | undefined, received: Micros): void {
    if (!this.#topics.delete(topic.key)) {
      // The live venue names the method `subscribe` here.
      this.#fail('Subscription Not Found', 'subscribe', topic.symbol, reqId, received);
      return;
    }
    this.#leave(topic);
    this.send(unsubscribedReply(topic, reqId, this.#span(received)));
  }

  #subscribePrivately(
    topic: PrivateTopic,
    token: string | undefined,
    reqId: number | undefined,
    received: Micros,
  ): void {
    const taken = this.#private?.subscribe(topic, token) ?? 'Subscription name invalid';
    if (typeof taken === 'string') {
      this.#fail(taken, 'subscribe', undefined, reqId, received);
      return;
    }
    this.send(privateSubscribedReply(topic, taken.maxRateCount, reqId, this.#span(received)));
    taken.begin();
  }

  #unsubscribePrivately(topic: PrivateTopic, reqId: number | undefined, received: Micros): void {
    if (this.#private?.unsubscribe(topic.channel) === true) {
      this.send(privateUnsubscribedReply(topic, reqId, this.#span(received)));
    } else {
      this.#fail('Subscription Not Found', 'subscribe', undefined, reqId, received);
    }
  }

  #trade(request: TradingRequest, token: string | undefined, reqId: number | undefined, received: Micros): void {
    const { method } = request;
    if (this.#private === undefined) {
      this.#fail('EGeneral:Unknown method', method, undefined, reqId, received);
      return;
    }
    this.#private.trade(request, token, (outcome) => {
      if (outcome.ok) this.send(successReply(method, reqId, outcome.member, this.#span(received)));
      else this.#fail(outcome.error, method, undefined, reqId, received);
    });
  }

  #fail(
    error: string,
    method: string | undefined,
    symbol: string | undefined,
    reqId: number | undefined,
    received: Micros,
  ): void {
    const about = symbol === '' ? undefined : symbol;
    this.send(failureReply(error, method, about, reqId, this.#span(received)));
  }

  #span(received: Micros): TimeSpan {
    return { in: received, out: this.#options.scheduler.now() };
  }

  #leave(topic: Topic): void {
    this.#options.desk.leave(topic, this);
    if (topic.channel === 'level3') this.#private?.leaveLevel3(topic);
  }

  #leaveAll(): void {
    for (const topic of this.#topics.values()) this.#leave(topic);
    this.#topics.clear();
    this.#private?.leave();
    this.#options.desk.ended(this);
  }
}
