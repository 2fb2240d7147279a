import { lots, ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Account } from '../src/accounts/account.ts';
import type { LedgerEntry, Valuation } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import { MARGIN_CALL_PERCENT, MARGIN_STOP_PERCENT, MOST_POSITIONS } from '../src/accounts/margin-refusal.ts';
import { Money } from '../src/accounts/money.ts';
import { Portions } from '../src/accounts/portions.ts';
import { assetsOf, knownListing, listingFor } from '../src/listings/make-listing.ts';
import { BTC_USD, later, openAccount, START, trade } from './account-fixture.ts';

const plain = ({ type, asset, amount, fee, balance }: LedgerEntry): string =>
  `${type} ${asset} ${amount.toFixed()} fee ${fee.toFixed()} balance ${balance.toFixed()}`;

/** BTC at that price in USD. */
function btcAt(price: number): { readonly valuation: Valuation; set(next: number): void } {
  let now = price;
  return {
    valuation: (asset, inAsset) => (asset === 'BTC' && inAsset === 'USD' ? new Money(now) : undefined),
    set: (next) => {
      now = next;
    },
  };
}

const size = (btc: number): ReturnType<typeof lots> => lots(Math.round(btc * 1e8));
const price = (usd: number): ReturnType<typeof ticks> => ticks(usd * 10);

