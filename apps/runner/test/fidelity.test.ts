import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runE1 } from '../src/fidelity/e1.ts';
import { hasLobster, runE2 } from '../src/fidelity/e2.ts';
import { gatesOf } from '../src/fidelity/measure/gates.ts';
import type { Metrics } from '../src/fidelity/measure/metrics.ts';
import { parseReport, reportJson } from '../src/fidelity/report/report-file.ts';
import type { DataSetReport, FidelityReport } from '../src/fidelity/report/report.ts';
import { SIM_KINDS } from '../src/fidelity/source/sim-kinds.ts';
import { TwinRun } from '../src/fidelity/trial/twin-run.ts';
import { run } from '../src/program.ts';
import { temporaryFolder, testContext } from './kb.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const SMOKE = {
  seed: 1,
  scale: 'smoke',
  clock: () => 0,
  signal: new AbortController().signal,
  progress: () => undefined,
} as const;

function metricsOf(dataSet: DataSetReport | undefined, group: string): (name: string) => Metrics {
  const found = dataSet?.groups.find((each) => each.group === group)?.metrics ?? [];
  return (name) => {
    const metrics = found.find((each) => each.name === name && each.window === 0);
    if (metrics === undefined) throw new Error(`no figures of ${name}`);
    return metrics;
  };
}

function finished(report: FidelityReport | undefined): FidelityReport {
  if (report === undefined) throw new Error('it was stopped');
  return report;
}

describe('E1, the small form', () => {
  test('ranks the rules as they are, and brackets the truth where queues are long', async () => {
    const report = finished(await runE1({ ...SMOKE, markets: SIM_KINDS }));
    const pinned = metricsOf(report.dataSets[1], 'at best');
    const [pessimistic, optimistic] = [pinned('risk-averse'), pinned('uniform')];
    expect(pessimistic.orders).toBeGreaterThan(200);
    expect(pessimistic.ratios[1]).toBeLessThan(0.95);
    expect(optimistic.ratios[1]).toBeGreaterThan(1.05);
    expect(pinned('touch').ratios[1]).toBeGreaterThan(1.4);
    expect(pinned('book-cross (freqtrade, kraken-cli)').ratios[1]).toBeLessThan(0.6);
    expect(pessimistic.falseFills).toBe(0); // a lower bound is never early
    for (const dataSet of report.dataSets) {
      // Behind the best the queue is gone before the price is reached.
      expect(metricsOf(dataSet, 'behind')('risk-averse').ratios[1]).toBeGreaterThan(0.9);
      expect(dataSet.takers[0]?.meanAbsolute).toBeLessThan(1e-6);
    }
    expect(gatesOf([report]).filter(({ verdict }) => verdict === 'FAIL')).toEqual([]);
  }, 120_000);

  test('real orders: the exact model is right to the lot and the microsecond, against the matcher itself', () => {
    const { real } = new TwinRun({
      kind: 'light',
      seed: 5,
      share: 0.1,
      windows: [0],
      orders: true,
      followed: 'central',
      blockSeconds: 300,
    });
    while (real.nextAt < 900e6) real.step();
    const exact = real.table.estimates.find(({ name }) => name === 'exact')?.outcomes;
    const rows = Array.from({ length: real.table.length }, (_, row) => row);
    const ofTruth = rows.map((row) => [real.table.truth.fill.at(row), real.table.truth.share.at(row)]);
    expect(rows.map((row) => [exact?.fill.at(row), exact?.share.at(row)])).toEqual(ofTruth);
    expect(ofTruth.filter(([fill = Number.NaN]) => fill <= 30).length).toBeGreaterThan(15);
    expect(ofTruth.some(([, share = 0]) => share > 0 && share < 1)).toBe(true);
  }, 60_000);

  test('the command says with --gate whether a gate was missed, and saves what its gates follow from', async () => {
    const folder = temporaryFolder();
    const { context, texts } = testContext();
    const exitCode = await run(
      ['fidelity', 'e1', '--smoke', '--market', 'light', '--save', folder, '--gate'],
      '0',
      context,
    );
    expect(exitCode).toBe(texts.stdout.includes('FAIL') ? 8 : 0);

    const report = finished(parseReport(readFileSync(join(folder, 'e1.json'), 'utf8')));
    // What was reported as the bracket before stays in sight, whatever it comes to.
    const before = gatesOf([report]).find(({ gate }) => gate.startsWith('profit between two'));
    expect(before).toMatchObject({ verdict: 'no gate', found: report.quoted[0]?.coverage[0]?.covered });
  }, 120_000);

  test('the twin market is the same until the first effect of an own order', () => {
    const options = {
      kind: 'pinned',
      seed: 3,
      share: 1e-9,
      windows: [0],
      orders: false,
      followed: 'risk-averse',
      blockSeconds: 300,
    } as const;
    const small = new TwinRun(options);
    small.run(900e6);
    // A quote of one lot can displace one lot: hardly ever anything that others see.
    expect(small.divergedAfter ?? Infinity).toBeGreaterThan(100);
    const large = new TwinRun({ ...options, share: 1 });
    large.run(900e6);
    expect(large.divergedAfter).toBeLessThan(100);
    expect(large.real.ownVolume).toBeGreaterThan(0.2 * large.real.volume);
  });
});

