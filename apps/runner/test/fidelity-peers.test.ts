import { lots, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { powerThree } from '../src/fidelity/peers/hftbacktest-queue.ts';
import { queuePosition } from '../src/fidelity/peers/nautilus-queue.ts';
import { PeerDesk } from '../src/fidelity/peers/peer-desk.ts';
import { PublicStream } from '../src/fidelity/stream/public-stream.ts';
import type { BookMessage, Print } from '../src/fidelity/stream/public-stream.ts';

const GRID = { pricePrecision: 1, qtyPrecision: 0 };

describe('hftbacktest’s power function 3, n = 3', () => {
  test.each([
    { before: 10, after: 8, ahead: 6, wanted: 5.568 },
    { before: 10, after: 7, ahead: 9.5, wanted: 6.927875 },
  ])('a level that falls from $before to $after leaves $wanted of $ahead', ({ before, after, ahead, wanted }) => {
    const queue = { ahead, printed: 0 };
    powerThree.depth(queue, before, after);
    expect(queue.ahead).toBeCloseTo(wanted, 12);
  });

  test('takes a print off the decrease that follows it', () => {
    const queue = { ahead: 6, printed: 0 };
    expect(powerThree.print(queue, 2)).toBe(0);
    powerThree.depth(queue, 10, 8);
    expect(queue).toEqual({ ahead: 4, printed: 0 });
  });

  test('counts a decrease twice when its print comes after it, as the original does', () => {
    const queue = { ahead: 6, printed: 0 };
    powerThree.depth(queue, 10, 8);
    powerThree.print(queue, 2);
    expect(queue.ahead).toBeCloseTo(3.568, 12);
  });
});

test('Nautilus’s queue position: prints take from the front, and no more is ahead than displayed', () => {
  const queue = { ahead: 6, printed: 0 };
  queuePosition.depth(queue, 10, 8);
  expect(queue.ahead).toBe(6);
  queuePosition.depth(queue, 8, 5);
  expect(queue.ahead).toBe(5);
  expect(queuePosition.print(queue, 3)).toBe(0);
  expect(queuePosition.print(queue, 3)).toBe(1);
  expect(queue.ahead).toBe(0);
});

describe('peers on one stream', () => {
  function scene(): { stream: PublicStream; desk: PeerDesk; fills: Map<string, number> } {
    const fills = new Map<string, number>();
    const desk: PeerDesk = new PeerDesk((_order, column, at) => void fills.set(desk.columns[column] ?? '', at));
    const stream = new PublicStream(0, 'BTC/USD', GRID, [desk]);
    desk.watch(stream);
    stream.level(1, 'buy', 100, 5);
    stream.level(1, 'sell', 102, 5);
    desk.place({ number: 1, side: 'buy', price: ticks(100), size: lots(1) }, 2);
    return { stream, desk, fills };
  }

  test('a print at the price fills touch, one beyond it all but book-cross, the other side’s arrival everybody', () => {
    const { stream, fills } = scene();
    const trade = { kind: 'trade', id: 1, side: 'buy', size: 1 } as const;
    stream.print({ ...trade, time: 3, price: 100 });
    expect([...fills]).toEqual([['touch', 3]]);
    stream.print({ ...trade, time: 4, price: 99 });
    expect([...fills.keys()].toSorted()).toEqual([
      'hftbacktest power3',
      'nautilus queue option',
      'strict-through (hummingbot)',
      'touch',
    ]);
    stream.level(5, 'sell', 100, 1);
    expect(fills.get('book-cross (freqtrade, kraken-cli)')).toBe(5);
    expect(fills.get('touch')).toBe(3);
  });

  test('a print beyond the price fills all by most rules, and by Nautilus’s as much as was printed', () => {
    const filled = new Map<string, number>();
    const desk: PeerDesk = new PeerDesk((_order, column, _at, size) => {
      const name = desk.columns[column] ?? '';
      filled.set(name, (filled.get(name) ?? 0) + size);
    });
    const stream = new PublicStream(0, 'BTC/USD', GRID, [desk]);
    desk.watch(stream);
    stream.level(1, 'sell', 100, 5);
    desk.place({ number: 1, side: 'sell', price: ticks(100), size: lots(5) }, 2);
    stream.print({ time: 3, kind: 'trade', id: 1, side: 'sell', size: 2, price: 101 });
    expect(Object.fromEntries(filled)).toEqual({
      'strict-through (hummingbot)': 5,
      touch: 5,
      'nautilus queue option': 2,
      'hftbacktest power3': 5,
    });
    stream.level(4, 'buy', 100, 1);
    expect(filled.get('nautilus queue option')).toBe(5);
    expect(filled.get('book-cross (freqtrade, kraken-cli)')).toBe(5);
  });

  test('queues are known of rules that keep one, and a cancelled order fills no more', () => {
    const { stream, desk, fills } = scene();
    const order = { number: 1, side: 'buy', price: ticks(100), size: lots(1) } as const;
    expect([0, 1, 2, 3, 4].map((column) => desk.ahead(order, column))).toEqual([undefined, undefined, undefined, 5, 5]);
    desk.cancel(order);
    stream.level(5, 'sell', 100, 1);
    expect(fills.size).toBe(0);
  });
});

test('a window merges changes of levels and tells the last size at its end; prints come at once', () => {
  const heard: string[] = [];
  const listener = {
    book: ({ time, changes }: BookMessage): void => {
      const bids = changes.bidPrices.map((price, index) => `${price}:${changes.bidSizes[index]}`);
      heard.push(`${time} ${changes.snapshot ? 'snapshot ' : ''}${bids.join(' ')}`);
    },
    print: ({ time, size }: Print): void => void heard.push(`${time} print ${size}`),
  };
  const stream = new PublicStream(100, 'BTC/USD', GRID, [listener]);
  stream.level(10, 'buy', 50, 5);
  stream.level(20, 'buy', 50, 4);
  stream.print({ time: 30, kind: 'trade', id: 1, side: 'buy', price: 50, size: 1 });
  stream.level(30, 'buy', 50, 3);
  stream.advance(99);
  expect(heard).toEqual(['30 print 1']);
  stream.advance(100);
  expect(heard).toEqual(['30 print 1', '100 snapshot 50:3']);
  stream.level(150, 'buy', 50, 9);
  stream.level(160, 'buy', 50, 3);
  stream.advance(500); // nothing is different at the end of the window
  stream.level(510, 'buy', 50, 0);
  stream.level(520, 'buy', 49, 1);
  stream.advance(700);
  expect(heard.slice(2)).toEqual(['600 50:0 49:1']);
});
