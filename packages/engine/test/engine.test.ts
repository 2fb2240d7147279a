import { instrument, lots, micros, ticks } from '@kb/model';
import type { FeeRates } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Engine } from '../src/index.ts';
import { Actor, limitOrder, pair, Stage } from './support/stage.ts';

/** Does its part with the first book only. */
function once(part: Actor['part']): Actor['part'] {
  let done = false;
  return (event, out, view) => {
    if (done || event.type !== 'book') return;
    done = true;
    part(event, out, view);
  };
}

/** An actor that places one buy order with the first book. */
function buyer(id = 'mm', size = 10): Actor {
  return new Actor(
    id,
    once((_, out) => {
      out.place(limitOrder('buy', 999, size), 'QUOTE');
    }),
  );
}

describe('one event', () => {
  test('goes through venue, account, strategies, risk, journal and venue, in this order', () => {
    const seen: string[] = [];
    const actor = new Actor('mm', (event, out, view) => {
      seen.push(`${event.type} at position ${view.account.position('BTC/USD')}`);
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
    });
    const stage = new Stage({ strategies: [actor] });
    stage.book(1);
    stage.log.length = 0;
    stage.venue.fill('mm-1', 'buy', 1);
    stage.book(2);
    expect(stage.log).toEqual([
      'venue hears book',
      'venue reports fill mm-1',
      'output report',
      'output intent',
      'output durable',
      'venue takes place mm-2 at 2',
    ]);
    // The fill was on the account before its own report was told.
    expect(seen).toEqual(['book at position 0', 'fill at position 1', 'book at position 1']);
  });

  test('is told to the strategies in the order in which they were given', () => {
    const order: string[] = [];
    const strategies = ['b', 'a', 'c'].map((id) => new Actor(id, () => void order.push(id)));
    new Stage({ strategies }).book(1);
    expect(order).toEqual(['b', 'a', 'c']);
  });

  test('reports go to the strategy that owns the order, and to nobody else', () => {
    const owner = buyer('mm');
    const other = new Actor('other');
    const stage = new Stage({ strategies: [owner, other] }).book(1);
    stage.venue.accept('mm-1');
    stage.venue.accept('stranger-9');
    stage.book(2);
    expect(owner.heardTypes).toEqual(['book', 'accepted', 'book']);
    expect(other.heardTypes).toEqual(['book', 'book']);
    expect(stage.recordsOf('report').map(({ strategyId }) => strategyId)).toEqual(['mm', undefined]);
  });

  test('time never runs back, in the view as in the records', () => {
    const times: number[] = [];
    const actor = new Actor('mm', (event, out, view) => {
      times.push(view.now / 1e6);
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
    });
    const stage = new Stage({ strategies: [actor] }).book(5).book(3).book(6);
    expect(times).toEqual([5, 5, 6]);
    expect(stage.recordsOf('intent').map(({ at }) => at / 1e6)).toEqual([5, 5, 6]);
    expect(stage.engine.now).toBe(6e6);
  });

  test('an intent is written and durable before the venue has it, a cancel too', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (event.type === 'accepted') out.cancel(event.clientOrderId, 'ENOUGH');
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    expect(stage.log.slice(1, 4)).toEqual(['output intent', 'output durable', 'venue takes place mm-1 at 1']);
    stage.log.length = 0;
    stage.venue.accept('mm-1');
    stage.timer(2);
    const wanted = ['output report', 'output intent', 'output durable', 'venue takes cancel mm-1 at 2'];
    expect(stage.log.slice(2)).toEqual(wanted);
  });

  test('all intents of an event become durable together, and are sent in their order', () => {
    const actor = new Actor(
      'mm',
      once((_, out) => {
        out.place(limitOrder('buy', 999, 1), 'QUOTE');
        out.place(limitOrder('sell', 1003, 1), 'QUOTE');
      }),
    );
    const stage = new Stage({ strategies: [actor, buyer('other')] }).book(1);
    expect(stage.log.slice(1, -1)).toEqual([
      'output intent',
      'output intent',
      'output intent',
      'output durable',
      'venue takes place mm-1 at 1',
      'venue takes place mm-2 at 1',
      'venue takes place other-3 at 1',
    ]);
  });

  test('an intent carries the touch that it was decided on', () => {
    const stage = new Stage({ strategies: [buyer()] }).book(1);
    expect(stage.recordsOf('intent')[0]).toMatchObject({ on: 1, decisionBid: 1000, decisionAsk: 1002 });
  });

  test('an order is among the open ones by the next call, and gone with its last fill', () => {
    const counts: number[] = [];
    const actor = new Actor('mm', (event, out, view) => {
      counts.push(view.account.openOrders('BTC/USD').length);
      if (counts.length === 1) out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (counts.length === 1) counts.push(view.account.openOrders('BTC/USD').length);
      expect(event.type).not.toBe('rejected');
    });
    const stage = new Stage({ strategies: [actor] }).book(1).book(2);
    stage.venue.fill('mm-1', 'buy', 1);
    stage.book(3);
    expect(counts).toEqual([0, 1, 1, 0, 0]);
  });
});

