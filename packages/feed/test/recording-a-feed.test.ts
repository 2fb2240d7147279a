import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { expect, test } from 'vitest';
import { KrakenSpotFeed, Recorder, ReplayFeed } from '../src/index.ts';
import { Pair, START, Venue } from './venue.ts';

test('each segment of a rotated recording stands alone, and the feed goes on meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kb-feed-'));
  const time = new VirtualScheduler(START);
  const btc = new Pair('BTC/USD');
  const eth = new Pair('ETH/USD');
  const venue = new Venue(btc, eth);
  const recorder: Recorder = new Recorder({
    base: join(folder, 'run'),
    scheduler: time,
    maxAge: micros(10 * SECOND),
    onRotate: () => feed.resubscribe('recording rotated'),
  });
  const feed = new KrakenSpotFeed({
    symbols: ['BTC/USD', 'ETH/USD'],
    scheduler: time,
    seed: 1,
    dial: inProcessDial(venue.accept, time),
    onWire: (recvTs, dir, raw) => recorder.record(recvTs, dir, raw),
  });
  feed.start();
  for (let round = 0; round < 35; round += 1) {
    time.advance(micros(SECOND));
    for (const pair of [btc, eth]) {
      venue.send(pair.nudge());
      venue.send(pair.trades(1));
    }
  }
  const closed = feed.close();
  time.advance(micros(SECOND));
  await closed;
  await recorder.close();

  const { paths } = recorder.summary;
  expect(paths).toHaveLength(4);
  expect(recorder.error).toBeUndefined();
  for (const path of paths) {
    const replay = new ReplayFeed({ source: path });
    await replay.run();
    for (const symbol of ['BTC/USD', 'ETH/USD']) {
      const stats = replay.statsOf(symbol);
      expect(stats).toMatchObject({ snapshots: 1, checksumFailed: 0, crossed: 0 });
      expect(stats.updates).toBeGreaterThan(3);
      expect(replay.market.instrument(symbol)).toMatchObject({ symbol, pricePrecision: 1 });
    }
    expect(replay.malformed).toBe(0);
  }
  expect(feed.statsOf('BTC/USD')).toMatchObject({ snapshots: 4, checksumFailed: 0 });
  rmSync(folder, { recursive: true });
});
