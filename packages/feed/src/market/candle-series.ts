import { micros } from '@kb/model';
import type { Candle, Lots, Micros, SeriesView, Ticks } from '@kb/model';

/** What a candle needs to know of a trade. */
export interface CandleTrade {
  readonly venueTs: Micros;
  readonly tradeId: number;
  readonly price: Ticks;
  readonly size: Lots;
}

/** A bar as the venue itself tells it. */
export interface VenueBar {
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** In lots. */
  readonly volume: bigint;
  readonly turnover: bigint;
  readonly trades: number;
}

export interface CandleSeriesOptions {
  readonly interval: Micros;
  /** Closed candles kept. */
  readonly keep: number;
  /** Whether every trade of a span of venue time is known. */
  readonly isWhole: (start: Micros, end: Micros) => boolean;
  /** A candle closed, or a closed one changed. It is live: read it during the call. */
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
    skipped: 0,
  };
  readonly #options: CandleSeriesOptions;
  /** Oldest first, each starting where the one before it ends. The last one is forming. */
  readonly #bars: Bar[] = [];
  /** The last trade of what is no longer kept: flat candles that follow it are at its price. */
  #before: Moment = { ts: -Infinity, id: -Infinity };
  /** Those that have changed since they were told. */
  readonly #changed: Set<Bar> = new Set();
  /** The closed ones. */
  readonly closed: SeriesView<Candle>;

  constructor(options: CandleSeriesOptions) {
    this.#options = options;
    this.interval = options.interval;
    this.closed = new ClosedBars(this.#bars);
  }

  get forming(): Candle | undefined {
    return this.#bars.at(-1);
  }

  /** Adds a trade. `tell` tells the closed candles that it changes. */
  take(trade: CandleTrade): void {
    const start = this.startOf(trade.venueTs);
    const last = this.#bars.at(-1);
    if (last === undefined) {
      const first = new Bar(this.interval, start, trade.price);
      first.partial = this.#isPartial(first);
      this.#bars.push(first);
    } else if (start > last.start) {
      this.#openUpTo(start);
    } else if (this.#indexOf(start) < 0) {
      if (!this.#fits(start)) {
        this.stats.tooLate += 1;
        this.#takeTooLate(trade);
        return;
      }
      this.#openDownTo(start, trade.price);
    }
    this.#apply(this.#indexOf(start), trade);
  }

  /** Closes every span that ends at or before this moment. */
  advance(venueTs: Micros): void {
    const last = this.#bars.at(-1);
    if (last !== undefined && venueTs >= last.start + this.interval) this.#openUpTo(this.startOf(venueTs));
  }

  /** What is known of the trades of this span and later has changed: candles may be whole now, or no more. */
  recheck(from: Micros): void {
    const first = Math.max(0, this.#indexOf(this.startOf(from)));
    for (let index = first; index < this.#bars.length; index += 1) {
      const bar = this.#bars[index];
      if (bar === undefined || bar.fromVenue) continue;
      const partial = this.#isPartial(bar);
      if (partial === bar.partial) continue;
      bar.partial = partial;
      this.#note(bar);
    }
  }

  /**
   * Takes the venue's own bars of spans that are over, oldest first: they stand in for candles that are partial or not there, and
   * are compared with those that are whole. `tell` tells what that changes.
   */
  takeVenueBars(bars: readonly VenueBar[]): void {
    const oldest = this.#bars[0]?.start;
    this.#prepend(oldest === undefined ? bars : bars.filter(({ start }) => start < oldest));
    if (oldest === undefined) return;
    for (const bar of bars) if (bar.start >= oldest) this.#compare(bar);
  }

  /** Tells the closed candles that have changed, oldest first. */
  tell(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed].toSorted((a, b) => a.start - b.start);
    this.#changed.clear();
    for (const bar of changed) this.#tell(bar);
  }

  clear(): void {
    this.#bars.length = 0;
    this.#before = { ts: -Infinity, id: -Infinity };
    this.#changed.clear();
  }

  startOf(venueTs: Micros): Micros {
    return micros(Math.floor(venueTs / this.interval) * this.interval);
  }

  /** Place of the span that starts then; below zero when it is older than what is kept. */
  #indexOf(start: Micros): number {
    const first = this.#bars[0];
    return first === undefined ? -1 : (start - first.start) / this.interval;
  }

  /** Whether there is room for all spans from this one, which is older than those kept, to the oldest kept. */
  #fits(start: Micros): boolean {
    return this.#bars.length - this.#indexOf(start) <= this.#options.keep + 1;
  }

  #isPartial({ start }: Bar): boolean {
    return !this.#options.isWhole(start, micros(start + this.interval));
  }

  #note(bar: Bar): void {
    if (bar.closed) this.#changed.add(bar);
  }

  #tell(bar: Bar): void {
    if (bar.told) {
      bar.revision += 1;
      this.stats.revisions += 1;
    }
    bar.told = true;
    this.#options.onCandle(bar);
  }

  #apply(index: number, trade: CandleTrade): void {
    const bar = this.#bars[index];
    if (bar === undefined || bar.fromVenue) return; // what the venue told whole has the trade in it
    bar.add(trade);
    this.#note(bar);
    this.#carryOn(index);
  }

  /** A trade of a span that is not kept: where nothing traded between, the first candles kept are flat at its price. */
  #takeTooLate({ venueTs, tradeId, price }: CandleTrade): void {
    const { ts, id } = this.#before;
    const [first] = this.#bars;
    if (ts > venueTs || (ts === venueTs && id > tradeId) || first === undefined || first.start <= venueTs) return;
    this.#before = { ts: venueTs, id: tradeId };
    if (first.trades > 0 || first.fromVenue || first.close === price) return;
    first.flatAt(price);
    this.#note(first);
    this.#carryOn(0);
  }

  /** Lets a candle go. */
  #retire(bar: Bar): void {
    if (bar.trades > 0 || bar.fromVenue) this.#before = bar.lastTrade;
  }

  /** The flat candles after this one are flat at its close. */
  #carryOn(index: number): void {
    const close = this.#bars[index]?.close;
    if (close === undefined) return;
    for (let next = index + 1; next < this.#bars.length; next += 1) {
      const bar = this.#bars[next];
      if (bar === undefined || bar.trades > 0 || bar.fromVenue || bar.close === close) return;
      bar.flatAt(close);
      this.#note(bar);
    }
  }

  #openUpTo(start: Micros): void {
    const { keep } = this.#options;
    const most = Math.max(keep, MOST_EMPTY);
    for (let last = this.#bars.at(-1); last !== undefined && last.start < start; last = this.#bars.at(-1)) {
      last.closed = true;
      last.partial = this.#isPartial(last);
      const after = micros(last.start + this.interval);
      const next = micros(Math.max(after, start - most * this.interval));
      if (next > after) {
        this.stats.skipped += (next - after) / this.interval;
        for (const each of this.#bars) this.#retire(each);
        this.#bars.length = 0;
      }
      const bar = new Bar(this.interval, next, last.close);
      bar.partial = this.#isPartial(bar);
      this.#bars.push(bar);
      const gone = this.#bars.length > keep + 1 ? this.#bars.shift() : undefined;
      if (gone !== undefined) this.#retire(gone);
      this.#tell(last);
    }
  }

  /** Opens closed spans in front, flat until trades fill them. */
  #openDownTo(start: Micros, price: Ticks): void {
    const front: Bar[] = [];
    const end = this.#bars[0]?.start ?? start;
    for (let at = start; at < end; at = micros(at + this.interval)) {
      const bar = new Bar(this.interval, at, price);
      bar.closed = true;
      bar.partial = this.#isPartial(bar);
      this.#note(bar);
      front.push(bar);
    }
    this.#bars.unshift(...front);
  }

  #compare(venue: VenueBar): void {
    const index = this.#indexOf(venue.start);
    const bar = this.#bars[index];
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
      this.#note(bar);
      this.#carryOn(index);
    }
  }

  /** Puts the venue's bars in front; spans between them that it does not tell are flat, and known to be unsure. */
  #prepend(older: readonly VenueBar[]): void {
    const newest = older.at(-1);
    if (newest === undefined) return;
    const end = this.#bars[0]?.start ?? micros(newest.start + this.interval);
    const room = this.#options.keep - Math.max(0, this.#bars.length - 1);
    const known = older.filter(({ start }) => start >= end - room * this.interval);
    const first = known[0];
    if (first === undefined) return;
    if (this.#bars.length === 0) this.#bars.push(new Bar(this.interval, end, newest.close));
    this.#openDownTo(first.start, first.open);
    for (const venue of known) {
      const index = this.#indexOf(venue.start);
      this.#bars[index]?.become(venue);
      this.stats.backfilled += 1;
      this.#carryOn(index);
    }
    const forming = this.#bars.at(-1);
    if (forming !== undefined) forming.partial = this.#isPartial(forming);
  }
}

