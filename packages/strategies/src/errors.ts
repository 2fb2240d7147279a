import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/strategies` throws. Adding one is a minor change, changing a meaning is a major one. */
export const STRATEGY_ERROR_CODES = [
  'KB_STRATEGY_BAD_PARAMS',
  'KB_STRATEGY_BAD_SNAPSHOT',
  'KB_STRATEGY_BAD_INPUT',
  'KB_STRATEGY_NO_SNAPSHOT',
] as const;

export type StrategyErrorCode = (typeof STRATEGY_ERROR_CODES)[number];

/** A strategy cannot be built, restored or driven with what it was given. `problems` names every fault, not just the first. */
export class StrategyError extends KbError<StrategyErrorCode> {
  override readonly name = 'StrategyError';
  readonly problems: readonly string[];

  constructor(code: StrategyErrorCode, owner: string, problems: readonly string[]) {
    super(code, `${owner}: ${problems.join('; ')}`, { hint: HINTS[code] });
    this.problems = problems;
  }
}

const HINTS: Readonly<Record<StrategyErrorCode, string>> = {
  KB_STRATEGY_BAD_PARAMS: 'Correct these parameters; units stand in their names (Bps, Ms, Usd)',
  KB_STRATEGY_BAD_SNAPSHOT: 'Start the strategy afresh, or restore a snapshot of the same strategy and version',
  KB_STRATEGY_BAD_INPUT: 'Bring data and reports of the one pair that the strategy trades, one object a pair',
  KB_STRATEGY_NO_SNAPSHOT: 'Bring the whole book first, also after a gap',
};
