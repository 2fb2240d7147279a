import { FeedCore } from '@kb/feed';
import { instrument } from '@kb/model';
import type { FillReport, QueueModelId, Side } from '@kb/model';
import { Ledger } from '@kb/portfolio';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BestSum, MAX_BENDS, worth } from '../src/bracket/best-sum.ts';
import type { Outcome } from '../src/bracket/best-sum.ts';
import { MAX_OPEN, OrderBracket } from '../src/bracket/order-bracket.ts';
import type { Range } from '../src/bracket/order-bracket.ts';
import { PaperSession } from '../src/index.ts';
import { queueModels } from '../src/session-config.ts';
import { Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';
import { fillOf } from './support/stage.ts';

const PAIR = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 2 });
const MODELS: readonly QueueModelId[] = ['central', 'risk-averse', 'uniform'];

interface Told {
  readonly model: QueueModelId;
  readonly order: number;
  readonly side: Side;
  readonly price: number;
  readonly size: number;
  readonly fee: string;
  readonly feeAsset: 'USD' | 'BTC';
}

function fillFrom({ model, order, side, price, size, fee, feeAsset }: Told, index: number): FillReport {
  const fill = fillOf('BTC/USD', side, size, price, `order ${order}`);
  return { ...fill, fillId: `${model} ${index}`, fee, feeAsset };
}

function bracketOf(told: readonly Told[]): OrderBracket {
  const bracket = new OrderBracket([PAIR], MODELS);
  for (const [index, each] of told.entries()) bracket.apply(each.model, fillFrom(each, index));
  return bracket;
}

/** What a model made of some fills with a whole account, by the ledger that strategies' P&L comes from. */
function netOf(told: readonly Told[], model: QueueModelId, mid: number): Decimal {
  const ledger = new Ledger({ instruments: [PAIR], balances: { USD: '0', BTC: '0' }, reporting: 'USD' });
  const marks = { 'BTC/USD': new Decimal(mid).div(10) };
  ledger.open(marks);
  for (const [index, each] of told.entries()) if (each.model === model) ledger.apply(fillFrom(each, index));
  const pnl = ledger.pnl(marks);
  return new Decimal(pnl?.trading.minus(pnl.fees).toFixed() ?? Number.NaN);
}

function textsOf(range: Range | undefined): (string | undefined)[] {
  return [range?.low.toFixed(), range?.high.toFixed()];
}

/** The definition: each order by itself under each model, the worst and the best of them, summed. */
function orderByOrder(told: readonly Told[], mid: number): Range {
  let [low, high] = [new Decimal(0), new Decimal(0)];
  for (const order of new Set(told.map((each) => each.order))) {
    const fills = told.filter((each) => each.order === order);
    const nets = MODELS.map((model) => netOf(fills, model, mid));
    low = low.plus(Decimal.min(...nets));
    high = high.plus(Decimal.max(...nets));
  }
  return { low, high };
}

const half = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low * 2, max: high * 2 }).map((count) => count / 2);

function toldOf(orders: number): fc.Arbitrary<Told> {
  return fc.record({
    model: fc.constantFrom(...MODELS),
    order: fc.integer({ min: 1, max: orders }),
    side: fc.constantFrom<Side>('buy', 'sell'),
    price: fc.integer({ min: 900, max: 1_100 }),
    size: fc.integer({ min: 1, max: 500 }),
    fee: fc.constantFrom('0', '0.0000000001', '0.0425', '1.23', '-0.01'),
    feeAsset: fc.constantFrom('USD', 'USD', 'BTC'),
  });
}

