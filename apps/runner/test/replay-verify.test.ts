import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ReplayFeed } from '@kb/feed';
import { encodeRecordedFrame } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { replayVerify } from '../src/commands/replay-verify.ts';
import { runKb, temporaryFolder, testContext } from './kb.ts';
import { recordSim } from './record-sim.ts';

interface Counts {
  readonly snapshots: number;
  readonly updates: number;
  readonly checksumOk: number;
  readonly checksumFailed: number;
  readonly crossed: number;
  readonly skipped: number;
}

async function verify(
  path: string | readonly string[],
  json = true,
  minCoverage?: number,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { context, texts } = testContext();
  const paths = typeof path === 'string' ? [path] : path;
  const exitCode = await replayVerify(
    { paths, precision: {}, depth: undefined, minCoverage, json, color: false },
    context,
  );
  return { exitCode, ...texts };
}

function countsOf(stdout: string, symbol: string): Counts {
  const counts = (JSON.parse(stdout) as { symbols: Record<string, Counts> }).symbols[symbol];
  if (counts === undefined) throw new Error(`${symbol} is not in ${stdout}`);
  return counts;
}

test('a recording of the local exchange holds: only received frames count', async () => {
  const path = join(temporaryFolder(), 'sim.ndjson');
  recordSim(path);
  const { exitCode, stdout, stderr } = await verify(path);
  const counts = countsOf(stdout, 'BTC/USD');
  expect(exitCode).toBe(0);
  expect(stderr).toBe('');
  expect(counts.updates).toBeGreaterThan(20);
  expect(counts).toMatchObject({
    snapshots: 1,
    checksumOk: counts.updates + 1,
    checksumFailed: 0,
    crossed: 0,
    skipped: 0,
  });
  const received = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"dir":"rx"'));
  expect(JSON.parse(stdout)).toMatchObject({ frames: received.length });
});

test('people get a line a symbol', async () => {
  const path = join(temporaryFolder(), 'sim.ndjson');
  recordSim(path);
  const { stdout } = await verify(path, false);
  expect(stdout).toMatch(
    /^BTC\/USD {6}1 snapshot, [\d ]+ updates {3}checksums ([\d ]+) of \1 hold {3}0 crossed {3}0 skipped\n/,
  );
});

/** Twenty seconds of the local exchange, after a second in which there was only a socket. */
function recordLate(): string {
  const path = join(temporaryFolder(), 'late.ndjson');
  recordSim(path);
  const text = readFileSync(path, 'utf8');
  const { ts } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { ts: string };
  writeFileSync(path, encodeRecordedFrame(micros(Number(ts.slice(0, -3)) - SECOND), 'open', 'wss://somewhere') + text);
  return path;
}

test('a book that is not covered for long enough ends with 6, and programs get the gaps', async () => {
  const path = recordLate();
  const { exitCode, stdout, stderr } = await verify(path, true, 100);
  const { coveragePercent, gaps } = (
    JSON.parse(stdout) as { symbols: Record<string, { coveragePercent: number; gaps: { cause: string }[] }> }
  ).symbols['BTC/USD'] ?? { coveragePercent: Number.NaN, gaps: [] };
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(/^error KB_CLI_COVERAGE .*less than 100 % of its time: BTC\/USD 9\d\.\d\d %\n/);
  expect(gaps.map(({ cause }) => cause)).toEqual(['start']);
  expect((await verify(path, true, Math.floor(coveragePercent))).exitCode).toBe(0);
});

test('people get the coverage, the gaps and the connections', async () => {
  const { stdout } = await verify(recordLate(), false);
  expect(stdout).toMatch(/^ {13}coverage 9\d\.\d\d %, 1 gap {3}[\d ]+ trades, 0 missing in 0 gaps, 0 repeated$/m);
  expect(stdout).toMatch(/^ +\S+Z for 1\.\d{3} s \(start\): no snapshot yet$/m);
  expect(stdout).toMatch(/^2 connections, \d+ heartbeats, longest silence [\d.]+ s$/m);
});

