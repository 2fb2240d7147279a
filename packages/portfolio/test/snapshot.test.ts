import { describe, expect, test } from 'vitest';
import { FILL_ID_WINDOW, Ledger } from '../src/index.ts';
import { BTC_USD, codeOf, ETH_USD, fill } from './harness.ts';

function tradedLedger(): Ledger {
  const ledger = new Ledger({ instruments: [BTC_USD], balances: { USD: '1000', BTC: '1' }, reporting: 'USD' });
  ledger.open({ 'BTC/USD': '100' });
  ledger.applyTrade({ id: 't1', symbol: 'BTC/USD', side: 'buy', price: '101', qty: '3', fee: '0.1' });
  ledger.applyTrade({
    id: 't2',
    symbol: 'BTC/USD',
    side: 'sell',
    price: '103',
    qty: '0.7',
    fee: '5',
    feeAsset: 'KFEE',
  });
  return ledger;
}

test('a snapshot is plain JSON with decimal text', () => {
  expect(tradedLedger().snapshot()).toEqual({
    version: 1,
    reporting: 'USD',
    start: { USD: '1000', BTC: '1' },
    startPrices: { USD: '1', BTC: '100' },
    balances: { USD: '769', BTC: '3.3', KFEE: '-5' },
    positions: { 'BTC/USD': { qty: '2.3', cost: '232.3', realised: '1.4', fees: '0.1', fills: 2 } },
    otherFees: { KFEE: '5' },
    fillIds: ['t1', 't2'],
    fills: 2,
    duplicates: 0,
  });
});

test('a restored ledger knows its fills', () => {
  const ledger = Ledger.restore(tradedLedger().snapshot(), [BTC_USD, ETH_USD]);
  expect(ledger.applyTrade({ id: 't2', symbol: 'BTC/USD', side: 'buy', price: '1', qty: '1' })).toBe(false);
  expect(ledger.position('ETH/USD').lots).toBe(0);
  const marks = { 'BTC/USD': '104', 'KFEE/USD': '0.01' };
  expect(ledger.pnl(marks)).toEqual(tradedLedger().pnl(marks));
});

test('only the latest fill ids are remembered', () => {
  const fillIds = Array.from({ length: FILL_ID_WINDOW }, (_, index) => `f${index}`);
  const ledger = Ledger.restore({ ...tradedLedger().snapshot(), fillIds }, [BTC_USD]);
  expect(ledger.apply(fill('new', 'BTC/USD', 'buy', 1, 1))).toBe(true);
  const { fillIds: kept } = ledger.snapshot();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([FILL_ID_WINDOW, 'f1', 'new']);
});

test('names of assets are only names', () => {
  const odd = { ...BTC_USD, symbol: '__proto__/USD', base: '__proto__' };
  const ledger = new Ledger({ instruments: [odd], balances: { USD: '10' }, reporting: 'USD' });
  ledger.applyTrade({ symbol: '__proto__/USD', side: 'buy', price: '1', qty: '1' });
  const text = JSON.stringify(ledger.snapshot());
  expect(text).toContain('"__proto__":"1"');
  const restored = Ledger.restore(JSON.parse(text), [odd]);
  expect(restored.balance('__proto__').toFixed()).toBe('1');
  expect(Object.prototype).not.toHaveProperty('1');
});

describe('a snapshot that is not one is refused', () => {
  const good = tradedLedger().snapshot();
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['another version', { ...good, version: 2 }],
    ['no reporting currency', { ...good, reporting: undefined }],
    ['a balance as a number', { ...good, balances: { USD: 5 } }],
    ['a balance in words', { ...good, balances: { USD: 'much' } }],
    ['a list of balances', { ...good, balances: ['1'] }],
    [
      'a position in a symbol that is not an instrument',
      { ...good, positions: { 'ETH/USD': good.positions['BTC/USD'] } },
    ],
    ['a position without its cost', { ...good, positions: { 'BTC/USD': { qty: '1' } } }],
    ['fill ids that are not a list', { ...good, fillIds: 'f1' }],
    ['a fill id that is a number', { ...good, fillIds: [1] }],
    ['a negative count', { ...good, fills: -1 }],
    ['an inherited field', Object.create(good)],
  ])('%s', (_what, snapshot) => {
    expect(codeOf(() => Ledger.restore(snapshot, [BTC_USD]))).toBe('KB_PORTFOLIO_BAD_SNAPSHOT');
  });
});
