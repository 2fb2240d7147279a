import type { BookView, Micros } from '@kb/model';
import { StrategyError } from '../errors.ts';
import { SnapshotReader } from '../snapshot.ts';
import { checkOptions } from './checks.ts';

/** One rank of a book: the best prices and their sizes, or those of the same place further down. */
export interface BookRank {
  readonly bidPrice: number;
  readonly bidSize: number;
  readonly askPrice: number;
  readonly askSize: number;
}

/**
 * What one change of the book adds to order-flow imbalance (Cont, Kukanov and Stoikov): size that came to the bid or left the
 * ask, less what left the bid or came to the ask. In the unit of the sizes.
 */
export function bookFlow(before: BookRank, after: BookRank): number {
  let flow = 0;
  if (after.bidPrice >= before.bidPrice) flow += after.bidSize;
  if (after.bidPrice <= before.bidPrice) flow -= before.bidSize;
  if (after.askPrice <= before.askPrice) flow -= after.askSize;
  if (after.askPrice >= before.askPrice) flow += before.askSize;
  return flow;
}

export interface OrderFlowImbalanceOptions {
  /** Length of the window, milliseconds: changes less old than this count. Default 10 000. */
  readonly windowMs?: number;
  /** Ranks from the best on, rank m with weight 0.5^(m − 1). Those near the subscribed depth come and go. Default 1. */
  readonly ranks?: number;
  /** Changes kept at most; the oldest leave early when there are more. Default 4096. */
  readonly maxChanges?: number;
}

/**
 * Order-flow imbalance of a window of time: Σ of `bookFlow` over the changes of the watched ranks, in lots.
 *
 * Bring the book once per message, whole and checked, with own orders taken out of it. A message that leaves the watched ranks
 * alone is no change. A rank that a side lacks counts for nothing.
 */
export class OrderFlowImbalance {
  readonly #window: number;
  readonly #maxChanges: number;
  /** Ring of changes: instant, flow, and mean size of the two sides after it. */
  readonly #times: Float64Array;
  readonly #flows: Float64Array;
  readonly #depths: Float64Array;
  #oldest = 0;
  #length = 0;
  #flowSum = 0;
  #depthSum = 0;
  #sinceSummed = 0;
  #shed = 0;
  #at: Micros | undefined;
  /** Since when the book has been watched without a gap; `undefined` when it is not. */
  #since: Micros | undefined;
  #ranks: MutableRank[];
  #spare: MutableRank[];

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every fault. */
  constructor(options: OrderFlowImbalanceOptions = {}) {
    const { windowMs = 10_000, ranks = 1, maxChanges = 4096 } = options;
    checkOptions(OWNER, { windowMs }, { ranks, maxChanges });
    this.#window = windowMs * US_PER_MS;
    this.#maxChanges = maxChanges;
    this.#times = new Float64Array(maxChanges);
    this.#flows = new Float64Array(maxChanges);
    this.#depths = new Float64Array(maxChanges);
    this.#ranks = Array.from({ length: ranks }, emptyRank);
    this.#spare = Array.from({ length: ranks }, emptyRank);
  }

  /** Lots, above zero when buyers pressed; `undefined` until the book was watched for a whole window. */
  get flow(): number | undefined {
    return this.isReady ? this.#flowSum : undefined;
  }

  /** The same over the average size of a side, (bid + ask) / 2, after the changes of the window: a pure number. */
  get normalised(): number | undefined {
    if (!this.isReady) return undefined;
    const depth = this.#length === 0 ? depthOf(this.#ranks) : this.#depthSum / this.#length;
    return this.#flowSum / depth;
  }

  get isReady(): boolean {
    return this.#since !== undefined && this.#at !== undefined && this.#at - this.#since >= this.#window;
  }

  /** Changes in the window now. */
  get changes(): number {
    return this.#length;
  }

  /** Changes that left early because there were too many. */
  get shed(): number {
    return this.#shed;
  }

