import type { Subscriber } from '../subscriber.ts';
import type { PublishTopic } from './topic.ts';

/** Those who are told the same, by the form they are told it in: each form is one frame. */
export class Audience {
  readonly v2: Set<Subscriber> = new Set();
  /** By channel id. */
  readonly v1: Map<number, Set<Subscriber>> = new Map();

  get isEmpty(): boolean {
    return this.v2.size === 0 && this.v1.size === 0;
  }

  add(topic: PublishTopic, subscriber: Subscriber): void {
    if (topic.protocol === 'v2') {
      this.v2.add(subscriber);
      return;
    }
    const { channelId = 0 } = topic;
    const known = this.v1.get(channelId);
    if (known === undefined) this.v1.set(channelId, new Set([subscriber]));
    else known.add(subscriber);
  }

  delete(topic: PublishTopic, subscriber: Subscriber): void {
    if (topic.protocol === 'v2') {
      this.v2.delete(subscriber);
      return;
    }
    const { channelId = 0 } = topic;
    const subscribers = this.v1.get(channelId);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.v1.delete(channelId);
  }
}

/** Audiences by a parameter of their topic: depth, interval. One without anybody in it is forgotten. */
export class Audiences<Key, Kept extends Audience = Audience> {
  readonly #byKey = new Map<Key, Kept>();
  readonly #make: (key: Key) => Kept;

  constructor(make: (key: Key) => Kept) {
    this.#make = make;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: Key): Kept | undefined {
    return this.#byKey.get(key);
  }

  values(): IterableIterator<Kept> {
    return this.#byKey.values();
  }

  add(key: Key, topic: PublishTopic, subscriber: Subscriber): Kept {
    const audience = this.#byKey.get(key) ?? this.#make(key);
    this.#byKey.set(key, audience);
    audience.add(topic, subscriber);
    return audience;
  }

  delete(key: Key, topic: PublishTopic, subscriber: Subscriber): void {
    const audience = this.#byKey.get(key);
    audience?.delete(topic, subscriber);
    if (audience?.isEmpty === true) this.#byKey.delete(key);
  }
}
