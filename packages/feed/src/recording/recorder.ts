import { dirname } from 'node:path';
import { encodeRecordedFrame, systemScheduler } from '@kb/kraken';
import type { RecordedDirection } from '@kb/kraken';
import { SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import { fileSystemDisk } from './recorder-disk.ts';
import type { RecorderDisk } from './recorder-disk.ts';
import { limitsOf } from './recorder-options.ts';
import type { RecorderLimits, RecorderOptions } from './recorder-options.ts';
import { RecordingSegment } from './recording-segment.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { isDoneWithin } from './time-limit.ts';

/** What was recorded. */
export interface RecorderSummary {
  /** Segments begun, in order. */
  readonly paths: readonly string[];
  /** Those of them that retention removed. */
  readonly removed: readonly string[];
  readonly frames: number;
  /** Bytes of text, before compression. */
  readonly bytes: number;
}

/**
 * Keeps what goes over the wire, verbatim, before anything decodes it: NDJSON, one frame a line, compressed with zstd in
 * numbered segments.
 *
 * Frames are taken at once and written in the background. Recording never disturbs who calls it: when the disk fails, is
 * so slow that `maxQueued` bytes wait, or has less than `minFree` left, recording stops, `onError` hears of it once, and
 * further frames are not taken. A recording with a hole in it would be worse: its books could not be verified past the hole.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #limits: RecorderLimits;
  readonly #scheduler: Scheduler;
  readonly #disk: RecorderDisk;
  readonly #shelf: SegmentShelf;
  readonly #paths: string[] = [];
  readonly #removed: string[] = [];
  /** The segments whose files are not closed yet; the last one takes frames. */
  readonly #open = new Set<RecordingSegment>();
  /** What goes on in the background, besides writing. */
  readonly #chores = new Set<Promise<void>>();
  #current: RecordingSegment | undefined = undefined;
  #firstRecvTs: Micros | undefined = undefined;
  #lastRecvTs: Micros | undefined = undefined;
  #cancelFlush: CancelTask | undefined = undefined;
  #cancelCheck: CancelTask | undefined = undefined;
  #cancelSync: CancelTask | undefined = undefined;
  /** The look at the free space that is under way. */
  #looking: Promise<void> | undefined = undefined;
  #isRotating = false;
  #isFlushing = false;
  /** The segment whose name was last forced to the device, which is done once for each. */
  #namedPath: string | undefined = undefined;
  #frames = 0;
  #bytes = 0;
  #error: FeedError | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = limitsOf(options);
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#disk = { ...fileSystemDisk, ...options.disk };
    this.#shelf = new SegmentShelf(options.keep ?? {});
  }

  /** Why recording stopped, if it did. */
  get error(): FeedError | undefined {
    return this.#error;
  }

  /** What was recorded so far. */
  get summary(): RecorderSummary {
    return { paths: [...this.#paths], removed: [...this.#removed], frames: this.#frames, bytes: this.#bytes };
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
    this.#lastRecvTs = recvTs;

    const { maxQueued, maxBytes, maxAge } = this.#limits;
    let queued = 0;
    for (const each of this.#open) queued += each.queued;
    if (queued > maxQueued) {
      const error = `${queued} bytes wait for the disk, more than the ${maxQueued} allowed`;
      this.#stop(
        new FeedError('KB_FEED_RECORDER_OVERFLOW', error, { hint: 'Record to a faster disk, or fewer symbols.' }),
      );
    } else if (segment.bytes >= maxBytes || recvTs - this.#firstRecvTs >= maxAge) {
      this.#rotateWithRoom(segment);
    } else {
      this.#flushLater();
    }
  }

  /** Resolves when no flush, sync, removal or look at the disk is under way: for tests that move time themselves. */
  async settled(): Promise<void> {
    while (this.#chores.size > 0) await Promise.all(this.#chores);
  }

  /**
   * Ends the last segment. Resolves when the disk has everything that was taken, or did not answer for `closeTimeout`, which
   * `onError` hears of. Calling it again is fine.
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #begin(): RecordingSegment | undefined {
    const path = `${this.#options.base}-${String(this.#paths.length + 1).padStart(6, '0')}.ndjson.zst`;
    try {
      const segment = new RecordingSegment(this.#disk.create(path), (error) => this.#stop(failure(path, error)));
      this.#paths.push(path);
      this.#open.add(segment);
      this.#current = segment;
      this.#firstRecvTs = undefined;
    } catch (error) {
      this.#stop(failure(path, error));
      return undefined;
    }
    if (this.#paths.length === 1) this.#startChecks();
    this.#options.onBegin?.(path);
    return this.#current;
  }

  /** Frames go on into the full segment while the free space is looked at: nothing waits for a slow disk. */
  #rotateWithRoom(full: RecordingSegment): void {
    if (this.#options.minFree === undefined) {
      this.#rotate(full);
    } else if (!this.#isRotating) {
      this.#isRotating = true;
      const look = this.#lookForRoom().then(() => {
        this.#isRotating = false;
        if (this.#current === full && this.#isRecording) this.#rotate(full);
      });
      this.#inBackground(look);
    }
  }

  #rotate(full: RecordingSegment): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#inBackground(this.#seal(full));
    this.#current = undefined;
    if (this.#begin() !== undefined) this.#options.onRotate?.(this.#paths.at(-1) ?? '');
  }

  /** Finishes the current segment's file, then sees what retention has to remove. */
  async #seal(segment: RecordingSegment): Promise<void> {
    const path = this.#paths.at(-1) ?? '';
    const lastRecvTs = this.#lastRecvTs ?? this.#scheduler.now();
    await segment.end();
    this.#open.delete(segment);
    if (this.#error !== undefined && this.#error.code !== 'KB_FEED_RECORDER_NO_ROOM') return; // given up, not sealed
    if ((this.#options.fsync ?? 'none') !== 'none') await this.#sync(path);
    this.#shelf.add({ path, bytes: segment.written, lastRecvTs });
    this.#options.onFlush?.(path);
    await this.#removeSurplus();
  }

  /** Each flush is asked for after the one before has landed: what waits for a disk that hangs must not grow with time. */
  #flushLater(): void {
    if (this.#isFlushing) return;
    this.#cancelFlush ??= this.#scheduler.after(this.#limits.flushEvery, () => this.#inBackground(this.#flush()));
  }

  async #flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const path = this.#paths.at(-1) ?? '';
    const frames = this.#frames;
    this.#isFlushing = true;
    await this.#current?.flush();
    this.#isFlushing = false;
    if (!this.#isRecording) return;
    if (this.#frames > frames) this.#flushLater();
    this.#options.onFlush?.(path);
  }

  #startChecks(): void {
    const { minFree, keep, fsync } = this.#options;
    if (minFree !== undefined) this.#inBackground(this.#lookForRoom());
    if (minFree !== undefined || keep !== undefined) this.#checkLater();
    if (typeof fsync === 'number') this.#syncLater(fsync);
  }

  #checkLater(): void {
    this.#cancelCheck = this.#scheduler.after(this.#limits.checkEvery, () => {
      this.#checkLater();
      this.#inBackground(this.#removeSurplus());
      if (this.#looking === undefined) this.#inBackground(this.#lookForRoom());
    });
  }

  /** Each sync is asked for after the one before is done: a slow disk is not asked twice. */
  #syncLater(every: Micros): void {
    this.#cancelSync = this.#scheduler.after(every, () => {
      const path = this.#paths.at(-1) ?? '';
      const synced = this.#flush()
        .then(() => this.#sync(path))
        .then(() => {
          if (this.#isRecording) this.#syncLater(every);
        });
      this.#inBackground(synced);
    });
  }

  #lookForRoom(): Promise<void> {
    const { minFree, base } = this.#options;
    if (minFree === undefined) return Promise.resolve();
    const folder = dirname(base);
    this.#looking ??= this.#disk
      .freeBytes(folder)
      .then(
        (free) => {
          if (free < minFree) this.#stop(noRoom(folder, free, minFree));
        },
        (error: unknown) => this.#stop(failure(folder, error)),
      )
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #removeSurplus(): Promise<void> {
    for (const segment of this.#shelf.takeSurplus(this.#scheduler.now())) {
      try {
        await this.#disk.remove(segment.path);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') this.#stop(failure(segment.path, error)); // else somebody was faster
        continue;
      }
      this.#removed.push(segment.path);
      this.#options.onRemove?.(segment);
    }
  }

  /** After a failed sync nobody knows what the disk holds: recording stops. */
  async #sync(path: string): Promise<void> {
    if (this.#error !== undefined && this.#error.code !== 'KB_FEED_RECORDER_NO_ROOM') return;
    try {
      await this.#disk.sync(path);
      if (path === this.#namedPath) return;
      await this.#disk.syncFolder(dirname(path));
      this.#namedPath = path;
    } catch (error) {
      this.#stop(failure(path, error));
    }
  }

  #inBackground(work: Promise<unknown>): void {
    const chore = work
      .then(() => undefined)
      .finally(() => {
        this.#chores.delete(chore);
      });
    this.#chores.add(chore);
  }

  get #isRecording(): boolean {
    return this.#error === undefined && this.#closing === undefined;
  }

  async #finish(): Promise<void> {
    this.#cancelTimers();
    const last = this.#current;
    this.#current = undefined;
    if (last !== undefined && this.#open.has(last)) this.#inBackground(this.#seal(last));
    const ended = Promise.all([...this.#open].map((segment) => segment.end())).then(() => this.settled());
    if (await isDoneWithin(this.#scheduler, this.#limits.closeTimeout, ended)) return;
    this.#stop(hung(this.#paths.at(-1) ?? '', this.#limits.closeTimeout));
  }

  /** With no room the segments end well, for which the floor leaves enough; of a disk that fails nothing can be hoped. */
  #stop(error: FeedError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#cancelTimers();
    const last = this.#current;
    this.#current = undefined;
    if (error.code !== 'KB_FEED_RECORDER_NO_ROOM') for (const segment of this.#open) segment.abandon();
    else if (last !== undefined) this.#inBackground(this.#seal(last));
    this.#options.onError?.(error);
  }

  #cancelTimers(): void {
    this.#cancelFlush?.();
    this.#cancelCheck?.();
    this.#cancelSync?.();
  }
}

function noRoom(folder: string, free: number, minFree: number): FeedError {
  const text = `${folder}: ${free} bytes are free, less than the ${minFree} to be left; recording has stopped, nothing else`;
  return new FeedError('KB_FEED_RECORDER_NO_ROOM', text, {
    hint: 'Free some space and start a new recording, or lower the floor or what is kept.',
  });
}

function hung(path: string, closeTimeout: Micros): FeedError {
  const text = `${path}: the disk did not answer within ${closeTimeout / SECOND} s of closing; what it does not hold is lost`;
  return new FeedError('KB_FEED_RECORDER_FAILED', text, {
    hint: 'Look whether the disk is still there, and how far the last segment can be read.',
  });
}

function failure(path: string, cause: unknown): FeedError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FeedError('KB_FEED_RECORDER_FAILED', `${path}: ${text}`, {
    cause,
    hint: 'Check that the folder can be written to, has room, and that the file is not there yet.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
