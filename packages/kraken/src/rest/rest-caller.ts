import { KeyedRandom, micros } from '@kb/model';
import type { CancelTask, Micros } from '@kb/model';
import type { BreakerPass, CircuitBreaker } from './circuit-breaker.ts';
import type { CallGate } from './call-gate.ts';
import { answerFault, judgeAnswer } from './http-answer.ts';
import { exchange } from './http-exchange.ts';
import type { Fetch } from './http-fetch.ts';
import type { Place } from './place.ts';
import { RestAnswerError, RestError, RestFailure } from './rest-errors.ts';
import type { RestErrorCode, RestFault, RestOutcome } from './rest-errors.ts';
import type { CallObservation, RestSettings } from './rest-options.ts';
import { retryDelay } from './retry.ts';

/** Tells what is odd about an answer that stands all the same. */
export type Warn = (text: string) => void;

/** A call and how its answer is read. */
export interface RestRequest<Result> {
  /** For people: `Depth`. */
  readonly method: string;
  readonly url: string;
  /** Whether sending it twice does no harm. Where it is false the caller gets the first failure and must find out what became of it. */
  readonly isRepeatable: boolean;
  /** @throws RestAnswerError */
  readonly read: (result: Place, warn: Warn) => Result;
}

export interface CallOptions {
  /** Ends the call with `KB_KRAKEN_REST_ABORTED`; while it waits, its place in the queue is free at once. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The longest that it may take with all its waits and repeats; the client's own when left out. Should the list of pairs be needed first,
   * for a name that is not known yet, that is a call of its own.
   */
  readonly deadline?: Micros | undefined;
}

interface CallerParts {
  readonly settings: RestSettings;
  readonly fetch: Fetch;
  readonly gate: CallGate;
  readonly breaker: CircuitBreaker;
}

/** One call under way. */
interface OpenCall<Result> {
  readonly request: RestRequest<Result>;
  /** What ends it: its reason is a `RestFailure`. */
  readonly signal: AbortSignal;
  readonly endsAt: number;
  readonly id: number;
  /** Attempts that left. */
  sent: number;
}

/**
 * Makes calls: each waits for its turn, is sent, judged, and repeated while that is allowed, of use, and in time. Whatever happens, it ends
 * with a result or a `RestError`.
 */
