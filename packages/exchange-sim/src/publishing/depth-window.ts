import type { Lots, Ticks } from '@kb/model';
import type { TimedLevelList } from '../wire/v1-data-frames.ts';
import type { Ladder, LadderChange } from './ladder.ts';
import type { Moment } from './moment.ts';

/**
 * Which levels of one side a client that asked for so many of them holds.
 *
 * A client cuts its book to the depth only after a whole message, so during a message it may hold more levels than that:
 * always exactly those up to some price, `#bound`. A change beyond it is none of the client's business. A removal within
 * it may leave the client with too few levels; then the next level of the ladder enters the window, and has to be said in the same
 * message. A level pushed out by depth is not said: the client cuts it off by itself.
 */
export class DepthWindow {
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

  covers(price: Ticks): boolean {
    return this.#bound === undefined || !this.#ladder.isWorse(price, this.#bound);
  }

  /**
   * Takes note of a change that the ladder has just made at a price that is covered.
   * @returns The rank of the level that enters the window by it, or −1.
   */
  count(change: LadderChange): number {
    if (change === 'added') this.#held += 1;
    if (change !== 'removed') return -1;
    this.#held -= 1;
    if (this.#bound === undefined || this.#held >= this.#depth) return -1;
    this.#bound = this.#ladder.priceAt(this.#held);
    if (this.#bound === undefined) return -1;
    this.#held += 1;
    return this.#held - 1;
  }

  /** Begins a new message: the client has cut its book to the depth. */
  settle(): void {
    this.#held = Math.min(this.#ladder.length, this.#depth);
    this.#bound = this.#held < this.#depth ? undefined : this.#ladder.priceAt(this.#depth - 1);
  }
}

/** What has to be said of one side to those who follow the book at one depth: levels, in the order of what happened. */
export class DepthSide implements TimedLevelList {
  readonly prices: Ticks[] = [];
  readonly sizes: Lots[] = [];
  /** When each happened; of a level that is said because it entered the window, when it got its size. */
  readonly moments: Moment[] = [];
  readonly #ladder: Ladder;
  readonly #depth: number;
  readonly #window: DepthWindow;

  constructor(ladder: Ladder, depth: number) {
    this.#ladder = ladder;
    this.#depth = depth;
    this.#window = new DepthWindow(ladder, depth);
  }

  /** Takes note of a change that the ladder has just made. */
  note(price: Ticks, size: Lots, change: LadderChange, moment: Moment): void {
    if (change === 'nothing' || !this.#window.covers(price)) return;
    this.#say(price, size, moment);
    const rank = this.#window.count(change);
    if (rank >= 0) this.#sayRank(rank);
  }

  /** Begins a new message. */
  settle(): void {
    if (this.prices.length > 0) this.#clear();
    this.#window.settle();
  }

  /** The best levels with the moment of each, for a snapshot. */
  snapshot(): TimedLevelList {
    const levels = new DepthSide(this.#ladder, this.#depth);
    for (let rank = 0; rank < Math.min(this.#ladder.length, this.#depth); rank += 1) levels.#sayRank(rank);
    return levels;
  }

  #sayRank(rank: number): void {
    const ladder = this.#ladder;
    const price = ladder.priceAt(rank);
    const moment = ladder.momentAt(rank);
    if (price !== undefined && moment !== undefined) this.#say(price, ladder.sizeAt(rank), moment);
  }

  #say(price: Ticks, size: Lots, moment: Moment): void {
    this.prices.push(price);
    this.sizes.push(size);
    this.moments.push(moment);
  }

  #clear(): void {
    this.prices.length = 0;
    this.sizes.length = 0;
    this.moments.length = 0;
  }
}
