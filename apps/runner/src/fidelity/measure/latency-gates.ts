import type { LatencyQuantile, LatencyReport } from '../report/report.ts';
import { gate } from './gate.ts';
import type { Gate } from './gate.ts';

/** How far a modelled quantile may be from the realised one, by share. */
const BOUNDS = [
  [0.5, 0.1],
  [0.9, 0.15],
  [0.99, 0.25],
] as const;

/** Of each quantile the worst leg and load that has a table of its own; beside it, without a gate, the worst that borrows one. */
export function latencyGates({ name, hours, quantiles }: LatencyReport): readonly Gate[] {
  return BOUNDS.flatMap(([share, bound]) => {
    const of = (isBorrowed: boolean): readonly number[] =>
      quantiles.filter((each) => each.share === share && each.isBorrowed === isBorrowed).map(sizeOfError);
    const [own, borrowed] = [of(false), of(true)];
    const worst = own.length === 0 ? Number.NaN : Math.max(...own);
    const days = `${name}, ${hours} h against ${hours} h, worst of`;
    const title = `latency quantile error, p${share * 100}`;
    const wanted = `≤ ${bound * 100} %`;
    const judged = gate(title, `${days} ${own.length} tables`, wanted, worst, worst <= bound);
    if (borrowed.length === 0) return [judged];
    const on = `${days} ${borrowed.length} borrowed tables`;
    return [judged, { gate: title, on, wanted: `(${wanted})`, found: Math.max(...borrowed), verdict: 'no gate' }];
  });
}

/** A leg that was realised but not modelled is as wrong as can be. */
function sizeOfError(quantile: LatencyQuantile): number {
  return Number.isNaN(quantile.modelled) ? Number.POSITIVE_INFINITY : Math.abs(quantileError(quantile));
}

/** By how much the modelled quantile is too long, as a share of the realised one. */
export function quantileError({ modelled, realised }: LatencyQuantile): number {
  return modelled / realised - 1;
}
