import { lots, micros, ticks } from '@kb/model';
import type { InstrumentStatus, PlaceIntent, VenueCommand } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { RISK_PROFILES, RiskEngine } from '../src/index.ts';
import type { RiskContext, RiskDecision, RiskLimits } from '../src/index.ts';
import { amend, BTC, context, market, open, place, WIDE } from './harness.ts';

/** `ok`, or the code of the refusal. */
function verdict(decision: RiskDecision): string {
  return decision.ok ? 'ok' : decision.code;
}

function ask(limits: RiskLimits, command: VenueCommand, facts?: Partial<RiskContext>): string {
  return verdict(new RiskEngine(limits).check(command, context(facts)));
}

const CANCEL: VenueCommand = {
  type: 'cancel',
  strategyId: 's',
  reason: 'test',
  confidence: 1,
  symbol: 'BTC/USD',
  clientOrderId: 'a',
};

describe('order notional', () => {
  const limits: RiskLimits = { ...WIDE, maxOrderNotional: { USD: '600' } };

  test('an order may come up to the limit and not a step above it', () => {
    expect(ask(limits, place('buy', 0.02))).toBe('ok');
    const decision = new RiskEngine(limits).check(place('buy', 0.02000001), context());
    expect(decision).toEqual({
      ok: false,
      code: 'ORDER_LIMIT',
      limit: '600',
      wouldBe: '600.0003',
      text: 'the order comes to 600.0003 USD, above 600',
    });
  });

  test('a buy is valued at its price, a sell at its price or the mark if that is more, a market order at the mark', () => {
    expect(ask(limits, place('buy', 0.025, 200_000))).toBe('ok'); // 500
    expect(ask(limits, place('sell', 0.025, 200_000))).toBe('ORDER_LIMIT'); // sells at about 30,000
    expect(ask(limits, place('sell', 0.019, 400_000))).toBe('ORDER_LIMIT'); // 760
    expect(ask(limits, market('buy', 0.02))).toBe('ok');
    expect(ask(limits, market('buy', 0.021))).toBe('ORDER_LIMIT');
  });

  test('a mid of half a tick counts by the half', () => {
    expect(ask(limits, market('buy', 0.02), { mark: 300_000.5 })).toBe('ORDER_LIMIT'); // 600.001
    expect(ask({ ...limits, maxOrderNotional: { USD: '600.001' } }, market('buy', 0.02), { mark: 300_000.5 })).toBe(
      'ok',
    );
  });

  test('an order that waits for its trigger is judged by its limit, or else by its trigger', () => {
    const limits = { ...WIDE, maxOrderNotional: { USD: '600' } };
    const stop = (coins: number, price: number, limit?: number): PlaceIntent => ({
      ...place('buy', coins),
      orderType: limit === undefined ? 'stop-loss' : 'stop-loss-limit',
      price: limit === undefined ? undefined : ticks(limit),
      trigger: { reference: 'last', price: { type: 'static', price: ticks(price) } },
    });
    expect(ask(limits, stop(0.015, 400_000))).toBe('ok'); // 600
    expect(ask(limits, stop(0.016, 400_000))).toBe('ORDER_LIMIT');
    expect(ask(limits, stop(0.015, 350_000, 410_000))).toBe('ORDER_LIMIT');
    expect(ask(limits, stop(0.01, 400_005), { instrument: { ...BTC, tickSize: ticks(10) } })).toBe('PRECISION');
    const trailing: PlaceIntent = {
      ...place('sell', 0.01),
      orderType: 'trailing-stop',
      price: undefined,
      trigger: { reference: 'last', price: { type: 'percent', percent: '1' } },
    };
    expect(ask(limits, trailing)).toBe('ok'); // about the mark
    const limitOnly = { instrument: { ...BTC, status: 'limit_only' } } as const;
    expect(ask(limits, trailing, limitOnly)).toBe('INSTRUMENT_STATUS');
  });

  test('a quote currency without a limit is refused', () => {
    expect(ask({ ...WIDE, maxOrderNotional: { EUR: '600' } }, place('buy', 0.001))).toBe('ORDER_LIMIT');
  });

  test('an order that reduces the position may be larger', () => {
    expect(ask(limits, place('sell', 0.5), { position: lots(50_000_000) })).toBe('ok');
  });

  test('sizes and prices up to 2^53 − 1 are multiplied exactly', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const meme = { ...BTC, pricePrecision: 10, qtyPrecision: 5, minCost: '0' };
    const order = { ...place('buy', 1, most), size: lots(most) };
    const facts = { instrument: meme, mark: most };
    const product = '81129638414606663.681390495662081'; // (2^53 − 1)² × 10^-15
    const exact: RiskLimits = { maxOrderNotional: { USD: product }, maxPositionNotional: { USD: product } };
    expect(ask(exact, order, facts)).toBe('ok');
    const less = product.replace(/1$/, '0');
    expect(ask({ ...exact, maxOrderNotional: { USD: less } }, order, facts)).toBe('ORDER_LIMIT');
    expect(ask({ ...exact, maxPositionNotional: { USD: less } }, order, facts)).toBe('POSITION_LIMIT');
    expect(ask({ ...exact, maxPosition: { 'BTC/USD': '90071992547.40990' } }, order, facts)).toBe('POSITION_LIMIT');
  });
});

