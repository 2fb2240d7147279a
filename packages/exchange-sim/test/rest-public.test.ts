import { describe, expect, test } from 'vitest';
import { CRYPTO_FEES } from '../src/listings/fee-schedules.ts';
import { RestWorld } from './rest-world.ts';

/** BTC/USD with two levels a side, and one trade before them. */
function smallMarket(options: ConstructorParameters<typeof RestWorld>[0] = {}): RestWorld {
  const world = new RestWorld(options);
  world.print('BTC/USD', '30300.5', '0.5', 'sell');
  world.wait(30);
  world.stranger('BTC/USD', 'sell', '30384.1', '2.0586');
  world.wait(1.25);
  world.stranger('BTC/USD', 'sell', '30390.0', '0.0004');
  world.stranger('BTC/USD', 'buy', '30297.0', '1.115');
  world.stranger('BTC/USD', 'buy', '30290.9', '10');
  world.wait(10);
  return world;
}

describe('framework', () => {
  test('every answer of an API error has status 200, an error and no result', () => {
    expect(new RestWorld().get('Nothing').text).toBe('{"error":["EGeneral:Unknown method"]}');
  });

  test.each([
    ['GET', '/0/public/'],
    ['GET', '/'],
    ['GET', '/1/public/Time'],
    ['GET', '/0/public/time'],
    ['GET', '/0/private/Balance'],
    ['DELETE', '/0/public/Time'],
    ['POST', '/0/private/Nothing'],
    ['GET', '/0/public/toString'],
  ])('%s %s is an unknown method', (method, path) => {
    expect(new RestWorld().send({ method, path }).error).toEqual(['EGeneral:Unknown method']);
  });

  test('public methods may be called by POST, with a form or JSON, as old clients do', () => {
    const world = smallMarket();
    const path = '/0/public/Depth';
    const expected = world.get('Depth', 'pair=XBTUSD&count=1').text;
    const body = new TextEncoder();
    expect(world.send({ method: 'POST', path, body: body.encode('pair=XBTUSD&count=1') }).text).toBe(expected);
    const headers = { 'content-type': 'application/json' };
    const json = body.encode('{"pair":"XBTUSD","count":1}');
    expect(world.send({ method: 'POST', path, headers, body: json }).text).toBe(expected);
    expect(world.send({ method: 'POST', path, query: 'pair=ETHXBT', body: json }).text).toBe(expected);
  });

  test.each(['{"pair":', '[]', '{"pair":"XBTUSD"} x', 'null'])('the body %j as JSON is a bad request', (text) => {
    const headers = { 'content-type': 'application/json' };
    const said = new RestWorld().send({
      method: 'POST',
      path: '/0/public/Depth',
      headers,
      body: new TextEncoder().encode(text),
    });
    expect(said.text).toBe('{"error":["EAPI:Bad request"]}');
  });

  test('bytes that are not UTF-8 are a bad request', () => {
    const said = new RestWorld().send({ method: 'POST', path: '/0/public/Depth', body: new Uint8Array([0xff, 0xfe]) });
    expect(said.error).toEqual(['EAPI:Bad request']);
  });

  test('a limit of public calls per address is kept when there is one', () => {
    const world = new RestWorld({ rest: { publicLimit: { perSecond: 1, burst: 2 } } });
    const call = (remote: string): readonly string[] => world.send({ path: '/0/public/Time', remote }).error;
    expect([call('a'), call('a'), call('a'), call('b')]).toEqual([[], [], ['EGeneral:Too many requests'], []]);
    world.wait(1);
    expect([call('a'), call('a')]).toEqual([[], ['EGeneral:Too many requests']]);
  });

  test('there is no limit of public calls unless asked for', () => {
    const world = new RestWorld();
    for (let i = 0; i < 1000; i += 1) expect(world.get('Time').error).toEqual([]);
  });

  test('a limit of nothing is refused', () => {
    const publicLimit = { perSecond: 0, burst: 1 };
    expect(() => new RestWorld({ rest: { publicLimit } })).toThrow(
      expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }),
    );
  });
});

