import { describe, expect, test } from 'vitest';
import { RestWorld } from './rest-world.ts';

const TRADE_ID = /^T[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;

interface Trade {
  readonly trade_id: string;
  readonly symbol: string;
  readonly price: string;
  readonly trade_ts: string;
}

describe('MaintenanceSchedule', () => {
  test('has no events, as nothing is planned here', () => {
    expect(new RestWorld().get('MaintenanceSchedule').text).toBe('{"error":[],"result":{"events":[]}}');
  });
});

describe('PreTrade', () => {
  test('tells ten levels a side with the number and the times of their orders', () => {
    const world = new RestWorld();
    for (let i = 0; i < 12; i += 1) {
      world.stranger('BTC/USD', 'buy', `${30_000 - i}.5`, '1');
      world.stranger('BTC/USD', 'sell', `${30_100 + i}.5`, '0.00012345');
    }
    world.wait(1.25);
    world.stranger('BTC/USD', 'buy', '30000.5', '0.5');
    world.wait(1);
    // The first order of the level shrinks: the second one is the last that came to it.
    world.stranger('BTC/USD', 'sell', '30000.5', '0.25');
    const { bids, asks, ...rest } = world.get('PreTrade', 'symbol=BTC/USD').result;
    expect(rest).toEqual({
      symbol: 'BTC/USD',
      description: 'BTC / USD',
      base_asset: 'BTC',
      base_notation: 'UNIT',
      base_dti_code: '',
      base_dti_short_name: '',
      quote_asset: 'USD',
      quote_notation: 'MONE',
      quote_dti_code: '',
      quote_dti_short_name: '',
      venue: 'PGSL',
      system: 'CLOB',
    });
    expect([bids.length, asks.length]).toEqual([10, 10]);
    expect(bids[0]).toEqual({
      side: 'BUY',
      price: '30000.50000',
      qty: '1.25000000',
      count: 2,
      submission_ts: '2023-11-14T22:13:21.250000Z',
      publication_ts: '2023-11-14T22:13:22.250000Z',
    });
    expect(bids[9]).toMatchObject({ price: '29991.50000', count: 1 });
    expect(asks[0]).toEqual({
      side: 'SELL',
      price: '30100.50000',
      qty: '0.00012345',
      count: 1,
      submission_ts: '2023-11-14T22:13:20.000000Z',
      // Each publication has a time of its own.
      publication_ts: '2023-11-14T22:13:20.000001Z',
    });
  });

  test('knows a pair by any of its names, and an empty book', () => {
    const world = new RestWorld();
    const said = world.get('PreTrade', 'symbol=ETHXBT').result;
    expect(said).toMatchObject({
      symbol: 'ETH/BTC',
      base_notation: 'UNIT',
      quote_notation: 'UNIT',
      bids: [],
      asks: [],
    });
    expect(new RestWorld({ pairs: ['EUR/USD'] }).get('PreTrade', 'symbol=EUR/USD').result).toMatchObject({
      base_notation: 'NOML',
      quote_notation: 'MONE',
    });
  });

  test('refuses what is no pair, or none any more', () => {
    const world = new RestWorld();
    expect(world.get('PreTrade').error).toEqual(['EGeneral:Invalid arguments:symbol']);
    expect(world.get('PreTrade', 'symbol=FOO/BAR').error).toEqual(['EQuery:Unknown asset pair']);
    world.setPairStatus('BTC/USD', 'delisted');
    expect(world.get('PreTrade', 'symbol=BTC/USD').error).toEqual(['EQuery:Unknown asset pair']);
  });
});

describe('PostTrade', () => {
  /** Trades at 30001, 30002 … of BTC/USD, each followed after half a second by one of ETH/BTC. */
  function traded(pairs: number): RestWorld {
    const world = new RestWorld();
    for (let i = 1; i <= pairs; i += 1) {
      world.print('BTC/USD', `${30_000 + i}`, '0.5');
      world.wait(0.5);
      world.print('ETH/BTC', '0.05', '0.1', 'sell');
      world.wait(0.5);
    }
    return world;
  }

  test('tells trades of all pairs, oldest first', () => {
    const world = traded(2);
    const { trades, count, last_ts } = world.get('PostTrade').result;
    expect([count, last_ts]).toEqual([4, '2023-11-14T22:13:21.500000000Z']);
    expect(trades[0]).toEqual({
      trade_id: expect.stringMatching(TRADE_ID),
      price: '30001.00000',
      quantity: '0.50000000',
      symbol: 'BTC/USD',
      description: 'BTC / USD',
      base_asset: 'BTC',
      base_notation: 'UNIT',
      base_dti_code: '',
      base_dti_short_name: '',
      quote_asset: 'USD',
      quote_notation: 'MONE',
      quote_dti_code: '',
      quote_dti_short_name: '',
      trade_venue: 'PGSL',
      trade_ts: '2023-11-14T22:13:20.000000000Z',
      publication_venue: 'PGSL',
      publication_ts: '2023-11-14T22:13:20.000000000Z',
    });
    expect(trades.map(({ symbol }: Trade) => symbol)).toEqual(['BTC/USD', 'ETH/BTC', 'BTC/USD', 'ETH/BTC']);
    expect(new Set(trades.map(({ trade_id }: Trade) => trade_id)).size).toBe(4);
    expect(world.get('PostTrade').result.trades).toEqual(trades);
  });

  test('is limited to a pair, to a number, and to times after the first and up to the second', () => {
    const world = traded(5);
    const prices = (query: string): string[] =>
      world.get('PostTrade', `symbol=BTC/USD&${query}`).result.trades.map(({ price }: Trade) => price.slice(4, 5));
    expect(prices('')).toEqual(['1', '2', '3', '4', '5']);
    expect(prices('count=2')).toEqual(['4', '5']);
    expect(prices('from_ts=2023-11-14T22:13:21Z')).toEqual(['3', '4', '5']);
    expect(prices('from_ts=2023-11-14T22:13:20.999999999Z&count=2')).toEqual(['2', '3']);
    expect(prices('to_ts=2023-11-14T22:13:22.000000Z')).toEqual(['1', '2', '3']);
    expect(prices('to_ts=2023-11-14T22:13:22Z&count=2')).toEqual(['2', '3']);
    expect(prices('from_ts=2023-11-14T23:13:21%2B01:00&to_ts=2023-11-14T22:13:23.5Z')).toEqual(['3', '4']);
    expect(prices('from_ts=1970-01-01T00:00:00Z&count=1')).toEqual(['1']);
    expect(prices('from_ts=9999-12-31T23:59:59.999999999Z')).toEqual([]);
  });

  test('going on from last_ts passes over nothing, also within a microsecond', () => {
    const world = new RestWorld();
    for (let i = 0; i < 20; i += 1) {
      world.print(i % 3 === 0 ? 'ETH/BTC' : 'BTC/USD', '0.1', '1000');
      if (i % 7 === 0) world.wait(0.001);
    }
    const all = world.get('PostTrade').result.trades;
    expect(all).toHaveLength(20);
    const paged: Trade[] = [];
    let from = '2023-11-14T22:13:19Z';
    for (let page = 0; page < 7; page += 1) {
      const { trades, last_ts } = world.get('PostTrade', `from_ts=${from}&count=3`).result;
      expect(last_ts).toBe(trades.at(-1).trade_ts);
      paged.push(...trades);
      from = last_ts;
    }
    expect(world.get('PostTrade', `from_ts=${from}`).result).toEqual({ last_ts: from, count: 0, trades: [] });
    expect(paged).toEqual(all);
  });

  test('without any trade the time to go on from is now', () => {
    const world = new RestWorld();
    world.wait(1);
    expect(world.get('PostTrade').text).toBe(
      '{"error":[],"result":{"last_ts":"2023-11-14T22:13:21.000000000Z","count":0,"trades":[]}}',
    );
  });

  test.each([
    ['from_ts', '1700000000'],
    ['from_ts', '2023-11-14'],
    ['to_ts', '2023-13-14T22:13:20Z'],
    ['to_ts', '2023-11-14T22:13:20.1234567891Z'],
    ['to_ts', '1969-12-31T23:59:59Z'],
    ['count', '0'],
    ['count', '1001'],
  ])('%s may not be %s', (name, value) => {
    expect(new RestWorld().get('PostTrade', `${name}=${value}`).error).toEqual([`EGeneral:Invalid arguments:${name}`]);
  });

  test('a pair that is delisted is unknown, and not among all', () => {
    const world = traded(1);
    world.setPairStatus('BTC/USD', 'delisted');
    expect(world.get('PostTrade').result.trades.map(({ symbol }: Trade) => symbol)).toEqual(['ETH/BTC']);
    expect(world.get('PostTrade', 'symbol=BTC/USD').error).toEqual(['EQuery:Unknown asset pair']);
  });
});
