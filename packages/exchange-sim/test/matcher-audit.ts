import type { Lots, OrderType, Side, Ticks } from '@kb/model';
import { notional } from '@kb/model';
import type { DoneReason, Matcher, MatcherSink, OrderGuard, SupposedTrade } from '../src/matching/matcher.ts';
import type { Command } from './matcher-commands.ts';

const REASONS: readonly DoneReason[] = ['filled', 'cancelled', 'unfilled', 'refused', 'self-trade'];

/** Keeps what a matcher tells as plain numbers, quick to compare. */
export class EventNumbers implements MatcherSink, Pick<OrderGuard, 'onCut'> {
  readonly values: number[] = [];

  onTrade(id: number, maker: number, taker: number, side: Side, price: Ticks, size: Lots, type: OrderType): void {
    this.values.push(1, id, maker, taker, sideNumber(side), price, size, type === 'market' ? 1 : 0);
  }

  onQueued(id: number, side: Side, price: Ticks, displayed: Lots): void {
    this.values.push(2, id, sideNumber(side), price, displayed);
  }

  onResized(id: number, side: Side, price: Ticks, displayed: Lots): void {
    this.values.push(3, id, sideNumber(side), price, displayed);
  }

  onUnqueued(id: number, side: Side, price: Ticks): void {
    this.values.push(4, id, sideNumber(side), price);
  }

  onLevel(side: Side, price: Ticks, total: Lots): void {
    this.values.push(5, sideNumber(side), price, total);
  }

  onDone(id: number, reason: DoneReason, remaining: Lots): void {
    this.values.push(6, id, REASONS.indexOf(reason), remaining);
  }

  onCut(id: number, remaining: Lots): void {
    this.values.push(7, id, remaining);
  }
}

/**
 * A guard of the kind that the desk has, by the events alone: a guarded order may only bring its owner's position nearer to zero. Owners
 * have one position each, and all that their orders trade counts.
 */
export class Positions {
  readonly #owners = new Map<number, { readonly owner: number; readonly side: Side }>();
  readonly #positions = new Map<number, bigint>();

  /** That order is about to be sent. */
  learn(id: number, owner: number, side: Side): void {
    this.#owners.set(id, { owner, side });
  }

  onTrade(_id: number, maker: number, taker: number, _side: Side, _price: Ticks, size: Lots, _type: OrderType): void {
    for (const id of [maker, taker]) this.#change(this.#positions, id, size);
  }

