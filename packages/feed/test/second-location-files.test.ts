import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { micros } from '@kb/model';
import { expect, test } from 'vitest';
import { SecondLocation } from '../src/index.ts';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';
import { codeOf } from './error-code.ts';
import { lines, Primary, Subject } from './second-place.ts';

test('journals come before audit, health and recordings, also when they grow in the middle', async () => {
  const primary = new Primary();
  const order: string[] = [];
  const journal = primary.file('journal.ndjson', lines(0, 10));
  const subject = primary.plain({
    drive: {
      append: async (folder, name, ...rest) => {
        order.push(name);
        if (order.length === 5) {
          appendFileSync(journal, lines(10, 10));
          subject.location.wake();
        }
        await fileSystemDrive.append(folder, name, ...rest);
      },
    },
  });
  subject.location.add({ path: primary.file('btc.ndjson', lines(0, 700)), priority: 'recording' });
  subject.location.add({ path: primary.file('health.ndjson', lines(0, 10)), priority: 'health' });
  subject.location.add({ path: primary.file('audit.ndjson', lines(0, 10)), priority: 'audit' });
  subject.location.add({ path: journal, priority: 'journal' });
  await subject.start();
  expect(order).toEqual([
    'journal.ndjson',
    'audit.ndjson',
    'health.ndjson',
    'btc.ndjson',
    'btc.ndjson',
    'journal.ndjson',
    'btc.ndjson',
  ]);
});

test('files of a watched folder are copied as they appear, those with a dot are not', async () => {
  const primary = new Primary();
  const subject = primary.plain();
  mkdirSync(join(primary.folder, 'run', 'deep'), { recursive: true });
  subject.location.watch({ folder: join(primary.folder, 'run'), priority: 'journal', as: 'runs/7' });
  await subject.start();
  primary.file('run/input.ndjson', 'a\n');
  primary.file('run/deep/output.ndjson', 'b\n');
  primary.file('run/.lock', 'c');
  await subject.poll();
  expect(subject.location.status.files.map(({ name }) => name)).toEqual([
    'runs/7/deep/output.ndjson',
    'runs/7/input.ndjson',
  ]);
  expect(readFileSync(join(subject.folder, 'runs/7/deep/output.ndjson'), 'utf8')).toBe('b\n');
  expect(existsSync(join(subject.folder, 'runs/7/.lock'))).toBe(false);
});

test('a found file whose name another one has gets a name of its own, and copying goes on', async () => {
  const primary = new Primary();
  const subject = primary.plain();
  mkdirSync(join(primary.folder, 'one'));
  mkdirSync(join(primary.folder, 'two'));
  subject.location.watch({ folder: join(primary.folder, 'one'), priority: 'journal', as: 'run' });
  subject.location.watch({ folder: join(primary.folder, 'two'), priority: 'journal', as: 'run' });
  primary.file('one/input.ndjson', 'a\n');
  const second = primary.file('two/input.ndjson', 'b\n');
  subject.location.add({ path: primary.file('audit.ndjson', 'c\n'), priority: 'audit' });
  await subject.start();
  expect(subject.location.status.state).toBe('in-step');
  const copy = (name: string): string => readFileSync(join(subject.folder, name), 'utf8');
  expect(['run/input.ndjson', 'run/input~2.ndjson', 'audit.ndjson'].map(copy)).toEqual(['a\n', 'b\n', 'c\n']);
  expect(subject.told('renamed')).toMatchObject([{ path: second, name: 'run/input~2.ndjson' }]);
});

test('a watched folder in which the copies lie is copied without them', async () => {
  const primary = new Primary();
  const subject = primary.plain();
  primary.file('btc.ndjson', 'a\n');
  mkdirSync(join(primary.folder, 'other'));
  primary.file('other/.kb-location'); // of another second location
  subject.location.watch({ folder: primary.folder, priority: 'recording', as: 'all', match: () => true });
  await subject.start();
  for (let round = 0; round < 3; round += 1) await subject.poll();
  expect(subject.location.status.files.map(({ name }) => name)).toEqual(['all/btc.ndjson']);
  expect(subject.location.status.state).toBe('in-step');
});

