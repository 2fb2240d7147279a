import { describe, expect, test } from 'vitest';
import { KrakenDecoder } from '../src/decoder.ts';
import type { KrakenMessage } from '../src/messages.ts';
import { BTC, bytes } from './support/frames.ts';

function decode(text: string, decoder = new KrakenDecoder()): KrakenMessage {
  return decoder.decode(bytes(text));
}

function btcDecoder(): KrakenDecoder {
  const decoder = new KrakenDecoder();
  decoder.setGrid('BTC/USD', BTC);
  return decoder;
}

const AT = Date.UTC(2026, 6, 7, 23, 0, 5) * 1000 + 562_702;
const TRADE =
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63501.6,"qty":0.00185211,"ord_type":"limit","trade_id":103436769,"timestamp":"2026-07-07T23:00:05.562702Z"},{"symbol":"BTC/USD","side":"buy","price":63501.7,"qty":0.02922270,"ord_type":"market","trade_id":103436770,"timestamp":"2026-07-07T23:00:05.562702Z"}]}';

describe('a trade frame', () => {
  const trades = [
    {
      symbol: 'BTC/USD',
      side: 'sell',
      price: 635_016,
      size: 185_211,
      orderType: 'limit',
      tradeId: 103_436_769,
      venueTs: AT,
    },
    {
      symbol: 'BTC/USD',
      side: 'buy',
      price: 635_017,
      size: 2_922_270,
      orderType: 'market',
      tradeId: 103_436_770,
      venueTs: AT,
    },
  ];

  test('becomes trades with the taker side', () => {
    expect(decode(TRADE, btcDecoder())).toEqual({ type: 'trade', snapshot: false, trades });
    expect(decode(TRADE.replace('update', 'snapshot'), btcDecoder())).toEqual({
      type: 'trade',
      snapshot: true,
      trades,
    });
  });

  test('gives the same written otherwise', () => {
    const decoder = btcDecoder();
    expect(decode(TRADE.replaceAll(':', ' : '), decoder).type).toBe('malformed'); // also inside the times
    expect(decode(TRADE.replaceAll('":', '" :\n'), decoder)).toEqual({ type: 'trade', snapshot: false, trades });
    expect(decode(TRADE.replaceAll('.562702Z', '.562702999Z'), decoder)).toEqual({
      type: 'trade',
      snapshot: false,
      trades,
    });
    expect(decode(TRADE.replace('0.02922270', '2922270E-8'), decoder)).toEqual({
      type: 'trade',
      snapshot: false,
      trades,
    });
    const reordered = TRADE.replace('"side":"sell","price":63501.6', '"price":63501.6,"side":"sell"');
    expect(decode(reordered, decoder)).toEqual({ type: 'trade', snapshot: false, trades });
  });

  test('keeps an order type that has no name here', () => {
    expect(decode(TRADE.replace('"limit"', '"auction"'), btcDecoder())).toMatchObject({
      trades: [{ orderType: 'auction' }, { orderType: 'market' }],
    });
  });

  test('may hold no trade', () => {
    expect(decode('{"channel":"trade","type":"snapshot","data":[]}')).toEqual({
      type: 'trade',
      snapshot: true,
      trades: [],
    });
  });

  test.each([
    ['"sell"', '"both"', 'KB_KRAKEN_BAD_FIELD'],
    ['63501.6', '0.0', 'KB_KRAKEN_BAD_NUMBER'],
    ['63501.6', '63501.65', 'KB_KRAKEN_OFF_GRID'],
    ['0.00185211', '-0.00185211', 'KB_KRAKEN_BAD_NUMBER'],
    ['0.00185211', '"0.00185211"', 'KB_KRAKEN_BAD_FIELD'],
    ['103436769', '9007199254740992', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['103436769', '1.5', 'KB_KRAKEN_OFF_GRID'],
    ['2026-07-07T23:00:05.562702Z', '2026-07-07', 'KB_KRAKEN_BAD_FIELD'],
    ['"ord_type":"limit",', '', 'KB_KRAKEN_BAD_FIELD'],
    ['BTC/USD', 'ETH/USD', 'KB_KRAKEN_UNKNOWN_PRECISION'],
  ])('with %s as %s is refused whole', (from, to, code) => {
    expect(decode(TRADE.replace(from, to), btcDecoder())).toMatchObject({ type: 'malformed', code, channel: 'trade' });
  });

  test('with the largest trade id is exact', () => {
    expect(decode(TRADE.replace('103436769', '9007199254740991'), btcDecoder())).toMatchObject({
      trades: [{ tradeId: Number.MAX_SAFE_INTEGER }, {}],
    });
  });
});

describe('a ticker frame', () => {
  const TICKER =
    '{"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,"timestamp":"2022-12-25T09:30:59.123456Z"}]}';
  const decoder = (): KrakenDecoder => {
    const made = new KrakenDecoder();
    made.setGrid('ALGO/USD', { pricePrecision: 5, qtyPrecision: 8 });
    return made;
  };
  const ticker = {
    type: 'ticker',
    snapshot: true,
    symbol: 'ALGO/USD',
    bid: 10_025,
    bidSize: 74_000_000_000,
    ask: 10_036,
    askSize: 136_144_813_783,
    last: 10_035,
    volume: '997038.98383185',
    vwap: '0.10148',
    low: '0.09979',
    high: '0.10285',
    change: '-0.00017',
    changePct: '-0.17',
    venueTs: Date.UTC(2022, 11, 25, 9, 30, 59) * 1000 + 123_456,
  };

  test('keeps the digits of its figures', () => {
    expect(decode(TICKER, decoder())).toEqual(ticker);
    expect(decode(TICKER.replace('0.10148', '0.1014800'), decoder())).toMatchObject({ vwap: '0.1014800' });
  });

  test('accepts numbers in strings', () => {
    expect(
      decode(TICKER.replaceAll(/:(-?\d[\d.]*)/g, ':"$1"').replaceAll(/"(\d\d):"(\d\d)":/g, '$1:$2:'), decoder()).type,
    ).toBe('malformed');
    const strings = TICKER.replaceAll(
      /"(bid|bid_qty|ask|ask_qty|last|volume|vwap|low|high|change|change_pct)":([-\d.]+)/g,
      '"$1":"$2"',
    );
    expect(strings).toContain('"change":"-0.00017"');
    expect(decode(strings, decoder())).toEqual(ticker);
    expect(decode(strings.replace('"-0.17"', '"n/a"'), decoder())).toMatchObject({ code: 'KB_KRAKEN_BAD_NUMBER' });
  });

  test('may lack a side, a last price and a time', () => {
    const bare = TICKER.replace('"bid":0.10025,"bid_qty":740.0,', '"bid":null,')
      .replace('"last":0.10035,', '')
      .replace(',"timestamp":"2022-12-25T09:30:59.123456Z"', '');
    expect(decode(bare, decoder())).toEqual({
      ...ticker,
      bid: undefined,
      bidSize: undefined,
      last: undefined,
      venueTs: undefined,
    });
  });

  test('has no price of zero: that side has no orders, and there was no trade', () => {
    const empty = TICKER.replace(
      '"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035',
      '"ask":0.00000,"ask_qty":0.0,"last":0',
    );
    expect(decode(empty, decoder())).toEqual({ ...ticker, ask: undefined, askSize: undefined, last: undefined });
    expect(decode(TICKER.replace('"bid":0.10025,', ''), decoder())).toEqual({
      ...ticker,
      bid: undefined,
      bidSize: undefined,
    });
  });

  test.each(['"bid":0.10025', '"bid_qty":740.0', '"ask":0.10036', '"ask_qty":1361.44813783', '"last":0.10035'])(
    'with a minus sign before %s is refused; a change may be negative',
    (field) => {
      const negative = field.replace(':', ':-');
      const offset = TICKER.indexOf(field) + negative.indexOf('-');
      const refused = { code: 'KB_KRAKEN_BAD_NUMBER', offset };
      expect(decode(TICKER.replace(field, negative), decoder())).toMatchObject(refused);
      expect(decode(TICKER.replace(field, field.replace(/:(.*)/, ':"-$1"')), decoder())).toMatchObject(refused);
    },
  );

  test('off the grid, without a figure or of an unknown symbol is refused', () => {
    expect(decode(TICKER.replace('0.10025', '0.100251'), decoder())).toMatchObject({ code: 'KB_KRAKEN_OFF_GRID' });
    expect(decode(TICKER.replace('"volume"', '"vol"'), decoder())).toMatchObject({ code: 'KB_KRAKEN_BAD_FIELD' });
    expect(decode(TICKER)).toMatchObject({
      code: 'KB_KRAKEN_UNKNOWN_PRECISION',
      channel: 'ticker',
      symbol: 'ALGO/USD',
    });
  });
});

describe('an instrument frame', () => {
  const PAIRS =
    '{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"USD","status":"enabled","precision":4,"precision_display":2,"borrowable":true,"collateral_value":1.00,"margin_rate":0.025000}],"pairs":[{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1E-8,"price_precision":1,"cost_precision":5,"marginable":true,"has_index":true,"cost_min":0.50,"margin_initial":0.20,"position_limit_long":300,"position_limit_short":240,"tick_size":0.1,"price_increment":0.1,"qty_min":0.00010000},{"symbol":"SHIB/USD","base":"SHIB","quote":"USD","status":"post_only","qty_precision":5,"qty_increment":0.00001,"price_precision":8,"cost_precision":5,"marginable":false,"has_index":true,"cost_min":"0.50","tick_size":1E-8,"price_increment":2E-8,"qty_min":500000.00000}]}}';
  const btc = {
    symbol: 'BTC/USD',
    base: 'BTC',
    quote: 'USD',
    status: 'online',
    pricePrecision: 1,
    qtyPrecision: 8,
    tickSize: 1,
    lotSize: 1,
    minQty: 10_000,
    minCost: '0.50',
    costPrecision: 5,
  };

  test('becomes instruments and sets the grids', () => {
    const decoder = new KrakenDecoder();
    expect(decode(PAIRS, decoder)).toEqual({
      type: 'instrument',
      snapshot: true,
      instruments: [
        btc,
        {
          symbol: 'SHIB/USD',
          base: 'SHIB',
          quote: 'USD',
          status: 'post_only',
          pricePrecision: 8,
          qtyPrecision: 5,
          tickSize: 2,
          lotSize: 1,
          minQty: 50_000_000_000,
          minCost: '0.50',
          costPrecision: 5,
        },
      ],
      skipped: [],
    });
    expect(decoder.gridOf('SHIB/USD')).toEqual({ pricePrecision: 8, qtyPrecision: 5 });
  });

  test('that changes a precision replaces what was set or locked', () => {
    const decoder = btcDecoder();
    decode(PAIRS.replace('"price_precision":1,', '"price_precision":2,'), decoder);
    expect(decoder.gridOf('BTC/USD')).toEqual({ pricePrecision: 2, qtyPrecision: 8 });
  });

  test('reads the older name of the price increment', () => {
    expect(decode(PAIRS.replace('"price_increment":0.1,', ''))).toMatchObject({ instruments: [{ tickSize: 1 }, {}] });
  });

  test.each([
    ['"status":"online"', '"status":"sleeping"', 'unknown status "sleeping"'],
    ['"price_precision":1,', '"price_precision":16,', 'expected 0 to 15 decimals'],
    ['"price_precision":1,', '', '"price_precision" is missing'],
    ['"price_increment":0.1,', '"price_increment":0.01,', '0.01'],
    ['"qty_min":0.00010000', '"qty_min":"x"', 'expected "qty_min" to be a number'],
    ['"symbol":"BTC/USD"', '"symbol":"BTCUSD"', 'Expected a symbol like BTC/USD'],
  ])('sets aside a pair with %s as %s, and keeps the others', (from, to, detail) => {
    const decoder = btcDecoder();
    const message = decode(PAIRS.replace(from, to), decoder);
    expect(message).toMatchObject({
      type: 'instrument',
      instruments: [{ symbol: 'SHIB/USD' }],
      skipped: [{ symbol: expect.stringMatching(/^BTC/), detail: expect.stringContaining(detail) }],
    });
    expect(decoder.gridOf('BTC/USD')).toEqual(BTC);
  });

  test('may hold assets or pairs only', () => {
    expect(decode('{"channel":"instrument","type":"update","data":{"assets":[]}}')).toMatchObject({ instruments: [] });
    expect(decode('{"channel":"instrument","type":"update","data":[]}')).toMatchObject({ code: 'KB_KRAKEN_BAD_FIELD' });
    expect(decode('{"channel":"instrument","type":"update","data":{"pairs":[1]}}')).toMatchObject({
      code: 'KB_KRAKEN_BAD_FIELD',
    });
  });
});

describe('a status frame', () => {
  const STATUS =
    '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":4421894013101914413}]}';

  test('keeps the connection id as text', () => {
    expect(decode(STATUS)).toEqual({
      type: 'status',
      system: 'online',
      version: '2.0.10',
      connectionId: '4421894013101914413',
    });
  });

  test('with a system state that has no name here is unknown', () => {
    expect(decode(STATUS.replace('online', 'half_day'))).toEqual({ type: 'unknown', channel: 'status' });
  });
});

describe('an answer', () => {
  test('to a subscription carries what the venue echoes', () => {
    expect(
      decode(
        '{"method":"subscribe","req_id":12345678,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD","warnings":["old","field"]},"success":true,"time_in":"2026-07-07T23:00:05.562702Z","time_out":"2026-07-07T23:00:05.562703Z"}',
      ),
    ).toEqual({
      type: 'ack',
      method: 'subscribe',
      success: true,
      reqId: 12_345_678,
      channel: 'book',
      symbol: 'BTC/USD',
      depth: 10,
      error: undefined,
      warnings: ['old', 'field'],
      timeIn: AT,
      timeOut: AT + 1,
    });
  });

  test('that fails names the symbol where it stands', () => {
    expect(
      decode(
        '{"error":"Subscription Not Found","method":"subscribe","req_id":9,"success":false,"symbol":"BTC/USD","time_in":"2026-07-07T23:00:05.562702Z","time_out":"…"}',
      ),
    ).toMatchObject({
      type: 'ack',
      success: false,
      error: 'Subscription Not Found',
      symbol: 'BTC/USD',
      reqId: 9,
      timeIn: AT,
      timeOut: undefined,
    });
  });

  test.each([
    ['{"error":"Symbol(s) not found","success":false}', 'Symbol(s) not found'],
    ['{"Error":"Exceeded msg rate"}', 'Exceeded msg rate'],
    ['{"method":"pong","error":"x","success":false}', 'x'],
    ['{"success":true,"error":"both"}', 'both'],
  ])('%s is a failure', (text, error) => {
    expect(decode(text)).toMatchObject({ type: 'ack', success: false, error });
  });

  test('with a request id that is no whole number up to 2^53 − 1 has none', () => {
    for (const id of ['"7"', '1.5', '-1', '9007199254740993', '1E3', 'null', '{}']) {
      expect(decode(`{"method":"subscribe","success":true,"req_id":${id}}`)).toMatchObject({
        type: 'ack',
        reqId: undefined,
      });
    }
  });

  test('to a ping is a pong', () => {
    expect(
      decode(
        '{"method":"pong","req_id":101,"time_in":"2026-07-07T23:00:05.562702Z","time_out":"2026-07-07T23:00:05.562703Z"}',
      ),
    ).toEqual({ type: 'pong', reqId: 101, timeIn: AT, timeOut: AT + 1 });
    expect(decode('{"method":"pong"}')).toEqual({
      type: 'pong',
      reqId: undefined,
      timeIn: undefined,
      timeOut: undefined,
    });
  });
});

describe('any other frame', () => {
  test.each([
    ['{"channel":"heartbeat"}', { type: 'heartbeat' }],
    [' { "channel" : "heartbeat" } ', { type: 'heartbeat' }],
    ['{"channel":"candles","data":[]}', { type: 'unknown', channel: 'candles' }],
    ['{"method":"balances"}', { type: 'unknown', channel: 'balances' }],
    ['{}', { type: 'unknown', channel: undefined }],
    ['{"channel":5}', { type: 'unknown', channel: undefined }],
    ['[1,"book"]', { type: 'unknown', channel: undefined }],
    ['"x"', { type: 'unknown', channel: undefined }],
    ['-1.5e3', { type: 'unknown', channel: undefined }],
    ['null', { type: 'unknown', channel: undefined }],
  ])('%s is named', (text, message) => {
    expect(decode(text)).toEqual(message);
  });
});
