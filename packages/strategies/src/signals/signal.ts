import { StrategyError } from '../errors.ts';

/** What a source of signals says about one symbol at one instant. Times are milliseconds since the epoch, UTC. */
export interface Signal {
  /** Who says it; unique among the sources of a symbol. */
  readonly source: string;
  /** The idea behind it: variants of one idea share a family, and a limit on its weight. */
  readonly family: string;
  readonly version: string;
  readonly symbol: string;
  /** When everything that it was made from was known. */
  readonly ts: number;
  /** Milliseconds from `ts` to the instant at which it proves right or wrong. */
  readonly horizonMs: number;
  /** From this instant on it counts no more. */
  readonly validUntil: number;
  /** Calibrated probability, 0 to 1, that the price moves up beyond cost within the horizon. 0.5 is no view. */
  readonly p: number;
  /** Mean of the predicted move, in basis points of the price. */
  readonly expectedBps?: number;
  /** The source has no opinion now; `p` means nothing. */
  readonly abstain?: boolean;
  /** Why it abstains, or what it saw. */
  readonly reason?: string;
}

/**
 * Checks what a source said, whoever wrote the source.
 *
 * @returns The same signal, without fields that a signal does not have.
 * @throws StrategyError `KB_STRATEGY_BAD_INPUT` naming every fault.
 */
export function checkedSignal(given: unknown): Signal {
  const fields = new Map<string, unknown>(typeof given === 'object' && given !== null ? Object.entries(given) : []);
  const problems: string[] = [];
  const take = <T>(name: string, is: (value: unknown) => value is T, says: string, fallback: T): T => {
    const value = fields.get(name);
    if (is(value)) return value;
    problems.push(`expected ${name} to be ${says}, was ${typeof value === 'number' ? value : JSON.stringify(value)}`);
    return fallback;
  };
  const optional = <T>(name: string, is: (value: unknown) => value is T, says: string, fallback: T): T | undefined =>
    fields.get(name) === undefined ? undefined : take(name, is, says, fallback);

  const source = take('source', isText, 'text', '');
  const ts = take('ts', isTime, 'whole milliseconds since the epoch', 0);
  const expectedBps = optional('expectedBps', isNumber, 'a number', 0);
  const abstain = optional('abstain', isBoolean, 'true or false', false);
  const reason = optional('reason', isText, 'text', '');
  const signal: Signal = {
    source,
    family: take('family', isText, 'text', ''),
    version: take('version', isText, 'text', ''),
    symbol: take('symbol', isText, 'text', ''),
    ts,
    horizonMs: take('horizonMs', isDuration, 'whole milliseconds > 0', 1),
    validUntil: take('validUntil', isTime, 'whole milliseconds since the epoch', ts),
    p: take('p', isShare, 'a number from 0 to 1', 0.5),
    ...(expectedBps === undefined ? {} : { expectedBps }),
    ...(abstain === undefined ? {} : { abstain }),
    ...(reason === undefined ? {} : { reason }),
  };
  if (signal.validUntil < ts) problems.push(`expected validUntil to be ${ts} or later, was ${signal.validUntil}`);
  if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_INPUT', `signal of ${source || '?'}`, problems);
  return signal;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isShare(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 1;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && isNumber(value) && value >= 0;
}

function isDuration(value: unknown): value is number {
  return isTime(value) && value > 0;
}
