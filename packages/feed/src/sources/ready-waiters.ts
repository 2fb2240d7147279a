import { FeedError } from '../errors.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: FeedError) => void;
}

/** Those who wait for a feed to be ready, and why they may wait in vain. */
export class ReadyWaiters {
  readonly #isReady: () => boolean;
  readonly #waiting: Waiter[] = [];
  /** What the venue said about each symbol that it refused on this connection. */
  readonly #refusals = new Map<string, string>();
  #ended: FeedError | undefined = undefined;

  constructor(isReady: () => boolean) {
    this.#isReady = isReady;
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.settle();
    });
  }

  onRefusal(symbol: string, detail: string): void {
    this.#refusals.set(symbol, detail);
    this.settle();
  }

  forgetRefusals(): void {
    this.#refusals.clear();
  }

  end(error: FeedError): void {
    this.#ended ??= error;
    this.settle();
  }

  throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  settle(): void {
    if (this.#waiting.length === 0) return;
    const error = this.#ended ?? this.#refused();
    if (error === undefined && !this.#isReady()) return;
    for (const waiter of this.#waiting.splice(0)) {
      if (error === undefined) waiter.resolve();
      else waiter.reject(error);
    }
  }

  #refused(): FeedError | undefined {
    if (this.#refusals.size === 0) return undefined;
    const texts = [...this.#refusals].map(([symbol, detail]) => `${symbol}: ${detail}`);
    return new FeedError('KB_FEED_REFUSED', `The venue refused ${texts.join('; ')}`, {
      hint: 'Check the pair: Kraken v2 writes it like BTC/USD.',
    });
  }
}