describe('margin positions', () => {
  test('opening one moves no money but the trade fee and the opening fee', () => {
    const account = openAccount({ balances: { USD: '20000' } });
    const { fill, entries } = trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    // 0.4 % of the cost, and 0.025 % of the borrowed USD.
    expect(entries.map(plain)).toEqual(['margin USD 0 fee 212.5 balance 19787.5']);
    expect([fill.cost.toFixed(), fill.fee.toFixed(), fill.feeAsset]).toEqual(['50000', '212.5', 'USD']);
    expect([fill.margin?.effect, fill.margin?.cost.toFixed()]).toEqual(['opened', '10000']);
    expect(account.positions).toHaveLength(1);
    expect(account.positions[0]).toMatchObject({
      id: fill.id,
      orderId: fill.orderId,
      symbol: 'BTC/USD',
      side: 'buy',
      openedAt: START,
      leverage: 5,
      size: 1e8,
      closed: 0,
      terms: '0.0250% per 4 hours',
      nextRolloverAt: later(4 * 3_600),
    });
    const [position] = account.positions;
    expect([position!.cost, position!.fee, position!.margin].map(String)).toEqual(['50000', '212.5', '10000']);
    expect(account.openPosition('BTC/USD')).toBe(1e8);
    expect(account.openPosition('ETH/USD')).toBe(0);
  });

  test('a short borrows the base currency and pays its rate', () => {
    const account = openAccount({ balances: { USD: '20000' } });
    const { entries } = trade(account, 'sell', '1', '50000.0', { leverage: 2 });
    // 0.4 % of the cost, and the 0.01 % of BTC.
    expect(entries.map(plain)).toEqual(['margin USD 0 fee 205 balance 19795']);
    expect(account.positions[0]?.terms).toBe('0.0100% per 4 hours');
    expect(account.openPosition('BTC/USD')).toBe(-1e8);
  });

  test('closing brings the difference, first in first out', () => {
    const account = openAccount({ balances: { USD: '50000' } });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    trade(account, 'buy', '1', '60000.0', { leverage: 5 });
    const { fill, entries } = trade(account, 'sell', '1.5', '62000.0', { leverage: 5, at: later(60) });
    // 12,000 on the first, 1,000 on half of the second; 0.22 % of 93,000, as the volume is 110,000 by then.
    expect(entries.map(({ type, amount }) => [type, amount.toFixed()])).toEqual([['margin', '13000']]);
    expect(fill.fee.toFixed()).toBe('204.6');
    expect([fill.margin?.effect, fill.margin?.cost.toFixed()]).toEqual(['closed', '16000']);
    expect(account.positions.map(({ size: opened, closed }) => [opened, closed])).toEqual([[1e8, 0.5e8]]);
    expect(account.positions[0]?.margin.toFixed()).toBe('6000');
    expect(account.openPosition('BTC/USD')).toBe(0.5e8);
  });

  test('closing a short at a higher price is a loss, which may bring the balance below zero', () => {
    const account = openAccount({ balances: { USD: '3000' } });
    trade(account, 'sell', '0.2', '50000.0', { leverage: 5 });
    const { entries } = trade(account, 'buy', '0.2', '70000.0', { leverage: 5 });
    expect(entries[0]?.amount.toFixed()).toBe('-4000');
    expect(account.balance('USD').lt(0)).toBe(true);
    expect(account.positions).toEqual([]);
    expect(account.marginLevel()).toBeUndefined();
  });

  test('what is more than the position opens one on the other side', () => {
    const account = openAccount({ balances: { USD: '50000' } });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    const { fill, entries } = trade(account, 'sell', '1.5', '50000.0', { leverage: 4 });
    expect(entries[0]?.amount.toFixed()).toBe('0');
    expect(fill.margin?.effect).toBe('closed');
    expect(account.openPosition('BTC/USD')).toBe(-0.5e8);
    const [position] = account.positions;
    expect([position!.cost, position!.margin].map(String)).toEqual(['25000', '6250']);
    // Its third of the trade fee (0.24 % from 50,000 on), and 0.01 % of what it borrowed.
    expect(position!.fee.toFixed()).toBe('62.5');
    expect(fill.fee.toFixed()).toBe('182.5');
  });

  test('of a pair leave those of others and spot trades alone', () => {
    const account = openAccount({ balances: { USD: '100000', ETH: '5' } });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    trade(account, 'sell', '1', '3000.00', { leverage: 3, listing: knownListing('ETH/USD') });
    trade(account, 'sell', '1', '3000.00', { listing: knownListing('ETH/USD') });
    expect([account.openPosition('BTC/USD'), account.openPosition('ETH/USD')]).toEqual([1e8, -1e8]);
    expect(account.balance('ETH').toFixed()).toBe('4');
  });

  test('pay for what they borrow every four hours, on what is still open', () => {
    const account = openAccount({ balances: { USD: '50000' } });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    trade(account, 'buy', '0.5', '40000.0', { leverage: 5, at: later(3_600) });
    const hour = (hours: number): ReturnType<typeof later> => later(hours * 3_600);
    expect(account.nextRolloverAt).toBe(hour(4));
    expect(account.rollover(later(4 * 3_600 - 1))).toEqual([]);
    const due = account.rollover(hour(9));
    expect(due.map(({ at, type, refId, fee }) => [at, type, refId, fee.toFixed()])).toEqual([
      [hour(4), 'rollover', account.positions[0]!.id, '12.5'],
      [hour(5), 'rollover', account.positions[1]!.id, '5'],
      [hour(8), 'rollover', account.positions[0]!.id, '12.5'],
      [hour(9), 'rollover', account.positions[1]!.id, '5'],
    ]);
    expect(account.nextRolloverAt).toBe(hour(12));
    trade(account, 'sell', '0.5', '50000.0', { leverage: 5, at: hour(10) });
    expect(account.rollover(hour(12)).map(({ fee }) => fee.toFixed())).toEqual(['6.25']);
    trade(account, 'sell', '1', '50000.0', { leverage: 5, at: hour(12) });
    expect(account.nextRolloverAt).toBeUndefined();
    expect(account.rollover(hour(99))).toEqual([]);
  });

  test('can be settled: the loan is paid back, and what was bought received, without a fee', () => {
    const account = openAccount({ balances: { USD: '60000' } });
    const { fill } = trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    expect(account.settle(BTC_USD, 'buy', size(1), START)).toEqual({ settled: 0, entries: [] });
    const { settled, entries } = account.settle(BTC_USD, 'sell', size(0.5), later(1));
    expect(settled).toBe(0.5e8);
    expect(entries.map(plain)).toEqual([
      'settled BTC 0.5 fee 0 balance 0.5',
      'settled USD -25000 fee 0 balance 34787.5',
    ]);
    expect(entries.every(({ refId }) => refId === fill.id)).toBe(true);
    expect(account.settle(BTC_USD, 'sell', size(9), later(2)).settled).toBe(0.5e8);
    expect(account.positions).toEqual([]);
    expect([account.balance('BTC'), account.balance('USD')].map(String)).toEqual(['1', '9787.5']);
  });

  test('of a short are settled by giving back what was borrowed', () => {
    const account = openAccount({ balances: { USD: '60000', BTC: '0.3' } });
    trade(account, 'sell', '0.3', '50000.0', { leverage: 5 });
    const { settled, entries } = account.settle(BTC_USD, 'buy', size(0.3), later(1));
    expect(settled).toBe(0.3e8);
    expect(entries.map(({ asset, amount }) => [asset, amount.toFixed()])).toEqual([
      ['BTC', '-0.3'],
      ['USD', '15000'],
    ]);
  });

  test('that cannot be paid for are not settled; what open orders hold pays for nothing', () => {
    const long = openAccount({ balances: { USD: '60000' } });
    trade(long, 'buy', '1', '50000.0', { leverage: 5 });
    long.hold('O1', 'USD', new Money(10_000));
    expect(long.settle(BTC_USD, 'sell', size(1), START)).toEqual({ settled: 0, entries: [] });
    expect(long.settle(BTC_USD, 'sell', size(0.9), START).settled).toBe(0.9e8);

    const short = openAccount({ balances: { USD: '60000', BTC: '0.2' } });
    trade(short, 'sell', '0.2', '50000.0', { leverage: 5 });
    trade(short, 'sell', '0.2', '50000.0', { leverage: 5 });
    expect(short.settle(BTC_USD, 'buy', size(0.4), START).settled).toBe(0.2e8);
    expect(short.openPosition('BTC/USD')).toBe(-0.2e8);
  });

  test('money is conserved to the last unit when loans are counted', () => {
    const step = fc.record({
      buyer: fc.nat(2),
      seller: fc.nat(2),
      buyLeverage: fc.constantFrom(0, 2, 3),
      sellLeverage: fc.constantFrom(0, 2, 3),
      price: fc.integer({ min: 1, max: 9_999_999 }),
      size: fc.integer({ min: 1, max: 99_999_999 }),
      next: fc.constantFrom('nothing' as const, 'rollover' as const, 'settle' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', minLength: 1, maxLength: 40 }), (steps) => {
        const ids = new SeededIds(1);
        const accounts = ['a', 'b', 'c'].map(
          (name) =>
            new Account(
              { name, balances: { USD: '100000.0001', BTC: '3' } },
              { ids, at: START, valuation: () => undefined },
            ),
        );
        let time = 0;
        for (const { buyer, seller, buyLeverage, sellLeverage, next, ...traded } of steps) {
          time += 5_000;
          const facts = { price: ticks(traded.price), size: lots(traded.size), at: later(time) };
          trade(accounts[buyer]!, 'buy', '1', '1', { ...facts, leverage: buyLeverage });
          trade(accounts[seller]!, 'sell', '1', '1', { ...facts, leverage: sellLeverage, liquidity: 'maker' });
          if (next === 'rollover') for (const account of accounts) account.rollover(later(time));
          if (next === 'settle') {
            for (const side of ['buy', 'sell'] as const) {
              accounts[buyer]!.settle(BTC_USD, side, lots(Math.ceil(traded.size / 3)), later(time));
            }
          }
          for (const account of accounts) {
            for (const position of account.positions) {
              expect(position.closed).toBeLessThan(position.size);
              expect(position.margin.gte(0) && position.margin.lte(position.cost)).toBe(true);
            }
          }
        }
        const sum = (of: (account: Account) => Decimal): string =>
          accounts.reduce((total, account) => total.plus(of(account)), new Money(0)).toFixed();
        // Lent is what positions cost to open, held for them what they bought.
        const usd = sum((account) => {
          const sign = Math.sign(account.openPosition('BTC/USD'));
          const lent = account.tradeBalance('USD').costBasis.times(sign);
          return account.balance('USD').plus(account.feesPaid('USD')).minus(lent);
        });
        const btc = sum((account) => account.balance('BTC').plus(new Money(account.openPosition('BTC/USD')).div(1e8)));
        expect([usd, btc]).toEqual(['300000.0003', '9']);
      }),
    );
  });
});

