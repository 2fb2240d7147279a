import { assertNever, lots, priceToTicks, qtyToLots } from '@kb/model';
import type { ExecutionReport, Instrument, Lots, Micros, OwnOrder, RejectReason, Side, Ticks } from '@kb/model';
import { StrategyError } from './errors.ts';
import { amountOf } from './plain-values.ts';
import type { PlainNumber, PlainTime } from './plain-values.ts';

interface PlainBase {
  /** The one of the intent that it answers. */
  readonly clientOrderId: string;
  readonly symbol?: string;
  /** When it happened at the venue; the latest time known when left out. */
  readonly time?: PlainTime;
}

/**
 * What became of an order, in plain values: what you know from your venue. The reports of a `PaperAccount` of `@kb/paper-exec`
 * are of this shape.
 */
export type PlainReport =
  | (PlainBase & { readonly type: 'accepted' | 'triggered' | 'unknown' | 'cancelled' | 'expired' })
  | (PlainBase & {
      readonly type: 'fill';
      readonly side: Side;
      readonly price: PlainNumber;
      /** Of this fill alone. */
      readonly size: PlainNumber;
      /** Positive when paid; none when left out. */
      readonly fee?: PlainNumber;
      /** The quote currency when left out. */
      readonly feeAsset?: string;
      readonly liquidity?: 'maker' | 'taker';
    })
  | (PlainBase & {
      readonly type: 'amended';
      /** As it is now; what the amend asked for when left out. */
      readonly price?: PlainNumber | undefined;
      /** Total, filled part included. */
      readonly size?: PlainNumber;
    })
  | (PlainBase & {
      readonly type: 'rejected' | 'amend-rejected' | 'cancel-rejected';
      /** `unknown-order` when an amend or a cancel found nothing; `invalid-order` when left out. */
      readonly reason?: RejectReason;
      /** The venue's own words. */
      readonly text?: string;
    });

/** Where and when a report belongs. */
interface Stamp {
  readonly seq: number;
  readonly venueTs: Micros;
  readonly recvTs: Micros;
}

/**
 * A report in ticks and lots.
 *
 * @param order The order it is about, before it; `undefined` when that has ended.
 * @param asked What the amend it answers asked for.
 * @returns `undefined` when it changes nothing any more: only a fill may come after the end of its order.
 * @throws ModelError for a price, size or fee that is none; StrategyError `KB_STRATEGY_BAD_INPUT` for a side that is none, and for a
 *   fill on margin.
 */
export function modelReport(
  report: PlainReport,
  order: OwnOrder | undefined,
  asked: { readonly price: Ticks | undefined; readonly size: Lots | undefined } | undefined,
  pair: Instrument,
  stamp: Stamp,
): ExecutionReport | undefined {
  const { clientOrderId } = report;
  const base = { ...stamp, symbol: pair.symbol, clientOrderId, venueOrderId: undefined };
  const remaining = order === undefined ? lots(0) : lots(order.size - order.filled);
  if (report.type === 'fill') {
    const { side } = report;
    if (side !== 'buy' && side !== 'sell') throw badSide(clientOrderId, side);
    if ('margin' in report && report.margin !== undefined) throw onMargin(clientOrderId);
    const size = qtyToLots(pair, String(report.size));
    const fee = String(report.fee ?? '0');
    amountOf(fee);
    return {
      type: 'fill',
      ...base,
      fillId: `${clientOrderId}:${stamp.seq}`,
      side,
      price: priceToTicks(pair, String(report.price)),
      size,
      remaining: lots(Math.max(0, remaining - size)),
      liquidity: report.liquidity ?? (order?.postOnly === true ? 'maker' : 'taker'),
      fee,
      feeAsset: report.feeAsset ?? pair.quote,
      rule: 'live',
      evidence: { tradeIds: [], bookSeq: 0 },
      ahead: {},
    };
  }
  if (order === undefined) return undefined;
  switch (report.type) {
    case 'accepted':
      return { type: 'accepted', ...base, side: order.side, price: order.price, size: order.size };
    case 'amended': {
      const size = report.size === undefined ? (asked?.size ?? order.size) : qtyToLots(pair, String(report.size));
      const price =
        report.price === undefined ? (asked?.price ?? order.price) : priceToTicks(pair, String(report.price));
      const left = lots(Math.max(0, size - order.filled));
      return { type: 'amended', ...base, price, size, remaining: left, keptPriority: false };
    }
    case 'rejected':
      return { type: 'rejected', ...base, ...whyOf(report) };
    case 'amend-rejected':
      return { type: 'amend-rejected', ...base, ...whyOf(report) };
    case 'cancel-rejected':
      return { type: 'cancel-rejected', ...base, ...whyOf(report) };
    case 'cancelled':
      return { type: 'cancelled', ...base, remaining, reason: 'requested' };
    case 'expired':
      return { type: 'expired', ...base, remaining };
    case 'unknown':
      return { type: 'unknown', ...base, text: '' };
    case 'triggered':
      return { type: 'triggered', ...base };
    default:
      return assertNever(report);
  }
}

function whyOf({ reason = 'invalid-order', text = '' }: { readonly reason?: RejectReason; readonly text?: string }): {
  readonly reason: RejectReason;
  readonly text: string;
} {
  return { reason, text };
}

function badSide(clientOrderId: string, side: never): StrategyError {
  const text = `fill of ${clientOrderId}: expected side to be buy or sell, was ${JSON.stringify(side) ?? 'nothing'}`;
  return new StrategyError('KB_STRATEGY_BAD_INPUT', 'StandaloneStrategy', [text]);
}

/** Balances are all that a strategy standing alone knows of an account: a position beside them it would take for one. */
function onMargin(clientOrderId: string): StrategyError {
  const text = `fill of ${clientOrderId}: expected one out of balances, was one on margin`;
  return new StrategyError('KB_STRATEGY_BAD_INPUT', 'StandaloneStrategy', [text]);
}
