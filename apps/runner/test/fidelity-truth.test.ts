import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { BookSide, OrderRow } from '../src/fidelity/order-row.ts';
import { LOTS_PER_SHARE, readLobster } from '../src/fidelity/source/lobster.ts';
import { TrueBook } from '../src/fidelity/truth/true-book.ts';
import { TruePhantoms } from '../src/fidelity/truth/true-phantoms.ts';
import { temporaryFolder } from './kb.ts';

/** A market of rows. */
class Scene {
  readonly book = new TrueBook();
  readonly phantoms = new TruePhantoms(this.book);
  #time = 0;

  row(kind: OrderRow['kind'], id: number, side: BookSide, price: number, size: number): void {
    this.#time += 1;
    const row = { time: this.#time, kind, id, side, price, size };
    this.phantoms.before(row);
    this.book.apply(row);
  }
}

describe('the look-ahead truth', () => {
  test('a phantom fills with the first execution of an order behind it', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    const phantom = scene.phantoms.place('buy', 100, 1);
    scene.row('add', 2, 'buy', 100, 5);
    scene.row('trade', 1, 'buy', 100, 5);
    expect(phantom.filledAt).toBeNaN();
    expect(scene.phantoms.ahead(phantom)).toBe(0);
    scene.row('trade', 2, 'buy', 100, 1);
    expect(phantom.filledAt).toBe(4);
    expect(phantom.left).toBe(0);
  });

  test('an order ahead that is cancelled moves it up, one behind does not', () => {
    const scene = new Scene();
    scene.row('add', 1, 'sell', 101, 5);
    scene.row('add', 2, 'sell', 101, 3);
    const phantom = scene.phantoms.place('sell', 101, 1);
    scene.row('add', 3, 'sell', 101, 4);
    expect(scene.phantoms.ahead(phantom)).toBe(8);
    scene.row('delete', 3, 'sell', 101, 4);
    expect(scene.phantoms.ahead(phantom)).toBe(8);
    scene.row('reduce', 1, 'sell', 101, 2);
    scene.row('delete', 2, 'sell', 101, 3);
    expect(scene.phantoms.ahead(phantom)).toBe(3);
    expect(scene.book.total('sell', 101)).toBe(3);
  });

  test('a larger one is filled by all that went to orders behind it, until its size is reached', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    const phantom = scene.phantoms.place('buy', 100, 7);
    scene.row('add', 2, 'buy', 100, 4);
    scene.row('add', 3, 'buy', 99, 9);
    scene.row('trade', 1, 'buy', 100, 5);
    scene.row('trade', 2, 'buy', 100, 4);
    expect(phantom.left).toBe(3);
    scene.row('trade', 3, 'buy', 99, 2); // at a worse price
    expect(phantom.left).toBe(1);
    scene.row('trade', 3, 'buy', 99, 2);
    expect(phantom.left).toBe(0);
    expect(phantom.filledAt).toBe(5);
  });

