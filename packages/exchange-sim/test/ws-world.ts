import { micros, priceToTicks, qtyToLots, SECOND, VirtualScheduler } from '@kb/model';
import type { InstrumentSpec, InstrumentStatus, Micros, Side, SystemStatus } from '@kb/model';
import { ApiKeys } from '../src/access/api-keys.ts';
import type { Permission } from '../src/access/api-keys.ts';
import { OrderCounter } from '../src/access/rate-counters.ts';
import { WsTokens } from '../src/access/ws-tokens.ts';
import { Account } from '../src/accounts/account.ts';
import type { AccountSpec } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import { Money } from '../src/accounts/money.ts';
import { valuationBy } from '../src/exchange/valuation.ts';
import { assetsOf, knownListing, listingFor } from '../src/listings/make-listing.ts';
import type { ListingOverrides } from '../src/listings/make-listing.ts';
import { NameIndex, pairNames } from '../src/listings/pair-names.ts';
import { Market } from '../src/market/market.ts';
import { OrderDesk } from '../src/trading/order-desk.ts';
import type { AccountListener } from '../src/trading/order-desk.ts';
import type { Venue, VenueWatcher } from '../src/venue.ts';
import { FrameWriter } from '../src/wire/frame-writer.ts';
import { WsGate } from '../src/ws/ws-gate.ts';
import type { WsGateOptions } from '../src/ws/ws-gate.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';

/** Venue time of the beginning: 2023-11-14T22:13:20Z. */
export const START: Micros = micros(1_700_000_000 * SECOND);
/** What answers of the first instant end with. */
export const AT = '"time_in":"2023-11-14T22:13:20.000000Z","time_out":"2023-11-14T22:13:20.000000Z"';

export interface WorldOptions {
  /** Known symbols, or listings of one's own. */
  readonly pairs?: readonly (string | (InstrumentSpec & ListingOverrides))[];
  readonly accounts?: readonly AccountSpec[];
  readonly rateLimits?: boolean;
  readonly gate?: Partial<WsGateOptions>;
  readonly tokens?: WsTokens;
}

/** Both WebSocket protocols over real markets, accounts and desk. Nothing trades but what a test sends; time moves only when told. */
export class WsWorld {
  readonly scheduler: VirtualScheduler = new VirtualScheduler(START);
  readonly markets: Map<string, Market> = new Map();
  readonly venue: Venue;
  readonly desk: OrderDesk;
  readonly gate: WsGate;
  readonly #state: { system: SystemStatus } = { system: 'online' };
  readonly #followers = new Map<string, Set<AccountListener>>();
  readonly #watchers = new Set<VenueWatcher>();

  constructor(options: WorldOptions = {}) {
    const { pairs = ['BTC/USD', 'ETH/BTC'], rateLimits = false } = options;
    const { accounts = ['alice', 'bob'].map((name) => ({ name, balances: { USD: '100000', BTC: '2' } })) } = options;
    const ids = new SeededIds(7);
    const names = new NameIndex<Market>();
    for (const [index, pair] of pairs.entries()) {
      const listing = typeof pair === 'string' ? knownListing(pair) : listingFor(pair);
      const market = new Market({
        listing,
        startPrice: listing.instrument.tickSize,
        makeFlow: () => ({ nextAt: Infinity, step: () => undefined, reference: undefined, counts: {} }),
        startAt: START,
        writer: new FrameWriter(),
        clock: () => this.scheduler.now(),
        orderIdText: (orderId) => ids.orderIdText(index, orderId),
        truthListeners: new Set(),
      });
      this.markets.set(listing.instrument.symbol, market);
      names.add(pairNames(listing), market);
    }
    const assets = assetsOf(
      [...this.markets.values()].map(({ listing }) => listing),
      accounts.flatMap(({ balances }) => Object.keys(balances)),
    );
    const valuation = valuationBy(this.markets);
    const members = new Map(
      accounts.map((spec) => [spec.name, new Account(spec, { ids, at: START, valuation, assets })]),
    );
    const counters = new Map([...members].map(([name, { tier }]) => [name, new OrderCounter(tier, rateLimits)]));
    this.desk = new OrderDesk({
      markets: this.markets,
      accounts: members,
      counters,
      ids,
      system: () => this.#state.system,
      listener: {
        onOrder: (account, event) => this.#followersOf(account).forEach((each) => each.onOrder(account, event)),
        onLedger: (account, entry) => this.#followersOf(account).forEach((each) => each.onLedger(account, entry)),
      },
    });
    for (const [symbol, market] of this.markets) market.attachDesk(this.desk.sinkOf(symbol));
    const state = this.#state;
    this.venue = {
      now: () => this.scheduler.now(),
      catchUp: () => {
        this.desk.runDue(this.scheduler.now());
        this.publish();
      },
      flush: () => this.publish(),
      get system(): SystemStatus {
        return state.system;
      },
      markets: this.markets,
      assets,
      find: (name) => names.find(name),
      findAsset: (name) => assets.get(name),
      accounts: members,
      desk: this.desk,
      keys: new ApiKeys([]),
      tokens: options.tokens ?? new WsTokens(1),
      orderCounters: counters,
      restCounters: new Map(),
      follow: (account, listener) => {
        this.#followersOf(account).add(listener);
        return () => void this.#followersOf(account).delete(listener);
      },
      watch: (watcher) => {
        this.#watchers.add(watcher);
        return () => void this.#watchers.delete(watcher);
      },
    };
    this.gate = new WsGate({ venue: this.venue, scheduler: this.scheduler, seed: 1, ...options.gate });
  }

