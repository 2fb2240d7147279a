import { StrategyError } from '../errors.ts';

/**
 * Holds an estimator's options against what they must be.
 *
 * @param amounts Options that must be above zero, by name. @param counts Options that must be whole numbers from 1.
 * @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every fault.
 */
export function checkOptions(
  owner: string,
  amounts: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>> = {},
): void {
  const problems = [
    ...faults(amounts, (value) => Number.isFinite(value) && value > 0, 'a number > 0'),
    ...faults(counts, (value) => Number.isSafeInteger(value) && value >= 1, 'a whole number from 1'),
  ];
  if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_PARAMS', owner, problems);
}

/** @throws RangeError unless the value is finite. */
export function checkFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`Expected ${name} to be a finite number, was ${value}`);
}

/** @throws RangeError unless the value is finite and above zero. */
export function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`Expected ${name} to be > 0, was ${value}`);
}

function faults(values: Readonly<Record<string, number>>, holds: (value: number) => boolean, says: string): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    holds(value) ? [] : [`expected ${name} to be ${says}, was ${value}`],
  );
}
