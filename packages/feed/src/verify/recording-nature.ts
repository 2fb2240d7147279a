import type { RecordedFrame } from '@kb/kraken';
import { importedSource } from '../importers/import-marker.ts';

/** What the first lines of a recording say about the rest. */
export interface RecordingNature {
  /** What it was made from, where it was imported. */
  readonly importedFrom: string | undefined;
  /** Whether it speaks WebSocket v1, the old protocol, rather than v2. */
  readonly isV1: boolean;
}

/** Lines looked at; a recording that has no frame among so many has none worth reading. */
const LONGEST_HEAD = 1000;

/** A recording that was begun to be read. */
export interface Peeked {
  /** The lines up to the first frame received. */
  readonly head: readonly RecordedFrame[];
  /** All lines, those of the head included. */
  readonly all: AsyncGenerator<RecordedFrame, void, undefined>;
  /** Lets go of the recording, whether the lines were read or not. */
  readonly close: () => Promise<unknown>;
}

export async function peek(frames: AsyncIterable<RecordedFrame> | Iterable<RecordedFrame>): Promise<Peeked> {
  const iterator = iterate(frames);
  const head: RecordedFrame[] = [];
  while (head.length < LONGEST_HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    head.push(next.value);
    if (next.value.dir === 'rx') break;
  }
  async function* all(): AsyncGenerator<RecordedFrame, void, undefined> {
    yield* head;
    yield* iterator;
  }
  return { head, all: all(), close: () => iterator.return() };
}

export function natureOf(head: readonly RecordedFrame[]): RecordingNature {
  const [first] = head;
  const frame = head.find(({ dir }) => dir === 'rx');
  return {
    importedFrom: first?.dir === 'open' ? importedSource(Buffer.from(first.raw).toString()) : undefined,
    isV1: frame !== undefined && isV1Frame(Buffer.from(frame.raw).toString()),
  };
}

/** Data of v1 is an array, and everything else an object that names its `event`; v2 has objects with `channel` or `method`. */
function isV1Frame(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false; // the decoder of v2 will say what is wrong
  }
  return Array.isArray(value) || (typeof value === 'object' && value !== null && 'event' in value);
}

async function* iterate(
  frames: AsyncIterable<RecordedFrame> | Iterable<RecordedFrame>,
): AsyncGenerator<RecordedFrame, void, undefined> {
  yield* frames;
}
