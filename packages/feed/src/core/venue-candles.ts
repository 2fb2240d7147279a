import type { OhlcMessage, WireCandle } from '@kb/kraken';
import type { Grid, Micros } from '@kb/model';
import { isSound, turnoverOf } from '../backfill/read-past.ts';
import type { VenueBar } from '../market/bar.ts';
import type { CandleSeries } from '../market/candle-series.ts';
import { sameGrid } from '../market/symbol-state.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { SymbolRegister } from './symbol-register.ts';

export interface VenueCandlesOptions {
  readonly symbols: SymbolRegister;
  readonly outlet: EventOutlet;
  /** The precision that frames of a symbol are read with. */
  readonly gridOf: (symbol: string) => Grid | undefined;
}

/** What the venue told of one interval of one symbol. */
interface Told {
  readonly grid: Grid;
  /** The latest candle: still running, as far as we know. */
  running: WireCandle;
  /** Those that are over, while our own candle of the span is not. Oldest first. */
  readonly over: VenueBar[];
}

/** Our own candle closes within `closeAfter` of the venue's: more than a few that wait means that ours do not close. */
const MOST_WAITING = 16;

/**
 * Takes the venue's candles into the history of intervals that are kept; others are let go.
 *
 * The venue never says that a candle is over. The newest of a snapshot is running; a candle of updates is over when one of a
 * later span comes, and what was said of it last holds. Where something may have been missed in between, what was running is
 * forgotten: the snapshot of the next subscription tells it anew.
 */
export class VenueCandles {
  readonly #options: VenueCandlesOptions;
  readonly #told = new Map<SymbolState, Map<Micros, Told>>();
  #refused = 0;
  #ignored = 0;

  constructor(options: VenueCandlesOptions) {
    this.#options = options;
  }

  /** Candles of intervals that are not kept. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Candles that contradict themselves, and were not taken. */
  get refused(): number {
    return this.#refused;
  }

  onOhlc({ snapshot, candles }: OhlcMessage, recvTs: Micros): void {
    const { symbols, outlet } = this.#options;
    const begun = new Set<string>();
    for (const candle of candles.toSorted((a, b) => a.start - b.start)) {
      // the order of a snapshot is not documented
      const entry = symbols.entryOf(candle.symbol, recvTs);
      if (entry === undefined) continue;
      outlet.clock.note(candle.venueTs, recvTs, snapshot);
      const key = `${candle.symbol} ${candle.interval}`;
      if (snapshot && !begun.has(key)) this.#told.get(entry)?.delete(candle.interval);
      begun.add(key);
      if (entry.history.series(candle.interval) === undefined) this.#ignored += 1;
      else this.#take(entry, candle);
    }
    this.settle();
  }

  /** Frames of the channel may have been lost, of one symbol or of all. */
  forget(symbol: string | undefined): void {
    for (const entry of this.#told.keys()) {
      if (symbol === undefined || entry.symbol === symbol) this.#told.delete(entry);
    }
  }

  /** Hands on what is over as soon as our own candles are: until then there is nothing to compare it with. */
  settle(): void {
    for (const [entry, intervals] of this.#told) {
      for (const [interval, told] of intervals) {
        const series = entry.history.series(interval);
        if (series === undefined || told.over.length === 0) continue;
        const grid = this.#options.gridOf(entry.symbol);
        if (grid === undefined || !sameGrid(told.grid, grid)) {
          told.over.length = 0; // counted in steps that are no more
          continue;
        }
        const due = dueOf(told.over, series);
        if (due.length > 0) entry.history.takeVenueBars(interval, due);
      }
    }
  }

  #take(entry: SymbolState, candle: WireCandle): void {
    const grid = this.#options.gridOf(entry.symbol);
    if (grid === undefined) throw new TypeError(`${entry.symbol} was decoded without a precision`); // our own invariant
    const intervals = this.#told.get(entry) ?? new Map<Micros, Told>();
    this.#told.set(entry, intervals);
    const told = intervals.get(candle.interval);
    if (told === undefined || !sameGrid(told.grid, grid)) {
      const { pricePrecision, qtyPrecision } = grid;
      intervals.set(candle.interval, { grid: { pricePrecision, qtyPrecision }, running: candle, over: [] });
    } else if (candle.start < told.running.start) {
      this.#end(told, candle); // a later word on a span that is over
    } else {
      if (candle.start > told.running.start) this.#end(told, told.running);
      told.running = candle;
    }
  }

  #end({ grid, over }: Told, candle: WireCandle): void {
    const { start, open, high, low, close, volume, trades, vwap } = candle;
    const turnover = turnoverOf(vwap, volume, grid);
    if (turnover === undefined || !isSound(open, high, low, close) || volume > 0n !== trades > 0) {
      this.#refused += 1;
      return;
    }
    over.push({ start, open, high, low, close, volume, turnover, trades });
  }
}

/** Takes from those that wait what our own candles are ready for. */
function dueOf(over: VenueBar[], series: CandleSeries): VenueBar[] {
  const forming = series.forming?.start;
  const waiting = forming === undefined ? [] : over.filter(({ start }) => start >= forming).slice(-MOST_WAITING);
  const due = over.filter((bar) => !waiting.includes(bar));
  over.splice(0, over.length, ...waiting);
  return due;
}
