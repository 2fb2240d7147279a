import { lots } from '@kb/model';
import type { FillRule, Lots, Micros, Ticks } from '@kb/model';
import type { PaperOrder } from './paper-order.ts';

/** A fill as the matcher finds it, in one queue model. */
export interface MatchedFill {
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  readonly rule: FillRule;
  /** The print that made it; `undefined` when the book did. */
  readonly tradeId: number | undefined;
  readonly at: Micros;
  /** True when the print was missed by the feed and told later. */
  readonly recovered: boolean;
}

/** Hears of every fill. The order's state has moved already; `before` of its states tells the queue ahead just before. */
export type OnMatchedFill = (order: PaperOrder, model: number, fill: MatchedFill) => void;

/** Moves an order's state by a fill in one queue model. @returns True when that model is done with it, or with its slice. */
export function applyFill(order: PaperOrder, model: number, size: Lots): boolean {
  const state = order.states[model];
  if (state === undefined) return true;
  state.remaining = lots(state.remaining - size);
  state.filled = lots(state.filled + size);
  state.fills += 1;
  state.slice -= size;
  return state.remaining === 0 || state.slice <= 0;
}
