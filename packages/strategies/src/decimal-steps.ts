import { ModelError } from '@kb/model';

/**
 * Decimal text of any size as a whole count of 10^-precision.
 *
 * @param finer What becomes of digits beyond the precision: `up` and `down` round the magnitude, `refuse` throws.
 * @throws ModelError `KB_MODEL_NOT_A_DECIMAL`, `KB_MODEL_OFF_GRID`.
 */
export function decimalSteps(text: string, precision: number, finer: 'up' | 'down' | 'refuse'): bigint {
  const parts = DECIMAL.exec(text);
  if (parts === null) {
    throw new ModelError('KB_MODEL_NOT_A_DECIMAL', `Expected a decimal number, was ${JSON.stringify(text)}`);
  }
  const [, sign, whole = '0', fraction = '', exponent = '0'] = parts;
  const digits = BigInt(whole + fraction);
  const shift = precision + Number(exponent) - fraction.length;
  const steps = shift >= 0 ? digits * 10n ** BigInt(shift) : divided(digits, 10n ** BigInt(-shift), finer);
  if (steps === undefined) {
    throw new ModelError('KB_MODEL_OFF_GRID', `Expected at most ${precision} decimals, was ${text}`);
  }
  return sign === '-' ? -steps : steps;
}

function divided(digits: bigint, divisor: bigint, finer: 'up' | 'down' | 'refuse'): bigint | undefined {
  const steps = digits / divisor;
  if (finer === 'down' || steps * divisor === digits) return steps;
  return finer === 'up' ? steps + 1n : undefined;
}

const DECIMAL = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;
