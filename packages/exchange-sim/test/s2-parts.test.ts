import { createHash } from 'node:crypto';
import { instrument, KeyedRandom, lots, SECOND, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Decays, DecayingSum } from '../src/flow/decays.ts';
import { Metaorders } from '../src/flow/metaorders.ts';
import { agedLifetimeTable, lifetimeTable } from '../src/flow/quantile-table.ts';
import { QueueReactive } from '../src/flow/queue-reactive.ts';
import { Regime } from '../src/flow/regime.ts';
import { branchingRatio } from '../src/flow/s2-parameters.ts';
import { S2_STYLES, s2For } from '../src/flow/s2-presets.ts';
import { SizeSource } from '../src/flow/size-source.ts';
import { Matcher } from '../src/matching/matcher.ts';
import { eventLog, NO_SINK } from './event-log.ts';

const BTC = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.00005' });
const BUSY = s2For({ price: 60_000, tickSize: 0.1 });

describe('the memory of S2', () => {
  test('a decaying sum equals the direct sum over all past events', () => {
    const halfLives = [0.001, 0.03, 1, 30];
    const weights = [3, 1, 0.2, 0.05];
    const decays = new Decays(halfLives);
    const sum = new DecayingSum(decays, weights);
    const random = new KeyedRandom(5, 'events');
    const past: { at: number; size: number }[] = [];
    let now = 0;
    for (let nth = 0; nth < 400; nth += 1) {
      // From microseconds to minutes, past the end of the tables.
      const wait = Math.floor(10 ** (8 * random.at(nth, 0)));
      now += wait;
      decays.set(wait);
      sum.decay();
      const direct = past.reduce(
        (total, { at, size }) =>
          total +
          size * halfLives.reduce((all, half, k) => all + (weights[k] ?? 0) * 2 ** (-(now - at) / SECOND / half), 0),
        0,
      );
      expect(Math.abs(sum.value - direct)).toBeLessThan(1e-9 * Math.max(1, Math.abs(direct)));
      const size = random.at(nth, 1) - 0.3;
      past.push({ at: now, size });
      sum.push(size);
    }
  });

  test('the regime is log-normal with mean 1, and remembers as its slowest factor does', () => {
    const logs: number[] = [];
    const values: number[] = [];
    for (let seed = 0; seed < 400; seed += 1) {
      const regime = new Regime(seed, 'X/USD', [{ seconds: 20, sd: 0.5 }]);
      const before = Math.log(regime.value) + 0.125;
      for (let second = 0; second < 20; second += 1) regime.step();
      logs.push(before * (Math.log(regime.value) + 0.125));
      values.push(regime.value);
    }
    const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
    expect(Math.abs(mean(values) - 1)).toBeLessThan(0.1);
    // Covariance after one relaxation time: sd² / e.
    expect(Math.abs(mean(logs) - 0.25 / Math.E)).toBeLessThan(0.035);
  });

  test('lengths of metaorders have the tail of their parameters, and the agents who buy are counted', () => {
    const metaorders = new Metaorders(3, 'X/USD', 3, { exponent: 1.5, shortest: 4, longest: 1_000 });
    const lengths: number[] = [];
    const random = new KeyedRandom(3, 'picks');
    for (let nth = 0; lengths.length < 5_000; nth += 1) {
      const side: Side = random.at(nth, 0) < metaorders.buyers / metaorders.size ? 'buy' : 'sell';
      const agent = metaorders.pick(side, random.at(nth, 1));
      expect(agent?.side).toBe(side);
      const ended = agent === undefined ? undefined : metaorders.sent(agent, lots(2));
      if (ended === undefined) continue;
      expect(ended.volume).toBe(2 * ended.sent);
      lengths.push(ended.sent);
    }
    expect(Math.min(...lengths)).toBe(4);
    // P(length ≥ 4 × shortest) = 4^−1.5 = 1/8
    expect(Math.abs(lengths.filter((length) => length >= 16).length / 5_000 - 1 / 8)).toBeLessThan(0.02);
    metaorders.lean(1);
    expect(metaorders.buyers).toBe(3);
    metaorders.lean(-1);
    expect(metaorders.buyers).toBe(0);
  });

  test('lifetimes by Newton’s method are those by bisection', () => {
    const [newton, bisection] = [
      agedLifetimeTable(0.03, [{ multiple: 12, seconds: 1.5 }]),
      lifetimeTable(0.03, 12, 1.5),
    ];
    for (let u = 0; u < 1; u += 0.01) expect(newton.at(u)).toBeCloseTo(bisection.at(u), 6);
  });
});

describe('sizes', () => {
  test('a share of limit sizes is worth 1, 2 or 5 times a power of ten of the quote currency', () => {
    const sizes = new SizeSource(BTC, { median: 0.02, sigma: 1.4 }, 0, 1);
    for (let u = 0.01; u < 1; u += 0.01) {
      const price = 601_237;
      const dollars = (sizes.at(u, 0.5, price) / 1e8) * (price / 10);
      const digit = dollars / 10 ** Math.floor(Math.log10(dollars * (1 + 1e-4)));
      expect(Math.min(...[1, 2, 5].map((round) => Math.abs(digit / round - 1)))).toBeLessThan(1e-3);
    }
  });

  test('near 2^53 lots they stay whole numbers that a level can hold many of', () => {
    const huge = instrument({ symbol: 'MEME/USD', pricePrecision: 8, qtyPrecision: 5 });
    const sizes = new SizeSource(huge, { median: 5e9, sigma: 4 }, 0.3, 0.3);
    for (let u = 0; u < 1; u += 0.001) {
      const size = sizes.at(u, u, 1_234);
      expect(Number.isSafeInteger(1_000 * size)).toBe(true);
      expect(size).toBeGreaterThan(0);
    }
  });
});

