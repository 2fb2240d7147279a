import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { PAPER_ERROR_CODES } from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const exampleOf = (name: string): string =>
  readFileSync(new URL(`../examples/${name}.ts`, import.meta.url), 'utf8').trim();

test('the public names are these', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toEqual([
    'ACCOUNT_INPUT_VERSION',
    'Bracket',
    'CcxtPaperExchange',
    'DEFAULT_LOAD',
    'FEE_DECIMALS',
    'KRAKEN_FEE_SCHEDULE',
    'KRAKEN_MARGIN_RATES',
    'KRAKEN_PEGGED_FEE_SCHEDULE',
    'LATENCY_PROFILES',
    'LATENCY_PROFILE_NAMES',
    'LOAD_BUCKETS',
    'LatencyCalibrator',
    'LinkedOrders',
    'PAPER_ERROR_CODES',
    'PEGGED_ASSETS',
    'PaperAccount',
    'PaperError',
    'PaperVenue',
    'QUANTILE_LEVELS',
    'QUEUE_MODELS',
    'QUEUE_MODEL_IDS',
    'byWeight',
    'ccxt',
    'checkImpact',
    'checkLatency',
    'legQuantile',
    'log2Weight',
    'logNormalQuantiles',
    'logWeight',
    'power2Weight',
    'power3Weight',
    'powerWeight',
    'quantileAt',
    'squareRootImpact',
  ]);
});

test('the README lists exactly the error codes', () => {
  expect(Array.from(readme.matchAll(/^\| `(KB_[A-Z_]+)`/gm), ([, code]) => code)).toEqual([...PAPER_ERROR_CODES]);
});

test('the README shows the ccxt bot that runs', async () => {
  expect(readme).toContain(exampleOf('ccxt-bot'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import('../examples/ccxt-bot.ts');
    expect(log.mock.calls).toEqual([['maker', 60_000, 0.04], [{ free: 0.04, used: 0, total: 0.04 }]]);
  } finally {
    log.mockRestore();
  }
});

test('the README shows the example that runs', async () => {
  expect(readme).toContain(exampleOf('paper-account'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import('../examples/paper-account.ts');
    expect(log.mock.calls.map(([line]: unknown[]) => line)).toMatchObject([
      { type: 'accepted', price: '60000.0' },
      { type: 'fill', size: '0.04000000', rule: 'F5', ahead: { 'risk-averse': '0.50000000' } },
      { USD: '7594', BTC: '0.14' },
    ]);
  } finally {
    log.mockRestore();
  }
});
