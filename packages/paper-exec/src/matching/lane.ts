import type { BookEvent, Instrument, Level3Event, Micros, Side, SystemStatus, Ticks, TradeEvent } from '@kb/model';
import { micros, ticks } from '@kb/model';
import { level3SnapshotOf } from '@kb/orderbook';
import type { L3Book } from '@kb/orderbook';
import type { PaperCommand } from '../commands.ts';
import type { PairImpactMeter } from '../impact/pair-impact.ts';
import type { Dispatch } from '../latency/command-path.ts';
import { ParkedOrders } from '../orders/parked-orders.ts';
import type { OnTriggered } from '../orders/parked-orders.ts';
import { DueList } from './due-list.ts';
import { BufferedBook, BufferedLevel3, BufferedTrade, SlotQueue } from './market-buffer.ts';
import { copyOfBook } from './matcher.ts';
import type { Matcher, OwnBook } from './matcher.ts';
import type { QueueLevel } from '../queue/queue-level.ts';

/** Kraken's `cancel_all_orders_after`: the venue cancels all orders when it has not been asked again in time. */
export interface CancelAllAfter {
  readonly type: 'cancel-all-after';
  /** From its arrival; 0 disarms. */
  readonly timeout: Micros;
}

/** A command on its way to the venue. */
export interface TravellingCommand {
  readonly command: PaperCommand | CancelAllAfter;
  readonly dispatch: Dispatch;
  /** The price level it may come to rest at, watched since it was sent. */
  readonly pinned: QueueLevel | undefined;
}

/** What the tape may have missed. */
interface TapeGap {
  /** Ids between which it did; the second is known with the first print after the gap. */
  readonly afterId: number;
  beforeId: number | undefined;
  readonly from: Micros;
  readonly seen: Set<number>;
}

export interface LaneOptions {
  readonly matcher: Matcher;
  readonly impact: PairImpactMeter;
  /** False when the source has a book only: then nothing waits for prints. */
  readonly expectsTrades: boolean;
  readonly latenessMargin: Micros;
  readonly maxBuffered: number;
  /** Side of an order that stands at the venue. */
  sideOf(clientOrderId: string): Side | undefined;
  /** Carries out a command that has arrived. */
  execute(command: PaperCommand, at: Micros, lane: Lane, dispatch: Dispatch): void;
  /** Cancels all orders: nobody has moved the timer in time. */
  cancelAll(at: Micros, lane: Lane): void;
  /** The trigger of a parked order was reached. */
  triggered: OnTriggered;
  /** Something happened: time for what follows from own fills. */
  followUp(lane: Lane): void;
}

/**
 * Everything of one symbol, put into the order in which it happens at the venue: book messages, prints and our own commands.
 *
 * The two channels of the feed run ahead of each other, so messages wait until the watermark has passed them: the venue time
 * up to which nothing can be missing any more. At equal times prints come before the book that shows them, and the market
 * before our commands. With nothing of ours at the venue or on its way, messages are applied at once.
 *
 * A message from before the watermark is applied late and counted. A buffer over its bound applies its oldest
 * entries before the watermark has passed them, and counts that.
 */
