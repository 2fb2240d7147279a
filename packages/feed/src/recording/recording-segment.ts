import type { Writable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import type { ZstdCompress } from 'node:zlib';

/** Text is handed to the compressor in pieces of about this size, or when it is flushed. */
const BATCH = 64 * 1024;

/** One file of a recording: text in, a zstd stream out. A failure is told once; `end` resolves either way. */
export class RecordingSegment {
  readonly #zstd: ZstdCompress = createZstdCompress();
  readonly #file: Writable;
  readonly #finished: Promise<void>;
  #batch: string[] = [];
  #batched = 0;
  /** Handed to the compressor and not compressed yet. */
  #inFlight = 0;
  #bytes = 0;
  #written = 0;
  #ended = false;

  constructor(file: Writable, onError: (error: Error) => void) {
    this.#file = file;
    this.#finished = new Promise((resolve) => {
      file.once('close', resolve);
      const fail = (error: Error): void => {
        onError(error);
        this.abandon();
        resolve();
      };
      file.on('error', fail);
      this.#zstd.on('error', fail);
    });
    this.#zstd.on('data', ({ length }: Buffer) => (this.#written += length));
    this.#zstd.pipe(file);
  }

  /** Characters of text taken, which for frames are bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that went to the file, compressed. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that have not reached the file system: text waiting, and its compressed form. */
  get queued(): number {
    return this.#batched + this.#inFlight + this.#file.writableLength;
  }

  write(line: string): void {
    this.#batch.push(line);
    this.#batched += line.length;
    this.#bytes += line.length;
    if (this.#batched >= BATCH) this.#handOver();
  }

  /** Sends everything taken so far to the file, so that a reader finds it there. @param done It went to the file. */
  flush(done?: () => void): void {
    this.#handOver();
    if (!this.#ended) this.#zstd.flush(done);
  }

  /** Finishes the zstd frame and closes the file. */
  end(): Promise<void> {
    if (!this.#ended) {
      this.#handOver();
      this.#ended = true;
      this.#zstd.end();
    }
    return this.#finished;
  }

  /** Gives up at once: what is not in the file is lost. */
  abandon(): void {
    this.#ended = true;
    this.#batch = [];
    this.#batched = 0;
    this.#zstd.unpipe(this.#file);
    this.#zstd.destroy();
    this.#file.destroy();
  }

  #handOver(): void {
    if (this.#batched === 0 || this.#ended) return;
    const text = this.#batch.join('');
    this.#batch = [];
    this.#inFlight += this.#batched;
    const length = this.#batched;
    this.#batched = 0;
    this.#zstd.write(text, () => {
      this.#inFlight -= length;
    });
  }
}
