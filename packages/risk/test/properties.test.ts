import { lots, signOf } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RiskEngine } from '../src/index.ts';
import { COIN, context, open, place, WIDE } from './harness.ts';

const LIMIT = 10 * COIN;
const size = fc.integer({ min: 5000, max: 12 * COIN });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const orders = fc.array(fc.tuple(side, size), { maxLength: 6 });
const position = fc.integer({ min: -15 * COIN, max: 15 * COIN });

test('whatever fills of what was allowed, a position never passes its limit further than it was', () => {
  const risk = (): RiskEngine => new RiskEngine({ ...WIDE, maxPosition: { 'BTC/USD': '10' } });
  fc.assert(
    fc.property(position, orders, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (start, asked, fills) => {
      const engine = risk();
      const openOrders = [];
      for (const [index, [way, amount]] of asked.entries()) {
        const intent = { ...place(way, 1), size: lots(amount) };
        if (!engine.check(intent, context({ position: start, openOrders })).ok) continue;
        openOrders.push(open(`o${index}`, way, 1, { size: lots(amount) }));
      }
      let after = start;
      for (const [index, order] of openOrders.entries()) {
        if (fills[index] === true) after += signOf(order.side) * order.size;
      }
      expect(Math.abs(after)).toBeLessThanOrEqual(Math.max(LIMIT, Math.abs(start)));
    }),
    { seed: 20_261_103, numRuns: 300 },
  );
});

test('while REDUCING, whatever fills leaves the position smaller and on its side', () => {
  fc.assert(
    fc.property(position, orders, (start, asked) => {
      const engine = new RiskEngine(WIDE);
      engine.reduce('test');
      const openOrders = [];
      for (const [index, [way, amount]] of asked.entries()) {
        const intent = { ...place(way, 1), size: lots(amount) };
        if (!engine.check(intent, context({ position: start, openOrders })).ok) continue;
        openOrders.push(open(`o${index}`, way, 1, { size: lots(amount) }));
      }
      const after = openOrders.reduce((sum, order) => sum + signOf(order.side) * order.size, start);
      expect(after * start).toBeGreaterThanOrEqual(0);
      expect(Math.abs(after)).toBeLessThanOrEqual(Math.abs(start));
    }),
    { seed: 20_261_104, numRuns: 300 },
  );
});

test('check and failures agree', () => {
  fc.assert(
    fc.property(position, orders, side, size, (start, others, way, amount) => {
      const openOrders = others.map(([each, lotsOf], index) => open(`o${index}`, each, 1, { size: lots(lotsOf) }));
      const engine = new RiskEngine({ ...WIDE, maxPosition: { 'BTC/USD': '10' }, maxOrderNotional: { USD: '100000' } });
      const intent = { ...place(way, 1), size: lots(amount) };
      const failures = engine.failures(intent, context({ position: start, openOrders }));
      const decision = engine.check(intent, context({ position: start, openOrders }));
      expect(decision).toEqual(failures[0] ?? { ok: true });
    }),
    { seed: 20_261_105, numRuns: 200 },
  );
});
