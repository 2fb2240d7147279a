import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/journal` throws. Adding one is a minor change, changing a meaning is a major one. */
export const JOURNAL_ERROR_CODES = [
  'KB_JOURNAL_BAD_OPTIONS',
  'KB_JOURNAL_BAD_RECORD',
  'KB_JOURNAL_EXISTS',
  'KB_JOURNAL_NOT_FOUND',
  'KB_JOURNAL_WRITE_FAILED',
  'KB_JOURNAL_SEAL_FAILED',
  'KB_JOURNAL_CLOSED',
  'KB_JOURNAL_READ_FAILED',
  'KB_JOURNAL_VERSION',
  'KB_JOURNAL_DAMAGED',
  'KB_JOURNAL_LOCKED',
] as const;

export type JournalErrorCode = (typeof JOURNAL_ERROR_CODES)[number];

/** Where in a journal something is wrong. */
export interface JournalPlace {
  /** File of the segment. */
  readonly segment: string;
  /** Line in the segment, from 1; `undefined` when it is the file as a whole. */
  readonly line: number | undefined;
}

/** The truth of a run cannot be written, or what was written is not what stands there. */
export class JournalError extends KbError<JournalErrorCode> {
  override readonly name = 'JournalError';
  readonly place: JournalPlace | undefined;

  constructor(
    code: JournalErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string; readonly place?: JournalPlace } = {},
  ) {
    super(code, message, options);
    this.place = options.place;
  }
}

/** Does something to files; what goes wrong there comes out as a coded error that keeps its cause. */
export function attempt<T>(code: JournalErrorCode, what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw wrapped(code, what, cause);
  }
}

/** A system error under our code, its own name (`ENOSPC`, `EACCES`, …) in the message. */
export function wrapped(code: JournalErrorCode, what: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new JournalError(code, `${what}: ${detail}`, { cause });
}