export class RestCaller {
  readonly #parts: CallerParts;
  readonly #random: KeyedRandom;
  readonly #open = new Set<AbortController>();
  #calls = 0;
  #isClosed = false;

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#random = new KeyedRandom(parts.settings.seed, 'rest retry');
  }

  /** @throws RestError (rejects) */
  async call<Result>(request: RestRequest<Result>, options: CallOptions = {}): Promise<Result> {
    const { scheduler, deadline } = this.#parts.settings;
    const limit = options.deadline ?? deadline;
    const end = new AbortController();
    const cancelDeadline = scheduler.after(limit, () => end.abort(new RestFailure(late(limit))));
    const abort = (): void => end.abort(new RestFailure(aborted(options.signal?.reason)));
    if (this.#isClosed) end.abort(new RestFailure(closed()));
    else if (options.signal?.aborted === true) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    this.#open.add(end);
    this.#calls += 1;
    try {
      return await this.#repeat({
        request,
        signal: end.signal,
        endsAt: scheduler.now() + limit,
        id: this.#calls,
        sent: 0,
      });
    } finally {
      cancelDeadline();
      options.signal?.removeEventListener('abort', abort);
      this.#open.delete(end);
    }
  }

  /** Ends all calls with `KB_KRAKEN_REST_CLOSED`, those to come as well. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#open) end.abort(new RestFailure(closed()));
  }

  async #repeat<Result>(call: OpenCall<Result>): Promise<Result> {
    let before: RestError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(call, attempt);
      } catch (error) {
        if (!(error instanceof RestFailure)) throw error;
        before = this.#errorOf(call, error.fault, before);
        const delay = this.#delayAfter(call, error.fault, attempt);
        if (delay === undefined) throw before;
        await this.#wait(delay, call.signal).catch((end: unknown) => {
          const failure = unsent(end);
          throw failure instanceof RestFailure ? this.#errorOf(call, failure.fault, before) : failure;
        });
      }
    }
  }

  /** @param before What the attempt before this one ended with. */
  #errorOf<Result>({ request, sent }: OpenCall<Result>, fault: RestFault, before: RestError | undefined): RestError {
    const cause = fault.cause ?? (LOCAL_ENDS.has(fault.code) ? before : undefined);
    const outcome = worse(fault.outcome, before?.outcome ?? 'not-sent');
    return new RestError({ ...fault, cause, outcome }, request.method, this.#parts.settings.scheduler.now(), sent);
  }

  /** How long to wait before the next attempt; `undefined` when there is none. */
  #delayAfter<Result>(call: OpenCall<Result>, fault: RestFault, attempt: number): Micros | undefined {
    const { retry, scheduler } = this.#parts.settings;
    if (!call.request.isRepeatable || !fault.retryable || attempt > retry.retries) return undefined;
    // A repeat that the breaker refuses, since another call is trying, comes back; a new call is refused for good.
    const comesBack = fault.code === 'KB_KRAKEN_REST_CIRCUIT_OPEN' && call.sent > 0;
    if (LOCAL_ENDS.has(fault.code) && !comesBack) return undefined;
    const now = scheduler.now();
    const backOff = retryDelay(retry, attempt, this.#random.at(call.id, attempt));
    const delay = Math.max(backOff, fault.retryAfter ?? 0, this.#parts.breaker.readyAt() - now);
    return now + delay < call.endsAt ? micros(delay) : undefined;
  }

  #wait(delay: Micros, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel: CancelTask = this.#parts.settings.scheduler.after(delay, () => {
        signal.removeEventListener('abort', end);
        resolve();
      });
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** @throws RestFailure */
  async #attempt<Result>(call: OpenCall<Result>, attempt: number): Promise<Result> {
    const { gate, breaker, settings } = this.#parts;
    // Who would be refused at the end of the queue need not stand in it.
    if (breaker.isRefusing) throw new RestFailure(circuitOpen());
    // Repeats stand in line like everybody else.
    await gate.enter(call.signal).catch((error: unknown) => {
      throw unsent(error);
    });
    const pass = breaker.enter();
    if (pass === undefined) throw new RestFailure(circuitOpen());
    const sentAt = settings.scheduler.now();
    call.sent += 1;
    try {
      const { result, warnings } = await this.#send(call);
      pass.succeed();
      this.#observe(call, attempt, sentAt, undefined, warnings);
      return result;
    } catch (error) {
      if (!(error instanceof RestFailure)) {
        pass.release();
        throw error;
      }
      this.#settle(pass, error.fault);
      this.#observe(call, attempt, sentAt, error.fault, []);
      throw error;
    }
  }

  async #send<Result>({
    request,
    signal,
  }: OpenCall<Result>): Promise<{ readonly result: Result; readonly warnings: readonly string[] }> {
    const { fetch, settings } = this.#parts;
    const { scheduler, timeout, maxBodyBytes } = settings;
    const late = new AbortController();
    const cancelTimeout = scheduler.after(timeout, () => late.abort(new RestFailure(timedOut(timeout))));
    try {
      const answer = await exchange(fetch, request.url, maxBodyBytes, AbortSignal.any([signal, late.signal]));
      const { result, warnings } = judgeAnswer(answer, scheduler.now());
      const ours: string[] = [];
      const read = readResult(request, result, (text) => ours.push(text));
      return { result: read, warnings: [...warnings, ...ours] };
    } finally {
      cancelTimeout();
    }
  }

  /**
   * Tells the breaker. Who was asked too often is left alone by everybody, since Kraken counts by address: for as long as it asked, or for
   * the first delay of a repeat.
   */
  #settle(pass: BreakerPass, fault: RestFault): void {
    if (GIVEN_UP.has(fault.code)) pass.release();
    else if (isOutage(fault)) pass.fail();
    else pass.succeed();
    if (fault.kind === 'rate-limit') {
      const { retry, scheduler } = this.#parts.settings;
      const wait = Math.min(fault.retryAfter ?? retry.first, LONGEST_HOLD);
      this.#parts.gate.holdUntil(micros(scheduler.now() + wait));
    }
  }

  #observe<Result>(
    { request }: OpenCall<Result>,
    attempt: number,
    sentAt: Micros,
    fault: RestFault | undefined,
    warnings: readonly string[],
  ): void {
    const observation: CallObservation = {
      method: request.method,
      attempt,
      outcome: fault?.kind ?? 'ok',
      code: fault?.code,
      httpStatus: fault === undefined ? 200 : fault.httpStatus,
      sentAt,
      duration: micros(this.#parts.settings.scheduler.now() - sentAt),
      warnings,
    };
    this.#parts.settings.onCall(observation);
  }
}

