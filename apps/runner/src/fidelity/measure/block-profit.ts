import type { QuotedMarket, TradedOrder } from '../trial/quoted-market.ts';

/** What of a market says how its orders did. */
export type TradedMarket = Pick<QuotedMarket, 'table' | 'traded' | 'blockMids'>;

/** What the orders of one block of time came to, as if it began flat: cash of their fills, and what they hold at the mid of its end. */
export interface BlockProfit {
  /** Ticks × lots. */
  readonly profit: number;
  readonly turnover: number;
}

/** Profit of one order by one column (0 is the truth), what it holds taken at that mid. */
export function orderProfit({ side, filled, paid }: TradedOrder, column: number, mid: number): number {
  const held = (filled[column] ?? 0) * mid;
  return side === 'buy' ? held - (paid[column] ?? 0) : (paid[column] ?? 0) - held;
}

/** Orders by the blocks in which they were placed; a block that is not over is left out. */
export function ordersByBlock({ traded, blockMids }: TradedMarket): readonly (readonly TradedOrder[])[] {
  const blocks: TradedOrder[][] = blockMids.map(() => []);
  for (const order of traded) blocks[order.block]?.push(order);
  return blocks;
}

export function blockProfit(orders: readonly TradedOrder[], column: number, mid: number): BlockProfit {
  let [profit, turnover] = [0, 0];
  for (const order of orders) {
    profit += orderProfit(order, column, mid);
    turnover += order.paid[column] ?? 0;
  }
  return { profit, turnover };
}
