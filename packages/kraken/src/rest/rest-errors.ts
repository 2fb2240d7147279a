import { KbError } from '@kb/model';
import type { Micros } from '@kb/model';

/** Codes of what can go wrong with a REST call. Adding one is a minor change, changing a meaning is a major one. */
export const REST_ERROR_CODES = [
  'KB_KRAKEN_REST_BAD_OPTIONS',
  'KB_KRAKEN_REST_BAD_REQUEST',
  'KB_KRAKEN_REST_UNKNOWN_SYMBOL',
  'KB_KRAKEN_REST_VENUE_ERROR',
  'KB_KRAKEN_REST_HTTP_STATUS',
  'KB_KRAKEN_REST_NOT_JSON',
  'KB_KRAKEN_REST_BAD_JSON',
  'KB_KRAKEN_REST_BAD_ANSWER',
  'KB_KRAKEN_REST_TOO_LARGE',
  'KB_KRAKEN_REST_TIMEOUT',
  'KB_KRAKEN_REST_UNREACHABLE',
  'KB_KRAKEN_REST_QUEUE_FULL',
  'KB_KRAKEN_REST_CIRCUIT_OPEN',
  'KB_KRAKEN_REST_DEADLINE',
  'KB_KRAKEN_REST_ABORTED',
  'KB_KRAKEN_REST_CLOSED',
] as const;
export type RestErrorCode = (typeof REST_ERROR_CODES)[number];

/** What sort of trouble it is, whoever found it: Kraken, a proxy before it, the network or this client. */
export type RestErrorKind =
  | 'rate-limit'
  | 'nonce'
  | 'permission'
  | 'funding'
  | 'order'
  | 'service'
  | 'network'
  | 'request';

/**
 * Whether the request may have been carried out: `not-sent` it never left, `refused` Kraken said no, `unknown` nobody can tell (a time-out,
 * a 5xx, an answer that cannot be read). An order whose outcome is unknown must be asked for, never sent again.
 */
export type RestOutcome = 'not-sent' | 'refused' | 'unknown';

/** What went wrong, before it is known at which call and attempt. */
export interface RestFault {
  readonly code: RestErrorCode;
  readonly kind: RestErrorKind;
  readonly outcome: RestOutcome;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Kraken's own strings, as sent. */
  readonly venueErrors?: readonly string[] | undefined;
  readonly httpStatus?: number | undefined;
  /** How long the venue asked to wait. */
  readonly retryAfter?: Micros | undefined;
  /** Where in the answer: `result.XXBTZUSD.pair_decimals`. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/** A REST call that did not succeed, after the repeats that its policy allowed. */
export class RestError extends KbError<RestErrorCode> {
  override readonly name = 'RestError';
  readonly kind: RestErrorKind;
  readonly outcome: RestOutcome;
  readonly retryable: boolean;
  readonly venueErrors: readonly string[];
  readonly httpStatus: number | undefined;
  readonly path: string | undefined;
  /** How long the venue asked to wait, if it did. */
  readonly retryAfter: Micros | undefined;
  /** `Depth`, `Trades`, … */
  readonly method: string;
  /** When it was given up, on the client's clock. */
  readonly at: Micros;
  /** How often it was sent: 0 when it never got its turn. */
  readonly attempts: number;

  constructor(fault: RestFault, method: string, at: Micros, attempts: number) {
    super(fault.code, `${method}: ${fault.message}`, {
      cause: fault.cause,
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    });
    this.kind = fault.kind;
    this.outcome = fault.outcome;
    this.retryable = fault.retryable;
    this.venueErrors = fault.venueErrors ?? [];
    this.httpStatus = fault.httpStatus;
    this.path = fault.path;
    this.retryAfter = fault.retryAfter;
    this.method = method;
    this.at = at;
    this.attempts = attempts;
  }
}

/** The text of an answer is not what its method promises. Thrown by the parsers; a client wraps it into a `RestError`. */
export class RestAnswerError extends KbError<
  'KB_KRAKEN_REST_BAD_JSON' | 'KB_KRAKEN_REST_BAD_ANSWER' | 'KB_KRAKEN_REST_VENUE_ERROR'
> {
  override readonly name = 'RestAnswerError';
  /** Where: `result.XXBTZUSD.pair_decimals`; empty for the answer as a whole. */
  readonly path: string;
  /** Kraken's own strings, when the answer is an error. */
  readonly venueErrors: readonly string[];

  constructor(code: RestAnswerError['code'], path: string, message: string, venueErrors: readonly string[] = []) {
    super(code, path === '' ? message : `${path}: ${message}`);
    this.path = path;
    this.venueErrors = venueErrors;
  }
}

/** Carries a fault through promises and abort signals, inside the client only: a plain class, so that no stack is captured. */
export class RestFailure {
  readonly fault: RestFault;

  constructor(fault: RestFault) {
    this.fault = fault;
  }
}
