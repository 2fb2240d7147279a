import { describe, expect, test } from 'vitest';
import { instrument } from '@kb/model';
import { SkewedMarketMaker } from '../src/index.ts';
import type { SkewedMarketMakerInput } from '../src/index.ts';
import { BTC, Stage } from './harness.ts';

/** A maker on the market of the worked examples: fair value 30,000, maker fee nothing. */
function started(input: SkewedMarketMakerInput = {}, set: (stage: Stage) => void = () => undefined): Stage {
  const stage = new Stage(new SkewedMarketMaker({ symbol: BTC.symbol, ...input }));
  set(stage);
  stage.quote(0, '29999.9', '30000.1');
  return stage;
}

/** The same with both orders standing. */
function quoting(input: SkewedMarketMakerInput = {}): Stage {
  const stage = started(input);
  stage.acknowledge();
  return stage;
}

describe('quoting', () => {
  test('starts with one post-only order a side, at the worked prices and sizes', () => {
    expect(started().said).toEqual([
      'place o1 buy limit 299775 333333 post-only QUOTE',
      'buy: QUOTING',
      'place o2 sell limit 300225 333333 post-only QUOTE',
      'sell: QUOTING',
    ]);
  });

  test('skews against the inventory and shrinks the side that adds to it', () => {
    // +250 USD of a cap of 500: 29,971.8 / 30,016.9, 50 and 100 USD
    const stage = started({}, (at) => {
      at.position = 833_333;
    });
    expect(stage.said.filter((line) => line.startsWith('place'))).toEqual([
      'place o1 buy limit 299718 166666 post-only QUOTE',
      'place o2 sell limit 300169 333333 post-only QUOTE',
    ]);
  });

  test('measures inventory from the target when one is given', () => {
    const stage = started({ targetBaseQty: 0.99166667 });
    expect(stage.said[0]).toBe('place o1 buy limit 299718 166666 post-only QUOTE');
  });

  test('widens to pay the maker fee', () => {
    const stage = started({}, (at) => {
      at.makerFee = '0.0025';
    });
    expect(stage.order('buy').price).toBe(299_233);
    expect(stage.order('sell').price).toBe(300_767);
  });

  test('stays behind the touch on both sides', () => {
    const stage = new Stage(new SkewedMarketMaker({ symbol: BTC.symbol, baseSpreadBps: 0, feeFloor: false }));
    stage.quote(0, '30000.0', '30000.1');
    expect([stage.order('buy').price, stage.order('sell').price]).toEqual([300_000, 300_001]);
  });

  test('keeps to a tick size and a lot size coarser than the precision', () => {
    const stage = started({}, (at) => {
      at.instrument = instrument({ ...BTC, tickSize: '0.5', lotSize: '0.001', minQty: '0.001' });
    });
    expect(stage.said[0]).toBe('place o1 buy limit 299775 300000 post-only QUOTE');
    expect(stage.said[2]).toBe('place o2 sell limit 300225 300000 post-only QUOTE');
  });

  test('says nothing and does nothing while nothing changes', () => {
    const stage = quoting();
    const before = stage.said.length;
    for (let index = 0; index < 50; index += 1) {
      stage.bookEvent(10);
      stage.trade(1);
      stage.timer(1);
    }
    expect(stage.said.length).toBe(before);
  });

  test('has no more than one working order a side: it waits for answers', () => {
    const stage = started();
    stage.quote(400, '29979.9', '29980.1');
    expect(stage.orders.length).toBe(2);
    expect(stage.said.length).toBe(4);
    // the answers come, and each quote moves by one amend
    expect(stage.acknowledge()).toEqual(['amend o1 299575 = REQUOTE_PRICE', 'amend o2 300025 = REQUOTE_PRICE']);
  });
});

describe('requoting', () => {
  test('waits until the price is 15.0 away', () => {
    const stage = quoting();
    expect(stage.quote(400, '29985.0', '29985.2')).toEqual([]);
    expect(stage.quote(400, '29984.8', '29985.0')).toEqual([
      'amend o1 299624 = REQUOTE_PRICE',
      'amend o2 300074 = REQUOTE_PRICE',
    ]);
  });

  test('widens at once and tightens only when the quote has stood for its least life', () => {
    const stage = quoting();
    // The market falls 100 ms after the quotes went out: the bid widens, the ask would tighten.
    expect(stage.quote(80, '29979.9', '29980.1')).toEqual(['amend o1 299575 = REQUOTE_PRICE']);
    stage.acknowledge();
    expect(stage.timer(100)).toEqual([]);
    expect(stage.timer(100)).toEqual(['amend o2 300025 = REQUOTE_PRICE']);
  });

  test('amends a size that is off by more than its tolerance, in total and with the filled part', () => {
    const stage = quoting();
    // A third of the bid fills: 66 USD are left where 93 are wanted now.
    const said = stage.fill(stage.order('buy'), 111_111);
    expect(said).toEqual(['amend o1 = 422222 REQUOTE_SIZE']);
  });

  test('leaves a size within tolerance alone', () => {
    const stage = quoting();
    expect(stage.fill(stage.order('buy'), 40_000)).toEqual([]);
  });

  test('replaces an order that filled', () => {
    const stage = quoting();
    expect(stage.fill(stage.order('sell'), 333_333)).toEqual([
      // short 100 USD of 500: both quotes shift up by 2.25, the ask shrinks to 80 USD
      'place o3 sell limit 300248 266666 post-only QUOTE',
    ]);
  });
});