test('a recording without book frames proves nothing, and says so', async () => {
  const path = join(temporaryFolder(), 'trades.ndjson');
  recordSim(path, 'trade');
  await expect(verify(path)).rejects.toMatchObject({ code: 'KB_CLI_NOTHING_TO_VERIFY' });
});

test('a changed digit ends with 6: the first failing frame is named, the frames after it are skipped', async () => {
  const path = join(temporaryFolder(), 'changed.ndjson');
  recordSim(path);
  const good = countsOf((await verify(path)).stdout, 'BTC/USD');
  const changed = await changeDigit(path, readFileSync(path, 'utf8'), 20);
  const { exitCode, stdout, stderr } = await verify(path);
  expect(exitCode).toBe(6);
  expect(countsOf(stdout, 'BTC/USD')).toMatchObject({
    snapshots: 1,
    updates: changed.bookFrames - 1,
    checksumOk: changed.bookFrames - 1,
    checksumFailed: 1,
    crossed: 0,
    skipped: good.checksumOk - changed.bookFrames,
  });
  expect(stderr).toContain('error KB_CLI_CHECKSUM');
  expect(stderr).toContain(`BTC/USD (checksum): frame ${changed.frame}: expected ${changed.checksum} as sent, got `);
});

test('a file that breaks off is verified up to there and ends with 6, and so is the one after it', async () => {
  const folder = temporaryFolder();
  const [whole, cut] = [join(folder, 'a-000002.ndjson'), join(folder, 'a-000001.ndjson')];
  recordSim(whole);
  const good = countsOf((await verify(whole)).stdout, 'BTC/USD');
  writeFileSync(cut, `${readFileSync(whole, 'utf8')}{"ts":"18`);
  const { exitCode, stdout, stderr } = await verify([cut, whole]);
  expect(exitCode).toBe(6);
  expect(countsOf(stdout, 'BTC/USD')).toMatchObject({ checksumOk: 2 * good.checksumOk, checksumFailed: 0 });
  expect(stderr).toContain(`error KB_CLI_DAMAGED  ${cut}:`);
});

/** Changes the last digit of the size that an update leaves at the best bid: the first such update after `after` frames. */
async function changeDigit(
  path: string,
  text: string,
  after: number,
): Promise<{ readonly frame: number; readonly bookFrames: number; readonly checksum: string }> {
  writeFileSync(path, text);
  const replay = new ReplayFeed({ source: path });
  let bookFrames = 0;
  for await (const event of replay) {
    if (event.type !== 'book') continue;
    bookFrames += 1;
    const { book, changes } = event;
    const atBest = changes.bidPrices.findLastIndex(
      (price, index) => index < changes.bidCount && price === book.bestBid(),
    );
    if (event.snapshot || replay.frames <= after || atBest === -1) continue;

    const lines = text.split('\n');
    const line = lines.flatMap((each, index) => (each.includes('"dir":"rx"') ? [index] : []))[replay.frames - 1] ?? 0;
    const { raw, ...rest } = JSON.parse(lines[line] ?? '') as { raw: string };
    const quantity = [...raw.slice(raw.indexOf('"bids"')).matchAll(/"qty":[\d.]+(?=\d)/g)][atBest];
    const at = raw.indexOf('"bids"') + (quantity?.index ?? 0) + (quantity?.[0].length ?? 0);
    const changed = `${raw.slice(0, at)}${(Number(raw[at]) + 1) % 10}${raw.slice(at + 1)}`;
    lines[line] = JSON.stringify({ ...rest, raw: changed });
    writeFileSync(path, lines.join('\n'));
    return { frame: replay.frames, bookFrames, checksum: /"checksum":(\d+)/.exec(raw)?.[1] ?? '' };
  }
  throw new Error('no update at the best bid');
}

const data = fileURLToPath(new URL('../../../../shared/data/kraken-v2', import.meta.url));
const BTC = 'book_d25_BTC-USD_2026-08-02.ndjson.gz';
const RESUBSCRIBES = 'book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz';
const XRP = 'book_d25_XRP-USD_2026-08-02.ndjson.gz';
const RESERIALISED = 'book_d10_BTC-USD_2023-07-30_reserialised.json.gz';

