import { microsToIso, micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { RestWorld } from './rest-world.ts';
import type { Said } from './rest-world.ts';

const ID = /^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;

/** BTC/USD at 50000, with something on both sides. */
function world(options: ConstructorParameters<typeof RestWorld>[0] = {}): RestWorld {
  const made = new RestWorld(options);
  made.print('BTC/USD', '50000.0', '1');
  made.stranger('BTC/USD', 'sell', '50100.0', '5');
  made.stranger('BTC/USD', 'buy', '49900.0', '5');
  return made;
}

function orderOf(made: RestWorld, said: Said): unknown {
  expect(said.error).toEqual([]);
  const [txid] = [said.result.txid].flat();
  return made.form('QueryOrders', `txid=${txid}`).result[txid];
}

describe('bodies that ccxt sends', () => {
  test('a post-only limit order with a client id', () => {
    const made = world();
    const said = made.form(
      'AddOrder',
      'pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.01&cl_ord_id=arb-20240509-00010&price=50000&oflags=post',
    );
    expect(said.text).toMatch(
      /^\{"error":\[\],"result":\{"descr":\{"order":"buy 0\.01000000 XBTUSD @ limit 50000\.0"\},"txid":\["O[A-Z2-7-]{18}"\]\}\}$/,
    );
    expect(orderOf(made, said)).toMatchObject({
      cl_ord_id: 'arb-20240509-00010',
      status: 'open',
      oflags: 'post,fciq',
      time_in_force: 'gtc',
    });
  });

  test('a trailing stop as JSON', () => {
    const made = world();
    const said = made.json('AddOrder', {
      pair: 'XXBTZUSD',
      type: 'sell',
      ordertype: 'trailing-stop',
      volume: '0.01',
      trigger: 'last',
      price: '+2%',
    });
    expect(said.result.descr.order).toBe('sell 0.01000000 XBTUSD @ trailing stop +2.0000%');
    expect(orderOf(made, said)).toMatchObject({
      stopprice: '49000.00000',
      trigger: 'last',
      descr: { price: '+2.0000%' },
    });
  });

  test('a conditional close, its brackets escaped or not', () => {
    const made = world();
    const order = 'pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.01&price=50000';
    const expected = {
      order: 'buy 0.01000000 XBTUSD @ limit 50000.0',
      close: 'close position @ stop loss 45000.0',
    };
    expect(made.form('AddOrder', `${order}&close[ordertype]=stop-loss&close[price]=45000`).result.descr).toEqual(
      expected,
    );
    const escaped = `${order}&close%5Bordertype%5D=stop-loss&close%5Bprice%5D=45000`;
    expect(made.form('AddOrder', escaped).result.descr).toEqual(expected);
    const json = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: 0.01, price: 50000 };
    const close = { ordertype: 'stop-loss', price: 45000 };
    expect(made.json('AddOrder', { ...json, close }).result.descr).toEqual(expected);
  });

  test('a market buy for so much money', () => {
    const made = world();
    const said = made.form('AddOrder', 'pair=XXBTZUSD&type=buy&ordertype=market&volume=501&oflags=viqc');
    expect(said.result.descr.order).toBe('buy 501.00000000 XBTUSD @ market');
    expect(orderOf(made, said)).toMatchObject({
      vol: '501.00000000',
      vol_exec: '0.01000000',
      price: '50100.0',
      cost: '501.0',
      fee: '2.0',
      oflags: 'fciq,viqc',
      status: 'closed',
    });
  });

  test('a batch', () => {
    const made = world();
    const orders = [
      { type: 'buy', ordertype: 'limit', volume: '0.01', price: '49000' },
      { type: 'buy', ordertype: 'limit', volume: '100', price: '49000' },
      {
        type: 'sell',
        ordertype: 'limit',
        volume: '0.01',
        price: '51000',
        close: { ordertype: 'limit', price: '40000' },
      },
    ];
    const said = made.json('AddOrderBatch', { orders, pair: 'XXBTZUSD' });
    expect(said.error).toEqual([]);
    expect(said.result).toEqual({
      orders: [
        { txid: expect.stringMatching(ID), descr: { order: 'buy 0.01000000 XBTUSD @ limit 49000.0' } },
        { error: 'EOrder:Insufficient funds' },
        {
          txid: expect.stringMatching(ID),
          descr: { order: 'sell 0.01000000 XBTUSD @ limit 51000.0' },
          close: 'close position @ limit 40000.0',
        },
      ],
    });
  });

  test('an amend', () => {
    const made = world();
    const [txid] = made.form('AddOrder', 'pair=XXBTZUSD&type=buy&ordertype=limit&volume=0.01&price=49000').result.txid;
    const said = made.form('AmendOrder', `txid=${txid}&order_qty=0.02&limit_price=49001`);
    expect(said.result).toEqual({ amend_id: expect.stringMatching(/^T/) });
    expect(made.form('QueryOrders', `txid=${txid}`).result[txid]).toMatchObject({
      vol: '0.02000000',
      misc: 'amended',
      descr: { order: 'buy 0.02000000 XBTUSD @ limit 49001.0', price: '49001.0' },
    });
  });

  test('a batch of cancels', () => {
    const made = world();
    const place = (price: number): string =>
      made.json('AddOrder', { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: 0.01, price }).result.txid[0];
    const said = made.json('CancelOrderBatch', { orders: [place(40000), place(40001), 'OAAAAA-AAAAA-AAAAAA'] });
    expect(said.text).toBe('{"error":[],"result":{"count":2}}');
  });
});

