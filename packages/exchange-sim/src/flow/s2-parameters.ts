import { SimError } from '../errors.ts';
import type { SizeParameters } from './flow-parameters.ts';
import type { RunParameters } from './metaorders.ts';
import type { YoungCancels } from './quantile-table.ts';
import type { RegimeFactor } from './regime.ts';

/**
 * The order flow S2: rates that depend on the queues, cluster, follow regimes of activity, and lean against what takers did.
 *
 * The rate of an event e is base_e · f_e(queues) · R(t) · (1 + h_e(t)) · exp(m_e φ(t)). Rates are per second and without the clustering h,
 * which multiplies the events of a day by about 1 / (1 − branching). Distances count steps of the tick size; sizes are in base currency.
 */
export interface S2Parameters {
  /** Rate of limit orders outside the spread, each side. */
  readonly limitRate: number;
  /** Share of them that joins the best level; the share that goes anywhere up to `backgroundTicks`, and stays long. */
  readonly joinShare: number;
  readonly backgroundShare: number;
  readonly backgroundTicks: number;
  /** The others come k ticks behind the best, k ≤ `distances`, with weights (k + `nearTicks`)^−`distanceExponent`. */
  readonly distances: number;
  readonly nearTicks: number;
  readonly distanceExponent: number;
  /** Distances grow with R to this power: books are sparse in busy times. */
  readonly wideningExponent: number;

  /**
   * Rate of orders inside the spread, each side, where the spread is `ordinaryTicks` or more; below it falls in proportion. A
   * `tightShare` of them leaves a spread of one tick, the others go to any price inside. Shares (1 + `follow`) / 2 come on the side that the
   * price moves to: buys where the ask has just gone up.
   */
  readonly inSpread: {
    readonly rate: number;
    readonly tightShare: number;
    readonly ordinaryTicks: number;
    readonly follow: number;
  };

  /** μ: rate of takers, each side on average. */
  readonly marketRate: number;
  /** How many agents work a metaorder at a time, and how many takers one has. */
  readonly agents: number;
  readonly runs: RunParameters;
  readonly marketSize: SizeParameters;
  /** Share of takers that want no more than the best level has. */
  readonly cutShare: number;
  /** The others go on behind it, no further than a distance with this mean (exponential). */
  readonly reachTicks: number;

  readonly limitSize: SizeParameters;
  /** Shares of limit sizes rounded down to 1, 2 or 5 times a power of ten of the base currency, and of the quote currency. */
  readonly roundSizeShare: number;
  readonly notionalSizeShare: number;

  /** θ and its young multiples: an order is cancelled at the rate θ(1 + Σ A e^(−age/τ)), on a clock that runs with R(t)(1 + h). */
  readonly cancelRate: number;
  readonly youngCancels: readonly YoungCancels[];
  /** θ of the background. */
  readonly backgroundCancelRate: number;
  /** θ of orders that were placed inside the spread; they have no young multiples. */
  readonly inSpreadCancelRate: number;
  readonly partialCancelShare: number;

  readonly clustering: ClusteringParameters;
  readonly regime: readonly RegimeFactor[];
  readonly feedback: FeedbackParameters;
  readonly response: QueueResponse;
  /** A side that falls below this many levels is filled up behind its worst one in the same instant. */
  readonly minLevels: number;
}

/** Hawkes kernels: after an event its kind, and the others, are more likely, and less so with time. */
export interface ClusteringParameters {
  /** In seconds. */
  readonly halfLives: readonly number[];
  /** How the offspring of an event divide over the half-lives. */
  readonly shares: readonly number[];
  /** Direct offspring of an event: takers of a taker, other events (limit orders, cancels) of a taker, and so on. */
  readonly takerToTaker: number;
  readonly takerToMaker: number;
  readonly makerToTaker: number;
  readonly makerToMaker: number;
  /** 1 + h goes no higher. */
  readonly most: number;
}

/** φ: what takers bought and sold of late, as ±√(size / median), fading with several half-lives. */
export interface FeedbackParameters {
  readonly halfLives: readonly number[];
  readonly weights: readonly number[];
  /** m: after buyers, orders of sellers come exp(m φ) times more often, those of buyers less often by the same factor. */
  readonly limit: number;
  readonly inSpread: number;
  readonly market: number;
  readonly cancel: number;
  /** |φ| goes no higher. */
  readonly most: number;
}

/**
 * f: factors by how the best queues compare, in five bins of (own − other) / (own + other), from −1 (own is the weak side) to +1; and of
 * limit orders that join by the size of the own queue: below 0.5, 2, 8 median limit sizes, and above.
 */
export interface QueueResponse {
  readonly limit: Five;
  readonly inSpread: Five;
  /** Of takers; own is the side of the takers, so at +1 they hit the weak side. */
  readonly market: Five;
  readonly cancel: Five;
  readonly joinByQueue: readonly [number, number, number, number];
}

export type Five = readonly [number, number, number, number, number];

