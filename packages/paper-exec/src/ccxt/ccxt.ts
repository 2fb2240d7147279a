/*
 * What stands in for `import ccxt from 'ccxt'`: the exchange under ccxt's name for it, and all of ccxt's errors.
 */
import { CcxtPaperExchange } from './ccxt-paper-exchange.ts';

export { CcxtPaperExchange as kraken } from './ccxt-paper-exchange.ts';
export const pro: { readonly kraken: typeof CcxtPaperExchange } = { kraken: CcxtPaperExchange };

export {
  ArgumentsRequired,
  BadRequest,
  BadSymbol,
  BaseError,
  DDoSProtection,
  DuplicateOrderId,
  ExchangeClosedByUser,
  ExchangeError,
  ExchangeNotAvailable,
  InsufficientFunds,
  InvalidOrder,
  NetworkError,
  NoChange,
  NotSupported,
  OnMaintenance,
  OperationFailed,
  OperationRejected,
  OrderImmediatelyFillable,
  OrderNotFillable,
  OrderNotFound,
  RequestTimeout,
} from './errors.ts';
export {
  AccountNotEnabled,
  AccountSuspended,
  AddressPending,
  AuthenticationError,
  BadResponse,
  CancelPending,
  ChecksumError,
  ContractUnavailable,
  InvalidAddress,
  InvalidNonce,
  InvalidProxySettings,
  ManualInteractionNeeded,
  MarginModeAlreadySet,
  MarketClosed,
  NullResponse,
  OrderNotCached,
  PermissionDenied,
  RateLimitExceeded,
  RestrictedLocation,
  UnsubscribeError,
} from './errors-never-thrown.ts';
