import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isoToMicros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { HOST } from '../src/host-process.ts';
import { JournalWriter, readManifest, RunFolder, verifyJournal } from '../src/index.ts';
import type { HostProcess, RunFolderOptions } from '../src/index.ts';
import { bytesOf, failureOf, scratch, someRecords } from './scratch.ts';

const empty = scratch();
const NOW = isoToMicros('2026-11-21T01:42:33.5Z');

function options(root: string, more: Partial<RunFolderOptions> = {}): RunFolderOptions {
  return { root, mode: 'paper', name: 'BTC maker', now: NOW, suffix: '7f3a', seed: 42, ...more };
}

/** A machine on which the process that asks has a number, and who else lives is told. */
function machine(pid: number, alive: readonly number[], host: string | undefined = 'here'): HostProcess {
  return {
    self: () => ({ host, pid, bootId: 'boot', startTime: '1' }),
    isAlive: (identity) => alive.includes(identity.pid),
  };
}

describe('a run folder', () => {
  test('is named, marked running, locked and linked as the latest of its mode', () => {
    const root = join(empty(), 'runs');
    const run = RunFolder.create(options(root, { versions: { kb: '1.0.0' }, inputs: ['sim'], configHash: 'c0ffee' }));
    expect(run.id).toBe('20261121T014233Z-paper-btc-maker-7f3a');
    expect(run.directory).toBe(join(root, run.id));
    expect(readdirSync(run.directory).toSorted()).toEqual(['LOCK', 'journal', 'report', 'run.json']);
    expect(readlinkSync(join(root, 'latest-paper'))).toBe(run.id);
    expect(readManifest(run.directory)).toEqual({
      formatVersion: 1,
      id: run.id,
      mode: 'paper',
      name: 'BTC maker',
      status: 'running',
      startedAt: '2026-11-21T01:42:33.500000Z',
      versions: { kb: '1.0.0' },
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      configHash: 'c0ffee',
      seed: 42,
      inputs: ['sim'],
      journal: {},
    });
  });

  test('ends with a summary, a status, an exit code, and without a lock', () => {
    const run = RunFolder.create(options(empty()));
    const end = { records: 3, hash: 'ab', segments: 1 };
    run.finish({
      status: 'halted',
      exitCode: 5,
      now: NOW,
      reason: 'KILL',
      summary: { fills: 2 },
      journal: { output: end },
    });
    expect(readFileSync(join(run.reportDirectory, 'summary.json'), 'utf8')).toBe('{\n  "fills": 2\n}\n');
    expect(readManifest(run.directory)).toMatchObject({
      status: 'halted',
      exitCode: 5,
      reason: 'KILL',
      journal: { output: end },
    });
    expect(existsSync(join(run.directory, 'LOCK'))).toBe(false);
    run.finish({ status: 'ended', exitCode: 0, now: NOW });
    expect(readManifest(run.directory)?.status).toBe('halted');
  });

  test('can be ended again when ending it failed', () => {
    const run = RunFolder.create(options(empty()));
    mkdirSync(join(run.reportDirectory, 'summary.json'));
    const end = { status: 'ended', exitCode: 0, now: NOW } as const;
    expect(failureOf(() => run.finish({ ...end, summary: {} })).code).toBe('KB_JOURNAL_WRITE_FAILED');
    run.finish({ ...end, status: 'halted', reason: 'no summary' });
    expect(readManifest(run.directory)).toMatchObject({ status: 'halted', reason: 'no summary' });
    expect(existsSync(join(run.directory, 'LOCK'))).toBe(false);
  });

  test('is not given to a second writer, alive or not', () => {
    const root = empty();
    RunFolder.create(options(root, { host: machine(100, []) }));
    const second = (alive: readonly number[]): string =>
      failureOf(() => RunFolder.create(options(root, { host: machine(200, alive) }))).code;
    expect(second([100])).toBe('KB_JOURNAL_LOCKED');
    expect(second([])).toBe('KB_JOURNAL_EXISTS');
  });

  test('takes other files, whole, but only its own', () => {
    const run = RunFolder.create(options(empty()));
    run.write('derived/fills.csv', 'a,b\n');
    run.write('config.resolved.yaml', 'one: 1\n');
    run.write('config.resolved.yaml', 'one: 2\n');
    expect(readFileSync(join(run.directory, 'config.resolved.yaml'), 'utf8')).toBe('one: 2\n');
    expect(readdirSync(run.directory).some((name) => name.endsWith('.tmp'))).toBe(false);
    expect(failureOf(() => run.write('../other', '')).code).toBe('KB_JOURNAL_BAD_OPTIONS');
  });

  test.each([
    ['Crypto / Maker!', 'crypto-maker'],
    ['../../etc', 'etc'],
    ['Müller 東京', 'müller-東京'],
    ['---', 'run'],
    ['x'.repeat(80), 'x'.repeat(48)],
  ])('makes a name of %j', (name, expected) => {
    expect(RunFolder.create(options(empty(), { name })).id).toBe(`20261121T014233Z-paper-${expected}-7f3a`);
  });

  test('refuses a mode, a suffix or a root that cannot be', () => {
    const root = empty();
    for (const wrong of [{ mode: 'Paper!' }, { suffix: '7F3' }]) {
      expect(failureOf(() => RunFolder.create(options(root, wrong))).code).toBe('KB_JOURNAL_BAD_OPTIONS');
    }
    writeFileSync(join(root, 'file'), '');
    expect(failureOf(() => RunFolder.create(options(join(root, 'file')))).code).toBe('KB_JOURNAL_WRITE_FAILED');
  });
});

