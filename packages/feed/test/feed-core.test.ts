import { instrument, micros, SECOND } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { FeedCoreOptions, FeedInput, ResyncCause } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { HEARTBEAT, instrumentFrame, Pair, START, STATUS, WRONG } from './venue.ts';

interface Harness {
  readonly core: FeedCore;
  readonly log: EventLog;
  readonly resyncs: [string, ResyncCause][];
  /** Feeds frames, each received 1 ms after the one before. */
  readonly feed: (...frames: (string | Uint8Array)[]) => void;
}

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

function harness(
  options: FeedCoreOptions = { symbols: [BTC], depth: 10 },
  spy?: (event: MarketEvent, core: FeedCore) => void,
): Harness {
  const log = new EventLog();
  const resyncs: [string, ResyncCause][] = [];
  let recvTs = START + 500_000;
  const core: FeedCore = new FeedCore({
    ...options,
    onEvent: (event) => {
      log.push(event);
      spy?.(event, core);
    },
    onResync: (symbol, cause) => resyncs.push([symbol, cause]),
  });
  const feed = (...frames: (string | Uint8Array)[]): void => {
    for (const frame of frames) {
      recvTs += 1000;
      core.handle({ type: 'frame', recvTs: micros(recvTs), frame: Buffer.from(frame as string) });
    }
  };
  return { core, log, resyncs, feed };
}

