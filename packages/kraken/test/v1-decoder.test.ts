import { describe, expect, test } from 'vitest';
import type { BookMessage, KrakenMessage } from '../src/messages.ts';
import { KrakenV1Decoder } from '../src/v1/v1-decoder.ts';
import {
  BOTH_SIDES,
  CANDLE,
  decodeAll,
  OWN_TRADES,
  REPUBLISHED,
  SNAPSHOT,
  SPREAD,
  TICKER,
  TRADES,
  UPDATE,
} from './support/v1-frames.ts';

const V1 = { pricePrecision: 5, qtyPrecision: 8 };
const V2 = { pricePrecision: 1, qtyPrecision: 8 };

function withGrid(grid: { pricePrecision: number; qtyPrecision: number }): KrakenV1Decoder {
  const decoder = new KrakenV1Decoder();
  decoder.setGrid('BTC/USD', grid);
  return decoder;
}

/** The reused message as plain levels. */
function read(message: KrakenMessage): object {
  if (message.type !== 'book') return message;
  const { symbol, snapshot, checksum, venueTs } = message;
  const bids = levels(message, 'bid');
  return { symbol, snapshot, checksum, venueTs, bids, asks: levels(message, 'ask') };
}

function levels(message: BookMessage, side: 'ask' | 'bid'): number[][] {
  const count = message[`${side}Count`];
  return Array.from({ length: count }, (_, i) => [message[`${side}Prices`][i]!, message[`${side}Sizes`][i]!]);
}

describe('a book', () => {
  test('begins with a snapshot without a checksum, whose newest level gives its time', () => {
    expect(read(decodeAll([SNAPSHOT]))).toEqual({
      symbol: 'BTC/USD',
      snapshot: true,
      checksum: undefined,
      venueTs: 1_693_415_328_100_000,
      bids: [[2_711_990_000, 1_354_067_548]],
      asks: [
        [2_712_000_000, 428_732_553],
        [2_712_100_000, 100_000_000],
      ],
    });
  });

  test('goes on with updates of one side', () => {
    expect(read(decodeAll([SNAPSHOT, UPDATE]))).toEqual({
      symbol: 'BTC/USD',
      snapshot: false,
      checksum: 3_572_756_970,
      venueTs: 1_693_415_330_621_700,
      bids: [[2_711_990_000, 1_354_109_952]],
      asks: [],
    });
  });

  test('has both sides in two objects or in one, in the order as sent', () => {
    const both = read(decodeAll([SNAPSHOT, BOTH_SIDES]));
    expect(both).toMatchObject({
      checksum: 2_366_297_588,
      venueTs: 1_693_415_479_753_121,
      bids: [[2_713_600_000, 425_513_312]],
      asks: [
        [2_713_020_000, 1_237_956],
        [2_713_020_000, 0],
      ],
    });
    expect(read(decodeAll([SNAPSHOT, BOTH_SIDES.replace('},{', ',')]))).toEqual(both);
  });

  test('takes a level that is shown again, whose time is older than the update', () => {
    expect(read(decodeAll([SNAPSHOT, REPUBLISHED]))).toMatchObject({
      venueTs: 1_693_415_330_886_651,
      bids: [
        [2_711_740_000, 0],
        [2_711_680_000, 14_741_986],
      ],
    });
  });

  test('leaves out a price that ticks cannot hold, and keeps the others', () => {
    const frame = SNAPSHOT.replace('"27121.00000"', '"99999997000.00000"');
    expect(read(decodeAll([frame]))).toMatchObject({ asks: [[2_712_000_000, 428_732_553]] });
  });

  test('has no checksum where the grid has other decimals than were sent, as none could match', () => {
    expect(read(decodeAll([UPDATE], withGrid(V2)))).toMatchObject({
      checksum: undefined,
      bids: [[271_199, 1_354_109_952]],
    });
    expect(read(decodeAll([UPDATE], withGrid({ pricePrecision: 5, qtyPrecision: 9 })))).toMatchObject({
      checksum: undefined,
      bids: [[2_711_990_000, 13_541_099_520]],
    });
    expect(read(decodeAll([UPDATE], withGrid(V1)))).toMatchObject({ checksum: 3_572_756_970 });
  });

  test('may have no time, when a snapshot is empty', () => {
    const empty = '[336,{"as":[],"bs":[]},"book-10","XBT/USD"]';
    expect(read(decodeAll([empty], withGrid(V1)))).toMatchObject({ venueTs: undefined, bids: [], asks: [] });
    expect(decodeAll([empty])).toMatchObject({ type: 'malformed', code: 'KB_KRAKEN_UNKNOWN_PRECISION' });
  });
});

