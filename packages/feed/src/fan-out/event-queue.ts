import type { MarketEvent } from '@kb/model';
import { wholeEvent } from './frozen-book.ts';
import { wholeLevel3 } from './frozen-level3.ts';

/** Stands where events are missing: the consumer was too slow for them. What follows is the state of each symbol since. */
export interface GapMarker {
  readonly type: 'gap';
  /** Events that are not told. */
  readonly dropped: number;
  /** Numbers of the first and the last event that the gap is about; some between them may follow, as state. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** What a consumer that runs later gets. Events about books hold copies. */
export type Delivery = GapMarker | MarketEvent;

/** Events that wait for a consumer. Bounded, whatever comes. */
export interface EventQueue {
  /** @param event With copies of everything that would move on. */
  push(event: MarketEvent): void;
  /** Everything that waits, in the order of its numbers. */
  take(): Delivery[];
  readonly length: number;
  /** Events that were pushed and will not be told. */
  readonly dropped: number;
  /** Whether it holds less than was pushed since the last `take`, against its promise. */
  readonly isLagging: boolean;
}

/** Keeps the newest of each kind, and the latest trades: for views, which want to know how it is now. */
export class ConflatingQueue implements EventQueue {
  readonly #limit: number;
  /** By kind, then by symbol: a key made of both would be a new text for each event. */
  readonly #newest = new Map<string, Map<string, MarketEvent>>();
  #newestCount = 0;
  #trades: MarketEvent[] = [];
  dropped = 0;
  readonly isLagging = false;

  /** @param limit Trades that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#newestCount + this.#trades.length;
  }

  push(event: MarketEvent): void {
    if (event.type === 'trade') {
      this.#trades.push(event);
      if (this.#trades.length <= this.#limit) return;
      this.#trades.shift();
      this.dropped += 1;
      return;
    }
    const kind = kindOf(event);
    let bySymbol = this.#newest.get(kind);
    if (bySymbol === undefined) {
      bySymbol = new Map();
      this.#newest.set(kind, bySymbol);
    }
    const { symbol = '' } = event;
    const before = bySymbol.get(symbol);
    if (before === undefined) this.#newestCount += 1;
    else this.dropped += 1;
    // A candle that is told again, long after it closed, is not the newest.
    const isOlder = event.type === 'candle' && before?.type === 'candle' && before.start > event.start;
    if (!isOlder) bySymbol.set(symbol, event);
  }

  take(): MarketEvent[] {
    const all = this.#trades;
    this.#trades = [];
    for (const bySymbol of this.#newest.values()) {
      all.push(...bySymbol.values());
      bySymbol.clear();
    }
    this.#newestCount = 0;
    all.sort((a, b) => a.seq - b.seq);
    return all.map((event) => whole(event));
  }
}

/**
 * Keeps every event, up to a limit. Beyond it the consumer is lagging: until it comes back only the newest of each kind is kept,
 * and a marker tells it so before it gets them.
 */
export class BufferQueue implements EventQueue {
  readonly #limit: number;
  #events: MarketEvent[] = [];
  #overflow: { readonly queue: ConflatingQueue; readonly fromSeq: number; toSeq: number } | undefined = undefined;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#overflow?.queue.length ?? this.#events.length;
  }

  get dropped(): number {
    return this.#dropped + (this.#overflow?.queue.dropped ?? 0);
  }

  get isLagging(): boolean {
    return this.#overflow !== undefined;
  }

  push(event: MarketEvent): void {
    if (this.#overflow === undefined && this.#events.length < this.#limit) {
      this.#events.push(event);
      return;
    }
    this.#overflow ??= this.#begin(event);
    this.#overflow.queue.push(event);
    this.#overflow.toSeq = event.seq;
  }

  take(): Delivery[] {
    const overflow = this.#overflow;
    if (overflow === undefined) return this.#events.splice(0);
    this.#overflow = undefined;
    const { queue, fromSeq, toSeq } = overflow;
    this.#dropped += queue.dropped;
    return [{ type: 'gap', dropped: queue.dropped, fromSeq, toSeq }, ...queue.take()];
  }

  /** What waited is part of the state that will be told. */
  #begin(event: MarketEvent): { queue: ConflatingQueue; fromSeq: number; toSeq: number } {
    const queue = new ConflatingQueue(this.#limit);
    const waiting = this.#events.splice(0);
    for (const each of waiting) queue.push(each);
    return { queue, fromSeq: waiting[0]?.seq ?? event.seq, toSeq: event.seq };
  }
}

/** An event whose forerunners may have been left out. */
function whole(event: MarketEvent): MarketEvent {
  if (event.type === 'book') return wholeEvent(event);
  return event.type === 'level3' ? wholeLevel3(event) : event;
}

/** Events of one kind and symbol replace each other. */
function kindOf(event: MarketEvent): string {
  return event.type === 'candle' ? `candle ${event.interval} ${event.closed}` : event.type;
}
