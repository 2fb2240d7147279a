import { RBTree } from 'bintrees';
import { lots } from '@kb/model';
import type { Level3Order, Lots, Side, Ticks } from '@kb/model';
import { CHECKSUM_LEVELS } from './checksum.ts';
import { bitsOf, crcOfBits, digitsOf, shiftBits, shiftBitsBy } from './crc-digits.ts';

/** One order in its queue. The side that it is on owns it; nobody else changes it. */
export interface QueuedOrder {
  readonly orderId: string;
  readonly owner: L3Side;
  level: QueueLevel;
  size: Lots;
  timestamp: string;
  /** The timestamp that it joined its queue with. */
  joinedAt: string;
  /** Number of the message by which it joined its queue. */
  joinedBy: number;
  ahead: QueuedOrder | undefined;
  behind: QueuedOrder | undefined;
  /** CRC32 and count of its digits; `digits` is 0 until first needed. */
  crc: number;
  digits: number;
}

/** The orders at one price, first to trade first. Levels are linked too, so that the best ones are read without the tree. */
export interface QueueLevel {
  readonly price: Ticks;
  /** Lots over all of its orders: exact up to 2^53 − 1, which is as far as `Lots` go. */
  size: number;
  first: QueuedOrder | undefined;
  last: QueuedOrder | undefined;
  better: QueueLevel | undefined;
  worse: QueueLevel | undefined;
  /** CRC32 and count of the digits of all of its orders; `digits` is 0 when something changed since. */
  crc: number;
  digits: number;
}

/**
 * One side of a book of single orders. A hash finds a level by its price, a red-black tree finds the place of a new one.
 *
 * Cost: changing an order O(1), a new level O(log levels), dropping the worst level O(its orders).
 */
export class L3Side {
  readonly side: Side;
  /** +1: the highest price is best (bids); −1: the lowest (asks). */
  readonly #sign: 1 | -1;
  readonly #byPrice = new Map<number, QueueLevel>();
  readonly #sorted: RBTree<QueueLevel>;
  #best: QueueLevel | undefined;
  #worst: QueueLevel | undefined;
  /** Where the last look by index ended, so that reading level after level walks the side once. */
  #lookedAt: QueueLevel | undefined;
  #lookedIndex = 0;
  /** Whether one of the ten best changed since `refreshTop`, and the price of the tenth then, if there were ten. */
  #topChanged = false;
  #tenth: Ticks | undefined;
  #topCrc = 0;
  #topDigits = 0;

  constructor(side: Side) {
    this.side = side;
    this.#sign = side === 'buy' ? 1 : -1;
    this.#sorted = new RBTree<QueueLevel>((a, b) => this.#sign * (b.price - a.price));
  }

  get count(): number {
    return this.#byPrice.size;
  }

  best(): Ticks | undefined {
    return this.#best?.price;
  }

  levelOf(price: Ticks): QueueLevel | undefined {
    return this.#byPrice.get(price);
  }

