import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/risk` throws. Adding one is a minor change, changing a meaning is a major one. */
export const RISK_ERROR_CODES = ['KB_RISK_BAD_LIMITS', 'KB_RISK_BAD_ORDER', 'KB_RISK_BAD_SNAPSHOT'] as const;
export type RiskErrorCode = (typeof RISK_ERROR_CODES)[number];

/** What is wrong with one field of a configuration. */
export interface RiskProblem {
  /** Where: `maxOrderNotional.USD`. */
  readonly path: string;
  /** What was expected there and what was found. */
  readonly text: string;
}

/** The risk engine was configured or called wrongly. A refused order is not an error: it is a `RiskRefusal`. */
export class RiskError extends KbError<RiskErrorCode> {
  override readonly name = 'RiskError';
  /** Every problem found, not only the first. */
  readonly problems: readonly RiskProblem[];

  constructor(
    code: RiskErrorCode,
    problems: readonly RiskProblem[],
    options?: ErrorOptions & { readonly hint?: string },
  ) {
    super(code, problems.map(({ path, text }) => `${path}: ${text}`).join('; '), options);
    this.problems = problems;
  }
}
