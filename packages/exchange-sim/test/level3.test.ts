import { crc32 } from 'node:zlib';
import { countToDecimal, lots, micros, microsToIso, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PlainLevel3Book } from './plain-level3-book.ts';
import { BTC, orderIdText, RandomMarket } from './random-market.ts';
import type { Listener } from './random-market.ts';

const DEPTHS = [10, 100, 1000];

/** Makes so many steps, and lets the listeners come at different times. */
function run(market: RandomMarket, steps: number, levels: number, check: () => void): void {
  for (let step = 0; step < steps; step += 1) {
    market.step(levels);
    check();
  }
}

describe('every level3 frame', () => {
  test.each([
    { seed: 1, levels: 8, steps: 1500 },
    { seed: 2, levels: 30, steps: 700 },
    { seed: 3, levels: 300, steps: 700 },
  ])('holds its checksum and gives the true queues at every depth, with $levels prices a side', (given) => {
    const market = new RandomMarket(given.seed);
    run(market, 200, given.levels, () => undefined);
    const followers = DEPTHS.map((depth) => ({
      depth,
      book: new PlainLevel3Book(depth),
      listener: market.join({ protocol: 'v2', channel: 'level3', depth }),
    }));
    let read = 0;
    let refills = 0;
    run(market, given.steps, given.levels, () => {
      for (const { book, listener, depth } of followers) {
        for (const frame of listener.take()) {
          expect(book.apply(frame)).toBe('');
          read += 1;
          if (/"event":"delete","order_id":"(O\d+)[^}]*\},\{"event":"add","order_id":"\1/.test(frame)) refills += 1;
        }
        expect(queuesOf(book)).toEqual(truthOf(market, depth));
      }
    });
    expect(read).toBeGreaterThan(2 * given.steps);
    expect(refills).toBeGreaterThan(15);
  });

  test('is right for who comes late, and costs who left nothing', () => {
    const market = new RandomMarket(9);
    for (let round = 0; round < 60; round += 1) {
      const depth = DEPTHS[round % 3]!;
      const topic = { protocol: 'v2', channel: 'level3', depth } as const;
      const listener = market.join(topic);
      const book = new PlainLevel3Book(depth);
      run(market, 20, 20, () => {
        for (const frame of listener.take()) expect(book.apply(frame)).toBe('');
        expect(queuesOf(book)).toEqual(truthOf(market, depth));
      });
      market.publisher.leave(topic, listener);
      const frames = market.publisher.frames;
      run(market, 20, 20, () => undefined);
      expect(listener.take()).toEqual([]);
      expect(market.publisher.frames).toBe(frames);
    }
  });
});

describe('the wire', () => {
  test('a snapshot lists orders in the order of their queues, best level first, each with its own time', () => {
    const { market, ids, at } = small();
    const [frame] = market.join({ protocol: 'v2', channel: 'level3' }).take();
    const checksum = crc32('420010' + '50000000' + '420000' + '10000000' + '420000' + '20000000');
    expect(frame).toBe(
      `{"channel":"level3","type":"snapshot","data":[{"symbol":"BTC/USD","checksum":${checksum},"bids":[` +
        `{"order_id":"${ids[0]}","limit_price":42000.0,"order_qty":0.10000000,"timestamp":"${at(0)}"},` +
        `{"order_id":"${ids[1]}","limit_price":42000.0,"order_qty":0.20000000,"timestamp":"${at(1)}"}],"asks":[` +
        `{"order_id":"${ids[2]}","limit_price":42001.0,"order_qty":0.50000000,"timestamp":"${at(2)}"}]}]}`,
    );
  });

  test('an update says what happened to each order, in that order, with the time of the message', () => {
    const { market, ids, at } = small();
    const listener = market.join({ protocol: 'v2', channel: 'level3' }, false);
    market.limit('buy', 419_990, 30_000_000);
    market.market('sell', 15_000_000);
    market.publish();
    const added = orderIdText(4);
    const checksum = crc32('420010' + '50000000' + '420000' + '15000000' + '419990' + '30000000');
    expect(listener.take()).toEqual([
      `{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","timestamp":"${at(3)}","checksum":${checksum},"bids":[` +
        `{"event":"add","order_id":"${added}","limit_price":41999.0,"order_qty":0.30000000,"timestamp":"${at(3)}"},` +
        `{"event":"delete","order_id":"${ids[0]}","limit_price":42000.0,"order_qty":0.00000000,"timestamp":"${at(3)}"},` +
        // A trade does not change when an order came.
        `{"event":"modify","order_id":"${ids[1]}","limit_price":42000.0,"order_qty":0.15000000,"timestamp":"${at(1)}"}],"asks":[]}]}`,
    ]);
  });

  test('an amend in place is a modify with the time of the amend; to another price it is a delete and an add', () => {
    const { market, at } = small();
    const listener = market.join({ protocol: 'v2', channel: 'level3' }, false);
    const amend = (orderId: number, price: number, size: number): string => {
      const order = market.matcher.order(orderId)!;
      market.matcher.amend(orderId, ticks(order.price + price), lots(order.remaining + size));
      market.publish();
      return listener
        .take()
        .join('')
        .replaceAll(/"order_id":"[^"]+",|.*?"bids":/g, '');
    };
    expect(amend(2, 0, -5_000_000)).toBe(
      `[{"event":"modify","limit_price":42000.0,"order_qty":0.15000000,"timestamp":"${at(3)}"}],"asks":[]}]}`,
    );
    expect(amend(1, 3, 0)).toBe(
      `[{"event":"delete","limit_price":42000.0,"order_qty":0.00000000,"timestamp":"${at(4)}"},` +
        `{"event":"add","limit_price":42000.3,"order_qty":0.10000000,"timestamp":"${at(4)}"}],"asks":[]}]}`,
    );
  });

  test('an amend that follows a fill in one instant is an amend', () => {
    const { market, at } = small();
    const listener = market.join({ protocol: 'v2', channel: 'level3' }, false);
    market.market('sell', 10_000_000);
    market.matcher.amend(2, ticks(420_000), lots(1));
    market.publish();
    expect(listener.take()[0]).toContain(`"order_qty":0.00000001,"timestamp":"${at(3)}"}`);
  });

  test('all orders of a level that enters the view are added, and a level that falls out is not mentioned', () => {
    const market = new RandomMarket(1);
    for (let level = 0; level < 10; level += 1) market.limit('sell', 500_000 + level, 100);
    const listener = market.join({ protocol: 'v2', channel: 'level3' });
    listener.take();
    market.limit('sell', 499_999, 100);
    market.publish();
    expect(events(listener)).toEqual(['add 49999.9 0.00000100']);
    market.limit('sell', 500_009, 200);
    market.publish();
    expect(events(listener)).toEqual([]);
    market.matcher.cancel(1);
    market.publish();
    expect(events(listener)).toEqual(['delete 50000.0 0.00000000', 'add 50000.9 0.00000100', 'add 50000.9 0.00000200']);
  });
});

