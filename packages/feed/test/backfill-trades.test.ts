import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { BackfillTradesEvent } from '../src/backfill/backfill-events.ts';
import type { PastTrades } from '../src/backfill/past-market.ts';
import { kinds, page, refusal, row, Stage, START, SYMBOL, MINUTE } from './backfill-stage.ts';

describe('trades of a gap', () => {
  test('are read page by page from just before it, and supplied as far as a page is certain', async () => {
    const stage = await new Stage().begun();
    await stage.wait(7); // second 10
    stage.trade(106);
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['trades BTC/USD -0.001002']);
    // The page may have ended within the moment of 103.
    await stage.desk.tell(page([100, 0], [101, 2], [102, 3], [103, 3]));
    expect(stage.supplied).toMatchObject([{ from: START, to: START + 3 * SECOND - 4, trades: [{ tradeId: 101 }] }]);
    await stage.wait(1);
    expect(stage.desk.asked[1]).toBe('trades BTC/USD 2.999998');
    await stage.desk.tell(page([102, 3], [103, 3], [104, 3], [105, 9], [106, 10], [107, 11]));
    expect(stage.supplied[1]).toMatchObject({
      from: START + 3 * SECOND - 4,
      to: START + 10 * SECOND,
      trades: [{ tradeId: 102 }, { tradeId: 103 }, { tradeId: 104 }, { tradeId: 105 }],
    });
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ recovered: 6, duplicates: 0 });
    expect(stage.events).toMatchObject([
      { kind: 'trades', outcome: 'done', trades: 5, calls: 2, duration: 2 * SECOND },
    ]);
    await stage.wait(60);
    expect(stage.candles).toMatchObject([{ partial: false, trades: 8 }]);
  });

  test('of a moment that fills a page are read on from the mark of the venue, if they follow by id', async () => {
    const stage = await new Stage().begun();
    await stage.wait(7);
    stage.trade(105);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0], [101, 2], [102, 2]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 2], [102, 2])); // no more fit
    await stage.wait(1);
    expect(stage.desk.asked[2]).toBe('trades BTC/USD 2');
    await stage.desk.tell(page([103, 2], [104, 4], [105, 10]));
    expect(kinds(stage.events)).toEqual(['trades done']);
    expect(stage.core.tradeStatsOf(SYMBOL).recovered).toBe(1 + 4);
  });

  test('of gaps that touch are read in one go, and each is over with what is certain of it', async () => {
    const stage = await new Stage().begun();
    stage.trade(102); // second 3
    await stage.wait(3);
    stage.trade(104); // second 6
    await stage.wait(1);
    // The first of the two was asked for while the second was not known.
    await stage.desk.tell(page([100, 0], [101, 1], [102, 3], [103, 5]));
    expect(stage.supplied).toMatchObject([
      { to: START + 5 * SECOND - 4, trades: [{ tradeId: 101 }, { tradeId: 102 }] },
    ]);
    await stage.wait(1);
    await stage.desk.tell(page([103, 5], [104, 6]));
    expect(stage.supplied[1]).toMatchObject({ from: START + 5 * SECOND - 4, to: START + 6 * SECOND });
    expect(stage.events).toMatchObject([{ from: START, to: START + 6 * SECOND, calls: 2, trades: 3, outcome: 'done' }]);
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ missing: 2, recovered: 1 + 2, duplicates: 1 });
  });

  test('go before bars, even those that are over: the venue’s are not taken while trades may still come', async () => {
    const stage = await new Stage().begun();
    await stage.wait(67);
    stage.trade(102);
    await stage.wait(1);
    await stage.desk.tell({ trades: [], last: '0' }); // behind
    await stage.wait(2);
    expect(stage.desk.asked.map((call) => call.split(' ')[0])).toEqual(['trades', 'trades']);
    await stage.desk.tell(page([100, 0], [101, 30], [102, 70]));
    await stage.wait(20);
    expect(stage.desk.asked).toHaveLength(2);
    expect(stage.candles).toMatchObject([{ partial: false, trades: 3 }]);
  });

  test.each<[string, PastTrades]>([
    ['an answer skips some, though it begins before them', page([99, 0], [102, 3], [103, 10])],
    ['the venue no longer has them', page([102, 3], [103, 10])],
    ['one of them cannot be read', page([100, 0], [101, 2, '60000.05'], [102, 3], [103, 10])],
  ])('are left to bars where %s', async (_why, answer) => {
    const stage = await new Stage().begun();
    await stage.wait(7);
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.tell(answer);
    expect(kinds(stage.events)).toEqual(['trades left']);
    expect(stage.supplied).toEqual([]);
    await stage.wait(52);
    expect(stage.candles).toMatchObject([{ partial: true }]);
    expect(stage.desk.asked[1]).toBe('ohlc BTC/USD 1 -1');
    await stage.desk.tell({ candles: [row(0, { trades: 5 }), row(1, { closed: false })] });
    expect(stage.candles).toMatchObject([{ partial: false, trades: 5 }]);
    expect(stage.backfill.stats).toMatchObject({ gapsLeft: 1, bars: 1, calls: 4 });
  });

  test('are left to bars when the pages are used up; what was told stays', async () => {
    const stage = await new Stage({ pages: 2 }).begun();
    await stage.wait(7);
    stage.trade(110);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0], [101, 2]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 2], [102, 3], [103, 4]));
    await stage.wait(5);
    expect(stage.events).toMatchObject([{ outcome: 'left', detail: 'not within 2 pages', trades: 2 }]);
    expect(stage.desk.asked).toHaveLength(2);
  });

  test('are asked for again in a moment when the venue is behind its own stream', async () => {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0]));
    await stage.wait(1);
    await stage.desk.tell({ trades: [], last: page([100, 0]).last });
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['trades BTC/USD -0.001002', 'trades BTC/USD 0']);
    await stage.wait(1);
    expect(stage.desk.asked[2]).toBe('trades BTC/USD 0');
    await stage.desk.tell(page([101, 1], [102, 2], [103, 3]));
    expect(kinds(stage.events)).toEqual(['trades done']);
  });

  test('are not asked for where the venue began to number anew', async () => {
    const stage = await new Stage().begun();
    stage.trade(5);
    await stage.wait(10);
    expect(stage.desk.asked).toEqual([]);
    expect(stage.backfill.stats.gapsLeft).toBe(1);
  });
});

