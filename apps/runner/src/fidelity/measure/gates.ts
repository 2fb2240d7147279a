import type { CoverageReport, DataSetReport, FidelityReport, GroupReport, QuotedReport } from '../report/report.ts';
import { gate } from './gate.ts';
import type { Gate } from './gate.ts';
import { latencyGates } from './latency-gates.ts';
import type { Metrics } from './metrics.ts';
import { pooledCoverage } from './pooled-coverage.ts';

/** Size of the quotes of which most hours are looked at, as a share of what trades while they stand. */
export const JUDGED_SHARE = 0.05;

interface Bound {
  readonly gate: string;
  /** Only where places in the queue are looked at: of phantoms, not of real orders. */
  readonly ofPlaces?: true;
  /** The estimator that it is about. */
  readonly model: string;
  readonly wanted: string;
  readonly found: (metrics: Metrics) => number;
  readonly holds: (found: number, metrics: Metrics) => boolean;
}

const wrong = ({ falseFills, missedFills }: Metrics): number => falseFills + missedFills;
const ratio = ({ ratios }: Metrics): number => ratios[1] ?? Number.NaN;

/** Bounds on orders at the best, without merging: on phantoms, and on real orders in simulated markets. */
const BOUNDS: readonly Bound[] = [
  bound('fill-count ratio, Q1', 'fingerprint', '0.97 to 1.03', ratio, (found) => found >= 0.97 && found <= 1.03),
  bound('false + missed, Q1', 'fingerprint', '≤ 2 %', wrong, (found) => found <= 0.02),
  bound('false + missed, Q3', 'power-blend', '≤ 5 %', wrong, (found) => found <= 0.05),
  bound(
    'time within 100 ms, Q1',
    'fingerprint',
    '≥ 95 %',
    ({ inTime }) => inTime,
    (found) => found >= 0.95,
  ),
  ...['fingerprint', 'central'].flatMap((model) => [
    bound(
      'Kaplan–Meier distance',
      model,
      '≤ 0.03',
      ({ survivalGap }) => survivalGap,
      (found) => found <= 0.03,
    ),
    bound(
      'mark-out bias at 1 s',
      model,
      '≤ 0.25 tick',
      ({ markBias }) => Math.abs(markBias[0] ?? Number.NaN),
      (found) => found <= 0.25,
    ),
    bound(
      'adverse selection',
      model,
      'same sign, within 0.05',
      ({ selection, trueSelection }) => Math.abs(selection - trueSelection),
      (found, { selection, trueSelection }) => found <= 0.05 && selection * trueSelection >= 0,
    ),
  ]),
  ...[1, 5, 30].map((seconds, index): Bound => ({
    gate: `queue position at ${seconds} s, Q1`,
    ofPlaces: true,
    model: 'fingerprint',
    wanted: 'median ≤ 5 %',
    found: ({ queueError }) => queueError[index] ?? Number.NaN,
    holds: (found) => found <= 0.05,
  })),
];

/** Every gate on every data set of these reports. */
export function gatesOf(reports: readonly FidelityReport[]): readonly Gate[] {
  return [
    ...reports.flatMap((report) => [
      ...report.dataSets.flatMap((dataSet) => phantomGates(report, dataSet)),
      ...report.quoted.flatMap(quotedGates),
      ...(report.latency ?? []).flatMap(latencyGates),
    ]),
    ...pooledGate(reports.flatMap(({ quoted }) => quoted)),
  ];
}

function pooledGate(quoted: readonly QuotedReport[]): readonly Gate[] {
  const judged = quoted.filter(({ share }) => share === JUDGED_SHARE);
  const pooled = pooledCoverage(judged, 0);
  if (pooled === undefined) return [];
  const { hours, blocks } = pooled;
  const on = `all markets, ${JUDGED_SHARE * 100} %, ${hours.toFixed(1)} h in ${blocks} blocks`;
  return bracketGates('', on, pooled);
}

/** The verdict over all of them. */
export function isPassed(gates: readonly Gate[]): boolean {
  return gates.every(({ verdict }) => verdict !== 'FAIL');
}

