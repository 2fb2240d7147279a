import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { apiSign } from '../src/access/api-keys.ts';
import { FaultInjector } from '../src/faults/fault-injector.ts';
import type { FaultKind } from '../src/faults/fault-kinds.ts';
import { parseFaults } from '../src/faults/fault-spec.ts';
import { SimExchange, standardMarkets } from '../src/index.ts';
import type { HttpOutcome } from '../src/listen/http-answers.ts';
import type { HttpRequest } from '../src/rest/http.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { PlainBook } from './plain-book.ts';

export const START: Micros = micros(1_785_641_750_000_000);

/** What clients see of faults, by kind: each entry tests one. */
export type Effects = Readonly<Partial<Record<FaultKind, () => void | Promise<void>>>>;

/** A whole exchange with faults in between: two markets that trade by themselves, alice's account, time by hand. */
export class FaultWorld {
  readonly scheduler: VirtualScheduler = new VirtualScheduler(START);
  readonly exchange: SimExchange;
  readonly injector: FaultInjector;
  readonly #rest: (request: HttpRequest) => HttpOutcome | Promise<HttpOutcome>;
  #nonce = 0;

  /** @param maxBufferedBytes What may pile up for a client. */
  constructor(seed = 1, maxBufferedBytes: number = 4 * 2 ** 20) {
    const { scheduler } = this;
    this.exchange = new SimExchange({
      markets: standardMarkets(['BTC/USD', 'ETH/USD'], () => 'demo'),
      seed: 1,
      scheduler,
      accounts: [{ name: 'alice', balances: { USD: '1000000', BTC: '10' } }],
      rateLimits: false,
      warmUp: micros(SECOND),
      limits: { maxBufferedBytes },
    });
    this.injector = new FaultInjector({ scheduler, seed, target: this.exchange });
    this.#rest = this.injector.wrapRest(this.exchange.rest);
    this.exchange.start();
  }

  /** A client that has just connected. */
  client(protocol: 'v1' | 'v2' = 'v2'): TestClient {
    const accept = protocol === 'v2' ? this.exchange.accept : this.exchange.acceptV1;
    const client = connect(this.injector.wrap(accept), this.scheduler);
    this.seconds(0);
    return client;
  }

  /** A client of the book of BTC/USD (ten levels) that has had its snapshot. */
  bookClient(): TestClient {
    const client = this.client();
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    this.seconds(1);
    return client;
  }

  /** Two of them, who are sent the same frames. */
  twins(): [TestClient, TestClient] {
    const twins: [TestClient, TestClient] = [this.client(), this.client()];
    for (const client of twins) client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    this.seconds(1);
    return twins;
  }

  /** A client that may trade, and hears of its orders. */
  trader(): TestClient {
    const client = this.client();
    client.send('subscribe', { channel: 'executions', token: this.token(), snap_orders: false });
    this.seconds(0);
    return client;
  }

  inject(...faults: string[]): void {
    for (const spec of parseFaults(faults)) this.injector.inject(spec);
  }

  seconds(count: number): void {
    this.scheduler.advance(micros(Math.round(count * SECOND)));
  }

  /** A new WebSocket token of alice's, past all faults. */
  token(): string {
    const answer = this.exchange.rest(this.#signed('GetWebSocketsToken', {}));
    const { result } = JSON.parse(String(answer.body)) as { result: { token: string } };
    return result.token;
  }

  order(token: string, params: object = {}): object {
    return {
      order_type: 'limit',
      side: 'buy',
      symbol: 'BTC/USD',
      limit_price: 30000,
      order_qty: 0.01,
      token,
      ...params,
    };
  }

  /** How many orders alice has open. */
  get openOrders(): number {
    return this.exchange.desk.openOrders('alice').length;
  }

  get(method: string): HttpOutcome | Promise<HttpOutcome> {
    const path = `/0/public/${method}`;
    return this.#rest({ method: 'GET', path, query: '', headers: {}, body: new Uint8Array(), remote: '127.0.0.1' });
  }

  post(method: string, params: Readonly<Record<string, string>> = {}): HttpOutcome | Promise<HttpOutcome> {
    return this.#rest(this.#signed(method, params));
  }

  #signed(method: string, params: Readonly<Record<string, string>>): HttpRequest {
    this.#nonce += 1;
    const body = new URLSearchParams({ nonce: String(this.#nonce), ...params }).toString();
    const path = `/0/private/${method}`;
    const { apiKey, secret } = this.exchange.credentials('alice');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'api-key': apiKey,
      'api-sign': apiSign(secret, path, String(this.#nonce), body),
    };
    return { method: 'POST', path, query: '', headers, body: Buffer.from(body), remote: '127.0.0.1' };
  }
}

/** Frames of the book of BTC/USD among others. */
export function booksOf(frames: readonly string[]): string[] {
  return frames.filter((frame) => frame.startsWith('{"channel":"book"'));
}

/** What a plain book finds wrong, frame by frame; frames without a mistake give nothing. */
export function problemsOf(frames: readonly string[]): string[] {
  const book = new PlainBook(10);
  return booksOf(frames)
    .map((frame) => book.apply(frame))
    .filter((problem) => problem !== '');
}

/** An answer that is there at once: its text. */
export function bodyOf(outcome: HttpOutcome | Promise<HttpOutcome>): string {
  if (outcome === 'cut' || outcome instanceof Promise) throw new Error('No answer yet');
  return String(outcome.body);
}