describe('the bracket of a run', () => {
  const one = { order: 1, side: 'buy', price: 1_000, size: 100, fee: '0.25', feeAsset: 'USD' } as const;

  test('lies between an order that one model filled and another did not', () => {
    const bracket = bracketOf([{ ...one, model: 'central' }]);
    const at = (mid: number): (string | undefined)[] => textsOf(bracket.at(() => mid));
    expect(at(990)).toEqual(['-1.25', '0']);
    expect(at(1_000)).toEqual(['-0.25', '0']);
    expect(at(1_000.5)).toEqual(['-0.2', '0']);
    expect(at(1_010)).toEqual(['0', '0.75']);
  });

  test('has no width where all models agree, and none before anything was filled', () => {
    const bracket = bracketOf(MODELS.map((model) => ({ ...one, model })));
    expect(textsOf(bracket.at(() => 1_010))).toEqual(['0.75', '0.75']);
    expect(textsOf(bracketOf([]).at(() => undefined))).toEqual(['0', '0']);
    expect(bracket.at(() => undefined)).toBeUndefined();
  });

  test('knows nothing of models and pairs that were not named', () => {
    const bracket = bracketOf([{ ...one, model: 'trade-only' }]);
    bracket.apply('central', fillOf('ETH/USD', 'buy', 1, 1, 'other'));
    expect(textsOf(bracket.at(() => 1_010))).toEqual(['0', '0']);
  });

  test('keeps an order on which models differ, however many there are on which they agree', () => {
    const agreed = Array.from({ length: 2 * MAX_OPEN }, (_, index) =>
      MODELS.map((model) => ({ ...one, order: index + 2, model })),
    ).flat();
    const [first, ...others] = MODELS.map((model) => ({ ...one, model }));
    const told = first === undefined ? [] : [first, ...agreed, ...others];
    const [low, high] = textsOf(bracketOf(told).at(() => 1_010));
    expect(low).toBe(high);
  });

  test('keeps no more orders than its limit: the oldest is folded, and counts as another one when it fills again', () => {
    const [first, ...others] = MODELS.map((model) => ({ ...one, model }));
    const open = Array.from({ length: MAX_OPEN }, (_, index) => ({ ...first!, order: index + 2, fee: '0', size: 1 }));
    const width = (told: readonly Told[]): number => {
      const range = bracketOf(told).at(() => 1_010);
      return range === undefined ? Number.NaN : range.high.minus(range.low).toNumber();
    };
    const kept = open.slice(1);
    expect(width([first!, ...kept, ...others])).toBeCloseTo(width(kept), 9);
    expect(width([first!, ...open, ...others])).toBeGreaterThan(width(open) + 0.1);
  });

  test('is the sum of each order at its worst and at its best, at every mark', () => {
    fc.assert(
      fc.property(fc.array(toldOf(8), { maxLength: 30, size: 'max' }), half(800, 1_200), (told, mid) => {
        expect(textsOf(bracketOf(told).at(() => mid))).toEqual(textsOf(orderByOrder(told, mid)));
      }),
      { numRuns: 60 },
    );
  });

  test('holds what every model made, however many orders there were and however often they filled again', () => {
    fc.assert(
      fc.property(
        fc.array(toldOf(3 * MAX_OPEN), { minLength: 2_000, maxLength: 2_000, size: 'max' }),
        half(800, 1_200),
        (told, mid) => {
          const range = bracketOf(told).at(() => mid);
          const nets = MODELS.map((model) => netOf(told, model, mid));
          for (const net of nets) {
            expect(range?.low.lte(net)).toBe(true);
            expect(range?.high.gte(net)).toBe(true);
          }
        },
      ),
      { numRuns: 3 },
    );
  });
});

