import type { PlainReport } from '../plain-report.ts';
import type { OwnOrder } from './own-order.ts';
import type { CcxtTrade } from './structures.ts';

/**
 * The bot's orders and trades, as far as they are kept: those that are open or on their way, the last 1,000 that ended, and the
 * last 1,000 trades.
 */
export class OwnOrders {
  /** By ccxt's id, oldest first. */
  readonly #byId = new Map<string, OwnOrder>();
  /** Those that more may be heard of, by the venue's key, as they were sent: a key may be used again. */
  readonly #byKey = new Map<string, OwnOrder[]>();
  readonly #ended: OwnOrder[] = [];
  readonly #trades: CcxtTrade[] = [];

  add(order: OwnOrder): void {
    this.#byId.set(order.id, order);
    const others = this.#byKey.get(order.venueKey);
    if (others === undefined) this.#byKey.set(order.venueKey, [order]);
    else others.push(order);
  }

  /** It never was. */
  remove(order: OwnOrder): void {
    this.#byId.delete(order.id);
    this.freeKey(order);
  }

  /** Notes that an order has ended, and forgets the oldest of those. */
  end(order: OwnOrder): void {
    this.#ended.push(order);
    if (this.#ended.length <= MOST_KEPT) return;
    const oldest = this.#ended.shift();
    if (oldest !== undefined) this.#byId.delete(oldest.id);
  }

  /** Nothing more will be heard of an order. */
  freeKey(order: OwnOrder): void {
    const left = (this.#byKey.get(order.venueKey) ?? []).filter((each) => each !== order);
    if (left.length === 0) this.#byKey.delete(order.venueKey);
    else this.#byKey.set(order.venueKey, left);
  }

  addTrade(trade: CcxtTrade): void {
    this.#trades.push(trade);
    if (this.#trades.length > MOST_KEPT) this.#trades.shift();
  }

  byId(id: string): OwnOrder | undefined {
    return this.#byId.get(id);
  }

  /** Which order a report is about: what answers a new order is about the first that still waits for an answer. */
  about({ clientOrderId, type }: PlainReport): OwnOrder | undefined {
    const orders = this.#byKey.get(clientOrderId) ?? [];
    const first = orders.find(({ isAccepted }) => !isAccepted);
    return type === 'accepted' || type === 'rejected' ? first : (orders.find(({ isOpen }) => isOpen) ?? first);
  }

  /** One that has not ended, by the name that the bot gave it. */
  byClientOrderId(clientOrderId: string): OwnOrder | undefined {
    return this.#byKey.get(clientOrderId)?.find(({ hasEnded }) => !hasEnded);
  }

  /** Those that are wanted, by the time at which they were accepted. */
  list(symbol: string | undefined, isWanted: (order: OwnOrder) => boolean): OwnOrder[] {
    return [...this.#byId.values()]
      .filter((order) => (symbol === undefined || order.terms.symbol === symbol) && isWanted(order))
      .toSorted((one, other) => (one.openedAt ?? Infinity) - (other.openedAt ?? Infinity));
  }

  trades(symbol: string | undefined): CcxtTrade[] {
    return this.#trades.filter((trade) => symbol === undefined || trade.symbol === symbol);
  }
}

const MOST_KEPT = 1_000;
