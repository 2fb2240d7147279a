import { lots, micros, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import { DecodeFault, quote } from '../json-tree.ts';
import type { JsonArray, JsonNode } from '../json-tree.ts';
import { badField, decimalsOf, unsignedCountOf } from '../tree-fields.ts';

/** The element of a list, which must be there. */
export function itemAt(list: JsonArray, index: number, what: string): JsonNode {
  const node = list.items[index];
  if (node === undefined) throw badField(list, `${what} is missing`);
  return node;
}

export function textAt(list: JsonArray, index: number, what: string): string {
  return textOf(itemAt(list, index, what), what);
}

export function textOf(node: JsonNode, what: string): string {
  if (node.kind !== 'string') throw badField(node, `expected ${what} to be a string, was ${node.kind}`);
  return node.text;
}

/** Text of digits with or without a point, which is how v1 writes all decimals. */
function digitsAt(list: JsonArray, index: number, what: string): JsonText {
  const node = itemAt(list, index, what);
  const text = textOf(node, what);
  if (DIGITS.test(text)) return { text, start: node.start };
  throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', node.start, `expected ${what} to be plain digits, was ${quote(text)}`);
}

export function digitsTextAt(list: JsonArray, index: number, what: string): string {
  return digitsAt(list, index, what).text;
}

export function priceAt(list: JsonArray, index: number, what: string, grid: Grid): Ticks {
  const price = priceOrNoneAt(list, index, what, grid);
  if (price !== undefined) return price;
  throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', itemAt(list, index, what).start, `expected ${what} to be above zero`);
}

/** The same where zero says that there is none: a side without orders, a pair that never traded. */
export function priceOrNoneAt(list: JsonArray, index: number, what: string, grid: Grid): Ticks | undefined {
  const { text, start } = digitsAt(list, index, what);
  const count = unsignedCountOf(text, what, grid.pricePrecision, start);
  return count === 0 ? undefined : ticks(count);
}

export function sizeAt(list: JsonArray, index: number, what: string, grid: Grid): Lots {
  const { text, start } = digitsAt(list, index, what);
  return lots(unsignedCountOf(text, what, grid.qtyPrecision, start));
}

/** Seconds since 1970 in decimal text; what is finer than a microsecond is cut off. */
export function timeAt(list: JsonArray, index: number, what: string): Micros {
  const { text, start } = digitsAt(list, index, what);
  const [seconds = '', fraction = ''] = text.split('.');
  return micros(unsignedCountOf(`${seconds}.${fraction.slice(0, 6) || '0'}`, what, 6, start));
}

/** The decimals that a price and a size are written with, which v1 always sends in full. */
export function gridAt(list: JsonArray, price: number, size: number): Grid {
  return {
    pricePrecision: decimalsAt(list, price, 'the price'),
    qtyPrecision: decimalsAt(list, size, 'the volume'),
  };
}

function decimalsAt(list: JsonArray, index: number, what: string): number {
  const { text, start } = digitsAt(list, index, what);
  return decimalsOf(text, start);
}

interface JsonText {
  readonly text: string;
  /** Byte offset in the frame. */
  readonly start: number;
}

const DIGITS = /^\d{1,400}(?:\.\d{1,400})?$/;
