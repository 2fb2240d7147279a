import { instrument, lots, micros, SECOND, ticks } from '@kb/model';
import type { Instrument } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { TriangleArbitrageur } from '../src/agents/triangle-arbitrageur.ts';
import { Matcher } from '../src/matching/matcher.ts';
import { NO_SINK } from './event-log.ts';

const XRP_USD = instrument({ symbol: 'XRP/USD', pricePrecision: 5, qtyPrecision: 8, minQty: '1' });
const XRP_BTC = instrument({ symbol: 'XRP/BTC', pricePrecision: 8, qtyPrecision: 8, minQty: '1' });
const BTC_USD = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001' });

interface Leg {
  instrument: Instrument;
  orders: Matcher;
  standsStill: boolean;
}

/** A market with one level a side: 1,000 XRP, or the bitcoin they cost. */
function leg(pair: Instrument, bid: number, ask: number, size: number): Leg {
  const orders = new Matcher(NO_SINK);
  orders.limit(orders.newOrderId(), 'buy', ticks(bid), lots(size));
  orders.limit(orders.newOrderId(), 'sell', ticks(ask), lots(size));
  return { instrument: pair, orders, standsStill: false };
}

const XRP = 1_000e8;

/** XRP at 1.2 USD and 0.00002 BTC, with BTC at 60,000 USD: consistent. */
function markets({ xrpBtcBid = 1999, xrpBtcAsk = 2001 } = {}): { direct: Leg; cross: Leg; bridge: Leg } {
  return {
    direct: leg(XRP_USD, 119_990, 120_010, XRP),
    cross: leg(XRP_BTC, xrpBtcBid, xrpBtcAsk, XRP),
    bridge: leg(BTC_USD, 599_999, 600_001, 1e8),
  };
}

function agentOn(legs: ReturnType<typeof markets>): TriangleArbitrageur {
  const triangle = { direct: () => legs.direct, cross: () => legs.cross, bridge: () => legs.bridge };
  return new TriangleArbitrageur(triangle, { seed: 1, startAt: micros(0) });
}

describe('the triangle arbitrageur', () => {
  test('leaves consistent markets alone', () => {
    const agent = agentOn(markets());
    agent.run(micros(0));
    expect(agent.counts).toEqual({ looks: 1, acted: 0, rounds: 0 });
  });

  test('buys where it is cheap and sells where it is dear, as much as the smallest level allows, until it no longer pays', () => {
    const legs = markets({ xrpBtcBid: 2010, xrpBtcAsk: 2011 });
    const agent = agentOn(legs);
    agent.run(micros(0));
    expect(agent.counts).toEqual({ looks: 1, acted: 1, rounds: 1 });
    // All 1,000 XRP that were on offer: bought for dollars, sold for bitcoin, and those sold for dollars.
    expect(legs.direct.orders.levels('sell')).toBe(0);
    expect(legs.cross.orders.levels('buy')).toBe(0);
    expect(legs.bridge.orders.total('buy', ticks(599_999))).toBe(1e8 - 1_000 * 2010);
    expect(legs.direct.orders.total('buy', ticks(119_990))).toBe(XRP);
  });

  test('goes the other way round when the cross is cheap', () => {
    const legs = markets({ xrpBtcBid: 1988, xrpBtcAsk: 1990 });
    agentOn(legs).run(micros(0));
    expect(legs.direct.orders.levels('buy')).toBe(0);
    expect(legs.cross.orders.levels('sell')).toBe(0);
    expect(legs.bridge.orders.total('sell', ticks(600_001))).toBe(1e8 - 1_000 * 1990);
  });

  test('does nothing while one of the markets is not online', () => {
    const legs = markets({ xrpBtcBid: 2010, xrpBtcAsk: 2011 });
    legs.cross.instrument = { ...XRP_BTC, status: 'cancel_only' };
    const agent = agentOn(legs);
    agent.run(micros(0));
    expect(agent.counts.acted).toBe(0);
  });

  test('looks at seeded random times, five times a second on average', () => {
    const agent = agentOn(markets());
    for (let looks = 0; looks < 2000; looks += 1) agent.run(micros(agent.dueAt));
    expect(agent.dueAt / SECOND / 2000).toBeGreaterThan(0.19);
    expect(agent.dueAt / SECOND / 2000).toBeLessThan(0.21);
    const same = agentOn(markets());
    for (let looks = 0; looks < 2000; looks += 1) same.run(micros(same.dueAt));
    expect(same.dueAt).toBe(agent.dueAt);
  });
});
