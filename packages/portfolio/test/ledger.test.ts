import { Decimal } from 'decimal.js';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../src/index.ts';
import type { PlainTrade } from '../src/index.ts';
import { BTC_USD, codeOf, ETH_BTC, ETH_USD, fill } from './harness.ts';

function emptyLedger(): Ledger {
  return new Ledger({ instruments: [BTC_USD], balances: { USD: '0' }, reporting: 'USD' });
}

describe('the worked example of the reference (strategies, 11.2)', () => {
  const trades: PlainTrade[] = [
    { symbol: 'BTC/USD', side: 'buy', price: '100', qty: '1.0', fee: '0.25' },
    { symbol: 'BTC/USD', side: 'buy', price: '110', qty: '0.5', fee: '0.00125', feeAsset: 'BTC' },
    { symbol: 'BTC/USD', side: 'sell', price: '120', qty: '0.8', fee: '0.384' },
    { symbol: 'BTC/USD', side: 'sell', price: '115', qty: '1.0', fee: '0.46' },
  ];

  test.each([
    [1, '1', '100.000000', '0.00000000', '0.25', '-100.25'],
    [2, '1.49875', '103.333333', '0.00833333', '0.3875', '-155.25'],
    [3, '0.69875', '103.333333', '13.34166667', '0.7715', '-59.634'],
    [4, '-0.30125', '115.000000', '21.49375000', '1.2315', '54.906'],
  ])(
    'after fill %i: position %s, average %s, realised %s, fees %s, cash %s',
    (count, qty, average, gain, fees, cash) => {
      const ledger = emptyLedger();
      for (const trade of trades.slice(0, count)) ledger.applyTrade(trade);
      const position = ledger.position('BTC/USD');
      expect(position.qty.toFixed()).toBe(qty);
      expect(position.averagePrice?.toFixed(6)).toBe(average);
      expect(position.realised.toFixed(8)).toBe(gain);
      expect(position.fees.toFixed()).toBe(fees);
      expect(ledger.balance('USD').toFixed()).toBe(cash);
    },
  );

  test('at mark 113 the unrealised part is 0.6025 and all of it comes to 20.86475, exactly', () => {
    const ledger = emptyLedger();
    for (const trade of trades) ledger.applyTrade(trade);
    expect(ledger.unrealised('BTC/USD', '113').toFixed()).toBe('0.6025');
    const pnl = ledger.pnl({ 'BTC/USD': '113' });
    expect(pnl?.realised.toFixed()).toBe('21.49375'); // the roundings of the partial exits have cancelled
    expect(pnl?.total.toFixed()).toBe('20.86475');
    expect(pnl?.equity.toFixed()).toBe('20.86475');
  });
});

