import type { PlaceIntent } from '@kb/model';
import type { Refusal } from './checks.ts';
import type { PaperCommand } from './commands.ts';

/** Orders of one pair that come in one message. One that is no order at all refuses them all. Source: Kraken, `batch_add`. */
export class OrderBatch {
  readonly orders: readonly PlaceIntent[];
  #isJudged = false;
  #refusal: Refusal | undefined = undefined;

  private constructor(orders: readonly PlaceIntent[]) {
    this.orders = orders;
  }

  /** @returns `undefined` where the commands are not several orders of one pair: then each stands for itself. */
  static of(commands: readonly PaperCommand[]): OrderBatch | undefined {
    const orders = commands.flatMap((command) => (command.type === 'place' ? [command] : []));
    const isBatch = orders.length > 1 && orders.length === commands.length;
    return isBatch && orders.every(({ symbol }) => symbol === orders[0]?.symbol) ? new OrderBatch(orders) : undefined;
  }

  /** Why none of them is taken: judged when the first one comes, before any is carried out. */
  refusal(judge: (order: PlaceIntent) => Refusal | undefined): Refusal | undefined {
    if (this.#isJudged) return this.#refusal;
    this.#isJudged = true;
    const ids = new Set<string>();
    for (const order of this.orders) {
      const { clientOrderId } = order;
      this.#refusal = ids.has(clientOrderId) ? duplicate(clientOrderId) : judge(order);
      if (this.#refusal !== undefined) break;
      ids.add(clientOrderId);
    }
    return this.#refusal;
  }
}

function duplicate(clientOrderId: string): Refusal {
  return { reason: 'duplicate-client-order-id', text: `${clientOrderId} stands twice in the batch` };
}
