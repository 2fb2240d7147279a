import type { Micros, QueueModelId } from '@kb/model';
import { checkImpact, checkLatency, QUEUE_MODEL_IDS } from '@kb/paper-exec';
import type { ImpactOptions, Latency } from '@kb/paper-exec';
import { RiskEngine, RiskError } from '@kb/risk';
import type { RiskLimits } from '@kb/risk';
import { StrategyError } from '@kb/strategies';
import { EngineError } from './errors.ts';
import { createStrategy, STRATEGY_NAMES } from './strategy-factory.ts';
import type { StrategyConfig } from './strategy-factory.ts';
import { checkVenueConfig, isRecord, show } from './venue-config.ts';
import type { FeeConfig, Given } from './venue-config.ts';

/**
 * All that shapes a paper run besides its inputs. Plain JSON: it stands in the header of the input journal, so that a
 * journal alone can be run again.
 */
export interface PaperSessionConfig {
  readonly symbols: readonly string[];
  /** Book levels a side, 1 to 1000. */
  readonly depth: number;
  /**
   * What the source really delivers: a paper order waits for these channels only. `book` or `level3` must be among them, and not both:
   * with single orders, those ahead of an order are counted instead of estimated.
   */
  readonly channels: readonly ('book' | 'level3' | 'trade')[];
  /** As in the options of the feed: whether books whose checksum does not hold, but that REST agrees with, are traded on. False unless told. */
  readonly allowUnverified?: boolean;
  readonly strategies: readonly StrategyConfig[];
  /** One-way times: market data to us, orders to the venue, answers back. There is no default. */
  readonly latency: LatencyProfile;
  /**
   * Two rates, fractions as decimal text (`0.0025` is 0.25 %), or `{ startingVolume: '48000' }`: Kraken's tiers by the US dollars
   * of 30 days, from that volume on.
   */
  readonly fees: FeeConfig;
  /** Starting balances by asset, decimal text. An asset left out starts with `STARTING_VALUE` worth of it at the first mid. */
  readonly balances: Readonly<Record<string, string>>;
  /** With `venueTier` the venue counts commands and open orders by that tier too, and refuses what risk let through. */
  readonly limits: RiskLimits;
  /** How long a quiet channel is waited for, microseconds; 50,000 unless told. */
  readonly latenessMargin?: Micros;
  /** How long a decrease in the book waits for the print that explains it, microseconds; 50,000 unless told. */
  readonly pairingWindow?: Micros;
  /**
   * Queue models beside the central one, which strategies live by: `all` that public data allows, unless told, or `three`, with
   * the risk-averse and the uniform one only. The bracket of the P&L is as good as they are many.
   */
  readonly models?: QueueModelChoice;
  /** From when on own size is suspect, and what the charge for impact goes by. */
  readonly impact?: ImpactOptions;
  /** The currency that equity and P&L are told in: the quote currency of every symbol. */
  readonly reporting: string;
}

/** What `@kb/paper-exec` takes as `latency`, constants or distributions in whole microseconds, and a name for people. */
export interface LatencyProfile extends Latency {
  readonly name: string;
}

/** `three`: central, risk-averse, uniform. `all`: all that go by price levels and prints. */
export type QueueModelChoice = 'three' | 'all';

/** The queue models of a run. Without single orders the exact one would say what another does. */
export function queueModels({
  models = 'all',
  channels,
}: Pick<PaperSessionConfig, 'channels' | 'models'>): readonly QueueModelId[] {
  if (models === 'three') return ['central', 'risk-averse', 'uniform'];
  return QUEUE_MODEL_IDS.filter((id) => id !== 'exact' || channels.includes('level3'));
}

/** What an account starts with of each asset that the configuration does not name, in the reporting currency. */
export const STARTING_VALUE = '10000';

/**
 * Checks a configuration whole: its own fields, the strategies' parameters and the risk limits. It may come from a file, so
 * nothing of its shape is believed.
 * @throws EngineError `KB_ENGINE_BAD_CONFIG`, listing every problem at once, in the message and as `problems`.
 */
export function checkPaperSessionConfig(config: PaperSessionConfig): void {
  const given: unknown = config;
  const problems: string[] = [];
  if (isRecord(given)) {
    checkSymbols(given, problems);
    checkSource(given, problems);
    checkStrategies(given, problems);
    checkLatencyProfile(given['latency'], problems);
    checkVenueConfig(given, problems);
    checkBalances(given['balances'], problems);
    checkLimits(config.limits, problems);
    checkModels(given['models'], problems);
    problems.push(...checkImpact(given['impact']));
  } else problems.push(`expected an object, was ${show(given)}`);
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `\n  ${problem}`).join('');
  throw new EngineError('KB_ENGINE_BAD_CONFIG', `${problems.length} problem(s):${lines}`, { problems });
}

