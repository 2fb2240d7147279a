import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/orderbook` throws. Adding one is a minor change, changing a meaning is a major one. */
export const BOOK_ERROR_CODES = [
  'KB_BOOK_BAD_DEPTH',
  'KB_BOOK_BAD_GRID',
  'KB_BOOK_BAD_LEVEL',
  'KB_BOOK_BAD_ORDER',
  'KB_BOOK_BAD_PRICE',
  'KB_BOOK_BAD_SIZE',
] as const;

export type BookErrorCode = (typeof BOOK_ERROR_CODES)[number];

/** A book, or the levels meant for one, that cannot be: nothing of the refused input was applied. */
export class BookError extends KbError<BookErrorCode> {
  override readonly name = 'BookError';
}