/** Where a trade is in the order of trades. */
interface Moment {
  readonly ts: number;
  readonly id: number;
}

/** One span. */
class Bar implements Candle {
  readonly interval: Micros;
  readonly start: Micros;
  open: Ticks;
  high: Ticks;
  low: Ticks;
  close: Ticks;
  volume = 0n;
  turnover = 0n;
  trades = 0;
  closed = false;
  revision = 0;
  partial = false;
  /** True when the venue told it whole. */
  fromVenue = false;
  /** True once it was told as closed. */
  told = false;
  #firstTs = 0;
  #firstId = 0;
  #lastTs = 0;
  #lastId = 0;

  /** Flat at a price until something trades. */
  constructor(interval: Micros, start: Micros, price: Ticks) {
    this.interval = interval;
    this.start = start;
    this.open = price;
    this.high = price;
    this.low = price;
    this.close = price;
  }

  add({ venueTs, tradeId, price, size }: CandleTrade): void {
    const isOnly = this.trades === 0;
    if (isOnly || venueTs < this.#firstTs || (venueTs === this.#firstTs && tradeId < this.#firstId)) {
      this.open = price;
      this.#firstTs = venueTs;
      this.#firstId = tradeId;
    }
    if (isOnly || venueTs > this.#lastTs || (venueTs === this.#lastTs && tradeId >= this.#lastId)) {
      this.close = price;
      this.#lastTs = venueTs;
      this.#lastId = tradeId;
    }
    this.high = isOnly || price > this.high ? price : this.high;
    this.low = isOnly || price < this.low ? price : this.low;
    const volume = BigInt(size);
    this.volume += volume;
    this.turnover += BigInt(price) * volume;
    this.trades += 1;
  }

