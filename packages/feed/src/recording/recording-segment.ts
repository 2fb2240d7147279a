import type { Writable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import type { ZstdCompress } from 'node:zlib';

/** Text is handed to the compressor in pieces of about this size, or when it is flushed. */
const BATCH = 64 * 1024;
const NOTHING = new Uint8Array(0);

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
    // Not a pipe: what is compressed goes on at once, so that a flush knows its place in the file. The bound is the recorder's.
    this.#zstd.on('data', (chunk: Buffer) => {
      this.#written += chunk.length;
      file.write(chunk);
    });
    this.#zstd.on('end', () => file.end());
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

  /** Sends everything taken so far to the file. Resolves when a reader finds it there, or the segment is over. */
  flush(): Promise<void> {
    this.#handOver();
    if (this.#ended) return this.#finished;
    const landed = new Promise<void>((resolve) => {
      // The compressor tells of its last piece a moment before it hands it over; an empty write waits for those before it.
      this.#zstd.flush(() => setImmediate(() => this.#file.write(NOTHING, () => resolve())));
    });
    return Promise.race([landed, this.#finished]);
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
    this.#zstd.removeAllListeners('data');
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
