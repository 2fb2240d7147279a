import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  instrumentOf,
  parseAssetPairs,
  parseAssets,
  parseDepth,
  parseOhlc,
  parseServerTime,
  parseSpread,
  parseSystemStatus,
  parseTicker,
  parseTrades,
  RestAnswerError,
  SymbolNames,
} from '../src/index.ts';
import type { AnswerText } from '../src/index.ts';

const ANSWERS = fileURLToPath(new URL('../../../../shared/data/kraken-rest/', import.meta.url));
const hasAnswers = existsSync(ANSWERS);
const NEEDS = '(skipped when ../shared/data is absent)';

function stored(file: string): Uint8Array {
  return gunzipSync(readFileSync(`${ANSWERS}${file}`));
}

function refusal(parse: (answer: AnswerText) => unknown, answer: AnswerText): string {
  try {
    parse(answer);
  } catch (error) {
    if (error instanceof RestAnswerError) return `${error.code.replace('KB_KRAKEN_REST_', '')} ${error.path}`.trim();
    throw error;
  }
  return 'parsed';
}

const BITCOIN = { symbol: 'BTC/USD', id: 'XXBTZUSD', altname: 'XBTUSD', wsname: 'XBT/USD' };
const names = new SymbolNames([BITCOIN]);

describe('stored answers of Kraken', () => {
  test.skipIf(!hasAnswers)(`all 304 pairs of 2021 parse, and all with a name become instruments ${NEEDS}`, () => {
    const pairs = parseAssetPairs(stored('AssetPairs_2021-04-17.json.gz'));
    expect(pairs.size).toBe(304);
    const unnamed = [...pairs.values()].filter(({ wsname }) => wsname === undefined);
    expect(unnamed.map(({ symbol }) => symbol)).toContain('XXBTZUSD.d');
    expect(unnamed).toHaveLength(11);
    const instruments = [...pairs.values()].filter(({ wsname }) => wsname !== undefined).map(instrumentOf);
    expect(instruments).toHaveLength(293);
    expect(pairs.get('BTC/USD')).toMatchObject({ id: 'XXBTZUSD', altname: 'XBTUSD', wsname: 'XBT/USD' });
    expect(pairs.get('DOGE/BTC')).toMatchObject({ id: 'XXDGXXBT', altname: 'XDGXBT', wsname: 'XDG/XBT' });
  });

  test.skipIf(!hasAnswers)(`the pairs of 2026 parse with all their rules ${NEEDS}`, () => {
    const pairs = parseAssetPairs(stored('AssetPairs_subset_2026-07.json.gz'));
    expect([...pairs.keys()].toSorted()).toEqual(['BTC/USD', 'DOGE/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD']);
    const doge = pairs.get('DOGE/USD')!;
    expect(instrumentOf(doge)).toEqual({
      symbol: 'DOGE/USD',
      base: 'DOGE',
      quote: 'USD',
      status: 'online',
      pricePrecision: 7,
      qtyPrecision: 8,
      tickSize: 1,
      lotSize: 1,
      minQty: 50e8,
      minCost: '0.5',
      costPrecision: 9,
    });
    expect(doge.fees[0]).toEqual({ volume: '0', percent: '0.4' });
    expect(doge.feesMaker.at(-1)).toEqual({ volume: '500000000', percent: '0.0' });
  });

  test.skipIf(!hasAnswers)(`721 candles parse; only the last one is running ${NEEDS}`, () => {
    const usdt = { symbol: 'BTC/USDT', id: 'XBTUSDT', altname: 'XBTUSDT', wsname: 'XBT/USDT' };
    const { symbol, candles, last } = parseOhlc(stored('OHLC_XBTUSDT_1m_2025-11-10.json.gz'), new SymbolNames([usdt]));
    expect([symbol, candles.length, last]).toEqual(['BTC/USDT', 721, 1_762_820_160e6]);
    expect(candles.filter(({ closed }) => !closed)).toEqual([candles.at(-1)]);
    expect(candles[2]).toMatchObject({ start: 1_762_777_140e6, vwap: '106038.3', volume: '0.00032101', trades: 1 });
    for (let i = 1; i < candles.length; i += 1) expect(candles[i]!.start - candles[i - 1]!.start).toBe(60e6);
  });

  test.skipIf(!hasAnswers)(`the book parses, digits as sent, best prices first ${NEEDS}`, () => {
    const { symbol, asks, bids } = parseDepth(stored('Depth_XBTUSD_2026-07-07.json.gz'), names);
    expect([symbol, asks.length, bids.length]).toEqual(['BTC/USD', 25, 25]);
    expect(asks[0]).toEqual({ price: '63531.90000', size: '2.708', venueTs: 1_783_467_386e6 });
    expect(asks.map(({ price }) => Number(price))).toEqual(
      asks.map(({ price }) => Number(price)).toSorted((a, b) => a - b),
    );
    expect(Number(bids[0]!.price)).toBeLessThan(Number(asks[0]!.price));
  });
});

