import type { ExecutionReport } from '@kb/model';
import { EngineError } from './errors.ts';

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
  /** How many of them are whose. */
  readonly #counts = new Map<string, number>();
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

  /**
   * Keeps a report for the next event: a strategy never hears an answer inside its own call.
   * @throws EngineError `KB_ENGINE_BAD_INTENT` when a strategy asks for more than it is ever answered: a loop of its own.
   */
  keep(strategyId: string, report: ExecutionReport): void {
    const count = (this.#counts.get(strategyId) ?? 0) + 1;
    if (count > MOST_WAITING) {
      const message = `${strategyId}: more than ${MOST_WAITING} intents refused within one event`;
      throw new EngineError('KB_ENGINE_BAD_INTENT', message);
    }
    this.#counts.set(strategyId, count);
    this.#waiting.push({ strategyId, report });
  }

  /** Hands over what was kept. */
  take(): readonly Refusal[] {
    if (this.#waiting.length === 0) return NONE;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#counts.clear();
    return waiting;
  }
}

const MOST_WAITING = 1_000;
const NONE: readonly Refusal[] = [];
