import type { Micros } from '@kb/model';
import type { Account } from '../accounts/account.ts';
import type { Subscriber } from '../subscriber.ts';
import type { OrderEvent } from '../trading/order.ts';
import type { Venue } from '../venue.ts';
import { executionEntry, executionsFrame, openOrderEntry, pastFillEntry } from '../wire/execution-frames.ts';
import type { ExecutionContext } from '../wire/execution-frames.ts';
import type { PrivateTopic } from '../wire/requests.ts';
import type { Outbox } from './outbox.ts';

/** Fills in a snapshot. */
const PAST_FILLS = 50;

/** Changes that a subscription without `order_status` does not hear of. */
const DETAILS: ReadonlySet<OrderEvent['type']> = new Set([
  'pending_new',
  'amended',
  'restated',
  'status',
  'iceberg_refill',
]);

export interface FeedParts {
  readonly venue: Venue;
  readonly account: Account;
  readonly outbox: Outbox;
  readonly context: ExecutionContext;
  readonly subscriber: Subscriber;
}

/**
 * One subscription to an account's orders and fills. Each message has one entry, so that trades never stand beside other things, and the
 * next `sequence`; the first is 1.
 */
export class ExecutionsFeed {
  readonly #parts: FeedParts;
  readonly #topic: Extract<PrivateTopic, { readonly channel: 'executions' }>;
  #sequence = 0;

  constructor(parts: FeedParts, topic: Extract<PrivateTopic, { readonly channel: 'executions' }>) {
    this.#parts = parts;
    this.#topic = topic;
  }

  /**
   * Sends what the subscription begins with: past fills in a message of their own where there are any, and the open orders, which come
   * alone where there are no fills even when there are none of them. (Kraken has one message; clients must not find both in it.)
   */
  begin(): void {
    const { venue, account, context } = this.#parts;
    const { snapOrders, snapTrades } = this.#topic;
    const fills = snapTrades ? account.fills.slice(-PAST_FILLS) : [];
    const trades = fills.flatMap((fill) => {
      const order = venue.desk.order(account.name, { orderId: fill.orderId });
      return order === undefined ? [] : [pastFillEntry(fill, order, context)];
    });
    const orders = snapOrders ? venue.desk.openOrders(account.name).map((order) => openOrderEntry(order, context)) : [];
    if (trades.length > 0) this.#post('snapshot', trades);
    if (orders.length > 0 || (trades.length === 0 && (snapOrders || snapTrades))) this.#post('snapshot', orders);
  }

  onOrder(event: OrderEvent): void {
    const { orderStatus, rateCounter } = this.#topic;
    if (!orderStatus && DETAILS.has(event.type)) return;
    const rateCount = rateCounter ? this.#rateCount(event.order.symbol, event.at) : undefined;
    this.#post('update', [executionEntry(event, this.#parts.context, orderStatus, rateCount)]);
  }

  #post(type: 'snapshot' | 'update', entries: readonly string[]): void {
    this.#sequence += 1;
    this.#parts.outbox.post(this.#parts.subscriber, executionsFrame(type, entries, this.#sequence));
  }

  #rateCount(symbol: string, at: Micros): number | undefined {
    return this.#parts.venue.orderCounters.get(this.#parts.account.name)?.value(symbol, at);
  }
}
