import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { readRecording } from '@kb/kraken';
import type { RecordedFrame } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Recorder, ReplayFeed } from '../src/index.ts';
import type { FeedError, RecorderOptions } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { Pair, START, STATUS } from './venue.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kb-recorder-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function recorder(options: Partial<RecorderOptions> = {}): { recorder: Recorder; time: VirtualScheduler } {
  const time = new VirtualScheduler(START);
  return { time, recorder: new Recorder({ base: join(folder, 'btc'), scheduler: time, ...options }) };
}

async function framesOf(path: string): Promise<RecordedFrame[]> {
  const frames: RecordedFrame[] = [];
  for await (const frame of readRecording(path)) frames.push(frame);
  return frames;
}

/** What a reader finds in a file that was never finished. */
async function readable(path: string): Promise<string[]> {
  const texts: string[] = [];
  try {
    for await (const frame of readRecording(path)) texts.push(Buffer.from(frame.raw).toString());
  } catch {
    texts.push('(cut off)');
  }
  return texts;
}

test('keeps frames byte for byte, with direction and time', async () => {
  const { recorder: subject } = recorder();
  const odd = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
  const frames = [
    [START, 'open', 'wss://venue.test/v2'],
    [micros(START + 1), 'tx', '{"method":"subscribe"}'],
    [micros(START + 2), 'rx', Buffer.from('{"price":0.50930100, "ü":1E-8}\n')],
    [micros(START + 3), 'rx', odd],
    [micros(START + 4), 'close', '1006'],
  ] as const;
  for (const [recvTs, dir, raw] of frames) subject.record(recvTs, dir, raw);
  await subject.close();
  expect(subject.summary).toMatchObject({ paths: [join(folder, 'btc-000001.ndjson.zst')], frames: 5 });
  const read = await framesOf(join(folder, 'btc-000001.ndjson.zst'));
  expect(read.map(({ recvTs, dir, raw }) => [recvTs, dir, Buffer.from(raw).toString('hex')])).toEqual(
    frames.map(([recvTs, dir, raw]) => [recvTs, dir, Buffer.from(raw as string).toString('hex')]),
  );
});

test('is a zstd file that replays to the same verified book', async () => {
  const { recorder: subject } = recorder();
  const pair = new Pair();
  subject.record(START, 'rx', STATUS);
  subject.record(START, 'rx', pair.snapshot());
  for (let index = 0; index < 500; index += 1) subject.record(micros(START + index), 'rx', pair.nudge());
  await subject.close();
  const path = subject.summary.paths[0] ?? '';
  expect(readFileSync(path).subarray(0, 4).toString('hex')).toBe('28b52ffd');
  expect(readFileSync(path).length).toBeLessThan(subject.summary.bytes / 4);
  const replay = new ReplayFeed({ source: path });
  await replay.run();
  expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, updates: 500, checksumOk: 501 });
});

test('begins a new segment at a size, and says so', async () => {
  const rotations: string[] = [];
  const { recorder: subject } = recorder({ maxBytes: 1000, onRotate: (path) => rotations.push(path) });
  for (let index = 0; index < 30; index += 1)
    subject.record(micros(START + index), 'rx', `{"n":${index},"pad":"${'x'.repeat(50)}"}`);
  await subject.close();
  const { paths } = subject.summary;
  expect(paths.length).toBeGreaterThan(2);
  expect(rotations).toEqual(paths.slice(1));
  const read = (await Promise.all(paths.map(framesOf))).flat();
  expect(read.map(({ raw }) => (JSON.parse(Buffer.from(raw).toString()) as { n: number }).n)).toEqual(
    Array.from({ length: 30 }, (_, index) => index),
  );
});

test('begins a new segment after a time, and takes what the rotation causes into it', async () => {
  const { recorder: subject } = recorder({
    maxAge: micros(60 * SECOND),
    onRotate: () => subject.record(micros(START + 60 * SECOND), 'tx', 'again'),
  });
  subject.record(START, 'rx', 'a');
  subject.record(micros(START + 60 * SECOND), 'rx', 'b');
  subject.record(micros(START + 61 * SECOND), 'rx', 'c');
  await subject.close();
  expect(await Promise.all(subject.summary.paths.map(readable))).toEqual([
    ['a', 'b'],
    ['again', 'c'],
  ]);
});

test('loses at most one flush interval when the process ends without a word', async () => {
  const written: Buffer[] = [];
  let arrived = (): void => {};
  const { recorder: subject, time } = recorder({
    disk: {
      create: () =>
        new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            written.push(chunk);
            done();
            arrived();
          },
        }),
    },
  });
  const inFile = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  subject.record(START, 'rx', 'first');
  subject.record(START, 'rx', 'second');
  time.advance(micros(SECOND));
  await inFile;
  subject.record(START, 'rx', 'third');
  const path = join(folder, 'crashed.zst');
  writeFileSync(path, Buffer.concat(written));
  expect(await readable(path)).toEqual(['first', 'second', '(cut off)']);
  await subject.close();
});

test('tells of a flush when the frames are in the file, not before', async () => {
  const landings: (() => void)[] = [];
  const asked = Promise.withResolvers<void>();
  const flushed = Promise.withResolvers<number>();
  let landed = 0;
  const { recorder: subject, time } = recorder({
    onFlush: () => flushed.resolve(landed),
    disk: {
      create: () =>
        new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            landings.push(() => {
              landed += chunk.length;
              done();
            });
            asked.resolve();
          },
        }),
    },
  });
  subject.record(START, 'rx', 'frame');
  time.advance(micros(SECOND));
  await asked.promise;
  const soon = new Promise((resolve) => void setImmediate(() => setImmediate(() => resolve('not yet'))));
  expect(await Promise.race([flushed.promise, soon])).toBe('not yet');
  while (landings.length > 0) {
    landings.shift()?.();
    await new Promise(setImmediate);
  }
  expect(await flushed.promise).toBeGreaterThan(20);
});

