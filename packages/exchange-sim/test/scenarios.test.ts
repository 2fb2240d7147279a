import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { SimExchange, standardMarkets } from '../src/index.ts';
import type { ScenarioName } from '../src/index.ts';

interface Run {
  /** Mid of BTC/USD each second, in ticks. */
  readonly mids: number[];
  /** Orders that the flow placed. */
  readonly placed: number;
  readonly crossed: number;
}

function run(scenario: ScenarioName, seconds: number, seed = 3): Run {
  const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
  const markets = standardMarkets(['BTC/USD'], () => 'steady');
  const exchange = new SimExchange({ markets, seed, scheduler, scenario });
  const before = exchange.truth('BTC/USD').counts['limits'] ?? 0;
  exchange.start();
  const mids: number[] = [];
  let crossed = 0;
  for (let second = 0; second < seconds; second += 1) {
    scheduler.advance(micros(SECOND));
    const { orders } = exchange.truth('BTC/USD');
    const [bid = 0, ask = 0] = [orders.best('buy'), orders.best('sell')];
    if (bid === 0 || bid >= ask) crossed += 1;
    mids.push((bid + ask) / 2);
  }
  return { mids, placed: (exchange.truth('BTC/USD').counts['limits'] ?? 0) - before, crossed };
}

/** Basis points from the end of one second to the end of another. */
function moved({ mids }: Run, from: number, to: number): number {
  return ((mids[to - 1] ?? Number.NaN) / (mids[from - 1] ?? Number.NaN) - 1) * 10_000;
}

describe('scenarios', () => {
  test('calm and faulty are the same market', () => {
    expect(run('faulty', 60)).toEqual(run('calm', 60));
  });

  test.each([1, 2, 3])(
    'crash, seed %i: as calm before, a fall of percents in twenty seconds, and no further one',
    (seed) => {
      const [crash, calm] = [run('crash', 760, seed), run('calm', 299, seed)];
      expect(crash.mids.slice(0, 299)).toEqual(calm.mids);
      expect(moved(crash, 299, 322)).toBeLessThan(-80);
      expect(moved(crash, 299, 322)).toBeGreaterThan(-800);
      expect(moved(crash, 322, 740)).toBeGreaterThan(-100);
      expect(crash.crossed).toBe(0);
    },
  );

  test('trend: up, a pause, down', () => {
    const trend = run('trend', 2100);
    expect(moved(trend, 1, 900)).toBeGreaterThan(50);
    expect(Math.abs(moved(trend, 900, 1200))).toBeLessThan(40);
    expect(moved(trend, 1200, 2100)).toBeLessThan(-50);
  });

  test('thin: a tenth of the orders', () => {
    const ratio = run('thin', 200).placed / run('calm', 200).placed;
    expect(ratio).toBeGreaterThan(0.02);
    expect(ratio).toBeLessThan(0.3);
  });

  test('thin is thin, too, where a market begins anew by other precisions', () => {
    const placedAnew = (scenario: ScenarioName): number => {
      const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
      const markets = standardMarkets(['BTC/USD'], () => 'steady');
      const exchange = new SimExchange({ markets, seed: 3, scheduler, scenario });
      exchange.start();
      scheduler.advance(micros(10 * SECOND));
      exchange.changePrecision('BTC/USD', 2, 8);
      const before = exchange.truth('BTC/USD').counts['limits'] ?? 0;
      scheduler.advance(micros(200 * SECOND));
      return (exchange.truth('BTC/USD').counts['limits'] ?? 0) - before;
    };
    const ratio = placedAnew('thin') / placedAnew('calm');
    expect(ratio).toBeGreaterThan(0.02);
    expect(ratio).toBeLessThan(0.3);
  });
});
