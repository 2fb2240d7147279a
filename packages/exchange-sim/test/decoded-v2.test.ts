import { KrakenDecoder } from '@kb/kraken';
import type { KrakenMessage } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { expect, test } from 'vitest';
import { apiSign } from '../src/access/api-keys.ts';
import { DEMO_MARKETS, SimExchange } from '../src/index.ts';
import { connect } from './client.ts';

const START = micros(1_785_641_750_295_158);
const SYMBOLS = ['BTC/USD', 'ETH/USD', 'XRP/USD'];

/** What the channels said in so many seconds, one connection for each. */
function heard(
  channels: readonly { readonly channel: string; readonly depth?: number; readonly interval?: number }[],
  length: number,
): KrakenMessage[] {
  const scheduler = new VirtualScheduler(START);
  const accounts = [{ name: 'alice', balances: { USD: '100000' } }];
  const exchange = new SimExchange({ markets: DEMO_MARKETS, accounts, seed: 5, scheduler, rateLimits: false });
  exchange.start();
  const token = tokenOf(exchange);
  const clients = channels.map(({ channel, ...params }) => {
    const client = connect(exchange.accept, scheduler);
    client.send('subscribe', { channel: 'instrument' });
    client.send('subscribe', { channel, symbol: SYMBOLS, ...params, ...(channel === 'level3' && { token }) });
    return { client, decoder: new KrakenDecoder() };
  });
  const messages: KrakenMessage[] = [];
  const wrong: string[] = [];
  for (let second = 0; second < length; second += 1) {
    scheduler.advance(micros(SECOND));
    for (const { client, decoder } of clients) {
      for (const frame of client.take()) {
        const message = decoder.decode(Buffer.from(frame));
        if (isRefusal(message)) wrong.push(`${JSON.stringify(message)} ${frame}`);
        if (message.type !== 'book') messages.push(message);
      }
    }
  }
  exchange.stop();
  expect(wrong.slice(0, 3)).toEqual([]);
  return messages;
}

function isRefusal(message: KrakenMessage): boolean {
  return message.type === 'malformed' || message.type === 'unknown' || (message.type === 'ack' && !message.success);
}

function tokenOf(exchange: SimExchange): string {
  const { apiKey, secret } = exchange.credentials('alice');
  const nonce = '1';
  const body = new URLSearchParams({ nonce }).toString();
  const path = '/0/private/GetWebSocketsToken';
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'api-key': apiKey,
    'api-sign': apiSign(secret, path, nonce, body),
  };
  const answer = exchange.rest({
    method: 'POST',
    path,
    query: '',
    headers,
    body: Buffer.from(body),
    remote: '127.0.0.1',
  });
  return (JSON.parse(String(answer.body)) as { result: { token: string } }).result.token;
}

test('every candle frame of three minutes decodes, of each interval', () => {
  const intervals = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];
  const messages = heard(
    intervals.map((interval) => ({ channel: 'ohlc', interval })),
    180,
  );
  const candles = messages.flatMap((message) => (message.type === 'ohlc' ? message.candles : []));
  for (const interval of intervals) {
    const own = candles.filter((each) => each.interval === interval * 60 * SECOND);
    expect(new Set(own.map(({ symbol }) => symbol))).toEqual(new Set(SYMBOLS));
    expect(own.filter(({ start }) => start % (interval * 60 * SECOND) !== 0)).toEqual([]);
    expect(
      own.filter(({ open, high, low, close }) => low > Math.min(open, close) || high < Math.max(open, close)),
    ).toEqual([]);
  }
  // The minutes of three minutes, begun where the exchange was opened.
  const minutes = candles.filter(({ interval, symbol }) => interval === 60 * SECOND && symbol === 'BTC/USD');
  expect(new Set(minutes.map(({ start }) => start)).size).toBeGreaterThanOrEqual(4);
});

test('every frame of single orders of half a minute decodes, at each depth', () => {
  const messages = heard(
    [10, 100, 1000].map((depth) => ({ channel: 'level3', depth })),
    30,
  );
  const frames = messages.filter((message) => message.type === 'level3');
  expect(frames.filter(({ snapshot }) => snapshot).length).toBe(3 * SYMBOLS.length);
  expect(frames.length).toBeGreaterThan(1000);
  expect(frames.every(({ checksum }) => checksum !== undefined)).toBe(true);
  const events = new Set(frames.flatMap(({ bids, asks }) => [...bids, ...asks]).map(({ event }) => event));
  expect(events).toEqual(new Set(['add', 'modify', 'delete']));
});
