import { PaperSession, rerun } from '@kb/engine';
import type { OutputRecord, PaperSessionConfig, RunSummary, SessionInput } from '@kb/engine';
import { KrakenSpotFeed } from '@kb/feed';
import type { Dial } from '@kb/kraken';
import type { Scheduler } from '@kb/model';

/** Quotes a pair on paper against live market data until told to stop, then runs the same inputs again. */
export async function rehearse(
  symbol: string,
  stopped: Promise<void>,
  from: { readonly url?: string; readonly dial?: Dial; readonly scheduler?: Scheduler } = {},
): Promise<{ summary: RunSummary; records: OutputRecord[]; again: OutputRecord[] }> {
  const config: PaperSessionConfig = {
    symbols: [symbol],
    depth: 10,
    channels: ['book', 'trade'],
    strategies: [{ id: 'maker', use: 'maker', symbol, params: { baseSpreadBps: 6, feeFloor: false } }],
    latency: { name: 'home line', feed: 30_000, entry: 30_000, ack: 30_000 }, // microseconds, one way
    fees: { maker: '0.0025', taker: '0.0040' },
    balances: { USD: '10000' }, // of the base, 10,000 worth of it
    limits: { maxOrderNotional: { USD: '500' }, maxPositionNotional: { USD: '500' } },
    reporting: 'USD',
  };
  const inputs: SessionInput[] = [];
  const records: OutputRecord[] = [];
  const feed: KrakenSpotFeed = new KrakenSpotFeed({
    symbols: config.symbols,
    depth: config.depth,
    ...from,
    onInput: (input) => inputs.push(input), // what a journal keeps
    onEvent: (event) => session.onEvent(event),
  });
  const session = new PaperSession(config, feed.market, { append: (record) => records.push(record), durable() {} });
  feed.start();
  await stopped;
  await feed.close();
  const summary = session.finish();

  const again: OutputRecord[] = [];
  await rerun(config, inputs, { append: (record) => again.push(record), durable() {} });
  return { summary, records, again };
}

if (import.meta.main) {
  const [url = 'wss://ws.kraken.com/v2'] = process.argv.slice(2);
  const stopped = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
  console.log(`quoting BTC/USD on paper, market data from ${url}; Ctrl-C ends it`);
  const { summary, records, again } = await rehearse('BTC/USD', stopped, { url });
  console.log(summary);
  console.log(`${records.length} records, the same again: ${JSON.stringify(again) === JSON.stringify(records)}`);
}
