import { SimError } from '../errors.ts';

/** Sizes drawn from a log-normal distribution, in base currency. */
export interface SizeParameters {
  /** Median in base currency (0.02 is 0.02 BTC). A statistic, not money: sizes themselves are whole lots. */
  readonly median: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
}

/**
 * The zero-intelligence order flow S1. Rates are per second; distances count steps of the instrument's tick size.
 */
export interface FlowParameters {
  /** Rate of limit orders at distance 1, each side; at distance k it is λ k^−α. */
  readonly limitRate: number;
  /** α. */
  readonly distanceExponent: number;
  /** K: how many distances orders are placed at. */
  readonly distances: number;
  /** Distance k lies at 1 + g + g² + … (k terms) ticks, with jitter up to the next; 1 is one tick a distance. */
  readonly distanceGrowth: number;
  /** μ: rate of market orders, each side on average. */
  readonly marketRate: number;
  /** θ, A and τ: an order is cancelled at the rate θ(1 + A e^(−age/τ)). */
  readonly cancelRate: number;
  readonly youngCancelMultiple: number;
  readonly youngCancelSeconds: number;
  /** Share of cancels that only halve the order. */
  readonly partialCancelShare: number;
  readonly limitSize: SizeParameters;
  /** Share of limit sizes that are rounded down to 1, 2 or 5 times a power of ten. */
  readonly roundSizeShare: number;
  readonly marketSize: SizeParameters;
  /** Lengths of runs of one taker side have the tail l^−exponent, which makes signs remember for long. */
  readonly signRunExponent: number;
  /** Each market order multiplies limit and market rates: the factor is 1 + x, x jumps, decays and is capped. */
  readonly excitation: { readonly jump: number; readonly decaySeconds: number; readonly cap: number };
  /** A side that falls below this many levels is filled up behind its worst one in the same instant. */
  readonly minLevels: number;
  /**
   * When given, limit orders are placed around a reference price instead of around the opposite best. The reference walks at
   * random, `stepsPerSecond` normal steps a second, and what rests on the wrong side of it is taken at once.
   */
  readonly reference?: { readonly sigmaBpPerSqrtSecond: number; readonly stepsPerSecond: number };
  /**
   * When given, impatient takers sweep the book at this rate (both sides together), through all that rests up to an
   * exponentially distributed distance from the reference (without one, from the mid), and no further than the cap.
   */
  readonly sweeps?: { readonly rate: number; readonly meanReachBp: number; readonly maxReachBp: number };
}

const PILOT_A: FlowParameters = {
  limitRate: 2,
  distanceExponent: 1.2,
  distances: 30,
  distanceGrowth: 1,
  marketRate: 0.8,
  cancelRate: 0.03,
  youngCancelMultiple: 12,
  youngCancelSeconds: 1.5,
  partialCancelShare: 0.01,
  limitSize: { median: 0.02, sigma: 1.4 },
  roundSizeShare: 0.25,
  marketSize: { median: 0.06, sigma: 1.9 },
  signRunExponent: 1.5,
  excitation: { jump: 0.3, decaySeconds: 0.3, cap: 3 },
  minLevels: 25,
};

/**
 * Named parameter sets for a BTC/USD-like book (tick 0.1, price about 60,000).
 *
 * `pilot-a` moving, one tick wide · `pilot-b` pinned · `pilot-c` light flow · `pilot-d` busy: the pilots that the fill rules
 * of kb were compared on. `demo` moves at least 1 bp per √s and is swept through tens of basis points every few seconds,
 * so that a resting quote meets takers while somebody watches; no real market of this size does that.
 */
export const FLOW_PRESETS: Readonly<Record<FlowPreset, FlowParameters>> = {
  'pilot-a': PILOT_A,
  'pilot-b': {
    ...PILOT_A,
    marketRate: 0.35,
    marketSize: { median: 0.03, sigma: 1.6 },
    partialCancelShare: 0.03,
  },
  'pilot-c': {
    ...PILOT_A,
    limitRate: 0.5,
    distanceExponent: 0.3,
    marketRate: 0.5,
    marketSize: { median: 0.03, sigma: 1.6 },
  },
  'pilot-d': {
    ...PILOT_A,
    limitRate: 0.25,
    distanceExponent: 0.5,
    distances: 200,
    marketRate: 0.45,
    marketSize: { median: 0.03, sigma: 1.8 },
    excitation: { jump: 0.5, decaySeconds: 2, cap: 8 },
  },
  demo: {
    ...PILOT_A,
    limitRate: 1.5,
    distanceExponent: 0.5,
    distances: 180,
    distanceGrowth: 1.03,
    limitSize: { median: 0.01, sigma: 1.4 },
    marketRate: 0.5,
    marketSize: { median: 0.03, sigma: 1.6 },
    minLevels: 100,
    reference: { sigmaBpPerSqrtSecond: 1.5, stepsPerSecond: 4 },
    sweeps: { rate: 1.5, meanReachBp: 16, maxReachBp: 60 },
  },
};

export type FlowPreset = 'pilot-a' | 'pilot-b' | 'pilot-c' | 'pilot-d' | 'demo';

/** @throws SimError `KB_SIM_BAD_OPTION` naming the parameter. */
export function checkFlow(flow: FlowParameters): void {
  const positive = {
    limitRate: flow.limitRate,
    distances: flow.distances,
    distanceGrowth: flow.distanceGrowth,
    cancelRate: flow.cancelRate,
    youngCancelSeconds: flow.youngCancelSeconds,
    'limitSize.median': flow.limitSize.median,
    'marketSize.median': flow.marketSize.median,
    signRunExponent: flow.signRunExponent,
    'excitation.decaySeconds': flow.excitation.decaySeconds,
    'reference.stepsPerSecond': flow.reference?.stepsPerSecond ?? 1,
    'sweeps.meanReachBp': flow.sweeps?.meanReachBp ?? 1,
  };
  const notNegative = {
    distanceExponent: flow.distanceExponent,
    marketRate: flow.marketRate,
    youngCancelMultiple: flow.youngCancelMultiple,
    partialCancelShare: flow.partialCancelShare,
    'limitSize.sigma': flow.limitSize.sigma,
    roundSizeShare: flow.roundSizeShare,
    'marketSize.sigma': flow.marketSize.sigma,
    'excitation.jump': flow.excitation.jump,
    'excitation.cap': flow.excitation.cap,
    minLevels: flow.minLevels,
    'reference.sigmaBpPerSqrtSecond': flow.reference?.sigmaBpPerSqrtSecond ?? 0,
    'sweeps.rate': flow.sweeps?.rate ?? 0,
    'sweeps.maxReachBp': flow.sweeps?.maxReachBp ?? 0,
  };
  for (const [name, value] of Object.entries(positive)) if (!(value > 0 && value < Infinity)) throw bad(name, value);
  for (const [name, value] of Object.entries(notNegative))
    if (!(value >= 0 && value < Infinity)) throw bad(name, value);
  if (flow.distances > 100_000) throw bad('distances', flow.distances);
}

function bad(name: string, value: number): SimError {
  return new SimError('KB_SIM_BAD_OPTION', `Order flow: ${name} cannot be ${value}`);
}
