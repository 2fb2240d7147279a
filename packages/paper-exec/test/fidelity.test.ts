import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { experiment } from './phantoms.ts';

const FILE = '../../../../shared/data/l3-nasdaq-lobster/AAPL_2012-06-21_0930-1030_message_50.csv.gz';
const RECORDING = new URL(FILE, import.meta.url);

describe.skipIf(!existsSync(RECORDING))('a real order-by-order hour (skipped without the LOBSTER recording)', () => {
  test.each([
    { what: 'prints with their book changes', tapeLag: 0 },
    { what: 'prints 20 ms behind their book changes', tapeLag: 20_000 },
    { what: 'prints 20 ms before their book changes', tapeLag: -20_000 },
  ])('$what: risk-averse is right, uniform is a little optimistic, the truth lies between', ({ tapeLag }) => {
    const { 'risk-averse': pessimistic, uniform } = experiment(RECORDING, { venues: 8, tapeLag, seed: 7 });
    expect(pessimistic.phantoms).toBeGreaterThan(800);
    expect(pessimistic.falseFills).toBeLessThan(0.002);
    expect(pessimistic.missedFills).toBeLessThan(0.005);
    expect(pessimistic.within100Ms).toBeGreaterThan(0.98);
    expect(pessimistic.ratio).toBeLessThan(1.003);
    expect(uniform.ratio).toBeGreaterThan(1);
    expect(uniform.ratio).toBeLessThan(1.05);
    expect(uniform.missedFills).toBeLessThan(0.002);
  });

  test('what the README says of it', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replace(/ +/g, ' ');
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    const result = experiment(RECORDING, { venues: 40, tapeLag: 0, seed: 7 });
    for (const model of ['risk-averse', 'uniform'] as const) {
      const { ratio, falseFills, missedFills, within100Ms } = result[model];
      const cells = [ratio.toFixed(3), ...[falseFills, missedFills, within100Ms].map(percent)];
      expect(readme).toContain(`| \`${model}\` | ${cells.join(' | ')} |`);
      expect(readme).toContain(`${result[model].phantoms.toLocaleString('en')} orders`);
    }
  });

  test('control: prints so late that the pairing window misses them are counted twice', () => {
    const { 'risk-averse': pessimistic } = experiment(RECORDING, { venues: 8, tapeLag: 200_000, seed: 7 });
    expect(pessimistic.ratio).toBeGreaterThan(1.03);
  });
});
