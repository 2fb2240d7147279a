import { NO_LOTS } from '@kb/model';
import type { Grid, Level3Change, Level3Changes, Level3Order, Level3View, Lots, Side, Ticks } from '@kb/model';
import { checkDepth, checkGrid } from './book-checks.ts';
import { shiftBitsBy } from './crc-digits.ts';
import { asLots, L3Side, shown } from './l3-side.ts';
import type { QueuedOrder } from './l3-side.ts';
import { isCrossed } from './measures.ts';

export interface L3BookOptions {
  /**
   * In what order orders that one update adds at one price stand in their queue.
   *
   * `timestamp` (default): the earlier timestamp first. When a level comes into view Kraken adds all of its orders, and
   * others report of a recording (BTC/USD, September 2026, 6,362 checksums, not seen by us) that they come in no order and
   * that the checksums hold only when they are sorted so.
   * `sent`: in the order of the message, as a server does that moves an order's timestamp but not its place when it is
   * amended.
   */
  readonly queueBy?: 'timestamp' | 'sent';
}

/**
 * A level-3 book: single orders, as a subscriber of Kraken's `level3` channel has to keep them.
 *
 * Messages go in with `apply`, in the order they were sent; after each, `checksum` is what Kraken's message must carry. It
 * covers the order of the queues too. The rules of the queue:
 *
 * - `add` joins the back, see `L3BookOptions.queueBy`; orders of a snapshot stand as they were sent.
 * - `modify` at the same price keeps the place, whether the order became smaller or larger. At another price it joins the
 *   back there (UNCONFIRMED: Kraken does not say what happens to the place).
 * - `delete`, and any size of zero, takes the order out; a `delete` is sent with whatever size was left.
 * - After the message both sides are cut to `depth` price levels, as Kraken does without sending deletes. A level that
 *   comes back is sent whole.
 *
 * What does not fit is never an exception and never stops the message: a modify or delete of an order that is not on that
 * side is ignored and counted, an add of an order that is there replaces it and is counted. Either means that something was
 * missed, even while the checksum, which sees ten levels, still holds.
 */
export class L3Book implements Level3View {
  readonly symbol: string;
  readonly depth: number;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
  readonly #byTime: boolean;
  readonly #bids: L3Side = new L3Side('buy');
  readonly #asks: L3Side = new L3Side('sell');
  readonly #orders = new Map<string, QueuedOrder>();
  #messages = 0;
  #unknownOrders = 0;
  #repeatedOrders = 0;

  /**
   * @param depth Price levels kept a side: the subscribed depth (10, 100 or 1000 on Kraken), any whole number from 1, or
   *   `Infinity`.
   * @throws BookError `KB_BOOK_BAD_DEPTH`, `KB_BOOK_BAD_GRID`.
   */
  constructor(symbol: string, grid: Grid, depth: number, options: L3BookOptions = {}) {
    this.symbol = symbol;
    this.depth = checkDepth(symbol, depth, Number.POSITIVE_INFINITY);
    const { pricePrecision, qtyPrecision } = checkGrid(symbol, grid);
    this.pricePrecision = pricePrecision;
    this.qtyPrecision = qtyPrecision;
    this.#byTime = options.queueBy !== 'sent';
  }

  /**
   * Applies one message: a snapshot replaces the book, an update changes orders in the sequence given.
   *
   * The values are trusted: they come from the decoder or from `level3Changes`.
   *
   * @returns How many of its changes did not fit: `unknownOrders` and `repeatedOrders` grew by that many.
   */
  apply(changes: Level3Changes): number {
    const before = this.#unknownOrders + this.#repeatedOrders;
    const { snapshot } = changes;
    this.#messages += 1;
    if (snapshot) this.clear();
    this.#applySide(this.#bids, changes.bids, snapshot);
    this.#applySide(this.#asks, changes.asks, snapshot);
    this.#bids.cut(this.depth, this.#orders);
    this.#asks.cut(this.depth, this.#orders);
    return this.#unknownOrders + this.#repeatedOrders - before;
  }

