import { keyedRandom, lots, micros, ticks } from '@kb/model';
import type { BookChanges, Micros } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import type { PaperAccount, PaperAccountOptions, PlainOrder, PlainReport } from '../src/index.ts';

export const SYMBOL: string = 'SOL/USD';
const START = Date.UTC(2026, 0, 1);
const PAIR = { symbol: SYMBOL, pricePrecision: 2, qtyPrecision: 4 } as const;

export const OPTIONS: Omit<PaperAccountOptions, 'onReport'> = {
  pairs: [PAIR],
  balances: { USD: '100000', SOL: '1000' },
  fees: { maker: '0.0002', taker: '0.0004' },
  latencyMs: { feed: 5, entry: 30, ack: 10 },
  orderRate: { tier: 'pro' },
};

/** One call of a script. */
export type Step = (account: PaperAccount) => void;

/**
 * Calls of every kind in an order that a seed decides: a market of one price level after the other, gaps, missed trades, and orders of every
 * type. Each call is made by itself, so that an account can be given the later ones alone.
 */
export function script(seed: number, length: number, as: 'events' | 'plain'): Step[] {
  let draws = 0;
  const random = (): number => keyedRandom(seed, 'script', (draws += 1));
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const market = as === 'plain' ? plainMarket(random) : eventMarket(random);
  const steps: Step[] = [market.snapshot()];
  let orders = 0;
  const id = (): string => `mine-${1 + Math.floor(random() * Math.max(1, orders))}`;
  const order = (): PlainOrder => {
    orders += 1;
    const side = pick(['buy', 'sell'] as const);
    const away = (far: number): string =>
      ((market.mid() + (side === 'buy' ? -1 : 1) * Math.floor(random() * far)) / 100).toFixed(2);
    const stop = ((market.mid() + (side === 'buy' ? 1 : -1) * Math.floor(random() * 8)) / 100).toFixed(2);
    const common = { symbol: SYMBOL, side, size: (0.1 + random()).toFixed(4), clientOrderId: `mine-${orders}` };
    const expiresAt = new Date(START + market.ms() + 2_000).toISOString();
    return pick<() => PlainOrder>([
      () => ({ ...common, price: away(4), postOnly: true }),
      () => ({ ...common, price: away(6), displaySize: '0.0500' }),
      () => ({ ...common, price: away(3), expiresAt }),
      () => common,
      () => ({ ...common, price: away(2), immediateOrCancel: true }),
      () => ({ ...common, orderType: 'stop-loss', trigger: { price: stop } }),
      () => ({ ...common, orderType: 'trailing-stop', trigger: { distance: '0.04' } }),
      () => ({ ...common, price: away(3), close: { orderType: 'stop-loss', trigger: { percent: '-0.1' } } }),
    ])();
  };
  const size = (): string => (0.1 + random()).toFixed(4);
  while (steps.length < length) {
    const draw = random();
    const [first, second, third] = [order(), id(), id()];
    const change = pick([{ size: size() }, { price: (market.mid() / 100).toFixed(2) }]);
    if (draw < 0.45) steps.push(market.book());
    else if (draw < 0.65) steps.push(market.trade());
    else if (draw < 0.8) steps.push((account) => void account.place(first));
    else if (draw < 0.83) steps.push((account) => account.cancel(SYMBOL, second));
    else if (draw < 0.87) steps.push((account) => account.amend(SYMBOL, second, change));
    else if (draw < 0.89) steps.push((account) => void account.edit(SYMBOL, second, change));
    else if (draw < 0.9)
      steps.push((account) =>
        account.cancelBatch([second, third].map((each) => ({ symbol: SYMBOL, clientOrderId: each }))),
      );
    else if (draw < 0.91)
      steps.push((account) => void account.placeBatch([first, { ...first, clientOrderId: `${third}-b` }]));
    else if (draw < 0.92) steps.push((account) => account.cancelAllAfter(draws % 3));
    else if (draw < 0.94) steps.push(market.time());
    else if (draw < 0.96) steps.push((account) => account.onIndex(SYMBOL, '100.00'));
    else if (draw < 0.97) steps.push(market.gap(), market.snapshot());
    else steps.push(market.book());
  }
  return steps;
}

/** What a market can do next; each gives the call that tells of it. */
interface ScriptedMarket {
  mid(): number;
  ms(): number;
  snapshot(): Step;
  book(): Step;
  trade(): Step;
  time(): Step;
  gap(): Step;
}

