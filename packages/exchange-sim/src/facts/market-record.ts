import { SECOND } from '@kb/model';
import type { Lots, Side } from '@kb/model';
import type { Flow } from '../flow/flow.ts';
import type { MetaorderListener } from '../flow/metaorders.ts';
import { Matcher } from '../matching/matcher.ts';
import { LogHistogram } from './histogram.ts';

/** How far from the best the shape of the book is looked at, in bands of a quarter basis point. */
const BANDS = 80;
export const BAND_BP = 0.25;
/** Every so many cancels, its place in the queue is looked up. */
const CANCEL_SAMPLE = 8;

/** Market time from one call of `onProgress` to the next, at most. */
const MOST_UNTOLD = 600 * SECOND;

/** A large order that was worked by many small ones, and what the mid did meanwhile. */
export interface RecordedMetaorder {
  /** Lots. */
  readonly volume: number;
  readonly children: number;
  /** Logarithm of mid after over mid before, times the side. */
  readonly impact: number;
}

/** What the facts are computed from: one market, watched while it runs. */
export interface MarketRecord {
  readonly seconds: number;
  /** Logarithm of the mid each 100 ms. */
  readonly logMids: readonly number[];
  /** Spread at the same times, in steps of the tick size. */
  readonly spreads: readonly number[];
  /** Of each order that took: side (1 bought) and lots. */
  readonly takerSigns: readonly number[];
  readonly takerSizes: readonly number[];
  readonly metaorders: readonly RecordedMetaorder[];
  /** Seconds from resting to the end, of all orders that rested. */
  readonly lives: LogHistogram;
  /** Seconds between two events that changed the book. */
  readonly gaps: LogHistogram;
  /** Of cancels in queues of two and more: how many were looked at, and how many stood behind the middle. */
  readonly cancels: { readonly seen: number; readonly behind: number };
  /** Of the times when the best bids were so large a part of the best queues (tenths): how often the next move of the mid was up. */
  readonly imbalance: { readonly seen: Float64Array; readonly up: Float64Array };
  /** Mean lots in each band from the best of its side, over both sides and one look each ten seconds. */
  readonly depth: Float64Array;
}

export interface RecordOptions {
  readonly tickSize: number;
  /** Makes the flow that is watched, on that matcher; it tells the listener of its metaorders, if it knows any. */
  readonly makeFlow: (matcher: Matcher, metaorders: MetaorderListener) => Flow;
  readonly seconds: number;
  /** Called, and waited for, once for each per cent, or each ten minutes of market time. @returns False to end it there. */
  readonly onProgress?: (share: number) => Promise<boolean>;
}

/** Runs a market from its first book, alone, and writes down what the facts need; `undefined` when `onProgress` ended it. */
export function recordMarket(options: RecordOptions): Promise<MarketRecord | undefined> {
  return new Recorder(options).run();
}

class Recorder {
  readonly #options: RecordOptions;
  readonly #matcher: WatchedMatcher;
  readonly #flow: Flow;
  readonly #born = new Map<number, number>();
  readonly #lives = new LogHistogram();
  readonly #gaps = new LogHistogram();
  readonly #logMids: number[] = [];
  readonly #spreads: number[] = [];
  readonly #signs: number[] = [];
  readonly #sizes: number[] = [];
  readonly #metaorders: RecordedMetaorder[] = [];
  readonly #startMids = new Map<number, number>();
  readonly #seen = new Float64Array(10);
  readonly #up = new Float64Array(10);
  readonly #pending = new Float64Array(10);
  readonly #depth = new Float64Array(BANDS);
  #looks = 0;
  #now = 0;
  #taker = -1;
  #changes = 0;
  #changedAt = 0;
  #mid = 1;

