import { hash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { JournalError, JournalWriter, readJournal, verifyJournal } from '../src/index.ts';
import { bytesOf, failureOf, outcomeOf, scratch, someRecords, written } from './scratch.ts';

const empty = scratch();

afterEach(() => vi.restoreAllMocks());

const EPOCH = '1970-01-01T00:00:00.000Z';
const SHARED = { c: 1 };

class Secret {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('writing', () => {
  test('numbers and chains each record by SHA-256 over the hash before it and its canonical JSON', async () => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'input', header: { seed: 7 } });
    const header = hash('sha256', `${'0'.repeat(64)}{"formatVersion":1,"chain":"input","segment":1,"seed":7}`);
    expect(writer.hash).toBe(header);
    const first = hash('sha256', `${header}{"seq":0,"type":"frame","raw":"{}"}`);
    expect(writer.append({ type: 'frame', raw: '{}' })).toEqual({ seq: 0, hash: first });
    const second = hash('sha256', `${first}{"seq":1}`);
    expect(writer.append({})).toEqual({ seq: 1, hash: second });
    expect(await writer.close()).toEqual({ records: 2, hash: second, segments: 1 });

    const lines = zstdDecompressSync(bytesOf(directory)).toString().split('\n');
    expect(lines).toEqual([
      `{"formatVersion":1,"chain":"input","segment":1,"seed":7,"h":"${header.slice(0, 16)}"}`,
      `{"seq":0,"type":"frame","raw":"{}","h":"${first.slice(0, 16)}"}`,
      `{"seq":1,"h":"${second.slice(0, 16)}"}`,
      expect.stringMatching(
        `^{"seal":true,"segment":1,"records":2,"hash":"${second}","last":true,"h":"[0-9a-f]{16}"}$`,
      ),
      '',
    ]);
  });

  test('tells each segment as it begins, and again when its compressed form stands for it', async () => {
    const directory = empty();
    const told: string[] = [];
    const there = (path: string): string => `${basename(path)} ${existsSync(path) ? 'there' : 'gone'}`;
    const writer = new JournalWriter({
      directory,
      chain: 'output',
      segmentBytes: 200,
      flushBytes: 1,
      onSegment: (path) => told.push(`begins: ${there(path)}`),
      onSealed: (path, plain) => told.push(`sealed: ${there(path)} for ${there(plain)}`),
    });
    writer.append({ text: 'x'.repeat(200) });
    await writer.close();
    expect(told).toEqual([
      'begins: output-000001.ndjson there',
      'begins: output-000002.ndjson there',
      'sealed: output-000001.ndjson.zst there for output-000001.ndjson gone',
      'sealed: output-000002.ndjson.zst there for output-000002.ndjson gone',
    ]);
  });

  test('keeps records back until flushed, and has written them after durable', async () => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output', fsync: 'intent' });
    const sync = vi.spyOn(fs, 'fdatasyncSync');
    writer.append({ type: 'intent' });
    expect(verifyJournal(directory).records).toBe(0);
    writer.flush();
    expect(verifyJournal(directory).records).toBe(1);
    expect(sync).not.toHaveBeenCalled();
    writer.append({ type: 'intent' });
    writer.durable();
    expect(verifyJournal(directory).records).toBe(2);
    expect(sync).toHaveBeenCalledTimes(1);
    writer.durable();
    expect(sync).toHaveBeenCalledTimes(1);
    await writer.close();
  });

  test('syncs never, or at every write, when told so', async () => {
    const sync = vi.spyOn(fs, 'fdatasyncSync');
    const lazy = new JournalWriter({ directory: empty(), chain: 'output' });
    lazy.append({});
    lazy.durable();
    await lazy.close();
    expect(sync).not.toHaveBeenCalled();
    const eager = new JournalWriter({ directory: empty(), chain: 'output', fsync: 'always' });
    eager.append({});
    eager.flush();
    expect(sync).toHaveBeenCalledTimes(2); // the header, the record
    await eager.close();
  });

  test('flushes by itself when enough is waiting', async () => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output', flushBytes: 200 });
    for (const record of someRecords(3)) writer.append(record);
    expect(verifyJournal(directory).records).toBeGreaterThan(0);
    await writer.close();
  });

  test.each([
    ['a bigint', { cost: 1n }],
    ['NaN', { price: Number.NaN }],
    ['an infinity deep inside', { a: [{ b: [1, -Infinity] }] }],
    ['a hole in an array', { a: [1, undefined] }],
    ['a hole that was never filled', { a: Array.from({ length: 2 }).with(0, 1) }],
    ['a function', { a: { call: () => 1 } }],
    ['a function in an array', { a: [() => 1] }],
    ['a symbol', { a: [{ b: Symbol('b') }] }],
    ['a map', { a: new Map([['b', 1]]) }],
    ['a set in an array', { a: [new Set([1])] }],
    ['a map itself', new Map([['b', 1]])],
    ['bytes', { a: new Uint8Array(2) }],
    ['an error', { a: new Error('b') }],
    ['a pattern', { a: /b/ }],
    ['a promise', { a: Promise.resolve(1) }],
    ['an object that keeps its fields to itself', { a: new Secret(1) }],
    ['a day that is none', { a: new Date(Number.NaN) }],
    ['what writes itself as something lost', { a: { toJSON: () => new Map() } }],
    ['what is deeper than any stack', { a: nested(200_000) }],
    [
      'a cycle',
      Object.assign(
        {},
        {
          get self(): unknown {
            return this;
          },
        },
      ),
    ],
    ['an array', [1]],
    ["the journal's own keys", { seq: 4 }],
  ])('refuses %s and goes on', async (_what, record) => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output' });
    writer.append({ fine: null });
    expect(failureOf(() => writer.append(record)).code).toBe('KB_JOURNAL_BAD_RECORD');
    writer.append({ fine: true });
    await writer.close();
    expect(verifyJournal(directory)).toMatchObject({ records: 2, closed: true });
  });

  test.each<[string, object, unknown]>([
    ['fields that are undefined are left out', { a: undefined, b: [{ c: undefined }] }, { b: [{}] }],
    ['null stays', { a: null, b: [null] }, { a: null, b: [null] }],
    ['a time and money write themselves', { a: new Date(0), b: { toJSON: () => '1.50' } }, { a: EPOCH, b: '1.50' }],
    [
      'what writes itself is asked for its fields too',
      { a: { toJSON: () => ({ b: new Date(0) }) } },
      { a: { b: EPOCH } },
    ],
    ['an object may have no prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    ['the same object may stand in two places', { a: SHARED, b: SHARED }, { a: { c: 1 }, b: { c: 1 } }],
  ])('%s', async (_what, record, expected) => {
    const { directory } = await written(empty(), [record]);
    expect([...readJournal(directory)]).toEqual([{ seq: 0, ...(expected as object) }]);
  });

  test('refuses to write over a journal, into nothing, and after its close', async () => {
    const { directory } = await written(empty(), []);
    expect(failureOf(() => new JournalWriter({ directory, chain: 'output' })).code).toBe('KB_JOURNAL_EXISTS');
    const gone = join(directory, 'gone');
    expect(failureOf(() => new JournalWriter({ directory: gone, chain: 'output' })).code).toBe(
      'KB_JOURNAL_WRITE_FAILED',
    );
    const other = new JournalWriter({ directory, chain: 'input' });
    await Promise.all([other.close(), other.close()]);
    expect(failureOf(() => other.append({})).code).toBe('KB_JOURNAL_CLOSED');
    const bad = (): unknown => new JournalWriter({ directory: empty(), chain: 'input', segmentBytes: 0 });
    expect(failureOf(bad).code).toBe('KB_JOURNAL_BAD_OPTIONS');
  });

  test('is dead after a disk error, and says so at every call', async () => {
    const writer = new JournalWriter({ directory: empty(), chain: 'output' });
    writer.append({});
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    const failure = failureOf(() => writer.durable());
    expect(failure.code).toBe('KB_JOURNAL_WRITE_FAILED');
    expect(failure.message).toContain('ENOSPC');
    vi.restoreAllMocks();
    expect(failureOf(() => writer.append({}))).toBe(failure);
    expect(failureOf(() => writer.flush())).toBe(failure);
    await expect(writer.close()).rejects.toBe(failure);
  });

  test.each(['writeSync', 'fdatasyncSync'] as const)('lets go of its file when %s fails', async (call) => {
    const writer = new JournalWriter({ directory: empty(), chain: 'output', fsync: 'intent' });
    writer.append({});
    const close = vi.spyOn(fs, 'closeSync');
    vi.spyOn(fs, call).mockImplementation(() => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    });
    const failure = failureOf(() => writer.durable());
    expect(close).toHaveBeenCalledTimes(1);
    await expect(writer.close()).rejects.toBe(failure);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('lets go of its file when a segment before cannot be compressed', async () => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output', segmentBytes: 1 });
    mkdirSync(join(directory, 'output-000001.ndjson.zst.tmp'));
    writer.append({});
    writer.flush(); // seals the first segment and begins the second
    const [open, close] = [vi.spyOn(fs, 'openSync'), vi.spyOn(fs, 'closeSync')];
    while (!(outcomeOf(() => writer.append({})) instanceof JournalError)) await new Promise(setImmediate);
    await expect(writer.close()).rejects.toMatchObject({ code: 'KB_JOURNAL_SEAL_FAILED' });
    // On a slow machine more segments are begun before the failure is known: all of them are let go, and the one that was open.
    const [opened, closed] = [open.mock.calls.length, close.mock.calls.length];
    expect(closed).toBe(opened + 1);
    expect(verifyJournal(directory).closed).toBe(false);
  });

  test('keeps the first error when its file cannot be closed after it', () => {
    const writer = new JournalWriter({ directory: empty(), chain: 'output' });
    writer.append({});
    const real = fs.closeSync.bind(fs);
    vi.spyOn(fs, 'closeSync').mockImplementation((file) => {
      real(file);
      throw new Error('EIO: on closing');
    });
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw new Error('ENOSPC: on writing');
    });
    expect(failureOf(() => writer.flush()).message).toContain('ENOSPC: on writing');
  });

  test('writes on when the system takes a part', async () => {
    const directory = empty();
    const real = fs.writeSync.bind(fs);
    vi.spyOn(fs, 'writeSync').mockImplementation((file: number, bytes: unknown, offset: unknown, length: unknown) =>
      real(file, bytes as Buffer, Number(offset), Math.min(7, Number(length))),
    );
    await written(directory, someRecords(5));
    expect(verifyJournal(directory)).toMatchObject({ records: 5, closed: true });
  });

  test('keeps the plain segment, and says so, when it cannot be compressed', async () => {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output' });
    writer.append({});
    mkdirSync(join(directory, 'output-000001.ndjson.zst.tmp'));
    await expect(writer.close()).rejects.toMatchObject({ code: 'KB_JOURNAL_SEAL_FAILED' });
    expect(verifyJournal(directory)).toMatchObject({ records: 1, closed: true });
  });
});

