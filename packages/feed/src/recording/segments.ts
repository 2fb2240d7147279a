import { readRecording, RecordingError } from '@kb/kraken';
import type { RecordedFrame } from '@kb/kraken';

/** The segments of a recording as a recorder names them: `base-000001.ndjson.zst`. */
const SEGMENT = /^(.*)-(\d{6,})(\.ndjson(?:\.\w+)?)$/;
/** Missing segments that are named; more say no more. */
const MOST_MISSING = 100;

/** A recording's path (plain, gzip or zstd), the paths of its segments in any order, or its frames. */
export type RecordingSource = string | readonly string[] | AsyncIterable<RecordedFrame> | Iterable<RecordedFrame>;

export interface OpenSource {
  readonly frames: AsyncIterable<RecordedFrame> | Iterable<RecordedFrame>;
  /** Segments that the numbers of the others say must have been there; the first 100. */
  readonly missing: readonly string[];
}

/** @param onDamage Hears where a file breaks off, and the next one is read; without it, that is thrown. */
export function openSource(source: RecordingSource, onDamage?: (error: RecordingError) => void): OpenSource {
  if (!isPaths(source)) return { frames: source, missing: [] };
  const order = orderSegments(typeof source === 'string' ? [source] : source);
  return { frames: framesOfSegments(order, onDamage), missing: order.missing };
}

function isPaths(source: RecordingSource): source is string | readonly string[] {
  return typeof source === 'string' || (Array.isArray(source) && source.every((path) => typeof path === 'string'));
}

interface SegmentOrder {
  /** In the order of their numbers within each recording; other files stay where they are. */
  readonly paths: readonly string[];
  /** Paths that do not go on where the one before ended. */
  readonly breaks: ReadonlySet<string>;
  /** Names that the numbers leave out, the first 100. */
  readonly missing: readonly string[];
}

/** Puts the segments of each recording in order, whatever order a shell gave them, and finds those that are not there. */
function orderSegments(paths: readonly string[]): SegmentOrder {
  const groups = Map.groupBy(new Set(paths), (path) => {
    const [, base, , suffix] = SEGMENT.exec(path) ?? [];
    return base === undefined ? path : `${base}-*${suffix ?? ''}`;
  });
  const ordered = [...groups.values()].flatMap((group) => group.toSorted((a, b) => numberOf(a) - numberOf(b)));
  const breaks = new Set<string>();
  const missing: string[] = [];
  for (const [index, path] of ordered.entries()) {
    const before = ordered[index - 1];
    if (before === undefined) continue;
    const [, base = '', , suffix = ''] = SEGMENT.exec(path) ?? [];
    const [, baseBefore, , suffixBefore] = SEGMENT.exec(before) ?? [];
    const follows = base === baseBefore && suffix === suffixBefore;
    if (!follows || numberOf(path) !== numberOf(before) + 1) breaks.add(path);
    if (!follows) continue;
    for (let left = numberOf(before) + 1; left < numberOf(path) && missing.length < MOST_MISSING; left += 1) {
      missing.push(`${base}-${String(left).padStart(6, '0')}${suffix}`);
    }
  }
  return { paths: ordered, breaks, missing };
}

/** The frames of all files, one after the other. Where one does not follow the one before, its sockets are closed first. */
async function* framesOfSegments(
  { paths, breaks }: SegmentOrder,
  onDamage: ((error: RecordingError) => void) | undefined,
): AsyncGenerator<RecordedFrame, void, undefined> {
  let last: RecordedFrame | undefined;
  for (const path of paths) {
    if (last !== undefined && breaks.has(path)) yield closing(last, `the recording breaks off before ${path}`);
    try {
      for await (const frame of readRecording(path)) {
        last = { ...frame, raw: EMPTY };
        yield frame;
      }
    } catch (error) {
      const isDamage = error instanceof RecordingError && error.line !== undefined; // else it cannot be opened
      if (!isDamage || onDamage === undefined) throw error;
      onDamage(error);
      if (last !== undefined) yield closing(last, error.message);
    }
  }
}

function closing(last: RecordedFrame, why: string): RecordedFrame {
  return { ...last, dir: 'close', raw: Buffer.from(why) };
}

function numberOf(path: string): number {
  return Number(SEGMENT.exec(path)?.[2] ?? 0);
}

const EMPTY = new Uint8Array(0);
