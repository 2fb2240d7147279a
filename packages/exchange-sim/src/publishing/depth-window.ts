import type { Lots, Ticks } from '@kb/model';
import type { LevelList } from '../wire/data-frames.ts';
import type { Ladder, LadderChange } from './ladder.ts';

/**
 * What subscribers at one depth know of one side, and what has to be said to them now.
 *
 * A client cuts its book to the depth only after a whole message, so during a message it may hold more levels than that:
 * always exactly those up to some price, `#bound`. A change beyond it is none of the client's business. A removal within
 * it may leave the client with too few levels; then the next level of the ladder is said again right after the removal, as
 * Kraken does. A level pushed out by depth is not said: the client cuts it off by itself.
 */
export class DepthSide implements LevelList {
  readonly prices: Ticks[] = [];
  readonly sizes: Lots[] = [];
  readonly #ladder: Ladder;
  readonly #depth: number;
  /** How many levels the client holds. */
  #held = 0;
  /** The worst price that the client holds; `undefined` when it holds all there are. */
  #bound: Ticks | undefined = undefined;

  constructor(ladder: Ladder, depth: number) {
    this.#ladder = ladder;
    this.#depth = depth;
    this.settle();
  }

  /** Takes note of a change that the ladder has just made. */
  note(price: Ticks, size: Lots, change: LadderChange): void {
    if (change === 'nothing') return;
    if (this.#bound !== undefined && this.#ladder.isWorse(price, this.#bound)) return;
    this.#say(price, size);
    if (change === 'added') this.#held += 1;
    if (change === 'removed') {
      this.#held -= 1;
      if (this.#bound !== undefined && this.#held < this.#depth) this.#reveal();
    }
  }

  /** Begins a new message: the client has cut its book to the depth. */
  settle(): void {
    this.prices.length = 0;
    this.sizes.length = 0;
    this.#held = Math.min(this.#ladder.length, this.#depth);
    this.#bound = this.#held < this.#depth ? undefined : this.#ladder.priceAt(this.#depth - 1);
  }

  /** The best levels, for a snapshot. */
  snapshot(): LevelList {
    const ranks = Array.from({ length: Math.min(this.#ladder.length, this.#depth) }, (_, rank) => rank);
    return {
      prices: ranks.flatMap((rank) => this.#ladder.priceAt(rank) ?? []),
      sizes: ranks.map((rank) => this.#ladder.sizeAt(rank)),
    };
  }

  #reveal(): void {
    const next = this.#ladder.priceAt(this.#held);
    if (next !== undefined) {
      this.#say(next, this.#ladder.sizeAt(this.#held));
      this.#held += 1;
    }
    this.#bound = next;
  }

  #say(price: Ticks, size: Lots): void {
    this.prices.push(price);
    this.sizes.push(size);
  }
}
