import fs from 'node:fs';
import { join } from 'node:path';
import { writeAll, syncDirectory } from './atomic-file.ts';
import { compressSegment } from './compression.ts';
import { attempt, JournalError, wrapped } from './errors.ts';
import type { JournalErrorCode } from './errors.ts';
import { COMPRESSED, FORMAT_VERSION, parseSegmentName, segmentName } from './format.ts';
import type { JournalChain, JournalEnd } from './format.ts';
import { verifyJournal } from './journal-reader.ts';
import { chained, GENESIS, stored } from './line.ts';
import { cutAside } from './torn-tail.ts';
import { canonicalText } from './canonical.ts';

/** `never`: the system writes to disk when it likes · `intent`: `durable()` waits for the disk · `always`: every write does. */
export type FsyncPolicy = 'never' | 'intent' | 'always';

export interface JournalWriterOptions {
  /** Must exist, and hold no journal of this chain yet, unless it `continues`. */
  readonly directory: string;
  readonly chain: JournalChain;
  /**
   * Further fields of the first line, JSON. They are part of the chain: what a replay of the same inputs must reproduce
   * may not hold a run's id or time.
   */
  readonly header?: object;
  /**
   * Goes on with the journal that is there, closed or left by a crash, in a segment of its own: it is verified first, an unfinished
   * last line is cut, and its header stays.
   */
  readonly continues?: boolean;
  /** Records are handed to the system when this many characters are waiting. Default 65,536. */
  readonly flushBytes?: number;
  /** A segment that has reached this size is sealed and compressed, and the next one begun. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Default `never`. */
  readonly fsync?: FsyncPolicy;
  /** Called before anything is handed to the system: for what must be there earlier, such as another journal. */
  readonly beforeWrite?: () => void;
  /** A segment began, the first one too: a file that only grows until it is sealed. Must not throw. */
  readonly onSegment?: (path: string) => void;
  /** A sealed segment is compressed: `path` never changes again, and `plain`, which it stands for now, is gone. Must not throw. */
  readonly onSealed?: (path: string, plain: string) => void;
}

/**
 * Writes one chain of a run's journal: NDJSON, append only, each line hash-chained to the one before.
 *
 * `append` is synchronous and buffered; nothing is promised until `flush` (handed to the system) or `durable` (that, and on
 * the disk under `intent` and `always`). A full segment is sealed with the chain's hash and compressed in the background,
 * so that the caller never waits for it. After a disk error the writer is dead: its file is closed, and every further call throws that error.
 */
export class JournalWriter {
  readonly #directory: string;
  readonly #chain: JournalChain;
  readonly #flushBytes: number;
  readonly #segmentBytes: number;
  readonly #fsync: FsyncPolicy;
  readonly #beforeWrite: (() => void) | undefined;
  readonly #onSegment: ((path: string) => void) | undefined;
  readonly #onSealed: ((path: string, plain: string) => void) | undefined;
  #file: number | undefined;
  #segment = 0;
  #written = 0;
  #pending = '';
  #isSynced = true;
  #seq = 0;
  #hash: string = GENESIS;
  #failure: JournalError | undefined;
  #compressing: Promise<void> = Promise.resolve();
  #closing: Promise<JournalEnd> | undefined;

