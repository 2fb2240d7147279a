import type { LoadBucket } from '@kb/paper-exec';
import type { Metrics } from '../measure/metrics.ts';
import type { Slice } from '../measure/slices.ts';
import type { ForecastScore } from '../stats/forecast.ts';

/** All that one run of an experiment found. Missing figures are not a number here, and null in JSON. */
export interface FidelityReport {
  readonly format: typeof FORMAT;
  readonly experiment: 'e1' | 'e2' | 'e5';
  readonly seed: number;
  readonly scale: Scale;
  readonly dataSets: readonly DataSetReport[];
  /** Real orders in simulated markets; E1 only. */
  readonly quoted: readonly QuotedReport[];
  /** Modelled against realised latency; E5 only. */
  readonly latency?: readonly LatencyReport[];
}

export const FORMAT = 'kb-fidelity-1';

/** `smoke` seconds, for CI · `small` a minute or two · `full` what the page shows. */
export const SCALES = ['smoke', 'small', 'full'] as const;
export type Scale = (typeof SCALES)[number];

/** How fast it went: rows of orders in, public messages over all streams, each heard by every estimator of its stream. */
export interface Speed {
  readonly rows: number;
  readonly messages: number;
  readonly seconds: number;
}

/** Orders without size, beside the look-ahead truth. */
export interface DataSetReport {
  readonly name: string;
  readonly hours: number;
  readonly speed: Speed;
  /** Executions of known orders, and how many of them did not take the first of their queue. */
  readonly executions: number;
  readonly outOfTurn: number;
  readonly hiddenExecutions: number;
  /** Waiting phantoms that a hidden execution passed by, each time counted. */
  readonly hiddenMeetings: number;
  readonly groups: readonly GroupReport[];
  /** The bracket as a forecast, on all orders. */
  readonly bracket: readonly { readonly window: number; readonly forecasts: readonly ForecastScore[] }[];
  readonly slices: readonly Slice[];
  /** Survival curves at the best, without merging; the first is the truth. */
  readonly curves: readonly Curve[];
  readonly takers: readonly TakerReport[];
}

/** Orders of one kind: all of them, or by where they were placed. */
export interface GroupReport {
  readonly group: 'all' | 'at best' | 'at best, spread > 2 ticks' | 'behind' | 'inside';
  readonly orders: number;
  readonly metrics: readonly Metrics[];
}

export interface Curve {
  readonly name: string;
  /** Seconds, and the share still waiting. */
  readonly points: readonly (readonly [number, number])[];
}

export interface TakerReport {
  readonly window: number;
  readonly probes: number;
  readonly unfilled: number;
  /** Estimated less true average price against the taker, in basis points. */
  readonly mean: number;
  readonly meanAbsolute: number;
  readonly largest: number;
}

/** Orders with size that really match, and the same strategy on paper in a twin market without them. */
export interface QuotedReport {
  readonly kind: string;
  /** Size of a quote as a share of what trades while it stands, and the share of all that traded which it came to. */
  readonly share: number;
  readonly participation: number;
  readonly hours: number;
  /** Length of the blocks whose profits are looked at. */
  readonly blockSeconds: number;
  readonly seeds: number;
  readonly orders: number;
  readonly speed: Speed;
  /** (a): estimates from the same run, own size taken off. */
  readonly metrics: readonly Metrics[];
  readonly coverage: readonly CoverageReport[];
  readonly twin: TwinReport;
}

/** Whether the true profit of each block lay in the bracket. */
export interface CoverageReport {
  readonly window: number;
  readonly blocks: number;
  /** Shares of the blocks: the true profit is between the pessimistic and the optimistic line. */
  readonly covered: number;
  /** It is between the least and the greatest of all lines of the paper engine. */
  readonly coveredByLines: number;
  /** It is between the sums of each order's worse and better end. */
  readonly coveredByOrders: number;
  /** It is between the sums of each order's worst and best line. */
  readonly coveredByOrderLines: number;
  /** The truly traded amount is in the bracket. */
  readonly lotsCovered: number;
  /** Widths over true turnover, mean over the blocks, in basis points; and by how much the truth lay outside the first. */
  readonly width: number;
  readonly widthByOrders: number;
  readonly widthByOrderLines: number;
  readonly excess: number;
}

/** Latency as it was measured on one day, against what it was on another. */
export interface LatencyReport {
  readonly name: string;
  /** Length of each day. */
  readonly hours: number;
  readonly quantiles: readonly LatencyQuantile[];
}

/** One quantile of one leg under one load, in microseconds. */
export interface LatencyQuantile {
  readonly leg: 'entry' | 'ack' | 'feed';
  readonly load: LoadBucket;
  /** Of the second day. */
  readonly samples: number;
  /** The first day had too few samples for a table of its own. */
  readonly isBorrowed: boolean;
  readonly share: number;
  readonly modelled: number;
  readonly realised: number;
}

/** (b): the market without the orders. Against (a) it shows what their presence changes. */
export interface TwinReport {
  /** Seconds from the first quote until the mids differed, by seed; not a number while they never did. */
  readonly divergedAfter: readonly number[];
  readonly estimates: readonly {
    readonly name: string;
    /** Price times size filled on paper in the twin over what was really filled; in (a) the same over the same. */
    readonly twinRatio: number;
    readonly sameRunRatio: number;
    /** Profit over turnover, in basis points: in the twin, in (a), and really. */
    readonly twinProfit: number;
    readonly sameRunProfit: number;
    readonly trueProfit: number;
  }[];
}