describe('segments', () => {
  const small = { segmentBytes: 1000, flushBytes: 300 };

  test('are read from the plain form while the compressed one beside it is cut, as in a copy that was cut off', async () => {
    const records = someRecords(30);
    const { directory, end } = await written(empty(), records, small);
    const path = join(directory, 'output-000002.ndjson.zst');
    const whole = readFileSync(path);
    writeFileSync(join(directory, 'output-000002.ndjson'), zstdDecompressSync(whole));
    for (let length = 0; length <= whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(verifyJournal(directory)).toEqual({ ...end, closed: true, sealed: true, torn: undefined });
    }
  });

  test('are sealed, compressed and chained, and read as one journal', async () => {
    const records = someRecords(100);
    const { directory, end } = await written(empty(), records, small);
    const names = readdirSync(directory).toSorted();
    expect(end.segments).toBeGreaterThan(5);
    expect(names.length).toBe(end.segments);
    expect(names[0]).toBe('output-000001.ndjson.zst');
    const reading = readJournal(directory);
    expect(reading.header).toMatchObject({ formatVersion: 1, chain: 'output', segment: 1, seed: 7 });
    expect(reading.end).toBeUndefined();
    expect([...reading]).toEqual(records.map((record, seq) => ({ seq, ...record })));
    expect(reading.end).toEqual({ ...end, closed: true, sealed: true, torn: undefined });
    expect([...reading].length).toBe(100); // a second pass reads it all again
  });

  test('do not change the hash of the whole', async () => {
    const whole = await written(empty(), someRecords(60));
    const parts = await written(empty(), someRecords(60), small);
    expect(parts.end.hash).toBe(whole.end.hash);
  });

  test('the next header carries the hash of the one before', async () => {
    const { directory } = await written(empty(), someRecords(30), small);
    const lines = (name: string): string[] =>
      zstdDecompressSync(bytesOf(directory, name)).toString().trimEnd().split('\n');
    const seal = JSON.parse(lines('output-000001.ndjson.zst').at(-1) ?? '') as { hash: string; records: number };
    expect(JSON.parse(lines('output-000002.ndjson.zst')[0] ?? '')).toMatchObject({
      segment: 2,
      previous: seal.hash,
      firstSeq: seal.records,
    });
  });

  test('may be plain, compressed, or both', async () => {
    const { directory, end } = await written(empty(), someRecords(30), small);
    const first = join(directory, 'output-000001.ndjson');
    writeFileSync(first, zstdDecompressSync(bytesOf(directory, 'output-000001.ndjson.zst')));
    expect(verifyJournal(directory).hash).toBe(end.hash);
    rmSync(`${first}.zst`);
    expect(verifyJournal(directory).hash).toBe(end.hash);
  });

  test('missing, exchanged, foreign or behind the end are noticed', async () => {
    const { directory, end } = await written(empty(), someRecords(40), small);
    const file = (segment: number): string => join(directory, `output-00000${segment}.ndjson.zst`);
    renameSync(file(2), `${file(2)}.away`);
    expect(failureOf(() => verifyJournal(directory)).message).toContain('Segment 2 is missing');
    copyFileSync(file(3), file(2));
    expect(failureOf(() => verifyJournal(directory)).place).toEqual({ segment: file(2), line: 1 });
    renameSync(`${file(2)}.away`, file(2));
    const behind = join(directory, `output-${String(end.segments + 1).padStart(6, '0')}.ndjson.zst`);
    copyFileSync(file(2), behind);
    expect(failureOf(() => verifyJournal(directory)).place).toEqual({ segment: behind, line: 1 });
  });

  test('without the last of them a journal is not closed', async () => {
    const { directory, end } = await written(empty(), someRecords(40), small);
    rmSync(join(directory, `output-00000${end.segments}.ndjson.zst`));
    expect(verifyJournal(directory).closed).toBe(false);
  });
});

