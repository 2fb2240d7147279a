import type { Forecast } from './brier.ts';
import { logit, sigmoid } from './repeatable-math.ts';

/** Steps from a stated probability to a likely one, plain JSON: `p[i]` holds for all stated up to and with `upTo[i]`. */
export interface CalibrationCurve {
  /** Rising. */
  readonly upTo: readonly number[];
  readonly p: readonly number[];
}

/** What the curve makes of a stated probability; beyond its last step the last one holds, and 0.5 if it has none. */
export function calibrated(curve: CalibrationCurve, p: number): number {
  const index = curve.upTo.findIndex((edge) => p <= edge);
  return curve.p.at(index) ?? 0.5; // −1, of the last, when p lies beyond all
}

/** A share of wins pulled towards a prior as if that had been seen `strength` times: (wins + m·prior) / (n + m). */
export function betaBin(wins: number, count: number, prior: number, strength = 20): number {
  return (wins + strength * prior) / (count + strength);
}

/**
 * `betaBin` over bins of about equal count, each with the one below it as prior, the lowest with 0.5. What was stated alike
 * stays in one bin.
 */
export function betaBinCurve(forecasts: readonly Forecast[], bins = 10, strength = 20): CalibrationCurve {
  const upTo: number[] = [];
  const p: number[] = [];
  for (const bin of wholeBins(forecasts, bins)) {
    upTo.push(bin.at(-1)?.p ?? 1);
    p.push(betaBin(bin.filter(({ y }) => y === 1).length, bin.length, p.at(-1) ?? 0.5, strength));
  }
  return { upTo, p };
}

function wholeBins(forecasts: readonly Forecast[], count: number): readonly (readonly Forecast[])[] {
  const bins: Forecast[][] = [];
  let before = 0;
  for (const alike of byStatement(forecasts)) {
    const isNext = before * count >= bins.length * forecasts.length;
    if (isNext) bins.push([...alike]);
    else bins.at(-1)?.push(...alike);
    before += alike.length;
  }
  return bins;
}

/** Those with the same p together, rising. */
function byStatement(forecasts: readonly Forecast[]): readonly (readonly Forecast[])[] {
  const sorted = forecasts.toSorted((a, b) => a.p - b.p);
  return [...Map.groupBy(sorted, ({ p }) => p).values()];
}

/** The rising steps nearest to the outcomes, by least squares: pool adjacent violators. */
export function isotonicCurve(forecasts: readonly Forecast[]): CalibrationCurve {
  const blocks: { upTo: number; wins: number; count: number }[] = [];
  for (const alike of byStatement(forecasts)) {
    const wins = alike.filter(({ y }) => y === 1).length;
    let block = { upTo: alike[0]?.p ?? 1, wins, count: alike.length };
    for (
      let below = blocks.at(-1);
      below && below.wins * block.count >= block.wins * below.count;
      below = blocks.at(-1)
    ) {
      block = { upTo: block.upTo, wins: below.wins + block.wins, count: below.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return { upTo: blocks.map(({ upTo }) => upTo), p: blocks.map(({ wins, count }) => wins / count) };
}

/** σ(a · logit p + b), plain JSON. `a` below 1 tames an over-confident source. Source: Platt 1999. */
export interface PlattScaling {
  readonly a: number;
  readonly b: number;
}

/** Leaves a probability as it is. */
export const NO_SCALING: PlattScaling = { a: 1, b: 0 };

export function plattScaled({ a, b }: PlattScaling, p: number): number {
  return sigmoid(a * boundedLogit(p) + b);
}

/** One step down the log loss of one outcome. */
export function plattStep(scaling: PlattScaling, { p, y }: Forecast, step = 0.05): PlattScaling {
  const error = plattScaled(scaling, p) - y;
  return { a: scaling.a - step * error * boundedLogit(p), b: scaling.b - step * error };
}

/** 0 and 1 have no logit: they count as one in a million. */
function boundedLogit(p: number): number {
  return logit(Math.min(Math.max(p, 1e-6), 1 - 1e-6));
}