/** Answers of the documentation, shortened. */
const DOCUMENTED = {
  time: '{"error":[],"result":{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}}',
  status: '{"error":[],"result":{"status":"online","timestamp":"2023-07-06T18:52:00Z"}}',
  assets:
    '{"error":[],"result":{"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,"display_decimals":5,"collateral_value":1,"status":"enabled","margin_rate":"0.02"},"XXDG":{"aclass":"currency","altname":"XDG","decimals":8,"display_decimals":2}}}',
  ticker:
    '{"error":[],"result":{"XXBTZUSD":{"a":["68342.40000","1","1.000"],"b":["68342.30000","6","6.000"],"c":["68365.10000","0.00200001"],"v":["415.11258159","2774.14406991"],"p":["68275.62937","68045.14894"],"t":[23209,75935],"l":["67745.20000","65196.20000"],"h":["68855.40000","70000.00000"],"o":"67978.60000"}}}',
  trades:
    '{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688671969993150842"}}',
  spread: '{"error":[],"result":{"XXBTZUSD":[[1688671834,"30292.10000","30297.50000"]],"last":1688672106}}',
} as const;

describe('documented answers', () => {
  test('the clock, the status and the assets', () => {
    expect(parseServerTime(DOCUMENTED.time)).toEqual({
      venueTs: 1_688_669_448e6,
      rfc1123: 'Thu, 06 Jul 23 18:50:48 +0000',
    });
    expect(parseSystemStatus(DOCUMENTED.status)).toEqual({ system: 'online', venueTs: 1_688_669_520e6 });
    const assets = parseAssets(DOCUMENTED.assets);
    expect(assets.get('BTC')).toMatchObject({ id: 'XXBT', collateralValue: '1', marginRate: '0.02' });
    expect(assets.get('DOGE')).toMatchObject({ id: 'XXDG', collateralValue: undefined, status: undefined });
  });

  test('a ticker keeps its digits', () => {
    expect(parseTicker(DOCUMENTED.ticker, names).get('BTC/USD')).toEqual({
      symbol: 'BTC/USD',
      ask: '68342.40000',
      askSize: '1.000',
      bid: '68342.30000',
      bidSize: '6.000',
      last: '68365.10000',
      lastSize: '0.00200001',
      volume: { today: '415.11258159', day: '2774.14406991' },
      vwap: { today: '68275.62937', day: '68045.14894' },
      trades: { today: 23_209, day: 75_935 },
      low: { today: '67745.20000', day: '65196.20000' },
      high: { today: '68855.40000', day: '70000.00000' },
      open: '67978.60000',
    });
  });

  test('times of trades are cut to microseconds, from their digits', () => {
    const { trades, last } = parseTrades(DOCUMENTED.trades, names);
    expect(last).toBe('1688671969993150842');
    expect(trades).toEqual([
      {
        price: '30243.40000',
        size: '0.34507674',
        venueTs: 1_688_669_597_827_736,
        side: 'buy',
        orderType: 'market',
        misc: '',
        tradeId: 61_044_952,
      },
      expect.objectContaining({ side: 'sell', orderType: 'limit', venueTs: 1_688_669_598_280_411 }),
    ]);
  });

  test('spreads', () => {
    expect(parseSpread(DOCUMENTED.spread, names)).toEqual({
      symbol: 'BTC/USD',
      points: [{ venueTs: 1_688_671_834e6, bid: '30292.10000', ask: '30297.50000' }],
      last: 1_688_672_106e6,
    });
  });

  test('makers may be paid: a fee below zero is read as it is', () => {
    const row =
      '{"altname":"AAPLxUSD","wsname":"AAPLx/USD","aclass_base":"tokenized_asset","base":"AAPLx","aclass_quote":"currency","quote":"ZUSD","pair_decimals":2,"lot_decimals":8,"lot_multiplier":1,"fees":[[0,0.1]],"fees_maker":[[0,-0.02],[10000,"-0.025"]]}';
    const answer = `{"error":[],"result":{"AAPLxUSD":${row}}}`;
    expect(parseAssetPairs(answer).get('AAPLx/USD')?.feesMaker).toEqual([
      { volume: '0', percent: '-0.02' },
      { volume: '10000', percent: '-0.025' },
    ]);
    for (const fee of ['--0.02', '-', '+0.02']) {
      expect(refusal(parseAssetPairs, answer.replace('-0.025', fee))).toBe(
        'BAD_ANSWER result.AAPLxUSD.fees_maker[1][1]',
      );
    }
  });

  test('of two assets with one name none is lost', () => {
    const info = '{"aclass":"currency","altname":"XBT","decimals":10,"display_decimals":5}';
    const assets = parseAssets(`{"error":[],"result":{"XXBT":${info},"XBT:BTNL":${info}}}`);
    expect([...assets].map(([name, { asset, id }]) => [name, asset, id])).toEqual([
      ['BTC', 'BTC', 'XXBT'],
      ['XBT:BTNL', 'XBT:BTNL', 'XBT:BTNL'],
    ]);
  });

  test('a key that is not known names the pair itself', () => {
    expect([...parseTicker(DOCUMENTED.ticker).keys()]).toEqual(['XXBTZUSD']);
  });

  test('fields, rows and warnings that are new change nothing', () => {
    const more = DOCUMENTED.ticker.replace('"o":', '"new":{"deep":[null]},"o":').replace('"1.000"]', '"1.000",true]');
    expect(parseTicker(more.replace('[]', '["WGeneral:Something"]'), names)).toEqual(
      parseTicker(DOCUMENTED.ticker, names),
    );
  });
});

