import { createHash } from 'node:crypto';
import { instrument, SECOND, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FLOW_PRESETS, Matcher, ZeroIntelligence } from '../src/index.ts';
import type { FlowParameters, FlowPreset } from '../src/index.ts';
import { TimerHeap } from '../src/flow/timer-heap.ts';
import { eventLog, NO_SINK } from './event-log.ts';

const BTC = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001' });
const MINUTE = 60 * SECOND;

describe('ZeroIntelligence', () => {
  // Pilot table of the parameter reference: events and market orders a second, mean spread in ticks.
  test.each([
    ['pilot-a', 33, 1.9, 1.5],
    ['pilot-b', 30, 0.73, 1.0],
    ['pilot-c', 34, 1.1, 1.3],
    ['pilot-d', 175, 5.6, 1.6],
  ] as const)(
    '%s has about the event rate, market orders and spread of its table',
    (preset, events, markets, spread) => {
      const found = simulate(preset, 5, 30 * MINUTE);
      expect(found.eventsPerSecond / events).toBeGreaterThan(0.75);
      expect(found.eventsPerSecond / events).toBeLessThan(1.25);
      expect(found.marketsPerSecond / markets).toBeGreaterThan(0.8);
      expect(found.marketsPerSecond / markets).toBeLessThan(1.2);
      expect(found.meanSpread).toBeGreaterThan(0.8 * spread);
      expect(found.meanSpread).toBeLessThan(1.8 * spread);
    },
  );

  test.each([1, 2, 3, 4])('the demo market of seed %i moves at least 1 bp per √s at each horizon', (seed) => {
    const found = simulate('demo', seed, 60 * MINUTE);
    for (const horizon of [1, 10, 60]) expect(volatility(found.mids, horizon)).toBeGreaterThan(1);
    expect(volatility(found.mids, 60)).toBeLessThan(3);
  });

  test('takers of the demo market reach 26 bp from the mid on both sides several times a minute', () => {
    const found = simulate('demo', 1, 30 * MINUTE);
    expect(found.reached26Above / 30).toBeGreaterThan(4);
    expect(found.reached26Below / 30).toBeGreaterThan(4);
  });

  test.each(Object.keys(FLOW_PRESETS) as FlowPreset[])('%s is never crossed and never thin', (preset) => {
    const { minLevels } = FLOW_PRESETS[preset];
    const { matcher, flow } = market(FLOW_PRESETS[preset], 9);
    while (flow.nextAt < 5 * MINUTE) {
      flow.step();
      expect(matcher.best('buy')!).toBeLessThan(matcher.best('sell')!);
      expect(Math.min(matcher.levels('buy'), matcher.levels('sell'))).toBeGreaterThanOrEqual(minLevels);
    }
    expect(minLevels).toBeGreaterThanOrEqual(25);
  });

  test('the same seed makes the same market, another seed another one', () => {
    const run = (seed: number): string => {
      const { events, flow } = market(FLOW_PRESETS.demo, seed);
      while (flow.nextAt < MINUTE) flow.step();
      return createHash('sha256').update(events.join('\n')).digest('hex');
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });

  test('a market is the same on every version of Node', () => {
    const { events, flow } = market(FLOW_PRESETS['pilot-a'], 1);
    for (let step = 0; step < 5000; step += 1) flow.step();
    expect(createHash('sha256').update(events.join('\n')).digest('hex')).toMatchInlineSnapshot(
      `"2e2e197278ced5ad70f1c66ff02e57a6793326ebbb8291b47cdad3308aef95a5"`,
    );
  });

  test('younger orders are cancelled more readily, and cancels bring one percent of halves', () => {
    const found = simulate('pilot-a', 3, 120 * MINUTE);
    const { partialCancels, cancels } = found.counts;
    expect(partialCancels / (cancels + partialCancels)).toBeCloseTo(0.01, 2);
    const young = found.lifetimes.filter((seconds) => seconds < 1).length / found.lifetimes.length;
    // Without the bias, 3 % of orders would be cancelled within a second; with it about 30 %.
    expect(young).toBeGreaterThan(0.2);
  });

  test('the signs of takers remember for long', () => {
    const { takerSigns } = simulate('pilot-c', 3, 240 * MINUTE);
    expect(correlation(takerSigns, 1)).toBeGreaterThan(0.4);
    expect(correlation(takerSigns, 10)).toBeGreaterThan(0.1);
  });

  test('orders keep to the grid, the lot size and the minimum of the instrument', () => {
    const coarse = instrument({
      symbol: 'X/USD',
      pricePrecision: 4,
      qtyPrecision: 3,
      tickSize: '0.0025',
      lotSize: '0.010',
      minQty: '0.015',
    });
    const flow = {
      ...FLOW_PRESETS.demo,
      limitSize: { median: 0.05, sigma: 1 },
      marketSize: { median: 0.05, sigma: 1 },
    };
    let smallest = Infinity;
    const matcher: Matcher = new Matcher({
      ...NO_SINK,
      onLevel: (_side, price) => expect(price % coarse.tickSize).toBe(0),
    });
    const generator = new ZeroIntelligence({
      instrument: coarse,
      flow,
      matcher,
      seed: 1,
      startPrice: ticks(1_000_000),
    });
    for (let step = 0; step < 3000; step += 1) {
      generator.step();
      matcher.walk('buy', (price) => {
        for (const order of matcher.queue('buy', price)) {
          expect(order.remaining % coarse.lotSize).toBe(0);
          smallest = Math.min(smallest, order.remaining);
        }
        return false;
      });
    }
    expect(smallest).toBeGreaterThanOrEqual(10);
  });

  test('a price near zero stops at the first tick instead of going below', () => {
    const cheap = instrument({ symbol: 'MEME/USD', pricePrecision: 8, qtyPrecision: 5 });
    const prices: number[] = [];
    const matcher = new Matcher({
      ...NO_SINK,
      onLevel: (_side, price) => prices.push(price),
    });
    const flow = { ...FLOW_PRESETS.demo, limitSize: { median: 5e9, sigma: 2 }, marketSize: { median: 5e9, sigma: 2 } };
    const generator = new ZeroIntelligence({ instrument: cheap, flow, matcher, seed: 1, startPrice: ticks(12) });
    for (let step = 0; step < 5000; step += 1) generator.step();
    expect(Math.min(...prices)).toBe(1);
  });

  test.each([
    ['limitRate', { limitRate: 0 }],
    ['distances', { distances: 1e9 }],
    ['sigma', { limitSize: { median: 1, sigma: Number.NaN } }],
    ['excitation.decaySeconds', { excitation: { jump: 1, decaySeconds: 0, cap: 1 } }],
    ['sweeps.rate', { sweeps: { rate: -1, meanReachBp: 1, maxReachBp: 1 } }],
  ] as const)('refuses a flow with a bad %s', (_name, change) => {
    expect(() => market({ ...FLOW_PRESETS.demo, ...change }, 1)).toThrow(
      expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }),
    );
  });
});

