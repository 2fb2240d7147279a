import { instrument, lots, micros, ticks } from '@kb/model';
import type { FeeRates, Instrument, Micros } from '@kb/model';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Account } from '../src/account/account.ts';
import type { TieredFees } from '../src/account/fee-book.ts';
import { KRAKEN_FEE_SCHEDULE } from '../src/account/fee-schedule.ts';
import { priceOf } from '../src/account/amounts.ts';

const BTC = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 4 });
const ETH_EUR = instrument({ symbol: 'ETH/EUR', pricePrecision: 2, qtyPrecision: 4 });
const USDT = instrument({ symbol: 'USDT/USD', pricePrecision: 4, qtyPrecision: 4 });
const hours = (count: number): Micros => micros(Math.round(count * 3_600_000_000));

interface Setup {
  fees?: FeeRates | TieredFees;
  usdPrices?: Record<string, string>;
  mids?: Record<string, string>;
}

function accountWith({ fees = { startingVolume: '0' }, usdPrices = {}, mids = {} }: Setup = {}): Account {
  return new Account({
    balances: { USD: '1e12', BTC: '1e6', EUR: '1e9' },
    fees,
    usdPrices,
    margin: undefined,
    midOf: (symbol) => (mids[symbol] === undefined ? undefined : priceOf('mid', mids[symbol])),
    report: () => undefined,
  });
}

let orders = 0;
/** Books a taker buy. @returns Fee, its asset and the tier. */
function buy(
  account: Account,
  at: Micros,
  pair: Instrument,
  price: number,
  size: number,
  feeIn?: 'base' | 'quote',
): string {
  orders += 1;
  const terms = { clientOrderId: `o${orders}`, side: 'buy', orderType: 'market', ...(feeIn && { feeIn }) } as const;
  const { fee } = account.book(pair, terms, { price: ticks(price), size: lots(size), liquidity: 'taker', at });
  return `${new Decimal(String(fee.amount)).div(1e10).toFixed()} ${fee.asset} ${fee.tierBps}`;
}

