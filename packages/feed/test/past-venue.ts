import type { PastBar, PastBars, PastMarket, PastTrade, PastTrades } from '../src/backfill/past-market.ts';
import { countToDecimal, KeyedRandom, lots, micros, SECOND, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Scheduler, Side, Ticks } from '@kb/model';

/** A trade as the venue made it. */
export interface MadeTrade {
  readonly tradeId: number;
  readonly venueTs: Micros;
  /** Beyond the microseconds, as REST counts; several trades may have the same time. */
  readonly nanos: number;
  readonly price: Ticks;
  readonly size: Lots;
  readonly side: Side;
}

export interface PastVenueOptions {
  readonly scheduler: Scheduler;
  readonly seed: number;
  readonly grid: Grid;
  /** Trades of an answer. */
  readonly pageSize: number;
  /** How long an answer takes, at most. */
  readonly latency: number;
  /** Part of the calls that fail. */
  readonly failures: number;
  /** Whether `since` itself is among the answer. */
  readonly inclusive: boolean;
  /** How much older than the call what it answers may be. */
  readonly lag: number;
}

/** A venue that knows all trades and answers as Kraken's REST does, slowly and the obvious way. */
export class PastVenue implements PastMarket {
  readonly all: MadeTrade[] = [];
  readonly asked: string[] = [];
  readonly #options: PastVenueOptions;
  readonly #random: KeyedRandom;
  failures: number;
  #calls = 0;

  constructor(options: PastVenueOptions) {
    this.#options = options;
    this.failures = options.failures;
    this.#random = new KeyedRandom(options.seed, 'test.past');
  }

  trades(symbol: string, { since }: { readonly since: string }): Promise<PastTrades> {
    const { inclusive, pageSize, grid } = this.#options;
    return this.#answer(`trades ${symbol} ${since}`, (at) => {
      const page = this.all
        .filter(({ venueTs }) => venueTs <= at)
        .filter((trade) => nanos(trade) > BigInt(since) || (inclusive && nanos(trade) === BigInt(since)))
        .slice(0, pageSize);
      const newest = page.at(-1);
      return {
        trades: page.map((trade) => this.#told(trade, grid)),
        last: newest === undefined ? since : String(nanos(newest)),
      };
    });
  }

  ohlc(
    symbol: string,
    { interval, since }: { readonly interval: number; readonly since: Micros | undefined },
  ): Promise<PastBars> {
    const { grid } = this.#options;
    const length = micros(interval * 60 * SECOND);
    return this.#answer(`ohlc ${symbol} ${interval}`, (at) => {
      const known = this.all.filter(({ venueTs }) => venueTs <= at);
      const running = Math.floor(at / length) * length;
      const bars = barsOf(known, length, micros(running + length));
      return {
        candles: bars
          .filter(({ start }) => since === undefined || start > Math.floor(since / SECOND) * SECOND)
          .slice(-720)
          .map((bar) => rowOf(bar, grid, bar.start < running)),
      };
    });
  }

  #told({ tradeId, venueTs, price, size, side }: MadeTrade, grid: Grid): PastTrade {
    // A time as a double, cut off: now and then a microsecond early.
    const early = venueTs % SECOND > 0 && this.#random.at(tradeId, 1) < 0.3 ? 1 : 0;
    return {
      tradeId,
      venueTs: micros(venueTs - early),
      price: `${countToDecimal(price, grid.pricePrecision)}000`,
      size: countToDecimal(size, grid.qtyPrecision),
      side,
    };
  }

  #answer<Answer>(call: string, make: (at: Micros) => Answer): Promise<Answer> {
    const { scheduler, latency, lag } = this.#options;
    const id = ++this.#calls;
    this.asked.push(call);
    const takes = micros(Math.floor(this.#random.at(id, 2) * latency));
    const old = Math.floor(this.#random.at(id, 3) * lag);
    const seen = micros(Math.floor(this.#random.at(id, 4) * takes));
    return new Promise((resolve, reject) => {
      scheduler.after(seen, () => {
        const answer = make(micros(scheduler.now() - old));
        scheduler.after(micros(takes - seen), () => {
          if (this.#random.at(id, 5) < this.failures) reject(new Error('unreachable'));
          else resolve(answer);
        });
      });
    });
  }
}

/** A bar that is built the obvious way. */
export interface ModelBar {
  readonly start: Micros;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: bigint;
  readonly turnover: bigint;
  readonly trades: number;
}

/** All bars from the first trade on that begin before `end`; an empty one is flat. */
export function barsOf(trades: readonly MadeTrade[], interval: Micros, end: Micros): ModelBar[] {
  const [first] = trades;
  if (first === undefined) return [];
  const byStart = Map.groupBy(trades, ({ venueTs }) => Math.floor(venueTs / interval) * interval);
  const bars: ModelBar[] = [];
  let close: number = first.price;
  for (let start = Math.floor(first.venueTs / interval) * interval; start < end; start += interval) {
    const own = byStart.get(start) ?? [];
    const prices = own.length === 0 ? [close] : own.map(({ price }) => price);
    close = prices.at(-1) ?? close;
    bars.push({
      start: micros(start),
      open: prices[0] ?? close,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close,
      volume: own.reduce((sum, { size }) => sum + BigInt(size), 0n),
      turnover: own.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n),
      trades: own.length,
    });
  }
  return bars;
}

function rowOf(bar: ModelBar, grid: Grid, closed: boolean): PastBar {
  const text = (price: number): string => countToDecimal(price, grid.pricePrecision);
  return {
    start: bar.start,
    open: text(bar.open),
    high: text(bar.high),
    low: text(bar.low),
    close: text(bar.close),
    vwap: text(bar.volume === 0n ? 0 : Number(bar.turnover / bar.volume)),
    volume: countToDecimal(Number(bar.volume), grid.qtyPrecision),
    trades: bar.trades,
    closed,
  };
}

function nanos({ venueTs, nanos: beyond }: MadeTrade): bigint {
  return BigInt(venueTs) * 1000n + BigInt(beyond);
}

/** Trades of some minutes: in bursts, in silence, many of one moment. */
export function madeTrades(seed: number, start: Micros, end: Micros, perSecond: number): MadeTrade[] {
  const random = new KeyedRandom(seed, 'test.made');
  const made: MadeTrade[] = [];
  let price = 600_000;
  let at: number = start;
  let beyond = 0;
  for (let id = 1; at < end; id += 1) {
    const isSweep = random.at(id, 1) < 0.3;
    beyond = isSweep ? Math.min(999, beyond + (random.at(id, 8) < 0.5 ? 0 : 7)) : 0;
    if (!isSweep) at += Math.ceil((-Math.log(1 - random.at(id, 2)) / perSecond) * SECOND);
    if (random.at(id, 3) < 0.003) at += Math.floor(random.at(id, 4) * 150 * SECOND);
    price += Math.floor(random.at(id, 5) * 7) - 3;
    const size = 1 + Math.floor(random.at(id, 6) * 1e8);
    const side: Side = random.at(id, 7) < 0.5 ? 'buy' : 'sell';
    const time = { venueTs: micros(at), nanos: beyond };
    made.push({ tradeId: 1000 + id, ...time, price: ticks(price), size: lots(size), side });
  }
  return made;
}
