import { assertNever, lots } from '@kb/model';
import type { ExecutionReport, IntentSink, Lots, OwnOrder, Side, Ticks } from '@kb/model';
import type { StrategyReason } from './reasons.ts';
import { retryDelay } from './retry.ts';
import { SnapshotReader } from './snapshot.ts';

/** The order that a side should have in the market. `size` is what is still to trade. */
export interface Target {
  readonly price: Ticks;
  readonly size: Lots;
}

/** When a working order is worth changing. */
export interface RequoteRule {
  /** In ticks. */
  readonly distance: number;
  /** Fraction of the working size. */
  readonly sizeTolerance: number;
  /** Micros. */
  readonly minQuoteLife: number;
}

/**
 * One side of a two-sided quote: brings the market's one order of that side to its target with as few messages as it can.
 *
 * The account's open orders are the truth about what works; this keeps only what they do not say. It never has two orders
 * working: an order that is being cancelled, or whose fate is unknown, holds the place until the venue has answered. After
 * a refusal it waits 100 ms, doubling to 5 s until something is accepted.
 */
export class QuoteSide {
  readonly side: Side;
  readonly #symbol: string;
  /** The order placed or amended last, and the one whose cancellation was asked last. */
  #orderId: string | undefined;
  #cancelId: string | undefined;
  /** Total size asked for in the amend on its way. */
  #amendSize = 0;
  #reason: StrategyReason | undefined;
  #refusals = 0;
  #notBefore = 0;
  #cancelNotBefore = 0;
  /** The venue says it does not know an order that we think works. */
  #lost = false;
  /** When this side wants to be looked at again, whatever the market does; Micros. */
  wakeAt: number = Infinity;

  constructor(symbol: string, side: Side) {
    this.#symbol = symbol;
    this.side = side;
  }

  /** The oldest order of this side that is working or may be. */
  working(orders: readonly OwnOrder[]): OwnOrder | undefined {
    for (const order of orders) {
      if (order.side === this.side) return order;
    }
    return undefined;
  }

  /** Lots that could still trade on this side, orders awaiting cancellation and the larger end of an amend included. */
  exposure(orders: readonly OwnOrder[]): number {
    let sum = 0;
    for (const order of orders) {
      if (order.side !== this.side) continue;
      const asked = order.state === 'amending' && order.clientOrderId === this.#orderId ? this.#amendSize : 0;
      sum += Math.max(order.size, asked) - order.filled;
    }
    return sum;
  }

