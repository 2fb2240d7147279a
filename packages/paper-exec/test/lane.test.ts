import { lots, micros, ticks } from '@kb/model';
import type { Micros, PlaceIntent } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import { expect, test } from 'vitest';
import { PairImpactMeter } from '../src/impact/pair-impact.ts';
import { readImpact } from '../src/impact/impact-options.ts';
import { Lane } from '../src/matching/lane.ts';
import { Matcher } from '../src/matching/matcher.ts';
import { ms, PAIR } from './scene.ts';

test('a price is watched while a command that may rest there is on its way, and no longer', () => {
  const { symbol } = PAIR;
  const options = { pairingWindow: micros(50_000), displaces: false, consumedHalfLife: undefined };
  const matcher = new Matcher(symbol, ['risk-averse'], options, () => {});
  const lane = new Lane({
    matcher,
    impact: new PairImpactMeter(symbol, readImpact(), true),
    expectsTrades: true,
    latenessMargin: micros(0),
    maxBuffered: 100,
    sideOf: () => undefined,
    execute: () => {}, // refuses all
    cancelAll: () => {},
    triggered: () => {},
    followUp: () => {},
  });
  const book = new L2Book(symbol, PAIR, 10);
  const changes = bookChanges({ snapshot: true, bids: [['100.0', '5.0']], asks: [['100.2', '5.0']] }, PAIR);
  book.apply(changes);
  const base = { seq: 1, venueTs: ms(1_000), recvTs: ms(1_000), symbol, verified: true } as const;
  lane.onBook({ type: 'book', ...base, book, changes, snapshot: true });
  const send = (at: Micros, price: number): void => {
    const terms = {
      orderType: 'limit',
      timeInForce: 'gtc',
      postOnly: false,
      price: ticks(price),
      size: lots(1),
    } as const;
    const order = { type: 'place', symbol, side: 'buy', clientOrderId: `o${price}`, ...terms } as const;
    const command: PlaceIntent = { ...order, strategyId: 's', reason: 'test', confidence: 1 };
    const dispatch = { connection: 'ws', kind: 'add', key: 'o', attempt: 0, fate: 'answered' } as const;
    lane.submit(command, { ...dispatch, sentAt: at, arrivesAt: at });
  };
  for (let count = 0; count < 100; count += 1) send(ms(1_100), 900 + count);
  expect(matcher.own.levels.buy.list).toHaveLength(100);
  lane.advance(ms(1_200));
  expect(matcher.own.levels.buy.list).toHaveLength(0);
});
