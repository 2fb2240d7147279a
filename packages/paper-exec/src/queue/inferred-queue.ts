// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { AgeHazard } from './age-hazard.ts';
import { DoubtfulCancels } from './doubtful-cancels.ts';
import { removeAt } from './level-pairing.ts';
import type { MatchRate } from './match-rate.ts';

/** What a symbol's cancels have taught, shared by all of its levels. */
export interface CancelLessons {
  readonly hazard: AgeHazard;
  readonly matchRate: MatchRate;
}

/**
 * The orders at one price as they can be inferred from its sizes and prints alone: the fingerprint of execution reference,
 * section 3.
 *
 * An increase appends an order. A cancel of exactly an order's size takes that order out; where several have it, the one whose
 * age is cancelled most readily, which leaves a doubt. A cancel of no order's size is a debt, until it and a later one make an
 * order's size together.
 *
 * A print takes from the front, and is one maker's. When the sweep goes on although the print was not what the first order
 * held, then whom a doubtful cancel took out was the maker, or all before an order of just its size had gone, so the queue is
 * anchored there. The latter only where debts and doubtful cancels account for all who must have gone: round sizes meet by
 * chance.
 *
 * Orders are known by their number, counting up as they join; what stood there before anybody looked is one lump. The orders
 * less the debts are always what the level holds. Structs of arrays, bounded: nothing is allocated per message.
 */
export class InferredQueue {
  readonly #lessons: CancelLessons;
  readonly #numbers: number[] = [];
  readonly #sizes: number[] = [];
  readonly #times: number[] = [];
  /** 1 for volume of which it is not known what orders it is made of. */
  readonly #lumps: number[] = [];
  readonly #debts: number[] = [];
  /** Number that the next order had when the debt was made: later orders cannot have caused it. */
  readonly #debtMarks: number[] = [];
  readonly #doubts = new DoubtfulCancels();
  #total = 0;
  #debt = 0;
  #next = 0;
  /** Number of the order that the last print took from first; before the first print one in front of all. */
  #from = -1;
  /** Volume of the last print, when it was not exactly what the first order held; 0 otherwise. */
  #oddPrint = 0;
  /** Number of the order of which it left a part, if any. */
  #cut: number | undefined = undefined;

  constructor(lessons: CancelLessons) {
    this.#lessons = lessons;
  }

  /** Number that the next order gets: all that stand here now have lower ones. */
  get mark(): number {
    return this.#next;
  }

  join(size: number, time: number): void {
    this.#push(size, time, 0);
  }

  /** Volume at the back of which nothing is known. */
  joinLump(size: number): void {
    if (size > 0) this.#push(size, 0, 1);
  }

