import { setImmediate as turn } from 'node:timers/promises';
import { startExchange } from '@kb/exchange-sim';
import type { MarketTruth, RunningExchange } from '@kb/exchange-sim';
import { KrakenSpotFeed } from '@kb/feed';
import type { KrakenSpotFeedOptions } from '@kb/feed';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { Level3View, MarketEvent, Side } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lightMarkets } from './rehearsal/light-markets.ts';
import { webSocketsToken } from './web-sockets-token.ts';

const BTC = 'BTC/USD';
const STEP = micros(50 * MILLISECOND);

/** A queue as text, one order after the other, best level first: `side price size`, and their ids. */
interface Queues {
  readonly orders: readonly string[];
  readonly ids: readonly (number | string)[];
}

/** A feed of single orders on an exchange in the same process, over sockets, with what was true at each instant. */
class Rehearsal {
  readonly time = new VirtualScheduler(micros(1_795_000_000 * SECOND));
  readonly wire: string[] = [];
  readonly states: string[] = [];
  readonly divergences: string[] = [];
  compared = 0;
  tokens: string[] = [];
  #exchange: RunningExchange | undefined = undefined;
  #feed: KrakenSpotFeed | undefined = undefined;
  readonly #depth: number;
  /** By symbol and venue time, and in the order of what was told. */
  readonly #truths = new Map<string, Queues>();
  readonly #told: { readonly key: string; readonly queues: Queues }[] = [];
  readonly #idOf = new Map<number | string, number | string>();
  #nonce = 1;

  constructor(depth: number) {
    this.#depth = depth;
  }

  get exchange(): RunningExchange {
    if (this.#exchange === undefined) throw new Error('not started');
    return this.#exchange;
  }

  get feed(): KrakenSpotFeed {
    if (this.#feed === undefined) throw new Error('not started');
    return this.#feed;
  }

  async start(markets: number, options: Partial<KrakenSpotFeedOptions>): Promise<void> {
    this.#exchange = await startExchange({
      markets: lightMarkets(markets),
      accounts: [{ name: 'alice', balances: { USD: '10000' } }],
      scheduler: this.time,
      seed: 5,
    });
    const { exchange } = this.#exchange;
    exchange.listen({
      onInstant: (symbol, at) => this.#truths.set(`${symbol} ${at}`, queuesOf(exchange.truth(symbol), this.#depth)),
    });
    this.#feed = new KrakenSpotFeed({
      url: this.#exchange.url,
      symbols: exchange.symbols,
      channels: ['instrument', 'level3', 'trade'],
      depth: this.#depth,
      token: () => this.#token(),
      scheduler: this.time,
      seed: 3,
      onEvent: (event) => this.#onEvent(event),
      onWire: (_at, _dir, raw) => this.wire.push(Buffer.from(raw).toString('latin1')),
      ...options,
    });
    this.#feed.start();
    await this.until(() => this.isLive);
  }

  get symbols(): readonly string[] {
    return this.exchange.exchange.symbols;
  }

  get isLive(): boolean {
    return this.exchange.exchange.symbols.every((symbol) => this.feed.market.state(symbol) === 'live');
  }

  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds * SECOND; passed += STEP) {
      this.time.advance(STEP);
      await this.#settle();
    }
  }

  /** Lets time pass until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let round = 0; round < 2000 && !isSo(); round += 1) {
      this.time.advance(micros(5 * MILLISECOND));
      await turn();
    }
    if (!isSo()) throw new Error(`Waited ten seconds in vain; so far ${this.states.join(', ')}`);
  }

  /** Compares what was told since, and what there is now. */
  compare(): void {
    for (const { key, queues } of this.#told.splice(0)) this.#compareOne(key, this.#truths.get(key), queues);
    for (const symbol of this.exchange.exchange.symbols) {
      const book = this.feed.market.book(symbol);
      const told = book === undefined || !isLevel3(book) ? undefined : viewedQueues(book);
      this.#compareOne(`${symbol} now`, queuesOf(this.exchange.exchange.truth(symbol), this.#depth), told);
    }
  }

  async close(): Promise<void> {
    const closed = Promise.all([this.#feed?.close(), this.#exchange?.close()]);
    await this.#settle();
    this.time.advance(micros(5 * SECOND));
    await closed;
  }

  #onEvent(event: MarketEvent): void {
    if (event.type === 'feed') this.states.push(`${event.symbol ?? '*'} ${event.state} ${event.cause}`);
    if (event.type !== 'level3' || event.snapshot) return; // a snapshot has no time
    this.#told.push({ key: `${event.symbol} ${event.venueTs}`, queues: viewedQueues(event.book) });
  }

  /** The same orders in the same queues; and an id of the one always means the same order of the other. */
  #compareOne(key: string, truth: Queues | undefined, told: Queues | undefined): void {
    this.compared += 1;
    const differs =
      truth === undefined ||
      told?.orders.length !== truth.orders.length ||
      told.orders.some((order, index) => order !== truth.orders[index]) ||
      told.ids.some(
        (id, index) => !this.#isPair(`${key.split(' ')[0]} ${id}`, `${key.split(' ')[0]} ${truth.ids[index]}`),
      );
    if (differs) this.divergences.push(`${key}: ${truth === undefined ? 'unknown instant' : 'other queues'}`);
  }

  #isPair(told: string, truth: string): boolean {
    if (!this.#idOf.has(told) && !this.#idOf.has(`true ${truth}`)) {
      this.#idOf.set(told, truth);
      this.#idOf.set(`true ${truth}`, told);
    }
    return this.#idOf.get(told) === truth && this.#idOf.get(`true ${truth}`) === told;
  }

  /** Until nothing more comes by itself. */
  async #settle(): Promise<void> {
    let before: number;
    do {
      before = this.wire.length;
      for (let round = 0; round < 3; round += 1) await turn();
    } while (this.wire.length > before);
  }

  async #token(): Promise<string> {
    const token = await webSocketsToken(this.exchange, 'alice', (this.#nonce += 1));
    this.tokens.push(token);
    return token;
  }
}

