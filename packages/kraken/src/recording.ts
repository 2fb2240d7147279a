import { open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DecodeFault } from './json-tree.ts';
import { LineSplitter } from './line-splitter.ts';
import { framesOfDocument, opensDocument } from './recording-document.ts';
import { RecordingError } from './recording-errors.ts';
import { decodeRecordedLine } from './recording-line.ts';
import type { RecordedFrame } from './recording-line.ts';

/**
 * Reads a recording, frame by frame, holding one line at a time: NDJSON, plain or compressed with gzip or zstd (told by its
 * first bytes, not by its name). Also reads one JSON document `{"init": …, "updates": […]}`, whole; its frames bear no
 * receive time of their own and take the venue's.
 *
 * Blank lines and CRLF are tolerated. Damage ends the reading with an error that names the file and the line, after the
 * frames before the damage; of a corrupt (not: a cut) compressed stream the last 16 KiB before the damage may be lost.
 *
 * @throws RecordingError `KB_KRAKEN_RECORDING_MISSING`, `KB_KRAKEN_RECORDING_UNREADABLE` (a directory, no permission, broken
 *   compression), `KB_KRAKEN_RECORDING_TRUNCATED` or `KB_KRAKEN_RECORDING_BAD_LINE`.
 */
export async function* readRecording(path: string): AsyncGenerator<RecordedFrame, void, undefined> {
  const lines = new RecordingLines(path);
  try {
    for await (const chunk of chunksOf(path)) yield* lines.push(chunk);
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    yield* lines.rest(true);
    throw streamError(path, lines.line, error);
  }
  yield* lines.rest(false);
}

/** Turns lines into frames and counts them. */
class RecordingLines {
  readonly #path: string;
  readonly #splitter = new LineSplitter();
  /** The lines of a one-document recording, once it is known to be one. */
  #document: Uint8Array[] | undefined = undefined;
  #documentLength = 0;
  /** The line in hand, from 1. */
  line = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *push(chunk: Uint8Array): Generator<RecordedFrame> {
    for (const line of this.#splitter.push(chunk)) {
      this.line += 1;
      if (this.#document === undefined && this.line === 1 && opensDocument(line)) this.#document = [];
      if (this.#document === undefined) yield* this.#frame(line);
      else this.#keep(line, NEWLINE);
    }
    if (this.#splitter.restLength + this.#documentLength > LONGEST) {
      throw this.#damage('KB_KRAKEN_RECORDING_BAD_LINE', `longer than ${LONGEST} bytes`);
    }
  }

  /** What stands after the last newline. @param cut True when the file ended before it should have. */
  *rest(cut: boolean): Generator<RecordedFrame> {
    const line = this.#splitter.takeRest();
    if (line.length > 0) this.line += 1;
    if (this.#document === undefined && this.line === 1 && opensDocument(line)) this.#document = [];
    if (this.#document !== undefined) {
      this.#keep(line);
      if (!cut) yield* this.#documentFrames(this.#document);
      return;
    }
    const frame = isBlank(line) ? undefined : decodeRecordedLine(line);
    if (typeof frame === 'object') yield frame;
    else if (frame !== undefined && !cut) {
      throw this.#damage('KB_KRAKEN_RECORDING_TRUNCATED', `the last line has no end and is ${frame}`);
    }
  }

  *#frame(line: Uint8Array): Generator<RecordedFrame> {
    if (isBlank(line)) return;
    const frame = decodeRecordedLine(line);
    if (typeof frame === 'string') throw this.#damage('KB_KRAKEN_RECORDING_BAD_LINE', frame);
    yield frame;
  }

  /** Keeps copies: a line may share the memory of its chunk. */
  #keep(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#document?.push(Uint8Array.from(piece));
      this.#documentLength += piece.length;
    }
  }

  *#documentFrames(lines: readonly Uint8Array[]): Generator<RecordedFrame> {
    const bytes = Buffer.concat(lines);
    let frames: RecordedFrame[];
    try {
      frames = framesOfDocument(bytes);
    } catch (error) {
      if (!(error instanceof DecodeFault)) throw error;
      this.line = 1 + bytes.subarray(0, error.offset).reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
      const cut = error.offset >= bytes.length;
      throw this.#damage(cut ? 'KB_KRAKEN_RECORDING_TRUNCATED' : 'KB_KRAKEN_RECORDING_BAD_LINE', error.detail);
    }
    yield* frames;
  }

  #damage(code: 'KB_KRAKEN_RECORDING_TRUNCATED' | 'KB_KRAKEN_RECORDING_BAD_LINE', detail: string): RecordingError {
    const hint =
      code === 'KB_KRAKEN_RECORDING_TRUNCATED'
        ? 'Use the frames before it, or record again.'
        : 'Expected one object a line: {"ts":"<ns>","dir":"rx|tx|open|close","raw":"<frame>"}.';
    return new RecordingError(code, this.#path, this.line, detail, { hint });
  }
}

/** The bytes of a file, decompressed. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  try {
    const magic = Buffer.alloc(4);
    await handle.read(magic, 0, magic.length, 0);
    const source = handle.createReadStream({ start: 0, autoClose: false });
    // A high-water mark of one byte: what was decompressed is handed over before the next step can fail.
    const options = { chunkSize: 16 * 1024, readableHighWaterMark: 1 };
    const gzip = magic.readUInt16BE(0) === 0x1f8b;
    if (!gzip && magic.readUInt32BE(0) !== 0x28b52ffd) {
      yield* source as AsyncIterable<Uint8Array>;
      return;
    }
    const codec = gzip ? createGunzip(options) : createZstdDecompress(options);
    source.on('error', (error) => codec.destroy(error));
    yield* source.pipe(codec) as AsyncIterable<Uint8Array>;
  } finally {
    await handle.close();
  }
}

function streamError(path: string, line: number, cause: unknown): RecordingError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RecordingError('KB_KRAKEN_RECORDING_MISSING', path, undefined, 'there is no such file', {
      cause,
      hint: 'Check the path.',
    });
  }
  if (code === 'Z_BUF_ERROR') {
    return new RecordingError('KB_KRAKEN_RECORDING_TRUNCATED', path, line, 'the compressed file ends too early', {
      cause,
      hint: 'Use the frames before it, or record again.',
    });
  }
  const what = code === 'EISDIR' ? 'it is a directory' : cause instanceof Error ? cause.message : String(cause);
  const opened = code !== 'EISDIR' && code !== 'EACCES' && code !== 'EPERM';
  return new RecordingError('KB_KRAKEN_RECORDING_UNREADABLE', path, opened ? line : undefined, what, {
    cause,
    hint: 'Expected a readable file: NDJSON, plain or compressed with gzip or zstd.',
  });
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09);
}

/** The longest line, and the largest one-document recording. */
const LONGEST = 64 * 1024 * 1024;
const NEWLINE = Uint8Array.of(0x0a);
