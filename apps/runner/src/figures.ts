import { Decimal } from 'decimal.js';

/** How numbers look on a screen. Input is decimal text, never a float made of one; programs get the digits as they are. */

/** Groups the whole digits by threes: `64210.10` becomes `64 210.10`. */
export function grouped(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const spaced = whole.replaceAll(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/** The same with its sign always written, except for zero: `+0.0140`. */
export function signed(decimal: string): string {
  return decimal.startsWith('-') || /^[0.]*$/.test(decimal) ? grouped(decimal) : `+${grouped(decimal)}`;
}

/** An amount of money: two decimals, four below a tenth. Rounded half even, for the eye only. */
export function money(decimal: string): string {
  const amount = new Decimal(decimal);
  const places = amount.isZero() || amount.abs().gte('0.1') ? 2 : 4;
  return grouped(unsignedZero(amount.toFixed(places, Decimal.ROUND_HALF_EVEN)));
}

/** The same with its sign always written, except for zero. */
export function signedMoney(decimal: string): string {
  const text = money(decimal);
  return text.startsWith('-') || /^[0.]*$/.test(text) ? text : `+${text}`;
}

/** Basis points: two decimals below ten, one below a hundred, none above. */
export function bps(value: number): string {
  const decimals = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${value.toFixed(decimals)} bps`;
}

function unsignedZero(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}
