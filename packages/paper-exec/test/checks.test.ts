import { instrument, lots, ticks } from '@kb/model';
import type { Instrument, OrderTrigger, PlaceIntent, Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PaperError, PaperVenue } from '../src/index.ts';
import { DEFAULTS, ms, PAIR, Scene } from './scene.ts';

const STRICT: Instrument = instrument({
  symbol: 'BTC/USD',
  pricePrecision: 2,
  qtyPrecision: 2,
  tickSize: '0.05',
  lotSize: '0.02',
  minQty: '0.10',
  minCost: '20',
});

interface Asked {
  readonly side?: Side;
  readonly price?: string | undefined;
  readonly size?: string;
  readonly more?: Partial<PlaceIntent>;
}

/** The venue's answer to one order, book 100.00 × 5 / 100.20 × 5. */
function answerTo(
  asked: Asked,
  options: ConstructorParameters<typeof Scene>[0] = {},
  pair: Instrument = STRICT,
): string[] {
  const scene = new Scene(options, { pair }).book(1_000, [['100.00', '5']], [['100.20', '5']]);
  scene.place(asked.side ?? 'buy', 'price' in asked ? asked.price : '100.00', asked.size ?? '1.00', asked.more);
  return scene.wait(1_100).answers();
}

function stopAt(price: number): OrderTrigger {
  return { reference: 'last', price: { type: 'static', price: ticks(price) } };
}

describe('checks at arrival', () => {
  test.each([
    { reason: 'unknown-symbol', asked: { more: { symbol: 'ETH/USD' } } },
    { reason: 'invalid-order', asked: { price: undefined, more: { orderType: 'limit' } } },
    { reason: 'invalid-order', asked: { more: { orderType: 'market' } } },
    { reason: 'invalid-order', asked: { price: undefined, more: { postOnly: true } } },
    { reason: 'invalid-order', asked: { more: { postOnly: true, timeInForce: 'ioc' } } },
    { reason: 'invalid-order', asked: { more: { postOnly: true, timeInForce: 'fok' } } },
    { reason: 'invalid-order', asked: { price: undefined, more: { timeInForce: 'gtd', expiresAt: ms(10_000) } } },
    {
      reason: 'invalid-order',
      asked: { more: { orderType: 'iceberg', displaySize: lots(50), timeInForce: 'ioc' } },
    },
    { reason: 'invalid-order', asked: { more: { reduceOnly: true } } },
    { reason: 'price-off-grid', asked: { price: '100.01' } },
    { reason: 'price-off-grid', asked: { more: { close: { orderType: 'stop-loss', trigger: stopAt(9_901) } } } },
    {
      reason: 'below-min-cost',
      asked: { price: undefined, size: '0.12', more: { orderType: 'stop-loss', trigger: stopAt(10_000) } },
    },
    { reason: 'price-off-grid', asked: { more: { price: ticks(-10_000) } } },
    { reason: 'size-off-grid', asked: { size: '1.01' } },
    { reason: 'size-off-grid', asked: { more: { size: lots(0) } } },
    { reason: 'below-min-qty', asked: { size: '0.08' } },
    { reason: 'below-min-cost', asked: { size: '0.12' } },
    { reason: 'below-min-cost', asked: { price: undefined, size: '0.12' } },
    { reason: 'insufficient-funds', asked: { size: '9974.00' } },
    { reason: 'insufficient-funds', asked: { side: 'sell', price: '101.00', size: '1000.02' } },
    { reason: 'insufficient-funds', asked: { side: 'sell', price: undefined, size: '1000.02' } },
    { reason: 'post-only-would-take', asked: { price: '100.20', more: { postOnly: true } } },
  ] satisfies { reason: string; asked: Asked }[])('$reason: $asked', ({ reason, asked }) => {
    expect(answerTo(asked)).toEqual([`rejected o1 ${reason}`]);
  });

  test('they come in the sequence of the venue: status, parameters, grids, minimums, funds, post-only', () => {
    const worst = { price: '100.21', size: '0.01', more: { postOnly: true } } as const;
    expect(answerTo(worst, {}, { ...STRICT, status: 'cancel_only' })).toEqual(['rejected o1 instrument-status']);
    expect(answerTo({ ...worst, more: { postOnly: true, timeInForce: 'ioc' } })).toEqual(['rejected o1 invalid-order']);
    expect(answerTo(worst)).toEqual(['rejected o1 price-off-grid']);
    expect(answerTo({ ...worst, price: '100.20' })).toEqual(['rejected o1 size-off-grid']);
    expect(answerTo({ ...worst, price: '100.20', size: '0.02' }, { balances: {} })).toEqual([
      'rejected o1 below-min-qty',
    ]);
    expect(answerTo({ ...worst, price: '100.20', size: '1.00' }, { balances: {} })).toEqual([
      'rejected o1 insufficient-funds',
    ]);
    expect(answerTo({ ...worst, price: '100.20', size: '1.00' })).toEqual(['rejected o1 post-only-would-take']);
  });

  test.each([
    { status: 'online', market: true, limit: true, postOnly: true },
    { status: 'limit_only', market: false, limit: true, postOnly: true },
    { status: 'post_only', market: false, limit: false, postOnly: true },
    { status: 'cancel_only', market: false, limit: false, postOnly: false },
    { status: 'maintenance', market: false, limit: false, postOnly: false },
    { status: 'delisted', market: false, limit: false, postOnly: false },
    { status: 'work_in_progress', market: false, limit: false, postOnly: false },
    { status: 'reduce_only', market: false, limit: false, postOnly: false },
  ] as const)('a pair that is $status: market $market, limit $limit, post-only $postOnly', (row) => {
    const pair = { ...STRICT, status: row.status };
    const isAccepted = (asked: Asked): boolean => answerTo(asked, {}, pair)[0] === 'accepted o1';
    expect(isAccepted({ price: undefined })).toBe(row.market);
    expect(isAccepted({})).toBe(row.limit);
    expect(isAccepted({ more: { postOnly: true } })).toBe(row.postOnly);
  });

  test('the status of the whole exchange counts as well, and cancels always work', () => {
    const scene = new Scene().book(1_000, [['100.0', '5']], [['100.2', '5']]);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    const status = { type: 'status', symbol: undefined, seq: 50, venueTs: ms(1_100), recvTs: ms(1_100) } as const;
    scene.send({ ...status, system: 'cancel_only' });
    scene.place('buy', '100.0', '1.0');
    scene.amend('o1', { size: '2.0' });
    scene.cancel('o1');
    scene.wait(1_200).send({ ...status, venueTs: ms(1_200), system: 'online' });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_300);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'rejected o2 instrument-status',
      'amend-rejected o1 instrument-status',
      'cancelled o1 requested',
      'accepted o3',
    ]);
  });

  test('an instrument event changes a pair, or brings one', () => {
    const scene = new Scene({ instruments: [] }).book(1_000, [['100.0', '5']], [['100.2', '5']]);
    const other = { ...DEFAULTS, instruments: [] };
    expect(new PaperVenue(other).balances()).toEqual({ BTC: '1000', USD: '1000000' });
    scene.send({
      type: 'instrument',
      symbol: PAIR.symbol,
      instrument: { ...PAIR, status: 'cancel_only' },
      seq: 60,
      venueTs: ms(1_010),
      recvTs: ms(1_010),
    });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 instrument-status']);
  });

  test('a client order id that is at the venue is taken', () => {
    const scene = new Scene().book(1_000, [['100.0', '5']], [['100.2', '5']]);
    scene.place('buy', '100.0', '1.0', { clientOrderId: 'same' });
    scene.place('buy', '100.0', '1.0', { clientOrderId: 'same' });
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted same', 'rejected same duplicate-client-order-id']);
  });

  test('a market order finds no liquidity in an empty side', () => {
    const scene = new Scene().book(1_000, [['100.0', '5']], []);
    scene.place('buy', undefined, '1.0');
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 no-liquidity']);
  });
});

