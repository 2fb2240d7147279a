import { lots, NO_LOTS } from '@kb/model';
import type { BookChanges, BookView, Lots, Micros, Side, Ticks } from '@kb/model';
import type { WireTrade } from '@kb/kraken';
import type { Flow } from '../flow/flow.ts';
import type { Matcher } from '../matching/matcher.ts';

/** What the recording has at a price, and what stands for it in the market. */
interface TapeLevel {
  /** The tape's own orders, front to back; those that have traded are still listed until the level is looked at. */
  ids: number[];
  /** Lots that the recording shows, less what it has traded there since it said so. */
  recorded: number;
  /** Lots that shall rest here after the message that is being followed. */
  target: number;
}

/** More than any size costs at any price. */
const ALL_MONEY = BigInt(Number.MAX_SAFE_INTEGER) ** 2n;

/**
 * A recorded book as the flow of a market, with clients' orders resting in it. What the recording shows at a price is held by orders of
 * the tape's own: growth joins the back of the queue, a cut takes from the back, so that a client's place is never flattered by
 * somebody's cancel. A recorded trade comes as a taker of its side, price and size, and meets whoever is first: the tape's orders
 * or a client's.
 *
 * Every recorded lot trades at most once, and what prints for a recorded trade is its size:
 * - What a client takes of a level, or a level of a client's better order on its arrival, is taken from the recording, and has printed as
 *   the client's fill. It does not come back with the next update: growth adds to what is left, a cut leaves the taken its share of the
 *   level, and it is forgotten when the level goes.
 * - A recorded trade that finds less at its price than its size lacks first what was taken there: that much does not print again. The
 *   rest was hidden in the recording, and is put there for it.
 * - What was hidden meets clients' better orders of the taker's side first, at their price; only what they leave prints as the recorded
 *   taker's. A client's order larger than the trade gets all of it, and rests with what it lacks.
 *
 * (A recorded trade comes before the book it leaves, as on the live venue.)
 *
 * While its market stands still the recording goes on without it: the venue's other pairs trade, and when this one opens again it is
 * where they are. Books and trades of that time are counted as missed and not published; in the moment in which the market goes on, its
 * book becomes the recorded one of then, and what crosses clients' orders trades with them.
 */
export class TapeFlow implements Flow {
  /** Never by itself: the feeder of the recording drives it. */
  readonly nextAt: Micros | typeof Infinity = Infinity;
  readonly reference: number | undefined = undefined;
  readonly counts: { books: number; trades: number; hidden: number; missed: number } = {
    books: 0,
    trades: 0,
    hidden: 0,
    missed: 0,
  };
  readonly #matcher: Matcher;
  readonly #buys = new Map<Ticks, TapeLevel>();
  readonly #sells = new Map<Ticks, TapeLevel>();
  #still = false;
  /** The recorded book, where the market has missed a part of it. */
  #missed: BookView | undefined = undefined;

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  /** The tape has no events of its own to make. */
  step(): void {
    return undefined;
  }

  /** Lets the market miss what is recorded from now on, or catch up with it. */
  stand(still: boolean): void {
    this.#still = still;
    const book = this.#missed;
    if (still || book === undefined) return;
    this.#missed = undefined;
    this.#become(book);
  }

  /**
   * Makes the tape's orders those of the book: after a snapshot at all prices, after an update at the changed ones.
   * @param book Kept while the market stands still: always the same one.
   */
  follow(book: BookView, changes: BookChanges): void {
    if (this.#still) {
      this.counts.missed += 1;
      this.#missed = book;
      return;
    }
    this.counts.books += 1;
    const { bidPrices, bidCount, askPrices, askCount, snapshot } = changes;
    if (snapshot) this.#become(book);
    else this.#update(book, bidPrices.slice(0, bidCount), askPrices.slice(0, askCount));
  }

  /** Lets a recorded trade happen. */
  trade({ side, price, size }: WireTrade): void {
    if (this.#still) {
      this.counts.missed += 1;
      return;
    }
    this.counts.trades += 1;
    const makers: Side = side === 'buy' ? 'sell' : 'buy';
    // What could be bought without regard to money: it knows what guarded orders would give.
    const there = this.#matcher.affordable(side, ALL_MONEY, lots(1), { worstPrice: price });
    const level = this.#levels(makers).get(price);
    const missing = Math.max(0, size - there);
    const hidden = missing - Math.min(missing, level === undefined ? 0 : this.#takenOf(level));
    if (level !== undefined) level.recorded = Math.max(0, level.recorded - size);
    if (hidden > 0) this.#tradeHidden(side, makers, price, size, lots(hidden));
    else if (there > 0) this.#take(side, price, size);
  }

  #tradeHidden(side: Side, makers: Side, price: Ticks, size: Lots, hidden: Lots): void {
    this.counts.hidden += 1;
    // The recording's own orders that would meet it came after this trade.
    const later = this.#withdrawCrossed(side, price);
    const id = this.#matcher.newOrderId();
    if (this.#matcher.limit(id, makers, price, hidden) === 'resting') {
      this.#take(side, price, size);
      this.#matcher.cancel(id);
    }
    for (const [level, at, lotsThere] of later) this.#add(level, side, at, lotsThere);
  }

