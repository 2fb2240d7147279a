import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/paper-exec` throws. Adding one is a minor change, changing a meaning is a major one. */
export const PAPER_ERROR_CODES = [
  'KB_PAPER_NO_LATENCY',
  'KB_PAPER_BAD_OPTION',
  'KB_PAPER_UNKNOWN_SYMBOL',
  'KB_PAPER_NO_SNAPSHOT',
  'KB_PAPER_RESTORE_VERSION',
  'KB_PAPER_RESTORE_BAD_INPUT',
  'KB_PAPER_RESTORE_DIFFERS',
  'KB_PAPER_CCXT_EXCHANGE_ERROR',
  'KB_PAPER_CCXT_ARGUMENTS_REQUIRED',
  'KB_PAPER_CCXT_BAD_REQUEST',
  'KB_PAPER_CCXT_BAD_SYMBOL',
  'KB_PAPER_CCXT_NO_CHANGE',
  'KB_PAPER_CCXT_INSUFFICIENT_FUNDS',
  'KB_PAPER_CCXT_INVALID_ORDER',
  'KB_PAPER_CCXT_ORDER_NOT_FOUND',
  'KB_PAPER_CCXT_ORDER_IMMEDIATELY_FILLABLE',
  'KB_PAPER_CCXT_ORDER_NOT_FILLABLE',
  'KB_PAPER_CCXT_DUPLICATE_ORDER_ID',
  'KB_PAPER_CCXT_NOT_SUPPORTED',
  'KB_PAPER_CCXT_CLOSED',
  'KB_PAPER_CCXT_DDOS_PROTECTION',
  'KB_PAPER_CCXT_NOT_AVAILABLE',
  'KB_PAPER_CCXT_ON_MAINTENANCE',
  'KB_PAPER_CCXT_REQUEST_TIMEOUT',
] as const;

export type PaperErrorCode = (typeof PAPER_ERROR_CODES)[number];

/** The caller broke the contract of the paper venue: a missing or senseless option, a value that cannot be traded. */
export class PaperError extends KbError<PaperErrorCode> {
  override readonly name = 'PaperError';
}
