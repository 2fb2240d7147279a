import { micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tierAt } from '../src/accounts/fee-schedule.ts';
import { Money } from '../src/accounts/money.ts';
import { CRYPTO_FEES, STABLE_FEES } from '../src/listings/fee-schedules.ts';
import { knownListing, listingFor } from '../src/listings/make-listing.ts';
import { BTC_USD, later, openAccount, START, trade } from './account-fixture.ts';

const percentAt = (schedule: typeof CRYPTO_FEES, volume: string): number[] =>
  [schedule.maker, schedule.taker].map((tiers) => Number(tierAt(tiers, new Money(volume)).tier.percent));

describe('the fee schedules', () => {
  test('a step begins at its volume', () => {
    expect(percentAt(CRYPTO_FEES, '0')).toEqual([0.25, 0.4]);
    expect(percentAt(CRYPTO_FEES, '9999.9999')).toEqual([0.25, 0.4]);
    expect(percentAt(CRYPTO_FEES, '10000')).toEqual([0.2, 0.35]);
    expect(percentAt(CRYPTO_FEES, '99999999.99')).toEqual([0, 0.1]);
    expect(percentAt(CRYPTO_FEES, '1e12')).toEqual([0, 0.05]);
    expect(percentAt(STABLE_FEES, '60000')).toEqual([0.16, 0.16]);
    expect(percentAt(STABLE_FEES, '1000000')).toEqual([0, 0]);
  });

  test('tell the step that comes next', () => {
    expect(tierAt(CRYPTO_FEES.taker, new Money(0)).next?.volume).toBe(10_000);
    expect(tierAt(CRYPTO_FEES.taker, new Money(600_000_000)).next).toBeUndefined();
    expect(() => tierAt([], new Money(0))).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }));
  });

  test('every step is found by every volume in it', () => {
    fc.assert(
      fc.property(fc.nat(600_000_000), (volume) => {
        const expected = CRYPTO_FEES.taker.filter((tier) => tier.volume <= volume).at(-1);
        expect(tierAt(CRYPTO_FEES.taker, new Money(volume)).tier).toBe(expected);
      }),
    );
  });
});

describe('the fee of a fill', () => {
  test('is percent of the cost, rounded half up to the cost decimals', () => {
    const { fill } = trade(openAccount(), 'buy', '0.00123457', '67890.1');
    // 83.81508085… and 0.4 % of that: 0.33526032…
    expect([fill.cost.toFixed(), fill.fee.toFixed(), fill.feeAsset]).toEqual(['83.81508', '0.33526', 'USD']);
    expect(trade(openAccount(), 'sell', '0.00000499', '1.0').fill.cost.toFixed()).toBe('0');
    expect(trade(openAccount(), 'sell', '0.00000500', '1.0').fill.cost.toFixed()).toBe('0.00001');
  });

  test('goes by the volume that was reached before it', () => {
    const account = openAccount();
    const fees = [1, 2, 3].map(() => trade(account, 'buy', '0.1', '50000.0').fill.fee.toFixed());
    expect(fees).toEqual(['20', '20', '17.5']);
    expect(account.volume30d(START).toFixed()).toBe('15000');
    expect(account.feePercent(BTC_USD, 'maker', START).toFixed()).toBe('0.2');
    expect(trade(account, 'sell', '0.1', '50000.0', { liquidity: 'maker' }).fill.fee.toFixed()).toBe('10');
  });

  test('counts what the account came with, which does not age', () => {
    const account = openAccount({ volume30d: '9999' });
    expect(trade(account, 'buy', '0.1', '50000.0').fill.fee.toFixed()).toBe('20');
    expect(account.feePercent(BTC_USD, 'taker', START).toFixed()).toBe('0.35');
    const nextYear = later(365 * 86_400);
    expect(account.volume30d(nextYear).toFixed()).toBe('9999');
    expect(account.feePercent(BTC_USD, 'taker', nextYear).toFixed()).toBe('0.4');
  });

  test('a maker may be paid instead', () => {
    const listing = listingFor({
      symbol: 'THIN/USD',
      pricePrecision: 2,
      qtyPrecision: 2,
      fees: { maker: [{ volume: 0, percent: '-0.02' }], taker: [{ volume: 0, percent: '0.10' }] },
    });
    const account = openAccount({ balances: { USD: '0', THIN: '100' } });
    const { fill } = trade(account, 'sell', '100', '5.00', { listing, liquidity: 'maker' });
    expect(fill.fee.toFixed()).toBe('-0.1');
    expect(account.balance('USD').toFixed()).toBe('500.1');
    expect(account.feesPaid('USD').toFixed()).toBe('-0.1');
  });

  test('is charged in base only where the account is asked to honour that wish', () => {
    const wish = { feeIn: 'base' } as const;
    const plain = trade(openAccount(), 'buy', '1', '50000.0', wish).fill;
    expect([plain.fee.toFixed(), plain.feeAsset]).toEqual(['200', 'USD']);

    const honest = openAccount({}, { honourFeePreference: true });
    const { fill, entries } = trade(honest, 'buy', '1', '50000.0', wish);
    expect([fill.fee.toFixed(), fill.feeAsset]).toEqual(['0.004', 'BTC']);
    expect([honest.balance('BTC').toFixed(), honest.balance('USD').toFixed()]).toEqual(['2.996', '50000']);
    expect(entries.map(({ asset, amount, fee }) => [asset, amount.toFixed(), fee.toFixed()])).toEqual([
      ['BTC', '1', '0.004'],
      ['USD', '-50000', '0'],
    ]);
    expect(honest.feesPaid('BTC').toFixed()).toBe('0.004');
  });
});

describe('the 30-day volume', () => {
  test('is in USD, by the value of the quote currency; what has none does not count', () => {
    const listing = knownListing('ETH/BTC');
    const account = openAccount(
      {},
      { valuation: (asset, inAsset) => (asset === 'BTC' && inAsset === 'USD' ? new Money(50_000) : undefined) },
    );
    trade(account, 'buy', '2', '0.05000', { listing });
    expect(account.volume30d(START).toFixed()).toBe('5000');

    const blind = openAccount();
    trade(blind, 'buy', '2', '0.05000', { listing });
    expect(blind.volume30d(START).toFixed()).toBe('0');
  });

  test('leaves out pairs with a stablecoin or fiat as base', () => {
    const account = openAccount();
    const listing = listingFor({ symbol: 'USDT/USD', pricePrecision: 4, qtyPrecision: 8 });
    expect(trade(account, 'buy', '100', '1.0000', { listing }).fill.fee.toFixed()).toBe('0.2');
    expect(account.volume30d(START).toFixed()).toBe('0');
  });

  test('equals a slow sum over all fills of the last 720 hours', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 5 * 86_400 }),
      lots: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
        const account = openAccount();
        const done: { readonly hour: number; readonly usd: number }[] = [];
        let time = 0;
        for (const { wait, lots } of steps) {
          time += wait;
          const at = later(time);
          trade(account, 'buy', `0.0${lots}`, '10000.0', { at });
          const hour = Math.floor(at / 3.6e9);
          done.push({ hour, usd: lots * 100 });
          const sum = done.filter((fill) => fill.hour > hour - 720).reduce((total, { usd }) => total + usd, 0);
          expect(account.volume30d(at).toNumber()).toBe(sum);
        }
        expect(account.volume30d(micros(later(time) + 31 * 86_400e6)).isZero()).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
