import type { AnswerHttpLater } from '@kb/exchange-sim';
import type { Fetch } from '@kb/kraken';
import { micros } from '@kb/model';
import type { Scheduler } from '@kb/model';

/** From a client to the exchange's REST interface, and the same back: about what Kraken's takes from the same continent. */
const TRIP = micros(75_000);

/** The local exchange's REST interface without a network, in the scheduler's time. */
export function inProcessFetch(answer: AnswerHttpLater, scheduler: Scheduler): Fetch {
  const trip = (): Promise<void> =>
    new Promise((resolve) => {
      scheduler.after(TRIP, resolve);
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
      body: inOnePiece(outcome.body),
    };
  };
}

async function* inOnePiece(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof body === 'string' ? Buffer.from(body) : body;
}
