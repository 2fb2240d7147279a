import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import type { RecoveredTrade } from '../core/feed-input.ts';
import type { BackfillOutcome } from './backfill-events.ts';
import { callFailure } from './call-failure.ts';
import type { PastTrade, PastTrades } from './past-market.ts';
import { readTrade } from './read-past.ts';
import type { Repair, RepairContext } from './repair.ts';

/** Trades that are missing: those with an id between the two, or, without the first one, those from a moment on. */
export interface MissingTrades {
  readonly from: Micros;
  readonly to: Micros;
  readonly afterId: number | undefined;
  readonly beforeId: number;
}

/** Gaps of a symbol that wait; beyond it the oldest is left to bars. Half of what the feed keeps apart, so that it still knows them all. */
const MOST_GAPS = 32;
/**
 * REST writes times as doubles, which are up to a quarter of a microsecond off, and what is finer than a microsecond is cut off: a trade's
 * time there and in the stream may differ by one.
 */
const JITTER = 2;
/** The first page begins so long before the gap, so that it shows the last trade before it: then nothing was skipped. */
const LEAD = 1_000;

/**
 * Recovers the missing trades of one symbol, gap by gap, the oldest first, page by page.
 *
 * Ids decide what is missing, and whether pages join: each begins at the end of the one before it, or follows it by id. What is
 * certain is supplied with every page, so that a failure loses nothing of it. A gap is left to bars when the pages are used up, when the
 * venue refuses or no longer has the trades, and when a row cannot be read.
 */
export class TradeRepair implements Repair {
  readonly #context: RepairContext;
  readonly #gaps: MissingTrades[] = [];
  #run: Run | undefined = undefined;
  #dueAt = 0;
  #failed = false;

  constructor(context: RepairContext) {
    this.#context = context;
  }

  get due(): number {
    return this.#gaps.length === 0 ? Infinity : this.#dueAt;
  }

  /** Trades may still come: none are waited for because of a failure. */
  get isUnderWay(): boolean {
    return this.#gaps.length > 0 && !this.#failed;
  }

