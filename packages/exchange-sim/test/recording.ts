import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { inProcessDial } from '@kb/kraken';
import type { Micros } from '@kb/model';
import type { RecordedFrame } from '@kb/kraken';
import { DEMO_MARKET, SimExchange } from '../src/index.ts';

export const RECORDED_AT: Micros = micros(1_785_641_750_000_000);

/** Records the demo exchange for so many seconds: two symbols' books, trades and tickers on one socket, as a recorder would. */
export function record(seconds: number, depth = 10): RecordedFrame[] {
  const scheduler = new VirtualScheduler(RECORDED_AT);
  const markets = [
    DEMO_MARKET,
    { ...DEMO_MARKET, instrument: { symbol: 'ETH/USD', pricePrecision: 2, qtyPrecision: 8 }, startPrice: '3000' },
  ];
  const exchange = new SimExchange({ markets, seed: 11, scheduler });
  exchange.start();
  const frames: RecordedFrame[] = [];
  const keep = (dir: RecordedFrame['dir'], raw: Uint8Array): void => {
    frames.push({ recvTs: scheduler.now(), tsNs: `${scheduler.now()}000`, dir, raw });
  };
  const socket = inProcessDial(exchange.accept, scheduler)('ws://recorded/v2', {
    onOpen: () => {
      keep('open', new Uint8Array());
      for (const params of [
        { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'], depth },
        { channel: 'trade', symbol: ['BTC/USD'], snapshot: true },
        { channel: 'ticker', symbol: ['BTC/USD'] },
      ]) {
        const text = JSON.stringify({ method: 'subscribe', params });
        keep('tx', Buffer.from(text));
        socket.send(text);
      }
    },
    onMessage: (frame) => keep('rx', frame),
    onClose: () => keep('close', new Uint8Array()),
  });
  scheduler.advance(micros(seconds * SECOND));
  exchange.stop();
  return frames;
}

export function frame(at: number, text: string): RecordedFrame {
  return { recvTs: micros(at), tsNs: `${at}000`, dir: 'rx', raw: Buffer.from(text) };
}

export function textOf({ raw }: RecordedFrame): string {
  return Buffer.from(raw).toString('utf8');
}
