import fs, { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { micros, SECOND } from '@kb/model';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { demo } from '../src/commands/demo.ts';
import { paper } from '../src/commands/paper.ts';
import { replayDiff } from '../src/commands/replay-diff.ts';
import type { PaperOptions } from '../src/options.ts';
import type { RunDocument } from '../src/session/paper-run.ts';
import { recordedConfig } from '../src/session/recorded-run.ts';
import { runKb, startKb, temporaryFolder, testContext } from './kb.ts';
import { recordSim } from './record-sim.ts';

const PAPER: PaperOptions = {
  source: { kind: 'sim' },
  speed: 'max',
  pair: 'BTC/USD',
  strategy: 'maker',
  latency: micros(30_000),
  for: undefined,
  depth: undefined,
  account: { fees: { maker: '0.0025', taker: '0.0040' } },
  balances: {},
  params: {},
  connectTimeout: micros(10 * SECOND),
  second: undefined,
  seed: 42,
  runs: '',
  json: true,
  color: false,
};

interface Done {
  readonly exitCode: number;
  readonly document: RunDocument;
  readonly stderr: string;
}

async function runPaper(options: Partial<PaperOptions>): Promise<Done> {
  const { context, texts } = testContext();
  const exitCode = await paper({ ...PAPER, runs: temporaryFolder(), ...options }, context);
  return { exitCode, document: JSON.parse(texts.stdout) as RunDocument, stderr: texts.stderr };
}

async function diff(path: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { context, texts } = testContext();
  const exitCode = await replayDiff({ path, json: true, color: false }, context);
  return { exitCode, ...texts };
}

describe('a demo in virtual time', () => {
  const options = { ...PAPER, latency: undefined, for: micros(60 * SECOND) };

  async function runDemo(): Promise<RunDocument> {
    const { context, texts } = testContext();
    expect(await demo({ ...options, runs: temporaryFolder() }, context)).toBe(0);
    return JSON.parse(texts.stdout) as RunDocument;
  }

  test('fills the maker on both sides, verifies every book frame, and says what it cost', async () => {
    const { fills, feed, fees, latency, pnl, orders } = await runDemo();
    expect(fills.maker).toBeGreaterThan(5);
    expect(fills.taker).toBe(0);
    expect(Math.min(fills.buy, fills.sell)).toBeGreaterThan(0);
    expect(feed.symbols['BTC/USD']).toMatchObject({ checksumFailed: 0, crossed: 0, skipped: 0 });
    expect(orders.refused).toEqual({});
    expect(latency.name).toContain('assumed');
    expect(fees).toEqual({ maker: '0.0025', taker: '0.0040' });
    expect(Number(pnl?.low)).toBeLessThanOrEqual(Number(pnl?.net));
    expect(Number(pnl?.net)).toBeLessThanOrEqual(Number(pnl?.high));
  });

  test('is the same run to the byte every time', async () => {
    const [first, second] = [await runDemo(), await runDemo()];
    expect(second.inputHash).toBe(first.inputHash);
    expect(second.outputHash).toBe(first.outputHash);
  });
});

test('what fills and own size are judged by is what was asked for, and comes again from the journal', async () => {
  const appraisal = {
    models: 'three',
    participationAlarm: '0.000001',
    impactFactor: '0.5',
    dailyVolatility: '0.02',
    dailyVolume: '1500',
  } as const;
  const [asked, unasked] = [
    await runPaper({ for: micros(60 * SECOND), appraisal }),
    await runPaper({ for: micros(60 * SECOND) }),
  ];
  const [told, estimated] = [asked, unasked].map(({ document }) => document.impact?.pairs['BTC/USD']);
  expect(told).toMatchObject({
    alarm: 0.000001,
    dailyVolatility: { value: 0.02, from: 'given' },
    dailyVolume: { value: 1500, from: 'given' },
  });
  expect(told?.suspectMinutes).toBe(told?.minutes);
  expect(told?.suspectMinutes).toBeGreaterThan(0);
  expect(asked.document.impact?.charge).toBeDefined();
  expect(estimated).toMatchObject({ alarm: 0.1, suspectMinutes: 0 });
  expect(asked.document.impact?.charge).not.toBe(unasked.document.impact?.charge);
  const ran = ({ folder }: RunDocument): unknown => recordedConfig(join(folder, 'journal'));
  expect(ran(asked.document)).toMatchObject({ models: 'three', impact: { factor: '0.5' } });
  expect(Object.keys(ran(unasked.document) as object)).not.toContain('impact');
  expect((await diff(asked.document.folder)).exitCode).toBe(0);
});

describe('a run folder', () => {
  test('keeps manifest, summary and both journals, and its inputs give its outputs again', async () => {
    const runs = temporaryFolder();
    const { document } = await runPaper({ for: micros(20 * SECOND), runs });
    const folder = realpathSync(join(runs, 'latest-paper'));
    expect(folder).toBe(realpathSync(document.folder));
    expect(JSON.parse(readFileSync(join(folder, 'report', 'summary.json'), 'utf8'))).toEqual(document);
    expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toMatchObject({
      status: 'ended',
      exitCode: 0,
      journal: { input: { hash: document.inputHash }, output: { hash: document.outputHash } },
    });
    const { exitCode, stdout } = await diff(folder);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ identical: true, rerunHash: document.outputHash });
  });

  test('keeps the whole latency of a profile, so that its draws come again', async () => {
    const runs = temporaryFolder();
    const { document } = await runPaper({ for: micros(20 * SECOND), latency: 'home', runs });
    expect(document.latency).toMatchObject({
      name: 'home (assumed)',
      seed: 42,
      entry: { quiet: expect.any(Array) as unknown },
    });
    expect(document.ackSlack?.reports).toBeGreaterThan(0);
    const { exitCode } = await diff(realpathSync(join(runs, 'latest-paper')));
    expect(exitCode).toBe(0);
  });

  test('whose output journal is not what its inputs give fails the comparison, naming the record', async () => {
    const [one, other] = [
      await runPaper({ for: micros(5 * SECOND) }),
      await runPaper({ for: micros(5 * SECOND), seed: 7 }),
    ];
    const journal = (done: Done, chain: string): string => {
      const directory = join(done.document.folder, 'journal');
      return join(directory, readdirSync(directory).find((name) => name.startsWith(chain)) ?? '');
    };
    writeFileSync(journal(one, 'output'), readFileSync(journal(other, 'output')));
    const { exitCode, stdout, stderr } = await diff(one.document.folder);
    expect(exitCode).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ identical: false }); // one document, also for programs
    expect(stderr).toMatch(/error KB_CLI_REPLAY_DIFFERS .*record \d+ was .*, is /);
  });
});