describe('reading', () => {
  test('takes the chain asked for where there are two', async () => {
    const { directory } = await written(empty(), someRecords(2));
    await written(directory, someRecords(3), { chain: 'input' });
    expect(failureOf(() => readJournal(directory)).code).toBe('KB_JOURNAL_BAD_OPTIONS');
    expect([...readJournal(directory, { chain: 'input' })].length).toBe(3);
    const files = [join(directory, 'output-000001.ndjson.zst')];
    expect([...readJournal(files)].length).toBe(2);
    expect([...readJournal(files[0] ?? '')].length).toBe(2);
  });

  test('says what is not there or not ours', () => {
    const directory = empty();
    expect(failureOf(() => readJournal(directory)).code).toBe('KB_JOURNAL_NOT_FOUND');
    expect(failureOf(() => readJournal(join(directory, 'no'))).code).toBe('KB_JOURNAL_NOT_FOUND');
    mkdirSync(join(directory, 'input-000001.ndjson'));
    expect(failureOf(() => readJournal(directory)).code).toBe('KB_JOURNAL_READ_FAILED');
  });

  test('refuses a newer format', () => {
    const directory = empty();
    const canonical = '{"formatVersion":2,"chain":"input","segment":1}';
    const h = hash('sha256', '0'.repeat(64) + canonical).slice(0, 16);
    writeFileSync(join(directory, 'input-000001.ndjson'), `${canonical.slice(0, -1)},"h":"${h}"}\n`);
    expect(failureOf(() => readJournal(directory)).code).toBe('KB_JOURNAL_VERSION');
  });

  test('gives back what any producer of JSON wrote, byte for byte', async () => {
    const directory = empty();
    const value = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== 'seq' && key !== 'h' && key !== '__proto__'),
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }),
    );
    const records = fc.sample(value, { numRuns: 120, seed: 11 });
    await written(directory, records);
    const back = [...readJournal(directory)].map((record) => JSON.stringify(record));
    expect(back).toEqual(records.map((record, seq) => JSON.stringify({ seq, ...record })));
  });
});

