import type { Gate } from '../measure/gate.ts';
import { quantileError } from '../measure/latency-gates.ts';
import type { IntervalName, Metrics } from '../measure/metrics.ts';
import { fixed, markdownTable, percent, signedFixed } from './figures.ts';
import type { DataSetReport, FidelityReport, GroupReport, LatencyReport, QuotedReport } from './report.ts';

/** The main table: a row for each estimator. */
export function estimatorTable(metrics: readonly Metrics[]): string {
  const header = [
    'estimator',
    'ratio 30 s',
    '5 s',
    '300 s',
    'false %',
    'missed %',
    'median s',
    'MAE s',
    '≤ 100 ms %',
    'KM gap',
    'mark-out 1 s',
    'bias',
    '5 s',
    '30 s',
  ];
  return markdownTable(
    header,
    metrics.map((each) => [
      each.name,
      fixed(each.ratios[1] ?? Number.NaN, 3),
      fixed(each.ratios[0] ?? Number.NaN, 3),
      fixed(each.ratios[2] ?? Number.NaN, 3),
      percent(each.falseFills, 2),
      percent(each.missedFills, 2),
      fixed(each.medianError, 3),
      fixed(each.meanError, 3),
      percent(each.inTime),
      fixed(each.survivalGap, 3),
      signedFixed((each.trueMarks[0] ?? Number.NaN) + (each.markBias[0] ?? Number.NaN), 3),
      ...each.markBias.map((bias) => signedFixed(bias, 3)),
    ]),
  );
}

/** What the estimator knows of its place, of chance and of bad company. */
export function secondTable(metrics: readonly Metrics[]): string {
  const header = [
    'estimator',
    'queue error 1 s %',
    '5 s %',
    '30 s %',
    'Brier 30 s',
    'base rate',
    'slope',
    'selection',
    'true',
  ];
  return markdownTable(
    header,
    metrics.map((each) => [
      each.name,
      ...each.queueError.map((error) => percent(error)),
      fixed(each.forecasts[2]?.brier ?? Number.NaN, 4),
      fixed(each.forecasts[2]?.baseRate ?? Number.NaN, 4),
      fixed(each.forecasts[2]?.slope ?? Number.NaN, 3),
      signedFixed(each.selection, 3),
      signedFixed(each.trueSelection, 3),
    ]),
  );
}

/** 95 % intervals. */
export function intervalTable(metrics: readonly Metrics[]): string {
  const text = ({ intervals }: Metrics, name: IntervalName, scale: number, decimals: number): string => {
    const interval = intervals[name];
    if (interval === undefined) return '–';
    return `${fixed(interval.low * scale, decimals)} to ${fixed(interval.high * scale, decimals)}`;
  };
  return markdownTable(
    ['estimator', 'ratio 30 s', 'false + missed %', '≤ 100 ms %', 'KM gap', 'bias 1 s'],
    metrics.map((each) => [
      each.name,
      text(each, 'ratio', 1, 3),
      text(each, 'wrong', 100, 2),
      text(each, 'inTime', 100, 1),
      text(each, 'survivalGap', 1, 3),
      text(each, 'markBias', 1, 3),
    ]),
  );
}

/** Each estimator over the windows of merging: ratio, wrong, in time. */
export function windowTable(metrics: readonly Metrics[]): string {
  const windows = [...new Set(metrics.map(({ window }) => window))];
  const names = [...new Set(metrics.map(({ name }) => name))];
  return markdownTable(
    ['estimator', ...windows.map((window) => `${window / 1_000} ms`)],
    names.map((name) => [
      name,
      ...windows.map((window) => {
        const found = metrics.find((each) => each.name === name && each.window === window);
        if (found === undefined) return '–';
        const wrong = percent(found.falseFills + found.missedFills);
        return `${fixed(found.ratios[1] ?? Number.NaN, 3)} / ${wrong} / ${percent(found.inTime, 0)}`;
      }),
    ]),
  );
}

export function gateTable(gates: readonly Gate[]): string {
  return markdownTable(
    ['gate', 'on', 'wanted', 'found', 'verdict'],
    gates.map(({ gate, on, wanted, found, verdict }) => {
      const inPercent = wanted.includes('%');
      return [gate, on, wanted, inPercent ? `${percent(found, 2)} %` : fixed(found, 4), verdict];
    }),
  );
}

