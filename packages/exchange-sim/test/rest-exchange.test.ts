import { micros, SECOND, ticksToPrice, VirtualScheduler } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiSign } from '../src/access/api-keys.ts';
import { Exchange } from '../src/exchange/exchange.ts';
import { FORBIDDEN_METHODS } from '../src/rest/key-methods.ts';
import { PRIVATE_METHODS, restApi } from '../src/rest/rest-api.ts';
import { ORDER_KINDS } from '../src/trading/order.ts';
import { DEMO_MARKET } from '../src/demo-markets.ts';
import { OFFICIAL_SECRET, RestWorld, START } from './rest-world.ts';

/** A real exchange with markets that move, and a signing client of its REST API. */
function running(): {
  readonly exchange: Exchange;
  readonly scheduler: VirtualScheduler;
  readonly call: (method: string, form?: string) => ReturnType<typeof JSON.parse>;
  readonly said: string[];
} {
  const scheduler = new VirtualScheduler(START);
  const exchange = new Exchange({
    markets: [DEMO_MARKET],
    seed: 11,
    scheduler,
    accounts: [{ name: 'alice', balances: { USD: '1000000', BTC: '10' } }],
    keys: [{ account: 'alice', key: 'alice', secret: OFFICIAL_SECRET }],
    rateLimits: false,
    warmUp: micros(60 * SECOND),
    sources: [],
  });
  exchange.timeline.start();
  const api = restApi(exchange, {
    onError: (error) => {
      throw error;
    },
  });
  const said: string[] = [];
  let nonce = 0;
  const call = (method: string, form = ''): ReturnType<typeof JSON.parse> => {
    nonce += 1;
    const path = `/0/${PRIVATE_METHODS.has(method) ? 'private' : 'public'}/${method}`;
    const body = `nonce=${nonce}&${form}`;
    const headers = { 'api-key': 'alice', 'api-sign': apiSign(OFFICIAL_SECRET, path, String(nonce), body) };
    const bytes = new TextEncoder().encode(body);
    const answer = api({ method: 'POST', path, query: '', headers, body: bytes, remote: '127.0.0.1' });
    const text = String(answer.body);
    said.push(text);
    const { error, result } = JSON.parse(text);
    expect(error).toEqual([]);
    return result;
  };
  return { exchange, scheduler, call, said };
}

/** Trades for two simulated minutes over REST. */
function session(): ReturnType<typeof running> {
  const made = running();
  const { call, scheduler } = made;
  for (let round = 0; round < 20; round += 1) {
    scheduler.advance(micros(6 * SECOND + round * 137));
    const ticker = call('Ticker', 'pair=XBTUSD').XXBTZUSD;
    call('AddOrder', `pair=XBTUSD&type=buy&ordertype=limit&volume=0.01&price=${Number(ticker.a[0]).toFixed(1)}`);
    call('AddOrder', `pair=XBTUSD&type=sell&ordertype=limit&volume=0.01&price=${Number(ticker.a[0]).toFixed(1)}`);
    call('AddOrder', 'pair=XBTUSD&type=sell&ordertype=trailing-stop&volume=0.01&price=%2B0.1%25');
    if (round % 7 === 6) call('CancelAll');
    for (const method of ['OpenOrders', 'ClosedOrders', 'TradesHistory', 'Ledgers', 'BalanceEx']) call(method);
    for (const method of ['Depth', 'Trades', 'OHLC', 'Spread', 'GroupedBook', 'Level3']) call(method, 'pair=XBTUSD');
  }
  return made;
}

