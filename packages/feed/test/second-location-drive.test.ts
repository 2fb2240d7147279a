import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Recorder, ReplayFeed } from '../src/index.ts';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';
import { CAN_MOUNT } from './removable-drive.ts';
import { drive, lines, Primary, Subject } from './second-place.ts';
import { Pair, STATUS } from './venue.ts';

const HOW = CAN_MOUNT ? 'really mounted' : 'a folder moved away and back: mounting is not allowed here';

describe(`a removable drive (${HOW})`, () => {
  test('that is not there is waited for, and nothing is written to its empty place', async () => {
    const primary = new Primary();
    const usb = drive();
    const subject = new Subject({ folder: usb.folder, kind: 'mount' });
    const path = primary.file('btc.ndjson', lines(0, 1000));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    await subject.poll();
    expect(subject.states).toEqual(['absent']);
    expect(usb.leftBehind).toEqual([]);
    expect(subject.location.status).toMatchObject({ state: 'absent', bytesLeft: 14_000 });

    if (!CAN_MOUNT) return; // a plain folder has to be there at the start
    usb.plugIn();
    await subject.poll();
    expect(subject.states).toEqual(['absent', 'present', 'catching-up', 'in-step']);
    expect([...usb.files]).toEqual([['btc.ndjson', readFileSync(path)]]);
  });

  test('that is pulled out while nothing is written catches up when it is back', async () => {
    const primary = new Primary();
    const usb = drive();
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const path = primary.file('btc.ndjson', lines(0, 1000));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    usb.pullOut();
    appendFileSync(path, lines(1000, 2000));
    await subject.poll();
    expect(subject.location.status).toMatchObject({ state: 'absent', bytesLeft: 28_000, bytesCopied: 14_000 });
    usb.plugIn();
    await subject.poll();
    expect(subject.location.status).toMatchObject({ state: 'in-step', bytesLeft: 0, bytesCopied: 42_000 });
    expect([...usb.files]).toEqual([['btc.ndjson', readFileSync(path)]]);
    usb.pullOut();
    expect(usb.leftBehind).toEqual([]);
  });

  test.each([1, 2, 3, 7])('that is pulled out in the middle of write %i resumes, with nothing twice', async (fatal) => {
    const primary = new Primary();
    const usb = drive();
    usb.plugIn();
    let writes = 0;
    const subject = new Subject({
      folder: usb.folder,
      kind: usb.kind,
      drive: {
        append: async (...args) => {
          writes += 1;
          const writing = fileSystemDrive.append(...args); // is under way in another thread
          if (writes === fatal) usb.pullOut();
          await writing;
        },
      },
    });
    const names = ['btc.ndjson', 'run/audit.ndjson'];
    mkdirSync(join(primary.folder, 'run'));
    subject.location.add({ path: primary.file('btc.ndjson', lines(0, 3000)), priority: 'recording' });
    subject.location.add({
      path: primary.file('run/audit.ndjson', lines(0, 100)),
      priority: 'audit',
      as: 'run/audit.ndjson',
    });
    await subject.start();
    await subject.poll();
    expect(subject.location.status.state).toBe('absent');
    expect(usb.leftBehind).toEqual([]);
    expect(primary.strays(usb.files, names)).toEqual([]);
    usb.plugIn();
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expect(primary.strays(usb.files, names)).toEqual([]);
    expect([...usb.files.keys()]).toEqual(names);
    expect(usb.files.get('btc.ndjson')).toHaveLength(42_000);
    expect(subject.told('renamed')).toEqual([]);
  });

  test('never disturbs a recording, which is on it whole at the end', async () => {
    const primary = new Primary();
    const usb = drive();
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const errors: unknown[] = [];
    const pair = new Pair();
    const recorder: Recorder = new Recorder({
      base: join(primary.folder, 'btc'),
      scheduler: subject.time,
      maxAge: micros(10 * SECOND),
      onBegin: (path) => subject.location.add({ path, priority: 'recording' }),
      onFlush: () => subject.location.wake(),
      onRotate: () => record(pair.snapshot()),
      onError: (error) => errors.push(error),
    });
    const record = (frame: string): void => recorder.record(subject.time.now(), 'rx', frame);
    await subject.start();
    record(STATUS);
    record(pair.snapshot());
    for (let second = 0; second < 40; second += 1) {
      if (second === 5 || second === 25) usb.pullOut();
      if (second === 15 || second === 35) usb.plugIn();
      for (let index = 0; index < 20; index += 1) record(pair.nudge());
      subject.time.advance(micros(SECOND));
      await subject.location.settled();
      expect(
        primary.strays(
          usb.files,
          recorder.summary.paths.map((path) => path.slice(primary.folder.length + 1)),
        ),
      ).toEqual([]);
    }
    await recorder.close();
    await subject.location.close();
    expect(errors).toEqual([]);
    expect(subject.location.status).toMatchObject({ state: 'in-step', bytesLeft: 0, lost: 0 });
    expect(usb.files.size).toBe(recorder.summary.paths.length);
    expect(usb.files.size).toBeGreaterThan(3);
    for (const [name, copy] of usb.files) {
      expect(copy.equals(readFileSync(join(primary.folder, name)))).toBe(true);
      const replay = new ReplayFeed({ source: join(usb.folder, name) });
      await replay.run();
      expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, checksumFailed: 0 });
    }
  });

  test.skipIf(!CAN_MOUNT)('that is full holds beginnings, and goes on when there is room', async () => {
    const primary = new Primary();
    const usb = drive('64k');
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    writeFileSync(join(usb.folder, '.holiday.jpg'), Buffer.alloc(40_000));
    subject.location.add({ path: primary.file('btc.ndjson', lines(0, 3000)), priority: 'recording' });
    subject.location.add({ path: primary.file('audit.ndjson', lines(0, 20)), priority: 'audit' });
    await subject.start();
    for (let round = 0; round < 3; round += 1) {
      await subject.poll();
      expect(subject.location.status.state).toBe('full');
      expect(primary.strays(usb.files, ['audit.ndjson', 'btc.ndjson'])).toEqual([]);
    }
    expect(usb.files.get('audit.ndjson')).toHaveLength(280);
    expect(usb.files.get('btc.ndjson')?.length).toBeLessThan(24_000);
    expect(subject.states.filter((state) => state === 'full')).toHaveLength(1);
    rmSync(join(usb.folder, '.holiday.jpg'));
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expect(usb.files.get('btc.ndjson')?.toString()).toBe(lines(0, 3000));
  });

  test.skipIf(!CAN_MOUNT)('that turned read-only is absent until it can be written again', async () => {
    const primary = new Primary();
    const usb = drive();
    usb.plugIn();
    const { execFileSync } = await import('node:child_process');
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const path = primary.file('btc.ndjson', lines(0, 100));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    execFileSync('mount', ['-o', 'remount,bind,ro', usb.folder]);
    appendFileSync(path, lines(100, 100));
    await subject.poll();
    expect(subject.location.status).toMatchObject({ state: 'absent', bytesLeft: 1400 });
    execFileSync('mount', ['-o', 'remount,bind,rw', usb.folder]);
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expect(usb.files.get('btc.ndjson')?.toString()).toBe(lines(0, 200));
  });

  test('swapped for another one gets all of it, and the first one what it misses', async () => {
    const primary = new Primary();
    const [one, two] = [drive(), drive()];
    const path = primary.file('btc.ndjson', lines(0, 100));
    one.plugIn();
    const first = new Subject({ folder: one.folder, kind: one.kind });
    first.location.add({ path, priority: 'recording' });
    await first.start();
    await first.location.close();
    appendFileSync(path, lines(100, 100));
    two.plugIn();
    for (const each of [two, one]) {
      const later = new Subject({ folder: each.folder, kind: each.kind });
      later.location.add({ path, priority: 'recording' });
      await later.start();
      await later.location.close();
      expect(each.files.get('btc.ndjson')?.toString()).toBe(lines(0, 200));
      expect(later.location.status.bytesCopied).toBe(each === two ? 2800 : 1400);
    }
  });
});

