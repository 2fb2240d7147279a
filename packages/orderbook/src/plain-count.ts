import { countToDecimal, decimalToCount } from '@kb/model';
import { BookError } from './errors.ts';
import type { BookErrorCode } from './errors.ts';

/** A plain value as a whole count of 10^-precision, `least` or more. */
export function plainCount(
  code: BookErrorCode,
  where: string,
  value: unknown,
  precision: number,
  least: 0 | 1,
): number {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new BookError(
      code,
      `${where}: expected decimal text or a number, was ${value === null ? 'null' : typeof value}`,
    );
  }
  const count = exactCount(code, where, value, precision);
  if (count < least) {
    throw new BookError(code, `${where}: expected ${least === 1 ? 'more than' : 'no less than'} zero, was ${value}`);
  }
  return count;
}

function exactCount(code: BookErrorCode, where: string, value: string | number, precision: number): number {
  try {
    if (typeof value === 'string') return decimalToCount(value, precision);
    // Fixed notation: the nearest decimal on the grid, where the shortest one that reads back may carry a 17th digit.
    const text = value.toFixed(precision);
    const count = decimalToCount(Number(text) === value ? text : String(value), precision);
    if (!isAmbiguous(count, value, precision)) return count;
  } catch (cause) {
    throw new BookError(code, `${where}: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
  throw new BookError(code, `${where}: the number ${value} could be one of two at ${precision} decimals`, {
    hint: 'Pass the decimal text as the venue sent it.',
  });
}

/** Whether a neighbour on the grid reads as the same double. Below 2^51 counts lie further apart than doubles do. */
function isAmbiguous(count: number, value: number, precision: number): boolean {
  if (Math.abs(count) < 2 ** 51) return false;
  return [count - 1, count + 1].some((neighbour) => Number(countToDecimal(neighbour, precision)) === value);
}
