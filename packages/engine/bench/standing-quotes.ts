import { lots, ticks } from '@kb/model';
import type { IntentSink, Lots, Side, StrategyView } from '@kb/model';
import type { Strategy, StrategyEvent } from '@kb/strategies';

/** Lots of each quote. */
const SIZE: Lots = lots(10_000_000);
/** Ticks behind the best at which a quote is placed, and beyond which it is placed anew. */
const BEHIND = 4;
const TOO_FAR = 8;

/** The plainest maker: one order a side, four ticks behind the best, moved when the market has left it behind. */
export class StandingQuotes implements Strategy {
  readonly id = 'still';
  readonly #symbol: string;

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void {
    if (event.type !== 'book') return;
    const bid = event.book.bestBid();
    const ask = event.book.bestAsk();
    if (bid === undefined || ask === undefined) return;
    let hasBid = false;
    let hasAsk = false;
    for (const order of view.account.openOrders(this.#symbol)) {
      if (order.side === 'buy') hasBid = true;
      else hasAsk = true;
      const distance = order.side === 'buy' ? bid - (order.price ?? 0) : (order.price ?? 0) - ask;
      if (distance > TOO_FAR && order.state === 'open') out.cancel(order.clientOrderId, 'left behind');
    }
    if (!hasBid) this.#place('buy', bid - BEHIND, out);
    if (!hasAsk) this.#place('sell', ask + BEHIND, out);
  }

  snapshot(): unknown {
    return null;
  }

  restore(): void {}

  #place(side: Side, price: number, out: IntentSink): void {
    const terms = { orderType: 'limit', timeInForce: 'gtc', postOnly: true } as const;
    out.place({ symbol: this.#symbol, side, price: ticks(price), size: SIZE, ...terms }, 'quote');
  }
}