  /** Takes note of what became of its order. */
  onReport(report: ExecutionReport, now: number): void {
    if (report.type === 'cancel-rejected' && report.clientOrderId === this.#cancelId) {
      this.#cancelNotBefore = this.#refused(now);
    }
    if (report.clientOrderId !== this.#orderId) return;
    switch (report.type) {
      case 'accepted':
      case 'amended':
        this.#refusals = 0;
        return;
      case 'rejected':
        this.#notBefore = this.#refused(now);
        return;
      case 'amend-rejected':
        this.#notBefore = this.#refused(now);
        this.#lost = report.reason === 'unknown-order';
        return;
      case 'cancel-rejected': // seen to above
      case 'fill':
      case 'triggered':
      case 'cancelled':
      case 'expired':
      case 'unknown':
        return; // the account's open orders say it
      default:
        assertNever(report);
    }
  }

  /** Brings the side to its target. */
  steer(orders: readonly OwnOrder[], target: Target, rule: RequoteRule, now: number, out: IntentSink): void {
    this.wakeAt = Infinity;
    const order = this.working(orders);
    if (order === undefined) {
      if (now < this.#notBefore) return this.#waitUntil(this.#notBefore, 'COOLDOWN', out);
      this.#place(target, out);
      return this.explain('QUOTING', out);
    }
    this.#cancel(orders, order, 'SUPERFLUOUS', now, out);
    if (this.#lost) this.#cancel(orders, undefined, 'AWAIT_VENUE', now, out);
    if (this.#lost || order.state === 'cancelling' || order.state === 'unknown')
      return this.explain('AWAIT_VENUE', out);
    if (order.state === 'open') this.#requote(order, target, rule, now, out);
    this.explain('QUOTING', out);
  }

  /** Takes this side's orders out of the market, now. */
  withdraw(orders: readonly OwnOrder[], reason: StrategyReason, cause: string, now: number, out: IntentSink): void {
    this.wakeAt = Infinity;
    this.#cancel(orders, undefined, cause, now, out);
    this.explain(reason, out);
  }

  snapshot(): Readonly<Record<string, unknown>> {
    return {
      version: VERSION,
      orderId: this.#orderId ?? null,
      cancelId: this.#cancelId ?? null,
      amendSize: this.#amendSize,
      reason: this.#reason ?? null,
      refusals: this.#refusals,
      notBefore: this.#notBefore,
      cancelNotBefore: this.#cancelNotBefore,
      lost: this.#lost,
      wakeAt: this.wakeAt === Infinity ? null : this.wakeAt,
    };
  }

  restore(owner: string, state: unknown): void {
    const reader = new SnapshotReader(`${owner} ${this.side}`, state, VERSION);
    this.#orderId = reader.optionalText('orderId');
    this.#cancelId = reader.optionalText('cancelId');
    this.#amendSize = reader.number('amendSize');
    this.#reason = reader.reason('reason');
    this.#refusals = reader.number('refusals');
    this.#notBefore = reader.number('notBefore');
    this.#cancelNotBefore = reader.number('cancelNotBefore');
    this.#lost = reader.boolean('lost');
    this.wakeAt = reader.optionalNumber('wakeAt') ?? Infinity;
    reader.finish();
  }

  #place(target: Target, out: IntentSink): void {
    this.#lost = false;
    this.#orderId = out.place(
      {
        symbol: this.#symbol,
        side: this.side,
        orderType: 'limit',
        price: target.price,
        size: target.size,
        timeInForce: 'gtc',
        postOnly: true,
      },
      'QUOTE',
    );
  }

  #requote(order: OwnOrder, target: Target, rule: RequoteRule, now: number, out: IntentSink): void {
    const price = order.price ?? target.price;
    const move = (target.price - price) * (this.side === 'buy' ? 1 : -1);
    let repriced = move !== 0 && Math.abs(move) >= rule.distance;
    if (repriced && move > 0 && now < order.sentAt + rule.minQuoteLife) {
      repriced = false; // a quote may widen at once, but tightens only when it has stood for a while
      this.#wake(order.sentAt + rule.minQuoteLife);
    }
    const remaining = order.size - order.filled;
    const resized = Math.abs(target.size - remaining) > rule.sizeTolerance * remaining;
    if (!repriced && !resized) return;
    if (now < this.#notBefore) return this.#wake(this.#notBefore);

    const size = lots(order.filled + target.size);
    this.#orderId = order.clientOrderId;
    this.#amendSize = resized ? size : 0;
    if (!resized) out.amend(order.clientOrderId, { price: target.price }, 'REQUOTE_PRICE');
    else if (repriced) out.amend(order.clientOrderId, { price: target.price, size }, 'REQUOTE');
    else out.amend(order.clientOrderId, { size }, 'REQUOTE_SIZE');
  }

  /** Cancels the side's orders except one, once each. */
  #cancel(
    orders: readonly OwnOrder[],
    except: OwnOrder | undefined,
    cause: string,
    now: number,
    out: IntentSink,
  ): void {
    for (const order of orders) {
      if (order.side !== this.side || order === except || order.state === 'cancelling') continue;
      if (now < this.#cancelNotBefore) {
        this.#wake(this.#cancelNotBefore);
        continue;
      }
      this.#cancelId = order.clientOrderId;
      out.cancel(order.clientOrderId, cause);
    }
  }

  explain(reason: StrategyReason, out: IntentSink): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    out.explain(this.#symbol, this.side, reason);
  }

  #refused(now: number): number {
    const delay = retryDelay(this.#refusals);
    this.#refusals += 1;
    return now + delay;
  }

  #waitUntil(time: number, reason: StrategyReason, out: IntentSink): void {
    this.#wake(time);
    this.explain(reason, out);
  }

  #wake(time: number): void {
    this.wakeAt = Math.min(this.wakeAt, time);
  }
}

const VERSION = 1;
