import { instrument, microsToIso, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { PublishTopic } from '../src/publishing/topic.ts';
import { PlainBook } from './plain-book.ts';
import { PlainLevel3Book } from './plain-level3-book.ts';
import { PlainV1Book } from './plain-v1-book.ts';
import { Listener, orderIdText, RandomMarket, START } from './random-market.ts';

const at = microsToIso(START);
const seconds = (micros: number): string => (micros / 1e6).toFixed(6);

/** Bids at 42000.0 and 41999.5, asks at 42001.0 and 42002.0, and nothing traded. */
function quiet(): RandomMarket {
  const market = new RandomMarket(1);
  market.limit('buy', 420_000, 150_000_000);
  market.limit('buy', 419_995, 20_000_000);
  market.limit('sell', 420_010, 50_000_000);
  market.limit('sell', 420_020, 1_234_567);
  market.publish(0);
  return market;
}

/** The same after two takers a second later: 0.5 at 42001.0, then 0.25 at 42000.0. */
function traded(): RandomMarket {
  const market = quiet();
  market.wait(SECOND);
  market.limit('buy', 420_010, 50_000_000);
  market.market('sell', 25_000_000);
  market.publish(0);
  return market;
}

describe('version 2 on the wire', () => {
  test('a trade snapshot and its updates', () => {
    const market = quiet();
    const listener = market.join({ protocol: 'v2', channel: 'trade' });
    expect(listener.take()).toEqual(['{"channel":"trade","type":"snapshot","data":[]}']);
    market.limit('buy', 420_015, 60_000_000);
    market.publish(SECOND);
    const one =
      '{"symbol":"BTC/USD","side":"buy","price":42001.0,"qty":0.50000000,"ord_type":"limit","trade_id":1,' +
      `"timestamp":"${at}"}`;
    expect(listener.take()).toEqual([`{"channel":"trade","type":"update","data":[${one}]}`]);
    const late = market.join({ protocol: 'v2', channel: 'trade' });
    expect(late.take()).toEqual([`{"channel":"trade","type":"snapshot","data":[${one}]}`]);
    for (let count = 0; count < 60; count += 1) market.market('sell', 1);
    market.publish();
    const last = market.join({ protocol: 'v2', channel: 'trade' }).take().join('');
    expect([...last.matchAll(/"trade_id":(\d+)/g)].map(([, id]) => Number(id))).toEqual(
      Array.from({ length: 50 }, (_, index) => 12 + index),
    );
  });

  test('a ticker, with what there is', () => {
    const empty = new RandomMarket(1).join({ protocol: 'v2', channel: 'ticker' }).take();
    const nothing = '"volume":0.00000000,"vwap":0.0,"low":0.0,"high":0.0,"change":0.0,"change_pct":0.00';
    expect(empty).toEqual([
      `{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD",${nothing},"timestamp":"${at}"}]}`,
    ]);
    const market = traded();
    const listener = market.join({ protocol: 'v2', channel: 'ticker' });
    expect(listener.take()).toEqual([
      '{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":42000.0,"bid_qty":1.25000000,' +
        '"ask":42002.0,"ask_qty":0.01234567,"last":42000.0,"volume":0.75000000,"vwap":42000.6,"low":42000.0,"high":42001.0,' +
        `"change":-1.0,"change_pct":0.00,"timestamp":"${microsToIso(market.at)}"}]}`,
    ]);
  });

  test('a ticker forgets what is older than 24 hours', () => {
    const market = traded();
    market.wait(86_400 * SECOND);
    const [frame] = market.join({ protocol: 'v2', channel: 'ticker' }).take();
    expect(frame).toContain('"last":42000.0,"volume":0.00000000,"vwap":0.0,"low":0.0,"high":0.0,"change":0.0,');
    market.limit('buy', 420_020, 1_000_000);
    market.publish(SECOND);
    const [next] = market.join({ protocol: 'v2', channel: 'ticker' }).take();
    expect(next).toContain(
      '"last":42002.0,"volume":0.01000000,"vwap":42002.0,"low":42002.0,"high":42002.0,"change":0.0,',
    );
  });

  test('a ticker says how far the price has come, in percent with two decimals', () => {
    const market = traded();
    const listener = market.join({ protocol: 'v2', channel: 'ticker' }, false);
    market.limit('sell', 450_000, 1_000_000);
    market.market('buy', 2_000_000);
    market.publish();
    market.limit('buy', 400_000, 1_000_000);
    market.market('sell', 146_000_000);
    market.publish();
    expect(listener.take().map((frame) => /"change":[^,]*,"change_pct":[^,]*/.exec(frame)?.[0])).toEqual([
      '"change":2999.0,"change_pct":7.14',
      '"change":-2001.0,"change_pct":-4.76',
    ]);
  });

  test('tickers follow trades, or best prices when asked to', () => {
    const market = quiet();
    const trades = market.join({ protocol: 'v2', channel: 'ticker' }, false);
    const bbo = market.join({ protocol: 'v2', channel: 'ticker', eventTrigger: 'bbo' }, false);
    const news = (): number[] => [trades.take().length, bbo.take().length];
    market.limit('buy', 419_000, 5);
    market.publish();
    expect(news()).toEqual([0, 0]);
    market.limit('buy', 420_005, 5);
    market.publish();
    expect(news()).toEqual([0, 1]);
    market.market('buy', 5);
    market.publish();
    expect(news()).toEqual([1, 0]);
    market.market('sell', 5);
    market.publish();
    expect(news()).toEqual([1, 1]);
  });

  test('candles: all there are, then the running one with each trade, with nine decimals where Kraken has them', () => {
    const market = traded();
    const listener = market.join({ protocol: 'v2', channel: 'ohlc', interval: 5 });
    const candle = (close: string, high: string, trades: number, volume: string, vwap: string): string =>
      `{"symbol":"BTC/USD","open":42001.0,"high":${high},"low":42000.0,"close":${close},"trades":${trades},"volume":${volume},` +
      `"vwap":${vwap},"interval_begin":"2026-08-02T03:35:00.000000000Z","interval":5,"timestamp":"2026-08-02T03:40:00.000000Z"}`;
    expect(listener.take()).toEqual([
      '{"channel":"ohlc","type":"snapshot","timestamp":"2026-08-02T03:35:51.295158000Z",' +
        `"data":[${candle('42000.0', '42001.0', 2, '0.75000000', '42000.6')}]}`,
    ]);
    market.limit('sell', 420_030, 5);
    market.publish();
    expect(listener.take()).toEqual([]);
    market.market('buy', 1_000_000);
    market.publish();
    expect(listener.take()).toEqual([
      '{"channel":"ohlc","type":"update","timestamp":"2026-08-02T03:35:51.297158000Z",' +
        `"data":[${candle('42002.0', '42002.0', 3, '0.76000000', '42000.6')}]}`,
    ]);
  });

  test('minutes without a trade stand in the snapshot of candles, at most 720 of them', () => {
    const market = traded();
    market.wait(3 * 60 * SECOND);
    const [few] = market.join({ protocol: 'v2', channel: 'ohlc' }).take();
    expect([...few!.matchAll(/"trades":(\d)/g)].map(([, count]) => count)).toEqual(['2', '0', '0', '0']);
    expect(few).toContain(
      '"open":42000.0,"high":42000.0,"low":42000.0,"close":42000.0,"trades":0,"volume":0.00000000,"vwap":0.0,',
    );
    market.wait(86_400 * SECOND);
    const [many] = market.join({ protocol: 'v2', channel: 'ohlc' }).take();
    expect([...many!.matchAll(/"interval_begin"/g)]).toHaveLength(720);
    expect(new RandomMarket(1).join({ protocol: 'v2', channel: 'ohlc' }).take()).toEqual([
      `{"channel":"ohlc","type":"snapshot","timestamp":"${at.replace('Z', '000Z')}","data":[]}`,
    ]);
  });
});

describe('version 1 on the wire', () => {
  test('a book snapshot, an update of one side, of both, and of a level that enters the view', () => {
    const market = quiet();
    const listener = market.join({ protocol: 'v1', channel: 'book', channelId: 336 });
    const [first, second, third, fourth] = [0, 1, 2, 3].map((by) => seconds(START + by));
    expect(listener.take()).toEqual([
      `[336,{"as":[["42001.00000","0.50000000","${third}"],["42002.00000","0.01234567","${fourth}"]],` +
        `"bs":[["42000.00000","1.50000000","${first}"],["41999.50000","0.20000000","${second}"]]},"book-10","XBT/USD"]`,
    ]);
    market.limit('buy', 419_995, 1);
    market.publish(100);
    expect(listener.take()[0]).toMatch(
      /^\[336,\{"b":\[\["41999\.50000","0\.20000001","1785641750\.295258"\]\],"c":"\d+"\},"book-10","XBT\/USD"\]$/,
    );
    market.market('buy', 50_000_000);
    market.limit('buy', 420_010, 7);
    market.publish(100);
    expect(listener.take()[0]).toMatch(
      /^\[336,\{"a":\[\["42001\.00000","0\.00000000","1785641750\.295358"\]\]\},\{"b":\[\["42001\.00000","0\.00000007","1785641750\.295359"\]\],"c":"\d+"\},"book-10","XBT\/USD"\]$/,
    );
    for (let level = 0; level < 9; level += 1) market.limit('sell', 420_011 + level, 7);
    market.publish(100);
    market.limit('sell', 420_900, 7);
    market.publish(100);
    listener.take();
    market.market('buy', 7);
    market.publish(100);
    expect(listener.take()[0]).toMatch(
      /^\[336,\{"a":\[\["42001\.10000","0\.00000000","1785641750\.295658"\],\["42090\.00000","0\.00000007","1785641750\.295558","r"\]\],"c":"\d+"\},/,
    );
  });

  test('trades, without a snapshot', () => {
    const market = quiet();
    const listener = market.join({ protocol: 'v1', channel: 'trade', channelId: 993 });
    expect(listener.take()).toEqual([]);
    market.market('buy', 1_000_000);
    market.limit('sell', 420_000, 2_000_000);
    market.publish(SECOND);
    const time = seconds(START);
    expect(listener.take()).toEqual([
      `[993,[["42001.00000","0.01000000","${time}","b","m",""],["42000.00000","0.02000000","${time}","s","l",""]],"trade","XBT/USD"]`,
    ]);
  });

  test('a ticker with whole units as a number, of today and of 24 hours', () => {
    const market = traded();
    // Past midnight: nothing traded today yet.
    market.wait(86_000 * SECOND);
    market.limit('sell', 420_020, 380_000_000);
    market.publish(SECOND);
    const listener = market.join({ protocol: 'v1', channel: 'ticker', channelId: 340 });
    expect(listener.take()).toEqual([
      '[340,{"a":["42002.00000",3,"3.81234567"],"b":["42000.00000",1,"1.25000000"],"c":["42000.00000","0.25000000"],' +
        '"v":["0.00000000","0.75000000"],"p":["0.00000","42000.60000"],"t":[0,2],"l":["0.00000","42000.00000"],' +
        '"h":["0.00000","42001.00000"],"o":["0.00000","42001.00000"]},"ticker","XBT/USD"]',
    ]);
    market.market('buy', 100_000_000);
    market.publish(SECOND);
    expect(listener.take()).toEqual([
      '[340,{"a":["42002.00000",2,"2.81234567"],"b":["42000.00000",1,"1.25000000"],"c":["42002.00000","0.98765433"],' +
        '"v":["1.00000000","1.75000000"],"p":["42002.00000","42001.40000"],"t":[2,4],"l":["42002.00000","42000.00000"],' +
        '"h":["42002.00000","42002.00000"],"o":["42002.00000","42001.00000"]},"ticker","XBT/USD"]',
    ]);
  });

  test('a candle with the times of its latest trade and of its end', () => {
    const market = traded();
    const listener = market.join({ protocol: 'v1', channel: 'ohlc', interval: 5, channelId: 42 });
    expect(listener.take()).toEqual([
      `[42,["${seconds(START + SECOND)}","1785642000.000000","42001.00000","42001.00000","42000.00000","42000.00000",` +
        '"42000.60000","0.75000000",2],"ohlc-5","XBT/USD"]',
    ]);
    market.wait(600 * SECOND);
    market.market('buy', 1_000_000);
    market.publish(0);
    expect(listener.take()).toEqual([
      `[42,["${seconds(START + 601 * SECOND)}","1785642600.000000","42002.00000","42002.00000","42002.00000","42002.00000",` +
        '"42002.00000","0.01000000",1],"ohlc-5","XBT/USD"]',
    ]);
    expect(quiet().join({ protocol: 'v1', channel: 'ohlc' }).take()).toEqual([]);
  });

  test('a spread at the beginning and when a best price changes', () => {
    const market = quiet();
    const listener = market.join({ protocol: 'v1', channel: 'spread', channelId: 325 });
    const spread = (time: number, bid: string, bidSize: string): string =>
      `[325,["${bid}","42001.00000","${seconds(time)}","${bidSize}","0.50000000"],"spread","XBT/USD"]`;
    expect(listener.take()).toEqual([spread(START, '42000.00000', '1.50000000')]);
    market.limit('buy', 420_000, 1);
    market.publish();
    expect(listener.take()).toEqual([]);
    market.limit('buy', 420_001, 9);
    market.publish();
    expect(listener.take()).toEqual([spread(market.at, '42000.10000', '0.00000009')]);
    expect(market.history.spreads().map(({ at: time, bid }) => [time, bid])).toEqual([
      [START, 420_000],
      [market.at, 420_001],
    ]);
    expect(new RandomMarket(1).join({ protocol: 'v1', channel: 'spread' }).take()).toEqual([]);
  });

  test('names the pair as it is told to, or as its assets are called there', () => {
    const doge = new RandomMarket(1, { symbol: 'DOGE/BTC', pricePrecision: 9, qtyPrecision: 8 });
    const [frame] = doge.join({ protocol: 'v1', channel: 'book' }).take();
    expect(frame).toBe('[0,{"as":[],"bs":[]},"book-10","XDG/XBT"]');
  });
});

const EVERYTHING: readonly PublishTopic[] = [
  { protocol: 'v2', channel: 'trade' },
  { protocol: 'v2', channel: 'book' },
  { protocol: 'v2', channel: 'level3' },
  { protocol: 'v2', channel: 'ticker' },
  { protocol: 'v2', channel: 'ticker', eventTrigger: 'bbo' },
  { protocol: 'v2', channel: 'ohlc' },
  { protocol: 'v1', channel: 'trade', channelId: 1 },
  { protocol: 'v1', channel: 'book', channelId: 2 },
  { protocol: 'v1', channel: 'ticker', channelId: 3 },
  { protocol: 'v1', channel: 'ohlc', channelId: 4 },
  { protocol: 'v1', channel: 'spread', channelId: 5 },
];

describe('an audience', () => {
  test('hears of an instant once: trades, then the book, then the rest, and nothing of an instant without news', () => {
    const market = quiet();
    const listener = new Listener();
    for (const topic of EVERYTHING) market.join(topic, false, listener);
    market.publish();
    expect(listener.take()).toEqual([]);
    market.market('buy', 50_000_000);
    market.publish();
    expect(listener.take().map((frame) => /"channel":"(\w+)"|"([\w-]+)","XBT/.exec(frame)?.slice(1).join(''))).toEqual(
      'trade trade book book-10 level3 ticker ticker ticker ohlc ohlc-1 spread'.split(' '),
    );
  });

  test('gets one frame, encoded once, for all who asked for the same', () => {
    const market = quiet();
    const sent: unknown[][] = [[], [], []];
    for (const frames of sent) {
      const subscriber = { send: (frame: unknown) => void frames.push(frame) };
      for (const topic of EVERYTHING) market.publisher.join(topic, subscriber, false, market.at);
    }
    const before = market.publisher.frames;
    market.market('buy', 50_000_000);
    market.publish();
    expect(market.publisher.frames - before).toBe(EVERYTHING.length);
    const [first, second, third] = sent;
    expect(first).toHaveLength(EVERYTHING.length);
    for (const [index, frame] of first!.entries()) {
      expect(second![index]).toBe(frame);
      expect(third![index]).toBe(frame);
    }
  });

  test('that left hears nothing, and costs no frame', () => {
    const market = quiet();
    const [stays, leaves] = [new Listener(), new Listener()];
    for (const topic of EVERYTHING) {
      market.join(topic, false, leaves);
      market.publisher.leave(topic, leaves);
      market.publisher.leave(topic, stays);
    }
    const before = market.publisher.frames;
    market.market('buy', 50_000_000);
    market.publish();
    expect([leaves.take(), market.publisher.frames]).toEqual([[], before]);
  });

  test('in the middle of an instant: what was noted goes out first, and nobody hears twice of it', () => {
    const market = quiet();
    const early = { protocol: 'v2', channel: 'level3' } as const;
    const [first, second] = [new PlainLevel3Book(10), new PlainLevel3Book(10)];
    const one = market.join(early);
    market.limit('buy', 419_999, 5);
    market.matcher.cancel(1);
    const other = market.join(early);
    market.limit('buy', 419_998, 5);
    market.publish();
    for (const frame of one.take()) expect(first.apply(frame)).toBe('');
    for (const frame of other.take()) expect(second.apply(frame)).toBe('');
    expect(second).toEqual(first);
    expect(first.bids.map(({ id }) => id)).toEqual([5, 6, 2].map(orderIdText));
  });
});

describe('after a reset', () => {
  test('everybody gets snapshots in the new decimals with the next instant, then goes on', () => {
    const market = traded();
    const listener = new Listener();
    for (const topic of EVERYTHING) market.join(topic, false, listener);
    const wide = instrument({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 5 });
    market.publisher.reset(wide);
    market.matcher = market.newMatcher();
    market.limit('buy', 4_200_012, 100_000);
    market.limit('sell', 4_200_100, 250_000);
    expect(listener.take()).toEqual([]);
    market.publish();
    const frames = listener.take();
    expect(
      frames.map((frame) => /"channel":"(\w+)","type":"(\w+)"|"([\w-]+)","XBT/.exec(frame)?.slice(1).join(' ').trim()),
    ).toEqual(
      (
        'trade snapshot,book snapshot,book-10,level3 snapshot,ticker snapshot,ticker,ticker snapshot,' +
        'ohlc snapshot,ohlc-1,spread'
      ).split(','),
    );
    expect(frames[0]).toContain('"price":42001.00,"qty":0.50000,');
    expect(frames[1]).toContain('"bids":[{"price":42000.12,"qty":1.00000}],"asks":[{"price":42001.00,"qty":2.50000}]');
    expect(frames[2]).toContain('"as":[["42001.00000","2.50000000",');
    expect(frames[3]).toContain('"limit_price":42000.12,"order_qty":1.00000,');
    expect(frames[4]).toContain(
      '"bid":42000.12,"bid_qty":1.00000,"ask":42001.00,"ask_qty":2.50000,"last":42000.00,"volume":0.75000,',
    );
    expect(frames[9]).toContain('["42000.12000","42001.00000",');

    market.market('buy', 50_000);
    market.publish();
    const next = listener.take();
    const [book, v1Book, level3] = [new PlainBook(10), new PlainV1Book(10), new PlainLevel3Book(10)];
    expect([frames[1], next[2]].map((frame) => book.apply(frame!))).toEqual(['', '']);
    expect([frames[2], next[3]].map((frame) => v1Book.apply(frame!))).toEqual(['', '']);
    expect([frames[3], next[4]].map((frame) => level3.apply(frame!))).toEqual(['', '']);
  });

  test('a join before the next instant sees the new market, and the others get their snapshots then', () => {
    const market = quiet();
    const [early, late] = [market.join({ protocol: 'v2', channel: 'book' }), new Listener()];
    early.take();
    market.publisher.reset(instrument({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 5 }));
    market.matcher = market.newMatcher();
    market.join({ protocol: 'v2', channel: 'book' }, true, late);
    for (const listener of [early, late]) {
      expect(listener.take()).toEqual([
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":0,' +
          `"timestamp":"${at}"}]}`,
      ]);
    }
  });

  test('what was not published before is not published, and the same numbers of ticks are another price', () => {
    const market = quiet();
    const trades = market.join({ protocol: 'v2', channel: 'trade' });
    trades.take();
    market.market('buy', 1_000_000);
    market.publisher.reset(instrument({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 5 }));
    market.matcher = market.newMatcher();
    market.limit('buy', 420_000, 5);
    market.limit('sell', 420_010, 5);
    market.publish();
    expect(trades.take()).toEqual(['{"channel":"trade","type":"snapshot","data":[]}']);
    expect(market.history.spreads().map(({ bid }) => bid)).toEqual([4_200_000, 420_000]);
  });
});