describe('what is not an answer', () => {
  test.each([
    ['', 'BAD_JSON'],
    ['<!DOCTYPE html>', 'BAD_JSON'],
    ['{"error":[],"result":{"unixtime":16886', 'BAD_JSON'],
    ['{"error":[],"error":[],"result":{}}', 'BAD_JSON'],
    [`{"error":[],"result":${'['.repeat(10_000)}`, 'BAD_JSON'],
    ['[]', 'BAD_ANSWER'],
    ['{}', 'BAD_ANSWER'],
    ['{"error":"EGeneral","result":{}}', 'BAD_ANSWER error'],
    ['{"error":[1],"result":{}}', 'BAD_ANSWER error[0]'],
    ['{"error":[]}', 'BAD_ANSWER'],
    ['{"error":[],"result":null}', 'BAD_ANSWER'],
    ['{"error":["EService:Busy"]}', 'VENUE_ERROR'],
    ['{"error":["EService:Busy"],"result":{"unixtime":1,"rfc1123":""}}', 'VENUE_ERROR'],
    ['{"error":[],"result":[]}', 'BAD_ANSWER result'],
    ['{"error":[],"result":{"__proto__":{"unixtime":1}}}', 'BAD_ANSWER result'],
    ['{"error":[],"result":{"unixtime":"x","rfc1123":""}}', 'BAD_ANSWER result.unixtime'],
    ['{"error":[],"result":{"unixtime":-1,"rfc1123":""}}', 'BAD_ANSWER result.unixtime'],
    ['{"error":[],"result":{"unixtime":1e9,"rfc1123":""}}', 'BAD_ANSWER result.unixtime'],
    ['{"error":[],"result":{"unixtime":9999999999,"rfc1123":""}}', 'BAD_ANSWER result.unixtime'],
    ['{"error":[],"result":{"unixtime":1,"rfc1123":5}}', 'BAD_ANSWER result.rfc1123'],
  ])('%.60s: %s', (answer, expected) => {
    expect(refusal(parseServerTime, answer)).toBe(expected);
  });

  test.each<[keyof typeof DOCUMENTED, string, string, string]>([
    ['status', '"online"', '"sleeping"', 'result.status'],
    ['status', '2023-07-06', '2023-02-30', 'result.timestamp'],
    ['assets', '"decimals":10', '"decimals":"10"', 'result.XXBT.decimals'],
    ['assets', '"0.02"', '"lots"', 'result.XXBT.margin_rate'],
    ['ticker', '"68342.40000"', '"-68342.4"', 'result.XXBTZUSD.a[0]'],
    ['ticker', '"68342.40000"', '"NaN"', 'result.XXBTZUSD.a[0]'],
    ['ticker', '"68342.40000"', '""', 'result.XXBTZUSD.a[0]'],
    ['ticker', ',"1","1.000"', '', 'result.XXBTZUSD.a'],
    ['ticker', '23209', '23209.5', 'result.XXBTZUSD.t[0]'],
    ['ticker', '"o":', '"p0":', 'result.XXBTZUSD'],
    ['trades', '"b"', '"B"', 'result.XXBTZUSD[0][3]'],
    ['trades', '"m"', 'null', 'result.XXBTZUSD[0][4]'],
    ['trades', '61044952', '99999999999999999999', 'result.XXBTZUSD[0][6]'],
    ['trades', '"1688671969993150842"', '"soon"', 'result.last'],
    ['trades', '"XXBTZUSD":', '"OTHER":[],"XXBTZUSD":', 'result'],
    ['trades', '1688669597.8277369', '"yesterday"', 'result.XXBTZUSD[0][2]'],
    ['spread', '"30297.50000"', '{}', 'result.XXBTZUSD[0][2]'],
    ['spread', ',"30297.50000"', '', 'result.XXBTZUSD[0]'],
  ])('%s with %s as %s is wrong at %4$s', (name, from, to, path) => {
    const parse = {
      time: parseServerTime,
      status: parseSystemStatus,
      assets: parseAssets,
      ticker: parseTicker,
      trades: parseTrades,
      spread: parseSpread,
    }[name];
    expect(refusal(parse, DOCUMENTED[name])).toBe('parsed');
    expect(DOCUMENTED[name]).toContain(from);
    expect(refusal(parse, DOCUMENTED[name].replace(from, to))).toBe(`BAD_ANSWER ${path}`);
  });

  test('the error of an answer that is cut at any byte is a bad answer, never anything else', () => {
    for (const answer of Object.values(DOCUMENTED)) {
      for (let length = 0; length < answer.length; length += 1) {
        expect(refusal(parseTicker, answer.slice(0, length))).toBe('BAD_JSON');
      }
    }
  });
});

