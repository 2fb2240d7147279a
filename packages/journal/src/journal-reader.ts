import fs from 'node:fs';
import { basename, join } from 'node:path';
import { decompressSegment } from './compression.ts';
import { attempt, JournalError } from './errors.ts';
import { COMPRESSED, FORMAT_VERSION, parseSegmentName } from './format.ts';
import type { JournalChain, JournalEnd, JournalHeader, JournalRecord } from './format.ts';
import { GENESIS, LineReader } from './line.ts';

/** An unfinished last line, as a crash leaves it. It was never promised to anybody. */
export interface TornTail {
  /** Path of the segment's file. */
  readonly segment: string;
  /** Number of the unfinished line, from 1. */
  readonly line: number;
  /** Where it begins in the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** What a whole journal came to. */
export interface JournalReadEnd extends JournalEnd {
  /** True when its writer closed it: without that, whole lines may be missing at the end, and nothing can tell. */
  readonly closed: boolean;
  /** Whether its last segment ends with a seal, as every segment of a closed journal does. */
  readonly sealed: boolean;
  readonly torn: TornTail | undefined;
}

export interface ReadJournalOptions {
  /** Which of the two to read when the source is a directory that holds both. */
  readonly chain?: JournalChain;
}

/**
 * Reads one journal, verifying every line against the chain before it is yielded.
 *
 * @param source A directory, or the files of all segments. Plain and compressed ones may be mixed.
 * @throws JournalError at once `KB_JOURNAL_NOT_FOUND`, `KB_JOURNAL_BAD_OPTIONS` (two journals, no `chain`); at once or while
 *   reading `KB_JOURNAL_READ_FAILED`, `KB_JOURNAL_VERSION`, `KB_JOURNAL_DAMAGED` (`place` names segment and line). Records
 *   yielded before that are good.
 */
export function readJournal(source: string | readonly string[], options: ReadJournalOptions = {}): JournalReading {
  return new JournalReading(segmentFiles(source, options.chain));
}

/** Reads a journal to its end without making records of its lines. @throws JournalError as `readJournal` does. */
export function verifyJournal(source: string | readonly string[], options: ReadJournalOptions = {}): JournalReadEnd {
  const walk = new ChainWalk(segmentFiles(source, options.chain));
  for (const line of walk.lines()) void line;
  return walk.end();
}

/** The records of a journal; each iteration reads and verifies from the beginning. */
export class JournalReading implements Iterable<JournalRecord> {
  readonly #files: readonly SegmentFile[];
  readonly #header: JournalHeader | undefined;
  #end: JournalReadEnd | undefined;

  constructor(files: readonly SegmentFile[]) {
    this.#files = files;
    const walk = new ChainWalk(files);
    walk.lines().next();
    this.#header = walk.header;
  }

  /** The first line; `undefined` when a crash left not even that. */
  get header(): JournalHeader | undefined {
    return this.#header;
  }

  /** What it came to; `undefined` until all records have been read. */
  get end(): JournalReadEnd | undefined {
    return this.#end;
  }

  *[Symbol.iterator](): Generator<JournalRecord, void, undefined> {
    const walk = new ChainWalk(this.#files);
    for (const line of walk.lines()) yield walk.parse(line);
    this.#end = walk.end();
  }
}

/** One pass over the segments. */
class ChainWalk {
  header: JournalHeader | undefined;
  readonly #files: readonly SegmentFile[];
  readonly #reader = new LineReader();
  #hash = GENESIS;
  #records = 0;
  #closed = false;
  #sealed = false;
  #torn: TornTail | undefined;
  #path = '';
  #line = 0;

  constructor(files: readonly SegmentFile[]) {
    this.#files = files;
  }

