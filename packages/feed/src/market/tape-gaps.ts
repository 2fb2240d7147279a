import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** Trades that are known to be missing from a symbol's tape. */
export interface TapeGap {
  /** Venue time of the last trade known before it; `undefined`: everything before is missing. */
  readonly from: Micros | undefined;
  /** Venue time of the first trade known after it. */
  readonly to: Micros;
  /** Ids of those two trades: the missing ones lie between. */
  readonly afterId: number | undefined;
  readonly beforeId: number;
}

/** Gaps that are remembered apart; beyond it the two oldest count as one, so that nothing that is missing counts as there. */
const MOST_GAPS = 64;

/**
 * Which parts of a symbol's tape are not known, by venue time and trade id.
 *
 * It begins with the first trade: everything before is a gap. A jump in the ids is one. While the connection is away,
 * everything since the last trade may be missing, until the next trade shows whether it is.
 */
export class TapeGaps {
  /** Oldest first, apart from each other. */
  readonly #gaps: TapeGap[] = [];
  /** Venue time of the last trade before the connection was lost. */
  #awaySince: Micros | undefined = undefined;

  get all(): readonly TapeGap[] {
    return this.#gaps;
  }

  add(gap: TapeGap): void {
    this.#gaps.push(gap);
    const [first, second] = this.#gaps;
    if (this.#gaps.length <= MOST_GAPS || first === undefined || second === undefined) return;
    this.#gaps.splice(0, 2, { ...second, from: first.from, afterId: first.afterId });
  }

  /** The connection is away from here on. */
  away(lastTradeTs: Micros): void {
    this.#awaySince ??= lastTradeTs;
  }

  /** A trade came in again. @returns Since when it was uncertain what was missing, if it was. */
  back(): Micros | undefined {
    const since = this.#awaySince;
    this.#awaySince = undefined;
    return since;
  }

  /** Whether every trade of a span of venue time is known. */
  isWhole(start: Micros, end: Micros): boolean {
    if (this.#awaySince !== undefined && end > this.#awaySince) return false;
    return this.#gaps.every((gap) => gap.to < start || (gap.from !== undefined && gap.from >= end));
  }

  /** The gap in which a trade of this id is missing. */
  holding(tradeId: number): TapeGap | undefined {
    return this.#gaps.find(({ afterId = -1, beforeId }) => tradeId > afterId && tradeId < beforeId);
  }

  /**
   * Everything that traded from one moment to another (both included) is now known.
   * @param firstId Of the trades that were told, in the order of their ids; `undefined` when there were none.
   */
  fill(from: Micros, to: Micros, firstId: number | undefined, lastId: number | undefined): void {
    const left = this.#gaps.splice(0).flatMap((gap) => remainders(gap, from, to, firstId, lastId));
    this.#gaps.push(...left);
  }

  clear(): void {
    this.#gaps.length = 0;
    this.#awaySince = undefined;
  }
}

/** What is left of a gap, before and after a span that is known now. */
function remainders(
  gap: TapeGap,
  from: Micros,
  to: Micros,
  firstId: number | undefined,
  lastId: number | undefined,
): TapeGap[] {
  if (to < (gap.from ?? micros(0)) || from > gap.to) return [gap];
  const left: TapeGap[] = [];
  if (gap.from === undefined || gap.from < from) {
    left.push({ ...gap, to: micros(from - 1), beforeId: firstId ?? gap.beforeId });
  }
  if (to < gap.to) left.push({ ...gap, from: to, afterId: lastId ?? gap.afterId });
  return left;
}
