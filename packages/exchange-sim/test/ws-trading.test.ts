import { describe, expect, test } from 'vitest';
import type { TestClient } from './client.ts';
import { AT, WsWorld } from './ws-world.ts';

const LIMIT = { order_type: 'limit', side: 'buy', order_qty: 0.01, limit_price: 26_500, symbol: 'BTC/USD' };

/** A world with one client of alice, who trades. */
function desk(options: ConstructorParameters<typeof WsWorld>[0] = {}): {
  world: WsWorld;
  client: TestClient;
  ask: (method: string, params: object, reqId?: number) => string[];
  /** Places an order and returns its id. */
  place: (params?: object) => string;
} {
  const world = new WsWorld(options);
  const client = world.client();
  const token = world.token();
  const ask = (method: string, params: object, reqId?: number): string[] =>
    world.ask(client, method, { ...params, token }, reqId);
  const place = (params: object = {}): string => {
    const [answer = ''] = ask('add_order', { ...LIMIT, ...params });
    const [, id] = /"order_id":"(O[^"]+)"/.exec(answer) ?? [];
    if (id === undefined) throw new Error(answer);
    return id;
  };
  return { world, client, ask, place };
}

function failure(method: string, error: string, reqId = 9): string {
  return `{"error":"${error}","method":"${method}","req_id":${reqId},"success":false,${AT}}`;
}

const ID = /^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;