describe('a book', () => {
  test('goes live with its first verified snapshot, and is readable from that event on', () => {
    const pair = new Pair();
    const seen: [string, boolean][] = [];
    const { core, log, feed } = harness(undefined, (event, of) =>
      seen.push([event.type, of.market.book(BTC) !== undefined]),
    );
    expect(core.market.book(BTC)).toBeUndefined();
    feed(pair.snapshot(), pair.nudge());
    expect(seen).toEqual([
      ['feed', true],
      ['book', true],
      ['book', true],
    ]);
    expect(log.states).toEqual(['BTC/USD live snapshot']);
    expect(core.statsOf(BTC)).toEqual({
      snapshots: 1,
      updates: 1,
      checksumOk: 2,
      checksumFailed: 0,
      unchecked: 0,
      crossed: 0,
      skipped: 0,
      misfits: 0,
    });
    expect(core.market.book(BTC)?.levels('buy')).toBe(10);
  });

  test('counts events by one and keeps both clocks', () => {
    const pair = new Pair();
    const { log, feed } = harness();
    feed(STATUS, pair.snapshot(), pair.nudge());
    expect(log.events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'status'],
      [2, 'feed'],
      [3, 'book'],
      [4, 'book'],
    ]);
    expect(log.events.at(0)).toMatchObject({ venueTs: START + 501_000, recvTs: START + 501_000 });
    expect(log.events.at(3)).toMatchObject({ venueTs: START + 2000, recvTs: START + 503_000, verified: true });
  });

  test('is frozen in the same turn when its checksum does not hold, and others go on', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const views: unknown[] = [];
    const { core, log, resyncs, feed } = harness({ symbols: [BTC, ETH], depth: 10 }, (event, of) => {
      if (event.type === 'feed' && event.state === 'resyncing') views.push(of.market.book(BTC), of.market.state(BTC));
    });
    feed(btc.snapshot(), eth.snapshot(), btc.nudge(WRONG));
    expect(views).toEqual([undefined, 'resyncing']);
    expect(resyncs).toEqual([[BTC, 'checksum']]);
    const last = log.events.at(-1);
    expect(last).toMatchObject({ type: 'feed', symbol: BTC, state: 'resyncing', cause: 'checksum' });
    expect(last?.type === 'feed' && last.detail).toMatch(/^frame 3: expected 1 as sent, got \d+$/);

    feed(btc.nudge(), btc.nudge(), eth.nudge());
    expect(core.statsOf(BTC)).toMatchObject({ updates: 1, checksumFailed: 1, skipped: 2 });
    expect(core.statsOf(ETH)).toMatchObject({ updates: 1, checksumOk: 2, skipped: 0 });
    expect(log.count('book', ETH)).toBe(2);

    feed(btc.snapshot(), btc.nudge());
    expect(core.market.state(BTC)).toBe('live');
    expect(core.statsOf(BTC)).toMatchObject({ snapshots: 2, updates: 2, checksumOk: 3 });
  });

  test('does not go live with a snapshot whose checksum fails', () => {
    const pair = new Pair();
    const { core, log, resyncs, feed } = harness();
    feed(pair.snapshot(WRONG));
    expect(core.market.book(BTC)).toBeUndefined();
    expect(log.states).toEqual(['BTC/USD resyncing checksum']);
    feed(pair.snapshot(WRONG));
    expect(resyncs).toHaveLength(2);
    expect(core.statsOf(BTC)).toMatchObject({ snapshots: 2, checksumFailed: 2 });
  });

  test('is frozen by a message without a checksum: nothing unverified is live', () => {
    const pair = new Pair();
    const { core, log, feed } = harness();
    feed(pair.snapshot(), pair.nudge().replace(/"checksum":\d+,/, ''));
    expect(core.market.state(BTC)).toBe('resyncing');
    expect(log.events.at(-1)).toMatchObject({ cause: 'checksum', detail: expect.stringContaining('none was sent') });
  });

  test('is frozen when it is crossed although the checksum holds', () => {
    const pair = new Pair();
    const { core, resyncs, feed } = harness();
    feed(pair.snapshot(), pair.update({ bids: [[1001, 7]] }));
    expect(resyncs).toEqual([[BTC, 'crossed']]);
    expect(core.statsOf(BTC)).toMatchObject({ checksumOk: 2, crossed: 1 });
    expect(core.market.book(BTC)).toBeUndefined();
  });

  test('skips updates before any snapshot, in a known and in an unknown precision', () => {
    const pair = new Pair();
    const { core, log, resyncs, feed } = harness();
    feed(pair.nudge());
    feed(instrumentFrame([pair]), pair.nudge(), pair.snapshot());
    expect(core.statsOf(BTC)).toMatchObject({ skipped: 2, snapshots: 1, checksumOk: 1 });
    expect(resyncs).toEqual([]);
    expect(log.states).toEqual(['BTC/USD live snapshot']);
  });

  test('counts an update before any snapshot also where the symbol is new', () => {
    const pair = new Pair();
    const { core, feed } = harness({});
    feed(pair.nudge(), pair.snapshot());
    expect(core.statsOf(BTC)).toMatchObject({ skipped: 1, snapshots: 1, checksumOk: 1 });
  });

  test('is replaced by a snapshot in mid-stream, without a change of state', () => {
    const pair = new Pair();
    const { core, log, feed } = harness();
    feed(pair.snapshot());
    pair.update({ bids: [[1000, 0]] }); // never sent
    feed(pair.snapshot(), pair.nudge());
    expect(core.statsOf(BTC)).toMatchObject({ snapshots: 2, updates: 1, checksumOk: 3 });
    expect(core.market.book(BTC)?.bestBid()).toBe(999);
    expect(log.states).toHaveLength(1);
  });

  test('takes a repeated update without harm, and notices a lost one', () => {
    const pair = new Pair();
    const { core, resyncs, feed } = harness();
    const update = pair.nudge();
    feed(new Pair().snapshot(), update, update);
    expect(core.statsOf(BTC)).toMatchObject({ checksumOk: 3, checksumFailed: 0 });
    pair.update({ asks: [[1003, 0]] }); // lost
    feed(pair.nudge());
    expect(resyncs).toEqual([[BTC, 'checksum']]);
  });

  test('stops being live when its unsubscription is acknowledged', () => {
    const pair = new Pair();
    const { core, log, feed } = harness();
    const ack = `{"method":"unsubscribe","result":{"channel":"book","depth":10,"symbol":"${BTC}"},"success":true}`;
    feed(pair.snapshot(), ack, pair.nudge(), pair.snapshot());
    expect(log.states).toEqual(['BTC/USD live snapshot', 'BTC/USD subscribing stop', 'BTC/USD live snapshot']);
    expect(core.statsOf(BTC)).toMatchObject({ skipped: 1, checksumOk: 2 });
  });

  test('of another symbol is left alone', () => {
    const { core, log, feed } = harness();
    feed(new Pair('XRP/USD').snapshot());
    expect(log.events).toEqual([]);
    expect(core.market.symbols).toEqual([BTC]);
    expect(core.statsOf('XRP/USD').snapshots).toBe(0);
    expect(core.market.state('XRP/USD')).toBe('connecting');
  });
});