describe('damage', () => {
  const records = someRecords(6);

  /** A journal that was never closed: one plain segment, all written. */
  function crashed(): { path: string; directory: string; bytes: Buffer } {
    const directory = empty();
    const writer = new JournalWriter({ directory, chain: 'output' });
    for (const record of records) writer.append(record);
    writer.flush();
    const bytes = bytesOf(directory);
    return { directory, path: join(directory, 'output-000001.ndjson'), bytes };
  }

  test('any changed byte is noticed, and its line named', () => {
    const { directory, path, bytes } = crashed();
    const lineAt = (offset: number): number => bytes.subarray(0, offset).toString('latin1').split('\n').length;
    for (let offset = 0; offset < bytes.length - 1; offset += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[offset] = (bytes[offset] ?? 0) ^ flip;
        writeFileSync(path, changed);
        const failure = failureOf(() => verifyJournal(directory));
        expect(failure.code).toBe('KB_JOURNAL_DAMAGED');
        expect(failure.place?.line).toBe(lineAt(offset));
      }
    }
    // The very last line break is all that tells a whole line from a torn one.
    writeFileSync(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]));
    expect(verifyJournal(directory)).toMatchObject({ records: 5, torn: { line: 7 } });
  });

  test('any changed byte of a closed and compressed journal is noticed, or changes nothing', async () => {
    const { directory, end } = await written(empty(), records);
    const path = join(directory, 'output-000001.ndjson.zst');
    const bytes = bytesOf(directory);
    let noticed = 0;
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const changed = Buffer.from(bytes);
      changed[offset] = (bytes[offset] ?? 0) ^ 0x10;
      writeFileSync(path, changed);
      const outcome = outcomeOf(() => verifyJournal(directory));
      if (outcome instanceof JournalError) noticed += 1;
      const isRight =
        outcome instanceof JournalError
          ? outcome.code === 'KB_JOURNAL_DAMAGED' && outcome.place?.segment === path
          : outcome.hash === end.hash;
      expect(isRight).toBe(true);
    }
    expect(noticed).toBeGreaterThan(bytes.length * 0.98);
  });

  test('a line left out, doubled or exchanged is noticed where it happened', () => {
    const { directory, path, bytes } = crashed();
    const lines = bytes.toString().trimEnd().split('\n');
    const failsAt = (changed: readonly string[]): number | undefined => {
      writeFileSync(path, `${changed.join('\n')}\n`);
      return failureOf(() => verifyJournal(directory)).place?.line;
    };
    expect(failsAt(lines.toSpliced(3, 1))).toBe(4);
    expect(failsAt(lines.toSpliced(3, 0, lines[3] ?? ''))).toBe(5);
    expect(failsAt(lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''))).toBe(3);
  });

  test('records before the damage are yielded, and are good', () => {
    const { directory, path, bytes } = crashed();
    const at = bytes.indexOf('"on":4');
    bytes[at + 5] = 0x35;
    writeFileSync(path, bytes);
    const good: unknown[] = [];
    const reading = readJournal(directory);
    const failure = failureOf(() => {
      for (const record of reading) good.push(record['on']);
    });
    expect(good).toEqual([0, 1, 2, 3]);
    expect(failure.place).toEqual({ segment: path, line: 6 });
    expect(reading.end).toBeUndefined();
  });

  test('a tail torn at any byte is cut at the last whole record, and reported', () => {
    const { directory, path, bytes } = crashed();
    const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    for (let length = lastLine; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      const reading = readJournal(directory);
      expect([...reading].length).toBe(5);
      const torn = { segment: path, line: 7, offset: lastLine, bytes: length - lastLine };
      expect(reading.end).toMatchObject({ records: 5, closed: false, torn: length === lastLine ? undefined : torn });
    }
  });

  test('a journal torn inside its first line has no header and no records', () => {
    const { directory, path, bytes } = crashed();
    for (const length of [0, 1, 40]) {
      writeFileSync(path, bytes.subarray(0, length));
      const reading = readJournal(directory);
      expect(reading.header).toBeUndefined();
      expect([...reading]).toEqual([]);
      expect(reading.end?.torn).toMatchObject({ line: 1, offset: 0, bytes: length });
    }
  });

  test('a torn line is damage where there is more behind it', async () => {
    const { directory } = await written(empty(), someRecords(40), { segmentBytes: 1000, flushBytes: 300 });
    const path = join(directory, 'output-000001.ndjson');
    const bytes = zstdDecompressSync(bytesOf(directory, 'output-000001.ndjson.zst'));
    rmSync(`${path}.zst`);
    writeFileSync(path, bytes.subarray(0, -5));
    expect(failureOf(() => verifyJournal(directory)).message).toContain('expected a seal');
    expect(existsSync(path)).toBe(true);
  });
});
