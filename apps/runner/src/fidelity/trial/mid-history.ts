/** The mid of the last while, by time. */
export class MidHistory {
  readonly #span: number;
  #times: number[] = [];
  #mids: number[] = [];
  #head = 0;

  /** @param span How far back it is asked, in microseconds. */
  constructor(span: number) {
    this.#span = span;
  }

  /** The mid is this from then on. */
  add(time: number, mid: number): void {
    const last = this.#times.length - 1;
    if (last >= this.#head && this.#mids[last] === mid) return;
    if (last >= this.#head && this.#times[last] === time) this.#mids[last] = mid;
    else {
      this.#times.push(time);
      this.#mids.push(mid);
    }
    this.#forget(time - this.#span);
  }

  /** The mid just before a time; not a number when that is not known. */
  before(time: number): number {
    return this.#mids[this.#firstFrom(time) - 1] ?? Number.NaN;
  }

  /** Root of the summed squares of its moves since a time, in ticks. */
  moved(since: number): number {
    let sum = 0;
    for (let index = Math.max(this.#firstFrom(since), this.#head + 1); index < this.#mids.length; index += 1) {
      sum += ((this.#mids[index] ?? 0) - (this.#mids[index - 1] ?? 0)) ** 2;
    }
    return Math.sqrt(sum);
  }

  /** Index of the first change at or after a time. */
  #firstFrom(time: number): number {
    let [low, high] = [this.#head, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? Infinity) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The last change before the span stays: it says what the mid was at its beginning. */
  #forget(before: number): void {
    const times = this.#times;
    while (this.#head + 1 < times.length && (times[this.#head + 1] ?? Infinity) < before) this.#head += 1;
    if (this.#head < 4_096 || this.#head < this.#times.length / 2) return;
    this.#times = this.#times.slice(this.#head);
    this.#mids = this.#mids.slice(this.#head);
    this.#head = 0;
  }
}