/** Prices in cents, sizes in ten-thousandths, five levels a side. */
class Levels {
  now = 0;
  mid = 10_000;
  tradeId = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  tick(): void {
    this.now += 1 + Math.floor(this.#random() * 60);
    if (this.#random() < 0.15) this.mid += this.#random() < 0.5 ? -1 : 1;
  }

  size(): number {
    return 100 + Math.floor(this.#random() * 30_000);
  }

  side(step: 1 | -1): [price: number, size: number][] {
    return Array.from({ length: 5 }, (_, index) => [this.mid + step * (index + 1), this.size()]);
  }

  trade(): { price: number; size: number; side: 'buy' | 'sell'; tradeId: number; missed: boolean } {
    this.tick();
    const side = this.#random() < 0.5 ? 'buy' : 'sell';
    const missed = this.tradeId > 2 && this.#random() < 0.05;
    this.tradeId += missed ? 2 : 1;
    const tradeId = missed ? this.tradeId - 1 : this.tradeId;
    return { price: this.mid + (side === 'buy' ? 1 : -1), size: this.size(), side, tradeId, missed };
  }
}

function plainMarket(random: () => number): ScriptedMarket {
  const levels = new Levels(random);
  const time = (): string => new Date(START + levels.now).toISOString();
  const text = (side: [number, number][]): [string, string][] =>
    side.map(([price, size]) => [(price / 100).toFixed(2), (size / 10_000).toFixed(4)]);
  const book = (snapshot: boolean): Step => {
    levels.tick();
    const message = { symbol: SYMBOL, time: time(), snapshot, bids: text(levels.side(-1)), asks: text(levels.side(1)) };
    return (account) => account.onBook(message);
  };
  return {
    mid: () => levels.mid,
    ms: () => levels.now,
    snapshot: () => book(true),
    book: () => book(random() < 0.8),
    trade() {
      const { price, size, ...rest } = levels.trade();
      const trade = {
        symbol: SYMBOL,
        time: time(),
        price: (price / 100).toFixed(2),
        size: (size / 10_000).toFixed(4),
        ...rest,
      };
      return (account) => account.onTrade(trade);
    },
    time() {
      levels.tick();
      const now = time();
      return (account) => account.onTime(now);
    },
    gap: () => (account) => account.onGap(),
  };
}

/** The same as events of a feed, whose book is live: each account gets one of its own. */
function eventMarket(random: () => number): ScriptedMarket {
  const levels = new Levels(random);
  const books = new WeakMap<PaperAccount, L2Book>();
  const history: BookChanges[] = [];
  let seq = 0;
  const stamp = (): { seq: number; venueTs: Micros; recvTs: Micros } => {
    const venueTs = micros((START + levels.now) * 1000);
    return { seq: (seq += 1), venueTs, recvTs: micros(venueTs + 3_000) };
  };
  const book = (snapshot: boolean): Step => {
    levels.tick();
    const [bids, asks] = [levels.side(-1), levels.side(1)];
    const changes: BookChanges = {
      snapshot,
      bidCount: bids.length,
      // As of a decoder that uses its arrays again: what lies behind the count is of an earlier message.
      bidPrices: [...bids.map(([price]) => ticks(price)), ticks(1)],
      bidSizes: [...bids.map(([, size]) => lots(size)), lots(1)],
      askCount: asks.length,
      askPrices: asks.map(([price]) => ticks(price)),
      askSizes: asks.map(([, size]) => lots(size)),
    };
    const before = history.length;
    history.push(changes);
    const at = stamp();
    return (account) => {
      let live = books.get(account);
      if (live === undefined) {
        books.set(account, (live = new L2Book(SYMBOL, PAIR, 10)));
        for (const each of history.slice(0, before)) live.apply(each);
      }
      live.apply(changes);
      account.onEvent({ type: 'book', ...at, symbol: SYMBOL, book: live, changes, snapshot, verified: true });
    };
  };
  return {
    mid: () => levels.mid,
    ms: () => levels.now,
    snapshot: () => book(true),
    book: () => book(random() < 0.6),
    trade() {
      const { price, size, side, tradeId, missed } = levels.trade();
      const at = stamp();
      const terms = { price: ticks(price), size: lots(size), taker: side, tradeId, historical: missed };
      return (account) => account.onEvent({ type: 'trade', ...at, symbol: SYMBOL, ...terms });
    },
    time() {
      levels.tick();
      const at = stamp();
      return (account) => account.onEvent({ type: 'timer', ...at, symbol: undefined });
    },
    gap() {
      const at = stamp();
      const event = { type: 'feed', ...at, symbol: undefined, state: 'connecting', cause: 'disconnect' } as const;
      return (account) => account.onEvent({ ...event, detail: '' });
    },
  };
}

/** A bot that answers a fill with an order on the other side, in the middle of the call that told of it. */
export function answer(account: PaperAccount, report: PlainReport): void {
  if (report.type !== 'fill' || report.liquidity !== 'maker' || report.clientOrderId.endsWith('-back')) return;
  const { clientOrderId, price, side, size } = report;
  const other = side === 'buy' ? 'sell' : 'buy';
  account.place({ symbol: SYMBOL, side: other, price, size, clientOrderId: `${clientOrderId}-${size}-back` });
  account.place({ symbol: SYMBOL, side: other, size: '0.1000' }); // numbered by the account
}
