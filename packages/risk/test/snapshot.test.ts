import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { RiskEngine } from '../src/index.ts';
import { codeOf, context, place, WIDE } from './harness.ts';

test('a halt and the last orders survive a restart', () => {
  const limits = { ...WIDE, ordersPerSecond: 2, ordersPerMinute: 30 };
  const risk = new RiskEngine(limits);
  risk.check(place('buy', 0.01), context());
  risk.check(place('sell', 0.01), context({ position: 1_000_000 }));
  risk.kill('operator');
  const snapshot: unknown = JSON.parse(JSON.stringify(risk.snapshot()));
  expect(snapshot).toEqual({
    version: 1,
    state: 'HALTED',
    cause: 'operator',
    sent: [
      [1_000_000, false],
      [1_000_000, true],
    ],
  });

  const next = new RiskEngine(limits);
  next.restore(snapshot);
  expect([next.state, next.cause]).toEqual(['HALTED', 'operator']);
  next.clearHalt('operator');
  expect(next.check(place('buy', 0.01), context())).toMatchObject({ code: 'RATE_LIMIT' });
  const later = micros(2_000_000);
  expect(next.check(place('buy', 0.01), context({ now: later, bookTs: later })).ok).toBe(true);
});

test('limits that became tighter meanwhile leave their window full, and the other as it was', () => {
  const risk = new RiskEngine(WIDE);
  for (let i = 0; i < 10; i += 1) risk.check(place('buy', 0.01), context());
  const tight = new RiskEngine({ ...WIDE, ordersPerSecond: 3, reservedPerSecond: 0 });
  tight.restore(risk.snapshot());
  expect(tight.check(place('buy', 0.01), context())).toMatchObject({ code: 'RATE_LIMIT' });
  expect(tight.snapshot().sent).toHaveLength(10);
});

test('under tighter limits the latest orders are the ones that stay, as they count longest', () => {
  const at = (seconds: number): ReturnType<typeof context> => {
    const now = micros(seconds * 1_000_000);
    return context({ now, bookTs: now });
  };
  const risk = new RiskEngine(WIDE);
  for (let second = 1; second <= 10; second += 1) risk.check(place('buy', 0.01), at(second));
  const tight = new RiskEngine({ ...WIDE, ordersPerMinute: 3, reservedPerMinute: 0 });
  tight.restore(risk.snapshot());
  expect(tight.snapshot().sent.map(([time]) => time / 1_000_000)).toEqual([8, 9, 10]);
  expect(tight.check(place('buy', 0.01), at(67))).toMatchObject({ code: 'RATE_LIMIT' });
  expect(tight.check(place('buy', 0.01), at(68)).ok).toBe(true);
});

test('an active engine is restored as such', () => {
  const risk = new RiskEngine(WIDE);
  risk.reduce('fewer risks');
  risk.restore(new RiskEngine(WIDE).snapshot());
  expect([risk.state, risk.cause]).toEqual(['ACTIVE', undefined]);
});

test('no snapshot ends a halt or changes its cause, only the operator who types it', () => {
  const other = new RiskEngine(WIDE);
  const risk = new RiskEngine(WIDE);
  risk.kill('operator');
  risk.restore(other.snapshot());
  expect([risk.state, risk.cause]).toEqual(['HALTED', 'operator']);
  expect(risk.check(place('buy', 0.01), context())).toMatchObject({ code: 'HALTED' });
  other.reduce('fewer risks');
  risk.restore(other.snapshot());
  other.kill('somebody else');
  risk.restore(other.snapshot());
  expect([risk.state, risk.cause]).toEqual(['HALTED', 'operator']);
  expect([risk.clearHalt('somebody else'), risk.clearHalt('operator')]).toEqual([false, true]);
  expect(risk.state).toBe('ACTIVE');
});

test('a halted engine takes over the orders of a snapshot all the same', () => {
  const other = new RiskEngine({ ...WIDE, ordersPerSecond: 1, reservedPerSecond: 0 });
  other.check(place('buy', 0.01), context());
  const risk = new RiskEngine({ ...WIDE, ordersPerSecond: 1, reservedPerSecond: 0 });
  risk.kill('operator');
  risk.restore(other.snapshot());
  risk.clearHalt('operator');
  expect(risk.check(place('buy', 0.01), context())).toMatchObject({ code: 'RATE_LIMIT' });
});

describe('a snapshot that is not one is refused and changes nothing', () => {
  const good = new RiskEngine(WIDE).snapshot();
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'HALTED'],
    ['another version', { ...good, version: 2 }],
    ['an unknown state', { ...good, state: 'PAUSED' }],
    ['a halt without a cause', { ...good, state: 'HALTED' }],
    ['a cause without a halt', { ...good, cause: 'why' }],
    ['orders that are not a list', { ...good, sent: {} }],
    ['an order without its time', { ...good, sent: [[true]] }],
    ['an order that is no pair', { ...good, sent: [5] }],
  ])('%s', (_what, snapshot) => {
    const risk = new RiskEngine(WIDE);
    risk.kill('operator');
    expect(codeOf(() => risk.restore(snapshot))).toBe('KB_RISK_BAD_SNAPSHOT');
    expect(risk.state).toBe('HALTED');
  });
});
