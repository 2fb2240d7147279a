import { lots, micros, SECOND, ticks } from '@kb/model';
import type { InstrumentSpec, InstrumentStatus, Micros, Side, SystemStatus, Ticks } from '@kb/model';
import { OrderCounter } from '../src/access/rate-counters.ts';
import { Account } from '../src/accounts/account.ts';
import type { AccountSpec, LedgerEntry, Valuation } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import { Money } from '../src/accounts/money.ts';
import type { Listing } from '../src/listings/listing.ts';
import { listingFor } from '../src/listings/make-listing.ts';
import type { ListingOverrides } from '../src/listings/make-listing.ts';
import { Matcher } from '../src/matching/matcher.ts';
import type { MatcherSink } from '../src/matching/matcher.ts';
import type { DeskSink } from '../src/market/market.ts';
import { OrderDesk } from '../src/trading/order-desk.ts';
import type { Answer, DeskMarket } from '../src/trading/order-desk.ts';
import type { AmendRequest, EditRequest, Order, OrderEvent, OrderRef, OrderRequest } from '../src/trading/order.ts';

/** A market without a flow of its own: strangers' orders are sent by hand. */
export class HandMarket implements DeskMarket {
  listing: Listing;
  orders: Matcher;
  lastPrice: Ticks | undefined = undefined;
  indexPrice: Ticks | undefined = undefined;
  desk: DeskSink | undefined = undefined;
  readonly trades: {
    readonly id: number;
    readonly takerSide: Side;
    readonly price: number;
    readonly size: number;
  }[] = [];

  constructor(spec: InstrumentSpec & ListingOverrides) {
    this.listing = listingFor(spec);
    this.orders = this.#newMatcher();
  }

  last(): Ticks | undefined {
    return this.lastPrice;
  }

  index(): Ticks | undefined {
    return this.indexPrice ?? this.lastPrice;
  }

  setStatus(status: InstrumentStatus): void {
    this.listing = { ...this.listing, instrument: { ...this.listing.instrument, status } };
  }

  #newMatcher(): Matcher {
    const sink: MatcherSink = {
      onTrade: (id, maker, taker, side, price, size, type) => {
        this.lastPrice = price;
        this.trades.push({ id, takerSide: side, price, size });
        this.desk?.onTrade(id, maker, taker, side, price, size, type);
      },
      onDone: (id, reason, remaining) => this.desk?.onDone(id, reason, remaining),
      onQueued: (id, side, price, displayed) => this.desk?.onQueued(id, side, price, displayed),
      onResized: (id, side, price, displayed) => this.desk?.onResized(id, side, price, displayed),
      onUnqueued: (id, side, price) => this.desk?.onUnqueued(id, side, price),
      onLevel: () => undefined,
    };
    return new Matcher(sink, 1, 1, {
      roomOf: (id, supposed) => this.desk?.roomOf(id, supposed) ?? Infinity,
      onCut: (id, remaining) => this.desk?.onCut(id, remaining),
    });
  }
}

export const BTC_USD: InstrumentSpec = {
  symbol: 'BTC/USD',
  pricePrecision: 1,
  qtyPrecision: 8,
  minQty: '0.00005',
  minCost: '0.5',
  costPrecision: 5,
};

export interface WorldOptions {
  readonly pairs?: readonly (InstrumentSpec & ListingOverrides)[];
  readonly accounts?: readonly AccountSpec[];
  readonly rateLimits?: boolean;
  readonly seed?: number;
}

/** An hour of some day: time moves only when told. */
const START = micros(1_700_000_000 * SECOND);

/** A desk over markets that stand still, and everything it tells. */
export class DeskWorld {
  readonly desk: OrderDesk;
  readonly markets: ReadonlyMap<string, HandMarket>;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly counters: ReadonlyMap<string, OrderCounter>;
  readonly events: (OrderEvent & { readonly account: string })[] = [];
  readonly ledger: (LedgerEntry & { readonly account: string })[] = [];
  /** Every event as a line, with the figures of the order at that time. */
  readonly lines: string[] = [];
  system: SystemStatus = 'online';
  now: Micros = START;

