import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ccxt, KRAKEN_MARGIN_RATES } from '../src/index.ts';
import type { CcxtParams } from '../src/index.ts';
import { CcxtScene, SYMBOL } from './ccxt-scene.ts';

const side = fc.constantFrom<'buy' | 'sell'>('buy', 'sell');
const ticks = fc.integer({ min: -30, max: 30 });
const amount = fc.integer({ min: 1, max: 400 }).map((count) => count / 1_000);
const params: fc.Arbitrary<CcxtParams> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom<CcxtParams>(
    { postOnly: true },
    { timeInForce: 'IOC' },
    { oflags: 'fcib' },
    { stopLossPrice: 60_000.5 },
    { takeProfitPrice: 59_999.5 },
    { trailingAmount: 2 },
    { trailingPercent: 0.01, trailingLimitAmount: 1 },
    { clientOrderId: 'one' },
    { close: { ordertype: 'limit', price: 60_001 } },
    { leverage: 3 },
    { leverage: 3, reduceOnly: true },
  ),
);

const place = fc.record({
  do: fc.constant('place' as const),
  type: fc.constantFrom('limit', 'limit', 'market'),
  side,
  ticks: fc.oneof(ticks, fc.integer({ min: -3_000, max: 3_000 })),
  amount,
  params,
});
const edit = fc.record({
  do: fc.constant('edit' as const),
  which: fc.nat(20),
  ticks: fc.integer({ min: -3_000, max: 30 }),
  amount,
  params: fc.constantFrom(undefined, undefined, { stopLossPrice: 60_001 }, { takeProfitPrice: 59_998 }),
});
const cancel = fc.record({ do: fc.constant('cancel' as const), which: fc.nat(20) });
const trade = fc.record({ do: fc.constant('trade' as const), side, ticks, amount });
const book = fc.record({ do: fc.constant('book' as const), ticks, amount });
const wait = fc.record({ do: fc.constant('wait' as const) });
const step = fc.oneof(
  { weight: 6, arbitrary: place },
  { weight: 4, arbitrary: edit },
  { weight: 1, arbitrary: cancel },
  { weight: 2, arbitrary: trade },
  { weight: 1, arbitrary: book },
  { weight: 4, arbitrary: wait },
);

test('once all is told, balances, holds, orders and fees are what the venue has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const scene = new CcxtScene({ margin: { rates: KRAKEN_MARGIN_RATES } });
      const { exchange } = scene;
      const priceOf = (away: number): number => Number((60_000 + away / 10).toFixed(1));
      const ids: string[] = [];
      const idOf = (which: number): string => ids[which % ids.length] ?? 'nobody';
      const answers: Promise<unknown>[] = [];
      for (const each of steps) {
        if (each.do === 'place') {
          const price = priceOf(each.ticks);
          const placed = exchange.createOrder(SYMBOL, each.type, each.side, each.amount, price, each.params);
          answers.push(placed.then(({ id = '' }) => ids.push(id)).catch(refused));
        } else if (each.do === 'edit') {
          const { params: change } = each;
          const price = change === undefined ? priceOf(each.ticks) : undefined;
          const edited = exchange.editOrder(idOf(each.which), SYMBOL, 'limit', 'buy', each.amount, price, change);
          answers.push(edited.catch(refused));
        } else if (each.do === 'cancel') {
          answers.push(exchange.cancelOrder(idOf(each.which), SYMBOL).catch(refused));
        } else if (each.do === 'trade') {
          scene.trade(each.side, priceOf(each.ticks), each.amount);
        } else if (each.do === 'book') {
          scene.book([[priceOf(each.ticks), each.amount]], [[priceOf(each.ticks + 1), each.amount]]);
        } else {
          await scene.pass(100);
        }
      }
      await scene.pass(1_000);
      await Promise.all(answers);

      // A trailing buy holds what its trigger is when it comes, which no report tells.
      const orders = await exchange.fetchOpenOrders();
      const isTold = orders.every(({ price, stopPrice }) => price !== undefined || stopPrice !== undefined);
      const balance = await exchange.fetchBalance();
      for (const asset of ['USD', 'BTC']) {
        expect(balance[asset]?.total).toBe(Number(exchange.account.balances()[asset]));
        const free = isTold ? Number(exchange.account.free(asset)) : balance[asset]?.free;
        expect(balance[asset]?.free).toBe(free);
      }
      for (const order of await exchange.fetchOrders()) {
        const { trades } = await exchange.fetchOrder(order.id);
        expect(sumOf(trades.map((trade) => trade.amount))).toBeCloseTo(order.filled ?? -1, 10);
        expect(sumOf(trades.map((trade) => trade.cost))).toBeCloseTo(order.cost ?? 0, 6);
        expect((order.filled ?? 0) + (order.remaining ?? 0)).toBeCloseTo(order.amount ?? -1, 10);
      }
    }),
    { numRuns: 200 },
  );
});

/** All refusals are of ccxt's kind. */
function refused(error: unknown): void {
  if (!(error instanceof ccxt.ExchangeError)) throw error;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