function checkSymbols({ symbols, reporting }: Given, problems: string[]): void {
  if (typeof reporting !== 'string' || reporting === '') {
    problems.push(`reporting: expected a currency such as USD, was ${show(reporting)}`);
  }
  if (!Array.isArray(symbols) || symbols.length === 0) {
    problems.push('symbols: name at least one pair, such as BTC/USD');
    return;
  }
  for (const symbol of symbols as readonly unknown[]) {
    if (typeof symbol !== 'string' || !/^[^/]+\/[^/]+$/.test(symbol)) {
      problems.push(`symbols: expected a pair such as BTC/USD, was ${show(symbol)}`);
    } else if (typeof reporting === 'string' && !symbol.endsWith(`/${reporting}`)) {
      problems.push(`symbols: ${symbol} is not quoted in ${reporting}, the currency that P&L is told in`);
    }
  }
  if (new Set(symbols).size !== symbols.length) problems.push('symbols: the same pair stands twice');
}

function checkSource({ channels, depth, allowUnverified }: Given, problems: string[]): void {
  if (allowUnverified !== undefined && typeof allowUnverified !== 'boolean') {
    problems.push(`allowUnverified: expected true or false, was ${show(allowUnverified)}`);
  }
  if (typeof depth !== 'number' || !Number.isInteger(depth) || depth < 1 || depth > 1000) {
    problems.push(`depth: expected 1 to 1000 levels a side, was ${show(depth)}`);
  }
  if (!Array.isArray(channels) || (!channels.includes('book') && !channels.includes('level3'))) {
    problems.push('channels: name book or level3, and trade where it is told: nothing can be matched without a book');
    return;
  }
  for (const channel of channels as readonly unknown[]) {
    if (channel !== 'book' && channel !== 'level3' && channel !== 'trade') {
      problems.push(`channels: expected book, level3 or trade, was ${show(channel)}`);
    }
  }
  if (channels.includes('book') && channels.includes('level3')) {
    problems.push('channels: book and level3 are one book told twice: name one of them');
  }
}

function checkStrategies({ strategies, symbols }: Given, problems: string[]): void {
  if (!Array.isArray(strategies) || strategies.length === 0) {
    problems.push('strategies: name at least one');
    return;
  }
  const ids = new Set<unknown>();
  for (const [index, strategy] of (strategies as readonly unknown[]).entries()) {
    const where = `strategies[${index}]`;
    if (!isRecord(strategy)) {
      problems.push(`${where}: expected an object, was ${show(strategy)}`);
      continue;
    }
    const { id, symbol } = strategy;
    if (typeof id !== 'string' || !/^[a-z][a-z0-9]{0,7}$/.test(id)) {
      problems.push(`${where}.id: expected 1 to 8 lower-case letters and digits, a letter first, was ${show(id)}`);
    } else if (ids.has(id)) problems.push(`${where}.id: ${id} is taken by another strategy`);
    ids.add(id);
    if (Array.isArray(symbols) && !symbols.includes(symbol)) {
      problems.push(`${where}.symbol: ${show(symbol)} is not among symbols`);
    }
    checkParams(strategy, where, problems);
  }
}

function checkParams({ use, params }: Given, where: string, problems: string[]): void {
  const name = STRATEGY_NAMES.find((candidate) => candidate === use);
  if (name === undefined) problems.push(`${where}.use: expected ${STRATEGY_NAMES.join(' or ')}, was ${show(use)}`);
  if (!isRecord(params)) problems.push(`${where}.params: expected an object, was ${show(params)}`);
  if (name === undefined || !isRecord(params)) return;
  try {
    createStrategy({ id: 'checked', use: name, symbol: 'A/B', params }); // id and symbol have been checked
  } catch (error) {
    if (!(error instanceof StrategyError)) throw error;
    problems.push(...error.problems.map((problem) => `${where}.params: ${problem}`));
  }
}

function checkLatencyProfile(latency: unknown, problems: string[]): void {
  if (!isRecord(latency)) {
    problems.push(`latency: expected name, feed, entry and ack, was ${show(latency)}`);
    return;
  }
  if (typeof latency['name'] !== 'string') problems.push(`latency.name: expected text, was ${show(latency['name'])}`);
  const { bad, missing } = checkLatency(latency);
  problems.push(...bad, ...missing.map((leg) => `${leg}: expected whole microseconds from 0, was undefined`));
}

function checkBalances(balances: unknown, problems: string[]): void {
  if (!isRecord(balances)) {
    problems.push(`balances: expected amounts by asset, was ${show(balances)}`);
    return;
  }
  for (const [asset, amount] of Object.entries(balances)) {
    if (typeof amount === 'string' && AMOUNT.test(amount)) continue;
    problems.push(`balances.${asset}: expected decimal text from zero, such as "10000.00", was ${show(amount)}`);
  }
}

function checkLimits(limits: RiskLimits, problems: string[]): void {
  try {
    new RiskEngine(limits);
  } catch (error) {
    if (!(error instanceof RiskError)) throw error;
    for (const { path, text } of error.problems)
      problems.push(`${path === 'limits' ? path : `limits.${path}`}: ${text}`);
  }
}

function checkModels(models: unknown, problems: string[]): void {
  if (models === undefined || models === 'three' || models === 'all') return;
  problems.push(`models: expected three or all, was ${show(models)}`);
}

/** As many digits a side of the point as the ledger takes. */
const AMOUNT = /^\d{1,30}(?:\.\d{1,30})?$/;
