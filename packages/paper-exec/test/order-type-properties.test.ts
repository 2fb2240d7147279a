import { countToDecimal, lots, ticks } from '@kb/model';
import type {
  ExecutionReport,
  OrderType,
  PlaceIntent,
  PriceSpec,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from '@kb/model';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUEUE_MODEL_IDS } from '../src/index.ts';
import type { PaperVenueOptions } from '../src/index.ts';
import { DEFAULTS, ms, Scene } from './scene.ts';

interface Wish {
  readonly orderType: OrderType;
  readonly side: Side;
  readonly price: number;
  readonly size: number;
  readonly display: number;
  readonly timeInForce: TimeInForce;
  readonly trigger: PriceSpec;
  readonly reference: 'last' | 'index';
  readonly selfTrade: SelfTradePrevention;
  readonly closes: boolean;
  readonly postOnly: boolean;
  readonly funding: 'spot' | 'margin' | 'reduce';
}

type Step =
  | { readonly do: 'book'; readonly side: Side; readonly price: number; readonly size: number }
  | { readonly do: 'print'; readonly taker: Side; readonly price: number; readonly size: number }
  | { readonly do: 'index'; readonly price: number }
  | { readonly do: 'gap' }
  | { readonly do: 'missed'; readonly taker: Side; readonly price: number; readonly size: number }
  | { readonly do: 'place'; readonly wish: Wish }
  | { readonly do: 'amend'; readonly order: number; readonly price: number | undefined; readonly size: number }
  | { readonly do: 'edit'; readonly order: number; readonly size: number }
  | { readonly do: 'cancel'; readonly order: number }
  | { readonly do: 'wait'; readonly after: number };

const side = fc.constantFrom<Side>('buy', 'sell');
const price = fc.integer({ min: 990, max: 1_010 });
const size = fc.integer({ min: 1, max: 30 });
const order = fc.integer({ min: 1, max: 8 });
const trigger: fc.Arbitrary<PriceSpec> = fc.oneof(
  price.map((count): PriceSpec => ({ type: 'static', price: ticks(count) })),
  fc.constantFrom<PriceSpec>({ type: 'percent', percent: '0.3' }, { type: 'percent', percent: '-0.25' }),
  fc.integer({ min: -8, max: 8 }).map((count): PriceSpec => ({ type: 'quote', offset: ticks(count) })),
);
const spot: fc.Arbitrary<Wish['funding']> = fc.constant('spot');
const wishOf = (funding: fc.Arbitrary<Wish['funding']>): fc.Arbitrary<Wish> =>
  fc.record({
    orderType: fc.constantFrom<OrderType>(
      'market',
      'limit',
      'limit',
      'iceberg',
      'iceberg',
      'stop-loss',
      'stop-loss-limit',
      'take-profit',
      'take-profit-limit',
      'trailing-stop',
      'trailing-stop-limit',
    ),
    side,
    price,
    size,
    display: fc.integer({ min: 1, max: 10 }),
    timeInForce: fc.constantFrom<TimeInForce>('gtc', 'gtc', 'ioc', 'fok', 'gtd'),
    trigger,
    reference: fc.constantFrom('last', 'last', 'index'),
    selfTrade: fc.constantFrom<SelfTradePrevention>('cancel-newest', 'cancel-oldest', 'cancel-both'),
    closes: fc.boolean(),
    postOnly: fc.boolean(),
    funding,
  });
const stepOf = (wish: fc.Arbitrary<Wish>): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('book' as const), side, price, size: fc.integer({ min: 0, max: 30 }) }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('print' as const), taker: side, price, size }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('place' as const), wish }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), after: fc.constantFrom(0, 1, 20, 60, 6_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('index' as const), price }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('amend' as const),
        order,
        price: fc.option(price, { nil: undefined }),
        size,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), order, size }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), order }) },
    { weight: 1, arbitrary: fc.constant({ do: 'gap' } as const) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('missed' as const), taker: side, price, size }) },
  );
const steps = fc.array(stepOf(wishOf(spot)), { minLength: 5, maxLength: 80, size: 'max' });
const funding = fc.constantFrom<Wish['funding']>('spot', 'margin', 'reduce');
const marginSteps = fc.array(stepOf(wishOf(funding)), { minLength: 5, maxLength: 80, size: 'max' });
/** An order on margin that trades at once. */
const entry = (of: Side): Step => ({
  do: 'place',
  wish: {
    orderType: 'market',
    side: of,
    price: 1_000,
    size: 10,
    display: 1,
    timeInForce: 'ioc',
    trigger: { type: 'static', price: ticks(1_000) },
    reference: 'last',
    selfTrade: 'cancel-newest',
    closes: false,
    postOnly: false,
    funding: 'margin',
  },
});
/** The same cases in every run; more of them by hand. */
const SEEDED = { seed: 20_261_124, numRuns: 300 };

