import { expect, test } from 'vitest';
import { PaperAccount } from '../src/index.ts';
import type { PaperAccountOptions, PlainAccountReport, PlainReport } from '../src/index.ts';

const symbol = 'BTC/USD';
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

function open(options: Partial<PaperAccountOptions> = {}): {
  account: PaperAccount;
  reports: PlainReport[];
  news: PlainAccountReport[];
} {
  const reports: PlainReport[] = [];
  const news: PlainAccountReport[] = [];
  const account = new PaperAccount({
    pairs: [{ symbol, pricePrecision: 1, qtyPrecision: 2 }],
    balances: { USD: '1000' },
    fees: { startingVolume: '9000' },
    margin: { rates: { USD: '0.0002', BTC: '0.0001' } },
    latencyMs: { feed: 0, entry: 0, ack: 0 },
    onReport: (report) => reports.push(report),
    onAccountReport: (report) => news.push(report),
    ...options,
  });
  account.onBook({ symbol, time: at(0), snapshot: true, bids: [['99.9', '50']], asks: [['100.0', '50']] });
  return { account, reports, news };
}

test('a plain account trades on margin: tiers, positions and the trade balance in decimal text', () => {
  const { account, reports } = open();
  account.place({ symbol, side: 'buy', size: '10.00', leverage: 2 });
  account.onTime(at(100));
  expect(reports.at(-1)).toMatchObject({
    type: 'fill',
    fee: '4',
    feeAsset: 'USD',
    tierBps: 40,
    margin: { closed: '0.00', opened: '10.00', realised: '0', openingFee: '0.2' },
  });
  expect(account.positions()).toEqual([
    {
      positionId: 'BTC/USD-1',
      clientOrderId: 'paper-1',
      symbol,
      side: 'buy',
      size: '10.00',
      price: '100.0',
      leverage: 2,
      rate: '0.0002',
      openedAt: '2026-01-01T00:00:00.000000Z',
    },
  ]);
  expect(account.balances()).toEqual({ USD: '995.8' });
  expect(account.tradeBalance()).toMatchObject({ tb: '995.8', n: '-0.5', m: '500', e: '995.3', ml: '199.06' });
  expect(account.feeStatus(symbol)).toEqual({ maker: '0.002', taker: '0.0035', volume: '10000', unpricedFills: 0 });
});

test('it hears of margin calls, liquidations and rollovers', () => {
  const { account, reports, news } = open();
  account.place({ symbol, side: 'buy', size: '19.00', leverage: 2 });
  account.onTime(at(100));
  account.onTime(at(4 * 3_600_000 + 100));
  account.onBook({ symbol, time: at(15_000_000), snapshot: true, bids: [['60.0', '50']], asks: [['60.2', '50']] });
  account.onTime(at(15_000_100));
  expect(news).toMatchObject([
    {
      type: 'rollover',
      time: '2026-01-01T04:00:00.000000Z',
      symbol,
      positionId: 'BTC/USD-1',
      fee: '0.38',
      feeAsset: 'USD',
    },
    { type: 'margin-call', time: '2026-01-01T04:10:00.000000Z' },
    { type: 'liquidation', symbol, clientOrderId: 'LIQUIDATION-1', side: 'sell', size: '19.00' },
  ]);
  expect(reports.at(-1)).toMatchObject({
    type: 'fill',
    clientOrderId: 'LIQUIDATION-1',
    size: '19.00',
    remaining: '0.00',
  });
  expect(account.positions()).toEqual([]);
});

test('it can have its fees in the base, and the limits of a tier', () => {
  const { account, reports } = open({ orderRate: { tier: { max: 1, decayPerSecond: 1, openOrders: 5 } } });
  account.place({ symbol, side: 'buy', size: '1.00', feeIn: 'base' });
  account.place({ symbol, side: 'buy', size: '1.00' });
  account.onTime(at(100));
  expect(account.balances()).toEqual({ USD: '900', BTC: '0.996' });
  expect(reports.at(-1)).toMatchObject({ type: 'rejected', reason: 'rate-limit' });
});

test('without margin it has none', () => {
  const account = new PaperAccount({
    fees: { maker: '0', taker: '0' },
    pairs: [{ symbol, pricePrecision: 1, qtyPrecision: 2 }],
    balances: {},
    latencyMs: { feed: 0, entry: 0, ack: 0 },
    onReport: () => undefined,
  });
  expect(account.tradeBalance()).toBeUndefined();
  expect(account.positions()).toEqual([]);
  expect(() => account.feeStatus('ETH/USD')).toThrow(expect.objectContaining({ code: 'KB_PAPER_UNKNOWN_SYMBOL' }));
});