describe('trade balance', () => {
  test('follows the market: unrealised profit, equity, free margin, level', () => {
    const market = btcAt(50_000);
    const account = openAccount({ balances: { USD: '20212.5' } }, { valuation: market.valuation });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    const figures = (): Record<string, string | undefined> =>
      Object.fromEntries(Object.entries(account.tradeBalance('USD')).map(([name, value]) => [name, value?.toFixed()]));
    expect(figures()).toEqual({
      equivalentBalance: '20000',
      tradeBalance: '20000',
      marginUsed: '10000',
      unrealised: '0',
      costBasis: '50000',
      valuation: '50000',
      equity: '20000',
      freeMargin: '10000',
      marginLevel: '200',
    });
    market.set(36_000);
    expect(figures()).toMatchObject({
      tradeBalance: '20000',
      unrealised: '-14000',
      valuation: '36000',
      equity: '6000',
      freeMargin: '-4000',
      marginLevel: '60',
    });
    expect(account.marginLevel()?.toFixed()).toBe('60');
    expect([MARGIN_CALL_PERCENT, MARGIN_STOP_PERCENT]).toEqual([80, 40]);
  });

  test('a short gains when the market falls', () => {
    const market = btcAt(50_000);
    const account = openAccount({ balances: { USD: '20205' } }, { valuation: market.valuation });
    trade(account, 'sell', '1', '50000.0', { leverage: 5 });
    market.set(45_000);
    expect(account.tradeBalance('USD').unrealised.toFixed()).toBe('5000');
    expect(account.marginLevel()?.toFixed()).toBe('250');
  });

  test('collateral counts by its weight, a debt in full, the unknown not at all', () => {
    const value: Valuation = (asset) => (asset === 'ABC' ? undefined : new Money(asset === 'BTC' ? 50_000 : 2));
    const assets = new Map([...assetsOf([BTC_USD])].map(([id, asset]) => [id, { ...asset, collateralValue: 0.9 }]));
    const account = openAccount({ balances: { BTC: '1', XRP: '100', ABC: '5' } }, { valuation: value, assets });
    const { equivalentBalance, tradeBalance, marginLevel } = account.tradeBalance('USD');
    // XRP is not in the map: it counts in full.
    expect([equivalentBalance, tradeBalance].map(String)).toEqual(['50200', '45200']);
    expect(marginLevel).toBeUndefined();

    trade(account, 'buy', '0.001', '50000.0');
    expect(account.tradeBalance('USD').tradeBalance.toFixed()).toBe('45194.8');
  });

  test('without a last price a position stands at its cost', () => {
    const account = openAccount({ balances: { USD: '20000' } });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    expect(account.tradeBalance('USD').unrealised.toFixed()).toBe('0');
  });
});