describe('a refusal by risk', () => {
  const refused = (part: Actor['part'] = () => {}): { readonly actor: Actor; readonly stage: Stage } => {
    const actor = new Actor('mm', (event, out, view) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 10_000), 'QUOTE');
      part(event, out, view);
    });
    const stage = new Stage({ strategies: [actor], limits: { maxOrderNotional: { USD: '500' } } });
    return { actor, stage };
  };

  test('is told before the next event, never inside the call that asked', () => {
    const { actor, stage } = refused();
    stage.book(1);
    expect(actor.heardTypes).toEqual(['book']);
    stage.timer(2);
    expect(actor.heardTypes).toEqual(['book', 'rejected', 'timer']);
    expect(actor.heard[1]).toMatchObject({
      clientOrderId: 'mm-1',
      reason: 'risk-refused',
      text: expect.stringMatching(/^ORDER_LIMIT: /) as string,
      venueOrderId: undefined,
    });
    expect(stage.venue.commands).toEqual([]);
  });

  test('leaves its order pending in the view until it is told, so that two of them do not breed', () => {
    const pending: string[][] = [];
    const actor = new Actor('mm', (event, out, view) => {
      const orders = view.account.openOrders('BTC/USD');
      pending.push([event.type, ...orders.map(({ clientOrderId, state }) => `${clientOrderId} ${state}`)]);
      // As a maker does: whatever it hears, it places the side that it does not have.
      for (const side of ['buy', 'sell'] as const) {
        if (pending.length > 4 || orders.some((order) => order.side === side)) continue;
        out.place(limitOrder(side, side === 'buy' ? 999 : 1003, 10_000), 'QUOTE');
      }
    });
    const stage = new Stage({ strategies: [actor], limits: { maxOrderNotional: { USD: '500' } } }).book(1).timer(2);
    expect(pending).toEqual([
      ['book'],
      ['rejected', 'mm-2 pending'],
      ['rejected', 'mm-3 pending'],
      ['timer', 'mm-3 pending', 'mm-4 pending'],
    ]);
    expect(stage.engine.orders.count).toBe(0);
    expect(stage.engine.orders.ofSymbol('BTC/USD')).toEqual([]);
    stage.engine.halt('operator');
    expect(stage.venue.commands).toEqual([]);
  });

  test('does not count against the next order', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type !== 'book') return;
      out.place(limitOrder('buy', 999, 400), 'TOO MUCH');
      out.place(limitOrder('buy', 999, 10), 'QUOTE');
    });
    const stage = new Stage({ strategies: [actor], limits: { maxPositionNotional: { USD: '1500' } } }).book(1);
    expect(stage.places().map(({ reason }) => reason)).toEqual(['QUOTE']);
  });

  test('of an amend is told as one', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (event.type === 'accepted') out.amend(event.clientOrderId, { size: lots(10_000) }, 'MORE');
    });
    const stage = new Stage({ strategies: [actor], limits: { maxOrderNotional: { USD: '500' } } }).book(1);
    stage.venue.accept('mm-1');
    const states: (string | undefined)[] = [];
    const asked = actor.part;
    actor.part = (event, out, view): void => {
      states.push(stage.engine.orders.get('mm-1')?.state);
      asked(event, out, view);
      states.push(stage.engine.orders.get('mm-1')?.state);
    };
    stage.timer(2);
    expect(actor.heardTypes).toEqual(['book', 'accepted', 'amend-rejected', 'timer']);
    expect(states).toEqual(['open', 'amending', 'open', 'open', 'open', 'open']);
    expect(stage.engine.orders.get('mm-1')).toMatchObject({ size: 1, state: 'open' });
  });

  test('is written once for each run of equal ones, and every one is counted', () => {
    let size = 10_000;
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, size), 'QUOTE');
    });
    const stage = new Stage({ strategies: [actor], limits: { maxOrderNotional: { USD: '500' } } });
    stage.book(1).book(2).book(3);
    expect(stage.recordsOf('refused').map(({ on }) => on)).toEqual([1]);
    size = 1;
    stage.book(4); // allowed: the run is over
    size = 10_000;
    stage.book(5).book(6);
    size = 0;
    stage.book(7);
    expect(stage.recordsOf('refused').map(({ on, code }) => [on, code])).toEqual([
      [1, 'ORDER_LIMIT'],
      [5, 'ORDER_LIMIT'],
      [7, 'MIN_SIZE'],
    ]);
    expect(stage.engine.tally.refusals).toEqual({ ORDER_LIMIT: 5, MIN_SIZE: 1 });
  });

  test('of one side does not hide the same refusal of the other', () => {
    const { stage } = refused((event, out) => {
      if (event.type === 'book') out.place(limitOrder('sell', 1003, 10_000), 'QUOTE');
    });
    stage.book(1).book(2);
    expect(stage.recordsOf('refused').map(({ clientOrderId }) => clientOrderId)).toEqual(['mm-1', 'mm-2']);
  });

  test('an order in a pair that is not of this run is refused', () => {
    const actor = new Actor(
      'mm',
      once((_, out) => void out.place(limitOrder('buy', 999, 1, 'DOGE/USD'), 'QUOTE')),
    );
    const stage = new Stage({ strategies: [actor] }).book(1);
    expect(stage.recordsOf('refused')[0]).toMatchObject({ code: 'UNKNOWN_SYMBOL', symbol: 'DOGE/USD' });
    expect(stage.venue.commands).toEqual([]);
  });
});

