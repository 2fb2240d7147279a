// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { lots, micros, opposite } from '@kb/model';
import type { BookChanges, BookView, Micros, QueueModelId, Side, Ticks } from '@kb/model';
import { L2Book, L3Book, snapshotOf, TreeBook } from '@kb/orderbook';
import { Consumption } from './consumption.ts';
import { ExactMarket } from './exact-market.ts';
import type { BufferedLevel3, BufferedTrade } from './market-buffer.ts';
import { applyFill } from './matched-fill.ts';
import type { MatchedFill, OnMatchedFill } from './matched-fill.ts';
import type { PaperOrder, QueueState } from './paper-order.ts';
import { QueueContext } from '../queue/queue-context.ts';
import { goesByPlace } from '../queue/queue-level.ts';
import type { QueueLevel } from '../queue/queue-level.ts';
import { refresh } from '../queue/queue-levels.ts';
import { RestingOrders } from './resting-orders.ts';
import { Sweep } from './sweep.ts';
import { reaches } from './taking.ts';
import { Trust } from './trust.ts';

/** A public book that the matcher keeps for itself. */
export type OwnBook = L2Book | TreeBook | L3Book;

export interface MatcherOptions {
  readonly pairingWindow: Micros;
  /** Whether takers that ours displaced move on to the next maker (F3, single orders only). */
  readonly displaces: boolean;
  /** After which half of what own fills took of a level is there again (F4); it stays taken when left out. */
  readonly consumedHalfLife: Micros | undefined;
}

/**
 * The matching of one symbol, in venue time: its own copy of the public book, the own orders resting against it, and what
 * prints and book messages do to them (F4 to F11; F1 is `RestingOrders.rest`, F2 is `take`). Whoever calls brings messages
 * and orders in the order in which they happened at the venue.
 *
 * Every rule runs once per queue model on the order's state of that model; no model sees another's fills.
 */
export class Matcher {
  readonly symbol: string;
  book: OwnBook | undefined = undefined;
  /** Venue time of the latest thing that happened here. What comes late happens now, so reports never run backwards. */
  clock: Micros = micros(0);
  /** `seq` of the last book event applied. */
  bookSeq = 0;
  readonly own: RestingOrders;
  readonly context: QueueContext;
  /** What own fills took from the public book, by book side. */
  readonly taken: Readonly<Record<Side, Consumption>>;
  /** The real orders, where they are told. */
  readonly exact: ExactMarket;
  /** How much of the time the places of our orders were known. */
  readonly trust: Trust = new Trust();
  readonly #sweep: Sweep;
  readonly #models: number;
  readonly #onFill: OnMatchedFill;
  /** Price and volume of the last print of the sweep in hand. */
  #lastPrice: Ticks | undefined = undefined;
  #lastVolume = 0;
  #bestBid: number = Number.NEGATIVE_INFINITY;
  #bestAsk: number = Number.POSITIVE_INFINITY;
  /** Set when an order was done while its level was walked. */
  #dirty = false;

  constructor(
    symbol: string,
    models: readonly QueueModelId[],
    { consumedHalfLife, displaces, pairingWindow }: MatcherOptions,
    onFill: OnMatchedFill,
  ) {
    this.symbol = symbol;
    this.#models = models.length;
    this.#onFill = onFill;
    this.context = new QueueContext(models, pairingWindow);
    this.own = new RestingOrders(this.context);
    const decay =
      consumedHalfLife === undefined ? undefined : { halfLife: consumedHalfLife, now: (): Micros => this.clock };
    const takenOf = (side: Side): Consumption => new Consumption(side, this.context, decay);
    this.taken = { buy: takenOf('buy'), sell: takenOf('sell') };
    if (displaces) {
      this.context.takenAhead = (side, place, model) => place.takenOf(this.taken[side].makers.of(model));
    }
    this.exact = new ExactMarket(this.own, this.taken, this.context);
    this.#sweep = new Sweep(models.length);
  }

  /**
   * The feed has a gap: every order keeps its place, but nobody knows it now.
   * @param goesOn No print has come since the last gap: of orders that stood through that one it is known what stood ahead then.
   */
  freeze(goesOn: boolean): void {
    this.own.forgetPairing();
    this.trust.account(this.clock, this.own);
    this.exact.freeze();
    this.own.markUncertain(goesOn);
  }

