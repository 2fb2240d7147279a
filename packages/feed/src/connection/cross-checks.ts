import { micros, SECOND } from '@kb/model';
import type { BookView, CancelTask, Micros, Scheduler } from '@kb/model';
import type { RestDepth } from '../delta/delta-monitor.ts';
import { seconds } from './duration-text.ts';
import { safeErrorText } from './error-text.ts';
import { COMPARED, SeenLevels } from './seen-levels.ts';

export interface CrossChecksHost {
  /** Asks the venue by another way. */
  ask(symbol: string, options: { readonly count: number }): Promise<RestDepth>;
  /** The book in doubt; `undefined` when it is not, or no more. */
  bookOf(symbol: string): BookView | undefined;
  onVerdict(symbol: string, agrees: boolean, detail: string): void;
  /** Nothing came of it, so that nothing speaks for the book: it is of no use. */
  onUnsettled(symbol: string, detail: string): void;
}

/** What became of the questions. Those that are under way, or were let go since the doubt was over, are in `asked` only. */
export interface CrossCheckStats {
  readonly asked: number;
  readonly agreed: number;
  readonly disagreed: number;
  /** Without an answer that could be read. */
  readonly failed: number;
}

/** Least time between two questions about a symbol, whatever happens in between. */
const SPACING: Micros = micros(5 * SECOND);
/** How long an answer may take. */
const ANSWER_TIME: Micros = micros(10 * SECOND);
/** Time between two questions about a book that was agreed with. */
const AGAIN: Micros = micros(60 * SECOND);
/** Questions in a row that may fail before the last agreement counts for nothing. */
const MOST_FAILURES = 3;

/** One book in doubt. */
interface Check {
  readonly symbol: string;
  /** What the book had since the question that is under way. */
  seen: SeenLevels | undefined;
  hasAgreed: boolean;
  /** In a row. */
  failures: number;
  /** Ends the wait for the answer, or for the next question. */
  cancel: CancelTask | undefined;
}

/**
 * Asks by another way for books whose checksum is in doubt: at once, and once a minute while the answers agree. One question about a
 * symbol at a time, and none within 5 s of the last. What the book had between question and answer is what the answer is compared with.
 */
export class CrossChecks {
  readonly #host: CrossChecksHost;
  readonly #scheduler: Scheduler;
  readonly #checks = new Map<string, Check>();
  /** When each symbol was asked about last. */
  readonly #lastAsked = new Map<string, Micros>();
  readonly #stats = { asked: 0, agreed: 0, disagreed: 0, failed: 0 };

  constructor(host: CrossChecksHost, scheduler: Scheduler) {
    this.#host = host;
    this.#scheduler = scheduler;
  }

  get stats(): CrossCheckStats {
    return { ...this.#stats };
  }

  /** A book may be in doubt from now on: if it is, it is asked about. */
  begin(symbol: string): void {
    this.forget(symbol);
    if (this.#host.bookOf(symbol) === undefined) return;
    const check: Check = { symbol, seen: undefined, hasAgreed: false, failures: 0, cancel: undefined };
    this.#checks.set(symbol, check);
    this.#askSoon(check);
  }

  /** A book in doubt was told a message. */
  onBook(symbol: string, book: BookView): void {
    this.#checks.get(symbol)?.seen?.note(book);
  }

  /** Asks now about a book that was agreed with; does nothing about any other. */
  again(symbol: string): void {
    const check = this.#checks.get(symbol);
    if (check !== undefined && check.seen === undefined) this.#askSoon(check);
  }

  /** The doubt is over, one way or another. */
  forget(symbol: string): void {
    this.#checks.get(symbol)?.cancel?.();
    this.#checks.delete(symbol);
  }

  /** All doubts are over. */
  stop(): void {
    for (const check of this.#checks.values()) check.cancel?.();
    this.#checks.clear();
  }

  /** Now, or as soon as the last question is long enough ago. */
  #askSoon(check: Check): void {
    const last = this.#lastAsked.get(check.symbol);
    const wait = last === undefined ? 0 : last + SPACING - this.#scheduler.now();
    if (wait <= 0) this.#ask(check);
    else this.#wait(check, micros(wait), () => this.#ask(check));
  }

  #ask(check: Check): void {
    const book = this.#host.bookOf(check.symbol);
    if (book === undefined) {
      this.forget(check.symbol);
      return;
    }
    const seen = new SeenLevels();
    seen.note(book);
    check.seen = seen;
    this.#stats.asked += 1;
    this.#lastAsked.set(check.symbol, this.#scheduler.now());
    this.#wait(check, ANSWER_TIME, () => this.#onFailure(check, `no answer in ${seconds(ANSWER_TIME)}`));
    void this.#awaitAnswer(check, seen);
  }

  async #awaitAnswer(check: Check, seen: SeenLevels): Promise<void> {
    let depth: RestDepth;
    try {
      depth = await this.#host.ask(check.symbol, { count: COMPARED });
    } catch (error) {
      if (this.#isAwaited(check, seen)) this.#onFailure(check, safeErrorText(error, undefined));
      return;
    }
    if (this.#isAwaited(check, seen)) this.#onAnswer(check, seen, depth);
  }

  #isAwaited(check: Check, seen: SeenLevels): boolean {
    return this.#checks.get(check.symbol) === check && check.seen === seen;
  }

  #onAnswer(check: Check, seen: SeenLevels, depth: RestDepth): void {
    const { symbol } = check;
    const book = this.#host.bookOf(symbol);
    if (book === undefined) {
      this.forget(symbol);
      return;
    }
    const { kind, detail } = seen.compare(book, depth);
    if (kind === 'unreadable') {
      this.#onFailure(check, detail);
    } else if (kind === 'agrees') {
      this.#stats.agreed += 1;
      check.hasAgreed = true;
      check.failures = 0;
      this.#askLater(check);
      this.#host.onVerdict(symbol, true, detail);
    } else {
      this.#stats.disagreed += 1;
      this.forget(symbol);
      this.#host.onVerdict(symbol, false, detail);
    }
  }

  #onFailure(check: Check, detail: string): void {
    this.#stats.failed += 1;
    check.failures += 1;
    if (check.hasAgreed && check.failures < MOST_FAILURES) {
      this.#askLater(check);
      return;
    }
    this.forget(check.symbol);
    this.#host.onUnsettled(check.symbol, detail);
  }

  #askLater(check: Check): void {
    check.seen = undefined;
    this.#wait(check, AGAIN, () => this.#ask(check));
  }

  #wait(check: Check, delay: Micros, task: () => void): void {
    check.cancel?.();
    check.cancel = this.#scheduler.after(delay, task);
  }
}
