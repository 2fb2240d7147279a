import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import { SignalBoard, StrategyError } from '../../src/index.ts';
import type { PendingPrediction, Signal } from '../../src/index.ts';

/** What one source says in each round, and what then happens. */
interface Market {
  readonly said: ReadonlyMap<string, readonly number[]>;
  readonly up: readonly boolean[];
}

const SECOND = 1_000;
const HORIZON = 5 * SECOND;
const ROUNDS = 8_000;
/** Rounds after which the edge moves from one source to the other. */
const REGIME = 2_000;

/** `early` and `late` are right in 70 of 100 rounds while the edge is theirs and in 50 otherwise; the noise always in 50. */
function driftingMarket(seed: number, edge: number): Market {
  const random = new KeyedRandom(seed, 'drifting edge');
  const up = Array.from({ length: ROUNDS }, (_, round) => random.at(round) < 0.5);
  const source = (draw: number, skilled: (round: number) => boolean): number[] =>
    up.map((rose, round) => {
      const right = random.at(round, draw) < (skilled(round) ? 0.5 + edge : 0.5);
      return right === rose ? 0.7 : 0.3;
    });
  const isEarly = (round: number): boolean => Math.floor(round / REGIME) % 2 === 0;
  return {
    up,
    said: new Map([
      ['early', source(1, isEarly)],
      ['late', source(2, (round) => !isEarly(round))],
      ['noise1', source(3, () => false)],
      ['noise2', source(4, () => false)],
      ['noise3', source(5, () => false)],
    ]),
  };
}

const signalOf = (source: string, round: number, p: number): Signal => ({
  source,
  family: source,
  version: '1',
  symbol: 'BTC/USD',
  ts: round * SECOND,
  horizonMs: HORIZON,
  validUntil: round * SECOND + HORIZON,
  p,
});

const newBoard = (market: Market): SignalBoard =>
  new SignalBoard({ symbol: 'BTC/USD', sources: [...market.said.keys()] });

/** One round: outcomes that are due, then what is said, then what the board makes of it. */
function play(board: SignalBoard, market: Market, round: number): number {
  const now = round * SECOND;
  board.resolve(now, ({ ts }) => market.up[ts / SECOND]);
  for (const [source, said] of market.said) board.hear(signalOf(source, round, said[round] ?? 0.5));
  return board.view(now).p;
}

function run(market: Market): { board: SignalBoard; stated: readonly number[] } {
  const board = newBoard(market);
  return { board, stated: market.up.map((_, round) => play(board, market, round)) };
}

const brier = (stated: readonly number[], up: readonly boolean[], from = 0): number => {
  const losses = up.map((rose, round) => ((stated[round] ?? 0.5) - (rose ? 1 : 0)) ** 2).slice(from);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
};

/** The best of all fixed weightings, in steps of an eighth, none for no view among them: chosen with hindsight on what it is judged by. */
function bestFixedBrier(market: Market, from: number): number {
  const all = [...market.said.values()];
  let best = Infinity;
  const search = (left: number, weights: readonly number[]): void => {
    if (weights.length < all.length) {
      for (let part = 0; part <= left; part += 1) search(left - part, [...weights, part / 8]);
      return;
    }
    const stated = market.up.map((_, round) =>
      all.reduce((sum, said, index) => sum + (weights[index] ?? 0) * ((said[round] ?? 0.5) - 0.5), 0.5),
    );
    best = Math.min(best, brier(stated, market.up, from));
  };
  search(8, []);
  return best;
}

test.each([1, 2, 3])(
  'where the edge drifts, the board beats the best fixed weighting of hindsight (seed %d)',
  (seed) => {
    const market = driftingMarket(seed, 0.2);
    const { stated } = run(market);
    const burnIn = 500;
    expect(brier(stated, market.up, burnIn)).toBeLessThan(bestFixedBrier(market, burnIn) - 0.001);
  },
);

test.each([1, 2, 3])('sources of noise end muted, the one with the edge heard (seed %d)', (seed) => {
  const market = driftingMarket(seed, 0.2);
  const { board } = run(market);
  expect(board.standing('late')?.muted).toBe(false);
  expect(board.standing('late')?.skill).toBeGreaterThan(0.1);
  expect(board.standing('late')?.weight).toBeGreaterThan(0.4); // of five that began with 0.2
  expect(board.standing('noise1')?.weight).toBeLessThan(0.15);
  const { pooled, muted } = board.view((ROUNDS - 1) * SECOND);
  expect(muted.filter((source) => source.startsWith('noise'))).toHaveLength(3);
  expect(pooled?.contributions.at(0)?.source).toBe('late');
});