test('asks for the next flush only after the one before has landed', async () => {
  const landings: (() => void)[] = [];
  const flushed: number[] = [];
  const slow = new Writable({ write: (_chunk, _encoding, done) => landings.push(done) });
  const { recorder: subject, time } = recorder({
    disk: { create: () => slow },
    onFlush: () => flushed.push(subject.summary.frames),
  });
  const land = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      landings.shift()?.();
      await new Promise(setImmediate);
    }
  };
  for (let second = 0; second < 5; second += 1) {
    subject.record(time.now(), 'rx', `${second}`);
    time.advance(micros(SECOND));
  }
  expect([flushed, time.nextDue()]).toEqual([[], undefined]);
  await land(() => flushed.length === 1);
  expect([flushed, time.nextDue()]).toEqual([[5], START + 6 * SECOND]);
  time.advance(micros(SECOND));
  await land(() => flushed.length === 2);
  expect([flushed, time.nextDue()]).toEqual([[5, 5], undefined]);
  const closed = subject.close();
  await land(() => slow.closed);
  await closed;
});

test('leaves no timer behind, and close is idempotent', async () => {
  const { recorder: subject, time } = recorder();
  expect(time.nextDue()).toBeUndefined();
  subject.record(START, 'rx', 'a');
  expect(time.nextDue()).toBe(START + SECOND);
  const closed = subject.close();
  expect(subject.close()).toBe(closed);
  await closed;
  expect(time.nextDue()).toBeUndefined();
  subject.record(START, 'rx', 'too late');
  expect(subject.summary.frames).toBe(1);
});

test('makes no file when nothing was recorded', async () => {
  const { recorder: subject } = recorder();
  await subject.close();
  expect(existsSync(join(folder, 'btc-000001.ndjson.zst'))).toBe(false);
});

describe('a disk that fails', () => {
  /** Records until something goes wrong, and tells what. */
  async function failing(options: Partial<RecorderOptions>): Promise<{ errors: FeedError[]; subject: Recorder }> {
    const errors: FeedError[] = [];
    let told = (): void => {};
    const heard = new Promise<void>((resolve) => {
      told = resolve;
    });
    const { recorder: subject, time } = recorder({
      ...options,
      onError: (error) => {
        errors.push(error);
        told();
      },
    });
    for (let index = 0; index < 100; index += 1) subject.record(START, 'rx', `frame ${index}`);
    time.advance(micros(SECOND));
    await heard;
    subject.record(START, 'rx', 'after');
    await subject.close();
    return { errors, subject };
  }

  function failingFile(code: string): Writable {
    return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
  }

  test.each(['ENOSPC', 'EACCES', 'EIO'])('while writing stops the recording with one error: %s', async (code) => {
    const { errors, subject } = await failing({ disk: { create: () => failingFile(code) } });
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED', cause: { code } }]);
    expect(subject.error).toBe(errors[0]);
    expect(subject.summary.frames).toBe(100);
  });

  test('while opening stops it too: the folder is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { errors } = await failing({ base: join(folder, 'file', 'btc') });
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED' }]);
  });

  test('never means writing over an older recording', async () => {
    const path = join(folder, 'btc-000001.ndjson.zst');
    writeFileSync(path, 'precious');
    const { errors } = await failing({});
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED', cause: { code: 'EEXIST' } }]);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test.skipIf(!existsSync('/dev/full'))('really full: /dev/full says ENOSPC', async () => {
    const { createWriteStream } = await import('node:fs');
    const { errors } = await failing({ disk: { create: () => createWriteStream('/dev/full') } });
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED', cause: { code: 'ENOSPC' } }]);
  });

  test.each([
    ['to write', { create: () => new Writable({ write: () => undefined }) }],
    ['to force to the device', { sync: () => new Promise<void>(() => undefined) }],
  ])('for ever holds up closing for a while, and is told: %s', async (_what, disk) => {
    const errors: FeedError[] = [];
    const { recorder: subject, time } = recorder({
      disk,
      fsync: 'rotate',
      closeTimeout: micros(7 * SECOND),
      onError: (error) => errors.push(error),
    });
    subject.record(START, 'rx', 'frame');
    let isClosed = false;
    const closed = subject.close().then(() => {
      isClosed = true;
    });
    time.advance(micros(7 * SECOND - 1));
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect([isClosed, errors]).toEqual([false, []]);
    time.advance(micros(1));
    await closed;
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_FAILED' }]);
    expect(errors[0]?.message).toContain('did not answer within 7 s of closing');
    expect(time.nextDue()).toBeUndefined();
  });

  test('is too slow when more waits than allowed', async () => {
    const stuck = new Writable({ write: () => {}, highWaterMark: 1 });
    const { errors, subject } = await failing({ disk: { create: () => stuck }, maxQueued: 500 });
    expect(errors).toMatchObject([{ code: 'KB_FEED_RECORDER_OVERFLOW' }]);
    expect(subject.summary.frames).toBeLessThan(100);
  });
});

test('bad options are told all at once', () => {
  const bad = { base: '', maxBytes: 0, maxAge: micros(-1), flushEvery: micros(0), maxQueued: Number.NaN };
  expect(codeOf(() => new Recorder(bad))).toBe('KB_FEED_BAD_OPTIONS');
  for (const name of ['base', 'maxBytes', 'maxAge', 'flushEvery', 'maxQueued']) {
    expect(() => new Recorder(bad)).toThrowError(name);
  }
});