describe('fills', () => {
  test('a report of the venue books the same as the text of it', () => {
    const reported = emptyLedger();
    reported.apply(fill('f1', 'BTC/USD', 'sell', 300_005, 1_250_000, '-0.5'));
    const plain = emptyLedger();
    plain.applyTrade({ id: 'f1', symbol: 'BTC/USD', side: 'sell', price: '30000.5', qty: '0.0125', fee: '-0.5' });
    expect(reported.snapshot()).toEqual(plain.snapshot());
    expect(reported.balance('USD').toFixed()).toBe('375.50625'); // 30000.5 × 0.0125 and a rebate of 0.5
  });

  test('numbers as ccxt gives them are read by their digits', () => {
    const ledger = emptyLedger();
    ledger.applyTrade({ symbol: 'BTC/USD', side: 'buy', price: 30000.1, qty: 1e-7, fee: 1e-7, feeAsset: 'BTC' });
    expect(ledger.balance('USD').toFixed()).toBe('-0.00300001');
    expect(ledger.balance('BTC').toFixed()).toBe('0');
  });

  test('a fill is booked once, however often it comes', () => {
    const ledger = emptyLedger();
    const report = fill('f1', 'BTC/USD', 'buy', 300_000, 1000);
    expect(ledger.apply(report)).toBe(true);
    const after = ledger.snapshot();
    expect(ledger.apply(report)).toBe(false);
    expect(ledger.duplicates).toBe(1);
    expect(ledger.fills).toBe(1);
    expect({ ...ledger.snapshot(), duplicates: 0 }).toEqual(after);
  });

  test('trades without an id are booked each time', () => {
    const ledger = emptyLedger();
    const trade = { symbol: 'BTC/USD', side: 'buy', price: '1', qty: '1' } as const;
    expect([ledger.applyTrade(trade), ledger.applyTrade(trade)]).toEqual([true, true]);
    expect(ledger.position('BTC/USD').qty.toFixed()).toBe('2');
  });

  test('a fee in a third asset is paid from its balance and counts at its price', () => {
    const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', KFEE: '100' }, reporting: 'USD' });
    const marks = { 'BTC/USD': '100', 'KFEE/USD': '0.01' };
    ledger.open(marks);
    ledger.apply(fill('f1', 'BTC/USD', 'buy', 1000, 100_000_000, '40', 'KFEE'));
    expect(ledger.balance('KFEE').toFixed()).toBe('60');
    expect(ledger.position('BTC/USD').fees.toFixed()).toBe('0');
    expect(ledger.pnl(marks)?.fees.toFixed()).toBe('0.4');
    expect(ledger.pnl(marks)?.total.toFixed()).toBe('-0.4');
  });

  test('a rebate in base is bought at the price of its fill', () => {
    const ledger = emptyLedger();
    ledger.applyTrade({ symbol: 'BTC/USD', side: 'buy', price: '100', qty: '1', fee: '-0.01', feeAsset: 'BTC' });
    const { qty, averagePrice, fees } = ledger.position('BTC/USD');
    expect([qty.toFixed(), averagePrice?.toFixed(), fees.toFixed()]).toEqual(['1.01', '100', '-1']);
  });

  test('the lots of a position that a base fee made uneven are cut towards zero', () => {
    const ledger = emptyLedger();
    ledger.applyTrade({
      symbol: 'BTC/USD',
      side: 'sell',
      price: '100',
      qty: '0.00000003',
      fee: '0.0000000025',
      feeAsset: 'BTC',
    });
    expect(ledger.position('BTC/USD').qty.toFixed()).toBe('-0.0000000325');
    expect(ledger.position('BTC/USD').lots).toBe(-3);
    expect(ledger.balance('BTC').toFixed()).toBe('-0.0000000325');
  });

  test('sizes and prices up to 2^53 − 1 stay exact', () => {
    const meme = { ...BTC_USD, symbol: 'MEME/USD', base: 'MEME', pricePrecision: 10, qtyPrecision: 5 };
    const ledger = new Ledger({ instruments: [meme], balances: {}, reporting: 'USD' });
    const most = Number.MAX_SAFE_INTEGER;
    ledger.apply(fill('f1', 'MEME/USD', 'buy', most, most));
    ledger.apply(fill('f2', 'MEME/USD', 'sell', most - 1, most));
    expect(ledger.position('MEME/USD').realised.toFixed()).toBe('-9.007199254740991'); // 2^53 − 1 steps of 10^-15
    expect(ledger.position('MEME/USD').averagePrice).toBeUndefined();
  });

  test('the caller may configure decimal.js as badly as he likes', () => {
    const { precision } = Decimal;
    Decimal.set({ precision: 3 });
    const ledger = emptyLedger();
    ledger.applyTrade({ symbol: 'BTC/USD', side: 'buy', price: '12345.6', qty: '1.00000001' });
    const cash = ledger.balance('USD').toFixed();
    Decimal.set({ precision });
    expect(cash).toBe('-12345.600123456');
  });
});

