import { micros, notional } from '@kb/model';
import type { Candle, Micros, SeriesView, Ticks } from '@kb/model';
import { Bar, barPacking, fits } from './bar.ts';
import type { CandleTrade, Moment, VenueBar } from './bar.ts';
import { Ring } from './ring.ts';

export interface CandleSeriesOptions {
  readonly interval: Micros;
  /** Closed candles kept. */
  readonly keep: number;
  /** Whether every trade of a span of venue time is known. */
  readonly isWhole: (start: Micros, end: Micros) => boolean;
  /** A candle closed, or a closed one changed. Read it during the call. */
  readonly onCandle: (candle: Candle) => void;
}

/** What became of late trades and of the venue's own bars. */
export interface CandleStats {
  /** Trades older than any candle that can be kept. */
  readonly tooLate: number;
  /** Closed candles that were told again. */
  readonly revisions: number;
  /** Candles taken from the venue's own bars. */
  readonly backfilled: number;
  /** Candles built from trades that equalled the venue's bar, and whole ones that did not: ours stay. */
  readonly agreed: number;
  readonly disagreed: number;
  /** Bars of the venue that no market can make, of 2^128 steps and more: they were not taken. */
  readonly refused: number;
  /** Empty spans that were left out because venue time leapt over too many. */
  readonly skipped: number;
}

/** Empty spans that are told when venue time leaps, at least: nearly three hours of seconds, a week of minutes. */
const MOST_EMPTY = 10_080;

/**
 * Candles of one interval of one symbol, built from trades, in venue time.
 *
 * The spans follow each other without a hole: an empty one is there, flat at the close before it. A span closes when a
 * trade of a later one comes, or when `advance` says that its time is over. Trades may come late and in any order: each
 * changes the candle that it belongs to, and the flat ones that follow it. Closed ones that changed are told by `tell`, with a
 * higher revision if they were told before.
 */
export class CandleSeries {
  readonly interval: Micros;
  readonly stats: { -readonly [Key in keyof CandleStats]: CandleStats[Key] } = {
    tooLate: 0,
    revisions: 0,
    backfilled: 0,
    agreed: 0,
    disagreed: 0,
    refused: 0,
    skipped: 0,
  };
  readonly #options: CandleSeriesOptions;
  /** Oldest first, each starting where the one before it ends. What is read is a copy: `#save` makes it count. */
  readonly #closed: Ring<Bar>;
  /** Starts where the last closed one ends. There are no closed ones without one that is forming. */
  #forming: Bar | undefined = undefined;
  /** The last trade of what is no longer kept: flat candles that follow it are at its price. */
  #before: Moment = { ts: -Infinity, id: -Infinity };
  /** Starts of the closed ones that have changed since they were told. */
  readonly #changed: Set<Micros> = new Set();
  /** Those among them that are no longer kept. */
  readonly #gone: Bar[] = [];

  constructor(options: CandleSeriesOptions) {
    this.#options = options;
    this.interval = options.interval;
    this.#closed = new Ring(options.keep, barPacking(options.interval));
  }

  /** The closed ones. Each is as it is when it is read: a later change shows in the next that is read. */
  get closed(): SeriesView<Candle> {
    return this.#closed;
  }

  /** The one that is forming, live: it changes with the next trade. */
  get forming(): Candle | undefined {
    return this.#forming;
  }

  /**
   * Adds a trade. `tell` tells the closed candles that it changes.
   * @param volume,turnover Of the trade: who has several series reckons them once.
   */
  take(
    trade: CandleTrade,
    volume: bigint = BigInt(trade.size),
    turnover: bigint = notional(trade.price, trade.size),
  ): void {
    const forming = this.#forming;
    const since = forming === undefined ? -1 : trade.venueTs - forming.start;
    if (forming !== undefined && since >= 0 && since < this.interval) {
      forming.add(trade, volume, turnover); // nearly every trade
      return;
    }
    const start = this.startOf(trade.venueTs);
    if (forming === undefined) {
      const first = new Bar(this.interval, start, trade.price);
      first.partial = this.#isPartial(first);
      this.#forming = first;
    } else if (start > forming.start) {
      this.#openUpTo(forming, start);
    } else if (this.#indexOf(start) < 0) {
      if (!this.#fits(start)) {
        this.stats.tooLate += 1;
        this.#takeTooLate(trade);
        return;
      }
      this.#openDownTo(start, trade.price);
    }
    this.#apply(start, trade, volume, turnover);
  }