const asPrice = (count: number): string => countToDecimal(count, 1);

class Play {
  readonly scene: Scene;
  readonly #levels: Record<Side, Map<number, number>> = { buy: new Map([[998, 10]]), sell: new Map([[1_002, 10]]) };
  #now = 1_000;
  #edits = 0;
  #tradeId = 100;
  #gapAt = 0;
  /** Id of the next print that the last gap hid. */
  #tellsFrom = 1;

  constructor(options: Partial<PaperVenueOptions> = {}) {
    const models = ['central', 'risk-averse', 'uniform'] as const;
    this.scene = new Scene({
      latency: { feed: ms(1), entry: ms(4), ack: ms(2) },
      models,
      follow: 'central',
      ...options,
    });
    this.#snapshot();
  }

  all(all: readonly Step[]): this {
    for (const each of all) this.#step(each);
    this.scene.wait((this.#now += 200)).wait((this.#now += 200));
    return this;
  }

  /** Cancels whatever may be open, and then what the end of that has placed. */
  cancelAll(): this {
    for (let round = 0; round < 2; round += 1) {
      const ids = new Set(this.scene.reports.map(({ clientOrderId }) => clientOrderId));
      for (const id of ids) this.scene.cancel(id);
      this.all([]);
    }
    return this;
  }

  #step(each: Step): void {
    const { scene } = this;
    this.#now += 1;
    if (each.do === 'wait') scene.wait((this.#now += each.after));
    else if (each.do === 'book') this.#book(each);
    else if (each.do === 'print') {
      const tradeId = (this.#tradeId += 1);
      scene.print(this.#now, asPrice(each.price), asPrice(each.size), each.taker, { tradeId });
    } else if (each.do === 'index') scene.venue.onIndex('BTC/USD', ticks(each.price));
    else if (each.do === 'place') this.#place(each.wish);
    else if (each.do === 'amend') {
      const limit = each.price === undefined ? {} : { price: asPrice(each.price) };
      scene.amend(`o${each.order}`, { ...limit, size: asPrice(each.size) });
    } else if (each.do === 'edit') this.#edit(each.order, each.size);
    else if (each.do === 'cancel') scene.cancel(`o${each.order}`);
    else if (each.do === 'missed') this.#missed(each);
    else {
      this.#gapAt = this.#now;
      this.#tellsFrom = this.#tradeId + 1;
      this.#tradeId += 10;
      scene.feed(this.#now, 'resyncing');
      this.#snapshot();
    }
  }

  #place({ orderType, side: on, price: limit, size: count, ...wanted }: Wish): void {
    const isTriggered = !['market', 'limit', 'iceberg'].includes(orderType);
    const isLimited = orderType === 'limit' || orderType === 'iceberg' || orderType.endsWith('-limit');
    const more: Partial<PlaceIntent> = {
      orderType,
      timeInForce: wanted.timeInForce,
      selfTrade: wanted.selfTrade,
      postOnly: wanted.postOnly && isLimited && !isTriggered && !['ioc', 'fok'].includes(wanted.timeInForce),
      ...(wanted.timeInForce === 'gtd' ? { expiresAt: ms(this.#now + 5_500) } : {}),
      ...(orderType === 'iceberg' ? { displaySize: lots(wanted.display) } : {}),
      ...(isTriggered ? { trigger: { reference: wanted.reference, price: wanted.trigger } } : {}),
      ...(orderType === 'trailing-stop-limit' ? { limitOffset: { type: 'quote', offset: ticks(-2) } as const } : {}),
      ...(wanted.funding === 'spot' ? {} : { leverage: 2, reduceOnly: wanted.funding === 'reduce' }),
      ...(wanted.closes ? { close: { orderType: 'limit', price: ticks(limit + 1) } as const } : {}),
    };
    const own = isLimited && orderType !== 'trailing-stop-limit' ? asPrice(limit) : undefined;
    this.scene.place(on, own, asPrice(count), more);
  }

  /** A print of the last gap is told now. */
  #missed({ taker, price: count, size: traded }: Step & { do: 'missed' }): void {
    const print = { tradeId: this.#tellsFrom, historical: true };
    this.#tellsFrom += 1;
    this.scene.print(this.#gapAt, asPrice(count), asPrice(traded), taker, print);
  }

  #edit(of: number, count: number): void {
    this.#edits += 1;
    const ids = { clientOrderId: `o${of}`, newClientOrderId: `e${this.#edits}` };
    const base = { strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD', price: undefined };
    this.scene.venue.submit({ type: 'edit', ...base, ...ids, size: lots(count) }, this.scene.now);
  }

  #book({ side: on, price: count, size: lotsThere }: Step & { do: 'book' }): void {
    const facing = this.#levels[on === 'buy' ? 'sell' : 'buy'];
    const crosses = [...facing.keys()].some((other) => (on === 'buy' ? other <= count : other >= count));
    if (crosses && lotsThere > 0) return;
    if (lotsThere === 0) this.#levels[on].delete(count);
    else this.#levels[on].set(count, lotsThere);
    const level = [[asPrice(count), asPrice(lotsThere)]] as const;
    this.scene.update(this.#now, on === 'buy' ? level : [], on === 'sell' ? level : []);
  }

  #snapshot(): void {
    const side = (of: Side): [string, string][] =>
      [...this.#levels[of]].map(([count, there]) => [asPrice(count), asPrice(there)]);
    this.scene.book((this.#now += 1), side('buy'), side('sell'));
  }
}

test('no order fills more than its size, nor after it has ended, and each fill says what is left', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(steps, (all) => {
      const { reports } = new Play().all(all).cancelAll().scene;
      const left = new Map<string, number>();
      const ended = new Set<string>();
      const wrong: ExecutionReport[] = [];
      for (const report of reports) {
        const { clientOrderId, type } = report;
        const before = left.get(clientOrderId) ?? 0;
        const hadEnded = ended.has(clientOrderId);
        seen.add('reason' in report && type !== 'rejected' ? `${type} ${report.reason}` : type);
        if (type === 'accepted') left.set(clientOrderId, report.size);
        else if (type === 'amended') left.set(clientOrderId, report.remaining);
        else if (type === 'cancelled' || type === 'expired') {
          if (hadEnded || report.remaining !== before) wrong.push(report);
          ended.add(clientOrderId);
        } else if (type === 'fill') {
          if (hadEnded || report.size <= 0 || report.remaining < 0 || report.remaining !== before - report.size) {
            wrong.push(report);
          }
          left.set(clientOrderId, report.remaining);
          if (report.remaining === 0) ended.add(clientOrderId);
        }
      }
      expect(wrong).toEqual([]);
    }),
    { ...SEEDED, numRuns: 500 },
  );
  // The cases come as far as they should.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'amended',
      'cancel-rejected unknown-order',
      'cancelled amended-below-filled',
      'cancelled fok-unfilled',
      'cancelled ioc-remainder',
      'cancelled market-remainder',
      'cancelled replaced',
      'cancelled self-trade',
      'expired',
      'triggered',
    ]),
  );
});

test('money is conserved to the last digit, and nothing is held when all orders have ended', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom('per-fill', 'at-completion'), (all, closeOrders) => {
      const { scene } = new Play({ fees: { maker: '-0.00013', taker: '0.00377' }, closeOrders }).all(all).cancelAll();
      const Exact = Decimal.clone({ precision: 60 });
      let base = new Exact(DEFAULTS.balances['BTC']!);
      let quote = new Exact(DEFAULTS.balances['USD']!);
      for (const report of scene.reports) {
        if (report.type !== 'fill') continue;
        const signed = new Exact(report.size).div(10).times(report.side === 'buy' ? 1 : -1);
        base = base.plus(signed);
        quote = quote.minus(signed.times(new Exact(report.price).div(10))).minus(report.fee);
      }
      expect(scene.venue.balances()).toEqual({ BTC: base.toFixed(), USD: quote.toFixed() });
      expect([scene.venue.free('USD'), scene.venue.free('BTC')]).toEqual([quote.toFixed(), base.toFixed()]);
    }),
    SEEDED,
  );
});

test('what fills place comes to what was filled', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom('per-fill', 'at-completion'), (all, closeOrders) => {
      const { reports } = new Play({ closeOrders }).all(all).cancelAll().scene;
      const closing = all.flatMap((each) => (each.do === 'place' ? [each.wish.closes] : []));
      for (const [index, closes] of closing.entries()) {
        const id = `o${index + 1}`;
        let filled = 0;
        let placed = 0;
        for (const report of reports) {
          if (report.type === 'fill' && report.clientOrderId === id) filled += report.size;
          if (report.type === 'accepted' && report.placedBy === id) placed += report.size;
        }
        expect(placed).toBe(closes ? filled : 0);
      }
    }),
    { ...SEEDED, numRuns: 150 },
  );
});

