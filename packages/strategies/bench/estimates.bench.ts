/**
 * What the estimators of market making and flow cost per event. Hot: they run on every book message and print of a market,
 * in every mode; a strategy with all of them has two microseconds.
 */
import { micros } from '@kb/model';
import { FillIntensity, OnlineVolatility, OrderFlowImbalance, Vpin } from '@kb/strategies';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { FakeBook } from '../test/harness.ts';

const EVENTS = 100_000;
/** Time between two events, microseconds: a hundred a second. */
const APART = 10_000;

export const run: BenchRun = (options: BenchOptions): BenchRow[] => {
  const market = new Market();
  const times = interleave(
    {
      volatility: () => market.volatility(EVENTS),
      intensity: () => market.intensity(EVENTS),
      'flow, one rank': () => market.flow(EVENTS, market.oneRank),
      'flow, five ranks': () => market.flow(EVENTS, market.fiveRanks),
      vpin: () => market.toxicity(EVENTS),
    },
    EVENTS,
    options,
  );
  const row = (name: string, key: keyof typeof times): BenchRow => ({
    name,
    median: times[key],
    unit: 'ns/event',
    against: undefined,
    ratio: undefined,
  });
  return [
    row('volatility, a fair value', 'volatility'),
    row('fill intensity, a print', 'intensity'),
    row('order-flow imbalance, a book message', 'flow, one rank'),
    row('order-flow imbalance of five ranks, a book message', 'flow, five ranks'),
    row('VPIN, a print', 'vpin'),
  ];
};

/** Events that differ from each other in price and size, over a market of five ranks. */
class Market {
  readonly oneRank = new OrderFlowImbalance();
  readonly fiveRanks = new OrderFlowImbalance({ ranks: 5 });
  readonly #volatility = new OnlineVolatility({ tick: 0.1 });
  readonly #intensity = new FillIntensity({ tick: 0.1 });
  readonly #vpin = new Vpin({ bucketVolume: 100 });
  readonly #books = Array.from({ length: 7 }, (_, move) => bookAround(300_000 + move));
  #now = 1_000_000_000_000;

  volatility(events: number): number {
    for (let event = 0; event < events; event += 1) this.#volatility.update(this.#next(), 30_000 + (event % 7) / 10);
    return this.#volatility.samples;
  }

  intensity(events: number): number {
    this.#intensity.update(this.#next(), 30_000);
    for (let event = 0; event < events; event += 1) {
      const reach = (event % 13) / 10;
      this.#intensity.trade(
        this.#next(),
        event % 2 === 0 ? 'buy' : 'sell',
        30_000 + (event % 2 === 0 ? reach : -reach),
      );
    }
    return this.#intensity.fit?.decay ?? 0;
  }

  flow(events: number, imbalance: OrderFlowImbalance): number {
    for (let event = 0; event < events; event += 1) imbalance.update(this.#next(), this.#books[event % 7]!);
    return imbalance.flow ?? 0;
  }

  toxicity(events: number): number {
    for (let event = 0; event < events; event += 1) this.#vpin.trade(event % 3 === 0 ? 'sell' : 'buy', (event % 7) + 1);
    return this.#vpin.value ?? 0;
  }

  #next(): ReturnType<typeof micros> {
    this.#now += APART;
    return micros(this.#now);
  }
}

function bookAround(tick: number): FakeBook {
  const book = new FakeBook();
  const side = (step: number): (readonly [string, string])[] =>
    Array.from({ length: 5 }, (_, rank) => [
      ((tick + step * (rank + 1)) / 10).toFixed(1),
      String(rank + (tick % 5) + 1),
    ]);
  book.set(side(-1), side(1));
  return book;
}
