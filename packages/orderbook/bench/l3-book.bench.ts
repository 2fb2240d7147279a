/**
 * What every level3 frame costs after it is decoded. Hot: once per message of every symbol that is followed order by order,
 * and those are several times as many as book messages.
 *
 * Changes and the checksum after each message, against what a client writes who has Maps and `zlib.crc32`: a Map of prices,
 * in each a Map of orders, sorted and turned to text whenever a checksum is asked for. What playing the stream itself costs
 * is measured beside and taken off.
 */
import { crc32 } from 'node:zlib';
import type { Level3Change, Level3Changes } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { L3Book } from '../src/l3-book.ts';
import { level3Stream } from './l3-stream.ts';
import { GRID } from './stream.ts';

export const run: BenchRun = (options) => {
  const rows: BenchRow[] = [];
  for (const depth of [10, 100, 1000]) {
    const stream = level3Stream(1, depth, options.smoke ? 500 : 20_000);
    const changes = stream.slice(1).reduce((sum, { bids, asks }) => sum + bids.length + asks.length, 0);
    const book = new L3Book('BTC/USD', GRID, depth);
    const maps = new MapBook(depth);
    checkAlike(book, maps, stream);
    const play = (onMessage: (message: Level3Changes) => number) => () => {
      let sum = 0;
      for (const message of stream) sum += onMessage(message);
      return sum;
    };
    const gross = interleave(
      {
        stream: play(({ bids, asks }) => sizes(bids) + sizes(asks)),
        book: play((message) => book.apply(message)),
        verified: play((message) => {
          book.apply(message);
          return book.checksum();
        }),
        maps: play((message) => {
          maps.apply(message);
          return maps.checksum();
        }),
      },
      stream.length,
      options,
    );
    const net = (name: keyof typeof gross): number => gross[name] - gross.stream;
    const perMessage = changes / (stream.length - 1);
    rows.push(
      {
        name: `L3 changes, depth ${depth}`,
        median: net('book'),
        unit: 'ns/msg',
        against: undefined,
        ratio: undefined,
      },
      {
        name: `L3 changes and checksum, depth ${depth}`,
        median: net('verified'),
        unit: 'ns/msg',
        against: 'Maps sorted for each message, with zlib.crc32',
        ratio: net('verified') / net('maps'),
      },
      {
        name: `L3 changes a second, checksum after each message, depth ${depth}`,
        median: (perMessage * 1e9) / net('verified'),
        unit: 'changes/s',
        against: undefined,
        ratio: undefined,
      },
    );
  }
  return rows;
};

function sizes(changes: readonly Level3Change[]): number {
  let sum = 0;
  for (const { size, price, orderId, timestamp } of changes) sum += size + price + orderId.length + timestamp.length;
  return sum;
}

/** A comparison of two that do not do the same would say nothing. */
function checkAlike(book: L3Book, maps: MapBook, stream: readonly Level3Changes[]): void {
  for (const message of stream) {
    if (book.apply(message) > 0) throw new Error('The stream has changes that do not fit');
    maps.apply(message);
    if (book.checksum() !== maps.checksum()) throw new Error('The two books do not agree');
  }
}

interface MapOrder {
  readonly price: number;
  readonly size: number;
}

/** The book as it is written without thinking of speed; a Map keeps the order in which its keys came. */
class MapBook {
  readonly #depth: number;
  readonly #bids = new Map<number, Map<string, MapOrder>>();
  readonly #asks = new Map<number, Map<string, MapOrder>>();

  constructor(depth: number) {
    this.#depth = depth;
  }

  apply({ snapshot, bids, asks }: Level3Changes): void {
    for (const [side, sign, changes] of [[this.#bids, -1, bids] as const, [this.#asks, 1, asks] as const]) {
      if (snapshot) side.clear();
      for (const { event, orderId, price, size } of changes) {
        let level = side.get(price);
        if (event === 'delete') {
          level?.delete(orderId);
          if (level?.size === 0) side.delete(price);
        } else {
          if (level === undefined) side.set(price, (level = new Map()));
          level.set(orderId, { price, size });
        }
      }
      if (side.size > this.#depth) for (const price of sorted(side, sign).slice(this.#depth)) side.delete(price);
    }
  }

  checksum(): number {
    return crc32(text(this.#asks, 1) + text(this.#bids, -1));
  }
}

function sorted(side: ReadonlyMap<number, unknown>, sign: 1 | -1): number[] {
  return [...side.keys()].toSorted((a, b) => sign * (a - b));
}

function text(side: ReadonlyMap<number, ReadonlyMap<string, MapOrder>>, sign: 1 | -1): string {
  let all = '';
  for (const at of sorted(side, sign).slice(0, 10)) {
    for (const { price, size } of side.get(at)!.values()) all += String(price) + String(size);
  }
  return all;
}
