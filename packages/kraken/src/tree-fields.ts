import { decimalToCount, lots, ModelError, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import { DecodeFault, quote } from './json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from './json-tree.ts';
import { textToMicros } from './wire-time.ts';

/** The member of that name; `undefined` when it is absent or null. */
export function optional(object: JsonObject, name: string): JsonNode | undefined {
  const node = object.members.get(name);
  return node?.kind === 'literal' && node.value === null ? undefined : node;
}

export function required(object: JsonObject, name: string): JsonNode {
  const node = optional(object, name);
  if (node === undefined) throw badField(object, `"${name}" is missing`);
  return node;
}

export function objectOf(node: JsonNode, what: string): JsonObject {
  if (node.kind !== 'object') throw badField(node, `expected ${what} to be an object, was ${node.kind}`);
  return node;
}

export function arrayOf(node: JsonNode, what: string): JsonArray {
  if (node.kind !== 'array') throw badField(node, `expected ${what} to be an array, was ${node.kind}`);
  return node;
}

/** The only element of the frame's `data`. */
export function onlyElement(frame: JsonObject): JsonObject {
  const data = arrayOf(required(frame, 'data'), '"data"');
  const [first, second] = data.items;
  if (first === undefined || second !== undefined) {
    throw badField(data, `expected "data" to hold one element, was ${data.items.length}`);
  }
  return objectOf(first, 'the element of "data"');
}

export function textField(object: JsonObject, name: string): string {
  const node = required(object, name);
  if (node.kind !== 'string') throw badField(node, `expected "${name}" to be a string, was ${node.kind}`);
  return node.text;
}

export function symbolField(object: JsonObject): string {
  const symbol = textField(object, 'symbol');
  if (symbol === '') throw badField(object, 'the symbol is empty');
  return symbol;
}

/** True for `"type":"snapshot"`, false for `"update"`. */
export function snapshotField(frame: JsonObject): boolean {
  const type = textField(frame, 'type');
  if (type !== 'snapshot' && type !== 'update') {
    throw badField(required(frame, 'type'), `expected "type" to be snapshot or update, was ${quote(type)}`);
  }
  return type === 'snapshot';
}

export function timeField(object: JsonObject, name: string): Micros {
  const text = textField(object, name);
  const time = textToMicros(text);
  if (time === undefined) {
    throw badField(required(object, name), `expected "${name}" to be an RFC 3339 time in UTC, was ${quote(text)}`);
  }
  return time;
}

export function optionalTimeField(object: JsonObject, name: string): Micros | undefined {
  return optional(object, name) === undefined ? undefined : timeField(object, name);
}

/** A whole number from 0 to 2^53 − 1. */
export function wholeField(object: JsonObject, name: string): number {
  return unsignedCount(required(object, name), `"${name}"`, 0);
}

/** A price above zero, as a JSON number. */
export function priceField(object: JsonObject, grid: Grid): Ticks {
  const node = required(object, 'price');
  const count = unsignedCount(node, '"price"', grid.pricePrecision);
  if (count === 0) throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', node.start, 'expected "price" to be above zero');
  return ticks(count);
}

/** A quantity of zero or more, as a JSON number. */
export function sizeField(object: JsonObject, grid: Grid): Lots {
  return lots(unsignedCount(required(object, 'qty'), '"qty"', grid.qtyPrecision));
}

/** A JSON number without a minus sign, as a whole count of 10^-precision. */
function unsignedCount(node: JsonNode, what: string, precision: number): number {
  if (node.kind !== 'number') throw badField(node, `expected ${what} to be a number, was ${node.kind}`);
  return unsignedCountOf(node.text, what, precision, node.start);
}

/** Decimal text without a minus sign, as a whole count of 10^-precision. @throws DecodeFault at `offset`. */
export function unsignedCountOf(text: string, what: string, precision: number, offset: number): number {
  if (text.startsWith('-')) {
    throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', offset, `expected ${what} not to be negative, was ${cut(text)}`);
  }
  try {
    return decimalToCount(text, precision);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new DecodeFault(faultCode(error), offset, `${cut(text)} at ${precision} decimals`);
  }
}

function faultCode(error: ModelError): 'KB_KRAKEN_OFF_GRID' | 'KB_KRAKEN_OUT_OF_RANGE' | 'KB_KRAKEN_BAD_NUMBER' {
  if (error.code === 'KB_MODEL_OFF_GRID') return 'KB_KRAKEN_OFF_GRID';
  return error.code === 'KB_MODEL_OUT_OF_RANGE' ? 'KB_KRAKEN_OUT_OF_RANGE' : 'KB_KRAKEN_BAD_NUMBER';
}

export function badField(node: JsonNode, detail: string): DecodeFault {
  return new DecodeFault('KB_KRAKEN_BAD_FIELD', node.start, detail);
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
