import { ORDER_RATE_TIERS } from '@kb/model';
import type { OrderRateTierName } from '@kb/model';
import type { Command as Commander } from 'commander';
import { CliError } from '../cli-error.ts';
import type { AccountTerms } from '../options.ts';
import type { FlagReader } from './raw-options.ts';
import { ENTRY_TIER_FEES } from '../session/paper-config.ts';

const VENUE_TIERS = Object.keys(ORDER_RATE_TIERS) as readonly OrderRateTierName[];
const { maker, taker } = ENTRY_TIER_FEES;

/** What the exchange charges an account, and how much it lets it order. */
export function addAccountFlags(command: Commander): Commander {
  return command
    .option(
      '--fees <rates>',
      `maker and taker fee as fractions, or tier: by what was traded (default: ${maker},${taker}, Kraken's first tier)`,
    )
    .option('--volume <usd>', 'US dollars that the account has traded in the last 30 days; means --fees tier')
    .option('--venue-tier <tier>', `hold the account to this tier's limits on orders: ${VENUE_TIERS.join(', ')}`);
}

/** Reads them; problems stay with the reader. */
export function readAccount(reader: FlagReader): AccountTerms {
  const volume = reader.parsed('volume', parseVolume);
  const fees = reader.parsed('fees', parseFees);
  const venueTier = reader.oneOf('venueTier', VENUE_TIERS);
  if (volume !== undefined && typeof fees === 'object') {
    reader.problem('--volume goes with --fees tier: rates that are given do not change');
  }
  const tiers = volume !== undefined || fees === 'tier' ? { startingVolume: volume ?? '0' } : undefined;
  return { fees: tiers ?? (typeof fees === 'object' ? fees : ENTRY_TIER_FEES), venueTier };
}

function parseVolume(text: string): string {
  if (/^\d{1,15}(\.\d{1,10})?$/.test(text)) return text;
  throw new CliError('KB_CLI_USAGE', `expected US dollars such as 48000, was ${JSON.stringify(text)}`);
}

function parseFees(text: string): 'tier' | { readonly maker: string; readonly taker: string } {
  if (text === 'tier') return text;
  const [, first = '', second = ''] = /^(-?0(?:\.\d{1,18})?),(-?0(?:\.\d{1,18})?)$/.exec(text) ?? [];
  if (first !== '' && second !== '') return { maker: first, taker: second };
  throw new CliError(
    'KB_CLI_USAGE',
    `expected fractions such as 0.0025,0.0040 (0.25 % and 0.40 %), or tier, was ${JSON.stringify(text)}`,
  );
}
