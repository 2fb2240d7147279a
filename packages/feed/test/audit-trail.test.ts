import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuditTrail, SecondLocation } from '../src/index.ts';
import type { AuditTrailOptions, FeedError } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { START } from './venue.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kb-audit-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function trail(options: Partial<AuditTrailOptions> = {}): { subject: AuditTrail; time: VirtualScheduler } {
  const time = new VirtualScheduler(START);
  return { time, subject: new AuditTrail({ base: join(folder, 'audit'), scheduler: time, ...options }) };
}

test('is one JSON record a line, in order, with what it is and when', async () => {
  const { subject, time } = trail();
  subject.append('resync', { symbol: 'BTC/USD', cause: 'checksum' });
  time.advance(micros(3 * SECOND));
  subject.append('health', { notional: 12_345_678_901_234_567_890n, text: 'ü\n' });
  await subject.close();
  subject.append('late', {});
  expect(subject.summary).toEqual({ paths: [join(folder, 'audit-000001.ndjson')], lines: 2 });
  const lines = readFileSync(join(folder, 'audit-000001.ndjson'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { kind: 'resync', at: START, record: { symbol: 'BTC/USD', cause: 'checksum' } },
    { kind: 'health', at: START + 3 * SECOND, record: { notional: '12345678901234567890', text: 'ü\n' } },
  ]);
});

test('is written at once or after a while, as told, and begins a new file at a size', async () => {
  const flushed: string[] = [];
  const begun: string[] = [];
  const done = Promise.withResolvers<void>();
  const { subject, time } = trail({
    maxBytes: 100,
    onBegin: (path) => begun.push(path),
    onFlush: (path) => {
      flushed.push(path);
      if (flushed.length === 2) done.resolve();
    },
  });
  subject.append('a', { pad: 'x'.repeat(80) });
  expect(begun).toEqual([]);
  time.advance(micros(SECOND));
  subject.append('b', {});
  time.advance(micros(SECOND));
  await done.promise;
  await subject.close();
  expect(begun).toEqual(subject.summary.paths);
  expect(readdirSync(folder)).toEqual(['audit-000001.ndjson', 'audit-000002.ndjson']);
  expect(flushed.toSorted()).toEqual(begun);

  const immediate = trail({ base: join(folder, 'now'), flushEvery: micros(0) });
  immediate.subject.append('c', {});
  expect(immediate.time.nextDue()).toBeUndefined();
  expect(immediate.subject.summary.paths).toHaveLength(1);
  await immediate.subject.close();
});

test('of which nothing was told makes no file', async () => {
  const { subject } = trail();
  await subject.close();
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['fails', () => new Writable({ write: (_chunk, _encoding, done) => done(new Error('EIO')) }), 10_000, 'EIO'],
  ['is too slow', () => new Writable({ write: () => undefined }), 1000, 'bytes wait for the disk'],
])('ends with one error when the disk %s, and never over an older file', async (_what, createFile, maxQueued, text) => {
  const errors: FeedError[] = [];
  const told = Promise.withResolvers<void>();
  const { subject } = trail({
    createFile,
    maxQueued,
    flushEvery: micros(0),
    onError: (error) => {
      errors.push(error);
      told.resolve();
    },
  });
  for (let index = 0; index < 50; index += 1) subject.append('health', { index });
  await told.promise;
  subject.append('health', {});
  await subject.close();
  expect(errors).toMatchObject([{ code: 'KB_FEED_AUDIT_FAILED' }]);
  expect(errors[0]?.message).toContain(text);
  expect(subject.error).toBe(errors[0]);

  writeFileSync(join(folder, 'audit-000001.ndjson'), 'precious');
  const older = trail({ onError: (error) => errors.push(error) }).subject;
  older.append('a', {});
  await older.close();
  expect(errors).toMatchObject([{}, { cause: { code: 'EEXIST' } }]);
  expect(readFileSync(join(folder, 'audit-000001.ndjson'), 'utf8')).toBe('precious');
});

test('does not wait for ever for a disk that hangs when it is closed', async () => {
  const errors: FeedError[] = [];
  const { subject, time } = trail({
    createFile: () => new Writable({ write: () => undefined }),
    closeTimeout: micros(7 * SECOND),
    onError: (error) => errors.push(error),
  });
  subject.append('health', {});
  const closed = subject.close();
  time.advance(micros(7 * SECOND));
  await closed;
  expect(errors).toMatchObject([{ code: 'KB_FEED_AUDIT_FAILED' }]);
  expect(errors[0]?.message).toContain('did not answer within 7 s of closing');
  expect(time.nextDue()).toBeUndefined();
});

test('is carried by a second location while it grows', async () => {
  const second = join(folder, 'second');
  mkdirSync(second);
  const time = new VirtualScheduler(START);
  const location = new SecondLocation({ folder: second, kind: 'folder', scheduler: time });
  const flushed = Promise.withResolvers<void>();
  const { subject } = trail({
    scheduler: time,
    onBegin: (path) => location.add({ path, priority: 'audit' }),
    onFlush: () => {
      location.wake();
      flushed.resolve();
    },
  });
  location.start();
  await location.settled();
  subject.append('resync', { cause: 'gap' });
  time.advance(micros(SECOND));
  await flushed.promise;
  await location.settled();
  expect(readFileSync(join(second, 'audit-000001.ndjson'), 'utf8')).toContain('"cause":"gap"');
  await subject.close();
  await location.close();
});

test('bad options are told all at once', () => {
  const bad = { base: '', maxBytes: 0, maxQueued: Number.NaN, flushEvery: micros(-1), closeTimeout: micros(0) };
  expect(codeOf(() => new AuditTrail(bad))).toBe('KB_FEED_BAD_OPTIONS');
  for (const name of ['base', 'maxBytes', 'maxQueued', 'flushEvery', 'closeTimeout']) {
    expect(() => new AuditTrail(bad)).toThrowError(name);
  }
});
