import type { LoadBucket } from './load-meter.ts';
import { logNormalQuantiles } from './quantiles.ts';
import type { Quantiles } from './quantiles.ts';
import type { Latency } from './latency.ts';

/** How much farther out the 99th percentile is in a burst. */
const BURST = 3;

export type LatencyProfileName = 'eu-vps' | 'home' | 'us-east';

/**
 * Named assumptions, for those who have not measured theirs: replace them by `LatencyCalibrator` as soon as you can.
 *
 * | name      | where               | p50   | p99    |
 * | --------- | ------------------- | ----- | ------ |
 * | `eu-vps`  | a server in the EU  | 8 ms  | 60 ms  |
 * | `home`    | a home line         | 25 ms | 150 ms |
 * | `us-east` | a server in the US  | 90 ms | 200 ms |
 *
 * Every leg, of every kind of command, is the log-normal through both. In a burst the 99th percentile is three times as far
 * out, and √3 times while it is busy.
 */
export const LATENCY_PROFILES: Readonly<Record<LatencyProfileName, Latency>> = {
  'eu-vps': profile(8_000, 60_000),
  home: profile(25_000, 150_000),
  'us-east': profile(90_000, 200_000),
};

export const LATENCY_PROFILE_NAMES: readonly LatencyProfileName[] = ['eu-vps', 'home', 'us-east'];

function profile(p50: number, p99: number): Latency {
  const leg: Readonly<Record<LoadBucket, Quantiles>> = {
    quiet: logNormalQuantiles(p50, p99),
    busy: logNormalQuantiles(p50, p99 * Math.sqrt(BURST)),
    burst: logNormalQuantiles(p50, p99 * BURST),
  };
  return { feed: leg, entry: leg, ack: leg };
}