describe('status', () => {
  test('Time', () => {
    expect(new RestWorld().get('Time').text).toBe(
      '{"error":[],"result":{"unixtime":1700000000,"rfc1123":"Tue, 14 Nov 23 22:13:20 +0000"}}',
    );
  });

  test('SystemStatus', () => {
    const world = new RestWorld();
    world.system = 'cancel_only';
    expect(world.get('SystemStatus').text).toBe(
      '{"error":[],"result":{"status":"cancel_only","timestamp":"2023-11-14T22:13:20Z"}}',
    );
  });
});

describe('Assets', () => {
  test('by legacy id, with all members', () => {
    const { text, result } = new RestWorld().get('Assets');
    expect(Object.keys(result)).toEqual(['XXBT', 'ZUSD', 'XETH', 'XXDG', 'SHIB']);
    expect(text).toContain(
      '"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,"display_decimals":5,"collateral_value":1,"status":"enabled","margin_rate":0.01}',
    );
    expect(result.SHIB).not.toHaveProperty('margin_rate');
  });

  test('some of them, in any spelling', () => {
    expect(Object.keys(new RestWorld().get('Assets', 'asset=BTC,XDG,ZUSD').result)).toEqual(['XXBT', 'XXDG', 'ZUSD']);
  });

  test('by new names with assetVersion=1', () => {
    expect(Object.keys(new RestWorld().get('Assets', 'assetVersion=1&asset=XBT,XDG').result)).toEqual(['BTC', 'DOGE']);
  });

  test('an unknown one', () => {
    expect(new RestWorld().get('Assets', 'asset=XBT,FOO').error).toEqual(['EQuery:Unknown asset']);
  });

  test('tokenised ones: there are none', () => {
    expect(new RestWorld().get('Assets', 'aclass=tokenized_asset').result).toEqual({});
    expect(new RestWorld().get('Assets', 'aclass=forex').error).toEqual(['EGeneral:Invalid arguments:aclass']);
  });
});

describe('AssetPairs', () => {
  test('is to the digit what Kraken answered in July 2026', () => {
    const fees =
      '[[0,0.4],[10000,0.35],[50000,0.24],[100000,0.22],[250000,0.2],[500000,0.18],[1000000,0.16],[2500000,0.14],[5000000,0.12],[10000000,0.1],[100000000,0.08],[500000000,0.05]]';
    const makerFees =
      '[[0,0.25],[10000,0.2],[50000,0.14],[100000,0.12],[250000,0.1],[500000,0.08],[1000000,0.06],[2500000,0.04],[5000000,0.02],[10000000,0.0],[100000000,0.0],[500000000,0.0]]';
    expect(new RestWorld().get('AssetPairs', 'pair=XXBTZUSD').text).toBe(
      `{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency","quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"leverage_buy":[2,3,4,5,6,7,8,9,10],"leverage_sell":[2,3,4,5,6,7,8,9,10],"fees":${fees},"fees_maker":${makerFees},"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online","execution_venue":"international","long_position_limit":350,"short_position_limit":250}}}`,
    );
  });

  test('of a pair without margin has no leverage and no position limits', () => {
    const { SHIBUSD } = new RestWorld().get('AssetPairs').result;
    expect(SHIBUSD).toMatchObject({ leverage_buy: [], leverage_sell: [], tick_size: '0.00000001', ordermin: '500000' });
    expect(SHIBUSD).not.toHaveProperty('long_position_limit');
  });

  test('is keyed by the name that was asked for when that has a slash, by the id otherwise', () => {
    const keys = (query: string): string[] => Object.keys(new RestWorld().get('AssetPairs', query).result);
    expect(keys('')).toEqual(['XXBTZUSD', 'XETHXXBT', 'XDGUSD', 'SHIBUSD']);
    expect(keys('pair=BTC/USD,XBT%2FUSD,XBTUSD,xdgusd,ETHXBT')).toEqual([
      'BTC/USD',
      'XBT/USD',
      'XXBTZUSD',
      'XDGUSD',
      'XETHXXBT',
    ]);
    expect(keys('assetVersion=1')).toEqual(['BTC/USD', 'ETH/BTC', 'DOGE/USD', 'SHIB/USD']);
  });

  test('has new names inside too with assetVersion=1', () => {
    const { result } = new RestWorld().get('AssetPairs', 'assetVersion=1&pair=XDGUSD');
    expect(result['DOGE/USD']).toMatchObject({ base: 'DOGE', quote: 'USD', altname: 'XDGUSD' });
  });

  test.each([
    ['leverage', { leverage_buy: [2, 3, 4, 5, 6, 7, 8, 9, 10], leverage_sell: [2, 3, 4, 5, 6, 7, 8, 9, 10] }],
    ['margin', { margin_call: 80, margin_stop: 40 }],
    [
      'fees',
      {
        fees: CRYPTO_FEES.taker.map(({ volume, percent }) => [volume, Number(percent)]),
        fees_maker: CRYPTO_FEES.maker.map(({ volume, percent }) => [volume, Number(percent)]),
        fee_volume_currency: 'ZUSD',
      },
    ],
  ])('info=%s is a part of it', (info, expected) => {
    expect(new RestWorld().get('AssetPairs', `pair=XBTUSD&info=${info}`).result).toEqual({ XXBTZUSD: expected });
  });

  test('refuses another kind of info and an unknown pair', () => {
    expect(new RestWorld().get('AssetPairs', 'info=all').error).toEqual(['EGeneral:Invalid arguments:info']);
    expect(new RestWorld().get('AssetPairs', 'pair=FOOBAR').error).toEqual(['EQuery:Unknown asset pair']);
  });

  test('tells the status of a pair, and nothing of one that was delisted', () => {
    const world = new RestWorld();
    world.setPairStatus('BTC/USD', 'post_only');
    world.setPairStatus('SHIB/USD', 'delisted');
    const { result } = world.get('AssetPairs');
    expect(result.XXBTZUSD.status).toBe('post_only');
    expect(result).not.toHaveProperty('SHIBUSD');
    expect(world.get('AssetPairs', 'pair=SHIBUSD').error).toEqual(['EQuery:Unknown asset pair']);
    expect(world.get('Depth', 'pair=SHIBUSD').error).toEqual(['EQuery:Unknown asset pair']);
  });

  test('of another venue or kind of asset is empty', () => {
    expect(new RestWorld().get('AssetPairs', 'execution_venue=bitnomial_exchange').result).toEqual({});
    expect(new RestWorld().get('AssetPairs', 'aclass_base=tokenized_asset').result).toEqual({});
  });
});

