import type { OrderCounter } from '../access/rate-counters.ts';
import type { Account } from '../accounts/account.ts';
import type { Due } from './due-list.ts';
import type { OpenOrder } from './open-order.ts';
import type { Order, OrderRef } from './order.ts';

/** Orders that are over and can still be asked for, per account; the oldest are forgotten. */
export const CLOSED_LIMIT = 10_000;

/** An account's orders: the open ones, and the latest that are over. */
export class AccountOrders {
  readonly account: Account;
  readonly counter: OrderCounter;
  /** Who it is to the matchers: never 0. */
  readonly owner: number;
  /** The dead man's switch, when armed. */
  deadMan: Due | undefined = undefined;
  /** The next rollover of its positions. */
  rollover: Due | undefined = undefined;
  readonly #open = new Map<string, OpenOrder>();
  readonly #byClOrdId = new Map<string, OpenOrder>();
  readonly #openIn = new Map<string, number>();
  readonly #closed = new Map<string, OpenOrder>();

  constructor(account: Account, counter: OrderCounter, owner: number) {
    this.account = account;
    this.counter = counter;
    this.owner = owner;
  }

  /** Oldest first. */
  get open(): OpenOrder[] {
    return [...this.#open.values()];
  }

  /** Newest first. */
  get closed(): OpenOrder[] {
    return [...this.#closed.values()].toReversed();
  }

  openIn(symbol: string): number {
    return this.#openIn.get(symbol) ?? 0;
  }

  hasClOrdId(clOrdId: string): boolean {
    return this.#byClOrdId.has(clOrdId);
  }

  add(order: OpenOrder): void {
    this.#open.set(order.id, order);
    this.#openIn.set(order.symbol, this.openIn(order.symbol) + 1);
    const { clOrdId } = order.request;
    if (clOrdId !== undefined) this.#byClOrdId.set(clOrdId, order);
  }

  /** The order is over: from now on it is among the closed ones, and its `cl_ord_id` may be used again. */
  close(order: OpenOrder): void {
    this.#open.delete(order.id);
    this.#openIn.set(order.symbol, this.openIn(order.symbol) - 1);
    const { clOrdId } = order.request;
    if (clOrdId !== undefined) this.#byClOrdId.delete(clOrdId);
    this.#closed.set(order.id, order);
    if (this.#closed.size <= CLOSED_LIMIT) return;
    for (const oldest of this.#closed.keys()) {
      this.#closed.delete(oldest);
      break;
    }
  }

  /** The open orders that are meant, oldest first: several for a userref. */
  findOpen(ref: OrderRef): OpenOrder[] {
    if ('userref' in ref) return this.open.filter(({ request }) => request.userref === ref.userref);
    const found = 'orderId' in ref ? this.#open.get(ref.orderId) : this.#byClOrdId.get(ref.clOrdId);
    return found === undefined ? [] : [found];
  }

  /** An open order that is meant, or else the latest that is over. */
  find(ref: OrderRef): Order | undefined {
    const [open] = this.findOpen(ref);
    if (open !== undefined) return open;
    if ('orderId' in ref) return this.#closed.get(ref.orderId);
    return this.closed.find(({ request }) =>
      'clOrdId' in ref ? request.clOrdId === ref.clOrdId : request.userref === ref.userref,
    );
  }
}