  /** Takes the book after a message. One that is empty on a side, or crossed, is lost. */
  update(at: Micros, book: BookView): void {
    this.advance(at);
    const after = this.#spare;
    let index = 0;
    for (const rank of after) {
      readRank(rank, book, index);
      index += 1;
    }
    const best = after[0];
    if (best === undefined || !isWhole(best) || best.bidPrice >= best.askPrice) {
      this.lost();
      return;
    }
    if (this.#since === undefined) this.#since = this.#at;
    else if (!isSame(this.#ranks, after)) this.#push(flowBetween(this.#ranks, after), depthOf(after));
    this.#spare = this.#ranks;
    this.#ranks = after;
  }

  /** Time passed and the book stands as it was. An instant earlier than before counts as the latest. */
  advance(at: Micros): void {
    if (this.#at === undefined || at > this.#at) this.#at = at;
    const start = this.#at - this.#window;
    while (this.#length > 0 && (this.#times[this.#oldest] ?? 0) <= start) this.#drop();
  }

  /** The book was lost or comes anew: nothing is counted across that, and the window begins again. */
  lost(): void {
    this.#since = undefined;
    this.#oldest = 0;
    this.#length = 0;
    this.#flowSum = 0;
    this.#depthSum = 0;
    this.#sinceSummed = 0;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      window: this.#window,
      maxChanges: this.#maxChanges,
      at: this.#at,
      since: this.#since,
      times: this.#inOrder(this.#times),
      flows: this.#inOrder(this.#flows),
      depths: this.#inOrder(this.#depths),
      flowSum: this.#flowSum,
      depthSum: this.#depthSum,
      sinceSummed: this.#sinceSummed,
      shed: this.#shed,
      ranks: this.#ranks.flatMap((rank) => [rank.bidPrice, rank.bidSize, rank.askPrice, rank.askSize]),
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT`; the measure is as it was then. */
  restore(state: unknown): void {
    const read = new SnapshotReader(OWNER, state, VERSION);
    read.expect('window', this.#window);
    read.expect('maxChanges', this.#maxChanges);
    const at = read.optionalTime('at');
    const since = read.optionalTime('since');
    const times = read.numbers('times', this.#maxChanges);
    const flows = read.numbers('flows', this.#maxChanges);
    const depths = read.numbers('depths', this.#maxChanges);
    read.sameLength('times', times, 'flows', flows);
    read.sameLength('times', times, 'depths', depths);
    const flowSum = read.number('flowSum');
    const depthSum = read.notNegative('depthSum');
    const sinceSummed = read.count('sinceSummed');
    const shed = read.count('shed');
    const ranks = read.numbersOf('ranks', this.#ranks.length * FIELDS);
    read.finish();
    if (since !== undefined && !((ranks[1] ?? 0) > 0 && (ranks[3] ?? 0) > 0)) {
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, ['expected sizes > 0 at the first of ranks']);
    }
    this.#at = at;
    this.#since = since;
    this.#oldest = 0;
    this.#length = times.length;
    this.#times.set(times);
    this.#flows.set(flows);
    this.#depths.set(depths);
    this.#flowSum = flowSum;
    this.#depthSum = depthSum;
    this.#sinceSummed = sinceSummed;
    this.#shed = shed;
    for (const [index, rank] of this.#ranks.entries()) {
      const first = index * FIELDS;
      rank.bidPrice = ranks[first] ?? 0;
      rank.bidSize = ranks[first + 1] ?? 0;
      rank.askPrice = ranks[first + 2] ?? 0;
      rank.askSize = ranks[first + 3] ?? 0;
    }
  }

  #push(flow: number, depth: number): void {
    if (this.#length === this.#maxChanges) {
      this.#drop();
      this.#shed += 1;
    }
    const place = (this.#oldest + this.#length) % this.#maxChanges;
    this.#times[place] = this.#at ?? 0;
    this.#flows[place] = flow;
    this.#depths[place] = depth;
    this.#length += 1;
    this.#flowSum += flow;
    this.#depthSum += depth;
    this.#sinceSummed += 1;
    if (this.#sinceSummed >= SUM_EVERY) this.#sumAgain();
  }

  #drop(): void {
    this.#flowSum -= this.#flows[this.#oldest] ?? 0;
    this.#depthSum -= this.#depths[this.#oldest] ?? 0;
    this.#oldest = (this.#oldest + 1) % this.#maxChanges;
    this.#length -= 1;
  }

  /** Sums the window afresh, so that what doubles round away does not gather. */
  #sumAgain(): void {
    this.#sinceSummed = 0;
    this.#flowSum = 0;
    this.#depthSum = 0;
    for (let index = 0; index < this.#length; index += 1) {
      const place = (this.#oldest + index) % this.#maxChanges;
      this.#flowSum += this.#flows[place] ?? 0;
      this.#depthSum += this.#depths[place] ?? 0;
    }
  }

  #inOrder(ring: Float64Array): number[] {
    return Array.from({ length: this.#length }, (_, index) => ring[(this.#oldest + index) % this.#maxChanges] ?? 0);
  }
}

type MutableRank = { -readonly [Field in keyof BookRank]: BookRank[Field] };

function emptyRank(): MutableRank {
  return { bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 };
}

function readRank(rank: MutableRank, book: BookView, index: number): void {
  rank.bidPrice = book.priceAt('buy', index) ?? 0;
  rank.bidSize = book.sizeAt('buy', index) ?? 0;
  rank.askPrice = book.priceAt('sell', index) ?? 0;
  rank.askSize = book.sizeAt('sell', index) ?? 0;
}

function isWhole(rank: BookRank): boolean {
  return rank.bidSize > 0 && rank.askSize > 0;
}

function isSame(before: readonly BookRank[], after: readonly BookRank[]): boolean {
  for (let index = 0; index < after.length; index += 1) {
    const a = before[index];
    const b = after[index];
    if (a === undefined || b === undefined) return false;
    if (a.bidPrice !== b.bidPrice || a.bidSize !== b.bidSize) return false;
    if (a.askPrice !== b.askPrice || a.askSize !== b.askSize) return false;
  }
  return true;
}

function flowBetween(before: readonly BookRank[], after: readonly BookRank[]): number {
  let flow = 0;
  let weight = 1;
  for (let index = 0; index < after.length; index += 1) {
    const a = before[index];
    const b = after[index];
    if (a !== undefined && b !== undefined && isWhole(a) && isWhole(b)) flow += weight * bookFlow(a, b);
    weight *= RANK_WEIGHT;
  }
  return flow;
}

/** Mean size of the two sides, ranks weighted as in the flow. */
function depthOf(ranks: readonly BookRank[]): number {
  let depth = 0;
  let weight = 1;
  for (const rank of ranks) {
    if (isWhole(rank)) depth += (weight * (rank.bidSize + rank.askSize)) / 2;
    weight *= RANK_WEIGHT;
  }
  return depth;
}

const OWNER = 'OrderFlowImbalance';
const VERSION = 1;
const US_PER_MS = 1000;
const RANK_WEIGHT = 0.5;
const FIELDS = 4;
const SUM_EVERY = 1000;