describe('add_order', () => {
  test('answers with the ids, as in Kraken’s example', () => {
    const { ask } = desk();
    const [answer = ''] = ask('add_order', { ...LIMIT, order_userref: 100_054 }, 123_456_789);
    const [, id = ''] = /"order_id":"([^"]+)"/.exec(answer) ?? [];
    expect(id).toMatch(ID);
    expect(answer).toBe(
      `{"method":"add_order","req_id":123456789,"result":{"order_id":"${id}","order_userref":100054},"success":true,${AT}}`,
    );
    expect(ask('add_order', { ...LIMIT, cl_ord_id: 'my-own' })[0]).toMatch(
      /^\{"method":"add_order","result":\{"cl_ord_id":"my-own","order_id":"O[^"]+"\},"success":true,/,
    );
  });

  test('the answer leaves first, then what it did to the account, then what the public sees; for others likewise', () => {
    const { world, client, ask } = desk();
    const token = world.token();
    world.stranger('sell', '26000.0', '0.01');
    const other = world.client();
    for (const each of [client, other]) {
      for (const channel of ['book', 'trade', 'ticker']) world.ask(each, 'subscribe', { channel, symbol: ['BTC/USD'] });
      for (const channel of ['balances', 'executions']) world.ask(each, 'subscribe', { channel, token });
    }
    other.take();
    const said = (frames: string[]): string[] =>
      frames.map((frame) => /"method":"[a-z_]+"|"channel":"([a-z]+)"/.exec(frame)?.[1] ?? 'answer');
    const expected = [
      'executions',
      'executions',
      'executions',
      'balances',
      'balances',
      'executions',
      'trade',
      'book',
      'ticker',
    ];
    expect(said(ask('add_order', LIMIT))).toEqual(['answer', ...expected]);
    expect(said(other.take())).toEqual(expected);
  });

  test('digits arrive as they were written: strings are numbers too', () => {
    const { world, client, place } = desk();
    const token = world.token();
    const say = (qty: string, price: string): string | undefined =>
      world.say(
        client,
        `{"method":"add_order","params":{"order_type":"limit","side":"buy","symbol":"BTC/USD","order_qty":${qty},"limit_price":${price},"token":"${token}"},"req_id":9}`,
      )[0];
    expect(say('0.00010000', '26500.10')).toContain('"success":true');
    expect(say('"0.0001"', '"26500.1"')).toContain('"success":true');
    expect(say('0.0001', '26500.1000000000000000001')).toBe(failure('add_order', 'EOrder:Tick size check failed'));
    expect(say('0.0001', '26500.15')).toBe(failure('add_order', 'EOrder:Tick size check failed'));
    place();
    const sizes = world.desk.openOrders('alice').map(({ qty, limitPrice }) => [qty, limitPrice]);
    expect(sizes).toEqual([
      [10_000, 265_001],
      [10_000, 265_001],
      [1_000_000, 265_000],
    ]);
  });

  test('validate checks and does nothing else', () => {
    const { world, ask } = desk();
    expect(ask('add_order', { ...LIMIT, validate: true, order_userref: 5 }, 1)).toEqual([
      `{"method":"add_order","req_id":1,"result":{"order_id":"","order_userref":5},"success":true,${AT}}`,
    ]);
    expect(ask('add_order', { ...LIMIT, validate: true, order_qty: 0.000001 }, 9)).toEqual([
      failure('add_order', 'EOrder:Order minimum not met'),
    ]);
    expect(world.desk.openOrders('alice')).toEqual([]);
  });

  test.each([
    [{ order_qty: 100 }, 'EOrder:Insufficient funds'],
    [{ symbol: 'XBT/USD' }, 'EQuery:Unknown asset pair'],
    [{ limit_price: 26_500.55 }, 'EOrder:Tick size check failed'],
    [{ order_qty: 0.00001 }, 'EOrder:Order minimum not met'],
    [{ deadline: '2023-11-14T22:13:20.499Z' }, 'EGeneral:Invalid arguments:deadline'],
    [{ deadline: '2023-11-14T22:14:20.001Z' }, 'EGeneral:Invalid arguments:deadline'],
    [{ deadline: '2023-11-14T22:13:19.999Z' }, 'EService:Deadline elapsed'],
    [{ cl_ord_id: 'x', order_userref: 1 }, 'EGeneral:Invalid arguments:cl_ord_id'],
    [{ leverage: 2 }, "Unsupported field: 'leverage' for the given msg type: add order"],
  ])('%o is refused with %s', (params, error) => {
    const { ask } = desk();
    expect(ask('add_order', { ...LIMIT, ...params }, 9)).toEqual([failure('add_order', error)]);
  });

  test.each(['2023-11-14T22:13:20.500Z', '2023-11-14T22:14:20Z'])('a deadline of %s is fine', (deadline) => {
    const { ask } = desk();
    expect(ask('add_order', { ...LIMIT, deadline })[0]).toContain('"success":true');
  });

  test('a post-only order that would cross, and an order in cancel_only mode', () => {
    const { world, ask } = desk();
    world.stranger('sell', '26000.0', '1');
    const [answer] = ask('add_order', { ...LIMIT, post_only: true }, 9);
    expect(answer).toContain('"method":"add_order"');
    world.setSystem('cancel_only');
    expect(ask('add_order', LIMIT, 9).filter((frame) => frame.includes('add_order'))).toEqual([
      failure('add_order', 'EService:Market in cancel_only mode'),
    ]);
  });

  test('the trading counter is shared by all connections', () => {
    const { world, ask } = desk({ rateLimits: true });
    const refused = failure('add_order', 'EOrder:Orders limit exceeded');
    for (let count = 0; count < 80; count += 1) ask('add_order', LIMIT);
    expect(ask('add_order', LIMIT, 9)).toEqual([refused]);
    const other = world.client();
    const token = world.token();
    const answers = Array.from({ length: 60 }, () => world.ask(other, 'add_order', { ...LIMIT, token }, 9)[0]);
    expect(answers[0]).toBe(refused);
    expect(answers.at(-1)).toBe(failure('add_order', 'EOrder:Rate limit exceeded'));
  });
});