describe('marginRefusal', () => {
  test('asks for cost / leverage of free margin', () => {
    const account = openAccount({ balances: { USD: '10000' } }, { valuation: btcAt(50_000).valuation });
    expect(account.marginRefusal(BTC_USD, 'buy', size(1), price(50_000), 5)).toBeUndefined();
    expect(account.marginRefusal(BTC_USD, 'buy', size(1.00001), price(50_000), 5)).toBe(
      'EOrder:Insufficient initial margin',
    );
    expect(account.marginRefusal(BTC_USD, 'sell', size(1), price(50_000), 4)).toBe(
      'EOrder:Insufficient initial margin',
    );
    account.hold('O1', 'USD', new Money(1));
    expect(account.marginRefusal(BTC_USD, 'buy', size(1), price(50_000), 5)).toBe('EOrder:Insufficient initial margin');
  });

  test('takes only the leverage that is offered, and pairs that have any', () => {
    const account = openAccount();
    for (const leverage of [1, 11, 2.5]) {
      expect(account.marginRefusal(BTC_USD, 'buy', size(1), price(1), leverage)).toBe(
        'EGeneral:Invalid arguments:leverage',
      );
    }
    const spotOnly = knownListing('SHIB/USD');
    expect(account.marginRefusal(spotOnly, 'buy', lots(1), ticks(1), 2)).toBe('EOrder:Cannot open position');
  });

  test('lends nothing that cannot be borrowed', () => {
    const margin = { leverage: [2], longLimit: 100, shortLimit: 100 };
    const listing = listingFor({ symbol: 'ABC/USD', pricePrecision: 2, qtyPrecision: 2, margin });
    const account = openAccount();
    expect(account.marginRefusal(listing, 'sell', lots(100), ticks(100), 2)).toBe('EOrder:Insufficient margin');
    expect(account.marginRefusal(listing, 'buy', lots(100), ticks(100), 2)).toBeUndefined();
  });

  test('keeps to the position limits of the pair, on each side', () => {
    const account = openAccount({ balances: { USD: '1000000000' } });
    const listing = knownListing('BTC/USD', { margin: { leverage: [2], longLimit: 3, shortLimit: 2 } });
    const refusal = (side: 'buy' | 'sell', btc: number): string | undefined =>
      account.marginRefusal(listing, side, size(btc), price(50_000), 2);
    expect([refusal('buy', 3), refusal('sell', 2)]).toEqual([undefined, undefined]);
    expect(refusal('buy', 3.00000001)).toBe('EOrder:Margin position size exceeded');
    expect(refusal('sell', 2.00000001)).toBe('EOrder:Margin position size exceeded');
    trade(account, 'buy', '1', '50000.0', { leverage: 2, listing });
    expect([refusal('buy', 2), refusal('sell', 3)]).toEqual([undefined, undefined]);
    expect(refusal('buy', 2.1)).toBe('EOrder:Margin position size exceeded');
    expect(refusal('sell', 3.1)).toBe('EOrder:Margin position size exceeded');
  });

  test('never refuses what only closes', () => {
    const market = btcAt(50_000);
    const account = openAccount({ balances: { USD: '10300' } }, { valuation: market.valuation });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    market.set(40_500);
    expect(account.marginLevel()?.lt(MARGIN_STOP_PERCENT)).toBe(true);
    expect(account.marginRefusal(BTC_USD, 'sell', size(1), price(40_500), 5)).toBeUndefined();
    expect(account.marginRefusal(BTC_USD, 'sell', size(1.1), price(40_500), 5)).toBe('EOrder:Margin level too low');
    expect(account.marginRefusal(BTC_USD, 'buy', size(0.01), price(40_500), 5)).toBe('EOrder:Margin level too low');
  });

  test('finds a level of exactly 80 percent too low', () => {
    const market = btcAt(47_912.5);
    const account = openAccount({ balances: { USD: '10300' } }, { valuation: market.valuation });
    trade(account, 'buy', '1', '50000.0', { leverage: 5 });
    expect(account.marginLevel()?.toNumber()).toBe(MARGIN_CALL_PERCENT);
    const refusal = (): string | undefined => account.marginRefusal(BTC_USD, 'buy', size(0.01), price(47_912.5), 5);
    expect(refusal()).toBe('EOrder:Margin level too low');
    market.set(47_913);
    expect(refusal()).toBe('EOrder:Insufficient initial margin');
  });

  test('keeps to the allowance of the account over all its positions', () => {
    const account = openAccount(
      { balances: { USD: '100000' }, marginAllowance: '60000' },
      { valuation: btcAt(50_000).valuation },
    );
    trade(account, 'sell', '1', '50000.0', { leverage: 5 });
    expect(account.marginRefusal(BTC_USD, 'sell', size(0.2), price(50_000), 5)).toBeUndefined();
    expect(account.marginRefusal(BTC_USD, 'sell', size(0.21), price(50_000), 5)).toBe(
      'EOrder:Margin allowance exceeded',
    );
  });

  test('opens no more than so many positions', () => {
    const account = openAccount({ balances: { USD: '100000' } });
    for (let i = 0; i < MOST_POSITIONS; i += 1) {
      expect(account.marginRefusal(BTC_USD, 'buy', size(0.0001), price(100), 2)).toBeUndefined();
      trade(account, 'buy', '0.0001', '100.0', { leverage: 2 });
    }
    expect(account.marginRefusal(BTC_USD, 'buy', size(0.0001), price(100), 2)).toBe('EOrder:Positions limit exceeded');
    expect(account.marginRefusal(BTC_USD, 'sell', size(0.0001), price(100), 2)).toBeUndefined();
  });
});

test('portions of an amount add up to it exactly', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { size: 'max', minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(parts, fc.nat(100_000_000), (sizes, amount) => {
      const whole = sizes.reduce((sum, part) => sum + part, 0);
      const portions = new Portions(new Money(amount).div(10_000), lots(whole), 4);
      let sum = new Money(0);
      for (const part of sizes) {
        const next = portions.next(lots(part));
        expect(next.gte(0) && next.decimalPlaces() <= 4).toBe(true);
        expect(portions.take(lots(part)).eq(next)).toBe(true);
        sum = sum.plus(next);
      }
      expect(sum.eq(portions.amount) && portions.left.isZero()).toBe(true);
    }),
  );
});