describe('where the venue begins to number anew', () => {
  test('gaps that wait are left to bars: their trades would be nobody’s, and the candle not whole', async () => {
    const stage = await new Stage().begun(); // second 3
    stage.trade(103);
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['trades BTC/USD -0.001002']);
    await stage.wait(1);
    stage.trade(5);
    expect(kinds(stage.events)).toEqual(['trades left']);
    await stage.desk.tell(page([100, 0], [101, 1], [102, 2], [103, 3]));
    await stage.wait(56);
    expect(stage.supplied).toEqual([]);
    expect(stage.candles).toMatchObject([{ partial: true }]);
    expect(stage.backfill.stats).toMatchObject({ gapsLeft: 2, trades: 1 });
    await stage.wait(3);
    expect(stage.desk.asked[1]).toBe('ohlc BTC/USD 1 -1');
  });

  test('nothing is read of before the start', async () => {
    const stage = new Stage();
    stage.trade(100);
    await stage.wait(1);
    stage.trade(5);
    await stage.desk.tell({ candles: [row(-1), row(0, { closed: false })] });
    await stage.wait(30);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all']);
    expect(stage.core.market.formingCandle(SYMBOL, MINUTE)).toMatchObject({ partial: true });
  });
});

describe('after a failure', () => {
  test('it is tried again after a minute', async () => {
    const stage = await new Stage({ candles: [] }).begun();
    stage.trade(103);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.desk.refuse(refusal(true));
    await stage.wait(59);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
    await stage.desk.tell(page([100, 0], [101, 1], [102, 2], [103, 3]));
    expect(kinds(stage.events)).toEqual(['trades failed', 'trades done']);
    expect(stage.backfill.stats).toMatchObject({ failures: 1, gapsClosed: 1, trades: 2 });
  });

  test('it is tried again no earlier than the venue asked for', async () => {
    const stage = await new Stage({ candles: [] }).begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse(refusal(true, micros(150 * SECOND)));
    await stage.wait(149);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
  });

  test('a reconnect is earlier', async () => {
    const stage = await new Stage({ candles: [] }).begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse();
    await stage.wait(5);
    stage.state('connecting');
    await stage.wait(1);
    stage.state('subscribing');
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
  });

  test('that will not go away, trades are left to bars at once', async () => {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    await stage.wait(10);
    expect(stage.events).toMatchObject([{ kind: 'trades', outcome: 'left', detail: 'Trades: no' }]);
    expect(stage.desk.asked).toHaveLength(1);
  });

  test('more gaps than are kept apart are left, the oldest first', async () => {
    const stage = await new Stage().begun();
    for (let gap = 0; gap < 40; gap += 1) {
      stage.trade(102 + gap * 2);
      await stage.wait(1);
    }
    expect(stage.events).toHaveLength(8);
    expect(stage.events[7]).toMatchObject({ outcome: 'left', detail: 'more than 32 gaps are waiting', calls: 0 });
    await stage.desk.tell(page(...Array.from({ length: 81 }, (_, index) => [100 + index, index] as const)));
    // What is told to be done begins after what was left.
    const { from } = stage.events.at(-1) as BackfillTradesEvent;
    expect(from).toBe((stage.events[7] as BackfillTradesEvent).to + 1);
    expect(stage.backfill.stats).toMatchObject({ gapsLeft: 8, gapsClosed: 1 + 1, calls: 3 });
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ missing: 40, recovered: 1 + 32 });
  });
});