test('TimerHeap gives deadlines back in order of time, then of number', () => {
  const heap = new TimerHeap();
  const given = Array.from({ length: 3000 }, (_, id) => ({ time: (id * 7919) % 500, id }));
  for (const { time, id } of given) heap.push(time, id);
  const taken: { time: number; id: number }[] = [];
  while (heap.size > 0) {
    taken.push({ time: heap.nextTime, id: heap.nextId });
    heap.pop();
  }
  expect(taken).toEqual(given.toSorted((a, b) => a.time - b.time || a.id - b.id));
  expect(heap.nextTime).toBe(Infinity);
});

function market(
  flow: FlowParameters,
  seed: number,
): { matcher: Matcher; flow: ZeroIntelligence; events: readonly string[] } {
  const { events, sink } = eventLog();
  const matcher = new Matcher(sink);
  const generator = new ZeroIntelligence({ instrument: BTC, flow, matcher, seed, startPrice: ticks(600_000) });
  return { matcher, flow: generator, events };
}

/** Runs a preset and measures it, from the second minute on, once a second where it samples. */
function simulate(preset: FlowPreset, seed: number, duration: number) {
  const born = new Map<number, number>();
  const lifetimes: number[] = [];
  const takerSigns: number[] = [];
  let now = 0;
  let lastTaker = 0;
  let high = 0;
  let low = Infinity;
  const matcher = new Matcher({
    ...NO_SINK,
    onTrade: (_id, _maker, taker, side, price) => {
      if (taker !== lastTaker) takerSigns.push(side === 'buy' ? 1 : -1);
      lastTaker = taker;
      high = Math.max(high, price);
      low = Math.min(low, price);
    },
    onDone: (id, reason) => {
      if (reason === 'cancelled') lifetimes.push((now - (born.get(id) ?? now)) / SECOND);
    },
  });
  const newOrderId = matcher.newOrderId.bind(matcher);
  matcher.newOrderId = () => {
    const id = newOrderId();
    born.set(id, now);
    return id;
  };
  const flow = new ZeroIntelligence({
    instrument: BTC,
    flow: FLOW_PRESETS[preset],
    matcher,
    seed,
    startPrice: ticks(600_000),
  });
  const mids: number[] = [];
  let spreads = 0;
  let sample = MINUTE;
  let mid = 600_000;
  let reached26Above = 0;
  let reached26Below = 0;
  while (flow.nextAt < duration) {
    now = flow.nextAt;
    for (; sample <= now; sample += SECOND) {
      if (high > mid * 1.0026) reached26Above += 1;
      if (low < mid * 0.9974) reached26Below += 1;
      high = 0;
      low = Infinity;
      const [bid, ask] = [matcher.best('buy')!, matcher.best('sell')!];
      mid = (bid + ask) / 2;
      mids.push(mid);
      spreads += ask - bid;
    }
    flow.step();
  }
  const { limits, markets, cancels, partialCancels } = flow.counts;
  return {
    counts: flow.counts,
    eventsPerSecond: ((limits + markets + cancels + partialCancels) * SECOND) / duration,
    marketsPerSecond: (markets * SECOND) / duration,
    meanSpread: spreads / mids.length,
    mids,
    lifetimes,
    takerSigns,
    reached26Above,
    reached26Below,
  };
}

/** Basis points per √s over returns of so many seconds. */
function volatility(mids: readonly number[], horizon: number): number {
  let squares = 0;
  let count = 0;
  for (let at = horizon; at < mids.length; at += horizon) {
    squares += ((mids[at]! / mids[at - horizon]! - 1) * 10_000) ** 2;
    count += 1;
  }
  return Math.sqrt(squares / count / horizon);
}

function correlation(signs: readonly number[], lag: number): number {
  const mean = signs.reduce((sum, sign) => sum + sign, 0) / signs.length;
  let covariance = 0;
  for (let at = lag; at < signs.length; at += 1) covariance += (signs[at]! - mean) * (signs[at - lag]! - mean);
  const variance = signs.reduce((sum, sign) => sum + (sign - mean) ** 2, 0);
  return covariance / variance;
}