test('the checksum of the official example comes out', () => {
  const market = new RandomMarket(1, BTC);
  for (const [side, rows] of [
    ['sell', ASKS],
    ['buy', BIDS],
  ] as const) {
    for (const [price, sizes] of rows) {
      for (const size of sizes.split(' ')) market.limit(side, Math.round(price * 10), Number(size.replace('.', '')));
    }
  }
  const [frame] = market.join({ protocol: 'v2', channel: 'level3' }).take();
  expect(frame).toContain('"checksum":1063832831,');
});

/** From Kraken's guide to the level 3 checksum. */
const ASKS: readonly (readonly [number, string])[] = [
  [44939.5, '4.52308393 0.00111261 0.00100000 0.01000000'],
  [44950.0, '0.10334926'],
  [44953.0, '0.00064537'],
  [44955.0, '0.00250000'],
  [44959.6, '0.35630000 0.35630000'],
  [44960.1, '0.00338072'],
  [44960.2, '0.88967575'],
  [44967.0, '3.14392283'],
  [44978.5, '0.06778960'],
  [44979.2, '0.35630000'],
];
const BIDS: readonly (readonly [number, string])[] = [
  [44939.4, '0.88968699 0.45210000 0.10000000 0.14296323 0.25000000 0.10292988 0.33880000 1.28140860'],
  [44937.1, '0.03346877'],
  [44934.7, '0.35630000'],
  [44930.2, '0.22734299 0.01000000 0.05550000 0.70000000 0.15000000'],
  [44928.0, '0.00105240'],
  [44919.6, '0.33870000'],
  [44919.5, '0.07610000'],
  [44912.0, '0.35630000'],
  [44909.7, '0.06690000'],
  [44901.9, '0.00088982'],
];

/** Two bids in one queue and an ask, each of another instant. */
function small(): { market: RandomMarket; ids: string[]; at: (instant: number) => string } {
  const market = new RandomMarket(1);
  const times: string[] = [];
  const ids = [
    ['buy', 420_000, 10_000_000],
    ['buy', 420_000, 20_000_000],
    ['sell', 420_010, 50_000_000],
  ] as const;
  const texts = ids.map(([side, price, size]) => {
    const id = orderIdText(market.limit(side, price, size));
    market.publish();
    times.push(nanos(market.at));
    return id;
  });
  const first = market.at;
  return {
    market,
    ids: texts,
    at: (instant) => times[instant] ?? nanos(first + (instant - 2) * 1000),
  };
}

function nanos(at: number): string {
  return microsToIso(micros(at)).replace('Z', '000Z');
}

function events(listener: Listener): string[] {
  const found = listener
    .take()
    .join('')
    .matchAll(/"event":"(\w+)","order_id":"[^"]+","limit_price":([\d.]+),"order_qty":([\d.]+)/g);
  return [...found].map(([, event, price, size]) => `${event} ${price} ${size}`);
}

function queuesOf(book: PlainLevel3Book): string[][] {
  return [book.bids, book.asks].map((orders) => orders.map(({ id, price, size }) => `${id} ${price} ${size}`));
}

/** The queues of the best levels as the matcher itself has them. */
function truthOf({ matcher, instrument }: RandomMarket, depth: number): string[][] {
  return (['buy', 'sell'] satisfies Side[]).map((side) => {
    const orders: string[] = [];
    let levels = 0;
    matcher.walk(side, (price) => {
      for (const { id, displayed } of matcher.queue(side, price)) {
        const [at, size] = [
          countToDecimal(price, instrument.pricePrecision),
          countToDecimal(displayed, instrument.qtyPrecision),
        ];
        orders.push(`${orderIdText(id)} ${at} ${size}`);
      }
      levels += 1;
      return levels < depth;
    });
    return orders;
  });
}
