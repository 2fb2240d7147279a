import { micros, SECOND } from '@kb/model';
import type { Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { RecorderDisk } from './recorder-disk.ts';
import type { KeepOptions, RemovedSegment } from './segment-shelf.ts';

/**
 * When what was written is forced to the device, so that it outlives a loss of power: never, whenever a segment is
 * sealed, or that and every so often.
 */
export type RecorderFsync = 'none' | 'rotate' | Micros;

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
  /** What is kept; everything, unless told. Only segments of this recording are ever removed, none of an older one. */
  readonly keep?: KeepOptions;
  /**
   * Bytes of the file system that stay free. Looked at before each rotation and every `checkEvery`: at less, recording
   * stops for good with `KB_FEED_RECORDER_NO_ROOM`, its last segment sealed, and leaves the room to who needs it more. It
   * does not begin again when there is room: a recording with a hole in it could not be verified.
   */
  readonly minFree?: number;
  /** How often free space and the age of segments are looked at. 5 s unless told. */
  readonly checkEvery?: Micros;
  /** `none` unless told: a crash of the program loses nothing that was flushed, a loss of power may. */
  readonly fsync?: RecorderFsync;
  /**
   * How long `close` waits for the disk. 30 s unless told. What has not reached it then is given up, and told as
   * `KB_FEED_RECORDER_FAILED`.
   */
  readonly closeTimeout?: Micros;
  /** Times the flushes; the machine's clock unless told. */
  readonly scheduler?: Scheduler;
  /** A segment began, the first one too. */
  readonly onBegin?: (path: string) => void;
  /** A new segment began: subscribe again (`KrakenSpotFeed.resubscribe`), so that it stands alone. */
  readonly onRotate?: (path: string) => void;
  /** What was taken up to now went to the file: a good time to copy it (`SecondLocation.wake`). */
  readonly onFlush?: (path: string) => void;
  /** Retention removed a segment. */
  readonly onRemove?: (segment: RemovedSegment) => void;
  /** Recording has stopped, once, for this reason. */
  readonly onError?: (error: FeedError) => void;
  /** The file system, or what stands in for parts of it. */
  readonly disk?: Partial<RecorderDisk>;
}

/** The numbers among the options, with what they are unless told. */
export interface RecorderLimits {
  readonly maxBytes: number;
  readonly maxAge: Micros;
  readonly flushEvery: Micros;
  readonly maxQueued: number;
  readonly checkEvery: Micros;
  readonly closeTimeout: Micros;
}

/** @throws FeedError `KB_FEED_BAD_OPTIONS` with everything that is wrong. */
export function limitsOf(options: RecorderOptions): RecorderLimits {
  const limits = {
    maxBytes: options.maxBytes ?? 256 * 1024 * 1024,
    maxAge: options.maxAge ?? micros(3600 * SECOND),
    flushEvery: options.flushEvery ?? micros(SECOND),
    maxQueued: options.maxQueued ?? 32 * 1024 * 1024,
    checkEvery: options.checkEvery ?? micros(5 * SECOND),
    closeTimeout: options.closeTimeout ?? micros(30 * SECOND),
  };
  const { segments, bytes, age, uncopiedBytes } = options.keep ?? {};
  const given = {
    ...limits,
    minFree: options.minFree,
    'keep.segments': segments,
    'keep.bytes': bytes,
    'keep.age': age,
    'keep.uncopiedBytes': uncopiedBytes,
    fsync: typeof options.fsync === 'number' ? options.fsync : undefined,
  };
  const problems = Object.entries(given)
    .filter(([, value]) => value !== undefined && !(value > 0))
    .map(([name, value]) => `${name}: expected a number above zero, was ${value}`);
  if (options.base === '') problems.push('base: expected a path');
  if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  return limits;
}
