import type { BookEvent, FeedEvent, MarketEvent } from '@kb/model';

/** Keeps events as plain text (a book event's book is live) and lets a test wait for one without sleeping. */
export class EventLog {
  readonly events: MarketEvent[] = [];
  readonly lines: string[] = [];
  #waiters: { readonly test: (event: MarketEvent) => boolean; readonly resolve: (event: MarketEvent) => void }[] = [];

  readonly push = (event: MarketEvent): void => {
    this.events.push(event);
    this.lines.push(JSON.stringify(plain(event)));
    const met = this.#waiters.filter((waiter) => waiter.test(event));
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve(event);
  };

  /** The next event that passes the test. */
  next(test: (event: MarketEvent) => boolean): Promise<MarketEvent> {
    return new Promise((resolve) => this.#waiters.push({ test, resolve }));
  }

  /** The next change of state, of a symbol or (without one) of the connection. */
  nextState(state: string, symbol?: string): Promise<MarketEvent> {
    return this.next((event) => event.type === 'feed' && event.state === state && event.symbol === symbol);
  }

  /** The changes of state so far, as `symbol state cause`. */
  get states(): string[] {
    return this.events
      .filter((event): event is FeedEvent => event.type === 'feed')
      .map(({ symbol, state, cause }) => `${symbol ?? '*'} ${state} ${cause}`);
  }

  count(type: MarketEvent['type'], symbol?: string): number {
    return this.events.filter((event) => event.type === type && (symbol === undefined || event.symbol === symbol))
      .length;
  }
}

/** An event as data that can be compared and written as JSON: the book with its levels, great counts as text. */
export function plain(event: MarketEvent): unknown {
  if (event.type === 'candle') return { ...event, volume: `${event.volume}`, turnover: `${event.turnover}` };
  return event.type === 'book' ? { ...event, book: levelsOf(event), changes: undefined } : event;
}

function levelsOf({ book }: BookEvent): unknown {
  const side = (name: 'buy' | 'sell'): unknown[] =>
    Array.from({ length: book.levels(name) }, (_, index) => [book.priceAt(name, index), book.sizeAt(name, index)]);
  return { bids: side('buy'), asks: side('sell') };
}
