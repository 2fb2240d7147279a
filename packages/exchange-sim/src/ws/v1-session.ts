import type { Scheduler, SystemStatus } from '@kb/model';
import type { ServerHandlers, ServerSocket } from '@kb/kraken';
import type { Subscriber } from '../subscriber.ts';
import {
  V1_HEARTBEAT_FRAME,
  v1ErrorReply,
  v1PongReply,
  v1SubscriptionRefusal,
  v1SubscriptionReply,
  v1SystemStatusFrame,
  v1TradingRefusal,
} from '../wire/v1-replies.ts';
import { parseV1Request, V2_ONLY, v1ChannelName, v1Subscription } from '../wire/v1-requests.ts';
import type { V1About, V1Channel } from '../wire/v1-requests.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection.ts';
import type { V1Channels, V1Topic } from './v1-channels.ts';

export interface V1SessionOptions {
  readonly scheduler: Scheduler;
  readonly channels: V1Channels;
  /** Brings the markets to the present. */
  readonly catchUp: () => void;
  /** Digits of an unsigned 64-bit number. */
  readonly connectionId: string;
  readonly limits: ConnectionLimits;
  readonly system: SystemStatus;
  /** The session is over; it has left its topics. */
  readonly ended: (session: V1Session) => void;
}

/**
 * One client of WebSocket v1: public channels only. Trading and private channels are refused with a text that says where they are. As on
 * v2 all answers leave before the first snapshot (UNCONFIRMED for v1); trades have none.
 */
export class V1Session implements ServerHandlers, Subscriber {
  readonly #options: V1SessionOptions;
  readonly #connection: Connection;
  /** By channel id. */
  readonly #topics = new Map<number, V1Topic>();

  constructor(socket: ServerSocket, options: V1SessionOptions) {
    this.#options = options;
    this.#connection = new Connection(socket, options.scheduler, options.limits, {
      heartbeat: V1_HEARTBEAT_FRAME,
      isSubscribed: () => this.#topics.size > 0,
      onRequest: (frame) => this.#onRequest(frame),
      onEnd: () => this.#leaveAll(),
    });
    this.tellSystem(options.system);
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  send(frame: string | Uint8Array): void {
    this.#connection.send(frame);
  }

  /** Says how the exchange is, as on connecting. */
  tellSystem(system: SystemStatus): void {
    this.send(v1SystemStatusFrame(system, this.#options.connectionId));
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

  #onRequest(frame: Uint8Array): void {
    this.#options.catchUp();
    const request = parseV1Request(frame);
    const { reqId } = request;
    switch (request.type) {
      case 'ping':
        this.send(v1PongReply(reqId));
        return;
      case 'refused':
        this.send(v1ErrorReply(request.error, reqId));
        return;
      case 'trading':
        this.send(v1TradingRefusal(V2_ONLY, request.answerEvent, reqId));
        return;
      case 'refused-subscription':
        this.#refuseAll(request.error, request, reqId);
        return;
      case 'subscribe':
        this.#subscribe(request.channel, request, reqId);
        return;
      case 'unsubscribe':
        for (const pair of request.pairs) this.#unsubscribe(pair, request.channel, reqId);
        return;
      case 'unsubscribe-id':
        this.#unsubscribeId(request.channelId, reqId);
        return;
      default:
        request satisfies never;
    }
  }

  #refuseAll(error: string, about: V1About, reqId: number | undefined): void {
    const pairs = about.pairs.length === 0 ? [undefined] : about.pairs;
    for (const pair of pairs) this.send(v1SubscriptionRefusal(error, pair, about, reqId));
  }

  #subscribe(channel: V1Channel, about: V1About, reqId: number | undefined): void {
    const joined: V1Topic[] = [];
    for (const pair of about.pairs) {
      if (!this.isOpen) return;
      const topic = this.#newTopic(pair, channel);
      if (typeof topic === 'string') {
        this.send(v1SubscriptionRefusal(topic, pair, { subscription: v1Subscription(channel) }, reqId));
        continue;
      }
      this.#topics.set(topic.channelId, topic);
      joined.push(topic);
      this.#tell('subscribed', topic, reqId);
    }
    for (const { market, published } of joined) {
      if (this.isOpen) market.publisher.join(published, this, true, market.present);
    }
  }

  #newTopic(pair: string, channel: V1Channel): V1Topic | string {
    const topic = this.#options.channels.find(pair, channel);
    return typeof topic !== 'string' && this.#topics.has(topic.channelId) ? 'Already subscribed' : topic;
  }

  #unsubscribe(pair: string, channel: V1Channel, reqId: number | undefined): void {
    const topic = this.#options.channels.find(pair, channel);
    if (typeof topic !== 'string' && this.#topics.delete(topic.channelId)) {
      this.#left(topic, reqId);
      return;
    }
    const text = typeof topic === 'string' ? topic : 'Subscription Not Found';
    this.send(v1SubscriptionRefusal(text, pair, { subscription: v1Subscription(channel) }, reqId));
  }

  #unsubscribeId(channelId: number, reqId: number | undefined): void {
    const topic = this.#topics.get(channelId);
    if (topic === undefined) {
      this.send(v1SubscriptionRefusal('Subscription Not Found', undefined, { subscription: undefined }, reqId));
      return;
    }
    this.#topics.delete(channelId);
    this.#left(topic, reqId);
  }

  #left(topic: V1Topic, reqId: number | undefined): void {
    topic.market.publisher.leave(topic.published, this);
    this.#tell('unsubscribed', topic, reqId);
  }

  #tell(status: 'subscribed' | 'unsubscribed', topic: V1Topic, reqId: number | undefined): void {
    const { channel, channelId, pair } = topic;
    this.send(v1SubscriptionReply(status, channelId, v1ChannelName(channel), pair, v1Subscription(channel), reqId));
  }

  #leaveAll(): void {
    for (const { market, published } of this.#topics.values()) market.publisher.leave(published, this);
    this.#topics.clear();
    this.#options.ended(this);
  }
}
