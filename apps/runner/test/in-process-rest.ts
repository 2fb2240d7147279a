import type { AnswerHttpLater } from '@kb/exchange-sim';
import type { Fetch } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Micros, VirtualScheduler } from '@kb/model';

/** Lets time pass, and promises settle on the way. */
export async function pass(scheduler: VirtualScheduler, duration: Micros): Promise<void> {
  for (let passed = 0; passed < duration; passed += SECOND / 10) {
    scheduler.advance(micros(SECOND / 10));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** The exchange's REST interface without a network, 150 ms away. */
export function fetchIn(answer: AnswerHttpLater, scheduler: VirtualScheduler): Fetch {
  const trip = (): Promise<void> =>
    new Promise((resolve) => {
      scheduler.after(micros(75_000), resolve);
    });
  return async (url, { method, headers, signal }) => {
    const { pathname, search } = new URL(url);
    await trip();
    const request = { method, path: pathname, query: search.slice(1), headers, body: new Uint8Array(), remote: '' };
    const outcome = await answer(request);
    await trip();
    signal.throwIfAborted();
    if (outcome === 'cut') throw new TypeError('the connection was cut');
    return {
      status: outcome.status,
      headers: new Headers(Object.entries(outcome.headers).map(([name, value]) => [name, String(value)])),
      body: chunked(outcome.body),
    };
  };
}

async function* chunked(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof body === 'string' ? Buffer.from(body) : body;
}
