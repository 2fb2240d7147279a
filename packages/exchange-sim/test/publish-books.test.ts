import { existsSync, readFileSync } from 'node:fs';
import { countToDecimal } from '@kb/model';
import type { InstrumentSpec, Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PlainBook } from './plain-book.ts';
import { PlainV1Book } from './plain-v1-book.ts';
import { BTC, RandomMarket, START } from './random-market.ts';

const DEPTHS = [10, 25, 100, 500, 1000];
const XRP: InstrumentSpec = { symbol: 'XRP/USD', pricePrecision: 5, qtyPrecision: 8 };
/** More decimals than v1 asks for, and fewer. */
const PEPE: InstrumentSpec = { symbol: 'PEPE/USD', pricePrecision: 9, qtyPrecision: 0 };

describe('every book frame, of icebergs too', () => {
  test.each([
    { spec: BTC, levels: 15, steps: 1200 },
    { spec: BTC, levels: 60, steps: 600 },
    { spec: XRP, levels: 400, steps: 500 },
    { spec: PEPE, levels: 40, steps: 500 },
  ])('holds its checksum and gives the true book in both protocols ($spec.symbol, $levels prices)', (given) => {
    const market = new RandomMarket(given.levels, given.spec);
    for (let step = 0; step < 300; step += 1) market.step(given.levels);
    const followers = DEPTHS.map((depth) => ({
      depth,
      book: new PlainBook(depth),
      v1Book: new PlainV1Book(depth),
      listener: market.join({ protocol: 'v2', channel: 'book', depth }),
      v1Listener: market.join({ protocol: 'v1', channel: 'book', depth, channelId: depth + 326 }),
    }));
    let read = 0;
    let republished = 0;
    for (let step = 0; step < given.steps; step += 1) {
      market.step(given.levels);
      for (const { depth, book, v1Book, listener, v1Listener } of followers) {
        for (const frame of listener.take()) {
          expect(book.apply(frame)).toBe('');
          read += 1;
        }
        for (const frame of v1Listener.take()) {
          expect(v1Book.apply(frame)).toBe('');
          read += 1;
          if (frame.includes('"r"]')) republished += 1;
        }
        const truth = truthOf(market, depth);
        const { pricePrecision, qtyPrecision } = market.instrument;
        expect([book.bids, book.asks].map((side) => side.map(({ price, size }) => `${price} ${size}`))).toEqual(
          truth.map((side) =>
            side.map(
              ([price, size]) => `${countToDecimal(price, pricePrecision)} ${countToDecimal(size, qtyPrecision)}`,
            ),
          ),
        );
        expect([v1Book.bids, v1Book.asks].map((side) => side.map(({ price, size }) => `${price} ${size}`))).toEqual(
          truth.map((side) =>
            side.map(([price, size]) => `${padded(price, pricePrecision, 5)} ${padded(size, qtyPrecision, 8)}`),
          ),
        );
      }
    }
    expect(read).toBeGreaterThan(5 * given.steps);
    expect(republished).toBeGreaterThan(20);
  });
});

describe('the times of v1 levels', () => {
  test('are those of their latest change, also when a level is said again because it enters the view', () => {
    const market = new RandomMarket(4);
    const times = new Map<string, string>();
    const all = market.join({ protocol: 'v1', channel: 'book', depth: 1000 });
    const ten = market.join({ protocol: 'v1', channel: 'book', depth: 10 });
    let republished = 0;
    for (let step = 0; step < 800; step += 1) {
      market.step(25);
      for (const [price, time] of rowsOf(all.take())) times.set(price, time);
      // A level that entered the view may have changed after that in the same instant: the last word counts.
      const last = new Map(rowsOf(ten.take()).map((row) => [row[0], row]));
      for (const [price, time, mark] of last.values()) {
        expect(time).toBe(times.get(price));
        if (mark === 'r') republished += 1;
      }
    }
    expect(republished).toBeGreaterThan(50);
    const late = market.join({ protocol: 'v1', channel: 'book', depth: 1000 });
    const snapshot = rowsOf(late.take());
    expect(snapshot.length).toBeGreaterThan(20);
    expect(snapshot.map(([, time]) => time)).toEqual(snapshot.map(([price]) => times.get(price)));
  });
});