describe('what cannot be booked changes nothing', () => {
  test.each<[string, string, (ledger: Ledger) => unknown]>([
    ['a fill of an unknown symbol', 'KB_PORTFOLIO_UNKNOWN_SYMBOL', (l) => l.apply(fill('f', 'XRP/USD', 'buy', 1, 1))],
    ['a fee that is no number', 'KB_PORTFOLIO_BAD_AMOUNT', (l) => l.apply(fill('f', 'BTC/USD', 'buy', 1, 1, 'NaN'))],
    ['a fee of 31 decimals', 'KB_PORTFOLIO_BAD_AMOUNT', (l) => l.apply(fill('f', 'BTC/USD', 'buy', 1, 1, '1e-31'))],
    ['a fill of nothing', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.apply(fill('f', 'BTC/USD', 'buy', 1, 0))],
    ['a fill at a negative price', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.apply(fill('f', 'BTC/USD', 'buy', -1, 1))],
    ['a price off the grid', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.applyTrade({ ...PLAIN, price: '1.05' })],
    ['a price of zero', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.applyTrade({ ...PLAIN, price: 0 })],
    ['a quantity that is no number', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.applyTrade({ ...PLAIN, qty: 'one' })],
    ['a quantity below zero', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.applyTrade({ ...PLAIN, qty: '-1' })],
    ['a side that is none', 'KB_PORTFOLIO_BAD_TRADE', (l) => l.applyTrade({ ...PLAIN, side: 'BUY' as 'buy' })],
    ['a fee of Infinity', 'KB_PORTFOLIO_BAD_AMOUNT', (l) => l.applyTrade({ ...PLAIN, fee: Infinity })],
    ['the position of an unknown symbol', 'KB_PORTFOLIO_UNKNOWN_SYMBOL', (l) => l.position('XRP/USD')],
    ['a mark of zero', 'KB_PORTFOLIO_BAD_MARK', (l) => l.equity({ 'BTC/USD': '0' })],
    ['a mark in words', 'KB_PORTFOLIO_BAD_MARK', (l) => l.pnl({ 'BTC/USD': 'high' })],
    ['an infinite mark', 'KB_PORTFOLIO_BAD_MARK', (l) => l.pnl({ 'BTC/USD': new Decimal(Infinity) })],
  ])('%s: %s', (_what, code, call) => {
    const ledger = emptyLedger();
    ledger.applyTrade({ ...PLAIN, id: 't1' });
    const before = JSON.stringify(ledger.snapshot());
    expect(codeOf(() => call(ledger))).toBe(code);
    expect(JSON.stringify(ledger.snapshot())).toBe(before);
  });

  const PLAIN = { symbol: 'BTC/USD', side: 'buy', price: '100.0', qty: '1' } as const;

  test('a starting balance must be decimal text', () => {
    for (const text of ['', 'abc', '0x10', '1e99', 5 as unknown as string]) {
      const make = (): Ledger => new Ledger({ instruments: [BTC_USD], balances: { USD: text }, reporting: 'USD' });
      expect(codeOf(make)).toBe('KB_PORTFOLIO_BAD_AMOUNT');
    }
  });
});

