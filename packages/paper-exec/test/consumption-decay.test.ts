import { lots, micros, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PaperAccount, PaperError } from '../src/index.ts';
import { Consumption } from '../src/matching/consumption.ts';
import { QueueContext } from '../src/queue/queue-context.ts';
import { ms, Scene } from './scene.ts';

/** F4: what own fills took of a level comes back with time, if that is asked for. */

const BIDS = [['100.0', '5.0']] as const;
const ASKS = [
  ['100.2', '5.0'],
  ['100.3', '8.0'],
] as const;
const SECOND = ms(1_000);

/** Takes 4.0 of the 5.0 at the best ask at 1 s. */
function taken(consumedHalfLife?: typeof SECOND): Scene {
  const scene = new Scene(consumedHalfLife === undefined ? {} : { consumedHalfLife }).book(1_000, BIDS, ASKS);
  scene.place('buy', '100.2', '4.0');
  return scene.wait(1_100);
}

/** What is to be had at the best ask at a time. */
function hadAt(scene: Scene, at: number): string | undefined {
  scene.wait(at).place('buy', '100.2', '5.0', { timeInForce: 'ioc' });
  return scene
    .wait(at + 100)
    .fills()
    .at(-1);
}

describe('what own takers had of a level', () => {
  test('stays taken, however long it is shown, when nothing else is asked for', () => {
    expect(hadAt(taken(), 86_400_000)).toBe('o2 1.0 @ 100.2 F2');
  });

  test.each([
    { at: 1_200, had: '1.5' }, // 4 × 2^-0.2 = 3.48
    { at: 2_000, had: '3.0' },
    { at: 3_000, had: '4.0' },
    { at: 9_000, had: '5.0' }, // 0.016: less than half of the least size
    { at: 1_000_000, had: '5.0' },
  ])('is there again by half after a half-life: $had at $at ms', ({ at, had }) => {
    expect(hadAt(taken(SECOND), at)).toBe(`o2 ${had} @ 100.2 F2`);
  });

  test('decays from what is left of it when more is taken', () => {
    const scene = taken(SECOND);
    scene.wait(2_000).place('buy', '100.2', '3.0'); // 2.0 were left of the 4.0: now 5.0
    scene.wait(2_100);
    expect(hadAt(scene, 3_000)).toBe('o3 2.5 @ 100.2 F2');
  });

  test('shrinks with the level as well', () => {
    const scene = taken(SECOND).update(1_500, [], [['100.2', '2.5']]);
    expect(hadAt(scene, 2_000)).toBe('o2 1.5 @ 100.2 F2');
  });

  test('is the same whatever was looked at meanwhile, and whatever events came', () => {
    const scene = taken(SECOND);
    for (let at = 1_110; at < 3_000; at += 10) scene.update(at, [['100.0', at % 20 === 0 ? '5.0' : '6.0']]);
    expect(hadAt(scene, 3_000)).toBe('o2 4.0 @ 100.2 F2');
  });

  test('of each queue model decays from its own time', () => {
    let now = micros(0);
    const context = new QueueContext(['risk-averse', 'uniform'], micros(0));
    const ledger = new Consumption('sell', context, { halfLife: SECOND, now: () => now });
    const [price, shown] = [ticks(1), lots(1_000)];
    ledger.take(price, shown, 0, lots(400));
    now = SECOND;
    ledger.take(price, shown, 1, lots(400));
    expect([0, 1].map((model) => ledger.available(price, shown, model))).toEqual([800, 600]);
    now = micros(2 * SECOND);
    expect([0, 1].map((model) => ledger.available(price, shown, model))).toEqual([900, 800]);
  });
});

describe('the half-life', () => {
  const options = {
    pairs: [{ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 }],
    balances: { USD: '10000' },
    fees: { maker: '0', taker: '0' },
    latencyMs: { feed: 0, entry: 0, ack: 0 },
  };

  test('is told to an account in milliseconds', () => {
    const sizes: (string | undefined)[] = [];
    const account = new PaperAccount({
      ...options,
      consumedHalfLifeMs: 500,
      onReport: (report) => sizes.push(report.type === 'fill' ? report.size : undefined),
    });
    const at = (millis: number): string => new Date(millis).toISOString();
    const order = { symbol: 'BTC/USD', side: 'buy', price: '100.0', size: '1', timeInForce: 'ioc' } as const;
    account.onBook({ symbol: 'BTC/USD', time: at(0), snapshot: true, bids: [], asks: [['100.0', '1']] });
    account.place(order);
    account.onTime(at(500));
    account.place(order);
    account.onTime(at(1_000));
    expect(sizes.filter((size) => size !== undefined)).toEqual(['1.00000000', '0.50000000']);
  });

  test.each([0, -1, 0.5, Number.NaN])('of %d is refused', (consumedHalfLife) => {
    const open = (): Scene => new Scene({ consumedHalfLife: consumedHalfLife as typeof SECOND });
    expect(open).toThrow(PaperError);
    expect(open).toThrow('consumedHalfLife: expected whole microseconds above 0');
  });
});