describe('a strategy that throws', () => {
  const thrower = (): Actor =>
    new Actor('bad', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 998, 1), 'QUOTE');
      if (event.type === 'timer') throw new TypeError('its own mistake');
    });

  test('is stopped alone, and its orders are cancelled', () => {
    const bad = thrower();
    const good = buyer('good');
    const stage = new Stage({ strategies: [bad, good] }).book(1).timer(2).book(3);
    expect(bad.heardTypes).toEqual(['book', 'timer']);
    expect(good.heardTypes).toEqual(['book', 'timer', 'book']);
    expect(stage.cancels().map(({ clientOrderId }) => clientOrderId)).toEqual(['bad-1']);
    expect(stage.recordsOf('strategy-error')).toEqual([
      { type: 'strategy-error', on: 2, at: 2e6, strategyId: 'bad', message: 'its own mistake' },
    ]);
    expect(stage.engine.tally.strategyErrors).toBe(1);
    expect(stage.engine.halted).toBeUndefined();
  });

  test('hears nothing more, its fills still reach the account, and what works after all is cancelled again', () => {
    const bad = thrower();
    const stage = new Stage({ strategies: [bad] }).book(1).timer(2);
    stage.venue.fill('bad-1', 'buy', 4, { remaining: 6 });
    stage.venue.answer('bad-1', { type: 'cancel-rejected', reason: 'rate-limit', text: '' });
    stage.timer(3);
    expect(bad.heardTypes).toEqual(['book', 'timer']);
    expect(stage.engine.position('BTC/USD')).toBe(4);
    expect(stage.cancels().map(({ reason }) => reason)).toEqual([
      'strategy stopped by an error',
      'its strategy was stopped',
    ]);
    stage.venue.answer('bad-1', { type: 'cancelled', remaining: lots(6), reason: 'requested' });
    stage.timer(4);
    expect(stage.engine.orders.count).toBe(0);
    expect(stage.cancels()).toHaveLength(2);
  });

  test('is one that writes outside of its call, or with a confidence that is none', () => {
    const hoarder = new Actor('hoarder');
    const unsure = new Actor('unsure', (_, out) => void out.place(limitOrder('buy', 999, 1), 'QUOTE', Number.NaN));
    let kept: (() => void) | undefined;
    hoarder.part = (_, out): void => {
      kept ??= () => void out.place(limitOrder('buy', 999, 1), 'LATE');
    };
    const stage = new Stage({ strategies: [hoarder, unsure] }).book(1);
    expect(kept).toThrow(expect.objectContaining({ code: 'KB_ENGINE_BAD_INTENT' }));
    expect(stage.recordsOf('strategy-error').map(({ message }) => message)).toEqual([
      'unsure: expected a confidence from 0 to 1, was NaN',
    ]);
    expect(stage.venue.commands).toEqual([]);
  });

  test('is one that answers each refusal with two more orders', () => {
    const breeder = new Actor('mm', (event, out) => {
      if (event.type !== 'book' && event.type !== 'rejected') return;
      out.place(limitOrder('buy', 999, 10_000), 'QUOTE');
      out.place(limitOrder('buy', 999, 10_000), 'QUOTE');
    });
    const stage = new Stage({ strategies: [breeder], limits: { maxOrderNotional: { USD: '500' } } });
    for (let at = 1; at < 30; at += 1) stage.book(at);
    expect(stage.recordsOf('strategy-error').map(({ message }) => message)).toEqual([
      'mm: more than 1000 intents refused within one event',
    ]);
    expect(breeder.heard.length).toBeLessThan(2000);
  });

  test('is not blamed for a sink that failed: that ends the run, even if the strategy catches it', () => {
    const full = new Error('no space left');
    const careless = new Actor('mm', (_, out) => {
      try {
        out.place(limitOrder('buy', 999, 1), 'QUOTE');
      } catch {
        // swallowed
      }
    });
    const stage = new Stage({
      strategies: [careless],
      output: {
        durable: () => {
          throw full;
        },
      },
    });
    expect(() => stage.book(1)).toThrow(full);
    expect(stage.venue.commands).toEqual([]);
    expect(() => stage.book(2)).toThrow(full);
    expect(() => stage.engine.mark()).toThrow(full);
    expect(stage.recordsOf('strategy-error')).toEqual([]);
  });
});

