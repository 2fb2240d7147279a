import { log } from '../latency/repeatable-math.ts';

/**
 * What share of a decrease that no print explains is taken to come from behind us, as a function of the lots ahead and
 * behind. Source of all of them: nkaz001/hftbacktest `models/queue.rs`.
 *
 * @returns From 0 (all of it stood ahead) to 1 (all behind). Meaningless when both are zero.
 */
export type WeightFunction = (ahead: number, behind: number) => number;

/** Bⁿ / (Bⁿ + Fⁿ). With n = 1 cancels fall evenly on the level. @param n A whole number from 1. */
export function powerWeight(n: number): WeightFunction {
  const raise = powerOf(n);
  return (ahead, behind) => {
    const fromBehind = raise(behind);
    return fromBehind / (fromBehind + raise(ahead));
  };
}

/** Bⁿ / (B + F)ⁿ: n above 1 takes more of the cancels from ahead. @param n A whole number from 1. */
export function power2Weight(n: number): WeightFunction {
  const raise = powerOf(n);
  return (ahead, behind) => raise(behind / (behind + ahead));
}

/** 1 − (F / (F + B))ⁿ: n above 1 takes more of the cancels from behind. @param n A whole number from 1. */
export function power3Weight(n: number): WeightFunction {
  const raise = powerOf(n);
  return (ahead, behind) => 1 - raise(ahead / (ahead + behind));
}

/** ln(1 + B) / (ln(1 + B) + ln(1 + F)). Depends on the unit: another lot size gives other results. */
export function logWeight(ahead: number, behind: number): number {
  const fromBehind = log(1 + behind);
  return fromBehind / (fromBehind + log(1 + ahead));
}

/** ln(1 + B) / ln(1 + B + F). Depends on the unit as `logWeight` does. */
export function log2Weight(ahead: number, behind: number): number {
  return log(1 + behind) / log(1 + behind + ahead);
}

/** Powers by multiplication alone: `Math.pow` may differ in the last bit from one engine version to the next. */
function powerOf(n: number): (base: number) => number {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`Expected a whole number from 1, was ${n}`);
  if (n === 1) return (base) => base;
  if (n === 3) return (base) => base * base * base;
  return (base) => {
    let power = base;
    for (let times = 1; times < n; times += 1) power *= base;
    return power;
  };
}