describe('AddOrder', () => {
  const base = { pair: 'XBTUSD', type: 'buy', volume: '0.5' };

  test.each([
    [{ ...base, ordertype: 'market' }, 'buy 0.50000000 XBTUSD @ market'],
    [{ ...base, ordertype: 'limit', price: '45000.1' }, 'buy 0.50000000 XBTUSD @ limit 45000.1'],
    [{ ...base, ordertype: 'limit', price: '+50' }, 'buy 0.50000000 XBTUSD @ limit 50050.0'],
    [{ ...base, ordertype: 'limit', price: '-1.5%' }, 'buy 0.50000000 XBTUSD @ limit 49250.0'],
    [{ ...base, ordertype: 'limit', price: '#5%' }, 'buy 0.50000000 XBTUSD @ limit 47500.0'],
    [{ ...base, ordertype: 'stop-loss', price: '#5%' }, 'buy 0.50000000 XBTUSD @ stop loss 52500.0'],
    [{ ...base, ordertype: 'take-profit', price: '#100' }, 'buy 0.50000000 XBTUSD @ take profit 49900.0'],
    [{ ...base, ordertype: 'iceberg', price: '45000', displayvol: '0.1' }, 'buy 0.50000000 XBTUSD @ iceberg 45000.0'],
    [
      { ...base, ordertype: 'stop-loss-limit', price: '51000', price2: '51500' },
      'buy 0.50000000 XBTUSD @ stop loss 51000.0 -> limit 51500.0',
    ],
    [
      { ...base, type: 'sell', ordertype: 'take-profit-limit', price: '55000', price2: '-10' },
      'sell 0.50000000 XBTUSD @ take profit 55000.0 -> limit 49990.0',
    ],
    [
      { ...base, type: 'sell', ordertype: 'trailing-stop-limit', price: '+100', price2: '-5.5' },
      'sell 0.50000000 XBTUSD @ trailing stop +100.0 -> limit -5.5',
    ],
    [
      { ...base, ordertype: 'limit', price: '45000', leverage: 5 },
      'buy 0.50000000 XBTUSD @ limit 45000.0 with 5:1 leverage',
    ],
    [
      { ...base, ordertype: 'limit', price: '45000', leverage: '2:1' },
      'buy 0.50000000 XBTUSD @ limit 45000.0 with 2:1 leverage',
    ],
  ])('%j is described as "%s"', (order, expected) => {
    const said = world().json('AddOrder', order);
    expect(said.error).toEqual([]);
    expect(said.result.descr.order).toBe(expected);
  });

  test.each([
    [{ ordertype: 'stop-loss-limit', price: '38000.0', price2: '36000' }, 'stop loss 38000.0 -> limit 36000.0'],
    [{ ordertype: 'take-profit', price: '#5%' }, 'take profit #5.0000%'],
    [{ ordertype: 'trailing-stop', price: '+2%' }, 'trailing stop +2.0000%'],
    [{ ordertype: 'limit', price: '-1%' }, 'limit -1.0000%'],
  ])('a close of %j is described as "close position @ %s"', (close, expected) => {
    const said = world().json('AddOrder', { ...base, ordertype: 'limit', price: 45000, close });
    expect(said.error).toEqual([]);
    expect(said.result.descr.close).toBe(`close position @ ${expected}`);
  });

  test.each(['XBTUSD', 'XXBTZUSD', 'XBT/USD', 'BTC/USD', 'BTCUSD', 'xbtusd', 'btc/usd'])(
    'takes %s for the pair',
    (pair) => {
      const said = world().json('AddOrder', { ...base, pair, ordertype: 'limit', price: 45000 });
      expect(said.result.descr.order).toBe('buy 0.50000000 XBTUSD @ limit 45000.0');
    },
  );

  test('keeps every digit of numbers that JSON would round', () => {
    const made = new RestWorld({
      pairs: ['SHIB/USD'],
      accounts: [{ name: 'alice', balances: { SHIB: '90000000000' } }],
    });
    const body =
      '{"nonce":1,"pair":"SHIBUSD","type":"sell","ordertype":"limit","volume":12345678901.12345,"price":0.00001234}';
    const said = made.signed('AddOrder', '1', body, 'application/json');
    expect(said.result.descr.order).toBe('sell 12345678901.12345000 SHIBUSD @ limit 0.00001234');
  });

  test('with validate only checks: it has a description and no id', () => {
    const made = world();
    for (const validate of [true, 'true', 1]) {
      const said = made.json('AddOrder', { ...base, ordertype: 'limit', price: 45000, validate });
      expect(said.text).toBe('{"error":[],"result":{"descr":{"order":"buy 0.50000000 XBTUSD @ limit 45000.0"}}}');
    }
    expect(made.form('OpenOrders').result).toEqual({ open: {} });
    const refused = made.json('AddOrder', { ...base, volume: '50', ordertype: 'limit', price: 45000, validate: true });
    expect(refused.error).toEqual(['EOrder:Insufficient funds']);
  });

  test.each([
    [{ ordertype: 'limit', price: '45000', type: undefined }, 'EGeneral:Invalid arguments:type'],
    [{ ordertype: 'limit', price: '45000', type: 'BUY' }, 'EGeneral:Invalid arguments:type'],
    [{ price: '45000' }, 'EGeneral:Invalid arguments:ordertype'],
    [{ ordertype: 'limited', price: '45000' }, 'EGeneral:Invalid arguments:ordertype'],
    [{ ordertype: 'limit', price: '45000', volume: '' }, 'EGeneral:Invalid arguments:volume'],
    [{ ordertype: 'limit', price: '45000', volume: '-1' }, 'EGeneral:Invalid arguments:volume'],
    [{ ordertype: 'limit', price: '45000', volume: [1] }, 'EGeneral:Invalid arguments:volume'],
    [{ ordertype: 'limit' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'limit', price: ' 50' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'limit', price: '5%' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'limit', price: '1e999' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'stop-loss-limit', price: '51000' }, 'EGeneral:Invalid arguments:price2'],
    [{ ordertype: 'trailing-stop', price: '50' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'trailing-stop', price: '-50' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'trailing-stop', price: '#50' }, 'EGeneral:Invalid arguments:price'],
    [{ ordertype: 'trailing-stop-limit', price: '+50', price2: '49000' }, 'EGeneral:Invalid arguments:price2'],
    [{ ordertype: 'trailing-stop-limit', price: '+50', price2: '#5' }, 'EGeneral:Invalid arguments:price2'],
    [{ ordertype: 'limit', price: '45000', pair: 'FOOBAR' }, 'EQuery:Unknown asset pair'],
    [{ ordertype: 'limit', price: '45000', pair: undefined }, 'EGeneral:Invalid arguments:pair'],
    [{ ordertype: 'limit', price: '45000', oflags: 'post,later' }, 'EGeneral:Invalid arguments:oflags'],
    [{ ordertype: 'limit', price: '45000', oflags: 'fcib,fciq' }, 'EGeneral:Invalid arguments:oflags'],
    [{ ordertype: 'limit', price: '45000', oflags: 'viqc' }, 'EGeneral:Invalid arguments:oflags'],
    [{ ordertype: 'limit', price: '45000', timeinforce: 'DAY' }, 'EGeneral:Invalid arguments:timeinforce'],
    [{ ordertype: 'limit', price: '45000', timeinforce: 'GTD' }, 'EGeneral:Invalid arguments:expiretm'],
    [{ ordertype: 'limit', price: '45000', expiretm: '+4' }, 'EGeneral:Invalid arguments:expiretm'],
    [{ ordertype: 'limit', price: '45000', starttm: 'soon' }, 'EGeneral:Invalid arguments:starttm'],
    [{ ordertype: 'limit', price: '45000', leverage: 'much' }, 'EGeneral:Invalid arguments:leverage'],
    [{ ordertype: 'limit', price: '45000', leverage: '99' }, 'EGeneral:Invalid arguments:leverage'],
    [{ ordertype: 'limit', price: '45000', trigger: 'mark' }, 'EGeneral:Invalid arguments:trigger'],
    [{ ordertype: 'limit', price: '45000', stptype: 'none' }, 'EGeneral:Invalid arguments:stptype'],
    [{ ordertype: 'limit', price: '45000', userref: '2147483648' }, 'EGeneral:Invalid arguments:userref'],
    [{ ordertype: 'limit', price: '45000', userref: 1, cl_ord_id: 'a' }, 'EGeneral:Invalid arguments:cl_ord_id'],
    [{ ordertype: 'limit', price: '45000', validate: 'maybe' }, 'EGeneral:Invalid arguments:validate'],
    [{ ordertype: 'limit', price: '45000', deadline: 'soon' }, 'EGeneral:Invalid arguments:deadline'],
    [{ ordertype: 'limit', price: '45000', close: 'limit' }, 'EGeneral:Invalid arguments:close'],
    [{ ordertype: 'limit', price: '45000', close: { price: 1 } }, 'EGeneral:Invalid arguments:close[ordertype]'],
    [
      { ordertype: 'limit', price: '45000', close: { ordertype: 'limit', price: 'x' } },
      'EGeneral:Invalid arguments:close[price]',
    ],
    [{ ordertype: 'limit', price: '45000', volume: '0.00001' }, 'EOrder:Order minimum not met'],
    [{ ordertype: 'limit', price: '1', volume: '0.0001' }, 'EOrder:Cost minimum not met'],
    [{ ordertype: 'limit', price: '45000.12' }, 'EOrder:Tick size check failed'],
    [{ ordertype: 'limit', price: '45000', volume: '50' }, 'EOrder:Insufficient funds'],
  ])('refuses %j with %s', (order, error) => {
    expect(world().json('AddOrder', { ...base, ...order }).text).toBe(`{"error":["${error}"]}`);
  });

  test('an unescaped plus in a form is a space, and is refused', () => {
    const order = 'pair=XBTUSD&type=sell&ordertype=trailing-stop&volume=0.1';
    expect(world().form('AddOrder', `${order}&price=+2%25`).error).toEqual(['EGeneral:Invalid arguments:price']);
    expect(world().form('AddOrder', `${order}&price=%2B2%25`).error).toEqual([]);
  });

  test('takes times in seconds from now and as Unix times', () => {
    const made = world();
    const order = { ...base, ordertype: 'limit', price: 45000 };
    expect(orderOf(made, made.json('AddOrder', { ...order, timeinforce: 'GTD', expiretm: '+60' }))).toMatchObject({
      expiretm: 1700000060,
      time_in_force: 'gtd',
    });
    const started = made.json('AddOrder', { ...order, starttm: 1700000100, expiretm: 0 });
    expect(orderOf(made, started)).toMatchObject({ starttm: 1700000100, expiretm: 0, status: 'pending' });
  });

  test.each(['starttm', 'expiretm'])('refuses a %s beyond what can be counted', (name) => {
    for (const time of ['9999999999', '+9999999999']) {
      const said = world().json('AddOrder', { ...base, ordertype: 'limit', price: 45000, [name]: time });
      expect(said.error).toEqual([`EGeneral:Invalid arguments:${name}`]);
    }
  });

  test.each([
    [-1, 'EService:Deadline elapsed'],
    [0, 'EService:Deadline elapsed'],
    [1.999999, 'EGeneral:Invalid arguments:deadline'],
    [2, undefined],
    [60, undefined],
    [60.000001, 'EGeneral:Invalid arguments:deadline'],
  ])('a deadline %d s from now: %s', (seconds, error) => {
    const made = world();
    const deadline = microsToIso(micros(made.venue.now() + Math.round(seconds * SECOND)));
    const said = made.json('AddOrder', { ...base, ordertype: 'limit', price: 45000, deadline });
    expect(said.error).toEqual(error === undefined ? [] : [error]);
  });

  test.each([
    '2023-11-14T22:13:30Z',
    '2023-11-14t22:13:30.5z',
    '2023-11-15T01:13:30+03:00',
    '2023-11-14T20:43:30.123456789-01:30',
  ])('the deadline may be written %s', (deadline) => {
    expect(world().json('AddOrder', { ...base, ordertype: 'limit', price: 45000, deadline }).error).toEqual([]);
  });

  test.each(['2023-11-14 22:13:30', '2023-02-30T00:00:00Z', '1700000010'])(
    'the deadline may not be written %s',
    (deadline) => {
      expect(world().json('AddOrder', { ...base, ordertype: 'limit', price: 45000, deadline }).error).toEqual([
        'EGeneral:Invalid arguments:deadline',
      ]);
    },
  );

  test('a post-only order that would take is accepted, and cancelled with its reason', () => {
    const made = world();
    const said = made.json('AddOrder', { ...base, ordertype: 'limit', price: 50200, oflags: 'post' });
    expect(orderOf(made, said)).toMatchObject({
      status: 'canceled',
      reason: 'Post only order',
      vol_exec: '0.00000000',
    });
  });

  test('is refused in the words of the exchange’s status', () => {
    const made = world();
    made.system = 'cancel_only';
    const order = { ...base, ordertype: 'limit', price: 45000 };
    expect(made.json('AddOrder', order).error).toEqual(['EService:Market in cancel_only mode']);
    made.system = 'online';
    made.setPairStatus('BTC/USD', 'post_only');
    expect(made.json('AddOrder', order).error).toEqual(['EService:Market in post_only mode']);
  });
});