describe('halt', () => {
  test('cancels every working order, stops the strategies and stays', () => {
    const [a, b] = [buyer('a'), buyer('b')];
    const stage = new Stage({ strategies: [a, b] }).book(1);
    stage.engine.halt('operator');
    stage.engine.halt('again');
    stage.book(2);
    expect(stage.cancels().map(({ clientOrderId, reason }) => [clientOrderId, reason])).toEqual([
      ['a-1', 'halted: operator'],
      ['b-2', 'halted: operator'],
    ]);
    expect(stage.recordsOf('halt')).toEqual([{ type: 'halt', on: 1, at: 1e6, cause: 'operator' }]);
    expect(stage.engine.halted).toBe('operator');
    expect(a.heardTypes).toEqual(['book']);
  });

  test('lets no order out, whoever asks', () => {
    const stage = new Stage({ strategies: [buyer()] });
    stage.engine.halt('operator');
    stage.book(1);
    expect(stage.venue.commands).toEqual([]);
  });

  test('does not ask twice for a cancel that is on its way, and asks again when it was refused', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (event.type === 'accepted') out.cancel(event.clientOrderId, 'ENOUGH');
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.venue.accept('mm-1');
    stage.timer(2);
    stage.engine.halt('operator');
    expect(stage.cancels()).toHaveLength(1);
    stage.venue.answer('mm-1', { type: 'cancel-rejected', reason: 'market-frozen', text: '' });
    stage.timer(3);
    expect(stage.cancels()).toHaveLength(2);
  });

  test('reports and fills are still taken in after it', () => {
    const stage = new Stage({ strategies: [buyer()] }).book(1);
    stage.engine.halt('operator');
    stage.venue.fill('mm-1', 'buy', 10);
    stage.book(2);
    expect(stage.engine.position('BTC/USD')).toBe(10);
    expect(stage.recordsOf('report')).toHaveLength(1);
  });

  test('is what happens when the decimals of a pair change: nothing could be counted right any more', () => {
    const actor = buyer();
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.instrument(2, instrument({ symbol: 'BTC/USD', pricePrecision: 2, qtyPrecision: 1, minQty: '0.1' }));
    expect(stage.engine.halted).toBe('decimals of BTC/USD changed from 1 and 1 to 2 and 1');
    expect(stage.cancels()).toHaveLength(1);
    expect(actor.heardTypes).toEqual(['book']);
  });
});

