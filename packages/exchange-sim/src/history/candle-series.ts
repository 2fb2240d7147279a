import { micros, NO_LOTS, ticks } from '@kb/model';
import type { Micros } from '@kb/model';
import type { GridChange } from './grid-change.ts';
import type { Candle } from './market-history.ts';
import { Ring } from './ring.ts';
import { addTally, heldLots, MINUTE, startOf, vwapOf } from './tally.ts';
import type { Tally } from './tally.ts';

/** As many as Kraken's REST gives. */
const MOST_CANDLES = 720;

/**
 * The candles of one interval, made of finished minutes. Only those in which something traded are kept; the others are filled in
 * when candles are read. Intervals begin at the epoch, so candles of a week begin on a Thursday, as Kraken's do.
 */
export class CandleSeries {
  /** µs. */
  readonly #length: number;
  readonly #closed = new Ring<Tally>(MOST_CANDLES);
  /** The finished minutes of the latest candle. */
  #open: Tally | undefined = undefined;

  constructor(minutes: number) {
    this.#length = minutes * MINUTE;
  }

  /** Adds a finished minute. */
  add(minute: Tally): void {
    const start = startOf(minute.start, this.#length);
    const open = this.#open;
    if (open?.start === start) {
      addTally(open, minute);
      return;
    }
    if (open !== undefined) this.#closed.push(open);
    this.#open = { ...minute, start };
  }

  /** The candle that the running minute belongs to. */
  running(minute: Tally): Candle {
    return candleOf(this.#withMinute(minute));
  }

  /** Oldest first up to the one that `at` is in, at most 720; none before the first trade. */
  candles(minute: Tally | undefined, at: Micros): readonly Candle[] {
    if (minute === undefined) return [];
    const latest = this.#withMinute(minute);
    const traded = this.#closed.slice(0, this.#closed.length);
    if (this.#open !== undefined && this.#open.start !== latest.start) traded.push(this.#open);
    traded.push(latest);

    const length = this.#length;
    const end = startOf(at, length);
    const first = Math.max(end - (MOST_CANDLES - 1) * length, traded[0]?.start ?? end);
    const candles: Candle[] = [];
    let before: Tally | undefined = undefined;
    let next = 0;
    for (let start = first; start <= end; start += length) {
      let found: Tally | undefined = traded[next];
      while (found !== undefined && found.start < start) {
        before = found;
        next += 1;
        found = traded[next];
      }
      if (found?.start === start) candles.push(candleOf(found));
      else if (before !== undefined) candles.push(emptyAfter(before, micros(start)));
    }
    return candles;
  }

  convert(change: GridChange): void {
    for (const tally of this.#closed.slice(0, this.#closed.length)) change.tally(tally);
    if (this.#open !== undefined) change.tally(this.#open);
  }

  #withMinute(minute: Tally): Tally {
    const start = startOf(minute.start, this.#length);
    if (this.#open?.start !== start) return { ...minute, start };
    const sum = { ...this.#open };
    addTally(sum, minute);
    return sum;
  }
}

function candleOf(tally: Tally): Candle {
  const { start, open, high, low, close, trades, updatedAt } = tally;
  return { start, open, high, low, close, vwap: vwapOf(tally), volume: heldLots(tally.volume), trades, updatedAt };
}

/** As Kraken's REST has them: the last close four times, a vwap of zero. */
function emptyAfter({ close }: Tally, start: Micros): Candle {
  return {
    start,
    open: close,
    high: close,
    low: close,
    close,
    vwap: ticks(0),
    volume: NO_LOTS,
    trades: 0,
    updatedAt: start,
  };
}
