import { lots, NO_LOTS } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { PaperOrder } from '../matching/paper-order.ts';
import { keptSizes, roomFor } from './reduce-only.ts';

/** An order and how much it may keep. */
export interface Trim {
  readonly order: PaperOrder;
  readonly keep: Lots;
}

interface Candidate {
  readonly order: PaperOrder;
  readonly side: Side;
  readonly price: Ticks | undefined;
  readonly remaining: Lots;
}

/** Open orders that may only trade a margin position back, oldest first. Those that wait for their trigger do not count. */
export class ReducingOrders {
  readonly #orders = new Set<PaperOrder>();
  readonly #followed: number;
  readonly #positionOf: (symbol: string) => number;
  /** Pairs whose position has changed since the orders were brought in line with it. */
  readonly #repositioned = new Set<string>();

  /** @param followed Index of the queue model that moves the position. @param positionOf Signed lots. */
  constructor(followed: number, positionOf: (symbol: string) => number) {
    this.#followed = followed;
    this.#positionOf = positionOf;
  }

  add(order: PaperOrder): void {
    this.#orders.add(order);
  }

  remove(order: PaperOrder): void {
    this.#orders.delete(order);
  }

  has(order: PaperOrder): boolean {
    return this.#orders.has(order);
  }

  /** Lots that an order on this side could trade the position back by. */
  roomFor(symbol: string, side: Side): number {
    return roomFor(side, this.#positionOf(symbol));
  }

  /** A fill may have moved the position. @returns Orders that are larger than they may be by now. */
  moved(symbol: string): readonly Trim[] {
    if (this.#orders.size === 0) return NONE;
    this.#repositioned.add(symbol);
    return SIDES.flatMap((side) => this.trims(symbol, side));
  }

  /** What of the orders of pairs whose position has changed is too much now. */
  changes(): readonly Trim[] {
    if (this.#repositioned.size === 0) return NONE;
    const symbols = [...this.#repositioned];
    this.#repositioned.clear();
    return symbols.flatMap((symbol) => SIDES.flatMap((side) => this.trims(symbol, side)));
  }

  /** Lots that an order may keep which goes to the market now. Those that give way to it do so once it has. */
  keepOf(order: PaperOrder): Lots {
    const { instrument, side } = order;
    this.#repositioned.add(instrument.symbol);
    return this.#keptOf(instrument.symbol, side).find((kept) => kept.order === order)?.keep ?? NO_LOTS;
  }

  /** Orders of a pair and side that are larger than they may be. */
  trims(symbol: string, side: Side): readonly Trim[] {
    return this.#keptOf(symbol, side).filter(({ order, keep }) => this.#filledOf(order) + keep < order.size);
  }

  #keptOf(symbol: string, side: Side): readonly Trim[] {
    const candidates: Candidate[] = [...this.#orders]
      .filter((order) => order.open && !order.isParked && order.side === side && order.instrument.symbol === symbol)
      .map((order) => ({ order, side, price: order.price, remaining: lots(order.size - this.#filledOf(order)) }));
    if (candidates.length === 0) return NONE;
    return keptSizes(candidates, this.roomFor(symbol, side)).map(({ order, keep }) => ({ order: order.order, keep }));
  }

  #filledOf(order: PaperOrder): number {
    return order.states[this.#followed]?.filled ?? 0;
  }
}

/** Leaves an order no more than that in any queue model. */
export function clipStates(order: PaperOrder, keep: Lots): void {
  for (const state of order.states) state.remaining = lots(Math.min(state.remaining, keep));
}

const SIDES = ['buy', 'sell'] as const;
const NONE: readonly Trim[] = [];
