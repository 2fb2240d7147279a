// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { lots, micros, notional, opposite } from '@kb/model';
import type { BookChanges, BookView, FillRule, Lots, Micros, Side, Ticks } from '@kb/model';
import { L2Book, snapshotOf, TreeBook } from '@kb/orderbook';
import { Consumption } from './consumption.ts';
import type { BufferedTrade } from './market-buffer.ts';
import type { PaperOrder, QueueState } from './paper-order.ts';
import type { QueueLevel, SettleDeadline } from './queue-level.ts';
import { QueueLevels, refresh } from './queue-levels.ts';
import type { QueueModel } from './queue-models.ts';
import { Sweep } from './sweep.ts';

/** A fill as the matcher finds it, in one queue model. */
export interface MatchedFill {
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  readonly rule: FillRule;
  /** The print that made it; `undefined` when the book did. */
  readonly tradeId: number | undefined;
  readonly at: Micros;
}

/** Hears of every fill. The order's state has moved already; `before` of its states tells the queue ahead just before. */
export type OnMatchedFill = (order: PaperOrder, model: number, fill: MatchedFill) => void;

/**
 * The matching of one symbol, in venue time: its own copy of the public book, the own orders resting against it, and the
 * fill rules F1, F2 and F4 to F11. Whoever calls brings book messages, prints and orders in the order in which they
 * happened at the venue.
 *
 * Every rule runs once per queue model on the order's state of that model; no model sees another's fills.
 */
export class Matcher {
  readonly symbol: string;
  book: L2Book | TreeBook | undefined = undefined;
  /** Venue time of the latest thing that happened here. What comes late happens now, so reports never run backwards. */
  clock: Micros = micros(0);
  /** `seq` of the last book event applied. */
  bookSeq = 0;
  /** Orders resting here that some queue model still holds. */
  resting = 0;
  /** Watched prices of own orders, by their side. */
  readonly levels: Readonly<Record<Side, QueueLevels>>;
  /** What own fills took from the public book, by book side. */
  readonly #taken: Readonly<Record<Side, Consumption>>;
  readonly #sweep: Sweep;
  readonly #deadline: SettleDeadline = { due: Number.POSITIVE_INFINITY };
  readonly #models: number;
  readonly #onFill: OnMatchedFill;
  /** Set when an order was done while its level was walked. */
  #dirty = false;