  /** What the venue told has all trades of the span in it. */
  get lastTrade(): Moment {
    return this.fromVenue ? { ts: this.start + this.interval, id: Infinity } : { ts: this.#lastTs, id: this.#lastId };
  }

  flatAt(price: Ticks): void {
    this.open = price;
    this.high = price;
    this.low = price;
    this.close = price;
  }

  equals(venue: VenueBar): boolean {
    return (
      this.open === venue.open &&
      this.high === venue.high &&
      this.low === venue.low &&
      this.close === venue.close &&
      this.volume === venue.volume &&
      this.trades === venue.trades
    );
  }

  become(venue: VenueBar): void {
    this.open = venue.open;
    this.high = venue.high;
    this.low = venue.low;
    this.close = venue.close;
    this.volume = venue.volume;
    this.turnover = venue.turnover;
    this.trades = venue.trades;
    this.partial = false;
    this.fromVenue = true;
  }
}

/** All bars but the last, which is forming. */
class ClosedBars implements SeriesView<Candle> {
  readonly #bars: readonly Bar[];

  constructor(bars: readonly Bar[]) {
    this.#bars = bars;
  }

  get length(): number {
    return Math.max(0, this.#bars.length - 1);
  }

  at(index: number): Candle | undefined {
    const place = index < 0 ? index + this.length : index;
    return place < 0 || place >= this.length ? undefined : this.#bars[place];
  }

  *[Symbol.iterator](): Iterator<Candle> {
    for (let index = 0; index < this.length; index += 1) {
      const bar = this.#bars[index];
      if (bar !== undefined) yield bar;
    }
  }
}
