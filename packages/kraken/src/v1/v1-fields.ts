import { lots, micros, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import { DecodeFault } from '../json-tree.ts';
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

export function priceAt(list: JsonArray, index: number, what: string, grid: Grid): Ticks {
  const node = itemAt(list, index, what);
  const count = unsignedCountOf(textOf(node, what), what, grid.pricePrecision, node.start);
  if (count === 0) throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', node.start, `expected ${what} to be above zero`);
  return ticks(count);
}

export function sizeAt(list: JsonArray, index: number, what: string, grid: Grid): Lots {
  const node = itemAt(list, index, what);
  return lots(unsignedCountOf(textOf(node, what), what, grid.qtyPrecision, node.start));
}

/** Seconds since 1970 in decimal text; what is finer than a microsecond is cut off. */
export function timeAt(list: JsonArray, index: number, what: string): Micros {
  const node = itemAt(list, index, what);
  const [seconds = '', fraction = ''] = textOf(node, what).split('.');
  const text = fraction.length > 6 ? `${seconds}.${fraction.slice(0, 6)}` : textOf(node, what);
  return micros(unsignedCountOf(text, what, 6, node.start));
}

/** Decimals of a text's digits, which v1 always sends in full. */
export function decimalsAt(list: JsonArray, index: number, what: string): number {
  const node = itemAt(list, index, what);
  return decimalsOf(textOf(node, what), node.start);
}
