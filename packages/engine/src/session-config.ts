import { decimalToCount, KbError } from '@kb/model';
import type { FeeRates } from '@kb/model';
import type { RiskLimits } from '@kb/risk';
import { EngineError } from './errors.ts';
import { STRATEGY_NAMES } from './strategy-factory.ts';
import type { StrategyConfig } from './strategy-factory.ts';

/**
 * All that shapes a paper run besides its inputs. Plain JSON: it stands in the header of the input journal, so that a
 * journal alone can be run again.
 */
export interface PaperSessionConfig {
  readonly symbols: readonly string[];
  /** Book levels a side. */
  readonly depth: number;
  /** What the source really delivers: a paper order waits for these channels only. */
  readonly channels: readonly ('book' | 'trade')[];
  readonly strategies: readonly StrategyConfig[];
  /** One-way times in microseconds: market data to us, orders to the venue, answers back. There is no default. */
  readonly latency: LatencyProfile;
  /** Fractions as decimal text: `0.0025` is 0.25 %. */
  readonly fees: FeeRates;
  /** Starting balances by asset, decimal text. An asset left out starts with `STARTING_VALUE` worth of it at the first mid. */
  readonly balances: Readonly<Record<string, string>>;
  readonly limits: RiskLimits;
  /** The currency that equity and P&L are told in: the quote currency of every symbol. */
  readonly reporting: string;
}

export interface LatencyProfile {
  readonly name: string;
  readonly feed: number;
  readonly entry: number;
  readonly ack: number;
}

/** What an account starts with of each asset that the configuration does not name, in the reporting currency. */
export const STARTING_VALUE = '10000';

/**
 * Checks a configuration whole.
 * @throws EngineError `KB_ENGINE_BAD_CONFIG`, listing every problem at once.
 */
export function checkPaperSessionConfig(config: PaperSessionConfig): void {
  const problems: string[] = [];
  if (config.symbols.length === 0) problems.push('symbols: name at least one pair, such as BTC/USD');
  for (const symbol of config.symbols) {
    if (!symbol.endsWith(`/${config.reporting}`)) {
      problems.push(`symbols: ${symbol} is not quoted in ${config.reporting}, the currency that P&L is told in`);
    }
  }
  if (new Set(config.symbols).size !== config.symbols.length) problems.push('symbols: the same pair stands twice');
  for (const leg of ['feed', 'entry', 'ack'] as const) {
    const micros = config.latency[leg];
    if (!Number.isSafeInteger(micros) || micros < 0) {
      problems.push(`latency.${leg}: expected whole microseconds, was ${String(micros)}`);
    }
  }
  if (config.channels.length === 0) problems.push('channels: name book, trade or both');
  checkStrategies(config, problems);
  checkAmounts(config, problems);
  if (problems.length > 0) {
    throw new EngineError('KB_ENGINE_BAD_CONFIG', `${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
  }
}

function checkStrategies(config: PaperSessionConfig, problems: string[]): void {
  const ids = new Set<string>();
  for (const [index, { id, use, symbol }] of config.strategies.entries()) {
    const where = `strategies[${index}]`;
    if (!/^[a-z][a-z0-9]{0,7}$/.test(id)) {
      problems.push(`${where}.id: expected 1 to 8 letters and digits, was ${JSON.stringify(id)}`);
    }
    if (ids.has(id)) problems.push(`${where}.id: ${id} is taken by another strategy`);
    ids.add(id);
    if (!STRATEGY_NAMES.includes(use))
      problems.push(`${where}.use: expected ${STRATEGY_NAMES.join(' or ')}, was ${use}`);
    if (!config.symbols.includes(symbol)) problems.push(`${where}.symbol: ${symbol} is not among symbols`);
  }
}

function checkAmounts(config: PaperSessionConfig, problems: string[]): void {
  const { balances, fees } = config;
  for (const [asset, text] of Object.entries(balances)) {
    if (text.startsWith('-')) problems.push(`balances.${asset}: expected an amount of zero or more, was ${text}`);
    else checkDecimal(`balances.${asset}`, text, problems);
  }
  for (const role of ['maker', 'taker'] as const) checkDecimal(`fees.${role}`, fees[role], problems);
}

function checkDecimal(where: string, text: string, problems: string[]): void {
  try {
    decimalToCount(text, 10);
  } catch (error) {
    if (!(error instanceof KbError)) throw error;
    problems.push(`${where}: ${error.message}`);
  }
}
