import { instrument, lotsToQty, micros, priceToTicks } from '@kb/model';
import type { Instrument, InstrumentStatus, Micros, Scheduler, Side, SystemStatus, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { LockoutOptions } from '../access/lockout.ts';
import { WsTokens } from '../access/ws-tokens.ts';
import type { Account, AccountSpec, LedgerEntry } from '../accounts/account.ts';
import type { ApiKeySpec } from '../access/api-keys.ts';
import { SeededIds } from '../accounts/ids.ts';
import { triangleAgents } from '../agents/triangles.ts';
import { SimError } from '../errors.ts';
import { flowMaker } from './market-flow.ts';
import type { Asset, Listing } from '../listings/listing.ts';
import { assetsOf, listingFor } from '../listings/make-listing.ts';
import { assetNames, NameIndex, pairNames } from '../listings/pair-names.ts';
import { Market, rescaled } from '../market/market.ts';
import type { TruthListener } from '../market/market.ts';
import { Timeline } from '../market/timeline.ts';
import type { TimedSource } from '../market/timeline.ts';
import { TapeFlow } from '../tape/tape-flow.ts';
import { OrderDesk } from '../trading/order-desk.ts';
import type { AccountListener } from '../trading/order-desk.ts';
import type { OrderEvent } from '../trading/order.ts';
import type { Venue, VenueMarket, VenueWatcher } from '../venue.ts';
import { FrameWriter } from '../wire/frame-writer.ts';
import type { MarketOptions } from './market-options.ts';
import { openAccounts } from './member-register.ts';
import type { Members } from './member-register.ts';
import { ScenarioPlan } from './scenarios.ts';
import type { ScenarioName } from './scenarios.ts';
import { valuationBy } from './valuation.ts';

export interface ExchangeOptions {
  readonly markets: readonly MarketOptions[];
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly accounts: readonly AccountSpec[];
  readonly keys: readonly ApiKeySpec[];
  readonly rateLimits: boolean;
  readonly lockout?: LockoutOptions | false | undefined;
  readonly warmUp: Micros;
  /** `calm` when left out. */
  readonly scenario?: ScenarioName;
  /** What else happens by itself: a recording that is played, the plan of a scenario. */
  readonly sources: readonly TimedSource[];
}

/**
 * The exchange behind its protocols: markets on one timeline, accounts, the trading desk, statuses. It knows neither frames of requests
 * nor HTTP; WebSocket and REST ask it through `Venue`.
 */
export class Exchange implements Venue {
  readonly markets: ReadonlyMap<string, Market>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly desk: OrderDesk;
  readonly tokens: WsTokens;
  readonly members: Members;
  readonly timeline: Timeline;
  /** Who hears of every order of every market. */
  readonly truthListeners: Set<TruthListener> = new Set();
  readonly #scenario: ScenarioPlan;
  #system: SystemStatus = 'online';
  readonly #pairs = new NameIndex<Market>();
  readonly #assetNames = new NameIndex<Asset>();
  readonly #followers = new Map<string, Set<AccountListener>>();
  readonly #watchers = new Set<VenueWatcher>();

  /** Builds the markets and lets them trade for the time of the warm-up; nothing moves then before `timeline.start`. */
  constructor(options: ExchangeOptions) {
    const { seed, scheduler } = options;
    const startAt = micros(scheduler.now() - options.warmUp);
    this.timeline = new Timeline(scheduler, startAt, (at) => this.#finishInstant(at));
    const ids = new SeededIds(seed);
    this.markets = this.#openMarkets(options, startAt, ids);
    this.assets = assetsOf(
      this.#listings(),
      options.accounts.flatMap(({ balances }) => Object.keys(balances)),
    );
    for (const asset of this.assets.values()) this.#assetNames.add(assetNames(asset), asset);

    this.tokens = new WsTokens(seed);
    this.members = openAccounts({
      ...options,
      ids,
      at: scheduler.now(),
      assets: this.assets,
      valuation: valuationBy(this.markets),
    });
    this.desk = new OrderDesk({
      markets: this.markets,
      accounts: this.members.accounts,
      counters: this.members.orderCounters,
      ids,
      system: () => this.#system,
      listener: {
        onOrder: (account, event) => this.#tellOrder(account, event),
        onLedger: (account, entry) => this.#tellLedger(account, entry),
      },
    });
    for (const [symbol, market] of this.markets) {
      market.attachDesk(this.desk.sinkOf(symbol));
      this.timeline.add(market);
    }
    this.timeline.add(new DeskTimer(this.desk, () => this.timeline.at));
    for (const agent of triangleAgents(this.markets, seed, startAt)) this.timeline.add(agent);
    this.#scenario = new ScenarioPlan(options.scenario ?? 'calm', this.markets.values(), seed, scheduler.now());
    this.timeline.add(this.#scenario);
    for (const source of options.sources) this.timeline.add(source);
    this.timeline.warmUp();
  }

  get accounts(): ReadonlyMap<string, Account> {
    return this.members.accounts;
  }

  get keys(): Members['keys'] {
    return this.members.keys;
  }

  get orderCounters(): Members['orderCounters'] {
    return this.members.orderCounters;
  }

  get restCounters(): Members['restCounters'] {
    return this.members.restCounters;
  }

  get system(): SystemStatus {
    return this.#system;
  }

  now(): Micros {
    return this.timeline.at;
  }

  catchUp(): void {
    this.timeline.catchUp();
  }

  flush(): void {
    this.#finishInstant(this.timeline.at);
    this.timeline.rearm();
  }

  find(pair: string): VenueMarket | undefined {
    return this.#pairs.find(pair);
  }

  findAsset(name: string): Asset | undefined {
    return this.#assetNames.find(name);
  }

  follow(account: string, listener: AccountListener): () => void {
    const followers = this.#followers.get(account) ?? new Set();
    this.#followers.set(account, followers);
    followers.add(listener);
    return () => void followers.delete(listener);
  }

  watch(watcher: VenueWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Changes what the whole exchange allows. In all but `online` nothing is matched, and the markets stand still. */
  setSystem(status: SystemStatus): void {
    this.catchUp();
    if (status === this.#system) return;
    this.#system = status;
    for (const market of this.markets.values()) {
      market.halt('system', status !== 'online', this.now());
      tellTape(market);
    }
    this.timeline.pause(status !== 'online');
    for (const watcher of this.#watchers) watcher.onSystem(status);
    this.flush();
  }

  /** Changes what a pair allows. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  setPairStatus(symbol: string, status: InstrumentStatus): void {
    this.catchUp();
    const market = this.market(symbol);
    market.setStatus(status, this.now());
    this.desk.onStatus(symbol, status, this.now());
    tellTape(market);
    this.#tellListing(market.listing);
    this.flush();
  }

  /**
   * Gives a pair other precisions, as Kraken does at times: all orders are cancelled, the market begins anew at the same price, and
   * everybody gets the new rules and then fresh snapshots.
   * @throws SimError `KB_SIM_UNKNOWN_SYMBOL`; `KB_SIM_BAD_OPTION` for a recorded market, and for other decimals of quantities while a margin
   *   position is open in it: positions are counted in its lots; for so many decimals that its queues or prices could not be counted.
   *   ModelError: precisions that make no instrument. Nothing is changed then.
   */
  changePrecision(symbol: string, pricePrecision: number, qtyPrecision: number): void {
    this.catchUp();
    const market = this.market(symbol);
    if (market.flow instanceof TapeFlow) {
      throw new SimError('KB_SIM_BAD_OPTION', `${symbol} is a recording, and its precision cannot change`);
    }
    const { listing } = market;
    if (qtyPrecision !== listing.instrument.qtyPrecision) this.#checkNoPosition(symbol);
    const changed: Listing = {
      ...listing,
      instrument: withPrecisions(listing.instrument, pricePrecision, qtyPrecision),
    };
    const price =
      market.last() ?? market.orders.best('buy') ?? market.orders.best('sell') ?? listing.instrument.tickSize;
    checkRoom(market, changed.instrument, price);
    this.desk.clearMarket(symbol, 'Precision changed', this.now());
    this.flush();
    this.#tellListing(changed);
    market.restart(changed, rescaled(price, listing.instrument.pricePrecision, changed.instrument), this.now());
    this.#scenario.lead(market);
    this.flush();
  }

  /** Lets a market stand still, or go on: clients' orders are still answered. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  freeze(symbol: string, frozen: boolean): void {
    this.catchUp();
    const market = this.market(symbol);
    market.halt('fault', frozen, this.now());
    tellTape(market);
    this.flush();
  }

  /** Cancels the flow's orders behind the best levels of a side. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  pullOrders(symbol: string, side: Side, keepLevels: number): void {
    this.catchUp();
    this.market(symbol).pullOrders(side, keepLevels);
    this.flush();
  }

  /** @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  market(symbol: string): Market {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `There is no market ${symbol}`);
    return market;
  }

  #checkNoPosition(symbol: string): void {
    for (const account of this.accounts.values()) {
      if (!account.positions.some((position) => position.symbol === symbol)) continue;
      throw new SimError(
        'KB_SIM_BAD_OPTION',
        `${account.name} has a margin position in ${symbol}, counted in its lots`,
      );
    }
  }

  #openMarkets(options: ExchangeOptions, startAt: Micros, ids: SeededIds): ReadonlyMap<string, Market> {
    const writer = new FrameWriter();
    const markets = new Map<string, Market>();
    for (const [index, { instrument: rules, flow = 'busy', startPrice }] of options.markets.entries()) {
      const listing = listingFor(rules);
      const { symbol } = listing.instrument;
      if (markets.has(symbol)) throw new SimError('KB_SIM_BAD_OPTION', `${symbol} stands twice among the markets`);
      const market = new Market({
        listing,
        startPrice: priceToTicks(listing.instrument, startPrice),
        makeFlow: flowMaker(flow, options.seed),
        startAt,
        writer,
        clock: () => this.timeline.at,
        // An account's own order bears the id that its owner knows.
        orderIdText: (orderId) => this.desk.ownId(symbol, orderId) ?? ids.orderIdText(index, orderId),
        truthListeners: this.truthListeners,
      });
      markets.set(symbol, market);
      this.#pairs.add(pairNames(listing), market);
    }
    return markets;
  }

  #listings(): readonly Listing[] {
    return [...this.markets.values()].map(({ listing }) => listing);
  }

  /** What happened in an instant: fills are booked, triggers fire, and everything is published. */
  #finishInstant(at: Micros): void {
    this.desk.settle(at);
    for (const [symbol, market] of this.markets) {
      market.publish(at);
      // Also where there was nothing to publish: an order that could not trade leaves no trace in the market.
      this.desk.published(symbol);
    }
  }

  #tellListing(listing: Listing): void {
    for (const watcher of this.#watchers) watcher.onListing(listing, listing.instrument.status);
  }

  #tellOrder(account: string, event: OrderEvent): void {
    for (const follower of this.#followers.get(account) ?? []) follower.onOrder(account, event);
  }

  #tellLedger(account: string, entry: LedgerEntry): void {
    for (const follower of this.#followers.get(account) ?? []) follower.onLedger(account, entry);
  }
}

/**
 * What the desk does by itself: expiry, scheduled starts, the dead man's switch, rollovers. In venue time, which nothing postpones. What
 * came due while the desk could not do it is due now: were it due then, the timeline would take the markets to be as late as that.
 */
class DeskTimer implements TimedSource {
  readonly #desk: OrderDesk;
  readonly #now: () => Micros;

  constructor(desk: OrderDesk, now: () => Micros) {
    this.#desk = desk;
    this.#now = now;
  }

  get dueAt(): number {
    return Math.max(this.#desk.nextAt, this.#now());
  }

  run(at: Micros): void {
    this.#desk.runDue(at);
  }

  postpone(): void {
    return undefined;
  }
}

/** A recording does not run by its market's time: whether that stands still it has to be told. */
function tellTape({ flow, standsStill }: Market): void {
  if (flow instanceof TapeFlow) flow.stand(standsStill);
}

/** A queue or a price may grow to so many times the largest of the moment before it leaves 2^53 lots or ticks. */
const ROOM = 30;

/** @throws SimError `KB_SIM_BAD_OPTION` where the market's sizes or prices, counted in smaller steps, would soon be beyond 2^53 − 1. */
function checkRoom({ orders, instrument: before }: Market, changed: Instrument, price: Ticks): void {
  let largest = 0;
  for (const side of ['buy', 'sell'] as const)
    orders.walk(side, (_price, total) => (largest = Math.max(largest, total)) > 0);
  if (!hasRoom(largest, changed.qtyPrecision - before.qtyPrecision)) {
    throw new SimError(
      'KB_SIM_BAD_OPTION',
      `${before.symbol} trades sizes that ${changed.qtyPrecision} decimals are too fine for: its queues would leave 2^53 − 1 lots`,
    );
  }
  if (!hasRoom(price, changed.pricePrecision - before.pricePrecision)) {
    throw new SimError(
      'KB_SIM_BAD_OPTION',
      `${before.symbol} has prices that ${changed.pricePrecision} decimals are too fine for: they would leave 2^53 − 1 ticks`,
    );
  }
}

function hasRoom(count: number, finer: number): boolean {
  return finer <= 0 || count * 10 ** finer * ROOM <= Number.MAX_SAFE_INTEGER;
}

/** The same pair with other decimals; steps become one of them, the smallest quantity stays what it was. */
function withPrecisions(pair: Instrument, pricePrecision: number, qtyPrecision: number): Instrument {
  return instrument({
    symbol: pair.symbol,
    pricePrecision,
    qtyPrecision,
    minQty: smallestOn(lotsToQty(pair, pair.minQty), qtyPrecision),
    minCost: pair.minCost,
    costPrecision: pair.costPrecision,
    status: pair.status,
  });
}

/** The quantity on a grid of so many decimals, rounded up: a smaller one could not be sent. */
function smallestOn(qty: string, decimals: number): string {
  return new Decimal(qty).toDecimalPlaces(decimals, Decimal.ROUND_UP).toFixed();
}
