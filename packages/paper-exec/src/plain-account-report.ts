import { assertNever, lotsToQty, microsToIso, ticksToPrice } from '@kb/model';
import type { AccountReport, Grid, MarginPosition, Side, TradeBalance } from '@kb/model';

interface PlainAccountBase {
  /** When it happened at the venue, RFC 3339 with microseconds. */
  readonly time: string;
}

/** The venue's word on the account, sizes and amounts as decimal text. */
export type PlainAccountReport =
  | (PlainAccountBase & { readonly type: 'margin-call'; readonly balance: TradeBalance })
  | (PlainAccountBase & {
      readonly type: 'liquidation';
      readonly symbol: string;
      readonly clientOrderId: string;
      readonly side: Side;
      readonly size: string;
      readonly balance: TradeBalance;
    })
  | (PlainAccountBase & {
      readonly type: 'rollover';
      readonly symbol: string;
      readonly positionId: string;
      readonly fee: string;
      readonly feeAsset: string;
    });

/** A margin position, prices and sizes as decimal text. */
export interface PlainPosition {
  readonly positionId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  /** What is left of it. */
  readonly size: string;
  readonly price: string;
  readonly leverage: number;
  readonly rate: string;
  readonly openedAt: string;
}

/** A report on the account in plain values. @param gridOf The digits of a pair. */
export function plainAccountReport(report: AccountReport, gridOf: (symbol: string) => Grid): PlainAccountReport {
  const time = microsToIso(report.venueTs);
  switch (report.type) {
    case 'margin-call':
      return { type: report.type, time, balance: report.balance };
    case 'liquidation': {
      const { type, balance, clientOrderId, side, size, symbol } = report;
      return { type, time, symbol, clientOrderId, side, size: lotsToQty(gridOf(symbol), size), balance };
    }
    case 'rollover': {
      const { type, fee, feeAsset, positionId, symbol } = report;
      return { type, time, symbol, positionId, fee, feeAsset };
    }
    default:
      return assertNever(report);
  }
}

export function plainPosition(position: MarginPosition, grid: Grid): PlainPosition {
  const { openedAt, price, size } = position;
  return {
    ...position,
    size: lotsToQty(grid, size),
    price: ticksToPrice(grid, price),
    openedAt: microsToIso(openedAt),
  };
}
