import { appendFileSync, cpSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_MARKETS, listen, SimExchange } from '@kb/exchange-sim';
import { JournalWriter, readJournal, readManifest, verifyJournal } from '@kb/journal';
import type { JournalRecord } from '@kb/journal';
import { systemScheduler } from '@kb/kraken';
import { micros, MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { replayDiff } from '../src/commands/replay-diff.ts';
import { resumePaper } from '../src/commands/resume-paper.ts';
import type { ResumeOptions } from '../src/options.ts';
import type { RunDocument } from '../src/session/paper-run.ts';
import { runKb, startKb, temporaryFolder, testContext } from './kb.ts';

/** A local exchange on a real socket that lives as long as the test, whoever comes and goes. @returns Its address. */
async function liveExchange(): Promise<string> {
  const markets = DEMO_MARKETS.filter(({ instrument }) => instrument.symbol === 'BTC/USD');
  const exchange = new SimExchange({ markets, seed: 6, scheduler: systemScheduler() });
  const server = await listen({ accept: exchange.accept, rest: exchange.rest });
  exchange.start();
  onTestFinished(async () => {
    exchange.stop();
    await server.close();
  });
  return server.url;
}

/** A run in a process of its own that was killed after a few fills, in the middle of its work. */
async function killedRun(url: string): Promise<string> {
  const runs = temporaryFolder();
  const kb = startKb(
    'paper',
    '--url',
    url,
    '--latency',
    '20ms',
    '--strategy',
    'probe',
    '--param',
    'everyMs=300',
    '--runs',
    runs,
  );
  const filled = Promise.withResolvers<void>();
  let seen = '';
  kb.child.stdout?.on('data', (text: string) => {
    seen += text;
    if (seen.split('PAPER FILL').length > 2) filled.resolve();
  });
  await filled.promise;
  kb.child.kill('SIGKILL');
  await kb.ended;
  return realpathSync(join(runs, 'latest-paper'));
}

async function resume(run: string, options: Partial<ResumeOptions> = {}): Promise<RunDocument> {
  const { context, texts } = testContext();
  const given = { url: undefined, connectTimeout: micros(5 * SECOND), second: undefined, runs: '', ...options };
  await resumePaper({ resume: run, for: micros(SECOND), json: true, color: false, ...given }, context);
  return JSON.parse(texts.stdout) as RunDocument;
}

async function isSameAgain(run: string): Promise<boolean> {
  const { context, texts } = testContext();
  const exitCode = await replayDiff({ path: run, json: true, color: false }, context);
  return exitCode === 0 && (JSON.parse(texts.stdout) as { identical: boolean }).identical;
}

function records(run: string, chain: 'input' | 'output'): JournalRecord[] {
  return [...readJournal(join(run, 'journal'), { chain })];
}

function openSegment(run: string, chain: string): string {
  const names = readdirSync(join(run, 'journal')).filter((name) => name.startsWith(chain) && name.endsWith('.ndjson'));
  return join(run, 'journal', names.toSorted().at(-1) ?? '');
}

describe('a run on an exchange that goes on without it', () => {
  test('goes on after a kill with a torn journal, again after its end, and is the same from its inputs alone', async () => {
    const url = await liveExchange();
    const run = await killedRun(url);
    appendFileSync(openSegment(run, 'input'), '{"seq":99999,"type":"fra');
    appendFileSync(openSegment(run, 'output'), '{"se');
    const known = records(run, 'output');

    const first = await resume(run);
    expect(first.folder).toBe(run);
    expect(records(run, 'output').slice(0, known.length)).toEqual(known);
    expect(first.fills.total).toBeGreaterThanOrEqual(known.filter(isFill).length);
    expect(records(run, 'input').filter(({ type }) => type === 'resume')).toHaveLength(1);
    expect(await isSameAgain(run)).toBe(true);

    const second = await resume(run);
    expect(second.fills.total).toBeGreaterThan(first.fills.total);
    expect(second.events).toBeGreaterThan(first.events);
    expect(second.outputHash).not.toBe(first.outputHash);
    expect(await isSameAgain(run)).toBe(true);
    expect(readManifest(run)).toMatchObject({
      status: 'ended',
      exitCode: 0,
      journal: { input: { hash: second.inputHash }, output: { hash: second.outputHash } },
      resumedAt: [expect.any(String), expect.any(String)],
    });
    // Every symbol heard of the gap before any book was believed again.
    const inputs = records(run, 'input');
    const afterResume = inputs.filter((_, index) => inputs[index - 1]?.['type'] === 'resume');
    expect(afterResume).toMatchObject([1, 2].map(() => ({ type: 'state', state: 'connecting' })));
    // No order was numbered twice.
    const placed = records(run, 'output').flatMap(({ type, intent }) =>
      type === 'intent' ? [(intent as { type: string; clientOrderId: string }).clientOrderId] : [],
    );
    expect(new Set(placed).size).toBe(placed.length);
  });

  test('has what it missed, and what it had, on the drive where it is copied to', async () => {
    const url = await liveExchange();
    const run = await killedRun(url);
    appendFileSync(openSegment(run, 'input'), '{"seq":99999,"type":"fra'); // the drive has the torn line too
    const drive = temporaryFolder();
    const id = readManifest(run)?.id ?? '';
    cpSync(join(run, 'journal'), join(drive, id, 'journal'), { recursive: true }); // as an earlier copy left it
    const second = { folder: drive, isFolder: true, keepSize: undefined };
    const document = await resume(run, { second });
    const copy = join(drive, id, 'journal');
    expect(verifyJournal(copy, { chain: 'input' })).toMatchObject({ hash: document.inputHash, closed: true });
    expect(verifyJournal(copy, { chain: 'output' })).toMatchObject({ hash: document.outputHash, closed: true });
    expect(await isSameAgain(join(drive, id))).toBe(true);

    // Manifests and reports are not overwritten there: the newest has the highest number.
    const last = await resume(run, { second });
    const at = (...name: string[]): string => readFileSync(join(...name), 'utf8');
    expect(at(drive, id, 'run~2.json')).toBe(at(run, 'run.json'));
    expect(at(drive, id, 'run.json')).not.toBe(at(run, 'run.json'));
    expect(at(drive, id, 'report', 'summary~2.json')).toBe(at(run, 'report', 'summary.json'));
    expect(verifyJournal(copy, { chain: 'output' })).toMatchObject({ hash: last.outputHash, closed: true });
  });

  test('whose outputs are not those of its inputs stops at the first that differs, and stays as it was', async () => {
    const run = await killedRun(await liveExchange());
    const directory = join(run, 'journal');
    const outputs = records(run, 'output');
    const at = outputs.findIndex(isFill);
    const forged = temporaryFolder();
    const writer = new JournalWriter({ directory: forged, chain: 'output' });
    for (const { seq: _seq, ...record } of outputs) {
      writer.append(_seq === at ? { ...record, on: Number(record['on']) + 1 } : record);
    }
    await writer.close();
    for (const name of readdirSync(directory).filter((each) => each.startsWith('output'))) {
      writeFileSync(join(directory, name), '');
    }
    const [sealed = ''] = readdirSync(forged);
    cpSync(join(forged, sealed), join(directory, sealed));
    const before = readdirSync(directory);
    await expect(resume(run)).rejects.toMatchObject({
      code: 'KB_ENGINE_RESUME_DIFFERS',
      message: expect.stringContaining(`output record ${at} was`) as string,
    });
    expect(readdirSync(directory)).toEqual(before);
    expect(readManifest(run)).toMatchObject({ status: 'halted', exitCode: 6 });
    expect(readdirSync(run)).not.toContain('LOCK');
  });
});

function isFill({ type, report }: JournalRecord): boolean {
  return type === 'report' && (report as { type: string }).type === 'fill';
}

describe('a run that cannot go on', () => {
  test('is one whose market has ended with it', async () => {
    const runs = temporaryFolder();
    await runKb('paper', '--source=sim', '--speed=max', '--for=2s', '--latency=1ms', `--runs=${runs}`);
    await expect(resume(join(runs, 'latest-paper'))).rejects.toMatchObject({
      code: 'KB_CLI_CANNOT_RESUME',
      message: expect.stringContaining('local exchange') as string,
    });
    await expect(resume(runs)).rejects.toMatchObject({ code: 'KB_CLI_CANNOT_RESUME' });
  });

  test('is one that is to be configured anew: each such flag is named', async () => {
    const { exitCode, stderr } = await runKb(
      'paper',
      '--resume=runs/x',
      '--latency=1ms',
      '--pair=ETH/USD',
      '--param=a=1',
      '--seed=42',
      '--for=1s',
    );
    expect(exitCode).toBe(2);
    for (const flag of ['latency', 'pair', 'param', 'seed']) expect(stderr).toContain(`--${flag}: does not go with`);
    expect(stderr).not.toContain('--for');
  });

  test('because nothing can be reached is halted with its journals whole, and can be tried again', async () => {
    const run = await killedRun(await liveExchange());
    await expect(
      resume(run, { url: 'ws://127.0.0.1:1/v2', connectTimeout: micros(300 * MILLISECOND) }),
    ).rejects.toMatchObject({ code: 'KB_CLI_UNREACHABLE' });
    expect(readManifest(run)).toMatchObject({ status: 'halted', exitCode: 5 });
    expect(await isSameAgainWithoutEnd(run)).toBe(true);
    const { fills } = await resume(run);
    expect(fills.total).toBeGreaterThan(0);
    expect(await isSameAgain(run)).toBe(true);
  });
});

/** A run that failed has no last mark: all records before it are the same. */
async function isSameAgainWithoutEnd(run: string): Promise<boolean> {
  const { context, texts } = testContext();
  await replayDiff({ path: run, json: true, color: false }, context);
  const { outputs } = JSON.parse(texts.stdout) as { outputs: number };
  return outputs > 0 && texts.stderr.includes(`record ${outputs} is new`);
}

test('what the README says of resuming stands in the help', async () => {
  const { stdout } = await runKb('paper', '--help');
  expect(stdout).toContain('--resume <run>');
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain('kb paper --resume RUN');
});
