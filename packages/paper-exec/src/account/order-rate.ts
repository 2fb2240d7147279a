import { commandPoints, FIXED_POINTS, ORDER_RATE_TIERS, OrderCounter } from '@kb/model';
import type { CountedCommand, Micros, OrderRateTier, OrderRateTierName } from '@kb/model';
import type { Refusal } from '../checks.ts';
import { PaperError } from '../errors.ts';

/** The venue's limits on how often and how much an account may order. Plain JSON. */
export interface OrderRateOptions {
  /** The tier of the account, or limits of your own. */
  readonly tier: OrderRateTierName | OrderRateTier;
  /**
   * Whether a single cancel that would carry the counter over the maximum is refused, as the venue's words on batches suggest
   * but do not say. True when left out. Cancels of a batch are always taken.
   */
  readonly refuseCancels?: boolean;
}

/**
 * The venue's counter of order commands and its limit on open orders; without options it lets everything pass.
 *
 * A command refused for anything else leaves its fixed points counted; one refused for the counter itself is not counted
 * (the venue does not say).
 */
export class OrderRate {
  readonly #counter: OrderCounter | undefined;
  readonly #refuseCancels: boolean;

  /** @throws PaperError `KB_PAPER_BAD_OPTION`. */
  constructor(options: OrderRateOptions | undefined) {
    this.#refuseCancels = options?.refuseCancels ?? true;
    if (options === undefined) return;
    const tier = typeof options.tier === 'string' ? ORDER_RATE_TIERS[options.tier] : options.tier;
    checkTier(tier);
    this.#counter = new OrderCounter(tier);
  }

  /** Points that a pair's counter shows; zero when nothing is counted. */
  points(symbol: string, now: Micros): number {
    return this.#counter?.points(symbol, now) ?? 0;
  }

  /** Why a command is refused now. @param age How long ago its order was created or last amended; 0 for a new one. */
  refusalOf(symbol: string, command: CountedCommand, age: Micros, at: Micros): Refusal | undefined {
    const counter = this.#counter;
    if (counter === undefined || (command === 'cancel' && !this.#refuseCancels)) return undefined;
    const points = commandPoints(command, age);
    if (counter.admits(symbol, points, at)) return undefined;
    const now = counter.points(symbol, at);
    return { reason: 'rate-limit', text: `${points} points on top of ${now} are more than ${counter.tier.max}` };
  }

  /** Why one more order may not stand open. @param open How many do on its pair. */
  refusalOfOneMore(open: () => number): Refusal | undefined {
    const most = this.#counter?.tier.openOrders;
    if (most === undefined || open() < most) return undefined;
    return { reason: 'orders-limit', text: `${most} orders are open` };
  }

  count(symbol: string, command: CountedCommand, age: Micros, at: Micros): void {
    this.#counter?.add(symbol, commandPoints(command, age), at);
  }

  /** Counts a command that was refused. */
  countRefused(symbol: string, command: CountedCommand, { reason }: Refusal, at: Micros): void {
    if (reason !== 'rate-limit') this.#counter?.add(symbol, FIXED_POINTS[command], at);
  }
}

function checkTier(tier: OrderRateTier | undefined): void {
  const names = Object.keys(ORDER_RATE_TIERS).join(', ');
  if (tier === undefined) throw bad('tier', `one of ${names}`, tier);
  const { decayPerSecond, max, openOrders } = tier;
  if (!Number.isSafeInteger(max) || max < 1 || max > 1e6) throw bad('tier.max', 'a whole number from 1', max);
  if (!Number.isSafeInteger(openOrders) || openOrders < 1) {
    throw bad('tier.openOrders', 'a whole number from 1', openOrders);
  }
  const hundredths = decayPerSecond * 100;
  if (!(hundredths >= 1 && hundredths <= 1e6 && Math.abs(hundredths - Math.round(hundredths)) < 1e-6)) {
    throw bad('tier.decayPerSecond', 'points a second above zero with two decimals', decayPerSecond);
  }
}

function bad(name: string, expected: string, found: unknown): PaperError {
  return new PaperError('KB_PAPER_BAD_OPTION', `orderRate.${name}: expected ${expected}, was ${String(found)}`);
}