describe('tiers', () => {
  test.each(KRAKEN_FEE_SCHEDULE.map((tier) => [tier.from, tier.maker, tier.taker]))(
    'a volume of %s US dollars pays %s as maker and %s as taker, a dollar less does not',
    (from, maker, taker) => {
      const reached = accountWith({ fees: { startingVolume: from } }).fees.status(BTC);
      expect(reached).toMatchObject({
        volume: from,
        maker: new Decimal(maker).toFixed(),
        taker: new Decimal(taker).toFixed(),
      });
      if (from === '0') return;
      const short = accountWith({ fees: { startingVolume: new Decimal(from).minus(1).toFixed() } }).fees.status(BTC);
      expect(Number(short.taker)).toBeGreaterThan(Number(taker));
    },
  );

  test('a fill pays the tier reached before it, and counts for the next at once', () => {
    const account = accountWith({ fees: { startingVolume: '9000' } });
    // 1,000 US dollars complete the first 10,000: still 40 basis points.
    expect(buy(account, hours(1), BTC, 500_000, 200)).toBe('4 USD 40');
    expect(buy(account, hours(1), BTC, 500_000, 200)).toBe('3.5 USD 35');
    expect(account.fees.status(BTC)).toEqual({ maker: '0.002', taker: '0.0035', volume: '11000', unpricedFills: 0 });
  });

  test('makers and takers have rates of their own, told in basis points', () => {
    const account = accountWith({ fees: { startingVolume: '50000' } });
    const terms = { clientOrderId: 'm', side: 'sell', orderType: 'limit' } as const;
    const fill = { price: ticks(500_000), size: lots(10_000), liquidity: 'maker', at: hours(1) } as const;
    const amount = 700_000_000_000n;
    expect(account.book(BTC, terms, fill).fee).toEqual({ asset: 'USD', amount, text: '70', tierBps: 14 });
  });

  test('the fee of a fill does not depend on what was asked before', () => {
    const finer = { ...BTC, qtyPrecision: BTC.qtyPrecision + 1 };
    const asked = fc.tuple(
      fc.constantFrom(BTC, finer),
      fc.integer({ min: 499_999, max: 500_000 }).map(ticks),
      fc.integer({ min: 333_333, max: 333_334 }).map(lots),
      fc.constantFrom('maker', 'taker'),
      fc.constantFrom('base', 'quote'),
    );
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30, size: 'max' }), (list) => {
        const { funds } = accountWith({});
        for (const each of list) expect(funds.fee(...each)).toEqual(accountWith({}).funds.fee(...each));
      }),
    );
  });

  test('a fill leaves in a step of six hours, not before it is 30 days old', () => {
    const account = accountWith();
    buy(account, hours(1), BTC, 500_000, 10_000); // 50,000
    for (const at of [hours(720.9), hours(725.9)]) {
      account.fees.advance(at);
      expect(account.fees.status(BTC).taker).toBe('0.0024');
    }
    account.fees.advance(hours(726));
    expect(account.fees.status(BTC)).toMatchObject({ taker: '0.004', volume: '0' });
  });

  test('a time before the last one makes no volume leave', () => {
    const account = accountWith();
    buy(account, hours(24), BTC, 1_000_000, 10_000);
    account.fees.advance(hours(12));
    account.fees.advance(hours(24));
    expect(account.fees.status(BTC).volume).toBe('100000');
  });

  test('other steps can be asked for', () => {
    const account = accountWith({ fees: { startingVolume: '0', volumeStep: hours(1) } });
    buy(account, hours(1), BTC, 500_000, 10_000);
    account.fees.advance(hours(721.9));
    expect(account.fees.status(BTC).volume).toBe('50000');
    account.fees.advance(hours(722));
    expect(account.fees.status(BTC).volume).toBe('0');
  });

  test.each([
    ['evenly', ['119000', '60000', '1000', '0']],
    ['at-once', ['120000', '120000', '120000', '0']],
  ] as const)('a starting volume leaves %s', (startingVolumeLeaves, volumes) => {
    const account = accountWith({ fees: { startingVolume: '120000', startingVolumeLeaves } });
    account.fees.advance(hours(3));
    expect(account.fees.status(BTC).volume).toBe('120000');
    const told = [6, 360, 714, 726].map((hour) => {
      account.fees.advance(hours(hour));
      return account.fees.status(BTC).volume;
    });
    expect(told).toEqual(volumes);
  });

  test('pegged pairs pay their own schedule and do not count', () => {
    const account = accountWith({ fees: { startingVolume: '49000' } });
    expect(buy(account, hours(1), USDT, 10_000, 50_000_000)).toBe('10 USD 20'); // 5,000 US dollars
    expect(account.fees.status(USDT)).toMatchObject({ volume: '49000', taker: '0.002' });
  });

  test('a pair may have a schedule of its own, with a rebate', () => {
    const schedules = { 'BTC/USD': [{ from: '0', maker: '-0.0002', taker: '0.0010' }] };
    const { fees } = accountWith({ fees: { startingVolume: '0', schedules } });
    expect(fees.status(BTC)).toMatchObject({ maker: '-0.0002', taker: '0.001' });
    expect(fees.status(ETH_EUR)).toMatchObject({ maker: '0.0025', taker: '0.004' });
  });

  test('of two schedules the one that is reached first changes first', () => {
    const schedules = {
      'BTC/USD': [
        { from: '0', maker: '0', taker: '0.002' },
        { from: '150', maker: '0', taker: '0.001' },
      ],
    };
    const account = accountWith({ fees: { startingVolume: '0', schedules }, mids: { 'EUR/USD': '1' } });
    const rates = (): string[] => [BTC, ETH_EUR].map((pair) => account.fees.status(pair).taker);
    buy(account, hours(1), BTC, 1_000, 1_000); // 10
    expect(rates()).toEqual(['0.002', '0.004']);
    buy(account, hours(1), BTC, 1_000, 14_000); // 150
    expect(rates()).toEqual(['0.001', '0.004']);
  });

  test('half of the last decimal is charged whole', () => {
    const account = accountWith({ fees: { maker: '0', taker: '0.00000000005' } });
    expect(buy(account, hours(1), BTC, 10, 10_000)).toBe('0.0000000001 USD 5e-7'); // 5e-11 on 1
  });

  test('flat rates stay what they are', () => {
    const account = accountWith({ fees: { maker: '0.0016', taker: '0.0026' } });
    buy(account, hours(1), BTC, 500_000, 100_000_000);
    expect(account.fees.status(USDT)).toMatchObject({ maker: '0.0016', taker: '0.0026' });
    expect(buy(account, hours(1), BTC, 500_000, 200)).toBe('2.6 USD 26');
  });
});

