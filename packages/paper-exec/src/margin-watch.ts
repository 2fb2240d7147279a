import type { Instrument, Micros } from '@kb/model';
import type { Account } from './account/account.ts';
import { midOf } from './account/amounts.ts';
import type { Lane } from './matching/lane.ts';

/** What pairs are worth at the venue, and when the margin level has to be looked at again because of it. */
export class MarginWatch {
  readonly #lanes: readonly Lane[];
  /** Changes of the account that the level was last judged by. */
  #judgedChanges = 0;
  /** Best bid plus best ask that it was last judged by, in the order of the lanes. */
  readonly #judgedSums: (number | undefined)[] = [];
  /** The same of a pair when it last had both: a book out of sight costs nobody his money. */
  readonly #seen = new Map<Lane, { sum: number; instrument: Instrument }>();

  /** @param lanes All pairs; more may come. */
  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  /** Middle of a pair's book as matching has it, else as it was when the level was last judged; as a count of 10^-30. */
  midOf(lane: Lane | undefined): bigint | undefined {
    if (lane?.instrument === undefined) return undefined;
    const sum = sumOfBests(lane);
    if (sum !== undefined) return midOf(lane.instrument, sum);
    const seen = this.#seen.get(lane);
    return seen === undefined ? undefined : midOf(seen.instrument, seen.sum);
  }

  /** Charges rollovers that nothing can forestall any more. */
  rollOver(account: Account, now: Micros): void {
    const due = account.margin?.rolloverAt;
    if (due === undefined || due > now) return;
    for (const lane of this.#lanes) account.rollOver(lane.matcher.symbol, lane.watermark(now));
  }

  /** Looks at the margin level where a price or the account has changed since it last did. */
  judge(account: Account, at: Micros, close: Parameters<Account['watch']>[1]): void {
    const { changes } = account;
    const isNew = this.#haveMoved() || this.#judgedChanges !== changes;
    if (!isNew) return;
    this.#judgedChanges = changes;
    if (!account.watch(at, close)) this.#judgedChanges = TRY_AGAIN;
  }

  #haveMoved(): boolean {
    let haveMoved = false;
    for (let index = 0; index < this.#lanes.length; index += 1) {
      const lane = this.#lanes[index];
      const sum = lane === undefined ? undefined : sumOfBests(lane);
      if (lane === undefined || this.#judgedSums[index] === sum) continue;
      this.#judgedSums[index] = sum;
      haveMoved = true;
      if (sum !== undefined && lane.instrument !== undefined) this.#see(lane, sum, lane.instrument);
    }
    return haveMoved;
  }

  #see(lane: Lane, sum: number, instrument: Instrument): void {
    const seen = this.#seen.get(lane);
    if (seen === undefined) this.#seen.set(lane, { sum, instrument });
    else {
      seen.sum = sum;
      seen.instrument = instrument;
    }
  }
}

/** Best bid plus best ask, in ticks; `undefined` while a side is empty. */
function sumOfBests({ matcher: { book } }: Lane): number | undefined {
  const bid = book?.priceAt('buy', 0);
  const ask = book?.priceAt('sell', 0);
  return bid === undefined || ask === undefined ? undefined : bid + ask;
}

/** No account has changed so often. */
const TRY_AGAIN = -1;
