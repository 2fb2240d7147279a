import { setImmediate } from 'node:timers/promises';
import { SECOND } from '@kb/model';
import { DRAWS, WINDOWS } from './e2.ts';
import type { ExperimentOptions } from './e2.ts';
import { CENTRAL } from './estimate/paper-models.ts';
import { dataSetReport } from './measure/data-set.ts';
import { JUDGED_SHARE } from './measure/gates.ts';
import { quotedReport } from './measure/quoted.ts';
import { FORMAT } from './report/report.ts';
import type { DataSetReport, FidelityReport, QuotedReport, Scale } from './report/report.ts';
import type { SimKind } from './source/sim-kinds.ts';
import { SIM_PAIR, SimMarket } from './source/sim-market.ts';
import { PhantomTrial } from './trial/phantom-trial.ts';
import { QuotedMarket } from './trial/quoted-market.ts';
import { TwinRun } from './trial/twin-run.ts';

/** Sizes of the real orders, as a share of what trades while they stand. */
export const SHARES = [0.01, 0.05, 0.1] as const;

/** What is looked at in one kind of market. */
interface Plan {
  /** Seconds with phantoms, and how many of them a second. */
  readonly phantomSeconds: number;
  readonly perSecond: number;
  /** With real orders, by size: how many seeds with everything. */
  readonly seeds: Readonly<Record<(typeof SHARES)[number], number>>;
  /** Seeds of the judged size beyond those, with an unmerged book and no twin: to tell whether brackets hold. */
  readonly more: number;
  /** Length of the blocks whose profits are looked at, and how many each seed has. */
  readonly blockSeconds: number;
  readonly blocks: number;
}

/** How long twins may stay alike before nobody looks any more, in microseconds. */
const LONGEST_LIKENESS = 900 * SECOND;

const NO_SEEDS = { 0.01: 0, 0.05: 0, 0.1: 0 };
const SMOKE: Plan = { phantomSeconds: 300, perSecond: 3, seeds: NO_SEEDS, more: 0, blockSeconds: 600, blocks: 2 };
const ONE_EACH = { 0.01: 1, 0.05: 1, 0.1: 1 };
const SMALL: Plan = { ...SMOKE, phantomSeconds: 3_600, perSecond: 2, seeds: ONE_EACH, more: 1, blockSeconds: 3_600 };
const FULL: Plan = { ...SMALL, phantomSeconds: 7_200, more: 11, blocks: 5 };

/** In full 200 hours with real orders of the judged size. S2 has up to ten times as many events an hour as the others. */
const PLANS: Readonly<Record<Scale, Readonly<Record<SimKind, Plan>>>> = {
  smoke: { moving: SMOKE, pinned: SMOKE, light: { ...SMOKE, seeds: { ...NO_SEEDS, 0.05: 1 } }, s2: SMOKE },
  small: { moving: SMALL, pinned: SMALL, light: SMALL, s2: SMALL },
  full: { moving: FULL, pinned: FULL, light: FULL, s2: { ...FULL, phantomSeconds: 1_800, more: 9, blocks: 2 } },
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
  for (const kind of markets) {
    for (const share of SHARES) {
      if (PLANS[scale][kind].seeds[share] === 0) continue;
      const report = await runQuotes(kind, share, options);
      if (report === undefined) return undefined;
      quoted.push(report);
    }
  }
  return { format: FORMAT, experiment: 'e1', seed, scale, dataSets, quoted };
}

async function runPhantoms(kind: SimKind, options: ExperimentOptions): Promise<DataSetReport | undefined> {
  const { seed, scale, clock, signal } = options;
  const { phantomSeconds, perSecond } = PLANS[scale][kind];
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
  const { seeds, more, blockSeconds, blocks } = PLANS[scale][kind];
  const thorough = seeds[share];
  const runs: TwinRun[] = [];
  const others: QuotedMarket[] = [];
  const moreDiverged: (number | undefined)[] = [];
  const began = clock();
  for (let index = 0; index < thorough + (share === JUDGED_SHARE ? more : 0); index += 1) {
    options.progress(`e1: quotes of ${share * 100} %, ${kind}, seed ${index + 1}, ${(blocks * blockSeconds) / 60} min`);
    const common = { kind, seed: seed + 1_000 * index, share, followed: CENTRAL, blockSeconds };
    const isThorough = index < thorough;
    const run = isThorough
      ? new TwinRun({ ...common, windows: WINDOWS[scale], orders: true })
      : new QuotedMarket({ ...common, windows: [0], orders: false, isReal: true });
    if (run instanceof TwinRun) runs.push(run);
    else {
      others.push(run);
      const twin = new TwinRun({ ...common, windows: [0], orders: false });
      twin.runToDivergence(LONGEST_LIKENESS);
      moreDiverged.push(twin.divergedAfter);
    }
    // Two minutes more, so that the fate of the last block's orders is known.
    for (let minute = 1; minute <= (blocks * blockSeconds) / 60 + 2; minute += 1) {
      run.run(minute * 60 * SECOND);
      await setImmediate(); // a signal is heard between two tasks only
      if (signal.aborted) return undefined;
    }
  }
  const all = [...runs.flatMap(({ real, paper }) => [real, paper]), ...others];
  const speed = {
    rows: all.reduce((sum, market) => sum + market.rows, 0),
    messages: all.reduce((sum, market) => sum + market.messages, 0),
    seconds: clock() - began,
  };
  return quotedReport(
    { kind, share, blockSeconds, runs, more: others, moreDiverged, speed },
    { seed, draws: DRAWS[scale] },
  );
}
