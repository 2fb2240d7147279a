import type { Micros } from '@kb/model';

/** How much of a recording is kept. Each limit that is given holds; the oldest sealed segments go first. */
export interface KeepOptions {
  /** Sealed segments. */
  readonly segments?: number;
  /** Bytes of sealed segments on the disk. */
  readonly bytes?: number;
  /** A sealed segment goes when its last frame is older than this. */
  readonly age?: Micros;
  /**
   * Whether a segment of this many bytes has its copy elsewhere (`SecondLocation.isCopied`). One that has not is kept past
   * the limits above, until what is kept so exceeds `uncopiedBytes`.
   */
  readonly isCopied?: (path: string, bytes: number) => boolean;
  /** Bytes of segments that may be kept past the limits because they are not copied. 1 GiB unless told. */
  readonly uncopiedBytes?: number;
}

/** A segment that is finished. */
export interface SealedSegment {
  readonly path: string;
  /** On the disk. */
  readonly bytes: number;
  /** When its last frame came. */
  readonly lastRecvTs: Micros;
}

/** A segment that retention removed. */
export interface RemovedSegment extends SealedSegment {
  /** False when it should have been copied elsewhere and was not: what it held is lost. */
  readonly isCopied: boolean;
}

const UNCOPIED = 1024 * 1024 * 1024;

/** The sealed segments of a recording, oldest first, and which of them have to go. */
export class SegmentShelf {
  readonly #keep: KeepOptions;
  #segments: SealedSegment[] = [];

  constructor(keep: KeepOptions) {
    this.#keep = keep;
  }

  add(segment: SealedSegment): void {
    this.#segments.push(segment);
  }

  /** Takes off the shelf what has to go, oldest first. */
  takeSurplus(now: Micros): readonly RemovedSegment[] {
    const { isCopied = () => true, uncopiedBytes = UNCOPIED } = this.#keep;
    const surplus = this.#surplus(now).map((segment) => ({
      ...segment,
      isCopied: isCopied(segment.path, segment.bytes),
    }));
    let waiting = sumOf(surplus.filter((segment) => !segment.isCopied));
    const removed = surplus.filter((segment) => {
      if (segment.isCopied) return true;
      const isLost = waiting > uncopiedBytes;
      if (isLost) waiting -= segment.bytes;
      return isLost;
    });
    const paths = new Set(removed.map(({ path }) => path));
    this.#segments = this.#segments.filter(({ path }) => !paths.has(path));
    return removed;
  }

  /** The segments past any limit, oldest first. */
  #surplus(now: Micros): readonly SealedSegment[] {
    const { segments = Infinity, bytes = Infinity, age = Infinity } = this.#keep;
    let [left, size] = [this.#segments.length, sumOf(this.#segments)];
    return this.#segments.filter((segment) => {
      if (left <= segments && size <= bytes && now - segment.lastRecvTs <= age) return false;
      left -= 1;
      size -= segment.bytes;
      return true;
    });
  }
}

function sumOf(segments: readonly SealedSegment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}
