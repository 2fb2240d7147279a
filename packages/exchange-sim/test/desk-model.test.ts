import { lots, lotsToQty, micros, SECOND } from '@kb/model';
import type { Side } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Order, OrderKind, OrderRef, OrderRequest, PriceSpec } from '../src/trading/order.ts';
import { DeskAudit } from './desk-audit.ts';
import { at, BTC_USD, DeskWorld, errorOf, order } from './desk-world.ts';

const NAMES = ['ann', 'bob', 'cat'] as const;
type Name = (typeof NAMES)[number];

/** Ten million of volume: 0 % as a maker and 0.1 % as a taker throughout. */
const ACCOUNTS = NAMES.map((name) => ({
  name,
  // The last one has little: it lives on margin.
  balances: name === 'cat' ? { USD: '50' } : { USD: '600', BTC: '5' },
  volume30d: '10000000',
  tier: 'pro' as const,
}));

type Command =
  | { readonly do: 'stranger'; readonly side: Side; readonly price: number; readonly size: number }
  | { readonly do: 'place'; readonly by: Name; readonly asked: Asked }
  | { readonly do: 'batch'; readonly by: Name; readonly asked: readonly Asked[] }
  | {
      readonly do: 'amend' | 'edit';
      readonly by: Name;
      readonly pick: number;
      readonly price: number | undefined;
      readonly size: number | undefined;
    }
  | { readonly do: 'cancel'; readonly by: Name; readonly pick: number }
  | { readonly do: 'cancelAll' | 'deadMan'; readonly by: Name }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'status'; readonly status: 'online' | 'post_only' | 'limit_only' | 'reduce_only' | 'cancel_only' };

/** Numbers from which a request is made; many a request will be refused. */
interface Asked {
  readonly kind: OrderKind;
  readonly side: Side;
  readonly price: number;
  readonly trigger: number;
  readonly size: number;
  readonly leverage: number;
  readonly flags: number;
}

const KINDS: readonly OrderKind[] = [
  'market',
  'iceberg',
  'stop-loss',
  'stop-loss-limit',
  'take-profit',
  'take-profit-limit',
  'trailing-stop',
  'trailing-stop-limit',
  'settle-position',
];

/** Prices in tenths around 100, sizes in hundredths of a hundred-millionth more than a hundredth: costs that have to be rounded. */
const price = fc.integer({ min: 985, max: 1015 });
const size = fc.integer({ min: 1, max: 300 }).map((hundredths) => hundredths * 1_000_000 + 7);
const side = fc.constantFrom<Side>('buy', 'sell');
const by = fc.constantFrom(...NAMES);
const pick = fc.nat({ max: 40 });

const asked: fc.Arbitrary<Asked> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant<OrderKind>('limit') },
    { weight: 5, arbitrary: fc.constantFrom(...KINDS) },
  ),
  side,
  price,
  trigger: price,
  size,
  leverage: fc.constantFrom(0, 0, 0, 10),
  flags: fc.nat({ max: 255 }),
});

/** Strangers who want much, at a price far off: stops fire, and margins shrink. */
const shock = fc.record({
  do: fc.constant('stranger' as const),
  side,
  price: fc.constantFrom(880, 920, 1080, 1120),
  size: fc.constant(500_000_000),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: shock },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('stranger' as const), side, price, size }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('place' as const), by, asked }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      by,
      asked: fc.array(asked, { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('amend' as const, 'amend' as const, 'edit' as const),
      by,
      pick,
      price: fc.option(price, { nil: undefined }),
      size: fc.option(size, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), by, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancelAll' as const, 'deadMan' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      status: fc.constantFrom('online', 'online', 'online', 'post_only', 'limit_only', 'reduce_only', 'cancel_only'),
    }),
  },
);

describe('whatever several accounts and strangers do', () => {
  test(
    'money and quantities stay what they were, holds are what open orders say, and what is told is legal',
    { timeout: 60_000 },
    () => {
      const told = new Set<string>();
      fc.assert(
        fc.property(fc.array(command, { minLength: 20, maxLength: 90 }), (commands) => {
          const world = openWorld();
          const audit = new DeskAudit(world);
          borrow(world);
          for (const each of commands) {
            told.add(run(world, each) ?? '');
            audit.check();
          }
          goHome(world);
          audit.check();
          expect([audit.lent('USD'), audit.lent('BTC')]).toEqual(['0', '0']);
          for (const { type } of world.events) told.add(type);
          for (const name of NAMES)
            for (const { reason, liquidated } of world.desk.closedOrders(name)) {
              told.add(reason ?? '').add(liquidated ? 'liquidated' : '');
            }
        }),
        { numRuns: 400, seed: 20_260_101 },
      );
      // The commands did reach what they are meant to.
      for (const rare of ['iceberg_refill', 'restated', 'amended', 'status', 'expired', 'Post only order']) {
        expect(told).toContain(rare);
      }
      for (const rare of [
        'Self trade prevention',
        'EOrder:Insufficient funds',
        'Order replaced',
        'Fill or kill',
        'liquidated',
        'EOrder:Reduce only:Position is closed',
        'EOrder:Insufficient initial margin',
      ]) {
        expect(told).toContain(rare);
      }
    },
  );

  test('the same commands and the same seed make the same events', () => {
    const story = (commands: readonly Command[]): string => {
      const world = openWorld();
      const lines = commands.map((each) => {
        run(world, each);
        return world.told().join('; ');
      });
      const closed = NAMES.flatMap((name) => world.desk.closedOrders(name)).map(summary);
      return JSON.stringify([lines, closed, world.ledger.map(({ id, amount, balance }) => [id, amount, balance])]);
    };
    fc.assert(
      fc.property(fc.array(command, { minLength: 40, maxLength: 60 }), (commands) => {
        expect(story(commands)).toBe(story(commands));
      }),
      { numRuns: 10, seed: 7 },
    );
  });
});