describe('position limit', () => {
  const limits: RiskLimits = { ...WIDE, maxPosition: { 'BTC/USD': '0.06' } };

  test.each<[string, number, string, number, string]>([
    ['an order may fill the limit', 0, 'buy', 0.06, 'ok'],
    ['and not pass it', 0, 'buy', 0.060_000_01, 'POSITION_LIMIT'],
    ['the position counts', 0.05, 'buy', 0.02, 'POSITION_LIMIT'],
    ['short likewise', -0.05, 'sell', 0.02, 'POSITION_LIMIT'],
    ['a position past its limit may shrink', 0.1, 'sell', 0.03, 'ok'],
    ['to nothing', 0.1, 'sell', 0.1, 'ok'],
    ['and flip as far as the limit on the other side', 0.1, 'sell', 0.16, 'ok'],
    ['but not past it', 0.1, 'sell', 0.17, 'POSITION_LIMIT'],
    ['it may not grow', 0.1, 'buy', 0.001, 'POSITION_LIMIT'],
    ['a short past its limit may shrink', -0.1, 'buy', 0.05, 'ok'],
    ['but not flip past the limit either', -0.1, 'buy', 0.170_000_01, 'POSITION_LIMIT'],
  ])('%s: position %d, %s %d: %s', (_what, position, side, coins, expected) => {
    expect(ask(limits, place(side as 'buy' | 'sell', coins), { position: Math.round(position * 1e8) })).toBe(expected);
  });

  test('the other orders of the side count with what is left of them, in any state', () => {
    const openOrders = [
      open('a', 'buy', 0.02),
      open('b', 'buy', 0.02, { state: 'cancelling' }),
      open('c', 'buy', 0.02, { state: 'unknown', filled: lots(1_500_000) }),
      open('d', 'sell', 0.06), // the other side does not help
    ];
    expect(ask(limits, place('buy', 0.015), { openOrders })).toBe('ok'); // 0.02 + 0.02 + 0.005 + 0.015
    expect(ask(limits, place('buy', 0.016), { openOrders })).toBe('POSITION_LIMIT');
    expect(ask(limits, place('sell', 0.001), { openOrders })).toBe('POSITION_LIMIT');
  });

  test('the example of the reference (3.3): pos 0.01, buys 0.004 + 0.006, sells 0.02 at 30,000 with a limit of 500', () => {
    const cap: RiskLimits = { maxOrderNotional: { USD: '500' }, maxPositionNotional: { USD: '500' } };
    const facts = { position: 1_000_000, openOrders: [open('a', 'buy', 0.004)] };
    expect(new RiskEngine(cap).check(place('buy', 0.006), context(facts))).toEqual({
      ok: false,
      code: 'POSITION_LIMIT',
      limit: '500',
      wouldBe: '600',
      text: 'if all open orders filled the position would be long 600 USD, above 500',
    });
    // Its 0.02 sold would leave it short 300: within.
    expect(ask({ ...cap, maxOrderNotional: { USD: '1000' } }, place('sell', 0.02), facts)).toBe('ok');
  });

  test('both kinds of limit hold where both are set', () => {
    const both: RiskLimits = { ...limits, maxPositionNotional: { USD: '900' } };
    expect(ask(both, place('buy', 0.03))).toBe('ok');
    expect(ask(both, place('buy', 0.031))).toBe('POSITION_LIMIT'); // 930
    expect(ask(both, place('buy', 0.061), { mark: 100_000 })).toBe('POSITION_LIMIT'); // 610, but 0.061
  });

  test('a pair without a limit is refused', () => {
    expect(ask({ maxOrderNotional: { USD: '1000' } }, place('buy', 0.001))).toBe('POSITION_LIMIT');
  });

  test('a limit finer than the grid is cut down to it', () => {
    const fine: RiskLimits = { ...WIDE, maxPosition: { 'BTC/USD': '0.0600000099' } };
    expect(ask(fine, place('buy', 0.06))).toBe('ok');
    expect(ask(fine, place('buy', 0.060_000_01))).toBe('POSITION_LIMIT');
  });

  test('a position that is no number allows nothing', () => {
    expect(ask(limits, place('buy', 0.001), { position: Number.NaN })).toBe('POSITION_LIMIT');
  });
});

