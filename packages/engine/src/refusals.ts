import type { ExecutionReport } from '@kb/model';

interface Refusal {
  readonly strategyId: string;
  readonly report: ExecutionReport;
}

/**
 * What our own risk engine refused and the strategies have not heard of yet, and which refusals have been written down.
 *
 * A strategy that is refused asks again on the next event, and the next: equal refusals in a row are news once.
 */
export class Refusals {
  #waiting: Refusal[] = [];
  /** The code refused last, by what was asked; gone once it was allowed. */
  readonly #streaks = new Map<string, string>();

  /** @returns True if the last answer about the same thing was another one. */
  isNews(about: string, code: string): boolean {
    if (this.#streaks.get(about) === code) return false;
    this.#streaks.set(about, code);
    return true;
  }

  /** Whether any streak is on: if not, there is none to end. */
  get hasStreaks(): boolean {
    return this.#streaks.size > 0;
  }

  /** It was allowed: the next refusal is news again. */
  endStreak(about: string): void {
    this.#streaks.delete(about);
  }

  /** Keeps a report for the next event: a strategy never hears an answer inside its own call. */
  keep(strategyId: string, report: ExecutionReport): void {
    this.#waiting.push({ strategyId, report });
  }

  /** Hands over what was kept. */
  take(): readonly Refusal[] {
    if (this.#waiting.length === 0) return NONE;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}

const NONE: readonly Refusal[] = [];