  constructor(options: RecordOptions) {
    this.#options = options;
    this.#matcher = new WatchedMatcher({
      onTrade: (_trade, _maker, taker, side, _price, size) => this.#onTrade(taker, side, size),
      onQueued: (id) => this.#born.set(id, this.#now),
      onResized: () => undefined,
      onUnqueued: () => undefined,
      onLevel: () => void (this.#changes += 1),
      onDone: (id) => this.#onDone(id),
    });
    this.#flow = options.makeFlow(this.#matcher, {
      onStart: (metaorder) => void this.#startMids.set(metaorder, this.#mid),
      onEnd: (metaorder, side, volume, children) => this.#onMetaorder(metaorder, side, volume, children),
    });
    this.#mid = this.#currentMid() ?? 1;
  }

  async run(): Promise<MarketRecord | undefined> {
    const { seconds, onProgress } = this.#options;
    const end = seconds * SECOND;
    const flow = this.#flow;
    let sampleAt = SECOND / 10;
    let samples = 0;
    const step = Math.min(end / 100, MOST_UNTOLD);
    let tellAt = step;
    for (let at: number = flow.nextAt; at < end; at = flow.nextAt) {
      while (sampleAt <= at) {
        this.#sample(samples);
        samples += 1;
        sampleAt += SECOND / 10;
        if (sampleAt < tellAt) continue;
        tellAt += step;
        if ((await onProgress?.(sampleAt / end)) === false) return undefined;
      }
      this.#now = at;
      const before = this.#changes;
      flow.step();
      if (this.#changes > before) this.#onChange();
    }
    return {
      seconds,
      logMids: this.#logMids,
      spreads: this.#spreads,
      takerSigns: this.#signs,
      takerSizes: this.#sizes,
      metaorders: this.#metaorders,
      lives: this.#lives,
      gaps: this.#gaps,
      cancels: this.#matcher.cancels,
      imbalance: { seen: this.#seen, up: this.#up },
      depth: this.#depth.map((sum) => sum / this.#looks),
    };
  }

  #onTrade(taker: number, side: Side, size: Lots): void {
    if (taker === this.#taker) {
      this.#sizes.push((this.#sizes.pop() ?? 0) + size);
      return;
    }
    this.#taker = taker;
    this.#signs.push(side === 'buy' ? 1 : -1);
    this.#sizes.push(size);
  }

  #onDone(id: number): void {
    const born = this.#born.get(id);
    if (born === undefined) return;
    this.#born.delete(id);
    this.#lives.add((this.#now - born) / SECOND);
  }

  #onMetaorder(metaorder: number, side: Side, volume: number, children: number): void {
    const before = this.#startMids.get(metaorder);
    const after = this.#currentMid() ?? this.#mid;
    this.#startMids.delete(metaorder);
    if (before === undefined) return;
    this.#metaorders.push({ volume, children, impact: (side === 'buy' ? 1 : -1) * Math.log(after / before) });
  }

  #onChange(): void {
    this.#gaps.add((this.#now - this.#changedAt) / SECOND);
    this.#changedAt = this.#now;
    const mid = this.#currentMid();
    if (mid === undefined || mid === this.#mid) return;
    const isUp = mid > this.#mid;
    this.#mid = mid;
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const count = this.#pending[tenth] ?? 0;
      this.#seen[tenth] = (this.#seen[tenth] ?? 0) + count;
      if (isUp) this.#up[tenth] = (this.#up[tenth] ?? 0) + count;
    }
    this.#pending.fill(0);
  }

  #currentMid(): number | undefined {
    const bid = this.#matcher.best('buy');
    const ask = this.#matcher.best('sell');
    return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
  }

  #sample(nth: number): void {
    const matcher = this.#matcher;
    const bid = matcher.best('buy');
    const ask = matcher.best('sell');
    this.#logMids.push(Math.log(this.#mid));
    if (bid === undefined || ask === undefined) {
      this.#spreads.push(Infinity);
      return;
    }
    this.#spreads.push((ask - bid) / this.#options.tickSize);
    const bids = matcher.total('buy', bid);
    const tenth = Math.min(Math.floor((10 * bids) / (bids + matcher.total('sell', ask))), 9);
    this.#pending[tenth] = (this.#pending[tenth] ?? 0) + 1;
    if (nth % 100 === 0) {
      this.#looks += 2;
      this.#lookAt('buy', bid);
      this.#lookAt('sell', ask);
    }
  }

  #lookAt(side: Side, best: number): void {
    this.#matcher.walk(side, (price, total) => {
      const band = Math.floor(((Math.abs(price - best) / best) * 10_000) / BAND_BP);
      if (band >= BANDS) return false;
      this.#depth[band] = (this.#depth[band] ?? 0) + total;
      return true;
    });
  }
}

/** A matcher that looks where in its queue an order stands that is about to be cancelled. */
class WatchedMatcher extends Matcher {
  readonly cancels = { seen: 0, behind: 0 };
  #nth = 0;

  override cancel(orderId: number): boolean {
    this.#nth += 1;
    if (this.#nth % CANCEL_SAMPLE === 0) this.#look(orderId);
    return super.cancel(orderId);
  }

  #look(orderId: number): void {
    const order = this.order(orderId);
    if (order === undefined) return;
    const others = this.queue(order.side, order.price).length - 1;
    if (others === 0) return;
    this.cancels.seen += 1;
    if (order.position > others / 2) this.cancels.behind += 1;
  }
}