describe('amends that the venue has not answered', () => {
  const limits: RiskLimits = { ...WIDE, maxPosition: { 'BTC/USD': '0.06' } };
  /** A buy of 0.01 that was allowed to become 0.05, as it looks until the venue answers. */
  function growing(): { risk: RiskEngine; order: (state: 'open' | 'amending' | 'cancelling') => Partial<RiskContext> } {
    const risk = new RiskEngine(limits);
    const order = (state: 'open' | 'amending' | 'cancelling'): Partial<RiskContext> => ({
      openOrders: [open('a', 'buy', 0.01, { state })],
    });
    expect(risk.check(amend('a', { coins: 0.05 }), context(order('open'))).ok).toBe(true);
    return { risk, order };
  }

  test.each(['amending', 'cancelling'] as const)('count with the size that they asked for: %s', (state) => {
    const { risk, order } = growing();
    expect(risk.failures(place('buy', 0.02), context(order(state))).map(({ code }) => code)).toEqual([
      'POSITION_LIMIT',
    ]);
    expect(verdict(risk.check(place('buy', 0.02), context(order(state))))).toBe('POSITION_LIMIT');
    expect(verdict(risk.check(place('buy', 0.01), context(order(state))))).toBe('ok');
  });

  test('count no more once they were answered or the order is gone', () => {
    const refused = growing();
    expect(verdict(refused.risk.check(place('buy', 0.05), context(refused.order('open'))))).toBe('ok');
    const gone = growing();
    expect(verdict(gone.risk.check(place('buy', 0.06), context()))).toBe('ok');
    expect(verdict(gone.risk.check(place('buy', 0.05), context(gone.order('amending'))))).toBe('ok');
  });

  test('are what a change of the price alone is judged with', () => {
    const { risk, order } = growing();
    const small = new RiskEngine({ ...limits, maxOrderNotional: { USD: '1500' } });
    expect(small.check(amend('a', { coins: 0.05 }), context(order('open'))).ok).toBe(true);
    expect(verdict(small.check(amend('a', { price: 300_001 }), context(order('amending'))))).toBe('ORDER_LIMIT');
    expect(verdict(risk.check(amend('a', { price: 300_001 }), context(order('amending'))))).toBe('ok');
  });
});

