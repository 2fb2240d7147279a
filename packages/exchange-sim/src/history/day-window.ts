import type { Micros } from '@kb/model';
import type { GridChange } from './grid-change.ts';
import { addTally, DAY, MINUTE, startOf } from './tally.ts';
import type { Tally } from './tally.ts';

/**
 * The finished minutes of the last 24 hours, at most 1,439 that something traded in. Sums follow the minutes that come and go; the
 * extremes are looked for again only when the minute that has one goes. Times never fall.
 */
export class DayWindow {
  /** Oldest first. */
  readonly #minutes: Tally[] = [];
  /** Of all of them; meaningless while there are none. */
  #sum: Tally | undefined = undefined;

  add(minute: Tally): void {
    this.#forget(minute.start);
    this.#minutes.push(minute);
    if (this.#sum === undefined) this.#sum = { ...minute };
    else addTally(this.#sum, minute);
  }

  /** What traded in the 24 hours before `at`, the running minute included; `undefined` when nothing did. */
  upTo(running: Tally | undefined, at: Micros): Tally | undefined {
    this.#forget(startOf(at, MINUTE));
    const current = running !== undefined && running.start > at - DAY ? running : undefined;
    const sum = this.#sum;
    if (sum === undefined || current === undefined) return sum ?? current;
    const total = { ...sum };
    addTally(total, current);
    return total;
  }

  convert(change: GridChange): void {
    for (const minute of this.#minutes) change.tally(minute);
    this.#sum = total(this.#minutes);
  }

  /** Lets minutes go that are 24 hours older than this one. */
  #forget(minute: Micros): void {
    const minutes = this.#minutes;
    const sum = this.#sum;
    let gone = 0;
    let extremes = true;
    for (let oldest = minutes[0]; oldest !== undefined && oldest.start <= minute - DAY; oldest = minutes[gone]) {
      gone += 1;
      if (sum === undefined) continue;
      sum.volume -= oldest.volume;
      sum.value -= oldest.value;
      sum.trades -= oldest.trades;
      if (oldest.high === sum.high || oldest.low === sum.low) extremes = false;
    }
    if (gone === 0) return;
    minutes.splice(0, gone);
    const [first] = minutes;
    if (first === undefined || sum === undefined) {
      this.#sum = undefined;
      return;
    }
    sum.open = first.open;
    if (extremes) return;
    sum.high = first.high;
    sum.low = first.low;
    for (const { high, low } of minutes) {
      if (high > sum.high) sum.high = high;
      if (low < sum.low) sum.low = low;
    }
  }
}

function total(minutes: readonly Tally[]): Tally | undefined {
  const [first, ...others] = minutes;
  if (first === undefined) return undefined;
  const sum = { ...first };
  for (const minute of others) addTally(sum, minute);
  return sum;
}