describe('instrumentOf', () => {
  const row = (status: string, wsname = '"wsname":"SOL/USD",'): string =>
    `{"error":[],"result":{"SOLUSD":{"altname":"SOLUSD",${wsname}"aclass_base":"currency","base":"SOL","aclass_quote":"currency","quote":"ZUSD","pair_decimals":2,"lot_decimals":8,"lot_multiplier":1${status}}}}`;
  const only = (answer: string) => instrumentOf([...parseAssetPairs(answer).values()][0]!);

  test('a pair without status, steps and minimums is online, with the steps of its decimals', () => {
    expect(only(row(''))).toMatchObject({ symbol: 'SOL/USD', status: 'online', tickSize: 1, minQty: 1, minCost: '0' });
  });

  test('a pair without what Kraken calls deprecated is read all the same', () => {
    const bare = row('').replace(',"lot_multiplier":1', '');
    expect(parseAssetPairs(bare).get('SOL/USD')?.lotMultiplier).toBe(1);
  });

  test('a status or a name that kb does not have is refused', () => {
    expect(() => only(row(',"status":"dancing"'))).toThrow(
      expect.objectContaining({ code: 'KB_MODEL_BAD_INSTRUMENT' }),
    );
    expect(() => only(row('', ''))).toThrow(expect.objectContaining({ code: 'KB_MODEL_BAD_INSTRUMENT' }));
  });

  test('of two rows with one WebSocket name none is lost', () => {
    const text = row('');
    const twice = text.replace('{"SOLUSD":', `{"SOLUSD:BTNL":${text.slice(text.indexOf('{"altname"'), -2)},"SOLUSD":`);
    expect([...parseAssetPairs(twice).keys()]).toEqual(['SOL/USD', 'SOLUSD']);
  });

  test('of two rows with one WebSocket name that of another venue yields, wherever it stands', () => {
    const pair = (venue: string): string =>
      row(`,"execution_venue":"${venue}"`).slice('{"error":[],"result":{'.length, -2);
    const own = pair('international');
    const other = pair('bitnomial_exchange').replace('"SOLUSD"', '"SOLUSD:BTNL"');
    for (const rows of [`${own},${other}`, `${other},${own}`]) {
      const pairs = parseAssetPairs(`{"error":[],"result":{${rows}}}`);
      expect(new Map([...pairs].map(([symbol, { id }]) => [symbol, id]))).toEqual(
        new Map([
          ['SOL/USD', 'SOLUSD'],
          ['SOLUSD:BTNL', 'SOLUSD:BTNL'],
        ]),
      );
    }
  });
});