export function quotedTable(quoted: readonly QuotedReport[]): string {
  return markdownTable(
    [
      'market',
      'size %',
      'of volume %',
      'orders',
      'merged',
      'blocks',
      'covered %',
      'by all lines %',
      'order by order %',
      'order by order, all lines %',
      'amount covered %',
      'width bp',
      'outside bp',
      'order by order bp',
      'order by order, all lines bp',
    ],
    quoted.flatMap(({ kind, share, participation, orders, coverage }) =>
      coverage.map((each) => [
        kind,
        percent(share, 0),
        percent(participation),
        String(orders),
        `${each.window / 1_000} ms`,
        String(each.blocks),
        percent(each.covered),
        percent(each.coveredByLines),
        percent(each.coveredByOrders),
        percent(each.coveredByOrderLines),
        percent(each.lotsCovered),
        fixed(each.width, 4),
        fixed(each.excess, 4),
        fixed(each.widthByOrders, 4),
        fixed(each.widthByOrderLines, 4),
      ]),
    ),
  );
}

/** How the paper strategy does in the twin market, where its orders are not. */
export function twinTable({ twin }: QuotedReport): string {
  return markdownTable(
    ['estimator', 'traded, same run', 'traded, twin', 'true profit bp', 'same run bp', 'twin bp', 'impact bp'],
    twin.estimates.map((each) => [
      each.name,
      fixed(each.sameRunRatio, 3),
      fixed(each.twinRatio, 3),
      signedFixed(each.trueProfit, 3),
      signedFixed(each.sameRunProfit, 3),
      signedFixed(each.twinProfit, 3),
      signedFixed(each.twinProfit - each.sameRunProfit, 3),
    ]),
  );
}

export function takerTable({ takers }: DataSetReport): string {
  return markdownTable(
    ['merged', 'probes', 'not filled whole', 'mean bp', 'mean size bp', 'largest bp'],
    takers.map((each) => [
      `${each.window / 1_000} ms`,
      String(each.probes),
      String(each.unfilled),
      signedFixed(each.mean, 4),
      fixed(each.meanAbsolute, 4),
      fixed(each.largest, 3),
    ]),
  );
}

/** A few estimators over all slices, without merging: ratio / wrong % / in time %. */
export function sliceTable({ slices }: DataSetReport, names: readonly string[]): string {
  const shown = names.filter((name) => slices[0]?.estimates.some((each) => each.name === name));
  return markdownTable(
    ['slice', 'orders', ...shown],
    slices.map(({ by, slice, orders, estimates }) => [
      `${by}: ${slice}`,
      String(orders),
      ...shown.map((name) => {
        const found = estimates.find((each) => each.name === name && each.window === 0);
        if (found === undefined) return '–';
        return `${fixed(found.ratio, 3)} / ${percent(found.wrong)} / ${percent(found.inTime, 0)}`;
      }),
    ]),
  );
}

/** Latency by leg and load: modelled from one day, realised on another, in milliseconds. */
export function latencyTable({ quantiles }: LatencyReport): string {
  const first = quantiles[0]?.share;
  return markdownTable(
    [
      'leg, load',
      'samples',
      'p50 modelled ms',
      'realised',
      'error %',
      'p90',
      'realised',
      'error %',
      'p99',
      'realised',
      'error %',
    ],
    quantiles
      .filter(({ share }) => share === first)
      .map(({ leg, load, samples, isBorrowed }) => [
        `${leg}, ${load}${isBorrowed ? ' (borrowed)' : ''}`,
        String(samples),
        ...quantiles
          .filter((each) => each.leg === leg && each.load === load)
          .flatMap((each) => [
            fixed(each.modelled / 1_000, 1),
            fixed(each.realised / 1_000, 1),
            signedFixed(100 * quantileError(each), 1),
          ]),
      ]),
  );
}

/** The figures of a group, without merging. */
export function unmerged({ metrics }: GroupReport): readonly Metrics[] {
  return metrics.filter(({ window }) => window === 0);
}

/** What people see on a terminal. */
export function reportText(report: FidelityReport, gates: readonly Gate[]): string {
  const parts = report.dataSets.flatMap((dataSet) => {
    const { rows, messages, seconds } = dataSet.speed;
    const groups = dataSet.groups
      .filter(({ group }) => group !== 'all')
      .flatMap((group) => [
        `${dataSet.name}, ${group.group}: ${group.orders} orders, ${percent(group.metrics[0]?.trueFills ?? Number.NaN)} % truly filled`,
        estimatorTable(unmerged(group)),
      ]);
    const speed = `${rows} rows in ${fixed(seconds, 1)} s: ${fixed(messages / seconds, 0)} public messages/s with all estimators`;
    return [...groups, speed];
  });
  const quoted = report.quoted.length === 0 ? [] : ['real orders', quotedTable(report.quoted)];
  const latency = (report.latency ?? []).flatMap((each) => [`latency: ${each.name}`, latencyTable(each)]);
  return `${[...parts, ...quoted, ...latency, 'gates', gateTable(gates)].join('\n\n')}\n`;
}