describe('a malformed frame', () => {
  const broken = `{"channel":"book","type":"update","data":[{"symbol":"${BTC}","bids":[{"price":1e,"qty":1}],"asks":[]}]}`;

  test('freezes the symbol that it names', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const { core, resyncs, log, feed } = harness({ symbols: [BTC, ETH], depth: 10 });
    feed(btc.snapshot(), eth.snapshot(), broken);
    expect(resyncs).toEqual([[BTC, 'malformed']]);
    expect(core.market.state(ETH)).toBe('live');
    expect(core.malformed).toBe(1);
    expect(log.events.at(-1)).toMatchObject({ detail: expect.stringMatching(/^frame 3: KB_KRAKEN_\w+ at byte \d+/) });
  });

  test.each([
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"channel":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
    ['text that stops short', Buffer.from('{"channel":"book","type":"upd')],
    ['no JSON at all', Buffer.from('hello')],
  ])('that does not say whom it was about freezes every live book: %s', (_name, frame) => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const { core, resyncs, feed } = harness({ symbols: [BTC, ETH], depth: 10 });
    feed(btc.snapshot(), eth.snapshot(), frame);
    expect(resyncs).toEqual([
      [BTC, 'malformed'],
      [ETH, 'malformed'],
    ]);
    expect(core.market.book(BTC)).toBeUndefined();
    expect(core.market.book(ETH)).toBeUndefined();
  });

  test('of another channel freezes nothing', () => {
    const pair = new Pair();
    const { core, resyncs, feed } = harness();
    feed(pair.snapshot(), `{"channel":"trade","type":"update","data":[{"symbol":"${BTC}","price":}]}`);
    expect(core.malformed).toBe(1);
    expect(resyncs).toEqual([]);
  });

  test('with __proto__ and constructor keys pollutes nothing', () => {
    const pair = new Pair();
    const { core, feed } = harness({ depth: 10 });
    const evil = pair.nudge().replace('"checksum"', '"__proto__":{"polluted":1},"constructor":{"x":1},"checksum"');
    feed(pair.snapshot(), evil, '{"__proto__":{"polluted":1}}', new Pair('__proto__/USD').snapshot());
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(core.statsOf(BTC).updates).toBe(1);
    expect(core.market.symbols).toContain('__proto__/USD');
  });

  test('that is only unknown is counted', () => {
    const { core, feed } = harness();
    feed('{"channel":"weather","data":[]}', HEARTBEAT);
    expect(core.unknown).toBe(1);
    expect(core.frames).toBe(2);
  });
});