describe('Ticker', () => {
  test('has five decimals whatever the pair, volumes of three and eight, and today before the last day', () => {
    const world = smallMarket();
    world.wait(2 * 3600); // past midnight
    world.print('BTC/USD', '30300.9', '0.25', 'buy');
    expect(world.get('Ticker', 'pair=XBTUSD').text).toBe(
      '{"error":[],"result":{"XXBTZUSD":{"a":["30384.10000","2","2.059"],"b":["30297.00000","1","1.115"],"c":["30300.90000","0.25000000"],"v":["0.25000000","0.75000000"],"p":["30300.90000","30300.60000"],"t":[1,2],"l":["30300.90000","30300.50000"],"h":["30300.90000","30300.90000"],"o":"30300.90000"}}}',
    );
  });

  test('of a pair where nothing ever happened is all zeros', () => {
    expect(new RestWorld().get('Ticker', 'pair=XDGUSD').text).toBe(
      '{"error":[],"result":{"XDGUSD":{"a":["0.0000000","0","0.000"],"b":["0.0000000","0","0.000"],"c":["0.0000000","0.00000000"],"v":["0.00000000","0.00000000"],"p":["0.0000000","0.0000000"],"t":[0,0],"l":["0.0000000","0.0000000"],"h":["0.0000000","0.0000000"],"o":"0.0000000"}}}',
    );
  });

  test('without a pair tells of all', () => {
    expect(Object.keys(new RestWorld().get('Ticker').result)).toEqual(['XXBTZUSD', 'XETHXXBT', 'XDGUSD', 'SHIBUSD']);
  });

  test('refuses all when one of the pairs is unknown', () => {
    expect(new RestWorld().get('Ticker', 'pair=XBTUSD,FOO').text).toBe('{"error":["EQuery:Unknown asset pair"]}');
  });

  test('is keyed by the id, or by the name with a slash where the option says so', () => {
    const keys = (world: RestWorld): string[] => Object.keys(world.get('Ticker', 'pair=BTC/USD,XBTUSD').result);
    expect(keys(new RestWorld())).toEqual(['XXBTZUSD']);
    expect(keys(new RestWorld({ rest: { slashKeys: 'as-asked' } }))).toEqual(['BTC/USD', 'XXBTZUSD']);
  });
});

