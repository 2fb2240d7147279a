import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Recorder, ReplayFeed } from '../src/index.ts';
import type { FeedError, RecorderFsync, RecorderOptions, RemovedSegment } from '../src/index.ts';
import { fileSystemDisk } from '../src/recording/recorder-disk.ts';
import { SegmentShelf } from '../src/recording/segment-shelf.ts';
import { Pair, START, STATUS } from './venue.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kb-recorder-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A recorder whose segments are ten seconds long, and what it told. */
class Subject {
  readonly time = new VirtualScheduler(START);
  readonly errors: FeedError[] = [];
  readonly removed: RemovedSegment[] = [];
  readonly recorder: Recorder;

  constructor(options: Partial<RecorderOptions>) {
    this.recorder = new Recorder({
      base: join(folder, 'btc'),
      scheduler: this.time,
      maxAge: micros(10 * SECOND),
      onError: (error) => this.errors.push(error),
      onRemove: (segment) => this.removed.push(segment),
      ...options,
    });
  }

  /** Records a frame each second. */
  async recordFor(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.recorder.record(this.time.now(), 'rx', `{"second":${this.time.now()}}`);
      this.time.advance(micros(SECOND));
      await this.recorder.settled();
    }
  }
}

function numbers(): readonly string[] {
  return readdirSync(folder)
    .map((name) => name.slice(4, 10))
    .toSorted();
}

describe('retention', () => {
  test('keeps so many sealed segments, besides the one being written', async () => {
    const subject = new Subject({ keep: { segments: 2 } });
    await subject.recordFor(62);
    expect(numbers()).toEqual(['000004', '000005', '000006']);
    await subject.recorder.close();
    expect(numbers()).toEqual(['000005', '000006']);
    expect(subject.removed.map(({ path, isCopied }) => [path.slice(-17, -11), isCopied])).toEqual([
      ['000001', true],
      ['000002', true],
      ['000003', true],
      ['000004', true],
    ]);
    expect(subject.recorder.summary.removed).toEqual(subject.recorder.summary.paths.slice(0, 4));
    expect(subject.errors).toEqual([]);
  });

  test('removes by age without a rotation', async () => {
    const subject = new Subject({ keep: { age: micros(30 * SECOND) } });
    await subject.recordFor(12);
    expect(numbers()).toEqual(['000001', '000002']);
    subject.time.advance(micros(40 * SECOND));
    await subject.recorder.settled();
    expect(numbers()).toEqual(['000002']);
    await subject.recorder.close();
  });

  test('never removes what an older recording left in the folder', async () => {
    const older = new Subject({ base: join(folder, 'eth') });
    await older.recordFor(30);
    await older.recorder.close();
    const subject = new Subject({ keep: { segments: 1, bytes: 1 } });
    await subject.recordFor(30);
    await subject.recorder.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('eth'))).toHaveLength(3);
    expect(readdirSync(folder).filter((name) => name.startsWith('btc'))).toHaveLength(0);
  });

  test('waits for copies, up to a limit past which what is not copied is lost and told so', () => {
    const copied = new Set<string>();
    const shelf = new SegmentShelf({ segments: 1, uncopiedBytes: 250, isCopied: (path) => copied.has(path) });
    const take = (): readonly string[] =>
      shelf.takeSurplus(START).map(({ path, isCopied }) => `${path} ${isCopied ? 'copied' : 'lost'}`);
    const add = (path: string): void => shelf.add({ path, bytes: 100, lastRecvTs: START });
    for (const path of ['a', 'b', 'c']) add(path);
    expect(take()).toEqual([]);
    copied.add('b');
    expect(take()).toEqual(['b copied']);
    add('d');
    add('e');
    expect(take()).toEqual(['a lost']);
    copied.add('c').add('d').add('e');
    expect(take()).toEqual(['c copied', 'd copied']);
    expect(take()).toEqual([]);
  });

  test('that cannot remove a file stops the recording; a file that is gone already is fine', async () => {
    const failing = (code: string): Partial<RecorderOptions> => ({
      keep: { segments: 1 },
      disk: { remove: () => Promise.reject(Object.assign(new Error(code), { code })) },
    });
    const [gone, refused] = [
      new Subject(failing('ENOENT')),
      new Subject({ ...failing('EIO'), base: join(folder, 'eth') }),
    ];
    await gone.recordFor(30);
    await refused.recordFor(30);
    await gone.recorder.close();
    await refused.recorder.close();
    expect(gone.errors).toEqual([]);
    expect(refused.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED', cause: { code: 'EIO' } }]);
  });
});