/** @throws SimError `KB_SIM_BAD_OPTION` naming the parameter. */
export function checkS2(flow: S2Parameters): void {
  const { clustering, feedback, response } = flow;
  const positive: Record<string, number> = {
    limitRate: flow.limitRate,
    backgroundTicks: flow.backgroundTicks,
    distances: flow.distances,
    'inSpread.rate': flow.inSpread.rate,
    'inSpread.ordinaryTicks': flow.inSpread.ordinaryTicks,
    agents: flow.agents,
    'runs.exponent': flow.runs.exponent,
    'runs.shortest': flow.runs.shortest,
    'runs.longest': flow.runs.longest,
    'marketSize.median': flow.marketSize.median,
    'limitSize.median': flow.limitSize.median,
    cancelRate: flow.cancelRate,
    backgroundCancelRate: flow.backgroundCancelRate,
    inSpreadCancelRate: flow.inSpreadCancelRate,
    'clustering.most': clustering.most,
    minLevels: flow.minLevels,
    ...numbered('clustering.halfLives', clustering.halfLives),
    ...numbered('feedback.halfLives', feedback.halfLives),
    ...numbered(
      'youngCancels.seconds',
      flow.youngCancels.map(({ seconds }) => seconds),
    ),
    ...numbered(
      'regime.seconds',
      flow.regime.map(({ seconds }) => seconds),
    ),
    ...numbered('response.limit', response.limit),
    ...numbered('response.inSpread', response.inSpread),
    ...numbered('response.market', response.market),
    ...numbered('response.cancel', response.cancel),
    ...numbered('response.joinByQueue', response.joinByQueue),
  };
  const notNegative: Record<string, number> = {
    nearTicks: flow.nearTicks,
    reachTicks: flow.reachTicks,
    distanceExponent: flow.distanceExponent,
    wideningExponent: flow.wideningExponent,
    marketRate: flow.marketRate,
    'marketSize.sigma': flow.marketSize.sigma,
    'limitSize.sigma': flow.limitSize.sigma,
    'clustering.takerToTaker': clustering.takerToTaker,
    'clustering.takerToMaker': clustering.takerToMaker,
    'clustering.makerToTaker': clustering.makerToTaker,
    'clustering.makerToMaker': clustering.makerToMaker,
    'feedback.limit': feedback.limit,
    'feedback.inSpread': feedback.inSpread,
    'feedback.market': feedback.market,
    'feedback.cancel': feedback.cancel,
    'feedback.most': feedback.most,
    ...numbered('clustering.shares', clustering.shares),
    ...numbered('feedback.weights', feedback.weights),
    ...numbered(
      'youngCancels.multiple',
      flow.youngCancels.map(({ multiple }) => multiple),
    ),
    ...numbered(
      'regime.sd',
      flow.regime.map(({ sd }) => sd),
    ),
  };
  const shares: Record<string, number> = {
    joinShare: flow.joinShare,
    backgroundShare: flow.backgroundShare,
    'joinShare + backgroundShare': flow.joinShare + flow.backgroundShare,
    'inSpread.tightShare': flow.inSpread.tightShare,
    'inSpread.follow': flow.inSpread.follow,
    cutShare: flow.cutShare,
    roundSizeShare: flow.roundSizeShare,
    notionalSizeShare: flow.notionalSizeShare,
    partialCancelShare: flow.partialCancelShare,
  };
  for (const [name, value] of Object.entries(positive)) if (!(value > 0 && value < Infinity)) throw bad(name, value);
  for (const [name, value] of Object.entries(notNegative)) {
    if (!(value >= 0 && value < Infinity)) throw bad(name, value);
  }
  for (const [name, value] of Object.entries(shares)) if (!(value >= 0 && value <= 1)) throw bad(name, value);
  if (flow.distances > 100_000) throw bad('distances', flow.distances);
  if (!Number.isInteger(flow.agents) || flow.agents > 1000) throw bad('agents', flow.agents);
  if (clustering.shares.length !== clustering.halfLives.length)
    throw bad('clustering.shares', clustering.shares.length);
  if (feedback.weights.length !== feedback.halfLives.length) throw bad('feedback.weights', feedback.weights.length);
  const branching = branchingRatio(clustering);
  if (!(branching < 1)) throw bad('branching ratio (it must be below 1)', branching);
}

/** The largest eigenvalue of the two-by-two matrix of direct offspring: below 1, or events would never end. */
export function branchingRatio(clustering: ClusteringParameters): number {
  const { takerToTaker, takerToMaker, makerToTaker, makerToMaker } = clustering;
  const mean = (takerToTaker + makerToMaker) / 2;
  const half = (takerToTaker - makerToMaker) / 2;
  return mean + Math.sqrt(half * half + takerToMaker * makerToTaker);
}

function numbered(name: string, values: readonly number[]): Record<string, number> {
  return Object.fromEntries(values.map((value, index) => [`${name}[${index}]`, value]));
}

function bad(name: string, value: number): SimError {
  return new SimError('KB_SIM_BAD_OPTION', `Order flow: ${name} cannot be ${value}`);
}
