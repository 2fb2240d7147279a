import { micros, VirtualScheduler } from '@kb/model';
import { KrakenRest } from '../../src/index.ts';
import { CallGate } from '../../src/rest/call-gate.ts';
import { CircuitBreaker } from '../../src/rest/circuit-breaker.ts';
import { RestCaller } from '../../src/rest/rest-caller.ts';
import { settingsOf } from '../../src/rest/rest-options.ts';
import type { RestSettings } from '../../src/rest/rest-options.ts';
import type { BreakerChange, CallObservation, Fetch, FetchResponse, KrakenRestOptions } from '../../src/index.ts';

/** For a transport that never answers, and does not listen either. */
export const NEVER = 'never';

/** What a transport that is played by a test answers: an error it fails with, a text of JSON, `NEVER`, or more than that. */
export type Played =
  | Error
  | string
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string };

const START = micros(1_795_000_000e6);

/** A client on virtual time whose transport is played by the test: `answer` is asked for every request. */
export class RestDesk {
  readonly scheduler: VirtualScheduler = new VirtualScheduler(START);
  /** Requests in order: the seconds since the start, path and query. */
  readonly requests: string[] = [];
  readonly calls: CallObservation[] = [];
  readonly changes: BreakerChange[] = [];
  readonly rest: KrakenRest;
  readonly #fetch: Fetch;
  readonly #settings: RestSettings;

  constructor(answer: (path: string, count: number) => Played, options: Partial<KrakenRestOptions> = {}) {
    const fetch: Fetch = async (url, { signal }) => {
      const path = url.replace('http://kraken.test/0/public/', '');
      this.requests.push(`${this.seconds} ${path}`);
      const played = answer(path, this.requests.length);
      if (played instanceof Error) throw played;
      if (played === NEVER) return await new Promise<FetchResponse>(() => signal.throwIfAborted());
      return responseOf(played);
    };
    const all: KrakenRestOptions = {
      baseUrl: 'http://kraken.test/',
      scheduler: this.scheduler,
      fetch,
      retry: { jitter: 0 },
      onCall: (call) => this.calls.push(call),
      onBreaker: (change) => this.changes.push(change),
      ...options,
    };
    this.#fetch = fetch;
    this.#settings = settingsOf(all);
    this.rest = new KrakenRest(all);
  }

  get seconds(): number {
    return (this.scheduler.now() - START) / 1e6;
  }

  /** A call that must not be sent twice, as a private client would make it. */
  callOnce(): Promise<string> {
    const gate = new CallGate(this.#settings);
    const breaker = new CircuitBreaker(this.#settings.breaker, this.scheduler);
    const caller = new RestCaller({ settings: this.#settings, fetch: this.#fetch, gate, breaker });
    const url = 'http://kraken.test/0/public/Once';
    return caller.call({ method: 'Once', url, isRepeatable: false, read: (result) => result.text() });
  }

  /** Lets time pass, task by task, and all that follows from each. */
  async pass(seconds: number): Promise<void> {
    const end = this.scheduler.now() + seconds * 1e6;
    await settled();
    for (let next = this.scheduler.nextDue(); next !== undefined && next <= end; next = this.scheduler.nextDue()) {
      this.scheduler.step();
      await settled();
    }
    this.scheduler.advance(micros(end - this.scheduler.now()));
    await settled();
  }

  /** Lets as much time pass as the call takes. */
  async outcome<Result>(call: Promise<Result>): Promise<Result> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    call.then(over, over);
    await settled();
    while (!isOver && this.scheduler.step()) await settled();
    return await call;
  }
}

/** Lets promises that are settled be heard of, streams included. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 60; i += 1) await Promise.resolve();
}

function responseOf(played: Exclude<Played, Error>): FetchResponse {
  const { status = 200, headers = {}, body = '' } = typeof played === 'string' ? { body: played } : played;
  const all: Record<string, string> = { 'content-type': 'application/json', ...headers };
  return { status, headers: { get: (name) => all[name] ?? null }, body: chunks(Buffer.from(body)) };
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
