import { KbError } from '@kb/model';
import type { RejectReason } from '@kb/model';
import type { PaperErrorCode } from '../errors.ts';

/*
 * The errors that the adapter throws, under ccxt's names and in ccxt's tree, so that `instanceof` in a bot means what it meant.
 * Source: ccxt 4.5, errorHierarchy.
 */

export class BaseError extends KbError<PaperErrorCode> {
  override readonly name: string = 'BaseError';
}

/** The exchange said no; asking again the same way is of no use. */
export class ExchangeError extends BaseError {
  override readonly name: string = 'ExchangeError';
  constructor(message: string, code: PaperErrorCode = 'KB_PAPER_CCXT_EXCHANGE_ERROR') {
    super(code, message);
  }
}

export class ArgumentsRequired extends ExchangeError {
  override readonly name: string = 'ArgumentsRequired';
  constructor(message: string, code: PaperErrorCode = 'KB_PAPER_CCXT_ARGUMENTS_REQUIRED') {
    super(message, code);
  }
}

export class BadRequest extends ExchangeError {
  override readonly name: string = 'BadRequest';
  constructor(message: string, code: PaperErrorCode = 'KB_PAPER_CCXT_BAD_REQUEST') {
    super(message, code);
  }
}

export class BadSymbol extends BadRequest {
  override readonly name: string = 'BadSymbol';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_BAD_SYMBOL');
  }
}

export class OperationRejected extends ExchangeError {
  override readonly name: string = 'OperationRejected';
}

export class NoChange extends OperationRejected {
  override readonly name: string = 'NoChange';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_NO_CHANGE');
  }
}

export class InsufficientFunds extends ExchangeError {
  override readonly name: string = 'InsufficientFunds';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_INSUFFICIENT_FUNDS');
  }
}

export class InvalidOrder extends ExchangeError {
  override readonly name: string = 'InvalidOrder';
  constructor(message: string, code: PaperErrorCode = 'KB_PAPER_CCXT_INVALID_ORDER') {
    super(message, code);
  }
}

export class OrderNotFound extends InvalidOrder {
  override readonly name: string = 'OrderNotFound';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_ORDER_NOT_FOUND');
  }
}

export class OrderImmediatelyFillable extends InvalidOrder {
  override readonly name: string = 'OrderImmediatelyFillable';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_ORDER_IMMEDIATELY_FILLABLE');
  }
}

export class OrderNotFillable extends InvalidOrder {
  override readonly name: string = 'OrderNotFillable';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_ORDER_NOT_FILLABLE');
  }
}

export class DuplicateOrderId extends InvalidOrder {
  override readonly name: string = 'DuplicateOrderId';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_DUPLICATE_ORDER_ID');
  }
}

export class NotSupported extends ExchangeError {
  override readonly name: string = 'NotSupported';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_NOT_SUPPORTED');
  }
}

export class ExchangeClosedByUser extends ExchangeError {
  override readonly name: string = 'ExchangeClosedByUser';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_CLOSED');
  }
}

/** It could not be done now; asking again may help. */
export class OperationFailed extends BaseError {
  override readonly name: string = 'OperationFailed';
}

export class NetworkError extends OperationFailed {
  override readonly name: string = 'NetworkError';
}

export class DDoSProtection extends NetworkError {
  override readonly name: string = 'DDoSProtection';
  constructor(message: string) {
    super('KB_PAPER_CCXT_DDOS_PROTECTION', message);
  }
}

export class ExchangeNotAvailable extends NetworkError {
  override readonly name: string = 'ExchangeNotAvailable';
  constructor(message: string, code: PaperErrorCode = 'KB_PAPER_CCXT_NOT_AVAILABLE') {
    super(code, message);
  }
}

export class OnMaintenance extends ExchangeNotAvailable {
  override readonly name: string = 'OnMaintenance';
  constructor(message: string) {
    super(message, 'KB_PAPER_CCXT_ON_MAINTENANCE');
  }
}

export class RequestTimeout extends NetworkError {
  override readonly name: string = 'RequestTimeout';
  constructor(message: string) {
    super('KB_PAPER_CCXT_REQUEST_TIMEOUT', message);
  }
}

/** What the venue's refusal is called in ccxt. @param text The venue's own words. */
export function refusalError(reason: RejectReason, text: string): BaseError {
  const message = `kraken (paper) ${reason}: ${text}`;
  switch (reason) {
    case 'insufficient-funds':
    case 'insufficient-margin':
      return new InsufficientFunds(message);
    case 'unknown-order':
      return new OrderNotFound(message);
    case 'unknown-symbol':
      return new BadSymbol(message);
    case 'post-only-would-take':
      return new OrderImmediatelyFillable(message);
    case 'no-liquidity':
      return new OrderNotFillable(message);
    case 'duplicate-client-order-id':
      return new DuplicateOrderId(message);
    case 'instrument-status':
      return new OnMaintenance(message);
    case 'market-frozen':
      return new ExchangeNotAvailable(message);
    case 'no-change':
      return new NoChange(message);
    case 'rate-limit':
      return new DDoSProtection(message);
    case 'orders-limit':
      return new ExchangeError(message);
    case 'not-received':
      return new RequestTimeout(message);
    case 'price-off-grid':
    case 'size-off-grid':
    case 'below-min-qty':
    case 'below-min-cost':
    case 'invalid-order':
    case 'price-band':
    case 'no-reference-price':
    case 'no-position':
    case 'risk-refused':
      return new InvalidOrder(message);
  }
}
