import { instrument } from '@kb/model';
import type { Instrument } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import { expect, test } from 'vitest';
import { Marks } from '../src/marks.ts';

const PAIR = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 2 });
const PAIRS: ReadonlyMap<string, Instrument> = new Map([[PAIR.symbol, PAIR]]);

function bookOf(bid: string | undefined, ask: string | undefined, pair: Instrument = PAIR): L2Book {
  const side = (price: string | undefined): [string, string][] => (price === undefined ? [] : [[price, '1']]);
  const book = new L2Book(pair.symbol, pair, 10);
  book.apply(bookChanges({ snapshot: true, bids: side(bid), asks: side(ask) }, pair));
  return book;
}

test('a mid may end in half a tick, exactly', () => {
  const marks = new Marks(PAIRS);
  marks.onBook({ symbol: 'BTC/USD', book: bookOf('100.0', '100.1') });
  expect(marks.midOf('BTC/USD')).toBe(1000.5);
  expect(marks.asDecimals()).toEqual({ 'BTC/USD': '100.05' });
});

test('before the first book there is no mark', () => {
  const marks = new Marks(PAIRS);
  expect(marks.midOf('BTC/USD')).toBeUndefined();
  expect(marks.asDecimals()).toEqual({});
});

test('the last mark outlives a side that ran empty', () => {
  const marks = new Marks(PAIRS);
  marks.onBook({ symbol: 'BTC/USD', book: bookOf('100.0', '100.2') });
  marks.onBook({ symbol: 'BTC/USD', book: bookOf(undefined, '100.2') });
  marks.onBook({ symbol: 'BTC/USD', book: bookOf('100.0', undefined) });
  expect(marks.asDecimals()).toEqual({ 'BTC/USD': '100.10' });
});

test('a book in other ticks than the rules, or of another pair, changes nothing', () => {
  const marks = new Marks(PAIRS);
  marks.onBook({ symbol: 'BTC/USD', book: bookOf('100.0', '100.2') });
  const finer = instrument({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 2 });
  marks.onBook({ symbol: 'BTC/USD', book: bookOf('200.00', '200.02', finer) });
  marks.onBook({ symbol: 'ETH/USD', book: bookOf('3.0', '3.2') });
  expect(marks.asDecimals()).toEqual({ 'BTC/USD': '100.10' });
});

test('pairs with the same mid, and a mid that comes back, are kept apart', () => {
  const other = instrument({ symbol: 'ETH/USD', pricePrecision: 1, qtyPrecision: 2 });
  const marks = new Marks(new Map([...PAIRS, [other.symbol, other]]));
  const books = [
    bookOf('100.0', '100.2'),
    bookOf('100.0', '100.2', other),
    bookOf('101.0', '101.2'),
    bookOf('100.0', '100.2'),
  ];
  const seen = books.map((book) => {
    marks.onBook({ symbol: book.symbol, book });
    return [marks.midOf('BTC/USD'), marks.midOf('ETH/USD')];
  });
  expect(seen).toEqual([
    [1001, undefined],
    [1001, 1001],
    [1011, 1001],
    [1001, 1001],
  ]);
});
