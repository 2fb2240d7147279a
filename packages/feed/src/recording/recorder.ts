import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { encodeRecordedFrame, systemScheduler } from '@kb/kraken';
import type { RecordedDirection } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import { RecordingSegment } from './recording-segment.ts';

export interface RecorderOptions {
  /** Path without number and ending: `runs/btc` makes `runs/btc-000001.ndjson.zst` and so on. Its folder is made. */
  readonly base: string;
  /** A segment ends after this many bytes of text, before compression. 256 MiB unless told. */
  readonly maxBytes?: number;
  /** A segment ends when its frames span this long. One hour unless told. */
  readonly maxAge?: Micros;
  /** A crash loses at most the frames of this long. 1 s unless told. */
  readonly flushEvery?: Micros;
  /** Bytes of text that may wait for the disk. 32 MiB unless told. */
  readonly maxQueued?: number;
  /** Times the flushes; the machine's clock unless told. */
  readonly scheduler?: Scheduler;
  /** A new segment began: subscribe again (`KrakenSpotFeed.resubscribe`), so that it stands alone. */
  readonly onRotate?: (path: string) => void;
  /** Recording has stopped, once, for this reason. */
  readonly onError?: (error: FeedError) => void;
  /** How to make a file; the file system's, never over an existing file, unless told. */
  readonly createFile?: (path: string) => Writable;
}

/** What was recorded. */
export interface RecorderSummary {
  /** Segments begun, in order. */
  readonly paths: readonly string[];
  readonly frames: number;
  /** Bytes of text, before compression. */
  readonly bytes: number;
}

/**
 * Keeps what goes over the wire, verbatim, before anything decodes it: NDJSON, one frame a line, compressed with zstd in
 * numbered segments.
 *
 * Frames are taken at once and written in the background. Recording never disturbs who calls it: when the disk fails, or
 * is so slow that `maxQueued` bytes wait, recording stops, `onError` hears of it once, and further frames are not taken.
 * A recording with a hole in it would be worse: its books could not be verified past the hole.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #scheduler: Scheduler;
  readonly #maxBytes: number;
  readonly #maxAge: Micros;
  readonly #flushEvery: Micros;
  readonly #maxQueued: number;
  readonly #createFile: (path: string) => Writable;
  readonly #paths: string[] = [];
  /** The segments whose files are not closed yet; the last one takes frames. */
  readonly #open = new Set<RecordingSegment>();
  #current: RecordingSegment | undefined = undefined;
  #firstRecvTs: Micros | undefined = undefined;
  #cancelFlush: CancelTask | undefined = undefined;
  #frames = 0;
  #bytes = 0;
  #error: FeedError | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#maxAge = options.maxAge ?? micros(3600 * SECOND);
    this.#flushEvery = options.flushEvery ?? micros(SECOND);
    this.#maxQueued = options.maxQueued ?? 32 * 1024 * 1024;
    this.#createFile = options.createFile ?? createNewFile;
    const limits = {
      maxBytes: this.#maxBytes,
      maxAge: this.#maxAge,
      flushEvery: this.#flushEvery,
      maxQueued: this.#maxQueued,
    };
    const problems = Object.entries(limits)
      .filter(([, value]) => !(value > 0))
      .map(([name, value]) => `${name}: expected a number above zero, was ${value}`);
    if (options.base === '') problems.push('base: expected a path');
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  }

  /** Why recording stopped, if it did. */
  get error(): FeedError | undefined {
    return this.#error;
  }

  /** What was recorded so far. */
  get summary(): RecorderSummary {
    return { paths: [...this.#paths], frames: this.#frames, bytes: this.#bytes };
  }

  /** Takes one frame; fits `onWire` of `KrakenSpotFeed`. Does nothing once recording has stopped or is closed. */
  record(recvTs: Micros, dir: RecordedDirection, raw: Uint8Array | string): void {
    if (this.#error !== undefined || this.#closing !== undefined) return;
    const segment = this.#current ?? this.#begin();
    if (segment === undefined) return;
    const line = encodeRecordedFrame(recvTs, dir, raw);
    segment.write(line);
    this.#frames += 1;
    this.#bytes += line.length;
    this.#firstRecvTs ??= recvTs;

    let queued = 0;
    for (const each of this.#open) queued += each.queued;
    if (queued > this.#maxQueued) {
      const error = `${queued} bytes wait for the disk, more than the ${this.#maxQueued} allowed`;
      this.#stop(
        new FeedError('KB_FEED_RECORDER_OVERFLOW', error, { hint: 'Record to a faster disk, or fewer symbols.' }),
      );
    } else if (segment.bytes >= this.#maxBytes || recvTs - this.#firstRecvTs >= this.#maxAge) {
      this.#rotate(segment);
    } else {
      this.#cancelFlush ??= this.#scheduler.after(this.#flushEvery, () => this.#flush());
    }
  }

  /** Ends the last segment. Resolves when everything taken is on its way to the disk; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #begin(): RecordingSegment | undefined {
    const path = `${this.#options.base}-${String(this.#paths.length + 1).padStart(6, '0')}.ndjson.zst`;
    try {
      const segment = new RecordingSegment(this.#createFile(path), (error) => this.#stop(failure(path, error)));
      this.#paths.push(path);
      this.#open.add(segment);
      this.#current = segment;
      this.#firstRecvTs = undefined;
      return segment;
    } catch (error) {
      this.#stop(failure(path, error));
      return undefined;
    }
  }

  #rotate(full: RecordingSegment): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    void full.end().then(() => this.#open.delete(full));
    this.#current = undefined;
    if (this.#begin() !== undefined) this.#options.onRotate?.(this.#paths.at(-1) ?? '');
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    this.#current?.flush();
  }

  async #finish(): Promise<void> {
    this.#cancelFlush?.();
    await Promise.all([...this.#open].map((segment) => segment.end()));
    this.#open.clear();
  }

  #stop(error: FeedError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#cancelFlush?.();
    for (const segment of this.#open) segment.abandon();
    this.#options.onError?.(error);
  }
}

function createNewFile(path: string): Writable {
  mkdirSync(dirname(path), { recursive: true });
  return createWriteStream(path, { flags: 'wx' });
}

function failure(path: string, cause: unknown): FeedError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FeedError('KB_FEED_RECORDER_FAILED', `${path}: ${text}`, {
    cause,
    hint: 'Check that the folder can be written to, has room, and that the file is not there yet.',
  });
}