describe('latency that a run measured', () => {
  test('is told, and taken by another run, which comes again with it', async () => {
    const { document } = await runPaper({ for: micros(90 * SECOND) });
    expect(document.measuredLatency).toMatchObject({ feed: { p50: 0 }, entry: { p50: 0 }, ack: { p50: 0 } }); // one process
    expect(document.measuredLatency?.pings).toBeGreaterThanOrEqual(12);
    const file = join(document.folder, 'report', 'latency.json');
    const next = await runPaper({ for: micros(10 * SECOND), latency: { file } });
    expect(next.document.latency).toMatchObject({ name: 'measured', seed: 42 });
    expect(next.document.measuredLatency).toBeUndefined();
    expect((await diff(next.document.folder)).exitCode).toBe(0);
  });

  test.each([
    ['no JSON', 'KB_CLI_UNREADABLE'],
    ['{"name":"x"}', 'KB_CLI_UNREADABLE'],
    ['{"name":"x","feed":5,"entry":-1}', 'KB_ENGINE_BAD_CONFIG'],
  ])('%s is refused, with what is wrong', async (text, code) => {
    const file = join(temporaryFolder(), 'latency.json');
    writeFileSync(file, text);
    await expect(runPaper({ for: micros(SECOND), latency: { file } })).rejects.toMatchObject({ code });
  });
});

