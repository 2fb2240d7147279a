import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../src/index.ts';
import { BTC_USD, ETH_BTC, ETH_USD, fill } from './harness.ts';

const Exact = Decimal.clone({ precision: 200, defaults: true });
const PAIRS = [BTC_USD, ETH_USD, ETH_BTC];

/** Amounts with up to 12 decimals, fees below zero among them. */
const fee = fc
  .integer({ min: -1_000_000, max: 50_000_000_000 })
  .map((steps) => new Exact(steps).times('1e-12').toFixed());
const price = fc.integer({ min: 1, max: 5_000_000 });
const fills = fc.array(
  fc
    .record({
      pair: fc.constantFrom(...PAIRS),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      price,
      size: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000_000_000 })),
      fee,
      feeIn: fc.constantFrom('base', 'quote', 'KFEE'),
    })
    .map(({ pair, side, price: ticks, size, fee: paid, feeIn }) => {
      const feeAsset = feeIn === 'base' ? pair.base : feeIn === 'quote' ? pair.quote : feeIn;
      return { pair, report: fill('', pair.symbol, side, ticks, size, paid, feeAsset) };
    }),
  { maxLength: 40 },
);
const marks = fc.record({ BTC: price, ETH: price, KFEE: price }).map(({ BTC, ETH, KFEE }) => ({
  'BTC/USD': new Exact(BTC).div(10).toFixed(),
  'ETH/USD': new Exact(ETH).div(100).toFixed(),
  'KFEE/USD': new Exact(KFEE).div(1000).toFixed(),
}));

function openLedger(first: Record<string, string>): Ledger {
  const balances = { USD: '100000', BTC: '1.5', ETH: '0.000000000001' };
  const ledger = new Ledger({ instruments: PAIRS, balances, reporting: 'USD' });
  ledger.open(first);
  return ledger;
}

function book(ledger: Ledger, list: readonly { report: ReturnType<typeof fill> }[]): void {
  for (const [index, { report }] of list.entries()) ledger.apply({ ...report, fillId: `f${index}` });
}

/** The same cases each time. */
const SEEDED = { seed: 20_261_101, numRuns: 150 };

