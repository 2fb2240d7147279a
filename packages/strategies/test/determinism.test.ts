import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Probe, SkewedMarketMaker, StrategyError } from '../src/index.ts';
import type { Strategy } from '../src/index.ts';
import { BTC, Stage } from './harness.ts';

/** What can happen, as data, so that the same story can be told twice. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('quote'), by: fc.integer({ min: -400, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('time'), by: fc.integer({ min: 0, max: 1500 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('answer'), by: fc.integer({ min: 0, max: 100 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('refuse'), by: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('fill'), by: fc.integer({ min: 1, max: 400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('feed'), by: fc.integer({ min: 0, max: 1 }) }) },
);
type Step = { what: string; by: number };

function play(stage: Stage, { what, by }: Step): void {
  switch (what) {
    case 'quote': {
      const bid = 300_000 + by;
      stage.quote(50, (bid / 10).toFixed(1), ((bid + 2) / 10).toFixed(1));
      break;
    }
    case 'time':
      stage.timer(by);
      break;
    case 'answer':
      stage.acknowledge(by);
      break;
    case 'refuse': {
      const order = stage.orders[by];
      if (order?.state === 'pending') stage.rejected(order, 'post-only-would-take');
      else if (order?.state === 'amending') stage.amendRejected(order, 'rate-limit');
      break;
    }
    case 'fill': {
      const order = stage.orders[0];
      if (order !== undefined) stage.fill(order, Math.min(by, order.size - order.filled));
      break;
    }
    default:
      stage.feed(by === 0 ? 'live' : 'resyncing');
  }
}

describe.each([
  ['SkewedMarketMaker', (): Strategy => new SkewedMarketMaker({ symbol: BTC.symbol })],
  ['Probe', (): Strategy => new Probe({ symbol: BTC.symbol })],
])('%s', (_name, make) => {
  const story = fc.array(step, { maxLength: 60 });

  test('answers the same events with the same intents', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const [first, second] = [new Stage(make()), new Stage(make())];
        for (const each of steps) play(first, each);
        for (const each of steps) play(second, each);
        expect(second.said).toEqual(first.said);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  test('goes on from a snapshot as if it had never stopped', () => {
    fc.assert(
      fc.property(story, fc.nat({ max: 60 }), (steps, cut) => {
        const [straight, resumed] = [new Stage(make()), new Stage(make())];
        steps.forEach((each, index) => {
          if (index === cut) {
            const state: unknown = JSON.parse(JSON.stringify(resumed.strategy.snapshot()));
            resumed.strategy = make();
            resumed.strategy.restore(state);
          }
          play(straight, each);
          play(resumed, each);
        });
        expect(resumed.said).toEqual(straight.said);
        expect(resumed.strategy.snapshot()).toEqual(straight.strategy.snapshot());
      }),
      { seed: 8, numRuns: 150 },
    );
  });

  test('refuses a snapshot that is not its own', () => {
    for (const state of [undefined, null, 7, {}, { version: 99 }, { version: 1, held: 'a lot' }]) {
      expect(() => make().restore(state)).toThrow(StrategyError);
    }
  });
});

test('the maker never has two working orders on a side, and never more at stake than its cap', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const stage = new Stage(new SkewedMarketMaker({ symbol: BTC.symbol, orderSizeUsd: 200 }));
      for (const each of steps) {
        play(stage, each);
        for (const side of ['buy', 'sell'] as const) {
          const orders = stage.orders.filter((order) => order.side === side);
          expect(orders.length).toBeLessThanOrEqual(1);
          const open = orders.reduce((sum, order) => sum + order.size - order.filled, 0);
          const worst = ((side === 'buy' ? stage.position : -stage.position) + open) / 1e8;
          // 500 USD at the highest price of the story, and what the price can move between a fill and a cancel
          expect(open === 0 || worst * 29_960 <= 500 * 1.003).toBe(true);
        }
      }
    }),
    { seed: 9, numRuns: 200 },
  );
});
