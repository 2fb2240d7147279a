import type { InstrumentStatus, Micros, SystemStatus } from '@kb/model';
import type { OrderCounter } from '../access/rate-counters.ts';
import type { Account, IdSource, LedgerEntry } from '../accounts/account.ts';
import type { Listing, PriceSource } from '../listings/listing.ts';
import type { Matcher, MatcherSink } from '../matching/matcher.ts';
import type { AmendRequest, EditRequest, Order, OrderEvent, OrderRef, OrderRequest } from './order.ts';

/** A market as the desk needs it. */
export interface DeskMarket extends PriceSource {
  /** The current one: a change of status or precision replaces it. */
  readonly listing: Listing;
  readonly orders: Matcher;
}

/** Hears what happens to an account, in order. The desk calls it at once, from inside its methods. */
export interface AccountListener {
  onOrder(account: string, event: OrderEvent): void;
  onLedger(account: string, entry: LedgerEntry): void;
}

/** An answer: what was asked for, or the text it is refused with. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value; readonly warnings?: readonly string[] }
  | { readonly ok: false; readonly error: string };

export interface OrderDeskOptions {
  readonly markets: ReadonlyMap<string, DeskMarket>;
  readonly accounts: ReadonlyMap<string, Account>;
  /** Trading counters by account name. */
  readonly counters: ReadonlyMap<string, OrderCounter>;
  readonly ids: IdSource;
  readonly system: () => SystemStatus;
  readonly listener: AccountListener;
}

/**
 * Where clients' orders are received, checked, kept and watched over: everything between a protocol and the matchers. Time comes
 * in with each call (venue time, never falling); what is due by itself (expiry, dead man's switch, scheduled starts, rollovers)
 * is done by `runDue`, which the exchange calls when `nextAt` has come.
 */
export declare class OrderDesk {
  constructor(options: OrderDeskOptions);

  place(account: string, request: OrderRequest, at: Micros): Answer<Order>;
  /** One symbol, 2 to 15 orders; a request that fails validation fails the batch, one that fails funding only itself. */
  placeBatch(account: string, requests: readonly OrderRequest[], at: Micros): Answer<readonly Answer<Order>[]>;
  amend(
    account: string,
    ref: OrderRef,
    request: AmendRequest,
    at: Micros,
  ): Answer<{ readonly amendId: string; readonly order: Order }>;
  edit(
    account: string,
    ref: OrderRef,
    request: EditRequest,
    at: Micros,
  ): Answer<{ readonly order: Order; readonly original: Order }>;
  /** One order, or all with the userref. @returns The orders that were cancelled. */
  cancel(account: string, ref: OrderRef, at: Micros): Answer<readonly Order[]>;
  cancelBatch(account: string, refs: readonly OrderRef[], at: Micros): Answer<{ readonly count: number }>;
  cancelAll(account: string, at: Micros): Answer<{ readonly count: number }>;
  /** @param seconds 0 disarms. @returns When it fires; `undefined` when disarmed. */
  cancelAllAfter(account: string, seconds: number, at: Micros): Answer<{ readonly triggerAt: Micros | undefined }>;

  order(account: string, ref: OrderRef): Order | undefined;
  /** Oldest first. */
  openOrders(account: string): readonly Order[];
  /** Newest first, bounded. */
  closedOrders(account: string): readonly Order[];

  /** The sink to be joined into the matcher's own: what a market's trades and endings mean for clients' orders. */
  sinkOf(symbol: string): Pick<MatcherSink, 'onTrade' | 'onDone' | 'onQueued' | 'onResized' | 'onUnqueued'>;
  /** Call after every instant in which a market may have traded: books fills, fires triggers and conditional closes. */
  settle(at: Micros): void;
  /** When something is due by itself; `Infinity` when nothing is. */
  readonly nextAt: number;
  runDue(at: Micros): void;
  /** A pair's or the system's status changed: what it means for open orders (delisted: cancelled). */
  onStatus(symbol: string, status: InstrumentStatus, at: Micros): void;
  /** Cancels every order of a market, clients' with a reason: before its precision changes. */
  clearMarket(symbol: string, reason: string, at: Micros): void;
}
