import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { micros, SECOND } from '@kb/model';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Drive } from '../src/index.ts';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';
import { lines, Primary } from './second-place.ts';

describe('a drive that hangs', () => {
  test('is absent after the deadline, is asked nothing more until it answers, and is caught up then', async () => {
    const primary = new Primary();
    const asked: string[] = [];
    const hanging = Promise.withResolvers<void>();
    const hung = Promise.withResolvers<void>();
    const subject = primary.plain({
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
    subject.location.add({ path: primary.file('btc.ndjson', lines(0, 500)), priority: 'recording' });
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
    const primary = new Primary();
    const hung = Promise.withResolvers<void>();
    const subject = primary.plain({
      drive: {
        append: () => {
          hung.resolve();
          return new Promise<void>(() => undefined);
        },
      },
    });
    subject.location.add({ path: primary.file('btc.ndjson', lines(0, 5)), priority: 'recording' });
    subject.location.start();
    await hung.promise;
    const closed = subject.location.close();
    subject.time.advance(micros(10 * SECOND));
    await closed;
    expect(subject.location.status).toMatchObject({ state: 'absent', bytesLeft: 70 });
    expect(subject.time.nextDue()).toBeUndefined();
  });
});

test('a disk to copy from that hangs holds up closing for a while, not for ever', async () => {
  const primary = new Primary();
  const subject = primary.plain({ closeWithin: micros(5 * SECOND), deadline: micros(5 * SECOND) });
  subject.location.add({ path: primary.file('btc.ndjson', lines(0, 5)), priority: 'recording' });
  const hung = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<{ bytesRead: number; buffer: Uint8Array }>();
  const reading = vi.spyOn(await fileMethods(), 'read').mockImplementation(() => {
    hung.resolve();
    return answer.promise;
  });
  onTestFinished(async () => {
    reading.mockRestore();
    answer.resolve({ bytesRead: 0, buffer: new Uint8Array(0) });
    await subject.location.settled();
  });
  subject.location.start();
  await hung.promise;
  const closed = subject.location.close();
  subject.time.advance(micros(10 * SECOND));
  await closed;
  expect(subject.location.status).toMatchObject({ state: 'failed', bytesLeft: 70 });
  expect(subject.time.nextDue()).toBeUndefined();
});

test.skipIf(!existsSync('/proc/self/fd'))(
  'the names of new copies are forced to the device too, each once',
  async () => {
    const primary = new Primary();
    const subject = primary.plain();
    const folders: string[] = [];
    const methods = await fileMethods();
    const syncing = vi.spyOn(methods, 'sync').mockImplementation(async function sync(this: FileHandle) {
      folders.push(readlinkSync(`/proc/self/fd/${this.fd}`).slice(primary.folder.length));
      await Promise.resolve();
    });
    onTestFinished(() => syncing.mockRestore());
    const path = primary.file('btc.ndjson', lines(0, 1000));
    subject.location.add({ path, priority: 'recording', as: 'a/b/btc.ndjson' });
    await subject.start();
    expect(folders).toEqual(['/second/a/b', '/second', '/second/a', '/second']); // the last one for the list of copies
  },
);

test.each([
  ['EIO', 'absent'],
  ['ENOENT', 'absent'],
  ['EROFS', 'absent'],
  ['ENOSPC', 'full'],
  ['EACCES', 'failed'],
])('%s while writing makes it %s, and it recovers by itself', async (code, state) => {
  const primary = new Primary();
  let isBroken = true;
  const append: Drive['append'] = async (...args) => {
    if (isBroken) throw Object.assign(new Error(code), { code });
    await fileSystemDrive.append(...args);
  };
  const subject = primary.plain({ drive: { append } });
  subject.location.add({ path: primary.file('btc.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  await subject.poll();
  expect(subject.location.status.state).toBe(state);
  isBroken = false;
  await subject.poll();
  expect(subject.location.status).toMatchObject({ state: 'in-step', bytesLeft: 0 });
});

test('a drive that took a part of a write before it was full is not taken for another one', async () => {
  const primary = new Primary();
  let isFull = true;
  const append: Drive['append'] = async (folder, name, bytes, position, device) => {
    await fileSystemDrive.append(folder, name, isFull ? bytes.subarray(0, 30) : bytes, position, device);
    if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const subject = primary.plain({ drive: { append } });
  subject.location.add({ path: primary.file('btc.ndjson', lines(0, 10)), priority: 'recording' });
  await subject.start();
  isFull = false;
  await subject.poll();
  expect(subject.states).toEqual(['present', 'catching-up', 'full', 'in-step']);
  expect(subject.location.status.bytesCopied).toBe(110);
  expect(readFileSync(join(subject.folder, 'btc.ndjson'), 'utf8')).toBe(lines(0, 10));
});

/** What all open files have in common, to stand in for what a disk does not do on demand. */
async function fileMethods(): Promise<FileHandle> {
  const file = await open(fileURLToPath(import.meta.url));
  try {
    return Object.getPrototypeOf(file) as FileHandle;
  } finally {
    await file.close();
  }
}