describe('Depth', () => {
  test('tells levels with three decimals of volume and the second of their latest change', () => {
    expect(smallMarket().get('Depth', 'pair=XXBTZUSD').text).toBe(
      '{"error":[],"result":{"XXBTZUSD":{"asks":[["30384.10000","2.059",1700000030],["30390.00000","0.000",1700000031]],"bids":[["30297.00000","1.115",1700000031],["30290.90000","10.000",1700000031]]}}}',
    );
  });

  test('tells so many levels as asked for, and 500 at most', () => {
    const world = new RestWorld();
    for (let i = 0; i < 510; i += 1) world.stranger('BTC/USD', 'sell', `${30_000 + i}.0`, '1');
    const levels = (query: string): number => world.get('Depth', `pair=XBTUSD${query}`).result.XXBTZUSD.asks.length;
    expect([levels('&count=2'), levels(''), levels('&count=1000')]).toEqual([2, 100, 500]);
  });

  test.each(['0', '-1', '1.5', 'ten'])('refuses a count of %s', (count) => {
    expect(new RestWorld().get('Depth', `pair=XBTUSD&count=${count}`).error).toEqual([
      'EGeneral:Invalid arguments:count',
    ]);
  });

  test('needs a pair', () => {
    expect(new RestWorld().get('Depth').error).toEqual(['EGeneral:Invalid arguments:pair']);
    expect(new RestWorld().get('Depth', 'pair=').error).toEqual(['EGeneral:Invalid arguments:pair']);
  });
});

describe('OHLC', () => {
  /** Trades in minute 0 and minute 2 of the hour that begins at 1699999200 + 13 minutes. */
  function candles(): RestWorld {
    const world = new RestWorld();
    world.print('BTC/USD', '30306.1', '1');
    world.print('BTC/USD', '30307.1', '3');
    world.wait(100);
    world.print('BTC/USD', '30305.7', '0.5');
    return world;
  }

  test('tells candles with the pair’s decimals, empty ones at the last close, and the last that is finished', () => {
    expect(candles().get('OHLC', 'pair=XBTUSD').text).toBe(
      '{"error":[],"result":{"XXBTZUSD":[[1699999980,"30306.1","30307.1","30306.1","30307.1","30306.8","4.00000000",2],[1700000040,"30307.1","30307.1","30307.1","30307.1","0.0","0.00000000",0],[1700000100,"30305.7","30305.7","30305.7","30305.7","30305.7","0.50000000",1]],"last":1700000040}}',
    );
  });

  test('tells those after since', () => {
    const { XXBTZUSD } = candles().get('OHLC', 'pair=XBTUSD&since=1699999980').result;
    expect(XXBTZUSD.map(([start]: [number]) => start)).toEqual([1700000040, 1700000100]);
  });

  test('in other intervals', () => {
    const { XXBTZUSD, last } = candles().get('OHLC', 'pair=XBTUSD&interval=60').result;
    expect(XXBTZUSD).toEqual([[1699999200, '30306.1', '30307.1', '30305.7', '30305.7', '30306.7', '4.50000000', 3]]);
    expect(last).toBe(1699995600);
  });

  test('refuses an interval that there is not', () => {
    expect(candles().get('OHLC', 'pair=XBTUSD&interval=2').error).toEqual(['EGeneral:Invalid arguments:interval']);
  });

  test('of a pair that never traded is empty', () => {
    expect(new RestWorld().get('OHLC', 'pair=XBTUSD').result).toEqual({ XXBTZUSD: [], last: 1699999920 });
  });
});

