import { instrument, micros, ticks } from '@kb/model';
import type { AccountReport, Instrument, Micros, PlaceIntent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { MarginOptions, PaperVenueOptions } from '../src/index.ts';
import { ms, Scene } from './scene.ts';

const HOUR = 3_600_000;

/** A margin account of 10,000 US dollars without fees, and the book at 100.0 / 100.2: its middle is 100.1. */
function opened(margin: MarginOptions = {}, more: Partial<PaperVenueOptions> = {}): MarginScene {
  return new MarginScene({
    margin: { rates: { USD: '0', BTC: '0' }, ...margin },
    fees: { maker: '0', taker: '0' },
    balances: { USD: '10000' },
    ...more,
  }).at(1_000, '100.0', '100.2');
}

class MarginScene extends Scene {
  readonly news: AccountReport[];

  constructor(options: Partial<PaperVenueOptions>) {
    const news: AccountReport[] = [];
    super({ ...options, onAccountReport: (report) => news.push(report) });
    this.news = news;
  }

  /** A whole book, one level a side. */
  at(time: number, bid: string, ask: string, size = '1000.0'): this {
    this.book(time, [[bid, size]], [[ask, size]]);
    return this;
  }

  buy(size: string, leverage = 2, more: Partial<PlaceIntent> = {}): string {
    return this.place('buy', undefined, size, { leverage, ...more });
  }

  sell(size: string, leverage = 2, more: Partial<PlaceIntent> = {}): string {
    return this.place('sell', undefined, size, { leverage, ...more });
  }

  position(): string[] {
    return this.venue
      .positions()
      .map(({ side, size, price, leverage }) => `${side} ${size / 10} @ ${price / 10} x${leverage}`);
  }

  kinds(): string[] {
    return this.news.map((report) => `${report.type} ${report.venueTs / 1000}`);
  }
}

const RATES = { rates: { USD: '0.0002', BTC: '0.0001' } };

describe('positions', () => {
  test('a fill on margin moves no balance by what it trades', () => {
    const scene = opened(RATES);
    scene.buy('10.0', 5);
    scene.wait(1_100);
    // 1,002 at 0.02 % for opening.
    expect(scene.venue.balances()).toEqual({ USD: '9999.7996' });
    expect(scene.position()).toEqual(['buy 10 @ 100.2 x5']);
    expect(scene.reports.at(-1)).toMatchObject({
      type: 'fill',
      fee: '0',
      margin: { opened: 100, closed: 0, realised: '0', openingFee: '0.2004' },
    });
  });

  test('who sells borrows the base, at its rate', () => {
    const scene = opened(RATES);
    scene.sell('10.0');
    scene.wait(1_100);
    expect(scene.position()).toEqual(['sell 10 @ 100 x2']);
    expect(scene.venue.balances()).toEqual({ USD: '9999.9' }); // 1,000 at 0.01 %
  });

  test('the other side closes the oldest first, and opens with what is left', () => {
    const scene = opened();
    scene.buy('2.0');
    scene.wait(1_100);
    scene.at(1_200, '101.0', '101.2').buy('3.0');
    scene.wait(1_300);
    expect(scene.position()).toEqual(['buy 2 @ 100.2 x2', 'buy 3 @ 101.2 x2']);
    scene.at(1_400, '102.0', '102.2').sell('4.0');
    scene.wait(1_500);
    expect(scene.position()).toEqual(['buy 1 @ 101.2 x2']);
    expect(scene.venue.balances()).toEqual({ USD: '10005.2' }); // 2 × 1.8 + 2 × 0.8
    scene.sell('3.0', 3);
    scene.wait(1_600);
    expect(scene.position()).toEqual(['sell 2 @ 102 x3']);
    expect(scene.reports.at(-1)).toMatchObject({ margin: { closed: 10, opened: 20, realised: '0.8' } });
    scene.at(1_700, '99.8', '100.0').buy('2.0');
    scene.wait(1_800);
    expect(scene.position()).toEqual([]);
    expect(scene.venue.balances()).toEqual({ USD: '10010' }); // a short at 102 closed at 100
  });

  test('spot orders leave positions alone', () => {
    const scene = opened({}, { balances: { USD: '10000', BTC: '5' } });
    scene.buy('2.0');
    scene.place('sell', undefined, '1.0');
    scene.wait(1_300);
    expect(scene.position()).toEqual(['buy 2 @ 100.2 x2']);
    expect(scene.venue.balances()).toEqual({ USD: '10100', BTC: '4' });
  });

  test('an order that may only reduce closes the position and goes no further', () => {
    const scene = opened();
    scene.buy('2.0');
    scene.sell('5.0', 2, { reduceOnly: true });
    scene.wait(1_100);
    expect(scene.position()).toEqual([]);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.2 F2', 'o2 2.0 @ 100.0 F2']);
  });

  test('settling trades all of the position back', () => {
    const scene = opened();
    scene.buy('2.0');
    scene.sell('9.0', 2, { orderType: 'settle-position' });
    scene.wait(1_100);
    expect(scene.position()).toEqual([]);
    expect(scene.venue.balances()).toEqual({ USD: '9999.6' });
  });

  test('fees of margin trades are taken from the quote currency, whatever was asked for', () => {
    const scene = opened({}, { fees: { maker: '0.001', taker: '0.002' } });
    scene.buy('10.0', 2, { feeIn: 'base' });
    scene.wait(1_100);
    expect(scene.reports.at(-1)).toMatchObject({ fee: '2.004', feeAsset: 'USD', tierBps: 20 });
    expect(scene.venue.balances()).toEqual({ USD: '9997.996' });
  });
});

describe('the trade balance', () => {
  test('has the terms of the venue', () => {
    const scene = opened(
      {},
      { balances: { USD: '10000', BTC: '10', EUR: '100', XYZ: '5' }, usdPrices: { EUR: '1.1' } },
    );
    scene.buy('20.0', 5);
    scene.place('buy', '80.0', '4.0', { leverage: 4 });
    scene.place('buy', '79.0', '1.0');
    scene.wait(1_100);
    scene.at(1_200, '90.0', '90.2').wait(1_300);
    expect(scene.venue.tradeBalance()).toEqual({
      eb: '11011', // 10,000 + 10 × 90.1 + 110
      tb: '10901', // euros are no collateral here
      m: '400.8', // 2,004 / 5
      n: '-202', // 20 × (90.1 − 100.2)
      c: '2004',
      v: '1802',
      e: '10699',
      mf: '10298.2',
      mfo: '10218.2', // 320 / 4 less
      ml: '2669.41',
      uv: '399',
      unpriced: ['XYZ'],
    });
  });

  test('has no margin level without a position', () => {
    expect(opened().venue.tradeBalance()).toMatchObject({ m: '0', n: '0', e: '10000', mf: '10000', ml: undefined });
  });

  test('counts collateral at its weight', () => {
    const scene = opened({ collateral: { USD: '1', BTC: '0.5' } }, { balances: { USD: '0', BTC: '10' } });
    expect(scene.venue.tradeBalance()).toMatchObject({ eb: '1001', tb: '500.5' });
  });

  test('names what it holds and nobody has a price of', () => {
    const scene = opened({}, { balances: { USD: '100', XYZ: '5', NIL: '0' } });
    expect(scene.venue.tradeBalance()).toMatchObject({ eb: '100', unpriced: ['XYZ'] });
  });

  test('takes a position for worth its cost while a side of the book has never been seen', () => {
    const blind = new MarginScene({ margin: { rates: { USD: '0' } }, balances: { USD: '1000' } });
    blind.book(1_000, [], [['100.2', '1000.0']]);
    blind.buy('2.0');
    blind.wait(1_100);
    expect(blind.venue.tradeBalance()).toMatchObject({ n: '0', c: '200.4', v: '200.4' });
  });

  test('a short gains as the price falls', () => {
    const scene = opened();
    scene.sell('10.0', 2);
    scene.wait(1_100);
    scene.at(1_200, '90.0', '90.2');
    expect(scene.venue.tradeBalance()).toMatchObject({ n: '99', c: '1000', v: '901', m: '500', e: '10099' });
  });
});

describe('the check at arrival', () => {
  test('takes as much as free margin carries, at the price of the order', () => {
    const scene = opened({}, { balances: { USD: '1000' } });
    scene.place('buy', '100.0', '20.1', { leverage: 2 }); // 1,005 of 1,000
    scene.place('buy', '100.0', '20.0', { leverage: 2 });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['rejected o1 insufficient-margin', 'accepted o2']);
  });

  test('counts open orders, unless told not to', () => {
    const orders = (margin: MarginOptions): string[] => {
      const scene = opened(margin, { balances: { USD: '1000' } });
      scene.place('buy', '100.0', '15.0', { leverage: 2 });
      scene.place('buy', '100.0', '15.0', { leverage: 2 });
      return scene.wait(1_100).answers();
    };
    expect(orders({})).toEqual(['accepted o1', 'rejected o2 insufficient-margin']);
    expect(orders({ openOrdersUseMargin: false })).toEqual(['accepted o1', 'accepted o2']);
  });

  test('what closes a position needs no margin, once', () => {
    const scene = opened({}, { balances: { USD: '1000' } });
    scene.buy('19.0');
    scene.place('sell', '101.0', '19.0', { leverage: 2 });
    scene.place('sell', '101.0', '2.0', { leverage: 2 }); // would open a short: 101 of 46.2
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'rejected o3 insufficient-margin']);
  });

  test('what goes beyond a position needs margin for that part alone', () => {
    const scene = opened();
    scene.buy('100.0');
    scene.wait(1_100); // uses 5,010 and leaves 4,980 after a loss of 10
    scene.place('sell', '100.0', '200.0', { leverage: 2 });
    scene.place('sell', '100.0', '199.0', { leverage: 2 });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 insufficient-margin', 'accepted o3']);
    expect(scene.position()).toEqual(['sell 99 @ 100 x2']);
  });

  test('orders that may only reduce use none, also where they are more than the position together', () => {
    const scene = opened().print(1_010, '100.1', '0.1', 'buy');
    scene.buy('10.0');
    scene.wait(1_100);
    const only = { leverage: 2, reduceOnly: true } as const;
    const trigger = { reference: 'last', price: { type: 'static', price: ticks(990) } } as const;
    scene.place('sell', undefined, '10.0', { ...only, orderType: 'stop-loss', trigger });
    scene.place('sell', '101.0', '10.0', only);
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'accepted o3']);
    const { mf, mfo } = scene.venue.tradeBalance() ?? {};
    expect(mfo).toBe(mf);
  });

  test('an order that may only reduce is taken however little margin is left, and however large it is', () => {
    const scene = opened({}, { balances: { USD: '1000' } });
    scene.buy('19.0'); // 951.9 of 1,000
    scene.place('sell', '101.0', '900.0', { leverage: 2, reduceOnly: true });
    expect(scene.wait(1_100).answers()).toContain('accepted o2');
  });

  test('an open order uses margin for what it would open alone', () => {
    const scene = opened();
    scene.buy('100.0');
    scene.wait(1_100).place('sell', '101.0', '150.0', { leverage: 2 });
    scene.wait(1_200);
    const { mf, mfo } = scene.venue.tradeBalance() ?? {};
    expect(Number(mf) - Number(mfo)).toBeCloseTo(2_525, 9); // 50 of 150
  });

  test('a level at the call level, whatever margin is free, opens nothing', () => {
    const scene = new MarginScene({
      margin: { rates: { USD: '0' }, callLevel: 150 },
      fees: { maker: '0', taker: '0' },
      balances: { USD: '750' },
    }).at(1_000, '99.9', '100.0');
    scene.buy('10.0');
    scene.wait(1_100).at(1_200, '99.9', '100.1'); // e 750, m 500
    scene.place('buy', '90.0', '1.0', { leverage: 10 });
    scene.wait(1_300).at(1_400, '100.0', '100.2'); // e 751
    scene.place('buy', '90.0', '1.0', { leverage: 10 });
    scene.wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 insufficient-margin', 'accepted o3']);
  });

  test('an amend counts its own margin as free', () => {
    const scene = opened({}, { balances: { USD: '1000' } });
    scene.place('buy', '100.0', '15.0', { leverage: 2 });
    scene.wait(1_100);
    scene.amend('o1', { size: '20.0' });
    scene.amend('o1', { size: '20.1' });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1', 'amend-rejected o1 insufficient-margin']);
  });

  test.each<[string, Partial<PlaceIntent>, MarginOptions, string]>([
    ['leverage of 1', { leverage: 1 }, {}, 'invalid-order'],
    ['leverage of 2.5', { leverage: 2.5 }, {}, 'invalid-order'],
    ['more leverage than there is', { leverage: 11 }, {}, 'invalid-order'],
    ['an asset that is not lent', { leverage: 2 }, { rates: { EUR: '0.0001' } }, 'insufficient-margin'],
  ])('refuses %s', (_what, order, margin, reason) => {
    const scene = opened({ rates: { USD: '0.0002' }, ...margin });
    scene.place('buy', '100.0', '1.0', order);
    expect(scene.wait(1_100).answers()).toEqual([`rejected o1 ${reason}`]);
  });

  test('without margin no order has leverage', () => {
    const scene = new Scene().book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '1.0', { leverage: 2 });
    expect(scene.wait(1_100).answers()).toEqual(['rejected o1 invalid-order']);
    expect(scene.venue.tradeBalance()).toBeUndefined();
  });

  test('at the call level nothing more is opened, but closed', () => {
    const scene = opened({}, { balances: { USD: '1000' } });
    scene.buy('19.0'); // 951.9 of margin
    scene.wait(1_100);
    scene.at(1_200, '87.0', '87.2'); // 87.1: a loss of 248.9, level 78.91
    scene.place('buy', '80.0', '0.1', { leverage: 2 });
    scene.place('sell', '95.0', '5.0', { leverage: 2 });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 insufficient-margin', 'accepted o3']);
  });
});