describe('amends are judged by what they add', () => {
  const limits: RiskLimits = { ...WIDE, maxPosition: { 'BTC/USD': '0.06' }, maxOrderNotional: { USD: '1500' } };
  const openOrders = [open('a', 'buy', 0.02), open('b', 'buy', 0.03)];

  test.each<[string, Parameters<typeof amend>[1], string]>([
    ['a new size replaces the old one', { coins: 0.03 }, 'ok'],
    ['and counts beside the other orders', { coins: 0.030_001 }, 'POSITION_LIMIT'],
    ['a smaller size passes', { coins: 0.01 }, 'ok'],
    ['a new price passes', { price: 301_000 }, 'ok'],
    ['unless the order then comes to too much', { price: 800_000 }, 'ORDER_LIMIT'],
    ['a price below zero is refused', { price: -1 }, 'PRECISION'],
  ])('%s', (_what, change, expected) => {
    expect(ask(limits, amend('a', change), { openOrders })).toBe(expected);
  });

  test('an order past a limit may become smaller, or come to less', () => {
    const large = [open('a', 'buy', 0.1)];
    expect(ask(limits, amend('a', { coins: 0.09 }), { openOrders: large })).toBe('ok');
    expect(ask(limits, amend('a', { price: 299_000 }), { openOrders: large })).toBe('ok');
    expect(ask(limits, amend('a', { price: 300_001 }), { openOrders: large })).toBe('ORDER_LIMIT');
    expect(ask(limits, amend('a', { coins: 0.100_001 }), { openOrders: large })).toBe('ORDER_LIMIT');
  });

  test('what has filled is in the total but no longer adds', () => {
    const half = [open('a', 'buy', 0.04, { filled: lots(2_000_000) })];
    expect(ask(limits, amend('a', { coins: 0.05 }), { openOrders: half, position: 2_000_000 })).toBe('ok'); // 0.02 + 0.03
    expect(ask(limits, amend('a', { coins: 0.07 }), { openOrders: half, position: 2_000_000 })).toBe('POSITION_LIMIT');
    expect(ask(limits, amend('a', { coins: 0.01 }), { openOrders: half, position: 2_000_000 })).toBe('ok'); // ends it
  });

  test('one of an order that is not open is refused', () => {
    expect(ask(limits, amend('z', { coins: 0.01 }), { openOrders })).toBe('UNKNOWN_ORDER');
  });
});

describe('grid and minimums', () => {
  const wholeDollars = { ...BTC, tickSize: BTC.tickSize * 10, lotSize: 1000 } as typeof BTC;
  test.each<[string, VenueCommand, Partial<RiskContext>, string]>([
    ['a price between ticks', place('buy', 0.01, 300_005), { instrument: wholeDollars }, 'PRECISION'],
    ['a quantity between lots', place('buy', 0.010_000_01), { instrument: wholeDollars }, 'PRECISION'],
    ['both on the grid', place('buy', 0.01, 300_000), { instrument: wholeDollars }, 'ok'],
    ['a price of zero', place('buy', 0.01, 0), {}, 'PRECISION'],
    ['a limit order without a price', { ...place('buy', 0.01), price: undefined }, {}, 'PRECISION'],
    ['too little', place('buy', 0.000_049_99), {}, 'MIN_SIZE'],
    ['nothing', { ...place('buy', 1), size: lots(0) }, {}, 'MIN_SIZE'],
    ['less than nothing', { ...place('buy', 1), size: lots(-1) }, {}, 'MIN_SIZE'],
    ['too cheap', place('buy', 0.000_05, 99_999), {}, 'MIN_SIZE'], // 0.499995 USD
    ['just enough', place('buy', 0.000_05, 100_000), {}, 'ok'],
    ['a market order too cheap at the mark', market('buy', 0.000_05), { mark: 90_000 }, 'MIN_SIZE'],
    ['dust that would reduce', place('sell', 0.000_01), { position: 1000 }, 'MIN_SIZE'],
    ['an amend to nothing, which is a cancel', amend('a', { coins: 0 }), { openOrders: [open('a', 'buy', 1)] }, 'ok'],
    ['an amend to too little', amend('a', { coins: 0.000_01 }), { openOrders: [open('a', 'buy', 1)] }, 'MIN_SIZE'],
  ])('%s', (_what, command, facts, expected) => {
    expect(ask(WIDE, command, facts)).toBe(expected);
  });

  test('the rules of a pair may change', () => {
    const risk = new RiskEngine({ ...WIDE, maxOrderNotional: { USD: '300' } });
    expect(verdict(risk.check(place('buy', 0.01), context()))).toBe('ok');
    const finer = { ...BTC, qtyPrecision: 7 }; // the same count is ten times as much now
    expect(verdict(risk.check(place('buy', 0.01), context({ instrument: finer })))).toBe('ORDER_LIMIT');
  });
});

