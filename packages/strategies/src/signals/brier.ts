/** What was forecast, and what became of it. */
export interface Forecast {
  /** The probability stated, 0 to 1. */
  readonly p: number;
  /** 1 if it happened, 0 if not. */
  readonly y: 0 | 1;
}

/** Forecasts that are judged together, from the lowest probabilities to the highest. */
export type ForecastBins = readonly (readonly Forecast[])[];

/** Where a Brier score comes from: `reliability − resolution + uncertainty`, exact if p is constant within each bin. */
export interface BrierParts {
  /** Mean squared distance of what was stated from what happened; 0 is perfect. */
  readonly reliability: number;
  /** How far the bins' outcomes lie from the mean outcome; more is better. */
  readonly resolution: number;
  /** ȳ(1 − ȳ): the score of always stating the mean. */
  readonly uncertainty: number;
}

/** Mean (p − y)²; `undefined` without forecasts. Source: Brier 1950. */
export function brierScore(forecasts: readonly Forecast[]): number | undefined {
  return meanOf(forecasts, ({ p, y }) => (p - y) ** 2);
}

/**
 * 1 − Brier / ȳ(1 − ȳ): above 0 it is better to listen than to state the mean of all outcomes. `undefined` as long as
 * everything came out alike.
 */
export function brierSkill(forecasts: readonly Forecast[]): number | undefined {
  const score = brierScore(forecasts);
  const mean = meanOf(forecasts, ({ y }) => y) ?? 0;
  const reference = mean * (1 - mean);
  return score === undefined || reference === 0 ? undefined : 1 - score / reference;
}

/** Murphy's decomposition over bins; `undefined` without forecasts. */
export function brierParts(bins: ForecastBins): BrierParts | undefined {
  const all = bins.flat();
  const mean = meanOf(all, ({ y }) => y);
  if (mean === undefined) return undefined;
  const overBins = (of: (stated: number, happened: number) => number): number => weighedMean(bins, all.length, of);
  return {
    reliability: overBins((stated, happened) => (stated - happened) ** 2),
    resolution: overBins((_stated, happened) => (happened - mean) ** 2),
    uncertainty: mean * (1 - mean),
  };
}

/** Expected calibration error: mean over bins of |mean p − mean y|, by their counts. `undefined` without forecasts. */
export function calibrationError(bins: ForecastBins): number | undefined {
  const count = bins.flat().length;
  return count === 0 ? undefined : weighedMean(bins, count, (stated, happened) => Math.abs(stated - happened));
}

/** Bins of the same number of forecasts, give or take one; fewer bins than asked when there are fewer forecasts. */
export function equalCountBins(forecasts: readonly Forecast[], count = 10): ForecastBins {
  const sorted = forecasts.toSorted((a, b) => a.p - b.p);
  const bins = Math.min(count, sorted.length);
  const edge = (index: number): number => Math.floor((index * sorted.length) / bins);
  return Array.from({ length: bins }, (_, index) => sorted.slice(edge(index), edge(index + 1)));
}

/** Bins from 0 to 1 with these edges between them; what lies on an edge belongs above it. */
export function binsBetween(forecasts: readonly Forecast[], edges: readonly number[]): ForecastBins {
  return Array.from({ length: edges.length + 1 }, (_, index) =>
    forecasts.filter(({ p }) => p >= (edges[index - 1] ?? -Infinity) && p < (edges[index] ?? Infinity)),
  );
}

function weighedMean(bins: ForecastBins, count: number, of: (stated: number, happened: number) => number): number {
  let sum = 0;
  for (const bin of bins) {
    const stated = meanOf(bin, ({ p }) => p);
    const happened = meanOf(bin, ({ y }) => y);
    if (stated !== undefined && happened !== undefined) sum += (bin.length / count) * of(stated, happened);
  }
  return sum;
}

function meanOf(forecasts: readonly Forecast[], value: (forecast: Forecast) => number): number | undefined {
  if (forecasts.length === 0) return undefined;
  return forecasts.reduce((sum, forecast) => sum + value(forecast), 0) / forecasts.length;
}
