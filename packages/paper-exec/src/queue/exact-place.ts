// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { removeAt } from '../short-list.ts';
import type { Level3View, Side, Ticks } from '@kb/model';
import type { ChannelStep } from './channel-step.ts';
import type { QueueContext } from './queue-context.ts';

/**
 * Where an own order stands among the real orders at its price: behind all that stood there when it came, by their ids.
 *
 * A print and what it takes of a real order are told on two channels, in either order, and move the queue once: they belong
 * together when they have the same venue time, or, while the channels are out of step, the same size within `window`.
 * Printed volume that no order ever shows was hidden and took nothing of the queue (F12).
 */
export class ExactPlace {
  readonly #context: QueueContext;
  readonly #window: number;
  readonly #step: ChannelStep;
  /** Lots of those ahead that still stand here, by order id. */
  readonly #ahead = new Map<string, number>();
  #volume = 0;
  /** Prints that the orders do not show yet. */
  readonly #printTimes: number[] = [];
  readonly #printVolumes: number[] = [];
  #printed = 0;
  /** Of the last print: lots of orders behind us, lots that no order showed yet, and what stood ahead before it. */
  #past = 0;
  #open = 0;
  #stood = 0;
  /** What went of orders here without a print so far; `ours` when it stood ahead. */
  readonly #goneTimes: number[] = [];
  readonly #gone: number[] = [];
  readonly #goneAhead: boolean[] = [];
  /** Whether any of those ahead were here after the last gap; `undefined` before it, and until the orders are told again. */
  #stoodAfterGap: boolean | undefined = undefined;

  /** @param book The real orders as they stand, ours not among them. */
  constructor(book: Level3View, side: Side, price: Ticks, context: QueueContext) {
    this.#context = context;
    this.#window = context.window;
    this.#step = context.exactStep;
    for (const { orderId, size } of book.ordersAt(side, price)) this.#add(orderId, size);
  }

  /** False from a gap of the feed until the real orders are told again. */
  get isKnown(): boolean {
    return this.#context.exactBook !== undefined;
  }

  /** Lots ahead of us. */
  get ahead(): number {
    return Math.max(0, this.#volume - this.#printed);
  }

  /** Whether prints of the last gap may have come as far as to us: not where somebody who stood ahead was here after it still. */
  get isGapOpen(): boolean {
    return !(this.#stoodAfterGap ?? this.ahead > 0);
  }

  /** Whether that order stood ahead and is still here. */
  has(orderId: string): boolean {
    return this.#ahead.has(orderId);
  }

  /** A print at our price; ask `pastBy` then how much of it came to us. */
  print(volume: number, time: number): void {
    this.settle(time);
    this.#stood = this.ahead;
    let left = volume;
    let past = 0;
    for (let index = 0; left > 0 && index < this.#gone.length; index += 1) {
      const sameTime = this.#goneTimes[index] === time;
      if (!sameTime && (this.#step.inStep || this.#gone[index] !== left)) continue;
      const shown = Math.min(left, this.#gone[index]!);
      left -= shown;
      this.#gone[index]! -= shown;
      if (!this.#goneAhead[index]!) past += shown;
    }
    this.#past = past;
    this.#open = Math.max(0, left);
    if (left <= 0) return;
    this.#printTimes.push(time);
    this.#printVolumes.push(left);
    this.#printed += left;
  }

  /**
   * How much of the last print came after all that stood ahead.
   * @param less Lots of those ahead that our own takers had already.
   */
  pastBy(less: number): number {
    return this.#past + Math.max(0, this.#open - Math.max(0, this.#stood - less));
  }

  /** Lots that own takers had, of those ahead that are still here. @param taken By order id. */
  takenOf(taken: ReadonlyMap<string, number>): number {
    let sum = 0;
    for (const [orderId, lots] of taken) {
      const size = this.#ahead.get(orderId);
      if (size !== undefined) sum += Math.min(lots, size);
    }
    return sum;
  }

  /** An order ahead of us has another size now; 0 when it left. */
  resize(orderId: string, size: number, time: number): void {
    const before = this.#ahead.get(orderId);
    if (before === undefined) return;
    this.settle(time);
    this.#volume += size - before;
    if (size > 0) this.#ahead.set(orderId, size);
    else this.#ahead.delete(orderId);
    if (size < before) this.#went(before - size, time, true);
  }

  /** An order at our price, behind us, became smaller or left. */
  wentBehind(volume: number, time: number): void {
    this.settle(time);
    this.#went(volume, time, false);
  }

  /** Whether a print waits for the orders that it took. */
  get isWaiting(): boolean {
    return this.#printTimes.length > 0;
  }

  /** What waited long enough for its counterpart will not get it. */
  settle(now: number): void {
    while (this.#printTimes.length > 0 && now - this.#printTimes[0]! > this.#window) {
      this.#printed -= this.#printVolumes[0]!;
      removeAt(this.#printTimes, 0);
      removeAt(this.#printVolumes, 0);
    }
    while (this.#goneTimes.length > 0 && (now - this.#goneTimes[0]! > this.#window || this.#gone[0] === 0)) {
      removeAt(this.#goneTimes, 0);
      removeAt(this.#gone, 0);
      this.#goneAhead.shift();
    }
  }

  /** A gap of the feed begins. */
  beginGap(): void {
    this.#stoodAfterGap = undefined;
  }

  /** After a gap: those that stood ahead and are here still stand ahead still. */
  restart(book: Level3View, side: Side, price: Ticks): void {
    const stood = new Set(this.#ahead.keys());
    this.#ahead.clear();
    this.#volume = 0;
    this.#printed = 0;
    for (const list of [this.#printTimes, this.#printVolumes, this.#goneTimes, this.#gone, this.#goneAhead])
      list.length = 0;
    for (const { orderId, size } of book.ordersAt(side, price)) if (stood.has(orderId)) this.#add(orderId, size);
    this.#stoodAfterGap = this.#ahead.size > 0;
  }

  #add(orderId: string, size: number): void {
    this.#ahead.set(orderId, size);
    this.#volume += size;
  }

  #went(volume: number, time: number, isAhead: boolean): void {
    let left = volume;
    for (let index = 0; left > 0 && index < this.#printVolumes.length; index += 1) {
      const sameTime = this.#printTimes[index] === time;
      if (!sameTime && (this.#step.inStep || this.#printVolumes[index] !== left)) continue;
      const shown = Math.min(left, this.#printVolumes[index]!);
      left -= shown;
      this.#printVolumes[index]! -= shown;
      this.#printed -= shown;
    }
    for (let index = this.#printVolumes.length - 1; index >= 0; index -= 1) {
      if (this.#printVolumes[index]! > 0) continue;
      removeAt(this.#printTimes, index);
      removeAt(this.#printVolumes, index);
    }
    if (left <= 0 || this.#gone.length >= MAX_WAITING) return;
    this.#goneTimes.push(time);
    this.#gone.push(left);
    this.#goneAhead.push(isAhead);
  }
}

/** Most departures that wait for a print; of more, none are set against later prints. */
const MAX_WAITING = 256;