describe.skipIf(!hasLobster(DATA))('E2, the small form (skipped without the LOBSTER recording)', () => {
  test('says the same twice, and finds the rules where the pilot found them', async () => {
    const report = finished(await runE2(DATA, SMOKE));
    expect(reportJson(finished(await runE2(DATA, SMOKE)))).toBe(reportJson(report));
    const best = metricsOf(report.dataSets[0], 'at best');
    expect(best('risk-averse').orders).toBeGreaterThan(500);
    expect(best('risk-averse').ratios[1]).toBeGreaterThan(0.98);
    expect(best('risk-averse').inTime).toBeGreaterThan(0.98);
    expect(best('uniform').ratios[1]).toBeGreaterThanOrEqual(1);
    expect(best('touch').falseFills).toBeGreaterThan(0.02);
    expect(best('book-cross (freqtrade, kraken-cli)').missedFills).toBeGreaterThan(0.1);
    expect(gatesOf([report]).filter(({ verdict }) => verdict === 'FAIL')).toEqual([]);
  }, 120_000);

  test('makes a page of what it saved', async () => {
    const [reports, pages] = [temporaryFolder(), temporaryFolder()];
    const { context, texts } = testContext();
    expect(await run(['fidelity', 'e2', '--smoke', '--data', DATA, '--save', reports], '0', context)).toBe(0);
    expect(texts.stdout).toContain('| risk-averse');
    expect(texts.stdout).toContain('| taker price error');
    expect(await run(['fidelity', 'page', join(reports, 'e2.json'), '--out', pages], '0', context)).toBe(0);
    const page = readFileSync(join(pages, 'FIDELITY.md'), 'utf8');
    const [, chart = ''] = /!\[Survival curves\]\((.*?)\)/.exec(page) ?? [];
    expect(existsSync(join(pages, chart))).toBe(true);
    expect(readFileSync(join(pages, chart), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  }, 120_000);
});

describe('kb fidelity', () => {
  test('tells every problem of its flags at once', async () => {
    const { context } = testContext();
    const wrong = run(['fidelity', 'e3', '--smoke', '--full', '--sed', '1'], '0', context);
    await expect(wrong).rejects.toMatchObject({ code: 'KB_CLI_USAGE' });
    await expect(wrong).rejects.toThrow(/did you mean e\d\?[^]*one of --smoke and --full/);
    await expect(run(['fidelity', 'page'], '0', context)).rejects.toThrow('name the reports');
  });

  test('e2 without a recording says what is missing, and a file that is no report which one', async () => {
    const { context } = testContext();
    await expect(run(['fidelity', 'e2', '--smoke'], '0', context)).rejects.toThrow('needs a LOBSTER recording');
    const folder = temporaryFolder();
    const other = fileURLToPath(new URL('../package.json', import.meta.url));
    const text = fileURLToPath(new URL('../README.md', import.meta.url));
    for (const file of [other, text]) {
      const page = run(['fidelity', 'page', file, '--out', folder], '0', context);
      await expect(page).rejects.toThrow(`${file} is no report`);
    }
  });
});
