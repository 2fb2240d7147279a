import type { LatencyQuantile, LatencyReport } from '../report/report.ts';
import { gate } from './gate.ts';
import type { Gate } from './gate.ts';

/** How far a modelled quantile may be from the realised one, by share. */
const BOUNDS = [
  [0.5, 0.1],
  [0.9, 0.15],
  [0.99, 0.25],
] as const;

/** Of each quantile the worst leg and load. */
export function latencyGates({ name, hours, quantiles }: LatencyReport): readonly Gate[] {
  return BOUNDS.map(([share, bound]) => {
    const errors = quantiles.filter((each) => each.share === share).map((each) => Math.abs(quantileError(each)));
    const worst = errors.length === 0 ? Number.NaN : Math.max(...errors);
    const on = `${name}, ${hours} h against ${hours} h, worst of ${errors.length} tables`;
    return gate(`latency quantile error, p${share * 100}`, on, `≤ ${bound * 100} %`, worst, worst <= bound);
  });
}

/** By how much the modelled quantile is too long, as a share of the realised one. */
export function quantileError({ modelled, realised }: LatencyQuantile): number {
  return modelled / realised - 1;
}
