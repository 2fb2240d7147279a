import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { refusal, row, Stage, START, SYMBOL } from './backfill-stage.ts';

describe('bars', () => {
  /** A minute with a gap that no trades can fill. */
  async function withPartial(): Promise<Stage> {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    stage.desk.asked.length = 0;
    stage.events.length = 0;
    return stage;
  }

  test('are asked for two seconds after the end, and never believed before they were over at the venue', async () => {
    const stage = await withPartial();
    await stage.wait(57); // 61
    expect(stage.desk.asked).toEqual([]);
    await stage.wait(2);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
    await stage.wait(60);
    // When it was asked, the next minute was not over, whatever it says now.
    await stage.desk.tell({ candles: [row(0), row(1), row(2, { closed: false })] });
    expect(stage.supplied.map(({ type }) => type)).toEqual(['candles']);
    expect(stage.supplied).toMatchObject([{ candles: [{ start: START }] }]);
  });

  test('that are still running when they should be over are asked for again', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    await stage.desk.tell({ candles: [row(0, { closed: false })] });
    expect(stage.supplied).toEqual([]);
    await stage.wait(9);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false })] });
    expect(stage.candles).toMatchObject([{ partial: false, trades: 3 }]);
  });

  test('that cannot be read are counted, and not asked for for ever', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    await stage.desk.tell({ candles: [row(0, { high: '1.0' }), row(1, { closed: false })] });
    expect(stage.events).toMatchObject([{ kind: 'bars', bars: 0, unreadable: 1 }]);
    await stage.wait(300);
    expect(stage.desk.asked).toHaveLength(1);
  });

  test('are asked for again after a failure, no earlier than the venue asked for', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    for (const [seconds, asked] of [
      [undefined, 60],
      [10, 60],
      [100, 100],
    ] as const) {
      stage.desk.asked.length = 0;
      await stage.desk.refuse(refusal(true, seconds === undefined ? undefined : micros(seconds * SECOND)));
      await stage.wait(asked - 1);
      expect(stage.desk.asked).toEqual([]);
      await stage.wait(1);
      expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
    }
  });

  test('that the venue refuses for good are not asked for again before others are in doubt', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    await stage.desk.refuse(refusal(false));
    expect(stage.events).toMatchObject([{ kind: 'bars', outcome: 'left', detail: 'Trades: no', bars: 0 }]);
    stage.state('connecting');
    stage.state('subscribing');
    stage.trade(104);
    await stage.wait(300);
    expect(stage.desk.asked).toHaveLength(1);
    stage.trade(106);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    await stage.wait(62);
    expect(stage.desk.asked.slice(1)).toEqual([expect.stringMatching(/^trades/), expect.stringMatching(/^ohlc/)]);
  });

  test('of before that the venue refuses for good do not keep the trades of the start waiting', async () => {
    const stage = new Stage();
    stage.trade(100);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all', expect.stringMatching(/^trades/)]);
  });

  test('that come to be wanted while older ones are not among those asked for are asked for after', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
    stage.backfill.onGap(SYMBOL, { from: undefined, to: START, afterId: undefined, beforeId: 100 });
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false })] });
    await stage.wait(1);
    expect(stage.desk.asked[1]).toBe('ohlc BTC/USD 1 all');
  });

  test('have their turn where trades take long', async () => {
    const stage = await withPartial();
    await stage.wait(56); // the minute ends
    stage.trade(105);
    await stage.wait(1);
    for (let call = 0; call < 5; call += 1) {
      await stage.desk.tell({ trades: [], last: '0' }); // behind
      await stage.wait(2);
    }
    expect(stage.desk.asked.filter((call) => call.startsWith('ohlc'))).toEqual([]);
    await stage.desk.tell({ trades: [], last: '0' });
    await stage.wait(2);
    expect(stage.desk.asked.at(-1)).toBe('ohlc BTC/USD 1 -1');
  });

  test('wait while the stream is away, whose next trade shows what is missing', async () => {
    const stage = await withPartial();
    stage.state('connecting');
    await stage.wait(200);
    expect(stage.desk.asked).toEqual([]);
    stage.state('subscribing');
    stage.trade(103);
    await stage.wait(2);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
  });
});
