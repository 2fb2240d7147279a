import type { OhlcInterval } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Candle, Micros } from '@kb/model';
import type { BackfillOutcome } from './backfill-events.ts';
import { callFailure } from './call-failure.ts';
import type { PastBar, PastBars } from './past-market.ts';
import { readBar } from './read-past.ts';
import type { Repair, RepairContext } from './repair.ts';

/** A row that is still running: what traded in it so far is how much would have to be read to have it whole. */
export interface RunningBar {
  readonly start: Micros;
  readonly trades: number;
}

/** A venue that tells bars more slowly than trades is asked again after so many margins. */
const BEHIND_MARGINS = 5;

/**
 * Takes the venue's own bars of one symbol and interval, where trades cannot make them whole: those of before the feed began, and those
 * that closed as partial.
 *
 * One call answers for all that are partial by then. A bar is supplied only when it was over at the venue before the call was made, and
 * the feed has closed it too. What an answer could not mend is not asked for again, unless it changes.
 */
export class BarRepair implements Repair {
  readonly interval: Micros;
  readonly #minutes: OhlcInterval;
  readonly #context: RepairContext;
  /** Start of the first bar that is in doubt. */
  #doubtful: Micros | undefined = undefined;
  #dueAt = 0;
  #failed = false;
  /** The venue refused for good: nothing is asked until another bar is in doubt. */
  #isLeft = false;
  /** What is asked, and since when. */
  #asked: { readonly first: Micros; readonly venueAt: Micros; readonly at: Micros } | undefined = undefined;
  /** Once the first answer or refusal came. */
  isSettled = false;
  running: RunningBar | undefined = undefined;

  constructor(context: RepairContext, minutes: OhlcInterval) {
    this.#context = context;
    this.#minutes = minutes;
    this.interval = micros(minutes * 60 * SECOND);
  }

  get due(): number {
    return this.#doubtful === undefined || this.#isLeft ? Infinity : this.#dueAt;
  }

  /** All that the venue has is wanted. */
  wantAll(): void {
    this.isSettled = false;
    this.#isLeft = false;
    this.#doubtful = micros(0);
    this.#dueAt = 0;
  }

  /** A bar closed as partial, or has become so. */
  want(start: Micros): void {
    this.#doubtful = micros(Math.min(start, this.#doubtful ?? start));
    this.#isLeft = false;
    if (!this.#failed) this.#dueAt = Math.max(this.#dueAt, this.#overAt(start));
  }

  /** Nothing is asked for a moment. */
  hold(): void {
    this.#dueAt = Math.max(this.#dueAt, this.#context.now() + this.#context.margin);
  }

  retry(): void {
    if (!this.#failed) return;
    this.#failed = false;
    this.#dueAt = 0;
  }

  ask(signal: AbortSignal): Promise<() => void> | undefined {
    const { rest, symbol, now, venueNow } = this.#context;
    const first = this.#doubtful === 0 ? this.#doubtful : this.#firstPartial(this.#doubtful ?? micros(0));
    this.#doubtful = first;
    if (first === undefined) return undefined;
    // Without a word of the venue's clock our own has to do.
    const asked = { first, venueAt: venueNow() ?? now(), at: now() };
    this.#asked = asked;
    const since = first === 0 ? undefined : micros(first - SECOND);
    return rest
      .ohlc(symbol, { interval: this.#minutes, since, signal })
      .then((answer) => () => this.#onBars(answer, asked.first, asked.venueAt));
  }

  fail(error: unknown): void {
    const { isFinal, asked, detail } = callFailure(error);
    this.#isLeft = isFinal;
    this.#failed = !isFinal;
    this.#dueAt = this.#context.now() + Math.max(this.#context.retryAfter, asked);
    this.#report(isFinal ? 'left' : 'failed', 0, 0, detail);
    this.isSettled = true;
  }

  #onBars({ candles }: PastBars, first: Micros, venueAt: Micros): void {
    const { market, symbol, supply, margin, now } = this.#context;
    this.#failed = false;
    const running = candles.at(-1);
    this.running = running?.closed === false ? running : undefined;
    const over = candles.filter((bar) => bar.start >= first && this.#isOver(bar, micros(venueAt - margin)));
    const grid = market.instrument(symbol);
    const bars = grid === undefined ? [] : over.flatMap((bar) => readBar(bar, grid) ?? []);
    if (bars.length > 0) supply({ type: 'candles', recvTs: now(), symbol, interval: this.interval, candles: bars });
    // Older ones that came to be in doubt meanwhile were not asked for.
    const isAll = this.#doubtful === undefined || this.#doubtful >= first;
    if (isAll) this.#goOn(over.at(-1), first);
    this.#report('done', bars.length, over.length - bars.length, '');
    this.isSettled ||= isAll;
  }

  /** What follows the last bar that was told is still in doubt. */
  #goOn(last: PastBar | undefined, first: Micros): void {
    const { now, margin } = this.#context;
    if (last === undefined && first !== 0) {
      this.#dueAt = now() + BEHIND_MARGINS * margin;
      return;
    }
    const left = this.#firstPartial(last === undefined ? micros(0) : micros(last.start + this.interval));
    this.#doubtful = left;
    // A bar that it could have told and did not is not there yet.
    if (left !== undefined) this.#dueAt = Math.max(now() + BEHIND_MARGINS * margin, this.#overAt(left));
  }

  /** Over at the venue, and closed in the feed, which would not take it before. */
  #isOver({ start, closed }: PastBar, venueTs: Micros): boolean {
    const forming = this.#context.market.formingCandle(this.#context.symbol, this.interval);
    return closed && start + this.interval <= venueTs && forming !== undefined && start < forming.start;
  }

  #firstPartial(from: Micros): Micros | undefined {
    const { market, symbol } = this.#context;
    const isWanted = ({ start, partial }: Candle): boolean => partial && start >= from;
    for (const candle of market.candles(symbol, this.interval)) if (isWanted(candle)) return candle.start;
    return undefined;
  }

  /** When a bar will be over for sure, on our clock. */
  #overAt(start: Micros): number {
    const { now, venueNow, margin } = this.#context;
    const venueTs = venueNow() ?? now();
    return now() + Math.max(0, start + this.interval + margin - venueTs);
  }

  #report(outcome: BackfillOutcome, bars: number, unreadable: number, detail: string): void {
    const { report, symbol, now } = this.#context;
    const at = now();
    const duration = micros(at - (this.#asked?.at ?? at));
    const { interval } = this;
    report({
      type: 'backfill',
      symbol,
      at,
      duration,
      outcome,
      calls: 1,
      unreadable,
      detail,
      kind: 'bars',
      interval,
      bars,
    });
  }
}