describe('a floor for free space', () => {
  test('stops the recording loudly, once, with a last segment that verifies', async () => {
    let free = 1000;
    const subject = new Subject({ minFree: 500, disk: { freeBytes: () => Promise.resolve(free) } });
    const pair = new Pair();
    subject.recorder.record(START, 'rx', STATUS);
    subject.recorder.record(START, 'rx', pair.snapshot());
    subject.recorder.record(START, 'rx', pair.nudge());
    await subject.recorder.settled();
    subject.time.advance(micros(4 * SECOND));
    free = 499;
    await subject.recorder.settled();
    expect(subject.errors).toEqual([]);
    subject.time.advance(micros(SECOND));
    await subject.recorder.settled();
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_NO_ROOM' }]);
    expect(subject.errors[0]?.message).toContain('499 bytes are free, less than the 500');
    free = 1000;
    subject.recorder.record(subject.time.now(), 'rx', pair.nudge());
    await subject.recorder.close();
    expect(subject.recorder.summary.frames).toBe(3);
    expect(subject.time.nextDue()).toBeUndefined();
    const replay = new ReplayFeed({ source: subject.recorder.summary.paths[0] ?? '' });
    await replay.run();
    expect(replay.statsOf('BTC/USD')).toMatchObject({ updates: 1, checksumFailed: 0 });
  });

  test('is looked at before each rotation: there is no next segment without room for it', async () => {
    let free = 1000;
    const subject = new Subject({
      minFree: 500,
      checkEvery: micros(3600 * SECOND),
      disk: { freeBytes: () => Promise.resolve(free) },
    });
    await subject.recordFor(15);
    expect(numbers()).toEqual(['000001', '000002']);
    free = 0;
    await subject.recordFor(15);
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_NO_ROOM' }]);
    expect(numbers()).toEqual(['000001', '000002']);
    await subject.recorder.close();
  });

  test('that is slow to look at delays the rotation, not the frames', async () => {
    const answer = Promise.withResolvers<number>();
    let asked = 0;
    const subject = new Subject({
      minFree: 500,
      checkEvery: micros(3600 * SECOND),
      disk: {
        freeBytes: () => {
          asked += 1;
          return asked === 1 ? Promise.resolve(1000) : answer.promise;
        },
      },
    });
    await subject.recordFor(1);
    for (let second = 1; second < 30; second += 1) {
      subject.recorder.record(micros(START + second * SECOND), 'rx', `${second}`);
    }
    expect(asked).toBe(2);
    expect(subject.recorder.summary.paths).toHaveLength(1);
    answer.resolve(1000);
    await subject.recorder.settled();
    subject.recorder.record(micros(START + 30 * SECOND), 'rx', 'next');
    await subject.recorder.close();
    expect(numbers()).toEqual(['000001', '000002']);
    expect(subject.recorder.summary.frames).toBe(31);
  });

  test('that does not answer is not asked again, and closing ends nevertheless', async () => {
    let asked = 0;
    const subject = new Subject({
      minFree: 500,
      disk: {
        freeBytes: () => {
          asked += 1;
          return new Promise<number>(() => undefined);
        },
      },
    });
    subject.recorder.record(START, 'rx', 'a');
    subject.time.advance(micros(60 * SECOND));
    expect(asked).toBe(1);
    const closed = subject.recorder.close();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    subject.time.advance(micros(30 * SECOND));
    await closed;
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED' }]);
  });

  test('that cannot be looked at stops the recording', async () => {
    const subject = new Subject({ minFree: 500, disk: { freeBytes: () => Promise.reject(new Error('EIO')) } });
    await subject.recordFor(1);
    await subject.recorder.close();
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED' }]);
  });

  test('is the real one of the file system', async () => {
    expect(await fileSystemDisk.freeBytes(join(folder, 'new', 'folder'))).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'new', 'folder'))).toBe(true);
    const subject = new Subject({ minFree: Number.MAX_SAFE_INTEGER });
    await subject.recordFor(1);
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_NO_ROOM' }]);
    await subject.recorder.close();
  });
});

