/** Sums over forecasts p of outcomes o (0 or 1), from which scores follow. */
export interface ForecastSums {
  readonly count: number;
  readonly p: number;
  readonly o: number;
  readonly pp: number;
  readonly po: number;
}

export interface ForecastScore {
  /** Mean of (p − o)²: 0 is perfect. */
  readonly brier: number;
  /** The score of always saying the share that happened. */
  readonly baseRate: number;
  /** Slope of the calibration line, outcome on forecast: 1 is calibrated, less is over-confident. Not a number for one forecast only. */
  readonly slope: number;
}

/** Brier's score with its calibration slope, by least squares. */
export function forecastScore({ count, p, o, pp, po }: ForecastSums): ForecastScore {
  const share = o / count;
  return {
    brier: (pp - 2 * po + o) / count,
    baseRate: share * (1 - share),
    slope: (count * po - p * o) / (count * pp - p * p),
  };
}
