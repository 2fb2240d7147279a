import { micros, SECOND } from '@kb/model';
import type { Micros, Scheduler } from '@kb/model';
import { systemScheduler } from '../system-scheduler.ts';
import type { BreakerChange, BreakerOptions } from './circuit-breaker.ts';
import type { Fetch } from './http-fetch.ts';
import { RestError } from './rest-errors.ts';
import type { RestErrorCode, RestErrorKind } from './rest-errors.ts';
import type { RetryOptions } from './retry.ts';
import type { RateLimit } from './token-bucket.ts';

/** One attempt that was sent, and what came of it. */
export interface CallObservation {
  /** `Depth`, `Trades`, … */
  readonly method: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly outcome: 'ok' | RestErrorKind;
  readonly code: RestErrorCode | undefined;
  readonly httpStatus: number | undefined;
  readonly sentAt: Micros;
  /** From sending to the end; waiting for its turn is not in it. */
  readonly duration: Micros;
  /** Kraken's `W…` texts, and which rows of a listing could not be read. */
  readonly warnings: readonly string[];
}

export interface KrakenRestOptions {
  /** Where `/0/public/…` is; https://api.kraken.com when left out. */
  readonly baseUrl?: string;
  /** Clock and timers; the machine's when left out. */
  readonly scheduler?: Scheduler;
  /** Of the jitter; any whole number, 0 when left out. Clients that start together should have different ones. */
  readonly seed?: number;
  /** The longest that one attempt may take, from connecting to the last byte; 10 s when left out. */
  readonly timeout?: Micros;
  /** The longest that a call may take with all its waits and repeats; 120 s when left out. */
  readonly deadline?: Micros;
  /** The transport; undici with an agent of this client's own when left out. */
  readonly fetch?: Fetch;
  /** 3 calls per 3 s when left out. */
  readonly rateLimit?: RateLimit;
  /** The most calls in any 60 s; 60 when left out. */
  readonly callsPerMinute?: number;
  /** Calls that may wait for their turn; one more is refused. 100 when left out. */
  readonly queueLimit?: number;
  /** 5 repeats after 2, 4, 8, 16, 32 s, of which up to half is taken off at random, when left out. */
  readonly retry?: Partial<RetryOptions>;
  /** Opens after 5 failures in a row, for 30 s, when left out. */
  readonly breaker?: Partial<BreakerOptions>;
  /** How old a ticker from the cache may be; 15 s when left out, 0 for no cache. */
  readonly tickerTtl?: Micros;
  /** The longest answer that is read; 8 MiB when left out. */
  readonly maxBodyBytes?: number;
  /** Closes the client. */
  readonly signal?: AbortSignal;
  /** Hears of every attempt. Must not throw. */
  readonly onCall?: (call: CallObservation) => void;
  /** Hears when the circuit breaker opens, tries, and closes. Must not throw. */
  readonly onBreaker?: (change: BreakerChange) => void;
}

/** Options with nothing left out. */
export interface RestSettings extends Required<Omit<KrakenRestOptions, 'fetch' | 'signal' | 'retry' | 'breaker'>> {
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
}

/** Fills in what was left out. @throws RestError `KB_KRAKEN_REST_BAD_OPTIONS` with all mistakes. */
export function settingsOf(options: KrakenRestOptions): RestSettings {
  const settings: RestSettings = {
    baseUrl: (options.baseUrl ?? 'https://api.kraken.com').replace(/\/+$/, ''),
    scheduler: options.scheduler ?? systemScheduler(),
    seed: options.seed ?? 0,
    timeout: options.timeout ?? micros(10 * SECOND),
    deadline: options.deadline ?? micros(120 * SECOND),
    rateLimit: options.rateLimit ?? { calls: 3, per: micros(3 * SECOND) },
    callsPerMinute: options.callsPerMinute ?? 60,
    queueLimit: options.queueLimit ?? 100,
    retry: { retries: 5, first: micros(2 * SECOND), jitter: 0.5, ...options.retry },
    breaker: { failures: 5, openFor: micros(30 * SECOND), ...options.breaker },
    tickerTtl: options.tickerTtl ?? micros(15 * SECOND),
    maxBodyBytes: options.maxBodyBytes ?? 8 * 2 ** 20,
    onCall: options.onCall ?? (() => undefined),
    onBreaker: options.onBreaker ?? (() => undefined),
  };
  const mistakes = mistakesOf(settings);
  if (mistakes.length > 0) {
    throw new RestError(
      {
        code: 'KB_KRAKEN_REST_BAD_OPTIONS',
        kind: 'request',
        outcome: 'not-sent',
        retryable: false,
        message: mistakes.join('; '),
      },
      'KrakenRest',
      settings.scheduler.now(),
      0,
    );
  }
  return settings;
}

function mistakesOf(settings: RestSettings): readonly string[] {
  const { rateLimit, retry, breaker } = settings;
  const wholes: readonly (readonly [name: string, value: number, least: number, most: number])[] = [
    ['seed', settings.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['timeout', settings.timeout, 1, A_DAY],
    ['deadline', settings.deadline, 1, A_DAY],
    ['rateLimit.calls', rateLimit.calls, 1, 1_000],
    ['rateLimit.per', rateLimit.per, 1, A_DAY],
    ['callsPerMinute', settings.callsPerMinute, 1, 100_000],
    ['queueLimit', settings.queueLimit, 0, 100_000],
    ['retry.retries', retry.retries, 0, 5],
    ['retry.first', retry.first, 0, A_DAY],
    ['breaker.failures', breaker.failures, 1, 1_000],
    ['breaker.openFor', breaker.openFor, 1, A_DAY],
    ['tickerTtl', settings.tickerTtl, 0, A_DAY],
    ['maxBodyBytes', settings.maxBodyBytes, 1, 2 ** 30],
  ];
  const mistakes = wholes
    .filter(([, value, least, most]) => !(Number.isSafeInteger(value) && value >= least && value <= most))
    .map(
      ([name, value, least, most]) => `expected ${name} to be a whole number from ${least} to ${most}, was ${value}`,
    );
  if (!(retry.jitter >= 0 && retry.jitter <= 1)) {
    mistakes.push(`expected retry.jitter to be from 0 to 1, was ${retry.jitter}`);
  }
  if (!isBaseUrl(settings.baseUrl)) {
    mistakes.push(
      `expected baseUrl to be an http or https URL without query or credentials, was ${JSON.stringify(settings.baseUrl)}`,
    );
  }
  return mistakes;
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}

const A_DAY = 86_400 * SECOND;
