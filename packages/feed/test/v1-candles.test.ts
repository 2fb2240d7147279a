import { KrakenV1Decoder } from '@kb/kraken';
import { micros, MILLISECOND, SECOND } from '@kb/model';
import type { CandleEvent, FeedState } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { TapeGap } from '../src/market/tape-gaps.ts';
import { EventLog } from './event-log.ts';
import { START } from './venue.ts';

const MINUTE = micros(60 * SECOND);

/** A core on the old protocol, told what happens at seconds after the start. */
class Stage {
  readonly log = new EventLog();
  readonly gaps: TapeGap[] = [];
  readonly core = new FeedCore({
    symbols: ['BTC/USD'],
    decoder: new KrakenV1Decoder(),
    acceptUnchecked: true,
    liveWith: 'ticker',
    candles: [MINUTE],
    onEvent: this.log.push,
    onGap: (_symbol, gap) => this.gaps.push(gap),
  });

  trade(second: number): this {
    return this.trades(second, [second]);
  }

  /** Trades of several moments in one frame. */
  trades(second: number, moments: readonly number[]): this {
    const rows = moments.map((moment) => {
      const time = (START + moment * SECOND) / SECOND;
      return `["5541.20000","0.15850568","${time.toFixed(6)}","s","l",""]`;
    });
    return this.frame(second, `[0,[${rows.join(',')}],"trade","XBT/USD"]`);
  }

  frame(second: number, text: string): this {
    this.core.handle({ type: 'frame', recvTs: micros(START + second * SECOND), frame: Buffer.from(text) });
    return this;
  }

  state(second: number, state: FeedState): this {
    const recvTs = micros(START + second * SECOND);
    this.core.handle({ type: 'state', recvTs, symbol: undefined, state, cause: 'disconnect', detail: '' });
    return this;
  }

  /** The minutes that closed, whether each was whole when it was told last. */
  get whole(): Record<number, boolean> {
    const candles = this.log.events.filter((event): event is CandleEvent => event.type === 'candle' && event.closed);
    return Object.fromEntries(candles.map(({ start, partial }) => [(start - START) / MINUTE, !partial]));
  }
}

describe('trades of a protocol that does not number them', () => {
  test('make whole candles while the connection holds', () => {
    const stage = new Stage();
    for (let second = 5; second < 200; second += 10) stage.trade(second);
    expect(stage.whole).toEqual({ 0: false, 1: true, 2: true });
  });

  test('leave candles partial that the connection was away for, though their ids follow each other', () => {
    const stage = new Stage();
    for (let second = 5; second < 130; second += 10) stage.trade(second);
    stage.state(130, 'connecting').state(140, 'subscribing');
    for (let second = 145; second < 310; second += 10) stage.trade(second);
    expect(stage.whole).toEqual({ 0: false, 1: true, 2: false, 3: true, 4: true });
    expect(stage.core.tradeStatsOf('BTC/USD')).toMatchObject({ gaps: 0, missing: 0, duplicates: 0 });
    expect(stage.gaps.at(-1)).toMatchObject({ afterId: 13, beforeId: 14 });
  });

  test('that come first long after the outage leave all before them in doubt', () => {
    const stage = new Stage();
    for (let second = 5; second < 130; second += 10) stage.trade(second);
    stage.state(130, 'connecting').state(140, 'subscribing').trade(250).trade(310).trade(370);
    expect(stage.whole).toEqual({ 0: false, 1: true, 2: false, 3: false, 4: false, 5: true });
  });

  test('are missed once, before the first of those that come together after an outage', () => {
    const stage = new Stage();
    for (let second = 5; second < 130; second += 10) stage.trade(second);
    stage.state(130, 'connecting').state(140, 'subscribing');
    const before = stage.gaps.length;
    stage.trades(200, [145, 199]);
    expect(stage.gaps.slice(before)).toMatchObject([{ to: START + 145 * SECOND, afterId: 13, beforeId: 14 }]);
    for (let second = 205; second < 310; second += 10) stage.trade(second);
    expect(stage.whole).toEqual({ 0: false, 1: true, 2: false, 3: true, 4: true });
  });

  test('may have been in a frame that could not be read', () => {
    const stage = new Stage();
    for (let second = 5; second < 130; second += 10) stage.trade(second);
    stage.frame(131, '[0,[["5541.2');
    for (let second = 135; second < 310; second += 10) stage.trade(second);
    expect(stage.whole).toEqual({ 0: false, 1: true, 2: false, 3: true, 4: true });
  });
});

test('messages about single orders are let go where a ticker makes a symbol live, and counted', () => {
  const log = new EventLog();
  const core = new FeedCore({
    symbols: ['BTC/USD'],
    liveWith: 'ticker',
    grids: { 'BTC/USD': { pricePrecision: 1, qtyPrecision: 8 } },
    onEvent: log.push,
  });
  const order =
    '{"order_id":"OQTLKX-SAKIP-IFDKYI","limit_price":100.1,"order_qty":1.00000000,"timestamp":"2026-01-01T00:00:00.000000001Z"}';
  const frame = `{"channel":"level3","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[${order}],"asks":[],"checksum":1}]}`;
  core.handle({ type: 'frame', recvTs: micros(START + MILLISECOND), frame: Buffer.from(frame) });
  expect([core.malformed, core.unknown, log.events.length]).toEqual([0, 1, 0]);
  expect(core.market.state('BTC/USD')).toBe('connecting');
});
