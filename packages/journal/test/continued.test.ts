import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoToMicros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { JournalWriter, readJournal, readManifest, RunFolder, verifyJournal } from '../src/index.ts';
import type { HostProcess, JournalWriterOptions } from '../src/index.ts';
import { chained, stored } from '../src/line.ts';
import { failureOf, scratch, someRecords } from './scratch.ts';

const empty = scratch();
const RECORDS = someRecords(60);
const SMALL = { chain: 'output', segmentBytes: 2000, flushBytes: 300 } as const;

function writer(directory: string, more: Partial<JournalWriterOptions> = {}): JournalWriter {
  return new JournalWriter({ directory, ...SMALL, ...more });
}

function append(journal: JournalWriter, from: number, to: number): void {
  for (const record of RECORDS.slice(from, to)) journal.append(record);
}

/** The hash of a journal that was written in one go. */
async function straightHash(): Promise<string> {
  const journal = writer(empty(), { header: { seed: 1 } });
  append(journal, 0, RECORDS.length);
  return (await journal.close()).hash;
}

/** The newest segment, which a writer that was never closed left plain. */
function openSegment(directory: string): string {
  const names = readdirSync(directory).filter((name) => name.endsWith('.ndjson'));
  return join(directory, names.toSorted().at(-1) ?? '');
}

describe('a journal that goes on', () => {
  test.each([0, 1, 17, 59, 60])(
    'after it was closed at %d records has the hash of one that never stopped',
    async (cut) => {
      const directory = empty();
      const before = writer(directory, { header: { seed: 1 } });
      append(before, 0, cut);
      const { segments } = await before.close();
      const after = writer(directory, { continues: true });
      expect(after.records).toBe(cut);
      append(after, cut, RECORDS.length);
      const end = await after.close();
      expect(end).toMatchObject({ records: RECORDS.length, hash: await straightHash() });
      expect(end.segments).toBeGreaterThan(segments);
      const reading = readJournal(directory);
      expect(reading.header).toMatchObject({ seed: 1, segment: 1 });
      expect([...reading]).toEqual(RECORDS.map((record, seq) => ({ seq, ...record })));
      expect(reading.end).toEqual({ ...end, closed: true, sealed: true, torn: undefined });
      expect(readdirSync(directory).every((name) => name.endsWith('.zst'))).toBe(true);
    },
  );

  test('after a crash at any byte of its last segment takes what was whole, and cuts the rest aside', async () => {
    for (const left of [1, 5, 40, 200, 900, 5000]) {
      const directory = empty();
      const before = writer(directory, { header: { seed: 1 }, segmentBytes: 800 });
      append(before, 0, 25);
      before.flush();
      const segment = openSegment(directory);
      const whole = readFileSync(segment);
      truncateSync(segment, Math.max(1, whole.length - left));
      const { records } = verifyJournal(directory);
      const after = writer(directory, { continues: true });
      expect(after.records).toBe(records);
      append(after, records, RECORDS.length);
      expect(await after.close()).toMatchObject({ records: RECORDS.length, hash: await straightHash() });
      expect(verifyJournal(directory)).toMatchObject({ hash: after.hash, closed: true });
    }
  });

  test('after a crash between two segments writes the second one anew', async () => {
    const directory = empty();
    const before = writer(directory, { header: { seed: 1 }, segmentBytes: 1 });
    append(before, 0, 10);
    before.flush();
    const segment = openSegment(directory); // holds nothing but a header
    for (const bytes of [10, 0]) {
      truncateSync(segment, bytes);
      expect(verifyJournal(directory)).toMatchObject({ records: 10, sealed: false });
    }
    const after = writer(directory, { continues: true });
    append(after, 10, RECORDS.length);
    expect(await after.close()).toMatchObject({ hash: await straightHash() });
  });

  test('can stop and go on again and again', async () => {
    const directory = empty();
    await writer(directory, { header: { seed: 1 } }).close();
    for (let at = 0; at < RECORDS.length; at += 10) {
      const journal = writer(directory, { continues: true });
      append(journal, at, at + 10);
      await journal.close();
    }
    expect(verifyJournal(directory)).toMatchObject({ hash: await straightHash(), closed: true });
  });

  test('tells of the segment that it seals and of its own', async () => {
    const directory = empty();
    const before = writer(directory, { segmentBytes: 1e6 });
    append(before, 0, 5);
    before.flush();
    const begun: string[] = [];
    const sealed: string[] = [];
    const after = writer(directory, {
      continues: true,
      onSegment: (path) => begun.push(path),
      onSealed: (path, plain) => sealed.push(path, plain),
    });
    await after.close();
    const [first, second] = ['output-000001.ndjson', 'output-000002.ndjson'].map((name) => join(directory, name));
    expect(begun).toEqual([first, second]);
    expect(sealed).toEqual([`${first}.zst`, first, `${second}.zst`, second]);
  });

  test('is not one that was cut off in its first line, is damaged, or is not there', () => {
    const headless = empty();
    writer(headless).flush();
    truncateSync(openSegment(headless), 10);
    expect(failureOf(() => writer(headless, { continues: true }))).toMatchObject({ code: 'KB_JOURNAL_NOT_FOUND' });
    expect(failureOf(() => writer(empty(), { continues: true }))).toMatchObject({ code: 'KB_JOURNAL_NOT_FOUND' });

    const damaged = empty();
    const journal = writer(damaged, { segmentBytes: 1e6 });
    append(journal, 0, 5);
    journal.flush();
    const path = openSegment(damaged);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seq":2', '"seq":3'));
    expect(failureOf(() => writer(damaged, { continues: true }))).toMatchObject({
      code: 'KB_JOURNAL_DAMAGED',
      place: { segment: path, line: 4 },
    });
    const header = failureOf(() => writer(empty(), { continues: true, header: { seed: 1 } }));
    expect(header).toMatchObject({ code: 'KB_JOURNAL_BAD_OPTIONS' });
  });

  test('says so: a segment behind a closed journal that does not is damage', async () => {
    const directory = empty();
    const journal = writer(directory);
    append(journal, 0, 3);
    const { hash, segments } = await journal.close();
    const own = `{"formatVersion":1,"chain":"output","segment":${segments + 1},"previous":"${hash}","firstSeq":3`;
    const path = join(directory, `output-${String(segments + 1).padStart(6, '0')}.ndjson`);
    appendFileSync(path, stored(`${own}}`, chained(hash, `${own}}`)));
    expect(failureOf(() => verifyJournal(directory))).toMatchObject({
      code: 'KB_JOURNAL_DAMAGED',
      message: expect.stringContaining('behind a journal that was closed') as string,
    });
    const told = `${own},"continued":true}`;
    writeFileSync(path, stored(told, chained(hash, told)));
    expect(verifyJournal(directory)).toMatchObject({ records: 3, closed: false, sealed: false });
  });
});

