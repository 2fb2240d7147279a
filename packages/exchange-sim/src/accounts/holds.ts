import type { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import { Money, ZERO } from './money.ts';

/** What open orders hold back of each asset. Only orders that hold something are kept. */
export class Holds {
  readonly #assets = new Map<string, { readonly orders: Map<string, Decimal>; total: Decimal }>();

  /** Assets that something is held of. */
  get assets(): Iterable<string> {
    return this.#assets.keys();
  }

  total(asset: string): Decimal {
    return this.#assets.get(asset)?.total ?? ZERO;
  }

  /** @throws SimError `KB_SIM_BAD_OPTION` when the amount is below zero or no number. */
  set(orderId: string, asset: string, asked: Decimal): void {
    const amount = new Money(asked);
    if (!amount.isFinite() || amount.lt(0)) {
      throw new SimError(
        'KB_SIM_BAD_OPTION',
        `${orderId}: expected a hold of zero or more, was ${amount.toFixed()} ${asset}`,
      );
    }
    const held = this.#assets.get(asset);
    if (held === undefined) {
      if (!amount.isZero()) this.#assets.set(asset, { orders: new Map([[orderId, amount]]), total: amount });
      return;
    }
    held.total = held.total.minus(held.orders.get(orderId) ?? ZERO).plus(amount);
    if (!amount.isZero()) held.orders.set(orderId, amount);
    else if (held.orders.delete(orderId) && held.orders.size === 0) this.#assets.delete(asset);
  }
}