describe('the status of the pair', () => {
  const limit = place('buy', 0.01);
  const postOnly = { ...limit, postOnly: true };
  const reducing = { position: -1_000_000 };
  test.each<[InstrumentStatus, string, VenueCommand, Partial<RiskContext>, string]>([
    ['online', 'a market order', market('buy', 0.01), {}, 'ok'],
    ['limit_only', 'a limit order', limit, {}, 'ok'],
    ['limit_only', 'a market order', market('buy', 0.01), {}, 'INSTRUMENT_STATUS'],
    ['post_only', 'a post-only order', postOnly, {}, 'ok'],
    ['post_only', 'another limit order', limit, {}, 'INSTRUMENT_STATUS'],
    ['reduce_only', 'a reducing order', limit, reducing, 'ok'],
    ['reduce_only', 'another order', limit, {}, 'INSTRUMENT_STATUS'],
    ['cancel_only', 'a reducing order', limit, reducing, 'INSTRUMENT_STATUS'],
    [
      'cancel_only',
      'an amend that takes size away',
      amend('a', { coins: 0.5 }),
      { openOrders: [open('a', 'buy', 1)] },
      'ok',
    ],
    ['maintenance', 'a limit order', limit, {}, 'INSTRUMENT_STATUS'],
    ['delisted', 'a limit order', limit, {}, 'INSTRUMENT_STATUS'],
    ['work_in_progress', 'a limit order', limit, {}, 'INSTRUMENT_STATUS'],
    ['maintenance', 'a cancel', CANCEL, {}, 'ok'],
  ])('%s, %s', (status, _what, command, facts, expected) => {
    expect(ask(WIDE, command, { instrument: { ...BTC, status }, ...facts })).toBe(expected);
  });
});

describe('data health: no fresh price, no new risk', () => {
  const long = { position: 1_000_000 };
  test.each<[string, Partial<RiskContext>, string]>([
    ['a book of a second ago', { now: micros(2_000_000) }, 'ok'],
    ['one a microsecond older', { now: micros(2_000_001) }, 'STALE_BOOK'],
    ['a book ahead of the clock', { bookTs: micros(1_000_500) }, 'ok'],
    ['no book yet', { bookTs: undefined }, 'STALE_BOOK'],
    ['a frozen book', { dataLive: false }, 'STALE_BOOK'],
    ['a time that is none', { now: Number.NaN as never }, 'STALE_BOOK'],
    ['no mark', { mark: undefined }, 'NO_PRICE'],
    ['a mark of zero', { mark: 0 }, 'NO_PRICE'],
    ['a mark that is no number', { mark: Number.NaN }, 'NO_PRICE'],
    ['an infinite mark', { mark: Number.POSITIVE_INFINITY }, 'NO_PRICE'],
  ])('%s', (_what, facts, expected) => {
    expect(ask(WIDE, place('buy', 0.01), facts)).toBe(expected);
    expect(ask(WIDE, market('sell', 0.01), { ...facts, ...long }), 'what reduces may always go').toBe('ok');
    const openOrders = [open('a', 'buy', 0.02)];
    expect(ask(WIDE, amend('a', { coins: 0.01 }), { ...facts, openOrders }), 'so may a smaller size').toBe('ok');
    expect(ask(WIDE, amend('a', { price: 299_000 }), { ...facts, openOrders })).toBe(expected);
  });

  test('the age that is allowed can be set', () => {
    expect(ask({ ...WIDE, maxBookAgeMs: 5000 }, place('buy', 0.01), { now: micros(6_000_000) })).toBe('ok');
  });
});

