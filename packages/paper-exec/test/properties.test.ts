import { countToDecimal, lots, ticks } from '@kb/model';
import type { FillReport, Lots, QueueModelId, Side } from '@kb/model';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUEUE_MODEL_IDS } from '../src/index.ts';
import type { PaperVenueOptions } from '../src/index.ts';
import { DEFAULTS, ms, PAIR, Scene } from './scene.ts';
import { STEPS_TIMEOUT, StepCount } from './step-count.ts';

type Step =
  | { readonly do: 'book'; readonly side: Side; readonly price: number; readonly size: number; readonly after: number }
  | { readonly do: 'print'; readonly taker: Side; readonly price: number; readonly size: number; readonly lag: number }
  | {
      readonly do: 'place';
      readonly side: Side;
      readonly price: number | undefined;
      readonly size: number;
      readonly ioc: boolean;
    }
  | { readonly do: 'amend'; readonly order: number; readonly price: number; readonly size: number }
  | { readonly do: 'cancel'; readonly order: number }
  | { readonly do: 'wait'; readonly after: number };

const side = fc.constantFrom<Side>('buy', 'sell');
const price = fc.integer({ min: 994, max: 1_006 });
const size = fc.integer({ min: 1, max: 20 });
const order = fc.integer({ min: 1, max: 8 });
const after = fc.constantFrom(0, 0, 1, 7, 30, 60);
const market: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('book' as const), side, price, size: fc.integer({ min: 0, max: 20 }), after }),
  fc.record({ do: fc.constant('book' as const), side, price, size, after }),
  fc.record({ do: fc.constant('print' as const), taker: side, price, size, lag: fc.constantFrom(0, 0, 3, 40) }),
  fc.record({ do: fc.constant('wait' as const), after }),
];
const limit = fc.record({ do: fc.constant('place' as const), side, price, size, ioc: fc.constant(false) });
const anyOrder = fc.record({
  do: fc.constant('place' as const),
  side,
  price: fc.option(price, { nil: undefined }),
  size,
  ioc: fc.boolean(),
});
const cancel = fc.record({ do: fc.constant('cancel' as const), order });
const changes: fc.Arbitrary<Step>[] = [fc.record({ do: fc.constant('amend' as const), order, price, size }), cancel];
const streamOf = (...steps: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof(...market, ...market, ...steps), { minLength: 5, maxLength: 80, size: 'max' });

/** The same cases in every run; what is counted is tried with a million steps by hand (`StepCount`). */
const SEEDED = { seed: 20_261_121, numRuns: 150 };

const asPrice = (count: number): string => countToDecimal(count, 1);

/** Plays a stream; a book change that would cross the book is left out, as no venue sends one. */
class Play {
  readonly scene: Scene;
  /** Size of each print, by trade id. */
  readonly prints = new Map<number, number>();
  readonly #levels: Record<Side, Map<number, number>> = { buy: new Map([[998, 10]]), sell: new Map([[1_002, 10]]) };
  #now = 1_000;

