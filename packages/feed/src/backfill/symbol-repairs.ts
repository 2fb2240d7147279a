import { OHLC_INTERVALS } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { TapeGap } from '../market/tape-gaps.ts';
import { BarRepair } from './bar-repair.ts';
import type { Repair, RepairContext } from './repair.ts';
import { TradeRepair } from './trade-repair.ts';

/** How many margins bars wait at most for trades of their symbol: where gaps come faster than they are closed, bars have their turn too. */
const PATIENCE = 5;
/** Trades of one page of Kraken's. */
const PAGE = 1_000;

/**
 * What is to be repaired of one symbol.
 *
 * Bars wait for trades that may still come, so that a bar is made of its own trades where they can be had. Only at the start bars come first: what is
 * running tells how many trades would have to be read, and so how far back that is worth it.
 */
export class SymbolRepairs {
  readonly #context: RepairContext;
  readonly #intervals: readonly Micros[];
  readonly #trades: TradeRepair;
  readonly #bars: readonly BarRepair[];
  /** Everything before the first trade, while the bars of before are awaited. */
  #beginning: TapeGap | undefined = undefined;

  constructor(context: RepairContext, intervals: readonly Micros[]) {
    this.#context = context;
    this.#intervals = intervals.toSorted((a, b) => a - b);
    this.#trades = new TradeRepair(context);
    this.#bars = OHLC_INTERVALS.filter((minutes) => intervals.includes(micros(minutes * 60 * SECOND))).map(
      (minutes) => new BarRepair(context, minutes),
    );
  }

  /** @returns False when it is left to bars at once: the venue began to number anew, so that ids say nothing. */
  onGap(gap: TapeGap): boolean {
    const { from, afterId } = gap;
    if (from === undefined) {
      this.#beginning = gap;
      for (const bars of this.#bars) bars.wantAll();
      this.#begin();
      return true;
    }
    if (afterId === undefined) {
      // Trades of before with their old ids would be nobody's to the feed: it would take their time for known, without them.
      this.#beginning = undefined;
      this.#trades.leaveAll('the venue began to number anew');
      return false;
    }
    this.#trades.add({ ...gap, from });
    return true;
  }

  onPartial(interval: Micros, start: Micros): void {
    this.#bars.find((bars) => bars.interval === interval)?.want(start);
  }

  /** The stream is back: what failed is due, and what bars lack shows in a moment. */
  onBack(): void {
    this.#trades.retry();
    for (const bars of this.#bars) {
      bars.retry();
      bars.hold();
    }
  }

  /** When the next call may be made. @param away Bars wait while the stream is away: the next trade shows what is missing. */
  dueAt(away: boolean): number {
    return this.#turns(away).reduce((least, { due }) => Math.min(least, due), Infinity);
  }

  next(away: boolean): Repair | undefined {
    const now = this.#context.now();
    return this.#turns(away).find(({ due }) => due <= now)?.repair;
  }

  /** Something was answered or refused. */
  onAnswer(): void {
    this.#begin();
  }

  /** Who comes first when several are due. */
  #turns(away: boolean): readonly { readonly repair: Repair; readonly due: number }[] {
    const trades = { repair: this.#trades, due: this.#trades.due };
    if (away) return [trades];
    const { isUnderWay } = this.#trades;
    const patience = isUnderWay ? PATIENCE * this.#context.margin : 0;
    const bars = this.#bars.map((repair) => ({ repair, due: repair.due + patience }));
    return isUnderWay ? [...bars, trades] : [trades, ...bars];
  }

  /** Once the bars of before are there: trades from where the bars that are still running began, as far back as is worth it. */
  #begin(): void {
    const gap = this.#beginning;
    if (gap === undefined || this.#bars.some(({ isSettled }) => !isSettled)) return;
    this.#beginning = undefined;
    const from = this.#worthReading(gap.to);
    if (from !== undefined) this.#trades.add({ from, to: gap.to, afterId: undefined, beforeId: gap.beforeId });
  }

  /** The earliest start of a bar that is not whole, and whose trades the pages can hold. */
  #worthReading(first: Micros): Micros | undefined {
    const most = this.#context.pages * PAGE;
    let found: Micros | undefined = undefined;
    for (const interval of this.#intervals) {
      const bars = this.#bars.find((each) => each.interval === interval);
      const start = micros(Math.floor(first / interval) * interval);
      const forming = this.#context.market.formingCandle(this.#context.symbol, interval)?.start;
      // A bar that has closed since is the venue's to tell, where it has bars of that length.
      if (bars !== undefined && forming !== undefined && forming > start) continue;
      const trades = bars?.running?.start === start ? bars.running.trades : undefined;
      if (trades === undefined ? found !== undefined : trades > most) continue;
      found = micros(Math.min(start, found ?? start));
    }
    return found;
  }
}