function phantomGates({ experiment }: FidelityReport, dataSet: DataSetReport): readonly Gate[] {
  const { name: on, groups, bracket, takers } = dataSet;
  const best = groups.find(({ group }) => group === 'at best');
  const all = groups.find(({ group }) => group === 'all');
  const gates: Gate[] = [];
  if (experiment === 'e2') {
    // On all orders, wherever they stand: not one may differ.
    const exact = metricsOf(all, 'exact');
    const found = exact === undefined ? Number.NaN : Math.max(...exact.ratios.map((each) => Math.abs(each - 1)));
    const off = exact === undefined ? Number.NaN : wrong(exact);
    gates.push(gate('fill-count ratio, Q0, all orders: off 1', on, 'exactly 0', found, found === 0));
    gates.push(gate('false + missed, Q0, all orders', on, 'exactly 0', off, off === 0));
  }
  gates.push(...BOUNDS.map((each) => boundGate(each, on, best?.metrics)));
  const wide = groups.find(({ group }) => group === 'at best, spread > 2 ticks');
  const fallback = metricsOf(wide, 'power-blend')?.ratios[1] ?? Number.NaN;
  const onWide = wide === undefined ? on : `${on}, ${wide.orders} orders`; // they may be few
  const holds = fallback >= 0.9 && fallback <= 1.1;
  gates.push(gate('fill-count ratio, Q3, spread > 2 ticks', onWide, '0.90 to 1.10', fallback, holds));
  for (const [index, seconds] of [1, 5, 30].entries()) {
    const score = bracket.find(({ window }) => window === 0)?.forecasts[index];
    const { brier = Number.NaN, baseRate = Number.NaN, slope = Number.NaN } = score ?? {};
    gates.push(
      gate(`Brier over base rate, bracket, all orders, ${seconds} s`, on, '< 1', brier / baseRate, brier < baseRate),
      gate(
        `calibration slope, bracket, all orders, ${seconds} s`,
        on,
        '0.9 to 1.1',
        slope,
        slope >= 0.9 && slope <= 1.1,
      ),
    );
  }
  const taker = takers.find(({ window }) => window === 0);
  const error = taker?.meanAbsolute ?? Number.NaN;
  gates.push(gate('taker price error', on, '≤ 0.1 bp', error, error <= 0.1));
  // The error is of those that were filled; the truth filled them all.
  const unfilled = taker === undefined ? Number.NaN : taker.unfilled / taker.probes;
  gates.push(gate('takers not filled whole', on, 'exactly 0', unfilled, unfilled === 0));
  return gates;
}

function boundGate({ gate: name, model, wanted, found, holds }: Bound, on: string, all: readonly Metrics[] = []): Gate {
  const metrics = all.find((each) => each.name === model && each.window === 0);
  const value = metrics === undefined ? Number.NaN : found(metrics);
  const title = name.includes('Q') ? name : `${name}, ${model}`;
  return gate(title, on, wanted, value, metrics !== undefined && holds(value, metrics));
}

function quotedGates({ kind, share, blockSeconds, metrics, coverage }: QuotedReport): readonly Gate[] {
  const fills = BOUNDS.filter(({ ofPlaces }) => ofPlaces !== true).map((each) =>
    boundGate(each, `${kind}, real orders of ${share * 100} %`, metrics),
  );
  return [...fills, ...coverageGates({ kind, share, blockSeconds, coverage })];
}

function coverageGates({
  kind,
  share,
  blockSeconds,
  coverage,
}: Pick<QuotedReport, 'kind' | 'share' | 'blockSeconds' | 'coverage'>): readonly Gate[] {
  return coverage
    .filter(({ window }) => window === 0)
    .flatMap((each) => {
      const on = `${kind}, ${share * 100} %, ${each.blocks} blocks`;
      return bracketGates(`, blocks of ${blockSeconds / 60} min`, on, each);
    });
}

/**
 * The bracket that the engine reports: each order at its worst and at its best over all queue models. Beside it the one that it
 * reported before, of two whole accounts, which is no bound.
 */
function bracketGates(
  blocks: string,
  on: string,
  { covered, coveredByOrderLines: inBracket }: Pick<CoverageReport, 'covered' | 'coveredByOrderLines'>,
): readonly Gate[] {
  return [
    gate(`profit in bracket${blocks}`, on, '≥ 95 %', inBracket, inBracket >= 0.95),
    { gate: `profit between two accounts${blocks}`, on, wanted: '(≥ 95 %)', found: covered, verdict: 'no gate' },
  ];
}

function metricsOf(group: GroupReport | undefined, model: string): Metrics | undefined {
  return group?.metrics.find(({ name, window }) => name === model && window === 0);
}

function bound(gate: string, model: string, wanted: string, found: Bound['found'], holds: Bound['holds']): Bound {
  return { gate, model, wanted, found, holds };
}
