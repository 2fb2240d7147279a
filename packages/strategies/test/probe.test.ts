import { lots } from '@kb/model';
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

  test('does nothing on an unverified book, unless the feed was allowed to show it', () => {
    const stage = started({ everyMs: 0 });
    stage.fill(stage.order('buy'), 6250);
    stage.orders = [];
    expect(stage.feed('unverified')).toEqual(['both: STALE_BOOK']);
    stage.allowsUnverified = true;
    expect(stage.bookEvent(10)[0]).toBe('place o3 sell market - 6250 PROBE_SELL');
  });

  test('refuses a size below the minimum with a reason', () => {
    expect(started({ size: '0.00001' }).said).toEqual(['both: MIN_SIZE']);
  });

  test.each([
    ['finer than the lot', '0.00100000999', 'place o1 buy market - 100000 PROBE_BUY'],
    ['of five hundred decimals', `0.001${'0'.repeat(500)}1`, 'place o1 buy market - 100000 PROBE_BUY'],
    ['below one lot', '0.000000001', 'both: MIN_SIZE'],
    ['beyond 2^53 − 1 lots', '90071992.54740992', 'both: PRECISION'],
    ['of forty digits', '1'.repeat(40), 'both: PRECISION'],
  ])('takes a size %s as far as the lot goes, or says why not', (_what, size, first) => {
    const stage = started({ size });
    expect(stage.said[0]).toBe(first);
    expect(stage.timer(10)).toEqual([]);
  });

  test('cuts its size to the lot size of the pair', () => {
    const stage = new Stage(new Probe({ symbol: BTC.symbol, size: '0.00123999' }));
    stage.instrument = { ...BTC, lotSize: lots(1_000) };
    expect(stage.quote(0, '29999.9', '30000.1')[0]).toBe('place o1 buy market - 123000 PROBE_BUY');
  });

  test('says so when even the least order is more than lots can count', () => {
    const stage = new Stage(new Probe({ symbol: BTC.symbol }));
    stage.instrument = { ...BTC, pricePrecision: 12 };
    expect(stage.quote(0, '0.1', '0.2')).toEqual(['both: PRECISION']);
  });

  test.each(['1e3', '0x10', '', '-1', '0', '.'])('does not begin with a size of %j', (size) => {
    expect(() => new Probe({ symbol: BTC.symbol, size })).toThrow(
      expect.objectContaining({ code: 'KB_STRATEGY_BAD_PARAMS' }),
    );
  });
});

describe('the probe without a period', () => {
  const eager = (): Stage => started({ everyMs: 0, maxBookAgeMs: 1_000_000 });
  const next = 'place o2 buy market - 6250 PROBE_BUY';

  test('waits 100 ms after a refusal, not for the next event', () => {
    const stage = eager();
    expect(stage.rejected(stage.order('buy'), 'insufficient-funds')).toEqual(['both: COOLDOWN']);
    expect(stage.timer(0)).toEqual([]);
    expect(stage.bookEvent(99)).toEqual([]);
    expect(stage.timer(1)).toEqual([next, 'both: FEE_GATE']);
  });

  test('waits twice as long each time, five seconds at most, until something trades', () => {
    const stage = eager();
    const waits: number[] = [];
    for (let refusal = 0; refusal < 8; refusal += 1) {
      stage.rejected(stage.order('buy'), 'insufficient-funds');
      let waited = 0;
      while (stage.orders.length === 0) {
        stage.timer(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    stage.fill(stage.order('buy'), 6250);
    stage.rejected(stage.order('sell'), 'no-liquidity');
    expect(stage.timer(99)).toEqual([]);
    expect(stage.timer(1)[0]).toMatch(/^place o\d+ sell/);
  });

  test('takes an order that ended without a trade for a refusal, and one that traded in part not', () => {
    const stage = eager();
    stage.accept(stage.order('buy'));
    expect(stage.cancelled(stage.order('buy'))).toEqual(['both: COOLDOWN']);
    expect(stage.timer(100)).toEqual([next, 'both: FEE_GATE']);
    stage.fill(stage.order('buy'), 6000);
    expect(stage.cancelled(stage.order('buy'))[0]).toBe('place o3 sell market - 6000 PROBE_SELL');
  });

  test('goes on waiting when restored', () => {
    const before = eager();
    before.rejected(before.order('buy'), 'insufficient-funds');
    const after = new Stage(new Probe({ symbol: BTC.symbol, everyMs: 0, maxBookAgeMs: 1_000_000 }));
    after.strategy.restore(JSON.parse(JSON.stringify(before.strategy.snapshot())));
    expect(after.quote(99, '29999.9', '30000.1')).toEqual([]);
    expect(after.timer(1)[0]).toBe('place o1 buy market - 6250 PROBE_BUY');
  });
});