  /** Closes every span that ends at or before this moment. */
  advance(venueTs: Micros): void {
    const forming = this.#forming;
    if (forming !== undefined && venueTs >= forming.start + this.interval) {
      this.#openUpTo(forming, this.startOf(venueTs));
    }
  }

  /** What is known of the trades of this span and later has changed: candles may be whole now, or no more. */
  recheck(from: Micros): void {
    const first = Math.max(0, this.#indexOf(this.startOf(from)));
    for (let index = first; index <= this.#closed.length; index += 1) {
      const bar = this.#barAt(index);
      if (bar === undefined || bar.fromVenue) continue;
      const partial = this.#isPartial(bar);
      if (partial === bar.partial) continue;
      bar.partial = partial;
      this.#save(index, bar);
    }
  }

  /**
   * Takes the venue's own bars of spans that are over, oldest first: they stand in for candles that are partial or not there, and
   * are compared with those that are whole. `tell` tells what that changes.
   */
  takeVenueBars(told: readonly VenueBar[]): void {
    const bars = told.filter(fits);
    this.stats.refused += told.length - bars.length;
    const oldest = this.#oldestStart();
    this.#prepend(oldest === undefined ? bars : bars.filter(({ start }) => start < oldest));
    if (oldest === undefined) return;
    for (const bar of bars) if (bar.start >= oldest) this.#compare(bar);
  }

  /** Tells the closed candles that have changed, oldest first. */
  tell(): void {
    if (this.#changed.size === 0 && this.#gone.length === 0) return;
    const gone = this.#gone.splice(0).toSorted((a, b) => a.start - b.start);
    const changed = [...this.#changed].toSorted((a, b) => a - b);
    this.#changed.clear();
    for (const bar of gone) {
      this.#mark(bar);
      this.#options.onCandle(bar);
    }
    for (const start of changed) {
      const index = this.#indexOf(start);
      const bar = this.#barAt(index);
      if (bar === undefined) continue;
      this.#mark(bar);
      this.#closed.put(index, bar);
      this.#options.onCandle(bar);
    }
  }

  clear(): void {
    this.#closed.clear();
    this.#forming = undefined;
    this.#before = { ts: -Infinity, id: -Infinity };
    this.#changed.clear();
    this.#gone.length = 0;
  }

  startOf(venueTs: Micros): Micros {
    return micros(Math.floor(venueTs / this.interval) * this.interval);
  }

  #oldestStart(): Micros | undefined {
    const forming = this.#forming;
    return forming && micros(forming.start - this.#closed.length * this.interval);
  }

  /** Place of the span that starts then; below zero when it is older than what is kept. That of the forming one is the last. */
  #indexOf(start: Micros): number {
    const oldest = this.#oldestStart();
    return oldest === undefined ? -1 : (start - oldest) / this.interval;
  }

  /** The forming one itself, or a copy of a closed one. */
  #barAt(index: number): Bar | undefined {
    if (index < 0) return undefined;
    return index === this.#closed.length ? this.#forming : this.#closed.at(index);
  }

  /** A bar has changed. */
  #save(index: number, bar: Bar): void {
    if (!bar.closed) return;
    this.#closed.put(index, bar);
    this.#changed.add(bar.start);
  }

