import { KrakenV1Decoder } from '@kb/kraken';
import type { KrakenMessage } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { expect, test } from 'vitest';
import { DEMO_MARKETS, SimExchange } from '../src/index.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { WsWorld } from './ws-world.ts';

const START = micros(1_785_641_750_295_158);
const PAIRS = ['XBT/USD', 'ETH/USD', 'XRP/USD'];
const SUBSCRIPTIONS = [
  ...[10, 25, 100, 500, 1000].map((depth) => ({ name: 'book', depth })),
  ...[1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600].map((interval) => ({ name: 'ohlc', interval })),
  { name: 'ticker' },
  { name: 'trade' },
  { name: 'spread' },
];

function subscribe(client: TestClient, pair: readonly string[], subscription: object): void {
  client.sendText(JSON.stringify({ event: 'subscribe', pair, subscription }));
}

/** Decodes what came since the last call, one frame at a time: book messages are reused. */
function* decoded(client: TestClient, decoder: KrakenV1Decoder): Generator<{ frame: string; message: KrakenMessage }> {
  for (const frame of client.take()) yield { frame, message: decoder.decode(Buffer.from(frame)) };
}

function messagesOf(client: TestClient, decoder: KrakenV1Decoder): KrakenMessage[] {
  return [...decoded(client, decoder)].map(({ message }) => message);
}

function isRefusal(message: KrakenMessage): boolean {
  return message.type === 'malformed' || message.type === 'unknown' || (message.type === 'ack' && !message.success);
}

test('every v1 frame of two minutes decodes, and every book update holds its checksum', () => {
  const scheduler = new VirtualScheduler(START);
  const exchange = new SimExchange({ markets: DEMO_MARKETS, seed: 4, scheduler });
  exchange.start();
  // Books of one pair at several depths look alike once decoded: each subscription has a connection of its own.
  const followed = SUBSCRIPTIONS.map((subscription) => {
    const client = connect(exchange.acceptV1, scheduler);
    subscribe(client, PAIRS, subscription);
    const depth = 'depth' in subscription ? subscription.depth : 10;
    return { client, decoder: new KrakenV1Decoder(), depth, books: new Map<string, L2Book>() };
  });
  const wrong: string[] = [];
  const counts = new Map<string, number>();
  const verified = new Map<number, number>();
  for (let second = 0; second < 120; second += 1) {
    scheduler.advance(micros(SECOND));
    for (const { client, decoder, depth, books } of followed) {
      for (const { frame, message } of decoded(client, decoder)) {
        counts.set(message.type, (counts.get(message.type) ?? 0) + 1);
        if (isRefusal(message)) wrong.push(`${JSON.stringify(message)} ${frame}`);
        if (message.type !== 'book') continue;
        const { symbol } = message;
        if (message.snapshot) books.set(symbol, new L2Book(symbol, decoder.gridOf(symbol)!, depth));
        const book = books.get(symbol)!;
        book.apply(message);
        if (message.snapshot) continue;
        if (book.checksum() !== message.checksum) wrong.push(`checksum ${book.checksum()} ${frame}`);
        verified.set(depth, (verified.get(depth) ?? 0) + 1);
      }
    }
  }
  exchange.stop();
  expect(wrong.slice(0, 3)).toEqual([]);
  for (const kind of ['book', 'trade', 'ticker', 'spread', 'ohlc', 'ack', 'status', 'heartbeat']) {
    expect([kind, counts.get(kind) ?? 0]).toEqual([kind, expect.toSatisfy((count: number) => count > 0)]);
  }
  expect(counts.get('ack')).toBe(SUBSCRIPTIONS.length * PAIRS.length);
  for (const [, count] of verified) expect(count).toBeGreaterThan(1000);
  expect(verified.size).toBe(5);
});

test('a market without orders and trades is read as one, and each order that comes fills it in', () => {
  const world = new WsWorld({ pairs: ['BTC/USD'] });
  const client = world.client('v1');
  const decoder = new KrakenV1Decoder();
  for (const name of ['ticker', 'spread', 'ohlc', 'trade']) subscribe(client, ['XBT/USD'], { name });
  world.wait(1);
  const empty = messagesOf(client, decoder);
  expect(empty.filter(isRefusal)).toEqual([]);
  expect(empty.find(({ type }) => type === 'ticker')).toMatchObject({
    bid: undefined,
    ask: undefined,
    last: undefined,
  });
  world.stranger('buy', '41999.0', '0.3');
  world.print('42000.0', '0.5');
  const traded = messagesOf(client, decoder);
  expect(traded.filter(isRefusal)).toEqual([]);
  expect(traded.find(({ type }) => type === 'trade')).toMatchObject({ trades: [{ price: 4_200_000_000, tradeId: 1 }] });
  expect(traded.filter(({ type }) => type === 'ticker').at(-1)).toMatchObject({
    bid: 4_199_900_000,
    bidSize: 30_000_000,
    ask: undefined,
    askSize: undefined,
    last: 4_200_000_000,
  });
});