describe('AddOrderBatch', () => {
  const order = { type: 'buy', ordertype: 'limit', volume: '0.01', price: '45000' };

  test('takes 2 to 15 orders', () => {
    const made = world();
    const send = (count: number): readonly string[] =>
      made.json('AddOrderBatch', { pair: 'XBTUSD', orders: Array.from({ length: count }, () => order) }).error;
    expect([send(1), send(2), send(15), send(16)]).toEqual([
      ['EGeneral:Invalid arguments:orders'],
      [],
      [],
      ['EGeneral:Invalid arguments:orders'],
    ]);
  });

  test('fails as a whole when one order cannot be read', () => {
    const made = world();
    const said = made.json('AddOrderBatch', { pair: 'XBTUSD', orders: [order, { ...order, volume: 'x' }] });
    expect(said.error).toEqual(['EGeneral:Invalid arguments:volume']);
    expect(made.form('OpenOrders').result).toEqual({ open: {} });
  });

  test('may come as a form too', () => {
    const made = world();
    const one = (i: number): string =>
      Object.entries(order)
        .map(([name, value]) => `orders[${i}][${name}]=${value}`)
        .join('&');
    const said = made.form('AddOrderBatch', `pair=XBTUSD&${one(0)}&${one(1)}`);
    expect(said.error).toEqual([]);
    expect(said.result.orders).toHaveLength(2);
  });

  test('with validate gives no ids', () => {
    const said = world().json('AddOrderBatch', { pair: 'XBTUSD', orders: [order, order], validate: true });
    expect(said.result.orders).toEqual([
      { descr: { order: 'buy 0.01000000 XBTUSD @ limit 45000.0' } },
      { descr: { order: 'buy 0.01000000 XBTUSD @ limit 45000.0' } },
    ]);
  });

  test.each([[undefined], ['x'], [['a', 'b']], [{}]])('%j are no orders', (orders) => {
    expect(world().json('AddOrderBatch', { pair: 'XBTUSD', orders }).error).toEqual([
      'EGeneral:Invalid arguments:orders',
    ]);
  });
});

