/** What every `packages/*\/bench/*.bench.ts` is written with: rows, interleaved timing, medians. */

/** One line of the benchmark table. For times, `ratio` = ours / theirs: below 1 is faster. */
export interface BenchRow {
  readonly name: string;
  readonly median: number;
  readonly unit: string;
  /** What it was measured against in the same process and run; `undefined` when it stands alone. */
  readonly against: string | undefined;
  readonly ratio: number | undefined;
}

export interface BenchOptions {
  /** Few, short rounds: shows that the benchmark runs, not how fast the code is. */
  readonly smoke: boolean;
}

/** What a bench file exports as `run`. */
export type BenchRun = (options: BenchOptions) => BenchRow[] | Promise<BenchRow[]>;

/**
 * Times candidates in turn, round after round, so that a noisy machine is noisy for all of them alike.
 *
 * @param candidates Each does `operations` operations a call, and returns something of its result, so that it cannot be
 *   optimised away.
 * @returns Median nanoseconds per operation, by candidate.
 */
export function interleave<Name extends string>(
  candidates: Readonly<Record<Name, () => number>>,
  operations: number,
  options: BenchOptions,
): Record<Name, number> {
  const names = Object.keys(candidates) as Name[];
  const rounds = options.smoke ? 3 : 25;
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = options.smoke ? 0 : -3; round < rounds; round += 1) {
    for (const name of names) {
      const start = process.hrtime.bigint();
      sink += candidates[name]();
      const elapsed = Number(process.hrtime.bigint() - start);
      if (round >= 0) samples.get(name)?.push(elapsed / operations);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Type 7 quantile (linear interpolation). */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

/** Where candidates' results end up. */
export let sink = 0;
