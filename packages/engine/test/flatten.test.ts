import { describe, expect, test } from 'vitest';
import { Actor, limitOrder, Stage } from './support/stage.ts';

/** Does its part with the first book only. */
function once(part: Actor['part']): Actor['part'] {
  let done = false;
  return (event, out, view) => {
    if (done || event.type !== 'book') return;
    done = true;
    part(event, out, view);
  };
}

describe('flatten', () => {
  /** Holds 10, has a resting order, and flattens with every timer. */
  function holder(): { readonly actor: Actor; readonly stage: Stage } {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 10), 'QUOTE');
      if (event.type === 'timer') out.flatten('BTC/USD', 'OUT');
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.venue.fill('mm-1', 'buy', 10);
    stage.book(2);
    return { actor, stage };
  }

  test('cancels what rests and trades the position back at market', () => {
    const { stage } = holder();
    stage.timer(3);
    expect(stage.venue.commands.slice(-2)).toMatchObject([
      { type: 'cancel', clientOrderId: 'mm-2', reason: 'OUT' },
      { type: 'place', clientOrderId: 'mm-3', side: 'sell', orderType: 'market', size: 10, timeInForce: 'ioc' },
    ]);
  });

  test('asked again before the answer, sells nothing twice', () => {
    const { stage } = holder();
    stage.timer(3).timer(4).timer(5);
    expect(stage.places().filter(({ orderType }) => orderType === 'market')).toHaveLength(1);
    stage.venue.fill('mm-3', 'sell', 10);
    stage.timer(6);
    expect(stage.engine.position('BTC/USD')).toBe(0);
    expect(stage.places().filter(({ orderType }) => orderType === 'market')).toHaveLength(1);
  });

  test('buys a short position back', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('sell', 1003, 10), 'QUOTE');
      if (event.type === 'timer') out.flatten('BTC/USD', 'OUT');
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.venue.fill('mm-1', 'sell', 7, { remaining: 3 });
    stage.timer(2);
    expect(stage.venue.commands.at(-1)).toMatchObject({ type: 'place', side: 'buy', size: 7, price: undefined });
  });

  test('cancels nothing that never left: an order that risk refused in the same call', () => {
    const actor = new Actor(
      'mm',
      once((_, out) => {
        out.place(limitOrder('buy', 999, 10_000), 'TOO MUCH');
        out.flatten('BTC/USD', 'OUT');
        out.cancelAll('BTC/USD', 'OUT');
        out.cancel('mm-1', 'OUT');
      }),
    );
    const stage = new Stage({ strategies: [actor], limits: { maxOrderNotional: { USD: '500' } } }).book(1);
    expect(stage.venue.commands).toEqual([]);
  });

  test('with nothing held only cancels', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 10), 'QUOTE');
      if (event.type === 'timer') out.flatten('BTC/USD', 'OUT');
    });
    const stage = new Stage({ strategies: [actor] }).book(1).timer(2);
    expect(stage.venue.commands.map(({ type }) => type)).toEqual(['place', 'cancel']);
  });

  test('asked again with more held sells what is not on its way back', () => {
    const { stage } = holder();
    stage.timer(3);
    stage.venue.fill('mm-3', 'sell', 4, { remaining: 6 });
    stage.venue.fill('mm-2', 'buy', 5, { remaining: 5 }); // its cancel came too late
    stage.timer(4);
    expect(stage.places().at(-1)).toMatchObject({ clientOrderId: 'mm-4', side: 'sell', size: 5 });
  });

  test('cancels what rests once', () => {
    const { stage } = holder();
    stage.timer(3).timer(4).timer(5);
    expect(stage.cancels()).toHaveLength(1);
  });
});