/** The same failure, of a call that was waiting: nothing of it was under way. */
function unsent(error: unknown): unknown {
  return error instanceof RestFailure ? new RestFailure({ ...error.fault, outcome: 'not-sent' }) : error;
}

/** Of two attempts, what can be said of both together. */
function worse(one: RestOutcome, other: RestOutcome): RestOutcome {
  if (one === 'unknown' || other === 'unknown') return 'unknown';
  return one === 'not-sent' ? other : one;
}

function readResult<Result>({ read }: RestRequest<Result>, result: Place, warn: Warn): Result {
  try {
    return read(result, warn);
  } catch (error) {
    if (error instanceof RestAnswerError) throw new RestFailure(answerFault(error));
    throw error;
  }
}

/** Whether the service did not work; that it said no, even that it was asked too often, shows that it does. */
function isOutage({ kind, code, retryable }: RestFault): boolean {
  return kind === 'network' || code === 'KB_KRAKEN_REST_TOO_LARGE' || (kind === 'service' && retryable);
}

/** The caller's doing: nothing is learned about the service. */
const GIVEN_UP: ReadonlySet<RestErrorCode> = new Set([
  'KB_KRAKEN_REST_DEADLINE',
  'KB_KRAKEN_REST_ABORTED',
  'KB_KRAKEN_REST_CLOSED',
]);
/** What this client decides by itself, without an answer. The failure before it is its cause. */
const LOCAL_ENDS: ReadonlySet<RestErrorCode> = new Set([
  ...GIVEN_UP,
  'KB_KRAKEN_REST_QUEUE_FULL',
  'KB_KRAKEN_REST_CIRCUIT_OPEN',
]);
/** A venue that asks for longer is asked again after an hour. */
const LONGEST_HOLD = 3_600_000_000;

function timedOut(timeout: Micros): RestFault {
  return {
    code: 'KB_KRAKEN_REST_TIMEOUT',
    kind: 'network',
    outcome: 'unknown',
    retryable: true,
    message: `no whole answer within ${timeout / 1e6} s`,
  };
}

function late(deadline: Micros): RestFault {
  return {
    code: 'KB_KRAKEN_REST_DEADLINE',
    kind: 'network',
    outcome: 'unknown',
    retryable: true,
    message: `not done within its ${deadline / 1e6} s, waits and repeats included`,
  };
}

function aborted(reason: unknown): RestFault {
  return {
    code: 'KB_KRAKEN_REST_ABORTED',
    kind: 'request',
    outcome: 'unknown',
    retryable: false,
    message: 'given up by the caller',
    cause: reason,
  };
}

function closed(): RestFault {
  return {
    code: 'KB_KRAKEN_REST_CLOSED',
    kind: 'request',
    outcome: 'unknown',
    retryable: false,
    message: 'the client is closed',
  };
}

function circuitOpen(): RestFault {
  return {
    code: 'KB_KRAKEN_REST_CIRCUIT_OPEN',
    kind: 'service',
    outcome: 'not-sent',
    retryable: true,
    message: 'calls failed repeatedly, so none is made for now',
    hint: 'Ask again when the breaker is closed; breakerState and onBreaker tell it.',
  };
}
