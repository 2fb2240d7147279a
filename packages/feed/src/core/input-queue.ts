import type { FeedCore } from './feed-core.ts';
import type { FeedInput } from './feed-input.ts';

/**
 * Hands inputs to a core one at a time: what handling one leads to waits until it is done. Whoever waits was put in by the
 * handling of one input, so there are never more than that one's consequences.
 */
export class InputQueue {
  readonly #core: FeedCore;
  readonly #onInput: ((input: FeedInput) => void) | undefined;
  readonly #waiting: FeedInput[] = [];
  #handling = false;

  /** @param onInput Hears of every input before it is handled. */
  constructor(core: FeedCore, onInput: ((input: FeedInput) => void) | undefined) {
    this.#core = core;
    this.#onInput = onInput;
  }

  put(input: FeedInput): void {
    this.#waiting.push(input);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#onInput?.(next);
        this.#core.handle(next);
      }
    } finally {
      this.#handling = false;
    }
  }
}
