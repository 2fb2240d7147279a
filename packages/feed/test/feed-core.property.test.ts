import { micros } from '@kb/model';
import type { BookView } from '@kb/model';
import fc from 'fast-check';
import { test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import { Pair, START } from './venue.ts';

const SYMBOL = 'BTC/USD';

/** What happens to the venue's next frame on its way to us. */
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('arrives' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('twice' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('damaged' as const),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      byte: fc.integer({ min: 0, max: 255 }),
    }),
  },
);

const change = fc.tuple(fc.constantFrom('bids', 'asks'), fc.nat(14), fc.nat(500));
const step = fc.record({ change, fate, snapshot: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0) });

function levelsOf(book: BookView): string {
  const side = (name: 'buy' | 'sell'): string =>
    Array.from(
      { length: book.levels(name) },
      (_, index) => `${book.priceAt(name, index)}x${book.sizeAt(name, index)}`,
    ).join();
  return `${side('buy')} | ${side('sell')}`;
}

/** The venue's true book after a frame, as a second, undisturbed core sees it. */
function truth(frames: readonly string[]): string[] {
  const core = new FeedCore({ symbols: [SYMBOL], depth: 10 });
  return frames.map((text) => {
    core.handle({ type: 'frame', recvTs: START, frame: Buffer.from(text) });
    const book = core.market.book(SYMBOL);
    return book === undefined ? '' : levelsOf(book);
  });
}

test('whatever happens to frames on their way, nothing escapes and a live book is one that the venue had', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const pair = new Pair(SYMBOL);
      const texts = [pair.snapshot()];
      for (const {
        change: [side, offset, size],
        snapshot,
      } of steps) {
        const level = [side === 'bids' ? 1000 - offset : 1001 + offset, size] as const;
        const update = pair.update({ [side]: [level] });
        texts.push(snapshot ? pair.snapshot() : update);
      }
      const states = new Set(truth(texts));
      let resyncs = 0;
      const core = new FeedCore({ symbols: [SYMBOL], depth: 10, onResync: () => (resyncs += 1) });
      const handle = (frame: Uint8Array): void => core.handle({ type: 'frame', recvTs: micros(START), frame });
      for (const [index, text] of texts.entries()) {
        const fateOf = index === 0 ? { kind: 'arrives' as const } : steps[index - 1]!.fate;
        const bytes = Buffer.from(text);
        switch (fateOf.kind) {
          case 'arrives':
            handle(bytes);
            break;
          case 'twice':
            handle(bytes);
            handle(bytes);
            break;
          case 'cut':
            handle(bytes.subarray(0, Math.floor(fateOf.at * bytes.length)));
            break;
          case 'damaged':
            bytes[Math.floor(fateOf.at * bytes.length)] = fateOf.byte;
            handle(bytes);
            break;
          case 'lost':
            break;
        }
        const book = core.market.book(SYMBOL);
        if (book !== undefined && !states.has(levelsOf(book))) return false;
      }
      const { snapshots, updates, checksumOk, checksumFailed } = core.statsOf(SYMBOL);
      return (
        snapshots + updates === checksumOk + checksumFailed &&
        (resyncs === 0) === (core.malformed + checksumFailed === 0)
      );
    }),
    { numRuns: 300, seed: 20_260_802 },
  );
});
