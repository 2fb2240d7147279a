/** A survival curve as steps: from `times[i]` on, `survival[i]` are left. Before the first it is 1. */
export interface SurvivalCurve {
  readonly times: readonly number[];
  readonly survival: readonly number[];
}

/** What happened to how many at a time: `events` ended, `censored` were taken out of sight just after. */
export interface TimedCounts {
  readonly time: number;
  readonly events: number;
  readonly censored: number;
}

/**
 * The Kaplan–Meier estimate: at each time with events, the share of those still at risk that survive it.
 * @param counts In order of time.
 */
export function kaplanMeier(counts: readonly TimedCounts[]): SurvivalCurve {
  let atRisk = counts.reduce((sum, { events, censored }) => sum + events + censored, 0);
  let alive = 1;
  const times: number[] = [];
  const survival: number[] = [];
  for (const { time, events, censored } of counts) {
    if (events > 0) {
      alive *= 1 - events / atRisk;
      times.push(time);
      survival.push(alive);
    }
    atRisk -= events + censored;
  }
  return { times, survival };
}

/** The counts of single lives. @param lives How long each was in sight, and whether it ended (or was censored then). */
export function countsOf(lives: readonly { readonly time: number; readonly ended: boolean }[]): TimedCounts[] {
  const found = new Map<number, { events: number; censored: number }>();
  for (const { time, ended } of lives) {
    const count = found.get(time) ?? { events: 0, censored: 0 };
    if (ended) count.events += 1;
    else count.censored += 1;
    found.set(time, count);
  }
  return [...found].map(([time, count]) => ({ time, ...count })).toSorted((a, b) => a.time - b.time);
}

/** How many are left at a time. */
export function survivalAt({ times, survival }: SurvivalCurve, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 1 : (survival[low - 1] ?? 1);
}

/** The largest absolute gap between two curves. */
export function largestGap(a: SurvivalCurve, b: SurvivalCurve): number {
  let [i, j, gap] = [0, 0, 0];
  while (i < a.times.length || j < b.times.length) {
    const time = Math.min(a.times[i] ?? Infinity, b.times[j] ?? Infinity);
    if (a.times[i] === time) i += 1;
    if (b.times[j] === time) j += 1;
    const left = i === 0 ? 1 : (a.survival[i - 1] ?? 1);
    const right = j === 0 ? 1 : (b.survival[j - 1] ?? 1);
    gap = Math.max(gap, Math.abs(left - right));
  }
  return gap;
}
