import type { BookSide, OrderRow } from '../order-row.ts';

/** A real order in its queue. */
export interface TrueOrder {
  readonly side: BookSide;
  readonly price: number;
  /** How many orders had arrived when it did, itself counted. */
  readonly arrival: number;
  size: number;
}

interface TrueLevel {
  total: number;
  /** In order of arrival. */
  readonly orders: Set<TrueOrder>;
}

/**
 * The book of a recording order by order, kept in the plainest way: the ground truth of the fidelity measurement.
 *
 * It shares no code with the engine that is measured, so that a fault of the engine cannot hide in both.
 */
export class TrueBook {
  /** Orders that have arrived so far. */
  arrivals = 0;
  /** Executions of known orders, and how many of them did not take the first of their queue. */
  executions = 0;
  outOfTurn = 0;
  readonly #orders = new Map<number, TrueOrder>();
  readonly #levels: Record<BookSide, Map<number, TrueLevel>> = { buy: new Map(), sell: new Map() };
  /** Prices of each side, best first. */
  readonly #prices: Record<BookSide, number[]> = { buy: [], sell: [] };

  apply({ kind, id, side, price, size }: OrderRow): void {
    if (kind === 'hidden') return;
    if (kind === 'add') {
      this.arrivals += 1;
      this.#add(id, { side, price, size, arrival: this.arrivals });
      return;
    }
    const order = this.#orders.get(id);
    if (order === undefined) return; // it rested before the recording began
    const level = this.#levels[order.side].get(order.price);
    if (kind === 'trade') {
      this.executions += 1;
      const [first] = level?.orders ?? [];
      if (first !== order) this.outOfTurn += 1;
    }
    const gone = kind === 'delete' ? order.size : Math.min(size, order.size);
    order.size -= gone;
    if (level !== undefined) level.total -= gone;
    if (order.size > 0) return;
    this.#orders.delete(id);
    level?.orders.delete(order);
    if (level !== undefined && level.orders.size === 0) this.#removeLevel(order.side, order.price);
  }

  order(id: number): TrueOrder | undefined {
    return this.#orders.get(id);
  }

  best(side: BookSide): number | undefined {
    return this.#prices[side][0];
  }

  /** In ticks with a half; `undefined` while a side is empty. */
  mid(): number | undefined {
    const [bid, ask] = [this.best('buy'), this.best('sell')];
    return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
  }

  /** Lots that rest at a price. */
  total(side: BookSide, price: number): number {
    return this.#levels[side].get(price)?.total ?? 0;
  }

  /** Lots at a price of orders that were among the first `arrivals` to arrive. */
  ahead(side: BookSide, price: number, arrivals: number): number {
    let ahead = 0;
    for (const order of this.#levels[side].get(price)?.orders ?? []) if (order.arrival <= arrivals) ahead += order.size;
    return ahead;
  }

  /** Average price, in ticks, of taking that many lots from a side; `undefined` when there are not as many. */
  averagePrice(side: BookSide, size: number): number | undefined {
    let left = size;
    let paid = 0;
    for (const price of this.#prices[side]) {
      const taken = Math.min(left, this.total(side, price));
      paid += taken * price;
      left -= taken;
      if (left === 0) return paid / size;
    }
    return undefined;
  }

  #add(id: number, order: TrueOrder): void {
    const { side, price, size } = order;
    this.#orders.set(id, order);
    let level = this.#levels[side].get(price);
    if (level === undefined) {
      level = { total: 0, orders: new Set() };
      this.#levels[side].set(price, level);
      this.#prices[side].splice(this.#rank(side, price), 0, price);
    }
    level.total += size;
    level.orders.add(order);
  }

  #removeLevel(side: BookSide, price: number): void {
    this.#levels[side].delete(price);
    this.#prices[side].splice(this.#rank(side, price), 1);
  }

  /** How many prices of the side are better. */
  #rank(side: BookSide, price: number): number {
    const prices = this.#prices[side];
    let [low, high] = [0, prices.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = prices[middle] ?? price;
      if (side === 'buy' ? other > price : other < price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
