import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/engine` throws. Adding one is a minor change, changing a meaning is a major one. */
export const ENGINE_ERROR_CODES = [
  'KB_ENGINE_BAD_CONFIG',
  'KB_ENGINE_BAD_INPUT_JOURNAL',
  'KB_ENGINE_BAD_INTENT',
  'KB_ENGINE_RESUME_DIFFERS',
] as const;
export type EngineErrorCode = (typeof ENGINE_ERROR_CODES)[number];

/** The engine was asked for something it cannot do; the message says what and where. */
export class EngineError extends KbError<EngineErrorCode> {
  override readonly name = 'EngineError';
  /** Every problem of a configuration, not only the first; empty for the other codes. */
  readonly problems: readonly string[];

  constructor(
    code: EngineErrorCode,
    message: string,
    {
      problems = [],
      ...options
    }: ErrorOptions & { readonly hint?: string; readonly problems?: readonly string[] } = {},
  ) {
    super(code, message, options);
    this.problems = problems;
  }
}