test('a run that crashed before is sealed by the next one, which says so', async () => {
  const runs = temporaryFolder();
  const kb = startKb('paper', '--source', 'sim', '--latency', '1ms', '--runs', runs);
  await kb.firstLine;
  const crashed = realpathSync(join(runs, 'latest-paper'));
  kb.child.kill('SIGKILL');
  await kb.ended;
  const { stderr } = await runPaper({ for: micros(SECOND), runs });
  expect(stderr).toContain(`crashed-recovered: ${basename(crashed)}, `);
  expect(JSON.parse(readFileSync(join(crashed, 'run.json'), 'utf8'))).toMatchObject({ status: 'crashed-recovered' });
});

describe('a disk that fills up during a run', () => {
  /** Lets this many writes through; then one fails, or all do. */
  function fullAfter(writes: number, forGood: boolean): void {
    const write = fs.writeSync;
    let left = writes;
    const spy = vi.spyOn(fs, 'writeSync').mockImplementation(((...args: Parameters<typeof write>) => {
      left -= 1;
      if (left >= 0 || (left < -1 && !forGood)) return write(...args);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }) as typeof write);
    onTestFinished(() => spy.mockRestore());
  }

  /** The lock and the manifest are a write each, then the headers of the two journals. */
  const [SET_UP, BEFORE_FIRST_ORDER] = [2, 4];

  async function failingRun(
    speed: 'real' | 'max',
    writes: number,
    forGood = false,
  ): Promise<{ runs: string; stderr: string }> {
    const { context, texts } = testContext();
    const runs = temporaryFolder();
    fullAfter(writes, forGood);
    const run = paper({ ...PAPER, speed, runs, for: micros(20 * SECOND) }, context);
    await expect(run).rejects.toMatchObject({ code: 'KB_JOURNAL_WRITE_FAILED' });
    expect(texts.stdout).toBe('');
    return { runs, stderr: texts.stderr };
  }

  test.each([
    ['real', BEFORE_FIRST_ORDER],
    ['max', BEFORE_FIRST_ORDER],
    ['max', SET_UP],
  ] as const)(
    'ends it with that error, and its folder says so (--speed %s, after %d writes)',
    async (speed, writes) => {
      const { runs } = await failingRun(speed, writes);
      const folder = join(runs, 'latest-paper');
      const manifest = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Record<string, unknown>;
      expect(manifest).toMatchObject({ status: 'halted', exitCode: 4 });
      expect(manifest['reason']).toContain('ENOSPC');
      expect(String(manifest['endedAt']) > String(manifest['startedAt'])).toBe(true);
      expect(existsSync(join(folder, 'LOCK'))).toBe(false);
    },
  );

  test('so that not even the folder can be ended tells both, and the first is the one that counts', async () => {
    const { stderr } = await failingRun('max', BEFORE_FIRST_ORDER, true);
    expect(stderr).toMatch(/-paper-btc-usd-maker-\w+ could not be ended: .*ENOSPC/);
  });
});

describe('a tape', () => {
  test('is traded on to its end, and the probe fills both ways', async () => {
    const path = join(temporaryFolder(), 'tape.ndjson');
    recordSim(path);
    const { exitCode, document } = await runPaper({ source: { kind: 'tape', path }, strategy: 'probe' });
    expect(exitCode).toBe(0);
    expect(document.fills).toMatchObject({ maker: 0 });
    expect(Math.min(document.fills.buy, document.fills.sell)).toBeGreaterThan(2);
  });

  test('that does not hold the pair is refused, naming what it holds', async () => {
    const path = join(temporaryFolder(), 'tape.ndjson');
    recordSim(path);
    await expect(runPaper({ source: { kind: 'tape', path }, pair: 'ETH/USD' })).rejects.toMatchObject({
      code: 'KB_CLI_UNKNOWN_PAIR',
      hint: expect.stringContaining('BTC/USD') as string,
    });
  });

  test('of another depth than asked for is refused, naming its own', async () => {
    const path = join(temporaryFolder(), 'tape.ndjson');
    recordSim(path);
    await expect(runPaper({ source: { kind: 'tape', path }, depth: 1000 })).rejects.toMatchObject({
      code: 'KB_CLI_USAGE',
      message: expect.stringContaining('depth 10') as string,
    });
  });
});

