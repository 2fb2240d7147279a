import { RestError } from '@kb/kraken';
import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** What a call for something past failed with means for it. Who is asked need not be `KrakenRest`: any other error is worth another try. */
export interface CallFailure {
  /** The same call will fail again. */
  readonly isFinal: boolean;
  /** How long to leave it alone, where the venue asked for it; 0 otherwise. */
  readonly asked: Micros;
  /** For people. */
  readonly detail: string;
}

export function callFailure(error: unknown): CallFailure {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof RestError)) return { isFinal: false, asked: micros(0), detail };
  return { isFinal: !error.retryable, asked: error.retryAfter ?? micros(0), detail };
}
