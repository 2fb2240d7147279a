import { LatencyCalibrator, quantileAt } from '@kb/paper-exec';
import type { Quantiles } from '@kb/paper-exec';
import { expect, test } from 'vitest';
import { runE5 } from '../src/fidelity/e5.ts';
import { ConnectionDays } from '../src/fidelity/latency/connection-days.ts';
import { SimulatedLink } from '../src/fidelity/latency/simulated-link.ts';
import { gatesOf, isPassed } from '../src/fidelity/measure/gates.ts';
import { latencyGates } from '../src/fidelity/measure/latency-gates.ts';
import { pageOf } from '../src/fidelity/report/page.ts';
import { parseReport, reportJson } from '../src/fidelity/report/report-file.ts';
import type { LatencyReport } from '../src/fidelity/report/report.ts';

const SMOKE = {
  seed: 1,
  scale: 'smoke',
  clock: () => 0,
  signal: new AbortController().signal,
  progress: () => undefined,
} as const;

test('what is modelled of one day is held against another, the same twice, and stands on the page', async () => {
  const report = await runE5(SMOKE);
  if (report === undefined) throw new Error('it was stopped');
  expect(reportJson((await runE5(SMOKE)) ?? {})).toBe(reportJson(report));
  const gates = gatesOf([report]);
  expect(gates.map(({ gate }) => gate)).toEqual([0.5, 0.9, 0.99].map((p) => `latency quantile error, p${p * 100}`));
  expect(gates.every(({ verdict }) => verdict !== 'not measured')).toBe(true);
  // The second day is not in the model: of the first alone the same comes out.
  const calibrator = new LatencyCalibrator({ leastSamples: 500 });
  const firstDay = new ConnectionDays({
    kind: 's2',
    seed: 1,
    onEvent: (event) => calibrator.onEvent(event),
    onPing: (ping) => calibrator.onPing(ping),
  });
  firstDay.run(0.1 * 3_600e6);
  const feed = calibrator.latency()?.feed;
  const quiet = typeof feed === 'object' && 'quiet' in feed ? feed.quiet : undefined;
  const found = report.latency?.[0]?.quantiles.find(
    (each) => each.leg === 'feed' && each.load === 'quiet' && each.share === 0.9,
  );
  expect(found?.modelled).toBe(quantileAt(quiet as Quantiles, 0.9));
  const saved = parseReport(reportJson(report));
  const [page] = pageOf(saved === undefined ? [] : [saved]);
  expect(page?.text).toContain('| latency quantile error, p99 ');
  expect(page?.text).toContain('## Latency: simulated connection, pings');
}, 120_000);

test('a gate looks at the worst leg, and holds up to its bound', () => {
  const quantile = { load: 'quiet', samples: 500, isBorrowed: false, share: 0.9, realised: 1_000 } as const;
  const report = (modelled: number): LatencyReport => ({
    name: 'x',
    hours: 1,
    quantiles: [
      { ...quantile, leg: 'ack', modelled: 1_010 },
      { ...quantile, leg: 'entry', modelled },
    ],
  });
  const verdicts = [860, 849, 1_151].map((modelled) => latencyGates(report(modelled)).map(({ verdict }) => verdict));
  const others = (verdict: string): string[] => ['not measured', verdict, 'not measured'];
  expect(verdicts).toEqual([others('pass'), others('FAIL'), others('FAIL')]);
  expect(isPassed(latencyGates(report(849)))).toBe(false);
  // What happened but has no model is missed, and does not hide how wrong the others are.
  const unmodelled = latencyGates(report(Number.NaN)).find(({ gate }) => gate.endsWith('p90'));
  expect(unmodelled).toMatchObject({ verdict: 'FAIL', found: Infinity });
  const { quantiles, ...days } = report(849);
  const borrowed = latencyGates({ ...days, quantiles: quantiles.map((each) => ({ ...each, isBorrowed: true })) });
  expect(borrowed.filter(({ gate }) => gate.endsWith('p90'))).toMatchObject([
    { verdict: 'not measured' },
    { verdict: 'no gate', found: expect.closeTo(0.151, 9) },
  ]);
});

test('on a link nothing overtakes, nothing is faster than the floor, and load costs time', () => {
  const arrivals = (events: number): number[] => {
    const link = new SimulatedLink({ seed: 1, name: 'x', floor: 3_000, median: 5_000 });
    return Array.from({ length: 2_000 }, (_, n) => link.send(n * 1_000_000, events));
  };
  const quiet = arrivals(0);
  expect(quiet).toEqual(quiet.toSorted((a, b) => a - b));
  expect(Math.min(...quiet.map((at, n) => at - n * 1_000_000))).toBeGreaterThanOrEqual(3_000);
  const mean = (times: number[]): number => times.reduce((sum, at, n) => sum + at - n * 1_000_000, 0) / times.length;
  expect(mean(arrivals(80))).toBeGreaterThan(2 * mean(quiet));
});

test('a client hears in order, and its calibrator finds how far its clock is ahead', () => {
  const calibrator = new LatencyCalibrator();
  let [heard, last, pings] = [0, 0, 0];
  const days = new ConnectionDays({
    kind: 'light',
    seed: 2,
    onEvent: (event) => {
      calibrator.onEvent(event);
      heard += 1;
      expect(event.recvTs).toBeGreaterThanOrEqual(last);
      last = event.recvTs;
    },
    onPing: (ping) => {
      calibrator.onPing(ping);
      pings += 1;
      expect(ping.received).toBeGreaterThanOrEqual(last);
      last = ping.received;
    },
  });
  days.run(600e6);
  expect([pings > 115, heard > 5_000]).toEqual([true, true]);
  const { ahead = 0, halfWidth = 0 } = calibrator.status().clock ?? {};
  expect(Math.abs(ahead - (250_000 + 15e-6 * 600e6))).toBeLessThan(halfWidth);
});
