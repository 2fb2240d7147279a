import {
  BaseError,
  ExchangeError,
  InvalidOrder,
  NetworkError,
  NoChange,
  OperationFailed,
  OperationRejected,
} from './errors.ts';

/*
 * The rest of ccxt's tree. A paper exchange has no occasion to throw these, but a bot asks `instanceof` of them, which fails on a
 * name that is not there.
 */

export class AuthenticationError extends ExchangeError {}
export class PermissionDenied extends AuthenticationError {}
export class AccountNotEnabled extends PermissionDenied {}
export class AccountSuspended extends AuthenticationError {}
export class MarginModeAlreadySet extends NoChange {}
export class MarketClosed extends OperationRejected {}
export class ManualInteractionNeeded extends OperationRejected {}
export class RestrictedLocation extends OperationRejected {}
export class InvalidAddress extends ExchangeError {}
export class AddressPending extends InvalidAddress {}
export class OrderNotCached extends InvalidOrder {}
export class ContractUnavailable extends InvalidOrder {}
export class InvalidProxySettings extends ExchangeError {}
export class RateLimitExceeded extends NetworkError {}
export class InvalidNonce extends NetworkError {}
export class ChecksumError extends InvalidNonce {}
export class BadResponse extends OperationFailed {}
export class NullResponse extends BadResponse {}
export class CancelPending extends OperationFailed {}
export class UnsubscribeError extends BaseError {}
