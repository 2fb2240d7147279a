/**
 * Orders a second through the matcher: limit, market, cancel and amend on a book of a few hundred levels, as a busy flow sends
 * them, made in advance. The peer is the list that the property tests compare with: price-time priority without an index.
 * Hot because every simulated event goes through it.
 */
import { KeyedRandom, lots, ticks } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import { Matcher } from '../src/index.ts';
import { NaiveMatcher } from '../test/naive-matcher.ts';

interface Order {
  readonly kind: 'limit' | 'market' | 'cancel' | 'amend';
  readonly id: number;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
}

export function run(options: BenchOptions): BenchRow[] {
  const many = orders(options.smoke ? 2_000 : 200_000);
  const few = many.slice(0, options.smoke ? 1_000 : 4_000);
  const fast = interleave({ matcher: () => throughMatcher(many) }, many.length, options);
  const both = interleave({ matcher: () => throughMatcher(few), list: () => throughList(few) }, few.length, options);
  return [
    {
      name: 'matcher, one order (200,000 orders, 45 % cancels)',
      median: fast.matcher,
      unit: 'ns/order',
      against: undefined,
      ratio: undefined,
    },
    {
      name: 'matcher, orders a second',
      median: 1e9 / fast.matcher,
      unit: 'orders/s',
      against: undefined,
      ratio: undefined,
    },
    {
      name: 'matcher, one order (first 4,000)',
      median: both.matcher,
      unit: 'ns/order',
      against: 'a searched list',
      ratio: both.matcher / both.list,
    },
  ];
}

/** 45 % limit orders around a price that drifts, 45 % cancels of earlier ones, 6 % market orders, 4 % amends. */
function orders(count: number): Order[] {
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
    if (kind < 0.45) return { kind: 'limit', id, side, price, size };
    if (kind < 0.9) return { kind: 'cancel', id: earlier, side, price, size };
    if (kind < 0.96) return { kind: 'market', id, side, price, size };
    return { kind: 'amend', id: earlier, side, price, size };
  });
}

function throughMatcher(sequence: readonly Order[]): number {
  let told = 0;
  const matcher = new Matcher({
    onTrade: () => void (told += 1),
    onQueued: () => void (told += 1),
    onResized: () => void (told += 1),
    onUnqueued: () => void (told += 1),
    onLevel: (_side, _price, total) => void (told += total),
    onDone: () => void (told += 1),
  });
  for (const { kind, id, side, price, size } of sequence) {
    if (kind === 'limit') matcher.limit(id, side, price, size);
    else if (kind === 'cancel') matcher.cancel(id);
    else if (kind === 'market') matcher.market(id, side, size);
    else matcher.amend(id, price, size);
  }
  return told;
}

function throughList(sequence: readonly Order[]): number {
  let told = 0;
  const matcher = new NaiveMatcher({
    onTrade: () => void (told += 1),
    onQueued: () => void (told += 1),
    onResized: () => void (told += 1),
    onUnqueued: () => void (told += 1),
    onLevel: (_side, _price, total) => void (told += total),
    onDone: () => void (told += 1),
  });
  for (const { kind, id, side, price, size } of sequence) {
    if (kind === 'limit') matcher.limit(id, side, price, size);
    else if (kind === 'cancel') matcher.cancel(id);
    else if (kind === 'market') matcher.market(id, side, size);
    else matcher.amend(id, price, size);
  }
  return told;
}
