import { lots, micros, ticks } from '@kb/model';
import type { ExecutionReport, PlaceIntent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { OrderTracker } from '../src/index.ts';

function place(clientOrderId: string, strategyId = 'mm'): PlaceIntent {
  return {
    type: 'place',
    strategyId,
    reason: 'test',
    confidence: 1,
    clientOrderId,
    symbol: 'BTC/USD',
    side: 'buy',
    orderType: 'limit',
    price: ticks(1000),
    size: lots(10),
    timeInForce: 'gtc',
    postOnly: true,
  };
}

type WithoutBase<Report> = Report extends unknown
  ? Omit<Report, 'seq' | 'symbol' | 'venueTs' | 'recvTs' | 'venueOrderId' | 'clientOrderId'>
  : never;

function report(clientOrderId: string, body: WithoutBase<ExecutionReport>): ExecutionReport {
  const base = { seq: 1, symbol: 'BTC/USD', venueTs: micros(1), recvTs: micros(2), venueOrderId: 'O1', clientOrderId };
  return { ...base, ...body };
}

function fill(clientOrderId: string, size: number, remaining: number): ExecutionReport {
  return report(clientOrderId, {
    type: 'fill',
    fillId: `${clientOrderId}-${remaining}`,
    side: 'buy',
    price: ticks(1000),
    size: lots(size),
    remaining: lots(remaining),
    liquidity: 'maker',
    fee: '0',
    feeAsset: 'USD',
    rule: 'F5',
    evidence: { tradeIds: [], bookSeq: 0 },
    ahead: {},
  });
}

function trackerWith(...ids: string[]): OrderTracker {
  const tracker = new OrderTracker();
  for (const id of ids) tracker.sent(place(id), micros(1));
  return tracker;
}

const ACCEPTED = { type: 'accepted', side: 'buy', price: ticks(1000), size: lots(10) } as const;

describe('an own order', () => {
  test('is pending until the venue accepts it, and open then', () => {
    const tracker = trackerWith('mm-1');
    expect(tracker.get('mm-1')).toMatchObject({ state: 'pending', filled: 0, size: 10 });
    tracker.apply(report('mm-1', ACCEPTED));
    expect(tracker.get('mm-1')?.state).toBe('open');
  });

  test('counts its fills and leaves with the last one', () => {
    const tracker = trackerWith('mm-1');
    tracker.apply(fill('mm-1', 4, 6));
    expect(tracker.get('mm-1')?.filled).toBe(4);
    expect(tracker.apply(fill('mm-1', 6, 0))?.filled).toBe(10);
    expect(tracker.count).toBe(0);
    expect(tracker.ofSymbol('BTC/USD')).toEqual([]);
  });

  test.each([
    { type: 'rejected', reason: 'invalid-order', text: '' },
    { type: 'cancelled', remaining: lots(10), reason: 'requested' },
    { type: 'expired', remaining: lots(10) },
    { type: 'cancel-rejected', reason: 'unknown-order', text: '' },
  ] as const)('leaves with $type', (body) => {
    const tracker = trackerWith('mm-1', 'mm-2');
    tracker.apply(report('mm-1', body));
    expect(tracker.ofStrategy('mm', 'BTC/USD').map((order) => order.clientOrderId)).toEqual(['mm-2']);
  });

  test('keeps its old terms when an amend is refused, and takes the new ones when it is done', () => {
    const tracker = trackerWith('mm-1');
    const amend = {
      type: 'amend',
      strategyId: 'mm',
      reason: '',
      confidence: 1,
      symbol: 'BTC/USD',
      clientOrderId: 'mm-1',
      price: ticks(1001),
      size: undefined,
    } as const;
    tracker.apply(report('mm-1', ACCEPTED));
    tracker.sent(amend, micros(5));
    expect(tracker.get('mm-1')).toMatchObject({ state: 'amending', price: 1000, sentAt: 5 });
    tracker.apply(report('mm-1', { type: 'amend-rejected', reason: 'post-only-would-take', text: '' }));
    expect(tracker.get('mm-1')).toMatchObject({ state: 'open', price: 1000 });
    tracker.sent(amend, micros(6));
    const size = lots(10);
    tracker.apply(report('mm-1', { type: 'amended', price: ticks(1001), size, remaining: size, keptPriority: false }));
    expect(tracker.get('mm-1')).toMatchObject({ state: 'open', price: 1001 });
  });

  test('is being amended until all of its amends are answered', () => {
    const tracker = trackerWith('mm-1');
    tracker.apply(report('mm-1', ACCEPTED));
    const ids = { strategyId: 'mm', symbol: 'BTC/USD', clientOrderId: 'mm-1' };
    const amend = { type: 'amend', reason: '', confidence: 1, price: ticks(1001), size: undefined, ...ids } as const;
    tracker.sent(amend, micros(5));
    tracker.sent(amend, micros(6));
    const refused = { type: 'amend-rejected', reason: 'post-only-would-take', text: '' } as const;
    tracker.apply(report('mm-1', refused));
    expect(tracker.get('mm-1')?.state).toBe('amending');
    tracker.apply(report('mm-1', refused));
    expect(tracker.get('mm-1')?.state).toBe('open');
  });

  test('is being cancelled, whenever its acceptance is heard of', () => {
    const tracker = trackerWith('mm-1');
    const ids = { strategyId: 'mm', symbol: 'BTC/USD', clientOrderId: 'mm-1' };
    tracker.sent({ type: 'cancel', reason: '', confidence: 1, ...ids }, micros(5));
    tracker.apply(report('mm-1', ACCEPTED));
    expect(tracker.get('mm-1')?.state).toBe('cancelling');
  });

  test('stays while its fate is unknown: unknown is not rejected', () => {
    const tracker = trackerWith('mm-1');
    tracker.apply(report('mm-1', { type: 'unknown', text: 'no answer after 5 s' }));
    expect(tracker.get('mm-1')?.state).toBe('unknown');
    tracker.apply(report('mm-1', ACCEPTED));
    expect(tracker.get('mm-1')?.state).toBe('open');
  });

  test.each(['cancel-rejected', 'amend-rejected'] as const)('a %s that knows the order ends the doubt', (type) => {
    const tracker = trackerWith('mm-1');
    const doubt = { type: 'unknown', text: 'no answer after 5 s' } as const;
    tracker.apply(report('mm-1', doubt));
    tracker.apply(report('mm-1', { type, reason: 'not-received', text: '' }));
    expect(tracker.get('mm-1')?.state).toBe('open');
    tracker.apply(report('mm-1', doubt));
    tracker.apply(report('mm-1', { type, reason: 'unknown-order', text: '' }));
    expect(tracker.get('mm-1')?.state).toBe(type === 'amend-rejected' ? 'unknown' : undefined);
  });

  test('belongs to its strategy alone', () => {
    const tracker = trackerWith('mm-1');
    tracker.sent(place('other-1', 'other'), micros(1));
    expect(tracker.ofStrategy('mm', 'BTC/USD')).toHaveLength(1);
    expect(tracker.ofSymbol('BTC/USD')).toHaveLength(2);
  });
});

test('a report about an order that is not ours changes nothing', () => {
  const tracker = trackerWith('mm-1');
  expect(tracker.apply(fill('stranger', 1, 0))).toBeUndefined();
  expect(tracker.count).toBe(1);
});

describe('an order that a fill has placed', () => {
  const close = { orderType: 'take-profit-limit', price: ticks(1100) } as const;
  const accepted = (placedBy: string): ExecutionReport =>
    report('a-close-1', { type: 'accepted', side: 'sell', price: ticks(1100), size: lots(4), placedBy });

  test('is its strategy’s from its acceptance on, also when the first order has ended', () => {
    const orders = new OrderTracker();
    orders.sent({ ...place('a'), close }, micros(0));
    orders.apply(fill('a', 10, 0));
    expect(orders.apply(accepted('a'))).toMatchObject({
      strategyId: 'mm',
      orderType: 'take-profit-limit',
      side: 'sell',
    });
    expect(orders.ofStrategy('mm', 'BTC/USD')).toMatchObject([{ clientOrderId: 'a-close-1', size: 4, state: 'open' }]);
    orders.apply(fill('a-close-1', 4, 0));
    expect(orders.count).toBe(0);
  });

  test('is nobody’s when 1,024 later orders have closing ones', () => {
    const orders = new OrderTracker();
    for (let n = 0; n <= 1_024; n += 1) orders.sent({ ...place(`p${n}`), close }, micros(0));
    expect(orders.apply(accepted('p0'))).toBeUndefined();
    expect(orders.apply(accepted('p1'))).toBeDefined();
  });

  test('or that was refused is its strategy’s too, and does not stay', () => {
    const orders = new OrderTracker();
    orders.sent({ ...place('a'), close }, micros(0));
    orders.apply(fill('a', 10, 0));
    const refused = { type: 'rejected', reason: 'orders-limit', text: '', placedBy: 'a' } as const;
    expect(orders.apply(report('a-close-1', refused))).toMatchObject({ strategyId: 'mm', side: 'sell' });
    expect(orders.count).toBe(0);
    expect(orders.ofStrategy('mm', 'BTC/USD')).toEqual([]);
  });

  test('by nobody’s order is nobody’s', () => {
    const orders = new OrderTracker();
    orders.sent(place('a'), micros(0));
    expect(orders.apply(accepted('a'))).toBeUndefined();
    expect(orders.apply(accepted('b'))).toBeUndefined();
    expect(orders.count).toBe(1);
  });
});