describe('changing and cancelling', () => {
  const limit = 'pair=XBTUSD&type=buy&ordertype=limit&volume=0.01&price=49000';

  test('an amend takes a client id and prices relative to the last trade', () => {
    const made = world();
    made.form('AddOrder', `${limit}&cl_ord_id=mine`);
    expect(made.form('AmendOrder', 'cl_ord_id=mine&limit_price=-4%25').error).toEqual([]);
    const [order] = Object.values(made.form('OpenOrders').result.open) as { descr: { price: string } }[];
    expect(order?.descr.price).toBe('48000.0');
    expect(made.form('AmendOrder', 'cl_ord_id=mine&limit_price=-1000.1').error).toEqual([]);
    const [changed] = Object.values(made.form('OpenOrders').result.open) as { descr: { price: string } }[];
    expect(changed?.descr.price).toBe('48999.9');
  });

  test.each([
    ['order_qty=1', 'EGeneral:Invalid arguments:txid'],
    ['txid=OAAAAA-AAAAA-AAAAAA&order_qty=1', 'EOrder:Unknown order'],
    ['cl_ord_id=mine&order_qty=x', 'EGeneral:Invalid arguments:order_qty'],
    ['cl_ord_id=mine&limit_price=x', 'EGeneral:Invalid arguments:limit_price'],
    ['cl_ord_id=mine&limit_price=50200&post_only=true', 'EOrder:Post only order'],
  ])('the amend %s is refused with %s', (amend, error) => {
    const made = world();
    made.form('AddOrder', `${limit}&cl_ord_id=mine`);
    expect(made.form('AmendOrder', amend).error).toEqual([error]);
  });

  test('an edit makes another order of it', () => {
    const made = world();
    const [txid] = made.form('AddOrder', limit).result.txid;
    const said = made.form('EditOrder', `txid=${txid}&pair=XBTUSD&volume=0.0003&price=48000`);
    expect(said.result).toEqual({
      status: 'ok',
      txid: expect.stringMatching(ID),
      originaltxid: txid,
      volume: '0.00030000',
      price: '48000.0',
      price2: '0',
      orders_cancelled: 1,
      descr: { order: 'buy 0.00030000 XBTUSD @ limit 48000.0' },
    });
    expect(made.form('QueryOrders', `txid=${txid}`).result[txid].status).toBe('canceled');
    expect(Object.keys(made.form('OpenOrders').result.open)).toEqual([said.result.txid]);
  });

  test('an edit of a stop moves its trigger, and its limit by price2', () => {
    const made = world();
    const stop = 'pair=XBTUSD&type=sell&ordertype=stop-loss-limit&volume=0.01&price=48000&price2=47000&userref=9';
    made.form('AddOrder', stop);
    const said = made.form('EditOrder', 'txid=9&pair=XBTUSD&price=47500&price2=46500');
    expect(said.result.descr.order).toBe('sell 0.01000000 XBTUSD @ stop loss 47500.0 -> limit 46500.0');
  });

  test('an edit that only checks leaves all as it is', () => {
    const made = world();
    const [txid] = made.form('AddOrder', limit).result.txid;
    const said = made.form('EditOrder', `txid=${txid}&pair=XBTUSD&price=48000&validate=true`);
    expect(said.result).toMatchObject({ status: 'ok', originaltxid: txid, orders_cancelled: 0 });
    expect(said.result).not.toHaveProperty('txid');
    expect(Object.keys(made.form('OpenOrders').result.open)).toEqual([txid]);
  });

  test.each([
    ['pair=XBTUSD&price=1', 'EGeneral:Invalid arguments:txid'],
    ['txid=1&price=1', 'EGeneral:Invalid arguments:pair'],
    ['txid=OAAAAA-AAAAA-AAAAAA&pair=XBTUSD&price=1', 'EOrder:Unknown order'],
    ['txid=1&pair=XBTUSD&oflags=fcib', 'EGeneral:Invalid arguments:oflags'],
  ])('the edit %s is refused with %s', (edit, error) => {
    expect(world().form('EditOrder', edit).error).toEqual([error]);
  });

  test('cancels by id, by client id and by userref, which may be that of several', () => {
    const made = world();
    const [txid] = made.form('AddOrder', limit).result.txid;
    made.form('AddOrder', `${limit}&cl_ord_id=mine`);
    for (let i = 0; i < 3; i += 1) made.form('AddOrder', `${limit}&userref=-7`);
    expect(made.form('CancelOrder', `txid=${txid}`).text).toBe('{"error":[],"result":{"count":1}}');
    expect(made.form('CancelOrder', 'cl_ord_id=mine').result).toEqual({ count: 1 });
    expect(made.json('CancelOrder', { txid: -7 }).result).toEqual({ count: 3 });
    expect(made.form('CancelOrder', `txid=${txid}`).error).toEqual(['EOrder:Unknown order']);
    expect(made.form('CancelOrder').error).toEqual(['EGeneral:Invalid arguments:txid']);
  });

  test('nobody cancels what is another’s', () => {
    const made = world();
    const [txid] = made.form('AddOrder', limit).result.txid;
    expect(made.form('CancelOrder', `txid=${txid}`, 'bob').error).toEqual(['EOrder:Unknown order']);
    expect(made.form('QueryOrders', `txid=${txid}`, 'bob').error).toEqual(['EOrder:Unknown order']);
  });

  test('a batch of cancels takes userrefs and client ids too, at most fifty', () => {
    const made = world();
    made.form('AddOrder', `${limit}&userref=5`);
    made.form('AddOrder', `${limit}&cl_ord_id=mine`);
    expect(made.json('CancelOrderBatch', { orders: [5], cl_ord_ids: ['mine'] }).result).toEqual({ count: 2 });
    const many = Array.from({ length: 51 }, (_, i) => i);
    expect(made.json('CancelOrderBatch', { orders: many }).error).toEqual(['EGeneral:Invalid arguments:orders']);
    expect(made.json('CancelOrderBatch', {}).error).toEqual(['EGeneral:Invalid arguments:orders']);
  });

  test('cancels all of one account', () => {
    const made = world();
    for (let i = 0; i < 4; i += 1) made.form('AddOrder', limit);
    made.form('AddOrder', limit, 'bob');
    expect(made.form('CancelAll').text).toBe('{"error":[],"result":{"count":4}}');
    expect(Object.keys(made.form('OpenOrders', '', 'bob').result.open)).toHaveLength(1);
  });

  test('the dead man’s switch is set, set anew, fires and is disarmed', () => {
    const made = world();
    expect(made.form('CancelAllOrdersAfter', 'timeout=60').text).toBe(
      '{"error":[],"result":{"currentTime":"2023-11-14T22:13:20Z","triggerTime":"2023-11-14T22:14:20Z"}}',
    );
    expect(made.form('CancelAllOrdersAfter', 'timeout=0').result).toEqual({
      currentTime: '2023-11-14T22:13:20Z',
      triggerTime: '0',
    });
    made.form('AddOrder', limit);
    made.form('CancelAllOrdersAfter', 'timeout=30');
    made.wait(29);
    expect(Object.keys(made.form('OpenOrders').result.open)).toHaveLength(1);
    made.wait(1);
    expect(made.form('OpenOrders').result).toEqual({ open: {} });
  });

  test.each(['', 'timeout=-1', 'timeout=86400', 'timeout=x'])('a switch of "%s" is refused', (timeout) => {
    expect(world().form('CancelAllOrdersAfter', timeout).error).toEqual(['EGeneral:Invalid arguments:timeout']);
  });
});

test('what a command did is in the book at once', () => {
  const made = world();
  made.form('AddOrder', 'pair=XBTUSD&type=buy&ordertype=limit&volume=0.25&price=50050');
  expect(made.get('Depth', 'pair=XBTUSD&count=1').result.XXBTZUSD.bids).toEqual([['50050.00000', '0.250', 1700000000]]);
  made.form('AddOrder', 'pair=XBTUSD&type=sell&ordertype=market&volume=0.2', 'bob');
  expect(made.get('Trades', 'pair=XBTUSD&count=1').result.XXBTZUSD[0].slice(0, 2)).toEqual([
    '50050.00000',
    '0.20000000',
  ]);
});
