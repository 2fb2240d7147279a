import { instrument, lots, micros, SECOND, ticks } from '@kb/model';
import type { BookView, Micros } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DayEstimate, LEAST_MOVES } from '../src/impact/day-estimate.ts';
import { ImpactCharge } from '../src/impact/impact-charge.ts';
import { ParticipationMeter } from '../src/impact/participation-meter.ts';
import { PaperError, PaperVenue, squareRootImpact } from '../src/index.ts';
import type { PairImpact, PaperVenueOptions } from '../src/index.ts';
import { DEFAULTS, PAIR, Scene } from './scene.ts';

const minute = (count: number): Micros => micros(Math.round(count * 60 * SECOND));

describe('the square root law', () => {
  test.each([
    [0.001, 5.1],
    [0.01, 16],
    [0.1, 51],
  ])('charges %f of the volume of a day with 2 %% of volatility %f basis points', (share, bps) => {
    expect(squareRootImpact(0.8, 0.02, share) * 1e4).toBeCloseTo(bps, bps === 5.1 ? 1 : 0);
  });

  test.each([
    ['one fill', [0], [1]],
    ['fills ten minutes apart', [0, 10], [2]],
    ['fills a little farther apart', [0, 10.001], [1, 1]],
    ['a fill that is told late', [5, 1], [2]],
    ['fills after one that was told late', [5, 1, 12], [3]],
    ['a pause, and fills after it', [0, 20, 30], [1, 2]],
    ['two pauses', [0, 20, 40], [1, 1, 1]],
  ])('takes %s for one order to the market per pause', (_, minutes, orders) => {
    const charge = new ImpactCharge();
    for (const at of minutes) charge.fill('buy', minute(at), ticks(100), lots(8));
    charge.fill('sell', minute(0), ticks(100), lots(8)); // the other side is another order
    const weights = [1, ...orders].map((fills) => Math.sqrt(fills * 8) * fills * 800);
    expect(charge.weight).toBeCloseTo(
      weights.reduce((sum, each) => sum + each),
      6,
    );
    expect(charge.orders).toBe(1 + orders.length);
    expect(charge.turnover).toBe((minutes.length + 1) * 800);
  });
});

describe('the participation alarm', () => {
  test('counts minutes in which own fills were more than its share of what traded', () => {
    const meter = new ParticipationMeter(0.1);
    expect(meter.summary()).toEqual({ share: undefined, minutes: 0, suspectMinutes: 0 });
    meter.trade(minute(0.1), lots(100));
    meter.fill(minute(0.2), lots(10)); // just a tenth
    meter.trade(minute(1.1), lots(100));
    meter.fill(minute(1.2), lots(11));
    meter.trade(minute(2.1), lots(300));
    expect(meter.summary()).toEqual({ share: 21 / 500, minutes: 2, suspectMinutes: 1 });
    meter.fill(minute(0.9), lots(1)); // known late, and then it was more than a tenth
    expect(meter.summary()).toEqual({ share: 22 / 500, minutes: 2, suspectMinutes: 2 });
  });

  test('says the same as counting minute by minute, whatever happens for hours', () => {
    const happening = fc.record({
      isFill: fc.boolean(),
      wait: fc.integer({ min: 0, max: 200 }),
      size: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200, size: 'max' }), (happenings) => {
        const meter = new ParticipationMeter(0.25);
        const minutes = new Map<number, { own: number; traded: number }>();
        let now = 0;
        for (const { isFill, size, wait } of happenings) {
          now += wait;
          const counted = minutes.get(Math.floor(now / 60)) ?? { own: 0, traded: 0 };
          minutes.set(Math.floor(now / 60), counted);
          if (isFill) counted.own += size;
          else counted.traded += size;
          if (isFill) meter.fill(micros(now * SECOND), lots(size));
          else meter.trade(micros(now * SECOND), lots(size));
        }
        const all = [...minutes.values()].filter(({ own }) => own > 0);
        expect(meter.summary()).toMatchObject({
          minutes: all.length,
          suspectMinutes: all.filter(({ own, traded }) => own > 0.25 * traded).length,
        });
      }),
    );
  });

  test('lets what is told after eight minutes count in the share alone', () => {
    const meter = new ParticipationMeter(0.1);
    meter.trade(minute(0), lots(100));
    meter.trade(minute(8), lots(100));
    meter.fill(minute(0), lots(50));
    expect(meter.summary()).toEqual({ share: 0.25, minutes: 0, suspectMinutes: 0 });
  });

  test('keeps the newest minutes when an older one is told of late', () => {
    const meter = new ParticipationMeter(0.1);
    meter.trade(minute(10), lots(100));
    meter.trade(minute(5), lots(100));
    meter.fill(minute(2), lots(100)); // too old, whatever came before it
    meter.fill(minute(10), lots(10));
    expect(meter.summary()).toMatchObject({ minutes: 1, suspectMinutes: 0 });
  });
});

