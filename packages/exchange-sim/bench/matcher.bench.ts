/**
 * Orders a second through the matcher: limit, market, cancel and amend on a book of a few hundred levels, as a busy flow sends
 * them, made in advance; once plain, and once with icebergs, and owners who may not trade with themselves, among them. The peer
 * is the list that the property tests compare with: price-time priority without an index. Hot because every simulated event
 * goes through it.
 */
import { KeyedRandom, lots, ticks } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import { interleave, median } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import { Matcher } from '../src/matching/matcher.ts';
import type { MatcherSink, OrderExtras } from '../src/matching/matcher.ts';
import { NO_SINK } from '../test/event-log.ts';
import { NaiveMatcher } from '../test/naive-matcher.ts';

interface Order {
  readonly kind: 'limit' | 'market' | 'cancel' | 'amend';
  readonly id: number;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  /** `undefined` of plain orders. */
  readonly extras: OrderExtras | undefined;
}

export function run(options: BenchOptions): BenchRow[] {
  const plain = orders(options.smoke ? 2_000 : 200_000, plainly);
  const mixed = orders(plain.length, withExtras);
  const few = options.smoke ? 1_000 : 4_000;
  const { plain: plainTime } = interleave({ plain: () => throughMatcher(plain) }, plain.length, options);
  const { mixed: mixedTime } = interleave({ mixed: () => throughMatcher(mixed) }, mixed.length, options);
  const fewPlain = plain.slice(0, few);
  const fewMixed = mixed.slice(0, few);
  const both = interleave(
    {
      plain: () => throughMatcher(fewPlain),
      plainList: () => throughList(fewPlain),
      mixed: () => throughMatcher(fewMixed),
      mixedList: () => throughList(fewMixed),
    },
    few,
    options,
  );
  return [
    row('matcher, one order (200,000 orders, 45 % cancels)', plainTime, 'ns/order'),
    row('matcher, orders a second', 1e9 / plainTime, 'orders/s'),
    againstList('matcher, one order (first 4,000)', both.plain, both.plainList),
    row('the same with icebergs and owners, orders a second', 1e9 / mixedTime, 'orders/s'),
    againstList('with icebergs and owners, one order (first 4,000)', both.mixed, both.mixedList),
    row('matcher, allocated for an order that only comes and goes', allocated(options), 'bytes/order'),
  ];
}

function row(name: string, value: number, unit: string): BenchRow {
  return { name, median: value, unit, against: undefined, ratio: undefined };
}

function againstList(name: string, ours: number, theirs: number): BenchRow {
  return { name, median: ours, unit: 'ns/order', against: 'a searched list', ratio: ours / theirs };
}

/** 45 % limit orders around a price that drifts, 45 % cancels of earlier ones, 6 % market orders, 4 % amends. */
function orders(
  count: number,
  extrasOf: (random: KeyedRandom, id: number, size: Lots) => OrderExtras | undefined,
): Order[] {
  const random = new KeyedRandom(1, 'matcher bench');
  return Array.from({ length: count }, (_, index): Order => {
    const id = index + 1;
    const kind = random.at(id, 0);
    const side = random.at(id, 1) < 0.5 ? 'buy' : 'sell';
    const distance = 1 + Math.floor(400 * random.at(id, 2) ** 3);
    const mid = 600_000 + Math.round(200 * Math.sin(index / 5_000));
    const price = ticks(side === 'buy' ? mid - distance : mid + distance);
    const size = lots(1 + Math.floor(random.at(id, 3) * 1e7));
    const earlier = Math.max(1, id - 1 - Math.floor(random.at(id, 4) * 1_500));
    const extras = extrasOf(random, id, size);
    if (kind < 0.45) return { kind: 'limit', id, side, price, size, extras };
    if (kind < 0.9) return { kind: 'cancel', id: earlier, side, price, size, extras };
    if (kind < 0.96) return { kind: 'market', id, side, price, size, extras };
    return { kind: 'amend', id: earlier, side, price, size, extras };
  });
}

function plainly(): undefined {
  return undefined;
}

/** Every fifth order is an iceberg of up to ten slices, and every second one belongs to one of twenty owners. */
function withExtras(random: KeyedRandom, id: number, size: Lots): OrderExtras | undefined {
  // Not less than a thousandth of what an amend may make of it.
  const display = lots(Math.max(10_000, Math.ceil(size * (0.1 + 0.9 * random.at(id, 5)))));
  const owner = 1 + Math.floor(random.at(id, 6) * 20);
  const selfTrade = random.at(id, 7) < 0.7 ? 'cancel_newest' : 'cancel_oldest';
  const isIceberg = random.at(id, 8) < 0.2;
  if (random.at(id, 9) < 0.5) return isIceberg ? { display } : undefined;
  return isIceberg ? { owner, selfTrade, display } : { owner, selfTrade };
}

function throughMatcher(sequence: readonly Order[]): number {
  const counter = countingSink();
  const matcher = new Matcher(counter.sink);
  for (const { kind, id, side, price, size, extras } of sequence) {
    if (kind === 'limit') matcher.limit(id, side, price, size, 'gtc', false, extras);
    else if (kind === 'cancel') matcher.cancel(id);
    else if (kind === 'market') matcher.market(id, side, size, extras);
    else matcher.amend(id, price, size);
  }
  return counter.told();
}

function throughList(sequence: readonly Order[]): number {
  const counter = countingSink();
  const matcher = new NaiveMatcher(counter.sink);
  for (const { kind, id, side, price, size, extras } of sequence) {
    if (kind === 'limit') matcher.limit(id, side, price, size, 'gtc', false, extras);
    else if (kind === 'cancel') matcher.cancel(id);
    else if (kind === 'market') matcher.market(id, side, size, extras);
    else matcher.amend(id, price, size);
  }
  return counter.told();
}

function countingSink(): { readonly sink: MatcherSink; readonly told: () => number } {
  let told = 0;
  const sink: MatcherSink = {
    onTrade: () => void (told += 1),
    onQueued: () => void (told += 1),
    onResized: () => void (told += 1),
    onUnqueued: () => void (told += 1),
    onLevel: (_side, _price, total) => void (told += total),
    onDone: () => void (told += 1),
  };
  return { sink, told: () => told };
}

/** An order that rests must be kept somewhere; one that finds nothing and ends needs no memory: no extras are made for it. */
function allocated(options: BenchOptions): number {
  const matcher = new Matcher(NO_SINK);
  const count = options.smoke ? 2_000 : 20_000;
  const found: number[] = [];
  for (let round = -3; round < 25; round += 1) {
    const before = process.memoryUsage().heapUsed;
    for (let id = 1; id <= count; id += 1) matcher.limit(id, 'buy', ticks(id), lots(id), 'ioc');
    if (round >= 0) found.push((process.memoryUsage().heapUsed - before) / count);
  }
  return median(found);
}
