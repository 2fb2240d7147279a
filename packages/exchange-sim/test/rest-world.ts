import { lots, micros, priceToTicks, qtyToLots, SECOND, VirtualScheduler } from '@kb/model';
import type { InstrumentSpec, InstrumentStatus, Micros, Side, SystemStatus } from '@kb/model';
import { ApiKeys, apiSign } from '../src/access/api-keys.ts';
import type { ApiKeySpec } from '../src/access/api-keys.ts';
import { OrderCounter, RestCounter } from '../src/access/rate-counters.ts';
import { WsTokens } from '../src/access/ws-tokens.ts';
import { Account } from '../src/accounts/account.ts';
import type { AccountSpec } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import { valuationBy } from '../src/exchange/valuation.ts';
import { assetsOf, knownListing, listingFor } from '../src/listings/make-listing.ts';
import type { ListingOverrides } from '../src/listings/make-listing.ts';
import { assetNames, NameIndex, pairNames } from '../src/listings/pair-names.ts';
import { Market } from '../src/market/market.ts';
import { restApi } from '../src/rest/rest-api.ts';
import type { RestOptions } from '../src/rest/rest-api.ts';
import type { AnswerHttp, HttpRequest } from '../src/rest/http.ts';
import { OrderDesk } from '../src/trading/order-desk.ts';
import type { Venue } from '../src/venue.ts';
import { FrameWriter } from '../src/wire/frame-writer.ts';

/** The key of Kraken's published example of a signature. */
export const OFFICIAL_SECRET =
  'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';

/** Venue time of the beginning: 2023-11-14T22:13:20Z. */
export const START: Micros = micros(1_700_000_000 * SECOND);

export interface WorldOptions {
  /** Known symbols, or listings of one's own. */
  readonly pairs?: readonly (string | (InstrumentSpec & ListingOverrides))[];
  readonly accounts?: readonly AccountSpec[];
  /** A key `alice` of the account alice, with all permissions, when left out; likewise for bob. */
  readonly keys?: readonly ApiKeySpec[];
  readonly rateLimits?: boolean;
  readonly rest?: RestOptions;
}

/** What an answer said. */
export interface Said {
  readonly error: readonly string[];
  /** As `JSON.parse` types it: tests compare it member by member. */
  readonly result: ReturnType<typeof JSON.parse>;
  readonly text: string;
}

const KEYS: readonly ApiKeySpec[] = ['alice', 'bob'].map((account) => ({
  account,
  key: account,
  secret: OFFICIAL_SECRET,
}));

/** REST over real markets, accounts and desk. Nothing trades in them but what a test sends; time moves only when told. */
export class RestWorld {
  readonly scheduler: VirtualScheduler = new VirtualScheduler(START);
  readonly markets: Map<string, Market> = new Map();
  readonly venue: Venue;
  readonly api: AnswerHttp;
  /** Errors that are nobody's but ours. */
  readonly faults: unknown[] = [];
  readonly #status: { system: SystemStatus } = { system: 'online' };
  #nonce = 1;