test('in no queue model does an order fill more than its size or stand ahead of the front', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const unchanged = all.filter((each) => each.do !== 'amend' && each.do !== 'edit');
      const play = new Play({ models: QUEUE_MODEL_IDS }).all(unchanged);
      const { reports, shadowFills, venue } = play.scene;
      const least: number[] = [];
      const sizes = new Map<string, number>();
      for (const report of reports) {
        if (report.type !== 'accepted') continue;
        sizes.set(report.clientOrderId, report.size);
        for (const { ahead, remaining } of venue.queue(report.clientOrderId)) least.push(ahead ?? 0, remaining);
      }
      const left = new Map<string, number>();
      for (const { model, fill } of shadowFills) {
        const key = `${model} ${fill.clientOrderId}`;
        const before = left.get(key) ?? sizes.get(fill.clientOrderId) ?? 0;
        left.set(key, before - fill.size);
        least.push(before - fill.size, fill.size - 1);
      }
      expect(Math.min(0, ...least)).toBe(0);
    }),
    { ...SEEDED, numRuns: 150 },
  );
});

test('what is post-only takes in no queue model, and the reports of a pair never run backwards', () => {
  let postOnly = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const { reports, shadowFills } = new Play({ models: QUEUE_MODEL_IDS }).all(all).cancelAll().scene;
      const wishes = all.flatMap((each) => (each.do === 'place' ? [each.wish] : []));
      const takers = [...reports, ...shadowFills.map(({ fill }) => fill)].filter(
        (report) => report.type === 'fill' && report.liquidity === 'taker',
      );
      for (const [index, wish] of wishes.entries()) {
        const rests =
          wish.postOnly && ['limit', 'iceberg'].includes(wish.orderType) && wish.timeInForce.startsWith('gt');
        if (!rests) continue;
        postOnly += 1;
        expect(takers.filter(({ clientOrderId }) => clientOrderId === `o${index + 1}`)).toEqual([]);
      }
      const times = reports.map(({ venueTs }) => venueTs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
    { ...SEEDED, numRuns: 400 },
  );
  expect(postOnly).toBeGreaterThan(100);
});