  /** Whether there is room for all spans from this one, which is older than those kept, to the oldest kept. */
  #fits(start: Micros): boolean {
    return this.#closed.length - this.#indexOf(start) <= this.#options.keep;
  }

  #isPartial({ start }: Bar): boolean {
    return !this.#options.isWhole(start, micros(start + this.interval));
  }

  /** It is about to be told. */
  #mark(bar: Bar): void {
    if (bar.told) {
      bar.revision += 1;
      this.stats.revisions += 1;
    }
    bar.told = true;
  }

  #apply(start: Micros, trade: CandleTrade, volume: bigint, turnover: bigint): void {
    const index = this.#indexOf(start);
    const bar = this.#barAt(index);
    if (bar === undefined || bar.fromVenue) return; // what the venue told whole has the trade in it
    bar.add(trade, volume, turnover);
    this.#save(index, bar);
    this.#carryOn(index, bar.close);
  }

  /** A trade of a span that is not kept: where nothing traded between, the first candles kept are flat at its price. */
  #takeTooLate({ venueTs, tradeId, price }: CandleTrade): void {
    const { ts, id } = this.#before;
    const first = this.#barAt(0);
    if (ts > venueTs || (ts === venueTs && id > tradeId) || first === undefined || first.start <= venueTs) return;
    this.#before = { ts: venueTs, id: tradeId };
    if (first.trades > 0 || first.fromVenue || first.close === price) return;
    first.flatAt(price);
    this.#save(0, first);
    this.#carryOn(0, price);
  }

  /** Lets the oldest candle go. */
  #dropOldest(): void {
    const bar = this.#closed.at(0);
    if (bar === undefined) return;
    this.#closed.dropOldest();
    this.#retire(bar);
    if (this.#changed.delete(bar.start)) this.#gone.push(bar);
  }

  #retire(bar: Bar): void {
    if (bar.trades > 0 || bar.fromVenue) this.#before = bar.lastTrade;
  }

  /** The flat candles after this one are flat at its close. */
  #carryOn(from: number, close: Ticks): void {
    for (let index = from + 1; index <= this.#closed.length; index += 1) {
      const bar = this.#barAt(index);
      if (bar === undefined || bar.trades > 0 || bar.fromVenue || bar.close === close) return;
      bar.flatAt(close);
      this.#save(index, bar);
    }
  }

  #openUpTo(forming: Bar, start: Micros): void {
    const { keep } = this.#options;
    const most = Math.max(keep, MOST_EMPTY);
    let last = forming;
    while (last.start < start) {
      last.closed = true;
      last.partial = this.#isPartial(last);
      const after = micros(last.start + this.interval);
      const next = micros(Math.max(after, start - most * this.interval));
      this.#mark(last);
      if (next > after) {
        this.stats.skipped += (next - after) / this.interval;
        while (this.#closed.length > 0) this.#dropOldest();
        this.#retire(last);
      } else {
        if (this.#closed.length === keep) this.#dropOldest();
        this.#closed.push(last);
      }
      const bar = new Bar(this.interval, next, last.close);
      bar.partial = this.#isPartial(bar);
      this.#forming = bar;
      this.#options.onCandle(last);
      last = bar;
    }
  }

  /** Opens closed spans in front: those that the venue told, and flat ones that follow them or wait for trades. */
  #openDownTo(start: Micros, price: Ticks, told: ReadonlyMap<Micros, VenueBar> = NONE): void {
    const count = ((this.#oldestStart() ?? start) - start) / this.interval;
    let close = price;
    this.#closed.prepend(count, (index) => {
      const bar = new Bar(this.interval, micros(start + index * this.interval), close);
      const venue = told.get(bar.start);
      bar.closed = true;
      if (venue === undefined) bar.partial = this.#isPartial(bar);
      else bar.become(venue);
      this.#changed.add(bar.start);
      ({ close } = bar);
      return bar;
    });
    this.#carryOn(count - 1, close);
  }

  #compare(venue: VenueBar): void {
    const index = this.#indexOf(venue.start);
    const bar = this.#barAt(index);
    if (bar === undefined || !bar.closed) return;
    const isEqual = bar.equals(venue);
    if (bar.fromVenue ? isEqual : isEqual && !bar.partial) {
      if (!bar.fromVenue) this.stats.agreed += 1;
    } else if (!bar.partial && !bar.fromVenue) {
      this.stats.disagreed += 1;
    } else {
      if (isEqual) this.stats.agreed += 1;
      else this.stats.backfilled += 1;
      // An equal bar keeps its own turnover, which is exact where the venue's is rounded.
      bar.become(isEqual ? { ...venue, turnover: bar.turnover } : venue);
      this.#save(index, bar);
      this.#carryOn(index, bar.close);
    }
  }

  /** Puts the venue's bars in front; spans between them that it does not tell are flat, and known to be unsure. */
  #prepend(older: readonly VenueBar[]): void {
    const newest = older.at(-1);
    if (newest === undefined) return;
    const end = this.#oldestStart() ?? micros(newest.start + this.interval);
    const room = this.#options.keep - this.#closed.length;
    const known = older.filter(({ start }) => start >= end - room * this.interval);
    const first = known[0];
    if (first === undefined) return;
    this.#forming ??= new Bar(this.interval, end, newest.close);
    this.#openDownTo(first.start, first.open, new Map(known.map((bar) => [bar.start, bar])));
    this.stats.backfilled += known.length;
    this.#forming.partial = this.#isPartial(this.#forming);
  }
}

const NONE: ReadonlyMap<Micros, VenueBar> = new Map();