  constructor(options: WorldOptions = {}) {
    const { pairs = ['BTC/USD', 'ETH/BTC', 'DOGE/USD', 'SHIB/USD'], keys = KEYS, rateLimits = false } = options;
    const accounts = options.accounts ?? [
      { name: 'alice', balances: { USD: '100000', BTC: '2' } },
      { name: 'bob', balances: { USD: '100000', BTC: '2' } },
    ];
    const ids = new SeededIds(7);
    const pairIndex = new NameIndex<Market>();
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
      pairIndex.add(pairNames(listing), market);
    }
    const assets = assetsOf(
      [...this.markets.values()].map(({ listing }) => listing),
      accounts.flatMap(({ balances }) => Object.keys(balances)),
    );
    const assetIndex = new NameIndex<string>();
    for (const asset of assets.values()) assetIndex.add(assetNames(asset), asset.id);
    const valuation = valuationBy(this.markets);
    const members = new Map(
      accounts.map((spec) => [spec.name, new Account(spec, { ids, at: START, valuation, assets })]),
    );
    const counters = new Map([...members].map(([name, { tier }]) => [name, new OrderCounter(tier, rateLimits)]));
    const desk = new OrderDesk({
      markets: this.markets,
      accounts: members,
      counters,
      ids,
      system: () => this.#status.system,
      listener: { onOrder: () => undefined, onLedger: () => undefined },
    });
    for (const [symbol, market] of this.markets) market.attachDesk(desk.sinkOf(symbol));
    const tierOf = (name: string): 'starter' | 'intermediate' | 'pro' => members.get(name)?.tier ?? 'intermediate';
    const status = this.#status;
    this.venue = {
      now: () => this.scheduler.now(),
      catchUp: () => {
        if (desk.nextAt > this.scheduler.now()) return;
        desk.runDue(this.scheduler.now());
        this.#publish();
      },
      flush: () => this.#publish(),
      get system(): SystemStatus {
        return status.system;
      },
      markets: this.markets,
      assets,
      find: (name) => pairIndex.find(name),
      findAsset: (name) => assets.get(assetIndex.find(name) ?? ''),
      accounts: members,
      desk,
      keys: new ApiKeys(keys),
      tokens: new WsTokens(1),
      orderCounters: counters,
      restCounters: new Map(keys.map(({ key, account }) => [key, new RestCounter(tierOf(account), rateLimits)])),
      follow: () => () => undefined,
      watch: () => () => undefined,
    };
    this.api = restApi(this.venue, { onError: (error) => this.faults.push(error), ...options.rest });
  }

  set system(system: SystemStatus) {
    this.#status.system = system;
  }

  market(symbol: string): Market {
    const market = this.markets.get(symbol);
    if (market === undefined) throw new Error(`No market ${symbol}`);
    return market;
  }

  setPairStatus(symbol: string, status: InstrumentStatus): void {
    this.market(symbol).setStatus(status, this.scheduler.now());
  }

  wait(seconds: number): void {
    this.scheduler.advance(micros(Math.round(seconds * SECOND)));
  }

  /** A stranger's limit order. */
  stranger(symbol: string, side: Side, price: string, qty: string): void {
    const { orders, instrument } = this.market(symbol);
    orders.limit(orders.newOrderId(), side, priceToTicks(instrument, price), qtyToLots(instrument, qty));
    this.#publish();
  }

  /** Two strangers trade with each other. */
  print(symbol: string, price: string, qty: string, taker: Side = 'buy'): void {
    this.stranger(symbol, taker === 'buy' ? 'sell' : 'buy', price, qty);
    const { orders, instrument } = this.market(symbol);
    orders.market(orders.newOrderId(), taker, lots(qtyToLots(instrument, qty)));
    this.#publish();
  }

  get(method: string, query = ''): Said {
    return this.send({ method: 'GET', path: `/0/public/${method}`, query });
  }

  /** A private call with a form. @param form Without its nonce. */
  form(method: string, form = '', account = 'alice'): Said {
    const nonce = this.nextNonce();
    const body = form === '' ? `nonce=${nonce}` : `nonce=${nonce}&${form}`;
    return this.signed(method, nonce, body, 'application/x-www-form-urlencoded', account);
  }

  /** A private call with JSON. */
  json(method: string, members: object, account = 'alice'): Said {
    const nonce = this.nextNonce();
    return this.signed(method, nonce, JSON.stringify({ nonce, ...members }), 'application/json', account);
  }

  signed(method: string, nonce: string, body: string, type: string, key = 'alice', query = ''): Said {
    const path = `/0/private/${method}`;
    const sign = apiSign(OFFICIAL_SECRET, query === '' ? path : `${path}?${query}`, nonce, body);
    const headers = { 'content-type': type, 'api-key': key, 'api-sign': sign };
    return this.send({ method: 'POST', path, query, headers, body: new TextEncoder().encode(body) });
  }

  send(request: Partial<HttpRequest>): Said {
    const whole = {
      method: 'GET',
      path: '/',
      query: '',
      headers: {},
      body: new Uint8Array(),
      remote: '127.0.0.1',
      ...request,
    };
    const { status, headers, body } = this.api(whole);
    if (status !== 200) throw new Error(`Status ${status}`);
    if (!headers['content-type']?.startsWith('application/json')) throw new Error('Not JSON');
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    return { ...JSON.parse(text), text };
  }

  nextNonce(): string {
    this.#nonce += 1;
    return String(this.#nonce);
  }

  #publish(): void {
    const at = this.scheduler.now();
    this.venue.desk.settle(at);
    for (const market of this.markets.values()) market.publish(at);
  }
}
