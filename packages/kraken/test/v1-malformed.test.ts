import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import { DECODE_ERROR_CODES } from '../src/messages.ts';
import type { DecodeErrorCode } from '../src/messages.ts';
import { KrakenV1Decoder } from '../src/v1/v1-decoder.ts';
import { bytes } from './support/frames.ts';
import { mutate } from './support/mutations.ts';
import { ALL, BOTH_SIDES, CANDLE, decodeAll, SNAPSHOT, SPREAD, TICKER, TRADES, UPDATE } from './support/v1-frames.ts';

const FIELD = 'KB_KRAKEN_BAD_FIELD';
const NUMBER = 'KB_KRAKEN_BAD_NUMBER';
const RANGE = 'KB_KRAKEN_OUT_OF_RANGE';

interface Case {
  readonly what: string;
  readonly frame: string;
  readonly before: string;
  readonly after: string;
  readonly code: DecodeErrorCode;
  /** What stands where the fault is; `after` unless told. */
  readonly at?: string;
}

function made(
  what: string,
  frame: string,
  before: string,
  after: string,
  code: DecodeErrorCode,
  at: string = after,
): Case {
  return { what, frame, before, after, code, at };
}

const OPEN = '"5763.40000"';
const CASES: readonly Case[] = [
  ...['"x"', '""', '"-1"', '"1e3"', '"NaN"', '"1.2.3"', '" 1"'].map((text) =>
    made(`open ${text}`, TICKER, OPEN, text, NUMBER),
  ),
  made('an open that is a number', TICKER, OPEN, '5763.4', FIELD),
  made('an open of too many digits', TICKER, OPEN, `"${'9'.repeat(30)}"`, RANGE),
  made('no open of 24 hours', TICKER, '"5760.70000",', '', FIELD, '["5763.40000"]'),
  made('volume', TICKER, '"3591.17907851"', '"x"', NUMBER),
  made('vwap', TICKER, '"5653.78939"', '"x"', NUMBER),
  made('low', TICKER, '"5500.00000"', '"x"', NUMBER),
  made('high', TICKER, '"5790.00000"', 'null', FIELD),
  made('no best bid', TICKER, '"b":', '"q":', FIELD, '{"a"'),
  made('a ticker that is a list', '[0,[],"ticker","XBT/USD"]', '[]', '[1]', FIELD),
  made('a price of zero', SNAPSHOT, '"27120.00000"', '"0.00000"', NUMBER),
  made('a price that is a number', SNAPSHOT, '"27119.90000"', '27119.90000', FIELD),
  made('a size off the grid', UPDATE, '"13.54109952"', '"13.541099521"', 'KB_KRAKEN_OFF_GRID'),
  made('a size beyond what lots can hold', UPDATE, '"13.54109952"', '"999999999.00000000"', RANGE),
  made('a level without a time', UPDATE, ',"1693415330.621700"', '', FIELD, '["27119.90000"'),
  made('a level that is an object', UPDATE, '["27119.90000","13.54109952","1693415330.621700"]', '{}', FIELD),
  made('a time in words', UPDATE, '"1693415330.621700"', '"now"', NUMBER),
  made('a checksum of 33 bits', UPDATE, '"3572756970"', '"4294967296"', NUMBER),
  made('a checksum in words', UPDATE, '"3572756970"', '"crc"', NUMBER),
  made('a checksum that is a number', UPDATE, '"3572756970"', '3572756970', FIELD),
  made('a book without sides', UPDATE, '"b":[["27119.90000","13.54109952","1693415330.621700"]],', '', FIELD, '{"c"'),
  made('snapshot and update in one object', SNAPSHOT, '{"as"', '{"b":[],"as"', FIELD),
  made('snapshot and update in two objects', BOTH_SIDES, '{"b":', '{"bs":', FIELD),
  made('a book payload that is a list', UPDATE, '[336,', '[336,[],', FIELD, '[],{'),
  made('a depth that is no number', UPDATE, '"book-10"', '"book-x"', FIELD, '[336'),
  made('a trade of no side', TRADES, '"s"', '"x"', FIELD),
  made('a trade at zero', TRADES, '"5541.20000"', '"0.00000"', NUMBER),
  made('a trade without an order type', TRADES, '"s","l",""', '"s"', FIELD, '["5541.20000"'),
  made('trades that are an object', '[0,[],"trade","XBT/USD"]', '[]', '{}', FIELD),
  made('a spread without a size', SPREAD, ',"0.31670440"', '', FIELD, '["43770.20000"'),
  made('a spread at a negative price', SPREAD, '"43770.20000"', '"-43770.20000"', NUMBER),
  made('a candle that ends between intervals', CANDLE, '"1542057600.000000"', '"1542057360.435743"', FIELD),
  made('a candle that began before 1970', CANDLE, '"1542057600.000000"', '"0.000000"', FIELD),
  made('a vwap in words', CANDLE, '"3586.68894"', '"x"', NUMBER),
  made('a count in a string', CANDLE, ',2]', ',"2"]', FIELD, '"2"'),
  made('a candle without an interval', CANDLE, '"ohlc-5"', '"ohlc"', FIELD, '[42'),
  made('an interval of zero', CANDLE, '"ohlc-5"', '"ohlc-0"', FIELD, '[42'),
  made('an interval of too many digits', CANDLE, '"ohlc-5"', '"ohlc-12345678"', FIELD, '[42'),
  made('two payloads', CANDLE, '],"ohlc', '],[],"ohlc', FIELD, '[],"ohlc'),
  made('no payload', '[1,"trade","XBT/USD"]', '', '', FIELD, '[1'),
  made('an empty pair', CANDLE, '"XBT/USD"', '""', FIELD),
  made('a channel that is a number', CANDLE, '"ohlc-5"', '5', FIELD),
  made('a frame cut off', CANDLE, ',"XBT/USD"]', '', 'KB_KRAKEN_BAD_JSON', ''),
];