  constructor(symbol: string, models: readonly QueueModel[], pairingWindow: Micros, onFill: OnMatchedFill) {
    this.symbol = symbol;
    this.#models = models.length;
    this.#onFill = onFill;
    this.levels = {
      buy: new QueueLevels('buy', models, pairingWindow, this.#deadline),
      sell: new QueueLevels('sell', models, pairingWindow, this.#deadline),
    };
    this.#taken = { buy: new Consumption('buy', models.length), sell: new Consumption('sell', models.length) };
    this.#sweep = new Sweep(models.length);
  }

  /** Takes a whole book after a gap: what was known of queues holds as far as the new sizes allow it. */
  restart(book: L2Book | TreeBook, seq: number, time: Micros): void {
    if (time > this.clock) this.clock = time;
    this.book = book;
    this.bookSeq = seq;
    this.levels.buy.restart(book);
    this.levels.sell.restart(book);
    this.#taken.buy.updateAll(book);
    this.#taken.sell.updateAll(book);
    this.#matchCrossed(book);
  }

  /** One book message of a book that is followed without a gap. */
  applyBook(message: BookChanges, time: Micros, seq: number): void {
    const { book } = this;
    if (book === undefined) return;
    const { buy, sell } = this.levels;
    const taken = this.#taken;
    if (time > this.clock) this.clock = time;
    this.bookSeq = seq;
    if (message.snapshot) {
      book.apply(message);
      buy.updateAll(book, time);
      sell.updateAll(book, time);
      taken.buy.updateAll(book);
      taken.sell.updateAll(book);
    } else {
      const { bidCount, bidPrices, askCount, askPrices } = message;
      buy.touch(bidCount, bidPrices);
      sell.touch(askCount, askPrices);
      taken.buy.touch(bidCount, bidPrices);
      taken.sell.touch(askCount, askPrices);
      book.apply(message);
      if (buy.list.length > 0) buy.update(book, time);
      if (sell.list.length > 0) sell.update(book, time);
      taken.buy.update(book);
      taken.sell.update(book);
    }
    if (this.resting > 0) this.#matchCrossed(book);
  }

  /** One print: F5 for own orders at its price, F6 for those at better prices. */
  applyTrade(trade: BufferedTrade): void {
    const { book } = this;
    if (trade.time > this.clock) this.clock = trade.time;
    const side = opposite(trade.taker);
    const { list } = this.levels[side];
    if (list.length === 0 || book === undefined) return;
    const { price: printed, size, venueTs } = trade;
    this.#sweep.next(trade.taker, venueTs, trade.tradeId);
    for (let index = 0; index < list.length; index += 1) {
      const level = list[index]!;
      const { price, orders } = level;
      if (price === printed) {
        refresh(level, book, venueTs);
        level.print(size, venueTs);
        for (let i = 0; i < orders.length; i += 1) {
          const order = orders[i]!;
          if (order.arrivedAt < venueTs) this.#reach(order, price, level.volumeFor(order, size), 0, trade);
        }
        level.printed();
        break;
      }
      if (side === 'buy' ? price < printed : price > printed) break;
      for (let i = 0; i < orders.length; i += 1) {
        const order = orders[i]!;
        if (order.arrivedAt < venueTs) this.#reach(order, price, 0, size, trade);
      }
    }
    if (this.#dirty) this.#dropDone();
  }

  /** True while some decrease waits to be explained by a print. */
  get isPairing(): boolean {
    return this.#deadline.due !== Number.POSITIVE_INFINITY;
  }

  /** No print before `now` is missing any more: decreases that waited for one long enough were cancels. */
  settle(now: Micros): void {
    if (now <= this.#deadline.due) return;
    this.#deadline.due = Number.POSITIVE_INFINITY;
    this.levels.buy.settle(now);
    this.levels.sell.settle(now);
  }

  /** The feed has a gap: what waits for its counterpart on the other channel will not get it. */
  forgetPairing(): void {
    this.#deadline.due = Number.POSITIVE_INFINITY;
    for (const side of SIDES) for (const level of this.levels[side].list) level.forget();
  }

  /** Whether an order at `limit` would find something to take, public (net of what we took) or our own. */
  isMarketable(side: Side, limit: Ticks, model: number): boolean {
    const { book } = this;
    if (book === undefined) return false;
    const facing = opposite(side);
    const own = this.#ownBest(facing, model);
    if (own !== undefined && reaches(side, limit, own.price)) return true;
    for (let index = 0; index < book.levels(facing); index += 1) {
      const price = book.priceAt(facing, index)!;
      if (!reaches(side, limit, price)) return false;
      if (this.#taken[facing].available(price, book.sizeAt(facing, index)!, model) > 0) return true;
    }
    return false;
  }

  /** What a market order of `size` would pay, as far as the displayed book goes. */
  walk(side: Side, size: Lots, model: number): { readonly notional: bigint; readonly size: Lots } {
    const { book } = this;
    const facing = opposite(side);
    let left: number = size;
    let sum = 0n;
    for (let index = 0; book !== undefined && left > 0 && index < book.levels(facing); index += 1) {
      const price = book.priceAt(facing, index)!;
      const available = this.#taken[facing].available(price, book.sizeAt(facing, index)!, model);
      const part = lots(Math.min(left, available));
      sum += notional(price, part);
      left -= part;
    }
    return { notional: sum, size: lots(size - left) };
  }

  /**
   * F2: walks the opposite side up to the limit, best first, in one queue model.
   * @returns True when it met an own order, which ends what is left of the taker (self-trade prevention, cancel newest).
   */
  take(order: PaperOrder, model: number, at: Micros): boolean {
    const { book } = this;
    const state = order.states[model]!;
    if (book === undefined) return false;
    const { side, price: limit } = order;
    const facing = opposite(side);
    const taken = this.#taken[facing];
    const own = this.#ownBest(facing, model);
    for (let index = 0; index < book.levels(facing) && state.remaining > 0; index += 1) {
      const price = book.priceAt(facing, index)!;
      if (limit !== undefined && !reaches(side, limit, price)) break;
      const displayed = book.sizeAt(facing, index)!;
      let available: number = taken.available(price, displayed, model);
      if (own !== undefined && price !== own.price && reaches(side, price, own.price)) break; // ours is better
      if (own !== undefined && price === own.price) available = Math.min(available, Math.floor(own.ahead));
      const size = lots(Math.min(state.remaining, available));
      if (size > 0) {
        taken.take(price, displayed, model, size);
        this.#fill(order, model, { price, size, liquidity: 'taker', rule: 'F2', tradeId: undefined, at });
      }
      if (own !== undefined && price === own.price) break;
    }
    return own !== undefined && state.remaining > 0 && (limit === undefined || reaches(side, limit, own.price));
  }

  /** F1: the order joins the back of the queue at its price, behind all that is displayed. */
  rest(order: PaperOrder, price: Ticks, at: Micros): void {
    const { book } = this;
    if (book === undefined) return;
    const level = this.levels[order.side].watch(price, book);
    refresh(level, book, at);
    level.orders.push(order);
    order.level = level;
    this.resting += 1;
    // Beyond the depth in view nothing is known of the queue, so it is taken as endless until the level is seen.
    for (const state of order.states) state.ahead = level.visible ? level.size : Number.POSITIVE_INFINITY;
  }

  /** Takes an order out of its queue. */
  remove(order: PaperOrder): void {
    const { level } = order;
    if (level === undefined) return;
    const index = level.orders.indexOf(order);
    if (index >= 0) level.orders.splice(index, 1);
    order.level = undefined;
    this.resting -= 1;
    this.levels[order.side].releaseIfUnused(level);
  }

  /** Watches a price at which an order is about to rest; `unpin` when its command has been handled. */
  pin(side: Side, price: Ticks): QueueLevel {
    const level = this.levels[side].watch(price, this.book);
    level.pins += 1;
    return level;
  }

  unpin(level: QueueLevel): void {
    level.pins -= 1;
    this.levels[level.side].releaseIfUnused(level);
  }

  /** A print reaches an order: `at` lots at its own price, or `through` lots at a worse one. */
  #reach(order: PaperOrder, price: Ticks, at: number, through: number, trade: BufferedTrade): void {
    const { states } = order;
    const sweep = this.#sweep;
    if (order.sweep !== sweep.number) {
      order.sweep = sweep.number;
      order.sweepAt = 0;
      order.sweepThrough = 0;
      for (let model = 0; model < states.length; model += 1) states[model]!.sweepAhead = states[model]!.ahead;
    }
    order.sweepAt += at;
    order.sweepThrough += through;
    for (let model = 0; model < states.length; model += 1) {
      const state = states[model]!;
      state.before = aheadOf(state);
      // Who trades at a worse price has taken all that was ahead of us.
      state.ahead = through > 0 ? 0 : Math.max(0, state.ahead - at);
    }
    for (let model = 0; model < states.length; model += 1) {
      const state = states[model]!;
      if (state.remaining === 0) continue;
      // The sweep so far, less the queue that stood ahead of us when it began, less what own orders before us got of it.
      const reach = order.sweepThrough + Math.max(0, order.sweepAt - state.sweepAhead);
      if (reach <= 0) continue;
      const size = Math.min(state.remaining, Math.floor(reach - sweep.spent(model, order.side, price)));
      if (size <= 0) continue;
      const rule = through > 0 ? 'F6' : 'F5';
      sweep.spend(model, price, lots(size));
      this.#fill(order, model, {
        price,
        size: lots(size),
        liquidity: 'maker',
        rule,
        tradeId: trade.tradeId,
        at: this.clock,
      });
    }
  }

  /** F7: the other side has come to our price without a print: what it displays there would have met us. */
  #matchCrossed(book: BookView): void {
    const ask = book.bestAsk();
    const bid = book.bestBid();
    const buys = this.levels.buy.list;
    const sells = this.levels.sell.list;
    if (ask !== undefined && buys.length > 0 && buys[0]!.price >= ask) this.#matchCrossedSide('buy', book);
    if (bid !== undefined && sells.length > 0 && sells[0]!.price <= bid) this.#matchCrossedSide('sell', book);
    if (this.#dirty) this.#dropDone();
  }

  #matchCrossedSide(side: Side, book: BookView): void {
    const facing = opposite(side);
    const best = book.priceAt(facing, 0)!;
    for (const level of this.levels[side].list) {
      if (!reaches(side, level.price, best)) return;
      for (const order of level.orders) {
        for (const state of order.states) state.before = aheadOf(state);
        for (let model = 0; model < this.#models; model += 1) this.#matchCrossedOrder(order, level.price, model, book);
      }
    }
  }

  #matchCrossedOrder(order: PaperOrder, limit: Ticks, model: number, book: BookView): void {
    const state = order.states[model]!;
    if (state.remaining === 0) return;
    const facing = opposite(order.side);
    const taken = this.#taken[facing];
    let left: number = state.remaining;
    for (let index = 0; left > 0 && index < book.levels(facing); index += 1) {
      const price = book.priceAt(facing, index)!;
      if (!reaches(order.side, limit, price)) break;
      const displayed = book.sizeAt(facing, index)!;
      const size = lots(Math.min(left, taken.available(price, displayed, model)));
      if (size === 0) continue;
      taken.take(price, displayed, model, size);
      left -= size;
    }
    const size = lots(state.remaining - left);
    if (size === 0) return;
    this.#fill(order, model, {
      price: limit,
      size,
      liquidity: 'maker',
      rule: 'F7',
      tradeId: undefined,
      at: this.clock,
    });
  }

  #fill(order: PaperOrder, model: number, fill: MatchedFill): void {
    const state: QueueState = order.states[model]!;
    state.remaining = lots(state.remaining - fill.size);
    state.filled = lots(state.filled + fill.size);
    state.fills += 1;
    if (state.remaining === 0) this.#dirty = true;
    this.#onFill(order, model, fill);
  }

  #dropDone(): void {
    this.#dirty = false;
    for (const side of SIDES) {
      const { list } = this.levels[side];
      for (let index = list.length - 1; index >= 0; index -= 1) {
        const { orders } = list[index]!;
        for (let i = orders.length - 1; i >= 0; i -= 1) if (!orders[i]!.isLive()) this.remove(orders[i]!);
      }
    }
  }

  /** The best own price on a side in a queue model, with the queue ahead of its first order. */
  #ownBest(side: Side, model: number): { readonly price: Ticks; readonly ahead: number } | undefined {
    for (const { price, orders } of this.levels[side].list) {
      for (const order of orders) {
        const state = order.states[model]!;
        if (state.remaining > 0) return { price, ahead: state.ahead };
      }
    }
    return undefined;
  }
}

const SIDES = ['buy', 'sell'] as const;

function aheadOf(state: QueueState): number {
  return state.remaining > 0 ? state.ahead : Number.NaN;
}

/** Whether an order with this limit can trade at a price of the other side. */
function reaches(side: Side, limit: Ticks, price: Ticks): boolean {
  return side === 'buy' ? price <= limit : price >= limit;
}

/** An own copy of a public book, empty or filled from the view. */
export function copyOfBook(view: BookView, filled: boolean): L2Book | TreeBook {
  const book = Number.isFinite(view.depth)
    ? new L2Book(view.symbol, view, view.depth)
    : new TreeBook(view.symbol, view, view.depth);
  if (filled) book.apply(snapshotOf(view));
  return book;
}
