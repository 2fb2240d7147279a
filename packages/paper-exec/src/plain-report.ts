import { assertNever, countToDecimal, lotsToQty, microsToIso, ticksToPrice } from '@kb/model';
import type { ExecutionReport, FillRule, Grid, Lots, QueueModelId, RejectReason, Side, Ticks } from '@kb/model';
import { QUEUE_MODEL_IDS } from './queue/queue-models.ts';

interface PlainBase {
  readonly symbol: string;
  /** When it happened at the venue, RFC 3339 with microseconds. */
  readonly time: string;
  readonly clientOrderId: string;
}

/** What a fill on margin did to the positions in its pair. Decimal text. */
export interface PlainMarginFill {
  readonly closed: string;
  readonly opened: string;
  readonly realised: string;
  readonly openingFee: string;
}

/** The venue's word on an order, prices and sizes as decimal text. */
export type PlainReport =
  | (PlainBase & {
      readonly type: 'accepted';
      readonly side: Side;
      readonly price: string | undefined;
      readonly size: string;
      /** Client order id of the order whose fill placed it. */
      readonly placedBy?: string;
    })
  | (PlainBase & {
      readonly type: 'fill';
      readonly side: Side;
      readonly price: string;
      readonly size: string;
      /** What is left of the order. */
      readonly remaining: string;
      readonly liquidity: 'maker' | 'taker';
      /** In `feeAsset`; negative when it is a rebate. */
      readonly fee: string;
      readonly feeAsset: string;
      /** The fee's rate in basis points: that of the tier reached before this fill. */
      readonly tierBps: number | undefined;
      /** Of a fill on margin: what it closed and opened, what that gained in the quote currency, and the opening fee. */
      readonly margin?: PlainMarginFill;
      /** The fill rule that made it: see the README. */
      readonly rule: FillRule;
      /** Public trades that justify it; none when the book does. */
      readonly tradeIds: readonly number[];
      /** True when the feed had missed that trade and it was told later. */
      readonly recovered: boolean;
      /** Size that stood ahead of us just before, as each queue model sees it. */
      readonly ahead: Readonly<Partial<Record<QueueModelId, string>>>;
    })
  | (PlainBase & {
      readonly type: 'amended';
      readonly price: string | undefined;
      readonly size: string;
      readonly remaining: string;
      readonly keptPriority: boolean;
    })
  | (PlainBase & {
      readonly type: 'rejected' | 'amend-rejected' | 'cancel-rejected';
      readonly reason: RejectReason;
      readonly text: string;
      /** Of a new order: client order id of the order whose fill would have placed it. */
      readonly placedBy?: string;
    })
  | (PlainBase & { readonly type: 'cancelled'; readonly remaining: string; readonly reason: string })
  | (PlainBase & { readonly type: 'expired'; readonly remaining: string })
  | (PlainBase & { readonly type: 'triggered' | 'unknown' });

/** An execution report in plain values. */
export function plainReport(report: ExecutionReport, grid: Grid): PlainReport {
  const base = { symbol: report.symbol, time: microsToIso(report.venueTs), clientOrderId: report.clientOrderId };
  const qty = (size: Lots): string => lotsToQty(grid, size);
  const price = (ticks: Ticks | undefined): string | undefined =>
    ticks === undefined ? undefined : ticksToPrice(grid, ticks);
  switch (report.type) {
    case 'accepted': {
      const { type, side, size, placedBy } = report;
      const origin = placedBy === undefined ? {} : { placedBy };
      return { type, ...base, side, price: price(report.price), size: qty(size), ...origin };
    }
    case 'fill': {
      const { type, side, liquidity, fee, feeAsset, margin, rule, evidence, tierBps } = report;
      return {
        type,
        ...base,
        side,
        price: ticksToPrice(grid, report.price),
        size: qty(report.size),
        remaining: qty(report.remaining),
        liquidity,
        fee,
        feeAsset,
        tierBps,
        ...(margin && { margin: { ...margin, closed: qty(margin.closed), opened: qty(margin.opened) } }),
        rule,
        tradeIds: evidence.tradeIds,
        recovered: evidence.recovered ?? false,
        ahead: plainAhead(report.ahead, grid),
      };
    }
    case 'amended': {
      const { type, keptPriority } = report;
      const { size, remaining } = report;
      return { type, ...base, price: price(report.price), size: qty(size), remaining: qty(remaining), keptPriority };
    }
    case 'rejected':
    case 'amend-rejected':
    case 'cancel-rejected': {
      const origin = report.type === 'rejected' && report.placedBy !== undefined ? { placedBy: report.placedBy } : {};
      return { type: report.type, ...base, reason: report.reason, text: report.text, ...origin };
    }
    case 'cancelled':
      return { type: report.type, ...base, remaining: qty(report.remaining), reason: report.reason };
    case 'expired':
      return { type: report.type, ...base, remaining: qty(report.remaining) };
    case 'triggered':
    case 'unknown':
      return { type: report.type, ...base };
    default:
      return assertNever(report);
  }
}

/** Estimates may be fractions of a lot: rounded up, so that nobody stands nearer to the front than estimated. */
function plainAhead(
  ahead: Readonly<Partial<Record<QueueModelId, number>>>,
  { qtyPrecision }: Grid,
): Partial<Record<QueueModelId, string>> {
  const plain: Partial<Record<QueueModelId, string>> = {};
  for (const model of QUEUE_MODEL_IDS) {
    const lots = ahead[model];
    if (lots !== undefined) plain[model] = countToDecimal(Math.ceil(lots), qtyPrecision);
  }
  return plain;
}