describe('rollover', () => {
  test('is charged every four hours from opening, at the rate of the opening', () => {
    const scene = opened(RATES);
    scene.buy('10.0');
    scene.wait(1_100);
    scene.venue.setMarginRate('USD', '0.0003');
    scene.buy('10.0');
    scene.wait(1_200); // 0.2004 and 0.3006 for opening
    scene.wait(999 + 4 * HOUR);
    expect(scene.news).toEqual([]);
    scene.wait(1_200 + 4 * HOUR).wait(1_200 + 8 * HOUR);
    expect(scene.kinds()).toEqual([
      `rollover ${1_000 + 4 * HOUR}`,
      `rollover ${1_100 + 4 * HOUR}`,
      `rollover ${1_000 + 8 * HOUR}`,
      `rollover ${1_100 + 8 * HOUR}`,
    ]);
    expect(scene.news.map((report) => report.type === 'rollover' && report.fee)).toEqual([
      '0.2004',
      '0.3006',
      '0.2004',
      '0.3006',
    ]);
    expect(scene.venue.balances()).toEqual({ USD: '9998.497' }); // three times 0.501
  });

  test('ends with the position: what is closed before pays no more, what is left pays for itself', () => {
    const scene = opened(RATES);
    scene.buy('10.0');
    scene.wait(1_100);
    scene.sell('5.0');
    scene.wait(2_000 + 4 * HOUR);
    expect(scene.news).toMatchObject([{ type: 'rollover', symbol: 'BTC/USD', fee: '0.1002', feeAsset: 'USD' }]);
    scene.at(3_000 + 4 * HOUR, '100.0', '100.2').sell('5.0');
    scene.wait(4_000 + 9 * HOUR);
    expect(scene.news).toHaveLength(1);
  });

  test('is charged before a fill at the same moment closes the position', () => {
    const scene = opened(RATES);
    scene.buy('10.0');
    scene.wait(1_100);
    scene.at(1_000 + 4 * HOUR, '100.0', '100.2').sell('10.0');
    scene.wait(2_000 + 4 * HOUR);
    expect(scene.kinds()).toEqual([`rollover ${1_000 + 4 * HOUR}`]);
  });

  test('comes at another pace if told so', () => {
    const scene = opened({ ...RATES, rolloverEvery: micros(60_000_000) });
    scene.buy('10.0');
    scene.wait(1_100).wait(62_000);
    expect(scene.kinds()).toEqual(['rollover 61000']);
  });
});