describe('trades', () => {
  const known = { symbols: [BTC], depth: 10, grids: { [BTC]: { pricePrecision: 1, qtyPrecision: 8 } } };

  test('come out one event each, in order', () => {
    const pair = new Pair();
    const { core, log, feed } = harness(known);
    feed(pair.trades(3));
    expect(log.events).toMatchObject([
      { type: 'trade', tradeId: 101, price: 1000, size: 5, taker: 'sell', historical: false, venueTs: START + 1000 },
      { tradeId: 102, size: 6, venueTs: START + 2000 },
      { tradeId: 103, size: 7, venueTs: START + 3000 },
    ]);
    expect(core.market.lastTrade(BTC)?.tradeId).toBe(103);
  });

  test('are not repeated, and gaps in their ids are counted', () => {
    const pair = new Pair();
    const { core, log, feed } = harness(known);
    const [two, three] = [pair.trades(2), new Pair().trades(3)];
    feed(two, three, pair.trades(1, { firstId: 110 }));
    expect(log.events.map((event) => event.type === 'trade' && event.tradeId)).toEqual([101, 102, 103, 110]);
    expect(core.tradeStatsOf(BTC)).toEqual({ trades: 4, duplicates: 2, gaps: 1, missing: 6, recovered: 0 });
  });

  test('that a venue tells again with its clock set wrong are repeats all the same', () => {
    const pair = new Pair();
    const { core, log, feed } = harness({ symbols: [BTC] });
    feed(pair.snapshot());
    const trades = pair.trades(3);
    feed(trades, trades.replaceAll(':00.00', ':00.40').replace('update', 'snapshot'));
    expect(log.count('trade')).toBe(3);
    expect(core.tradeStatsOf(BTC)).toMatchObject({ trades: 3, duplicates: 3, gaps: 0 });
  });

  test('go on when the venue numbers them anew, as a local exchange does when it is started again', () => {
    const pair = new Pair();
    const { core, log, feed } = harness(known);
    const again = pair.trades(2, { firstId: 1 });
    feed(pair.trades(2), again.replaceAll(':00.00', ':07.00'), again.replaceAll(':00.00', ':07.00'));
    expect(log.events.map((event) => event.type === 'trade' && event.tradeId)).toEqual([101, 102, 1, 2]);
    expect(core.tradeStatsOf(BTC)).toEqual({ trades: 4, duplicates: 2, gaps: 1, missing: 0, recovered: 0 });
  });

  test('of a snapshot are historical and oldest first', () => {
    const pair = new Pair();
    const { log, feed } = harness(known);
    const frame = JSON.parse(pair.trades(3, { type: 'snapshot' })) as { data: unknown[] };
    feed(JSON.stringify({ ...frame, data: frame.data.toReversed() }), pair.trades(1));
    expect(log.events).toMatchObject([
      { tradeId: 101, historical: true },
      { tradeId: 102, historical: true },
      { tradeId: 103, historical: true },
      { tradeId: 104, historical: false },
    ]);
  });

  test('keep coming while the book is frozen', () => {
    const pair = new Pair();
    const { log, feed } = harness();
    feed(pair.snapshot(), pair.nudge(WRONG), pair.trades(1));
    expect(log.count('trade')).toBe(1);
  });
});

describe('an instrument frame', () => {
  test('makes one event for each of our symbols whose rules became known or changed', () => {
    const pairs = [new Pair(BTC), new Pair(ETH), new Pair('XRP/USD')];
    const { core, log, feed } = harness({ symbols: [BTC, ETH], depth: 10 });
    feed(instrumentFrame(pairs), instrumentFrame(pairs));
    expect(log.events.map(({ type, symbol }) => [type, symbol])).toEqual([
      ['instrument', BTC],
      ['instrument', ETH],
    ]);
    feed(instrumentFrame([pairs[0]!], 'update').replace('"online"', '"post_only"'));
    expect(core.market.instrument(BTC)?.status).toBe('post_only');
    expect(log.count('instrument')).toBe(3);
  });

  test('with another precision resets the book in the same step and asks for a new one', () => {
    const pair = new Pair();
    const finer = new Pair(BTC, { grid: { pricePrecision: 2, qtyPrecision: 8 } });
    const seen: unknown[] = [];
    const { core, log, resyncs, feed } = harness(undefined, (event, of) => {
      if (event.type !== 'feed' || event.cause !== 'precision') return;
      seen.push(of.market.book(BTC), of.market.lastTrade(BTC), of.market.instrument(BTC)?.pricePrecision);
    });
    feed(instrumentFrame([pair]), pair.snapshot(), pair.trades(1), instrumentFrame([finer]));
    expect(seen).toEqual([undefined, undefined, 2]);
    expect(resyncs).toEqual([[BTC, 'precision']]);
    expect(log.states).toEqual(['BTC/USD live snapshot', 'BTC/USD resyncing precision']);
    feed(finer.snapshot(), finer.nudge());
    expect(core.market.book(BTC)?.pricePrecision).toBe(2);
    expect(core.statsOf(BTC)).toMatchObject({ checksumOk: 3, checksumFailed: 0 });
  });

  test('is known beforehand when it was given', () => {
    const given = instrument({ symbol: BTC, pricePrecision: 1, qtyPrecision: 8 });
    const { core } = harness({ symbols: [BTC], instruments: [given] });
    expect(core.market.instrument(BTC)).toBe(given);
  });
});