function isLevel3(book: object): book is Level3View {
  return 'ordersAt' in book;
}

function viewedQueues(book: Level3View): Queues {
  const orders: string[] = [];
  const ids: string[] = [];
  for (const side of ['buy', 'sell'] as const) {
    for (let index = 0; index < book.levels(side); index += 1) {
      const at = book.priceAt(side, index);
      if (at === undefined) break;
      for (const { orderId, price, size } of book.ordersAt(side, at)) {
        orders.push(`${side} ${price} ${size}`);
        ids.push(orderId);
      }
    }
  }
  return { orders, ids };
}

function queuesOf({ orders: matcher }: MarketTruth, depth: number): Queues {
  const orders: string[] = [];
  const ids: number[] = [];
  const walk = (side: Side): void => {
    let levels = 0;
    matcher.walk(side, (price) => {
      for (const { id, displayed } of matcher.queue(side, price)) {
        orders.push(`${side} ${price} ${displayed}`);
        ids.push(id);
      }
      levels += 1;
      return levels < depth;
    });
  };
  walk('buy');
  walk('sell');
  return { orders, ids };
}

async function rehearse(
  depth: number,
  markets: number,
  options: Partial<KrakenSpotFeedOptions> = {},
): Promise<Rehearsal> {
  const rehearsal = new Rehearsal(depth);
  onTestFinished(() => rehearsal.close());
  await rehearsal.start(markets, options);
  return rehearsal;
}

describe('a feed of single orders on the local exchange', () => {
  test.each([
    [10, 3, 180],
    [100, 2, 60],
  ])('has every queue as it really was, after every message: depth %i', async (depth, markets, seconds) => {
    const rehearsal = await rehearse(depth, markets, { queueBy: 'sent' });
    await rehearsal.pass(seconds);
    rehearsal.compare();
    expect(rehearsal.divergences.slice(0, 5)).toEqual([]);
    expect(rehearsal.compared).toBeGreaterThan(3 * seconds * markets);
    expect(rehearsal.states.filter((state) => /resyncing|broken|stale/.test(state))).toEqual([]);
    const { book } = rehearsal.feed.health().symbols[BTC] ?? {};
    expect(book).toMatchObject({ checksumFailed: 0, misfits: 0, skipped: 0 });
    expect(rehearsal.tokens).toHaveLength(1);
    expect(rehearsal.wire.filter((line) => line.includes(rehearsal.tokens[0] ?? ''))).toEqual([]);
  });

  test('finds out that orders of a level that comes into view are sent in the order of their queue', async () => {
    const rehearsal = await rehearse(10, 3);
    await rehearsal.pass(120);
    rehearsal.compare();
    const resyncs = rehearsal.states.filter((state) => state.includes('resyncing'));
    expect(resyncs.toSorted()).toEqual(rehearsal.symbols.map((symbol) => `${symbol} resyncing checksum`).toSorted());
    // Wrong beyond what a checksum sees only while it was not found out.
    expect(rehearsal.divergences.length).toBeLessThan(rehearsal.compared / 20);
  });

  test('comes back with a new token when its connection is lost, and with another when that one is revoked', async () => {
    const rehearsal = await rehearse(10, 2, { queueBy: 'sent' });
    await rehearsal.pass(5);
    rehearsal.exchange.exchange.endClients(1012, 'restart');
    await rehearsal.until(() => !rehearsal.isLive);
    await rehearsal.until(() => rehearsal.isLive);
    expect(rehearsal.tokens).toHaveLength(2);

    rehearsal.exchange.exchange.revokeTokens('alice');
    rehearsal.feed.resubscribe('a new segment');
    await rehearsal.until(() => !rehearsal.isLive);
    await rehearsal.until(() => rehearsal.isLive);
    expect(rehearsal.tokens).toHaveLength(3);

    await rehearsal.pass(20);
    rehearsal.compare();
    expect(rehearsal.divergences.slice(0, 5)).toEqual([]);
    expect(rehearsal.states.filter((state) => state.includes('broken'))).toEqual([]);
  });
});