export class Lane {
  readonly matcher: Matcher;
  /** How large own fills are beside the trades. */
  readonly impact: PairImpactMeter;
  readonly parked: ParkedOrders;
  /** What happens by itself before the market of that instant: expiries, changes of what the venue allows. */
  readonly expiries: DueList = new DueList();
  /** What happens by itself after the market of that instant: triggered orders go to the market. They wait for a book. */
  readonly releases: DueList = new DueList();
  instrument: Instrument | undefined = undefined;
  /** What the whole venue allows. */
  system: SystemStatus = 'online';
  /** True while the feed has fallen silent; the book is old, but without a gap. */
  isStale = false;
  readonly #options: LaneOptions;
  readonly #books = new SlotQueue(() => new BufferedBook());
  readonly #trades = new SlotQueue(() => new BufferedTrade());
  readonly #level3 = new SlotQueue(() => new BufferedLevel3());
  /** Prints of a gap that came before the book that ends it. */
  readonly #held = new SlotQueue(() => new BufferedTrade());
  readonly #commands: TravellingCommand[] = [];
  /** When the venue cancels all orders by itself. */
  #cancelAllAt = FOREVER;
  /** True until the first book, and from a gap to the next snapshot. */
  #needsBook = true;
  /** Set when the feed has said after a gap that its books hold: then an update is as good as a whole book, seen whole in the event. */
  #levelsHold = false;
  #ordersHold = false;
  #bookTime = NEVER;
  #tradeTime = NEVER;
  #level3Time = NEVER;
  #lastTradeId = -1;
  /** The trade whose price is the last one: the newest by its id, whenever it was told. */
  #pricedId = -1;
  /** Whether a book channel comes beside single orders, or the orders are the book. */
  #hasBookChannel = false;
  #gap: TapeGap | undefined = undefined;
  /** The last watermark: nothing before it was expected any more. */
  #passed = NEVER;
  lateEvents = 0;
  forcedEvents = 0;
  ignoredTrades = 0;
  /** Prints that were missed in a gap and told later. */
  recoveredTrades = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.matcher = options.matcher;
    this.impact = options.impact;
    this.parked = new ParkedOrders(options.triggered);
  }

  /** Whether the market is closed to new orders: no book, a gap in it, or a silent feed. */
  get isFrozen(): boolean {
    return this.#needsBook || this.isStale;
  }

  /** False before the first book, and from a gap to the next whole one. */
  get hasBook(): boolean {
    return !this.#needsBook;
  }

  /** Whether anything waits for the watermark. */
  get isWaiting(): boolean {
    return !this.#followsOnly && this.hasWaiting;
  }

  /** The same, also when nothing of ours depends on it: then its own next event is early enough. */
  get hasWaiting(): boolean {
    return this.#waiting > 0 || this.#cancelAllAt !== FOREVER || this.matcher.own.isPairing || this.#hasDue;
  }

  /**
   * Up to where the market is known: the lesser of the channels' latest venue times, or the venue's latest time at all less
   * the margin, when that is later (a quiet channel does not hold up the others for ever).
   */
  watermark(now: Micros): Micros {
    const books = this.#level3Time === NEVER ? this.#bookTime : Math.min(this.#bookTime, this.#level3Time);
    const channels = this.#options.expectsTrades ? Math.min(books, this.#tradeTime) : books;
    return micros(Math.max(channels, now - this.#options.latenessMargin));
  }

  onBook(event: BookEvent): void {
    const time = micros(Math.max(event.venueTs, this.#bookTime));
    this.isStale = false;
    if (!this.#hasBookChannel) {
      this.#hasBookChannel = true;
      // So far single orders were the book; from here on it has a channel of its own.
      this.#needsBook = true;
    }
    if (this.#needsBook) {
      this.#begin(event, time);
      return;
    }
    this.#bookTime = time;
    if (event.venueTs < this.#passed) this.lateEvents += 1;
    if (this.#isIdle()) {
      this.matcher.applyBook(event.changes, time, event.seq);
      return;
    }
    this.#books.push().copy(event, time);
    this.#keepBound();
  }

  /** A message about single orders. Without a book channel they are the book too. */
  onLevel3(event: Level3Event): void {
    const { matcher } = this;
    if (this.#hasBookChannel && !matcher.context.needsExact) return;
    // A venue that joins late takes the orders as they stand.
    const isFirst = matcher.exact.book === undefined || (this.#ordersHold && matcher.context.exactBook === undefined);
    const snapshot = event.changes.snapshot || isFirst;
    if (snapshot) this.#ordersHold = false;
    const time = micros(Math.max(event.venueTs, this.#level3Time));
    this.isStale = false;
    const isBook = !this.#hasBookChannel;
    if (isBook && this.#needsBook && !snapshot) return;
    this.#level3Time = time;
    if (isBook) this.#bookTime = time;
    if (event.venueTs < this.#passed) this.lateEvents += 1;
    const book = matcher.exact.book ?? matcher.exact.open(event.book);
    this.#level3.push().copy(event, isFirst ? level3SnapshotOf(event.book) : event.changes, time);
    if (isBook && this.#needsBook) this.#beginWithOrders(book, time);
    else if (this.#isIdle()) this.#run(FOREVER, NEVER);
    else this.#keepBound();
  }

  onTrade(event: TradeEvent): void {
    if (this.#needsBook || event.historical) {
      if (this.parked.size === 0) this.#notePrice(event);
      this.#onMissed(event);
      return;
    }
    // Prints delivered twice moved the queue already.
    if (event.tradeId <= this.#lastTradeId) {
      this.ignoredTrades += 1;
      return;
    }
    const time = micros(Math.max(event.venueTs, this.#tradeTime));
    this.#lastTradeId = event.tradeId;
    this.#tradeTime = time;
    this.impact.trade(event.venueTs, event.size, this.matcher.book);
    if (this.#gap !== undefined && this.#gap.beforeId === undefined) this.#gap.beforeId = event.tradeId;
    if (this.#isIdle()) {
      this.#notePrice(event);
      return;
    }
    if (event.venueTs < this.#passed) this.lateEvents += 1;
    this.#trades.push().copy(event, time);
    this.#keepBound();
  }

  /** The last trade's price, for triggers to come. Trades of a subscription's snapshot or of a gap are older than others, in any order. */
  #notePrice({ price, tradeId }: Pick<TradeEvent, 'price' | 'tradeId'>): void {
    if (tradeId < this.#pricedId) return;
    this.#pricedId = tradeId;
    this.parked.last = price;
  }

  /** The same, and parked orders look at it. */
  #showPrice(trade: BufferedTrade): void {
    this.#notePrice(trade);
    this.parked.onTrade(trade.price, trade.venueTs, this.matcher.clock);
  }

  /** The index of the pair, which triggers may look at; it is taken for known as soon as it is told. */
  onIndex(price: Ticks): void {
    this.parked.onIndex(price, this.matcher.clock);
  }

  /**
   * The feed of the symbol speaks again. Where levels and single orders come from feeds of their own, only the one that had the gap
   * tells its book whole; the other goes on with updates.
   */
  resume(): void {
    this.isStale = false;
    this.#levelsHold = true;
    this.#ordersHold = true;
  }

  /** The feed lost its way: what came before is applied, then matching stands still until the next snapshot. */
  freeze(): void {
    this.#levelsHold = false;
    this.#ordersHold = false;
    if (this.#needsBook) return;
    this.#run(FOREVER, micros(Math.max(this.#bookTime, this.#tradeTime)));
    // As long as no print has told its end, the tape has one gap, however often the book was whole in between.
    const goesOn = this.#gap !== undefined && this.#gap.beforeId === undefined;
    this.matcher.freeze(goesOn);
    this.parked.forgetIndex();
    this.#needsBook = true;
    if (goesOn) return;
    const from = micros(this.#tradeTime === NEVER ? this.#bookTime : this.#tradeTime);
    this.#gap = { afterId: this.#lastTradeId, beforeId: undefined, from, seen: new Set() };
  }

  /** What the venue allows is different from then on: an order that has arrived before is judged by what was allowed before. */
  changeAt(time: Micros, change: () => void): void {
    this.expiries.add(time, change);
  }

  /** Prices and sizes are counted in other steps from now on: all that arrived so far is done, then the market is forgotten. */
  forgetMarket(now: Micros, tenfold: number): void {
    this.#run(FOREVER, now);
    this.freeze();
    this.matcher.book = undefined;
    const { parked } = this;
    if (parked.last !== undefined) parked.last = ticks(Math.max(1, Math.round(parked.last * 10 ** tenfold)));
  }

  /** Two connections may overtake each other; each has its commands arrive in the order in which they were sent. */
  submit(command: PaperCommand | CancelAllAfter, dispatch: Dispatch): void {
    const commands = this.#commands;
    let index = commands.length;
    for (; index > 0; index -= 1) {
      const before = commands[index - 1];
      if (before === undefined || before.dispatch.arrivesAt <= dispatch.arrivesAt) break;
    }
    const travelling = { command, dispatch, pinned: this.#pin(command) };
    if (index === commands.length) commands.push(travelling);
    else commands.splice(index, 0, travelling);
  }

  /** Handles all that the watermark has passed. */
  advance(now: Micros): void {
    const watermark = this.watermark(now);
    this.#passed = watermark;
    this.#run(watermark, watermark);
    this.matcher.own.settle(watermark);
    if (this.#isQuiet) this.#run(FOREVER, NEVER);
  }

  /**
   * Applies market messages before `marketUntil` and commands before `commandsUntil`, in the venue's order: what happens by
   * itself comes before the market of its instant, our commands and triggered orders come after it.
   */
  #run(marketUntil: Micros, commandsUntil: Micros): void {
    for (;;) {
      const trade = this.#trades.peek();
      const book = this.#books.peek();
      const orders = this.#level3.peek();
      // Not by `?.` and `??`: times are too large for small integers, and each that may be undefined would be put on the heap.
      let marketTime: number = FOREVER;
      if (trade !== undefined) marketTime = trade.time;
      if (book !== undefined && book.time < marketTime) marketTime = book.time;
      if (orders !== undefined && orders.time < marketTime) marketTime = orders.time;
      const turn = this.#hasOwnDue ? this.#runOwn(marketTime, commandsUntil) : 'market';
      if (turn === 'nobody') return;
      if (turn === 'market') {
        if (marketTime >= marketUntil) return;
        this.#applyNext(trade, book, orders, marketTime);
      }
      this.#options.followUp(this);
    }
  }

  /** Runs what is next of our own. @returns Whose turn it was: the market's when that is earlier, nobody's when it is too early. */
  #runOwn(marketTime: number, commandsUntil: Micros): 'ours' | 'market' | 'nobody' {
    const next = this.#commands[0];
    const expiry = this.expiries.next;
    const release = this.#needsBook ? FOREVER : this.releases.next;
    // What runs out in maintenance cancels when the venue is back. Source: Kraken.
    const timer = this.system === 'maintenance' ? FOREVER : this.#cancelAllAt;
    const arrival = Math.min(next?.dispatch.arrivesAt ?? FOREVER, release, timer);
    if (expiry <= marketTime && expiry <= arrival && expiry !== FOREVER) {
      if (expiry > commandsUntil) return 'nobody';
      this.#runDue(this.expiries);
      return 'ours';
    }
    if (arrival >= marketTime) return 'market';
    if (arrival >= commandsUntil) return 'nobody';
    if (arrival === timer) this.#cancelAll();
    else if (next !== undefined && next.dispatch.arrivesAt === arrival) {
      this.#commands.shift();
      this.#arrive(next);
    } else this.#runDue(this.releases);
    return 'ours';
  }

  #runDue(list: DueList): void {
    const { matcher } = this;
    const due = list.shift();
    if (due === undefined) return;
    if (due.time > matcher.clock) matcher.clock = due.time;
    due.run(matcher.clock);
  }

  #arrive({ command, dispatch, pinned }: TravellingCommand): void {
    const { matcher } = this;
    if (command.type === 'cancel-all-after') {
      if (this.system === 'maintenance') return; // the venue takes nothing
      this.#cancelAllAt = command.timeout === 0 ? FOREVER : micros(dispatch.arrivesAt + command.timeout);
      return;
    }
    if (dispatch.arrivesAt > matcher.clock) matcher.clock = dispatch.arrivesAt;
    this.#options.execute(command, matcher.clock, this, dispatch);
    if (pinned !== undefined) matcher.own.unpin(pinned);
  }

  /** The timer has run out. It stays off until it is armed again. */
  #cancelAll(): void {
    const { matcher } = this;
    if (this.#cancelAllAt > matcher.clock) matcher.clock = this.#cancelAllAt;
    this.#cancelAllAt = FOREVER;
    this.#options.cancelAll(matcher.clock, this);
  }

  /** The earliest, which is of that time: at the same time prints come first, then the book, then single orders. */
  #applyNext(
    trade: BufferedTrade | undefined,
    book: BufferedBook | undefined,
    orders: BufferedLevel3 | undefined,
    time: number,
  ): void {
    if (trade !== undefined && trade.time === time) {
      this.#trades.shift();
      this.matcher.applyTrade(trade);
      this.#showPrice(trade);
    } else if (book !== undefined && book.time === time) {
      this.#books.shift();
      this.matcher.applyBook(book, book.time, book.seq);
    } else if (orders !== undefined) {
      this.#level3.shift();
      this.matcher.applyLevel3(orders);
    }
  }

  /** The first book, or the first after a gap. */
  #begin(event: BookEvent, time: Micros): void {
    const isWhole = event.changes.snapshot;
    const hadBook = this.matcher.book !== undefined && this.matcher.book !== this.matcher.exact.book;
    if (!isWhole && hadBook && !this.#levelsHold) return; // an update after a gap tells nothing
    this.#bookTime = time;
    const book = copyOfBook(event.book, !isWhole);
    if (isWhole) book.apply(event.changes);
    this.#endGap(book, event.seq, time);
  }

  /** The same where single orders are the book; all older messages of theirs have been applied before the gap. */
  #beginWithOrders(book: L3Book, time: Micros): void {
    const message = this.#level3.peek();
    this.#level3.shift();
    if (message === undefined) return;
    this.matcher.exact.apply(message);
    this.#endGap(book, message.seq, time);
  }

  #endGap(book: OwnBook, seq: number, time: Micros): void {
    // Commands that arrived before it found the market closed.
    this.#run(time, time);
    this.#needsBook = false;
    for (let held = this.#held.peek(); held !== undefined; held = this.#held.peek()) {
      this.#held.shift();
      if (held.time <= time) this.#recover(held);
      else this.#trades.push().copy(held, held.time);
    }
    this.matcher.restart(book, seq, time);
    // Only now: what fills in the gap have placed meets the book of today.
    this.#options.followUp(this);
  }

  #recover(trade: BufferedTrade): void {
    this.matcher.recover(trade);
    this.#showPrice(trade);
  }

  /** A print that was missed in a gap, or may have been: only orders that stood through it can have met it. */
  #onMissed(event: TradeEvent): void {
    const gap = this.#gap;
    const { tradeId, venueTs } = event;
    const isMissed =
      gap !== undefined &&
      tradeId > gap.afterId &&
      tradeId < (gap.beforeId ?? FOREVER) &&
      venueTs >= gap.from &&
      !gap.seen.has(tradeId) &&
      (this.matcher.own.uncertain > 0 || this.parked.size > 0) &&
      gap.seen.size < this.#options.maxBuffered;
    if (!isMissed) {
      this.ignoredTrades += 1;
      return;
    }
    gap.seen.add(tradeId);
    this.recoveredTrades += 1;
    if (!event.historical) this.#lastTradeId = Math.max(this.#lastTradeId, tradeId);
    this.#held.push().copy(event, venueTs);
    if (this.#needsBook) return;
    const held = this.#held.peek();
    this.#held.shift();
    if (held !== undefined) this.#recover(held);
    this.#options.followUp(this);
  }

  /** Whether anything of ours happens by itself at a time that is known. */
  get #hasOwnDue(): boolean {
    const { expiries, releases } = this;
    return this.#commands.length > 0 || expiries.size > 0 || releases.size > 0 || this.#cancelAllAt !== FOREVER;
  }

  /** Whether anything of ours waits at the venue beside the orders at rest. */
  get #hasDue(): boolean {
    return this.parked.size > 0 || this.expiries.size > 0 || this.releases.size > 0;
  }

  get #waiting(): number {
    return this.#commands.length + this.#buffered;
  }

  get #buffered(): number {
    return this.#books.length + this.#trades.length + this.#level3.length;
  }

  /** Nothing of ours is here, the queues are only followed. */
  get #followsOnly(): boolean {
    const { context, own } = this.matcher;
    const isOurs = own.count > 0 || this.#commands.length > 0 || this.#cancelAllAt !== FOREVER || this.#hasDue;
    return context.infers && !isOurs;
  }

  /** Nobody cares in which order messages are applied. */
  get #isQuiet(): boolean {
    return this.matcher.own.count === 0 && this.#commands.length === 0 && !this.matcher.context.infers && !this.#hasDue;
  }

  /** Nothing of ours rests or travels, so nothing depends on the order in which messages are applied. */
  #isIdle(): boolean {
    return this.matcher.own.count === 0 && this.#waiting === 0 && !this.matcher.context.infers && !this.#hasDue;
  }

  #keepBound(): void {
    while (this.#buffered > this.#options.maxBuffered) {
      this.forcedEvents += 1;
      const before = this.#buffered;
      const orders = this.#level3.peek()?.time ?? FOREVER;
      const books = this.#books.peek()?.time ?? FOREVER;
      const oldest = micros(Math.min(this.#trades.peek()?.time ?? FOREVER, books, orders));
      this.#run(micros(oldest + 1), oldest);
      if (this.#buffered === before) return;
    }
  }

  /** Where the command may come to rest: its queue has to be watched from now on, see `QueueLevel`. */
  #pin(command: PaperCommand | CancelAllAfter): QueueLevel | undefined {
    const { type } = command;
    if (type === 'cancel' || type === 'cancel-all-after' || command.price === undefined) return undefined;
    // Where a triggered order will rest nobody knows before it is triggered.
    if (type === 'place' && command.trigger !== undefined) return undefined;
    const side = command.type === 'place' ? command.side : this.#sideOf(command.clientOrderId);
    return side === undefined ? undefined : this.matcher.own.pin(side, command.price, this.matcher.book);
  }

  /** Side of an order that stands at the venue or is on its way there. */
  #sideOf(clientOrderId: string): Side | undefined {
    const side = this.#options.sideOf(clientOrderId);
    if (side !== undefined) return side;
    for (const { command } of this.#commands) {
      if (command.type === 'place' && command.clientOrderId === clientOrderId) return command.side;
      if (command.type === 'edit' && command.newClientOrderId === clientOrderId) {
        return this.#options.sideOf(command.clientOrderId);
      }
    }
    return undefined;
  }
}

const NEVER = micros(Number.MIN_SAFE_INTEGER);
const FOREVER = micros(Number.MAX_SAFE_INTEGER);
