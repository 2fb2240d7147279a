import { instrument, lots, micros, ticks } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { PaperAccount, PaperError } from '../src/index.ts';
import type { PlainReport } from '../src/index.ts';

const symbol = 'BTC/USD';
const pair = { symbol, pricePrecision: 1, qtyPrecision: 8 };
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

function open(): { account: PaperAccount; reports: PlainReport[] } {
  const reports: PlainReport[] = [];
  const account = new PaperAccount({
    pairs: [pair],
    balances: { USD: '10000', BTC: '0.1' },
    fees: { maker: '0.0025', taker: '0.0040' },
    latencyMs: { feed: 10, entry: 20, ack: 10 },
    onReport: (report) => reports.push(report),
  });
  return { account, reports };
}

describe('PaperAccount on events', () => {
  test('takes events of a feed, pairs it was not told of included', () => {
    const { account, reports } = open();
    const eth = instrument({ symbol: 'ETH/USD', pricePrecision: 2, qtyPrecision: 8 });
    const book = new L2Book('ETH/USD', eth, 10);
    const time = (ms: number): { venueTs: ReturnType<typeof micros>; recvTs: ReturnType<typeof micros> } => {
      const venueTs = micros(Date.UTC(2026, 0, 1) * 1000 + ms * 1000);
      return { venueTs, recvTs: micros(venueTs + 3_000) };
    };
    account.onEvent({ type: 'instrument', seq: 1, ...time(0), symbol: 'ETH/USD', instrument: eth });
    const changes = {
      snapshot: true,
      bidCount: 1,
      bidPrices: [ticks(300_000)],
      bidSizes: [lots(1e8)],
      askCount: 1,
      askPrices: [ticks(300_001)],
      askSizes: [lots(1e8)],
    };
    book.apply(changes);
    account.onEvent({
      type: 'book',
      seq: 2,
      ...time(1),
      symbol: 'ETH/USD',
      book,
      changes,
      snapshot: true,
      verified: true,
    });
    expect(account.book('ETH/USD')).toBe(book);
    expect(account.time).toBe('2026-01-01T00:00:00.001000Z');
    account.place({ symbol: 'ETH/USD', side: 'buy', size: '0.5' });
    account.onEvent({ type: 'timer', seq: 3, ...time(500), symbol: undefined });
    expect(reports).toMatchObject([{ type: 'accepted' }, { type: 'fill', price: '3000.01', size: '0.50000000' }]);
    account.onEvent({
      type: 'feed',
      seq: 4,
      ...time(501),
      symbol: 'ETH/USD',
      state: 'resyncing',
      cause: 'checksum',
      detail: '',
    });
    expect(account.book('ETH/USD')).toBeUndefined();
  });

  test('shows the book that it was brought, until a gap', () => {
    const { account } = open();
    expect(account.book(symbol)).toBeUndefined();
    account.onBook({ symbol, time: at(0), snapshot: true, bids: [['60000.0', '0.5']], asks: [['60000.1', '0.8']] });
    expect(account.book(symbol)?.bestBid()).toBe(600_000);
    account.onGap();
    expect(account.book(symbol)).toBeUndefined();
    expect(() => account.book('ETH/USD')).toThrow(PaperError);
  });

  test('tells what is free, and frees it with a batch of cancels, each answered for itself', () => {
    const { account, reports } = open();
    account.onBook({ symbol, time: at(0), snapshot: true, bids: [['60000.0', '0.5']], asks: [['60000.1', '0.8']] });
    const [first = '', second = ''] = account.placeBatch([
      { symbol, side: 'buy', price: '50000.0', size: '0.1' },
      { symbol, side: 'sell', price: '70000.0', size: '0.05' },
    ]);
    account.onTime(at(500));
    expect(account.free('USD')).toBe('4980'); // 10,000 less 5,000 and its fee
    expect(account.free('BTC')).toBe('0.05');
    account.cancelBatch([
      { symbol, clientOrderId: first },
      { symbol, clientOrderId: second },
      { symbol, clientOrderId: 'nobody' },
    ]);
    account.onTime(at(1_000));
    expect(account.free('USD')).toBe('10000');
    expect(reports.slice(2)).toMatchObject([
      { type: 'cancelled', clientOrderId: first, reason: 'requested' },
      { type: 'cancelled', clientOrderId: second, reason: 'requested' },
      { type: 'cancel-rejected', clientOrderId: 'nobody', reason: 'unknown-order' },
    ]);
  });

  test('sends none of a batch that names a pair it does not know', () => {
    const { account, reports } = open();
    const unknown = { symbol: 'ETH/USD', clientOrderId: 'one' };
    expect(() => account.cancelBatch([{ symbol, clientOrderId: 'two' }, unknown])).toThrow(PaperError);
    account.onTime(at(1_000));
    expect(reports).toEqual([]);
  });
});
