import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { kinds, MINUTE, page, row, Stage, START, SYMBOL } from './backfill-stage.ts';

describe('at the start', () => {
  test('bars of before are asked for first, then the trades of the one that is running', async () => {
    const stage = new Stage();
    await stage.wait(30);
    stage.trade(100);
    expect(stage.desk.asked).toEqual([]); // never during the call that tells it
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all']);
    await stage.desk.tell({ candles: [row(-2), row(-1), row(0, { closed: false })] });
    await stage.wait(1);
    expect(stage.candles.map(({ start, partial }) => [(start - START) / MINUTE, partial])).toEqual([
      [-2, false],
      [-1, false],
    ]);
    expect(stage.desk.asked.slice(1)).toEqual(['trades BTC/USD -0.000002']);
    await stage.desk.tell(page([97, -1], [98, 4], [99, 20], [100, 30]));
    await stage.wait(30);
    expect(stage.candles.at(-1)).toMatchObject({ start: START, partial: false, trades: 3 });
    await stage.wait(60);
    expect(stage.desk.asked).toHaveLength(2);
    expect(kinds(stage.events)).toEqual(['bars done', 'trades done']);
    expect(stage.events[1]).toMatchObject({ from: START, to: START + 30 * SECOND, trades: 2, calls: 1 });
  });

  test('only as far back as the pages reach: what is longer is told by the venue once it is over', async () => {
    const candles = [MINUTE, micros(5 * MINUTE)];
    const stage = new Stage({ candles, pages: 1 });
    await stage.wait(90);
    stage.trade(100);
    await stage.wait(1);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false, trades: 1000 })] });
    await stage.wait(1);
    await stage.desk.tell({ candles: [row(0, { closed: false, trades: 1001 })] });
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all', 'ohlc BTC/USD 5 all', 'trades BTC/USD 59.999998']);
    await stage.desk.tell(page([99, 61], [100, 90]));
    await stage.wait(210);
    // The five minutes were over two seconds before.
    expect(stage.desk.asked.slice(3)).toEqual(['ohlc BTC/USD 5 -1']);
    await stage.desk.tell({ candles: [row(0, { trades: 1010 }), row(5, { closed: false })] });
    const [five] = stage.core.market.candles(SYMBOL, micros(5 * MINUTE));
    expect(five).toMatchObject({ trades: 1010, partial: false, revision: 1 });
    expect(stage.candles.filter(({ partial }) => partial)).toEqual([]);
  });

  test('a gap that shows while bars are awaited is closed after what was before', async () => {
    const stage = new Stage();
    await stage.wait(30);
    stage.trade(100);
    await stage.wait(1);
    stage.trade(101);
    await stage.wait(2);
    stage.trade(103); // second 33
    await stage.desk.tell({ candles: [row(-1), row(0, { closed: false })] });
    await stage.wait(1);
    await stage.desk.tell(page([98, 4], [99, 20], [100, 30]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 31], [102, 32], [103, 33]));
    await stage.wait(30);
    expect(stage.events.slice(1)).toMatchObject([
      { outcome: 'done', from: START, to: START + 30 * SECOND, trades: 2 },
      { outcome: 'done', from: START + 31 * SECOND, to: START + 33 * SECOND, trades: 1 },
    ]);
    expect(stage.candles.at(-1)).toMatchObject({ start: START, partial: false, trades: 6 });
  });

  test('no trades are asked for when the bar that was running is over by then', async () => {
    const stage = new Stage();
    await stage.wait(55);
    stage.trade(100);
    await stage.wait(10);
    await stage.desk.tell({ candles: [row(-1), row(0, { closed: false })] });
    await stage.wait(10);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all', 'ohlc BTC/USD 1 -1']);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false })] });
    await stage.wait(10);
    expect(stage.desk.asked).toHaveLength(2);
    expect(stage.candles.map(({ partial }) => partial)).toEqual([false, false]);
  });

  test('nothing is asked where no candles are wanted', async () => {
    const stage = new Stage({ candles: [] });
    stage.trade(100);
    await stage.wait(100);
    expect(stage.desk.asked).toEqual([]);
  });
});