describe('what a day is like', () => {
  function at(mid: string): BookView {
    const book = new L2Book(PAIR.symbol, PAIR, 10);
    book.apply(bookChanges({ snapshot: true, bids: [['1.0', '1']], asks: [[String(2 * Number(mid) - 1), '1']] }, PAIR));
    return book;
  }

  test('is scaled up from what traded after the first trade', () => {
    const day = new DayEstimate();
    expect(day.volume(minute(5))).toBeUndefined();
    day.trade(minute(0), lots(1_000), undefined);
    day.trade(minute(0.5), lots(3), undefined);
    expect(day.volume(minute(0.9))).toBeUndefined();
    expect(day.volume(minute(1))).toBeCloseTo(3 * 1_440, 6);
    day.trade(minute(9), lots(7), undefined);
    expect(day.volume(minute(10))).toBeCloseTo(1_440, 6);
  });

  test('has the volatility of mids a minute apart, once there are enough', () => {
    const day = new DayEstimate();
    const found: (number | undefined)[] = [];
    for (let index = 0; index <= LEAST_MOVES; index += 1) {
      found.push(day.volatility);
      day.trade(minute(index), lots(1), at(index % 2 === 0 ? '1000' : '1001'));
      day.trade(minute(index + 0.5), lots(1), at('9999')); // within the minute nobody looks
    }
    expect(found.filter((each) => each !== undefined)).toEqual([]);
    expect(day.volatility).toBeCloseTo(0.001 * Math.sqrt(1_440), 4);
  });

  test('counts the time of minutes in which nothing traded', () => {
    const day = new DayEstimate();
    for (let index = 0; index <= LEAST_MOVES; index += 1) {
      day.trade(minute(index * 4), lots(1), at(index % 2 === 0 ? '1000' : '1001'));
    }
    expect(day.volatility).toBeCloseTo(0.001 * Math.sqrt(360), 4);
  });
});

