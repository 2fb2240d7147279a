import type { Level3Change, Level3Changes } from '@kb/model';
import type { L3Book } from '@kb/orderbook';

/** In what order orders that one message adds at one price stand in their queue. See `L3BookOptions.queueBy`. */
export type QueueRule = 'sent' | 'timestamp';

interface Trial {
  readonly rule: QueueRule;
  /** Whether something was added that the rules put in different orders. */
  isTelling: boolean;
}

/**
 * Finds out which rule the venue's queues follow. Kraken does not say; checksums do: a book that was told orders in an order that
 * is not the one of their timestamps, and then fails, counts against its rule. The rule with less against it is used for the next
 * snapshot, so a wrong guess costs a symbol one new subscription, and faults of other kinds do not change the rule for long.
 */
export class QueueRules {
  readonly #fixed: QueueRule | undefined;
  readonly #failures: Record<QueueRule, number> = { sent: 0, timestamp: 0 };
  readonly #trials = new WeakMap<L3Book, Trial>();
  #current: QueueRule = 'timestamp';

  /** @param rule The one that is known; `auto` finds out. */
  constructor(rule: QueueRule | 'auto') {
    this.#fixed = rule === 'auto' ? undefined : rule;
  }

  get current(): QueueRule {
    return this.#fixed ?? this.#current;
  }

  /** Whether a book still follows the rule in use. */
  fits(book: L3Book): boolean {
    return this.#trials.get(book)?.rule === this.current;
  }

  /** A book was made by the current rule, or begins anew. */
  onSnapshot(book: L3Book): void {
    this.#trials.set(book, { rule: this.current, isTelling: false });
  }

  onUpdate(book: L3Book, { bids, asks }: Level3Changes): void {
    if (this.#fixed !== undefined || (bids.length < 2 && asks.length < 2)) return;
    const trial = this.#trials.get(book);
    if (trial !== undefined && !trial.isTelling) trial.isTelling = isUnordered(bids) || isUnordered(asks);
  }

  /** The checksum of a book failed. */
  onFailure(book: L3Book): void {
    const trial = this.#trials.get(book);
    if (trial === undefined || !trial.isTelling) return;
    const { rule } = trial;
    const other: QueueRule = rule === 'sent' ? 'timestamp' : 'sent';
    this.#failures[rule] += 1;
    if (this.#current === rule && this.#failures[rule] > this.#failures[other]) this.#current = other;
  }
}

/** Whether orders are added at one price in another order than that of their timestamps. */
function isUnordered(changes: readonly Level3Change[]): boolean {
  const latest = new Map<number, string>();
  for (const { event, price, timestamp } of changes) {
    if (event !== 'add') continue;
    const before = latest.get(price);
    // Times in UTC of the same length compare as text; others are rare enough to count as unordered.
    if (before !== undefined && (before.length !== timestamp.length || before > timestamp)) return true;
    latest.set(price, timestamp);
  }
  return false;
}