  /**
   * Takes a whole book after a gap: what was known of queues holds as far as the new sizes allow it. The optimistic end takes
   * the gap for one in which all that stood ahead was cancelled.
   */
  restart(book: OwnBook, seq: number, time: Micros): void {
    this.#moveClock(time);
    this.book = book;
    this.bookSeq = seq;
    for (const side of SIDES) {
      this.own.levels[side].restart(book);
      this.taken[side].updateAll(book);
    }
    this.#matchCrossed(book);
  }

  /** One book message of a book that is followed without a gap. */
  applyBook(message: BookChanges, time: Micros, seq: number): void {
    const { book } = this;
    if (book === undefined || book instanceof L3Book) return;
    const { buy, sell } = this.own.levels;
    const taken = this.taken;
    this.#moveClock(time);
    this.bookSeq = seq;
    if (message.snapshot) {
      book.apply(message);
      buy.updateAll(book, time);
      sell.updateAll(book, time);
      taken.buy.updateAll(book);
      taken.sell.updateAll(book);
    } else {
      // What a message does not name of a side stays as it is, in view or out of it.
      const { bidCount, bidPrices, bidSizes, askCount, askPrices, askSizes } = message;
      if (bidCount > 0) {
        buy.touch(bidCount, bidPrices, book, bidSizes);
        taken.buy.touch(bidCount, bidPrices);
      }
      if (askCount > 0) {
        sell.touch(askCount, askPrices, book, askSizes);
        taken.sell.touch(askCount, askPrices);
      }
      book.apply(message);
      if (bidCount > 0) {
        buy.update(book, time);
        taken.buy.update(book);
      }
      if (askCount > 0) {
        sell.update(book, time);
        taken.sell.update(book);
      }
    }
    this.#afterBook(book);
  }

  /** One message about single orders. Where no book channel comes beside it, it is the book as well. */
  applyLevel3(message: BufferedLevel3): void {
    const { time, seq } = message;
    this.#moveClock(time);
    const { book, exact } = this;
    const isBook = book instanceof L3Book;
    if (isBook && book === exact.book) {
      this.bookSeq = seq;
      for (const side of SIDES) {
        const { count, prices } = exact.named(side, message);
        this.own.levels[side].touch(count, prices, book);
        this.taken[side].touch(count, prices);
      }
    }
    exact.apply(message);
    if (!isBook || book !== exact.book) return;
    for (const side of SIDES) {
      if (message.snapshot) this.own.levels[side].updateAll(book, time);
      else this.own.levels[side].update(book, time);
      if (message.snapshot) this.taken[side].updateAll(book);
      else this.taken[side].update(book);
    }
    this.#afterBook(book);
  }

