import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bookChanges, checksumOf, L2Book, TreeBook } from '../src/index.ts';
import type { PlainBookChanges } from '../src/index.ts';
import { GRID } from './plain-book.ts';

/** The example of Kraken's guide: https://docs.kraken.com/api/docs/guides/spot-ws-book-v2 */
const DOCS: PlainBookChanges & { readonly checksum: number } = {
  snapshot: true,
  checksum: 3310070434,
  asks: [
    ['45285.2', '0.00100000'],
    ['45286.4', '1.54571953'],
    ['45286.6', '1.54571109'],
    ['45289.6', '1.54560911'],
    ['45290.2', '0.15890660'],
    ['45291.8', '1.54553491'],
    ['45294.7', '0.04454749'],
    ['45296.1', '0.35380000'],
    ['45297.5', '0.09945542'],
    ['45299.5', '0.18772827'],
  ],
  bids: [
    ['45283.5', '0.10000000'],
    ['45283.4', '1.54582015'],
    ['45282.1', '0.10000000'],
    ['45281.0', '0.10000000'],
    ['45280.3', '1.54592586'],
    ['45279.0', '0.07990000'],
    ['45277.6', '0.03310103'],
    ['45277.5', '0.30000000'],
    ['45277.3', '1.54602737'],
    ['45276.6', '0.15445238'],
  ],
};

describe('the published example', () => {
  test('has the published checksum in both books and from scratch', () => {
    const flat = new L2Book('BTC/USD', GRID, 10);
    const tree = new TreeBook('BTC/USD', GRID, 10);
    flat.apply(bookChanges(DOCS, GRID));
    tree.apply(bookChanges(DOCS, GRID));
    expect([flat.checksum(), tree.checksum(), checksumOf(flat)]).toEqual(Array(3).fill(DOCS.checksum));
  });

  test('keeps it when levels beyond the ten best come and go', () => {
    const book = new L2Book('BTC/USD', GRID, 25);
    book.apply(bookChanges(DOCS, GRID));
    const update = (bid: string, ask: string): void => {
      book.apply(bookChanges({ snapshot: false, bids: [['45270.0', bid]], asks: [['45300.0', ask]] }, GRID));
    };
    update('1', '2');
    expect(book.levels('buy')).toBe(11);
    expect(book.checksum()).toBe(DOCS.checksum);
    update('0', '0');
    expect(book.levels('buy')).toBe(10);
    expect(book.checksum()).toBe(DOCS.checksum);
  });

  test('has it again after a level left the ten best and came back', () => {
    const book = new L2Book('BTC/USD', GRID, 25);
    book.apply(bookChanges(DOCS, GRID));
    book.apply(bookChanges({ snapshot: false, bids: [['45283.6', '1']], asks: [['45285.1', '1']] }, GRID));
    expect(book.checksum()).not.toBe(DOCS.checksum);
    expect(book.checksum()).toBe(checksumOf(book));
    book.apply(bookChanges({ snapshot: false, bids: [['45283.6', '0']], asks: [['45285.1', '0']] }, GRID));
    expect(book.checksum()).toBe(DOCS.checksum);
  });

  test('loses it with any changed digit of any of the twenty levels', () => {
    for (const side of ['bids', 'asks'] as const) {
      for (const [index, [price]] of DOCS[side].entries()) {
        const book = new L2Book('BTC/USD', GRID, 10);
        book.apply(bookChanges(DOCS, GRID));
        book.apply(
          bookChanges({ snapshot: false, bids: [], asks: [], [side]: [[price, `0.0000000${1 + (index % 9)}`]] }, GRID),
        );
        expect(book.checksum()).not.toBe(DOCS.checksum);
        expect(book.checksum()).toBe(checksumOf(book));
      }
    }
  });
});

const RECORDINGS = new URL('../../../../shared/data/kraken-v2/', import.meta.url);

describe.skipIf(!existsSync(RECORDINGS))('recordings of Kraken (skipped where ../shared/data is absent)', () => {
  test.each([
    ['book_d25_BTC-USD_2026-08-02', 25, { pricePrecision: 1, qtyPrecision: 8 }, 2052],
    ['book_d10_BTC-USD_2026-08-01_resubscribes', 10, { pricePrecision: 1, qtyPrecision: 8 }, 301],
    ['book_d25_XRP-USD_2026-08-02', 25, { pricePrecision: 5, qtyPrecision: 8 }, 1147],
  ])('every checksum of %s holds in both books, and none is crossed', (name, depth, grid, frames) => {
    const lines = gunzipSync(readFileSync(new URL(`${name}.ndjson.gz`, RECORDINGS)))
      .toString()
      .trim()
      .split('\n');
    const flat = new L2Book(name, grid, depth);
    const tree = new TreeBook(name, grid, depth);
    let verified = 0;
    for (const line of lines) {
      const frame = bookFrame((JSON.parse(line) as { raw: string }).raw);
      if (frame === undefined) continue;
      const changes = bookChanges(frame, grid);
      flat.apply(changes);
      tree.apply(changes);
      expect([flat.checksum(), tree.checksum()]).toEqual([frame.checksum, frame.checksum]);
      expect(flat.isCrossed()).toBe(false);
      verified += 1;
    }
    expect(verified).toBe(frames);
  });
});

/** A book frame with its numbers as they were written. */
function bookFrame(raw: string): (PlainBookChanges & { readonly checksum: number }) | undefined {
  if (!raw.includes('"channel":"book"') || !raw.includes('"checksum":')) return undefined;
  const [, bids = '', asks = ''] = /"bids":\[(.*?)\],"asks":\[(.*?)\]/.exec(raw) ?? [];
  const levels = (text: string): (readonly [string, string])[] =>
    Array.from(text.matchAll(/"price":([^,}]+),"qty":([^,}]+)/g), ([, price = '', qty = '']) => [price, qty] as const);
  const checksum = Number(/"checksum":(\d+)/.exec(raw)?.[1]);
  return { snapshot: raw.includes('"type":"snapshot"'), bids: levels(bids), asks: levels(asks), checksum };
}
