import { lots, NO_LOTS } from '@kb/model';
import type { BookChanges, BookView, Lots, Micros, Side, Ticks } from '@kb/model';
import type { WireTrade } from '@kb/kraken';
import type { Flow } from '../flow/flow.ts';
import type { Matcher } from '../matching/matcher.ts';

/**
 * A recorded book as the flow of a market, with clients' orders resting in it. What the recording shows at a price is held by orders of
 * the tape's own: growth joins the back of the queue, a cut takes from the back, so that a client's place is never flattered by
 * somebody's cancel. A recorded trade comes as a taker of its side, price and size, and meets whoever is first: the tape's orders
 * or a client's. Where it finds less than was recorded (hidden size), the rest is put there for it.
 *
 * The recorded updates stay the truth of the tape's own orders: what a client took from a level is back with its next update.
 */
export class TapeFlow implements Flow {
  /** Never by itself: the feeder of the recording drives it. */
  readonly nextAt: Micros | typeof Infinity = Infinity;
  readonly reference: number | undefined = undefined;
  readonly counts: { books: number; trades: number; hidden: number } = { books: 0, trades: 0, hidden: 0 };
  readonly #matcher: Matcher;
  /** The tape's own orders by price, front to back; those that have traded are still listed until the level is looked at. */
  readonly #buys = new Map<Ticks, number[]>();
  readonly #sells = new Map<Ticks, number[]>();

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  /** The tape has no events of its own to make. */
  step(): void {
    return undefined;
  }

  /** Makes the tape's orders those of the book: after a snapshot at all prices, after an update at the changed ones. */
  follow(book: BookView, changes: BookChanges): void {
    this.counts.books += 1;
    const { bidPrices, bidCount, askPrices, askCount, snapshot } = changes;
    const buys = snapshot ? pricesOf(book, 'buy', this.#buys) : bidPrices.slice(0, bidCount);
    const sells = snapshot ? pricesOf(book, 'sell', this.#sells) : askPrices.slice(0, askCount);
    // All cuts before all growth: within one message the recorded sides may cross for a moment.
    for (const price of buys) this.#cut('buy', price, book.sizeOf('buy', price));
    for (const price of sells) this.#cut('sell', price, book.sizeOf('sell', price));
    for (const price of buys) this.#grow('buy', price, book.sizeOf('buy', price));
    for (const price of sells) this.#grow('sell', price, book.sizeOf('sell', price));
    this.#cutPushedOut('buy', book);
    this.#cutPushedOut('sell', book);
  }

  /** Lets a recorded trade happen. */
  trade({ side, price, size }: WireTrade): void {
    this.counts.trades += 1;
    const makers: Side = side === 'buy' ? 'sell' : 'buy';
    const there = this.#matcher.volumeTo(makers, price);
    if (there < size) {
      this.counts.hidden += 1;
      this.#add(makers, price, lots(size - there));
    }
    this.#matcher.limit(this.#matcher.newOrderId(), side, price, size, 'ioc');
  }

  /** Levels that the recorded book no longer has: they fell out of its depth. */
  #cutPushedOut(side: Side, book: BookView): void {
    const levels = this.#levels(side);
    if (levels.size <= book.levels(side)) return;
    for (const price of levels.keys()) if (book.sizeOf(side, price) === 0) this.#cut(side, price, NO_LOTS);
  }

  #cut(side: Side, price: Ticks, target: Lots): void {
    const ids = this.#resting(side, price);
    let excess = this.#sizeOf(ids) - target;
    while (excess > 0) {
      const last = ids.at(-1);
      const order = last === undefined ? undefined : this.#matcher.order(last);
      if (last === undefined || order === undefined) break;
      if (order.remaining > excess) {
        this.#matcher.amend(last, price, lots(order.remaining - excess));
        break;
      }
      excess -= order.remaining;
      ids.pop();
      this.#matcher.cancel(last);
    }
    if (ids.length === 0) this.#levels(side).delete(price);
  }

  #grow(side: Side, price: Ticks, target: Lots): void {
    const missing = target - this.#sizeOf(this.#resting(side, price));
    if (missing > 0) this.#add(side, price, lots(missing));
    else if (target === 0) this.#levels(side).delete(price);
  }

  #add(side: Side, price: Ticks, size: Lots): void {
    const id = this.#matcher.newOrderId();
    if (this.#matcher.limit(id, side, price, size) === 'resting') this.#resting(side, price).push(id);
  }

  /** The tape's orders that still rest at a price. */
  #resting(side: Side, price: Ticks): number[] {
    const levels = this.#levels(side);
    const ids = (levels.get(price) ?? []).filter((id) => this.#matcher.isResting(id));
    levels.set(price, ids);
    return ids;
  }

  #sizeOf(ids: readonly number[]): number {
    return ids.reduce((sum, id) => sum + (this.#matcher.order(id)?.remaining ?? 0), 0);
  }

  #levels(side: Side): Map<Ticks, number[]> {
    return side === 'buy' ? this.#buys : this.#sells;
  }
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