describe('without symbols', () => {
  test('as many are taken as the decoder remembers, and no more', () => {
    const { core, feed } = harness({});
    for (let index = 0; index < 16_390; index += 1) {
      feed(
        `{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"C${index}/USD"},"success":true}`,
      );
    }
    expect(core.market.symbols).toHaveLength(16_384);
  });

  test('every symbol is taken as it turns up, its instrument first', () => {
    const pairs = [new Pair(BTC), new Pair(ETH)];
    const { core, log, feed } = harness({});
    feed(instrumentFrame(pairs), pairs[1]!.snapshot());
    expect(log.events.map(({ type, symbol }) => [type, symbol])).toEqual([
      ['instrument', ETH],
      ['feed', ETH],
      ['book', ETH],
    ]);
    expect(core.market.symbols).toEqual([ETH]);
  });

  test.each([
    [3, 10],
    [10, 10],
    [11, 25],
    [300, 500],
    [1000, 1000],
  ])('a first snapshot of %i levels is taken for depth %i', (levels, depth) => {
    const pair = new Pair(BTC, { depth: 1000 });
    pair.update({ bids: Array.from({ length: 10 }, (_, index) => [991 + index, 0]) });
    pair.update({ bids: Array.from({ length: levels }, (_, index) => [1000 - (index % 1000), 5]) });
    pair.update({
      asks: Array.from({ length: 10 }, (_, index) => [1001 + index, index < Math.min(levels, 10) ? 5 : 0]),
    });
    const { core, feed } = harness({});
    feed(pair.snapshot());
    expect(core.market.book(BTC)?.depth).toBe(depth);
  });

  test('an acknowledged depth is believed before the option and the snapshot', () => {
    const pair = new Pair();
    const { core, feed } = harness({ depth: 10 });
    feed(`{"method":"subscribe","result":{"channel":"book","depth":100,"symbol":"${BTC}"},"success":true}`);
    feed(pair.snapshot());
    expect(core.market.book(BTC)?.depth).toBe(100);
  });

  test.each([0, -5, 1.5, 4e9])('an acknowledged depth of %s is not believed', (depth) => {
    const pair = new Pair();
    const { core, feed } = harness({ depth: 10 });
    feed(`{"method":"subscribe","result":{"channel":"book","depth":${depth},"symbol":"${BTC}"},"success":true}`);
    feed(pair.snapshot());
    expect(core.market.book(BTC)?.depth).toBe(10);
  });
});

