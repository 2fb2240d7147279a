import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { micros } from '@kb/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecording } from '../src/recording.ts';
import type { RecordingError } from '../src/recording-errors.ts';
import { decodeRecordedLine, encodeRecordedFrame } from '../src/recording-line.ts';
import type { RecordedFrame } from '../src/recording-line.ts';
import { CAPTURES, hasCaptures, NEEDS_CAPTURES } from './support/captures.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kb-recording-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

interface Outcome {
  readonly texts: string[];
  readonly frames: RecordedFrame[];
  readonly error: RecordingError | undefined;
}

async function readAll(at: string): Promise<Outcome> {
  const frames: RecordedFrame[] = [];
  let error: unknown;
  try {
    for await (const frame of readRecording(at)) frames.push(frame);
  } catch (thrown) {
    error = thrown;
  }
  return {
    frames,
    texts: frames.map(({ raw }) => Buffer.from(raw).toString()),
    error: error as RecordingError | undefined,
  };
}

const HEARTBEAT = '{"channel":"heartbeat"}';
const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) =>
    encodeRecordedFrame(micros(1_000_000 + index), 'rx', `frame ${index}`),
  ).join('');

describe('a line', () => {
  test('is written in the container of the recordings', () => {
    expect(encodeRecordedFrame(micros(1_785_641_750_295_158), 'rx', HEARTBEAT)).toBe(
      '{"ts":"1785641750295158000","dir":"rx","raw":"{\\"channel\\":\\"heartbeat\\"}"}\n',
    );
    expect(encodeRecordedFrame(micros(0), 'open', 'wss://example/v2')).toBe(
      '{"ts":"0","dir":"open","url":"wss://example/v2"}\n',
    );
  });

  test('gives back exactly the bytes that were written', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('rx', 'tx', 'open', 'close'),
        fc.maxSafeNat(),
        (raw, dir, recvTs) => {
          const line = encodeRecordedFrame(micros(recvTs), dir, raw);
          expect(line.indexOf('\n')).toBe(line.length - 1);
          const frame = decodeRecordedLine(Buffer.from(line.trimEnd())) as RecordedFrame;
          expect(frame).toMatchObject({ recvTs, dir });
          expect([...frame.raw]).toEqual([...raw]);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const frame = decodeRecordedLine(
          Buffer.from(encodeRecordedFrame(micros(5), 'rx', text).trimEnd()),
        ) as RecordedFrame;
        expect(Buffer.from(frame.raw).equals(Buffer.from(text))).toBe(true);
      }),
    );
  });

  test('keeps a byte order mark, line separators and bytes that are no UTF-8', () => {
    for (const raw of [Buffer.from('\uFEFFx'), Buffer.from('a\u2028b\r\n'), Buffer.from([0xff, 0x00, 0x7b])]) {
      const frame = decodeRecordedLine(
        Buffer.from(encodeRecordedFrame(micros(5), 'rx', raw).trimEnd()),
      ) as RecordedFrame;
      expect([...frame.raw]).toEqual([...raw]);
    }
  });

  test('keeps the nanoseconds as recorded and cuts the receive time to microseconds', () => {
    const frame = decodeRecordedLine(Buffer.from('{"ts":"201603688723499","dir":"tx","raw":"x"}'));
    expect(frame).toMatchObject({ recvTs: 201_603_688_723, tsNs: '201603688723499', dir: 'tx' });
    expect(decodeRecordedLine(Buffer.from('{"ts":"12","dir":"close"}'))).toMatchObject({
      recvTs: 0,
      raw: Buffer.from(''),
    });
  });

  test.each([
    ['', 'not a JSON object'],
    ['x', 'not a JSON object'],
    ['[]', '"ts" is not a string of nanoseconds'],
    ['{"ts":1,"dir":"rx","raw":""}', '"ts" is not a string of nanoseconds'],
    ['{"ts":"-1","dir":"rx","raw":""}', '"ts" is not a string of nanoseconds'],
    ['{"ts":"1","dir":"in","raw":""}', '"dir" is not rx, tx, open or close'],
    ['{"ts":"1","dir":"rx","raw":{}}', '"raw" is not a string'],
    ['{"ts":"1","dir":"rx"}', '"raw" is not a string'],
    ['{"ts":"1","dir":"rx","raw_base64":"not base64!"}', '"raw_base64" is not base64'],
    ['{"ts":"1","dir":"rx","raw_base64":"/w"}', '"raw_base64" is not base64'],
    ['{"ts":"9999999999999999999","dir":"rx","raw":""}', '"ts" is out of range'],
  ])('%j is refused: %s', (line, reason) => {
    expect(decodeRecordedLine(Buffer.from(line))).toBe(reason);
  });
});