describe('the decimals of a pair', () => {
  test.each([
    ['book', SNAPSHOT],
    ['trade', TRADES],
    ['ticker', TICKER],
    ['spread', SPREAD],
    ['ohlc', CANDLE],
  ])('are those of its first frame, of channel %s', (_, frame) => {
    const decoder = new KrakenV1Decoder();
    expect(decoder.gridOf('BTC/USD')).toBeUndefined();
    decodeAll([frame], decoder);
    expect(decoder.gridOf('BTC/USD')).toEqual(V1);
  });

  test.each([
    ['book', SNAPSHOT.replace('13.54067548', 'x')],
    ['trade', TRADES.replace('"b","m"', '"x","m"')],
    ['ticker', TICKER.replace('5763.40000', 'x')],
    ['spread', SPREAD.replace('0.31670440', 'x')],
    ['ohlc', CANDLE.replace(',2]', ',-2]')],
  ])('stay unknown when that frame is refused: channel %s', (_, frame) => {
    const decoder = new KrakenV1Decoder();
    expect(decodeAll([frame], decoder).type).toBe('malformed');
    expect(decoder.gridOf('BTC/USD')).toBeUndefined();
  });

  test('that were set stay', () => {
    const decoder = withGrid(V2);
    decodeAll([SNAPSHOT, TRADES, TICKER], decoder);
    expect(decoder.gridOf('BTC/USD')).toEqual(V2);
  });

  test('can be set from 0 to 15', () => {
    expect(() => withGrid({ pricePrecision: 16, qtyPrecision: 8 })).toThrow(
      expect.objectContaining({ code: 'KB_MODEL_BAD_INSTRUMENT' }),
    );
  });
});

describe('trades', () => {
  test('have the taker side, names for their order types, and numbers from 1 for each pair', () => {
    const decoder = new KrakenV1Decoder();
    expect(decodeAll([TRADES], decoder)).toEqual({
      type: 'trade',
      snapshot: false,
      trades: [
        {
          symbol: 'BTC/USD',
          side: 'sell',
          price: 554_120_000,
          size: 15_850_568,
          orderType: 'limit',
          tradeId: 1,
          venueTs: 1_534_614_057_321_597,
        },
        {
          symbol: 'BTC/USD',
          side: 'buy',
          price: 606_000_000,
          size: 2_455_000,
          orderType: 'market',
          tradeId: 2,
          venueTs: 1_534_614_057_324_998,
        },
      ],
    });
    decodeAll([TRADES.replace('"m"', '"q"').replace('"b"', '"x"')], decoder); // refused: uses up no number
    expect(decodeAll([TRADES.replace('XBT', 'XDG')], decoder)).toMatchObject({
      trades: [{ symbol: 'DOGE/USD', tradeId: 1 }, { tradeId: 2 }],
    });
    expect(decodeAll([TRADES], decoder)).toMatchObject({ trades: [{ tradeId: 3 }, { tradeId: 4 }] });
  });

  test('keep an order type that has no name here', () => {
    expect(decodeAll([TRADES.replace('"m"', '"q"')])).toMatchObject({
      trades: [{ orderType: 'limit' }, { orderType: 'q' }],
    });
  });

  test('may be none, of a pair that nothing is known of', () => {
    const decoder = new KrakenV1Decoder();
    expect(decodeAll(['[0,[],"trade","XBT/USD"]'], decoder)).toEqual({ type: 'trade', snapshot: false, trades: [] });
    expect(decoder.gridOf('BTC/USD')).toBeUndefined();
  });

  test('have times cut to whole microseconds', () => {
    const times = (text: string): object => decodeAll([TRADES.replaceAll(/"1534614057\.\d+"/g, `"${text}"`)]);
    expect(times('1534614057.1234569')).toMatchObject({ trades: [{ venueTs: 1_534_614_057_123_456 }, {}] });
    expect(times('1534614057')).toMatchObject({ trades: [{ venueTs: 1_534_614_057_000_000 }, {}] });
  });
});

