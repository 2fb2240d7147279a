import { BAND_BP } from './market-record.ts';
import type { MarketRecord, RecordedMetaorder } from './market-record.ts';
import {
  autocorrelation,
  excessKurtosis,
  hurst,
  increments,
  meanSquareIncrement,
  slope,
  tailExponent,
} from './series.ts';

/** One statistic of a market beside what real markets have. */
export interface Fact {
  readonly name: string;
  readonly statistic: string;
  /** `NaN` where it could not be computed. */
  readonly value: number;
  readonly target: string;
  readonly verdict: Verdict;
}

export type Verdict = 'pass' | 'fail' | 'not applicable';

/** Samples a second of the record. */
const PER_SECOND = 10;
/** Largest share of returns, and of trade sizes, that the tails are estimated from. */
const TAIL_SHARE = 0.01;

/**
 * The checklist of stylised facts. Targets are ranges that the literature on liquid markets gives; where it gives a single figure, the
 * target says what is taken for near it. Rows for which the record is too short are `not applicable`.
 */
export function factsOf(record: MarketRecord): Fact[] {
  return [
    ...returnFacts(record),
    ...diffusionFacts(record),
    ...signFacts(record),
    ...bookFacts(record),
    ...orderFacts(record),
    ...imbalanceFacts(record),
  ];
}

function returnFacts({ logMids, seconds }: MarketRecord): Fact[] {
  const returns = increments(logMids, PER_SECOND);
  const sizes = returns.map(Math.abs);
  const hourly = increments(logMids, 3600 * PER_SECOND);
  const acf = (lag: number): number => autocorrelation(returns, lag);
  const clustering = (lag: number): number => (seconds < 10 * lag ? Number.NaN : autocorrelation(sizes, lag));
  return [
    within('Bid-ask bounce, then no memory', 'ACF of 1-s returns, lag 1', acf(1), -0.1, 0.05),
    within('', 'lag 10', acf(10), -0.03, 0.03),
    within('Volatility clustering', 'ACF of absolute 1-s returns, 1 s', clustering(1), 0.2, 0.4),
    within('', '10 s', clustering(10), 0.15, 0.3),
    within('', '100 s', clustering(100), 0.1, 0.2),
    within('', '1 h', clustering(3600), 0.05, Infinity),
    within('Heavy tails', 'excess kurtosis of 1-s returns', excessKurtosis(returns), 5, 50),
    within('', 'tail exponent of their sizes (largest 1 %)', tailExponent(sizes, TAIL_SHARE), 2.5, 4),
    within(
      'Aggregational Gaussianity',
      'excess kurtosis of 1-h returns',
      hourly.length < 12 ? Number.NaN : excessKurtosis(hourly),
      -Infinity,
      8,
    ),
  ];
}

function diffusionFacts({ logMids }: MarketRecord): Fact[] {
  const perSecond = (seconds: number): number => meanSquareIncrement(logMids, seconds * PER_SECOND) / seconds;
  const overSpans = (spans: readonly number[]): number =>
    hurst(
      logMids,
      spans.map((span) => span * PER_SECOND),
    );
  return [
    within('Diffusivity', 'Hurst exponent of the mid, 1–60 s', overSpans([1, 2, 5, 10, 20, 30, 60]), 0.45, 0.55),
    within('', '60–600 s', overSpans([60, 120, 200, 300, 450, 600]), 0.45, 0.55),
    within('Signature plot', 'realised variance at 100 ms over 1 min', perSecond(0.1) / perSecond(60), 1, 2),
  ];
}

function signFacts({ takerSigns, takerSizes, metaorders }: MarketRecord): Fact[] {
  const acf = (lag: number): number => (takerSigns.length < 20 * lag ? Number.NaN : autocorrelation(takerSigns, lag));
  const lags = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const correlations = lags.map(acf);
  const decay = correlations.every((value) => value > 0)
    ? -slope(lags.map(Math.log), correlations.map(Math.log))
    : Number.NaN;
  return [
    within('Long memory of signs', 'ACF of taker signs, lag 1', acf(1), 0.3, 0.7),
    within('', 'lag 10', acf(10), 0.2, 0.3),
    within('', 'lag 100 (0.08, give or take a half)', acf(100), 0.04, 0.12),
    within('', 'lag 1000', acf(1000), 0.02, Infinity),
    within('', 'decay exponent, lags 1–1000', decay, 0.4, 0.7),
    within('Trade size', 'tail exponent (largest 1 %)', tailExponent(takerSizes, TAIL_SHARE), 1.5, 2.5),
    within('Impact', 'exponent of metaorder size', impactExponent(metaorders), 0.4, 0.6),
  ];
}

