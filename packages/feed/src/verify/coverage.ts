import type { Micros } from '@kb/model';
import type { CoverageGap, GapCause } from './recording-report.ts';

/** When one symbol's book was live and verified, and when it was not, and why. Times must not go back. */
export class Coverage {
  readonly gaps: CoverageGap[] = [];
  readonly #maxGaps: number;
  #gapCount = 0;
  #covered = 0;
  /** Since when it is verified, or since when and why it is not. */
  #since: Micros;
  #lack: { readonly cause: GapCause; readonly detail: string } | undefined = {
    cause: 'start',
    detail: 'no snapshot yet',
  };

  /** @param from Where the recording begins. @param maxGaps Gaps that are kept; all are counted. */
  constructor(from: Micros, maxGaps: number) {
    this.#since = from;
    this.#maxGaps = maxGaps;
  }

  get gapCount(): number {
    return this.#gapCount;
  }

  /** Microseconds in which the book was verified. */
  get covered(): number {
    return this.#covered;
  }

  /** The book was verified. */
  verified(at: Micros): void {
    if (this.#lack === undefined) return;
    this.#closeGap(at);
    this.#lack = undefined;
    this.#since = at;
  }

  /** From here on nothing proves the book. A gap that is open already keeps its cause, unless the book is merely unchecked. */
  lost(at: Micros, cause: GapCause, detail: string): void {
    if (this.#lack === undefined) this.#covered += at - this.#since;
    else if (cause === 'unchecked' && this.#lack.cause !== 'unchecked') this.#closeGap(at);
    else return;
    this.#lack = { cause, detail };
    this.#since = at;
  }

  finish(at: Micros): void {
    if (this.#lack === undefined) this.#covered += at - this.#since;
    else this.#closeGap(at);
    this.#since = at;
  }

  #closeGap(to: Micros): void {
    if (this.#lack === undefined || to === this.#since) return; // no time passed, nothing was missed
    this.#gapCount += 1;
    if (this.gaps.length < this.#maxGaps) this.gaps.push({ from: this.#since, to, ...this.#lack });
  }
}
