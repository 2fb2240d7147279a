import type { MatcherSink } from '../src/index.ts';
import { lots, ticks } from '@kb/model';
import type { Side } from '@kb/model';

interface Order {
  readonly id: number;
  readonly side: Side;
  price: number;
  remaining: number;
}

/**
 * Price-time matching by the book: one list of orders in order of arrival, searched from end to end for each order. The model
 * of the property tests and the peer of the benchmark.
 */
export class NaiveMatcher {
  orders: Order[] = [];
  readonly #sink: MatcherSink;
  #tradeId = 0;

  constructor(sink: MatcherSink) {
    this.#sink = sink;
  }

  limit(id: number, side: Side, price: number, size: number, ioc: boolean, postOnly: boolean): void {
    const maker = this.#bestMaker(side);
    if (postOnly && maker !== undefined && crosses(side, maker.price, price)) {
      this.#sink.onDone(id, 'refused', lots(size));
      return;
    }
    const left = this.#take(id, side, price, size, 'limit');
    if (left === 0) return;
    if (ioc) {
      this.#sink.onDone(id, 'unfilled', lots(left));
      return;
    }
    this.orders.push({ id, side, price, remaining: left });
    this.#sink.onQueued(id, side, ticks(price), lots(left));
    this.#tell(side, price);
  }

  market(id: number, side: Side, size: number): void {
    const left = this.#take(id, side, side === 'buy' ? Infinity : -Infinity, size, 'market');
    if (left > 0) this.#sink.onDone(id, 'unfilled', lots(left));
  }

  cancel(id: number): boolean {
    const order = this.orders.find((other) => other.id === id);
    if (order === undefined) return false;
    this.orders = this.orders.filter((other) => other !== order);
    this.#sink.onUnqueued(id, order.side, ticks(order.price));
    this.#tell(order.side, order.price);
    this.#sink.onDone(id, 'cancelled', lots(order.remaining));
    return true;
  }

  amend(id: number, price: number, remaining: number): void {
    const order = this.orders.find((other) => other.id === id);
    if (order === undefined) return;
    if (price === order.price && remaining <= order.remaining) {
      if (remaining === order.remaining) return;
      order.remaining = remaining;
      this.#sink.onResized(id, order.side, ticks(price), lots(remaining));
      this.#tell(order.side, price);
      return;
    }
    this.orders = this.orders.filter((other) => other !== order);
    this.#sink.onUnqueued(id, order.side, ticks(order.price));
    this.#tell(order.side, order.price);
    this.limit(id, order.side, price, remaining, false, false);
  }

  total(side: Side, price: number): number {
    return this.orders
      .filter((order) => order.side === side && order.price === price)
      .reduce((sum, order) => sum + order.remaining, 0);
  }

  #take(takerId: number, side: Side, limit: number, size: number, type: 'limit' | 'market'): number {
    let left = size;
    while (left > 0) {
      const maker = this.#bestMaker(side);
      if (maker === undefined || !crosses(side, maker.price, limit)) return left;
      const traded = Math.min(left, maker.remaining);
      left -= traded;
      maker.remaining -= traded;
      if (maker.remaining === 0) this.orders = this.orders.filter((other) => other !== maker);
      this.#tradeId += 1;
      this.#sink.onTrade(this.#tradeId, maker.id, takerId, side, ticks(maker.price), lots(traded), type);
      if (maker.remaining === 0) this.#sink.onUnqueued(maker.id, maker.side, ticks(maker.price));
      else this.#sink.onResized(maker.id, maker.side, ticks(maker.price), lots(maker.remaining));
      this.#tell(maker.side, maker.price);
      if (maker.remaining === 0) this.#sink.onDone(maker.id, 'filled', lots(0));
    }
    this.#sink.onDone(takerId, 'filled', lots(0));
    return 0;
  }

  /** The best price of the other side, and there the order that came first. */
  #bestMaker(side: Side): Order | undefined {
    let best: Order | undefined;
    for (const order of this.orders) {
      if (order.side === side) continue;
      if (best === undefined || (side === 'buy' ? order.price < best.price : order.price > best.price)) best = order;
    }
    return best;
  }

  #tell(side: Side, price: number): void {
    this.#sink.onLevel(side, ticks(price), lots(this.total(side, price)));
  }
}

function crosses(side: Side, makerPrice: number, limit: number): boolean {
  return side === 'buy' ? makerPrice <= limit : makerPrice >= limit;
}