/** Slope of log mean impact on log volume, over bins of a quarter of a decade with at least 50 metaorders of two and more children. */
export function impactExponent(metaorders: readonly RecordedMetaorder[]): number {
  const bins = new Map<number, { count: number; volume: number; impact: number }>();
  for (const { volume, children, impact } of metaorders) {
    if (children < 2) continue;
    const key = Math.floor(Math.log10(volume) * 4);
    const bin = bins.get(key) ?? { count: 0, volume: 0, impact: 0 };
    bins.set(key, { count: bin.count + 1, volume: bin.volume + volume, impact: bin.impact + impact });
  }
  const full = [...bins.values()].filter(({ count, impact }) => count >= 50 && impact > 0);
  if (full.length < 3) return Number.NaN;
  return slope(
    full.map(({ count, volume }) => Math.log(volume / count)),
    full.map(({ count, impact }) => Math.log(impact / count)),
    full.map(({ count }) => Math.sqrt(count)),
  );
}

function bookFacts({ spreads, logMids, depth }: MarketRecord): Fact[] {
  return [
    within('Spread', 'share of time at 1 tick in the calmer half', calmShare(spreads, logMids), 0.8, 1),
    within('Book shape', 'distance of the deepest band from the best, bp', deepest(depth) * BAND_BP, BAND_BP, Infinity),
  ];
}

/** Share of samples with a spread of one tick, in the minutes whose realised variance is at most the median. */
function calmShare(spreads: readonly number[], logMids: readonly number[]): number {
  const minute = 60 * PER_SECOND;
  const minutes = Array.from({ length: Math.floor(spreads.length / minute) }, (_, nth) => {
    const from = nth * minute;
    const inside = spreads.slice(from, from + minute);
    return {
      variance: meanSquareIncrement(logMids.slice(from, from + minute), 1),
      share: inside.filter((spread) => spread === 1).length / inside.length,
    };
  }).toSorted((a, b) => a.variance - b.variance);
  const calm = minutes.slice(0, Math.ceil(minutes.length / 2));
  return calm.reduce((sum, { share }) => sum + share, 0) / calm.length;
}

function deepest(depth: Float64Array): number {
  let best = 0;
  for (const [band, lots] of depth.entries()) if (lots > (depth[band === 0 ? 0 : best] ?? 0)) best = band;
  return best;
}

function orderFacts({ lives, gaps, cancels }: MarketRecord): Fact[] {
  const life = (p: number, seconds: number): Fact =>
    within(
      p === 0.05 ? 'Order life' : '',
      `${p * 100} % quantile, s (${seconds} at AAPL, within a factor of 3)`,
      lives.quantile(p),
      seconds / 3,
      seconds * 3,
    );
  return [
    life(0.05, 0.0009),
    life(0.25, 0.044),
    life(0.5, 0.37),
    life(0.75, 2.4),
    life(0.95, 19.4),
    within('Inter-arrival', 'coefficient of variation of Δt', gaps.variation, 2, Infinity),
    within('', 'most frequent Δt on a log scale, s (a round trip: 0.1–10 ms)', gaps.mode, 0.0001, 0.01),
    within(
      'Cancel position',
      'share behind the middle of the queue',
      cancels.seen < 100 ? Number.NaN : cancels.behind / cancels.seen,
      0.5,
      1,
    ),
  ];
}

function imbalanceFacts({ imbalance: { seen, up } }: MarketRecord): Fact[] {
  const chances = [...seen].map((count, tenth) => (count < 50 ? Number.NaN : (up[tenth] ?? 0) / count));
  const steps = chances.slice(1).filter((chance, tenth) => chance > (chances[tenth] ?? 0)).length;
  const isKnown = chances.every((chance) => !Number.isNaN(chance));
  return [
    within(
      'Imbalance predicts',
      'P(next move up), lowest tenth of imbalance (0.2 ± 0.1)',
      chances[0] ?? Number.NaN,
      0.1,
      0.3,
    ),
    within('', 'highest tenth (0.8 ± 0.1)', chances[9] ?? Number.NaN, 0.7, 0.9),
    within('', 'steps up from tenth to tenth, of 9', isKnown ? steps : Number.NaN, 9, 9),
  ];
}

function within(name: string, statistic: string, value: number, low: number, high: number): Fact {
  const verdict = Number.isNaN(value) ? 'not applicable' : value >= low && value <= high ? 'pass' : 'fail';
  const target =
    low === high
      ? `${low}`
      : low === -Infinity
        ? `< ${high}`
        : high === Infinity
          ? `> ${low}`
          : `${rounded(low)} … ${rounded(high)}`;
  return { name, statistic, value, target, verdict };
}

/** Plain text, one row a fact, in columns. */
export function factsTable(facts: readonly Fact[]): string {
  const rows = [
    ['Fact', 'Statistic', 'Value', 'Target', ''],
    ...facts.map(({ name, statistic, value, target, verdict }) => [name, statistic, rounded(value), target, verdict]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rounded(value: number): string {
  return Number.isNaN(value) ? '–' : `${Number(value.toPrecision(3))}`;
}