  constructor(options: Partial<PaperVenueOptions> = {}) {
    this.scene = new Scene({ latency: { feed: ms(1), entry: ms(4), ack: ms(2) }, ...options }, { depth: 100 });
    this.scene.book(this.#now, [['99.8', '1.0']], [['100.2', '1.0']]);
  }

  step(step: Step): this {
    const { scene } = this;
    if (step.do === 'wait') scene.wait((this.#now += step.after));
    else if (step.do === 'book') this.#book(step);
    else if (step.do === 'print') {
      scene.print(this.#now - step.lag, asPrice(step.price), asPrice(step.size), step.taker);
      this.prints.set(100 + this.prints.size + 1, step.size);
    } else if (step.do === 'place') {
      const limitPrice = step.price === undefined ? undefined : asPrice(step.price);
      scene.place(step.side, limitPrice, asPrice(step.size), { timeInForce: step.ioc ? 'ioc' : 'gtc' });
    } else if (step.do === 'amend') {
      scene.amend(`o${step.order}`, { price: asPrice(step.price), size: asPrice(step.size) });
    } else scene.cancel(`o${step.order}`);
    return this;
  }

  all(steps: readonly Step[]): this {
    for (const step of steps) this.step(step);
    this.scene.wait((this.#now += 200)).wait((this.#now += 200));
    return this;
  }

  displayed(of: Side, at: number): number {
    return this.#levels[of].get(at) ?? 0;
  }

  fills(): FillReport[] {
    return this.scene.reports.filter((report) => report.type === 'fill');
  }

  fillsOf(model: QueueModelId): FillReport[] {
    return this.scene.shadowFills.filter((shadow) => shadow.model === model).map(({ fill }) => fill);
  }

  #book(step: Step & { do: 'book' }): void {
    const facing = this.#levels[step.side === 'buy' ? 'sell' : 'buy'];
    const crosses = [...facing.keys()].some((other) =>
      step.side === 'buy' ? other <= step.price : other >= step.price,
    );
    if (crosses && step.size > 0) return;
    if (step.size === 0) this.#levels[step.side].delete(step.price);
    else this.#levels[step.side].set(step.price, step.size);
    const level = [[asPrice(step.price), asPrice(step.size)]] as const;
    this.scene.update((this.#now += step.after), step.side === 'buy' ? level : [], step.side === 'sell' ? level : []);
  }
}

const sum = (counts: readonly Lots[]): number => counts.reduce((total, count) => total + count, 0);

test('own fills on a print never exceed what traded past the queue, and share it', { timeout: STEPS_TIMEOUT }, () => {
  const count = new StepCount(SEEDED.numRuns, 40);
  fc.assert(
    fc.property(streamOf(limit, anyOrder, ...changes), (steps) => {
      count.add(steps);
      const play = new Play({ models: QUEUE_MODEL_IDS, follow: 'risk-averse' }).all(steps);
      for (const model of QUEUE_MODEL_IDS) {
        const fills = model === 'risk-averse' ? play.fills() : play.fillsOf(model);
        for (const [tradeId, printed] of play.prints) {
          const own = fills.filter(({ evidence }) => evidence.tradeIds[0] === tradeId);
          expect(sum(own.map((fill) => fill.size))).toBeLessThanOrEqual(printed);
          // That somebody behind us was filled may prove that nobody had been ahead: then all of a print is ours.
          for (const fill of model === 'fingerprint' || model === 'central' ? [] : own) {
            const ahead = fill.rule === 'F5' ? (fill.ahead[model] ?? 0) : 0;
            // Less than one lot more: a fraction that the sweep's earlier print left over.
            expect(fill.size).toBeLessThan(printed - ahead + 1);
          }
        }
      }
    }),
    { ...SEEDED, numRuns: count.numRuns },
  );
  count.check();
});

test('an order never fills more than its size, and each fill says what is left', () => {
  fc.assert(
    fc.property(streamOf(limit, anyOrder, cancel), (steps) => {
      const play = new Play({ models: QUEUE_MODEL_IDS, follow: 'central' }).all(steps);
      for (const fills of [play.fills(), ...QUEUE_MODEL_IDS.map((model) => play.fillsOf(model))]) {
        for (const id of new Set(fills.map(({ clientOrderId }) => clientOrderId))) {
          const placed = steps.filter((step) => step.do === 'place')[Number(id.slice(1)) - 1]!;
          let left = placed.size;
          for (const fill of fills) {
            if (fill.clientOrderId !== id) continue;
            left -= fill.size;
            expect(fill.remaining).toBe(left);
            expect(fill.size).toBeGreaterThan(0);
          }
          expect(left).toBeGreaterThanOrEqual(0);
        }
      }
    }),
    SEEDED,
  );
});

test('nobody has a negative queue ahead, nor more than is displayed once prints and book are paired', () => {
  fc.assert(
    fc.property(streamOf(limit, ...changes), (steps) => {
      const play = new Play({ models: QUEUE_MODEL_IDS, follow: 'central' });
      const ids = Array.from({ length: 12 }, (_, index) => `o${index + 1}`);
      for (const step of steps) {
        play.step(step);
        for (const id of ids) {
          for (const { ahead } of play.scene.venue.queue(id)) expect(ahead ?? 0).toBeGreaterThanOrEqual(0);
        }
      }
      play.all([]);
      const resting = new Map<string, { side: Side; price: number }>();
      for (const report of play.scene.reports) {
        if (report.type === 'accepted') {
          resting.set(report.clientOrderId, { side: report.side, price: report.price ?? 0 });
        } else if (report.type === 'amended') {
          resting.set(report.clientOrderId, { ...resting.get(report.clientOrderId)!, price: report.price ?? 0 });
        }
      }
      for (const [id, { side: of, price: at }] of resting) {
        for (const { ahead, model } of play.scene.venue.queue(id)) {
          if (model === 'trade-only') continue; // it does not see what is displayed
          expect(ahead ?? 0).toBeLessThanOrEqual(play.displayed(of, at) + 1e-9);
        }
      }
    }),
    SEEDED,
  );
});

test(
  'money is conserved: balances are the start plus fills less fees, to the last digit',
  { timeout: STEPS_TIMEOUT },
  () => {
    const count = new StepCount(SEEDED.numRuns, 40);
    fc.assert(
      fc.property(streamOf(limit, anyOrder, ...changes), (steps) => {
        count.add(steps);
        const play = new Play({ fees: { maker: '-0.00013', taker: '0.00377' } }).all(steps);
        const Exact = Decimal.clone({ precision: 60 });
        let base = new Exact(DEFAULTS.balances['BTC']!);
        let quote = new Exact(DEFAULTS.balances['USD']!);
        for (const fill of play.fills()) {
          const signed = new Exact(fill.size).div(10).times(fill.side === 'buy' ? 1 : -1);
          base = base.plus(signed);
          quote = quote.minus(signed.times(new Exact(fill.price).div(10))).minus(fill.fee);
        }
        expect(play.scene.venue.balances()).toEqual({ BTC: base.toFixed(), USD: quote.toFixed() });
        const ids = Array.from({ length: 80 }, (_, index) => `o${index + 1}`);
        for (const id of ids) play.scene.cancel(id);
        play.all([]);
        expect(play.scene.venue.free('USD')).toBe(quote.toFixed());
        expect(play.scene.venue.free('BTC')).toBe(base.toFixed());
      }),
      { ...SEEDED, numRuns: count.numRuns },
    );
    count.check();
  },
);

test('the same events and commands give the same reports', () => {
  fc.assert(
    fc.property(streamOf(limit, anyOrder, ...changes), (steps) => {
      const all = { models: QUEUE_MODEL_IDS, follow: 'central' } as const;
      const [one, two] = [new Play(all).all(steps), new Play(all).all(steps)];
      expect(one.scene.reports).toEqual(two.scene.reports);
      expect(one.scene.shadowFills).toEqual(two.scene.shadowFills);
    }),
    SEEDED,
  );
});

test('uniform is never behind risk-averse on an order', () => {
  // Own orders on one side only: where own orders meet, self-trade prevention may stop the model that got further.
  const buys = fc.record({
    do: fc.constant('place' as const),
    side: fc.constant<Side>('buy'),
    price,
    size,
    ioc: fc.boolean(),
  });
  fc.assert(
    fc.property(streamOf(buys, ...changes), (steps) => {
      const play = new Play();
      const filled = { 'risk-averse': new Map<string, number>(), uniform: new Map<string, number>() };
      for (const step of [...steps, { do: 'wait', after: 200 } as const]) {
        play.step(step);
        for (const [model, fills] of [
          ['risk-averse', play.fills()],
          ['uniform', play.fillsOf('uniform')],
        ] as const) {
          filled[model].clear();
          for (const { clientOrderId, size: part } of fills) {
            filled[model].set(clientOrderId, (filled[model].get(clientOrderId) ?? 0) + part);
          }
        }
        for (const [id, count] of filled['risk-averse']) {
          expect(filled.uniform.get(id) ?? 0).toBeGreaterThanOrEqual(count);
        }
      }
    }),
    SEEDED,
  );
});

const INFERRING = ['fingerprint', 'central', 'age-hazard'] as const;

test.each([
  ...(['uniform', 'power-blend', 'trade-only'] as const).map((model) => ({ model, beside: 'risk-averse' as const })),
  ...INFERRING.map((model) => ({ model, beside: 'risk-averse' as const })),
])('$model fills the same whether it is followed, shadowed or alone', ({ model, beside }) => {
  fc.assert(
    fc.property(streamOf(limit), (steps) => {
      const plain = (fill: FillReport): unknown[] => [
        fill.clientOrderId,
        fill.venueTs,
        fill.price,
        fill.size,
        fill.rule,
      ];
      const models = [beside, model] as const;
      const shadowed = new Play({ models, follow: beside }).all(steps).fillsOf(model).map(plain);
      const followed = new Play({ models, follow: model }).all(steps).fills().map(plain);
      const alone = new Play({ models: [model], follow: model }).all(steps).fills().map(plain);
      expect(followed).toEqual(shadowed);
      expect(alone).toEqual(shadowed);
    }),
    SEEDED,
  );
});

test('prices and sizes near 2^53 steps stay exact', () => {
  const huge = 9_007_199_254_740_990;
  const scene = new Scene(
    { balances: { BTC: '0', USD: '1e40' } },
    { pair: { ...PAIR, pricePrecision: 0, qtyPrecision: 0 } },
  );
  scene.book(1_000, [['1', '1']], [[String(huge), String(huge)]]);
  scene.place('buy', undefined, '1', { size: lots(huge) });
  scene.wait(1_100);
  expect(scene.reports.at(-1)).toMatchObject({ price: ticks(huge), size: huge, remaining: 0 });
  const cost = BigInt(huge) * BigInt(huge);
  expect(scene.reports.at(-1)).toMatchObject({ fee: `${(cost * 4n) / 1_000n}.4` });
  expect(scene.venue.balances()['BTC']).toBe(String(huge));
});
