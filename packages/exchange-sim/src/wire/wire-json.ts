/** A number as a client wrote it: `0.00000001` and 123456789012345.12345 keep all of their digits. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a client sent, read but not believed. */
export type WireValue = null | boolean | string | NumberText | readonly WireValue[] | WireObject;
export interface WireObject {
  readonly [key: string]: WireValue;
}

/** Reads a frame as a JSON object. @returns `undefined` where it is none, is not UTF-8, or is nested absurdly deep. */
export function parseWireObject(frame: Uint8Array): WireObject | undefined {
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(frame), keepDigits);
    return isWireObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isWireObject(value: WireValue | undefined): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

export function isWireList(value: WireValue | undefined): value is readonly WireValue[] {
  return Array.isArray(value);
}

/** The whole number within ±(2^53 − 1) that the client wrote (`1.0` is one too); `undefined` for anything else. */
export function wholeNumber(value: WireValue | undefined): number | undefined {
  if (!(value instanceof NumberText)) return undefined;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** `JSON.parse` makes nothing else, once its numbers are texts. The reviver's third argument is younger than the library's types. */
const parseJson: (text: string, reviver: Reviver) => WireValue = (text, reviver) => JSON.parse(text, reviver);
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
}
