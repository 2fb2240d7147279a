/** A run has two journals, so that its inputs can be compared and replayed alone. */
export type JournalChain = 'input' | 'output';

/** The version that this package writes, and the oldest it reads. */
export const FORMAT_VERSION = 1;

/** The first line of the first segment: what was given to the writer, after the format's own fields. */
export interface JournalHeader {
  readonly formatVersion: number;
  readonly chain: JournalChain;
  readonly segment: number;
  readonly [given: string]: unknown;
}

/** A record as it comes back: its number, then what the producer wrote. */
export interface JournalRecord {
  readonly seq: number;
  readonly [field: string]: unknown;
}

/** How far a journal goes. */
export interface JournalEnd {
  /** Records in all segments, headers and seals not counted. */
  readonly records: number;
  /** SHA-256 of the whole chain, 64 hex digits: the same for the same header and records, however they were cut in segments. */
  readonly hash: string;
  readonly segments: number;
}

/** File of a segment: `input-000001.ndjson`, and `.zst` behind it once sealed and compressed. */
export function segmentName(chain: JournalChain, segment: number): string {
  return `${chain}-${String(segment).padStart(6, '0')}.ndjson`;
}

/** Reads a segment's file name. */
export function parseSegmentName(name: string): { chain: JournalChain; segment: number } | undefined {
  const [, chain, digits] = SEGMENT_NAME.exec(name) ?? [];
  if ((chain !== 'input' && chain !== 'output') || digits === undefined) return undefined;
  return { chain, segment: Number(digits) };
}

export const COMPRESSED = '.zst';

const SEGMENT_NAME = /^(input|output)-(\d{6,9})\.ndjson(?:\.zst)?$/;
