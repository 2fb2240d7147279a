import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { quote } from '../json-tree.ts';
import { openEnvelope } from './place.ts';
import type { Envelope, Place } from './place.ts';
import { RestAnswerError, RestFailure } from './rest-errors.ts';
import type { RestErrorKind, RestFault, RestOutcome } from './rest-errors.ts';
import { retryAfterOf } from './retry.ts';
import { classifyVenueErrors } from './venue-errors.ts';

/** An HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The `Retry-After` and `Server` headers. */
  readonly retryAfter: string | undefined;
  readonly server: string | undefined;
  readonly body: Uint8Array;
}

/** What Kraken said, when the answer is Kraken's and no error. */
export interface GoodAnswer {
  readonly result: Place;
  readonly warnings: readonly string[];
}

/**
 * Finds out what an HTTP answer is. Kraken answers its own errors with 200 and JSON; anything else comes from what stands before it.
 * @throws RestFailure
 */
export function judgeAnswer(answer: HttpAnswer, now: Micros): GoodAnswer {
  if (answer.status !== 200) throw new RestFailure(statusFault(answer, now));
  if (!isJson(answer)) throw new RestFailure(notJson(answer));
  const { errors, warnings, result } = open(answer);
  if (errors.length > 0) throw new RestFailure(venueFault(errors, answer, now));
  if (result === undefined) {
    throw new RestFailure(answerFault(new RestAnswerError('KB_KRAKEN_REST_BAD_ANSWER', '', '"result" is missing')));
  }
  return { result, warnings };
}

/** The fault that an answer is which its parser refused. */
export function answerFault(error: RestAnswerError): RestFault {
  return {
    code: error.code,
    kind: 'service',
    outcome: 'unknown',
    // Bytes may have been lost on the way. A whole answer of another shape will be the same again.
    retryable: error.code === 'KB_KRAKEN_REST_BAD_JSON',
    message: error.message,
    path: error.path,
    cause: error,
    ...(error.code === 'KB_KRAKEN_REST_BAD_ANSWER'
      ? { hint: 'Kraken may have changed its API, or something else answers in its place.' }
      : {}),
  };
}

function open({ body }: HttpAnswer): Envelope {
  try {
    return openEnvelope(body);
  } catch (error) {
    if (error instanceof RestAnswerError) throw new RestFailure(answerFault(error));
    throw error;
  }
}

/** JSON by its header; where there is none, the parser will see. */
function isJson({ contentType }: HttpAnswer): boolean {
  return contentType === undefined || /\bjson\b/i.test(contentType);
}

function venueFault(errors: readonly string[], answer: HttpAnswer, now: Micros): RestFault {
  const { kind, outcome, retryable, until } = classifyVenueErrors(errors);
  const asked = until === undefined ? undefined : micros(Math.max(0, until - now));
  return {
    code: 'KB_KRAKEN_REST_VENUE_ERROR',
    kind,
    outcome,
    retryable,
    message: `Kraken answered ${errors.map((text) => cut(text)).join(', ')}`,
    venueErrors: errors,
    httpStatus: answer.status,
    retryAfter: asked ?? askedToWait(answer, now),
  };
}

/** A page of HTML, or nothing, where JSON was expected: with status 200 a proxy, a captive portal or a maintenance page. */
function notJson(answer: HttpAnswer): RestFault {
  return {
    code: 'KB_KRAKEN_REST_NOT_JSON',
    kind: 'service',
    outcome: 'unknown',
    retryable: true,
    message: `expected JSON, was ${described(answer)}`,
    httpStatus: answer.status,
    hint: 'A proxy or a captive portal may be answering in place of Kraken.',
  };
}

/** Any status but 200. */
function statusFault(answer: HttpAnswer, now: Micros): RestFault {
  const { status } = answer;
  const venueErrors = errorsWithin(answer);
  const told = venueErrors.length === 0 ? statusClass(answer) : classifyVenueErrors(venueErrors);
  return {
    code: 'KB_KRAKEN_REST_HTTP_STATUS',
    kind: told.kind,
    outcome: told.outcome,
    retryable: told.retryable,
    message: `HTTP ${status}, ${venueErrors.length === 0 ? described(answer) : cut(venueErrors.join(', '))}`,
    venueErrors,
    httpStatus: status,
    retryAfter: askedToWait(answer, now),
    ...(status >= 300 && status < 400 ? { hint: 'Redirects are not followed: check baseUrl.' } : {}),
  };
}

/** By status alone. A page of the proxy's own (blocked, challenged, origin down) passes; a refusal in another form does not. */
function statusClass(answer: HttpAnswer): { kind: RestErrorKind; outcome: RestOutcome; retryable: boolean } {
  const { status } = answer;
  if (status === 429) return { kind: 'rate-limit', outcome: 'refused', retryable: true };
  if (status >= 500) return { kind: 'service', outcome: 'unknown', retryable: true };
  if (status === 408 || status === 425) return { kind: 'network', outcome: 'unknown', retryable: true };
  if (status === 401 || status === 403) {
    return isProxyPage(answer)
      ? { kind: 'service', outcome: 'refused', retryable: true }
      : { kind: 'permission', outcome: 'refused', retryable: false };
  }
  if (status >= 400) return { kind: 'request', outcome: 'refused', retryable: false };
  if (status >= 300) return { kind: 'request', outcome: 'refused', retryable: false };
  // 201, 204 and their like: nothing that Kraken says.
  return { kind: 'service', outcome: 'unknown', retryable: false };
}

/** Kraken's error strings in an answer of another status; none when it is not Kraken's. */
function errorsWithin(answer: HttpAnswer): readonly string[] {
  if (answer.contentType === undefined || !isJson(answer)) return [];
  try {
    return openEnvelope(answer.body).errors;
  } catch (error) {
    if (error instanceof RestAnswerError) return [];
    throw error;
  }
}

function askedToWait({ retryAfter }: HttpAnswer, now: Micros): Micros | undefined {
  return retryAfter === undefined ? undefined : retryAfterOf(retryAfter.trim(), now);
}

function isProxyPage({ contentType, server }: HttpAnswer): boolean {
  return /\bhtml\b/i.test(contentType ?? '') || /cloudflare/i.test(server ?? '');
}

function described({ contentType, server, body }: HttpAnswer): string {
  const what = contentType === undefined ? 'no content type' : quote(contentType);
  const from = server === undefined ? '' : ` from ${quote(server)}`;
  return `${what}${from} of ${body.length} bytes`;
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
