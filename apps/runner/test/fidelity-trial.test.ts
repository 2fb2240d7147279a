import { instrument, lots } from '@kb/model';
import { expect, test } from 'vitest';
import type { OrderRow } from '../src/fidelity/order-row.ts';
import type { OutcomeTable } from '../src/fidelity/measure/outcome-table.ts';
import { PublicStream } from '../src/fidelity/stream/public-stream.ts';
import { Audience } from '../src/fidelity/trial/audience.ts';
import { MidHistory } from '../src/fidelity/trial/mid-history.ts';
import { PhantomTrial } from '../src/fidelity/trial/phantom-trial.ts';
import { QuotePlan } from '../src/fidelity/trial/quote-plan.ts';
import { QuotedMarket } from '../src/fidelity/trial/quoted-market.ts';
import { TakerProbes } from '../src/fidelity/trial/taker-probes.ts';

const SECOND = 1_000_000;
const PAIR = instrument({ symbol: 'X/USD', pricePrecision: 0, qtyPrecision: 0 });

/** A market of a few orders, with phantoms from the first second on. Times in seconds. */
function trialOf(
  rows: readonly (readonly [number, OrderRow['kind'], number, OrderRow['side'], number, number])[],
): PhantomTrial {
  const options = { pair: PAIR, windows: [0, 50_000], seed: 1, perSecond: 5, from: SECOND, start: 0 };
  const trial = new PhantomTrial(options);
  for (const [seconds, kind, id, side, price, size] of rows) {
    trial.row({ time: seconds * SECOND, kind, id, side, price, size });
  }
  return trial;
}

interface Row {
  readonly block: number;
  readonly life: number;
  readonly distance: number;
  readonly ahead: number;
  readonly rate: number;
  readonly volatility: number;
  readonly fill: number;
  readonly mark: number;
}

function rowsOf(table: OutcomeTable): readonly Row[] {
  return Array.from({ length: table.length }, (_, row) => {
    const { fill, marks } = table.truth.at(row);
    return { ...table.contextAt(row), fill, mark: marks[0] ?? Number.NaN };
  });
}

test('phantoms know the queue, the market’s haste and how the mid moved, and are marked from just before their fill', () => {
  const { table } = trialOf([
    [0, 'add', 1, 'buy', 100, 10],
    [0, 'add', 2, 'sell', 102, 10],
    [0, 'add', 3, 'buy', 90, 7],
    [0, 'add', 4, 'sell', 110, 7],
    [20, 'reduce', 1, 'buy', 100, 5],
    [20, 'reduce', 2, 'sell', 102, 5],
    // What comes to the other side meets the waiting: the mid goes from 101 to 95.
    [50, 'delete', 1, 'buy', 100, 5],
    [50, 'add', 5, 'sell', 100, 1],
    // From 95 to 106.
    [80, 'delete', 5, 'sell', 100, 1],
    [80, 'delete', 2, 'sell', 102, 5],
    [80, 'add', 6, 'buy', 102, 1],
    [800, 'add', 7, 'buy', 80, 1],
  ]);
  const all = rowsOf(table);
  const early = all.filter(({ distance, ahead }) => distance === 0 && ahead === 10);
  expect(early.length).toBeGreaterThan(20);
  expect(early.every(({ volatility, block }) => volatility === 0 && block === 0)).toBe(true);
  // Four rows at once, of which the memory is ten seconds.
  expect(early[0]?.rate).toBeGreaterThan(0.3);
  expect(early[0]?.rate).toBeLessThan(0.4);
  const marks = new Set(all.map(({ mark }) => mark).filter((mark) => !Number.isNaN(mark)));
  // A buy at 100 or 101 loses 6; a sale loses 11 at 80 s, or what stood inside at 101 when 100 came.
  expect([...marks].every((mark) => mark < 0)).toBe(true);
  expect([marks.has(-6), marks.has(-11)]).toEqual([true, true]);
  // The last word of each instant counts: 6 at 50 s, 11 at 80 s, both for a minute.
  const moved = new Set(all.map(({ volatility }) => volatility.toFixed(2)));
  expect(moved).toEqual(new Set(['0.00', '6.00', '12.53', '11.00']));
  expect(Math.max(...all.map(({ block }) => block))).toBeGreaterThanOrEqual(1);
  expect(new Set(all.map(({ life }) => life))).toEqual(new Set([30, 300]));
});

test('an estimate of a place is off by lots over what is displayed, and orders count as filled up to their cancel', () => {
  const { table } = trialOf([
    [0, 'add', 1, 'buy', 100, 10],
    [0, 'add', 2, 'sell', 102, 10],
    [2, 'reduce', 1, 'buy', 100, 5],
    [2, 'reduce', 2, 'sell', 102, 5],
    [3, 'add', 3, 'buy', 90, 1],
    [40, 'add', 4, 'sell', 110, 1],
    [800, 'add', 5, 'buy', 80, 1],
  ]);
  const errors = (name: string): ReadonlySet<number> => {
    const estimate = table.estimates.find((each) => each.name === name && each.window === 0);
    const rows = rowsOf(table).flatMap(({ distance, ahead }, row) => (distance === 0 && ahead === 10 ? [row] : []));
    const found = rows.map((row) => estimate?.outcomes.queue[1]?.at(row) ?? Number.NaN);
    return new Set(found.filter((error) => !Number.isNaN(error)));
  };
  // After the cancel of half of the ten, five are ahead; who goes by prints alone believes in ten, of five displayed.
  expect(errors('trade-only')).toEqual(new Set([1]));
  expect(errors('exact')).toEqual(new Set([0]));
  expect(errors('book-cross (freqtrade, kraken-cli)').size).toBe(0);
  expect(rowsOf(table).every(({ fill }) => Number.isNaN(fill))).toBe(true);
});