describe("a strategy's desk", () => {
  test('cancels of young orders count against the tier of the venue', () => {
    const part: Actor['part'] = (event, out) => {
      if (event.type === 'timer') out.cancelAll('BTC/USD', 'OUT');
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
    };
    const stage = new Stage({ strategies: [new Actor('mm', part)], limits: { venueTier: 'starter' } });
    for (let n = 0; n < 7; n += 1) stage.book(1);
    stage.timer(1).book(1); // 7 to add and 7 × 8 to cancel
    expect(stage.recordsOf('refused').map(({ code }) => code)).toEqual(['RATE_LIMIT']);
  });

  test('an amend or a cancel of an order that is gone does nothing', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (event.type !== 'fill') return;
      out.amend(event.clientOrderId, { price: ticks(998) }, 'LATE');
      out.cancel(event.clientOrderId, 'LATE');
      out.cancel('never-1', 'LATE');
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.venue.fill('mm-1', 'buy', 1);
    stage.timer(2);
    expect(stage.venue.commands.map(({ type }) => type)).toEqual(['place']);
    expect(stage.recordsOf('refused')).toEqual([]);
  });

  test("another strategy's order is none of its business", () => {
    const meddler = new Actor('other', (event, out) => {
      if (event.type !== 'timer') return;
      out.amend('mm-1', { price: ticks(998) }, 'MEDDLE');
      out.cancel('mm-1', 'MEDDLE');
      out.cancelAll(undefined, 'MEDDLE');
    });
    const stage = new Stage({ strategies: [buyer(), meddler] }).book(1).timer(2);
    expect(stage.venue.commands.map(({ type }) => type)).toEqual(['place']);
  });

  test('an order goes out with all that it asks for, and what its fills place is the strategy’s too', () => {
    const trigger = { reference: 'last', price: { type: 'percent', percent: '-1' } } as const;
    const options = {
      displaySize: lots(2),
      trigger,
      limitOffset: { type: 'quote', offset: ticks(-1) },
      expiresAt: micros(9_000_000),
      reduceOnly: true,
      selfTrade: 'cancel-oldest',
      close: { orderType: 'limit', price: ticks(1_100) },
      leverage: 2,
    } as const;
    const actor = new Actor(
      'mm',
      once((_, out) => {
        const id = out.place({ ...limitOrder('buy', 999, 10), ...options }, 'ALL');
        out.amend(id, { trigger: { type: 'static', price: ticks(990) }, displaySize: lots(1) }, 'MOVE');
      }),
    );
    const stage = new Stage({ strategies: [actor] }).book(1);
    expect(stage.venue.commands).toMatchObject([
      { type: 'place', ...options },
      { type: 'amend', trigger: { type: 'static', price: 990 }, displaySize: 1, price: undefined, size: undefined },
    ]);
    stage.venue.fill('mm-1', 'buy', 10);
    const size = lots(10);
    const placed = { side: 'sell', price: ticks(1_100), size, placedBy: 'mm-1' } as const;
    stage.venue.answer('mm-1-close-1', { type: 'accepted', ...placed });
    stage.venue.fill('mm-1-close-1', 'sell', 10, { price: 1_100 });
    stage.book(2);
    expect(actor.heardTypes).toEqual(['book', 'fill', 'accepted', 'fill', 'book']);
    expect(stage.engine.position('BTC/USD')).toBe(0);
    stage.venue.answer('mm-1-close-2', { type: 'rejected', reason: 'orders-limit', text: '', placedBy: 'mm-1' });
    stage.book(3);
    expect(actor.heard.at(-2)).toMatchObject({ type: 'rejected', clientOrderId: 'mm-1-close-2' });
  });

  test('an amend goes out under the same id, with what it changes', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book') out.place(limitOrder('buy', 999, 1), 'QUOTE');
      if (event.type === 'accepted') out.amend(event.clientOrderId, { price: ticks(998) }, 'REQUOTE', 0.5);
    });
    const stage = new Stage({ strategies: [actor] }).book(1);
    stage.venue.accept('mm-1');
    stage.timer(2);
    expect(stage.venue.commands.at(-1)).toEqual({
      type: 'amend',
      strategyId: 'mm',
      reason: 'REQUOTE',
      confidence: 0.5,
      clientOrderId: 'mm-1',
      symbol: 'BTC/USD',
      price: 998,
      size: undefined,
    });
    expect(stage.engine.orders.get('mm-1')?.state).toBe('amending');
  });

  test('cancelAll takes one symbol, or all of them, and nothing twice', () => {
    const actor = new Actor('mm', (event, out) => {
      if (event.type === 'book' && event.symbol === 'ETH/USD') {
        out.place(limitOrder('buy', 999, 1), 'QUOTE');
        out.place(limitOrder('buy', 999, 1, 'ETH/USD'), 'QUOTE');
      }
      if (event.type === 'timer') out.cancelAll(event.seq === 3 ? 'ETH/USD' : undefined, 'AWAY');
    });
    const stage = new Stage({ strategies: [actor], symbols: ['BTC/USD', 'ETH/USD'] });
    stage.book(1).book(1, 'ETH/USD').timer(2);
    expect(stage.cancels().map(({ symbol }) => symbol)).toEqual(['ETH/USD']);
    stage.timer(3);
    expect(stage.cancels().map(({ symbol }) => symbol)).toEqual(['ETH/USD', 'BTC/USD']);
  });

  test('a reason is written when it changes, and the last one is known', () => {
    const said = ['QUOTING', 'QUOTING', 'STALE_BOOK', 'QUOTING'];
    const actor = new Actor('mm', (event, out) => out.explain('BTC/USD', 'buy', said[event.seq - 1] ?? ''));
    const stage = new Stage({ strategies: [actor] }).book(1).book(2).book(3).book(4);
    expect(stage.recordsOf('explain').map(({ reason }) => reason)).toEqual(['QUOTING', 'STALE_BOOK', 'QUOTING']);
    expect(stage.engine.reasons()).toEqual([['BTC/USD buy', 'QUOTING']]);
  });

  test('order ids count up over all strategies, so that none is used twice', () => {
    const stage = new Stage({ strategies: [buyer('a'), buyer('b')] }).book(1);
    expect(stage.places().map(({ clientOrderId }) => clientOrderId)).toEqual(['a-1', 'b-2']);
  });
});

