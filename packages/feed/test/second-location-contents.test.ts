import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lines, Primary, Subject } from './second-place.ts';

describe('what lies on the drive', () => {
  test('under our name and is something else stays, and the copy gets another name, the same each time', async () => {
    const primary = new Primary();
    const subject = primary.plain();
    writeFileSync(join(subject.folder, 'btc.ndjson.zst'), 'precious');
    const path = primary.file('btc.ndjson.zst', lines(0, 10));
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
    const primary = new Primary();
    const subject = primary.plain();
    const path = primary.file('btc.ndjson', lines(0, 100));
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
    const primary = new Primary();
    const subject = primary.plain();
    const path = primary.file('btc.ndjson', lines(0, 1000));
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
    const primary = new Primary();
    const subject = primary.plain();
    const path = primary.file('btc.ndjson', lines(0, 100));
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
    const primary = new Primary();
    const subject = primary.plain();
    const path = primary.file('btc.ndjson', lines(0, 100));
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
    const primary = new Primary();
    const subject = primary.plain();
    const path = primary.file('btc.ndjson', lines(0, 100));
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

test('an original that shrank is copied anew, and what was copied stays', async () => {
  const primary = new Primary();
  const subject = primary.plain();
  const path = primary.file('btc.ndjson', lines(0, 10));
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
