import { createHash } from 'node:crypto';
import { instrument, micros, priceToTicks, SECOND } from '@kb/model';
import type { Instrument, Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { standardMarkets } from '../src/exchange/standard-markets.ts';
import { QueueReactive } from '../src/flow/queue-reactive.ts';
import { S2_STYLES, s2For } from '../src/flow/s2-presets.ts';
import type { S2Style } from '../src/flow/s2-presets.ts';
import { Matcher } from '../src/matching/matcher.ts';
import { eventLog, NO_SINK } from './event-log.ts';

interface Stage {
  readonly flow: QueueReactive;
  readonly matcher: Matcher;
  readonly pair: Instrument;
  readonly events: string[];
  run(seconds: number): void;
}

function stage(style: S2Style, { symbol = 'BTC/USD', seed = 1, logged = false } = {}): Stage {
  const [market] = standardMarkets([symbol], () => style);
  const pair = instrument(market!.instrument);
  const { events, sink } = eventLog();
  const matcher = new Matcher(logged ? sink : NO_SINK);
  const startPrice = priceToTicks(pair, market!.startPrice);
  const unit = 10 ** pair.pricePrecision;
  const flow = new QueueReactive({
    instrument: pair,
    flow: s2For({ price: startPrice / unit, tickSize: pair.tickSize / unit }, style),
    matcher,
    seed,
    startPrice,
  });
  let until = 0;
  return {
    flow,
    matcher,
    pair,
    events,
    run(seconds) {
      until += seconds * SECOND;
      while (flow.nextAt <= until) flow.step();
    },
  };
}

const eventsOf = ({ flow }: Stage): number =>
  Object.values(flow.counts).reduce((sum, count) => sum + count, 0) - flow.counts.refills;

describe('the flow S2', () => {
  test('the same seed makes the same market, another seed another', () => {
    const digests = [1, 1, 2].map((seed) => {
      const made = stage('busy', { seed, logged: true });
      made.run(60);
      return createHash('sha256').update(made.events.join('\n')).digest('hex');
    });
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  test.each([
    ['busy', 'BTC/USD', 40, 400],
    ['steady', 'ETH/USD', 20, 300],
    ['thin', 'ATOM/USD', 5, 60],
    ['meme', 'SHIB/USD', 20, 200],
    ['quiet', 'XRP/BTC', 3, 40],
  ] as const)(
    '%s: %s has %i to %i events a second, and its book is never crossed or empty',
    (style, symbol, low, high) => {
      const made = stage(style, { symbol });
      made.run(60);
      const before = eventsOf(made);
      for (let second = 0; second < 300; second += 1) {
        made.run(1);
        const [bid, ask] = [made.matcher.best('buy'), made.matcher.best('sell')];
        expect(bid).toBeDefined();
        expect(ask).toBeGreaterThan(bid!);
      }
      const rate = (eventsOf(made) - before) / 300;
      expect(rate).toBeGreaterThan(low);
      expect(rate).toBeLessThan(high);
    },
  );

  test.each(S2_STYLES)(
    '%s: prices and sizes are on the grid of the pair, down to 1e-8 and up to huge sizes',
    (style) => {
      const { matcher, pair, run } = stage(style, { symbol: 'SHIB/USD' });
      run(30);
      for (const side of ['buy', 'sell'] as const) {
        for (const { price, remaining } of ordersOf(matcher, side)) {
          expect(price % pair.tickSize).toBe(0);
          expect(remaining % pair.lotSize).toBe(0);
          expect(Number.isSafeInteger(remaining)).toBe(true);
        }
      }
    },
  );

  test('takers come in runs of one side, longer than chance has it', () => {
    const signs: number[] = [];
    const [market] = standardMarkets(['BTC/USD'], () => 'busy');
    const pair = instrument(market!.instrument);
    let last = 0;
    const matcher = new Matcher({
      ...NO_SINK,
      onTrade: (_id, _maker, taker, side) => {
        if (taker !== last) signs.push(side === 'buy' ? 1 : -1);
        last = taker;
      },
    });
    const flow = new QueueReactive({
      instrument: pair,
      flow: s2For({ price: 60_000, tickSize: 0.1 }),
      matcher,
      seed: 4,
      startPrice: priceToTicks(pair, '60000.0'),
    });
    while (flow.nextAt <= 1800 * SECOND) flow.step();
    const same = signs.slice(1).filter((sign, index) => sign === signs[index]).length / (signs.length - 1);
    expect(signs.length).toBeGreaterThan(200);
    expect(same).toBeGreaterThan(0.55);
  });

  test('modulation multiplies rates from then on', () => {
    const [plain, halted] = [stage('busy'), stage('busy')];
    plain.run(60);
    halted.run(60);
    halted.flow.modulate({ limit: 0, market: 0 });
    halted.run(1); // what was due when it was told still comes
    const before = { ...halted.flow.counts };
    plain.run(61);
    halted.run(60);
    expect(halted.flow.counts.markets).toBe(before.markets);
    expect(halted.flow.counts.limits).toBe(before.limits);
    expect(plain.flow.counts.limits).toBeGreaterThan(before.limits);
    expect(() => halted.flow.modulate({ drift: 2 })).toThrow('drift');
  });

  test('a side that others have emptied is filled up again', () => {
    const { matcher, run } = stage('quiet');
    run(10);
    const volume = matcher.volumeTo('sell', matcher.worst('sell')!);
    matcher.limit(matcher.newOrderId(), 'buy', matcher.worst('sell')!, volume, 'ioc');
    expect(matcher.levels('sell')).toBe(0);
    run(5);
    expect(matcher.levels('sell')).toBeGreaterThan(5);
  });
});

function ordersOf(matcher: Matcher, side: Side): ReturnType<Matcher['queue']> {
  const found: ReturnType<Matcher['queue']>[number][] = [];
  matcher.walk(side, (price) => found.push(...matcher.queue(side, price)) > 0);
  return found;
}

test('time only goes on', () => {
  const { flow } = stage('busy');
  let last = micros(0);
  for (let step = 0; step < 5000; step += 1) {
    expect(flow.nextAt).toBeGreaterThanOrEqual(last);
    last = flow.nextAt;
    flow.step();
  }
});
