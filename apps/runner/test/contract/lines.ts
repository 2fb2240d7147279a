import { Decimal } from 'decimal.js';
import { MILLISECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { START } from './setting.ts';

/** What a venue reports, as one line of a case; both sides write theirs with these. */
export const LINES = {
  accepted: (id: string) => `accepted ${id}`,
  refused: (what: 'order' | 'amend' | 'cancel', id: string, reason: string) => `${what} refused ${id}: ${reason}`,
  filled: (id: string, fill: FillText) =>
    `filled ${id} ${plain(fill.size)} @ ${plain(fill.price)} ${fill.liquidity}, ${plain(fill.left)} left, fee ${plain(fill.fee)}`,
  amended: (id: string, size: string | number, price: string | number | undefined, left: string | number) =>
    `amended ${id} to ${plain(size)}${price === undefined ? '' : ` @ ${plain(price)}`}, ${plain(left)} left`,
  triggered: (id: string) => `triggered ${id}`,
  cancelled: (id: string, reason: string, left: string | number) => `cancelled ${id}: ${reason}, ${plain(left)} left`,
  expired: (id: string, left: string | number) => `expired ${id}, ${plain(left)} left`,
  liquidation: (id: string) => `liquidation by ${id}`,
  rollover: (fee: string | number) => `rollover, fee ${plain(fee)}`,
  marginCall: () => 'margin call',
};

export interface FillText {
  readonly size: string | number;
  readonly price: string | number;
  readonly liquidity: 'maker' | 'taker';
  readonly left: string | number;
  /** All that was paid for it, in the quote currency. */
  readonly fee: string | number;
}

/** With the milliseconds from the start before it. */
export function timed(at: Micros, line: string): string {
  return `${(at - START) / MILLISECOND} ${line}`;
}

/** Without zeros at the end; money to the digits that the venue shows. */
export function plain(value: string | number): string {
  return new Decimal(value).toDecimalPlaces(5).toString();
}
