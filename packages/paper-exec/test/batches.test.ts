import { lots, priceToTicks, qtyToLots } from '@kb/model';
import type { PlaceIntent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ms, PAIR, Scene } from './scene.ts';

function order(clientOrderId: string, size: string, more: Partial<PlaceIntent> = {}): PlaceIntent {
  return {
    type: 'place',
    strategyId: 's',
    reason: 'test',
    confidence: 1,
    clientOrderId,
    symbol: PAIR.symbol,
    side: 'buy',
    orderType: 'limit',
    price: priceToTicks(PAIR, '100.0'),
    size: qtyToLots(PAIR, size),
    timeInForce: 'gtc',
    postOnly: false,
    ...more,
  };
}

function answersTo(orders: readonly PlaceIntent[], balance = '1000000'): string[] {
  const scene = new Scene({ balances: { USD: balance }, orderRate: { tier: 'starter' } });
  scene.book(1_000, [['99.0', '5']], [['101.0', '5']]);
  scene.venue.submitBatch(orders, ms(1_000));
  return scene.wait(1_100).answers();
}

describe('orders in one message', () => {
  test.each([
    ['no order', order('b', '1.0', { orderType: 'market' }), 'invalid-order'],
    ['of no size', order('b', '1.0', { size: lots(0) }), 'size-off-grid'],
    ['of an id that stands twice', order('a', '1.0'), 'duplicate-client-order-id'],
  ])('are all refused when one is %s', (_what, wrong, reason) => {
    expect(answersTo([order('a', '1.0'), wrong, order('c', '1.0')])).toEqual([
      `rejected a ${reason}`,
      `rejected ${wrong.clientOrderId} ${reason}`,
      `rejected c ${reason}`,
    ]);
  });

  test('are refused one by one for want of money, or for post-only', () => {
    const taking = order('b', '1.0', { price: priceToTicks(PAIR, '101.0'), postOnly: true });
    expect(answersTo([order('a', '6.0'), taking, order('c', '6.0'), order('d', '1.0')], '1000')).toEqual([
      'accepted a',
      'rejected b post-only-would-take',
      'rejected c insufficient-funds',
      'accepted d',
    ]);
  });

  test('stand each for itself where they are of two pairs', () => {
    expect(answersTo([order('a', '1.0'), order('b', '1.0', { symbol: 'ETH/USD' })])).toEqual([
      'rejected b unknown-symbol',
      'accepted a',
    ]);
  });
});
