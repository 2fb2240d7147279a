// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { empty, removeAt } from '../short-list.ts';
import type { ChannelStep } from './channel-step.ts';

/** Hears of what could not be paired. */
export interface Unpaired {
  /**
   * A decrease that no print explains: somebody cancelled.
   * @param before Displayed size before it, less what has printed since.
   * @param mark What `decrease` was given.
   */
  cancelled(amount: number, before: number, time: number, mark: number): void;
  /** Printed volume that no decrease followed: it was never displayed. */
  hidden(volume: number, time: number): void;
}

/**
 * Rule F11 at one price: which decrease of the displayed size was caused by which print, though the two come on two
 * channels, in either order.
 *
 * What carries the same venue time belongs together, then what has the same size. All else waits `window` for a better
 * counterpart and is then matched oldest first. While the channels are in step (see `ChannelStep`) a decrease without a print is
 * a cancel at once; that they have fallen out of step shows in prints that were left over though a decrease of their size was near. A struct of arrays: nothing is allocated per message.
 */
export class LevelPairing {
  readonly #window: number;
  readonly #step: ChannelStep;
  readonly #owner: Unpaired;
  readonly #decreaseTimes: number[] = [];
  readonly #amounts: number[] = [];
  readonly #bases: number[] = [];
  readonly #marks: number[] = [];
  readonly #printTimes: number[] = [];
  readonly #volumes: number[] = [];
  /** What the last print was matched with at once. */
  readonly #matchTimes: number[] = [];
  readonly #matchVolumes: number[] = [];
  #matchedLast = 0;
  /** All volume that ever printed here. */
  #printed = 0;
  #waiting = 0;
  #unshown = 0;
  /** The last decrease that was taken for a cancel at once, because the channels were in step. */
  #cancelTime: number = Number.NEGATIVE_INFINITY;
  #cancelAmount = 0;

  constructor(window: number, step: ChannelStep, owner: Unpaired) {
    this.#window = window;
    this.#step = step;
    this.#owner = owner;
  }

