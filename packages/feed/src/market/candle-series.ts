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
  /** A candle closed, or a closed one changed. It is live: copy what is to be kept. */
  readonly onCandle: (candle: Candle) => void;
}

/** What became of late trades and of the venue's own bars. */
export interface CandleStats {
  /** Trades older than any candle that is kept. */
  readonly tooLate: number;
  /** Closed candles that were told again. */
  readonly revisions: number;
  /** Candles taken from the venue's own bars. */
  readonly backfilled: number;
  /** Whole candles built from trades that equalled the venue's bar, and that did not: ours stay. */
  readonly agreed: number;
  readonly disagreed: number;
}

/**
 * Candles of one interval of one symbol, built from trades, in venue time.
 *
 * The spans follow each other without a hole: an empty one is there, flat at the close before it. A span closes when a
 * trade of a later one comes, or when `advance` says that its time is over. Trades may come late and in any order: each
 * changes the candle that it belongs to, and the flat ones that follow it, which are told again with a higher revision.
 */
export class CandleSeries {
  readonly interval: Micros;
  readonly stats: { -readonly [Key in keyof CandleStats]: CandleStats[Key] } = {
    tooLate: 0,
    revisions: 0,
    backfilled: 0,
    agreed: 0,
    disagreed: 0,
  };
  readonly #options: CandleSeriesOptions;
  /** Oldest first, each starting where the one before it ends. The last one is forming. */
  readonly #bars: Bar[] = [];
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

  take(trade: CandleTrade): void {
    const start = this.startOf(trade.venueTs);
    const last = this.#bars.at(-1);
    if (last === undefined) {
      this.#bars.push(new Bar(this.interval, start, trade.price));
      this.#apply(0, trade);
      return;
    }
    if (start > last.start) this.#openUpTo(start);
    const index = this.#indexOf(start);
    if (index < 0) this.stats.tooLate += 1;
    else this.#apply(index, trade);
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
      const partial = !this.#options.isWhole(bar.start, micros(bar.start + this.interval));
      if (partial === bar.partial) continue;
      bar.partial = partial;
      this.#tellAgain(bar);
    }
  }

  /**
   * Takes the venue's own bars of closed spans, oldest first: they stand in for candles that are partial or not there, and are
   * compared with those that are whole.
   */
  takeVenueBars(bars: readonly VenueBar[]): void {
    const oldest = this.#bars[0];
    const older = oldest === undefined ? bars : bars.filter((bar) => bar.start < oldest.start);
    this.#prepend(older);
    for (const { start } of older) {
      const taken = this.#bars[this.#indexOf(start)];
      if (taken?.closed === true) this.#options.onCandle(taken);
    }
    for (const bar of bars) {
      if (oldest !== undefined && bar.start >= oldest.start) this.#compare(bar);
    }
  }

  clear(): void {
    this.#bars.length = 0;
  }

  startOf(venueTs: Micros): Micros {
    return micros(Math.floor(venueTs / this.interval) * this.interval);
  }

  /** Place of the span that starts then; below zero when it is older than what is kept. */
  #indexOf(start: Micros): number {
    const first = this.#bars[0];
    return first === undefined ? -1 : (start - first.start) / this.interval;
  }

  #apply(index: number, trade: CandleTrade): void {
    const bar = this.#bars[index];
    if (bar === undefined || bar.fromVenue) return; // what the venue told whole has the trade in it
    const before = bar.close;
    bar.add(trade);
    if (bar.closed) this.#tellAgain(bar);
    else bar.partial = !this.#options.isWhole(bar.start, micros(bar.start + this.interval));
    if (bar.close !== before || bar.trades === 1) this.#carryOn(index, bar.close);
  }

  /** The flat candles after this one are flat at its close. */
  #carryOn(index: number, close: Ticks): void {
    for (let next = index + 1; next < this.#bars.length; next += 1) {
      const bar = this.#bars[next];
      if (bar === undefined || bar.trades > 0 || bar.fromVenue || bar.close === close) return;
      bar.flatAt(close);
      this.#tellAgain(bar);
    }
  }

  #openUpTo(start: Micros): void {
    const { keep, isWhole, onCandle } = this.#options;
    for (let last = this.#bars.at(-1); last !== undefined && last.start < start; last = this.#bars.at(-1)) {
      last.closed = true;
      last.partial = !isWhole(last.start, micros(last.start + this.interval));
      // After so long that nothing of before would be kept, what was in between is left out.
      const next = micros(Math.max(last.start + this.interval, start - keep * this.interval));
      if (next > last.start + this.interval) this.#bars.length = 0;
      const bar = new Bar(this.interval, next, last.close);
      bar.partial = !isWhole(next, micros(next + this.interval));
      this.#bars.push(bar);
      if (this.#bars.length > keep + 1) this.#bars.shift();
      onCandle(last);
    }
  }

  #tellAgain(bar: Bar): void {
    if (!bar.closed) return;
    bar.revision += 1;
    this.stats.revisions += 1;
    this.#options.onCandle(bar);
  }

  #compare(venue: VenueBar): void {
    const index = this.#indexOf(venue.start);
    const bar = this.#bars[index];
    if (bar === undefined || !bar.closed) return;
    if (bar.equals(venue)) {
      if (bar.partial) {
        bar.partial = false;
        bar.fromVenue = true;
        this.#tellAgain(bar);
      }
      this.stats.agreed += 1;
    } else if (bar.partial) {
      bar.become(venue);
      this.stats.backfilled += 1;
      this.#tellAgain(bar);
      this.#carryOn(index, bar.close);
    } else {
      this.stats.disagreed += 1;
    }
  }

  /** Puts the venue's bars in front; spans between them that it does not tell are flat, and known to be unsure. */
  #prepend(older: readonly VenueBar[]): void {
    const { keep } = this.#options;
    const known = older.slice(-keep);
    const first = known[0];
    if (first === undefined) return;
    const front: Bar[] = [];
    const end = this.#bars[0]?.start ?? micros((known.at(-1)?.start ?? first.start) + this.interval);
    let at = 0;
    let { open: close } = first;
    for (let { start } = first; start < end; start = micros(start + this.interval)) {
      const bar = new Bar(this.interval, start, close);
      bar.closed = true;
      const venue = known[at];
      if (venue !== undefined && venue.start === start) {
        bar.become(venue);
        this.stats.backfilled += 1;
        at += 1;
      } else {
        bar.partial = true;
      }
      ({ close } = bar);
      front.push(bar);
    }
    if (this.#bars.length === 0) front.push(new Bar(this.interval, end, close));
    this.#bars.unshift(...front);
    if (this.#bars.length > keep + 1) this.#bars.splice(0, this.#bars.length - keep - 1);
  }
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