describe('over an exchange that moves', () => {
  test('the same calls at the same times are answered with the same bytes', () => {
    const { said } = session();
    expect(said.length).toBeGreaterThan(250);
    expect(session().said).toEqual(said);
  });

  test('what is told is what is the case', () => {
    const { exchange, call } = session();
    const market = exchange.market('BTC/USD');
    const pair = market.listing.instrument;
    const { asks, bids } = call('Depth', 'pair=XBTUSD&count=500').XXBTZUSD;
    for (const [side, rows] of [
      ['sell', asks],
      ['buy', bids],
    ] as const) {
      const prices: string[] = [];
      market.orders.walk(side, (price) => prices.push(`${ticksToPrice(pair, price)}0000`) < 500);
      expect(rows.map(([price]: [string]) => price)).toEqual(prices);
    }
    const level3: readonly { readonly price: string; readonly timestamp: number }[] = call(
      'Level3',
      'pair=XBTUSD&depth=0',
    ).asks;
    let orders = 0;
    market.orders.walk('sell', (_price, _total, count) => {
      orders += count;
      return true;
    });
    expect(level3).toHaveLength(orders);

    const alice = exchange.accounts.get('alice');
    expect(alice).toBeDefined();
    const balances = call('BalanceEx');
    expect(balances.ZUSD.balance).toBe(alice?.balance('USD').toFixed(4));
    expect(balances.XXBT.hold_trade).toBe(alice?.held('BTC').toFixed(10));
  });

  test('what was paid and received over all trades is what the balances say', () => {
    const { call } = session();
    let [usd, btc] = [1_000_000, 10];
    let [offset, count] = [0, 1];
    while (offset < count) {
      const page = call('TradesHistory', `ofs=${offset}`);
      count = page.count;
      for (const trade of Object.values<Record<string, string>>(page.trades)) {
        const sign = trade['type'] === 'buy' ? 1 : -1;
        usd -= sign * Number(trade['cost']) + Number(trade['fee']);
        btc += sign * Number(trade['vol']);
      }
      offset += 50;
    }
    const { ZUSD, XXBT } = call('Balance');
    expect(count).toBeGreaterThan(20);
    // The ledger rounds cost and fee of each trade to four decimals of a dollar.
    expect(Math.abs(Number(ZUSD) - usd)).toBeLessThan(count * 1e-4);
    expect(Number(XXBT)).toBeCloseTo(btc, 8);
  });
});