  /** Decreases that may still turn out to be prints, net of prints that may explain them. */
  get unexplained(): number {
    return Math.max(0, this.#waiting - this.#unshown);
  }

  /** What the queue holds more than is displayed: decreases that wait, less prints that the book does not show yet. */
  get balance(): number {
    return this.#waiting - this.#unshown;
  }

  /** When the oldest of what waits is due; `Infinity` when nothing waits. */
  get due(): number {
    const decrease = this.#decreaseTimes.length > 0 ? this.#decreaseTimes[0]! : Number.POSITIVE_INFINITY;
    const print = this.#printTimes.length > 0 ? this.#printTimes[0]! : Number.POSITIVE_INFINITY;
    return Math.min(decrease, print) + this.#window;
  }

  /** The displayed size went down. @param mark Comes back with `cancelled`. */
  decrease(before: number, amount: number, time: number, mark: number): void {
    const base = before - this.#unshown + this.#printed;
    let left = amount;
    for (let index = 0; left > 0 && index < this.#printTimes.length; index += 1) {
      if (this.#printTimes[index] === time) left -= this.#show(index, left, true);
    }
    if (left > 0 && this.#printTimes.length > 0) {
      const index = this.#volumes.indexOf(left);
      if (index >= 0) left -= this.#show(index, left, this.#printTimes[index] === time);
    }
    this.#dropShown();
    if (left <= 0) return;
    if (this.#step.inStep) {
      this.#cancelTime = time;
      this.#cancelAmount = left;
      this.#owner.cancelled(left, Math.max(left, base - this.#printed), time, mark);
      return;
    }
    if (this.#decreaseTimes.length >= MAX_PENDING) this.#settleDecrease();
    this.#decreaseTimes.push(time);
    this.#amounts.push(left);
    this.#bases.push(base);
    this.#marks.push(mark);
    this.#waiting += left;
  }

  print(volume: number, time: number): void {
    if (this.#matchTimes.length > 0) {
      empty(this.#matchTimes);
      empty(this.#matchVolumes);
    }
    this.#matchedLast = 0;
    let left = volume;
    for (let index = 0; left > 0 && index < this.#decreaseTimes.length; index += 1) {
      if (this.#decreaseTimes[index] === time) left -= this.#explain(index, left, true);
    }
    if (left > 0 && this.#decreaseTimes.length > 0 && !this.#step.inStep) {
      const index = this.#amounts.indexOf(left);
      if (index >= 0) left -= this.#explain(index, left, false);
    }
    this.#dropExplained();
    this.#printed += volume;
    this.#matchedLast = volume - left;
    if (left <= 0) return;
    if (this.#printTimes.length >= MAX_PENDING) this.#settlePrint();
    this.#printTimes.push(time);
    this.#volumes.push(left);
    this.#unshown += left;
  }

  /**
   * How much of the print just taken concerns an order: what explains a decrease that the order already found done when it
   * arrived has been counted in the size it queued behind.
   */
  volumeFor(arrivedAt: number, volume: number): number {
    let left = volume;
    for (let index = 0; index < this.#matchTimes.length; index += 1) {
      if (this.#matchTimes[index]! <= arrivedAt) left -= this.#matchVolumes[index]!;
    }
    const open = volume - this.#matchedLast;
    if (open <= 0 || this.#waiting === 0) return left;
    // It may yet turn out to have caused a decrease that waits, unless an earlier print did.
    const free = this.waitingSince(arrivedAt) - (this.#unshown - open);
    return free > 0 ? left - Math.min(open, free) : left;
  }

  /** Decreases that still wait for a print and were done at that time. */
  waitingSince(arrivedAt: number): number {
    let sum = 0;
    for (let index = 0; index < this.#decreaseTimes.length; index += 1) {
      if (this.#decreaseTimes[index]! > arrivedAt) break;
      sum += this.#amounts[index]!;
    }
    return sum;
  }

  /** What has waited long enough is matched with what there is, oldest first; the rest is unpaired. */
  settle(now: number): void {
    for (;;) {
      const decrease = this.#decreaseTimes.length > 0 ? this.#decreaseTimes[0]! : Number.POSITIVE_INFINITY;
      const print = this.#printTimes.length > 0 ? this.#printTimes[0]! : Number.POSITIVE_INFINITY;
      if (now - Math.min(decrease, print) <= this.#window || Math.min(decrease, print) === Number.POSITIVE_INFINITY)
        return;
      if (decrease <= print) this.#settleDecrease();
      else this.#settlePrint();
    }
  }

  /** Drops what waits: its counterpart will not be seen. */
  forget(): void {
    if (this.#decreaseTimes.length > 0) {
      empty(this.#decreaseTimes);
      empty(this.#amounts);
      empty(this.#bases);
      empty(this.#marks);
    }
    if (this.#printTimes.length > 0) {
      empty(this.#printTimes);
      empty(this.#volumes);
    }
    this.#waiting = 0;
    this.#unshown = 0;
  }

  #settleDecrease(): void {
    const time = this.#decreaseTimes[0]!;
    while (!this.#step.inStep && this.#amounts[0]! > 0 && this.#volumes.length > 0) {
      const shown = this.#show(0, this.#amounts[0]!, this.#printTimes[0] === time);
      this.#amounts[0]! -= shown;
      this.#waiting -= shown;
      this.#dropShown();
    }
    const amount = this.#amounts.shift()!;
    const base = this.#bases.shift()!;
    const mark = this.#marks.shift()!;
    this.#decreaseTimes.shift();
    this.#waiting -= amount;
    // Prints since then took from the front of both the level and the queue ahead, so they leave what is behind as it was.
    if (amount > 0) this.#owner.cancelled(amount, Math.max(amount, base - this.#printed), time, mark);
  }

  #settlePrint(): void {
    const time = this.#printTimes[0]!;
    while (!this.#step.inStep && this.#volumes[0]! > 0 && this.#amounts.length > 0) {
      const explained = Math.min(this.#amounts[0]!, this.#volumes[0]!);
      this.#step.paired(this.#decreaseTimes[0] === time);
      this.#volumes[0]! -= explained;
      this.#unshown -= explained;
      this.#amounts[0]! -= explained;
      this.#waiting -= explained;
      this.#dropExplained();
    }
    const volume = this.#volumes.shift()!;
    this.#printTimes.shift();
    this.#unshown -= volume;
    if (volume <= 0) return;
    // Or it was what a decrease showed that was taken for a cancel: then the channels are out of step.
    if (volume === this.#cancelAmount && Math.abs(time - this.#cancelTime) <= this.#window) this.#step.paired(false);
    this.#owner.hidden(volume, time);
  }

  /** A decrease shows a print's volume. @returns How much of it. */
  #show(index: number, most: number, sameTime: boolean): number {
    const shown = Math.min(most, this.#volumes[index]!);
    this.#volumes[index]! -= shown;
    this.#unshown -= shown;
    this.#step.paired(sameTime);
    return shown;
  }

  /** A print explains a decrease. @returns How much of it. */
  #explain(index: number, most: number, sameTime: boolean): number {
    const explained = Math.min(most, this.#amounts[index]!);
    this.#amounts[index]! -= explained;
    this.#waiting -= explained;
    this.#matchTimes.push(this.#decreaseTimes[index]!);
    this.#matchVolumes.push(explained);
    this.#step.paired(sameTime);
    return explained;
  }

  #dropShown(): void {
    for (let index = this.#volumes.length - 1; index >= 0; index -= 1) {
      if (this.#volumes[index]! > 0) continue;
      removeAt(this.#volumes, index);
      removeAt(this.#printTimes, index);
    }
  }

  #dropExplained(): void {
    for (let index = this.#amounts.length - 1; index >= 0; index -= 1) {
      if (this.#amounts[index]! > 0) continue;
      removeAt(this.#amounts, index);
      removeAt(this.#decreaseTimes, index);
      removeAt(this.#bases, index);
      removeAt(this.#marks, index);
    }
  }
}

/** Most decreases, and prints, that a level remembers; beyond it the oldest is settled at once. */
const MAX_PENDING = 1_024;
