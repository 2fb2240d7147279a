import { micros } from '@kb/model';
import type { MarketEvent, Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import { BufferQueue, ConflatingQueue } from './event-queue.ts';
import type { Delivery, EventQueue } from './event-queue.ts';
import { frozenEvent } from './frozen-book.ts';
import { frozenLevel3 } from './frozen-level3.ts';

export interface FanOutOptions {
  /** Runs what runs later. */
  readonly scheduler: Scheduler;
  /** Levels a side that are copied for consumers that run later. 10 unless told. */
  readonly depth?: number;
}

interface ConsumerBase {
  /** For people and statistics. */
  readonly name: string;
  /** Only these; all unless told. Events about the whole source always come. */
  readonly symbols?: readonly string[];
  readonly types?: readonly MarketEvent['type'][];
  /**
   * It threw, and gets nothing any more. The others go on. Left out, what it threw comes out of the scheduler: nothing dies
   * in silence.
   */
  readonly onError?: (error: unknown) => void;
}

/** Runs within the feed's own turn, on live books: what it takes, everybody waits for. */
export interface SyncConsumer extends ConsumerBase {
  readonly policy: 'sync';
  readonly onEvent: (event: MarketEvent) => void;
}

export interface QueuedConsumer extends ConsumerBase {
  /**
   * `buffer`: every event, up to `limit` that wait; beyond it a gap marker and the newest state. `conflate`: the newest of each
   * kind and symbol, and at most `limit` trades.
   */
  readonly policy: 'buffer' | 'conflate';
  /** 10,000 unless told. */
  readonly limit?: number;
}

/** Gets what waits, one batch after the other: the next one once its promise has settled. */
export interface BatchConsumer extends QueuedConsumer {
  readonly onEvents: (events: readonly Delivery[]) => Promise<void> | void;
}

export interface ConsumerStats {
  readonly name: string;
  readonly policy: 'buffer' | 'conflate' | 'sync';
  readonly delivered: number;
  /** Not told, by conflation or because it lagged. */
  readonly dropped: number;
  readonly queued: number;
  /** When it began to lag, if it does; our clock. */
  readonly laggingSince: Micros | undefined;
  /** How often it began to lag. */
  readonly lags: number;
  readonly failed: boolean;
}

export interface Consumer {
  stats(): ConsumerStats;
  /** It gets nothing any more; what waited is let go. */
  close(): void;
}

/**
 * Hands the events of one feed to any number of consumers: `onEvent: (event) => fan.push(event)`.
 *
 * Each has its own bounded queue and its own policy when it is slow; none waits for another, and one that throws is let go
 * alone. Copies of a book are made once for all of them, and only when somebody needs one.
 */
export class FanOut {
  readonly #scheduler: Scheduler;
  readonly #depth: number;
  readonly #members = new Set<Member>();

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: FanOutOptions) {
    this.#scheduler = options.scheduler;
    this.#depth = options.depth ?? 10;
    if (!(Number.isInteger(this.#depth) && this.#depth > 0)) {
      throw new FeedError('KB_FEED_BAD_OPTIONS', `depth: expected a whole number above zero, was ${options.depth}`);
    }
  }

  get consumers(): readonly Consumer[] {
    return [...this.#members];
  }

  push(event: MarketEvent): void {
    let copy: MarketEvent | undefined;
    for (const member of this.#members) {
      if (!member.wants(event)) continue;
      if (member.isLive) member.take(event);
      else member.take((copy ??= this.#copyOf(event)));
    }
  }

  subscribe(consumer: BatchConsumer | SyncConsumer): Consumer {
    if (consumer.policy === 'sync')
      return this.#add(new SyncMember(consumer, this.#scheduler, (gone) => this.#members.delete(gone)));
    const member = this.#queued(consumer);
    void member.run(consumer.onEvents);
    return member;
  }

  /** The same as something to iterate over; ending the loop, or `return()` at any time, ends the consumer. */
  events(consumer: QueuedConsumer): AsyncGenerator<Delivery, void, undefined> {
    return this.#queued(consumer).iterate();
  }

  /** Ends all consumers. */
  close(): void {
    for (const member of this.#members) member.close();
  }

  /** What of an event outlives its call. */
  #copyOf(event: MarketEvent): MarketEvent {
    if (event.type === 'book') return frozenEvent(event, this.#depth);
    return event.type === 'level3' ? frozenLevel3(event, this.#depth) : event;
  }

  #queued(consumer: QueuedConsumer): QueuedMember {
    return this.#add(new QueuedMember(consumer, this.#scheduler, (gone) => this.#members.delete(gone)));
  }

  #add<M extends Member>(member: M): M {
    this.#members.add(member);
    return member;
  }
}

type Member = QueuedMember | SyncMember;

/** What an event must be about to be wanted. */
class Interest {
  readonly #symbols: ReadonlySet<string> | undefined;
  readonly #types: ReadonlySet<string> | undefined;

  constructor({ symbols, types }: ConsumerBase) {
    this.#symbols = symbols === undefined ? undefined : new Set(symbols);
    this.#types = types === undefined ? undefined : new Set(types);
  }

  includes({ symbol, type }: MarketEvent): boolean {
    if (this.#types !== undefined && !this.#types.has(type)) return false;
    return symbol === undefined || this.#symbols === undefined || this.#symbols.has(symbol);
  }
}

/** To who asked for it, or to the program, but never into the feed's own turn. */
function tellOfError({ onError }: ConsumerBase, error: unknown, scheduler: Scheduler): void {
  if (onError !== undefined) return onError(error);
  scheduler.after(micros(0), () => {
    throw error;
  });
}

class SyncMember implements Consumer {
  readonly isLive = true;
  readonly #consumer: SyncConsumer;
  readonly #interest: Interest;
  readonly #scheduler: Scheduler;
  readonly #leave: (member: SyncMember) => void;
  #delivered = 0;
  #failed = false;

  constructor(consumer: SyncConsumer, scheduler: Scheduler, leave: (member: SyncMember) => void) {
    this.#consumer = consumer;
    this.#interest = new Interest(consumer);
    this.#scheduler = scheduler;
    this.#leave = leave;
  }

  wants(event: MarketEvent): boolean {
    return this.#interest.includes(event);
  }

  take(event: MarketEvent): void {
    try {
      this.#consumer.onEvent(event);
      this.#delivered += 1;
    } catch (error) {
      this.#failed = true;
      this.close();
      tellOfError(this.#consumer, error, this.#scheduler);
    }
  }

  stats(): ConsumerStats {
    const { name, policy } = this.#consumer;
    const none = { dropped: 0, queued: 0, laggingSince: undefined, lags: 0 };
    return { name, policy, delivered: this.#delivered, ...none, failed: this.#failed };
  }

  close(): void {
    this.#leave(this);
  }
}

class QueuedMember implements Consumer {
  readonly isLive = false;
  readonly #consumer: QueuedConsumer;
  readonly #interest: Interest;
  readonly #scheduler: Scheduler;
  readonly #leave: (member: QueuedMember) => void;
  readonly #queue: EventQueue;
  #wake: (() => void) | undefined = undefined;
  #delivered = 0;
  #laggingSince: Micros | undefined = undefined;
  #lags = 0;
  #failed = false;
  #closed = false;

  constructor(consumer: QueuedConsumer, scheduler: Scheduler, leave: (member: QueuedMember) => void) {
    const { policy, limit = 10_000 } = consumer;
    if (!(Number.isInteger(limit) && limit > 0)) {
      throw new FeedError(
        'KB_FEED_BAD_OPTIONS',
        `${consumer.name}: limit: expected a whole number above zero, was ${limit}`,
      );
    }
    this.#consumer = consumer;
    this.#interest = new Interest(consumer);
    this.#scheduler = scheduler;
    this.#leave = leave;
    this.#queue = policy === 'conflate' ? new ConflatingQueue(limit) : new BufferQueue(limit);
  }

  wants(event: MarketEvent): boolean {
    return this.#interest.includes(event);
  }

  take(event: MarketEvent): void {
    this.#queue.push(event);
    if (this.#queue.isLagging && this.#laggingSince === undefined) {
      this.#laggingSince = this.#scheduler.now();
      this.#lags += 1;
    }
    this.#wake?.();
  }

  async run(onEvents: BatchConsumer['onEvents']): Promise<void> {
    try {
      for (;;) {
        const batch = await this.#next();
        if (batch === undefined) return;
        await onEvents(batch);
        this.#delivered += batch.length;
      }
    } catch (error) {
      this.#failed = true;
      this.close();
      tellOfError(this.#consumer, error, this.#scheduler);
    }
  }

  /** A generator that was not begun ends without its `finally`, and one that waits only after its wait: here both end at once. */
  iterate(): AsyncGenerator<Delivery, void, undefined> {
    const deliveries = this.#deliveries();
    const [end, fail] = [deliveries.return.bind(deliveries), deliveries.throw.bind(deliveries)];
    return Object.assign(deliveries, {
      return: (value: Promise<void> | void) => {
        this.close();
        return end(value);
      },
      throw: (error: unknown) => {
        this.close();
        return fail(error);
      },
    });
  }

  async *#deliveries(): AsyncGenerator<Delivery, void, undefined> {
    try {
      for (let batch = await this.#next(); batch !== undefined; batch = await this.#next()) {
        for (const event of batch) {
          if (this.#closed) return;
          this.#delivered += 1;
          yield event;
        }
      }
    } finally {
      this.close();
    }
  }

  stats(): ConsumerStats {
    const { name, policy } = this.#consumer;
    const { dropped, length: queued } = this.#queue;
    const [laggingSince, lags] = [this.#laggingSince, this.#lags];
    return { name, policy, delivered: this.#delivered, dropped, queued, laggingSince, lags, failed: this.#failed };
  }

  close(): void {
    this.#closed = true;
    this.#leave(this);
    this.#queue.take();
    this.#wake?.();
  }

  /** What waits, once something does, and never within the turn of the feed; `undefined` at the end. */
  async #next(): Promise<Delivery[] | undefined> {
    while (!this.#closed && this.#queue.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (!this.#closed) await new Promise<void>((resolve) => this.#scheduler.after(micros(0), resolve));
    if (this.#closed) return undefined;
    this.#laggingSince = undefined;
    return this.#queue.take();
  }
}