describe('hard rules cancel at once, whatever the threshold and the life of the quote', () => {
  const bothGone = (cause: string): string[] => [
    `cancel o1 ${cause}`,
    `buy: ${cause}`,
    `cancel o2 ${cause}`,
    `sell: ${cause}`,
  ];

  test('when the book is unverified, unless the feed was allowed to show it', () => {
    expect(quoting().feed('unverified')).toEqual(bothGone('STALE_BOOK'));
    const allowed = quoting();
    allowed.allowsUnverified = true;
    expect(allowed.feed('unverified')).toEqual([]);
    expect(allowed.feed('broken')).toEqual(bothGone('STALE_BOOK'));
  });

  test('when the feed is not live', () => {
    const stage = quoting();
    expect(stage.feed('resyncing')).toEqual(bothGone('STALE_BOOK'));
    stage.acknowledge();
    expect(stage.feed('live')).toEqual([
      'place o3 buy limit 299775 333333 post-only QUOTE',
      'buy: QUOTING',
      'place o4 sell limit 300225 333333 post-only QUOTE',
      'sell: QUOTING',
    ]);
  });

  test('also an order whose acceptance has not come back', () => {
    expect(started().feed('stale')).toEqual(bothGone('STALE_BOOK'));
  });

  test('when the book is too old by the clock of the venue', () => {
    const stage = quoting();
    expect(stage.trade(980)).toEqual([]);
    expect(stage.trade(20)).toEqual(bothGone('STALE_BOOK'));
    stage.acknowledge();
    expect(stage.bookEvent(5).filter((line) => line.startsWith('place')).length).toBe(2);
  });

  test('when the book is crossed, empty, or too wide', () => {
    expect(quoting().quote(1, '30000.2', '30000.1')).toEqual(bothGone('CROSSED_BOOK'));
    expect(quoting().quote(1, [], '30000.1')).toEqual(bothGone('THIN_BOOK'));
    expect(quoting().quote(1, '29849.0', '30151.0')).toEqual(bothGone('SPREAD_TOO_WIDE'));
    expect(quoting().quote(1, [['29999.9', '0.0001']], '30000.1')).toEqual(bothGone('THIN_BOOK'));
  });

  test('when the exchange or the pair takes no such orders', () => {
    expect(quoting().status('cancel_only')).toEqual(bothGone('HALTED'));
    const stage = quoting();
    stage.instrument = { ...BTC, status: 'maintenance' };
    expect(stage.status('online')).toEqual(bothGone('HALTED'));
  });

  test('when a standing quote would now take', () => {
    const stage = quoting();
    expect(stage.quote(1, '29970.0', '29977.5')[0]).toBe('cancel o1 WOULD_CROSS');
    expect(stage.said).toContain('buy: AWAIT_VENUE');
  });

  test('when the worst case passes the cap, orders that await cancellation included', () => {
    const stage = quoting({ orderSizeUsd: 400 });
    // 500.0 USD long with 400 bid: the side is off
    stage.position = 1_000_000;
    expect(stage.quote(1, '30000.0', '30000.2')).toContain('cancel o1 POSITION_LIMIT');
    expect(stage.said).toContain('buy: POSITION_LIMIT');
    // sold back a little, but the cancelled bid may still fill: nothing new on that side
    stage.position = 500_000;
    expect(stage.quote(400, '29999.9', '30000.1').some((line) => line.startsWith('place'))).toBe(false);
  });

  test('when the inventory is at the cap only the other side is quoted', () => {
    const stage = started({}, (at) => {
      at.position = 1_666_667;
    });
    expect(stage.said).toEqual([
      'buy: POSITION_LIMIT',
      'place o1 sell limit 300113 333333 post-only QUOTE',
      'sell: QUOTING',
    ]);
  });
});

