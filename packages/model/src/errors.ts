/**
 * The base of every error that kb throws on purpose.
 *
 * Callers match `code` (`KB_<AREA>_<NAME>`), never the message. A message says what was expected, what was found
 * and where; `hint` says what to do about it.
 */
export class KbError<Code extends string = string> extends Error {
  override readonly name: string = 'KbError';
  readonly code: Code;
  /** What the reader can do about it, as a sentence. */
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** Codes of the errors that `@kb/model` throws. Adding one is a minor change, changing a meaning is a major one. */
export const MODEL_ERROR_CODES = [
  'KB_MODEL_NOT_A_DECIMAL',
  'KB_MODEL_OFF_GRID',
  'KB_MODEL_OUT_OF_RANGE',
  'KB_MODEL_BAD_TIMESTAMP',
  'KB_MODEL_BAD_INSTRUMENT',
] as const;

export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

/** A value that cannot become one of kb's nouns: not a decimal, off its grid, or too large to be exact. */
export class ModelError extends KbError<ModelErrorCode> {
  override readonly name = 'ModelError';
}

/** Ends an exhaustive `switch`: adding a variant to the union makes the call stop compiling. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected variant: ${JSON.stringify(value)}`);
}
