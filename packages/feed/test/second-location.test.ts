import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Recorder, ReplayFeed, SecondLocation } from '../src/index.ts';
import type { Drive, LocationEvent, LocationState, SecondLocationOptions } from '../src/index.ts';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';
import { codeOf } from './error-code.ts';
import { CAN_MOUNT, RemovableDrive } from './removable-drive.ts';
import { Pair, START, STATUS } from './venue.ts';

const HOW = CAN_MOUNT ? 'really mounted' : 'a folder moved away and back: mounting is not allowed here';
const POLL = micros(2 * SECOND);

let primary = '';

beforeEach(() => {
  primary = mkdtempSync(join(tmpdir(), 'kb-primary-'));
});

afterEach(() => {
  rmSync(primary, { recursive: true, force: true });
});

/** A file of the primary location, seen from the test. */
function file(name: string, text = ''): string {
  const path = join(primary, name);
  writeFileSync(path, text);
  return path;
}

/** Text that repeats nowhere within a piece, so that a copy at a wrong place shows. */
function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${String(from + index).padStart(8, '0')}\n`).join('');
}

/** A location, and what it told. */
class Subject {
  readonly time = new VirtualScheduler(START);
  readonly events: LocationEvent[] = [];
  readonly location: SecondLocation;

  constructor(options: SecondLocationOptions) {
    this.location = new SecondLocation({
      scheduler: this.time,
      pollEvery: POLL,
      chunkBytes: 4096,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /** The next poll, to its end. */
  async poll(): Promise<void> {
    this.time.advance(POLL);
    await this.location.settled();
  }

  async start(): Promise<void> {
    this.location.start();
    await this.location.settled();
  }

  get states(): readonly LocationState[] {
    return this.events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
  }

  told(type: LocationEvent['type']): readonly LocationEvent[] {
    return this.events.filter((event) => event.type === type);
  }
}

function drive(size?: string): RemovableDrive {
  const made = new RemovableDrive(size);
  onTestFinished(() => made.destroy());
  return made;
}

/** A plain folder as location: what needs no pulling out. */
function plain(options: Partial<SecondLocationOptions> = {}): Subject & { readonly folder: string } {
  const folder = join(primary, 'second');
  mkdirSync(folder);
  return Object.assign(new Subject({ folder, kind: 'folder', ...options }), { folder });
}

/** Every copy is its original or a beginning of it, and there is one of each. */
function expectPrefixes(copies: ReadonlyMap<string, Buffer>, names: readonly string[]): void {
  for (const [name, copy] of copies) {
    expect(names).toContain(name);
    const original = readFileSync(join(primary, name));
    expect([name, copy.equals(original.subarray(0, copy.length))]).toEqual([name, true]);
  }
}

describe(`a removable drive (${HOW})`, () => {
  test('that is not there is waited for, and nothing is written to its empty place', async () => {
    const usb = drive();
    const subject = new Subject({ folder: usb.folder, kind: 'mount' });
    const path = file('btc.ndjson', lines(0, 1000));
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
    const usb = drive();
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const path = file('btc.ndjson', lines(0, 1000));
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
    mkdirSync(join(primary, 'run'));
    subject.location.add({ path: file('btc.ndjson', lines(0, 3000)), priority: 'recording' });
    subject.location.add({ path: file('run/audit.ndjson', lines(0, 100)), priority: 'audit', as: 'run/audit.ndjson' });
    await subject.start();
    await subject.poll();
    expect(subject.location.status.state).toBe('absent');
    expect(usb.leftBehind).toEqual([]);
    expectPrefixes(usb.files, names);
    usb.plugIn();
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expectPrefixes(usb.files, names);
    expect([...usb.files.keys()]).toEqual(names);
    expect(usb.files.get('btc.ndjson')).toHaveLength(42_000);
    expect(subject.told('renamed')).toEqual([]);
  });

  test('never disturbs a recording, which is on it whole at the end', async () => {
    const usb = drive();
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const errors: unknown[] = [];
    const pair = new Pair();
    const recorder: Recorder = new Recorder({
      base: join(primary, 'btc'),
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
      expectPrefixes(
        usb.files,
        recorder.summary.paths.map((path) => path.slice(primary.length + 1)),
      );
    }
    await recorder.close();
    await subject.location.close();
    expect(errors).toEqual([]);
    expect(subject.location.status).toMatchObject({ state: 'in-step', bytesLeft: 0, lost: 0 });
    expect(usb.files.size).toBe(recorder.summary.paths.length);
    expect(usb.files.size).toBeGreaterThan(3);
    for (const [name, copy] of usb.files) {
      expect(copy.equals(readFileSync(join(primary, name)))).toBe(true);
      const replay = new ReplayFeed({ source: join(usb.folder, name) });
      await replay.run();
      expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, checksumFailed: 0 });
    }
  });

  test.skipIf(!CAN_MOUNT)('that is full holds beginnings, and goes on when there is room', async () => {
    const usb = drive('64k');
    usb.plugIn();
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    writeFileSync(join(usb.folder, '.holiday.jpg'), Buffer.alloc(40_000));
    subject.location.add({ path: file('btc.ndjson', lines(0, 3000)), priority: 'recording' });
    subject.location.add({ path: file('audit.ndjson', lines(0, 20)), priority: 'audit' });
    await subject.start();
    for (let round = 0; round < 3; round += 1) {
      await subject.poll();
      expect(subject.location.status.state).toBe('full');
      expectPrefixes(usb.files, ['audit.ndjson', 'btc.ndjson']);
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
    const usb = drive();
    usb.plugIn();
    const { execFileSync } = await import('node:child_process');
    const subject = new Subject({ folder: usb.folder, kind: usb.kind });
    const path = file('btc.ndjson', lines(0, 100));
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
    const [one, two] = [drive(), drive()];
    const path = file('btc.ndjson', lines(0, 100));
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

test('journals come before audit, health and recordings, also when they grow in the middle', async () => {
  const order: string[] = [];
  const journal = file('journal.ndjson', lines(0, 10));
  const subject = plain({
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
  subject.location.add({ path: file('btc.ndjson', lines(0, 700)), priority: 'recording' });
  subject.location.add({ path: file('health.ndjson', lines(0, 10)), priority: 'health' });
  subject.location.add({ path: file('audit.ndjson', lines(0, 10)), priority: 'audit' });
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
  const subject = plain();
  mkdirSync(join(primary, 'run', 'deep'), { recursive: true });
  subject.location.watch({ folder: join(primary, 'run'), priority: 'journal', as: 'runs/7' });
  await subject.start();
  file('run/input.ndjson', 'a\n');
  file('run/deep/output.ndjson', 'b\n');
  file('run/.lock', 'c');
  await subject.poll();
  expect(subject.location.status.files.map(({ name }) => name)).toEqual([
    'runs/7/deep/output.ndjson',
    'runs/7/input.ndjson',
  ]);
  expect(readFileSync(join(subject.folder, 'runs/7/deep/output.ndjson'), 'utf8')).toBe('b\n');
  expect(existsSync(join(subject.folder, 'runs/7/.lock'))).toBe(false);
});

describe('what lies on the drive', () => {
  test('under our name and is something else stays, and the copy gets another name, the same each time', async () => {
    const subject = plain();
    writeFileSync(join(subject.folder, 'btc.ndjson.zst'), 'precious');
    const path = file('btc.ndjson.zst', lines(0, 10));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    expect(subject.told('renamed')).toMatchObject([{ path, name: 'btc~2.ndjson.zst' }]);
    await subject.location.close();
    const again = new Subject({ folder: subject.folder, kind: 'folder' });
    again.location.add({ path, priority: 'recording' });
    await again.start();
    expect(again.location.status).toMatchObject({ state: 'in-step', bytesCopied: 0 });
    expect(readFileSync(join(subject.folder, 'btc.ndjson.zst'), 'utf8')).toBe('precious');
    expect(readFileSync(join(subject.folder, 'btc~2.ndjson.zst'), 'utf8')).toBe(lines(0, 10));
    expect(existsSync(join(subject.folder, 'btc~3.ndjson.zst'))).toBe(false);
  });

  test('is compared by the hash of what was copied: a changed original is copied anew', async () => {
    const subject = plain();
    const path = file('btc.ndjson', lines(0, 100));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    await subject.location.close();
    writeFileSync(path, lines(500, 200));
    const again = new Subject({ folder: subject.folder, kind: 'folder' });
    again.location.add({ path, priority: 'recording' });
    await again.start();
    expect(again.told('renamed')).toMatchObject([{ name: 'btc~2.ndjson' }]);
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 100));
    expect(readFileSync(join(subject.folder, 'btc~2.ndjson'), 'utf8')).toBe(lines(500, 200));
  });

  /** Copies a file, does something to the drive behind its back, and copies again in another process, as it were. */
  async function tampered(tamper: (folder: string) => void): Promise<Subject & { readonly copy: string }> {
    const subject = plain();
    const path = file('btc.ndjson', lines(0, 1000));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    await subject.location.close();
    appendFileSync(path, lines(1000, 1000));
    tamper(subject.folder);
    const again = new Subject({ folder: subject.folder, kind: 'folder' });
    again.location.add({ path, priority: 'recording' });
    await again.start();
    expect(again.location.status.state).toBe('in-step');
    return Object.assign(again, { copy: readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8') });
  }

  test.each([
    ['nothing', 14_000, () => undefined],
    ['a tail that was lost', 20_000, (folder: string) => truncateSync(join(folder, 'btc.ndjson'), 8000)],
    ['a tail nobody noted', 13_300, (folder: string) => appendFileSync(join(folder, 'btc.ndjson'), lines(1000, 50))],
    ['a torn tail', 14_000, (folder: string) => appendFileSync(join(folder, 'btc.ndjson'), '\0'.repeat(99))],
    ['the list of copies', 14_000, (folder: string) => rmSync(join(folder, '.kb-copies.json'))],
    ['the list, garbled', 14_000, (folder: string) => writeFileSync(join(folder, '.kb-copies.json'), '{')],
    ['the copy itself', 28_000, (folder: string) => rmSync(join(folder, 'btc.ndjson'))],
  ])('is used as far as it is ours: %s', async (_what, bytesCopied, tamper) => {
    const { location, copy, told } = await tampered(tamper).then((subject) => ({
      location: subject.location,
      copy: subject.copy,
      told: subject.told('renamed'),
    }));
    expect(copy).toBe(lines(0, 2000));
    expect(location.status.bytesCopied).toBe(bytesCopied);
    expect(told).toEqual([]);
  });

  test('is never cut when it is more than one torn piece', async () => {
    const foreign = '\0'.repeat(5000);
    const subject = await tampered((folder) => appendFileSync(join(folder, 'btc.ndjson'), foreign));
    expect(subject.copy).toBe(lines(0, 1000) + foreign);
    expect(subject.told('renamed')).toHaveLength(1);
  });

  test('is never cut when it is more than we have: our own disk may have lost it', async () => {
    const subject = plain();
    const path = file('btc.ndjson', lines(0, 100));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    await subject.location.close();
    appendFileSync(join(subject.folder, 'btc.ndjson'), lines(100, 3));
    const again = new Subject({ folder: subject.folder, kind: 'folder' });
    again.location.add({ path, priority: 'recording' });
    await again.start();
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 103));
    expect(readFileSync(join(subject.folder, 'btc~2.ndjson'), 'utf8')).toBe(lines(0, 100));
  });

  test('is compared anew when somebody changed it behind our back', async () => {
    const subject = plain();
    const path = file('btc.ndjson', lines(0, 100));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    truncateSync(join(subject.folder, 'btc.ndjson'), 500);
    appendFileSync(path, lines(100, 100));
    await subject.poll();
    expect(subject.location.status.state).toBe('absent');
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 100).slice(0, 500));
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 200));
  });

  test('is compared anew when the drive comes back, though it may be of the same size', async () => {
    const subject = plain();
    const path = file('btc.ndjson', lines(0, 100));
    subject.location.add({ path, priority: 'recording' });
    await subject.start();
    rmSync(subject.folder, { recursive: true });
    await subject.poll();
    mkdirSync(subject.folder); // another drive, which a run of the same name was copied to
    writeFileSync(join(subject.folder, '.kb-location'), '');
    writeFileSync(join(subject.folder, 'btc.ndjson'), lines(700, 100));
    await subject.poll();
    expect(subject.location.status.state).toBe('in-step');
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(700, 100));
    expect(readFileSync(join(subject.folder, 'btc~2.ndjson'), 'utf8')).toBe(lines(0, 100));
  });
});

describe('a drive that hangs', () => {
  test('is absent after the deadline, is asked nothing more until it answers, and is caught up then', async () => {
    const asked: string[] = [];
    const hanging = Promise.withResolvers<void>();
    const hung = Promise.withResolvers<void>();
    const subject = plain({
      deadline: micros(10 * SECOND),
      drive: {
        look: (...args) => {
          asked.push('look');
          return fileSystemDrive.look(...args);
        },
        append: async (...args) => {
          asked.push('append');
          if (asked.filter((each) => each === 'append').length === 1) {
            hung.resolve();
            await hanging.promise;
          }
          await fileSystemDrive.append(...args);
        },
      },
    });
    subject.location.add({ path: file('btc.ndjson', lines(0, 500)), priority: 'recording' });
    subject.location.start();
    await hung.promise;
    subject.time.advance(micros(10 * SECOND));
    await subject.location.settled();
    expect(subject.location.status.state).toBe('absent');
    for (let round = 0; round < 5; round += 1) await subject.poll();
    expect(asked).toEqual(['look', 'append']);

    hanging.resolve();
    await new Promise(setImmediate); // the late write gets its thread
    while (subject.location.status.state !== 'in-step') await subject.poll();
    expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 500));
    expect(subject.told('renamed')).toEqual([]);
  });

  test('holds up closing for the deadline, not for ever', async () => {
    const hung = Promise.withResolvers<void>();
    const subject = plain({
      drive: {
        append: () => {
          hung.resolve();
          return new Promise<void>(() => undefined);
        },
      },
    });
    subject.location.add({ path: file('btc.ndjson', lines(0, 5)), priority: 'recording' });
    subject.location.start();
    await hung.promise;
    const closed = subject.location.close();
    subject.time.advance(micros(10 * SECOND));
    await closed;
    expect(subject.location.status).toMatchObject({ state: 'absent', bytesLeft: 70 });
    expect(subject.time.nextDue()).toBeUndefined();
  });
});

test.each([
  ['EIO', 'absent'],
  ['ENOENT', 'absent'],
  ['EROFS', 'absent'],
  ['ENOSPC', 'full'],
  ['EACCES', 'failed'],
])('%s while writing makes it %s, and it recovers by itself', async (code, state) => {
  let isBroken = true;
  const append: Drive['append'] = async (...args) => {
    if (isBroken) throw Object.assign(new Error(code), { code });
    await fileSystemDrive.append(...args);
  };
  const subject = plain({ drive: { append } });
  subject.location.add({ path: file('btc.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  await subject.poll();
  expect(subject.location.status.state).toBe(state);
  isBroken = false;
  await subject.poll();
  expect(subject.location.status).toMatchObject({ state: 'in-step', bytesLeft: 0 });
});

test('a drive that took a part of a write before it was full is not taken for another one', async () => {
  let isFull = true;
  const append: Drive['append'] = async (folder, name, bytes, position, device) => {
    await fileSystemDrive.append(folder, name, isFull ? bytes.subarray(0, 30) : bytes, position, device);
    if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const subject = plain({ drive: { append } });
  subject.location.add({ path: file('btc.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  isFull = false;
  await subject.poll();
  expect(subject.states).toEqual(['present', 'catching-up', 'full', 'in-step']);
  expect(subject.location.status.bytesCopied).toBe(110);
  expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 10));
});

test('a folder without a marker is written to only when the user said that it is a folder, or a drive is mounted', async () => {
  const folder = join(primary, 'mnt');
  mkdirSync(folder);
  const subject = new Subject({ folder, kind: 'mount' });
  subject.location.add({ path: file('btc.ndjson', 'a\n'), priority: 'recording' });
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

test('the oldest recordings leave a drive that keeps only so much, do not come back, and journals stay', async () => {
  const subject = plain({ keepBytes: 6000 });
  for (let index = 1; index <= 5; index += 1) {
    subject.location.add({ path: file(`btc-${index}.ndjson`, lines(index * 1000, 150)), priority: 'recording' });
  }
  subject.location.add({ path: file('journal.ndjson', lines(0, 700)), priority: 'journal' });
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
  again.location.add({ path: join(primary, 'btc-1.ndjson'), priority: 'recording' });
  await again.start();
  expect(again.location.status).toMatchObject({ state: 'in-step', bytesCopied: 0 });
  expect(kept()).toEqual([false, false, false, true, true]);
});

test('the newest recording stays on a drive, however little is to be kept', async () => {
  const subject = plain({ keepBytes: 1 });
  subject.location.add({ path: file('btc-1.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  await subject.poll();
  expect(subject.told('removed')).toEqual([]);
  subject.location.add({ path: file('btc-2.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.poll();
  expect(readdirSync(subject.folder).filter((name) => name.startsWith('btc'))).toEqual(['btc-2.ndjson']);
});

test('an original that goes before it was copied is told as lost, one that was copied is not', async () => {
  const subject = plain();
  const [one, two] = [file('one.ndjson', lines(0, 10)), file('two.ndjson', lines(0, 10))];
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

test('an original that shrank is copied anew, and what was copied stays', async () => {
  const subject = plain();
  const path = file('btc.ndjson', lines(0, 10));
  subject.location.add({ path, priority: 'recording' });
  await subject.start();
  await subject.location.close();
  writeFileSync(path, lines(0, 5));
  const again = new Subject({ folder: subject.folder, kind: 'folder' });
  again.location.add({ path, priority: 'recording' });
  await again.start();
  expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 10));
  expect(readFileSync(join(subject.folder, 'btc~2.ndjson'), 'utf8')).toBe(lines(0, 5));
});

test('bad options are told all at once, and so is a name that is taken or leads elsewhere', () => {
  const bad = { folder: '', pollEvery: micros(0), deadline: micros(-1), chunkBytes: 0, keepBytes: Number.NaN };
  for (const name of ['folder', 'pollEvery', 'deadline', 'chunkBytes', 'keepBytes']) {
    expect(() => new SecondLocation(bad)).toThrowError(name);
  }
  const location = new SecondLocation({ folder: primary });
  location.add({ path: '/a/x.ndjson', priority: 'audit' });
  for (const as of ['x.ndjson', '../x', '/x', '.kb-location', '.kb-copies.json']) {
    expect(codeOf(() => location.add({ path: '/b/x.ndjson', priority: 'audit', as }))).toBe('KB_FEED_BAD_OPTIONS');
  }
});

test.skipIf(!CAN_MOUNT)(
  'a drive that goes between the look and the first write leaves nothing in its empty place',
  async () => {
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
    subject.location.add({ path: file('audit.ndjson', lines(0, 5)), priority: 'audit', as: 'run/7/audit.ndjson' });
    await subject.poll();
    expect([subject.location.status.state, usb.leftBehind]).toEqual(['absent', []]);
    usb.plugIn();
    await subject.poll();
    expect([...usb.files.keys()]).toEqual(['run/7/audit.ndjson']);
    await expect(fileSystemDrive.replaceText(join(primary, '.kb-copies.json'), '{}', -1)).rejects.toThrowError(
      'another device',
    );
    expect(existsSync(join(primary, '.kb-copies.json.next'))).toBe(false);
  },
);
