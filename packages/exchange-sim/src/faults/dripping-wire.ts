import { micros, SECOND } from '@kb/model';
import type { CancelTask, Scheduler } from '@kb/model';
import type { RawWire } from '../listen/sim-socket.ts';

/** Timers are not finer than this, whatever the rate. */
const SHORTEST_TICK = 20_000;

/** Lets the bytes of a connection through a few at a time, whatever frames they belong to. */
export class DrippingWire {
  readonly #wire: RawWire;
  readonly #scheduler: Scheduler;
  readonly #tick: number;
  readonly #bytesPerTick: number;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #cancelTick: CancelTask | undefined;

  constructor(wire: RawWire, scheduler: Scheduler, bytesPerSecond: number) {
    this.#wire = wire;
    this.#scheduler = scheduler;
    this.#tick = Math.max(SHORTEST_TICK, Math.ceil(SECOND / bytesPerSecond));
    this.#bytesPerTick = Math.max(1, Math.round((bytesPerSecond * this.#tick) / SECOND));
    wire.divert((bytes) => {
      this.#chunks.push(Buffer.from(bytes)); // a copy: the library uses its buffers again
      this.#bytes += bytes.length;
      this.#arm();
    });
  }

  /** Not sent yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sends what is left at once, and lets everything through from now on. */
  flush(): void {
    this.#cancelTick?.();
    this.#wire.divert(undefined);
    for (const chunk of this.#chunks) this.#wire.write(chunk);
    this.stop();
  }

  /** Forgets what is left. Bytes go on being swallowed. */
  stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#chunks.length = 0;
    this.#bytes = 0;
  }

  #arm(): void {
    this.#cancelTick ??= this.#scheduler.after(micros(this.#tick), () => {
      this.#cancelTick = undefined;
      this.#drop();
      if (this.#chunks.length > 0) this.#arm();
    });
  }

  #drop(): void {
    let left = this.#bytesPerTick;
    for (let chunk = this.#chunks[0]; chunk !== undefined && left > 0; chunk = this.#chunks[0]) {
      const now = chunk.subarray(0, left);
      this.#wire.write(now);
      this.#bytes -= now.length;
      left -= now.length;
      if (now.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(now.length);
    }
  }
}
