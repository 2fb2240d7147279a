import { decimalToCount, lots, micros, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { CsvRow } from './csv-rows.ts';
import { importErrorOf } from './import-error.ts';

/** More decimals cannot be held in ticks and lots. */
const MAX_DECIMALS = 15;
const DECIMAL = /^\d{1,30}(?:\.(\d{1,60}))?(?:[eE]([-+]?\d{1,2}))?$/;

/** A price above zero. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export function readPrice(row: CsvRow, index: number, name: string, grid: Grid): Ticks {
  const count = countOf(row, index, name, grid.pricePrecision);
  if (count <= 0) throw row.error(index, `expected ${name} to be above zero, was ${row.cell(index, name)}`);
  return ticks(count);
}

/** A quantity of zero or more. @param round To the nearest step, a half to the even one. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export function readSize(row: CsvRow, index: number, name: string, grid: Grid, round: boolean): Lots {
  const text = row.cell(index, name);
  const rounded = round ? roundedTo(text, grid.qtyPrecision) : undefined;
  if (rounded !== undefined) return lots(rounded);
  const count = countOf(row, index, name, grid.qtyPrecision);
  if (count < 0) throw row.error(index, `expected ${name} not to be negative, was ${text}`);
  return lots(count);
}

/** A whole number from 0. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export function readWhole(row: CsvRow, index: number, name: string): number {
  const text = row.cell(index, name);
  const value = Number(text);
  if (/^\d{1,16}(?:\.0+)?$/.test(text) && Number.isSafeInteger(value)) return value;
  throw row.error(index, `expected ${name} to be a whole number, was ${JSON.stringify(text)}`);
}

/** A time since 1970, in units of 10^-decimals seconds; finer digits than a microsecond are cut off. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export function readTime(row: CsvRow, index: number, name: string, decimals: 0 | 3 | 6): Micros {
  const text = row.cell(index, name);
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  const value =
    whole === undefined ? Number.NaN : Number(whole + fraction.padEnd(6 - decimals, '0').slice(0, 6 - decimals));
  if (Number.isSafeInteger(value)) return micros(value);
  const unit = { 0: 'seconds', 3: 'milliseconds', 6: 'microseconds' }[decimals];
  throw row.error(index, `expected ${name} to be ${unit} since 1970, was ${JSON.stringify(text)}`);
}

/** How many decimals a number needs, without trailing zeros. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export function decimalsOf(row: CsvRow, index: number, name: string): number {
  const text = row.cell(index, name);
  const match = DECIMAL.exec(text);
  if (match === null) throw row.error(index, `expected ${name} to be a number, was ${JSON.stringify(text)}`);
  const [, fraction = '', exponent = '0'] = match;
  const decimals = Math.max(0, fraction.replace(/0+$/, '').length - Number(exponent));
  if (decimals <= MAX_DECIMALS) return decimals;
  const hint = `Give the precision, and let sizes be rounded: the digits look like those of floating-point sums.`;
  throw row.error(index, `${text} needs ${decimals} decimals, more than ${MAX_DECIMALS}`, hint);
}

function countOf(row: CsvRow, index: number, name: string, precision: number): number {
  try {
    return decimalToCount(row.cell(index, name), precision);
  } catch (error) {
    throw importErrorOf(error, row, row.columnOf(index), 'Give a finer precision, or let sizes be rounded.');
  }
}

/** `undefined` for what is no number, or too large: the exact way then says so. */
function roundedTo(text: string, precision: number): number | undefined {
  const [, fraction = '', exponentText = '0'] = DECIMAL.exec(text) ?? [undefined];
  if (!DECIMAL.test(text)) return undefined;
  const digits = BigInt(text.split(/[eE]/)[0]?.replace('.', '') ?? '0');
  const drop = fraction.length - Number(exponentText) - precision;
  if (drop <= 0) return undefined; // exact as it is
  const step = 10n ** BigInt(drop);
  const [whole, left] = [digits / step, (digits % step) * 2n];
  const count = Number(left > step || (left === step && whole % 2n === 1n) ? whole + 1n : whole);
  return Number.isSafeInteger(count) ? count : undefined;
}
