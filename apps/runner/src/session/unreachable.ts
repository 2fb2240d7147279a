import type { Micros } from '@kb/model';
import { CliError } from '../cli-error.ts';
import { formatDuration } from '../duration.ts';

/** A market that could not be reached at the start, with what the last attempt died of. */
export function unreachable(url: string, within: Micros, trouble: string): CliError {
  const why = trouble === '' ? 'no answer' : trouble;
  return new CliError('KB_CLI_UNREACHABLE', `${url}: no market data within ${formatDuration(within)}: ${why}`, {
    hint: 'check the address and your network, or give it longer with --connect-timeout',
  });
}
