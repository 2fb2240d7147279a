import { assertNever, lots, NO_LOTS } from '@kb/model';
import type { AmendIntent, CancelIntent, ExecutionReport, Lots, Micros, OwnOrder, PlaceIntent, Ticks } from '@kb/model';

type Change = { readonly price: Ticks | undefined; readonly size: Lots | undefined };
type TrackedOrder = { -readonly [Field in keyof OwnOrder]: OwnOrder[Field] } & {
  /** Amends on their way, in the order they were sent. */
  readonly amends: Change[];
};

/** One strategy's working orders: what it sent, corrected by what the venue said. A report that ends an order removes it. */
export class StandaloneOrders {
  /** Oldest first; replaced, never edited. */
  #orders: readonly TrackedOrder[] = [];

  get open(): readonly OwnOrder[] {
    return this.#orders;
  }

  get(clientOrderId: string): OwnOrder | undefined {
    return this.#find(clientOrderId);
  }

  /** What the oldest amend on its way asks for. */
  amendOf(clientOrderId: string): Change | undefined {
    return this.#find(clientOrderId)?.amends[0];
  }

  /** An intent leaves. @returns False if its order is not working any more: then there is nothing to send. */
  sent(intent: PlaceIntent | AmendIntent | CancelIntent, now: Micros): boolean {
    if (intent.type === 'place') {
      const { type: _type, reason: _reason, confidence: _confidence, ...order } = intent;
      this.#orders = [...this.#orders, { ...order, filled: NO_LOTS, state: 'pending', sentAt: now, amends: [] }];
      return true;
    }
    const order = this.#find(intent.clientOrderId);
    if (order === undefined) return false;
    order.sentAt = now;
    if (intent.type === 'cancel') {
      order.state = 'cancelling';
    } else {
      order.amends.push({ price: intent.price, size: intent.size });
      if (order.state === 'open') order.state = 'amending';
    }
    return true;
  }

  apply(report: ExecutionReport): void {
    const order = this.#find(report.clientOrderId);
    if (order === undefined) return;
    switch (report.type) {
      case 'accepted':
        if (order.state === 'pending' || order.state === 'unknown') settle(order);
        return;
      case 'amended':
        order.price = report.price;
        order.size = report.size;
        amendAnswered(order);
        return;
      case 'amend-rejected':
        amendAnswered(order, report.reason !== 'unknown-order');
        return;
      case 'cancel-rejected':
        if (report.reason === 'unknown-order') this.#remove(order);
        else if (order.state === 'cancelling' || order.state === 'unknown') settle(order);
        return;
      case 'fill':
        order.filled = lots(order.filled + report.size);
        if (report.remaining === 0) this.#remove(order);
        return;
      case 'rejected':
      case 'cancelled':
      case 'expired':
        this.#remove(order);
        return;
      case 'unknown':
        order.state = 'unknown';
        return;
      case 'triggered':
        return;
      default:
        assertNever(report);
    }
  }

  #find(clientOrderId: string): TrackedOrder | undefined {
    return this.#orders.find((order) => order.clientOrderId === clientOrderId);
  }

  #remove(order: TrackedOrder): void {
    this.#orders = this.#orders.filter((other) => other !== order);
  }
}

/** @param isThere Whether the venue's answer says that the order stands, whatever had been heard of it before. */
function amendAnswered(order: TrackedOrder, isThere: boolean = true): void {
  order.amends.shift();
  if (order.state === 'amending' || (isThere && order.state === 'unknown')) settle(order);
}

/** It works at the venue, as far as we know. */
function settle(order: TrackedOrder): void {
  order.state = order.amends.length > 0 ? 'amending' : 'open';
}