test('what must be on the disk earlier is handed over before anything is', () => {
  const directory = empty();
  const input = new JournalWriter({ directory, chain: 'input' });
  const output = new JournalWriter({ directory, chain: 'output', flushBytes: 300, beforeWrite: () => input.flush() });
  for (const record of RECORDS.slice(0, 20)) {
    input.append(record);
    output.append(record);
    const [inputs, outputs] = (['input', 'output'] as const).map(
      (chain) => verifyJournal(directory, { chain }).records,
    );
    expect(inputs).toBeGreaterThanOrEqual(outputs ?? 0);
  }
  expect(verifyJournal(directory, { chain: 'input' }).records).toBeGreaterThan(10);
});

describe('a run that goes on', () => {
  const NOW = isoToMicros('2026-11-21T01:42:33Z');
  const LATER = isoToMicros('2026-11-22T00:00:00Z');
  const machine = (pid: number, ...alive: number[]): HostProcess => ({
    self: () => ({ host: 'here', pid, bootId: 'boot', startTime: '1' }),
    isAlive: (identity) => alive.includes(identity.pid),
  });
  const create = (root: string, host: HostProcess): RunFolder =>
    RunFolder.create({ root, mode: 'paper', name: 'x', now: NOW, suffix: 'abcd', seed: 4, host });

  test('after its end is running and locked again, and remembers when it began and went on', () => {
    const host = machine(1, 1);
    const run = create(empty(), host);
    const input = { records: 1, hash: 'ab', segments: 1 };
    run.finish({ status: 'ended', exitCode: 0, now: NOW, reason: 'x', journal: { input } });
    const again = RunFolder.resume(run.directory, { now: LATER, host });
    expect(again.id).toBe(run.id);
    const manifest = readManifest(run.directory);
    expect(manifest).toMatchObject({ status: 'running', seed: 4, resumedAt: ['2026-11-22T00:00:00.000000Z'] });
    expect(manifest).not.toHaveProperty('endedAt');
    expect(manifest).not.toHaveProperty('reason');
    expect(failureOf(() => RunFolder.resume(run.directory, { now: LATER, host }))).toMatchObject({
      code: 'KB_JOURNAL_LOCKED',
    });
    again.finish({ status: 'halted', exitCode: 6, now: LATER });
    expect(readManifest(run.directory)).toMatchObject({ status: 'halted', journal: { input } });
    RunFolder.resume(run.directory, { now: LATER, host });
    expect(readManifest(run.directory)?.resumedAt).toHaveLength(2);
  });

  test('after a crash is sealed first, its torn tail cut', () => {
    const run = create(empty(), machine(1));
    const journal = new JournalWriter({ directory: run.journalDirectory, chain: 'input' });
    append(journal, 0, 5);
    journal.flush();
    const segment = openSegment(run.journalDirectory);
    truncateSync(segment, readFileSync(segment).length - 3);
    const again = RunFolder.resume(run.directory, { now: LATER, host: machine(2, 2) });
    expect(again.recovered).toMatchObject([{ id: run.id, status: 'crashed-recovered' }]);
    expect(verifyJournal(run.journalDirectory)).toMatchObject({ records: 4, torn: undefined });
  });

  test('is not one that a living process has, a damaged one, or no run at all', () => {
    const run = create(empty(), machine(1));
    expect(failureOf(() => RunFolder.resume(run.directory, { now: LATER, host: machine(2, 1, 2) }))).toMatchObject({
      code: 'KB_JOURNAL_LOCKED',
    });
    const journal = new JournalWriter({ directory: run.journalDirectory, chain: 'input' });
    append(journal, 0, 5);
    journal.flush();
    const segment = openSegment(run.journalDirectory);
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('"seq":2', '"seq":3'));
    expect(failureOf(() => RunFolder.resume(run.directory, { now: LATER, host: machine(2, 2) }))).toMatchObject({
      code: 'KB_JOURNAL_DAMAGED',
      message: expect.stringContaining('quarantined') as string,
    });
    expect(readdirSync(run.directory)).not.toContain('LOCK');
    for (const path of [empty(), join(empty(), 'nowhere')]) {
      expect(failureOf(() => RunFolder.resume(path, { now: LATER }))).toMatchObject({ code: 'KB_JOURNAL_NOT_FOUND' });
    }
  });
});