describe('margin call and liquidation', () => {
  /** 1,000 US dollars, 19 BTC at 100.2 with 951.9 of margin: e = 1,000 + 19 × (mid − 100.2). */
  function long(margin: MarginOptions = {}, more: Partial<PaperVenueOptions> = {}): MarginScene {
    const scene = opened(margin, { balances: { USD: '1000' }, ...more });
    scene.buy('19.0');
    scene.wait(1_100);
    return scene;
  }

  test('the venue calls once at the call level, and again after the level has been above it', () => {
    const scene = long();
    scene.at(2_000, '87.5', '87.7'); // 87.6: e 760.6, level 79.9
    scene.at(2_200, '87.4', '87.6');
    expect(scene.kinds()).toEqual(['margin-call 2000']);
    expect(scene.news).toMatchObject([{ seq: 1, balance: { ml: '79.90', e: '760.6', m: '951.9' } }]);
    scene.at(2_300, '87.6', '87.8'); // 87.7: 80.1
    scene.at(2_400, '87.5', '87.7').wait(2_500);
    expect(scene.kinds()).toEqual(['margin-call 2000', 'margin-call 2400']);
    expect(scene.position()).toHaveLength(1);
  });

  test('at the stop level it closes the position at market, by an order of its own', () => {
    const scene = long();
    scene.at(2_000, '67.5', '67.7'); // 67.6: e 380.6, level 39.98
    scene.wait(2_200);
    expect(scene.kinds()).toEqual(['margin-call 2000', 'liquidation 2000']);
    expect(scene.news[1]).toMatchObject({
      clientOrderId: 'LIQUIDATION-1',
      side: 'sell',
      size: 190,
      balance: { ml: '39.98' },
    });
    expect(scene.answers()).toContain('accepted LIQUIDATION-1');
    expect(scene.fills().at(-1)).toBe('LIQUIDATION-1 19.0 @ 67.5 F2');
    expect(scene.position()).toEqual([]);
    expect(scene.venue.balances()).toEqual({ USD: '378.7' }); // 1,000 − 19 × 32.7
  });

  test('a level just above the stop level stands', () => {
    const scene = long();
    scene.at(2_000, '67.6', '67.8').wait(2_200); // 67.7: 40.2
    expect(scene.position()).toHaveLength(1);
  });

  test('what the book cannot take is tried again when it can', () => {
    const scene = long();
    scene.at(2_000, '55.0', '55.2', '5.0').wait(2_100);
    expect(scene.position()).toEqual(['buy 14 @ 100.2 x2']);
    scene.at(2_200, '55.0', '55.2').wait(2_300);
    expect(scene.position()).toEqual([]);
    expect(scene.kinds().filter((kind) => kind.startsWith('liquidation'))).toHaveLength(2);
  });

  test('own orders in its way give way', () => {
    const scene = long();
    scene.place('buy', '60.0', '1.0');
    scene.wait(1_200);
    scene.book(2_000, [['59.0', '100.0']], [['59.5', '100.0']]); // crosses it: F7
    scene.wait(2_200);
    expect(scene.position()).toEqual([]);
  });

  test('a feed with a gap is not traded on: the position is closed at the next book', () => {
    const scene = long();
    scene.feed(1_900, 'resyncing');
    scene.wait(1_950);
    scene.at(2_000, '60.0', '60.2').wait(2_200);
    expect(scene.position()).toEqual([]);
    expect(scene.kinds()).toEqual(['margin-call 2000', 'liquidation 2000']);
  });

  test('levels can be told', () => {
    const scene = long({ callLevel: 90, stopLevel: 85 });
    scene.at(2_000, '91.9', '92.1').wait(2_100); // 92.0: 88.7
    expect(scene.kinds()).toEqual(['margin-call 2000']);
    scene.at(2_200, '89.9', '90.1').wait(2_300); // 90.0: 84.7
    expect(scene.position()).toEqual([]);
  });

  test('reports reach us one acknowledgement later', () => {
    const scene = long({}, { latency: { feed: ms(0), entry: ms(0), ack: ms(40) } });
    scene.at(2_000, '87.5', '87.7').wait(2_039);
    expect(scene.news).toEqual([]);
    scene.wait(2_040);
    expect(scene.news).toMatchObject([{ type: 'margin-call', venueTs: 2_000_000, recvTs: 2_040_000 }]);
  });

  test('a falling price of collateral calls as well', () => {
    const scene = opened({}, { balances: { USD: '0', BTC: '10' } });
    scene.sell('19.0'); // 950 of margin against 1,001; the price that rises ruins the short faster
    scene.wait(1_100);
    scene.at(2_000, '129.0', '129.2').wait(2_200); // e = 1,291 − 19 × 29.1 = 738.1: 77.7
    expect(scene.kinds()).toEqual(['margin-call 2000']);
  });
});

