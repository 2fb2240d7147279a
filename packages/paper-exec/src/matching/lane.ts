import type { BookEvent, Instrument, Micros, Side, TradeEvent, VenueCommand } from '@kb/model';
import { micros } from '@kb/model';
import type { Dispatch } from '../latency/command-path.ts';
import { BufferedBook, BufferedTrade, SlotQueue } from './market-buffer.ts';
import { copyOfBook } from './matcher.ts';
import type { Matcher } from './matcher.ts';
import type { QueueLevel } from '../queue/queue-level.ts';

/** A command on its way to the venue. */
export interface TravellingCommand {
  readonly command: VenueCommand;
  readonly dispatch: Dispatch;
  /** The price level it may come to rest at, watched since it was sent. */
  readonly pinned: QueueLevel | undefined;
}

export interface LaneOptions {
  readonly matcher: Matcher;
  /** False when the source has a book only: then nothing waits for prints. */
  readonly expectsTrades: boolean;
  readonly latenessMargin: Micros;
  readonly maxBuffered: number;
  /** Side of an order that stands at the venue. */
  sideOf(clientOrderId: string): Side | undefined;
  /** Carries out a command that has arrived. */
  execute(command: VenueCommand, at: Micros, lane: Lane, dispatch: Dispatch): void;
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
  instrument: Instrument | undefined = undefined;
  /** True while the feed has fallen silent; the book is old, but without a gap. */
  isStale = false;
  readonly #options: LaneOptions;
  readonly #books = new SlotQueue(() => new BufferedBook());
  readonly #trades = new SlotQueue(() => new BufferedTrade());
  readonly #commands: TravellingCommand[] = [];
  /** True until the first book, and from a gap to the next snapshot. */
  #needsBook = true;
  #bookTime = NEVER;
  #tradeTime = NEVER;
  #lastTradeId = -1;
  /** The last watermark: nothing before it was expected any more. */
  #passed = NEVER;
  lateEvents = 0;
  forcedEvents = 0;
  ignoredTrades = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.matcher = options.matcher;
  }

  /** Whether the market is closed to new orders: no book, a gap in it, or a silent feed. */
  get isFrozen(): boolean {
    return this.#needsBook || this.isStale;
  }

  /** Whether anything waits for the watermark. */
  get isWaiting(): boolean {
    return this.#commands.length + this.#books.length + this.#trades.length > 0 || this.matcher.own.isPairing;
  }

  /**
   * Up to where the market is known: the lesser of the channels' latest venue times, or the venue's latest time at all less
   * the margin, when that is later (a quiet channel does not hold up the others for ever).
   */
  watermark(now: Micros): Micros {
    const channels = this.#options.expectsTrades ? Math.min(this.#bookTime, this.#tradeTime) : this.#bookTime;
    return micros(Math.max(channels, now - this.#options.latenessMargin));
  }

  onBook(event: BookEvent): void {
    const time = micros(Math.max(event.venueTs, this.#bookTime));
    this.isStale = false;
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

  onTrade(event: TradeEvent): void {
    // A subscription's snapshot of old prints, and prints delivered twice, moved the queue already, if at all.
    if (event.historical || event.tradeId <= this.#lastTradeId || this.#needsBook) {
      this.ignoredTrades += 1;
      return;
    }
    const time = micros(Math.max(event.venueTs, this.#tradeTime));
    this.#lastTradeId = event.tradeId;
    this.#tradeTime = time;
    if (this.#isIdle()) return;
    if (event.venueTs < this.#passed) this.lateEvents += 1;
    this.#trades.push().copy(event, time);
    this.#keepBound();
  }

  /** The feed lost its way: what came before is applied, then matching stands still until the next snapshot. */
  freeze(): void {
    if (this.#needsBook) return;
    this.#run(FOREVER, micros(Math.max(this.#bookTime, this.#tradeTime)));
    this.matcher.own.forgetPairing();
    this.#needsBook = true;
    this.#lastTradeId = -1;
  }

  /** Two connections may overtake each other; each has its commands arrive in the order in which they were sent. */
  submit(command: VenueCommand, dispatch: Dispatch): void {
    const commands = this.#commands;
    let index = commands.length;
    for (; index > 0; index -= 1) {
      const before = commands[index - 1];
      if (before === undefined || before.dispatch.arrivesAt <= dispatch.arrivesAt) break;
    }
    commands.splice(index, 0, { command, dispatch, pinned: this.#pin(command) });
  }

  /** Handles all that the watermark has passed. */
  advance(now: Micros): void {
    const watermark = this.watermark(now);
    this.#passed = watermark;
    this.#run(watermark, watermark);
    this.matcher.own.settle(watermark);
    if (this.matcher.own.count === 0 && this.#commands.length === 0) this.#run(FOREVER, NEVER);
  }

  /** Applies market messages before `marketUntil` and commands before `commandsUntil`, in the venue's order. */
  #run(marketUntil: Micros, commandsUntil: Micros): void {
    for (;;) {
      const trade = this.#trades.peek();
      const book = this.#books.peek();
      const next = this.#commands[0];
      const marketTime = Math.min(trade?.time ?? FOREVER, book?.time ?? FOREVER);
      if (next !== undefined && next.dispatch.arrivesAt < marketTime) {
        if (next.dispatch.arrivesAt >= commandsUntil) return;
        this.#commands.shift();
        this.#arrive(next);
      } else {
        if (marketTime >= marketUntil) return;
        this.#applyNext(trade, book);
      }
    }
  }

  #arrive({ command, dispatch, pinned }: TravellingCommand): void {
    const { matcher } = this;
    if (dispatch.arrivesAt > matcher.clock) matcher.clock = dispatch.arrivesAt;
    this.#options.execute(command, matcher.clock, this, dispatch);
    if (pinned !== undefined) matcher.own.unpin(pinned);
  }

  #applyNext(trade: BufferedTrade | undefined, book: BufferedBook | undefined): void {
    if (trade !== undefined && (book === undefined || trade.time <= book.time)) {
      this.#trades.shift();
      this.matcher.applyTrade(trade);
    } else if (book !== undefined) {
      this.#books.shift();
      this.matcher.applyBook(book, book.time, book.seq);
    }
  }

  /** The first book, or the first after a gap. */
  #begin(event: BookEvent, time: Micros): void {
    const isWhole = event.changes.snapshot;
    if (!isWhole && this.matcher.book !== undefined) return; // an update after a gap tells nothing
    // Commands that arrived before it found the market closed.
    this.#run(time, time);
    this.#needsBook = false;
    this.#bookTime = time;
    const book = copyOfBook(event.book, !isWhole);
    if (isWhole) book.apply(event.changes);
    this.matcher.restart(book, event.seq, time);
  }

  /** Nothing of ours rests or travels, so nothing depends on the order in which messages are applied. */
  #isIdle(): boolean {
    return (
      this.matcher.own.count === 0 && this.#commands.length === 0 && this.#books.length + this.#trades.length === 0
    );
  }

  #keepBound(): void {
    while (this.#books.length + this.#trades.length > this.#options.maxBuffered) {
      this.forcedEvents += 1;
      const before = this.#books.length + this.#trades.length;
      const oldest = micros(Math.min(this.#trades.peek()?.time ?? FOREVER, this.#books.peek()?.time ?? FOREVER));
      this.#run(micros(oldest + 1), oldest);
      if (this.#books.length + this.#trades.length === before) return;
    }
  }

  /** Where the command may come to rest: its queue has to be watched from now on, see `QueueLevel`. */
  #pin(command: VenueCommand): QueueLevel | undefined {
    if (command.type === 'cancel' || command.price === undefined) return undefined;
    const side = command.type === 'place' ? command.side : this.#sideOf(command.clientOrderId);
    return side === undefined ? undefined : this.matcher.own.pin(side, command.price, this.matcher.book);
  }

  /** Side of an order that stands at the venue or is on its way there. */
  #sideOf(clientOrderId: string): Side | undefined {
    const side = this.#options.sideOf(clientOrderId);
    if (side !== undefined) return side;
    for (const { command } of this.#commands) {
      if (command.type === 'place' && command.clientOrderId === clientOrderId) return command.side;
    }
    return undefined;
  }
}

const NEVER = micros(Number.MIN_SAFE_INTEGER);
const FOREVER = micros(Number.MAX_SAFE_INTEGER);