describe('a ticker', () => {
  test('has the figures of 24 hours with their digits, and the change they come to', () => {
    expect(decodeAll([TICKER])).toEqual({
      type: 'ticker',
      snapshot: false,
      symbol: 'BTC/USD',
      bid: 552_510_000,
      bidSize: 250_000_000,
      ask: 552_540_000,
      askSize: 100_000_000,
      last: 552_510_000,
      volume: '3591.17907851',
      vwap: '5653.78939',
      low: '5500.00000',
      high: '5790.00000',
      change: '-238.30000',
      changePct: '-4.13',
      venueTs: undefined,
    });
  });

  test('has no price where zero stands for none', () => {
    const empty = TICKER.replace('"a":["5525.40000",1,"1.000"]', '"a":["0.00000",0,"0.000"]')
      .replace('"b":["5525.10000",2,"2.500"]', '"b":["0.00000",0,"0.000"]')
      .replace('"c":["5525.10000","0.00398963"]', '"c":["0.00000","0.00000000"]')
      .replace('5763.40000', '0.00000');
    expect(decodeAll([empty])).toMatchObject({
      type: 'ticker',
      bid: undefined,
      bidSize: undefined,
      ask: undefined,
      askSize: undefined,
      last: undefined,
      change: '0.00000',
      changePct: '0.00',
    });
  });
});

test('a spread has the best prices and sizes; a side without orders is none', () => {
  const whole = {
    type: 'spread',
    symbol: 'BTC/USD',
    bid: 4_377_020_000,
    bidSize: 917_717,
    ask: 4_377_030_000,
    askSize: 31_670_440,
    venueTs: 1_633_053_779_916_349,
  };
  expect(decodeAll([SPREAD])).toEqual(whole);
  const empty = SPREAD.replace('43770.30000', '0.00000').replace('0.31670440', '0.00000000');
  expect(decodeAll([empty])).toEqual({ ...whole, ask: undefined, askSize: undefined });
});

test('a candle begins one interval before the end that is sent', () => {
  expect(decodeAll([CANDLE])).toEqual({
    type: 'ohlc',
    snapshot: false,
    candles: [
      {
        symbol: 'BTC/USD',
        interval: 300_000_000,
        start: 1_542_057_300_000_000,
        open: 358_670_000,
        high: 358_670_000,
        low: 358_660_000,
        close: 358_660_000,
        vwap: '3586.68894',
        volume: 3_373_000n,
        trades: 2,
        venueTs: 1_542_057_314_748_456,
      },
    ],
  });
});

describe('what has no name here', () => {
  test.each([
    ['own trades', OWN_TRADES, 'ownTrades'],
    ['open orders', '[[{"OGTT3Y":{"status":"open"}}],"openOrders",{"sequence":234}]', 'openOrders'],
    ['another channel of a pair', '[1,{},"auction-1","XBT/USD"]', 'auction-1'],
    ['a list of nothing', '[]', undefined],
    ['a list of numbers', '[1,2,3]', undefined],
    ['a text', '"hello"', undefined],
    ['a number', '1', undefined],
  ])('is told as unknown: %s', (_, frame, channel) => {
    expect(decodeAll([frame])).toEqual({ type: 'unknown', channel });
  });
});