describe('Trades', () => {
  function fiveTrades(): RestWorld {
    const world = new RestWorld();
    world.print('BTC/USD', '30243.4', '0.34507674', 'buy');
    world.wait(1.827736);
    // One taker, three makers: three trades of one microsecond.
    for (const price of ['30250.0', '30251.0', '30252.0']) world.stranger('BTC/USD', 'sell', price, '1');
    world.stranger('BTC/USD', 'buy', '30252.0', '3');
    world.wait(1);
    world.print('BTC/USD', '30240.0', '2', 'sell');
    return world;
  }

  test('tells price, volume, time, side, kind and number, and where to go on', () => {
    expect(fiveTrades().get('Trades', 'pair=XBTUSD&count=2').text).toBe(
      '{"error":[],"result":{"XXBTZUSD":[["30252.00000","1.00000000",1700000001.827736,"b","l","",4],["30240.00000","2.00000000",1700000002.827736,"s","m","",5]],"last":"1700000002827736000"}}',
    );
  });

  test('paging by last tells every trade once, also where a page ends within a microsecond', () => {
    const world = fiveTrades();
    const seen: number[] = [];
    let since = '0';
    for (let page = 0; page < 10; page += 1) {
      const { XXBTZUSD, last } = world.get('Trades', `pair=XBTUSD&count=2&since=${since}`).result;
      if (XXBTZUSD.length === 0) break;
      seen.push(...XXBTZUSD.map((row: readonly unknown[]) => row[6]));
      since = last;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(world.get('Trades', `pair=XBTUSD&since=${since}`).result).toEqual({ XXBTZUSD: [], last: since });
  });

  test('takes since in seconds too, as ccxt sends it', () => {
    const { XXBTZUSD } = fiveTrades().get('Trades', 'pair=XBTUSD&since=1700000001').result;
    expect(XXBTZUSD.map((row: readonly unknown[]) => row[6])).toEqual([2, 3, 4, 5]);
  });

  test('refuses what is no time', () => {
    expect(fiveTrades().get('Trades', 'pair=XBTUSD&since=x').error).toEqual(['EGeneral:Invalid arguments:since']);
  });
});

describe('Spread', () => {
  test('tells best prices by the second, those of since included', () => {
    const world = new RestWorld();
    world.stranger('BTC/USD', 'sell', '30297.5', '1');
    world.stranger('BTC/USD', 'buy', '30292.1', '1');
    world.wait(2);
    world.stranger('BTC/USD', 'buy', '30293.0', '1');
    expect(world.get('Spread', 'pair=XBTUSD').text).toBe(
      '{"error":[],"result":{"XXBTZUSD":[[1700000000,"30292.10000","30297.50000"],[1700000002,"30293.00000","30297.50000"]],"last":1700000002}}',
    );
    expect(world.get('Spread', 'pair=XBTUSD&since=1700000002').result.XXBTZUSD).toHaveLength(1);
    expect(world.get('Spread', 'pair=XBTUSD&since=1700000003').result.XXBTZUSD).toEqual([]);
    expect(world.get('Spread', 'pair=XBTUSD&since=9000000000').result.XXBTZUSD).toEqual([]);
    expect(world.get('Spread', 'pair=XBTUSD&since=9999999999').error).toEqual(['EGeneral:Invalid arguments:since']);
  });
});

describe('GroupedBook', () => {
  test('sums sizes over ranges of ticks: asks up, bids down', () => {
    const world = new RestWorld();
    for (const price of ['30000.1', '30000.5', '30000.6', '30001.0', '30001.1']) {
      world.stranger('BTC/USD', 'sell', price, '1');
    }
    for (const price of ['29999.9', '29999.5', '29999.4']) world.stranger('BTC/USD', 'buy', price, '2');
    expect(world.get('GroupedBook', 'pair=BTC/USD&grouping=5').text).toBe(
      '{"error":[],"result":{"pair":"BTC/USD","grouping":5,"bids":[{"price":"29999.50000","qty":"4.00000000"},{"price":"29999.00000","qty":"2.00000000"}],"asks":[{"price":"30000.50000","qty":"2.00000000"},{"price":"30001.00000","qty":"2.00000000"},{"price":"30001.50000","qty":"1.00000000"}]}}',
    );
  });

  test('tells as many ranges as asked for', () => {
    const world = new RestWorld();
    for (let i = 0; i < 30; i += 1) world.stranger('BTC/USD', 'sell', `${30_000 + i}.0`, '1');
    expect(world.get('GroupedBook', 'pair=XBTUSD').result.asks).toHaveLength(10);
    expect(world.get('GroupedBook', 'pair=XBTUSD&depth=25').result.asks).toHaveLength(25);
  });

  test('refuses other depths and groupings', () => {
    expect(new RestWorld().get('GroupedBook', 'pair=XBTUSD&depth=11').error).toEqual([
      'EGeneral:Invalid arguments:depth',
    ]);
    expect(new RestWorld().get('GroupedBook', 'pair=XBTUSD&grouping=3').error).toEqual([
      'EGeneral:Invalid arguments:grouping',
    ]);
  });
});