describe('amend_order', () => {
  test('answers with the name that was used', () => {
    const { ask, place } = desk();
    const id = place();
    expect(ask('amend_order', { order_id: id, limit_price: 26_400.5, order_qty: '0.02' }, 1)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\{"method":"amend_order","req_id":1,"result":\\{"amend_id":"T[A-Z2-7-]+","order_id":"${id}"\\},"success":true,`,
        ),
      ),
    ]);
    place({ cl_ord_id: '2c6be801-1f53-4f79-a0bb-4ea1c95dfae9' });
    const [answer] = ask('amend_order', { cl_ord_id: '2c6be801-1f53-4f79-a0bb-4ea1c95dfae9', order_qty: 1.2 });
    expect(answer).toMatch(/"result":\{"amend_id":"T[^"]+","cl_ord_id":"2c6be801-1f53-4f79-a0bb-4ea1c95dfae9"\}/);
  });

  test('the limit of a trailing stop is an offset where nothing is said, any other a price', () => {
    const { world, ask, place } = desk();
    world.print('26000.0', '1');
    const id = place({
      order_type: 'trailing-stop-limit',
      side: 'sell',
      limit_price: 10,
      triggers: { price: 2, price_type: 'pct' },
    });
    expect(ask('amend_order', { order_id: id, limit_price: 20 })[0]).toContain('"success":true');
    const fixed = place();
    expect(ask('amend_order', { order_id: fixed, limit_price: 20, limit_price_type: 'pct' }, 9)).toEqual([
      failure('amend_order', 'EGeneral:Invalid arguments:limit_price_type'),
    ]);
  });

  test.each([
    [{ order_id: 'OAAAAA-AAAAA-AAAAAA', order_qty: 1 }, 'EOrder:Unknown order'],
    [{ cl_ord_id: 'nobody', order_qty: 1 }, 'EOrder:Unknown order'],
    [{ order_id: 'O', deadline: '2023-11-14T22:13:20Z', order_qty: 1 }, 'EGeneral:Invalid arguments:deadline'],
    [{ order_qty: 1 }, 'EGeneral:Invalid arguments:order_id'],
  ])('%o is refused with %s', (params, error) => {
    expect(desk().ask('amend_order', params, 9)).toEqual([failure('amend_order', error)]);
  });

  test('an amend of nothing is an error', () => {
    const { ask, place } = desk();
    const [answer] = ask('amend_order', { order_id: place() }, 9);
    expect(answer).toContain('"success":false');
    expect(answer).toContain('no amendable parameters');
  });
});

describe('edit_order', () => {
  test('answers with the new id and the old one', () => {
    const { world, ask, place } = desk();
    const id = place();
    const [answer = ''] = ask(
      'edit_order',
      { order_id: id, symbol: 'BTC/USD', limit_price: 26_000, order_qty: 0.02 },
      1,
    );
    const [order] = world.desk.openOrders('alice');
    expect(order?.id).not.toBe(id);
    expect(answer).toBe(
      `{"method":"edit_order","req_id":1,"result":{"order_id":"${order?.id}","original_order_id":"${id}"},"success":true,${AT}}`,
    );
    expect(world.desk.openOrders('alice').map(({ qty, limitPrice }) => [qty, limitPrice])).toEqual([
      [2_000_000, 260_000],
    ]);
  });

  test('refuses what it cannot edit', () => {
    const { ask, place } = desk();
    expect(ask('edit_order', { order_id: 'OAAAAA-AAAAA-AAAAAA', symbol: 'BTC/USD' }, 9)).toEqual([
      failure('edit_order', 'EOrder:Unknown order'),
    ]);
    const named = place({ cl_ord_id: 'x' });
    expect(ask('edit_order', { order_id: named, symbol: 'BTC/USD', order_qty: 1 }, 9)).toEqual([
      failure('edit_order', 'EOrder:Invalid order'),
    ]);
    expect(ask('edit_order', { order_id: named, symbol: 'BTC/USD', deadline: '2023-11-14T22:15:00Z' }, 9)).toEqual([
      failure('edit_order', 'EGeneral:Invalid arguments:deadline'),
    ]);
  });

  test('validate changes nothing and gives no new id', () => {
    const { world, ask, place } = desk();
    const id = place();
    const [answer] = ask('edit_order', { order_id: id, symbol: 'BTC/USD', order_qty: 0.02, validate: true });
    expect(answer).toContain(`"result":{"order_id":"","original_order_id":"${id}"}`);
    expect(world.desk.openOrders('alice').map((order) => order.id)).toEqual([id]);
  });
});

describe('cancel_order', () => {
  test('each id has an answer of its own, with the name that was used', () => {
    const { ask, place } = desk();
    const [one, two] = [place(), place()];
    place({ cl_ord_id: 'three' });
    const answer = (result: string): string =>
      `{"method":"cancel_order","req_id":123456789,"result":${result},"success":true,${AT}}`;
    expect(ask('cancel_order', { order_id: [one, two], cl_ord_id: ['three'] }, 123_456_789)).toEqual([
      answer(`{"order_id":"${one}"}`),
      answer(`{"order_id":"${two}"}`),
      answer('{"cl_ord_id":"three"}'),
    ]);
  });

  test('one that is gone fails by itself', () => {
    const { ask, place } = desk();
    const id = place();
    const [failed, done] = ask('cancel_order', { order_id: ['OAAAAA-AAAAA-AAAAAA', id] }, 9);
    expect(failed).toBe(failure('cancel_order', 'EOrder:Unknown order'));
    expect(done).toContain(`"result":{"order_id":"${id}"},"success":true`);
    expect(ask('cancel_order', { order_id: [id] }, 9)).toEqual([failure('cancel_order', 'EOrder:Unknown order')]);
  });

  test('all orders of a userref are told by their ids', () => {
    const { ask, place } = desk();
    const ids = [place({ order_userref: 7 }), place({ order_userref: 7 })];
    place({ order_userref: 8 });
    expect(ask('cancel_order', { order_userref: [7] }).map((frame) => JSON.parse(frame).result)).toEqual(
      ids.map((id) => ({ order_id: id, order_userref: 7 })),
    );
  });

  test('somebody else’s order is nobody’s', () => {
    const { world, place } = desk();
    const id = place();
    const params = { order_id: [id], token: world.token('bob') };
    expect(world.ask(world.client(), 'cancel_order', params, 9)).toEqual([
      failure('cancel_order', 'EOrder:Unknown order'),
    ]);
  });
});

describe('many at once', () => {
  test('cancel_all counts', () => {
    const { ask, place } = desk();
    place();
    place();
    const answer = (count: number): string =>
      `{"method":"cancel_all","req_id":1,"result":{"count":${count}},"success":true,${AT}}`;
    expect(ask('cancel_all', {}, 1)).toEqual([answer(2)]);
    expect(ask('cancel_all', {}, 1)).toEqual([answer(0)]);
  });

  test('cancel_all_orders_after tells the times, is set anew, fires once, and can be disarmed', () => {
    const { world, ask, place } = desk();
    ask('subscribe', { channel: 'instrument' }); // who follows nothing is closed for idling
    place();
    expect(ask('cancel_all_orders_after', { timeout: 100 }, 1)).toEqual([
      `{"method":"cancel_all_orders_after","req_id":1,"result":{"currentTime":"2023-11-14T22:13:20Z","triggerTime":"2023-11-14T22:15:00Z"},"success":true,${AT}}`,
    ]);
    world.wait(0.6);
    expect(ask('cancel_all_orders_after', { timeout: 60 })[0]).toContain(
      '"currentTime":"2023-11-14T22:13:21Z","triggerTime":"2023-11-14T22:14:21Z"',
    );
    expect(ask('cancel_all_orders_after', { timeout: 0 })[0]).toContain(
      '"currentTime":"2023-11-14T22:13:21Z","triggerTime":"0"',
    );
    world.wait(200);
    world.venue.catchUp();
    expect(world.desk.openOrders('alice')).toHaveLength(1);
    ask('cancel_all_orders_after', { timeout: 10 });
    world.wait(10);
    world.venue.catchUp();
    expect(world.desk.openOrders('alice')).toEqual([]);
  });

  test('batch_add answers with a list, a failed one in its place', () => {
    const { ask } = desk();
    const { symbol, ...order } = LIMIT;
    const params = {
      symbol,
      orders: [
        { ...order, order_userref: 1, cl_ord_id: undefined },
        { ...order, order_qty: 50 },
        { ...order, cl_ord_id: 'third' },
      ],
    };
    const [answer = ''] = ask('batch_add', params, 1_234_567_890);
    expect(answer).toMatch(
      /^\{"method":"batch_add","req_id":1234567890,"result":\[\{"order_id":"O[^"]+","order_userref":1\},\{"error":"EOrder:Insufficient funds"\},\{"cl_ord_id":"third","order_id":"O[^"]+"\}\],"success":true,/,
    );
  });

  test('a batch with an order that is not valid is refused as a whole', () => {
    const { world, ask } = desk();
    const { symbol, ...order } = LIMIT;
    const refused = (orders: object[], error: string, more: object = {}): void =>
      expect(ask('batch_add', { symbol, orders, ...more }, 9)).toEqual([failure('batch_add', error)]);
    refused([order, { ...order, limit_price: 26_500.23 }], 'EOrder:Tick size check failed');
    refused([order], 'EGeneral:Invalid arguments:orders');
    refused(
      Array.from({ length: 16 }, () => order),
      'EGeneral:Invalid arguments:orders',
    );
    refused([order, order], 'EGeneral:Invalid arguments:deadline', { deadline: '2023-11-14T23:00:00Z' });
    refused([order, { ...order, symbol }], "Unsupported field: 'symbol' for the given msg type: batch add");
    expect(world.desk.openOrders('alice')).toEqual([]);
    const [checked] = ask('batch_add', { symbol, orders: [order, order], validate: true });
    expect(checked).toContain('"result":[{"order_id":""},{"order_id":""}]');
    expect(world.desk.openOrders('alice')).toEqual([]);
  });

  test('batch_cancel counts at the top level and has no result', () => {
    const { ask, place } = desk();
    const ids = [place(), place()];
    place({ cl_ord_id: 'third' });
    expect(
      ask('batch_cancel', { orders: [...ids, 'OAAAAA-AAAAA-AAAAAA'], cl_ord_id: ['third'] }, 1_234_567_890),
    ).toEqual([`{"method":"batch_cancel","req_id":1234567890,"orders_cancelled":3,"success":true,${AT}}`]);
  });

  test('batch_cancel takes userrefs among the ids, as text in Kraken’s example and as numbers', () => {
    const { world, ask, place } = desk();
    place({ order_userref: 1 });
    place({ order_userref: 2 });
    const id = place();
    const [answer] = ask('batch_cancel', { orders: ['1', 2, id] });
    expect(answer).toContain('"orders_cancelled":3,');
    expect(world.desk.openOrders('alice')).toEqual([]);
  });
});

test.each([
  ['add_order', LIMIT],
  ['amend_order', { order_id: 'O', order_qty: 1 }],
  ['edit_order', { order_id: 'O', symbol: 'BTC/USD' }],
  ['cancel_order', { order_id: ['O', 'P'] }],
  ['cancel_all', {}],
  ['cancel_all_orders_after', { timeout: 10 }],
  ['batch_add', { symbol: 'BTC/USD', orders: [LIMIT, LIMIT].map(({ symbol: _symbol, ...order }) => order) }],
  ['batch_cancel', { orders: ['O', 'P'] }],
])('%s needs a token', (method, params) => {
  const world = new WsWorld();
  const client = world.client();
  expect(world.ask(client, method, params, 9)).toEqual([failure(method, 'EAPI:Invalid token')]);
  expect(world.ask(client, method, { ...params, token: 'x' }, 9)).toEqual([failure(method, 'EAPI:Invalid token')]);
  expect(client.closed).toEqual([]);
});

test('the system in maintenance cannot be traded on', () => {
  const { world, client, ask } = desk();
  world.setSystem('maintenance');
  client.take();
  expect(ask('add_order', LIMIT, 9)).toEqual([failure('add_order', 'EService:Unavailable')]);
  expect(ask('cancel_all', {}, 9)).toEqual([failure('cancel_all', 'EService:Unavailable')]);
});