describe('what it cannot quote', () => {
  test('a side below the minimum', () => {
    const stage = started({ orderSizeUsd: 1 });
    expect(stage.said).toEqual(['buy: MIN_SIZE', 'sell: MIN_SIZE']);
  });

  test('a side that the balance does not pay for', () => {
    const stage = started({}, (at) => {
      at.cash = '1';
      at.base = 1000;
    });
    expect(stage.said).toEqual(['buy: BALANCE', 'sell: BALANCE']);
  });

  test('no more than the balance', () => {
    const stage = started({}, (at) => {
      at.cash = '50';
      at.base = 200_000;
    });
    expect(stage.order('buy').size).toBe(166_791);
    expect(stage.order('sell').size).toBe(200_000);
  });

  test('not a lot more than the balance, however many lots that is', () => {
    const stage = started({ orderSizeUsd: 1e10, maxPositionUsd: 1e11 }, (at) => {
      at.base = 5_000_000_000_001;
    });
    expect(stage.order('sell').size).toBe(5_000_000_000_001);
  });

  test('an order never larger than the cap leaves room for', () => {
    const stage = started({ orderSizeUsd: 900, maxPositionUsd: 300 });
    expect(stage.order('buy').size).toBe(1_000_000);
  });

  test('before the instrument is known', () => {
    const stage = started({}, (at) => {
      at.instrument = undefined;
    });
    expect(stage.said).toEqual(['buy: NOT_WARM', 'sell: NOT_WARM']);
  });

  test('a spread that cannot pay the fees is quoted when the floor is off, but not in silence', () => {
    const stage = started({ feeFloor: false }, (at) => {
      at.makerFee = '0.0025';
    });
    expect(stage.said[0]).toBe('both: FEE_GATE');
    expect(stage.order('buy').price).toBe(299_775);
    stage.makerFee = '0';
    stage.quote(400, '30000.0', '30000.2');
    expect(stage.said).toContain('both: FEES_COVERED');
  });
});

describe('refusals', () => {
  test('a rejected quote is tried again after a pause that doubles, not in a loop', () => {
    const stage = started();
    stage.accept(stage.order('sell'));
    expect(stage.rejected(stage.order('buy'), 'post-only-would-take', 1)).toEqual(['buy: COOLDOWN']);
    expect(stage.bookEvent(50)).toEqual([]);
    expect(stage.bookEvent(50)).toEqual(['place o3 buy limit 299775 333333 post-only QUOTE', 'buy: QUOTING']);
    stage.rejected(stage.order('buy'), 'risk-refused', 1);
    expect(stage.bookEvent(150)).toEqual([]);
    expect(stage.bookEvent(50)).toEqual(['place o4 buy limit 299775 333333 post-only QUOTE', 'buy: QUOTING']);
  });

  test('the pause never exceeds five seconds, and an acceptance ends the series', () => {
    const stage = started({ maxBookAgeMs: 60_000 });
    stage.accept(stage.order('sell'));
    for (let index = 0; index < 10; index += 1) {
      stage.rejected(stage.order('buy'), 'rate-limit');
      stage.bookEvent(5000);
    }
    expect(stage.order('buy').state).toBe('pending');
    stage.accept(stage.order('buy'));
    stage.cancelled(stage.order('buy'));
    stage.rejected(stage.order('buy'), 'rate-limit');
    expect(stage.bookEvent(100)).toContain('buy: QUOTING');
  });

  test('an amend that the venue refuses is tried again after a pause, the order standing meanwhile', () => {
    const stage = quoting();
    stage.quote(400, '29979.9', '29980.1');
    expect(stage.amendRejected(stage.order('buy'), 'post-only-would-take', 1)).toEqual([]);
    expect(stage.bookEvent(99)).toEqual([]);
    expect(stage.bookEvent(1)).toEqual(['amend o1 299575 = REQUOTE_PRICE']);
  });

  test('an order that the venue does not know is cancelled', () => {
    const stage = quoting();
    stage.quote(400, '29979.9', '29980.1');
    expect(stage.amendRejected(stage.order('buy'), 'unknown-order')).toEqual([
      'cancel o1 AWAIT_VENUE',
      'buy: AWAIT_VENUE',
    ]);
  });

  test('a refused cancel is tried again after a pause', () => {
    const stage = quoting();
    stage.feed('stale');
    expect(stage.cancelRejected(stage.order('buy'), 'rate-limit')).toEqual([]);
    expect(stage.timer(99)).toEqual([]);
    expect(stage.timer(1)).toEqual(['cancel o1 STALE_BOOK']);
  });

  test('an order of unknown fate blocks its side until the venue has spoken', () => {
    const stage = started();
    expect(stage.unknown(stage.order('buy'))).toEqual(['buy: AWAIT_VENUE']);
    stage.quote(400, '29979.9', '29980.1');
    expect(stage.orders.filter((order) => order.side === 'buy').length).toBe(1);
    expect(stage.rejected(stage.order('buy'), 'invalid-order')).toEqual(['buy: COOLDOWN']);
  });

  test('orders beyond one a side are cancelled', () => {
    const stage = quoting();
    stage.orders.push({ ...stage.order('buy'), clientOrderId: 'stray' });
    expect(stage.quote(1, '30000.0', '30000.2')).toEqual(['cancel stray SUPERFLUOUS']);
  });
});
