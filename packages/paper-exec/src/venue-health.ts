import type { Micros } from '@kb/model';
import type { PairImpact } from './impact/pair-impact.ts';
import type { AckSlack, AckSlackSummary } from './latency/ack-slack.ts';
import type { Lane } from './matching/lane.ts';
import type { Matcher } from './matching/matcher.ts';
import type { CentralRule } from './queue/queue-context.ts';

/**
 * `latency-faster-than-feed`: more than one report in a hundred was known only after it was due. `impact-suspect`: in some minute
 * own fills were more than the alarm's share of what traded. `large-share-of-volume`: they were more than a hundredth of it over
 * all, so that a result without a charge for impact means nothing.
 */
export type PaperVenueFlag = 'latency-faster-than-feed' | 'impact-suspect' | 'large-share-of-volume';

/** How well the venue could keep to its rules. */
export interface PaperVenueHealth {
  /** Reports that were known only after they should have been here: the feed is slower than the latency configured. */
  readonly lateReports: number;
  readonly reports: number;
  /** By how much the latest of them was late. */
  readonly worstLateness: Micros;
  /** When results were known, against when their reports were due. */
  readonly ackSlack: AckSlackSummary;
  /** What makes the run less worth than it looks. */
  readonly flags: readonly PaperVenueFlag[];
  /** Market messages that came when matching had gone past them already. */
  readonly lateEvents: number;
  /** Market messages applied before the watermark had passed them, because the buffer was full. */
  readonly forcedEvents: number;
  /** Prints not used: historical, repeated, or while there was no book. */
  readonly ignoredTrades: number;
  /** Prints of a gap that were told later and went to the orders that stood through it. */
  readonly recoveredTrades: number;
  /** How far the queues of each symbol can be trusted. */
  readonly queues: Readonly<Record<string, QueueHealth>>;
  /** How large own fills were beside each symbol's market, and what that would have cost. */
  readonly impact: Readonly<Record<string, PairImpact>>;
}

/** How far the queue models of a symbol can be trusted. */
export interface QueueHealth {
  /** What `central` goes by now: real orders, inferred ones, or the level's size alone. */
  readonly centralRule: CentralRule;
  /** Share of cancels that equal exactly one inferred order, a mean over some 500; `undefined` while none was looked up. */
  readonly matchRate: number | undefined;
  /** Share of the time with orders at rest in which the place of one at least was not known, from 0 to 1. */
  readonly uncertainShare: number;
  /** Lots that printed without ever having been displayed. */
  readonly hiddenVolume: number;
}

/** @param now Latest venue time. */
export function healthOf(lanes: readonly Lane[], slack: AckSlack, now: Micros): PaperVenueHealth {
  const sum = (count: (lane: Lane) => number): number => lanes.reduce((total, lane) => total + count(lane), 0);
  const queues: Record<string, QueueHealth> = {};
  const impact: Record<string, PairImpact> = {};
  for (const lane of lanes) {
    const { symbol } = lane.matcher;
    queues[symbol] = queueHealth(lane.matcher);
    if (lane.instrument !== undefined) impact[symbol] = lane.impact.summary(lane.instrument, now);
  }
  const flags: PaperVenueFlag[] = [];
  if (slack.isFasterThanFeed) flags.push('latency-faster-than-feed');
  if (Object.values(impact).some(({ suspectMinutes }) => suspectMinutes > 0)) flags.push('impact-suspect');
  if (lanes.some((lane) => lane.impact.isLarge)) flags.push('large-share-of-volume');
  return {
    reports: slack.reports,
    lateReports: slack.late,
    worstLateness: slack.worst,
    ackSlack: slack.summary(),
    flags,
    lateEvents: sum(({ lateEvents }) => lateEvents),
    forcedEvents: sum(({ forcedEvents }) => forcedEvents),
    ignoredTrades: sum(({ ignoredTrades }) => ignoredTrades),
    recoveredTrades: sum(({ recoveredTrades }) => recoveredTrades),
    queues,
    impact,
  };
}

function queueHealth({ context, trust }: Matcher): QueueHealth {
  return {
    centralRule: context.centralRule(context.exactBook !== undefined),
    matchRate: context.lessons.matchRate.value,
    uncertainShare: trust.uncertainShare,
    hiddenVolume: context.hiddenVolume,
  };
}
