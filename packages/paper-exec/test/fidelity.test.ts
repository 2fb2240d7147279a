import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { QUEUE_MODEL_IDS } from '../src/index.ts';
import { experiment } from './phantoms.ts';

const FILE = '../../../../shared/data/l3-nasdaq-lobster/AAPL_2012-06-21_0930-1030_message_50.csv.gz';
const RECORDING = new URL(FILE, import.meta.url);

describe.skipIf(!existsSync(RECORDING))('a real order-by-order hour (skipped without the LOBSTER recording)', () => {
  const models = ['risk-averse', 'fingerprint', 'uniform'] as const;

  test.each([
    { what: 'prints with their book changes', tapeLag: 0 },
    { what: 'prints 20 ms behind their book changes', tapeLag: 20_000 },
    { what: 'prints 20 ms before their book changes', tapeLag: -20_000 },
  ])('$what: the fingerprint keeps its gates, and the truth lies between the ends', ({ tapeLag }) => {
    const result = experiment(RECORDING, { venues: 8, tapeLag, seed: 7, models });
    const { 'risk-averse': pessimistic, fingerprint, uniform } = result;
    expect(pessimistic.phantoms).toBeGreaterThan(800);
    expect(pessimistic.falseFills).toBeLessThan(0.002);
    expect(pessimistic.missedFills).toBeLessThan(0.005);
    expect(pessimistic.within100Ms).toBeGreaterThan(0.98);
    expect(pessimistic.ratio).toBeLessThan(1.003);
    expect(uniform.ratio).toBeGreaterThan(1);
    expect(uniform.ratio).toBeLessThan(1.05);
    expect(uniform.missedFills).toBeLessThan(0.002);
    expect(Math.abs(fingerprint.ratio - 1)).toBeLessThanOrEqual(0.03);
    expect(fingerprint.within100Ms).toBeGreaterThanOrEqual(0.95);
    expect(fingerprint.falseFills + fingerprint.missedFills).toBeLessThanOrEqual(0.02);
  });

  test('with single orders told, places are exact; and what the README says of all models', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replace(/ +/g, ' ');
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    const result = experiment(RECORDING, { venues: 12, tapeLag: 0, seed: 7, level3: true });
    for (const model of ['exact', 'central'] as const) {
      expect(result[model]).toMatchObject({ ratio: 1, falseFills: 0, missedFills: 0, within100Ms: 1 });
    }
    const rows = QUEUE_MODEL_IDS.filter((model) => model !== 'central').map((model) => {
      const { ratio, falseFills, missedFills, within100Ms } = result[model];
      return `| \`${model}\` | ${[ratio.toFixed(3), ...[falseFills, missedFills, within100Ms].map(percent)].join(' | ')} |`;
    });
    expect(readme).toContain(rows.join('\n'));
    expect(readme).toContain(`${result.exact.phantoms.toLocaleString('en')} orders`);
  });

  test('control: prints so late that the pairing window misses them are counted twice', () => {
    const { 'risk-averse': pessimistic } = experiment(RECORDING, { venues: 8, tapeLag: 200_000, seed: 7, models });
    expect(pessimistic.ratio).toBeGreaterThan(1.03);
  });
});