describe('a paper venue', () => {
  const BOOK = [[['100.0', '50']], [['100.2', '50']]] as const;

  /** Fills 2 of a buy at 100.0 with the first print, out of 52 traded there, then lets three minutes pass. */
  function filledScene(options: Partial<PaperVenueOptions> = {}): Scene {
    const scene = new Scene(options).book(0, ...BOOK);
    scene.place('buy', '100.0', '2');
    scene.print(1_000, '100.0', '52').update(1_000, [
      ['100.0', '0'],
      ['99.9', '50'],
    ]);
    for (let each = 1; each <= 3; each += 1) scene.print(each * 60_000, '99.9', '10');
    return scene.update(181_000, [['99.9', '20']]);
  }

  function impactOf(scene: Scene): PairImpact | undefined {
    return scene.venue.health().impact['BTC/USD'];
  }

  test('tells how large own fills were, and charges them by what it was told of a day', () => {
    const impact = { dailyVolatility: { 'BTC/USD': '0.02' }, dailyVolume: { 'BTC/USD': '2000' } };
    const found = impactOf(filledScene({ impact }));
    expect(found).toMatchObject({
      share: 2 / 82,
      minutes: 1,
      suspectMinutes: 0,
      orders: 1,
      dailyVolatility: { value: 0.02, from: 'given' },
      dailyVolume: { value: 2_000, from: 'given' },
    });
    // A thousandth of the day: 5.06 bp of 200 USD.
    expect(found?.chargeBps).toBeCloseTo(5.06, 2);
    expect(Number(found?.charge)).toBeCloseTo(0.1012, 4);
  });

  test('estimates the day from the run where it was not told, and assumes its volatility while it saw little', () => {
    const found = impactOf(filledScene());
    expect(found?.dailyVolatility).toEqual({ value: 0.02, from: 'assumed' });
    // 30 after the first print, in 180 seconds.
    expect(found?.dailyVolume?.from).toBe('estimated');
    expect(found?.dailyVolume?.value).toBeCloseTo((30 / 180) * 86_400, 6);
    expect(Number(found?.charge)).toBeCloseTo(squareRootImpact(0.8, 0.02, 2 / 14_400) * 200, 4);
  });

  test('raises its flags with suspect minutes, and above a hundredth of all that traded', () => {
    expect(
      new Scene()
        .book(0, ...BOOK)
        .print(1_000, '100.0', '10')
        .venue.health().flags,
    ).toEqual([]);
    const [normal, strict] = [filledScene().venue.health(), filledScene({ impact: { alarm: '0.03' } }).venue.health()];
    expect(normal.flags).toContain('large-share-of-volume');
    expect(normal.flags).not.toContain('impact-suspect');
    expect(strict.flags).toContain('impact-suspect');
    expect(strict.impact['BTC/USD']).toMatchObject({ suspectMinutes: 1 });
  });

  test('compares own size with nothing where no trades are told', () => {
    const scene = new Scene({ channels: ['book'] }).book(0, ...BOOK);
    scene.place('buy', '100.2', '2');
    scene.update(60_000, [['100.0', '10']]);
    expect(scene.fills()).toHaveLength(1);
    const { flags, impact } = scene.venue.health();
    expect(flags).not.toContain('impact-suspect');
    expect(flags).not.toContain('large-share-of-volume');
    expect(impact['BTC/USD']).toMatchObject({ share: undefined, suspectMinutes: 0, charge: undefined });
  });

  test('counts neither trades told twice nor those from before', () => {
    const scene = filledScene();
    scene.print(182_000, '99.9', '1000', 'sell', { tradeId: 101 });
    scene.print(183_000, '99.9', '1000', 'sell', { tradeId: 50, historical: true });
    expect(impactOf(scene)?.share).toBe(2 / 82);
  });

  test('is told of options that make no sense, all at once', () => {
    const impact: unknown = {
      alarm: '0',
      factor: 0.8,
      dailyVolume: { 'BTC/USD': '-1' },
      dailyVolatility: '2 %',
      y: '1',
    };
    const options = { ...DEFAULTS, impact: impact as NonNullable<PaperVenueOptions['impact']> };
    const create = (): PaperVenue => new PaperVenue(options);
    expect(create).toThrow(PaperError);
    expect(create).toThrowErrorMatchingInlineSnapshot(`
      [PaperError: 5 problems:
        impact.alarm: expected decimal text above zero, such as "0.1", was "0"
        impact.factor: expected decimal text above zero, such as "0.1", was 0.8
        impact.dailyVolume.BTC/USD: expected decimal text above zero, such as "0.1", was "-1"
        impact.dailyVolatility: expected figures by pair, was "2 %"
        impact: unknown option y]
    `);
  });

  test('counts in whole units of each pair', () => {
    const pair = instrument({ symbol: PAIR.symbol, pricePrecision: 2, qtyPrecision: 8 });
    const impact = { dailyVolatility: { 'BTC/USD': '0.02' }, dailyVolume: { 'BTC/USD': '2000' } };
    const scene = new Scene({ impact, instruments: [pair] }, { pair });
    scene.book(0, [['100.00', '50']], [['100.20', '50']]);
    scene.place('buy', '100.20', '2');
    scene.print(60_000, '100.20', '52', 'buy').update(60_001, [['100.00', '51']]);
    expect(impactOf(scene)?.chargeBps).toBeCloseTo(5.06, 2);
    expect(Number(impactOf(scene)?.charge)).toBeCloseTo(0.1014, 4);
  });
});