  market(symbol = 'BTC/USD'): Market {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new Error(`No market ${symbol}`);
    return market;
  }

  account(name = 'alice'): Account {
    const account = this.venue.accounts.get(name);
    if (account === undefined) throw new Error(`No account ${name}`);
    return account;
  }

  token(account = 'alice', permissions?: readonly Permission[]): string {
    const granted = permissions === undefined ? undefined : new Set(permissions);
    return this.venue.tokens.create(account, this.scheduler.now(), granted);
  }

  /** A connected client that has been greeted; the greeting is taken. */
  client(protocol: 'v1' | 'v2' = 'v2'): TestClient {
    const client = connect(protocol === 'v2' ? this.gate.acceptV2 : this.gate.acceptV1, this.scheduler);
    this.wait(0);
    client.take();
    return client;
  }

  /** Sends a request and returns the frames that came of it. */
  ask(client: TestClient, method: string, params?: object, reqId?: number): string[] {
    client.take();
    client.send(method, params, reqId);
    this.wait(0);
    return client.take();
  }

  /** The same with the text of a request. */
  say(client: TestClient, text: string): string[] {
    client.take();
    client.sendText(text);
    this.wait(0);
    return client.take();
  }

  wait(seconds: number): void {
    this.scheduler.advance(micros(Math.round(seconds * SECOND)));
  }

  /** A stranger's limit order. */
  stranger(side: Side, price: string, qty: string, symbol = 'BTC/USD'): void {
    const { orders, instrument } = this.market(symbol);
    orders.limit(orders.newOrderId(), side, priceToTicks(instrument, price), qtyToLots(instrument, qty));
    this.publish();
    this.wait(0);
  }

  /** Two strangers trade with each other. */
  print(price: string, qty: string, taker: Side = 'buy', symbol = 'BTC/USD'): void {
    this.stranger(taker === 'buy' ? 'sell' : 'buy', price, qty, symbol);
    const { orders, instrument } = this.market(symbol);
    orders.market(orders.newOrderId(), taker, qtyToLots(instrument, qty));
    this.publish();
    this.wait(0);
  }

  deposit(account: string, asset: string, amount: string): void {
    const entry = this.account(account).deposit(asset, new Money(amount), this.scheduler.now());
    for (const follower of this.#followersOf(account)) follower.onLedger(account, entry);
    this.wait(0);
  }

  setSystem(status: SystemStatus): void {
    this.#state.system = status;
    for (const watcher of this.#watchers) watcher.onSystem(status);
    this.wait(0);
  }

  setPairStatus(status: InstrumentStatus, symbol = 'BTC/USD'): void {
    const market = this.market(symbol);
    market.setStatus(status, this.scheduler.now());
    for (const watcher of this.#watchers) watcher.onListing(market.listing, status);
    this.wait(0);
  }

  publish(): void {
    const at = this.scheduler.now();
    this.desk.settle(at);
    for (const market of this.markets.values()) market.publish(at);
  }

  #followersOf(account: string): Set<AccountListener> {
    const known = this.#followers.get(account) ?? new Set();
    this.#followers.set(account, known);
    return known;
  }
}