describe('syncing to the device', () => {
  async function syncs(options: Partial<RecorderOptions>): Promise<{ synced: string[]; subject: Subject }> {
    const synced: string[] = [];
    const subject = new Subject({
      disk: {
        sync: (path) => {
          synced.push(path.slice(-17, -11));
          return fileSystemDisk.sync(path);
        },
      },
      ...options,
    });
    await subject.recordFor(25);
    await subject.recorder.close();
    expect(subject.errors).toEqual([]);
    return { synced, subject };
  }

  test('happens never, at the end of each segment, or also every so often', async () => {
    expect((await syncs({ base: join(folder, 'a--') })).synced).toEqual([]);
    expect((await syncs({ base: join(folder, 'b--'), fsync: 'none' })).synced).toEqual([]);
    expect((await syncs({ base: join(folder, 'c--'), fsync: 'rotate' })).synced).toEqual([
      '000001',
      '000002',
      '000003',
    ]);
    const often = await syncs({ base: join(folder, 'd--'), fsync: micros(4 * SECOND) });
    // After 4, 8, 12, 16, 20 and 24 s; segments end with the frames of 10 and 21 s, and by closing.
    expect(often.synced.join(' ')).toBe('000001 000001 000001 000002 000002 000002 000002 000003 000003');
    expect(often.subject.time.nextDue()).toBeUndefined();
  });

  test('that fails stops the recording: what the disk holds is unknown then', async () => {
    const subject = new Subject({
      fsync: micros(SECOND),
      disk: { sync: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) },
    });
    await subject.recordFor(3);
    await subject.recorder.close();
    expect(subject.errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED', cause: { code: 'EIO' } }]);
    expect(subject.time.nextDue()).toBeUndefined();
  });

  test('that is slow is not asked for twice', async () => {
    let asked = 0;
    const first = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const subject = new Subject({
      fsync: micros(SECOND),
      disk: {
        sync: () => {
          asked += 1;
          first.resolve();
          return asked === 1 ? slow.promise : Promise.resolve();
        },
      },
    });
    subject.recorder.record(START, 'rx', 'a');
    subject.time.advance(micros(SECOND));
    await first.promise;
    subject.time.advance(micros(9 * SECOND));
    expect(asked).toBe(1);
    slow.resolve();
    await subject.recorder.settled();
    subject.time.advance(micros(SECOND));
    await subject.recorder.settled();
    expect(asked).toBe(2);
    await subject.recorder.close();
  });
});

test.each<RecorderFsync>(['rotate', micros(4 * SECOND)])(
  'the name of each segment is forced to the device once: %s',
  async (fsync) => {
    const folders: string[] = [];
    const subject = new Subject({
      fsync,
      disk: {
        syncFolder: (path) => {
          folders.push(path);
          return Promise.resolve();
        },
      },
    });
    await subject.recordFor(25);
    await subject.recorder.close();
    expect(folders).toEqual([folder, folder, folder]);
  },
);

test('what a listener throws is not taken for a fault of the disk, and is told once', async () => {
  const subject = new Subject({
    keep: { segments: 1 },
    onRemove: () => {
      throw new Error('the listener is broken');
    },
  });
  await expect(subject.recordFor(30)).rejects.toThrowError('the listener is broken');
  expect(subject.errors).toEqual([]);
  await subject.recorder.settled();
  await subject.recorder.close().catch(() => undefined); // seals a segment, and removes the one before it
  expect(subject.recorder.summary.removed).toHaveLength(2);
});

test('bad limits are told all at once', () => {
  const bad: Partial<RecorderOptions> = {
    minFree: 0,
    checkEvery: micros(0),
    fsync: micros(-1),
    closeTimeout: micros(0),
    keep: { segments: 0, bytes: -1, age: micros(0), uncopiedBytes: Number.NaN },
  };
  for (const name of [
    'minFree',
    'checkEvery',
    'fsync',
    'closeTimeout',
    'keep.segments',
    'keep.bytes',
    'keep.age',
    'keep.uncopiedBytes',
  ]) {
    expect(() => new Subject(bad)).toThrowError(`${name}: expected`);
  }
});
