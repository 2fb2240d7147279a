import type { CoverageReport } from '../report/report.ts';
import type { TradedOrder } from '../trial/quoted-market.ts';
import { blockProfit, orderProfit, ordersByBlock } from './block-profit.ts';
import type { BlockProfit, TradedMarket } from './block-profit.ts';

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
  markets: readonly TradedMarket[],
  window: number,
  models: readonly string[],
): CoverageReport {
  const blocks = markets.flatMap((market) => blocksOf(market, window, models));
  const mean = (figure: (block: Block) => number): number =>
    blocks.reduce((sum, block) => sum + figure(block), 0) / blocks.length;
  // A share of nothing is none, so widths leave out blocks in which nothing traded.
  const traded = blocks.filter(({ truth }) => truth.turnover > 0);
  const meanBp = (figure: (block: Block) => number): number =>
    traded.reduce((sum, block) => sum + (figure(block) / block.truth.turnover) * 1e4, 0) / traded.length;
  return {
    window,
    blocks: blocks.length,
    covered: mean(({ truth, ends }) => Number(isWithin(truth.profit, ends))),
    coveredByLines: mean(({ truth, lines }) => Number(isWithin(truth.profit, lines))),
    coveredByOrders: mean(({ truth, orderByOrder }) => Number(isWithin(truth.profit, orderByOrder))),
    coveredByOrderLines: mean(({ truth, orderByOrderLines }) => Number(isWithin(truth.profit, orderByOrderLines))),
    lotsCovered: mean(({ truth, turnovers }) => Number(isWithin(truth.turnover, turnovers))),
    width: meanBp(({ ends }) => ends[1] - ends[0]),
    widthByOrders: meanBp(({ orderByOrder }) => orderByOrder[1] - orderByOrder[0]),
    widthByOrderLines: meanBp(({ orderByOrderLines }) => orderByOrderLines[1] - orderByOrderLines[0]),
    excess: meanBp(({ truth, ends }) => outside(truth.profit, ends)),
  };
}

function blocksOf(market: TradedMarket, window: number, models: readonly string[]): readonly Block[] {
  const columnOf = (name: string): number => {
    const column = market.table.columnOf(name, window);
    if (column === undefined) throw new Error(`no estimates of ${name} on a book merged over ${window} µs`);
    return column;
  };
  const ends = [columnOf(PESSIMISTIC), columnOf(OPTIMISTIC)];
  const lines = models.map(columnOf);
  return ordersByBlock(market).flatMap((orders, block) => {
    const mid = market.blockMids[block] ?? Number.NaN;
    const [truth, bracket, all] = [
      blockProfit(orders, 0, mid),
      ends.map((column) => blockProfit(orders, column, mid)),
      lines.map((column) => blockProfit(orders, column, mid)),
    ];
    if ([truth, ...all].every(({ turnover }) => turnover === 0)) return []; // nobody says anything
    return [
      {
        truth,
        ends: rangeOf(bracket.map(({ profit }) => profit)),
        turnovers: rangeOf(bracket.map(({ turnover }) => turnover)),
        lines: rangeOf(all.map(({ profit }) => profit)),
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
