import { LinkedOrders } from './linked-orders.ts';
import type { SeenReport } from './linked-orders.ts';

/** One of the two ways out of what an entry has traded. */
export interface BracketExit<Size> {
  readonly clientOrderId: string;
  readonly leg: 'take-profit' | 'stop-loss';
  /** As the fill of the entry told it. */
  readonly size: Size;
}

export interface BracketOptions<Size> {
  /** Client order id of the entry. */
  readonly entry: string;
  /** Sends an exit: an order of that size on the other side, with that id. */
  place(exit: BracketExit<Size>): void;
  cancel(clientOrderId: string): void;
}

/**
 * An entry whose fills are each answered by a take-profit and a stop-loss that cancel each other, as a client has to do it: the
 * exits leave when the fill is seen, and both may trade before the cancel arrives (`doubleFills`, see `LinkedOrders`).
 */
export class Bracket<Size = string> {
  readonly #options: BracketOptions<Size>;
  readonly #exits: LinkedOrders;
  #fills = 0;

  constructor(options: BracketOptions<Size>) {
    this.#options = options;
    this.#exits = new LinkedOrders((clientOrderId) => options.cancel(clientOrderId));
  }

  /** Pairs of exits of which both have traded. */
  get doubleFills(): number {
    return this.#exits.doubleFills;
  }

  /** Takes every report of the entry and of its exits, in the order in which they are received. */
  onReport(
    report: SeenReport & { readonly size?: Size | undefined; readonly remaining?: number | string | undefined },
  ): void {
    this.#exits.onReport(report);
    const { entry } = this.#options;
    if (report.type !== 'fill' || report.clientOrderId !== entry || report.size === undefined) return;
    this.#fills += 1;
    const takeProfit = `${entry}-tp-${this.#fills}`;
    const stopLoss = `${entry}-sl-${this.#fills}`;
    this.#exits.link(takeProfit, stopLoss);
    this.#options.place({ clientOrderId: takeProfit, leg: 'take-profit', size: report.size });
    this.#options.place({ clientOrderId: stopLoss, leg: 'stop-loss', size: report.size });
  }
}