function openWorld(): DeskWorld {
  const world = new DeskWorld({ pairs: [BTC_USD], accounts: ACCOUNTS });
  world.print('100');
  return world;
}

/** @returns What a new order was answered, where one was asked for. */
function run(world: DeskWorld, each: Command): string | undefined {
  const { desk, now } = world;
  switch (each.do) {
    case 'stranger':
      world.stranger(each.side, String(each.price / 10), text(each.size));
      return undefined;
    case 'place':
      return errorOf(world.place(request(world, each.asked), each.by));
    case 'batch':
      desk.placeBatch(
        each.by,
        each.asked.map((one) => order(request(world, one))),
        now,
      );
      return undefined;
    case 'amend':
      desk.amend(each.by, picked(world, each.by, each.pick), changes(each), now);
      return undefined;
    case 'edit':
      desk.edit(each.by, picked(world, each.by, each.pick), { symbol: 'BTC/USD', ...changes(each) }, now);
      return undefined;
    case 'cancel':
      desk.cancel(each.by, picked(world, each.by, each.pick), now);
      return undefined;
    case 'cancelAll':
      desk.cancelAll(each.by, now);
      return undefined;
    case 'deadMan':
      desk.cancelAllAfter(each.by, 10, now);
      return undefined;
    case 'wait':
      world.wait(each.seconds);
      return undefined;
    case 'status':
      world.market().setStatus(each.status);
      desk.onStatus('BTC/USD', each.status, now);
      return undefined;
  }
}

/** The last account buys what it can on margin: a fall of a tenth is too much for it. */
function borrow(world: DeskWorld): void {
  world.stranger('sell', '100', '4.5');
  world.placed({ kind: 'market', qty: '4.5', leverage: 10 }, 'cat');
}

/** Everybody cancels what is open and closes what is left of positions, at whatever price. */
function goHome(world: DeskWorld): void {
  const { desk } = world;
  world.market().setStatus('online');
  for (const name of NAMES) desk.cancelAll(name, world.now);
  world.stranger('buy', '99.9', '10000');
  world.stranger('sell', '100.1', '10000');
  for (const name of NAMES) {
    const position = world.account(name).openPosition('BTC/USD');
    if (position !== 0)
      world.placed({ kind: 'market', side: position > 0 ? 'sell' : 'buy', qty: '0', leverage: 10 }, name);
  }
}

function request(
  world: DeskWorld,
  { kind, side: on, price: limit, trigger, size: count, leverage, flags }: Asked,
): Partial<OrderRequest> {
  const bit = (index: number): boolean => (flags >> index) % 2 === 1;
  const trails = kind.startsWith('trailing');
  const offset = (value: number): PriceSpec => ({ value: String(value), type: 'quote' });
  return {
    kind,
    side: on,
    qty: text(count),
    limitPrice: trails ? offset((limit - 1000) / 10) : at(String(limit / 10)),
    trigger: trails ? offset(Math.abs(trigger - 1000) / 10 + 0.1) : at(String(trigger / 10)),
    ...(kind === 'iceberg' ? { displayQty: text(Math.ceil(count / 5)) } : {}),
    ...(leverage > 0 ? { leverage, reduceOnly: bit(0) && bit(3) } : {}),
    ...(kind === 'limit' && bit(1) && bit(2) ? { timeInForce: bit(3) ? 'ioc' : 'fok' } : {}),
    ...(kind === 'limit' && !bit(1) && bit(2) ? { postOnly: true } : {}),
    ...(kind === 'limit' && bit(1) && !bit(2) ? { expireAt: micros(world.now + 8 * SECOND) } : {}),
    ...(bit(4) && bit(5) ? { effectiveAt: micros(world.now + 2 * SECOND) } : {}),
    ...(bit(6) && bit(7) ? { conditional: { kind: 'limit', limitPrice: offset(on === 'buy' ? 0.5 : -0.5) } } : {}),
    ...(bit(5) ? { selfTrade: bit(6) ? 'cancel_oldest' : 'cancel_both' } : {}),
    userref: flags % 4,
  };
}

function changes({ price: limit, size: count }: Command & { readonly do: 'amend' | 'edit' }): {
  readonly limitPrice?: PriceSpec;
  readonly qty?: string;
} {
  return {
    ...(limit === undefined ? {} : { limitPrice: at(String(limit / 10)) }),
    ...(count === undefined ? {} : { qty: text(count) }),
  };
}

/** Some open order, or none. */
function picked(world: DeskWorld, name: Name, index: number): OrderRef {
  const open = world.desk.openOrders(name);
  return { orderId: open[index % Math.max(open.length, 1)]?.id ?? 'ONONE' };
}

function text(count: number): string {
  return lotsToQty({ pricePrecision: 1, qtyPrecision: 8 }, lots(count));
}

function summary({ id, status, reason, filled, cost, fee, fills }: Order): unknown {
  return { id, status, reason, filled, cost, fee, fills: fills.map((fill) => fill.id) };
}