  end(): JournalReadEnd {
    const { length } = this.#files;
    const [records, hash, closed, sealed, torn] = [this.#records, this.#hash, this.#closed, this.#sealed, this.#torn];
    return { records, hash, segments: length, closed, sealed, torn };
  }

  /** Verified lines of records, each valid until the next. */
  *lines(): Generator<Buffer, void, undefined> {
    for (const [index, file] of this.#files.entries()) {
      yield* this.#segment(file, index + 1);
    }
  }

  /** The record on a line. */
  parse(line: Buffer): JournalRecord {
    const fields = this.#object(line);
    const { seq } = fields;
    if (typeof seq !== 'number' || seq !== this.#records - 1)
      throw this.#damaged(`expected record ${this.#records - 1}`);
    return { ...fields, seq };
  }

  *#segment(file: SegmentFile, number: number): Generator<Buffer, void, undefined> {
    this.#line = 0;
    const bytes = this.#loadEither(file);
    const path = this.#path;
    const isLast = number === this.#files.length;
    const mayBeTorn = isLast && !path.endsWith(COMPRESSED);
    let isSealed = false;
    let start = 0;
    while (start < bytes.length) {
      this.#line += 1;
      if (isSealed) throw this.#damaged('expected nothing behind the seal');
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      const line = bytes.subarray(start, end);
      start = end + 1;
      const hash = this.#reader.verify(this.#hash, line);
      if (hash === undefined) throw this.#damaged('this line is not what was written after the one before it');
      if (this.#line === 1) {
        this.#open(line, number);
        if (number === 1) this.#hash = hash;
      } else if (line.indexOf(SEAL) === 0) {
        this.#checkSeal(line);
        isSealed = true;
      } else {
        this.#hash = hash;
        this.#records += 1;
        yield line;
      }
    }
    this.#sealed = isSealed;
    if (isSealed) return;
    if (!mayBeTorn) throw this.#damaged('expected a seal at the end of the segment');
    if (start < bytes.length || this.#line === 0) {
      const line = Math.max(1, this.#line);
      this.#torn = { segment: path, line, offset: start, bytes: bytes.length - start };
    }
  }

  /** `#path` is then the form that was taken: the compressed one, unless that is cut and the plain one is still there. */
  #loadEither({ path, plain }: SegmentFile): Buffer {
    try {
      return this.#load(path);
    } catch (error) {
      const isCut = error instanceof JournalError && error.code === 'KB_JOURNAL_DAMAGED';
      if (!isCut || plain === undefined) throw error;
      return this.#load(plain);
    }
  }

  #load(path: string): Buffer {
    this.#path = path;
    const bytes = attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${path}`, () => fs.readFileSync(path));
    if (!path.endsWith(COMPRESSED)) return bytes;
    if (bytes.length === 0) throw this.#damaged('expected a compressed segment, was empty');
    try {
      return decompressSegment(bytes);
    } catch (cause) {
      throw this.#damaged(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #open(line: Buffer, number: number): void {
    const fields = this.#object(line);
    const { formatVersion, chain, segment, continued } = fields;
    if (typeof formatVersion !== 'number' || typeof segment !== 'number' || (chain !== 'input' && chain !== 'output')) {
      throw this.#damaged('expected a header');
    }
    if (formatVersion > FORMAT_VERSION) {
      const found = `${this.#path} is written in version ${formatVersion} of the format, this reads up to ${FORMAT_VERSION}`;
      throw new JournalError('KB_JOURNAL_VERSION', found, { hint: 'Read it with a newer kb', place: this.#place() });
    }
    if (segment !== number) throw this.#damaged(`expected segment ${number}, was ${segment}`);
    if (number === 1) this.header = { ...fields, formatVersion, chain, segment };
    else if (chain !== this.header?.chain)
      throw this.#damaged(`expected the ${this.header?.chain} chain, was ${chain}`);
    if (this.#closed && continued !== true) throw this.#damaged('expected no segment behind a journal that was closed');
    this.#closed = false;
  }

  #checkSeal(line: Buffer): void {
    const { hash, records, last } = this.#object(line);
    if (hash !== this.#hash || records !== this.#records) throw this.#damaged('the seal does not fit its segment');
    this.#closed = last === true;
  }

  #object(line: Buffer): Readonly<Record<string, unknown>> {
    const value: unknown = attempt('KB_JOURNAL_DAMAGED', this.#path, () => JSON.parse(this.#reader.canonical(line)));
    if (!isObject(value)) throw this.#damaged('expected an object');
    return value;
  }

  #place(): { segment: string; line: number | undefined } {
    return { segment: this.#path, line: this.#line === 0 ? undefined : this.#line };
  }

  #damaged(why: string, cause?: unknown): JournalError {
    const where = this.#line === 0 ? this.#path : `${this.#path}:${this.#line}`;
    return new JournalError('KB_JOURNAL_DAMAGED', `${where}: ${why}`, {
      cause,
      place: this.#place(),
      hint: 'The records before this line are good; what follows cannot be trusted',
    });
  }
}

const NEWLINE = 0x0a;
const SEAL = '{"seal":';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A segment's file, and the plain form where the compressed one lies beside it. */
interface SegmentFile {
  readonly path: string;
  readonly plain: string | undefined;
}

/** The files of one journal's segments, in order, none missing. */
function segmentFiles(source: string | readonly string[], chain: JournalChain | undefined): readonly SegmentFile[] {
  const paths = typeof source === 'string' ? filesIn(source) : source;
  const found = new Map<number, SegmentFile>();
  const chains = new Set<JournalChain>();
  for (const path of paths) {
    const name = parseSegmentName(basename(path));
    if (name === undefined || (chain !== undefined && name.chain !== chain)) continue;
    chains.add(name.chain);
    // Both forms are there when a crash came between compressing and removing, when the compressed one is whole, or where a copy of the
    // journal was cut off, when the plain one is as whole as that copy ever was.
    const other = found.get(name.segment);
    const isCompressed = path.endsWith(COMPRESSED);
    if (other === undefined) found.set(name.segment, { path, plain: undefined });
    else if (isCompressed) found.set(name.segment, { path, plain: other.path });
    else found.set(name.segment, { path: other.path, plain: path });
  }
  const shown = typeof source === 'string' ? source : source.join(', ');
  if (chains.size > 1) {
    throw new JournalError('KB_JOURNAL_BAD_OPTIONS', `${shown} holds two journals`, {
      hint: "Say which: chain 'input' or 'output'",
    });
  }
  if (found.size === 0) {
    throw new JournalError('KB_JOURNAL_NOT_FOUND', `No ${chain ?? ''} journal in ${shown}`.replace('  ', ' '));
  }
  return Array.from({ length: Math.max(...found.keys()) }, (_, index) => {
    const file = found.get(index + 1);
    if (file !== undefined) return file;
    throw new JournalError('KB_JOURNAL_DAMAGED', `Segment ${index + 1} is missing in ${shown}`);
  });
}

function filesIn(path: string): readonly string[] {
  if (!fs.existsSync(path)) throw new JournalError('KB_JOURNAL_NOT_FOUND', `There is no ${path}`);
  return attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${path}`, () =>
    fs.statSync(path).isDirectory() ? fs.readdirSync(path).map((name) => join(path, name)) : [path],
  );
}