describe('the flow S2 as a whole', () => {
  test('a market is the same on every version of Node', () => {
    const { events, sink } = eventLog();
    const matcher = new Matcher(sink);
    const flow = new QueueReactive({ instrument: BTC, flow: BUSY, matcher, seed: 1, startPrice: ticks(600_000) });
    for (let step = 0; step < 5_000; step += 1) flow.step();
    expect(createHash('sha256').update(events.join('\n')).digest('hex')).toMatchInlineSnapshot(
      `"2ce80a0bc3ea0561fa90568eff7f34ce4c8c3d99089279d564e655bca87d2f6d"`,
    );
  });

  test('rates are those of the parameters where nothing clusters, leans or follows a regime', () => {
    const plain = {
      ...BUSY,
      regime: [],
      clustering: { ...BUSY.clustering, takerToTaker: 0, takerToMaker: 0, makerToTaker: 0, makerToMaker: 0 },
      response: { ...BUSY.response, limit: [1, 1, 1, 1, 1], market: [1, 1, 1, 1, 1] },
    } as const;
    const matcher = new Matcher(NO_SINK);
    const flow = new QueueReactive({ instrument: BTC, flow: plain, matcher, seed: 2, startPrice: ticks(600_000) });
    while (flow.nextAt < 1_000 * SECOND) flow.step();
    expect(Math.abs(flow.counts.limits / 1_000 / (2 * plain.limitRate) - 1)).toBeLessThan(0.03);
    expect(Math.abs(flow.counts.markets / 1_000 / (2 * plain.marketRate) - 1)).toBeLessThan(0.1);
  });

  test('clustering multiplies the events of makers by 1 / (1 − branching)', () => {
    const clustered = {
      ...BUSY,
      regime: [],
      marketRate: 0,
      clustering: { ...BUSY.clustering, makerToMaker: 0.5, halfLives: [0.001, 0.03, 0.3, 1] },
      response: { ...BUSY.response, limit: [1, 1, 1, 1, 1] },
    } as const;
    const matcher = new Matcher(NO_SINK);
    const flow = new QueueReactive({ instrument: BTC, flow: clustered, matcher, seed: 3, startPrice: ticks(600_000) });
    while (flow.nextAt < 1_000 * SECOND) flow.step();
    expect(Math.abs(flow.counts.limits / 1_000 / (2 * clustered.limitRate) / 2 - 1)).toBeLessThan(0.06);
  });

  test.each(S2_STYLES)('%s: events have 0.7 to 0.9 offspring on average, so they cluster and end', (style) => {
    const { clustering } = s2For({ price: 60_000, tickSize: 0.1 }, style);
    expect(branchingRatio(clustering)).toBeGreaterThan(0.7);
    expect(branchingRatio(clustering)).toBeLessThan(0.9);
  });

  test('drift leads the price to its side', () => {
    const after = (drift: number): number => {
      const matcher = new Matcher(NO_SINK);
      const flow = new QueueReactive({ instrument: BTC, flow: BUSY, matcher, seed: 6, startPrice: ticks(600_000) });
      flow.modulate({ drift });
      while (flow.nextAt < 300 * SECOND) flow.step();
      return matcher.best('buy') ?? Number.NaN;
    };
    expect(after(0.5)).toBeGreaterThan(after(0));
    expect(after(-0.5)).toBeLessThan(after(0));
  });

  test('cancels twenty times as fast empty the book, and afterwards it comes back', () => {
    const matcher = new Matcher(NO_SINK);
    const flow = new QueueReactive({ instrument: BTC, flow: BUSY, matcher, seed: 1, startPrice: ticks(600_000) });
    const lotsNear = (): number => matcher.volumeTo('buy', ticks((matcher.best('buy') ?? 0) - 1_000));
    const run = (until: number): void => {
      while (flow.nextAt < until * SECOND) flow.step();
    };
    run(60);
    const before = lotsNear();
    flow.modulate({ cancel: 20 });
    run(150);
    expect(lotsNear()).toBeLessThan(before / 3);
    flow.modulate({});
    run(600);
    expect(lotsNear()).toBeGreaterThan(before / 3);
  });

  test.each([
    ['limitRate', { limitRate: 0 }],
    ['cutShare', { cutShare: 1.2 }],
    ['agents', { agents: 1.5 }],
    ['branching ratio', { clustering: { ...BUSY.clustering, makerToMaker: 1 } }],
    ['feedback.weights', { feedback: { ...BUSY.feedback, weights: [1] } }],
  ] as const)('refuses a flow with a bad %s', (name, change) => {
    const make = (): unknown =>
      new QueueReactive({
        instrument: BTC,
        flow: { ...BUSY, ...change },
        matcher: new Matcher(NO_SINK),
        seed: 1,
        startPrice: ticks(600_000),
      });
    expect(make).toThrow(
      expect.objectContaining({ code: 'KB_SIM_BAD_OPTION', message: expect.stringContaining(name) }),
    );
  });
});