describe('for any fills and marks', () => {
  test('balances are the start plus every trade and fee, to the last digit', () => {
    fc.assert(
      fc.property(fills, marks, (list, first) => {
        const ledger = openLedger(first);
        book(ledger, list);
        const expected = new Map([
          ['USD', new Exact(100_000)],
          ['BTC', new Exact('1.5')],
          ['ETH', new Exact('1e-12')],
        ]);
        const add = (asset: string, amount: Decimal): void => {
          expected.set(asset, (expected.get(asset) ?? new Exact(0)).plus(amount));
        };
        for (const { pair, report } of list) {
          const qty = new Exact(report.size).times(`1e-${pair.qtyPrecision}`).times(report.side === 'buy' ? 1 : -1);
          add(pair.base, qty);
          add(pair.quote, qty.times(report.price).times(`1e-${pair.pricePrecision}`).negated());
          add(report.feeAsset, new Exact(report.fee).negated());
        }
        for (const [asset, amount] of expected) expect(ledger.balance(asset).toFixed()).toBe(amount.toFixed());
      }),
      SEEDED,
    );
  });

  test('balances as text and lots held say what the decimals say', () => {
    fc.assert(
      fc.property(fills, marks, (list, first) => {
        const ledger = openLedger(first);
        book(ledger, list);
        for (const asset of [...ledger.assets, 'DOGE']) {
          expect(ledger.balanceText(asset)).toBe(ledger.balance(asset).toFixed());
        }
        for (const { base, qtyPrecision, symbol } of PAIRS) {
          const held = ledger.balance(base).times(10 ** qtyPrecision);
          expect(ledger.heldLots(symbol)).toBe(held.floor().toNumber());
        }
      }),
      SEEDED,
    );
  });

  test('equity since the start is realised + unrealised + inventory − fees, to the last digit', () => {
    fc.assert(
      fc.property(fills, marks, marks, (list, first, last) => {
        const ledger = openLedger(first);
        book(ledger, list);
        const pnl = ledger.pnl(last);
        const equity = ledger.equity(last);
        if (pnl === undefined || equity === undefined) throw new Error('every asset has a mark');
        const parts = new Exact(pnl.realised).plus(pnl.unrealised).plus(pnl.inventory).minus(pnl.fees);
        expect(parts.toFixed()).toBe(pnl.total.toFixed());
        expect(equity.minus(pnl.startEquity).toFixed()).toBe(pnl.total.toFixed());
      }),
      SEEDED,
    );
  });

  test('between two moments equity changes by realised + Δunrealised + Δinventory − fees', () => {
    fc.assert(
      fc.property(fills, fills, marks, marks, marks, (before, after, first, middle, last) => {
        const ledger = openLedger(first);
        book(ledger, before);
        const earlier = ledger.pnl(middle);
        for (const [index, { report }] of after.entries()) ledger.apply({ ...report, fillId: `g${index}` });
        const later = ledger.pnl(last);
        if (earlier === undefined || later === undefined) throw new Error('every asset has a mark');
        const change = (name: 'realised' | 'unrealised' | 'inventory' | 'fees'): Decimal =>
          new Exact(later[name]).minus(earlier[name]);
        const parts = change('realised').plus(change('unrealised')).plus(change('inventory')).minus(change('fees'));
        expect(new Exact(later.equity).minus(earlier.equity).toFixed()).toBe(parts.toFixed());
      }),
      SEEDED,
    );
  });

  test('the traded position is what was bought less what was sold, and a flat one has no average', () => {
    fc.assert(
      fc.property(fills, marks, (list, first) => {
        const ledger = openLedger(first);
        book(ledger, list);
        for (const pair of PAIRS) {
          const { qty, averagePrice } = ledger.position(pair.symbol);
          expect(averagePrice === undefined).toBe(qty.isZero());
          expect(averagePrice === undefined || averagePrice.isPositive()).toBe(true);
        }
      }),
      SEEDED,
    );
  });

  test('exits leave the average as it was', () => {
    const exits = fc.array(fc.record({ price, size: fc.integer({ min: 1, max: 1000 }) }), { maxLength: 30 });
    fc.assert(
      fc.property(price, fc.integer({ min: 40_000, max: 1e9 }), price, exits, (first, size, second, list) => {
        const ledger = openLedger({ 'BTC/USD': '1', 'ETH/USD': '1' });
        ledger.apply(fill('a', 'BTC/USD', 'buy', first, size));
        ledger.apply(fill('b', 'BTC/USD', 'buy', second, 7));
        const average = ledger.position('BTC/USD').averagePrice?.toFixed(15);
        for (const [index, exit] of list.entries()) {
          ledger.apply(fill(`x${index}`, 'BTC/USD', 'sell', exit.price, exit.size));
        }
        expect(ledger.position('BTC/USD').averagePrice?.toFixed(15)).toBe(average);
      }),
      SEEDED,
    );
  });

  test('replaying the fills gives the same ledger, repeats or not, and so does going on from a snapshot', () => {
    fc.assert(
      fc.property(fills, fc.nat(), marks, (list, cut, first) => {
        const whole = openLedger(first);
        book(whole, list);
        const again = openLedger(first);
        book(again, list);
        expect(JSON.stringify(again.snapshot())).toBe(JSON.stringify(whole.snapshot()));

        const half = openLedger(first);
        book(half, list.slice(0, cut % (list.length + 1)));
        const restored = Ledger.restore(JSON.parse(JSON.stringify(half.snapshot())), PAIRS);
        book(restored, list); // the ones before the cut are repeats
        expect({ ...restored.snapshot(), duplicates: 0 }).toEqual(whole.snapshot());
      }),
      SEEDED,
    );
  });
});
