export { PORTFOLIO_ERROR_CODES, PortfolioError } from './errors.ts';
export type { PortfolioErrorCode } from './errors.ts';
export { FILL_ID_WINDOW, Ledger } from './ledger.ts';
export type { LedgerOptions, Position } from './ledger.ts';
export type { Pnl } from './pnl.ts';
export type { LedgerSnapshot, PositionSnapshot } from './snapshot.ts';
export type { PlainTrade } from './trade.ts';
export type { Marks } from './valuation.ts';
