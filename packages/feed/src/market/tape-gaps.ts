import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** Trades that are known to be missing from a symbol's tape. */
export interface TapeGap {
  /** Venue time from which they may be missing: that of the last trade known before them; `undefined`: everything before is missing. */
  readonly from: Micros | undefined;
  /** Venue time up to which they may be missing: that of the first trade known after them. */
  readonly to: Micros;
  /** Ids of those two trades: the missing ones lie between. */
  readonly afterId: number | undefined;
  readonly beforeId: number;
}

/** Gaps that are remembered apart; of older ones only the time remains, as one span that cannot be filled any more. */
const MOST_GAPS = 64;

/** Below every id. */
const NO_ID = -1;

/**
 * Which parts of a symbol's tape are not known, by venue time and trade id.
 *
 * It begins with the first trade: everything before is a gap. A jump in the ids is one. While the connection is away, everything
 * since may be missing, until the next trade shows whether it is.
 */
export class TapeGaps {
  /** Oldest first, apart from each other. */
  readonly #gaps: TapeGap[] = [];
  #begun = false;
  /** Venue time at which the connection was lost. */
  #awaySince: Micros | undefined = undefined;
  /** The span of the gaps that were let go. */
  #letGo: { readonly from: Micros | undefined; readonly to: Micros } | undefined = undefined;

  get all(): readonly TapeGap[] {
    return this.#gaps;
  }

  /** Whether there is a first trade, before which everything is missing. */
  get begun(): boolean {
    return this.#begun;
  }

  add(gap: TapeGap): void {
    this.#begun = true;
    if (gap.from !== undefined && gap.afterId === undefined) this.#renumber();
    this.#gaps.push(gap);
    this.#bound();
  }

  /** The connection is away. @param since Venue time from which trades may be missed. */
  away(since: Micros): void {
    this.#awaySince ??= since;
  }

  /** Trades came in again: their ids have told what was missing. @returns Since when that was uncertain, if it was. */
  back(): Micros | undefined {
    const since = this.#awaySince;
    this.#awaySince = undefined;
    return since;
  }

  /** Whether every trade of a span of venue time is known. @param end Not included. */
  isWhole(start: Micros, end: Micros): boolean {
    if (!this.#begun || (this.#awaySince !== undefined && end > this.#awaySince)) return false;
    if (this.#letGo !== undefined && overlaps(this.#letGo, start, end)) return false;
    for (const gap of this.#gaps) if (overlaps(gap, start, end)) return false;
    return true;
  }

  /** The gap in which a trade of this id is missing. */
  holding(tradeId: number): TapeGap | undefined {
    for (const gap of this.#gaps) {
      if (tradeId < gap.beforeId && (gap.afterId === undefined || tradeId > gap.afterId)) return gap;
    }
    return undefined;
  }

  /** A trade that was missing is known now: what is still missing lies before it, with lower ids, or after it, with higher ones. */
  know(tradeId: number, venueTs: Micros): void {
    this.#gaps.push(...this.#gaps.splice(0).flatMap((gap) => around(gap, tradeId, venueTs)));
    this.#bound();
  }

  /**
   * Everything that traded from one moment to another (both included) is now known.
   * @param firstId Of the trades that were told, in the order of their ids; `undefined` when there were none.
   */
  fill(from: Micros, to: Micros, firstId: number | undefined, lastId: number | undefined): void {
    const left = this.#gaps.splice(0).flatMap((gap) => remainders(gap, from, to, firstId, lastId));
    this.#gaps.push(...left);
    this.#bound();
  }

  clear(): void {
    this.#gaps.length = 0;
    this.#begun = false;
    this.#awaySince = undefined;
    this.#letGo = undefined;
  }

  /** The venue numbers anew: ids of what was missing before can no longer be told from new ones. */
  #renumber(): void {
    const before = this.#gaps.splice(0);
    this.#gaps.push(...before.map((gap) => ({ ...gap, afterId: undefined, beforeId: NO_ID })));
  }

  /** Nothing that is missing may count as there: the time of the oldest is kept, though no longer what would fill it. */
  #bound(): void {
    while (this.#gaps.length > MOST_GAPS) {
      const oldest = this.#gaps.shift();
      if (oldest === undefined) return;
      const { from, to } = this.#letGo ?? oldest;
      this.#letGo = { from, to: micros(Math.max(to, oldest.to)) };
    }
  }
}

/** A missing trade may have the very time of the known ones at either end. */
function overlaps(
  gap: { readonly from: Micros | undefined; readonly to: Micros },
  start: Micros,
  end: Micros,
): boolean {
  return gap.to >= start && (gap.from === undefined || gap.from < end);
}

/** Where the ids at both ends follow each other, nothing is missing. */
function canHold({ afterId, beforeId }: TapeGap): boolean {
  return afterId === undefined || beforeId - afterId > 1;
}

/** What is left of a gap when a trade is known, in it or elsewhere. A gap that was filled in its middle is two that share their ids. */
function around(gap: TapeGap, tradeId: number, venueTs: Micros): TapeGap[] {
  const { from, to, afterId = NO_ID, beforeId } = gap;
  if (tradeId <= afterId || tradeId >= beforeId) return [gap];
  const before = { ...gap, to: micros(Math.min(to, venueTs)), beforeId: tradeId };
  const after = { ...gap, from: micros(Math.max(from ?? venueTs, venueTs)), afterId: tradeId };
  if (to < venueTs) return [before].filter(canHold);
  if (from !== undefined && from > venueTs) return [after].filter(canHold);
  return [before, after].filter(canHold);
}

/** What is left of a gap, before and after a span that is known now. */
function remainders(
  gap: TapeGap,
  from: Micros,
  to: Micros,
  firstId: number = gap.beforeId,
  lastId: number = gap.afterId ?? NO_ID,
): TapeGap[] {
  if ((gap.from !== undefined && to < gap.from) || from > gap.to) return [gap];
  const left: TapeGap[] = [];
  if (gap.from === undefined || gap.from < from) {
    left.push({ ...gap, to: micros(from - 1), beforeId: Math.min(gap.beforeId, firstId) });
  }
  if (to < gap.to) {
    const afterId = gap.beforeId === NO_ID ? undefined : Math.max(gap.afterId ?? NO_ID, lastId);
    left.push({ ...gap, from: micros(to + 1), afterId });
  }
  return left.filter(canHold);
}