  /**
   * @throws JournalError `KB_JOURNAL_BAD_OPTIONS`, `KB_JOURNAL_EXISTS` or `KB_JOURNAL_WRITE_FAILED`; of a journal that it
   *   `continues` whatever `verifyJournal` throws, and `KB_JOURNAL_NOT_FOUND` when not even its header is whole.
   */
  constructor(options: JournalWriterOptions) {
    this.#directory = options.directory;
    this.#chain = options.chain;
    this.#flushBytes = atLeastOne('flushBytes', options.flushBytes ?? 64 * 1024);
    this.#segmentBytes = atLeastOne('segmentBytes', options.segmentBytes ?? 64 * 1024 * 1024);
    this.#fsync = options.fsync ?? 'never';
    this.#beforeWrite = options.beforeWrite;
    [this.#onSegment, this.#onSealed] = [options.onSegment, options.onSealed];
    if (options.continues === true) this.#continue(options.header);
    else this.#begin(options.header ?? {});
  }

  /** Records appended so far. */
  get records(): number {
    return this.#seq;
  }

  /** Hash of the chain so far, 64 hex digits. */
  get hash(): string {
    return this.#hash;
  }

  /**
   * Adds a record: a JSON object without `seq` and `h`, whose keys stand in the order in which its producer always writes
   * them. Integers beyond 2^53 and money go in as text.
   *
   * @returns Its number, from 0, and the chain's hash after it.
   * @throws JournalError `KB_JOURNAL_BAD_RECORD` when it is not such an object, `KB_JOURNAL_CLOSED`, or the disk error that
   *   ended this writer.
   */
  append(record: object): { readonly seq: number; readonly hash: string } {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new JournalError('KB_JOURNAL_CLOSED', `Journal ${this.#chain} is closed`);
    const body = canonicalText(record, RESERVED_IN_RECORD);
    const seq = this.#seq;
    const canonical = body === '{}' ? `{"seq":${seq}}` : `{"seq":${seq},${body.slice(1)}`;
    const hash = chained(this.#hash, canonical);
    this.#seq = seq + 1;
    this.#hash = hash;
    this.#pending += stored(canonical, hash);
    if (this.#pending.length >= this.#flushBytes) this.flush();
    return { seq, hash };
  }

  /** Hands everything appended to the system, and begins a new segment when this one is full. */
  flush(): void {
    this.#write();
    if (this.#written >= this.#segmentBytes) this.#rotate();
  }

  /** Returns once everything appended is written, and on the disk unless `fsync` is `never`. */
  durable(): void {
    this.flush();
    if (this.#fsync !== 'never') this.#sync();
  }

  /**
   * Seals the last segment and waits until all are compressed. Closing twice is fine.
   * @throws JournalError `KB_JOURNAL_WRITE_FAILED` or `KB_JOURNAL_SEAL_FAILED` (sealed but not compressed: nothing is lost).
   */
  close(): Promise<JournalEnd> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<JournalEnd> {
    if (this.#failure === undefined) this.#seal(true);
    await this.#compressing;
    if (this.#failure !== undefined) throw this.#failure;
    return { records: this.#seq, hash: this.#hash, segments: this.#segment };
  }

  #begin(header: object): void {
    const directory = this.#directory;
    const names = attempt('KB_JOURNAL_WRITE_FAILED', `Cannot use ${directory}`, () => fs.readdirSync(directory));
    const taken = names.find((name) => parseSegmentName(name)?.chain === this.#chain);
    if (taken !== undefined) {
      throw new JournalError('KB_JOURNAL_EXISTS', `${join(directory, taken)} is there already`, {
        hint: 'A journal is written once: start a new run folder',
      });
    }
    const given = canonicalText(header, RESERVED_IN_HEADER);
    const own = `{"formatVersion":${FORMAT_VERSION},"chain":"${this.#chain}","segment":1`;
    const canonical = given === '{}' ? `${own}}` : `${own},${given.slice(1)}`;
    this.#hash = chained(GENESIS, canonical);
    this.#openSegment(stored(canonical, this.#hash));
  }

  /** Seals what a crash left open, and begins the next segment. */
  #continue(header: object | undefined): void {
    const [directory, chain] = [this.#directory, this.#chain];
    if (header !== undefined) {
      throw new JournalError(
        'KB_JOURNAL_BAD_OPTIONS',
        'Expected no header for a journal that goes on: it keeps its own',
      );
    }
    const { hash, records, sealed, segments, torn } = verifyJournal(directory, { chain });
    if (torn !== undefined) cutAside(torn);
    const isHeadless = torn?.line === 1;
    if (isHeadless && segments === 1) {
      throw new JournalError('KB_JOURNAL_NOT_FOUND', `${torn.segment} was cut off before its first line was written`);
    }
    [this.#hash, this.#seq] = [hash, records];
    // A crash between a seal and the first line of the next segment leaves that one's empty file.
    if (isHeadless)
      this.#guard('KB_JOURNAL_WRITE_FAILED', `Cannot remove ${torn.segment}`, () => fs.rmSync(torn.segment));
    this.#segment = isHeadless ? segments - 1 : segments;
    if (!sealed && !isHeadless) {
      const path = join(directory, segmentName(chain, segments));
      this.#guard('KB_JOURNAL_WRITE_FAILED', `Cannot open ${path}`, () => {
        this.#file = fs.openSync(path, 'a');
      });
      this.#onSegment?.(path);
      this.#seal(false);
    }
    this.#openNext(',"continued":true');
  }

  #rotate(): void {
    this.#seal(false);
    this.#openNext('');
  }

  /** @param more Further fields of its header, as text. */
  #openNext(more: string): void {
    const canonical =
      `{"formatVersion":${FORMAT_VERSION},"chain":"${this.#chain}","segment":${this.#segment + 1},` +
      `"previous":"${this.#hash}","firstSeq":${this.#seq}${more}}`;
    this.#openSegment(stored(canonical, chained(this.#hash, canonical)));
  }

  /** Starts the next segment with its header, which is on its way to the disk before any record. */
  #openSegment(header: string): void {
    const segment = this.#segment + 1;
    const path = join(this.#directory, segmentName(this.#chain, segment));
    this.#guard('KB_JOURNAL_WRITE_FAILED', `Cannot create ${path}`, () => {
      this.#file = fs.openSync(path, 'wx');
      if (this.#fsync !== 'never') syncDirectory(this.#directory);
    });
    this.#segment = segment;
    this.#written = 0;
    this.#pending = header;
    this.#write();
    this.#onSegment?.(path);
  }

  /** Ends the segment: its last line carries the whole hash of the chain. Headers and seals are verified, not chained. */
  #seal(last: boolean): void {
    const canonical = `{"seal":true,"segment":${this.#segment},"records":${this.#seq},"hash":"${this.#hash}","last":${last}}`;
    this.#pending += stored(canonical, chained(this.#hash, canonical));
    this.#write();
    if (this.#fsync !== 'never') this.#sync();
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#guard('KB_JOURNAL_WRITE_FAILED', 'Cannot close a segment', () => fs.closeSync(file));
    const path = join(this.#directory, segmentName(this.#chain, this.#segment));
    this.#compressing = this.#compressing.then(async () => {
      try {
        await compressSegment(path, path + COMPRESSED);
      } catch (cause) {
        this.#failure ??= wrapped('KB_JOURNAL_SEAL_FAILED', `Cannot compress ${path}`, cause);
        this.#letGo();
        return;
      }
      this.#onSealed?.(path + COMPRESSED, path);
    });
  }

  #write(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const file = this.#file;
    if (this.#pending === '' || file === undefined) return;
    this.#beforeWrite?.();
    const bytes = Buffer.from(this.#pending);
    this.#guard('KB_JOURNAL_WRITE_FAILED', `Cannot write ${segmentName(this.#chain, this.#segment)}`, () =>
      writeAll(file, bytes),
    );
    this.#pending = '';
    this.#written += bytes.length;
    this.#isSynced = false;
    if (this.#fsync === 'always') this.#sync();
  }

  #sync(): void {
    const file = this.#file;
    if (this.#isSynced || file === undefined) return;
    this.#guard('KB_JOURNAL_WRITE_FAILED', `Cannot sync ${segmentName(this.#chain, this.#segment)}`, () =>
      fs.fdatasyncSync(file),
    );
    this.#isSynced = true;
  }

  /** Does something to the files; when it fails, the writer has failed for good and lets go of its file. */
  #guard(code: JournalErrorCode, what: string, action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.#failure = wrapped(code, what, cause);
      this.#letGo();
      throw this.#failure;
    }
  }

  /** Closes the file of a writer that has failed already: an error here would say nothing new. */
  #letGo(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      fs.closeSync(file);
    } catch {
      // the first error is the one to tell
    }
  }
}

const RESERVED_IN_RECORD: readonly string[] = ['seq', 'h'];
const RESERVED_IN_HEADER: readonly string[] = [
  'formatVersion',
  'chain',
  'segment',
  'previous',
  'firstSeq',
  'continued',
  'h',
];

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new JournalError('KB_JOURNAL_BAD_OPTIONS', `Expected ${name} to be a whole number ≥ 1, was ${value}`);
}
