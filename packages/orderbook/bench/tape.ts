import type { BookChanges, Lots, Ticks } from '@kb/model';

/**
 * The stream laid flat, and played back through one reused message, as a decoder does it: thousands of small objects
 * would measure the cache instead of the book.
 */
export class Tape {
  readonly length: number;
  readonly #counts: Uint16Array;
  readonly #prices: Float64Array;
  readonly #sizes: Float64Array;
  readonly #message = {
    snapshot: false,
    bidCount: 0,
    bidPrices: [] as Ticks[],
    bidSizes: [] as Lots[],
    askCount: 0,
    askPrices: [] as Ticks[],
    askSizes: [] as Lots[],
  };

  constructor(stream: readonly BookChanges[]) {
    this.length = stream.length;
    this.#counts = Uint16Array.from(stream.flatMap(({ bidCount, askCount }) => [bidCount, askCount]));
    this.#prices = Float64Array.from(stream.flatMap(({ bidPrices, askPrices }) => [...bidPrices, ...askPrices]));
    this.#sizes = Float64Array.from(stream.flatMap(({ bidSizes, askSizes }) => [...bidSizes, ...askSizes]));
  }

  /** Plays the whole stream; the first message is its snapshot. */
  play(onMessage: (changes: BookChanges) => void): void {
    const message = this.#message;
    const { bidPrices, bidSizes, askPrices, askSizes } = message;
    let at = 0;
    for (let index = 0; index < this.length; index += 1) {
      message.snapshot = index === 0;
      const bidCount = this.#counts[2 * index]!;
      const askCount = this.#counts[2 * index + 1]!;
      message.bidCount = bidCount;
      message.askCount = askCount;
      for (let level = 0; level < bidCount; level += 1, at += 1) {
        bidPrices[level] = this.#prices[at]! as Ticks;
        bidSizes[level] = this.#sizes[at]! as Lots;
      }
      for (let level = 0; level < askCount; level += 1, at += 1) {
        askPrices[level] = this.#prices[at]! as Ticks;
        askSizes[level] = this.#sizes[at]! as Lots;
      }
      onMessage(message);
    }
  }
}
