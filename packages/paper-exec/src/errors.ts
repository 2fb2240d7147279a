import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/paper-exec` throws. Adding one is a minor change, changing a meaning is a major one. */
export const PAPER_ERROR_CODES = [
  'KB_PAPER_NO_LATENCY',
  'KB_PAPER_BAD_OPTION',
  'KB_PAPER_UNKNOWN_SYMBOL',
  'KB_PAPER_NO_SNAPSHOT',
] as const;

export type PaperErrorCode = (typeof PAPER_ERROR_CODES)[number];

/** The caller broke the contract of the paper venue: a missing or senseless option, a value that cannot be traded. */
export class PaperError extends KbError<PaperErrorCode> {
  override readonly name = 'PaperError';
}