describe('options', () => {
  const legs = { feed: ms(1), entry: ms(1), ack: ms(1) };

  test.each([
    { what: 'no latency', options: { latency: undefined } },
    { what: 'a leg left out', options: { latency: { feed: ms(1), entry: ms(1) } } },
  ])('$what is an error, not zero', ({ options }) => {
    // Plain JavaScript can leave out what the types ask for.
    const make = (): PaperVenue => new PaperVenue({ ...DEFAULTS, ...options } as unknown as typeof DEFAULTS);
    expect(make).toThrow(expect.objectContaining({ code: 'KB_PAPER_NO_LATENCY' }));
  });

  test.each([
    { what: 'a negative leg', options: { latency: { ...legs, ack: -1 } } },
    { what: 'a fraction of a microsecond', options: { latency: { ...legs, ack: 0.5 } } },
    { what: 'no book', options: { channels: ['trade'] } },
    { what: 'a model that does not run', options: { models: ['uniform'], follow: 'risk-averse' } },
    { what: 'a model twice', options: { models: ['risk-averse', 'risk-averse'] } },
    { what: 'an empty buffer', options: { maxBuffered: 0 } },
    { what: 'a negative balance', options: { balances: { USD: '-1' } } },
    { what: 'a balance that is no number', options: { balances: { USD: 'much' } } },
    { what: 'a percentage for a rate', options: { fees: { maker: '25', taker: '40' } } },
    { what: 'a rate that is no number', options: { fees: { maker: '0.25%', taker: '0.4%' } } },
  ])('$what is refused', ({ options }) => {
    const make = (): PaperVenue => new PaperVenue({ ...DEFAULTS, ...options } as unknown as typeof DEFAULTS);
    expect(make).toThrow(PaperError);
    expect(make).toThrow(expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION' }));
  });

  test('nothing of the public book is ours', () => {
    const scene = new Scene().book(1_000, [['100.0', '5']], [['100.2', '5']]);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    expect(scene.venue.ownDisplayed('BTC/USD', 'buy', ticks(1_000))).toBe(0);
  });
});
