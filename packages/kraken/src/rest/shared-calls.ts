interface Shared<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  users: number;
}

/** Lets callers who want the same thing at the same time share one call. It is stopped when the last of them has given up. */
export class SharedCalls<Result> {
  readonly #open = new Map<string, Shared<Result>>();

  /**
   * @param start Makes the call, unless one with that key is under way.
   * @param signal Ends this caller's wait only. Rejects with its reason.
   */
  async get(
    key: string,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const shared = this.#open.get(key) ?? this.#start(key, start);
    shared.users += 1;
    try {
      return await (signal === undefined ? shared.result : untilAborted(shared.result, signal));
    } finally {
      shared.users -= 1;
      // A call that is over is not among the open ones any more.
      if (shared.users === 0 && this.#forget(key, shared)) shared.stop.abort(signal?.reason);
    }
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<Result>): Shared<Result> {
    const stop = new AbortController();
    const shared: Shared<Result> = { result: start(stop.signal), stop, users: 0 };
    this.#open.set(key, shared);
    const over = (): void => void this.#forget(key, shared);
    shared.result.then(over, over);
    return shared;
  }

  #forget(key: string, shared: Shared<Result>): boolean {
    return this.#open.get(key) === shared && this.#open.delete(key);
  }
}

/** The promise's result, unless the signal comes first: then it rejects with the signal's reason. */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
