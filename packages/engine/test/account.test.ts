import { instrument, micros } from '@kb/model';
import { Ledger } from '@kb/portfolio';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Account } from '../src/account.ts';
import { OrderTracker } from '../src/index.ts';
import { fillOf } from './support/stage.ts';

/** ETH/BTC trades one pair's base for the other's: a fill there changes what two pairs may sell. */
const PAIRS = ['BTC/USD', 'ETH/USD', 'ETH/BTC'].map((symbol) =>
  instrument({ symbol, pricePrecision: 1, qtyPrecision: symbol === 'BTC/USD' ? 8 : 5 }),
);
const INSTRUMENTS = new Map(PAIRS.map((pair) => [pair.symbol, pair]));
const FEES = { maker: '0.0025', taker: '0.004' };

function accountOf(ledger: Ledger): Account {
  return new Account(ledger, new OrderTracker(), INSTRUMENTS, () => FEES);
}

test('the lots it keeps are those of the ledger, whatever was traded', () => {
  const trade = fc.record({
    symbol: fc.constantFrom(...INSTRUMENTS.keys()),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    size: fc.integer({ min: 1, max: 2 ** 40 }),
    price: fc.integer({ min: 1, max: 1_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 30, size: 'max' }), (trades) => {
      const balances = { BTC: '1.23456789012', ETH: '50', USD: '10000' };
      const ledger = new Ledger({ instruments: PAIRS, balances, reporting: 'USD' });
      const account = accountOf(ledger);
      const view = account.viewFor('mm');
      trades.forEach(({ symbol, side, size, price }, index) => {
        account.apply(fillOf(symbol, side, size, price, `f${index}`));
        for (const { symbol: each, base, qtyPrecision } of PAIRS) {
          expect(view.position(each)).toBe(ledger.position(each).lots);
          expect(view.base(each)).toBe(
            ledger
              .balance(base)
              .mul(10 ** qtyPrecision)
              .floor()
              .toNumber(),
          );
          expect(view.balance(base)).toBe(ledger.balance(base).toFixed());
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('before any fill it shows the starting balances, rounded down to the lot', () => {
  const balances = { BTC: '1.234567899', USD: '10' };
  const view = accountOf(new Ledger({ instruments: PAIRS, balances, reporting: 'USD' })).viewFor('mm');
  expect(view.base('BTC/USD')).toBe(123_456_789);
  expect(view.position('BTC/USD')).toBe(0);
  expect(view.base('ETH/USD')).toBe(0);
  expect(view.base('DOGE/USD')).toBe(0);
  expect(view.balance('USD')).toBe('10');
  expect(view.fees('BTC/USD')).toEqual(FEES);
  expect(view.openOrders('BTC/USD')).toEqual([]);
});

test('a fill told twice is booked once', () => {
  const ledger = new Ledger({ instruments: PAIRS, balances: { BTC: '1', USD: '10000' }, reporting: 'USD' });
  const account = accountOf(ledger);
  const fill = fillOf('BTC/USD', 'buy', 5, 100, 'f1');
  account.apply(fill);
  account.apply(fill);
  expect(account.position('BTC/USD')).toBe(5);
});

test('a rollover shows in the balance at once', () => {
  const ledger = new Ledger({ instruments: PAIRS, balances: { USD: '1000' }, reporting: 'USD' });
  const account = accountOf(ledger);
  const view = account.viewFor('mm');
  expect(view.balance('USD')).toBe('1000');
  const [seq, at] = [1, micros(4)];
  const charged = { symbol: 'BTC/USD', positionId: 'BTC/USD-1', fee: '7.5', feeAsset: 'USD' };
  account.applyAccountReport({ type: 'rollover', seq, venueTs: at, recvTs: at, ...charged });
  expect(view.balance('USD')).toBe('992.5');
});

test('fees are asked for again once they may have changed', () => {
  let maker = '0.0025';
  const ledger = new Ledger({ instruments: PAIRS, balances: { USD: '1000' }, reporting: 'USD' });
  const account = new Account(ledger, new OrderTracker(), INSTRUMENTS, () => ({ maker, taker: '0.004' }));
  const view = account.viewFor('mm');
  expect(view.fees('BTC/USD').maker).toBe('0.0025');
  maker = '0.002';
  expect(view.fees('BTC/USD').maker).toBe('0.0025');
  account.forgetFees();
  expect(view.fees('BTC/USD').maker).toBe('0.002');
});