  /** Forgets everything, as if nobody had ever stood here. Marks given before stay lower than those to come. */
  clear(): void {
    if (this.#sizes.length > 0) this.#removeFirst(this.#sizes.length);
    this.#debts.length = 0;
    this.#debtMarks.length = 0;
    this.#doubts.clear();
    this.#total = 0;
    this.#debt = 0;
    this.#oddPrint = 0;
  }

  /** What the level must hold: it differs when a print was larger than the queue, or an update was not what it seemed. */
  reconcile(volume: number): void {
    const off = volume - (this.#total - this.#debt);
    if (off > 0) this.giveBack(off);
    else if (off < 0 && this.#sizes.length > 0) this.#owe(-off, this.#next);
  }

  /**
   * Somebody of those with a number below `mark` cancelled.
   * @param emptied The level displayed nothing afterwards: none of them is left.
   */
  cancel(amount: number, mark: number, time: number, emptied: boolean): void {
    const { matchRate } = this.#lessons;
    const end = this.#endOf(mark);
    const isWhole = this.#lumps.indexOf(1) < 0;
    const found = this.#matching(amount, mark, time);
    if (emptied) {
      if (isWhole) matchRate.count(found >= 0 || this.#settleWith(amount, end));
      this.#removeFirst(this.#endOf(mark));
      while (this.#debts.length > 0 && this.#debtMarks[0]! <= mark) this.#dropDebt(0);
      return;
    }
    if (found >= 0) {
      if (isWhole) matchRate.count(true);
      this.#remove(found);
    } else if (this.#settleWith(amount, end)) {
      if (isWhole) matchRate.count(true);
    } else if (!this.#takeOfLump(amount, end)) {
      matchRate.count(false);
      this.#owe(amount, mark);
    }
  }

  /** A print takes from the front. */
  consume(volume: number): void {
    // A lump may have held an order of just that size.
    this.#oddPrint = this.#sizes[0] === volume || this.#lumps[0] === 1 ? 0 : volume;
    this.#cut = undefined;
    if (this.#numbers.length > 0) this.#from = this.#numbers[0]!;
    let left = volume;
    while (left > 0 && this.#sizes.length > 0) {
      const taken = Math.min(left, this.#sizes[0]!);
      left -= taken;
      if (taken < this.#sizes[0]!) this.#cut = this.#numbers[0];
      this.#shrink(0, taken);
    }
    if (this.#sizes.length === 0) this.#forgive();
  }

  /** Printed volume turned out not to have been displayed: it stands where the print took it from. */
  giveBack(volume: number): void {
    this.#putFirst(volume, this.#from);
  }

  /**
   * The sweep went on to its next maker, so the last print was all that its maker had.
   * @returns Number of the order that it must have been, when that was not the first one; `undefined` when nothing changed.
   */
  anchor(): number | undefined {
    const volume = this.#oddPrint;
    this.#oddPrint = 0;
    if (volume === 0 || this.#sizes.length === 0) return undefined;
    if (this.#settleRest() || this.#revive(volume)) return undefined;
    const index = this.#sizes.indexOf(volume, this.#numbers[0] === this.#cut ? 1 : 0);
    if (index < 0 || this.#lumps[index] === 1) return undefined;
    const number = this.#numbers[index]!;
    this.giveBack(volume);
    if (this.#isExplained(number)) {
      this.#dropThrough(number);
      return number;
    }
    this.#shrink(0, volume);
    return undefined;
  }

  /** Lots before the order with that number, less their share of the debts. */
  aheadOf(mark: number): number {
    const numbers = this.#numbers;
    const sizes = this.#sizes;
    let sum = 0;
    let index = 0;
    for (; index < sizes.length && numbers[index]! < mark; index += 1) sum += sizes[index]!;
    if (this.#debt === 0) return sum;
    let owed = 0;
    let behind = 0;
    for (let debt = 0; debt < this.#debts.length; debt += 1) {
      const debtMark = this.#debtMarks[debt]!;
      for (; index < sizes.length && numbers[index]! < debtMark; index += 1) behind += sizes[index]!;
      if (debtMark <= mark) owed += this.#debts[debt]!;
      else if (sum > 0) owed += (this.#debts[debt]! * sum) / (sum + behind);
    }
    return Math.max(0, sum - owed);
  }

  /**
   * Mean hazard of a lot with a number from `from` up to, not including, `to`.
   * @param time Later orders are not counted. @returns 1 when there is none.
   */
  hazardBetween(from: number, to: number, time: number): number {
    const { hazard } = this.#lessons;
    let volume = 0;
    let sum = 0;
    for (let index = 0; index < this.#sizes.length && this.#numbers[index]! < to; index += 1) {
      if (this.#numbers[index]! < from) continue;
      volume += this.#sizes[index]!;
      sum += this.#sizes[index]! * hazard.of(time - this.#times[index]!);
    }
    return volume > 0 ? sum / volume : 1;
  }

  /** The order of exactly that size that was cancelled most likely, or −1. Learns from it when it is the only one. */
  #matching(amount: number, mark: number, time: number): number {
    const { hazard } = this.#lessons;
    const end = this.#endOf(mark);
    let found = -1;
    let count = 0;
    let best = -1;
    for (let index = 0; index < end; index += 1) {
      if (this.#sizes[index] !== amount) continue;
      count += 1;
      const likely = hazard.of(time - this.#times[index]!);
      if (likely < best) continue;
      best = likely;
      found = index;
    }
    if (count > 1) this.#doubts.add(amount, this.#numbers[found]!, this.#times[found]!, mark);
    else if (count === 1 && end > 1 && this.#lumps.indexOf(1) < 0) {
      hazard.taken(time - this.#times[found]!);
      for (let index = 0; index < end; index += 1) hazard.candidate(time - this.#times[index]!, end);
    }
    return found;
  }

  /** Whether a debt and this cancel together, or all debts and it, are what one order held: then it is gone. */
  #settleWith(amount: number, end: number): boolean {
    for (let debt = 0; debt < this.#debts.length; debt += 1) {
      const index = this.#sizes.indexOf(this.#debts[debt]! + amount);
      if (index < 0 || index >= end || this.#numbers[index]! >= this.#debtMarks[debt]!) continue;
      this.#dropDebt(debt);
      this.#remove(index);
      return true;
    }
    if (this.#debts.length < 2) return false;
    const index = this.#sizes.indexOf(this.#debt + amount);
    if (index < 0 || index >= end || this.#numbers[index]! >= this.#debtMarks[0]!) return false;
    this.#forgive();
    this.#remove(index);
    return true;
  }

  #takeOfLump(amount: number, end: number): boolean {
    const index = this.#lumps.indexOf(1);
    if (index < 0 || index >= end || this.#sizes[index]! < amount) return false;
    this.#shrink(index, amount);
    return true;
  }

  #owe(amount: number, mark: number): void {
    if (this.#debts.length >= MAX_DEBTS) this.#write(0);
    // Kept in the order of their marks.
    let at = this.#debts.length;
    this.#debts.push(amount);
    this.#debtMarks.push(mark);
    for (; at > 0 && this.#debtMarks[at - 1]! > mark; at -= 1) {
      this.#debts[at] = this.#debts[at - 1]!;
      this.#debtMarks[at] = this.#debtMarks[at - 1]!;
    }
    this.#debts[at] = amount;
    this.#debtMarks[at] = mark;
    this.#debt += amount;
  }

  /** Gives up waiting for a debt to explain itself: takes it from the latest orders that can have caused it. */
  #write(debt: number): void {
    let left = this.#debts[debt]!;
    const end = this.#endOf(this.#debtMarks[debt]!);
    this.#dropDebt(debt);
    for (let index = end - 1; index >= 0 && left > 0; index -= 1) {
      const taken = Math.min(left, this.#sizes[index]!);
      left -= taken;
      this.#shrink(index, taken);
    }
  }

  /** Orders before that number turned out to be gone: takes their volume off the debts. @returns What no debt explains. */
  #repay(volume: number): number {
    let left = volume;
    for (let debt = 0; left > 0 && debt < this.#debts.length;) {
      const paid = Math.min(left, this.#debts[debt]!);
      left -= paid;
      if (paid === this.#debts[debt]) this.#dropDebt(debt);
      else {
        this.#debts[debt]! -= paid;
        this.#debt -= paid;
        debt += 1;
      }
    }
    return left;
  }

  /** Whether the first order had been made smaller by just what it still holds: then it is gone, and so is the debt. */
  #settleRest(): boolean {
    const debt = this.#numbers[0] === this.#cut ? this.#debts.indexOf(this.#sizes[0]!) : -1;
    if (debt < 0) return false;
    this.#dropDebt(debt);
    this.#dropFirst();
    return true;
  }

  /** Whether all before the order with that number can be gone: by debts, or by doubtful cancels that were theirs. */
  #isExplained(number: number): boolean {
    let left = this.#debt;
    for (let index = 0; left >= 0 && this.#numbers[index] !== number; index += 1) {
      const size = this.#sizes[index]!;
      if (this.#doubts.behind(number, size, this.#numbers[index]!) < 0) left -= size;
    }
    return left >= 0;
  }

  /** All up to the order with that number are gone: what doubtful cancels took instead is back, debts pay for the rest. */
  #dropThrough(number: number): void {
    let owed = 0;
    while (this.#numbers[0] !== number) {
      const size = this.#sizes[0]!;
      const doubt = this.#doubts.behind(number, size, this.#numbers[0]!);
      this.#dropFirst();
      if (doubt < 0) owed += size;
      else this.#putBack(doubt);
    }
    this.#dropFirst();
    // Two of them may have counted on the same doubtful cancel.
    const left = this.#repay(owed);
    if (left > 0) this.#putFirst(left, number);
    else if (this.#sizes.length === 0) this.#forgive();
  }

  /**
   * Whether the last print was all of an order that a doubtful cancel took out: then another of its size was cancelled, and
   * what the print took from stands here still.
   */
  #revive(volume: number): boolean {
    const { numbers, sizes } = this.#doubts;
    for (let doubt = 0; doubt < sizes.length; doubt += 1) {
      if (sizes[doubt] !== volume || numbers[doubt]! >= this.#from) continue;
      const other = this.#otherThan(doubt);
      if (other < 0) continue;
      this.#doubts.replace(doubt, this.#numbers[other]!, this.#times[other]!);
      this.#remove(other);
      this.giveBack(volume);
      return true;
    }
    return false;
  }

  /** The latest order that a doubtful cancel may have taken instead, or −1. One that a print has cut had another size then. */
  #otherThan(doubt: number): number {
    const { sizes, marks } = this.#doubts;
    for (let index = this.#endOf(marks[doubt]!) - 1; index >= 0; index -= 1) {
      if (this.#sizes[index] !== sizes[doubt] || this.#lumps[index] === 1) continue;
      if (this.#numbers[index] !== this.#cut) return index;
    }
    return -1;
  }

  /** Whom a doubtful cancel took out stands here still. */
  #putBack(doubt: number): void {
    const { sizes, numbers, times } = this.#doubts;
    const number = numbers[doubt]!;
    const index = this.#endOf(number);
    this.#numbers.splice(index, 0, number);
    this.#sizes.splice(index, 0, sizes[doubt]!);
    this.#times.splice(index, 0, times[doubt]!);
    this.#lumps.splice(index, 0, 0);
    this.#total += sizes[doubt]!;
    this.#doubts.remove(doubt);
  }

  /** Puts volume in front, as of an order that had that number. */
  #putFirst(volume: number, number: number): void {
    this.#total += volume;
    const first = this.#numbers[0];
    if (first !== undefined && first <= number) {
      this.#sizes[0]! += volume;
      return;
    }
    this.#numbers.unshift(number);
    this.#sizes.unshift(volume);
    this.#times.unshift(0);
    this.#lumps.unshift(1);
  }

  #push(size: number, time: number, lump: number): void {
    if (this.#sizes.length >= MAX_ORDERS) this.#mergeFirst();
    this.#numbers.push(this.#next);
    this.#sizes.push(size);
    this.#times.push(time);
    this.#lumps.push(lump);
    this.#total += size;
    this.#next += 1;
  }

  /** The two oldest become one lump. */
  #mergeFirst(): void {
    const first = this.#sizes[0]!;
    this.#sizes[1]! += first;
    this.#lumps[1] = 1;
    this.#total += first;
    this.#dropFirst();
  }

  /** Takes lots of an order, and the order out when none are left. */
  #shrink(index: number, by: number): void {
    if (by === this.#sizes[index]) {
      if (index === 0) this.#dropFirst();
      else this.#remove(index);
      return;
    }
    this.#sizes[index]! -= by;
    this.#total -= by;
  }

  #remove(index: number): void {
    this.#total -= this.#sizes[index]!;
    removeAt(this.#numbers, index);
    removeAt(this.#sizes, index);
    removeAt(this.#times, index);
    removeAt(this.#lumps, index);
    if (this.#sizes.length === 0) this.#forgive();
  }

  #dropFirst(): void {
    this.#numbers.shift();
    this.#total -= this.#sizes.shift()!;
    this.#times.shift();
    this.#lumps.shift();
  }

  #removeFirst(count: number): void {
    for (let index = 0; index < count; index += 1) this.#total -= this.#sizes[index]!;
    if (count === this.#sizes.length) {
      this.#numbers.length = 0;
      this.#sizes.length = 0;
      this.#times.length = 0;
      this.#lumps.length = 0;
    } else {
      for (let index = 0; index < count; index += 1) {
        this.#numbers.shift();
        this.#sizes.shift();
        this.#times.shift();
        this.#lumps.shift();
      }
    }
    if (this.#sizes.length === 0) this.#forgive();
  }

  #dropDebt(index: number): void {
    this.#debt -= this.#debts[index]!;
    removeAt(this.#debts, index);
    removeAt(this.#debtMarks, index);
  }

  #forgive(): void {
    this.#debts.length = 0;
    this.#debtMarks.length = 0;
    this.#debt = 0;
    this.#doubts.clear();
  }

  /** How many stand here with a number below `mark`. */
  #endOf(mark: number): number {
    let end = this.#numbers.length;
    while (end > 0 && this.#numbers[end - 1]! >= mark) end -= 1;
    return end;
  }
}

/** Most orders and debts that a level remembers. */
const MAX_ORDERS = 1_024;
const MAX_DEBTS = 16;
