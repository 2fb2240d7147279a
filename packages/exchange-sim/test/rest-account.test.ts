import { describe, expect, test } from 'vitest';
import { RestWorld } from './rest-world.ts';

const ORDER_ID = /^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;
const TRADE_ID = /^T[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;
const LEDGER_ID = /^L[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;

/** Places an order of alice's. @returns Its id. */
function place(world: RestWorld, form: string, account = 'alice'): string {
  const said = world.form('AddOrder', form, account);
  expect(said.error).toEqual([]);
  return said.result.txid[0];
}

/** A limit order of alice's for 1.25 BTC at 30010, of which bob takes 0.375 after a while. */
function partlyFilled(): { readonly world: RestWorld; readonly txid: string } {
  const world = new RestWorld();
  const txid = place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=1.25&price=30010&userref=120');
  world.wait(1.8974);
  place(world, 'pair=XBTUSD&type=sell&ordertype=market&volume=0.375', 'bob');
  return { world, txid };
}

describe('balances', () => {
  test('have the decimals of their asset', () => {
    const { world } = partlyFilled();
    // 0.375 × 30010 = 11253.75, and a maker’s 0.25 % of it.
    expect(world.form('Balance').text).toBe('{"error":[],"result":{"ZUSD":"88718.1156","XXBT":"2.3750000000"}}');
  });

  test('with what open orders hold', () => {
    const { world } = partlyFilled();
    expect(world.form('BalanceEx').text).toBe(
      '{"error":[],"result":{"ZUSD":{"balance":"88718.1156","hold_trade":"26363.7850"},"XXBT":{"balance":"2.3750000000","hold_trade":"0.0000000000"}}}',
    );
  });

  test('in one asset for margin', () => {
    const { world } = partlyFilled();
    const { result } = world.form('TradeBalance');
    expect(result).toEqual({
      eb: '159991.8656',
      tb: '159991.8656',
      m: '0.0000',
      // What is left of the order, 0.875 × 30010, without the fee that it holds too.
      uv: '26258.7500',
      n: '0.0000',
      c: '0.0000',
      v: '0.0000',
      e: '159991.8656',
      mf: '159991.8656',
      mfo: '133628.0806',
    });
    expect(world.form('TradeBalance', 'asset=XBT').result).toMatchObject({ uv: '0.8750000000' });
    expect(world.form('TradeBalance', 'asset=FOO').error).toEqual(['EQuery:Unknown asset']);
  });
});

describe('orders', () => {
  test('an open one has every member of Kraken’s example', () => {
    const { world, txid } = partlyFilled();
    expect(world.form('OpenOrders', 'trades=true').text).toMatch(
      new RegExp(
        String.raw`^\{"error":\[\],"result":\{"open":\{"${txid}":\{"refid":null,"userref":120,"status":"open","opentm":1700000000\.0000,"starttm":0,"expiretm":0,"descr":\{"pair":"XBTUSD","aclass":"forex","type":"buy","ordertype":"limit","price":"30010\.0","price2":"0","leverage":"none","order":"buy 1\.25000000 XBTUSD @ limit 30010\.0","close":""\},"vol":"1\.25000000","vol_exec":"0\.37500000","cost":"11253\.7","fee":"28\.1","price":"30010\.0","stopprice":"0\.00000","limitprice":"0\.00000","misc":"","oflags":"fciq","time_in_force":"gtc","trades":\["T[A-Z2-7-]{18}"\]\}\}\}\}$`,
      ),
    );
    expect(world.form('OpenOrders').result.open[txid]).not.toHaveProperty('trades');
  });

  test('one that has not traded has zeros of five decimals', () => {
    const world = new RestWorld();
    const txid = place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=1&price=100&oflags=fcib');
    expect(world.form('OpenOrders').result.open[txid]).toMatchObject({
      cost: '0.00000',
      fee: '0.00000',
      price: '0.00000',
      oflags: 'fcib',
    });
  });

  test('one that was cancelled tells when and why, one that is filled has no reason', () => {
    const { world, txid } = partlyFilled();
    world.wait(2.00005);
    world.form('CancelOrder', `txid=${txid}`);
    expect(world.form('QueryOrders', `txid=${txid}`).text).toContain('"closetm":1700000003.8974');
    expect(world.form('QueryOrders', `txid=${txid}`).result[txid]).toMatchObject({
      status: 'canceled',
      reason: 'User requested',
      misc: 'partial',
    });
    const [market] = Object.values(world.form('ClosedOrders', '', 'bob').result.closed);
    expect(market).toMatchObject({ status: 'closed', reason: null, descr: { price: '0', ordertype: 'market' } });
  });

  test('a stop that triggered says so, and where', () => {
    const world = new RestWorld();
    world.print('BTC/USD', '50000.0', '1');
    const txid = place(
      world,
      'pair=XBTUSD&type=sell&ordertype=stop-loss-limit&volume=0.1&price=49000&price2=48500&trigger=last',
    );
    expect(world.form('OpenOrders').result.open[txid]).toMatchObject({
      trigger: 'last',
      misc: '',
      stopprice: '49000.00000',
      limitprice: '0.00000',
      descr: { price: '49000.0', price2: '48500.0' },
    });
    world.print('BTC/USD', '48900.0', '1', 'sell');
    expect(world.form('OpenOrders').result.open[txid]).toMatchObject({ misc: 'stopped', limitprice: '48500.00000' });
  });

  test('are filtered by userref and by client id', () => {
    const world = new RestWorld();
    const form = 'pair=XBTUSD&type=buy&ordertype=limit&volume=1&price=100';
    const first = place(world, `${form}&userref=1`);
    const second = place(world, `${form}&cl_ord_id=mine`);
    const open = (filter: string): string[] => Object.keys(world.form('OpenOrders', filter).result.open);
    expect(open('')).toEqual([second, first]);
    expect(open('userref=1')).toEqual([first]);
    expect(open('cl_ord_id=mine')).toEqual([second]);
    expect(open('userref=2')).toEqual([]);
    world.form('CancelAll');
    expect(Object.keys(world.form('QueryOrders', 'cl_ord_id=mine').result)).toEqual([second]);
    expect(Object.keys(world.form('QueryOrders', `txid=${first},${second}&userref=1`).result)).toEqual([first]);
    expect(Object.keys(world.json('QueryOrders', { txid: [first, second] }).result)).toEqual([first, second]);
    expect(world.form('QueryOrders', 'txid=OAAAAA-AAAAA-AAAAAA').error).toEqual(['EOrder:Unknown order']);
    expect(world.form('QueryOrders').error).toEqual(['EGeneral:Invalid arguments:txid']);
  });

  test('closed ones come fifty a page, newest first, with the count of all', () => {
    const world = new RestWorld();
    const ids: string[] = [];
    for (let i = 0; i < 120; i += 1) {
      ids.push(place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=1&price=100'));
      world.wait(1);
      world.form('CancelOrder', `txid=${ids[i]}`);
    }
    const newestFirst = ids.toReversed();
    const closed = (filter: string): { readonly ids: string[]; readonly count: number | undefined } => {
      const said = world.form('ClosedOrders', filter);
      expect(said.error).toEqual([]);
      return { ids: Object.keys(said.result.closed), count: said.result.count };
    };
    expect(closed('')).toEqual({ ids: newestFirst.slice(0, 50), count: 120 });
    expect(closed('ofs=100')).toEqual({ ids: newestFirst.slice(100), count: 120 });
    expect(closed('ofs=120')).toEqual({ ids: [], count: 120 });
    expect(closed('without_count=true').count).toBeUndefined();

    // Order i lives from second i to i + 1. The start is exclusive, the end inclusive.
    expect(closed('start=1700000110&end=1700000112&closetime=open').ids).toEqual([ids[112], ids[111]]);
    expect(closed('start=1700000110&end=1700000112&closetime=close').ids).toEqual([ids[111], ids[110]]);
    expect(closed('start=1700000110&end=1700000112').ids).toEqual([ids[112], ids[111], ids[110]]);
    expect(closed(`start=${ids[117]}`).ids).toEqual([ids[119], ids[118]]);
    expect(world.form('ClosedOrders', 'start=x').error).toEqual(['EGeneral:Invalid arguments:start']);
    expect(world.form('ClosedOrders', 'closetime=never').error).toEqual(['EGeneral:Invalid arguments:closetime']);
    expect(world.form('ClosedOrders', 'ofs=-1').error).toEqual(['EGeneral:Invalid arguments:ofs']);
  });

  test('amends are told with nanoseconds', () => {
    const world = new RestWorld();
    const txid = place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=1&price=100');
    expect(world.form('OrderAmends', `order_id=${txid}`).result).toEqual({ amends: [], count: 0 });
    world.wait(1);
    world.form('AmendOrder', `txid=${txid}&limit_price=101`);
    const said = world.form('OrderAmends', `order_id=${txid}`);
    expect(said.text).toContain('"timestamp":1700000001000000000');
    expect(said.result.count).toBe(2);
    expect(said.result.amends).toMatchObject([
      { amend_type: 'original', order_qty: '1.00000000', remaining_qty: '1.00000000', limit_price: '100.0' },
      { amend_type: 'user', order_qty: '1.00000000', remaining_qty: '1.00000000', limit_price: '101.0' },
    ]);
    expect(world.form('OrderAmends').error).toEqual(['EGeneral:Invalid arguments:order_id']);
  });
});

describe('trades', () => {
  test('one has every member of Kraken’s example', () => {
    const { world, txid } = partlyFilled();
    const { text, result } = world.form('TradesHistory', 'ledgers=true');
    const [id = ''] = Object.keys(result.trades);
    expect(id).toMatch(TRADE_ID);
    expect(text).toContain('"time":1700000001.8974');
    expect(result).toEqual({
      trades: {
        [id]: {
          ordertxid: txid,
          postxid: id,
          pair: 'XXBTZUSD',
          aclass: 'forex',
          time: 1_700_000_001.8974,
          type: 'buy',
          ordertype: 'limit',
          price: '30010.00000',
          cost: '11253.75000',
          fee: '28.13438',
          vol: '0.37500000',
          margin: '0.00000',
          leverage: '0',
          misc: '',
          trade_id: 1,
          maker: true,
          ledgers: [expect.stringMatching(LEDGER_ID), expect.stringMatching(LEDGER_ID)],
        },
      },
      count: 1,
    });
    expect(world.form('QueryTrades', `txid=${id}`).result[id]).toMatchObject({ maker: true, vol: '0.37500000' });
    expect(world.form('QueryTrades', `txid=${id}`).result[id]).not.toHaveProperty('ledgers');
    expect(Object.values(world.form('TradesHistory', '', 'bob').result.trades)).toMatchObject([
      { maker: false, ordertype: 'market', type: 'sell', fee: '45.01500' },
    ]);
    expect(world.form('QueryTrades').error).toEqual(['EGeneral:Invalid arguments:txid']);
  });

  describe('of one taker', () => {
    /** alice buys 0.6 BTC of three sellers at once, and 0.1 a second later. */
    function swept(more = ''): { readonly world: RestWorld; readonly txid: string } {
      const world = new RestWorld();
      for (const price of ['30000.0', '30001.0', '30005.0']) world.stranger('BTC/USD', 'sell', price, '0.2');
      const txid = place(world, `pair=XBTUSD&type=buy&ordertype=limit&volume=0.7&price=30010${more}`);
      world.wait(1);
      world.stranger('BTC/USD', 'sell', '30010.0', '0.1');
      return { world, txid };
    }

    test('are one, with sums, the average price and an id of their own', () => {
      const { world, txid } = swept();
      const { trades, count } = world.form('TradesHistory', 'ledgers=true').result;
      expect(count).toBe(2);
      const [later = '', root = ''] = Object.keys(trades);
      expect(trades[later]).toMatchObject({ vol: '0.10000000', maker: true });
      expect(root).toMatch(TRADE_ID);
      expect(trades[root]).toEqual({
        ordertxid: txid,
        postxid: root,
        pair: 'XXBTZUSD',
        aclass: 'forex',
        time: 1_700_000_000,
        type: 'buy',
        ordertype: 'limit',
        price: '30002.00000',
        cost: '18001.20000',
        // The third fill pays less: the first two have reached the next tier.
        fee: '69.00430',
        vol: '0.60000000',
        margin: '0.00000',
        leverage: '0',
        misc: '',
        trade_id: 1,
        maker: false,
        ledgers: expect.any(Array),
      });
      expect(new Set(trades[root].ledgers).size).toBe(6);
      expect(world.form('QueryTrades', `txid=${root}&ledgers=true`).result).toEqual({ [root]: trades[root] });
      expect(Object.keys(world.form('TradesHistory', `start=${root}`).result.trades)).toEqual([later]);
      const listed = (filter: string): unknown =>
        world.form('ClosedOrders', `trades=true${filter}`).result.closed[txid].trades;
      expect(listed('')).toEqual([root, later]);
      expect(world.form('QueryOrders', `trades=true&txid=${txid}`).result[txid].trades).toEqual([root, later]);
      expect(listed('&consolidate_taker=false')).toHaveLength(4);
    });

    test('are as many as there were, where that is asked for', () => {
      const { world } = swept();
      const { trades, count } = world.form('TradesHistory', 'consolidate_taker=false').result;
      expect(count).toBe(4);
      expect(Object.values(trades)).toMatchObject([
        { price: '30010.00000', vol: '0.10000000', maker: true },
        { price: '30005.00000', vol: '0.20000000', maker: false },
        { price: '30001.00000', vol: '0.20000000', maker: false },
        { price: '30000.00000', vol: '0.20000000', maker: false },
      ]);
      const ids = Object.keys(trades);
      expect(world.form('QueryTrades', `txid=${ids.join(',')}`).result).toEqual(
        Object.fromEntries(ids.map((id) => [id, trades[id]])),
      );
      expect(world.form('TradesHistory', 'consolidate_taker=maybe').error).toEqual([
        'EGeneral:Invalid arguments:consolidate_taker',
      ]);
    });

    test('stay apart on margin, as each has a position', () => {
      const { world } = swept('&leverage=5');
      const ids = Object.keys(world.form('TradesHistory').result.trades);
      expect(ids).toHaveLength(4);
      expect(Object.keys(world.form('OpenPositions').result).toSorted()).toEqual(ids.toSorted());
    });
  });

  test('come fifty a page, newest first, between times', () => {
    const world = new RestWorld();
    for (let i = 0; i < 60; i += 1) {
      world.stranger('BTC/USD', 'sell', '30000.0', '0.001');
      place(world, 'pair=XBTUSD&type=buy&ordertype=market&volume=0.001');
      world.wait(1);
    }
    const times = (filter: string): number[] => {
      const { trades, count } = world.form('TradesHistory', filter).result;
      expect(count).toBeGreaterThanOrEqual(Object.keys(trades).length);
      return Object.values<{ readonly time: number }>(trades).map(({ time }) => time - 1_700_000_000);
    };
    expect(times('')).toEqual(Array.from({ length: 50 }, (_, i) => 59 - i));
    expect(times('ofs=50')).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(times('start=1700000003&end=1700000005')).toEqual([5, 4]);
    expect(world.form('TradesHistory').result.count).toBe(60);
    expect(world.form('TradesHistory', 'type=some').error).toEqual(['EGeneral:Invalid arguments:type']);
  });
});

describe('margin', () => {
  /** alice is long 0.2 BTC from 50000, five to one; the last trade is at 51000. */
  function withPosition(): RestWorld {
    const world = new RestWorld();
    world.stranger('BTC/USD', 'sell', '50000.0', '0.2');
    place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=0.2&price=50000&leverage=5');
    world.wait(60);
    world.print('BTC/USD', '51000.0', '0.1');
    return world;
  }

  test('positions are a bare map, with values on demand', () => {
    const world = withPosition();
    const { result } = world.form('OpenPositions', 'docalcs=true');
    const [id = ''] = Object.keys(result);
    expect(result[id]).toEqual({
      ordertxid: expect.stringMatching(ORDER_ID),
      posstatus: 'open',
      pair: 'XXBTZUSD',
      class: 'forex',
      time: 1_700_000_000,
      type: 'buy',
      ordertype: 'limit',
      cost: '10000.00000',
      fee: '42.50000',
      vol: '0.20000000',
      vol_closed: '0.00000000',
      margin: '2000.00000',
      value: '10200.0',
      net: '+200.0000',
      terms: '0.0250% per 4 hours',
      rollovertm: '1700014400',
      misc: '',
      oflags: '',
    });
    expect(world.form('OpenPositions').result[id]).not.toHaveProperty('net');
    expect(world.form('OpenPositions', 'txid=TAAAAA-AAAAA-AAAAAA').result).toEqual({});
    expect(world.form('OpenPositions', 'consolidation=market&docalcs=true').result).toMatchObject([
      { pair: 'XXBTZUSD', positions: '1', type: 'buy', leverage: '5.00000', vol: '0.20000000', net: '+200.0000' },
    ]);
  });

  test('a loss has its sign, and counts the open part only', () => {
    const world = withPosition();
    world.stranger('BTC/USD', 'buy', '49000.0', '0.05');
    place(world, 'pair=XBTUSD&type=sell&ordertype=limit&volume=0.05&price=49000&leverage=5');
    const [position] = Object.values(world.form('OpenPositions', 'docalcs=true').result);
    expect(position).toMatchObject({ vol_closed: '0.05000000', value: '7350.0', net: '-150.0000' });
  });

  test('what is free for orders is free margin less what orders hold', () => {
    const world = withPosition();
    const figures = (): { readonly mf: string; readonly mfo: string; readonly uv: string } =>
      world.form('TradeBalance').result;
    const { mf } = figures();
    expect(figures()).toMatchObject({ mfo: mf, uv: '0.0000' });
    // Waits for its trigger: two BTC at it, which are collateral no more.
    place(world, 'pair=XBTUSD&type=sell&ordertype=stop-loss&volume=2&price=40000');
    expect(figures()).toMatchObject({ mf, mfo: String((Number(mf) - 102_000).toFixed(4)), uv: '80000.0000' });
  });

  test('what is free for orders is what the next order with leverage is measured against', () => {
    const world = new RestWorld({ accounts: [{ name: 'alice', balances: { USD: '1000' } }] });
    place(world, 'pair=XBTUSD&type=buy&ordertype=limit&volume=0.01&price=50000');
    expect(world.form('TradeBalance').result).toMatchObject({ mf: '1000.0000', mfo: '498.0000', uv: '500.0000' });
    const ask = (volume: string): readonly string[] =>
      world.form('AddOrder', `pair=XBTUSD&type=buy&ordertype=limit&volume=${volume}&price=4980&leverage=10`).error;
    expect(ask('1.001')).toEqual(['EOrder:Insufficient initial margin']);
    expect(ask('1')).toEqual([]);
    expect(world.form('TradeBalance').result).toMatchObject({ mfo: '0.0000', uv: '5480.0000' });
  });

  test('the level is there with a position', () => {
    const { result } = withPosition().form('TradeBalance');
    expect(result).toMatchObject({ m: '2000.0000', n: '200.0000', c: '10000.0000', v: '10200.0000' });
    // 100000 − 42.50 USD, 2 BTC at 51000, 200 won: over 2000 of margin.
    expect(result.ml).toBe('10107.87');
  });

  /** Sells alice's BTC at that price, five to one. @returns The id of the trade. */
  function close(world: RestWorld, price: string, volume: string): string {
    world.stranger('BTC/USD', 'buy', price, volume);
    place(world, `pair=XBTUSD&type=sell&ordertype=limit&volume=${volume}&price=${price}&leverage=5`);
    const [id = ''] = Object.keys(world.form('TradesHistory').result.trades);
    return id;
  }

  test('a trade that opened a position tells what the closed part of it came to', () => {
    const world = withPosition();
    const [id = ''] = Object.keys(world.form('OpenPositions').result);
    const figures = (form = ''): Readonly<Record<string, unknown>> =>
      world.form('QueryTrades', `txid=${id}${form}`).result[id];
    expect(figures()).toMatchObject({ posstatus: 'open' });
    expect(figures()).not.toHaveProperty('cprice');

    const first = close(world, '51000', '0.05');
    // 50 won, less 8.925 (0.35 %) for closing and a quarter of 42.50 for opening.
    expect(figures('&trades=true')).toMatchObject({
      posstatus: 'open',
      cprice: '51000.0',
      ccost: '2550.0',
      cfee: '8.9',
      cvol: '0.05000000',
      cmargin: '510.0',
      net: '+30.4500',
      trades: [first],
    });
    expect(figures()).not.toHaveProperty('trades');

    const second = close(world, '48000', '0.2');
    // 9750 for 0.2 BTC: 250 lost, 34.125 of fees for closing and 42.50 for opening.
    expect(figures('&trades=true')).toMatchObject({
      posstatus: 'closed',
      cprice: '48750.0',
      ccost: '9750.0',
      cfee: '34.1',
      cvol: '0.20000000',
      cmargin: '1950.0',
      net: '-326.6250',
      trades: [first, second],
    });
    // What was too much for closing has opened a short position.
    expect(world.form('QueryTrades', `txid=${second}`).result[second]).toMatchObject({
      misc: 'closing',
      posstatus: 'open',
    });
    expect(Object.keys(world.form('OpenPositions').result)).toEqual([second]);
    expect(Object.keys(world.form('TradesHistory', 'type=closed position').result.trades)).toEqual([id]);
  });

  test('a part that is settled counts with what it was opened for', () => {
    const world = withPosition();
    const [id = ''] = Object.keys(world.form('OpenPositions').result);
    place(world, 'pair=XBTUSD&type=sell&ordertype=settle-position&volume=0.1&leverage=5');
    expect(world.form('QueryTrades', `txid=${id}&trades=true`).result[id]).toMatchObject({
      posstatus: 'open',
      cprice: '50000.0',
      ccost: '5000.0',
      cfee: '0.0',
      cvol: '0.10000000',
      net: '-21.2500',
      trades: [],
    });
  });

  test('trades that open and close are told apart', () => {
    const world = withPosition();
    world.stranger('BTC/USD', 'buy', '51000.0', '0.2');
    place(world, 'pair=XBTUSD&type=sell&ordertype=limit&volume=0.2&price=51000&leverage=5');
    const of = (type: string): unknown[] =>
      Object.values(world.form('TradesHistory', `type=${encodeURIComponent(type)}`).result.trades);
    expect(of('any position')).toHaveLength(2);
    expect(of('no position')).toEqual([]);
    expect(of('closing position')).toMatchObject([{ type: 'sell', misc: 'closing', leverage: '5' }]);
    expect(of('closed position')).toMatchObject([{ type: 'buy', misc: '', margin: '2000.00000', posstatus: 'closed' }]);
  });
});

describe('ledgers', () => {
  test('an entry has every member of Kraken’s example', () => {
    const { world } = partlyFilled();
    const { ledger, count } = world.form('Ledgers').result;
    expect(count).toBe(4);
    const [tradeId] = Object.keys(world.form('TradesHistory').result.trades);
    expect(Object.values(ledger)).toEqual([
      {
        refid: tradeId,
        time: 1_700_000_001.8974,
        type: 'trade',
        subtype: '',
        aclass: 'currency',
        asset: 'ZUSD',
        amount: '-11253.7500',
        fee: '28.1344',
        balance: '88718.1156',
      },
      expect.objectContaining({ asset: 'XXBT', amount: '0.3750000000', fee: '0.0000000000', balance: '2.3750000000' }),
      expect.objectContaining({ type: 'deposit', asset: 'XXBT' }),
      expect.objectContaining({ type: 'deposit', asset: 'ZUSD', amount: '100000.0000' }),
    ]);
  });

  test('are filtered by asset, type and time, and asked for by id', () => {
    const { world } = partlyFilled();
    const ids = (filter: string): string[] => Object.keys(world.form('Ledgers', filter).result.ledger);
    expect(ids('asset=XBT')).toHaveLength(2);
    expect(ids('asset=all')).toHaveLength(4);
    expect(ids('asset=BTC,ZUSD&type=deposit')).toHaveLength(2);
    expect(ids('type=staking')).toEqual([]);
    expect(ids('start=1700000001')).toHaveLength(2);
    expect(ids('end=1700000001')).toHaveLength(2);
    const [newest = ''] = ids('');
    expect(newest).toMatch(LEDGER_ID);
    expect(Object.keys(world.form('QueryLedgers', `id=${newest},LAAAAA-AAAAA-AAAAAA`).result)).toEqual([newest]);
    expect(world.form('Ledgers', 'without_count=true').result).not.toHaveProperty('count');
    expect(world.form('Ledgers', 'type=gift').error).toEqual(['EGeneral:Invalid arguments:type']);
    expect(world.form('Ledgers', 'asset=FOO').error).toEqual(['EQuery:Unknown asset']);
    expect(world.form('QueryLedgers').error).toEqual(['EGeneral:Invalid arguments:id']);
  });
});

describe('TradeVolume', () => {
  const accounts = [{ name: 'alice', balances: { USD: '1' }, volume30d: '12000' }];

  test('without a pair is the volume alone', () => {
    expect(new RestWorld({ accounts }).form('TradeVolume').text).toBe(
      '{"error":[],"result":{"currency":"ZUSD","asset_class":"currency","volume":"12000.0000","inputs":{"domain_spot_volume_30d":"12000.0000","domain_futures_volume_30d":"0.0000","domain_assets_on_platform":"1.0000"}}}',
    );
  });

  test('has the whole schedule of pairs on demand, with the step that is reached', () => {
    const world = new RestWorld({ accounts });
    expect(world.form('TradeVolume', 'pair=XBTUSD').result).not.toHaveProperty('schedules');
    expect(world.form('TradeVolume', 'fee_schedule=true').result.schedules).toEqual([]);
    const [{ tiers, ...rest }] = world.form('TradeVolume', 'pair=XBTUSD&fee_schedule=true').result.schedules;
    expect(rest).toEqual({ pair: 'XXBTZUSD', class: 'forex' });
    expect(tiers).toHaveLength(12);
    expect(tiers.slice(0, 3)).toEqual([
      { maker_fee: '0.2500', taker_fee: '0.4000', min_spot_volume: '0.0000', active: false },
      { maker_fee: '0.2000', taker_fee: '0.3500', min_spot_volume: '10000.0000', active: true },
      { maker_fee: '0.1400', taker_fee: '0.2400', min_spot_volume: '50000.0000', active: false },
    ]);
    expect(tiers.filter(({ active }: { readonly active: boolean }) => active)).toHaveLength(1);
  });

  test('with pairs has the step that is reached and the next', () => {
    const { fees, fees_maker } = new RestWorld({ accounts }).form('TradeVolume', 'pair=XBTUSD,DOGE/USD').result;
    expect(fees).toEqual({
      XXBTZUSD: {
        fee: '0.3500',
        minfee: '0.0500',
        maxfee: '0.4000',
        nextfee: '0.2400',
        nextvolume: '50000.0000',
        tiervolume: '10000.0000',
      },
      XDGUSD: expect.objectContaining({ fee: '0.3500' }),
    });
    expect(fees_maker.XXBTZUSD).toMatchObject({ fee: '0.2000', minfee: '0.0000', nextfee: '0.1400' });
  });

  test('on the last step there is no next one', () => {
    const rich = [{ name: 'alice', balances: {}, volume30d: '900000000' }];
    const { fees } = new RestWorld({ accounts: rich }).form('TradeVolume', 'pair=XBTUSD').result;
    expect(fees.XXBTZUSD).toMatchObject({
      fee: '0.0500',
      nextfee: null,
      nextvolume: null,
      tiervolume: '500000000.0000',
    });
  });
});

describe('Level3', () => {
  test('tells every order of the best levels in the order of their queues', () => {
    const world = new RestWorld();
    world.stranger('BTC/USD', 'buy', '90509.0', '0.049023');
    world.wait(0.25);
    world.stranger('BTC/USD', 'buy', '90509.0', '0.0001');
    world.stranger('BTC/USD', 'buy', '90508.0', '1');
    const said = world.form('Level3', 'pair=BTC/USD');
    expect(said.text).toContain('"timestamp":1700000000250000000');
    expect(said.result).toMatchObject({
      pair: 'BTC/USD',
      bids: [
        { price: '90509.00000', qty: '0.04902300', order_id: expect.stringMatching(ORDER_ID) },
        { price: '90509.00000', qty: '0.00010000' },
        { price: '90508.00000', qty: '1.00000000' },
      ],
      asks: [],
    });
    expect(world.form('Level3', 'pair=BTC/USD&depth=1').error).toEqual(['EGeneral:Invalid arguments:depth']);
  });

  test('tells the whole book with depth 0', () => {
    const world = new RestWorld();
    for (let i = 0; i < 150; i += 1) world.stranger('BTC/USD', 'sell', `${30_000 + i}.0`, '1');
    expect(world.form('Level3', 'pair=XBTUSD').result.asks).toHaveLength(100);
    expect(world.form('Level3', 'pair=XBTUSD&depth=0').result.asks).toHaveLength(150);
  });

  test('shows of an iceberg what it displays', () => {
    const world = new RestWorld();
    place(world, 'pair=XBTUSD&type=buy&ordertype=iceberg&volume=1&displayvol=0.1&price=30000');
    expect(world.form('Level3', 'pair=XBTUSD').result.bids).toMatchObject([{ qty: '0.10000000' }]);
  });
});
