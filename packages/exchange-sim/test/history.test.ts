import { instrument, KeyedRandom, lots, micros, SECOND, ticks } from '@kb/model';
import type { Micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANDLE_INTERVALS, isCandleInterval, MarketHistory } from '../src/history/market-history.ts';
import type { Candle, CandleInterval, WindowFigures } from '../src/history/market-history.ts';
import type { PrintedTrade } from '../src/wire/data-frames.ts';
import { trade } from './random-market.ts';

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A minute before a day is over. */
const START = micros(20_600 * DAY - MINUTE);

/** Trades at random times, most within a minute of the last, some after long silences. */
function tape(seed: number, count: number, longest: number): PrintedTrade[] {
  const random = new KeyedRandom(seed, 'tape');
  const trades: PrintedTrade[] = [];
  let at: number = START;
  for (let id = 1; id <= count; id += 1) {
    at += Math.floor(random.at(id) ** 12 * longest + random.at(id, 1) * 3 * SECOND);
    // Sizes whose products leave 2^53 by far.
    trades.push(trade(id, at, 500_000 + Math.floor(random.at(id, 2) * 1000), 1 + Math.floor(random.at(id, 3) * 1e13)));
  }
  return trades;
}

describe('candles', () => {
  test.each(CANDLE_INTERVALS)('of %i minutes equal a slow rebuild from all trades', (interval) => {
    const history = new MarketHistory();
    const trades = tape(interval, 4000, interval * 10 * MINUTE);
    let silent = 0;
    let most = 0;
    for (const [index, one] of trades.entries()) {
      history.add([one]);
      if (index % 101 !== 0) continue;
      const past = trades.slice(0, index + 1);
      const at = micros(one.venueTs + (index % 3) * interval * MINUTE);
      const candles = history.candles(interval, at);
      expect(candles).toEqual(slowCandles(past, interval, at));
      silent += candles.filter((candle) => candle.trades === 0).length;
      most = Math.max(most, candles.length);
      expect(history.running(interval)).toEqual(slowCandles(past, interval, one.venueTs).at(-1));
    }
    expect(silent).toBeGreaterThan(100);
    expect(most).toBe(720);
  });

  test('there are none before the first trade', () => {
    const history = new MarketHistory();
    expect([history.candles(1, START), history.running(1)]).toEqual([[], undefined]);
  });

  test('of a week begin on Thursdays, as the epoch did', () => {
    const history = new MarketHistory();
    history.add([trade(1, START, 10, 1)]);
    const start = history.running(10_080)?.start ?? 0;
    expect(new Date(start / 1000).toUTCString()).toMatch(/^Thu, .* 00:00:00 GMT$/);
  });

  test('know their intervals', () => {
    expect([1, 5, 21_600, 2, '1', undefined].map(isCandleInterval)).toEqual([true, true, true, false, false, false]);
  });
});

describe('figures', () => {
  test.each([1, 2, 3])('of 24 hours and of today equal a slow recomputation (seed %i)', (seed) => {
    const history = new MarketHistory();
    const trades = tape(seed, 3000, 8 * HOUR);
    let partial = 0;
    for (const [index, one] of trades.entries()) {
      history.add([one]);
      if (index % 17 !== 0) continue;
      const next = trades[index + 1]?.venueTs ?? one.venueTs;
      for (const at of [one.venueTs, micros(Math.floor((one.venueTs + next) / 2)), next]) {
        const past = trades.slice(0, index + 1);
        const day = history.day(at);
        const minute = Math.floor(at / MINUTE) * MINUTE;
        expect(day).toEqual(slowFigures(past, minute - DAY + MINUTE));
        expect(history.today(at)).toEqual(slowFigures(past, Math.floor(at / DAY) * DAY));
        if (day.trades < past.length) partial += 1;
      }
    }
    expect(partial).toBeGreaterThan(200);
  });

  test('are nothing before the first trade, and nothing again when 24 hours were silent', () => {
    const history = new MarketHistory();
    const nothing = { volume: 0, trades: 0, open: undefined, high: undefined, low: undefined, last: undefined };
    expect(history.day(START)).toMatchObject(nothing);
    history.add([trade(1, START, 10, 1)]);
    expect(history.day(micros(START + DAY - MINUTE))).toMatchObject({ volume: 1, open: 10, vwap: 10 });
    expect(history.day(micros(START + DAY))).toMatchObject({ ...nothing, vwap: undefined, lastSize: 0 });
    expect(history.today(micros(START + MINUTE))).toMatchObject(nothing);
    expect(history.lastTrade?.price).toBe(10);
    history.add([trade(2, START + MINUTE, 12, 1)]);
    expect(history.today(micros(START + MINUTE))).toMatchObject({ volume: 1, trades: 1, open: 12 });
  });

  test('hold volumes at 2^53 − 1', () => {
    const history = new MarketHistory();
    const most = Number.MAX_SAFE_INTEGER;
    history.add([trade(1, START, 7, most), trade(2, START, 9, most)]);
    expect(history.day(START)).toMatchObject({ volume: most, vwap: 8, trades: 2 });
    expect(history.running(60)).toMatchObject({ volume: most, vwap: 8 });
  });
});