describe('equity and P&L', () => {
  test('starting inventory is valued at the first mark, so that P&L starts at 0', () => {
    const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', BTC: '2' }, reporting: 'USD' });
    expect(ledger.pnl({ 'BTC/USD': '100' })?.total.toFixed()).toBe('0');
    const later = ledger.pnl({ 'BTC/USD': '103' });
    expect(later?.startEquity.toFixed()).toBe('1200');
    expect([later?.total.toFixed(), later?.inventory.toFixed(), later?.trading.toFixed()]).toEqual(['6', '6', '0']);
  });

  test('opening fixes the first prices, and only the first', () => {
    const ledger = new Ledger({ instruments: [BTC_USD, ETH_USD], balances: { BTC: '1', ETH: '1' }, reporting: 'USD' });
    expect(ledger.open({ 'BTC/USD': '100' })).toBe(false);
    expect(ledger.open({ 'BTC/USD': '999', 'ETH/USD': '10' })).toBe(true);
    expect(ledger.pnl({ 'BTC/USD': '101', 'ETH/USD': '12' })?.total.toFixed()).toBe('3');
  });

  test('trading and inventory are told apart when both move', () => {
    const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', BTC: '2' }, reporting: 'USD' });
    ledger.open({ 'BTC/USD': '100' });
    ledger.applyTrade({ symbol: 'BTC/USD', side: 'sell', price: '101', qty: '1', fee: '0.4' });
    const pnl = ledger.pnl({ 'BTC/USD': '99' });
    expect(pnl?.inventory.toFixed()).toBe('-2'); // the 2 BTC of the start, from 100 to 99
    expect(pnl?.unrealised.toFixed()).toBe('2'); // sold at 101, now 99
    expect(pnl?.realised.toFixed()).toBe('0'); // nothing bought back yet: the start was not bought here
    expect(pnl?.fees.toFixed()).toBe('0.4');
    expect(pnl?.total.toFixed()).toBe('-0.4');
  });

  test('without a price for something held there is no equity, never 0', () => {
    const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', BTC: '2' }, reporting: 'USD' });
    expect(ledger.equity({})).toBeUndefined();
    expect(ledger.pnl({ 'BTC/USD': undefined })).toBeUndefined();
    expect(ledger.equity({ 'BTC/USD': '100' })?.toFixed()).toBe('1200');
  });

  test('what is not held needs no price', () => {
    const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', BTC: '0' }, reporting: 'USD' });
    expect(ledger.pnl({})?.total.toFixed()).toBe('0');
  });

  test('assets are priced by the direct pair, the inverse one, or through the quote of one of our pairs', () => {
    const held = { instruments: [ETH_BTC, BTC_USD], reporting: 'USD' };
    const direct = new Ledger({ ...held, balances: { ETH: '2' } });
    expect(direct.equity({ 'ETH/USD': '2000', 'ETH/BTC': '0.1', 'BTC/USD': '30000' })?.toFixed()).toBe('4000');
    const through = new Ledger({ ...held, balances: { ETH: '2' } });
    expect(through.equity({ 'ETH/BTC': '0.1', 'BTC/USD': '30000' })?.toFixed()).toBe('6000');
    const inverse = new Ledger({ ...held, balances: { JPY: '300' } });
    expect(inverse.equity({ 'USD/JPY': '150' })?.toFixed(2)).toBe('2.00');
    expect(inverse.equity({ 'BTC/JPY': '4500000', 'BTC/USD': '30000' })).toBeUndefined();
  });

  test('a pair quoted in another currency is valued at the marks of the moment', () => {
    const ledger = new Ledger({ instruments: [ETH_BTC], balances: { BTC: '1' }, reporting: 'USD' });
    ledger.open({ 'BTC/USD': '30000' });
    ledger.applyTrade({ symbol: 'ETH/BTC', side: 'buy', price: '0.1', qty: '5', fee: '0.001' });
    ledger.applyTrade({ symbol: 'ETH/BTC', side: 'sell', price: '0.12', qty: '5', fee: '0.001' });
    const pnl = ledger.pnl({ 'BTC/USD': '40000' });
    expect(pnl?.realised.toFixed()).toBe('4000');
    expect(pnl?.fees.toFixed()).toBe('80');
    expect(pnl?.inventory.toFixed()).toBe('10000');
    expect(pnl?.total.toFixed()).toBe('13920');
  });

  test('marks may be decimals of any copy of decimal.js', () => {
    const ledger = emptyLedger();
    ledger.applyTrade({ symbol: 'BTC/USD', side: 'buy', price: '100', qty: '1' });
    expect(ledger.equity({ 'BTC/USD': new Decimal('101.5') })?.toFixed()).toBe('1.5');
  });
});

test('a position beyond what lots can count is refused where lots are asked for, and booked all the same', () => {
  const ledger = emptyLedger();
  const most = '90071992.54740991'; // 2^53 − 1 lots
  ledger.applyTrade({ id: 'a', symbol: 'BTC/USD', side: 'buy', price: '1', qty: most, fee: '0' });
  expect(ledger.lots('BTC/USD')).toBe(Number.MAX_SAFE_INTEGER);
  ledger.applyTrade({ id: 'b', symbol: 'BTC/USD', side: 'buy', price: '1', qty: '0.00000001', fee: '0' });
  expect(codeOf(() => ledger.lots('BTC/USD'))).toBe('KB_MODEL_OUT_OF_RANGE');
  expect(codeOf(() => ledger.position('BTC/USD'))).toBe('KB_MODEL_OUT_OF_RANGE');
  expect(ledger.balance('BTC').toFixed()).toBe('90071992.54740992');
  expect(ledger.pnl({ 'BTC/USD': '2' })?.total.toFixed()).toBe('90071992.54740992');
});
