import { setImmediate as turn } from 'node:timers/promises';
import { PaperSession, rerun } from '@kb/engine';
import type { OutputRecord, PaperSessionConfig, SessionInput } from '@kb/engine';
import { startExchange } from '@kb/exchange-sim';
import { KrakenSpotFeed } from '@kb/feed';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import { expect, onTestFinished, test } from 'vitest';
import { lightMarkets } from './rehearsal/light-markets.ts';
import { webSocketsToken } from './web-sockets-token.ts';

const BTC = 'BTC/USD';
const CONFIG: PaperSessionConfig = {
  symbols: [BTC],
  depth: 100,
  channels: ['level3', 'trade'],
  strategies: [{ id: 'maker', use: 'maker', symbol: BTC, params: { baseSpreadBps: 0.1, feeFloor: false } }],
  latency: { name: 'test', feed: 5_000, entry: 5_000, ack: 80_000 },
  fees: { maker: '0', taker: '0.001' },
  balances: {},
  limits: {
    maxOrderNotional: { USD: '500' },
    maxPositionNotional: { USD: '2000' },
    ordersPerSecond: 50,
    ordersPerMinute: 2_000,
  },
  reporting: 'USD',
};

function kept(): { readonly lines: string[]; append(record: OutputRecord): void; durable(): void } {
  const lines: string[] = [];
  return { lines, append: (record) => lines.push(JSON.stringify(record)), durable: () => undefined };
}

test('on single orders a paper run trades with the exact queue as its centre, and its inputs give it again', async () => {
  const time = new VirtualScheduler(micros(1_795_000_000 * SECOND));
  const exchange = await startExchange({
    markets: lightMarkets(1),
    accounts: [{ name: 'alice', balances: { USD: '10000' } }],
    scheduler: time,
    seed: 5,
  });
  const inputs: SessionInput[] = [];
  const output = kept();
  let nonce = 0;
  const feed: KrakenSpotFeed = new KrakenSpotFeed({
    url: exchange.url,
    symbols: [BTC],
    channels: ['instrument', 'level3', 'trade'],
    depth: 100,
    token: () => webSocketsToken(exchange, 'alice', (nonce += 1)),
    scheduler: time,
    seed: 3,
    onInput: (input) => inputs.push(input),
    onEvent: (event) => session.onEvent(event),
  });
  const session = new PaperSession(CONFIG, feed.market, output);
  onTestFinished(async () => {
    const closed = Promise.all([feed.close(), exchange.close()]);
    await turn();
    time.advance(micros(5 * SECOND));
    await closed;
  });
  feed.start();
  for (let round = 0; round < 12_000 && session.summary().fills.maker < 2; round += 1) {
    time.advance(micros(20 * MILLISECOND));
    for (let each = 0; each < 3; each += 1) await turn(); // sockets are as slow as they are
  }
  const summary = session.finish();

  expect(summary.fills.maker).toBeGreaterThanOrEqual(2);
  const fills = output.lines.flatMap((line) => {
    const record = JSON.parse(line) as OutputRecord;
    return record.type === 'report' && record.report.type === 'fill' ? [record.report] : [];
  });
  for (const { ahead } of fills) expect(ahead.central).toBe(ahead.exact);
  expect(Number(summary.pnl?.low)).toBeLessThanOrEqual(Number(summary.pnl?.net));

  const again = kept();
  const { pnl } = await rerun(CONFIG, inputs, again);
  expect(pnl).toEqual(summary.pnl);
  expect(again.lines).toEqual(output.lines);
}, 60_000);
