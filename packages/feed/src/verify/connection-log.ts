import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import type { RecordedFrame } from '@kb/kraken';
import type { ConnectionReport } from './recording-report.ts';

type Counting<T> = { -readonly [Key in keyof T]: T[Key] };

/** The sockets of a recording, from its `open` and `close` lines. */
export class ConnectionLog {
  readonly connections: Counting<ConnectionReport>[] = [];
  readonly #maxConnections: number;
  #current: Counting<ConnectionReport> | undefined = undefined;
  #count = 0;
  /** When something was last received, or the connection began. */
  #heard: Micros = micros(0);

  /** @param maxConnections Connections that are kept; all are counted. */
  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections;
  }

  get count(): number {
    return this.#count;
  }

  /** @param at The line's time, never before that of the line before. */
  onLine({ dir, raw }: RecordedFrame, at: Micros): void {
    if (dir === 'open') this.#current = this.#begin(textOf(raw), at);
    const current = (this.#current ??= this.#begin('', at));
    current.to = at;
    if (dir === 'tx') return;
    current.longestSilence = micros(Math.max(current.longestSilence, at - this.#heard));
    this.#heard = at;
    if (dir === 'rx') current.frames += 1;
    if (dir !== 'close') return;
    current.closed = true;
    current.reason = textOf(raw);
    this.#current = undefined;
  }

  onHeartbeat(): void {
    if (this.#current !== undefined) this.#current.heartbeats += 1;
  }

  #begin(url: string, at: Micros): Counting<ConnectionReport> {
    const begun = {
      url,
      from: at,
      to: at,
      closed: false,
      reason: '',
      frames: 0,
      heartbeats: 0,
      longestSilence: micros(0),
    };
    this.#count += 1;
    this.#heard = at;
    if (this.connections.length < this.#maxConnections) this.connections.push(begun);
    return begun;
  }
}

function textOf(raw: Uint8Array): string {
  return Buffer.from(raw).toString('utf8');
}