describe('two pairs', () => {
  const ETH: Instrument = instrument({ symbol: 'ETH/USD', pricePrecision: 1, qtyPrecision: 1 });

  function both(margin: MarginOptions, more: Partial<PaperVenueOptions> = {}): MarginScene {
    const scene = new MarginScene({
      margin: { rates: { USD: '0', BTC: '0', ETH: '0' }, ...margin },
      instruments: [instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 1 }), ETH],
      fees: { maker: '0', taker: '0' },
      balances: { USD: '1000' },
      ...more,
    });
    scene.book(1_000, [['99.9', '100.0']], [['100.0', '100.0']]);
    scene.book(1_000, [['9.9', '1000.0']], [['10.0', '1000.0']], 'ETH/USD');
    scene.buy('8.0'); // 800
    scene.wait(1_100);
    scene.buy('100.0', 2, { symbol: 'ETH/USD' }); // 1,000: together 900 of margin
    scene.wait(1_200);
    return scene;
  }

  test.each<[MarginOptions['liquidationOrder'], string]>([
    ['largest-loss', 'ETH/USD'],
    ['oldest', 'BTC/USD'],
  ])('%s is closed first, and no more than needed', (liquidationOrder, symbol) => {
    const scene = both({ liquidationOrder: liquidationOrder! });
    scene.book(2_000, [['69.9', '100.0']], [['70.1', '100.0']]); // −240
    scene.book(2_100, [['5.9', '1000.0']], [['6.1', '1000.0']], 'ETH/USD'); // −400: e 360, level 40
    scene.wait(2_200);
    const liquidated = scene.news.filter((report) => report.type === 'liquidation');
    expect(liquidated).toMatchObject([{ symbol }]);
    expect(scene.venue.positions().map((position) => position.symbol)).toEqual([
      symbol === 'ETH/USD' ? 'BTC/USD' : 'ETH/USD',
    ]);
  });

  describe('collateral whose book is out of sight', () => {
    function backedByBitcoin(): MarginScene {
      const scene = both({}, { balances: { USD: '0', BTC: '20' } });
      expect(scene.venue.tradeBalance()).toMatchObject({ tb: '1999', unpriced: [] });
      return scene;
    }

    test.each<[string, (scene: MarginScene) => void]>([
      ['a side is empty', (scene): void => void scene.update(2_000, [], [['100.0', '0.0']])],
      ['its feed has a gap', (scene): void => void scene.feed(2_000, 'resyncing')],
    ])('is worth what it was last seen at: %s', (_, hide) => {
      const scene = backedByBitcoin();
      hide(scene);
      scene.book(2_100, [['9.8', '1000.0']], [['9.9', '1000.0']], 'ETH/USD').wait(2_200);
      expect(scene.news).toEqual([]);
      expect(scene.venue.positions()).toHaveLength(2);
      expect(scene.venue.tradeBalance()).toMatchObject({ tb: '1999', unpriced: [] });
    });
  });

  test('each pays rollover on its own time', () => {
    const scene = both({ rates: { USD: '0.0001', BTC: '0', ETH: '0' } }, { balances: { USD: '5000' } });
    scene.wait(HOUR);
    scene.buy('1.0', 2, { symbol: 'ETH/USD' });
    scene.wait(2 * HOUR).wait(4 * HOUR + 1_300);
    const told = scene.news.filter((report) => report.type === 'rollover');
    expect(told.map(({ symbol, venueTs }) => `${symbol} ${venueTs / 1_000}`)).toEqual([
      `BTC/USD ${4 * HOUR + 1_000}`,
      `ETH/USD ${4 * HOUR + 1_100}`,
    ]);
    scene.wait(5 * HOUR + 500);
    expect(scene.news.filter((report) => report.type === 'rollover')).toHaveLength(3);
  });

  test('what happens to one while the other is liquidated is told after it, so that reports never run backwards', () => {
    const scene = both({ liquidationOrder: 'oldest' });
    scene.place('buy', '99.5', '1.0', { leverage: 2 });
    scene.wait(1_900).book(1_990, [['99.4', '100.0']], [['99.6', '100.0']]);
    scene.book(2_000, [['3.4', '1000.0']], [['3.6', '1000.0']], 'ETH/USD'); // −650
    scene.print(1_995, '99.4', '9.0').wait(2_200);
    const told = scene.reports.filter(({ symbol }) => symbol === 'BTC/USD');
    expect(told.map(({ clientOrderId }) => clientOrderId)).toContain('LIQUIDATION-1');
    expect(told.at(-1)).toMatchObject({ type: 'fill', clientOrderId: 'o3' });
    expect(told.map(({ venueTs }) => venueTs)).toEqual(told.map(({ venueTs }) => venueTs).toSorted((a, b) => a - b));
  });

  test('what an order that gave way owes is asked of its own pair at once', () => {
    const scene = both({ liquidationOrder: 'oldest' }, { closeOrders: 'at-completion' });
    const close = { orderType: 'limit', price: ticks(1_010) } as const;
    scene.place('buy', '99.9', '2.0', { leverage: 5, close });
    scene.wait(1_300).print(1_400, '99.9', '101.0').wait(1_500); // 1.0 of it
    // An order at rest on the other pair: what happens there is in turn, with what follows from it.
    scene.place('buy', '1.0', '1.0', { symbol: 'ETH/USD' });
    scene.wait(1_700);
    scene.book(2_000, [['3.4', '1000.0']], [['3.6', '1000.0']], 'ETH/USD');
    scene.wait(2_200);
    const closing = scene.reports.find(({ clientOrderId }) => clientOrderId === 'o3-close-1');
    expect(closing).toMatchObject({ symbol: 'BTC/USD', reason: 'insufficient-margin' });
  });
});

describe('options', () => {
  test.each<[string, MarginOptions]>([
    ['margin.callLevel', { callLevel: 0 }],
    ['margin.stopLevel', { stopLevel: 90 }],
    ['margin.maxLeverage', { maxLeverage: 1 }],
    ['margin.rolloverEvery', { rolloverEvery: 1 as Micros }],
    ['margin.liquidationOrder', { liquidationOrder: 'youngest' as 'oldest' }],
    ['margin.rates.USD', { rates: { USD: '1' } }],
    ['margin.collateral.USD', { collateral: { USD: 'all' } }],
  ])('%s is checked', (name, margin) => {
    expect(() => opened(margin)).toThrow(
      expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION', message: expect.stringContaining(name) as string }),
    );
  });

  test('one level may be both', () => {
    expect(opened({ callLevel: 50, stopLevel: 50 }).venue.tradeBalance()).toBeDefined();
  });

  test('rates of borrowing cannot be set without margin', () => {
    expect(() => new Scene().venue.setMarginRate('USD', '0.0001')).toThrow('margin');
  });
});
