import { expect, test } from 'vitest';
import { StrategyError, checkedSignal } from '../../src/index.ts';

const SIGNAL = {
  source: 'momentum',
  family: 'trend',
  version: '1',
  symbol: 'BTC/USD',
  ts: 1_000,
  horizonMs: 5_000,
  validUntil: 3_500,
  p: 0.62,
};

test('a sound signal comes back as it was, without what a signal does not have', () => {
  expect(checkedSignal({ ...SIGNAL, colour: 'red' })).toEqual(SIGNAL);
  const full = { ...SIGNAL, expectedBps: -2.5, abstain: true, reason: 'MODEL_OOD' };
  expect(checkedSignal(full)).toEqual(full);
});

test('every fault of a signal is told at once', () => {
  const bad = { ...SIGNAL, family: '', ts: 1.5, horizonMs: 0, p: Number.NaN, abstain: 'yes' };
  expect(() => checkedSignal(bad)).toThrow(StrategyError);
  expect(problemsOf(bad)).toEqual([
    'expected ts to be whole milliseconds since the epoch, was 1.5',
    'expected abstain to be true or false, was "yes"',
    'expected family to be text, was ""',
    'expected horizonMs to be whole milliseconds > 0, was 0',
    'expected p to be a number from 0 to 1, was NaN',
  ]);
});

test.each([undefined, null, 'buy', [], { ...SIGNAL, p: 1.01 }, { ...SIGNAL, validUntil: 999 }])(
  'what is no signal is refused: %j',
  (given) => {
    expect(problemsOf(given)).not.toEqual([]);
  },
);

function problemsOf(given: unknown): readonly string[] {
  try {
    checkedSignal(given);
  } catch (error) {
    if (error instanceof StrategyError) return error.problems;
  }
  return [];
}
