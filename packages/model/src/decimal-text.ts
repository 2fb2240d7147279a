import { ModelError } from './errors.ts';

/**
 * Reads decimal text as a whole count of 10^-precision, digit by digit, without scaling a float.
 *
 * Accepts what JSON calls a number (`-1.50`, `1E-8`, `5e3`); trailing zeros beyond the precision are fine, other digits
 * there are not.
 *
 * @returns The count, exact, within ±(2^53 − 1).
 * @throws ModelError `KB_MODEL_NOT_A_DECIMAL`, `KB_MODEL_OFF_GRID` (digits finer than the precision) or
 *   `KB_MODEL_OUT_OF_RANGE`.
 */
export function decimalToCount(text: string, precision: number): number {
  const parts = DECIMAL.exec(text);
  if (parts === null) {
    throw new ModelError('KB_MODEL_NOT_A_DECIMAL', `Expected a decimal number, was ${JSON.stringify(brief(text))}`);
  }
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = parts;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0;

  // digits × 10^shift is the count we want.
  const shift = Number(exponentText) - fraction.length + precision;
  if (digits.length + shift > 16) throw outOfRange(text, precision);
  const kept = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift);
  const dropped = shift >= 0 ? '' : digits.slice(shift);
  if (/[1-9]/.test(dropped)) {
    throw new ModelError('KB_MODEL_OFF_GRID', `Expected at most ${precision} decimals, was ${brief(text)}`);
  }
  const count = Number(kept);
  if (!Number.isSafeInteger(count)) throw outOfRange(text, precision);
  return sign === '-' && count !== 0 ? -count : count;
}

/** Writes a count of 10^-precision as decimal text with exactly that many decimals, as Kraken writes it on v2. */
export function countToDecimal(count: number, precision: number): string {
  if (precision === 0) return String(count);
  const digits = String(Math.abs(count)).padStart(precision + 1, '0');
  const point = digits.length - precision;
  return `${count < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same for a bigint count, as `notional` returns it. */
export function bigCountToDecimal(count: bigint, precision: number): string {
  if (precision === 0) return String(count);
  const digits = String(count < 0n ? -count : count).padStart(precision + 1, '0');
  const point = digits.length - precision;
  return `${count < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const DECIMAL = /^([-+]?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([-+]?\d{1,3}))?$/;

function outOfRange(text: string, precision: number): ModelError {
  return new ModelError(
    'KB_MODEL_OUT_OF_RANGE',
    `${brief(text)} at ${precision} decimals is beyond 2^53 − 1 steps and cannot be held exactly`,
  );
}

/** Text from outside may be of any length; a message need not be. */
function brief(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
