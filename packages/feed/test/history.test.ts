import { lots, micros, SECOND, ticks } from '@kb/model';
import type { BookView, Candle, Micros, TradeEvent } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/core/feed-core.ts';
import { CandleSeries } from '../src/market/candle-series.ts';
import type { VenueBar } from '../src/market/bar.ts';
import { PriceHistory } from '../src/market/price-history.ts';
import { Ring } from '../src/market/ring.ts';
import { TapeGaps } from '../src/market/tape-gaps.ts';
import { tradePacking } from '../src/market/trade-packing.ts';
import { instrumentFrame, Pair, START } from './venue.ts';

describe('a ring', () => {
  const ringOf = (capacity: number): Ring<number> =>
    new Ring(capacity, {
      words: 2,
      write: (value, { numbers, bits }, at) => {
        numbers[at] = value;
        bits[at + 1] = BigInt(value);
      },
      read: ({ numbers, bits }, at) => {
        expect(Number(bits[at + 1])).toBe(numbers[at]);
        return numbers[at] ?? Number.NaN;
      },
    });

  test('keeps the latest, oldest first, and is read from both ends', () => {
    const ring = ringOf(3);
    for (const value of [1, 2, 3, 4, 5]) ring.push(value);
    expect([...ring]).toEqual([3, 4, 5]);
    expect([-4, -3, -1, 0, 2, 3, 0.5].map((index) => ring.at(index))).toEqual([
      undefined,
      3,
      5,
      3,
      5,
      undefined,
      undefined,
    ]);
    ring.put(2, 6);
    expect([...ring]).toEqual([3, 4, 6]);
    expect(() => ring.put(3, 7)).toThrow(RangeError);
  });

  test('takes what belongs between, unless it is older than all of a full one', () => {
    const ring = ringOf(3);
    for (const value of [10, 20, 40, 50]) ring.push(value);
    const insert = (value: number): void => ring.insert(value, (kept) => kept > value);
    insert(30);
    expect([...ring]).toEqual([30, 40, 50]);
    insert(5);
    expect([...ring]).toEqual([30, 40, 50]);
    ring.push(60);
    expect([...ring]).toEqual([40, 50, 60]);
  });

  test('is an array that is cut, whatever is put in front, between or behind', () => {
    const value = fc.integer({ min: 0, max: 99 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), value }),
      fc.record({ do: fc.constant('insert' as const), value }),
      fc.record({ do: fc.constant('put' as const), value }),
      fc.record({ do: fc.constant('prepend' as const), values: fc.array(value, { maxLength: 30 }) }),
      fc.record({ do: fc.constantFrom('drop' as const, 'clear' as const) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
        const ring = ringOf(capacity);
        let model: number[] = [];
        for (const each of steps) {
          if (each.do === 'push') {
            ring.push(each.value);
            model = [...model, each.value].slice(-capacity);
          } else if (each.do === 'insert') {
            ring.insert(each.value, (kept) => kept > each.value);
            const place = model.findLastIndex((kept) => kept <= each.value) + 1;
            model = model.toSpliced(place, 0, each.value).slice(-capacity);
          } else if (each.do === 'put' && model.length > 0) {
            const place = each.value % model.length;
            ring.put(place, each.value);
            model[place] = each.value;
          } else if (each.do === 'prepend') {
            const values = each.values.slice(0, capacity - model.length);
            ring.prepend(values.length, (index) => values[index]!);
            model = [...values, ...model];
          } else if (each.do === 'drop') {
            ring.dropOldest();
            model.shift();
          } else if (each.do === 'clear' && model.length > 40) {
            ring.clear();
            model = [];
          }
          expect([...ring]).toEqual(model);
        }
      }),
    );
    const full = ringOf(2);
    full.prepend(2, (index) => index);
    expect(() => full.prepend(1, () => 0)).toThrow(RangeError);
  });
});

test('a tape gives trades back as they were told', () => {
  const [venueTs, recvTs] = [micros(START), micros(START + 7)];
  const base = { type: 'trade', symbol: 'BTC/USD', venueTs, recvTs } as const;
  const trades: TradeEvent[] = [
    { ...base, seq: 1, tradeId: 2 ** 40, price: ticks(1), size: lots(2 ** 53 - 1), taker: 'sell', historical: false },
    { ...base, seq: 2 ** 53 - 1, tradeId: 0, price: ticks(3), size: lots(4), taker: 'buy', historical: true },
  ];
  const ring = new Ring(2, tradePacking('BTC/USD'));
  for (const trade of trades) ring.push(trade);
  expect([...ring]).toEqual(trades);
});