describe('a sum of best outcomes', () => {
  const outcomes = fc.array(
    fc.record({
      cash: fc.bigInt({ min: -2_000_000n, max: 2_000_000n }),
      held: fc.bigInt({ min: -1_000n, max: 1_000n }),
    }),
    { minLength: 1, maxLength: 7, size: 'max' },
  );
  const marks = fc.integer({ min: 0, max: 10_000 });

  function plainSum(choices: readonly (readonly Outcome[])[], mark: number): bigint {
    return choices
      .map((choice) => choice.map((each) => worth(each, mark)).reduce((best, each) => (each > best ? each : best)))
      .reduce((sum, each) => sum + each, 0n);
  }

  test('is exact at every whole mark, those next to a bend too', () => {
    const near = fc.array(
      fc.record({ cash: fc.bigInt({ min: -200n, max: 200n }), held: fc.bigInt({ min: -9n, max: 9n }) }),
      { minLength: 1, maxLength: 7, size: 'max' },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(outcomes, near), { maxLength: 12, size: 'max' }), marks, (choices, mark) => {
        const sum = new BestSum();
        for (const choice of choices) sum.add(choice);
        const all = [mark, ...Array.from({ length: 60 }, (_, each) => each)];
        expect(all.map((each) => sum.at(each))).toEqual(all.map((each) => plainSum(choices, each)));
      }),
    );
  });

  test('keeps a limited number of bends, and is then hardly more and never less', () => {
    const sum = new BestSum();
    const choices: Outcome[][] = [];
    for (let index = 0; index < 20_000; index += 1) {
      const price = BigInt(100_000 + ((index * 7_919) % 8_000));
      const size = BigInt(1 + (index % 37));
      const choice = [
        { cash: 0n, held: 0n },
        { cash: -price * size - 1n, held: size },
      ];
      choices.push(choice);
      sum.add(choice);
    }
    expect(sum.bends).toBeLessThanOrEqual(MAX_BENDS);
    const traded = choices.reduce((sum, [, bought]) => sum - (bought?.cash ?? 0n), 0n);
    let greatest = 0;
    for (let mark = 99_500; mark < 109_000; mark += 97) {
      const [found, exact] = [sum.at(mark), plainSum(choices, mark)];
      expect(found >= exact).toBe(true);
      greatest = Math.max(greatest, Number(found - exact) / Number(traded));
    }
    expect(greatest).toBeLessThan(2e-6); // two hundredths of a basis point of what was traded
    expect(greatest).toBeGreaterThan(0);
  });
});

describe('the P&L of a paper run', () => {
  test.each(['three', 'all'] as const)('is bracketed by what every model of %s made of each order', (models) => {
    const config = makerConfig({ models });
    const output = new Outputs();
    const core: FeedCore = new FeedCore({
      symbols: config.symbols,
      depth: config.depth,
      onEvent: (event) => session.onEvent(event),
    });
    const session = new PaperSession(config, core.market, output);
    for (const input of new Market({ seed: 4 }).inputs(2_000)) if (input.type === 'frame') core.handle(input);
    const { pnl } = session.finish();
    const [sol] = config.symbols.map((symbol) => core.market.instrument(symbol));
    const marks = session.engine?.marks.asDecimals() ?? {};
    const madeOf = (fills: readonly FillReport[]): Decimal => {
      const ledger = new Ledger({ instruments: sol === undefined ? [] : [sol], balances: {}, reporting: 'USD' });
      ledger.open(marks);
      for (const fill of fills) ledger.apply(fill);
      const made = ledger.pnl(marks);
      return new Decimal(made?.trading.minus(made.fees).toFixed() ?? Number.NaN);
    };
    const byModel = queueModels(config).map((model) => fillsOf(output, model));
    const ids = new Set(byModel.flat().map(({ clientOrderId }) => clientOrderId));
    let [low, high] = [new Decimal(0), new Decimal(0)];
    for (const id of ids) {
      const nets = byModel.map((fills) => madeOf(fills.filter(({ clientOrderId }) => clientOrderId === id)));
      low = low.plus(Decimal.min(...nets));
      high = high.plus(Decimal.max(...nets));
    }
    expect([pnl?.low, pnl?.high]).toEqual([low.toFixed(), high.toFixed()]);

    const accounts = byModel.map(madeOf);
    expect(accounts).toHaveLength(models === 'three' ? 3 : 7);
    expect(accounts[0]?.toFixed()).toBe(pnl?.net);
    expect(accounts.every((net) => net.gte(low) && net.lte(high))).toBe(true);
    expect(low.lt(high)).toBe(true);
  });

  function fillsOf(output: Outputs, model: QueueModelId): readonly FillReport[] {
    const own = output.records('report').flatMap(({ report }) => (report.type === 'fill' ? [report] : []));
    const shadows = output.records('shadow-fill').filter((each) => each.model === model);
    return model === 'central' ? own : shadows.map(({ fill }) => fill);
  }
});
