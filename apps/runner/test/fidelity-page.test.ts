import { describe, expect, test } from 'vitest';
import type { Gate } from '../src/fidelity/measure/gate.ts';
import { fixed, percent, signedFixed } from '../src/fidelity/report/figures.ts';
import { missedText } from '../src/fidelity/report/limits.ts';
import { pageOf } from '../src/fidelity/report/page.ts';
import { parseReport, reportJson } from '../src/fidelity/report/report-file.ts';
import type { CoverageReport, FidelityReport, QuotedReport } from '../src/fidelity/report/report.ts';

const COVERAGE: CoverageReport = {
  window: 0,
  blocks: 4,
  covered: 0.5,
  coveredByLines: 1,
  coveredByOrders: 0.75,
  coveredByOrderLines: 1,
  lotsCovered: 1,
  width: 0.01,
  widthByOrders: 0.02,
  widthByOrderLines: 0.03,
  excess: 0.001,
};

function quoted(share: number, coverage: readonly CoverageReport[], divergedAfter = [9, 1.5, 4]): QuotedReport {
  const central = {
    name: 'central',
    twinRatio: 1.1,
    sameRunRatio: 1,
    twinProfit: -0.1,
    sameRunProfit: -0.2,
    trueProfit: -0.2,
  };
  return {
    kind: 'pinned',
    share,
    participation: share,
    hours: 4,
    blockSeconds: 3_600,
    seeds: 3,
    orders: 100,
    speed: { rows: 1_000, messages: 10_000, seconds: 2 },
    metrics: [],
    coverage,
    twin: { divergedAfter, estimates: [central] },
  };
}

function pageText(reports: readonly QuotedReport[]): string {
  const report: FidelityReport = {
    format: 'kb-fidelity-1',
    experiment: 'e1',
    seed: 7,
    scale: 'full',
    dataSets: [],
    quoted: reports,
  };
  const saved = parseReport(reportJson(report));
  if (saved === undefined) throw new Error('it was not read');
  const [page] = pageOf([saved]);
  return page?.text.replaceAll(/ +/g, ' ') ?? '';
}

describe('the page', () => {
  test('says what it cannot show before it shows anything, and what was missed before what passed', () => {
    const text = pageText([quoted(0.05, [{ ...COVERAGE, coveredByOrderLines: 0.9 }])]);
    const places = [
      '# How wrong',
      '## What this page cannot show',
      '### Missed or not measured',
      '### All',
      '## Real',
    ].map((heading) => text.indexOf(heading));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBe(0);
    const [missed = ''] = /### Missed or not measured[^]*?### All/.exec(text) ?? [];
    expect(missed).toContain(
      '| profit in bracket, blocks of 60 min | pinned, 5 %, 4 blocks | ≥ 95 % | 90.00 % | FAIL |',
    );
    expect(missed).toContain('None is loosened for it.');
    expect(text).toMatch(/\n0 pass, 2 FAIL, 10 not measured\. /);
  });

  test('shows the twin of every size, how long it was alike, and how the bracket did where the book was merged', () => {
    const merged = { ...COVERAGE, window: 100_000, coveredByOrderLines: 0.5 };
    const text = pageText([0.01, 0.05, 0.1].map((share) => quoted(share, [COVERAGE, merged])));
    expect(text.match(/### pinned, \d+ %: the twin/g)).toEqual(
      [1, 5, 10].map((size) => `### pinned, ${size} %: the twin`),
    );
    expect(text).toContain('mid was another one 1.5 to 9.0 s (middle 4.0 s) after the first quote. The book');
    const twin = (divergedAfter: number[]): string => pageText([quoted(0.05, [COVERAGE], divergedAfter)]);
    expect(twin([4])).toContain('mid was another one 4.0 s after the first quote. The book');
    expect(twin([4, Number.NaN])).toContain(
      'first quote; of 1 of 2 seeds it was the same as long as anybody looked. The',
    );
    expect(twin([Number.NaN])).toContain('mid was the same as long as anybody looked. The');
    expect(text).toContain('| central | 1.000 | 1.100 | -0.200 | -0.200 | -0.100 | +0.100 |');
    expect(text).toContain('in 100.0 %'); // unmerged, of one size
    expect(text).toContain('held 50.0 % of 12 h at 100 ms; no gate is about that');
    expect(text).toContain('| pinned | 10 | 10.0 | 100 | 100 ms | 4 | 50.0 |');
  });
});

test('a figure that is none is a dash, and a sign is told of what is above zero', () => {
  expect([fixed(Number.NaN, 2), percent(Number.NaN), signedFixed(Infinity, 1)]).toEqual(['–', '–', '–']);
  expect([fixed(1.005, 1), percent(0.1234), signedFixed(0.25, 1), signedFixed(-0.25, 1), signedFixed(0, 1)]).toEqual([
    '1.0',
    '12.3',
    '+0.3',
    '-0.3',
    '0.0',
  ]);
});

describe('why gates are missed', () => {
  const gate = (name: string, on: string): Gate => ({ gate: name, on, wanted: '≤ 2 %', found: 0.03, verdict: 'FAIL' });

  test('is said of the model that missed, where it did', () => {
    expect(missedText([{ ...gate('false + missed, Q1', 'pinned'), verdict: 'pass' }])).toEqual([]);
    const [inferred = ''] = missedText([gate('false + missed, Q1', 'simulated, pinned')]);
    expect(inferred).toMatch(/^None is loosened for it\. In the pinned market.* used up\.$/);
    expect(missedText([gate('false + missed, Q3', 'pinned, real orders of 1 %')])).toEqual([
      expect.stringMatching(/^None is loosened for it\. The fallback \(Q3\)/),
    ]);
    expect(missedText([gate('false + missed, Q1', 'light')])).toEqual(['None is loosened for it.']);
    expect(missedText([gate('latency quantile error, p99', 'x')])).toEqual([expect.stringContaining('tail')]);
  });
});