describe('a recording', () => {
  test.each([
    ['plain', (text: string) => text],
    ['gzip', (text: string) => gzipSync(text)],
    ['gzip of several members', (text: string) => Buffer.concat([gzipSync(text), gzipSync(text)])],
    ['zstd', (text: string) => zstdCompressSync(text)],
    ['zstd of several frames', (text: string) => Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)])],
  ])('is read from %s, whatever its name', async (name, pack) => {
    const { texts, error } = await readAll(file(`${name}.bin`, pack(lines(5000))));
    expect(error).toBeUndefined();
    const once = Array.from({ length: 5000 }, (_, index) => `frame ${index}`);
    expect(texts).toEqual(name.includes('several') ? [...once, ...once] : once);
  });

  test('tolerates CRLF, blank lines and a last line without an end', async () => {
    const text = `\n${lines(2).replaceAll('\n', '\r\n')}\r\n  \n${lines(1).trimEnd()}`;
    expect(await readAll(file('crlf', text))).toMatchObject({
      texts: ['frame 0', 'frame 1', 'frame 0'],
      error: undefined,
    });
    expect(await readAll(file('empty', ''))).toMatchObject({ texts: [], error: undefined });
  });

  test('of lines longer than any chunk is read', async () => {
    const long = 'x'.repeat(300_000);
    const text = encodeRecordedFrame(micros(1), 'rx', long) + lines(1);
    expect((await readAll(file('long', gzipSync(text)))).texts).toEqual([long, 'frame 0']);
  });

  test('can be left early', async () => {
    const texts: string[] = [];
    for await (const { raw } of readRecording(file('early.gz', gzipSync(lines(50_000))))) {
      texts.push(Buffer.from(raw).toString());
      if (texts.length === 3) break;
    }
    expect(texts).toHaveLength(3);
  });
});

describe('damage', () => {
  test('a file that is not there', async () => {
    const { error } = await readAll(path.join(folder, 'nowhere.ndjson'));
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_MISSING', name: 'RecordingError', line: undefined });
    expect(error?.message).toBe(`${path.join(folder, 'nowhere.ndjson')}: there is no such file`);
    expect(error?.hint).toBeDefined();
  });

  test('a directory', async () => {
    const { error } = await readAll(folder);
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_UNREADABLE', message: `${folder}: it is a directory` });
  });

  test('a line that is none is named, after the lines before it', async () => {
    const { texts, error } = await readAll(file('bad', `${lines(2)}garbage\n${lines(1)}`));
    expect(texts).toEqual(['frame 0', 'frame 1']);
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_BAD_LINE', line: 3 });
    expect(error?.message).toContain('bad:3: not a JSON object');
  });

  test('a binary file is no recording', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256));
    expect((await readAll(file('noise', noise))).error).toMatchObject({
      code: 'KB_KRAKEN_RECORDING_BAD_LINE',
      line: 1,
    });
  });

  test('a line of invalid UTF-8', async () => {
    const text = Buffer.concat([Buffer.from(lines(1)), Buffer.from([0x22, 0xff, 0x22, 0x0a])]);
    expect((await readAll(file('utf8', text))).error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_BAD_LINE', line: 2 });
  });

  test('a last line that is cut', async () => {
    const text = lines(3);
    const { texts, error } = await readAll(file('cut', text.slice(0, -10)));
    expect(texts).toEqual(['frame 0', 'frame 1']);
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_TRUNCATED', line: 3 });
  });

  test.each([
    ['gzip', (text: string) => gzipSync(text)],
    ['zstd', (text: string) => zstdCompressSync(text)],
  ])('a %s file that is cut gives what it holds, then says so', async (name, pack) => {
    // Frames that do not compress well, so that a cut in the middle leaves many.
    const text = Array.from({ length: 60_000 }, (_, index) =>
      encodeRecordedFrame(micros(index), 'rx', String((index * 2_654_435_761) % 4_294_967_291)),
    ).join('');
    const packed = pack(text);
    const { frames, error } = await readAll(file(`cut-${name}`, packed.subarray(0, Math.floor(packed.length * 0.75))));
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_TRUNCATED', line: expect.any(Number) });
    expect(frames.length).toBeGreaterThan(20_000);
    expect(error?.line).toBeGreaterThanOrEqual(frames.length);
    frames.forEach(({ recvTs }, index) => expect(recvTs).toBe(index));
  });

  test('a gzip file with noise inside', async () => {
    const packed = gzipSync(
      Array.from({ length: 60_000 }, (_, index) =>
        encodeRecordedFrame(micros(index), 'rx', `${index * 2_654_435_761}`),
      ).join(''),
    );
    packed.fill(0xff, packed.length - 5000, packed.length - 4000);
    const { frames, error } = await readAll(file('noise.gz', packed));
    expect(error?.code).toMatch(/^KB_KRAKEN_RECORDING_(UNREADABLE|BAD_LINE)$/);
    expect(frames.length).toBeGreaterThan(10_000);
  });

  test('a line without end is refused before it fills the memory', async () => {
    const { error } = await readAll(file('endless', Buffer.alloc(65 * 1024 * 1024, 0x61)));
    expect(error).toMatchObject({ code: 'KB_KRAKEN_RECORDING_BAD_LINE' });
  });
});