describe('volume in other currencies', () => {
  test.each<[string, Setup, string, number]>([
    ['at the stated price', { usdPrices: { EUR: '1.25' }, mids: { 'EUR/USD': '1.1' } }, '2500', 0],
    ['at the middle of its pair with the US dollar', { mids: { 'EUR/USD': '1.1' } }, '2200', 0],
    ['as missing without a price, and says so', {}, '0', 1],
  ])('counts %s', (_how, setup, volume, unpricedFills) => {
    const account = accountWith(setup);
    buy(account, hours(1), ETH_EUR, 200_000, 10_000); // 2,000 EUR
    expect(account.fees.status(ETH_EUR)).toMatchObject({ volume, unpricedFills });
  });
});

describe('the currency of a fee', () => {
  test('is the quote by default, or the base on request: then it is taken of what was bought', () => {
    const account = accountWith();
    expect(buy(account, hours(1), BTC, 500_000, 1, 'base')).toBe('0.0000004 BTC 40');
    expect(account.funds.balances()).toMatchObject({ BTC: '1000000.0000996', USD: '999999999995' });
  });

  test('orders hold it in the currency that they give', () => {
    const { funds } = accountWith({ fees: { maker: '0.01', taker: '0.02' } });
    const need = (side: 'buy' | 'sell', feeIn: 'base' | 'quote'): number =>
      Number(funds.needOf(BTC, side, ticks(500_000), lots(10_000), feeIn).amount / 10n ** 56n) / 1e4;
    expect(need('buy', 'quote')).toBe(51_000);
    expect(need('buy', 'base')).toBe(50_000);
    expect(need('sell', 'quote')).toBe(1);
    expect(need('sell', 'base')).toBe(1.02);
  });
});

describe('options', () => {
  test.each<[string, TieredFees]>([
    ['fees.startingVolume', { startingVolume: '-1' }],
    ['fees.startingVolumeLeaves', { startingVolume: '0', startingVolumeLeaves: 'slowly' as 'evenly' }],
    ['fees.volumeStep', { startingVolume: '0', volumeStep: hours(7) }],
    ['fees.schedule', { startingVolume: '0', schedule: [] }],
    ['fees.schedule', { startingVolume: '0', schedule: [{ from: '1', maker: '0', taker: '0' }] }],
    ['fees.schedule', { startingVolume: '0', schedule: [KRAKEN_FEE_SCHEDULE[0]!, KRAKEN_FEE_SCHEDULE[0]!] }],
    ['fees.schedules.BTC/USD', { startingVolume: '0', schedules: { 'BTC/USD': [...KRAKEN_FEE_SCHEDULE].reverse() } }],
    [
      'fees.schedule[1].taker',
      { startingVolume: '0', schedule: [KRAKEN_FEE_SCHEDULE[0]!, { from: '1', maker: '0', taker: '1' }] },
    ],
  ])('%s is checked', (name, fees) => {
    expect(() => accountWith({ fees })).toThrow(
      expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION', message: expect.stringContaining(name) as string }),
    );
  });
});

test('volume, tiers and fees are those of a plain sum over the fills of 30 days, whatever was traded when', () => {
  const fill = fc.record({
    after: fc.integer({ min: 0, max: 20_000 }), // minutes
    price: fc.integer({ min: 1, max: 10_000_000 }),
    size: fc.integer({ min: 1, max: 3_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(fill, { minLength: 1, maxLength: 40, size: 'max' }), (fills) => {
      const Exact = Decimal.clone({ precision: 80 });
      const account = accountWith();
      const counted: { step: number; cost: Decimal }[] = [];
      let minute = 60;
      for (const { after, price, size } of fills) {
        minute += after;
        const step = Math.floor(minute / 360);
        const volume = counted
          .filter((each) => step - each.step <= 120)
          .reduce((sum, { cost }) => sum.plus(cost), new Exact(0));
        const tier = KRAKEN_FEE_SCHEDULE.findLast(({ from }) => volume.gte(from))!;
        const cost = new Exact(price).times(size).div(1e5);
        const fee = cost.times(tier.taker).toDecimalPlaces(10, Decimal.ROUND_HALF_UP);
        const bps = new Exact(tier.taker).times(1e4).toFixed();
        expect(buy(account, hours(minute / 60), BTC, price, size)).toBe(`${fee.toFixed()} USD ${bps}`);
        expect(account.fees.status(BTC).volume).toBe(volume.plus(cost).toFixed());
        counted.push({ step, cost });
      }
    }),
    { seed: 20_261_124 },
  );
});