describe('what crashed before', () => {
  /** A run with both journals written but never ended, by a process of some number. */
  function crashedRun(root: string, pid: number): RunFolder {
    const run = RunFolder.create(options(root, { suffix: '0001', host: machine(pid, [pid]) }));
    for (const chain of ['input', 'output'] as const) {
      const writer = new JournalWriter({ directory: run.journalDirectory, chain });
      for (const record of someRecords(5)) writer.append(record);
      writer.flush();
    }
    return run;
  }

  test('is sealed as recovered, its torn tail saved aside and cut', () => {
    const root = empty();
    const crashed = crashedRun(root, 100);
    const output = join(crashed.journalDirectory, 'output-000001.ndjson');
    truncateSync(output, bytesOf(crashed.journalDirectory, 'output-000001.ndjson').length - 10);
    const run = RunFolder.create(options(root, { host: machine(200, []) }));
    expect(run.recovered).toMatchObject([{ id: crashed.id, status: 'crashed-recovered' }]);
    expect(run.recovered[0]?.reason).toMatch(/^output: \d+ bytes of an unfinished line 6 cut$/);
    expect(readManifest(crashed.directory)).toMatchObject({
      status: 'crashed-recovered',
      journal: { input: { records: 5 }, output: { records: 4 } },
    });
    expect(verifyJournal(crashed.journalDirectory, { chain: 'output' })).toMatchObject({ records: 4, torn: undefined });
    expect(readFileSync(`${output}.torn`, 'utf8')).toMatch(/^{"seq":4,/);
    expect(existsSync(join(crashed.directory, 'LOCK'))).toBe(false);
    // and not again at the next start
    expect(RunFolder.create(options(root, { suffix: '0003', host: machine(300, [200]) })).recovered).toEqual([]);
  });

  test('is quarantined when its journal is damaged before the tail', () => {
    const root = empty();
    const crashed = crashedRun(root, 100);
    const path = join(crashed.journalDirectory, 'input-000001.ndjson');
    const bytes = bytesOf(crashed.journalDirectory, 'input-000001.ndjson');
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const run = RunFolder.create(options(root, { host: machine(200, []) }));
    expect(run.recovered).toMatchObject([{ id: crashed.id, status: 'quarantined' }]);
    expect(readManifest(crashed.directory)?.reason).toContain('KB_JOURNAL_DAMAGED');
    expect(bytesOf(crashed.journalDirectory, 'input-000001.ndjson')).toEqual(bytes);
  });

  test('is left alone while its process lives', () => {
    const root = empty();
    const other = crashedRun(root, 100);
    expect(RunFolder.create(options(root, { host: machine(200, [100]) })).recovered).toEqual([]);
    expect(readManifest(other.directory)?.status).toBe('running');
  });

  test('is left alone when another machine or container holds it, until its lock is removed', () => {
    const root = empty();
    const other = crashedRun(root, 100);
    const create = (suffix: string): RunFolder =>
      RunFolder.create(options(root, { suffix, host: machine(200, [200], 'elsewhere') }));
    expect(create('0002').recovered).toEqual([]);
    const failure = failureOf(() => create('0001'));
    expect([failure.code, failure.message]).toEqual([
      'KB_JOURNAL_LOCKED',
      `${other.directory} is held by process 100 of here`,
    ]);
    expect(failure.hint).toContain(join(other.directory, 'LOCK'));
    expect(readManifest(other.directory)?.status).toBe('running');
    rmSync(join(other.directory, 'LOCK'));
    expect(create('0003').recovered).toMatchObject([{ id: other.id, status: 'crashed-recovered' }]);
  });

  test('is sealed when its lock does not say of which machine it is, and no such process is here', () => {
    const root = empty();
    const crashed = crashedRun(root, 100);
    writeFileSync(join(crashed.directory, 'LOCK'), '100\nboot\n1\n');
    expect(RunFolder.create(options(root, { host: machine(200, []) })).recovered).toMatchObject([{ id: crashed.id }]);
  });

  test('does not stand in the way when it cannot be sealed; the next start tries again', () => {
    const root = empty();
    const crashed = crashedRun(root, 100);
    const obstacle = join(crashed.directory, `run.json.${process.pid}.tmp`); // where the new manifest would be written
    mkdirSync(obstacle);
    expect(RunFolder.create(options(root, { host: machine(200, []) })).recovered).toEqual([]);
    expect(readManifest(crashed.directory)?.status).toBe('running');
    rmdirSync(obstacle);
    const { recovered } = RunFolder.create(options(root, { suffix: '0003', host: machine(300, [200]) }));
    expect(recovered).toMatchObject([{ id: crashed.id, status: 'crashed-recovered' }]);
  });

  test('is not what ended while it was looked at', () => {
    const root = empty();
    const ending = RunFolder.create(options(root, { suffix: '0001', host: machine(100, [100]) }));
    const lookingAsItEnds: HostProcess = {
      self: () => ({ host: 'here', pid: 200, bootId: 'boot', startTime: '1' }),
      isAlive: () => {
        ending.finish({ status: 'ended', exitCode: 0, now: NOW });
        return false;
      },
    };
    expect(RunFolder.create(options(root, { host: lookingAsItEnds })).recovered).toEqual([]);
    expect(readManifest(ending.directory)?.status).toBe('ended');
  });

  test('does not stand in the way when it is beyond reading', () => {
    const root = empty();
    mkdirSync(join(root, 'broken'));
    writeFileSync(join(root, 'broken', 'run.json'), '{"id"');
    writeFileSync(join(root, 'stray'), '');
    expect(failureOf(() => readManifest(join(root, 'broken'))).code).toBe('KB_JOURNAL_DAMAGED');
    expect(RunFolder.create(options(root)).recovered).toEqual([]);
  });
});

describe('who is alive', () => {
  test('this process is, and its lock names the machine', () => {
    const run = RunFolder.create(options(empty()));
    expect(readFileSync(join(run.directory, 'LOCK'), 'utf8').split('\n')).toEqual([
      String(process.pid),
      HOST.self().bootId ?? '',
      HOST.self().startTime ?? '',
      hostname(),
      '',
    ]);
    expect(HOST.isAlive(HOST.self())).toBe(true);
  });

  test('nobody is after another boot, or when the number was given to somebody else', () => {
    const self = HOST.self();
    expect(HOST.isAlive({ ...self, bootId: 'another boot' })).toBe(false);
    expect(HOST.isAlive({ ...self, startTime: 'another time' })).toBe(false);
    expect(HOST.isAlive({ ...self, pid: 2 ** 22 + 1 })).toBe(false);
  });
});
