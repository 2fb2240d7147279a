// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { empty, removeAt } from '../short-list.ts';
import type { AgeHazard } from './age-hazard.ts';
import { DoubtfulCancels } from './doubtful-cancels.ts';
import type { MatchRate } from './match-rate.ts';
import { OrderRow } from './order-row.ts';

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
  readonly #row = new OrderRow();
  readonly #debts: number[] = [];
  /** Number that the next order had when the debt was made: later orders cannot have caused it. */
  readonly #debtMarks: number[] = [];
  readonly #doubts = new DoubtfulCancels();
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
    this.#push(size, time, false);
  }

  /** Volume at the back of which nothing is known. */
  joinLump(size: number): void {
    if (size > 0) this.#push(size, 0, true);
  }

  /** Forgets everything, as if nobody had ever stood here. Marks given before stay lower than those to come. */
  clear(): void {
    this.#row.clear();
    this.#forgive();
    this.#oddPrint = 0;
  }

  /** What the level must hold: it differs when a print was larger than the queue, or an update was not what it seemed. */
  reconcile(volume: number): void {
    const off = volume - (this.#row.total - this.#debt);
    if (off > 0) this.giveBack(off);
    else if (off < 0 && this.#row.length > 0) this.#owe(-off, this.#next);
  }

  /**
   * Somebody of those with a number below `mark` cancelled.
   * @param emptied The level displayed nothing afterwards: none of them is left.
   */
  cancel(amount: number, mark: number, time: number, emptied: boolean): void {
    const { matchRate } = this.#lessons;
    const row = this.#row;
    const end = row.endOf(mark);
    const isWhole = !row.hasLump;
    const found = this.#matching(amount, mark, end, time);
    if (emptied) {
      if (isWhole) matchRate.count(found >= 0 || this.#settleWith(amount, end));
      this.#removeFirst(row.endOf(mark));
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
    const row = this.#row;
    const isEmpty = row.length === 0;
    this.#oddPrint = !isEmpty && (row.size(0) === volume || row.isLump(0)) ? 0 : volume;
    this.#cut = undefined;
    if (!isEmpty) this.#from = row.number(0);
    let left = volume;
    while (left > 0 && row.length > 0) {
      const size = row.size(0);
      const taken = Math.min(left, size);
      left -= taken;
      if (taken < size) this.#cut = row.number(0);
      this.#shrink(0, taken);
    }
    if (row.length === 0) this.#forgive();
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
    const row = this.#row;
    const volume = this.#oddPrint;
    this.#oddPrint = 0;
    if (volume === 0 || row.length === 0) return undefined;
    if (this.#settleRest() || this.#revive(volume)) return undefined;
    const index = row.find(volume, row.number(0) === this.#cut ? 1 : 0, row.length);
    if (index < 0 || row.isLump(index)) return undefined;
    const number = row.number(index);
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
    const row = this.#row;
    const { length } = row;
    let sum = 0;
    let index = 0;
    for (; index < length && row.number(index) < mark; index += 1) sum += row.size(index);
    if (this.#debt === 0) return sum;
    let owed = 0;
    let behind = 0;
    for (let debt = 0; debt < this.#debts.length; debt += 1) {
      const debtMark = this.#debtMarks[debt]!;
      for (; index < length && row.number(index) < debtMark; index += 1) behind += row.size(index);
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
    const row = this.#row;
    let volume = 0;
    let sum = 0;
    for (let index = 0; index < row.length && row.number(index) < to; index += 1) {
      if (row.number(index) < from) continue;
      volume += row.size(index);
      sum += row.size(index) * hazard.of(time - row.time(index));
    }
    return volume > 0 ? sum / volume : 1;
  }

  /** The order of exactly that size that was cancelled most likely, or −1. Learns from it when it is the only one. */
  #matching(amount: number, mark: number, end: number, time: number): number {
    const { hazard } = this.#lessons;
    const row = this.#row;
    let found = row.find(amount, 0, end);
    if (found < 0) return -1;
    let count = 1;
    let best = Number.NaN; // of a single one nobody asks
    for (let next = row.find(amount, found + 1, end); next >= 0; next = row.find(amount, next + 1, end)) {
      if (count === 1) best = hazard.of(time - row.time(found));
      count += 1;
      const likely = hazard.of(time - row.time(next));
      if (likely < best) continue;
      best = likely;
      found = next;
    }
    if (count > 1) this.#doubts.add(amount, row.number(found), row.time(found), mark);
    else if (end > 1 && !row.hasLump) {
      hazard.taken(time - row.time(found));
      for (let index = 0; index < end; index += 1) hazard.candidate(time - row.time(index), end);
    }
    return found;
  }

  /** Whether a debt and this cancel together, or all debts and it, are what one order held: then it is gone. */
  #settleWith(amount: number, end: number): boolean {
    const row = this.#row;
    for (let debt = 0; debt < this.#debts.length; debt += 1) {
      const index = row.find(this.#debts[debt]! + amount, 0, end);
      if (index < 0 || row.number(index) >= this.#debtMarks[debt]!) continue;
      this.#dropDebt(debt);
      this.#remove(index);
      return true;
    }
    if (this.#debts.length < 2) return false;
    const index = row.find(this.#debt + amount, 0, end);
    if (index < 0 || row.number(index) >= this.#debtMarks[0]!) return false;
    this.#forgive();
    this.#remove(index);
    return true;
  }

  #takeOfLump(amount: number, end: number): boolean {
    const index = this.#row.firstLump();
    if (index < 0 || index >= end || this.#row.size(index) < amount) return false;
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
    const row = this.#row;
    let left = this.#debts[debt]!;
    const end = row.endOf(this.#debtMarks[debt]!);
    this.#dropDebt(debt);
    for (let index = end - 1; index >= 0 && left > 0; index -= 1) {
      const taken = Math.min(left, row.size(index));
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
    const row = this.#row;
    const debt = row.number(0) === this.#cut ? this.#debts.indexOf(row.size(0)) : -1;
    if (debt < 0) return false;
    this.#dropDebt(debt);
    row.dropFirst();
    return true;
  }

  /** Whether all before the order with that number can be gone: by debts, or by doubtful cancels that were theirs. */
  #isExplained(number: number): boolean {
    const row = this.#row;
    let left = this.#debt;
    for (let index = 0; left >= 0 && row.number(index) !== number; index += 1) {
      const size = row.size(index);
      if (this.#doubts.behind(number, size, row.number(index)) < 0) left -= size;
    }
    return left >= 0;
  }

  /** All up to the order with that number are gone: what doubtful cancels took instead is back, debts pay for the rest. */
  #dropThrough(number: number): void {
    const row = this.#row;
    let owed = 0;
    while (row.number(0) !== number) {
      const size = row.size(0);
      const doubt = this.#doubts.behind(number, size, row.number(0));
      row.dropFirst();
      if (doubt < 0) owed += size;
      else this.#putBack(doubt);
    }
    row.dropFirst();
    // Two of them may have counted on the same doubtful cancel.
    const left = this.#repay(owed);
    if (left > 0) this.#putFirst(left, number);
    else if (row.length === 0) this.#forgive();
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
      this.#doubts.replace(doubt, this.#row.number(other), this.#row.time(other));
      this.#remove(other);
      this.giveBack(volume);
      return true;
    }
    return false;
  }

  /** The latest order that a doubtful cancel may have taken instead, or −1. One that a print has cut had another size then. */
  #otherThan(doubt: number): number {
    const { sizes, marks } = this.#doubts;
    const row = this.#row;
    for (let index = row.endOf(marks[doubt]!) - 1; index >= 0; index -= 1) {
      if (row.size(index) !== sizes[doubt] || row.isLump(index)) continue;
      if (row.number(index) !== this.#cut) return index;
    }
    return -1;
  }

  /** Whom a doubtful cancel took out stands here still. */
  #putBack(doubt: number): void {
    const { sizes, numbers, times } = this.#doubts;
    const number = numbers[doubt]!;
    this.#row.insert(this.#row.endOf(number), number, sizes[doubt]!, times[doubt]!, false);
    this.#doubts.remove(doubt);
  }

  /** Puts volume in front, as of an order that had that number. */
  #putFirst(volume: number, number: number): void {
    const row = this.#row;
    if (row.length > 0 && row.number(0) <= number) row.resize(0, volume);
    else row.insert(0, number, volume, 0, true);
  }

  #push(size: number, time: number, isLump: boolean): void {
    if (this.#row.length >= MAX_ORDERS) this.#mergeFirst();
    this.#row.push(this.#next, size, time, isLump);
    this.#next += 1;
  }

  /** The two oldest become one lump. */
  #mergeFirst(): void {
    const row = this.#row;
    row.resize(1, row.size(0));
    row.makeLump(1);
    row.dropFirst();
  }

  /** Takes lots of an order, and the order out when none are left. */
  #shrink(index: number, by: number): void {
    const row = this.#row;
    if (by !== row.size(index)) row.resize(index, -by);
    else if (index === 0) row.dropFirst();
    else this.#remove(index);
  }

  #remove(index: number): void {
    this.#row.remove(index);
    if (this.#row.length === 0) this.#forgive();
  }

  #removeFirst(count: number): void {
    const row = this.#row;
    if (count === row.length) row.clear();
    else for (let index = 0; index < count; index += 1) row.dropFirst();
    if (row.length === 0) this.#forgive();
  }

  #dropDebt(index: number): void {
    this.#debt -= this.#debts[index]!;
    removeAt(this.#debts, index);
    removeAt(this.#debtMarks, index);
  }

  #forgive(): void {
    if (this.#debts.length > 0) {
      empty(this.#debts);
      empty(this.#debtMarks);
    }
    this.#debt = 0;
    this.#doubts.clear();
  }
}

/** Most orders and debts that a level remembers. */
const MAX_ORDERS = 1_024;
const MAX_DEBTS = 16;
