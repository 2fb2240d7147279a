import { assertNever, lotsToQty, ticksToPrice } from '@kb/model';
import type { AccountReport, ExecutionReport, Instrument, Lots, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { LINES, timed } from './lines.ts';

/** What the paper venue reports, in the words of the cases. */
export function paperLine(report: ExecutionReport | AccountReport, pair: Instrument): string | undefined {
  const line = textOf(report, pair);
  return line === undefined ? undefined : timed(report.venueTs, line);
}

function textOf(report: ExecutionReport | AccountReport, pair: Instrument): string | undefined {
  const qty = (size: Lots): string => lotsToQty(pair, size);
  const price = (ticks: Ticks | undefined): string | undefined =>
    ticks === undefined ? undefined : ticksToPrice(pair, ticks);
  switch (report.type) {
    case 'accepted':
      return LINES.accepted(report.clientOrderId);
    case 'rejected':
      return LINES.refused('order', report.clientOrderId, report.reason);
    case 'amend-rejected':
      return LINES.refused('amend', report.clientOrderId, report.reason);
    case 'cancel-rejected':
      return LINES.refused('cancel', report.clientOrderId, report.reason);
    case 'fill': {
      const { clientOrderId, fee, liquidity, margin, remaining, size } = report;
      const paid = new Decimal(fee).plus(margin?.openingFee ?? 0).toString();
      const terms = { size: qty(size), price: price(report.price) ?? '', liquidity, left: qty(remaining), fee: paid };
      return LINES.filled(clientOrderId, terms);
    }
    case 'amended':
      return LINES.amended(report.clientOrderId, qty(report.size), price(report.price), qty(report.remaining));
    case 'triggered':
      return LINES.triggered(report.clientOrderId);
    case 'cancelled':
      return LINES.cancelled(report.clientOrderId, wordOf(report.reason), qty(report.remaining));
    case 'expired':
      return LINES.expired(report.clientOrderId, qty(report.remaining));
    case 'liquidation':
      return LINES.liquidation(report.clientOrderId);
    case 'rollover':
      return LINES.rollover(report.fee);
    case 'margin-call':
      return LINES.marginCall();
    case 'unknown':
      return undefined;
    default:
      return assertNever(report);
  }
}

/** The paper venue knows more than Kraken says: that an amend, and no cancel, has ended an order. */
function wordOf(reason: string): string {
  return reason === 'amended-below-filled' ? 'requested' : reason;
}