describe('best prices', () => {
  const book = (bid: number | undefined, ask: number | undefined): BookView =>
    ({ bestBid: () => bid, bestAsk: () => ask }) as BookView;
  const at = (ms: number): Micros => micros(ms * 1000);

  test('are kept when they change, the latest of each step, and only where there are two', () => {
    const history = new PriceHistory(3, at(100));
    history.note(book(1, undefined), at(0));
    history.note(book(1, 2), at(10));
    history.note(book(1, 2), at(150));
    history.note(book(1, 3), at(160));
    history.note(book(2, 3), at(199));
    history.note(book(1, 2), at(200));
    expect([...history.points]).toEqual([
      { venueTs: at(10), bid: 1, ask: 2 },
      { venueTs: at(199), bid: 2, ask: 3 },
      { venueTs: at(200), bid: 1, ask: 2 },
    ]);
    history.note(book(4, 5), at(300));
    expect([...history.points].map(({ bid }) => bid)).toEqual([2, 1, 4]);
  });
});

describe('gaps of the tape', () => {
  const begun = (): TapeGaps => {
    const gaps = new TapeGaps();
    gaps.add({ from: undefined, to: micros(0), afterId: undefined, beforeId: 1 });
    return gaps;
  };
  const isWhole = (gaps: TapeGaps, start: number, end: number): boolean => gaps.isWhole(micros(start), micros(end));

  test('say that nothing is whole before the first trade', () => {
    expect(isWhole(new TapeGaps(), 0, 10)).toBe(false);
    expect([isWhole(begun(), 0, 10), isWhole(begun(), 1, 10)]).toEqual([false, true]);
  });

  test('that are too many are not forgotten as times, though they cannot be filled any more', () => {
    const gaps = begun();
    for (let gap = 1; gap <= 70; gap += 1) {
      const from = gap * 100;
      gaps.add({ from: micros(from), to: micros(from + 10), afterId: gap * 10, beforeId: gap * 10 + 5 });
    }
    expect(gaps.all).toHaveLength(64);
    expect(isWhole(gaps, 101, 102)).toBe(false);
    // A trade between two that were let go is known: it must not count as missing.
    expect([15, 16, 69, 70, 71].map((id) => gaps.holding(id) !== undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect([isWhole(gaps, 611, 700), isWhole(gaps, 711, 800)]).toEqual([true, true]);
    gaps.fill(micros(0), micros(100_000), undefined, undefined);
    expect(gaps.all).toEqual([]);
    expect([isWhole(gaps, 100, 110), isWhole(gaps, 700, 7100)]).toEqual([false, true]);
  });

  test('that were filled in the middle share their ids: a trade known narrows both', () => {
    const sides = [10, 90].map((at) => {
      const gaps = begun();
      gaps.add({ from: micros(1), to: micros(100), afterId: 1, beforeId: 5 });
      gaps.fill(micros(40), micros(60), undefined, undefined);
      gaps.know(3, micros(at));
      return gaps.all.slice(1).map(({ from, to, afterId, beforeId }) => [from, to, afterId, beforeId]);
    });
    expect(sides).toEqual([
      [
        [1, 10, 1, 3],
        [10, 39, 3, 5],
        [61, 100, 3, 5],
      ],
      [
        [1, 39, 1, 3],
        [61, 90, 1, 3],
        [90, 100, 3, 5],
      ],
    ]);
  });

  test('from before the venue numbered anew are not filled by ids of after', () => {
    const gaps = begun();
    gaps.add({ from: micros(100), to: micros(110), afterId: 1000, beforeId: 1005 });
    gaps.add({ from: micros(200), to: micros(210), afterId: undefined, beforeId: 3 });
    expect([1002, 2, 0].map((id) => gaps.holding(id)?.to)).toEqual([undefined, 210, 210]);
    expect(isWhole(gaps, 100, 110)).toBe(false);
    gaps.fill(micros(100), micros(105), undefined, undefined);
    expect([isWhole(gaps, 100, 106), isWhole(gaps, 106, 110)]).toEqual([true, false]);
  });
});

describe('a core with candles', () => {
  const SYMBOL = 'BTC/USD';
  const MINUTE = micros(60 * SECOND);
  const make = () => {
    const core = new FeedCore({ symbols: [SYMBOL], candles: [MINUTE] });
    const frame = (text: string, at: number = START): void =>
      core.handle({ type: 'frame', recvTs: micros(at), frame: Buffer.from(text) });
    const partial = (): boolean[] => [...core.market.candles(SYMBOL, MINUTE)].map((candle) => candle.partial);
    return { core, frame, partial };
  };

  test('knows a gap as whole, all of its span, when its only trade is told in a small part of it', () => {
    const { core, frame, partial } = make();
    const pair = new Pair(SYMBOL);
    frame(instrumentFrame([pair]));
    for (const [second, firstId] of [
      [0, 1],
      [60, 2],
      [240, 4],
    ] as const) {
      pair.now = START + second * SECOND;
      frame(pair.trades(1, { firstId }), pair.now);
    }
    expect(partial()).toEqual([true, true, true, true]);
    const venueTs = micros(START + 130 * SECOND);
    const trades = [{ tradeId: 3, venueTs, price: ticks(1000), size: lots(5), taker: 'buy' as const }];
    core.handle({ type: 'trades', recvTs: START, symbol: SYMBOL, from: venueTs, to: venueTs, trades });
    expect(partial()).toEqual([true, false, false, false]);
    expect(core.tradeStatsOf(SYMBOL)).toMatchObject({ trades: 3, recovered: 1, gaps: 1, missing: 1 });
  });

  test('begins anew, with what lacks trades, when prices and sizes count in other steps', () => {
    const { core, frame, partial } = make();
    const pair = new Pair(SYMBOL);
    frame(instrumentFrame([pair]));
    frame(pair.trades(3));
    const finer = new Pair(SYMBOL, { grid: { pricePrecision: 2, qtyPrecision: 8 }, now: pair.now });
    frame(instrumentFrame([finer], 'update'));
    expect(core.historyOf(SYMBOL)).toMatchObject({ trades: 0, openGaps: [] });
    frame(finer.trades(1, { firstId: 104 }));
    finer.now += MINUTE;
    frame(finer.trades(1), finer.now);
    expect(partial()).toEqual([true]);
    expect(core.historyOf(SYMBOL)).toMatchObject({ trades: 2, openGaps: [{ from: undefined, beforeId: 104 }] });
  });
});

describe('candles', () => {
  const SPAN = micros(10 * SECOND);
  const trade = (second: number, price: number, tradeId = second) => ({
    venueTs: micros(second * SECOND),
    tradeId,
    price: ticks(price),
    size: lots(1),
  });
  const bar = (second: number, price: number, trades = 1): VenueBar => ({
    start: micros(second * SECOND),
    open: ticks(price),
    high: ticks(price),
    low: ticks(price),
    close: ticks(price),
    volume: BigInt(trades),
    turnover: BigInt(trades * price),
    trades,
  });
  const make = (keep: number, isWhole: () => boolean) => {
    const told: string[] = [];
    const series = new CandleSeries({
      interval: SPAN,
      keep,
      isWhole,
      onCandle: ({ start, close, trades, revision, partial }: Candle) =>
        told.push(`${start / SECOND}: ${close} of ${trades}, ${partial ? 'partial' : 'whole'} ${revision}`),
    });
    return { series, told };
  };

  test('that the venue tells twice, or tells differently later, are told when they change', () => {
    const { series, told } = make(10, () => false);
    series.take(trade(100, 5));
    series.advance(micros(130 * SECOND));
    told.length = 0;
    for (const bars of [
      [bar(70, 3), bar(90, 4)],
      [bar(90, 4), bar(100, 5), bar(110, 6)],
      [bar(110, 7)],
      [bar(120, 7, 0)],
    ]) {
      series.takeVenueBars(bars);
      series.tell();
      told.push('-');
    }
    expect(told).toEqual([
      '70: 3 of 1, whole 0',
      '80: 3 of 0, partial 0',
      '90: 4 of 1, whole 0',
      '-',
      '100: 5 of 1, whole 1',
      '110: 6 of 1, whole 1',
      '120: 6 of 0, partial 1',
      '-',
      '110: 7 of 1, whole 2',
      '120: 7 of 0, partial 2',
      '-',
      '120: 7 of 0, whole 3',
      '-',
    ]);
    expect(series.stats).toMatchObject({ backfilled: 4, agreed: 2, disagreed: 0 });
  });

  test('that are whole are not replaced by the venue’s, only compared', () => {
    const { series, told } = make(10, () => true);
    series.take(trade(100, 5));
    series.take(trade(110, 5));
    series.take(trade(120, 5));
    told.length = 0;
    series.takeVenueBars([bar(100, 5), bar(110, 9), bar(120, 9)]);
    series.tell();
    expect(told).toEqual([]);
    expect(series.stats).toMatchObject({ backfilled: 0, agreed: 1, disagreed: 1 });
  });

  test('keep sums that no number holds, and refuse a bar of the venue that no market can make', () => {
    const { series, told } = make(10, () => false);
    series.take(trade(100, 5));
    const turnover = (1n << 128n) - 1n;
    const volume = (1n << 64n) + 1n;
    series.takeVenueBars([
      { ...bar(70, 3), open: ticks(2), low: ticks(2), volume, turnover },
      { ...bar(80, 3), volume, turnover: turnover + 1n },
      { ...bar(90, 4), volume: turnover + 1n },
    ]);
    series.tell();
    expect(told).toEqual(['70: 3 of 1, whole 0', '80: 3 of 0, partial 0', '90: 3 of 0, partial 0']);
    expect(series.closed.at(0)).toMatchObject({ volume, turnover, open: 2, partial: false, closed: true });
    expect(series.stats).toMatchObject({ refused: 2, backfilled: 1 });
  });

  test('that are let go between a change and its telling are told all the same, once', () => {
    let whole = true;
    const { series, told } = make(2, () => whole);
    series.take(trade(100, 5));
    series.take(trade(110, 6));
    series.take(trade(120, 7));
    told.length = 0;
    whole = false;
    series.recheck(micros(0));
    series.take(trade(130, 8));
    series.tell();
    series.tell();
    expect(told).toEqual(['120: 7 of 1, partial 0', '100: 5 of 1, partial 1', '110: 6 of 1, partial 1']);
    expect([...series.closed].map(({ start }) => start / SECOND)).toEqual([110, 120]);
  });

  test('that are closed still know the order of trades of one moment', () => {
    const { series } = make(3, () => true);
    const [first, last] = [trade(101, 5, 12), trade(109, 6, 15)];
    for (const each of [first, last, trade(110, 7, 16)]) series.take(each);
    const kept = (): unknown => series.closed.at(-1);
    series.take({ ...first, tradeId: 13, price: ticks(2) });
    series.take({ ...last, tradeId: 14, price: ticks(3) });
    expect(kept()).toMatchObject({ open: 5, close: 6, trades: 4 });
    series.take({ ...first, tradeId: 11, price: ticks(4) });
    series.take({ ...last, tradeId: 16, price: ticks(8) });
    expect(kept()).toMatchObject({ open: 4, close: 8, trades: 6 });
  });

  test('that were read stay as they were; the one that is forming moves on', () => {
    const { series } = make(3, () => true);
    series.take(trade(100, 5));
    series.take(trade(110, 6));
    const [closed, forming] = [series.closed.at(-1), series.forming];
    series.take(trade(105, 9));
    series.take(trade(112, 7));
    expect([closed?.high, series.closed.at(-1)?.high, forming?.close]).toEqual([5, 9, 7]);
  });

  test('take no more than they keep, however far back the venue’s bars begin', () => {
    const { series, told } = make(3, () => false);
    series.take(trade(1_000_000, 5));
    series.takeVenueBars([bar(0, 3), bar(999_960, 3), bar(999_980, 4)]);
    series.tell();
    expect(told).toEqual(['999980: 4 of 1, whole 0', '999990: 4 of 0, partial 0']);
    series.take(trade(999_900, 9));
    expect(series.stats.tooLate).toBe(1);
  });
});
