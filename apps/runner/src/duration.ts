import { decimalToCount, KbError, micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { CliError } from './cli-error.ts';

/** Units of a duration in microseconds. */
const UNITS = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 } as const;
export type DurationUnit = keyof typeof UNITS;

/**
 * Reads a duration such as `30ms`, `1.5s`, `15m` or `2h`, exactly.
 * @param bareUnit The unit of a number without one: the flag's own, as in `--interval-ms 100`.
 * @throws CliError `KB_CLI_USAGE`.
 */
export function parseDuration(text: string, bareUnit: DurationUnit): Micros {
  const match = /^(\d+(?:\.\d+)?)\s*(us|µs|ms|s|min|m|h|d)?$/.exec(text.trim());
  if (match === null) throw notADuration(text);
  const unit = match[2] === undefined ? bareUnit : UNIT_NAMES[match[2]];
  if (unit === undefined) throw notADuration(text);
  const [decimals, scale] = UNITS[unit] < UNITS.s ? [Math.log10(UNITS[unit]), 1] : [6, UNITS[unit] / UNITS.s];
  try {
    return micros(decimalToCount(match[1] ?? '', decimals) * scale);
  } catch (error) {
    if (error instanceof KbError || error instanceof RangeError) throw notADuration(text, error);
    throw error;
  }
}

/** Writes a duration for people: `45s`, `1m30s`, `2h05m`. Parts of a second only below ten seconds. */
export function formatDuration(duration: Micros): string {
  if (duration < UNITS.ms) return `${duration}us`;
  if (duration < UNITS.s) return `${trimZeros((duration / UNITS.ms).toFixed(1))}ms`;
  if (duration < 10 * UNITS.s) return `${trimZeros((Math.floor(duration / 100_000) / 10).toFixed(1))}s`;
  const seconds = Math.floor(duration / UNITS.s);
  const [s, m, h] = [seconds % 60, Math.floor(seconds / 60) % 60, Math.floor(seconds / 3600)];
  const two = (part: number): string => String(part).padStart(2, '0');
  if (h > 0) return `${h}h${two(m)}m`;
  return m > 0 ? `${m}m${two(s)}s` : `${s}s`;
}

const UNIT_NAMES: Readonly<Record<string, DurationUnit>> = {
  us: 'us',
  µs: 'us',
  ms: 'ms',
  s: 's',
  m: 'm',
  min: 'm',
  h: 'h',
  d: 'd',
};

function trimZeros(text: string): string {
  return text.replace(/\.0$/, '');
}

function notADuration(text: string, cause?: Error): CliError {
  return new CliError('KB_CLI_USAGE', `expected a duration such as 30ms, 15s or 1m, was ${JSON.stringify(text)}`, {
    cause,
  });
}
