import { lots, ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Account } from '../src/accounts/account.ts';
import type { LedgerEntry } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import { Money } from '../src/accounts/money.ts';
import type { Listing } from '../src/listings/listing.ts';
import { knownListing, listingFor } from '../src/listings/make-listing.ts';
import { BTC_USD, later, openAccount, START, trade } from './account-fixture.ts';

const plain = ({ type, asset, amount, fee, balance }: LedgerEntry): string =>
  `${type} ${asset} ${amount.toFixed()} fee ${fee.toFixed()} balance ${balance.toFixed()}`;

describe('Account', () => {
  test('begins with deposits of what it was given', () => {
    const account = openAccount({ balances: { USD: '1000.5', BTC: '0' } });
    expect(account.assets).toEqual(['USD', 'BTC']);
    expect(account.ledger.map(plain)).toEqual(['deposit USD 1000.5 fee 0 balance 1000.5']);
    expect(account.balance('BTC').isZero()).toBe(true);
    expect(account.balance('ETH').isZero()).toBe(true);
    expect(account.tier).toBe('intermediate');
    account.deposit('ETH', new Money('1.25'), later(1));
    expect(account.assets).toEqual(['USD', 'BTC', 'ETH']);
    expect(account.balance('ETH').toFixed()).toBe('1.25');
    expect(account.ledger.at(-1)).toMatchObject({ type: 'deposit', at: later(1) });
  });

  test('refuses amounts that are none', () => {
    const code = expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' });
    for (const text of ['', '-1', '1e3', 'NaN', '1,5', '.5', '0x10']) {
      expect(() => openAccount({ balances: { USD: text } })).toThrow(code);
      expect(() => openAccount({ volume30d: text })).toThrow(code);
      expect(() => openAccount({ marginAllowance: text })).toThrow(code);
    }
    const account = openAccount();
    for (const amount of [0, -1, NaN, Infinity]) {
      expect(() => account.deposit('USD', new Money(amount), START)).toThrow(code);
    }
    for (const amount of [-1, NaN, Infinity]) {
      expect(() => account.hold('O1', 'USD', new Money(amount))).toThrow(code);
    }
    expect([account.balance('USD').toFixed(), account.held('USD').toFixed()]).toEqual(['100000', '0']);
  });

  test('books a buy and a sell with an entry for each currency', () => {
    const account = openAccount();
    const bought = trade(account, 'buy', '0.5', '60000.0');
    expect(bought.entries.map(plain)).toEqual([
      'trade BTC 0.5 fee 0 balance 2.5',
      'trade USD -30000 fee 120 balance 69880',
    ]);
    expect(bought.fill.id).toMatch(/^T/);
    expect(bought.fill.ledgerIds).toEqual(bought.entries.map(({ id }) => id));
    expect(bought.entries.every(({ refId }) => refId === bought.fill.id)).toBe(true);
    expect(bought.fill).toMatchObject({ symbol: 'BTC/USD', side: 'buy', liquidity: 'taker', margin: undefined });

    const sold = trade(account, 'sell', '2.5', '60000.0', { at: later(9), liquidity: 'maker' });
    expect(sold.entries.map(plain)).toEqual([
      'trade BTC -2.5 fee 0 balance 0',
      'trade USD 150000 fee 300 balance 219580',
    ]);
    expect(account.fills).toEqual([bought.fill, sold.fill]);
    expect(account.feesPaid('USD').toFixed()).toBe('420');
  });

  test("a ledger has its asset's decimals, a fill those of its cost", () => {
    const account = openAccount();
    const { fill, entries } = trade(account, 'buy', '0.00123457', '67890.1');
    expect([fill.cost.toFixed(), fill.fee.toFixed()]).toEqual(['83.81508', '0.33526']);
    expect(plain(entries[1]!)).toBe('trade USD -83.8151 fee 0.3353 balance 99915.8496');
  });

  test('what open orders hold is not available, and stays in the balance', () => {
    const account = openAccount();
    account.hold('O1', 'USD', new Money(700));
    account.hold('O2', 'USD', new Money('0.5'));
    account.hold('O3', 'BTC', new Money(1));
    expect([account.held('USD'), account.available('USD'), account.balance('USD')].map(String)).toEqual([
      '700.5',
      '99299.5',
      '100000',
    ]);
    account.hold('O1', 'USD', new Money(100));
    expect(account.held('USD').toFixed()).toBe('100.5');
    account.hold('O1', 'USD', new Money(0));
    account.hold('O2', 'USD', new Money(0));
    account.hold('O2', 'USD', new Money(0));
    expect([account.held('USD').toFixed(), account.held('BTC').toFixed()]).toEqual(['0', '1']);
  });

  test('holds equal the sum over the orders, whatever is set', () => {
    const change = fc.record({
      order: fc.constantFrom('O1', 'O2', 'O3', 'O4'),
      asset: fc.constantFrom('USD', 'BTC'),
      amount: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(fc.array(change, { size: 'max', maxLength: 80 }), (changes) => {
        const account = openAccount();
        const model = new Map<string, number>();
        for (const { order, asset, amount } of changes) {
          account.hold(order, asset, new Decimal(amount).div(100_000));
          model.set(`${asset} ${order}`, amount);
          for (const of of ['USD', 'BTC']) {
            let sum = 0;
            for (const [key, value] of model) if (key.startsWith(of)) sum += value;
            expect(account.held(of).times(100_000).toNumber()).toBe(sum);
          }
        }
      }),
    );
  });

  test('is not changed by what others set in decimal.js', () => {
    const Coarse = Decimal.clone({ precision: 5, rounding: Decimal.ROUND_DOWN });
    const account = openAccount({ balances: { USD: '1000000000.0001' } });
    account.deposit('USD', new Coarse('0.0001'), START);
    account.hold('O1', 'USD', new Coarse('0.00001'));
    account.hold('O2', 'USD', new Money('123456789.1'));
    expect(account.balance('USD').toFixed()).toBe('1000000000.0002');
    expect(account.held('USD').toFixed()).toBe('123456789.10001');
    expect(account.available('USD').toFixed()).toBe('876543210.90019');
  });

  test('keeps the newest ledger entries and fills, and counts all', () => {
    const account = openAccount({ balances: {} });
    let [most, least] = [0, Infinity];
    for (let i = 0; i < 12_000; i += 1) {
      account.deposit('USD', new Money(1), START);
      most = Math.max(most, account.ledger.length);
      if (i >= 10_000) least = Math.min(least, account.ledger.length);
    }
    expect([most, least, account.ledgerCount]).toEqual([10_000, 9_001, 12_000]);
    expect(account.ledger.at(-1)?.balance.toFixed()).toBe('12000');
    const balances = account.ledger.map(({ balance }) => balance.toNumber());
    expect(balances).toEqual(balances.map((_, index) => 12_000 - balances.length + 1 + index));
    trade(account, 'buy', '0.1', '1.0');
    expect([account.fillCount, account.fills.length]).toEqual([1, 1]);
  });

  test('money is conserved to the last unit, whoever trades what with whom', () => {
    // USD ledgers have fewer decimals than costs of these pairs, BTC ledgers more.
    const listings = [BTC_USD, knownListing('XRP/BTC'), knownListing('XRP/USD'), rebatePair()];
    const step = fc.record({
      pair: fc.nat(listings.length - 1),
      buyer: fc.nat(2),
      seller: fc.nat(2),
      makerBuys: fc.boolean(),
      price: fc.integer({ min: 1, max: 9_999_999 }),
      size: fc.integer({ min: 1, max: 999_999_999 }),
      feeIn: fc.constantFrom('base' as const, 'quote' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', minLength: 1, maxLength: 40 }), (steps) => {
        const ids = new SeededIds(1);
        const accounts = ['a', 'b', 'c'].map(
          (name, index) =>
            new Account(
              { name, balances: { USD: '1000.1234', BTC: '3', XRP: '99.12345678' }, volume30d: `${index * 400_000}` },
              { ids, at: START, valuation: () => undefined, honourFeePreference: name === 'b' },
            ),
        );
        for (const { pair, buyer, seller, makerBuys, price, size, feeIn } of steps) {
          const listing = listings[pair]!;
          const facts = { listing, price: ticks(price), size: lots(size), feeIn };
          const both = [
            { account: accounts[buyer]!, side: 'buy', liquidity: makerBuys ? 'maker' : 'taker' },
            { account: accounts[seller]!, side: 'sell', liquidity: makerBuys ? 'taker' : 'maker' },
          ] as const;
          const [one, other] = both.map(({ account, side, liquidity }) =>
            trade(account, side, '1', '1', { ...facts, liquidity }),
          );
          expect(one!.fill.cost.eq(other!.fill.cost)).toBe(true);
        }
        for (const [asset, start] of Object.entries({ USD: '3000.3702', BTC: '9', XRP: '297.37037034', RBT: '0' })) {
          const sum = accounts.reduce(
            (total, account) => total.plus(account.balance(asset)).plus(account.feesPaid(asset)),
            new Money(0),
          );
          expect(sum.toFixed()).toBe(start);
        }
        for (const account of accounts) expectRunningBalances(account);
      }),
    );
  });
});

/** Every entry's balance is the one before it, changed by the entry. */
function expectRunningBalances(account: Account): void {
  const running = new Map<string, Decimal>();
  for (const { asset, amount, fee, balance } of account.ledger) {
    const next = (running.get(asset) ?? new Money(0)).plus(amount).minus(fee);
    expect(balance.eq(next)).toBe(true);
    running.set(asset, next);
  }
  for (const [asset, balance] of running) expect(account.balance(asset).eq(balance)).toBe(true);
}

function rebatePair(): Listing {
  return listingFor({
    symbol: 'RBT/USD',
    pricePrecision: 3,
    qtyPrecision: 5,
    fees: { maker: [{ volume: 0, percent: '-0.03' }], taker: [{ volume: 0, percent: '0.1' }] },
  });
}
