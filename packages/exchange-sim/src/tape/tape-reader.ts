import type { RecordedFrame } from '@kb/kraken';

/** Frames waiting to be played at which reading pauses, and at which it goes on. */
const FULL = 4096;
const LOW = 1024;

/**
 * The received frames of a recording, a bounded stretch at a time. An array is there at once; a stream is read ahead and paused
 * while enough waits.
 */
export class TapeReader {
  /** Called when there may be more to read than at the last look. */
  onMore: () => void = () => undefined;
  #waiting: RecordedFrame[] = [];
  #head = 0;
  #ended = false;
  #failure: unknown = undefined;
  readonly #iterator: AsyncIterator<RecordedFrame> | undefined;
  #reading = false;

  constructor(frames: AsyncIterable<RecordedFrame> | readonly RecordedFrame[]) {
    if (Symbol.asyncIterator in frames) {
      this.#iterator = frames[Symbol.asyncIterator]();
    } else {
      this.#waiting = frames.filter(isReceived);
      this.#ended = true;
    }
  }

  /** True when no frame will come that is not waiting already. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What went wrong while reading; the frames before it can still be had. */
  get failure(): unknown {
    return this.#failure;
  }

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** True when reading has paused because enough waits. */
  get full(): boolean {
    return this.waiting >= FULL;
  }

  /** A frame further on, without taking it. */
  peek(index = 0): RecordedFrame | undefined {
    return this.#waiting[this.#head + index];
  }

  /** Takes the next frame. */
  take(): RecordedFrame | undefined {
    const frame = this.#waiting[this.#head];
    if (frame === undefined) return undefined;
    this.#head += 1;
    if (this.#iterator !== undefined && this.#head >= LOW) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    if (this.waiting < LOW) this.read();
    return frame;
  }

  /** Reads on until enough waits. Does nothing while reading, or at the end. */
  read(): void {
    if (this.#reading || this.#ended || this.#iterator === undefined) return;
    this.#reading = true;
    void this.#fill(this.#iterator);
  }

  /** Stops reading and lets go of the source. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#iterator?.return?.().catch(() => undefined);
  }

  async #fill(iterator: AsyncIterator<RecordedFrame>): Promise<void> {
    try {
      while (!this.full && !this.#ended) {
        // oxlint-disable-next-line no-await-in-loop -- frames come one after the other
        const next = await iterator.next();
        if (next.done === true) this.#ended = true;
        else if (isReceived(next.value)) this.#waiting.push(next.value);
      }
    } catch (error) {
      this.#failure = error;
      this.#ended = true;
    }
    this.#reading = false;
    this.onMore();
  }
}

function isReceived(frame: RecordedFrame): boolean {
  return frame.dir === 'rx';
}
