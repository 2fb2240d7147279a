import { CliError } from '../cli-error.ts';
import { parseDuration } from '../duration.ts';
import { LATENCY_PROFILE_NAMES } from '../options.ts';
import type { LatencyChoice } from '../options.ts';
import { suggestion } from './raw-options.ts';

export const LATENCY_HELP: string = `one-way time of each leg to and from the venue (a bare number is milliseconds), or assumed distributions: ${LATENCY_PROFILE_NAMES.join(', ')}, or a .json file of measured ones, as a run leaves in report/latency.json`;

/** `30ms`, or a profile's name. */
export function parseLatency(text: string): LatencyChoice {
  const profile = LATENCY_PROFILE_NAMES.find((name) => name === text);
  if (profile !== undefined) return profile;
  if (text.endsWith('.json')) return { file: text };
  if (/^\d/.test(text)) return parseDuration(text, 'ms');
  const names = LATENCY_PROFILE_NAMES.join(', ');
  throw new CliError(
    'KB_CLI_USAGE',
    `expected a time such as 30ms, ${names}, or a .json file, was ${JSON.stringify(text)}${suggestion(text, LATENCY_PROFILE_NAMES)}`,
  );
}