test('a folder without a marker is written to only when the user said that it is a folder, or a drive is mounted', async () => {
  const primary = new Primary();
  const folder = join(primary.folder, 'mnt');
  mkdirSync(folder);
  const subject = new Subject({ folder, kind: 'mount' });
  subject.location.add({ path: primary.file('btc.ndjson', 'a\n'), priority: 'recording' });
  await subject.start();
  expect(subject.events).toMatchObject([{ state: 'absent', detail: expect.stringContaining('nothing is mounted') }]);
  expect(existsSync(join(folder, '.kb-location'))).toBe(false);

  const said = new Subject({ folder, kind: 'folder' });
  await said.start();
  expect(existsSync(join(folder, '.kb-location'))).toBe(true);
  rmSync(folder, { recursive: true });
  mkdirSync(folder); // as the empty mount point under a drive that went
  await said.poll();
  expect(said.location.status.state).toBe('absent');
  expect(existsSync(join(folder, '.kb-location'))).toBe(false);
});

test.skipIf(!CAN_MOUNT)(
  'a drive that goes between the look and the first write leaves nothing in its empty place',
  async () => {
    const primary = new Primary();
    const usb = drive();
    usb.plugIn();
    const leaving = { isDue: false };
    const subject = new Subject({
      folder: usb.folder,
      kind: 'mount',
      drive: {
        append: async (...args) => {
          if (leaving.isDue) usb.pullOut();
          leaving.isDue = false;
          await fileSystemDrive.append(...args);
        },
      },
    });
    await subject.start();
    leaving.isDue = true;
    subject.location.add({
      path: primary.file('audit.ndjson', lines(0, 5)),
      priority: 'audit',
      as: 'run/7/audit.ndjson',
    });
    await subject.poll();
    expect([subject.location.status.state, usb.leftBehind]).toEqual(['absent', []]);
    usb.plugIn();
    await subject.poll();
    expect([...usb.files.keys()]).toEqual(['run/7/audit.ndjson']);
    await expect(fileSystemDrive.replaceText(join(primary.folder, '.kb-copies.json'), '{}', -1)).rejects.toThrowError(
      'another device',
    );
    expect(existsSync(join(primary.folder, '.kb-copies.json.next'))).toBe(false);
  },
);
