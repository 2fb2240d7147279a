import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecording } from '@kb/kraken';
import { describe, expect, test } from 'vitest';
import { rerun } from '../src/index.ts';
import type { PaperSessionConfig, RunSummary, SessionInput } from '../src/index.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/kraken-v2/', import.meta.url));
const absent = !existsSync(folder);
const why = absent ? ' (skipped: no recordings beside the repository)' : '';

/** The recordings hold the book channel alone: the pair's rules come from us, as a tape server's do. */
function instrumentFrame(symbol: string, pricePrecision: number): string {
  const [base, quote] = symbol.split('/');
  const pair = {
    symbol,
    base,
    quote,
    status: 'online',
    qty_precision: 8,
    qty_increment: 1e-8,
    price_precision: pricePrecision,
    cost_precision: 5,
    marginable: false,
    has_index: true,
    cost_min: 0.5,
    tick_size: 10 ** -pricePrecision,
    price_increment: 10 ** -pricePrecision,
    qty_min: 0.00005,
  };
  return JSON.stringify({ channel: 'instrument', type: 'snapshot', data: { assets: [], pairs: [pair] } });
}

async function* inputsOf(name: string, symbol: string, pricePrecision: number): AsyncGenerator<SessionInput> {
  let first = true;
  for await (const { dir, raw, recvTs } of readRecording(`${folder}${name}.ndjson.gz`)) {
    if (first) yield { type: 'frame', recvTs, frame: Buffer.from(instrumentFrame(symbol, pricePrecision)) };
    first = false;
    if (dir === 'rx') yield { type: 'frame', recvTs, frame: raw };
  }
}

describe.skipIf(absent)(`real recordings${why}`, () => {
  const captures = [
    ['book_d25_BTC-USD_2026-08-02', 'BTC/USD', 25, 1],
    ['book_d10_BTC-USD_2026-08-01_resubscribes', 'BTC/USD', 10, 1],
    ['book_d25_XRP-USD_2026-08-02', 'XRP/USD', 25, 5],
  ] as const;

  function configOf(symbol: string, depth: number, use: 'maker' | 'probe', params: object): PaperSessionConfig {
    const strategies = [{ id: use, use, symbol, params: { ...params } }];
    return makerConfig({ symbols: [symbol], depth, channels: ['book'], strategies });
  }

  async function twice(
    name: string,
    precision: number,
    config: PaperSessionConfig,
  ): Promise<{ summary: RunSummary; output: Outputs; again: Outputs }> {
    const [output, again] = [new Outputs(), new Outputs()];
    const [symbol = ''] = config.symbols;
    const summary = await rerun(config, inputsOf(name, symbol, precision), output);
    await rerun(config, inputsOf(name, symbol, precision), again);
    return { summary, output, again };
  }

  test.each(captures)(
    'the probe is filled both ways on %s, and the same twice',
    async (name, symbol, depth, precision) => {
      const config = configOf(symbol, depth, 'probe', { everyMs: 2000 });
      const { summary, output, again } = await twice(name, precision, config);
      expect(summary.fills.buy).toBeGreaterThan(0);
      expect(summary.fills.sell).toBeGreaterThan(0);
      expect(summary.fills.taker).toBe(summary.fills.total);
      expect(summary.strategyErrors).toBe(0);
      expect(again.hash).toBe(output.hash);
    },
  );

  test('its fills lie within ten basis points of the touch that it decided on', async () => {
    const [name, symbol, depth, precision] = captures[0];
    const config = configOf(symbol, depth, 'probe', { everyMs: 2000 });
    const { output } = await twice(name, precision, config);
    const intents = output.records('intent');
    const slips = output.records('report').flatMap(({ report }) => {
      if (report.type !== 'fill') return [];
      const decided = intents.find(({ intent }) => intent.clientOrderId === report.clientOrderId);
      const touch = (report.side === 'buy' ? decided?.decisionAsk : decided?.decisionBid) ?? Number.NaN;
      return [Math.abs(report.price / touch - 1)];
    });
    expect(slips.length).toBeGreaterThan(0);
    expect(slips.filter((slip) => !(slip < 0.001))).toEqual([]);
  });

  test('the maker quotes and moves its quotes in these quiet minutes', async () => {
    const [name, symbol, depth, precision] = captures[0];
    const { summary, output, again } = await twice(name, precision, configOf(symbol, depth, 'maker', {}));
    expect(summary.orders.placed).toBeGreaterThanOrEqual(2);
    expect(summary.strategyErrors).toBe(0);
    expect(again.hash).toBe(output.hash);
  });
});