test('the mid before a time is that of the last change before it, and its way is the root of summed squares', () => {
  const mids = new MidHistory(100);
  mids.add(10, 5);
  mids.add(20, 8);
  mids.add(20, 9); // the last word of an instant
  mids.add(30, 9);
  mids.add(40, 6);
  expect([10, 11, 20, 21, 40, 41].map((time) => mids.before(time))).toEqual([Number.NaN, 5, 5, 9, 9, 6]);
  expect([10, 20, 21, 40, 41].map((since) => mids.moved(since))).toEqual([5, 5, 3, 3, 0]);
  mids.add(200, 7);
  expect(mids.before(150)).toBe(6); // the last change before the span stays
});

test('a print is told before the decrease that it causes, to everybody in one turn', () => {
  const heard: string[] = [];
  const others = [{ book: () => void heard.push('book'), print: () => void heard.push('print') }];
  const audience = new Audience({ pair: PAIR, window: 0, orders: true, apart: true, onFill: () => undefined, others });
  audience.row({ time: 1, kind: 'add', id: 1, side: 'buy', price: 100, size: 5 }, 5);
  audience.row({ time: 2, kind: 'trade', id: 1, side: 'buy', price: 100, size: 2 }, 3);
  audience.row({ time: 3, kind: 'reduce', id: 1, side: 'buy', price: 100, size: 1 }, 2);
  expect(heard).toEqual(['book', 'print', 'book', 'book']);
  expect(audience.columns.map(({ name }) => name).slice(0, 2)).toEqual(['exact', 'central']);
});

test('a taker’s error is against the taker, and one who was not filled whole is counted apart', () => {
  const probes = new TakerProbes(PAIR, 100_000);
  const stream = new PublicStream(100_000, 'X/USD', PAIR, [probes]);
  stream.level(1, 'buy', 100, 10);
  stream.level(1, 'sell', 102, 10);
  stream.advance(100_000);
  // Best prices have moved to 99 and 101 since, which the merged book does not tell yet.
  stream.level(110_000, 'buy', 100, 0);
  stream.level(110_000, 'buy', 99, 10);
  stream.level(110_000, 'sell', 101, 10);
  probes.send(stream, 'buy', 5, 101, 120_000);
  probes.send(stream, 'sell', 5, 99, 120_000);
  probes.send(stream, 'buy', 50, 101, 120_000);
  stream.advance(200_000);
  expect(probes.errors.map((error) => error.toFixed(3))).toEqual([
    ((102 / 101 - 1) * 1e4).toFixed(3),
    ((1 - 100 / 99) * 1e4).toFixed(3),
  ]);
  expect(probes.unfilled).toBe(0); // it may yet be
  stream.level(1_500_000, 'buy', 98, 1);
  stream.advance(1_600_000);
  expect(probes.unfilled).toBe(1);
});

test('a round has a quote on either side, of a share of what trades, but none that adds to five held', () => {
  const plan = new QuotePlan(1, 0.1);
  const sides = (held: number): readonly string[] => plan.quotes(100, 101, 10, held).map(({ side }) => side);
  expect(plan.quotes(100, 101, 10, 0)).toEqual([
    { side: 'buy', price: 100, size: lots(30) },
    { side: 'sell', price: 101, size: lots(30) },
  ]);
  expect([sides(149), sides(150), sides(-149), sides(-150)]).toEqual([
    ['buy', 'sell'],
    ['sell'],
    ['buy', 'sell'],
    ['buy'],
  ]);
  expect(Math.floor(plan.nextAt / (30 * SECOND))).toBe(5);
});

test('quotes live to the next round, and what they hold is bounded', () => {
  const market = new QuotedMarket({
    kind: 'light',
    seed: 1,
    share: 0.05,
    windows: [0],
    orders: false,
    isReal: false,
    followed: 'central',
    blockSeconds: 300,
  });
  market.run(2_400 * SECOND);
  const rows = rowsOf(market.table);
  expect(rows.length).toBeGreaterThan(80);
  expect(rows.every(({ life }) => life > 29 && life < 31)).toBe(true);
  expect(new Set(rows.map(({ life }) => life)).size).toBeGreaterThan(30);
  expect(market.blockMids).toHaveLength(7);
  // On paper nothing is true, and the strategy holds what its model says: here now and then too much for another.
  expect(rows.every(({ fill }) => Number.isNaN(fill))).toBe(true);
  const sent = (wanted: string): number => market.traded.filter(({ side }) => side === wanted).length;
  expect(sent('buy')).not.toBe(sent('sell'));
  const column = market.table.columnOf('central', 0) ?? 0;
  // Who buys first is hurt when the mid falls on: towards the order's profit is what the signs are about.
  const marks = rows.flatMap((_, row) => market.table.estimates[column - 1]?.outcomes.marks[0]?.at(row) ?? []);
  const known = marks.filter((mark) => !Number.isNaN(mark));
  expect(known.reduce((sum, mark) => sum + mark, 0) / known.length).toBeLessThan(-0.4);
});
