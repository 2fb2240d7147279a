import type { OwnOrder } from '@kb/model';

/**
 * Sizes that allowed amends have asked for and the venue has not answered: until then either size may be the order's, and a
 * worst case counts the larger one.
 */
export class AmendsInFlight {
  /** Total lots by client order id, by symbol. */
  readonly #asked = new Map<string, Map<string, number>>();

  /** Lots that an order has or may be about to have, filled part included. */
  sizeOf(order: OwnOrder): number {
    if (this.#asked.size === 0 || order.state === 'open') return order.size;
    return Math.max(order.size, this.#asked.get(order.symbol)?.get(order.clientOrderId) ?? 0);
  }

  /** An amend of the order to a larger size is on its way. */
  sent(order: OwnOrder, size: number): void {
    let sizes = this.#asked.get(order.symbol);
    if (sizes === undefined) this.#asked.set(order.symbol, (sizes = new Map()));
    sizes.set(order.clientOrderId, Math.max(size, sizes.get(order.clientOrderId) ?? 0));
  }

  /** Forgets what was answered: the order is open again, or gone. @param openOrders All of the symbol. */
  settle(symbol: string, openOrders: readonly OwnOrder[]): void {
    const sizes = this.#asked.get(symbol);
    if (sizes === undefined) return;
    const waiting = openOrders.filter(({ clientOrderId, state }) => state !== 'open' && sizes.has(clientOrderId));
    if (waiting.length === sizes.size) return;
    const ids = new Set(waiting.map(({ clientOrderId }) => clientOrderId));
    for (const id of sizes.keys()) if (!ids.has(id)) sizes.delete(id);
    if (sizes.size === 0) this.#asked.delete(symbol);
  }
}
