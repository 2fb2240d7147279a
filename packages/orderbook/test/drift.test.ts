import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import { checksumOf, L2Book } from '../src/index.ts';
import { GRID, levelsOf, message, PlainBook } from './plain-book.ts';
import type { PlainMessage } from './plain-book.ts';

test.each([10, 100, 1000])(
  'at depth %i a full book equals the model while its price drifts far away and back',
  (depth) => {
    const random = new KeyedRandom(7, `drift-${depth}`);
    let draws = 0;
    const draw = (below: number): number => Math.floor(random.at((draws += 1)) * below);
    const size = (): number => 1 + draw(1e9);
    const model = new PlainBook(depth);
    const book = new L2Book('BTC/USD', GRID, depth);
    const send = (plain: PlainMessage): void => {
      model.apply(plain);
      book.apply(message(plain));
    };
    const levels = (first: number, step: number): [number, number][] =>
      Array.from({ length: depth }, (_, index) => [first + step * index, size()]);
    send({ snapshot: true, bids: levels(999_999, -1), asks: levels(1_000_001, 1) });
    for (let turn = 0; turn < 900; turn += 1) {
      const bids = model.levels('buy');
      const asks = model.levels('sell');
      // One step: the best level of one side goes, one comes into view behind it, the other side follows.
      if (turn % 600 < 300) {
        send({
          snapshot: false,
          asks: [gone(asks[0]!), [asks.at(-1)![0] + 1, size()]],
          bids: [[bids[0]![0] + 1, size()]],
        });
      } else {
        send({
          snapshot: false,
          bids: [gone(bids[0]!), [bids.at(-1)![0] - 1, size()]],
          asks: [[asks[0]![0] - 1, size()]],
        });
      }
      send({ snapshot: false, bids: [], asks: [[model.levels('sell')[draw(depth)]![0], size()]] });
      expect(book.checksum()).toBe(checksumOf(book));
      expect(levelsOf(book, 'buy')[turn % depth]).toEqual(model.levels('buy')[turn % depth]);
    }
    expect(levelsOf(book, 'buy')).toEqual(model.levels('buy'));
    expect(levelsOf(book, 'sell')).toEqual(model.levels('sell'));
    expect(book.unknownRemovals).toBe(model.unknownRemovals);
  },
);

function gone([price]: readonly [number, number]): readonly [number, number] {
  return [price, 0];
}

test('a full book allocates nothing outside the heap, however far its price drifts', () => {
  const depth = 1000;
  const book = new L2Book('BTC/USD', GRID, depth);
  const asks = Array.from({ length: depth }, (_, index): [number, number] => [1_000_001 + index, 5]);
  const bids = Array.from({ length: depth }, (_, index): [number, number] => [1_000_000 - index, 5]);
  book.apply(message({ snapshot: true, bids, asks }));
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  for (let best = 1_000_001; best < 1_040_000; best += 1) {
    const plain: PlainMessage = {
      snapshot: false,
      bids: [[best, 5]],
      asks: [
        [best, 0],
        [best + depth, 5],
      ],
    };
    book.apply(message(plain));
    if (best % 100 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  expect([book.levels('buy'), book.levels('sell'), book.bestBid()]).toEqual([depth, depth, 1_039_999]);
  expect(most - before).toBeLessThan(100_000);
});
