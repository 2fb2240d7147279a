import { describe, expect, test } from 'vitest';
import { PaperAccount } from '../src/index.ts';
import type { PaperAccountOptions, PlainOrder, PlainReport } from '../src/index.ts';

const symbol = 'BTC/USD';
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

function opened(options: Partial<PaperAccountOptions> = {}): {
  readonly account: PaperAccount;
  readonly reports: PlainReport[];
  said: () => string[];
} {
  const reports: PlainReport[] = [];
  const account = new PaperAccount({
    pairs: [{ symbol, pricePrecision: 1, qtyPrecision: 2 }],
    balances: { USD: '100000', BTC: '100' },
    fees: { maker: '0', taker: '0' },
    latencyMs: { feed: 0, entry: 0, ack: 0 },
    onReport: (report) => reports.push(report),
    ...options,
  });
  const bids = [['100.0', '5']] as const;
  account.onBook({ symbol, time: at(0), snapshot: true, bids, asks: [['100.2', '5']] });
  account.onTrade({ symbol, time: at(10), price: '100.1', size: '0.1', side: 'buy' });
  account.onTime(at(200));
  const said = (): string[] =>
    reports.map((report) => {
      const rest =
        report.type === 'fill' ? `${report.size} @ ${report.price}` : 'reason' in report ? report.reason : '';
      return `${report.clientOrderId} ${report.type} ${rest}`.trim();
    });
  return { account, reports, said };
}

/** What each order does when the price falls to 99.0, then rises to 101.0. */
const ORDERS: readonly (readonly [string, Partial<PlainOrder>, readonly string[]])[] = [
  ['market', { side: 'sell' }, ['accepted', 'fill 1.00 @ 100.0']],
  ['limit', { side: 'buy', price: '99.5' }, ['accepted', 'fill 1.00 @ 99.5']],
  ['limit', { side: 'sell', price: '100.0', timeInForce: 'fok' }, ['accepted', 'fill 1.00 @ 100.0']],
  ['limit', { side: 'sell', price: '100.1', immediateOrCancel: true }, ['accepted', 'cancelled ioc-remainder']],
  ['limit', { side: 'sell', price: '102.0', expiresAt: at(6_000) }, ['accepted', 'expired']],
  [
    'iceberg',
    { side: 'buy', price: '99.5', displaySize: '0.25' },
    ['accepted', ...Array.from({ length: 4 }, () => 'fill 0.25 @ 99.5')],
  ],
  ['stop-loss', { side: 'sell', trigger: { price: '99.5' } }, ['accepted', 'triggered', 'fill 1.00 @ 100.0']],
  [
    'stop-loss-limit',
    { side: 'sell', price: '100.5', trigger: { percent: '-1' } },
    ['accepted', 'triggered', 'fill 1.00 @ 100.5'],
  ],
  ['take-profit', { side: 'sell', trigger: { distance: '0.5' } }, ['accepted', 'triggered', 'fill 1.00 @ 100.0']],
  ['take-profit-limit', { side: 'buy', price: '98.0', trigger: { price: '99.9' } }, ['accepted', 'triggered']],
  ['trailing-stop', { side: 'buy', trigger: { distance: '1' } }, ['accepted', 'triggered', 'fill 1.00 @ 100.2']],
  [
    'trailing-stop-limit',
    { side: 'sell', trigger: { percent: '0.5' }, limitOffset: { distance: '1.0' } },
    ['accepted', 'triggered', 'fill 1.00 @ 100.5'],
  ],
  ['settle-position', { side: 'sell' }, ['rejected no-position']],
];

