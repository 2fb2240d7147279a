/** What linked orders look at in a report, plain or of `@kb/model`. */
export interface SeenReport {
  readonly type: string;
  readonly clientOrderId: string;
  /** Why something was refused. */
  readonly reason?: string;
}

interface Pair {
  readonly ids: readonly [string, string];
  readonly filled: Set<string>;
  readonly ended: Set<string>;
  /** Those whose cancel has been sent. */
  readonly cancelled: Set<string>;
  wasCounted: boolean;
}

/**
 * Pairs of orders of which one is to cancel the other (OCO), as a client has to do it: Kraken has no such orders. The cancel
 * leaves when a fill of the sibling is seen, so from that fill until the cancel has arrived (one answer and one command
 * leg) the other order may fill as well. `doubleFills` counts how often it did. A cancel that got lost or hit the rate limit is sent again.
 *
 * Bring every report to `onReport`, in the order in which you receive them; a pair is forgotten when both of its orders have ended.
 */
export class LinkedOrders {
  /** Pairs of which both orders have traded. */
  doubleFills = 0;
  readonly #cancel: (clientOrderId: string) => void;
  readonly #pairs = new Map<string, Pair>();

  /** @param cancel Sends the cancel of an order. */
  constructor(cancel: (clientOrderId: string) => void) {
    this.#cancel = cancel;
  }

  /** Pairs that still have an order. */
  get count(): number {
    return new Set(this.#pairs.values()).size;
  }

  /** Links two orders, by client order id, before or after they are sent; an order is in one pair at most. */
  link(one: string, other: string): void {
    const pair: Pair = {
      ids: [one, other],
      filled: new Set(),
      ended: new Set(),
      cancelled: new Set(),
      wasCounted: false,
    };
    for (const id of pair.ids) this.#pairs.set(id, pair);
  }

  onReport(report: SeenReport & { readonly remaining?: number | string | undefined }): void {
    const { clientOrderId, reason, type } = report;
    const pair = this.#pairs.get(clientOrderId);
    if (pair === undefined) return;
    if (type === 'fill') this.#onFill(pair, clientOrderId, Number(report.remaining) === 0);
    else if (ENDS.has(type)) pair.ended.add(clientOrderId);
    else if (type === 'cancel-rejected' && reason !== undefined && LEAVES_OPEN.has(reason)) {
      if (pair.cancelled.has(clientOrderId) && !pair.ended.has(clientOrderId)) this.#cancel(clientOrderId);
    }
    if (pair.ended.size < pair.ids.length) return;
    for (const id of pair.ids) this.#pairs.delete(id);
  }

  #onFill(pair: Pair, clientOrderId: string, isLast: boolean): void {
    pair.filled.add(clientOrderId);
    if (isLast) pair.ended.add(clientOrderId);
    if (pair.filled.size === pair.ids.length && !pair.wasCounted) {
      pair.wasCounted = true;
      this.doubleFills += 1;
    }
    const sibling = pair.ids[0] === clientOrderId ? pair.ids[1] : pair.ids[0];
    if (pair.cancelled.has(sibling) || pair.ended.has(sibling)) return;
    pair.cancelled.add(sibling);
    this.#cancel(sibling);
  }
}

/** Reasons of a refused cancel that say nothing of the order: it is sent again. */
const LEAVES_OPEN: ReadonlySet<string> = new Set(['not-received', 'rate-limit']);
/** Reports after which an order does not fill any more. A cancel that found no order says nothing that a fill did not. */
const ENDS: ReadonlySet<string> = new Set(['rejected', 'cancelled', 'expired']);
