import { quote } from '../json-tree.ts';
import { RestError } from './rest-errors.ts';
import type { RestFault } from './rest-errors.ts';
import type { CallOptions, RestCaller, RestRequest } from './rest-caller.ts';
import type { RestSettings } from './rest-options.ts';
import { SharedCalls } from './shared-calls.ts';

/** Parameters of a call; `undefined` ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** One public method. Equal calls at the same time share one request. */
export class Endpoint<Result> {
  readonly #method: string;
  readonly #caller: RestCaller;
  readonly #settings: RestSettings;
  readonly #shared = new SharedCalls<Result>();

  constructor(method: string, caller: RestCaller, settings: RestSettings) {
    this.#method = method;
    this.#caller = caller;
    this.#settings = settings;
  }

  /** @throws RestError (rejects) */
  async get(query: Query, read: RestRequest<Result>['read'], { signal, deadline }: CallOptions): Promise<Result> {
    if (deadline !== undefined && !(Number.isSafeInteger(deadline) && deadline > 0)) {
      throw this.badRequest(`expected deadline to be a whole number of microseconds above zero, was ${deadline}`);
    }
    const url = `${this.#settings.baseUrl}/0/public/${this.#method}${queryText(query)}`;
    const request = { method: this.#method, url, isRepeatable: true, read };
    try {
      return await this.#shared.get(`${deadline} ${url}`, signal, (stop) =>
        this.#caller.call(request, { signal: stop, deadline }),
      );
    } catch (error) {
      if (error instanceof RestError || signal?.aborted !== true) throw error;
      throw this.#error({ ...GIVEN_UP, cause: error });
    }
  }

  /** An error of this method that no request was made for. */
  badRequest(message: string): RestError {
    return this.#error({ ...BAD_REQUEST, message });
  }

  unknownSymbol(name: string): RestError {
    return this.#error({
      ...BAD_REQUEST,
      code: 'KB_KRAKEN_REST_UNKNOWN_SYMBOL',
      message: `Kraken lists no pair ${quote(name)}`,
      hint: 'assetPairs() tells all pairs.',
    });
  }

  /** An answer that was read, and still is not what was asked for. */
  badAnswer(message: string): RestError {
    return this.#error({ ...BAD_ANSWER, message });
  }

  #error(fault: RestFault): RestError {
    return new RestError(fault, this.#method, this.#settings.scheduler.now(), 0);
  }
}

const GIVEN_UP: RestFault = {
  code: 'KB_KRAKEN_REST_ABORTED',
  kind: 'request',
  outcome: 'unknown',
  retryable: false,
  message: 'given up by the caller',
};

const BAD_REQUEST: RestFault = {
  code: 'KB_KRAKEN_REST_BAD_REQUEST',
  kind: 'request',
  outcome: 'not-sent',
  retryable: false,
  message: '',
};

const BAD_ANSWER: RestFault = {
  code: 'KB_KRAKEN_REST_BAD_ANSWER',
  kind: 'service',
  outcome: 'unknown',
  retryable: false,
  message: '',
};

function queryText(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