  #take(side: Side, price: Ticks, size: Lots): void {
    this.#matcher.limit(this.#matcher.newOrderId(), side, price, size, 'ioc');
  }

  #withdrawCrossed(side: Side, price: Ticks): readonly (readonly [TapeLevel, Ticks, Lots])[] {
    const crossed: (readonly [TapeLevel, Ticks, Lots])[] = [];
    for (const [at, level] of this.#levels(side)) {
      if (side === 'buy' ? at < price : at > price) continue;
      const size = this.#sizeOf(level);
      if (size > 0) crossed.push([level, at, lots(size)]);
      this.#cut(level, at, 0);
    }
    return crossed;
  }

  #become(book: BookView): void {
    this.#update(book, pricesOf(book, 'buy', this.#buys), pricesOf(book, 'sell', this.#sells));
  }

  #update(book: BookView, buys: readonly Ticks[], sells: readonly Ticks[]): void {
    // All cuts before all growth: within one message the recorded sides may cross for a moment.
    for (const price of buys) this.#hear('buy', price, book.sizeOf('buy', price));
    for (const price of sells) this.#hear('sell', price, book.sizeOf('sell', price));
    this.#hearPushedOut('buy', book);
    this.#hearPushedOut('sell', book);
    for (const price of buys) this.#grow('buy', price);
    for (const price of sells) this.#grow('sell', price);
  }

  /** Levels that the recorded book no longer has: they fell out of its depth. */
  #hearPushedOut(side: Side, book: BookView): void {
    const levels = this.#levels(side);
    if (levels.size <= book.levels(side)) return;
    for (const price of levels.keys()) if (book.sizeOf(side, price) === 0) this.#hear(side, price, NO_LOTS);
  }

  /** Notes what the recording now has at a price, and cuts what is too much for it. */
  #hear(side: Side, price: Ticks, size: Lots): void {
    const levels = this.#levels(side);
    const level = levels.get(price) ?? { ids: [], recorded: 0, target: 0 };
    level.target = size - leftTaken(this.#takenOf(level), level.recorded, size);
    level.recorded = size;
    this.#cut(level, price, level.target);
    if (size > 0) levels.set(price, level);
    else levels.delete(price);
  }

  #cut(level: TapeLevel, price: Ticks, target: number): void {
    let excess = this.#sizeOf(level) - target;
    while (excess > 0) {
      const last = level.ids.at(-1);
      const order = last === undefined ? undefined : this.#matcher.order(last);
      if (last === undefined || order === undefined) break;
      if (order.remaining > excess) {
        this.#matcher.amend(last, price, lots(order.remaining - excess));
        break;
      }
      excess -= order.remaining;
      level.ids.pop();
      this.#matcher.cancel(last);
    }
  }

  #grow(side: Side, price: Ticks): void {
    const level = this.#levels(side).get(price);
    if (level === undefined) return;
    const missing = level.target - this.#sizeOf(level);
    if (missing > 0) this.#add(level, side, price, lots(missing));
  }

  #add(level: TapeLevel, side: Side, price: Ticks, size: Lots): void {
    const id = this.#matcher.newOrderId();
    if (this.#matcher.limit(id, side, price, size) === 'resting') level.ids.push(id);
  }

  /** Recorded lots that are no longer there: clients had them (or a fault pulled them). */
  #takenOf(level: TapeLevel): number {
    return Math.max(0, level.recorded - this.#sizeOf(level));
  }

  /** Lots of the tape's orders that still rest there. */
  #sizeOf(level: TapeLevel): number {
    level.ids = level.ids.filter((id) => this.#matcher.isResting(id));
    return level.ids.reduce((sum, id) => sum + (this.#matcher.order(id)?.remaining ?? 0), 0);
  }

  #levels(side: Side): Map<Ticks, TapeLevel> {
    return side === 'buy' ? this.#buys : this.#sells;
  }
}

/** What of the taken lots is still missing when a level becomes that size: a cut hits all of its lots alike. */
function leftTaken(taken: number, before: number, now: number): number {
  if (taken === 0 || now >= before) return taken;
  return Number((BigInt(taken) * BigInt(now)) / BigInt(before));
}

/** All prices of a side of the book, and those that were known before. */
function pricesOf(book: BookView, side: Side, known: ReadonlyMap<Ticks, unknown>): readonly Ticks[] {
  const prices = new Set(known.keys());
  for (let index = 0; index < book.levels(side); index += 1) {
    const price = book.priceAt(side, index);
    if (price !== undefined) prices.add(price);
  }
  return [...prices];
}