describe('what is kept', () => {
  test('are the latest 10,000 trades, read from the end or after a time', () => {
    const history = new MarketHistory();
    for (let id = 1; id <= 12_345; id += 1) history.add([trade(id, START + Math.floor(id / 2), id, 1)]);
    const ids = (count: number, since?: number): number[] =>
      history.trades(count, since === undefined ? undefined : micros(since)).map(({ tradeId }) => tradeId);
    expect(ids(3)).toEqual([12_343, 12_344, 12_345]);
    expect([ids(20_000).length, ids(20_000)[0], ids(0)]).toEqual([10_000, 2346, []]);
    // Two trades have that time: both come before what is after it.
    expect(ids(3, START + 5000)).toEqual([10_002, 10_003, 10_004]);
    expect(ids(2, 0)).toEqual([2346, 2347]);
    expect(ids(2, START + DAY)).toEqual([]);
    expect(history.lastTrade?.tradeId).toBe(12_345);
  });

  test('are the latest 200 spreads, the same prices in a row once', () => {
    const history = new MarketHistory();
    for (let step = 0; step < 500; step += 1) {
      const bid = 100 + Math.floor(step / 2);
      history.top({ at: micros(step), bid: ticks(bid), bidSize: lots(step), ask: ticks(bid + 1), askSize: lots(1) });
    }
    const points = history.spreads();
    expect([points.length, points[0]?.at, points.at(-1)?.at, points.at(-1)?.bidSize]).toEqual([200, 100, 498, 498]);
    expect(history.spreads(micros(494)).map(({ at }) => at)).toEqual([496, 498]);
  });
});

