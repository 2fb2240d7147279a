import { writeFileSync } from 'node:fs';
import { DEMO_MARKET, SimExchange } from '@kb/exchange-sim';
import { KrakenSpotFeed } from '@kb/feed';
import { encodeRecordedFrame, inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';

/** Twenty seconds of the local exchange, recorded in virtual time. */
export function recordSim(path: string, channel: 'book' | 'trade' = 'book'): void {
  const scheduler = new VirtualScheduler(micros(1_795_000_000 * SECOND));
  const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 7, scheduler });
  const lines: string[] = [];
  const feed = new KrakenSpotFeed({
    symbols: ['BTC/USD'],
    channels: ['instrument', 'book', 'trade'],
    dial: inProcessDial(exchange.accept, scheduler),
    scheduler,
    seed: 1,
    onWire(recvTs, dir, raw) {
      const isBook = typeof raw !== 'string' && Buffer.from(raw).includes('"channel":"book"');
      if (channel === 'book' || !isBook) lines.push(encodeRecordedFrame(recvTs, dir, raw));
    },
  });
  exchange.start();
  feed.start();
  scheduler.advance(micros(20 * SECOND));
  void feed.close();
  exchange.stop();
  writeFileSync(path, lines.join(''));
}
