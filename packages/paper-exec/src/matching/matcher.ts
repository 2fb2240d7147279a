// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { lots, micros, opposite } from '@kb/model';
import type { BookChanges, BookView, Micros, Side, Ticks } from '@kb/model';
import { L2Book, snapshotOf, TreeBook } from '@kb/orderbook';
import { Consumption } from './consumption.ts';
import type { BufferedTrade } from './market-buffer.ts';
import { applyFill } from './matched-fill.ts';
import type { MatchedFill, OnMatchedFill } from './matched-fill.ts';
import type { PaperOrder, QueueState } from './paper-order.ts';
import { refresh } from '../queue/queue-levels.ts';
import type { QueueModel } from '../queue/queue-models.ts';
import { RestingOrders } from './resting-orders.ts';
import { Sweep } from './sweep.ts';
import { reaches } from './taking.ts';

/**
 * The matching of one symbol, in venue time: its own copy of the public book, the own orders resting against it, and what
 * prints and book messages do to them (F4 to F11; F1 is `RestingOrders.rest`, F2 is `take`). Whoever calls brings messages
 * and orders in the order in which they happened at the venue.
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
  readonly own: RestingOrders;
  /** What own fills took from the public book, by book side. */
  readonly taken: Readonly<Record<Side, Consumption>>;
  readonly #sweep: Sweep;
  readonly #models: number;
  readonly #onFill: OnMatchedFill;
  /** Set when an order was done while its level was walked. */
  #dirty = false;

  constructor(symbol: string, models: readonly QueueModel[], pairingWindow: Micros, onFill: OnMatchedFill) {
    this.symbol = symbol;
    this.#models = models.length;
    this.#onFill = onFill;
    this.own = new RestingOrders(models, pairingWindow);
    this.taken = { buy: new Consumption('buy', models.length), sell: new Consumption('sell', models.length) };
    this.#sweep = new Sweep(models.length);
  }

  /** Takes a whole book after a gap: what was known of queues holds as far as the new sizes allow it. */
  restart(book: L2Book | TreeBook, seq: number, time: Micros): void {
    if (time > this.clock) this.clock = time;
    this.book = book;
    this.bookSeq = seq;
    this.own.levels.buy.restart(book);
    this.own.levels.sell.restart(book);
    this.taken.buy.updateAll(book);
    this.taken.sell.updateAll(book);
    this.#matchCrossed(book);
  }

  /** One book message of a book that is followed without a gap. */
  applyBook(message: BookChanges, time: Micros, seq: number): void {
    const { book } = this;
    if (book === undefined) return;
    const { buy, sell } = this.own.levels;
    const taken = this.taken;
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
    if (this.own.count > 0) this.#matchCrossed(book);
  }

  /** One print: F5 for own orders at its price, F6 for those at better prices. */
  applyTrade(trade: BufferedTrade): void {
    const { book } = this;
    if (trade.time > this.clock) this.clock = trade.time;
    const side = opposite(trade.taker);
    const { list } = this.own.levels[side];
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
    if (this.#dirty) this.#removeDone();
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
      this.fill(order, model, {
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
    const buys = this.own.levels.buy.list;
    const sells = this.own.levels.sell.list;
    if (ask !== undefined && buys.length > 0 && buys[0]!.price >= ask) this.#matchCrossedSide('buy', book);
    if (bid !== undefined && sells.length > 0 && sells[0]!.price <= bid) this.#matchCrossedSide('sell', book);
    if (this.#dirty) this.#removeDone();
  }

  #matchCrossedSide(side: Side, book: BookView): void {
    const facing = opposite(side);
    const best = book.priceAt(facing, 0)!;
    for (const level of this.own.levels[side].list) {
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
    const taken = this.taken[facing];
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
    this.fill(order, model, {
      price: limit,
      size,
      liquidity: 'maker',
      rule: 'F7',
      tradeId: undefined,
      at: this.clock,
    });
  }

  /** A fill of an order, resting or taking. */
  fill(order: PaperOrder, model: number, fill: MatchedFill): void {
    if (applyFill(order, model, fill.size)) this.#dirty = true;
    this.#onFill(order, model, fill);
  }

  #removeDone(): void {
    this.#dirty = false;
    this.own.removeDone();
  }
}

function aheadOf(state: QueueState): number {
  return state.remaining > 0 ? state.ahead : Number.NaN;
}

/** An own copy of a public book, empty or filled from the view. */
export function copyOfBook(view: BookView, filled: boolean): L2Book | TreeBook {
  const book = Number.isFinite(view.depth)
    ? new L2Book(view.symbol, view, view.depth)
    : new TreeBook(view.symbol, view, view.depth);
  if (filled) book.apply(snapshotOf(view));
  return book;
}
