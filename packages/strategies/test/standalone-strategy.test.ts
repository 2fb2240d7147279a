import {
  bigCountToDecimal,
  decimalToCount,
  lotsToQty,
  micros,
  microsToIso,
  signOf,
  ticks,
  ticksToPrice,
} from '@kb/model';
import type { FeedState, IntentSink, StrategyView } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Probe, SkewedMarketMaker, StandaloneStrategy } from '../src/index.ts';
import type { PlainIntent, PlainReport, StandaloneOptions, Strategy, StrategyEvent } from '../src/index.ts';
import { BTC, Stage } from './harness.ts';

const PAIR = { symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.00005', minCost: '0.5' };
const FEES = { maker: '0', taker: '0.004' };
const TIME = '2026-01-01T00:00:00.000000Z';
const BOOK = { time: TIME, snapshot: true, bids: [['29999.9', '0.8']], asks: [['30000.1', '0.5']] } as const;

function door(strategy: Strategy, more: Partial<StandaloneOptions> = {}): StandaloneStrategy {
  return new StandaloneStrategy({ strategy, pair: PAIR, balances: { USD: '5000', BTC: '0.1' }, fees: FEES, ...more });
}

/** Plays what happens on the stage to a second strategy too, through the door and in plain values. */
class Mirror extends Stage {
  readonly plain: string[] = [];
  readonly plainReasons: string[] = [];
  readonly #door: StandaloneStrategy;
  #cash = 0n;

  constructor(make: () => Strategy, dollars: number) {
    super(make());
    this.#cash = BigInt(dollars) * 10n ** 9n;
    this.cash = String(dollars);
    this.state = 'subscribing';
    this.#door = door(make(), {
      idPrefix: 'o',
      balances: { USD: dollars, BTC: '1' },
      onExplain: (side, reason) => this.plainReasons.push(`${side ?? 'both'}: ${reason}`),
    });
  }

  override bookEvent(afterMs = 0): string[] {
    if (this.state === 'live') return super.bookEvent(afterMs);
    this.feed('live', afterMs);
    return super.bookEvent(0);
  }

  override fill(...[order, size, afterMs]: Parameters<Stage['fill']>): string[] {
    this.#cash -= BigInt(signOf(order.side) * size) * BigInt(order.price ?? ticks(1));
    this.cash = bigCountToDecimal(this.#cash, 9);
    return super.fill(order, size, afterMs);
  }

  override tell(event: StrategyEvent): string[] {
    const said = super.tell(event);
    this.plain.push(...this.#play(event).map((intent) => lineOf(intent)));
    return said;
  }

  #play(event: StrategyEvent): PlainIntent[] {
    const time = microsToIso(event.venueTs);
    switch (event.type) {
      case 'book':
        return this.#door.onBook({ time, snapshot: true, bids: this.#levels('buy'), asks: this.#levels('sell') });
      case 'timer':
        return this.#door.onTime(time);
      case 'trade':
        return this.#door.onTrade({ time, price: '30000.0', size: '0.1', side: 'buy' });
      case 'feed':
        return event.state === 'live' ? [] : this.#door.onGap(); // the next book makes it live
      case 'fill': {
        const { type, side, fee, feeAsset } = event;
        const price = ticksToPrice(BTC, event.price);
        const clientOrderId = event.clientOrderId.replace('o', 'o-');
        const size = lotsToQty(BTC, event.size);
        return this.#door.onReport({ type, time, clientOrderId, side, price, size, fee, feeAsset });
      }
      case 'accepted':
      case 'amended':
      case 'cancelled':
        return this.#door.onReport({ type: event.type, time, clientOrderId: event.clientOrderId.replace('o', 'o-') });
      case 'rejected':
      case 'amend-rejected':
      case 'cancel-rejected': {
        const { type, reason, text } = event;
        return this.#door.onReport({ type, time, clientOrderId: event.clientOrderId.replace('o', 'o-'), reason, text });
      }
      case 'candle':
      case 'expired':
      case 'instrument':
      case 'level3':
      case 'status':
      case 'ticker':
      case 'triggered':
      case 'unknown':
      default:
        throw new Error(`not on this stage: ${event.type}`);
    }
  }

  #levels(side: 'buy' | 'sell'): [string, number][] {
    return Array.from({ length: this.book.levels(side) }, (_, index) => [
      ticksToPrice(BTC, this.book.priceAt(side, index)!),
      Number(lotsToQty(BTC, this.book.sizeAt(side, index)!)),
    ]);
  }
}