describe('whatever is sent', () => {
  const NAMES =
    'pair txid type ordertype price price2 volume count since interval asset start end ofs oflags userref cl_ord_id close orders timeout order_qty limit_price display_qty trigger_price validate deadline expiretm starttm leverage displayvol info id depth grouping trades docalcs'.split(
      ' ',
    );
  const value = fc.oneof(
    fc.constantFrom('XBTUSD', 'BTC/USD', 'SHIBUSD', 'buy', 'sell', 'limit', 'market', 'iceberg', 'stop-loss-limit'),
    fc.constantFrom(
      'trailing-stop',
      'settle-position',
      '+50',
      '-1.5%',
      '#5%',
      '0',
      '1',
      '0.5',
      '50000',
      '1e-8',
      '9e99',
    ),
    fc.constantFrom('99999999999999999999', '-1', 'true', 'post', 'viqc', 'open', 'all', 'XBT', '__proto__', ''),
    fc.string({ maxLength: 12 }),
  );
  const json = fc.oneof(
    value,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(value, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 3 }),
    fc.array(fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 }), { maxLength: 3 }),
  );
  const members = fc.dictionary(fc.constantFrom(...NAMES), json, { maxKeys: 10 });
  const method = fc.constantFrom(...PRIVATE_METHODS.keys(), ...[...FORBIDDEN_METHODS].slice(0, 2));

  test('is answered by JSON and is never an error of our own', () => {
    const world = new RestWorld();
    world.print('BTC/USD', '50000.0', '1');
    world.stranger('BTC/USD', 'sell', '50100.0', '5');
    fc.assert(
      fc.property(method, members, fc.boolean(), (name, sent, asForm) => {
        const pairs = Object.entries(sent).filter(([, text]) => typeof text === 'string');
        const said = asForm
          ? world.form(name, new URLSearchParams(pairs as [string, string][]).toString())
          : world.json(name, sent);
        expect(world.faults).toEqual([]);
        expect(said.error).toHaveLength('result' in said ? 0 : 1);
      }),
      { seed: 3, numRuns: 3_000 },
    );
  });

  test('as an order that is nearly right, likewise', () => {
    const world = new RestWorld();
    world.print('BTC/USD', '50000.0', '1');
    world.stranger('BTC/USD', 'sell', '50100.0', '5');
    world.stranger('BTC/USD', 'buy', '49900.0', '5');
    const price = fc.constantFrom('49950', '50050.1', '+50', '-1.5%', '#5%', '+2%', '50000.12', '-99999999', 'x');
    const prices = { ordertype: fc.constantFrom(...ORDER_KINDS), price, price2: price };
    const extras: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      oflags: fc.constantFrom('post', 'fcib', 'viqc', 'nompp,fciq'),
      timeinforce: fc.constantFrom('GTC', 'IOC', 'FOK', 'GTD'),
      starttm: fc.constantFrom('0', '+10'),
      expiretm: fc.constantFrom('0', '+60', '+3', '1'),
      leverage: fc.constantFrom('2', '5:1', 'none', '11'),
      reduce_only: fc.boolean(),
      displayvol: fc.constantFrom('0.01', '0.001', '9'),
      userref: fc.integer({ min: -2, max: 2 }),
      trigger: fc.constantFrom('last', 'index'),
      close: fc.record(prices),
      validate: fc.boolean(),
    };
    const extra = fc.oneof(...Object.entries(extras).map(([name, values]) => fc.tuple(fc.constant(name), values)));
    const order = fc
      .record({
        type: fc.constantFrom('buy', 'sell'),
        volume: fc.constantFrom(
          '0.01',
          '0.01',
          '0.02',
          '0.5',
          '0',
          '0.000000001',
          '123456789.12345678',
          '12345.5',
          '1e-5',
        ),
        ...prices,
        more: fc.array(extra, { maxLength: 2 }),
      })
      .map(({ more, ...rest }) => ({ ...rest, ...Object.fromEntries(more) }));
    const change = fc.record({
      txid: fc.integer({ min: -2, max: 2 }),
      volume: fc.constant('0.02'),
      price,
      price2: price,
    });
    const placedKinds = new Set<string>();
    const refusals = new Set<string>();
    fc.assert(
      fc.property(order, order, change, (first, second, { txid, volume, price: to, price2 }) => {
        const pair = 'XBTUSD';
        const placed = world.json('AddOrder', { pair, ...first });
        const [refusal] = placed.error;
        if (refusal === undefined) placedKinds.add(first.ordertype);
        else refusals.add(refusal);
        world.json('AddOrderBatch', { pair, orders: [first, second] }, 'bob');
        world.json('EditOrder', { txid, pair, volume, price: to, price2 });
        world.json('AmendOrder', { txid, order_qty: volume, limit_price: to });
        world.wait(1);
        for (const method of ['OpenOrders', 'ClosedOrders', 'TradesHistory', 'OpenPositions']) world.json(method, {});
        if (first.type === 'sell') world.form('CancelAll');
        expect(world.faults).toEqual([]);
      }),
      { seed: 6, numRuns: 600 },
    );
    // Every kind that needs no position got through, and each way to be refused that the values above are made for was met.
    expect([...placedKinds]).toEqual(expect.arrayContaining(ORDER_KINDS.filter((kind) => kind !== 'settle-position')));
    expect([...refusals]).toEqual(
      expect.arrayContaining([
        'EGeneral:Invalid arguments:price',
        'EGeneral:Invalid arguments:displayvol',
        'EGeneral:Invalid arguments:timeinforce',
        'EOrder:Order minimum not met',
        'EOrder:Tick size check failed',
        'EOrder:Insufficient funds',
      ]),
    );
  });

  test('as public call, or as bytes, likewise', () => {
    const world = new RestWorld();
    world.print('BTC/USD', '50000.0', '1');
    const names = fc.constantFrom('Assets', 'AssetPairs', 'Ticker', 'OHLC', 'Depth', 'Trades', 'Spread', 'GroupedBook');
    fc.assert(
      fc.property(names, members, (name, sent) => {
        const body = new TextEncoder().encode(JSON.stringify(sent));
        const said = world.send({ method: 'POST', path: `/0/public/${name}`, body });
        expect(world.faults).toEqual([]);
        expect(said.error).toHaveLength('result' in said ? 0 : 1);
      }),
      { seed: 4, numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 20 }), (body, query) => {
        world.send({ method: 'POST', path: '/0/public/Depth', query, body });
        world.send({ method: 'POST', path: '/0/private/AddOrder', query, body });
        expect(world.faults).toEqual([]);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test('a body of a hundred thousand brackets is a bad request', () => {
    const headers = { 'content-type': 'application/json' };
    const body = new TextEncoder().encode(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    const said = new RestWorld().send({ method: 'POST', path: '/0/public/Depth', headers, body });
    expect(said.error).toHaveLength(1);
  });
});