  test('what arrives on the other side at its price would have met it', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    scene.row('add', 2, 'sell', 105, 5);
    const inside = scene.phantoms.place('buy', 101, 1);
    scene.row('add', 3, 'sell', 102, 1);
    expect(inside.filledAt).toBeNaN();
    scene.row('add', 4, 'sell', 101, 1);
    expect(inside.filledAt).toBe(4);
  });

  test('hidden executions are no fills, but counted', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    const phantom = scene.phantoms.place('buy', 100, 1);
    scene.row('hidden', 9, 'buy', 99.5, 5);
    scene.row('hidden', 9, 'buy', 100.5, 5);
    expect(phantom.filledAt).toBeNaN();
    expect(phantom.hidden).toBe(1);
    expect(scene.book.total('buy', 100)).toBe(5);
  });

  test('an execution of an order from before the recording was ahead of everybody', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    const phantom = scene.phantoms.place('buy', 100, 1);
    scene.row('trade', 77, 'buy', 100, 5);
    expect(phantom.filledAt).toBeNaN();
  });

  test('a delete takes all that is left of an order, whatever size it tells', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    scene.row('delete', 1, 'buy', 100, 2);
    expect([scene.book.total('buy', 100), scene.book.best('buy')]).toEqual([0, undefined]);
  });

  test('executions that pass over the first of their queue are counted', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    scene.row('add', 2, 'buy', 100, 5);
    scene.row('trade', 1, 'buy', 100, 2);
    scene.row('trade', 2, 'buy', 100, 5);
    scene.row('trade', 77, 'buy', 100, 5); // unknown
    scene.row('trade', 1, 'buy', 100, 3);
    expect([scene.book.executions, scene.book.outOfTurn]).toEqual([3, 1]);
  });

  test('a cancelled phantom fills no more', () => {
    const scene = new Scene();
    scene.row('add', 1, 'buy', 100, 5);
    const phantom = scene.phantoms.place('buy', 101, 1);
    scene.phantoms.cancel(phantom);
    scene.row('trade', 1, 'buy', 100, 5);
    expect(phantom.filledAt).toBeNaN();
  });

  test('the book knows its best prices, its middle and what taking costs', () => {
    const { book } = new Scene();
    expect(book.mid()).toBeUndefined();
    for (const [id, side, price, size] of [
      [1, 'buy', 98, 1],
      [2, 'buy', 99, 1],
      [3, 'sell', 103, 2],
      [4, 'sell', 102, 1],
    ] as const) {
      book.apply({ time: id, kind: 'add', id, side, price, size });
    }
    expect([book.best('buy'), book.best('sell'), book.mid()]).toEqual([99, 102, 100.5]);
    expect(book.averagePrice('sell', 3)).toBeCloseTo((102 + 206) / 3, 12);
    expect(book.averagePrice('sell', 4)).toBeUndefined();
    book.apply({ time: 5, kind: 'delete', id: 2, side: 'buy', price: 99, size: 1 });
    expect(book.best('buy')).toBe(98);
  });
});

test('a LOBSTER file is read as facts of orders; what is off the cent grid is hidden, what is no order’s left out', async () => {
  const file = join(temporaryFolder(), 'messages.csv.gz');
  const lines = [
    '34200.000000137,1,11,100,5853300,1',
    '34200.5,2,11,40,5853300,1',
    '34201,4,11,10,5853300,1',
    '34202,3,11,50,5853300,1',
    '34203,5,0,7,5853400,-1',
    '34204,4,12,7,5853350,-1',
    '34204.5,1,13,7,5853350,-1',
    '34205,7,0,0,-1,-1',
  ];
  writeFileSync(file, gzipSync(lines.join('\n')));
  const rows: OrderRow[] = [];
  for await (const row of readLobster(file)) rows.push(row);
  const order = { id: 11, price: 58_533, side: 'buy' };
  expect(rows).toEqual([
    { ...order, time: 34_200e6, kind: 'add', size: 100 * LOTS_PER_SHARE },
    { ...order, time: 34_200.5e6, kind: 'reduce', size: 40 * LOTS_PER_SHARE },
    { ...order, time: 34_201e6, kind: 'trade', size: 10 * LOTS_PER_SHARE },
    { ...order, time: 34_202e6, kind: 'delete', size: 50 * LOTS_PER_SHARE },
    { time: 34_203e6, kind: 'hidden', id: 0, size: 7 * LOTS_PER_SHARE, price: 58_534, side: 'sell' },
    { time: 34_204e6, kind: 'hidden', id: 12, size: 7 * LOTS_PER_SHARE, price: 58_533.5, side: 'sell' },
  ]);
});

test('the truth shares no code with what it judges', async () => {
  const { readdirSync, readFileSync } = await import('node:fs');
  const folder = new URL('../src/fidelity/truth/', import.meta.url);
  for (const name of readdirSync(folder)) {
    const imports = readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g);
    for (const [, from] of imports) expect(from).toMatch(/^(\.\/true-|\.\.\/order-row\.ts)/);
  }
});
