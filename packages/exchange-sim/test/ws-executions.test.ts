import { describe, expect, test } from 'vitest';
import type { TestClient } from './client.ts';
import { AT, WsWorld } from './ws-world.ts';

const LIMIT_BUY = { order_type: 'limit', side: 'buy', order_qty: 0.005, limit_price: 26_500, symbol: 'BTC/USD' };

function follow(world: WsWorld, params: object = {}, account = 'alice'): TestClient {
  const client = world.client();
  world.ask(client, 'subscribe', { channel: 'executions', token: world.token(account), ...params });
  client.take();
  return client;
}

function place(world: WsWorld, params: object, account = 'alice'): string {
  const [answer = ''] = world.ask(world.client(), 'add_order', { ...params, token: world.token(account) });
  const [, id] = /"order_id":"(O[^"]+)"/.exec(answer) ?? [];
  if (id === undefined) throw new Error(answer);
  return id;
}

/** The names of a JSON text in the order in which they stand. */
function names(text: string): string[] {
  return [...text.matchAll(/"([a-z_]+)":/g)].map(([, name = '']) => name);
}

const TIME = '2023-11-14T22:13:20.000000Z';

describe('executions', () => {
  test('the acknowledgement is that of the live venue, maxratecount by tier', () => {
    const world = new WsWorld({ accounts: [{ name: 'alice', balances: {}, tier: 'pro' }] });
    const params = { channel: 'executions', snap_orders: true, snap_trades: true, token: world.token() };
    expect(world.ask(world.client(), 'subscribe', params, 1)).toEqual([
      '{"method":"subscribe","req_id":1,"result":{"channel":"executions","maxratecount":180,"snap_orders":true,"snap_trades":true,"snapshot":true,' +
        '"warnings":["cancel_reason is deprecated, use reason","stop_price is deprecated, use triggers.price",' +
        `"trigger is deprecated use triggers.reference","triggered_price is deprecated use triggers.last_price"]},"success":true,${AT}}`,
      '{"channel":"executions","type":"snapshot","data":[],"sequence":1}',
    ]);
  });

  test('a resting order is told as in Kraken’s example: pending_new in full, new by its id', () => {
    const world = new WsWorld();
    const client = follow(world);
    const id = place(world, { ...LIMIT_BUY, order_userref: 3 });
    const [pending = '', fresh] = client.take();
    expect(pending).toBe(
      `{"channel":"executions","type":"update","data":[{"order_id":"${id}","order_userref":3,"symbol":"BTC/USD","order_qty":0.00500000,` +
        '"cum_cost":0.00000,"time_in_force":"GTC","exec_type":"pending_new","side":"buy","order_type":"limit","limit_price_type":"static",' +
        `"limit_price":26500.0,"stop_price":0.0,"order_status":"pending_new","fee_usd_equiv":0.00000,"fee_ccy_pref":"fciq","timestamp":"${TIME}"}],"sequence":2}`,
    );
    expect(names(pending)).toEqual(
      names(
        '{"channel":"executions","type":"update","data":[{"order_id":"OK4GJX-KSTLS-7DZZO5","order_userref":3,"symbol":"BTC/USD","order_qty":0.005,"cum_cost":0.0,"time_in_force":"GTC","exec_type":"pending_new","side":"sell","order_type":"limit","limit_price_type":"static","limit_price":26500.0,"stop_price":0.0,"order_status":"pending_new","fee_usd_equiv":0.0,"fee_ccy_pref":"fciq","timestamp":"2023-09-22T10:33:05.709950Z"}],"sequence":8}',
      ),
    );
    expect(fresh).toBe(
      `{"channel":"executions","type":"update","data":[{"timestamp":"${TIME}","order_status":"new","exec_type":"new","order_userref":3,"order_id":"${id}"}],"sequence":3}`,
    );
  });

  test('a taker trades as in Kraken’s example, is told of each fill by itself, and then that it is filled', () => {
    const world = new WsWorld();
    world.stranger('sell', '26599.9', '0.003');
    world.stranger('sell', '26600.0', '0.002');
    const client = follow(world);
    const id = place(world, { ...LIMIT_BUY, order_userref: 3, limit_price: 26_600 });
    const [, , first = '', second, filled, ...rest] = client.take();
    expect(rest).toEqual([]);
    expect(names(first)).toEqual(
      names(
        '{"channel":"executions","type":"update","data":[{"order_id":"OK4GJX-KSTLS-7DZZO5","order_userref":3,"exec_id":"TGBB7L-HT5LX-J3BZ4A","exec_type":"trade","trade_id":62887576,"symbol":"BTC/USD","side":"sell","last_qty":0.005,"last_price":26599.9,"liquidity_ind":"t","cost":132.9995,"order_type":"limit","timestamp":"2023-09-22T10:33:05.709993Z","order_status":"partially_filled","cum_qty":0.005,"cum_cost":132.9995,"avg_price":26599.9,"fee_usd_equiv":0.3458,"fees":[{"asset":"USD","qty":0.3458}]}],"sequence":10}',
      ),
    );
    expect(first).toMatch(
      /"last_qty":0\.00300000,"last_price":26599\.9,"liquidity_ind":"t","cost":79\.79970,.*"cum_qty":0\.00300000,"cum_cost":79\.79970,"avg_price":26599\.9,"fee_usd_equiv":0\.31920,"fees":\[\{"asset":"USD","qty":0\.31920\}\]\}\],"sequence":4\}$/,
    );
    expect(second).toMatch(
      /"last_qty":0\.00200000,.*"order_status":"partially_filled","cum_qty":0\.00500000,"cum_cost":132\.99970,/,
    );
    expect(filled).toBe(
      `{"channel":"executions","type":"update","data":[{"timestamp":"${TIME}","order_status":"filled","exec_type":"filled","order_userref":3,"order_id":"${id}",` +
        '"cum_qty":0.00500000,"cum_cost":132.99970,"fee_usd_equiv":0.53200,"avg_price":26599.9}],"sequence":6}',
    );
  });

  test('a maker hears of a stranger’s trade, and both owners of one between them', () => {
    const world = new WsWorld();
    const [alice, bob] = [follow(world), follow(world, {}, 'bob')];
    place(world, LIMIT_BUY);
    alice.take();
    place(world, { order_type: 'market', side: 'sell', order_qty: 0.002, symbol: 'BTC/USD' }, 'bob');
    world.wait(0);
    const types = (client: TestClient): string[] =>
      client.take().map((frame) => {
        const [{ exec_type: type, liquidity_ind: liquidity = '' }] = JSON.parse(frame).data;
        return `${type}${liquidity}`;
      });
    expect(types(alice)).toEqual(['tradem']);
    expect(types(bob)).toEqual(['pending_new', 'new', 'tradet', 'filled']);
  });

  test('a cancellation is told as in the live frame', () => {
    const world = new WsWorld();
    const client = follow(world);
    const id = place(world, LIMIT_BUY);
    client.take();
    world.ask(world.client(), 'cancel_order', { order_id: [id], token: world.token() });
    const [frame = ''] = client.take();
    expect(frame).toBe(
      `{"channel":"executions","type":"update","data":[{"timestamp":"${TIME}","order_status":"canceled","exec_type":"canceled","order_userref":0,"order_id":"${id}",` +
        '"cum_qty":0.00000000,"cum_cost":0.00000,"fee_usd_equiv":0.00000,"avg_price":0.0,"cancel_reason":"User requested","reason":"User requested"}],"sequence":4}',
    );
    expect(names(frame)).toEqual(
      names(
        '{"channel":"executions","type":"update","data":[{"timestamp":"2025-10-11T15:11:47.695226Z","order_status":"canceled","exec_type":"canceled","order_userref":0,"order_id":"OGAB7Y-BKX5F-PTK5RW","cum_qty":0,"cum_cost":0,"fee_usd_equiv":0,"avg_price":0,"cancel_reason":"User requested","reason":"User requested"}],"sequence":11}',
      ),
    );
  });

  test('an order says all about itself: trigger, close, own id, margin, times', () => {
    const world = new WsWorld();
    world.print('26000.0', '1');
    const client = follow(world);
    const id = place(world, {
      order_type: 'stop-loss-limit',
      side: 'buy',
      order_qty: 0.1,
      symbol: 'BTC/USD',
      limit_price: 28_000.5,
      triggers: { reference: 'last', price: 5, price_type: 'pct' },
      margin: true,
      time_in_force: 'gtd',
      expire_time: '2023-11-15T22:13:20Z',
      conditional: { order_type: 'take-profit', trigger_price: 40_000 },
      order_userref: 9,
      fee_preference: 'base',
    });
    expect(client.take()[0]).toContain(
      `[{"order_id":"${id}","order_userref":9,"symbol":"BTC/USD","order_qty":0.10000000,"cum_cost":0.00000,"time_in_force":"GTD",` +
        '"exec_type":"pending_new","side":"buy","order_type":"stop-loss-limit","limit_price_type":"static","limit_price":28000.5,' +
        '"stop_price":27300.0,"triggers":{"reference":"last","price":5,"price_type":"pct","actual_price":27300.0,"last_price":26000.0,"status":"untriggered"},' +
        '"contingent":{"order_type":"take-profit","trigger_price":40000,"trigger_price_type":"static"},"order_status":"pending_new",' +
        '"fee_usd_equiv":0.00000,"fee_ccy_pref":"fcib","margin":true,"expire_time":"2023-11-15T22:13:20.000000Z","timestamp":',
    );
    world.print('27300.0', '1');
    const statuses = client.take().map((frame) => JSON.parse(frame).data[0]);
    const triggered = statuses.find((entry) => entry.exec_type === 'status');
    expect(triggered).toMatchObject({
      order_id: id,
      triggers: { status: 'triggered', price: 5, actual_price: 27_300, timestamp: TIME },
    });
    expect(triggered.symbol).toBeUndefined();
  });

  test('an iceberg shows what it shows, also when it refills', () => {
    const world = new WsWorld();
    const client = follow(world);
    place(world, { ...LIMIT_BUY, order_type: 'iceberg', order_qty: 0.5, display_qty: 0.2 });
    expect(client.take()[0]).toContain(
      '"order_qty":0.50000000,"display_qty":0.20000000,"display_qty_remain":0.20000000,',
    );
    world.stranger('sell', '26500.0', '0.2');
    const refill = client.take().find((frame) => frame.includes('iceberg_refill'));
    expect(refill).toContain('"exec_type":"iceberg_refill","order_userref":0,');
    expect(refill).toContain('"display_qty":0.20000000,"display_qty_remain":0.20000000}');
  });

  test('an amend tells the new terms and that there was one', () => {
    const world = new WsWorld();
    const client = follow(world);
    const id = place(world, LIMIT_BUY);
    client.take();
    world.ask(world.client(), 'amend_order', {
      order_id: id,
      limit_price: 26_400.5,
      order_qty: 0.25,
      token: world.token(),
    });
    expect(client.take()[0]).toContain(
      `"order_status":"new","exec_type":"amended","order_userref":0,"order_id":"${id}","order_qty":0.25000000,` +
        '"limit_price_type":"static","limit_price":26400.5,"cum_qty":0.00000000,"cum_cost":0.00000,"fee_usd_equiv":0.00000,"avg_price":0.0,"amended":true}',
    );
  });

  test('an order that expires says so', () => {
    const world = new WsWorld();
    const client = follow(world);
    place(world, { ...LIMIT_BUY, time_in_force: 'gtd', expire_time: '2023-11-14T22:13:50Z' });
    world.wait(31);
    client.take();
    world.ask(world.client(), 'ping');
    world.wait(0);
    const [entry] = JSON.parse(client.take()[0] ?? '{}').data;
    expect(entry).toMatchObject({ exec_type: 'expired', order_status: 'expired', cum_qty: 0 });
    expect(entry.reason).toEqual(expect.any(String));
  });

  test('the snapshot has open orders, and past fills in a message of their own', () => {
    const world = new WsWorld();
    world.stranger('sell', '26000.0', '0.001');
    const id = place(world, LIMIT_BUY);
    const client = world.client();
    const params = { channel: 'executions', snap_trades: true, token: world.token() };
    const [, trades, orders, ...rest] = world.ask(client, 'subscribe', params);
    expect(rest).toEqual([]);
    const [trade] = JSON.parse(trades ?? '').data;
    expect(trade).toMatchObject({ exec_type: 'trade', order_id: id, last_qty: 0.001, cum_qty: 0.001, cum_cost: 26 });
    const parsed = JSON.parse(orders ?? '');
    expect(parsed).toMatchObject({ type: 'snapshot', sequence: 2 });
    expect(parsed.data).toEqual([
      expect.objectContaining({
        order_id: id,
        exec_type: 'new',
        order_status: 'partially_filled',
        cum_qty: 0.001,
        avg_price: 26_000,
        symbol: 'BTC/USD',
      }),
    ]);
    world.stranger('sell', '26500.0', '0.001');
    expect(client.take()[0]).toContain('"sequence":3}');
  });

  test('fills in the snapshot are the last fifty, each with what the order had by then', () => {
    const world = new WsWorld();
    for (let count = 0; count < 60; count += 1) world.stranger('sell', '26000.0', '0.001');
    place(world, { ...LIMIT_BUY, order_qty: 0.06 });
    const params = { channel: 'executions', snap_orders: false, snap_trades: true, token: world.token() };
    const [, trades, ...rest] = world.ask(world.client(), 'subscribe', params);
    expect(rest).toEqual([]);
    const { data } = JSON.parse(trades ?? '');
    const sums = data.map((entry: { cum_qty: number }) => Math.round(entry.cum_qty * 1000));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, i) => i + 11));
    expect(data.at(-1).order_status).toBe('filled');
  });

  test.each([
    [{ snap_orders: false }, 0],
    [{ snapshot: false }, 0],
    [{ users: 'all' }, 0],
    [{ snapshot: false, snapshot_trades: true }, 1],
    [{}, 1],
  ])('with %o there are %i snapshots, and updates count on from there', (params, snapshots) => {
    const world = new WsWorld();
    place(world, LIMIT_BUY);
    const client = world.client();
    const frames = world.ask(client, 'subscribe', { channel: 'executions', token: world.token(), ...params });
    expect(frames).toHaveLength(1 + snapshots);
    place(world, LIMIT_BUY);
    expect(client.on('executions').map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: snapshots + 2 }, (_, i) => i + 1),
    );
  });

  test('without order_status only what opens and closes an order is told, and new describes it', () => {
    const world = new WsWorld();
    const client = follow(world, { order_status: false });
    const id = place(world, LIMIT_BUY);
    world.ask(world.client(), 'amend_order', { order_id: id, order_qty: 0.25, token: world.token() });
    world.stranger('sell', '26500.0', '0.25');
    const entries = client.take().map((frame) => JSON.parse(frame).data[0]);
    expect(entries.map((entry) => entry.exec_type)).toEqual(['new', 'trade', 'filled']);
    expect(entries[0]).toMatchObject({ order_status: 'new', symbol: 'BTC/USD', order_qty: 0.005 });
  });

  test('with ratecounter each entry says how much of the budget is used', () => {
    const world = new WsWorld({ rateLimits: true });
    const client = follow(world, { ratecounter: true });
    place(world, LIMIT_BUY);
    place(world, LIMIT_BUY);
    const counts = client.take().map((frame) => JSON.parse(frame).data[0].ratecount);
    expect(counts).toEqual([1, 1, 2, 2]);
  });

  test('fees in another currency are valued in dollars, and left out where nothing tells', () => {
    const world = new WsWorld({
      pairs: ['ETH/BTC', 'BTC/USD'],
      accounts: [{ name: 'alice', balances: { BTC: '2' } }],
    });
    const client = follow(world);
    const order = { order_type: 'limit', side: 'buy', order_qty: 1, limit_price: 0.05, symbol: 'ETH/BTC' };
    world.stranger('sell', '0.05000', '1', 'ETH/BTC');
    place(world, order);
    const trade = (): string | undefined => client.take().find((frame) => frame.includes('"exec_type":"trade"'));
    expect(trade()).toContain('"avg_price":0.05000,"fees":[{"asset":"BTC","qty":0.0002000000}]');
    world.print('50000.0', '1');
    world.stranger('sell', '0.05000', '1', 'ETH/BTC');
    place(world, order);
    expect(trade()).toContain('"fee_usd_equiv":10.0000000000,"fees":[{"asset":"BTC","qty":0.0002000000}]');
  });
});