describe('states', () => {
  test('REDUCING lets exposure only shrink, tested on the position after all that is open', () => {
    const risk = new RiskEngine(WIDE);
    risk.reduce('daily loss');
    expect([risk.state, risk.cause]).toEqual(['REDUCING', 'daily loss']);
    const long = { position: 10_000_000 };
    const say = (command: VenueCommand, facts: Partial<RiskContext> = long): string =>
      verdict(risk.check(command, context(facts)));
    expect(say(place('sell', 0.1))).toBe('ok');
    expect(say(place('sell', 0.11))).toBe('REDUCING'); // would flip
    expect(say(place('sell', 0.06), { ...long, openOrders: [open('a', 'sell', 0.05)] })).toBe('REDUCING');
    expect(say(place('buy', 0.01))).toBe('REDUCING');
    expect(say(amend('a', { coins: 0.01 }), { openOrders: [open('a', 'buy', 0.05)] })).toBe('ok');
    expect(say(amend('a', { price: 299_000 }), { openOrders: [open('a', 'buy', 0.05)] })).toBe('REDUCING');
    expect(say(CANCEL)).toBe('ok');
    expect(risk.resume()).toBe(true);
    expect([risk.state, risk.cause, say(place('buy', 0.01))]).toEqual(['ACTIVE', undefined, 'ok']);
  });

  test('HALTED is latched with its first cause and lets only cancels and the emergency flatten through', () => {
    const risk = new RiskEngine(WIDE);
    risk.kill('checksum failed 10 times');
    risk.kill('another');
    risk.reduce('a third');
    expect([risk.state, risk.cause, risk.resume()]).toEqual(['HALTED', 'checksum failed 10 times', false]);
    const long = { position: 10_000_000 };
    const say = (command: VenueCommand, facts: Partial<RiskContext> = long): string =>
      verdict(risk.check(command, context(facts)));
    expect(say(CANCEL)).toBe('ok');
    expect(say(market('sell', 0.1))).toBe('HALTED');
    expect(say(amend('a', { coins: 0.01 }), { openOrders: [open('a', 'buy', 0.05)] })).toBe('HALTED');
    expect(say(market('sell', 0.1), { ...long, emergency: true })).toBe('ok');
    expect(say(market('sell', 0.2), { ...long, emergency: true })).toBe('HALTED'); // would flip
    expect(risk.check(market('sell', 0.1), context(long))).toMatchObject({ text: 'halted: checksum failed 10 times' });
  });

  test('a halt ends when its cause is typed back', () => {
    const risk = new RiskEngine(WIDE);
    expect(risk.clearHalt('')).toBe(false);
    risk.kill('operator');
    expect([risk.clearHalt('yes'), risk.state]).toEqual([false, 'HALTED']);
    expect([risk.clearHalt('operator'), risk.state]).toEqual([true, 'ACTIVE']);
  });
});

describe('the order of the rules', () => {
  const limits: RiskLimits = {
    maxOrderNotional: { USD: '1' },
    maxPosition: { 'BTC/USD': '0.00001' },
    ordersPerSecond: 1,
  };
  const worst: Partial<RiskContext> = { dataLive: false, instrument: { ...BTC, status: 'maintenance' } };

  test('the first rule that refuses gives the verdict, and all of them can be listed', () => {
    const risk = new RiskEngine(limits);
    risk.check(market('sell', 0.1), context({ position: 10_000_000 })); // uses the second's one order
    risk.reduce('test');
    const command = { ...place('buy', 0.000_01), price: undefined };
    const refusals = risk.failures(command, context(worst));
    const codes = ['REDUCING', 'STALE_BOOK', 'INSTRUMENT_STATUS', 'PRECISION', 'MIN_SIZE', 'RATE_LIMIT'];
    expect(refusals.map(({ code }) => code)).toEqual(codes);
    expect(risk.check(command, context(worst))).toEqual(refusals[0]);
    const large = risk.failures(place('buy', 1), context());
    expect(large.map(({ code }) => code)).toEqual(['REDUCING', 'RATE_LIMIT', 'ORDER_LIMIT', 'POSITION_LIMIT']);
  });

  test('listing counts nothing, and an order that passes has an empty list', () => {
    const risk = new RiskEngine({ ...WIDE, ordersPerSecond: 1 });
    for (let i = 0; i < 5; i += 1) expect(risk.failures(place('buy', 0.01), context())).toEqual([]);
    expect(verdict(risk.check(place('buy', 0.01), context()))).toBe('ok');
    expect(risk.failures(CANCEL, context())).toEqual([]);
    expect(risk.failures(amend('z', {}), context()).map(({ code }) => code)).toEqual(['UNKNOWN_ORDER']);
  });

  test('the profiles of the reference are valid limits', () => {
    expect(ask(RISK_PROFILES.micro, place('buy', 0.016))).toBe('ok');
    expect(ask(RISK_PROFILES.micro, place('buy', 0.017))).toBe('ORDER_LIMIT');
    expect(ask(RISK_PROFILES.standard, place('buy', 0.033))).toBe('ok');
  });
});
