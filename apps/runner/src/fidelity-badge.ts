import type { AckSlackSummary, QueueHealth, RunSummary } from '@kb/engine';
import { micros } from '@kb/model';
import { formatDuration } from './duration.ts';

/**
 * How far the fills of a run can be trusted, a line for each pair and one for the answers: by what places in the queue were known,
 * how much of the time they were not, how large own fills were, and whether results were known when they were due.
 */
export function badgeLines({ queues, impact, ackSlack }: RunSummary): readonly string[] {
  const pairs = Object.entries(queues).map(
    ([symbol, queue]) => `${symbol}: ${queueText(queue)}${shareText(impact?.pairs[symbol]?.share)}`,
  );
  return ackSlack === undefined || ackSlack.reports === 0 ? pairs : [...pairs, slackText(ackSlack)];
}

function queueText({ centralRule, matchRate, uncertainShare }: QueueHealth): string {
  const matched = matchRate === undefined ? '' : `, ${percent(matchRate)} of cancels matched`;
  return `queues by ${RULES[centralRule]}${matched}, places unknown ${percent(uncertainShare)} of the time`;
}

/** The numbers are those of the fidelity page. */
const RULES: Readonly<Record<QueueHealth['centralRule'], string>> = {
  exact: 'single orders (Q0)',
  fingerprint: 'inferred orders (Q1)',
  'power-blend': 'sizes of levels alone (Q3)',
};

function shareText(share: number | undefined): string {
  return share === undefined ? '' : `, own fills ${percent(share)} of what traded`;
}

function slackText({ onTime, p99 }: AckSlackSummary): string {
  const distance = formatDuration(micros(Math.abs(p99)));
  return `${percent(onTime)} of answers known in time, 99 of 100 ${p99 > 0 ? `at most ${distance} late` : `${distance} early or more`}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