describe('another precision', () => {
  const coarse = instrument({ symbol: 'A/B', pricePrecision: 1, qtyPrecision: 2 });
  const fine = instrument({ symbol: 'A/B', pricePrecision: 3, qtyPrecision: 5 });

  test('converts all that is kept, exactly where there are more decimals', () => {
    const [converted, straight] = [new MarketHistory(), new MarketHistory()];
    converted.rescale(coarse);
    for (const one of tape(5, 2000, 2 * HOUR)) {
      const small = { ...one, size: lots(Math.ceil(one.size / 1e6)) };
      converted.add([small]);
      straight.add([{ ...small, price: ticks(small.price * 100), size: lots(small.size * 1000) }]);
    }
    converted.top(point(500_000, 7));
    straight.top(point(50_000_000, 7000));
    converted.rescale(fine);
    const at = converted.lastTrade?.venueTs ?? START;
    for (const read of [
      (history: MarketHistory) => history.trades(20_000),
      (history: MarketHistory) => history.spreads(),
      (history: MarketHistory) => history.day(at),
      (history: MarketHistory) => history.today(at),
      ...CANDLE_INTERVALS.map((interval) => (history: MarketHistory) => history.candles(interval, at)),
    ]) {
      expect(read(converted)).toEqual(read(straight));
    }
  });

  test('rounds prices to the nearest tick and sizes down, both to one at least, where there are fewer', () => {
    const history = new MarketHistory();
    history.rescale(fine);
    history.add([trade(1, START, 12_350, 1999), trade(2, START, 12_349, 1999), trade(3, START, 1, 999)]);
    history.top(point(12_350, 999));
    history.rescale(coarse);
    expect(history.trades(3).map(({ price, size }) => [price, size])).toEqual([
      [124, 1],
      [123, 1],
      [1, 1],
    ]);
    expect(history.spreads()).toMatchObject([{ bid: 124, bidSize: 1, ask: 247, askSize: 1 }]);
    expect(history.day(START)).toMatchObject({ open: 124, high: 124, low: 1, last: 1, lastSize: 1, volume: 4 });
  });

  test('leaves what has traded a volume, and an average price between its lowest and its highest', () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), fc.integer({ min: 1, max: 5_000 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(sizes, (trades) => {
        const history = new MarketHistory();
        history.rescale(fine);
        for (const [index, [at, size]] of trades.entries()) {
          history.add([trade(index + 1, START + index * 20 * SECOND, at, size)]);
        }
        const at = micros(START + trades.length * 20 * SECOND);
        const before = history.day(at);
        history.rescale(coarse);
        const { volume, vwap = 0, low = 0, high = 0 } = history.day(at);
        expect(volume).toBeGreaterThan(0);
        expect(vwap).toBeGreaterThanOrEqual(low);
        expect(vwap).toBeLessThanOrEqual(high);
        // Of a single trade it is known; several of them weigh less exactly than they did.
        expect(trades.length > 1 || Math.abs(vwap - (before.vwap ?? 0) / 100) <= 1).toBe(true);
        for (const candle of history.candles(1, at)) {
          if (candle.trades === 0) continue;
          expect([candle.volume > 0, candle.vwap >= candle.low, candle.vwap <= candle.high]).toEqual([
            true,
            true,
            true,
          ]);
        }
        expect(history.trades(20).every(({ size }) => size > 0)).toBe(true);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test('that is the same changes nothing', () => {
    const history = new MarketHistory();
    history.add([trade(1, START, 12_350, 1999)]);
    history.rescale(fine);
    history.rescale({ ...fine });
    expect(history.lastTrade).toMatchObject({ price: 12_350, size: 1999 });
  });

  function point(bid: number, size: number) {
    return { at: START, bid: ticks(bid), bidSize: lots(size), ask: ticks(bid * 2), askSize: lots(size) };
  }
});

function slowCandles(trades: readonly PrintedTrade[], interval: CandleInterval, at: Micros): Candle[] {
  const length = interval * MINUTE;
  const slots = new Map<number, PrintedTrade[]>();
  for (const one of trades) {
    const start = Math.floor(one.venueTs / length) * length;
    slots.set(start, [...(slots.get(start) ?? []), one]);
  }
  const first = Math.min(...slots.keys());
  const candles: Candle[] = [];
  let close = ticks(0);
  for (let start = first; start <= at; start += length) {
    const inSlot = slots.get(start) ?? [];
    const latest = inSlot.at(-1);
    const prices = latest === undefined ? [close] : inSlot.map(({ price }) => price);
    const volume = inSlot.reduce((sum, { size }) => sum + BigInt(size), 0n);
    const value = inSlot.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n);
    close = latest?.price ?? close;
    candles.push({
      start: micros(start),
      open: prices[0]!,
      high: ticks(Math.max(...prices)),
      low: ticks(Math.min(...prices)),
      close,
      vwap: ticks(volume === 0n ? 0 : Number(value / volume)),
      volume: held(volume),
      trades: inSlot.length,
      updatedAt: latest?.venueTs ?? micros(start),
    });
  }
  return candles.slice(-720);
}

/** @param from Time of the oldest trade that may count. */
function slowFigures(trades: readonly PrintedTrade[], from: number): WindowFigures {
  const counted = trades.filter(({ venueTs }) => venueTs >= from);
  const latest = counted.at(-1);
  const prices = counted.map(({ price }) => price);
  const volume = counted.reduce((sum, { size }) => sum + BigInt(size), 0n);
  const value = counted.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n);
  return {
    open: counted[0]?.price,
    high: latest && ticks(Math.max(...prices)),
    low: latest && ticks(Math.min(...prices)),
    last: latest?.price,
    lastSize: latest?.size ?? lots(0),
    vwap: latest && ticks(Number(value / volume)),
    volume: held(volume),
    trades: counted.length,
  };
}

function held(volume: bigint) {
  return lots(Math.min(Number(volume), Number.MAX_SAFE_INTEGER));
}
