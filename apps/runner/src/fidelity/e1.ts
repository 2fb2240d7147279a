import { setImmediate } from 'node:timers/promises';
import { SECOND } from '@kb/model';
import { DRAWS, WINDOWS } from './e2.ts';
import type { ExperimentOptions } from './e2.ts';
import { CENTRAL } from './estimate/paper-models.ts';
import { dataSetReport } from './measure/data-set.ts';
import { quotedReport } from './measure/quoted.ts';
import { FORMAT } from './report/report.ts';
import type { DataSetReport, FidelityReport, QuotedReport, Scale } from './report/report.ts';
import { SIM_KINDS } from './source/sim-kinds.ts';
import type { SimKind } from './source/sim-kinds.ts';
import { SIM_PAIR, SimMarket } from './source/sim-market.ts';
import { PhantomTrial } from './trial/phantom-trial.ts';
import { TwinRun } from './trial/twin-run.ts';

/** Sizes of the real orders, as a share of what trades while they stand. */
export const SHARES = [0.01, 0.05, 0.1] as const;
/** The size of which most hours are looked at. */
const JUDGED = 0.05;

interface Plan {
  /** Seconds with phantoms in each kind of market. */
  readonly phantomSeconds: number;
  readonly perSecond: number;
  /** Kinds of markets with real orders, and in each of them by size: how many seeds with everything. */
  readonly quoted: readonly SimKind[];
  readonly seeds: Readonly<Record<(typeof SHARES)[number], number>>;
  /** Seeds of the middle size beyond those, with an unmerged book only: to tell whether brackets hold. */
  readonly more: Readonly<Record<SimKind, number>>;
  /** Length of the blocks whose profits are looked at, and how many each seed has. */
  readonly blockSeconds: number;
  readonly blocks: number;
}

const HOURLY = { quoted: SIM_KINDS, blockSeconds: 3_600 } as const;

const PLANS: Readonly<Record<Scale, Plan>> = {
  smoke: {
    phantomSeconds: 300,
    perSecond: 3,
    quoted: ['light'],
    seeds: { 0.01: 0, 0.05: 1, 0.1: 0 },
    more: { moving: 0, pinned: 0, light: 0, s2: 0 },
    blockSeconds: 600,
    blocks: 2,
  },
  small: {
    ...HOURLY,
    phantomSeconds: 3_600,
    perSecond: 2,
    seeds: { 0.01: 1, 0.05: 1, 0.1: 1 },
    more: { moving: 1, pinned: 1, light: 1, s2: 0 },
    blocks: 2,
  },
  // 205 hours with quotes of the judged size.
  full: {
    ...HOURLY,
    phantomSeconds: 7_200,
    perSecond: 2,
    seeds: { 0.01: 1, 0.05: 1, 0.1: 1 },
    more: { moving: 11, pinned: 11, light: 11, s2: 4 },
    blocks: 5,
  },
};

export interface E1Options extends ExperimentOptions {
  readonly markets: readonly SimKind[];
}

/** Experiment E1: simulated markets whose every order is known, with phantoms and with real orders. @returns `undefined` when it was stopped. */
export async function runE1(options: E1Options): Promise<FidelityReport | undefined> {
  const { seed, scale, markets } = options;
  const dataSets: DataSetReport[] = [];
  const quoted: QuotedReport[] = [];
  for (const kind of markets) {
    const dataSet = await runPhantoms(kind, options);
    if (dataSet === undefined) return undefined;
    dataSets.push(dataSet);
  }
  for (const kind of markets.filter((each) => PLANS[scale].quoted.includes(each))) {
    for (const share of SHARES) {
      if (PLANS[scale].seeds[share] === 0) continue;
      const report = await runQuotes(kind, share, options);
      if (report === undefined) return undefined;
      quoted.push(report);
    }
  }
  return { format: FORMAT, experiment: 'e1', seed, scale, dataSets, quoted };
}

async function runPhantoms(kind: SimKind, options: ExperimentOptions): Promise<DataSetReport | undefined> {
  const { seed, scale, clock, signal } = options;
  const { phantomSeconds, perSecond } = PLANS[scale];
  const trial = new PhantomTrial({
    pair: SIM_PAIR,
    windows: WINDOWS[scale],
    seed,
    perSecond,
    from: 60 * SECOND,
    start: 0,
  });
  options.progress(`e1: phantoms, ${kind}, ${phantomSeconds} s`);
  const began = clock();
  const market = new SimMarket({ kind, seed, onRow: (row) => trial.row(row) });
  let turns = 0;
  while (market.nextAt < phantomSeconds * SECOND) {
    market.step();
    turns += 1;
    if (turns % 20_000 !== 0) continue;
    await setImmediate(); // a signal is heard between two tasks only
    if (signal.aborted) return undefined;
  }
  const seconds = clock() - began;
  const measure = { hours: phantomSeconds / 3_600, seconds, options: { seed, draws: DRAWS[scale] } };
  return dataSetReport(`simulated, ${kind}`, trial, measure);
}

async function runQuotes(
  kind: SimKind,
  share: (typeof SHARES)[number],
  options: ExperimentOptions,
): Promise<QuotedReport | undefined> {
  const { seed, scale, clock, signal } = options;
  const { seeds, more, blockSeconds, blocks } = PLANS[scale];
  const thorough = seeds[share];
  const runs: TwinRun[] = [];
  const began = clock();
  for (let index = 0; index < thorough + (share === JUDGED ? more[kind] : 0); index += 1) {
    const isThorough = index < thorough;
    options.progress(`e1: quotes of ${share * 100} %, ${kind}, seed ${index + 1}, ${(blocks * blockSeconds) / 60} min`);
    const run = new TwinRun({
      kind,
      seed: seed + 1_000 * index,
      share,
      windows: isThorough ? WINDOWS[scale] : [0],
      orders: isThorough,
      followed: CENTRAL,
      blockSeconds,
    });
    // Two minutes more, so that the fate of the last block's orders is known.
    for (let minute = 1; minute <= (blocks * blockSeconds) / 60 + 2; minute += 1) {
      run.run(minute * 60 * SECOND);
      await setImmediate(); // a signal is heard between two tasks only
      if (signal.aborted) return undefined;
    }
    runs.push(run);
  }
  const all = runs.flatMap(({ real, paper }) => [real, paper]);
  const speed = {
    rows: all.reduce((sum, market) => sum + market.rows, 0),
    messages: all.reduce((sum, market) => sum + market.messages, 0),
    seconds: clock() - began,
  };
  const found = { runs: runs.slice(0, thorough), more: runs.slice(thorough), speed };
  return quotedReport({ kind, share, blockSeconds, ...found }, { seed, draws: DRAWS[scale] });
}