  /** One print: F5 for own orders at its price, F6 for those at better prices. */
  applyTrade(trade: BufferedTrade): void {
    const { book } = this;
    this.#moveClock(trade.time);
    this.exact.print(trade.venueTs);
    const side = opposite(trade.taker);
    const levels = this.own.levels[side];
    const { list } = levels;
    const { infers } = this.context;
    if ((list.length === 0 && !infers) || book === undefined) return;
    const { price: printed, size, venueTs } = trade;
    const sweep = this.#sweep;
    if (infers && sweep.continues(trade.taker, venueTs, trade.tradeId)) this.#anchor(side, venueTs);
    sweep.next(trade.taker, venueTs, trade.tradeId);
    this.#lastPrice = printed;
    this.#lastVolume = size;
    const at = levels.at(printed);
    if (at !== undefined) {
      refresh(at, book, venueTs);
      at.print(size, venueTs);
    }
    for (let index = 0; index < list.length; index += 1) {
      const level = list[index]!;
      const { price, orders } = level;
      if (side === 'buy' ? price < printed : price > printed) break;
      const isHere = price === printed;
      for (let i = 0; i < orders.length; i += 1) {
        const order = orders[i]!;
        if (order.arrivedAt >= venueTs) continue;
        if (isHere) order.tradedAt += size;
        else order.tradedThrough += size;
        this.#reach(order, price, isHere ? level.volumeFor(order, size) : 0, isHere ? 0 : size, trade);
      }
      if (isHere) level.printed(venueTs);
    }
    if (this.#dirty) this.#removeDone();
  }

  /**
   * A print that the feed missed and told later, of orders that stood through the gap: F5 and F6 with what stood ahead of them
   * when it began, prints only (Q6). A fill has the time of its print, unless something later was told already.
   */
  recover(trade: BufferedTrade): void {
    const side = opposite(trade.taker);
    const { price: printed, size, venueTs } = trade;
    this.#moveClock(venueTs);
    this.#sweep.next(trade.taker, venueTs, trade.tradeId);
    for (const { price, orders } of this.own.levels[side].list) {
      if (side === 'buy' ? price < printed : price > printed) break;
      for (const order of orders) {
        if (!order.uncertain || order.arrivedAt >= venueTs) continue;
        if (price === printed) order.tradedAt += size;
        else order.tradedThrough += size;
        this.#recoverOrder(order, price, price === printed, trade);
      }
    }
    if (this.#dirty) this.#removeDone();
  }

  /** A fill of an order, resting or taking. */
  fill(order: PaperOrder, model: number, fill: MatchedFill): void {
    if (applyFill(order, model, fill.size)) this.#dirty = true;
    this.#onFill(order, model, fill);
  }

  #moveClock(time: Micros): void {
    if (time <= this.clock) return;
    this.clock = time;
    this.trust.account(time, this.own);
  }

  /** The sweep in hand went on after its last print. */
  #anchor(side: Side, venueTs: Micros): void {
    if (this.#lastPrice === undefined) return;
    const level = this.own.levels[side].at(this.#lastPrice);
    const filled = level?.anchor();
    if (level === undefined || filled === undefined) return;
    const { models } = this.context;
    for (const order of level.orders) {
      // Somebody behind us was filled, so we were.
      if (order.mark > filled || order.arrivedAt >= venueTs || order.sweep !== this.#sweep.number) continue;
      const rule = this.context.centralRule(order.place !== undefined);
      for (let model = 0; model < this.#models; model += 1) {
        const isInferred = models[model] === 'fingerprint' || (models[model] === 'central' && rule === 'fingerprint');
        const state = order.states[model]!;
        if (!isInferred || state.remaining === 0) continue;
        state.reached += Math.min(this.#lastVolume, state.before);
        this.#fillReached(order, model, level.price, 'F5', this.#sweep.lastTradeId, false);
      }
    }
    if (this.#dirty) this.#removeDone();
  }

  /** A print reaches an order: `at` lots at its own price, or `through` lots at a worse one. */
  #reach(order: PaperOrder, price: Ticks, at: number, through: number, trade: BufferedTrade): void {
    const { states, place } = order;
    const { models, takenAhead } = this.context;
    this.#beginSweep(order);
    if (through === 0) place?.print(trade.size, trade.venueTs);
    for (let model = 0; model < states.length; model += 1) {
      const state = states[model]!;
      state.before = aheadOf(state);
      if (through > 0) {
        // Who trades at a worse price has taken all that was ahead of us.
        state.reached += through;
        state.ahead = 0;
      } else if (place !== undefined && goesByPlace(models[model]!)) {
        const had = takenAhead?.(order.side, place, model) ?? 0;
        state.reached += place.pastBy(had);
        state.ahead = Math.max(0, place.ahead - had);
      } else {
        state.reached += Math.max(0, at - state.ahead);
        // Prints of a gap that are told later still do not find again what has traded since.
        if (order.uncertain) state.gapAhead = Math.max(0, state.gapAhead - Math.min(at, state.ahead));
        state.ahead = Math.max(0, state.ahead - at);
      }
      if (state.ahead < state.least) state.least = state.ahead;
    }
    const rule = through > 0 ? 'F6' : 'F5';
    for (let model = 0; model < states.length; model += 1) {
      this.#fillReached(order, model, price, rule, trade.tradeId, false);
    }
  }

  #recoverOrder(order: PaperOrder, price: Ticks, isHere: boolean, trade: BufferedTrade): void {
    const { states, place } = order;
    const { models } = this.context;
    const { size, tradeId } = trade;
    this.#beginSweep(order);
    for (let model = 0; model < states.length; model += 1) {
      const state = states[model]!;
      state.before = state.remaining > 0 ? state.gapAhead : Number.NaN;
      // Whoever stood ahead and still does proves that no print came as far as to us.
      const isPassed = place === undefined || place.isGapOpen || !goesByPlace(models[model]!);
      if (isPassed) state.reached += isHere ? Math.max(0, size - state.gapAhead) : size;
      state.gapAhead = isHere ? Math.max(0, state.gapAhead - size) : 0;
      if (isPassed && state.gapAhead < state.ahead) state.ahead = state.gapAhead;
      if (state.ahead < state.least) state.least = state.ahead;
    }
    for (let model = 0; model < states.length; model += 1) {
      this.#fillReached(order, model, price, isHere ? 'F5' : 'F6', tradeId, true);
    }
  }

  #beginSweep(order: PaperOrder): void {
    if (order.sweep === this.#sweep.number) return;
    order.sweep = this.#sweep.number;
    for (const state of order.states) state.reached = 0;
  }

  /** Fills what the sweep had left after the queue ahead, less what own orders before us got of it. */
  #fillReached(
    order: PaperOrder,
    model: number,
    price: Ticks,
    rule: 'F5' | 'F6',
    tradeId: number,
    recovered: boolean,
  ): void {
    const state = order.states[model]!;
    if (state.remaining === 0 || state.reached <= 0) return;
    const sweep = this.#sweep;
    // Who trades through our price takes what an iceberg hides as well, slice by slice.
    const most = rule === 'F6' ? state.remaining : Math.min(state.remaining, state.slice);
    let left = Math.min(most, Math.floor(state.reached - sweep.spent(model, order.side, price)));
    if (left <= 0) return;
    sweep.spend(model, price, lots(left));
    const at = this.clock;
    for (;;) {
      const size = lots(Math.min(left, state.slice));
      this.fill(order, model, { price, size, liquidity: 'maker', rule, tradeId, at, recovered });
      left = Math.min(left - size, state.remaining); // what a fill leads to may have ended it
      if (left <= 0) return;
      state.slice = Math.min(order.displaySize ?? left, state.remaining);
    }
  }

  #afterBook(book: BookView): void {
    if (this.own.count > 0) {
      this.#matchCrossed(book);
      return;
    }
    this.#bestAsk = Number.POSITIVE_INFINITY;
    this.#bestBid = Number.NEGATIVE_INFINITY;
  }

  /** F7: the other side has come to our price without a print: what it displays there would have met us. */
  #matchCrossed(book: BookView): void {
    const ask = book.bestAsk();
    const bid = book.bestBid();
    const buys = this.own.levels.buy.list;
    const sells = this.own.levels.sell.list;
    // How near the other side came is noted when it comes nearer, not with every message.
    if (ask !== undefined && ask < this.#bestAsk) noteDistance(buys, 'buy', ask);
    if (bid !== undefined && bid > this.#bestBid) noteDistance(sells, 'sell', bid);
    this.#bestAsk = ask ?? Number.POSITIVE_INFINITY;
    this.#bestBid = bid ?? Number.NEGATIVE_INFINITY;
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
    const at = this.clock;
    this.fill(order, model, {
      price: limit,
      size,
      liquidity: 'maker',
      rule: 'F7',
      tradeId: undefined,
      at,
      recovered: false,
    });
  }

  #removeDone(): void {
    this.#dirty = false;
    this.own.removeDone((model, side, price) => this.#sweep.spent(model, side, price));
  }
}

function aheadOf(state: QueueState): number {
  return state.remaining > 0 ? state.ahead : Number.NaN;
}

function noteDistance(levels: readonly QueueLevel[], side: Side, best: Ticks): void {
  for (let index = 0; index < levels.length; index += 1) {
    const { orders, price } = levels[index]!;
    const distance = side === 'buy' ? best - price : price - best;
    for (let i = 0; i < orders.length; i += 1) if (distance < orders[i]!.closest) orders[i]!.closest = distance;
  }
}

/** An own copy of a public book, empty or filled from the view. */
export function copyOfBook(view: BookView, filled: boolean): L2Book | TreeBook {
  const book = Number.isFinite(view.depth)
    ? new L2Book(view.symbol, view, view.depth)
    : new TreeBook(view.symbol, view, view.depth);
  if (filled) book.apply(snapshotOf(view));
  return book;
}

const SIDES = ['buy', 'sell'] as const;
