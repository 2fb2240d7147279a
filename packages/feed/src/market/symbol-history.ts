import { micros, notional } from '@kb/model';
import type { BookView, Candle, Micros, TradeEvent } from '@kb/model';
import type { CandleTrade, VenueBar } from './bar.ts';
import { CandleSeries } from './candle-series.ts';
import type { CandleStats } from './candle-series.ts';
import { PriceHistory } from './price-history.ts';
import { Ring } from './ring.ts';
import { TapeGaps } from './tape-gaps.ts';
import type { TapeGap } from './tape-gaps.ts';
import { tradePacking } from './trade-packing.ts';

/** How much of the past is kept, for each symbol. */
export interface HistoryOptions {
  /** Candles that are built from trades. None unless told. */
  readonly candles?: readonly Micros[];
  /** Closed candles kept of each interval. 500 unless told. */
  readonly keepCandles?: number;
  /**
   * How long after its end a candle waits for trades that are on their way, in venue time; a trade of a later span closes it
   * at once. 500 ms unless told.
   */
  readonly closeAfter?: Micros;
  /** Latest trades kept. 100 unless told. */
  readonly keepTrades?: number;
  /** Latest best prices kept. 100 unless told. */
  readonly keepPrices?: number;
  /** Only the latest best prices of each step of venue time are kept. 100 ms unless told. */
  readonly priceStep?: Micros;
}

export type HistorySettings = Required<HistoryOptions>;

/** Fills in what was left out, and says what cannot work. */
export function historySettings(options: HistoryOptions): { settings: HistorySettings; problems: string[] } {
  const settings = {
    candles: options.candles ?? [],
    keepCandles: options.keepCandles ?? 500,
    closeAfter: options.closeAfter ?? micros(500_000),
    keepTrades: options.keepTrades ?? 100,
    keepPrices: options.keepPrices ?? 100,
    priceStep: options.priceStep ?? micros(100_000),
  };
  return { settings, problems: [...problemsOf(settings)] };
}

function* problemsOf(settings: HistorySettings): Generator<string> {
  const { candles } = settings;
  for (const [index, interval] of candles.entries()) {
    if (!(Number.isSafeInteger(interval) && interval > 0)) yield `candles: expected durations, was ${interval}`;
    if (candles.indexOf(interval) !== index) yield `candles: ${interval} µs is there twice`;
  }
  for (const name of ['keepCandles', 'keepTrades', 'keepPrices', 'priceStep'] as const) {
    if (!(Number.isSafeInteger(settings[name]) && settings[name] > 0)) {
      yield `${name}: expected a whole number above zero, was ${settings[name]}`;
    }
  }
  if (!(settings.closeAfter >= 0)) yield `closeAfter: expected a duration, was ${settings.closeAfter}`;
}

/** How much of a symbol's past is kept, and how well it is known. */
export interface HistoryStats {
  /** Trades and best prices kept. */
  readonly trades: number;
  readonly prices: number;
  /** What is missing from the tape now, oldest first; the first one is everything before listening began. */
  readonly openGaps: readonly TapeGap[];
  readonly candles: readonly SeriesStats[];
}

/** Of the candles of one interval. */
export interface SeriesStats extends CandleStats {
  readonly interval: Micros;
  /** Closed candles kept, and how many of them lack trades. */
  readonly closed: number;
  readonly partial: number;
}

/** Of a symbol that is not followed. */
export const NO_HISTORY_STATS: HistoryStats = { trades: 0, prices: 0, openGaps: [], candles: [] };

/** What a symbol's tape, prices and candles were. */
export class SymbolHistory {
  readonly trades: Ring<TradeEvent>;
  readonly prices: PriceHistory;
  readonly candles: readonly CandleSeries[];
  readonly gaps: TapeGaps = new TapeGaps();
  readonly #closeAfter: Micros;
  /** Before this moment no candle is due to close. */
  #nextClose: Micros = micros(0);

  constructor(symbol: string, settings: HistorySettings, onCandle: (candle: Candle) => void) {
    this.trades = new Ring(settings.keepTrades, tradePacking(symbol));
    this.prices = new PriceHistory(settings.keepPrices, settings.priceStep);
    this.#closeAfter = settings.closeAfter;
    const isWhole = (start: Micros, end: Micros): boolean => this.gaps.isWhole(start, end);
    this.candles = settings.candles.map(
      (interval) => new CandleSeries({ interval, keep: settings.keepCandles, isWhole, onCandle }),
    );
  }

  series(interval: Micros): CandleSeries | undefined {
    return this.candles.find((each) => each.interval === interval);
  }

  addToCandles(trade: CandleTrade): void {
    if (this.candles.length === 0) return;
    const volume = BigInt(trade.size);
    const turnover = notional(trade.price, trade.size);
    for (const series of this.candles) series.take(trade, volume, turnover);
  }

  /** Tells the closed candles that have changed. */
  tell(): void {
    for (const series of this.candles) series.tell();
    this.#schedule();
  }

  /** Puts a trade that was missing in its place. */
  insertTrade(trade: TradeEvent): void {
    const { venueTs, tradeId } = trade;
    this.trades.insert(trade, (kept) => kept.venueTs > venueTs || (kept.venueTs === venueTs && kept.tradeId > tradeId));
  }

  onBook(book: BookView, venueTs: Micros): void {
    this.prices.note(book, venueTs);
  }

  /** Venue time went on. */
  advance(venueTs: Micros): void {
    if (venueTs < this.#nextClose) return;
    for (const series of this.candles) series.advance(micros(venueTs - this.#closeAfter));
    this.#schedule();
  }

  addGap(gap: TapeGap): void {
    this.gaps.add(gap);
    if (gap.from !== undefined) this.recheck(gap.from);
  }

  /** The connection is away since this moment of venue time. */
  away(since: Micros): void {
    this.gaps.away(since);
    this.recheck(since);
    this.tell();
  }

  /** The stream of trades is back, and the ids of those that came have told what is missing. */
  back(): void {
    const since = this.gaps.back();
    if (since === undefined) return;
    this.recheck(since);
    this.tell();
  }

  /** What is known of the tape from this moment on has changed. */
  recheck(from: Micros): void {
    for (const series of this.candles) series.recheck(from);
  }

  takeVenueBars(interval: Micros, bars: readonly VenueBar[]): void {
    this.series(interval)?.takeVenueBars(bars);
    this.tell();
  }

  /** What is kept now, as plain data. */
  stats(): HistoryStats {
    const { trades, prices, gaps, candles } = this;
    return {
      trades: trades.length,
      prices: prices.points.length,
      openGaps: gaps.all.map((gap) => ({ ...gap })),
      candles: candles.map(({ interval, closed, stats }) => {
        let partial = 0;
        for (const candle of closed) partial += candle.partial ? 1 : 0;
        return { interval, closed: closed.length, partial, ...stats };
      }),
    };
  }

  /** Prices and sizes count differently from now on: nothing of before can be kept beside what comes. */
  clear(): void {
    this.trades.clear();
    this.prices.clear();
    this.gaps.clear();
    for (const series of this.candles) series.clear();
    this.#nextClose = micros(0);
  }

  #schedule(): void {
    let next = Number.MAX_SAFE_INTEGER;
    for (const { forming, interval } of this.candles) {
      if (forming !== undefined) next = Math.min(next, forming.start + interval + this.#closeAfter);
    }
    this.#nextClose = micros(next);
  }
}
