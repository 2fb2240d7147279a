import { micros, SECOND } from '@kb/model';
import type { Candle, CandleEvent, MarketEvent, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import { instrumentFrame, Pair, START } from './venue.ts';

const BTC = 'BTC/USD';
const MINUTE: Micros = micros(60 * SECOND);

/** A core with minute candles, and the venue's word on them. */
class Bench {
  readonly candles: Candle[] = [];
  readonly core: FeedCore;
  readonly #pair = new Pair(BTC);
  now: number = START;

  constructor() {
    this.core = new FeedCore({
      symbols: [BTC],
      candles: [MINUTE],
      onEvent: (event: MarketEvent) => {
        if (event.type === 'candle') this.candles.push({ ...event });
      },
    });
    this.frame(instrumentFrame([this.#pair]));
    this.frame(this.#pair.snapshot());
  }

  frame(text: string): void {
    this.core.handle({ type: 'frame', recvTs: micros(this.now), frame: Buffer.from(text) });
  }

  /** A trade of the size of five lots at 100.0, so many seconds after the start. */
  trade(second: number, firstId?: number): void {
    this.now = START + second * SECOND;
    this.#pair.now = this.now;
    this.frame(this.#pair.trades(1, firstId === undefined ? {} : { firstId }));
  }

  /** What the venue says of minutes: how many trades of five lots each had. */
  ohlc(type: 'snapshot' | 'update', ...minutes: readonly (readonly [minute: number, trades: number])[]): void {
    this.frame(ohlcFrame(type, this.now, minutes));
  }

  tick(second: number): void {
    this.now = START + second * SECOND;
    this.core.handle({ type: 'tick', recvTs: micros(this.now) });
  }

  get closed(): (readonly [minute: number, trades: number, partial: boolean])[] {
    return [...this.core.market.candles(BTC, MINUTE)].map(({ start, trades, partial }) => [
      (start - START) / MINUTE,
      trades,
      partial,
    ]);
  }
}

function iso(at: number): string {
  return new Date(at / 1000).toISOString();
}

function ohlcFrame(type: string, now: number, minutes: readonly (readonly [number, number])[]): string {
  const data = minutes.map(([minute, trades]) => {
    const volume = (trades * 5e-8).toFixed(8);
    const prices = '"open":100.0,"high":100.0,"low":100.0,"close":100.0,"vwap":100.0';
    const times = `"interval_begin":"${iso(START + minute * MINUTE)}","timestamp":"${iso(START + (minute + 1) * MINUTE)}"`;
    return `{"symbol":"${BTC}",${prices},"trades":${trades},"volume":${volume},"interval":1,${times}}`;
  });
  return `{"channel":"ohlc","type":"${type}","timestamp":"${iso(now)}","data":[${data.join(',')}]}`;
}

describe('candles that the venue streams', () => {
  test('give a past: all but the newest of a snapshot at once', () => {
    const bench = new Bench();
    bench.ohlc('snapshot', [-3, 2], [-2, 4], [-1, 1], [0, 1]);
    expect(bench.closed).toEqual([
      [-3, 2, false],
      [-2, 4, false],
      [-1, 1, false],
    ]);
    expect(bench.core.market.candles(BTC, MINUTE).at(0)).toMatchObject({ volume: 10n, turnover: 10_000n });
    expect(bench.core.unknown).toBe(0);
  });

  test('give the same past from a snapshot in any order', () => {
    const [bench, other] = [new Bench(), new Bench()];
    bench.ohlc('snapshot', [-3, 2], [-2, 4], [-1, 1], [0, 1]);
    other.ohlc('snapshot', [0, 1], [-1, 1], [-2, 4], [-3, 2]);
    expect(bench.closed.length).toBeGreaterThan(0);
    expect(other.closed).toEqual(bench.closed);
  });

  test('make a bar whole that began before we listened: the last word on it, once the next one begins', () => {
    const bench = new Bench();
    bench.ohlc('snapshot', [-1, 1], [0, 3]);
    bench.trade(10);
    bench.ohlc('update', [0, 4]);
    bench.trade(20);
    bench.ohlc('update', [0, 5]);
    bench.trade(70);
    expect(bench.closed.at(-1)).toEqual([0, 2, true]); // ours, which lacks what was before
    bench.ohlc('update', [1, 1]);
    expect(bench.closed.at(-1)).toEqual([0, 5, false]);
    expect(bench.candles.at(-1)).toMatchObject({ trades: 5, revision: 1 } satisfies Partial<CandleEvent>);
  });

  test('wait for our own bar to close, when they are told before its trades are', () => {
    const bench = new Bench();
    bench.ohlc('snapshot', [0, 3]);
    bench.trade(10);
    bench.ohlc('update', [0, 4]);
    bench.now = START + 60 * SECOND;
    bench.ohlc('update', [1, 1]);
    expect(bench.closed).toEqual([]);
    bench.tick(62);
    expect(bench.closed).toEqual([[0, 4, false]]);
  });

  test('agree with whole bars of our own', () => {
    const bench = new Bench();
    bench.ohlc('snapshot', [-1, 1], [0, 1]);
    bench.trade(1);
    bench.trade(61);
    bench.trade(121);
    bench.ohlc('update', [1, 1]);
    bench.ohlc('update', [2, 1]);
    expect(bench.core.historyOf(BTC).candles[0]).toMatchObject({ agreed: 2, disagreed: 0 });
  });

  test('are not believed when the connection was lost in between: the next snapshot tells', () => {
    const bench = new Bench();
    bench.trade(5);
    bench.ohlc('snapshot', [0, 3]);
    const lost = { type: 'state', state: 'connecting', cause: 'disconnect', detail: '', symbol: undefined } as const;
    bench.core.handle({ ...lost, recvTs: micros(bench.now) });
    bench.trade(70);
    bench.ohlc('update', [1, 1]); // whatever was said of minute 0 last
    expect(bench.closed).toEqual([[0, 1, true]]);
    bench.ohlc('snapshot', [0, 7], [1, 1]);
    expect(bench.closed).toEqual([[0, 7, false]]);
  });

  test('are not believed when they were subscribed anew and the snapshot does not go back to them', () => {
    const bench = new Bench();
    bench.trade(5);
    bench.ohlc('snapshot', [0, 3]);
    bench.trade(70);
    bench.ohlc('snapshot', [1, 1]);
    bench.ohlc('update', [1, 2]);
    expect(bench.closed).toEqual([[0, 1, true]]);
  });

  test('are not believed when a frame of theirs could not be read', () => {
    const bench = new Bench();
    bench.trade(5);
    bench.ohlc('snapshot', [0, 3]);
    bench.frame('{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD","open":"x"}]}');
    expect(bench.core.malformed).toBe(1);
    bench.trade(70);
    bench.ohlc('update', [1, 1]);
    expect(bench.closed).toEqual([[0, 1, true]]);
  });

  test('are refused, and counted, when they contradict themselves', () => {
    const bench = new Bench();
    const frame = ohlcFrame('snapshot', bench.now, [
      [-2, 1],
      [-1, 1],
      [0, 1],
    ]);
    bench.frame(frame.replace('"high":100.0', '"high":99.0'));
    expect(bench.core.refusedCandles).toBe(1);
    expect(bench.closed).toEqual([[-1, 1, false]]);
  });

  test('of an interval that is not kept are let go', () => {
    const bench = new Bench();
    bench.frame(
      ohlcFrame('snapshot', bench.now, [
        [-1, 1],
        [0, 1],
      ]).replaceAll('"interval":1,', '"interval":5,'),
    );
    expect(bench.closed).toEqual([]);
    expect(bench.core.historyOf(BTC).candles.map(({ interval }) => interval)).toEqual([MINUTE]);
  });
});

test('candles of an interval that nobody keeps are let go and counted', () => {
  const core = new FeedCore({ symbols: [BTC], grids: { [BTC]: { pricePrecision: 1, qtyPrecision: 8 } } });
  const frame = Buffer.from(
    ohlcFrame('snapshot', START, [
      [0, 2],
      [1, 3],
    ]),
  );
  core.handle({ type: 'frame', recvTs: START, frame });
  expect([core.ignoredCandles, core.refusedCandles, core.malformed]).toEqual([2, 0, 0]);
});
