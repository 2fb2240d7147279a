import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importFile } from '../src/commands/import-file.ts';
import { replayVerify } from '../src/commands/replay-verify.ts';
import type { ImportCommandOptions } from '../src/options.ts';
import { runKb, temporaryFolder, testContext } from './kb.ts';

const TRADES = '1381095255.5,122.0,0.1\n1381179030,123.6,0.2\n';
const BOOK =
  'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n' +
  'kraken,XBT/USD,1000000,1000000,true,bid,100.0,1\nkraken,XBT/USD,1000000,1000000,true,ask,101.0,1\n' +
  'kraken,XBT/USD,2000000,2000000,false,bid,100.5,1\n';

async function run(content: string, options: Partial<ImportCommandOptions>): Promise<{ stdout: string; out: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'XBTUSD.csv');
  writeFileSync(path, content);
  const { context, texts } = testContext();
  const exitCode = await importFile(
    {
      kind: 'kraken-trades',
      path,
      symbol: 'BTC/USD',
      out: join(folder, 'out'),
      grid: undefined,
      roundSizes: false,
      unknownSide: 'tick-rule',
      interval: undefined,
      json: false,
      color: false,
      ...options,
    },
    context,
  );
  expect(exitCode).toBe(0);
  return { stdout: texts.stdout, out: join(folder, 'out') };
}

test('trades become a recording that is named after pair, kind and file, and what was made up is told', async () => {
  const { stdout, out } = await run(TRADES, {});
  expect(readdirSync(out)).toEqual(['btc-usd-kraken-trades-xbtusd.ndjson.zst']);
  expect(stdout).toMatch(/^2 rows, 2013-10-06T21:34:15.500000Z to 2013-10-07T20:50:30.000000Z\n/);
  expect(stdout).toContain('note: trade ids count the rows\nnote: unknown sides by tick-rule\n');
  expect(stdout.trimEnd().endsWith('btc-usd-kraken-trades-xbtusd.ndjson.zst')).toBe(true);
});

test('programs get the summary', async () => {
  const { stdout } = await run('0,1,2,1,2,1.5,3\n60,1,2,1,2,1,3\n', { kind: 'kraken-ohlcvt', json: true });
  expect(JSON.parse(stdout)).toMatchObject({ items: 2, from: 0, to: 60_000_000, outOfOrder: 0 });
});

test('verifying an imported book says that nothing proves it, and fails where proof is asked for', async () => {
  const { out } = await run(BOOK, { kind: 'tardis' });
  const paths = [join(out, 'btc-usd-tardis-xbtusd.ndjson.zst')];
  const check = async (minCoverage: number | undefined): Promise<{ exitCode: number; stdout: string }> => {
    const { context, texts } = testContext();
    const options = { paths, precision: {}, depth: undefined, minCoverage, json: false, color: false };
    return { exitCode: await replayVerify(options, context), stdout: texts.stdout };
  };
  const { exitCode, stdout } = await check(undefined);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('checksums 0 of 0 hold   0 crossed   0 skipped   2 without one\n');
  expect(stdout).toContain('imported books carry no checksums: nothing proves them\n');
  expect((await check(99.5)).exitCode).toBe(6);
});

test(
  'kb import: all problems of the flags are told at once, and a bad row with its place',
  { timeout: 30_000 },
  async () => {
    const wrong = await runKb('import', 'kraken-trade', 'a.csv', '--round', '--side', 'up');
    expect(wrong.exitCode).toBe(2);
    for (const part of ['did you mean kraken-trades', '--symbol', '--round', '--side: expected tick-rule, buy, sell']) {
      expect(wrong.stderr).toContain(part);
    }
    const folder = temporaryFolder();
    const path = join(folder, 'bad.csv');
    writeFileSync(path, '1,2,3\n1,x,3\n');
    const bad = await runKb('import', 'kraken-trades', path, '--symbol', 'BTC/USD', '--side', 'buy', '--out', folder);
    expect(bad.exitCode).toBe(3);
    expect(bad.stderr).toContain(`error KB_FEED_BAD_IMPORT  ${path}:2:3: expected price to be a number, was "x"`);
  },
);
