import type { FillReport, Instrument, QueueModelId } from '@kb/model';
import { bigCountToDecimal } from '@kb/model';
import { FEE_DECIMALS } from '@kb/paper-exec';
import { Decimal } from 'decimal.js';
import { BestSum, worth } from './best-sum.ts';
import type { Outcome } from './best-sum.ts';

/** Between what every order made at its worst and at its best, net of fees: `low` and `high` in the quote currency. */
export interface Range {
  readonly low: Decimal;
  readonly high: Decimal;
}

/**
 * The bracket of a run's profit, order by order: for each order the worst and the best of what the queue models made of it,
 * fills against the mark of the moment, net of fees, summed over all orders.
 *
 * Two models with whole accounts are no bounds: an order more may lose, so that the truth, whose fills lie between theirs, need
 * not earn between them. Of a single order the truth lies between the models as long as its fills do. It holds what every
 * model that ran has made, at every mark, and is exact at every mark that a book can have (whole and half ticks).
 *
 * Bounded: an order is kept while models differ on it, the last `MAX_OPEN` of them; then its outcomes go into a `BestSum`. An
 * order that fills again after that counts as another one, which widens the bracket, if it changes it.
 *
 * Fees count in the quote and the base currency of a pair; a paper venue charges no others.
 */
export class OrderBracket {
  readonly #models: readonly QueueModelId[];
  readonly #pairs = new Map<string, PairBracket>();

  /** @param instruments All with the same quote currency. @param models All whose fills will be told. */
  constructor(instruments: Iterable<Instrument>, models: readonly QueueModelId[]) {
    this.#models = models;
    for (const instrument of instruments) {
      this.#pairs.set(instrument.symbol, new PairBracket(instrument, models.length));
    }
  }

  /** Takes in what a model filled; of a model or a pair that was not named it knows nothing. */
  apply(model: QueueModelId, fill: FillReport): void {
    const index = this.#models.indexOf(model);
    if (index >= 0) this.#pairs.get(fill.symbol)?.apply(index, fill);
  }

  /** @param midOf Of a pair, in ticks, whole or half. @returns `undefined` while a pair that was traded has no mid. */
  at(midOf: (symbol: string) => number | undefined): Range | undefined {
    let [low, high] = [ZERO, ZERO];
    for (const [symbol, pair] of this.#pairs) {
      if (pair.isUntouched) continue;
      const mid = midOf(symbol);
      if (mid === undefined) return undefined;
      const range = pair.at(mid);
      low = low.plus(range.low);
      high = high.plus(range.high);
    }
    return { low, high };
  }
}

/** What is kept of one order: an outcome for each model. */
type OpenOrder = { cash: bigint; held: bigint }[];

/**
 * One pair's orders. Marks are counted in half ticks, what is held in 10^-10 of the base currency or finer, so that every mid,
 * and every fee of either currency, is whole.
 */
class PairBracket {
  readonly #instrument: Instrument;
  readonly #models: number;
  readonly #finer: number;
  readonly #lot: bigint;
  readonly #best = new BestSum();
  /** Of the outcomes with their signs turned: its best is the worst of them. */
  readonly #worst = new BestSum();
  readonly #open = new Map<string, OpenOrder>();
  isUntouched = true;

  constructor(instrument: Instrument, models: number) {
    this.#instrument = instrument;
    this.#models = models;
    this.#finer = Math.max(0, FEE_DECIMALS - instrument.qtyPrecision);
    this.#lot = 10n ** BigInt(this.#finer);
  }

  apply(model: number, fill: FillReport): void {
    this.isUntouched = false;
    let order = this.#open.get(fill.clientOrderId);
    if (order === undefined) {
      order = Array.from({ length: this.#models }, () => ({ cash: 0n, held: 0n }));
      this.#open.set(fill.clientOrderId, order);
    }
    const outcome = order[model];
    if (outcome === undefined) return;
    this.#book(outcome, fill);
    if (areAlike(order)) this.#settle(fill.clientOrderId, order.slice(0, 1));
    for (const [id, oldest] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return;
      this.#settle(id, oldest);
    }
  }

  at(mid: number): Range {
    const mark = mid * 2;
    let low = -this.#worst.at(mark);
    let high = this.#best.at(mark);
    for (const order of this.#open.values()) {
      const worths = order.map((outcome) => worth(outcome, mark));
      low += worths.reduce((least, each) => (each < least ? each : least));
      high += worths.reduce((most, each) => (each > most ? each : most));
    }
    return { low: this.#money(low), high: this.#money(high) };
  }

  #book(outcome: OpenOrder[number], { fee, feeAsset, price, side, size }: FillReport): void {
    const { base, quote, pricePrecision, qtyPrecision } = this.#instrument;
    const sign = side === 'buy' ? 1n : -1n;
    outcome.held += sign * BigInt(size) * this.#lot;
    outcome.cash -= sign * BigInt(size) * this.#lot * BigInt(price) * 2n;
    const decimals = qtyPrecision + this.#finer;
    if (feeAsset === quote) outcome.cash -= countOf(fee, decimals + pricePrecision) * 2n;
    else if (feeAsset === base) outcome.held -= countOf(fee, decimals);
  }

  #settle(id: string, outcomes: readonly Outcome[]): void {
    this.#best.add(outcomes);
    this.#worst.add(outcomes.map(({ cash, held }) => ({ cash: -cash, held: -held })));
    this.#open.delete(id);
  }

  /** Half a tick is five of the next decimal. */
  #money(count: bigint): Decimal {
    const { pricePrecision, qtyPrecision } = this.#instrument;
    return new Exact(bigCountToDecimal(count * 5n, pricePrecision + qtyPrecision + this.#finer + 1));
  }
}

function areAlike(order: OpenOrder): boolean {
  const [first] = order;
  return order.every(({ cash, held }) => cash === first?.cash && held === first.held);
}

/** Reads decimal text. Digits beyond these decimals are cut off: no fee of a paper venue has any. */
function countOf(text: string, decimals: number): bigint {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text + '0'.repeat(decimals));
  return BigInt(text.slice(0, point) + text.slice(point + 1, point + 1 + decimals).padEnd(decimals, '0'));
}

/** Orders of a pair on which models differ that are kept as they are. */
export const MAX_OPEN = 256;

/** Our own settings: nobody's `Decimal.set` can round a bracket. */
const Exact: Decimal.Constructor = Decimal.clone({ precision: 120, defaults: true });
const ZERO: Decimal = new Exact(0);