test('the local exchange lists a few pairs, and names them when another is asked for', async () => {
  await expect(runPaper({ pair: 'NOPE/USD', for: micros(SECOND) })).rejects.toMatchObject({
    code: 'KB_CLI_UNKNOWN_PAIR',
    hint: expect.stringContaining('ETH/USD') as string,
  });
});

test('every problem of a strategy and its parameters is told at once, before there is a run folder', async () => {
  const runs = temporaryFolder();
  const params = { requoteThresholdBps: 'x', nonsense: '1' };
  await expect(runPaper({ params, runs, for: micros(SECOND) })).rejects.toMatchObject({
    code: 'KB_ENGINE_BAD_CONFIG',
    message: expect.stringMatching(/requoteThresholdBps[^]*nonsense/) as string,
  });
  expect(readdirSync(runs)).toEqual([]);
});

test('over real sockets in a process of its own: Ctrl-C ends a run with its summary and 130', async () => {
  const runs = temporaryFolder();
  const kb = startKb('paper', '--source', 'sim', '--latency', '1ms', '--strategy', 'probe', '--runs', runs);
  const fill = Promise.withResolvers<void>();
  let seen = '';
  kb.child.stdout?.on('data', (text: string) => {
    seen += text;
    if (seen.includes('PAPER FILL')) fill.resolve();
  });
  await fill.promise;
  kb.child.kill('SIGINT');
  const { exitCode, stdout } = await kb.ended;
  expect(exitCode).toBe(130);
  expect(stdout).toContain('PAPER summary');
  expect((await diff(join(runs, 'latest-paper'))).exitCode).toBe(0);
});

test('an exchange that cannot be reached ends with 5, saying what the connection died of', async () => {
  const { exitCode, stderr } = await runKb(
    'paper',
    '--latency=1ms',
    '--connect-timeout=300ms',
    '--url=ws://127.0.0.1:1/v2',
    `--runs=${temporaryFolder()}`,
  );
  expect(exitCode).toBe(5);
  expect(stderr).toContain('ECONNREFUSED');
});

const CAPTURES = fileURLToPath(new URL('../../../../shared/data/kraken-v2/', import.meta.url));

describe.skipIf(!existsSync(CAPTURES))('Kraken’s own minutes (skipped without ../shared/data/kraken-v2)', () => {
  const tape = (file: string): PaperOptions['source'] => ({ kind: 'tape', path: join(CAPTURES, file) });

  test('the probe fills both ways', async () => {
    const { document } = await runPaper({ source: tape('book_d25_BTC-USD_2026-08-02.ndjson.gz'), strategy: 'probe' });
    expect(document.fills).toMatchObject({ total: 25, taker: 25, buy: 13, sell: 12 });
    expect(document.feed.symbols['BTC/USD']).toMatchObject({ checksumOk: 2052, checksumFailed: 0 });
  });

  test('the maker sends and moves quotes, and is not filled: these minutes are too quiet', async () => {
    const { document } = await runPaper({
      source: tape('book_d25_BTC-USD_2026-08-02.ndjson.gz'),
      params: { requoteThresholdBps: '1' },
    });
    expect(document.orders.placed).toBeGreaterThan(1);
    expect(document.orders.amended).toBeGreaterThan(1);
    expect(document.fills.total).toBe(0);
  });
});
