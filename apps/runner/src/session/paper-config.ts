import { readFileSync } from 'node:fs';
import { LATENCY_PROFILES } from '@kb/engine';
import type { LatencyProfile, PaperSessionConfig, StrategyName } from '@kb/engine';
import type { Micros } from '@kb/model';
import { RISK_PROFILES } from '@kb/risk';
import { CliError } from '../cli-error.ts';
import type { AccountTerms, Appraisal, LatencyChoice } from '../options.ts';
import type { MarketSource } from './market-source.ts';

/** Kraken's lowest tier for crypto pairs, where every new account starts: maker 0.25 %, taker 0.40 %. */
export const ENTRY_TIER_FEES = { maker: '0.0025', taker: '0.0040' } as const;

/** One time for all three legs: market data to us, orders to the venue, answers back. */
export function evenLatency(name: string, oneWay: Micros): LatencyProfile {
  return { name, feed: oneWay, entry: oneWay, ack: oneWay };
}

/** The latency that the command line asks for. @param seed Of the draws, where there are any. */
export function chosenLatency(choice: LatencyChoice, seed: number): LatencyProfile {
  if (typeof choice === 'number') return evenLatency('as configured', choice);
  if (typeof choice === 'object') return { seed, ...readLatency(choice.file) };
  return { name: `${choice} (assumed)`, ...LATENCY_PROFILES[choice], seed };
}

/** Of its shape nothing is believed here: the configuration that it goes into is checked whole. */
function readLatency(file: string): LatencyProfile {
  const hint = 'give report/latency.json of an earlier run: it holds name, feed, entry and ack';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CliError('KB_CLI_UNREADABLE', `${file} cannot be read as JSON: ${messageOf(cause)}`, { hint, cause });
  }
  if (typeof value === 'object' && value !== null && 'feed' in value) return value as LatencyProfile;
  throw new CliError('KB_CLI_UNREADABLE', `${file} holds no latency`, { hint });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a paper run of one strategy on one pair is configured with; the rest is the project's defaults. */
export interface PaperConfigChoice {
  readonly source: MarketSource;
  readonly pair: string;
  readonly strategy: StrategyName;
  readonly latency: LatencyProfile;
  readonly account: AccountTerms;
  readonly appraisal?: Appraisal | undefined;
  readonly balances: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, unknown>>;
}

export function paperConfig(choice: PaperConfigChoice): PaperSessionConfig {
  const { source, pair, strategy, latency, account, appraisal = {}, balances, params } = choice;
  const quote = pair.split('/')[1] ?? '';
  return {
    symbols: [pair],
    depth: source.depth,
    channels: source.channels,
    strategies: [{ id: strategy, use: strategy, symbol: pair, params }],
    latency,
    fees: account.fees,
    balances,
    limits: limitsIn(quote, account),
    ...appraisedBy(pair, appraisal),
    reporting: quote,
  };
}

/** What was not asked for stays out, so that a journal's header holds no more than what somebody chose. */
function appraisedBy(pair: string, appraisal: Appraisal): Pick<PaperSessionConfig, 'impact' | 'models'> {
  const { models, participationAlarm: alarm, impactFactor: factor, dailyVolatility, dailyVolume } = appraisal;
  const impact = {
    ...(alarm !== undefined && { alarm }),
    ...(factor !== undefined && { factor }),
    ...(dailyVolatility !== undefined && { dailyVolatility: { [pair]: dailyVolatility } }),
    ...(dailyVolume !== undefined && { dailyVolume: { [pair]: dailyVolume } }),
  };
  return { ...(models && { models }), ...(Object.keys(impact).length > 0 && { impact }) };
}

/**
 * The `micro` profile, its amounts taken in the pair's quote currency, with an order rate of a maker's own: the profile's 30
 * a minute allow one two-sided requote in four seconds.
 */
function limitsIn(quote: string, { venueTier }: AccountTerms): PaperSessionConfig['limits'] {
  const amount = RISK_PROFILES.micro.maxOrderNotional['USD'] ?? '0';
  return {
    maxOrderNotional: { [quote]: amount },
    maxPositionNotional: { [quote]: amount },
    ordersPerSecond: 20,
    ordersPerMinute: 600,
    ...(venueTier === undefined ? {} : { venueTier }),
  };
}
