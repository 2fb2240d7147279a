import { micros, NO_LOTS } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { PrintedTrade } from '../wire/data-frames.ts';
import { CandleSeries } from './candle-series.ts';
import { DayWindow } from './day-window.ts';
import { gridChange } from './grid-change.ts';
import { Ring } from './ring.ts';
import { addTally, addTrade, DAY, heldLots, MINUTE, startOf, tallyOf, vwapOf } from './tally.ts';
import type { Tally } from './tally.ts';

/** Minutes of a candle, as Kraken offers them. */
export const CANDLE_INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600] as const;
export type CandleInterval = (typeof CANDLE_INTERVALS)[number];

export function isCandleInterval(minutes: unknown): minutes is CandleInterval {
  return CANDLE_INTERVALS.some((interval) => interval === minutes);
}

/** Prices in ticks; `vwap` in ticks rounded down; `volume` in lots (held at 2^53 − 1). */
export interface Candle {
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** Zero where nothing traded, as Kraken writes it. */
  readonly vwap: Ticks;
  readonly volume: Lots;
  readonly trades: number;
  /** Of its latest trade; its start where nothing traded. */
  readonly updatedAt: Micros;
}

/** When a candle is over. */
export function candleEnd({ start }: Candle, interval: CandleInterval): Micros {
  return micros(start + interval * MINUTE);
}

export interface SpreadPoint {
  readonly at: Micros;
  readonly bid: Ticks;
  readonly bidSize: Lots;
  readonly ask: Ticks;
  readonly askSize: Lots;
}

/** Figures over a window: prices in ticks, volume in lots; `undefined` prices where nothing traded. */
export interface WindowFigures {
  readonly open: Ticks | undefined;
  readonly high: Ticks | undefined;
  readonly low: Ticks | undefined;
  readonly last: Ticks | undefined;
  readonly lastSize: Lots;
  readonly vwap: Ticks | undefined;
  readonly volume: Lots;
  readonly trades: number;
}

/** Trades, spreads and candles of an interval that are kept; older ones are forgotten. */
const MOST_TRADES = 10_000;
const MOST_SPREADS = 200;

/**
 * The past of one market as tickers, candles and REST tell it. Bounded, whatever the age of the market.
 *
 * A trade only changes the tally of the running minute. All else is made of whole minutes: a finished one is added to the nine
 * candle series, to the last 24 hours and to today, and what is read is that plus the running minute. Times that come in never fall.
 */
