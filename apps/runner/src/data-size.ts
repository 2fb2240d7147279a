import { CliError } from './cli-error.ts';

/** Units of a size in bytes: decimal ones as disks are sold, binary ones as systems count. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/**
 * Reads a size such as `500MB`, `1.5GiB` or, in bytes, `4096`.
 * @returns Whole bytes, at least one.
 * @throws CliError `KB_CLI_USAGE`.
 */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit === '' ? 'B' : unit] ?? Number.NaN));
  if (number !== '' && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new CliError('KB_CLI_USAGE', `expected a size such as 500MB or 2GiB, was ${JSON.stringify(text)}`);
}

/** Writes a size for people, in decimal units: `312 B`, `4.2 kB`, `1.5 GB`. */
export function formatSize(bytes: number): string {
  const unit = ['TB', 'GB', 'MB', 'kB'].find((each) => bytes >= (UNITS[each] ?? 0));
  return unit === undefined ? `${bytes} B` : `${(bytes / (UNITS[unit] ?? 1)).toFixed(1)} ${unit}`;
}
