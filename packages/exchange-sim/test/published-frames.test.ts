import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { DEMO_MARKET, SimExchange } from '../src/index.ts';
import type { FlowPreset, MarketOptions } from '../src/index.ts';
import { connect } from './client.ts';
import { PlainBook } from './plain-book.ts';

const START = micros(1_785_641_750_295_158);
const COARSE: MarketOptions = {
  instrument: { symbol: 'XRP/USD', pricePrecision: 5, qtyPrecision: 8, minQty: '1', minCost: '0.5' },
  flow: {
    limitRate: 1,
    distanceExponent: 0.4,
    distances: 60,
    distanceGrowth: 1.02,
    marketRate: 2,
    cancelRate: 0.05,
    youngCancelMultiple: 5,
    youngCancelSeconds: 1,
    partialCancelShare: 0.1,
    limitSize: { median: 500, sigma: 1 },
    roundSizeShare: 0.4,
    marketSize: { median: 4000, sigma: 2 },
    signRunExponent: 1.5,
    excitation: { jump: 0.3, decaySeconds: 0.3, cap: 3 },
    minLevels: 25,
  },
  startPrice: '1.08000',
};

describe('every published book frame', () => {
  test.each([10, 25, 100, 500, 1000])(
    'at depth %i holds its checksum, removes only what is there, and shows the true book',
    (depth) => {
      for (const market of depth === 25
        ? [DEMO_MARKET, COARSE, demo('pilot-a'), demo('pilot-d')]
        : [DEMO_MARKET, COARSE]) {
        const { symbol } = market.instrument;
        const scheduler = new VirtualScheduler(START);
        const exchange = new SimExchange({ markets: [market], seed: depth, scheduler });
        exchange.start();
        const client = connect(exchange.accept, scheduler);
        client.send('subscribe', { channel: 'book', symbol: [symbol], depth });
        const book = new PlainBook(depth);
        let read = 0;
        for (let second = 0; second < 120; second += 1) {
          scheduler.advance(micros(SECOND));
          for (; read < client.frames.length; read += 1) {
            const frame = client.frames[read]!;
            const problem = frame.startsWith('{"channel":"book"') ? book.apply(frame) : '';
            expect(problem).toBe('');
          }
          expect(levelsOf(book)).toEqual(truthOf(exchange, symbol, depth));
        }
        expect(read).toBeGreaterThan(1000);
        exchange.stop();
      }
    },
  );

  test('a level that a sweep empties is reduced and removed in one message, and a level that enters the view follows it', () => {
    const scheduler = new VirtualScheduler(START);
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 3, scheduler });
    exchange.start();
    const client = connect(exchange.accept, scheduler);
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    scheduler.advance(micros(60 * SECOND));
    const frames = client.frames.filter((frame) => frame.includes('"type":"update"'));
    expect(
      frames.some((frame) => /"price":[\d.]+,"qty":0\.00000000\},\{"price":[\d.]+,"qty":0\.\d*[1-9]/.test(frame)),
    ).toBe(true);
    const removals = frames.join('').matchAll(/"qty":0\.00000000/g);
    expect([...removals].length).toBeGreaterThan(100);
  });
});

function demo(flow: FlowPreset): MarketOptions {
  return { ...DEMO_MARKET, flow };
}

function levelsOf(book: PlainBook): string[][] {
  return (['bids', 'asks'] as const).map((side) => book[side].map(({ price, size }) => `${price} ${size}`));
}

/** The best levels as the matcher itself has them. */
function truthOf(exchange: SimExchange, symbol: string, depth: number): string[][] {
  const { orders, instrument } = exchange.truth(symbol);
  return (['buy', 'sell'] as const).map((side) => {
    const levels: string[] = [];
    orders.walk(side, (price, total) => {
      levels.push(
        `${(price / 10 ** instrument.pricePrecision).toFixed(instrument.pricePrecision)} ` +
          (total / 10 ** instrument.qtyPrecision).toFixed(instrument.qtyPrecision),
      );
      return levels.length < depth;
    });
    return levels;
  });
}
