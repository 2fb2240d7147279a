/** What the types promise; `tsc` checks it, nothing here runs. */
import { assertNever, lots, micros, ModelError, notional, priceToTicks, ticks } from '../src/index.ts';
import type { ExecutionReport, Instrument, KbError, Lots, Micros, Side, Ticks } from '../src/index.ts';

declare const btc: Instrument;

export const price: Ticks = ticks(1);
export const size: Lots = lots(1);
export const time: Micros = micros(1);

// @ts-expect-error lots are not ticks
export const wrongUnit: Ticks = lots(1);
// @ts-expect-error ticks are not microseconds
export const wrongTime: Micros = ticks(1);
// @ts-expect-error a bare number is not a size
export const bare: Lots = 1;
// @ts-expect-error price and size may not be swapped
notional(size, price);
// @ts-expect-error a price is text at the door, not a float
priceToTicks(btc, 30000.1);
// @ts-expect-error arithmetic leaves the unit: brand again at the edge
export const sum: Ticks = price + price;
export const plain: number = price + price;

// @ts-expect-error a message is a fact
btc.status = 'online';
// @ts-expect-error there are two sides
export const side: Side = 'long';

export function handlesAll(report: ExecutionReport): string {
  switch (report.type) {
    case 'accepted':
    case 'rejected':
    case 'fill':
    case 'amended':
    case 'amend-rejected':
    case 'cancel-rejected':
    case 'triggered':
    case 'cancelled':
    case 'expired':
    case 'unknown':
      return report.clientOrderId;
    default:
      return assertNever(report);
  }
}

export function missesSome(report: ExecutionReport): string {
  if (report.type === 'fill') return report.fillId;
  // @ts-expect-error the other reports are not handled
  return assertNever(report);
}

export const base: KbError = new ModelError('KB_MODEL_OFF_GRID', 'a model error is a kb error');
// @ts-expect-error codes are a closed list
export const unknownCode: ModelError = new ModelError('KB_MODEL_TYPO', '');