  constructor(options: WorldOptions = {}) {
    const { pairs = [BTC_USD], accounts = [RICH], rateLimits = false, seed = 1 } = options;
    const ids = new SeededIds(seed);
    this.markets = new Map(pairs.map((pair) => [pair.symbol, new HandMarket(pair)]));
    const valuation: Valuation = (asset, inAsset) => {
      if (asset === inAsset) return new Money(1);
      const market = this.markets.get(`${asset}/${inAsset}`);
      if (market?.lastPrice === undefined) return undefined;
      return new Money(market.lastPrice).div(Money.pow(10, market.listing.instrument.pricePrecision));
    };
    this.accounts = new Map(accounts.map((spec) => [spec.name, new Account(spec, { ids, at: START, valuation })]));
    this.counters = new Map(
      accounts.map(({ name, tier }) => [name, new OrderCounter(tier ?? 'intermediate', rateLimits)]),
    );
    this.desk = new OrderDesk({
      markets: this.markets,
      accounts: this.accounts,
      counters: this.counters,
      ids,
      system: () => this.system,
      listener: {
        onOrder: (account, event) => {
          this.events.push({ ...event, account });
          this.lines.push(line(event));
        },
        onLedger: (account, entry) => void this.ledger.push({ ...entry, account }),
      },
    });
    for (const [symbol, market] of this.markets) market.desk = this.desk.sinkOf(symbol);
  }

  market(symbol = 'BTC/USD'): HandMarket {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new Error(`no market ${symbol}`);
    return market;
  }

  account(name = 'ann'): Account {
    const account = this.accounts.get(name);
    if (account === undefined) throw new Error(`no account ${name}`);
    return account;
  }

  /** A stranger's order, and all that follows from it. Price and size as text. */
  stranger(side: Side, price: string, size: string, symbol = 'BTC/USD'): number {
    const { orders, listing } = this.market(symbol);
    const { pricePrecision, qtyPrecision } = listing.instrument;
    const id = orders.newOrderId();
    const at = ticks(new Money(price).times(Money.pow(10, pricePrecision)).toNumber());
    orders.limit(id, side, at, lots(new Money(size).times(Money.pow(10, qtyPrecision)).toNumber()));
    this.desk.settle(this.now);
    return id;
  }

  /** Two strangers trade a little at that price: it is the last one now. */
  print(price: string, symbol = 'BTC/USD'): void {
    const maker = this.stranger('sell', price, '0.0001', symbol);
    const taker = this.stranger('buy', price, '0.0001', symbol);
    const { orders } = this.market(symbol);
    orders.cancel(maker);
    orders.cancel(taker);
    this.desk.settle(this.now);
  }

  place(request: Partial<OrderRequest>, account = 'ann'): Answer<Order> {
    return this.desk.place(account, order(request), this.now);
  }

  /** Places what must be accepted. */
  placed(request: Partial<OrderRequest>, account = 'ann'): Order {
    return taken(this.place(request, account));
  }

  amend(ref: OrderRef, request: AmendRequest, account = 'ann'): ReturnType<OrderDesk['amend']> {
    return this.desk.amend(account, ref, request, this.now);
  }

  edit(ref: OrderRef, request: Omit<EditRequest, 'symbol'>, account = 'ann'): ReturnType<OrderDesk['edit']> {
    return this.desk.edit(account, ref, { symbol: 'BTC/USD', ...request }, this.now);
  }

  /** Lets time pass, and what is due by itself happen at its time. */
  wait(seconds: number): void {
    const end = micros(this.now + seconds * SECOND);
    while (this.desk.nextAt <= end) {
      this.now = micros(Math.max(this.now, this.desk.nextAt));
      this.desk.runDue(this.now);
    }
    this.now = end;
  }

  /** What was told since the last call: `type status filled`, and a reason. */
  told(): string[] {
    return this.lines.splice(0);
  }
}

export const RICH: AccountSpec = { name: 'ann', balances: { USD: '100000', BTC: '10' } };

/** A limit order to buy a tenth of a bitcoin at 100, but for what is said. */
export function order(request: Partial<OrderRequest>): OrderRequest {
  const { kind = 'limit' } = request;
  return {
    symbol: 'BTC/USD',
    side: 'buy',
    kind,
    ...(request.cashQty === undefined ? { qty: '0.1' } : {}),
    ...(kind === 'limit' || kind === 'iceberg' ? { limitPrice: at('100') } : {}),
    ...request,
  };
}

export function at(value: string): { readonly value: string; readonly type: 'static' } {
  return { value, type: 'static' };
}

export function taken<Value>(answer: Answer<Value>): Value {
  if (!answer.ok) throw new Error(`refused: ${answer.error}`);
  return answer.value;
}

export function errorOf(answer: Answer<unknown>): string {
  return answer.ok ? 'accepted' : answer.error;
}

function line(event: OrderEvent): string {
  const { type, order: of } = event;
  if (type === 'trade') return `trade ${event.fill.liquidity} ${event.fill.size} at ${event.fill.price}`;
  return 'reason' in event
    ? `${type}: ${event.reason}`
    : `${type}${of.trigger?.triggered === true && type === 'status' ? ' triggered' : ''}`;
}