  levelAt(index: number): QueueLevel | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#byPrice.size) return undefined;
    let level = this.#lookedAt;
    let at = this.#lookedIndex;
    if (level === undefined || index < at) {
      level = this.#best;
      at = 0;
    }
    for (; at < index; at += 1) level = level?.worse;
    this.#lookedAt = level;
    this.#lookedIndex = index;
    return level;
  }

  /** Puts a new order at the back of the queue at its price, or, `byTime`, before those of the same message that came later. */
  add(orderId: string, price: Ticks, size: Lots, timestamp: string, message: number, byTime: boolean): QueuedOrder {
    const order: QueuedOrder = {
      orderId,
      owner: this,
      level: this.#levelFor(price),
      size,
      timestamp,
      joinedAt: timestamp,
      joinedBy: message,
      ahead: undefined,
      behind: undefined,
      crc: 0,
      digits: 0,
    };
    this.#enqueue(order, byTime);
    return order;
  }

  /** Changes the size of an order that keeps its place. */
  resize(order: QueuedOrder, size: Lots, timestamp: string): void {
    const { level } = order;
    const by = size - order.size;
    order.size = size;
    order.timestamp = timestamp;
    order.digits = 0;
    this.#grow(level, by);
  }

  /** Takes an order to the queue of another price, as `add` does. */
  move(order: QueuedOrder, price: Ticks, size: Lots, timestamp: string, message: number, byTime: boolean): void {
    this.remove(order);
    order.level = this.#levelFor(price);
    order.size = size;
    order.timestamp = timestamp;
    order.joinedAt = timestamp;
    order.joinedBy = message;
    order.digits = 0;
    this.#enqueue(order, byTime);
  }

  /** Takes an order out, and its level with it when it was the last. */
  remove(order: QueuedOrder): void {
    const { level, ahead, behind } = order;
    const size: number = order.size;
    if (ahead === undefined) level.first = behind;
    else ahead.behind = behind;
    if (behind === undefined) level.last = ahead;
    else behind.ahead = ahead;
    order.ahead = undefined;
    order.behind = undefined;
    if (level.first === undefined) this.#removeLevel(level);
    else this.#grow(level, -size);
  }

  /** Drops the worst levels beyond `depth`, and their orders from the index. */
  cut(depth: number, index: Map<string, QueuedOrder>): void {
    while (this.#byPrice.size > depth && this.#worst !== undefined) {
      for (let order = this.#worst.first; order !== undefined; order = order.behind) index.delete(order.orderId);
      this.#removeLevel(this.#worst);
    }
  }

  clear(): void {
    this.#byPrice.clear();
    this.#sorted.clear();
    this.#best = undefined;
    this.#worst = undefined;
    this.#lookedAt = undefined;
    this.#topChanged = true;
  }

  /** Brings `topCrc` and `topDigits` up to date: costs nothing when none of the ten best changed. */
  refreshTop(): void {
    if (!this.#topChanged) return;
    this.#topChanged = false;
    let crc = 0;
    let digits = 0;
    let level = this.#best;
    let tenth: Ticks | undefined;
    for (let count = 1; level !== undefined && count <= CHECKSUM_LEVELS; count += 1) {
      if (level.digits === 0) refreshLevel(level);
      crc = shiftBitsBy(crc, level.digits) ^ level.crc;
      digits += level.digits;
      if (count === CHECKSUM_LEVELS) tenth = level.price;
      level = level.worse;
    }
    this.#tenth = tenth;
    this.#topCrc = crc;
    this.#topDigits = digits;
  }

  /** CRC32 of the text of the ten best levels, best first, as of the last `refreshTop`. */
  get topCrc(): number {
    return this.#topCrc;
  }

  /** How many digits that text has. */
  get topDigits(): number {
    return this.#topDigits;
  }

  #enqueue(order: QueuedOrder, byTime: boolean): void {
    const { level } = order;
    let ahead = level.last;
    if (byTime) {
      while (ahead?.joinedBy === order.joinedBy && isLater(ahead.joinedAt, order.joinedAt)) ahead = ahead.ahead;
    }
    const behind = ahead === undefined ? level.first : ahead.behind;
    order.ahead = ahead;
    order.behind = behind;
    if (ahead === undefined) level.first = order;
    else ahead.behind = order;
    if (behind === undefined) level.last = order;
    else behind.ahead = order;
    this.#grow(level, order.size);
  }

  /** Adds to a level's lots. A sum that left the exact integers is taken anew, so that it is right again when it is back. */
  #grow(level: QueueLevel, by: number): void {
    const isExact = Number.isSafeInteger(level.size);
    level.size = isExact ? level.size + by : sumOf(level);
    this.#touch(level);
  }

  #touch(level: QueueLevel): void {
    level.digits = 0;
    if (this.#tenth === undefined || this.#sign * (level.price - this.#tenth) >= 0) this.#topChanged = true;
  }

  #levelFor(price: Ticks): QueueLevel {
    const known = this.#byPrice.get(price);
    if (known !== undefined) return known;
    const level: QueueLevel = {
      price,
      size: 0,
      first: undefined,
      last: undefined,
      better: undefined,
      worse: undefined,
      crc: 0,
      digits: 0,
    };
    const worse = this.#sorted.lowerBound(level).data() ?? undefined;
    const better = worse === undefined ? this.#worst : worse.better;
    level.worse = worse;
    level.better = better;
    if (worse === undefined) this.#worst = level;
    else worse.better = level;
    if (better === undefined) this.#best = level;
    else better.worse = level;
    this.#sorted.insert(level);
    this.#byPrice.set(price, level);
    this.#lookedAt = undefined;
    return level;
  }

  #removeLevel(level: QueueLevel): void {
    const { better, worse } = level;
    if (better === undefined) this.#best = worse;
    else better.worse = worse;
    if (worse === undefined) this.#worst = better;
    else worse.better = better;
    this.#sorted.remove(level);
    this.#byPrice.delete(level.price);
    this.#lookedAt = undefined;
    this.#touch(level);
  }
}

/** A copy of an order as anybody may see it. */
export function shown({ orderId, owner, level, size, timestamp }: QueuedOrder): Level3Order {
  return { orderId, side: owner.side, price: level.price, size, timestamp };
}

/** A sum of lots, as far as `Lots` go. */
export function asLots(sum: number): Lots {
  return lots(Math.min(sum, Number.MAX_SAFE_INTEGER));
}

function sumOf(level: QueueLevel): number {
  let sum = 0;
  for (let order = level.first; order !== undefined; order = order.behind) sum += order.size;
  return sum;
}

/** CRC32 of one text after the other: the first moved on by the length of the second, XOR the second. */
function refreshLevel(level: QueueLevel): void {
  let crc = 0;
  let digits = 0;
  for (let order = level.first; order !== undefined; order = order.behind) {
    if (order.digits === 0) refreshOrder(order);
    crc = shiftBits(crc, order.digits) ^ order.crc;
    digits += order.digits;
  }
  level.crc = crc;
  level.digits = digits;
}

function refreshOrder(order: QueuedOrder): void {
  const { size } = order;
  const { price } = order.level;
  const sizeDigits = digitsOf(size);
  const digits = digitsOf(price) + sizeDigits;
  order.crc = crcOfBits(shiftBits(bitsOf(price), sizeDigits) ^ bitsOf(size), digits);
  order.digits = digits;
}

/** Compares times in UTC as they are written. Without the `Z` at the end this is right for any number of decimals. */
function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.slice(0, -1) > b.slice(0, -1);
}