test('the same events and commands give the same reports', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [one, two] = [new Play().all(all).scene, new Play().all(all).scene];
      expect(one.reports).toEqual(two.reports);
      expect(one.shadowFills).toEqual(two.shadowFills);
    }),
    { ...SEEDED, numRuns: 100 },
  );
});

test('what may only reduce a position never opens or turns one', () => {
  let reduced = 0;
  fc.assert(
    fc.property(side, marginSteps, (opening, further) => {
      const all = [entry(opening), ...further];
      const margin = { rates: { USD: '0', BTC: '0' } };
      const { reports } = new Play({ margin }).all(all).cancelAll().scene;
      const fundings = all.flatMap((each) => (each.do === 'place' ? [each.wish.funding] : []));
      /** Of an order, of the one that it replaced, or of the one whose fill placed it. */
      const fundingOf = new Map<string, Wish['funding']>(fundings.map((each, index) => [`o${index + 1}`, each]));
      const edits = all.flatMap((each) => (each.do === 'edit' ? [`o${each.order}`] : []));
      for (const [index, of] of edits.entries()) {
        fundingOf.set(`e${index + 1}`, fundingOf.get(of) ?? 'spot');
      }
      let position = 0;
      const wrong: ExecutionReport[] = [];
      for (const report of reports) {
        if (report.type !== 'fill') continue;
        const id = report.clientOrderId;
        const closes = id.includes('-close-');
        const from = fundingOf.get(id.replace(/-close-\d+$/, '')) ?? 'spot';
        if (from === 'spot') continue;
        const signed = report.side === 'buy' ? report.size : 0 - report.size;
        if (from === 'reduce' && !closes) {
          reduced += 1;
          if (Math.sign(position) !== -Math.sign(signed) || Math.abs(signed) > Math.abs(position)) wrong.push(report);
        }
        position += signed;
      }
      expect(wrong).toEqual([]);
    }),
    SEEDED,
  );
  expect(reduced).toBeGreaterThan(20);
});
