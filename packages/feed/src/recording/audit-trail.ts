import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { systemScheduler } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import { isDoneWithin } from './time-limit.ts';

export interface AuditTrailOptions {
  /** Path without number and ending: `runs/audit` makes `runs/audit-000001.ndjson` and so on. Its folder is made. */
  readonly base: string;
  /** A file ends after this many bytes. 64 MiB unless told. */
  readonly maxBytes?: number;
  /** A crash loses at most the lines of this long. 1 s unless told; zero writes each line at once. */
  readonly flushEvery?: Micros;
  /** Bytes that may wait for the disk. 8 MiB unless told. */
  readonly maxQueued?: number;
  /** How long `close` waits for the disk. 30 s unless told; what has not reached it then is given up, and told. */
  readonly closeTimeout?: Micros;
  readonly scheduler?: Scheduler;
  /** A file began: have it copied (`SecondLocation.add`). */
  readonly onBegin?: (path: string) => void;
  /** Lines went to the file: a good time to copy it. */
  readonly onFlush?: (path: string) => void;
  /** Writing has stopped, once, for this reason. */
  readonly onError?: (error: FeedError) => void;
  /** How to make a file; the file system's, never over an existing file, unless told. */
  readonly createFile?: (path: string) => Writable;
}

/**
 * Keeps what a feed had to say of itself (re-syncs, delta records, health): NDJSON in plain numbered files that only grow,
 * one `{"kind","at","record"}` a line, so that they can be followed while they are written and copied by a second location.
 *
 * Like a recorder it never disturbs who calls it: a disk that fails or is too slow ends the trail, told once.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #scheduler: Scheduler;
  readonly #maxBytes: number;
  readonly #maxQueued: number;
  readonly #flushEvery: Micros;
  readonly #closeTimeout: Micros;
  readonly #paths: string[] = [];
  readonly #closed: Promise<void>[] = [];
  #file: Writable | undefined = undefined;
  #fileBytes = 0;
  #waiting = '';
  /** Handed to a file and not written yet, over all files. */
  #inFlight = 0;
  #lines = 0;
  #cancelFlush: CancelTask | undefined = undefined;
  #error: FeedError | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: AuditTrailOptions) {
    const { base, maxBytes = 64 * 1024 * 1024, maxQueued = 8 * 1024 * 1024, flushEvery = micros(SECOND) } = options;
    const { closeTimeout = micros(30 * SECOND) } = options;
    const problems = Object.entries({ maxBytes, maxQueued, closeTimeout })
      .filter(([, value]) => !(value > 0))
      .map(([name, value]) => `${name}: expected a number above zero, was ${value}`);
    if (!(flushEvery >= 0)) problems.push(`flushEvery: expected zero or more, was ${flushEvery}`);
    if (base === '') problems.push('base: expected a path');
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler();
    [this.#maxBytes, this.#maxQueued] = [maxBytes, maxQueued];
    [this.#flushEvery, this.#closeTimeout] = [flushEvery, closeTimeout];
  }

  get error(): FeedError | undefined {
    return this.#error;
  }

  /** Files begun, in order, and lines taken. */
  get summary(): { readonly paths: readonly string[]; readonly lines: number } {
    return { paths: [...this.#paths], lines: this.#lines };
  }

  /** Takes a record of plain data; whole numbers beyond 2^53 become text. Does nothing once stopped or closed. */
  append(kind: string, record: object): void {
    if (this.#error !== undefined || this.#closing !== undefined) return;
    const entry = { kind, at: this.#scheduler.now(), record };
    this.#waiting += `${JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`;
    this.#lines += 1;
    const queued = this.#waiting.length + this.#inFlight;
    if (queued > this.#maxQueued) {
      this.#stop(`${queued} bytes wait for the disk, more than the ${this.#maxQueued} allowed`, undefined);
    } else if (this.#flushEvery === 0) {
      this.#flush();
    } else {
      this.#cancelFlush ??= this.#scheduler.after(this.#flushEvery, () => this.#flush());
    }
  }

  /** Writes what waits and closes the file; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#waiting === '') return;
    const file = this.#file ?? this.#begin();
    if (file === undefined) return;
    const bytes = Buffer.from(this.#waiting);
    const path = this.#paths.at(-1) ?? '';
    this.#waiting = '';
    this.#inFlight += bytes.length;
    this.#fileBytes += bytes.length;
    file.write(bytes, (error) => {
      this.#inFlight -= bytes.length;
      if (error === null || error === undefined) this.#options.onFlush?.(path);
    });
    if (this.#fileBytes < this.#maxBytes) return;
    file.end();
    this.#file = undefined;
  }

  #begin(): Writable | undefined {
    const path = `${this.#options.base}-${String(this.#paths.length + 1).padStart(6, '0')}.ndjson`;
    try {
      const file = (this.#options.createFile ?? createNewFile)(path);
      file.on('error', (error) => this.#stop(`${path}: ${error.message}`, error));
      this.#closed.push(new Promise((resolve) => void file.once('close', resolve)));
      this.#paths.push(path);
      this.#file = file;
      this.#fileBytes = 0;
    } catch (error) {
      this.#stop(`${path}: ${error instanceof Error ? error.message : String(error)}`, error);
      return undefined;
    }
    this.#options.onBegin?.(path);
    return this.#file;
  }

  async #finish(): Promise<void> {
    this.#flush();
    this.#file?.end();
    if (await isDoneWithin(this.#scheduler, this.#closeTimeout, Promise.all(this.#closed))) return;
    this.#stop(
      `${this.#paths.at(-1) ?? ''}: the disk did not answer within ${this.#closeTimeout / SECOND} s of closing`,
      undefined,
    );
  }

  #stop(text: string, cause: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = new FeedError('KB_FEED_AUDIT_FAILED', text, {
      cause,
      hint: 'Check that the folder can be written to, has room, and that the file is not there yet.',
    });
    this.#cancelFlush?.();
    this.#waiting = '';
    this.#file?.destroy();
    this.#file = undefined;
    this.#options.onError?.(this.#error);
  }
}

function createNewFile(path: string): Writable {
  mkdirSync(dirname(path), { recursive: true });
  return createWriteStream(path, { flags: 'wx' });
}
