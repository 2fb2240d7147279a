import { describe, expect, test } from 'vitest';
import { Probe } from '../src/index.ts';
import type { ProbeOptions } from '../src/index.ts';
import { BTC, Stage } from './harness.ts';

function started(options: Partial<ProbeOptions> = {}): Stage {
  const stage = new Stage(new Probe({ symbol: BTC.symbol, ...options }));
  stage.quote(0, '29999.9', '30000.1');
  return stage;
}

describe('the probe', () => {
  test('buys the least the pair allows and a quarter more, and says that it pays for it', () => {
    // minimum 0.00005 is worth 1.50 USD, above the minimum cost of 0.50
    expect(started().said).toEqual(['place o1 buy market - 6250 PROBE_BUY', 'both: FEE_GATE']);
  });

  test('takes the minimum cost into account', () => {
    const stage = new Stage(new Probe({ symbol: BTC.symbol }));
    stage.instrument = { ...BTC, minCost: '6' };
    stage.quote(0, '29999.9', '30000.1');
    expect(stage.said[0]).toBe('place o1 buy market - 25000 PROBE_BUY');
  });

  test('sells what it bought, buys again, one order a period', () => {
    const stage = started({ size: '0.001', maxBookAgeMs: 10_000 });
    stage.accept(stage.order('buy'));
    stage.fill(stage.order('buy'), 100_000);
    expect(stage.timer(1999)).toEqual([]);
    expect(stage.timer(1)).toEqual(['place o2 sell market - 100000 PROBE_SELL']);
    stage.fill(stage.order('sell'), 100_000);
    expect(stage.timer(2000)).toEqual(['place o3 buy market - 100000 PROBE_BUY']);
  });

  test('waits for the fill before the next leg', () => {
    const stage = started({ maxBookAgeMs: 10_000 });
    expect(stage.timer(3000)).toEqual(['both: AWAIT_VENUE']);
    expect(stage.fill(stage.order('buy'), 6250)).toEqual(['place o2 sell market - 6250 PROBE_SELL', 'both: FEE_GATE']);
  });

  test('sells the part that filled, and buys on when that part is too small to sell', () => {
    const stage = started({ maxBookAgeMs: 10_000 });
    stage.fill(stage.order('buy'), 6000);
    stage.cancelled(stage.order('buy'));
    expect(stage.timer(2000)).toEqual(['place o2 sell market - 6000 PROBE_SELL']);
    stage.fill(stage.order('sell'), 5000);
    stage.cancelled(stage.order('sell'));
    expect(stage.timer(2000)).toEqual(['place o3 buy market - 6250 PROBE_BUY']);
  });

  test('tries again a period after a refusal', () => {
    const stage = started({ maxBookAgeMs: 10_000 });
    expect(stage.rejected(stage.order('buy'), 'insufficient-funds')).toEqual([]);
    expect(stage.timer(2000)).toEqual(['place o2 buy market - 6250 PROBE_BUY']);
  });

  test('does nothing on a stale, frozen, empty or halted market', () => {
    const stage = started({ everyMs: 0 });
    stage.fill(stage.order('buy'), 6250);
    stage.orders = [];
    stage.said.length = 0;
    expect(stage.timer(1001)).toEqual(['both: STALE_BOOK']);
    expect(stage.quote(0, [], '30000.1')).toEqual(['both: THIN_BOOK']);
    expect(stage.quote(0, '30000.1', '30000.1')).toEqual(['both: CROSSED_BOOK']);
    expect(stage.feed('resyncing')).toEqual(['both: STALE_BOOK']);
    stage.state = 'live';
    expect(stage.status('maintenance')).toEqual(['both: HALTED']);
    expect(stage.said.some((line) => line.startsWith('place'))).toBe(false);
  });

  test('refuses a size below the minimum with a reason', () => {
    expect(started({ size: '0.00001' }).said).toEqual(['both: MIN_SIZE']);
  });
});