describe('balances', () => {
  test('the snapshot has each balance with its wallet, in the decimals of the asset', () => {
    const world = new WsWorld({ accounts: [{ name: 'alice', balances: { BTC: '1.2', USD: '0.5' } }] });
    const params = { channel: 'balances', token: world.token() };
    expect(world.ask(world.client(), 'subscribe', params, 2)).toEqual([
      `{"method":"subscribe","req_id":2,"result":{"channel":"balances","snapshot":true},"success":true,${AT}}`,
      '{"channel":"balances","type":"snapshot","data":[{"asset":"BTC","asset_class":"currency","balance":1.2000000000,"wallets":[{"type":"spot","id":"main","balance":1.2000000000}]},' +
        '{"asset":"USD","asset_class":"currency","balance":0.5000,"wallets":[{"type":"spot","id":"main","balance":0.5000}]}],"sequence":1}',
    ]);
  });

  test('each line of the ledger is a message; orders do not reduce balances', () => {
    const world = new WsWorld();
    world.stranger('sell', '26000.0', '0.001');
    const client = world.client();
    world.ask(client, 'subscribe', { channel: 'balances', snapshot: false, token: world.token() });
    client.take();
    place(world, { ...LIMIT_BUY, limit_price: 25_000 });
    expect(client.take()).toEqual([]);
    place(world, { ...LIMIT_BUY, order_qty: 0.001 });
    const [base = '', quote] = client.take();
    expect(base).toMatch(
      /^\{"channel":"balances","type":"update","data":\[\{"ledger_id":"L[^"]+","ref_id":"T[^"]+","timestamp":"2023-11-14T22:13:20\.000000Z","type":"trade","subtype":"","category":"trade","asset":"BTC","asset_class":"currency","wallet_type":"spot","wallet_id":"main","amount":0\.0010000000,"fee":0\.0000000000,"balance":2\.0010000000\}\],"sequence":1\}$/,
    );
    expect(quote).toContain(
      '"asset":"USD","asset_class":"currency","wallet_type":"spot","wallet_id":"main","amount":-26.0000,"fee":0.1040,"balance":99973.8960}],"sequence":2}',
    );
    world.deposit('alice', 'ETH', '3');
    expect(client.take()[0]).toContain('"type":"deposit","subtype":"","category":"deposit","asset":"ETH",');
  });
});