test.each(CASES)('$what is refused, and told where', ({ frame, before, after, code, at = after }) => {
  expect(frame).toContain(before);
  const decoder = new KrakenV1Decoder();
  decodeAll([SNAPSHOT], decoder);
  const broken = frame.replace(before, () => after);
  const message = decodeAll([broken], decoder);
  expect(message).toMatchObject({ type: 'malformed', code });
  const offset = message.type === 'malformed' ? message.offset : -1;
  expect(broken.slice(offset).startsWith(at)).toBe(true);
});

test('an update of a pair whose decimals nothing has told is refused with channel and symbol', () => {
  expect(decodeAll([UPDATE])).toEqual({
    type: 'malformed',
    code: 'KB_KRAKEN_UNKNOWN_PRECISION',
    offset: UPDATE.indexOf('{'),
    detail: 'no frame has told the decimals of BTC/USD yet',
    channel: 'book',
    symbol: 'BTC/USD',
  });
});

test('a refused frame leaves nothing of itself: the next book message is whole', () => {
  const decoder = new KrakenV1Decoder();
  decodeAll([SNAPSHOT, UPDATE.replace('"c":"3572756970"', '"c":"x"')], decoder);
  expect(decodeAll([BOTH_SIDES], decoder)).toMatchObject({ bidCount: 1, askCount: 2, checksum: 2_366_297_588 });
});

test('60000 damaged frames never throw, and each refusal has a code and an offset in its frame', () => {
  const random = new KeyedRandom(20_261_124, 'v1 fuzz');
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  const counts = new Map<string, number>();
  let decoder = new KrakenV1Decoder();
  for (let round = 0; round < 60_000; round += 1) {
    // A decoder that learned from damaged frames for a while, then one that knows nothing.
    if (round % 500 === 0) decoder = new KrakenV1Decoder();
    const frame = mutate(bytes(ALL[Math.floor(draw() * ALL.length)]!), draw);
    const message = decoder.decode(frame);
    const kind = message.type === 'malformed' ? message.code : message.type;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (message.type === 'malformed' && !(message.offset >= 0 && message.offset <= frame.length)) {
      counts.set('bad offset', message.offset);
    }
  }
  const kinds = ['book', 'trade', 'ticker', 'spread', 'ohlc', 'status', 'heartbeat', 'ack', 'pong', 'unknown'];
  expect([...counts.keys()].toSorted()).toEqual([...kinds, ...DECODE_ERROR_CODES].toSorted());
});