describe('the times of changes in v1', () => {
  test('rise from change to change, also within a message: clients skip a change that is not later than what they have', () => {
    const market = new RandomMarket(5);
    const listener = market.join({ protocol: 'v1', channel: 'book', depth: 10 }, false);
    const latest = new Map<string, number>();
    const late: string[] = [];
    let repeated = 0;
    for (let step = 0; step < 800; step += 1) {
      market.step(10);
      const [frame = ''] = listener.take();
      for (const side of frame.split('"b":')) {
        const told = new Set<string>();
        for (const [price, text, mark] of rowsOf([side])) {
          const time = Number(text.replace('.', ''));
          const level = `${side.includes('"a":') ? 'a' : 'b'} ${price}`;
          if (mark === undefined && time <= (latest.get(level) ?? 0)) late.push(`${level} ${text}`);
          latest.set(level, time);
          if (told.has(level)) repeated += 1;
          told.add(level);
        }
      }
    }
    expect(late).toEqual([]);
    expect(repeated).toBeGreaterThan(50);
  });

  test('rise also from message to message of one instant', () => {
    const market = new RandomMarket(6);
    const listener = market.join({ protocol: 'v1', channel: 'book', depth: 10 }, false);
    for (const size of [5, 6, 7]) {
      market.limit('buy', 100, size);
      market.limit('buy', 100, size);
      market.publish(0);
    }
    const microseconds = rowsOf(listener.take()).map(([, time]) => Number(time.replace('.', '')) - START);
    expect(microseconds).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('the official checksum examples', () => {
  const VECTORS = new URL('../../../../shared/data/kraken-v2/checksum_vectors_from_docs.json', import.meta.url);

  test('version 2: 3310070434', () => {
    const frame = bookOf(BTC, ASKS_V2, BIDS_V2).join({ protocol: 'v2', channel: 'book' }).take();
    expect(frame[0]).toContain('"checksum":3310070434,');
  });

  test.skipIf(!existsSync(VECTORS))(
    'version 2, from the file of vectors (skipped where ../shared/data is absent)',
    () => {
      const { l2 } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
        l2: { checksum: number; asks: [string, string][]; bids: [string, string][] };
      };
      const [frame] = bookOf(BTC, l2.asks, l2.bids).join({ protocol: 'v2', channel: 'book' }).take();
      expect(frame).toContain(`"checksum":${l2.checksum},`);
    },
  );

  test('version 1: 974947235', () => {
    const spec: InstrumentSpec = { symbol: 'BTC/USD', pricePrecision: 5, qtyPrecision: 8 };
    const asks = Array.from({ length: 10 }, (_, step) => [`0.${5005 + 5 * step}`.replace('0.', '0.0'), '0.00000500']);
    const bids = ['5000', '4995', '4990', '4980', '4975', '4970', '4965', '4960', '4955', '4950'];
    const market = bookOf(
      spec,
      asks as [string, string][],
      bids.map((digits) => [`0.0${digits}`, '0.00000500']),
    );
    const listener = market.join({ protocol: 'v1', channel: 'book', depth: 25 }, false);
    // Beyond the tenth level, so that the ten of the example stay.
    market.limit('buy', 1, 500);
    market.publish();
    expect(listener.take().join('')).toContain('"c":"974947235"}');
  });

  function bookOf(
    spec: InstrumentSpec,
    asks: readonly (readonly [string, string])[],
    bids: readonly (readonly [string, string])[],
  ): RandomMarket {
    const market = new RandomMarket(1, spec);
    for (const [price, size] of asks) market.limit('sell', count(price), count(size));
    for (const [price, size] of bids) market.limit('buy', count(price), count(size));
    market.publish();
    return market;
  }

  function count(text: string): number {
    return Number(text.replace('.', ''));
  }
});

/** From Kraken's guide to the book checksum. */
const ASKS_V2: readonly (readonly [string, string])[] = [
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
];
const BIDS_V2: readonly (readonly [string, string])[] = [
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
];

/** Price, time and mark of all levels in v1 frames. */
function rowsOf(frames: readonly string[]): [string, string, string | undefined][] {
  return [...frames.join('').matchAll(/\["([\d.]+)","[\d.]+","(\d+\.\d{6})"(?:,"(\w)")?\]/g)].map(
    ([, price = '', time = '', mark]) => [price, time, mark],
  );
}

function padded(count: number, precision: number, decimals: number): string {
  const text = countToDecimal(count, precision);
  if (precision >= decimals) return text;
  return `${text}${precision === 0 ? '.' : ''}${'0'.repeat(decimals - precision)}`;
}

/** The best levels as the matcher itself has them. */
function truthOf({ matcher }: RandomMarket, depth: number): [number, number][][] {
  return (['buy', 'sell'] satisfies Side[]).map((side) => {
    const levels: [number, number][] = [];
    matcher.walk(side, (price, total) => {
      levels.push([price, total]);
      return levels.length < depth;
    });
    return levels;
  });
}
