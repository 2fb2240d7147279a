import { lots, micros } from '@kb/model';
import type { FillReport, MarginFill, Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../src/index.ts';
import { BTC_USD, codeOf, fill } from './harness.ts';

const BTC = 100_000_000;

function ledgerOf(usd = '10000'): Ledger {
  const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: usd }, reporting: 'USD' });
  ledger.open({ 'BTC/USD': '30000' });
  return ledger;
}

/** A fill on margin: so many lots close, the rest opens. */
function onMargin(
  id: string,
  side: Side,
  price: number,
  size: number,
  margin: Partial<MarginFill> & { readonly closed?: FillReport['size'] } = {},
  fee = '0',
): FillReport {
  const closed = margin.closed ?? lots(0);
  const rest = { realised: '0', openingFee: '0', ...margin, closed, opened: lots(size - closed) };
  return { ...fill(id, 'BTC/USD', side, price, size, fee), margin: rest };
}

const rollover = (positionId: string, at: number, fee: string): Parameters<Ledger['applyAccountReport']>[0] => ({
  type: 'rollover',
  seq: 1,
  venueTs: micros(at),
  recvTs: micros(at),
  symbol: 'BTC/USD',
  positionId,
  fee,
  feeAsset: 'USD',
});

describe('a fill on margin', () => {
  test('moves no balance but by its fees, and is a position beside them', () => {
    const ledger = ledgerOf();
    ledger.apply(onMargin('f1', 'buy', 300_000, BTC, { openingFee: '7.5' }, '120'));
    expect(ledger.balance('USD').toFixed()).toBe('9872.5');
    expect(ledger.balance('BTC').toFixed()).toBe('0');
    expect(ledger.position('BTC/USD').qty.toFixed()).toBe('0');
    const { qty, averagePrice, fees } = ledger.marginPosition('BTC/USD');
    expect([qty, averagePrice, fees].map(String)).toEqual(['1', '30000', '127.5']);
    expect([ledger.lots('BTC/USD'), ledger.heldLots('BTC/USD')]).toEqual([BTC, 0]);

    const pnl = ledger.pnl({ 'BTC/USD': '30500' });
    expect(pnl?.equity.toFixed()).toBe('10372.5');
    expect([pnl?.unrealised, pnl?.fees, pnl?.total, pnl?.inventory].map(String)).toEqual([
      '500',
      '127.5',
      '372.5',
      '0',
    ]);
    expect(ledger.unrealised('BTC/USD', '29000').toFixed()).toBe('-1000');
  });

  test('that closes gains what the venue said, first in first out, and leaves what the rest cost', () => {
    const ledger = ledgerOf();
    ledger.apply(onMargin('f1', 'sell', 300_000, BTC));
    ledger.apply(onMargin('f2', 'sell', 320_000, BTC));
    // The first of them is closed and half of the second: 30,000 + 16,000 − 1.5 × 31,000.
    ledger.apply(onMargin('f3', 'buy', 310_000, 1.5 * BTC, { closed: lots(1.5 * BTC), realised: '-500' }));
    expect(ledger.balance('USD').toFixed()).toBe('9500');
    const { qty, averagePrice, realised } = ledger.marginPosition('BTC/USD');
    expect([qty, averagePrice, realised].map(String)).toEqual(['-0.5', '32000', '-500']);
    expect(ledger.equity({ 'BTC/USD': '31000' })?.toFixed()).toBe('10000');
  });

  test('that goes beyond closing opens the other way', () => {
    const ledger = ledgerOf();
    ledger.apply(onMargin('f1', 'buy', 300_000, BTC));
    ledger.apply(onMargin('f2', 'sell', 310_000, 3 * BTC, { closed: lots(BTC), realised: '1000', openingFee: '6.2' }));
    const { qty, averagePrice } = ledger.marginPosition('BTC/USD');
    expect([qty, averagePrice].map(String)).toEqual(['-2', '31000']);
    expect(ledger.balance('USD').toFixed()).toBe('10993.8');
  });

  test('that contradicts itself or what is open books nothing', () => {
    const ledger = ledgerOf();
    const before = JSON.stringify(ledger.snapshot());
    const bad = onMargin('f1', 'buy', 300_000, BTC);
    const wrong = [
      { ...bad, margin: { ...bad.margin!, opened: lots(1) } },
      { ...bad, margin: { ...bad.margin!, realised: 'much' } },
      onMargin('f1', 'buy', 300_000, BTC, { closed: lots(1) }),
    ];
    expect(wrong.map((each) => codeOf(() => ledger.apply(each)))).toEqual(wrong.map(() => 'KB_PORTFOLIO_BAD_TRADE'));
    expect(JSON.stringify(ledger.snapshot())).toBe(before);
  });
});

test('a rollover is a fee, booked once', () => {
  const ledger = ledgerOf();
  ledger.apply(onMargin('f1', 'buy', 300_000, BTC));
  const told = [rollover('p1', 4, '7.5'), rollover('p1', 4, '7.5'), rollover('p1', 8, '7.5')];
  expect(told.map((each) => ledger.applyAccountReport(each))).toEqual([true, false, true]);
  expect(ledger.marginPosition('BTC/USD').fees.toFixed()).toBe('15');
  expect(ledger.pnl({ 'BTC/USD': '30000' })?.total.toFixed()).toBe('-15');
  expect(codeOf(() => ledger.applyAccountReport(rollover('p1', 9, 'x')))).toBe('KB_PORTFOLIO_BAD_AMOUNT');
});

test('spot and margin in one symbol stay apart, and come back from a snapshot', () => {
  const ledger = ledgerOf('100000');
  ledger.apply(fill('s1', 'BTC/USD', 'buy', 300_000, BTC));
  ledger.apply(onMargin('m1', 'sell', 310_000, BTC));
  expect(ledger.lots('BTC/USD')).toBe(0);
  expect(ledger.pnl({ 'BTC/USD': '35000' })?.total.toFixed()).toBe('1000');
  const again = Ledger.restore(JSON.parse(JSON.stringify(ledger.snapshot())), [BTC_USD]);
  expect(again.snapshot()).toEqual(ledger.snapshot());
  expect(again.pnl({ 'BTC/USD': '35000' })).toEqual(ledger.pnl({ 'BTC/USD': '35000' }));
  expect('margin' in ledgerOf().snapshot()).toBe(false);
});
