import type { Ticks } from '@kb/model';
import type { Estimator, OnFill, TrialOrder } from '../estimate/estimator.ts';
import type { BookSide } from '../order-row.ts';
import type { BookMessage, Print, PublicStream } from '../stream/public-stream.ts';
import { PEER_RULES } from './peer-rules.ts';
import type { PeerQueue, PeerRule } from './peer-rule.ts';

interface PeerState extends PeerQueue {
  left: number;
}

interface PeerOrder {
  readonly order: TrialOrder;
  /** One a rule. */
  readonly states: readonly PeerState[];
}

/** The peers' rules side by side, on the same public messages as the paper engine. No rule sees another's fills. */
export class PeerDesk implements Estimator {
  readonly columns: readonly string[] = PEER_RULES.map(({ name }) => name);
  readonly #onFill: OnFill;
  readonly #orders = new Map<number, PeerOrder>();
  readonly #waiting: Record<BookSide, Map<number, Set<PeerOrder>>> = { buy: new Map(), sell: new Map() };
  #book: PublicStream['book'] | undefined;

  constructor(onFill: OnFill) {
    this.#onFill = onFill;
  }

  /** Where it reads the displayed size of a level at which an order arrives. */
  watch(stream: PublicStream): void {
    this.#book = stream.book;
  }

  book({ time, changes, bidBefore, askBefore, book }: BookMessage): void {
    this.#depths('buy', changes.bidPrices, bidBefore, changes.bidSizes);
    this.#depths('sell', changes.askPrices, askBefore, changes.askSizes);
    this.#cross('buy', book.bestAsk(), time);
    this.#cross('sell', book.bestBid(), time);
  }

  print({ time, price: printed, size, side }: Print): void {
    for (const [price, waiting] of this.#waiting[side]) {
      if (price === printed) {
        this.#each(waiting, (order, rule, state, column) => {
          const filled = rule.queue?.print(state, size) ?? (rule.onTouch ? state.left : 0);
          this.#fill(order, state, column, filled, time);
        });
      } else if (side === 'buy' ? price > printed : price < printed) {
        this.#each(waiting, (order, rule, state, column) => {
          if (rule.onThrough === 'nothing') return;
          this.#fill(order, state, column, rule.onThrough === 'all' ? state.left : size, time);
        });
      }
    }
  }

  place(order: TrialOrder, at: number): void {
    const { side, price, size } = order;
    const ahead = this.#book?.sizeOf(side, price) ?? 0;
    const peer = { order, states: PEER_RULES.map(() => ({ ahead, printed: 0, left: size })) };
    this.#orders.set(order.number, peer);
    const level = this.#waiting[side].get(price) ?? new Set();
    this.#waiting[side].set(price, level.add(peer));
    this.#cross(side, side === 'buy' ? this.#book?.bestAsk() : this.#book?.bestBid(), at);
  }

  cancel({ number }: TrialOrder): void {
    const peer = this.#orders.get(number);
    if (peer !== undefined) this.#remove(peer);
  }

  ahead({ number }: TrialOrder, column: number): number | undefined {
    const state = this.#orders.get(number)?.states[column];
    return PEER_RULES[column]?.queue === undefined || state === undefined || state.left === 0 ? undefined : state.ahead;
  }

  #depths(side: BookSide, prices: readonly Ticks[], before: readonly number[], after: readonly number[]): void {
    const waiting = this.#waiting[side];
    if (waiting.size === 0) return;
    for (const [index, price] of prices.entries()) {
      const level = waiting.get(price);
      if (level === undefined) continue;
      this.#each(level, (_order, rule, state) => rule.queue?.depth(state, before[index] ?? 0, after[index] ?? 0));
    }
  }

  #cross(side: BookSide, facing: Ticks | undefined, time: number): void {
    if (facing === undefined) return;
    for (const [price, waiting] of this.#waiting[side]) {
      if (side === 'buy' ? price < facing : price > facing) continue;
      this.#each(waiting, (order, _rule, state, column) => this.#fill(order, state, column, state.left, time));
    }
  }

  #each(
    waiting: Set<PeerOrder>,
    visit: (order: TrialOrder, rule: PeerRule, state: PeerState, column: number) => void,
  ): void {
    for (const peer of waiting) {
      let isLive = false;
      for (const [column, rule] of PEER_RULES.entries()) {
        const state = peer.states[column];
        if (state === undefined || state.left === 0) continue;
        visit(peer.order, rule, state, column);
        if (state.left > 0) isLive = true;
      }
      if (!isLive) this.#remove(peer);
    }
  }

  #fill(order: TrialOrder, state: PeerState, column: number, size: number, time: number): void {
    const filled = Math.min(size, state.left);
    if (filled <= 0) return;
    state.left -= filled;
    this.#onFill(order.number, column, time, filled, order.price);
  }

  #remove(peer: PeerOrder): void {
    const { side, price, number } = peer.order;
    this.#orders.delete(number);
    const level = this.#waiting[side].get(price);
    level?.delete(peer);
    if (level?.size === 0) this.#waiting[side].delete(price);
  }
}