export class MarketHistory {
  readonly #trades = new Ring<PrintedTrade>(MOST_TRADES);
  readonly #spreads = new Ring<SpreadPoint>(MOST_SPREADS);
  readonly #series: ReadonlyMap<CandleInterval, CandleSeries> = new Map(
    CANDLE_INTERVALS.map((interval) => [interval, new CandleSeries(interval)]),
  );
  readonly #day = new DayWindow();
  /** The finished minutes of the latest day with a trade. */
  #today: Tally | undefined = undefined;
  #minute: Tally | undefined = undefined;
  #grid: Grid | undefined = undefined;

  /** Adds the trades of one instant. */
  add(trades: readonly PrintedTrade[]): void {
    for (const trade of trades) {
      this.#trades.push(trade);
      const minute = this.#minute;
      if (minute !== undefined && trade.venueTs < minute.start + MINUTE) {
        addTrade(minute, trade);
        continue;
      }
      if (minute !== undefined) this.#finish(minute);
      this.#minute = tallyOf(trade, startOf(trade.venueTs, MINUTE));
    }
  }

  /** Notes the best prices after an instant; the same prices in a row count once, with the sizes that they came with. */
  top(point: SpreadPoint): void {
    const latest = this.#spreads.latest;
    if (latest?.bid === point.bid && latest.ask === point.ask) return;
    this.#spreads.push(point);
  }

  /**
   * Says which grid all counts are on from now on. What is kept from before is converted: a precision that shrinks rounds prices to
   * the nearest tick and sizes down, both to one at least.
   */
  rescale(grid: Grid): void {
    const from = this.#grid;
    this.#grid = { pricePrecision: grid.pricePrecision, qtyPrecision: grid.qtyPrecision };
    if (from === undefined) return;
    if (from.pricePrecision === grid.pricePrecision && from.qtyPrecision === grid.qtyPrecision) return;
    const change = gridChange(from, grid);
    this.#trades.replaceEach((trade) => ({
      ...trade,
      price: change.price(trade.price),
      size: change.size(trade.size),
    }));
    this.#spreads.replaceEach((point) => ({
      at: point.at,
      bid: change.price(point.bid),
      bidSize: change.size(point.bidSize),
      ask: change.price(point.ask),
      askSize: change.size(point.askSize),
    }));
    for (const series of this.#series.values()) series.convert(change);
    this.#day.convert(change);
    if (this.#today !== undefined) change.tally(this.#today);
    if (this.#minute !== undefined) change.tally(this.#minute);
  }

  /**
   * Oldest first: the latest `count` trades, or the first `count` after a time (exclusive, µs). The latest 10,000 are kept.
   */
  trades(count: number, since?: Micros): readonly PrintedTrade[] {
    const ring = this.#trades;
    if (since === undefined) return ring.slice(ring.length - count, ring.length);
    const first = ring.firstIndex((trade) => trade.venueTs > since);
    return ring.slice(first, first + count);
  }

  get lastTrade(): PrintedTrade | undefined {
    return this.#trades.latest;
  }

  /** Oldest first, at most 720, the running one last; minutes without trades carry the last close with volume 0. */
  candles(interval: CandleInterval, at: Micros): readonly Candle[] {
    return this.#seriesOf(interval).candles(this.#minute, at);
  }

  /** The candle of the latest trade; `undefined` before the first trade. */
  running(interval: CandleInterval): Candle | undefined {
    return this.#minute === undefined ? undefined : this.#seriesOf(interval).running(this.#minute);
  }

  /** Oldest first, at most 200; those after a time (exclusive, µs) when one is given. */
  spreads(since?: Micros): readonly SpreadPoint[] {
    const ring = this.#spreads;
    const first = since === undefined ? 0 : ring.firstIndex((point) => point.at > since);
    return ring.slice(first, ring.length);
  }

  /** The 24 hours before `at` in steps of a minute: the running minute and the 1,439 before it. */
  day(at: Micros): WindowFigures {
    return this.#figures(this.#day.upTo(this.#minute, at));
  }

  /** Since 00:00 UTC. */
  today(at: Micros): WindowFigures {
    const start = startOf(at, DAY);
    const minute = this.#minute;
    const current = minute !== undefined && minute.start >= start ? minute : undefined;
    const finished = this.#today?.start === start ? this.#today : undefined;
    if (finished === undefined || current === undefined) return this.#figures(finished ?? current);
    const sum = { ...finished };
    addTally(sum, current);
    return this.#figures(sum);
  }

  #finish(minute: Tally): void {
    for (const series of this.#series.values()) series.add(minute);
    this.#day.add(minute);
    const start = startOf(minute.start, DAY);
    if (this.#today?.start === start) addTally(this.#today, minute);
    else this.#today = { ...minute, start };
  }

  #figures(tally: Tally | undefined): WindowFigures {
    if (tally === undefined) return NOTHING;
    const { open, high, low, close, trades } = tally;
    return {
      open,
      high,
      low,
      last: close,
      lastSize: this.lastTrade?.size ?? NO_LOTS,
      vwap: vwapOf(tally),
      volume: heldLots(tally.volume),
      trades,
    };
  }

  #seriesOf(interval: CandleInterval): CandleSeries {
    const series = this.#series.get(interval);
    if (series === undefined) throw new Error(`There are no candles of ${interval} minutes`);
    return series;
  }
}

const NOTHING: WindowFigures = {
  open: undefined,
  high: undefined,
  low: undefined,
  last: undefined,
  lastSize: NO_LOTS,
  vwap: undefined,
  volume: NO_LOTS,
  trades: 0,
};
