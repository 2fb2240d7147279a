import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/portfolio` throws. Adding one is a minor change, changing a meaning is a major one. */
export const PORTFOLIO_ERROR_CODES = [
  'KB_PORTFOLIO_UNKNOWN_SYMBOL',
  'KB_PORTFOLIO_BAD_AMOUNT',
  'KB_PORTFOLIO_BAD_MARK',
  'KB_PORTFOLIO_BAD_TRADE',
  'KB_PORTFOLIO_BAD_SNAPSHOT',
] as const;
export type PortfolioErrorCode = (typeof PORTFOLIO_ERROR_CODES)[number];

/** The ledger was given something it cannot book; nothing was booked. */
export class PortfolioError extends KbError<PortfolioErrorCode> {
  override readonly name = 'PortfolioError';
}