  roomOf(id: number, supposed: readonly SupposedTrade[]): number {
    const { owner, side } = this.#owners.get(id) ?? { owner: 0, side: 'buy' };
    const positions = new Map([[owner, this.#positions.get(owner) ?? 0n]]);
    for (const { makerOrderId, size } of supposed) this.#change(positions, makerOrderId, size);
    const position = positions.get(owner) ?? 0n;
    const room = side === 'buy' ? -position : position;
    return Math.min(Number(room > 0n ? room : 0n), Number.MAX_SAFE_INTEGER);
  }

  #change(positions: Map<number, bigint>, id: number, size: Lots): void {
    const { owner = 0, side = 'buy' } = this.#owners.get(id) ?? {};
    positions.set(owner, (positions.get(owner) ?? 0n) + (side === 'buy' ? BigInt(size) : -BigInt(size)));
  }
}

interface Shown {
  readonly id: number;
  displayed: number;
}

/**
 * Believes nothing but the events of a matcher, and keeps account of them: who stands where in which queue, how much of each
 * order is still open, and who has paid whom. Throws where the sums do not come out, or where an order trades before its turn.
 *
 * The taker's side of a trade is booked as the trade says; the maker's as its order shrank, at the price at which it stood.
 */
export class Audit implements MatcherSink, Pick<OrderGuard, 'onCut'> {
  readonly counts: Record<string, number> = {};
  paid = 0n;
  received = 0n;
  readonly #queues: Record<Side, Map<number, Shown[]>> = { buy: new Map(), sell: new Map() };
  /** Lots of each living order that have neither traded nor ended. */
  readonly #open = new Map<number, number>();
  #maker = 0;

  /** This command is about to be given, and that is what will come of it. */
  expect(command: Command, outcome: string): void {
    const kind = command.type === 'limit' ? command.timeInForce : command.type;
    this.#count(`${kind} ${kind === 'ask' ? 'answered' : outcome}`);
    if (outcome === 'KB_SIM_BAD_ORDER') return;
    if (command.type === 'limit' || command.type === 'market') this.#open.set(command.id, command.size);
    if (command.type !== 'amend' || outcome === 'unknown' || outcome === 'refused') return;
    this.#open.set(command.id, command.remaining);
  }

  onTrade(_id: number, maker: number, taker: number, side: Side, price: Ticks, size: Lots): void {
    this.#count('trade');
    const makers: Side = side === 'buy' ? 'sell' : 'buy';
    const best = this.#bestPrice(makers);
    const first = best === undefined ? undefined : this.#queues[makers].get(best)?.[0];
    if (best !== price || first?.id !== maker) {
      throw new Error(`Order ${maker} traded at ${price}, but the turn was ${first?.id}'s at ${best}`);
    }
    this.#maker = maker;
    this.#trades(maker, size);
    this.#trades(taker, size);
    this.#book(side, notional(price, size));
  }

  onQueued(id: number, side: Side, price: Ticks, displayed: Lots): void {
    this.#count('queued');
    const queue = this.#queues[side].get(price);
    if (queue === undefined) this.#queues[side].set(price, [{ id, displayed }]);
    else queue.push({ id, displayed });
  }

  onResized(id: number, side: Side, price: Ticks, displayed: Lots): void {
    this.#count('resized');
    const order = this.#queues[side].get(price)?.find((other) => other.id === id);
    if (order === undefined || displayed >= order.displayed) throw new Error(`Order ${id} cannot show ${displayed}`);
    this.#shrinks(id, side, price, order.displayed - displayed);
    order.displayed = displayed;
  }

  onUnqueued(id: number, side: Side, price: Ticks): void {
    this.#count('unqueued');
    const queue = this.#queues[side].get(price);
    const index = queue?.findIndex((other) => other.id === id) ?? -1;
    const [order] = index < 0 ? [] : (queue?.splice(index, 1) ?? []);
    if (order === undefined) throw new Error(`Order ${id} leaves a queue at ${price} in which it does not stand`);
    if (queue?.length === 0) this.#queues[side].delete(price);
    this.#shrinks(id, side, price, order.displayed);
  }

  onLevel(side: Side, price: Ticks, total: Lots): void {
    if (this.#maker !== 0) throw new Error(`Order ${this.#maker} traded, and its queue was not told`);
    let sum = 0;
    for (const { displayed } of this.#queues[side].get(price) ?? []) sum += displayed;
    if (sum !== total) throw new Error(`Level ${price} has ${total}, its orders show ${sum}`);
  }

  onDone(id: number, reason: DoneReason, remaining: Lots): void {
    this.#count(reason);
    const open = this.#open.get(id);
    if (open !== remaining || (remaining === 0) !== (reason === 'filled')) {
      throw new Error(`Order ${id} ends as ${reason} with ${remaining} left, but ${open} are open`);
    }
    this.#open.delete(id);
  }

  /** What is cut away has neither traded nor does it end with the order; an order that is cut to nothing ends whole. */
  onCut(id: number, remaining: Lots): void {
    const open = this.#open.get(id);
    if (open === undefined || remaining >= open) throw new Error(`Order ${id} of ${open} lots is cut to ${remaining}`);
    this.#count(remaining === 0 ? 'cut to nothing' : 'cut');
    if (remaining > 0) this.#open.set(id, remaining);
  }

  /** Compares every queue, and what is open of every order, with what the matcher shows. */
  compare(matcher: Matcher): void {
    let orders = 0;
    for (const side of ['buy', 'sell'] as const) {
      let previous: number | undefined;
      matcher.walk(side, (price, total, count) => {
        if (previous !== undefined && (side === 'buy') !== price < previous)
          throw new Error(`${price} is out of order`);
        previous = price;
        const believed = this.#queues[side].get(price) ?? [];
        const queue = matcher.queue(side, price);
        let ahead = 0;
        for (const [position, order] of queue.entries()) {
          const { id, displayed } = believed[position] ?? { id: 0, displayed: 0 };
          const same =
            order.id === id &&
            order.displayed === displayed &&
            order.displayed + order.hidden === this.#open.get(id) &&
            order.remaining === this.#open.get(id) &&
            order.position === position &&
            order.ahead === ahead;
          if (!same) throw new Error(`${JSON.stringify(order)} should be order ${id}, which shows ${displayed}`);
          ahead += displayed;
        }
        if (queue.length !== believed.length || count !== queue.length || total !== ahead) {
          throw new Error(`${side} ${price} has ${total} in ${count} orders, not ${ahead} in ${believed.length}`);
        }
        orders += count;
        return true;
      });
      if (matcher.levels(side) !== this.#queues[side].size) throw new Error(`${side} has levels that nobody told of`);
    }
    if (orders !== this.#open.size) throw new Error(`${orders} orders rest, ${this.#open.size} are open`);
  }

  #trades(id: number, size: Lots): void {
    const open = this.#open.get(id);
    if (open === undefined || size <= 0 || size > open) throw new Error(`Order ${id} trades ${size} of ${open}`);
    this.#open.set(id, open - size);
  }

  #shrinks(id: number, side: Side, price: Ticks, by: number): void {
    if (id !== this.#maker) return;
    this.#maker = 0;
    this.#book(side, BigInt(price) * BigInt(by));
  }

  #book(side: Side, amount: bigint): void {
    if (side === 'buy') this.paid += amount;
    else this.received += amount;
  }

  #bestPrice(side: Side): number | undefined {
    let best: number | undefined;
    for (const price of this.#queues[side].keys()) {
      if (best === undefined || (side === 'buy' ? price > best : price < best)) best = price;
    }
    return best;
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

function sideNumber(side: Side): number {
  return side === 'buy' ? 1 : -1;
}
