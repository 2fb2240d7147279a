import { assertNever, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { AccountTier } from '../accounts/account.ts';
import { DecayingCounter } from './decaying-counter.ts';

/**
 * The REST counter of a key: rises with calls, decays with time. A call that would bring it above the tier's maximum is refused
 * and costs nothing. @see https://docs.kraken.com/exchange/guides/rest/ratelimits
 */
export class RestCounter {
  readonly #most: number;
  readonly #enabled: boolean;
  readonly #counter: DecayingCounter;

  constructor(tier: AccountTier, enabled = true) {
    const { most, decay } = REST_LIMITS[tier];
    this.#most = most;
    this.#enabled = enabled;
    this.#counter = new DecayingCounter(decay);
  }

  /** Charges a call of this method (`Balance`). @returns `EAPI:Rate limit exceeded` when it may not go on. */
  charge(method: string, at: Micros): string | undefined {
    if (!this.#enabled) return undefined;
    return this.#counter.raise(restCost(method), this.#most, at) ? undefined : 'EAPI:Rate limit exceeded';
  }

  value(at: Micros): number {
    return this.#counter.value(at);
  }
}

export { ConnectionLimit } from './connection-limit.ts';

export type TradingCall = 'add' | 'amend' | 'edit' | 'cancel' | 'batch-add' | 'batch-cancel' | 'cancel-all';

/**
 * The trading counter of an account, per pair, shared by REST and WebSocket. A call that would bring it above the threshold is refused
 * and costs nothing; batch cancels and `cancel_all` are always let through, and charged. An amend or an edit that fails is charged its
 * fixed part only (`refundAges`).
 * @see https://docs.kraken.com/exchange/guides/general/ratelimits
 */
export class OrderCounter {
  /** Threshold of the tier: 60, 125, 180 (`maxratecount`). */
  readonly most: number;
  /** Open orders per pair: 60, 80, 225. */
  readonly mostOpenOrders: number;
  /** False where nothing is counted nor refused. */
  readonly enabled: boolean;
  readonly #decay: string;
  /** By symbol: one for each pair that was traded. */
  readonly #counters = new Map<string, DecayingCounter>();

  constructor(tier: AccountTier, enabled = true) {
    const { most, mostOpenOrders, decay } = TRADING_LIMITS[tier];
    this.most = most;
    this.mostOpenOrders = mostOpenOrders;
    this.#decay = decay;
    this.enabled = enabled;
  }

  /**
   * Charges a call.
   * @param symbol A listed one: each gets a counter.
   * @param ages Ages in µs of the orders it touches, since creation or last amend; empty for adds.
   * @param count How many orders a batch has. @returns `EOrder:Rate limit exceeded` when it may not go on.
   */
  charge(symbol: string, call: TradingCall, ages: readonly number[], count: number, at: Micros): string | undefined {
    if (!this.enabled) return undefined;
    let counter = this.#counters.get(symbol);
    if (counter === undefined) {
      counter = new DecayingCounter(this.#decay);
      this.#counters.set(symbol, counter);
    }
    const most = call === 'batch-cancel' || call === 'cancel-all' ? Infinity : this.most;
    return counter.raise(tradingCost(call, ages, count), most, at) ? undefined : 'EOrder:Rate limit exceeded';
  }

  /** Takes back, of a call that was charged just now and has failed, what the ages of its orders cost: the fixed part stays charged. */
  refundAges(symbol: string, call: TradingCall, ages: readonly number[], at: Micros): void {
    if (!this.enabled) return;
    this.#counters.get(symbol)?.lower(tradingCost(call, ages, 1) - tradingCost(call, [], 1), at);
  }

  value(symbol: string, at: Micros): number {
    return this.#counters.get(symbol)?.value(at) ?? 0;
  }
}

/** What a REST call adds to the counter of its key. Calls of the trading engine have a counter of their own. */
export function restCost(method: string): number {
  if (TRADING_METHODS.has(method)) return 0;
  return HISTORY_METHODS.has(method) ? 2 : 1;
}

/** What a call of the trading engine adds to the counter of its pair, by the ages in µs of the orders it touches. */
export function tradingCost(call: TradingCall, ages: readonly number[], count: number): number {
  switch (call) {
    case 'add':
    case 'cancel-all':
      return 1;
    case 'batch-add':
      return count / 2;
    case 'amend':
      return 1 + ageCost(AMEND_BY_AGE, ages);
    case 'edit':
      return 1 + ageCost(EDIT_BY_AGE, ages);
    case 'cancel':
    case 'batch-cancel':
      return ageCost(CANCEL_BY_AGE, ages);
    default:
      return assertNever(call);
  }
}

/** Decay per second, as decimal text. */
const REST_LIMITS: Readonly<Record<AccountTier, { readonly most: number; readonly decay: string }>> = {
  starter: { most: 15, decay: '0.33' },
  intermediate: { most: 20, decay: '0.5' },
  pro: { most: 20, decay: '1' },
};

const TRADING_LIMITS: Readonly<
  Record<AccountTier, { readonly most: number; readonly mostOpenOrders: number; readonly decay: string }>
> = {
  starter: { most: 60, mostOpenOrders: 60, decay: '1' },
  intermediate: { most: 125, mostOpenOrders: 80, decay: '2.34' },
  pro: { most: 180, mostOpenOrders: 225, decay: '3.75' },
};

/** Kraken names ledgers and trade history; that closed orders cost as much is from its official SDK. */
const HISTORY_METHODS: ReadonlySet<string> = new Set(['Ledgers', 'QueryLedgers', 'TradesHistory', 'ClosedOrders']);

const TRADING_METHODS: ReadonlySet<string> = new Set([
  'AddOrder',
  'AddOrderBatch',
  'AmendOrder',
  'EditOrder',
  'CancelOrder',
  'CancelOrderBatch',
  'CancelAll',
  'CancelAllOrdersAfter',
]);

/** An order younger than so many seconds costs so much; an older one than the last row nothing. */
type AgeTable = readonly (readonly [youngerThan: number, cost: number])[];

const AMEND_BY_AGE: AgeTable = [
  [5, 3],
  [10, 2],
  [15, 1],
];
const EDIT_BY_AGE: AgeTable = [
  [5, 6],
  [10, 5],
  [15, 4],
  [45, 2],
  [90, 1],
];
const CANCEL_BY_AGE: AgeTable = [
  [5, 8],
  [10, 6],
  [15, 5],
  [45, 4],
  [90, 2],
  [300, 1],
];

function ageCost(table: AgeTable, ages: readonly number[]): number {
  let sum = 0;
  for (const age of ages) sum += table.find(([youngerThan]) => age < youngerThan * SECOND)?.[1] ?? 0;
  return sum;
}