describe('states and time', () => {
  const state = (input: Partial<Extract<FeedInput, { type: 'state' }>>): FeedInput => ({
    type: 'state',
    recvTs: START,
    symbol: undefined,
    state: 'connecting',
    cause: 'disconnect',
    detail: '',
    ...input,
  });

  test('a lost connection freezes every symbol before anybody hears of it', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const seen: unknown[] = [];
    const { core, feed } = harness({ symbols: [BTC, ETH], depth: 10 }, (event, of) => {
      if (event.type === 'feed' && event.symbol === undefined) seen.push(of.market.book(BTC), of.market.book(ETH));
    });
    feed(btc.snapshot(), eth.snapshot());
    core.handle(state({}));
    expect(seen).toEqual([undefined, undefined]);
    feed(btc.nudge(), btc.snapshot());
    expect(core.statsOf(BTC).skipped).toBe(1);
    expect(core.market.state(BTC)).toBe('live');
    expect(core.market.state(ETH)).toBe('connecting');
  });

  test('a broken symbol takes no snapshot until it is tried again', () => {
    const pair = new Pair();
    const { core, feed } = harness();
    core.handle(state({ symbol: BTC, state: 'broken', cause: 'refused' }));
    feed(pair.snapshot());
    expect(core.market.state(BTC)).toBe('broken');
    expect(core.statsOf(BTC).skipped).toBe(1);
    core.handle(state({ symbol: BTC, state: 'resyncing', cause: 'refused' }));
    feed(pair.snapshot());
    expect(core.market.state(BTC)).toBe('live');
  });

  test('live is not taken from outside', () => {
    const { core } = harness();
    expect(codeOf(() => core.handle(state({ symbol: BTC, state: 'live' })))).toBe('KB_FEED_BAD_INPUT');
  });

  test('a timer carries the latest venue time on by our clock, and never goes back', () => {
    const pair = new Pair();
    const { core, log, feed } = harness();
    const tick = (recvTs: number): void => core.handle({ type: 'tick', recvTs: micros(recvTs) });
    tick(START);
    feed(pair.snapshot()); // venue START + 1 ms, received START + 501 ms
    tick(START + 501_000 + SECOND);
    tick(START + 501_000 + SECOND / 2); // our clock stepped back
    feed(pair.nudge());
    tick(START + 502_000);
    const timers = log.events.filter(({ type }) => type === 'timer').map(({ venueTs }) => venueTs - START);
    expect(timers).toEqual([0, 1000 + SECOND, 1000 + SECOND, 1000 + SECOND]);
  });

  test('a frame without a time gets the latest venue time', () => {
    const pair = new Pair();
    const { log, feed } = harness();
    feed(pair.snapshot(), STATUS, pair.snapshot().replace(/,"timestamp":"[^"]+"/, ''));
    expect(log.events.map(({ venueTs }) => venueTs - START)).toEqual([1000, 1000, 1000, 1000]);
  });

  test('the system status is kept', () => {
    const { core, log, feed } = harness();
    expect(core.market.system).toBe('online');
    feed(STATUS.replace('online', 'maintenance'));
    expect(core.market.system).toBe('maintenance');
    expect(log.events).toMatchObject([{ type: 'status', system: 'maintenance', symbol: undefined }]);
  });

  test.each([0, 1001, 2.5, Number.NaN])('a depth of %s is refused', (depth) => {
    expect(codeOf(() => new FeedCore({ depth }))).toBe('KB_FEED_BAD_OPTIONS');
  });
});

test('what a consumer throws comes out, and the state stays sound', () => {
  const pair = new Pair();
  let fail = true;
  const core = new FeedCore({
    symbols: [BTC],
    onEvent: (event) => {
      if (fail && event.type === 'book') throw new Error('mine');
    },
  });
  const frame = (text: string): FeedInput => ({ type: 'frame', recvTs: START, frame: Buffer.from(text) });
  expect(() => core.handle(frame(pair.snapshot()))).toThrowError('mine');
  fail = false;
  core.handle(frame(pair.nudge()));
  expect(core.statsOf(BTC).checksumOk).toBe(2);
});

test('a ticker frame makes a ticker event', () => {
  const { log, feed } = harness({ symbols: [BTC], grids: { [BTC]: { pricePrecision: 1, qtyPrecision: 8 } } });
  feed(
    `{"channel":"ticker","type":"update","data":[{"symbol":"${BTC}","bid":100.1,"bid_qty":1.00000000,"ask":100.2,"ask_qty":2.00000000,"last":100.1,"volume":5.0,"vwap":100.15,"low":99.0,"high":101.0,"change":-0.10,"change_pct":-0.10,"timestamp":"2026-01-01T00:00:01.000000Z"}]}`,
  );
  expect(log.events).toMatchObject([
    {
      type: 'ticker',
      symbol: BTC,
      bid: 1001,
      ask: 1002,
      last: 1001,
      low: '99.0',
      change: '-0.10',
      venueTs: START + SECOND,
    },
  ]);
});
