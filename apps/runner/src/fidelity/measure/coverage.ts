import type { CoverageReport } from '../report/report.ts';
import type { QuotedMarket, TradedOrder } from '../trial/quoted-market.ts';
import { blockProfit, orderProfit, ordersByBlock } from './block-profit.ts';
import type { BlockProfit } from './block-profit.ts';

type Range = readonly [low: number, high: number];

/** One block of time in truth and by the lines of the bracket. */
interface Block {
  readonly truth: BlockProfit;
  /** Between the pessimistic and the optimistic line, which may change places. */
  readonly ends: Range;
  readonly turnovers: Range;
  /** Between the least and the greatest of all lines of the paper engine. */
  readonly lines: Range;
  /** Each order at the worse and at the better of the ends for itself; and at the worst and the best of all lines. */
  readonly orderByOrder: Range;
  readonly orderByOrderLines: Range;
}

const PESSIMISTIC = 'risk-averse';
const OPTIMISTIC = 'uniform';

/** How often brackets held the true profit of a block of time, over several runs. @param models Lines of the paper engine. */
export function coverageOf(
  markets: readonly QuotedMarket[],
  window: number,
  models: readonly string[],
): CoverageReport {
  const blocks = markets.flatMap((market) => blocksOf(market, window, models));
  const mean = (figure: (block: Block) => number): number =>
    blocks.reduce((sum, block) => sum + figure(block), 0) / blocks.length;
  const inBp = (lots: number, { truth }: Block): number => (lots / truth.turnover) * 1e4;
  return {
    window,
    blocks: blocks.length,
    covered: mean(({ truth, ends }) => Number(isWithin(truth.profit, ends))),
    coveredByLines: mean(({ truth, lines }) => Number(isWithin(truth.profit, lines))),
    coveredByOrders: mean(({ truth, orderByOrder }) => Number(isWithin(truth.profit, orderByOrder))),
    coveredByOrderLines: mean(({ truth, orderByOrderLines }) => Number(isWithin(truth.profit, orderByOrderLines))),
    lotsCovered: mean(({ truth, turnovers }) => Number(isWithin(truth.turnover, turnovers))),
    width: mean((block) => inBp(block.ends[1] - block.ends[0], block)),
    widthByOrders: mean((block) => inBp(block.orderByOrder[1] - block.orderByOrder[0], block)),
    widthByOrderLines: mean((block) => inBp(block.orderByOrderLines[1] - block.orderByOrderLines[0], block)),
    excess: mean((block) => inBp(outside(block.truth.profit, block.ends), block)),
  };
}

function blocksOf(market: QuotedMarket, window: number, models: readonly string[]): readonly Block[] {
  const columnOf = (name: string): number =>
    1 + market.table.estimates.findIndex((each) => each.name === name && each.window === window);
  const ends = [columnOf(PESSIMISTIC), columnOf(OPTIMISTIC)];
  const lines = models.map(columnOf).filter((column) => column > 0);
  return ordersByBlock(market).flatMap((orders, block) => {
    const mid = market.blockMids[block] ?? Number.NaN;
    const truth = blockProfit(orders, 0, mid);
    if (truth.turnover === 0) return [];
    const bracket = ends.map((column) => blockProfit(orders, column, mid));
    return [
      {
        truth,
        ends: rangeOf(bracket.map(({ profit }) => profit)),
        turnovers: rangeOf(bracket.map(({ turnover }) => turnover)),
        lines: rangeOf(lines.map((column) => blockProfit(orders, column, mid).profit)),
        orderByOrder: orderRange(orders, ends, mid),
        orderByOrderLines: orderRange(orders, lines, mid),
      },
    ];
  });
}

function orderRange(orders: readonly TradedOrder[], columns: readonly number[], mid: number): Range {
  let [low, high] = [0, 0];
  for (const order of orders) {
    const [worse, better] = rangeOf(columns.map((column) => orderProfit(order, column, mid)));
    low += worse;
    high += better;
  }
  return [low, high];
}

function rangeOf(values: readonly number[]): Range {
  return [Math.min(...values), Math.max(...values)];
}

/** Sums of doubles in another order differ in their last digits, which is no reason to lie outside. */
function isWithin(value: number, range: Range): boolean {
  return outside(value, range) <= 1e-9 * Math.max(Math.abs(value), Math.abs(range[0]), Math.abs(range[1]));
}

function outside(value: number, [low, high]: Range): number {
  return Math.max(0, low - value, value - high);
}
