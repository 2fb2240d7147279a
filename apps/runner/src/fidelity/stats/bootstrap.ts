import { KeyedRandom } from '@kb/model';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * A 95 % interval by resampling whole blocks: what overlaps in time is in one block, so that it is not counted as many.
 * @param blocks Sums of each block; all of one length.
 * @param statistic Of the sums over the blocks of a sample; not a number where it does not exist.
 * @param draws How many samples.
 */
export function blockBootstrap(
  blocks: readonly Float64Array[],
  statistic: (sums: Float64Array) => number,
  { seed, draws }: { readonly seed: number; readonly draws: number },
): Interval | undefined {
  const [first] = blocks;
  if (first === undefined || blocks.length < 2) return undefined;
  const random = new KeyedRandom(seed, 'block bootstrap');
  const sums = new Float64Array(first.length);
  const found: number[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    sums.fill(0);
    for (let pick = 0; pick < blocks.length; pick += 1) {
      const block = blocks[Math.floor(random.at(draw, pick) * blocks.length)] ?? first;
      for (let index = 0; index < sums.length; index += 1) sums[index] = (sums[index] ?? 0) + (block[index] ?? 0);
    }
    const value = statistic(sums);
    if (!Number.isNaN(value)) found.push(value);
  }
  if (found.length === 0) return undefined;
  const sorted = Float64Array.from(found).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/** A quantile of sorted numbers, linear between two (type 7, as in R); not a number when there are none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