  /** Gaps are told in the order of their times; one that is older than those that wait goes before them. */
  add(gap: MissingTrades): void {
    const [first] = this.#gaps;
    if (first !== undefined && gap.from < first.from) {
      this.#gaps.unshift(gap);
      this.#run = undefined; // what it has not supplied yet is read again
    } else {
      this.#gaps.push(gap);
    }
    if (this.#gaps.length > MOST_GAPS) this.#dropOldest();
  }

  /** Nothing of what waits can be recovered any more. */
  leaveAll(detail: string): void {
    const { now } = this.#context;
    const run = this.#run;
    for (const [index, gap] of this.#gaps.entries()) {
      this.#tell(index === 0 && run !== undefined ? run : new Run(gap, now()), gap, 'left', detail);
    }
    this.#gaps.length = 0;
    this.#run = undefined;
    this.#failed = false;
    this.#dueAt = 0;
  }

  retry(): void {
    if (this.#failed) this.#dueAt = 0;
  }

  ask(signal: AbortSignal): Promise<() => void> | undefined {
    const gap = this.#current();
    if (gap === undefined) return undefined;
    const { rest, symbol } = this.#context;
    this.#failed = false;
    const run = (this.#run ??= new Run(gap, this.#context.now()));
    run.calls += 1;
    return rest.trades(symbol, { since: run.since, signal }).then((page) => () => this.#onPage(run, page));
  }

  fail(error: unknown): void {
    const { isFinal, asked, detail } = callFailure(error);
    if (this.#run !== undefined && isFinal) {
      this.#end('left', detail, this.#joined());
      return;
    }
    this.#failed = true;
    this.#dueAt = this.#context.now() + Math.max(this.#context.retryAfter, asked);
    this.#report('failed', detail);
    this.#run = undefined;
  }

  /** The oldest gap, and those that begin at the very time at which it ends: the venue's answer does not tell them apart. */
  #current(): MissingTrades | undefined {
    const [first] = this.#gaps;
    return first === undefined ? undefined : this.#gaps.slice(0, this.#joined()).reduce(joinedGaps);
  }

  #joined(): number {
    const apart = this.#gaps.findIndex(({ from }, index) => from > (this.#gaps[index - 1]?.to ?? Infinity) + JITTER);
    return apart < 0 ? this.#gaps.length : apart;
  }

  #onPage(run: Run, { trades, last }: PastTrades): void {
    const gap = this.#current();
    if (gap === undefined || run !== this.#run) return; // an older gap turned up while this was under way
    const joined = this.#joined(); // not those that are told while what is here is supplied
    const page = trades.toSorted((a, b) => a.tradeId - b.tradeId);
    const fresh = run.freshOf(page);
    if (fresh === undefined) {
      this.#end(
        'left',
        `the venue's trades do not follow ${run.seenId ?? gap.afterId ?? gap.from} without a hole`,
        joined,
      );
      return;
    }
    const reached = fresh.some(({ tradeId }) => tradeId >= gap.beforeId);
    const missing = [...run.held, ...run.inOrder(fresh)].filter((trade) => isIn(gap, trade));
    const supplied = reached
      ? this.#supply(run, gap, missing, gap.to, joined)
      : this.#supplyCertain(run, gap, missing, page.at(-1), joined);
    if (!supplied) {
      this.#end('left', 'a trade could not be read at the precision of the pair', joined);
    } else if (reached) {
      this.#end('done', '', joined);
    } else if (run.calls >= this.#context.pages) {
      this.#end('left', `not within ${run.calls} pages`, joined);
    } else {
      const isBehind = !run.next(page, last);
      // It answers from a state that is older than what the stream told: it will have the rest soon.
      this.#dueAt = isBehind ? this.#context.now() + this.#context.margin : 0;
    }
  }

  /** Supplies what no later page can add to: all but the very last moment of a page. */
  #supplyCertain(
    run: Run,
    gap: MissingTrades,
    missing: readonly PastTrade[],
    newest: PastTrade | undefined,
    joined: number,
  ): boolean {
    const to = micros((newest?.venueTs ?? gap.from) - 2 * JITTER);
    const certain = missing.filter(({ venueTs }) => venueTs <= to + JITTER);
    run.held = missing.filter(({ venueTs }) => venueTs > to + JITTER);
    if (certain.length === 0 || to < gap.from || to >= gap.to) {
      run.held = missing;
      return true;
    }
    if (!this.#supply(run, gap, certain, to, joined)) return false;
    const lastId = certain.at(-1)?.tradeId ?? -1;
    const left = this.#gaps.splice(0, joined).filter((each) => each.to > to);
    this.#gaps.unshift(
      ...left.map((each) => ({
        ...each,
        from: micros(Math.max(to, each.from)),
        afterId: Math.max(lastId, each.afterId ?? -1),
      })),
    );
    return true;
  }

  #supply(run: Run, gap: MissingTrades, missing: readonly PastTrade[], to: Micros, joined: number): boolean {
    const { market, symbol, supply, now } = this.#context;
    const grid = market.instrument(symbol);
    const read = grid === undefined ? [] : missing.map((trade) => readTrade(this.#placed(trade, joined), grid));
    const trades = read.filter((trade): trade is RecoveredTrade => trade !== undefined);
    run.unreadable += missing.length - trades.length;
    if (trades.length < missing.length) return false;
    run.trades += trades.length;
    supply({ type: 'trades', recvTs: now(), symbol, from: gap.from, to, trades });
    return true;
  }

  /** Not before the known trade before it, nor after the one after it, which have the times of the stream. */
  #placed(trade: PastTrade, joined: number): PastTrade {
    const { tradeId, venueTs } = trade;
    const gap = this.#gaps
      .slice(0, joined)
      .find(({ afterId = -1, beforeId }) => tradeId > afterId && tradeId < beforeId);
    if (gap === undefined || (venueTs >= gap.from && venueTs <= gap.to)) return trade;
    return { ...trade, venueTs: micros(Math.min(Math.max(venueTs, gap.from), gap.to)) };
  }