describe.skipIf(!existsSync(data))('on recordings of Kraken (skipped without ../shared/data)', () => {
  test.each([
    [BTC, 'BTC/USD', { snapshots: 1, updates: 2051, checksumOk: 2052 }, 2104],
    [RESUBSCRIBES, 'BTC/USD', { snapshots: 5, updates: 296, checksumOk: 301 }, 377],
    [XRP, 'XRP/USD', { snapshots: 1, updates: 1146, checksumOk: 1147 }, 1192],
  ])('every checksum of %s holds', async (name, symbol, counts, frames) => {
    const { exitCode, stdout } = await runKb('replay', join(data, name), '--verify', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      frames,
      symbols: { [symbol]: { ...counts, checksumFailed: 0, crossed: 0, skipped: 0 } },
    });
    expect(exitCode).toBe(0);
  });

  test('recordings of the old protocol are verified too', async () => {
    const folder = join(data, '..', 'kraken-v1');
    const one = await verify(join(folder, 'book1000_10pairs_2021-04-17.ndjson.gz'));
    const counts = Object.values((JSON.parse(one.stdout) as { symbols: Record<string, Counts> }).symbols);
    expect(counts.reduce((sum, { checksumOk }) => sum + checksumOk, 0)).toBe(4269);
    expect(counts.some(({ checksumFailed, crossed }) => checksumFailed + crossed > 0)).toBe(false);
    const other = await verify(join(folder, 'book_d10_XBT-USD_2023-08-30.json.gz'));
    expect(countsOf(other.stdout, 'BTC/USD')).toMatchObject({ checksumOk: 979, checksumFailed: 0 });
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
  });

  test('the file that lost its trailing zeros holds at the precision given', async () => {
    const { exitCode, stdout } = await runKb(
      'replay',
      join(data, RESERIALISED),
      '--verify',
      '--precision',
      'BTC/USD=1,8',
      '--json',
    );
    expect(countsOf(stdout, 'BTC/USD')).toMatchObject({ checksumOk: 510, checksumFailed: 0 });
    expect(exitCode).toBe(0);
  });

  test('the same file fails at a wrong precision', async () => {
    const { exitCode } = await runKb('replay', join(data, RESERIALISED), '--verify', '--precision', 'BTC/USD=2,8');
    expect(exitCode).toBe(6);
  });

  test('a changed digit inside the ten best is found at its frame', async () => {
    const copy = join(temporaryFolder(), 'changed.ndjson');
    const changed = await changeDigit(copy, gunzipSync(readFileSync(join(data, BTC))).toString(), 1000);
    const { exitCode, stdout, stderr } = await runKb('replay', copy, '--verify', '--json');
    expect(exitCode).toBe(6);
    expect(countsOf(stdout, 'BTC/USD')).toMatchObject({
      checksumOk: changed.bookFrames - 1,
      checksumFailed: 1,
      skipped: 2052 - changed.bookFrames,
    });
    expect(stderr).toContain(`frame ${changed.frame}: expected ${changed.checksum} as sent, got `);
    expect(JSON.parse(stdout)).toMatchObject({ frames: 2104 });
  });

  test('the symbol is frozen until its next snapshot only', async () => {
    const copy = join(temporaryFolder(), 'changed.ndjson');
    const changed = await changeDigit(copy, gunzipSync(readFileSync(join(data, RESUBSCRIBES))).toString(), 20);
    const { exitCode, stdout } = await verify(copy);
    const counts = countsOf(stdout, 'BTC/USD');
    expect(exitCode).toBe(6);
    expect(counts).toMatchObject({ snapshots: 5, checksumFailed: 1 });
    expect(counts.skipped).toBeGreaterThan(0);
    expect(counts.checksumOk).toBeGreaterThan(changed.bookFrames);
    expect(counts.checksumOk + counts.checksumFailed + counts.skipped).toBe(301);
  });
});
