/**
 * What a risk check costs. Hot: it stands between every order decision and the venue, and a strategy that is refused asks
 * again on the next event. The floor is a function that looks at nothing.
 */
import { instrument, lots, micros, ticks } from '@kb/model';
import type { AmendIntent, OwnOrder, PlaceIntent, Side } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { RiskEngine } from '../src/index.ts';
import type { RiskContext, RiskDecision } from '../src/index.ts';

const PAIR = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.00005', minCost: '0.5' });
const CHECKS = 20_000;
const NEVER_FULL = 100_000;

export const run: BenchRun = (options) => {
  // A check every 100 ms: the rate windows expire and refill all the time, as a busy maker's do.
  const limits = { maxOrderNotional: { USD: '500' }, maxPositionNotional: { USD: '500' }, ordersPerMinute: NEVER_FULL };
  const allowing = new RiskEngine({ ...limits, ordersPerSecond: NEVER_FULL });
  const refusing = new RiskEngine({ ...limits, ordersPerSecond: 2 });
  const places = [place('buy', 299_900), place('sell', 300_100)] as const;
  const openOrders = [workingOrder('a', 'buy', 299_900), workingOrder('b', 'sell', 300_100)];
  const moves = [move('a', 299_901), move('b', 300_099)] as const;
  let now = 0;
  const ask = (check: (context: RiskContext, index: number) => RiskDecision): number => {
    let allowed = 0;
    for (let i = 0; i < CHECKS; i += 1) {
      now += 100_000;
      if (check(contextAt(now, openOrders), i).ok) allowed += 1;
    }
    return allowed;
  };
  const times = interleave(
    {
      place: () => ask((context, i) => allowing.check(places[i & 1] ?? places[0], context)),
      amend: () => ask((context, i) => allowing.check(moves[i & 1] ?? moves[0], context)),
      refuse: () => ask((context) => refusing.check({ ...places[0], size: lots(9_000_000) }, context)),
      empty: () => ask(() => EMPTY),
    },
    CHECKS,
    options,
  );
  const row = (name: string, median: number): BenchRow => ({
    name,
    median,
    unit: 'ns/check',
    against: 'empty function',
    ratio: median / times.empty,
  });
  return [
    row('risk: new order allowed', times.place),
    row('risk: amend of a price allowed', times.amend),
    row('risk: new order refused, with its text', times.refuse),
    {
      name: 'risk: empty function, making the context',
      median: times.empty,
      unit: 'ns/check',
      against: undefined,
      ratio: undefined,
    },
  ];
};

const EMPTY: RiskDecision = { ok: true };

function contextAt(now: number, openOrders: readonly OwnOrder[]): RiskContext {
  const at = micros(now);
  return { now: at, instrument: PAIR, position: 100_000, openOrders, mark: 300_000.5, dataLive: true, bookTs: at };
}

function place(side: Side, price: number): PlaceIntent {
  return {
    type: 'place',
    strategyId: 'maker',
    reason: 'QUOTING',
    confidence: 1,
    clientOrderId: 'c1',
    symbol: 'BTC/USD',
    side,
    orderType: 'limit',
    price: ticks(price),
    size: lots(500_000),
    timeInForce: 'gtc',
    postOnly: true,
  };
}

function workingOrder(clientOrderId: string, side: Side, price: number): OwnOrder {
  return {
    clientOrderId,
    strategyId: 'maker',
    symbol: 'BTC/USD',
    side,
    orderType: 'limit',
    price: ticks(price),
    size: lots(500_000),
    timeInForce: 'gtc',
    postOnly: true,
    filled: lots(0),
    state: 'open',
    sentAt: micros(0),
  };
}

function move(clientOrderId: string, price: number): AmendIntent {
  return {
    type: 'amend',
    strategyId: 'maker',
    reason: 'QUOTING',
    confidence: 1,
    symbol: 'BTC/USD',
    clientOrderId,
    price: ticks(price),
    size: undefined,
  };
}