describe('the one-document form', () => {
  const update = (price: string, second: number): string =>
    `{"channel": "book", "data": [{"price": ${price}, "timestamp": "2023-07-30T15:29:0${second}.343415Z"}]}`;
  const at = Date.UTC(2023, 6, 30, 15, 29, 1) * 1000 + 343_415;

  test('gives each frame as it stands, with the time of the venue', async () => {
    const text = `{\n  "init": {"channel":"book", "data":[{"price":4.0}]},\n  "updates": [${update('1.50', 1)},\n${update('1E-8', 2)}]\n}\n`;
    const { texts, frames, error } = await readAll(file('document.gz', gzipSync(text)));
    expect(error).toBeUndefined();
    expect(texts).toEqual(['{"channel":"book", "data":[{"price":4.0}]}', update('1.50', 1), update('1E-8', 2)]);
    expect(frames.map(({ recvTs }) => recvTs)).toEqual([at, at, at + 1_000_000]);
    expect(frames[0]).toMatchObject({ dir: 'rx', tsNs: `${at}000` });
  });

  test('may stand on one line and have a list of first frames without times', async () => {
    const { texts, frames } = await readAll(file('one-line', '{"init":[{"a":1},[2]],"updates":[]}'));
    expect(texts).toEqual(['{"a":1}', '[2]']);
    expect(frames.map(({ tsNs }) => tsNs)).toEqual(['0', '0']);
  });

  test('that is cut or damaged says where', async () => {
    const text = `{\n"init": {},\n"updates": [${update('1', 1)},\n`;
    expect((await readAll(file('cut-document', text))).error).toMatchObject({
      code: 'KB_KRAKEN_RECORDING_TRUNCATED',
      line: 4,
    });
    expect((await readAll(file('bad-document', `${text}nonsense`))).error).toMatchObject({
      code: 'KB_KRAKEN_RECORDING_BAD_LINE',
      line: 4,
    });
    const packed = gzipSync(text);
    expect((await readAll(file('cut-document.gz', packed.subarray(0, -12)))).error).toMatchObject({
      code: 'KB_KRAKEN_RECORDING_TRUNCATED',
    });
  });
});

test.skipIf(!hasCaptures)(`the recordings are read whole ${NEEDS_CAPTURES}`, async () => {
  const count = async (name: string): Promise<number> => (await readAll(CAPTURES + name)).frames.length;
  expect(await count('book_d25_BTC-USD_2026-08-02.ndjson.gz')).toBe(2104);
  expect(await count('book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz')).toBe(377);
  expect(await count('book_d25_XRP-USD_2026-08-02.ndjson.gz')).toBe(1192);
  expect(await count('book_d10_BTC-USD_2023-07-30_reserialised.json.gz')).toBe(510);
});