  #dropOldest(): void {
    const gap = this.#gaps.shift();
    const next = this.#gaps[0];
    if (gap === undefined || next === undefined) return;
    this.#tell(new Run(gap, this.#context.now()), gap, 'left', `more than ${MOST_GAPS} gaps are waiting`);
    // What of it is missing may have the very time at which the next one begins: that moment is not known.
    const from = micros(Math.max(next.from, gap.to + 1));
    this.#gaps[0] = { ...next, from };
    // What is read already serves the next one.
    if (this.#run !== undefined) this.#run.from = from;
  }

  #end(outcome: 'done' | 'left', detail: string, joined: number): void {
    this.#report(outcome, detail);
    this.#gaps.splice(0, joined);
    this.#run = undefined;
    this.#dueAt = 0;
  }

  #report(outcome: BackfillOutcome, detail: string): void {
    const run = this.#run;
    const gap = this.#current();
    if (run !== undefined && gap !== undefined) this.#tell(run, gap, outcome, detail);
  }

  #tell(run: Run, gap: MissingTrades, outcome: BackfillOutcome, detail: string): void {
    const { report, symbol, now } = this.#context;
    const { from, calls, unreadable, trades } = run;
    const at = now();
    const duration = micros(at - run.startedAt);
    const { to } = gap;
    const kind = 'trades';
    report({ type: 'backfill', symbol, at, duration, outcome, calls, unreadable, detail, kind, from, to, trades });
  }
}

/** The pages of one gap. */
class Run {
  readonly gap: MissingTrades;
  readonly startedAt: Micros;
  /** Where what is told of it begins. */
  from: Micros;
  since: string;
  calls = 0;
  trades = 0;
  unreadable = 0;
  /** Trades that were told and are not supplied yet, since others of the same time may follow. */
  held: readonly PastTrade[] = [];
  /** The highest id that was told. */
  seenId: number | undefined = undefined;
  #latest: Micros = micros(0);

  constructor(gap: MissingTrades, startedAt: Micros) {
    this.gap = gap;
    this.from = gap.from;
    this.startedAt = startedAt;
    this.since = nanosBefore(gap.from, gap.afterId === undefined ? 0 : LEAD);
  }

  /** Trades of a page that were not told before; `undefined` when there may be others between. */
  freshOf(page: readonly PastTrade[]): readonly PastTrade[] | undefined {
    const known = this.seenId ?? this.gap.afterId;
    if (known === undefined || page.length === 0) return page;
    const fresh = page.filter(({ tradeId }) => tradeId > known);
    return fresh[0]?.tradeId === known + 1 || page.some(({ tradeId }) => tradeId === known) ? fresh : undefined;
  }

  /** The time of none is before that of the one before it. */
  inOrder(fresh: readonly PastTrade[]): readonly PastTrade[] {
    return fresh.map((trade) => {
      this.#latest = micros(Math.max(this.#latest, trade.venueTs));
      return trade.venueTs === this.#latest ? trade : { ...trade, venueTs: this.#latest };
    });
  }

  /** @returns False when the venue has no more for now. */
  next(page: readonly PastTrade[], last: string): boolean {
    const newest = page.at(-1);
    if (newest === undefined) return false;
    const isMore = newest.tradeId > (this.seenId ?? this.gap.afterId ?? -1);
    this.seenId = Math.max(newest.tradeId, this.seenId ?? -1);
    const again = nanosBefore(newest.venueTs, 0);
    // Once more from the last moment on: an answer may end within it. Where that leads nowhere, on from the venue's own mark.
    const since = isMore && BigInt(again) > BigInt(this.since) ? again : last;
    const isOnward = since !== this.since;
    this.since = since;
    return isOnward;
  }
}

/** Whether a trade is in a gap as far as one can tell: one that was told already is dropped by the feed. */
function isIn({ afterId, beforeId, from }: MissingTrades, { tradeId, venueTs }: PastTrade): boolean {
  return tradeId < beforeId && (afterId === undefined ? venueTs >= from : tradeId > afterId);
}

function joinedGaps(older: MissingTrades, newer: MissingTrades): MissingTrades {
  return { ...older, to: newer.to, beforeId: newer.beforeId };
}

function nanosBefore(time: Micros, lead: number): string {
  return String(BigInt(Math.max(0, time - JITTER - lead)) * 1000n);
}
