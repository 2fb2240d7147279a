import { legQuantile } from '@kb/engine';
import type { LatencyProfile } from '@kb/engine';
import { formatDuration } from '../duration.ts';
import type { LegQuantiles, MeasuredLatency } from './measured-latency.ts';

/** A latency in a line: `home: feed 5ms, order 15ms, answer 10ms`; of distributions the median and the 99th percentile. */
export function latencyText(latency: LatencyProfile): string {
  const { name, feed, entry, ack } = latency;
  return `${name}: feed ${legText(feed, 'entry')}, order ${legText(entry, 'entry')}, answer ${legText(ack, 'ack')}`;
}

/** What an order takes, as `8ms each way` or `8ms (p99 60ms) each way`. */
export function orderLatencyText({ entry }: LatencyProfile): string {
  return `${legText(entry, 'entry')} each way`;
}

function legText(leg: LatencyProfile['feed'] | LatencyProfile['entry'], end: 'entry' | 'ack'): string {
  const [median, tail] = [legQuantile(leg, end, 0.5), legQuantile(leg, end, 0.99)];
  return median === tail ? formatDuration(median) : `${formatDuration(median)} (p99 ${formatDuration(tail)})`;
}

/** What the connection of a run really took; nothing was measured on one that was too short. */
export function measuredText({ pings, feed, entry, ack }: MeasuredLatency): string {
  const leg = ({ p50, p99 }: LegQuantiles): string => `${formatDuration(p50)} (p99 ${formatDuration(p99)})`;
  return `feed ${leg(feed)}, order ${leg(entry)}, answer ${leg(ack)}, by ${pings} pings`;
}