describe('PaperAccount', () => {
  test.each(ORDERS)('places a %s order: %o', (orderType, order, expected) => {
    const { account, said } = opened();
    account.place({ symbol, side: 'buy', orderType: orderType as 'limit', size: '1', clientOrderId: 'o', ...order });
    account.onTime(at(300));
    account.onTrade({ symbol, time: at(400), price: '99.0', size: '9', side: 'sell' });
    account.onTime(at(600));
    account.onTrade({ symbol, time: at(700), price: '101.0', size: '9', side: 'buy' });
    account.onTime(at(900));
    account.onTime(at(7_000));
    expect(said()).toEqual(expected.map((line) => `o ${line}`));
  });

  test('sends a batch in one message, amends triggers and edits', () => {
    const { account, said, reports } = opened();
    const stop = { symbol, side: 'sell', orderType: 'stop-loss', size: '1', trigger: { price: '99.5' } } as const;
    const rests = { symbol, side: 'buy', size: '1', price: '99.0' } as const;
    expect(account.placeBatch([stop, rests])).toEqual(['paper-1', 'paper-2']);
    account.onTime(at(300));
    account.amend(symbol, 'paper-1', { trigger: { price: '98.5' } });
    expect(account.edit(symbol, 'paper-2', { price: '98.0' })).toBe('paper-3');
    account.onTime(at(400));
    account.onTrade({ symbol, time: at(500), price: '99.0', size: '1', side: 'sell' });
    account.onTime(at(700));
    expect(said()).toEqual([
      'paper-1 accepted',
      'paper-2 accepted',
      'paper-1 amended',
      'paper-2 cancelled replaced',
      'paper-3 accepted',
    ]);
    expect(reports.at(-1)).toMatchObject({ price: '98.0', size: '1.00' });
  });

  test('tells which order placed a closing one, and goes by the index where it is told', () => {
    const { account, reports, said } = opened();
    account.onIndex(symbol, '100.0');
    const close = { orderType: 'stop-loss', trigger: { price: '99.0', reference: 'index' } } as const;
    account.place({ symbol, side: 'buy', size: '1', close });
    account.onTime(at(300));
    expect(reports.at(-1)).toMatchObject({ type: 'accepted', clientOrderId: 'paper-1-close-1', placedBy: 'paper-1' });
    account.onTrade({ symbol, time: at(400), price: '98.0', size: '1', side: 'sell' });
    account.onTime(at(600));
    expect(said()).toHaveLength(3);
    account.onIndex(symbol, '99.0');
    account.onTime(at(700));
    expect(said().slice(3)).toEqual(['paper-1-close-1 triggered', 'paper-1-close-1 fill 1.00 @ 100.0']);
  });

  test('takes a price band, and one closing order for all fills', () => {
    const { account, reports, said } = opened({ priceBand: '0.1', closeOrders: 'at-completion' });
    account.place({ symbol, side: 'buy', size: '1', price: '90.0' });
    account.onBook({ symbol, time: at(210), snapshot: false, bids: [], asks: [['100.3', '5']] });
    account.place({ symbol, side: 'buy', size: '7', close: { orderType: 'limit', price: '109.0' } });
    account.onTime(at(300));
    expect(said().filter((line) => !line.includes('fill'))).toEqual([
      'paper-1 rejected price-band',
      'paper-2 accepted',
      'paper-2-close-1 accepted',
    ]);
    expect(reports.at(-1)).toMatchObject({ size: '7.00' });
    expect(() => opened({ priceBand: '10 %' })).toThrow(expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION' }));
  });

  test('refuses what is no price before anything is sent', () => {
    const { account, reports } = opened();
    const bad = { symbol, side: 'sell', orderType: 'stop-loss', size: '1', trigger: { price: 'soon' } } as const;
    const good = { symbol, side: 'sell', size: '1' } as const;
    expect(() => account.placeBatch([good, bad])).toThrow(expect.objectContaining({ code: 'KB_MODEL_NOT_A_DECIMAL' }));
    account.onTime(at(400));
    expect(reports).toEqual([]);
  });
});

test('parts of a lot ahead are told as a whole one: nobody stands nearer to the front than estimated', () => {
  const { account, reports } = opened({ follow: 'uniform' });
  account.place({ symbol, side: 'buy', size: '1', price: '100.0' }); // behind 5
  account.onTime(at(300));
  account.onBook({ symbol, time: at(400), snapshot: false, bids: [['100.0', '7']], asks: [] });
  account.onBook({ symbol, time: at(410), snapshot: false, bids: [['100.0', '6']], asks: [] }); // 5 × 6 / 7 are left
  account.onTime(at(600));
  account.onTrade({ symbol, time: at(700), price: '100.0', size: '5', side: 'sell' });
  account.onTime(at(900));
  expect(reports.at(-1)).toMatchObject({
    type: 'fill',
    size: '0.71',
    ahead: { uniform: '4.29', 'risk-averse': '5.00' },
  });
});
