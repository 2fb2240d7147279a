import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';
import type { Drive } from '../src/index.ts';
import { drive, lines, Primary, Subject } from './second-place.ts';

/** A journal's segment, that is compressed once it is full: the plain file goes. */
class Segment {
  readonly plain: string;
  readonly #primary: Primary;
  readonly #subject: Subject;

  constructor(primary: Primary, subject: Subject, text: string) {
    this.#primary = primary;
    this.#subject = subject;
    this.plain = primary.file('input-1.ndjson', text);
    subject.location.add({ path: this.plain, priority: 'journal', as: 'run/input-1.ndjson' });
  }

  seal(text = 'compressed'): void {
    const path = this.#primary.file('input-1.ndjson.zst', text);
    rmSync(this.plain);
    this.#subject.location.add({ path, priority: 'journal', as: 'run/input-1.ndjson.zst', replaces: this.plain });
  }
}

const names = (copies: ReadonlyMap<string, Buffer>): readonly string[] => [...copies.keys()];

describe('a file that was replaced by a compressed one', () => {
  test('is no loss, and its copy goes once the other is there', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const segment = new Segment(primary, subject, lines(0, 1000));
    await subject.start();
    expect(names(place.files)).toEqual(['run/input-1.ndjson']);
    segment.seal(lines(5000, 700));
    await subject.poll();
    expect([...place.files].map(([name, copy]) => [name, copy.toString()])).toEqual([
      ['run/input-1.ndjson.zst', lines(5000, 700)],
    ]);
    expect(subject.location.status).toMatchObject({ state: 'in-step', lost: 0, bytesLeft: 0 });
    expect([subject.told('lost'), subject.told('renamed')]).toEqual([[], []]);
    await subject.location.close();
  });

  test('before it was copied whole is none either, nor while the drive is away', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const segment = new Segment(primary, subject, lines(0, 1000));
    await subject.start();
    writeFileSync(segment.plain, lines(1000, 400), { flag: 'a' });
    place.pullOut();
    await subject.poll();
    segment.seal();
    await subject.poll();
    expect(subject.location.status).toMatchObject({ state: 'absent', lost: 0, bytesLeft: 'compressed'.length });
    place.plugIn();
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson.zst']);
    expect(subject.told('lost')).toEqual([]);
    await subject.location.close();
  });

  test('while it is looked at what has grown is none either', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    subject.location.add({ path: primary.file('first', lines(0, 10)), priority: 'journal' });
    const segment = new Segment(primary, subject, lines(0, 100));
    await subject.start();
    const polled = subject.poll(); // looks at the other file first
    segment.seal();
    await polled;
    await subject.poll();
    expect(names(place.files)).toEqual(['first', 'run/input-1.ndjson.zst']);
    expect(subject.told('lost')).toEqual([]);
    await subject.location.close();
  });

  test.each([0, 1, 3])('leaves no torn copy when the drive went in the middle of piece %i', async (whole) => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    let pieces = 0;
    const torn: Partial<Drive> = {
      async append(folder, name, bytes, position, device): Promise<void> {
        pieces += 1;
        if (pieces - 1 !== whole) return await fileSystemDrive.append(folder, name, bytes, position, device);
        await fileSystemDrive.append(folder, name, bytes.subarray(0, 1000), position, device);
        place.pullOut();
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    };
    const subject = new Subject({ folder: place.folder, drive: torn });
    const segment = new Segment(primary, subject, lines(0, 3000));
    await subject.start();
    expect(names(place.files)).toEqual(['run/input-1.ndjson']);
    segment.seal();
    place.plugIn();
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson.zst']);
    expect(subject.location.status).toMatchObject({ state: 'in-step', lost: 0 });
    await subject.location.close();
  });

  test('stays on the drive where somebody changed its copy', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const segment = new Segment(primary, subject, lines(0, 100));
    await subject.start();
    writeFileSync(join(place.folder, 'run/input-1.ndjson'), lines(7, 100));
    segment.seal();
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson', 'run/input-1.ndjson.zst']);
    expect(place.files.get('run/input-1.ndjson')?.toString()).toBe(lines(7, 100));
    await subject.location.close();
  });

  test('is followed by its successor before what began later', async () => {
    const [primary, place] = [new Primary(), drive()];
    const order: string[] = [];
    const noted: Partial<Drive> = {
      async append(folder, name, bytes, position, device): Promise<void> {
        order.push(name);
        await fileSystemDrive.append(folder, name, bytes, position, device);
      },
    };
    const subject = new Subject({ folder: place.folder, drive: noted });
    const segment = new Segment(primary, subject, lines(0, 10));
    await subject.start();
    const next = primary.file('input-2.ndjson', lines(10, 10));
    subject.location.add({ path: next, priority: 'journal', as: 'run/input-2.ndjson' });
    segment.seal();
    place.plugIn();
    await subject.poll();
    expect(order).toEqual(['run/input-1.ndjson.zst', 'run/input-2.ndjson']);
    await subject.location.close();
  });

  test('is none either where the other was found in a watched folder before', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const plain = primary.file('input-1.ndjson', lines(0, 100));
    subject.location.watch({ folder: primary.folder, priority: 'journal', as: 'run' });
    await subject.start();
    const path = primary.file('input-1.ndjson.zst', lines(5000, 50));
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson', 'run/input-1.ndjson.zst']);
    subject.location.add({ path, priority: 'journal', replaces: plain });
    rmSync(plain);
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson.zst']);
    expect(subject.location.status).toMatchObject({ state: 'in-step', lost: 0 });
    await subject.location.close();
  });

  test('leaves no copy when the other was replaced before it was copied', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const segment = new Segment(primary, subject, lines(0, 100));
    await subject.start();
    place.pullOut();
    await subject.poll();
    segment.seal();
    const replaces = join(primary.folder, 'input-1.ndjson.zst');
    const path = primary.file('input-1.better.zst', 'better');
    rmSync(replaces);
    subject.location.add({ path, priority: 'journal', as: 'run/input-1.better.zst', replaces });
    place.plugIn();
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.better.zst']);
    expect(subject.location.status).toMatchObject({ state: 'in-step', lost: 0, bytesLeft: 0 });
    await subject.location.close();
  });

  test('keeps its name until its copy is gone', async () => {
    const [primary, place] = [new Primary(), drive()];
    place.plugIn();
    const subject = new Subject({ folder: place.folder });
    const segment = new Segment(primary, subject, lines(0, 100));
    await subject.start();
    segment.seal();
    const next = primary.file('other.ndjson', lines(0, 100));
    const addNext = (): void => {
      subject.location.add({ path: next, priority: 'recording', as: 'run/input-1.ndjson' });
    };
    expect(addNext).toThrow(expect.objectContaining({ code: 'KB_FEED_BAD_OPTIONS' }));
    await subject.poll();
    addNext();
    await subject.poll();
    expect(names(place.files)).toEqual(['run/input-1.ndjson', 'run/input-1.ndjson.zst']);
    await subject.location.close();
  });
});
