import type { S2Parameters } from './s2-parameters.ts';

/** How a market is sized. Money is in the quote currency, distances in basis points of the price. */
export interface S2Scale {
  /** Price of one unit of the base currency. A statistic, not money: it only sizes the flow. */
  readonly price: number;
  /** Smallest step of the price. */
  readonly tickSize: number;
  /** How much of the quote currency a US dollar is worth: 1 for USD and its stablecoins, about 0.000017 for BTC. */
  readonly perDollar?: number;
}

/**
 * `busy` like BTC/USD: 100–300 events and 1–5 trades a second · `steady` like ETH/USD: about half of it · `thin` few orders and a wide
 * spread · `meme` a coin whose tick is a large part of its price: long queues · `quiet` mean 10 events a second, for many at once.
 */
export type S2Style = 'busy' | 'steady' | 'thin' | 'meme' | 'quiet';

interface Style {
  readonly flow: Omit<
    S2Parameters,
    'limitSize' | 'marketSize' | 'backgroundTicks' | 'distances' | 'nearTicks' | 'reachTicks' | 'inSpread'
  >;
  /** Medians, in US dollars, and deviations of the logarithm. */
  readonly limitDollars: number;
  readonly limitSigma: number;
  readonly marketDollars: number;
  readonly marketSigma: number;
  readonly backgroundBp: number;
  readonly distancesBp: number;
  readonly nearBp: number;
  readonly reachBp: number;
  readonly inSpread: {
    readonly rate: number;
    readonly tightShare: number;
    readonly ordinaryBp: number;
    readonly follow: number;
  };
}

const BUSY: Style = {
  flow: {
    limitRate: 8,
    joinShare: 0.035,
    backgroundShare: 0.065,
    distanceExponent: 0.9,
    wideningExponent: 0.95,
    marketRate: 0.6,
    agents: 3,
    runs: { exponent: 1.5, shortest: 6, longest: 3_000 },
    cutShare: 0.85,
    roundSizeShare: 0.25,
    notionalSizeShare: 0.3,
    cancelRate: 0.032,
    youngCancels: [
      { multiple: 4, seconds: 4 },
      { multiple: 12, seconds: 0.6 },
      { multiple: 34, seconds: 0.1 },
      { multiple: 160, seconds: 0.003 },
    ],
    backgroundCancelRate: 0.0003,
    inSpreadCancelRate: 0.1,
    partialCancelShare: 0.02,
    clustering: {
      halfLives: [0.001, 0.03, 1, 30],
      shares: [0.4, 0.25, 0.15, 0.2],
      takerToTaker: 0.6,
      takerToMaker: 3,
      makerToTaker: 0.001,
      makerToMaker: 0.78,
      most: 100,
    },
    regime: [
      { seconds: 60, sd: 0.4 },
      { seconds: 3_600, sd: 0.4 },
      { seconds: 86_400, sd: 0.4 },
    ],
    feedback: {
      halfLives: [1, 10, 100, 1000],
      weights: [0.1, 0.1, 0.06, 0.012],
      limit: 0,
      inSpread: 0.03,
      market: 0,
      cancel: 0,
      most: 40,
    },
    response: {
      limit: [1.6, 1.3, 1, 0.7, 0.4],
      inSpread: [0.3, 0.65, 1, 1.5, 2.2],
      market: [0.3, 0.6, 1, 1.7, 2.8],
      cancel: [6, 2.5, 1, 0.6, 0.4],
      joinByQueue: [20, 6, 1, 0.3],
    },
    minLevels: 200,
  },
  limitDollars: 1_200,
  limitSigma: 1.4,
  marketDollars: 1_500,
  marketSigma: 1.8,
  backgroundBp: 30,
  distancesBp: 50,
  nearBp: 3,
  reachBp: 0.35,
  inSpread: { rate: 6, tightShare: 0.6, ordinaryBp: 0.1, follow: 0.9 },
};

/** The same flow with its rates multiplied: of limit orders, of takers, inside the spread. */
function paced(style: Style, limits: number, takers: number, cancels = 1): Style {
  const { flow, inSpread } = style;
  return {
    ...style,
    flow: {
      ...flow,
      limitRate: flow.limitRate * limits,
      marketRate: flow.marketRate * takers,
      cancelRate: flow.cancelRate * cancels,
      backgroundCancelRate: flow.backgroundCancelRate * cancels,
    },
    inSpread: { ...inSpread, rate: inSpread.rate * limits },
  };
}

const STYLES: Readonly<Record<S2Style, Style>> = {
  busy: BUSY,
  steady: { ...paced(BUSY, 0.75, 0.33), limitDollars: 800, marketDollars: 800 },
  thin: {
    ...paced(BUSY, 0.06, 0.033, 0.3),
    limitDollars: 400,
    marketDollars: 300,
    distancesBp: 120,
    nearBp: 8,
    reachBp: 4,
    inSpread: { rate: 0.04, tightShare: 0.1, ordinaryBp: 3, follow: 0.4 },
  },
  meme: { ...paced(BUSY, 0.45, 0.2), limitDollars: 600, marketDollars: 400 },
  quiet: { ...paced(BUSY, 0.05, 0.045, 0.5), limitDollars: 800, marketDollars: 600 },
};

export const S2_STYLES: readonly S2Style[] = ['busy', 'steady', 'thin', 'meme', 'quiet'];

/** Parameters of a style for a pair of that price and tick size. */
export function s2For({ price, tickSize, perDollar = 1 }: S2Scale, name: S2Style = 'busy'): S2Parameters {
  const style = STYLES[name];
  const { inSpread } = style;
  const dollar = perDollar / price;
  const ticksPerBp = (price * 1e-4) / tickSize;
  const distances = Math.min(Math.max(Math.round(style.distancesBp * ticksPerBp), 20), 20_000);
  return {
    ...style.flow,
    limitSize: { median: style.limitDollars * dollar, sigma: style.limitSigma },
    marketSize: { median: style.marketDollars * dollar, sigma: style.marketSigma },
    backgroundTicks: Math.max(style.backgroundBp * ticksPerBp, 50),
    distances,
    // Where ticks are coarse the whole book is a few levels: more of them would lie where nobody trades.
    minLevels: Math.min(style.flow.minLevels, Math.round(distances / 2)),
    nearTicks: style.nearBp * ticksPerBp,
    reachTicks: style.reachBp * ticksPerBp,
    inSpread: {
      rate: inSpread.rate,
      tightShare: inSpread.tightShare,
      follow: inSpread.follow,
      ordinaryTicks: Math.max(inSpread.ordinaryBp * ticksPerBp, 1),
    },
  };
}
