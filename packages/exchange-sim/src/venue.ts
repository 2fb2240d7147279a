import type { InstrumentStatus, Micros, SystemStatus } from '@kb/model';
import type { ApiKeys } from './access/api-keys.ts';
import type { OrderCounter, RestCounter } from './access/rate-counters.ts';
import type { WsTokens } from './access/ws-tokens.ts';
import type { Account } from './accounts/account.ts';
import type { MarketHistory } from './history/market-history.ts';
import type { Asset, Listing, PriceSource } from './listings/listing.ts';
import type { Matcher } from './matching/matcher.ts';
import type { Publisher } from './publishing/publisher.ts';
import type { AccountListener, OrderDesk } from './trading/order-desk.ts';

/** One market as the protocols see it. */
export interface VenueMarket extends PriceSource {
  readonly listing: Listing;
  readonly orders: Matcher;
  readonly history: MarketHistory;
  readonly publisher: Publisher;
  /** Everything that happened by then has been published, and nothing later: the venue time of a snapshot. */
  readonly present: Micros;
}

/**
 * The exchange as its protocols (WebSocket v2 and v1, REST) see it: one object behind all of them. `SimExchange` makes it.
 */
export interface Venue {
  /** Venue time now. */
  now(): Micros;
  /** Brings all markets to the present; call before answering anything. */
  catchUp(): void;
  /** Publishes what commands of this instant did; call after commands of the desk. */
  flush(): void;
  readonly system: SystemStatus;
  /** By v2 symbol, in listing order. */
  readonly markets: ReadonlyMap<string, VenueMarket>;
  /** By v2 name. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** In any spelling: `BTC/USD`, `XBT/USD`, `XBTUSD`, `XXBTZUSD`. */
  find(pair: string): VenueMarket | undefined;
  findAsset(name: string): Asset | undefined;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly desk: OrderDesk;
  readonly keys: ApiKeys;
  readonly tokens: WsTokens;
  readonly orderCounters: ReadonlyMap<string, OrderCounter>;
  readonly restCounters: ReadonlyMap<string, RestCounter>;
  /** Hears of an account from now on, until the returned function is called. */
  follow(account: string, listener: AccountListener): () => void;
  /** Hears of changes of the system's and the pairs' status, and of listings, until the returned function is called. */
  watch(watcher: VenueWatcher): () => void;
}

export interface VenueWatcher {
  onSystem(status: SystemStatus): void;
  /** A listing was replaced: status or precision changed. */
  onListing(listing: Listing, status: InstrumentStatus): void;
}