  /**
   * Kraken's CRC32 over the orders of the ten best asks, then of the ten best bids (see `level3ChecksumOf`). A level costs
   * something only when it changed since the last call.
   *
   * @returns Unsigned 32-bit, as Kraken sends it.
   */
  checksum(): number {
    const bids = this.#bids;
    const asks = this.#asks;
    bids.refreshTop();
    asks.refreshTop();
    return (shiftBitsBy(asks.topCrc, bids.topDigits) ^ bids.topCrc) >>> 0;
  }

  /** True when the best bid is at or above the best ask: no market looks like that, so the book is wrong. */
  isCrossed(): boolean {
    return isCrossed(this);
  }

  /** Empties both sides. */
  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#orders.clear();
  }

  /** How many changes named an order that was not on that side, since the book was made. */
  get unknownOrders(): number {
    return this.#unknownOrders;
  }

  /** How many adds named an order that was there, since the book was made. */
  get repeatedOrders(): number {
    return this.#repeatedOrders;
  }

  get orderCount(): number {
    return this.#orders.size;
  }

  /** As it is now: a copy, made when asked for. */
  order(orderId: string): Level3Order | undefined {
    const order = this.#orders.get(orderId);
    return order === undefined ? undefined : shown(order);
  }

  /** Copies, each made when its turn comes. Do not go on reading after the next `apply`. */
  *ordersAt(side: Side, price: Ticks): IterableIterator<Level3Order> {
    let order = this.#side(side).levelOf(price)?.first;
    for (; order !== undefined; order = order.behind) yield shown(order);
  }

  /** Costs a step for each order before it. A sum beyond 2^53 − 1 is told as that. */
  queueAhead(orderId: string): Lots | undefined {
    const order = this.#orders.get(orderId);
    if (order === undefined) return undefined;
    let sum = 0;
    for (let { ahead } = order; ahead !== undefined; ahead = ahead.ahead) sum += ahead.size;
    return asLots(sum);
  }

  levels(side: Side): number {
    return this.#side(side).count;
  }

  priceAt(side: Side, index: number): Ticks | undefined {
    return this.#side(side).levelAt(index)?.price;
  }

  /** A sum beyond 2^53 − 1 is told as that. */
  sizeAt(side: Side, index: number): Lots | undefined {
    const level = this.#side(side).levelAt(index);
    return level === undefined ? undefined : asLots(level.size);
  }

  sizeOf(side: Side, price: Ticks): Lots {
    const level = this.#side(side).levelOf(price);
    return level === undefined ? NO_LOTS : asLots(level.size);
  }

  bestBid(): Ticks | undefined {
    return this.#bids.best();
  }

  bestAsk(): Ticks | undefined {
    return this.#asks.best();
  }

  #applySide(side: L3Side, changes: readonly Level3Change[], snapshot: boolean): void {
    for (const change of changes) {
      const order = this.#orders.get(change.orderId);
      if (change.size === 0 || (change.event === 'delete' && !snapshot)) this.#remove(side, order);
      else if (change.event === 'add' || snapshot) this.#add(side, order, change, this.#byTime && !snapshot);
      else this.#modify(side, order, change);
    }
  }

  #add(side: L3Side, known: QueuedOrder | undefined, change: Level3Change, byTime: boolean): void {
    if (known !== undefined) {
      known.owner.remove(known);
      this.#repeatedOrders += 1;
    }
    const { orderId, price, size, timestamp } = change;
    this.#orders.set(orderId, side.add(orderId, price, size, timestamp, this.#messages, byTime));
  }

  #modify(side: L3Side, order: QueuedOrder | undefined, { price, size, timestamp }: Level3Change): void {
    if (order?.owner !== side) this.#unknownOrders += 1;
    else if (order.level.price === price) side.resize(order, size, timestamp);
    else side.move(order, price, size, timestamp, this.#messages, this.#byTime);
  }

  #remove(side: L3Side, order: QueuedOrder | undefined): void {
    if (order?.owner !== side) {
      this.#unknownOrders += 1;
    } else {
      side.remove(order);
      this.#orders.delete(order.orderId);
    }
  }

  #side(side: Side): L3Side {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}