test.each([1, 2, 3, 4])(
  'on pure noise it mostly has no view, seldom a weak one, and never one of 0.6 (seed %d)',
  (seed) => {
    const { stated } = run(driftingMarket(seed, 0));
    const shareBeyond = (edge: number): number => stated.filter((p) => Math.abs(p - 0.5) > edge).length / stated.length;
    expect(shareBeyond(0)).toBeLessThan(0.35);
    expect(shareBeyond(0.05)).toBeLessThan(0.1);
    expect(shareBeyond(0.1)).toBe(0);
  },
);

test('a future that is cut off changes nothing that was said before', () => {
  const market = driftingMarket(1, 0.2);
  const whole = run(market).stated.slice(0, 1_000);
  const cut = { ...market, up: market.up.slice(0, 1_000) };
  expect(run(cut).stated).toEqual(whole);
  const otherwise = { ...market, up: market.up.map((rose, round) => (round < 1_000 ? rose : !rose)) };
  expect(run(otherwise).stated.slice(0, 1_005)).toEqual(run(market).stated.slice(0, 1_005));
});

test('restored in mid-run from JSON it goes on as if nothing had happened', () => {
  const market = driftingMarket(2, 0.2);
  const whole = newBoard(market);
  let resumed = newBoard(market);
  for (let round = 0; round < 900; round += 1) {
    if (round % 137 === 0) {
      const state: unknown = JSON.parse(JSON.stringify(resumed.snapshot()));
      resumed = newBoard(market);
      resumed.restore(state);
    }
    expect(play(resumed, market, round)).toBe(play(whole, market, round));
  }
  expect(resumed.snapshot()).toEqual(whole.snapshot());
});

test('predictions are scored when due, those due together by the time they were made', () => {
  const board = new SignalBoard({ symbol: 'BTC/USD', sources: ['a', 'b'], maxPending: 3 });
  const seen: PendingPrediction[] = [];
  const see = (prediction: PendingPrediction): undefined => void seen.push(prediction);
  board.hear({ ...signalOf('b', 2, 0.6), horizonMs: 3 * SECOND });
  board.hear(signalOf('a', 0, 0.7));
  board.hear(signalOf('a', 1, 0.8));
  board.hear(signalOf('a', 3, 0.9)); // one too many
  board.resolve(5 * SECOND - 1, see);
  expect(seen).toEqual([]);
  board.resolve(5 * SECOND, see);
  expect(seen.map(({ source, ts, raw }) => [source, ts, raw])).toEqual([
    ['a', 0, 0.7],
    ['b', 2 * SECOND, 0.6],
  ]);
  expect(board.pending).toHaveLength(1);
  expect(board.unscored).toBe(3);
});

test('without a word there is no view, and a source that abstains takes its word back', () => {
  const board = new SignalBoard({ symbol: 'BTC/USD', sources: ['a'] });
  expect(board.view(0)).toEqual({ p: 0.5, pooled: undefined, muted: [], reason: 'NO_EDGE' });
  board.hear(signalOf('a', 1, 0.7));
  expect(board.view(SECOND).reason).toBeUndefined();
  board.hear({ ...signalOf('a', 2, 0.7), abstain: true });
  expect(board.view(2 * SECOND).reason).toBe('NO_EDGE');
  expect(board.pending).toHaveLength(1);
});

test('strangers, other symbols and older signals are refused', () => {
  const board = new SignalBoard({ symbol: 'BTC/USD', sources: ['a'] });
  board.hear(signalOf('a', 2, 0.7));
  expect(() => board.hear(signalOf('a', 1, 0.7))).toThrow(/2000 or later/);
  expect(() => board.hear(signalOf('x', 3, 0.7))).toThrow(StrategyError);
  expect(() => board.hear({ ...signalOf('a', 3, 0.7), symbol: 'ETH/USD' })).toThrow(/expected BTC\/USD/);
  expect(board.standing('x')).toBeUndefined();
});

test.each([
  undefined,
  {},
  { version: 1, unscored: 0, symbol: 'ETH/USD' },
  { version: 1, unscored: 0, symbol: 'BTC/USD' },
])('what is no snapshot of this board is refused: %j', (state) => {
  expect(() => new SignalBoard({ symbol: 'BTC/USD', sources: ['a'] }).restore(state)).toThrow(StrategyError);
});