test('the oldest recordings leave a drive that keeps only so much, do not come back, and journals stay', async () => {
  const primary = new Primary();
  const subject = primary.plain({ keepBytes: 6000 });
  for (let index = 1; index <= 5; index += 1) {
    subject.location.add({
      path: primary.file(`btc-${index}.ndjson`, lines(index * 1000, 150)),
      priority: 'recording',
    });
  }
  subject.location.add({ path: primary.file('journal.ndjson', lines(0, 700)), priority: 'journal' });
  await subject.start();
  await subject.poll();
  const kept = (): readonly boolean[] =>
    [1, 2, 3, 4, 5].map((n) => existsSync(join(subject.folder, `btc-${n}.ndjson`)));
  expect(kept()).toEqual([false, false, false, true, true]);
  expect(subject.told('removed')).toMatchObject([
    { name: 'btc-1.ndjson' },
    { name: 'btc-2.ndjson' },
    { name: 'btc-3.ndjson' },
  ]);
  expect(existsSync(join(subject.folder, 'journal.ndjson'))).toBe(true);
  await subject.location.close();

  const again = new Subject({ folder: subject.folder, kind: 'folder', keepBytes: 6000 });
  again.location.add({ path: join(primary.folder, 'btc-1.ndjson'), priority: 'recording' });
  await again.start();
  expect(again.location.status).toMatchObject({ state: 'in-step', bytesCopied: 0 });
  expect(kept()).toEqual([false, false, false, true, true]);
});

test('the newest recording stays on a drive, however little is to be kept', async () => {
  const primary = new Primary();
  const subject = primary.plain({ keepBytes: 1 });
  subject.location.add({ path: primary.file('btc-1.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  await subject.poll();
  expect(subject.told('removed')).toEqual([]);
  subject.location.add({ path: primary.file('btc-2.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.poll();
  expect(readdirSync(subject.folder).filter((name) => name.startsWith('btc'))).toEqual(['btc-2.ndjson']);
});

test('an original that goes before it was copied is told as lost, one that was copied is not', async () => {
  const primary = new Primary();
  const subject = primary.plain();
  const [one, two] = [primary.file('one.ndjson', lines(0, 10)), primary.file('two.ndjson', lines(0, 10))];
  subject.location.add({ path: one, priority: 'recording' });
  await subject.start();
  expect(subject.location.isCopied(one, 140)).toBe(true);
  expect(subject.location.isCopied(one, 141)).toBe(false);
  rmSync(subject.folder, { recursive: true });
  subject.location.add({ path: two, priority: 'recording' });
  await subject.poll();
  expect(subject.location.isCopied(two, 140)).toBe(false);
  rmSync(one);
  rmSync(two);
  await subject.poll();
  expect(subject.told('lost')).toMatchObject([{ path: two, bytes: 140 }]);
  expect(subject.location.status).toMatchObject({ lost: 1, bytesLeft: 0, files: [] });
});

test('bad options are told all at once, and so is a name that is taken or leads elsewhere', () => {
  const primary = new Primary();
  const bad = { folder: '', pollEvery: micros(0), deadline: micros(-1), chunkBytes: 0, keepBytes: Number.NaN };
  for (const name of ['folder', 'pollEvery', 'deadline', 'chunkBytes', 'keepBytes']) {
    expect(() => new SecondLocation(bad)).toThrowError(name);
  }
  const location = new SecondLocation({ folder: primary.folder });
  location.add({ path: '/a/x.ndjson', priority: 'audit' });
  for (const as of ['x.ndjson', '../x', '/x', '.kb-location', '.kb-copies.json']) {
    expect(codeOf(() => location.add({ path: '/b/x.ndjson', priority: 'audit', as }))).toBe('KB_FEED_BAD_OPTIONS');
  }
});