describe('marks in the journal', () => {
  test('come with the first event, each minute of venue time, and when asked for', () => {
    const stage = new Stage();
    for (const at of [10, 20, 59, 60, 61, 119, 121, 400, 401]) stage.book(at);
    stage.engine.mark();
    expect(stage.recordsOf('mark').map(({ at }) => at / 1e6)).toEqual([10, 60, 121, 400, 401]);
  });

  test('ask for the fees again: volume grows old without a fill', () => {
    let maker = '0.002';
    const told: string[] = [];
    const actor = new Actor('mm', (_, _out, view) => void told.push(view.account.fees('BTC/USD').maker));
    const fees = (): FeeRates => ({ maker, taker: '0.004' });
    const stage = new Stage({ strategies: [actor], engine: { fees } }).book(1).book(2);
    maker = '0.0025';
    stage.book(3).book(61).book(62);
    expect(told).toEqual(['0.002', '0.002', '0.002', '0.002', '0.0025']);
  });

  test('value the account at the mid', () => {
    const stage = new Stage({ strategies: [buyer()] }).book(1);
    stage.venue.fill('mm-1', 'buy', 10, { price: 1000 }); // 1.0 BTC at 100.0, fee 0.01
    stage.move('102.0', '102.2').book(61);
    expect(stage.recordsOf('mark').at(-1)).toMatchObject({
      equity: '11023.09', // 10000 − 100.01 + 11 × 102.1
      position: { 'BTC/USD': 10 },
    });
  });
});

test('the rules in force are the latest: an order that the new ones forbid is refused', () => {
  const actor = new Actor('mm', (event, out) => {
    if (event.type === 'book') out.place(limitOrder('buy', 999, 5), 'QUOTE');
  });
  const stage = new Stage({ strategies: [actor] }).book(1);
  stage.instrument(2, instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 1, minQty: '1' }));
  stage.book(3);
  expect(stage.recordsOf('refused')[0]).toMatchObject({ code: 'MIN_SIZE' });
  expect(stage.engine.halted).toBeUndefined();
});

test('an instrument of another pair changes nothing', () => {
  const stage = new Stage().book(1).instrument(2, pair('DOGE/USD'));
  expect(stage.engine.halted).toBeUndefined();
});

test('two strategies of one id are refused with a code', () => {
  expect(() => new Stage({ strategies: [new Actor('x'), new Actor('x')] })).toThrow(
    expect.objectContaining({ code: 'KB_ENGINE_BAD_CONFIG' }),
  );
  expect(Engine.name).toBe('Engine');
});
