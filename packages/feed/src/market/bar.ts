// oxlint-disable typescript/no-non-null-assertion -- hot path: `Ring` proves every word
import { micros, ticks } from '@kb/model';
import type { Candle, Lots, Micros, Ticks } from '@kb/model';
import type { Memory, Packing } from './ring.ts';

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

/** Where a trade is in the order of trades. */
export interface Moment {
  readonly ts: number;
  readonly id: number;
}

/** One span. */
export class Bar implements Candle {
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

  /** @param volume,turnover Of this trade. */
  add({ venueTs, tradeId, price }: CandleTrade, volume: bigint, turnover: bigint): void {
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
    this.volume += volume;
    this.turnover += turnover;
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

  /** Writes it into `BAR_WORDS` words of memory. @throws RangeError A sum that `fits` refuses. */
  write({ numbers, bits }: Memory, at: number): void {
    if (!fits(this)) throw new RangeError(`A candle of ${this.volume} lots, ${this.turnover} in all, cannot be kept`);
    numbers[at] = this.start;
    numbers[at + 1] = this.open;
    numbers[at + 2] = this.high;
    numbers[at + 3] = this.low;
    numbers[at + 4] = this.close;
    numbers[at + 5] = this.trades;
    numbers[at + 6] = this.revision;
    numbers[at + 7] =
      (this.closed ? CLOSED : 0) |
      (this.partial ? PARTIAL : 0) |
      (this.fromVenue ? FROM_VENUE : 0) |
      (this.told ? TOLD : 0);
    numbers[at + 8] = this.#firstTs;
    numbers[at + 9] = this.#firstId;
    numbers[at + 10] = this.#lastTs;
    numbers[at + 11] = this.#lastId;
    bits[at + 12] = this.volume; // the lowest 64 bits
    bits[at + 13] = this.volume >> WORD;
    bits[at + 14] = this.turnover;
    bits[at + 15] = this.turnover >> WORD;
  }

  /** @returns A bar of its own, as it was written. */
  static read(interval: Micros, { numbers, bits }: Memory, at: number): Bar {
    const bar = new Bar(interval, micros(numbers[at]!), ticks(numbers[at + 1]!));
    bar.high = ticks(numbers[at + 2]!);
    bar.low = ticks(numbers[at + 3]!);
    bar.close = ticks(numbers[at + 4]!);
    bar.trades = numbers[at + 5]!;
    bar.revision = numbers[at + 6]!;
    const flags = numbers[at + 7]!;
    bar.closed = (flags & CLOSED) !== 0;
    bar.partial = (flags & PARTIAL) !== 0;
    bar.fromVenue = (flags & FROM_VENUE) !== 0;
    bar.told = (flags & TOLD) !== 0;
    bar.#firstTs = numbers[at + 8]!;
    bar.#firstId = numbers[at + 9]!;
    bar.#lastTs = numbers[at + 10]!;
    bar.#lastId = numbers[at + 11]!;
    bar.volume = bits[at + 12]! | (bits[at + 13]! << WORD);
    bar.turnover = bits[at + 14]! | (bits[at + 15]! << WORD);
    return bar;
  }
}

/** How the bars of one interval are kept. */
export function barPacking(interval: Micros): Packing<Bar> {
  return {
    words: BAR_WORDS,
    write: (bar, memory, at) => bar.write(memory, at),
    read: (memory, at) => Bar.read(interval, memory, at),
  };
}

/** Whether volume and turnover can be kept: 2^128 steps are beyond anything that trades, though not beyond what text can say. */
export function fits({ volume, turnover }: { readonly volume: bigint; readonly turnover: bigint }): boolean {
  return volume >= 0n && turnover >= 0n && volume < LIMIT && turnover < LIMIT;
}

const BAR_WORDS = 16;
const WORD = 64n;
const LIMIT = 1n << 128n;
const CLOSED = 1;
const PARTIAL = 2;
const FROM_VENUE = 4;
const TOLD = 8;