/** A plain intent as the stage writes intents down: back in ticks and lots. */
function lineOf(intent: PlainIntent): string {
  const id = intent.clientOrderId.replace('-', '');
  if (intent.type === 'cancel') return `cancel ${id} ${intent.reason}`;
  const price = intent.price === undefined ? undefined : decimalToCount(intent.price, 1);
  const size = intent.size === undefined ? undefined : decimalToCount(intent.size, 8);
  if (intent.type === 'amend') return `amend ${id} ${price ?? '='} ${size ?? '='} ${intent.reason}`;
  const kind = price === undefined ? 'market' : 'limit';
  return `place ${id} ${intent.side} ${kind} ${price ?? '-'} ${size}${intent.postOnly ? ' post-only' : ''} ${intent.reason}`;
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('quote'), by: fc.integer({ min: -400, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('time'), by: fc.integer({ min: 0, max: 1500 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('trade'), by: fc.integer({ min: 0, max: 50 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('answer'), by: fc.integer({ min: 0, max: 100 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('refuse'), by: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('fill'), by: fc.integer({ min: 1, max: 400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('gap'), by: fc.constant(0) }) },
);

function play(stage: Mirror, { what, by }: { readonly what: string; readonly by: number }): void {
  const order = stage.orders[what === 'refuse' ? by : 0];
  if (what === 'quote') stage.quote(50, ((300_000 + by) / 10).toFixed(1), ((300_002 + by) / 10).toFixed(1));
  else if (what === 'time') stage.timer(by);
  else if (what === 'trade') stage.trade(by);
  else if (what === 'answer') stage.acknowledge(by);
  else if (what === 'gap') stage.feed('resyncing' satisfies FeedState);
  else if (order === undefined) return;
  else if (what === 'fill') stage.fill(order, Math.min(by, order.size - order.filled));
  else if (order.state === 'pending') stage.rejected(order, 'post-only-would-take');
  else if (order.state === 'amending') stage.amendRejected(order, 'rate-limit');
  else if (order.state === 'cancelling') stage.cancelRejected(order, 'rate-limit');
}

describe.each([
  ['SkewedMarketMaker', (): Strategy => new SkewedMarketMaker({ symbol: BTC.symbol })],
  ['Probe', (): Strategy => new Probe({ symbol: BTC.symbol, everyMs: 100 })],
])('a standalone %s', (_name, make) => {
  test.each([100_000, 150])('does in plain values what it does on model events, with %d dollars', (dollars) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const stage = new Mirror(make, dollars);
        for (const each of steps) play(stage, each);
        const isReason = (line: string): boolean => /^(buy|sell|both): /.test(line);
        expect(stage.plain).toEqual(stage.said.filter((line) => !isReason(line)));
        expect(stage.plainReasons).toEqual(stage.said.filter(isReason));
      }),
      { seed: 5, numRuns: 150 },
    );
  });
});

/** A strategy that does what it is told at its next event, and keeps what it saw. */
class Puppet implements Strategy {
  readonly id = 'puppet';
  readonly events: StrategyEvent[] = [];
  view: StrategyView | undefined;
  next: ((out: IntentSink, view: StrategyView) => void) | undefined;

  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void {
    this.events.push(event);
    this.view = view;
    const { next } = this;
    this.next = undefined;
    next?.(out, view);
  }
  snapshot(): unknown {
    return null;
  }
  restore(): void {
    this.next = undefined;
  }
}

/** Has the puppet write intents, at a later event. */
function wanting(puppet: Puppet, bot: StandaloneStrategy, next: NonNullable<Puppet['next']>): PlainIntent[] {
  puppet.next = next;
  return bot.onTime(TIME);
}

const limit = (side: 'buy' | 'sell', price: number, size: number): Parameters<IntentSink['place']>[0] => ({
  symbol: 'BTC/USD',
  side,
  orderType: 'limit',
  price: ticks(price),
  size: size as Parameters<IntentSink['place']>[0]['size'],
  timeInForce: 'gtc',
  postOnly: true,
});

function started(more: Partial<StandaloneOptions> = {}): { puppet: Puppet; bot: StandaloneStrategy } {
  const puppet = new Puppet();
  const bot = door(puppet, more);
  bot.onBook(BOOK);
  return { puppet, bot };
}

describe('what the strategy sees', () => {
  test('the book goes live with the first snapshot, and is gone after a gap until the next', () => {
    const { puppet, bot } = started();
    expect(puppet.events.map(({ type }) => type)).toEqual(['feed', 'book']);
    expect(puppet.view?.market.book('BTC/USD')?.bestBid()).toBe(299_999);
    bot.onBook({ time: TIME, snapshot: false, bids: [[29_999.9, 0]], asks: [] });
    expect(puppet.view?.market.book('BTC/USD')?.bestBid()).toBeUndefined();
    bot.onGap();
    expect([puppet.view?.market.state('BTC/USD'), puppet.view?.market.book('BTC/USD')]).toEqual([
      'resyncing',
      undefined,
    ]);
    expect(() => bot.onBook({ ...BOOK, snapshot: false })).toThrow(
      expect.objectContaining({ code: 'KB_STRATEGY_NO_SNAPSHOT' }),
    );
    bot.onBook(BOOK);
    expect(puppet.view?.market.state('BTC/USD')).toBe('live');
  });

  test('milliseconds and RFC 3339 text are the same time, and time only goes on', () => {
    const { puppet, bot } = started();
    const ms = Date.parse(TIME);
    expect(puppet.view?.now).toBe(micros(ms * 1000));
    bot.onTime(ms + 5);
    bot.onTrade({ time: ms + 2, price: 30_000.1, size: '0.5', side: 'buy' });
    expect(puppet.view?.now).toBe(micros((ms + 5) * 1000));
    expect(puppet.view?.market.lastTrade('BTC/USD')).toMatchObject({ tradeId: 1, price: 300_001, size: 50_000_000 });
  });

  test('fills move balances and position exactly, fees in base and a third asset included', () => {
    const { puppet, bot } = started();
    wanting(puppet, bot, (out) => void out.place(limit('buy', 299_999, 100_000_000), 'WHY'));
    const fill = { type: 'fill', clientOrderId: 'puppet-1', side: 'buy', price: '29999.9' } as const;
    bot.onReport({ ...fill, size: '0.1', fee: '0.00000001', feeAsset: 'BTC' });
    bot.onReport({ ...fill, size: 1e-8, fee: '0.5', feeAsset: 'KFEE' });
    bot.onReport({ ...fill, size: '0.05', fee: '-0.1' });
    expect(bot.balance('BTC')).toBe('0.25');
    expect(bot.balance('KFEE')).toBe('-0.5');
    expect(bot.balance('USD')).toBe('500.114700001'); // 5000 + 0.1 − 0.15000001 × 29999.9
    expect(puppet.view?.account.base('BTC/USD')).toBe(25_000_000);
    expect(puppet.view?.account.position('BTC/USD')).toBe(15_000_000);
    expect(puppet.view?.account.openOrders('BTC/USD')).toMatchObject([{ filled: 15_000_001, state: 'pending' }]);
    bot.setBalances({ USD: '600.50' });
    expect([bot.balance('USD'), bot.balance('BTC')]).toEqual(['600.5', '0.25']);
  });

  test('an order is there until a report ends it; a fill that comes later is still booked', () => {
    const { puppet, bot } = started();
    const state = (): unknown[] => puppet.view!.account.openOrders('BTC/USD').map((order) => order.state);
    const clientOrderId = 'puppet-1';
    wanting(puppet, bot, (out) => void out.place(limit('sell', 300_001, 1_000_000), 'WHY'));
    const seen = [state()];
    const reports: PlainReport[] = [
      { type: 'unknown', clientOrderId },
      { type: 'accepted', clientOrderId },
      { type: 'unknown', clientOrderId },
      { type: 'amend-rejected', clientOrderId, reason: 'unknown-order' },
      { type: 'cancel-rejected', clientOrderId, reason: 'not-received' },
      { type: 'cancelled', clientOrderId },
      { type: 'accepted', clientOrderId },
    ];
    for (const report of reports) {
      bot.onReport(report);
      seen.push(state());
    }
    const doubtEnds = [['unknown'], ['unknown'], ['open']];
    expect(seen).toEqual([['pending'], ['unknown'], ['open'], ...doubtEnds, [], []]);
    const before = puppet.events.length;
    bot.onReport({ type: 'fill', clientOrderId, side: 'sell', price: '30000.1', size: '0.001' });
    expect(puppet.events.slice(before)).toMatchObject([{ type: 'fill', remaining: 0 }]);
    expect(bot.balance('BTC')).toBe('0.099');
  });

  test('an amend is on its way until it is answered, and what the venue says counts', () => {
    const { puppet, bot } = started();
    const order = (): unknown => puppet.view!.account.openOrders('BTC/USD')[0];
    const clientOrderId = 'puppet-1';
    wanting(puppet, bot, (out) => void out.place(limit('buy', 299_000, 1_000_000), 'WHY'));
    bot.onReport({ type: 'accepted', clientOrderId });
    const amends = wanting(puppet, bot, (out) => {
      out.amend(clientOrderId, { price: ticks(299_100) }, 'ONE');
      out.amend(clientOrderId, { price: ticks(299_200) }, 'TWO');
    });
    expect(amends).toEqual([
      { type: 'amend', clientOrderId, symbol: 'BTC/USD', price: '29910.0', reason: 'ONE' },
      { type: 'amend', clientOrderId, symbol: 'BTC/USD', price: '29920.0', reason: 'TWO' },
    ]);
    bot.onReport({ type: 'amended', clientOrderId });
    expect(order()).toMatchObject({ state: 'amending', price: 299_100, size: 1_000_000 });
    bot.onReport({ type: 'amended', clientOrderId, price: '29915.0', size: '0.02' });
    expect(order()).toMatchObject({ state: 'open', price: 299_150, size: 2_000_000 });
  });
});

describe('what comes out', () => {
  test('an amend or a cancel of an order that is gone is not sent', () => {
    const { puppet, bot } = started();
    const sent = wanting(puppet, bot, (out) => {
      out.cancel('puppet-9', 'WHY');
      out.amend('puppet-9', {}, 'WHY');
    });
    expect(sent).toEqual([]);
  });

  test('cancelling all becomes a cancel an order, and flattening a market order back besides', () => {
    const { puppet, bot } = started({ pair: { ...PAIR, lotSize: '0.001' } });
    wanting(puppet, bot, (out) => {
      out.place(limit('buy', 299_000, 1_000_000), 'WHY');
      out.place(limit('sell', 301_000, 1_000_000), 'WHY');
    });
    bot.onReport({ type: 'fill', clientOrderId: 'puppet-1', side: 'buy', price: '29900.0', size: '0.00250000' });
    const cancel = { type: 'cancel', symbol: 'BTC/USD', reason: 'OUT' };
    expect(wanting(puppet, bot, (out) => out.cancelAll(undefined, 'OUT'))).toEqual([
      { ...cancel, clientOrderId: 'puppet-1' },
      { ...cancel, clientOrderId: 'puppet-2' },
    ]);
    expect(wanting(puppet, bot, (out) => out.flatten('BTC/USD', 'OUT'))).toEqual([
      {
        type: 'place',
        clientOrderId: 'puppet-3',
        symbol: 'BTC/USD',
        side: 'sell',
        size: '0.00200000',
        postOnly: false,
        immediateOrCancel: true,
        reason: 'OUT',
      },
    ]);
    expect(wanting(puppet, bot, (out) => out.flatten('BTC/USD', 'OUT'))).toEqual([]); // on its way already
  });

  test('when the strategy throws, nothing it wanted in that call counts as sent, and it may go on', () => {
    const { puppet, bot } = started();
    const failing = (out: IntentSink): void => {
      out.place(limit('buy', 299_000, 1_000_000), 'WHY');
      throw new Error('my own fault');
    };
    expect(() => wanting(puppet, bot, failing)).toThrow('my own fault');
    expect(bot.onTime(TIME)).toEqual([]);
    expect(puppet.view?.account.openOrders('BTC/USD')).toEqual([]);
  });

  test('what it wanted when the book went live is not lost when it then throws', () => {
    const { puppet, bot } = started();
    bot.onGap();
    puppet.next = (out) => {
      out.place(limit('buy', 299_000, 1_000_000), 'WHY');
      puppet.next = () => {
        throw new Error('my own fault');
      };
    };
    expect(() => bot.onBook(BOOK)).toThrow('my own fault');
    expect(bot.onTime(TIME)).toMatchObject([{ type: 'place', clientOrderId: 'puppet-1' }]);
  });
});

describe('bad input', () => {
  const codeOf = (call: () => unknown): unknown => {
    try {
      call();
    } catch (error) {
      return (error as { code?: string }).code ?? error;
    }
    return 'nothing thrown';
  };

  test.each<[string, string, (bot: StandaloneStrategy, puppet: Puppet) => unknown]>([
    ['a book of another symbol', 'KB_STRATEGY_BAD_INPUT', (bot) => bot.onBook({ ...BOOK, symbol: 'ETH/USD' })],
    ['a level off the grid', 'KB_BOOK_BAD_PRICE', (bot) => bot.onBook({ ...BOOK, bids: [['1.05', '1']] })],
    ['a time that is none', 'KB_MODEL_BAD_TIMESTAMP', (bot) => bot.onBook({ ...BOOK, time: 'yesterday' })],
    ['a time that is no number', 'KB_MODEL_OUT_OF_RANGE', (bot) => bot.onTime(Number.NaN)],
    [
      'a trade of no size',
      'KB_MODEL_NOT_A_DECIMAL',
      (bot) => bot.onTrade({ time: TIME, price: '1', size: '', side: 'buy' }),
    ],
    [
      'a fill without a side',
      'KB_STRATEGY_BAD_INPUT',
      (bot) =>
        bot.onReport({ type: 'fill', clientOrderId: 'puppet-1', price: '1', size: '1' } as unknown as PlainReport),
    ],
    [
      'a fill on margin',
      'KB_STRATEGY_BAD_INPUT',
      (bot) => {
        const margin = { closed: '0', opened: '1', realised: '0', openingFee: '0' };
        const onMargin = { type: 'fill', clientOrderId: 'x', side: 'buy', price: '1', size: '1', margin } as const;
        bot.onReport(onMargin);
      },
    ],
    [
      'a fee that is none',
      'KB_MODEL_NOT_A_DECIMAL',
      (bot) => bot.onReport({ type: 'fill', clientOrderId: 'x', side: 'buy', price: '1', size: '1', fee: 'free' }),
    ],
    ['a balance that is none', 'KB_STRATEGY_BAD_PARAMS', (bot) => bot.setBalances({ USD: '1', BTC: 'some' })],
    [
      'an order for another symbol',
      'KB_STRATEGY_BAD_INPUT',
      (bot, puppet) =>
        wanting(puppet, bot, (out) => void out.place({ ...limit('buy', 1, 1), symbol: 'ETH/USD' }, 'WHY')),
    ],
    [
      'an order that a plain intent cannot say',
      'KB_STRATEGY_BAD_INPUT',
      (bot, puppet) =>
        wanting(puppet, bot, (out) => void out.place({ ...limit('buy', 1, 1), timeInForce: 'fok' }, 'WHY')),
    ],
  ])('%s is %s and changes nothing', (_what, code, call) => {
    const { puppet, bot } = started();
    expect(codeOf(() => call(bot, puppet))).toBe(code);
    expect([bot.balance('USD'), bot.balance('BTC')]).toEqual(['5000', '0.1']);
    expect(puppet.view?.market.book('BTC/USD')?.bestBid()).toBe(299_999);
  });

  test('options are refused with every fault named', () => {
    const options = { balances: { USD: 'much', BTC: '1' }, fees: { maker: '', taker: '0.004' } };
    const make = (): unknown => door(new Probe({ symbol: 'ETH/USD' }), options);
    expect(make).toThrow(expect.objectContaining({ code: 'KB_STRATEGY_BAD_PARAMS' }));
    expect(make).toThrow(/a strategy for BTC\/USD, was one for ETH\/USD; balances\.USD: .*; fees\.maker: /);
    expect(codeOf(() => door(new Puppet(), { depth: 0 }))).toBe('KB_BOOK_BAD_DEPTH');
    expect(codeOf(() => door(new Puppet(), { pair: { ...PAIR, symbol: 'BTC' } }))).toBe('KB_MODEL_BAD_INSTRUMENT');
  });
});
