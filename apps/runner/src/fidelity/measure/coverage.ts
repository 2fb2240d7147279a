import type { CoverageReport } from '../report/report.ts';
import type { QuotedMarket } from '../trial/quoted-market.ts';

interface Hour {
  readonly profit: number;
  readonly turnover: number;
}

/** One hour in truth and by the lines of the bracket. */
interface Block {
  readonly truth: Hour;
  readonly pessimistic: Hour;
  readonly optimistic: Hour;
  readonly central: Hour | undefined;
}

/** How often the bracket held the true profit of an hour, over several runs. */
export function coverageOf(markets: readonly QuotedMarket[], window: number): CoverageReport {
  const blocks = markets.flatMap((market) => blocksOf(market, window));
  const mean = (figure: (block: Block) => number): number =>
    blocks.reduce((sum, block) => sum + figure(block), 0) / blocks.length;
  return {
    window,
    hours: blocks.length,
    covered: mean((block) => Number(isBetween(block.truth.profit, ends(block, 'profit')))),
    coveredByAll: mean((block) => Number(isBetween(block.truth.profit, [...ends(block, 'profit'), ...middle(block)]))),
    lotsCovered: mean((block) => Number(isBetween(block.truth.turnover, ends(block, 'turnover')))),
    width: mean((block) => (spread(ends(block, 'profit')) / block.truth.turnover) * 1e4),
    excess: mean((block) => {
      const { profit, turnover } = block.truth;
      return ((spread([...ends(block, 'profit'), profit]) - spread(ends(block, 'profit'))) / turnover) * 1e4;
    }),
  };
}

function blocksOf(market: QuotedMarket, window: number): readonly Block[] {
  const hoursOf = (name: string): readonly Hour[] | undefined => {
    const column = market.table.estimates.findIndex((each) => each.name === name && each.window === window);
    return column < 0 ? undefined : ledgerHours(market, column + 1);
  };
  const [pessimistic, optimistic, central] = [hoursOf('risk-averse'), hoursOf('uniform'), hoursOf('central')];
  return (ledgerHours(market, 0) ?? []).flatMap((truth, hour) => {
    const [low, high] = [pessimistic?.[hour], optimistic?.[hour]];
    if (low === undefined || high === undefined || truth.turnover === 0) return [];
    return [{ truth, pessimistic: low, optimistic: high, central: central?.[hour] }];
  });
}

function ledgerHours({ ledgers, hourMids }: QuotedMarket, column: number): readonly Hour[] | undefined {
  const ledger = ledgers[column];
  return ledger?.profits(hourMids).map((profit, hour) => ({ profit, turnover: ledger.turnover(hour) }));
}

function ends({ pessimistic, optimistic }: Block, figure: keyof Hour): readonly number[] {
  return [pessimistic[figure], optimistic[figure]];
}

function middle({ central }: Block): readonly number[] {
  return central === undefined ? [] : [central.profit];
}

/** Sums of doubles in another order differ in their last digits, which is no reason to lie outside. */
function isBetween(value: number, values: readonly number[]): boolean {
  const slack = 1e-9 * Math.max(Math.abs(value), ...values.map(Math.abs));
  return value >= Math.min(...values) - slack && value <= Math.max(...values) + slack;
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
