import { expect } from 'vitest';
import type { TestClient } from './client.ts';
import { booksOf, bodyOf, FaultWorld, problemsOf } from './fault-world.ts';
import type { Effects } from './fault-world.ts';

/** What a client sees of faults of orders, REST and the exchange itself. */
export const COMMAND_EFFECTS: Effects = {
  orderack: () => {
    const lost = traded('orderack');
    expect([lost.replies, lost.executions > 0, lost.world.openOrders]).toEqual([[], true, 1]);
    const double = traded('orderack=double');
    expect([double.replies.length, new Set(double.replies).size]).toEqual([2, 1]);
    const late = traded('orderack=late:3s');
    expect([late.replies, late.world.openOrders]).toEqual([[], 1]);
    late.world.seconds(1);
    expect(late.client.frames.filter(isReply)).toHaveLength(1);

    const world = new FaultWorld();
    const client = world.trader();
    world.inject('orderack=afterfill');
    client.send('add_order', world.order(world.token(), { order_type: 'market', limit_price: undefined }), 1);
    world.seconds(6);
    const [reply, fill] = [
      client.frames.findIndex(isReply),
      client.frames.findIndex((frame) => frame.includes('"exec_type":"trade"')),
    ];
    expect(fill).toBeGreaterThan(0);
    expect(reply).toBeGreaterThan(fill);
  },

  orderlost: () => {
    const { replies, executions, world, client } = traded('orderlost');
    expect([replies, executions, world.openOrders]).toEqual([[], 0, 0]);
    client.send('add_order', world.order(world.token()), 2);
    world.seconds(0);
    expect([client.frames.filter(isReply).length, world.openOrders]).toEqual([1, 1]);
  },

  ratelimit: () => {
    const order = traded('ratelimit');
    expect(order.replies[0]).toContain(
      '"error":"EOrder:Rate limit exceeded","method":"add_order","req_id":1,"success":false',
    );
    expect([order.executions, order.world.openOrders]).toEqual([0, 0]);

    const { world, client } = order;
    world.inject('ratelimit=messages');
    client.take();
    client.send('ping', {}, 9);
    client.send('ping', {}, 10);
    world.seconds(0);
    expect(client.take()).toEqual(['{"Error":"Exceeded msg rate"}', expect.stringContaining('"req_id":10')]);

    world.inject('ratelimit', 'ratelimit=rest', 'ratelimit=public');
    expect(bodyOf(world.get('Time'))).toBe('{"error":["EGeneral:Too many requests"]}');
    expect(bodyOf(world.post('Balance'))).toBe('{"error":["EAPI:Rate limit exceeded"]}');
    expect(bodyOf(world.post('AddOrder', LIMIT))).toBe('{"error":["EOrder:Rate limit exceeded"]}');
    expect(world.openOrders).toBe(0);
    for (const body of [world.get('Time'), world.post('Balance'), world.post('AddOrder', LIMIT)].map(bodyOf)) {
      expect(body).toContain('"error":[]');
    }
  },

  nonce: () => {
    const world = new FaultWorld();
    world.inject('nonce,count=2');
    expect(bodyOf(world.get('Time'))).toContain('"error":[]');
    const said = ['Balance', 'AddOrder', 'Balance'].map((method) => bodyOf(world.post(method, LIMIT)));
    expect(said.slice(0, 2)).toEqual(Array(2).fill('{"error":["EAPI:Invalid nonce"]}'));
    expect([said[2], world.openOrders]).toEqual([expect.stringContaining('"ZUSD"'), 0]);
  },

  token: () => {
    for (const [fault, error] of [
      ['token', 'EAPI:Invalid token'],
      ['token=expired', 'ESession:Invalid session'],
    ] as const) {
      const { replies, world, client } = traded(fault);
      expect(replies[0]).toContain(`"error":"${error}","method":"add_order","req_id":1,"success":false`);
      client.send('add_order', world.order(world.token()), 2);
      world.seconds(0);
      expect([client.closed, client.frames.findLast(isReply)]).toEqual([[], expect.stringContaining('"success":true')]);
    }
  },

  revoke: () => {
    const world = new FaultWorld();
    const client = world.trader();
    const old = world.token();
    world.inject('revoke');
    for (const token of [old, world.token()]) client.send('add_order', world.order(token));
    world.seconds(0);
    const [refused, taken] = client.frames.filter(isReply);
    expect(refused).toMatch(/"error":"E(API:Invalid token|Session:Invalid session)"/);
    expect([taken, client.closed]).toEqual([expect.stringContaining('"success":true'), []]);
  },

  service: () => {
    const { replies, world } = traded('service=busy');
    expect(replies[0]).toContain('"error":"EService:Busy"');
    world.inject('service', 'service=EGeneral:Temporary lockout');
    expect([bodyOf(world.get('Time')), bodyOf(world.post('AddOrder', LIMIT))]).toEqual([
      '{"error":["EService:Unavailable"]}',
      '{"error":["EGeneral:Temporary lockout"]}',
    ]);
    expect(world.openOrders).toBe(0);
  },

  html: () => {
    const world = new FaultWorld();
    world.inject('html', 'html=520');
    const answers = [world.post('AddOrder', LIMIT), world.get('Time'), world.get('Time')];
    expect(answers).toMatchObject([
      { status: 502, headers: { 'content-type': 'text/html; charset=UTF-8' } },
      { status: 520 },
      { status: 200 },
    ]);
    expect(bodyOf(answers[0]!)).toMatch(/^<!DOCTYPE html>/);
    expect(world.openOrders).toBe(0);
  },

  timeout: async () => {
    const world = new FaultWorld();
    world.inject('timeout=20s');
    const answer = world.post('AddOrder', LIMIT);
    let answered = false;
    const seen = Promise.resolve(answer).then((outcome) => {
      answered = true;
      return outcome;
    });
    expect(world.openOrders).toBe(1);
    world.seconds(19);
    await Promise.resolve();
    expect(answered).toBe(false);
    world.seconds(1);
    expect(bodyOf(await seen)).toContain('"txid":["O');
    expect(bodyOf(world.get('Time'))).toContain('"error":[]');
  },

  restcut: () => {
    const world = new FaultWorld();
    world.inject('restcut');
    expect([world.post('AddOrder', LIMIT), world.openOrders]).toEqual(['cut', 1]);
    expect(bodyOf(world.get('Time'))).toContain('"error":[]');
  },

  status: () => {
    const world = new FaultWorld();
    const client = world.trader();
    client.send('subscribe', { channel: 'instrument' });
    world.seconds(0);
    const refusal = (): string => {
      client.send('add_order', world.order(world.token()));
      world.seconds(0);
      return /"error":"([^"]*)"/.exec(client.frames.findLast(isReply) ?? '')?.[1] ?? '';
    };
    world.inject('status=cancel_only,for=10s');
    world.seconds(1);
    expect([systemOf(client), refusal()]).toEqual(['cancel_only', 'EService:Market in cancel_only mode']);
    world.inject('status=maintenance,for=5s');
    world.seconds(1);
    expect(systemOf(client)).toBe('maintenance');
    world.seconds(5);
    expect(systemOf(client)).toBe('cancel_only');
    world.seconds(5);
    expect([systemOf(client), refusal()]).toEqual(['online', '']);

    world.inject('status=post_only@1s,for=5s,pair=ETH/USD');
    const statusOf = (): unknown =>
      client
        .on('instrument')
        .flatMap(({ data }) => data.pairs as { symbol: string; status: string }[])
        .findLast(({ symbol }) => symbol === 'ETH/USD')?.status;
    expect(statusOf()).toBe('online');
    world.seconds(2);
    expect([statusOf(), systemOf(client)]).toEqual(['post_only', 'online']);
    world.seconds(5);
    expect(statusOf()).toBe('online');
  },

  quiet: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.send('subscribe', { channel: 'book', symbol: ['ETH/USD'] });
    world.seconds(1);
    world.inject('quiet,pair=BTC/USD,for=20s');
    world.seconds(1);
    client.take();
    world.seconds(18);
    const frames = client.take();
    expect(frames.filter((frame) => frame.includes('"BTC/USD"'))).toEqual([]);
    expect(frames.filter((frame) => frame.includes('"ETH/USD"')).length).toBeGreaterThan(20);
    expect(frames.filter((frame) => frame === '{"channel":"heartbeat"}')).toHaveLength(18);
    world.seconds(10);
    const after = client.take().filter((frame) => frame.includes('"BTC/USD"'));
    expect(after.length).toBeGreaterThan(10);
    expect(problemsOf(client.frames.filter((frame) => frame.includes('"BTC/USD"')))).toEqual([]);
  },

  precision: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.send('subscribe', { channel: 'instrument', snapshot: false });
    client.send('add_order', world.order(world.token()));
    world.seconds(0);
    expect(world.openOrders).toBe(1);
    client.take();
    world.inject('precision=3/6,pair=BTC/USD');
    world.seconds(2);
    expect(client.on('instrument').at(-1)?.data.pairs).toMatchObject([
      { symbol: 'BTC/USD', price_precision: 3, qty_precision: 6 },
    ]);
    const frames = booksOf(client.take());
    const fresh = frames.slice(frames.findIndex((frame) => frame.includes('"snapshot"')));
    expect(fresh.every((frame) => /"price":\d+\.\d{3},"qty":\d+\.\d{6}\}/.test(frame))).toBe(true);
    expect([problemsOf(fresh), world.openOrders]).toEqual([[], 0]);
  },

  delist: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.send('subscribe', { channel: 'instrument', snapshot: false });
    world.inject('delist@1s,pair=BTC/USD');
    world.seconds(3);
    expect(client.on('instrument').at(-1)?.data.pairs).toMatchObject([{ symbol: 'BTC/USD', status: 'delisted' }]);
    client.take();
    world.seconds(5);
    expect([booksOf(client.take()), client.closed]).toEqual([[], []]);
  },

  thin: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    const depth = (): number =>
      world.exchange.truth('BTC/USD').orders.levels('buy') + world.exchange.truth('BTC/USD').orders.levels('sell');
    expect(depth()).toBeGreaterThan(50);
    world.inject('thin,pair=BTC/USD,for=10s');
    expect(depth()).toBe(2);
    world.seconds(9);
    expect(depth()).toBeLessThan(50);
    world.seconds(60);
    expect(depth()).toBeGreaterThan(50);
    expect(problemsOf(client.frames)).toEqual([]);
  },

  onesided: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    const { orders } = world.exchange.truth('BTC/USD');
    world.inject('onesided=ask,pair=BTC/USD,for=5s');
    expect([orders.levels('buy'), orders.levels('sell') > 20]).toEqual([0, true]);
    const [top] = booksOf(world.bookClient().frames);
    expect(top).toContain('"bids":[]');
    world.seconds(20);
    expect(orders.levels('buy')).toBeGreaterThan(10);
    expect(problemsOf(client.frames)).toEqual([]);
  },
};

const LIMIT = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '30000.0', volume: '0.01' };

/** A client that sent a limit order while a fault lay in wait, two seconds ago. */
function traded(fault: string): {
  readonly world: FaultWorld;
  readonly client: TestClient;
  readonly replies: readonly string[];
  readonly executions: number;
} {
  const world = new FaultWorld();
  const client = world.trader();
  const token = world.token();
  world.inject(fault);
  client.send('add_order', world.order(token), 1);
  world.seconds(2);
  const executions = client.on('executions').filter(({ type }) => type === 'update').length;
  return { world, client, replies: client.frames.filter(isReply), executions };
}

function isReply(frame: string): boolean {
  return frame.includes('"method":"add_order"');
}

function systemOf(client: TestClient): unknown {
  return client.on('status').at(-1)?.data[0].system;
}
