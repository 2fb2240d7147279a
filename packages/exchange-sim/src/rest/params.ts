import type { HttpRequest } from './http.ts';
import { invalid, Refusal } from './refusal.ts';

/** A parameter as it came. Numbers are their own text: `0.00000001` and `1700000000000000001` keep all digits. */
export type Param = string | boolean | null | readonly Param[] | ParamMap;
export type ParamMap = ReadonlyMap<string, Param>;

/** The named parameters of a call, or of an object in it. What is empty or null counts as not sent. */
export class Params {
  readonly #values: ParamMap;
  /** Before a name in error texts: `close[`, and what follows it. */
  readonly #prefix: string;
  readonly #suffix: string;

  constructor(values: ParamMap, prefix = '', suffix = '') {
    this.#values = values;
    this.#prefix = prefix;
    this.#suffix = suffix;
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** @throws Refusal for an object or a list. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'boolean') return String(value);
    throw this.invalid(name);
  }

  /** @throws Refusal when it is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.invalid(name);
    return value;
  }

  /**
   * `true` as itself, as text or as 1; anything but that and its opposite is refused, as it could mean either.
   * @param usual What it is when it was not sent.
   */
  flag(name: string, usual = false): boolean {
    switch (this.text(name)?.toLowerCase()) {
      case 'true':
      case '1':
        return true;
      case undefined:
        return usual;
      case 'false':
      case '0':
        return false;
      default:
        throw this.invalid(name);
    }
  }

  /** One of these words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const word = words.find((known) => known === value);
    if (word === undefined) throw this.invalid(name);
    return word;
  }

  /** A whole number; `undefined` when it was not sent. */
  whole(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^[-+]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) throw this.invalid(name);
    return number;
  }

  /** A comma list, or a list of JSON. Empty when it was not sent. @throws Refusal for more than `most`. */
  list(name: string, most: number): readonly string[] {
    const value = this.#value(name);
    const items = value === undefined ? [] : typeof value === 'string' ? value.split(',') : this.#items(name, value);
    const texts: string[] = [];
    for (const item of items) {
      if (typeof item !== 'string') throw this.invalid(name);
      const text = item.trim();
      if (text !== '') texts.push(text);
    }
    if (texts.length > most) throw this.invalid(name);
    return texts;
  }

  /** `close[price]` of a form, or the object `close` of JSON. */
  members(name: string): Params | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!(value instanceof Map)) throw this.invalid(name);
    return new Params(value, `${this.#prefix}${name}${this.#suffix}[`, ']');
  }

  /** A list of objects. */
  objects(name: string): readonly Params[] {
    const value = this.#value(name);
    if (value === undefined) return [];
    return this.#items(name, value).map((item) => {
      if (!(item instanceof Map)) throw this.invalid(name);
      return new Params(item);
    });
  }

  invalid(name: string): Refusal {
    return invalid(`${this.#prefix}${name}${this.#suffix}`);
  }

  /** Lists come as such in JSON, and as `orders[0]`, `orders[1]` … in forms. */
  #items(name: string, value: Param): readonly Param[] {
    if (value instanceof Map) return [...value.values()];
    if (isList(value)) return value;
    throw this.invalid(name);
  }

  #value(name: string): Param | undefined {
    const value = this.#values.get(name);
    return value === undefined || value === null || value === '' ? undefined : value;
  }
}

/**
 * Reads the parameters of a request: of the query and of the body, where the body wins. A body is JSON when it says so or begins with a
 * brace, and a form otherwise, with names like `close[price]` whether their brackets are escaped or not.
 * @throws Refusal `EAPI:Bad request` for bytes that are not UTF-8 or not the JSON object that they should be.
 */
export function readParams({ query, headers, body }: HttpRequest): Params {
  const values = new Map<string, Param>();
  addForm(values, query);
  const text = utf8(body);
  if (headers['content-type']?.toLowerCase().includes('json') === true || /^\s*\{/.test(text)) {
    if (text.trim() !== '') for (const [name, value] of jsonObject(text)) values.set(name, value);
  } else {
    addForm(values, text);
  }
  return new Params(values);
}

function utf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw badRequest();
  }
}

function jsonObject(text: string): ParamMap {
  let value: unknown;
  try {
    value = JSON.parse(text, toParam);
  } catch {
    throw badRequest();
  }
  if (!(value instanceof Map)) throw badRequest();
  return value;
}

/** Numbers become their text and objects maps, from the inside out, so that no name (`__proto__`) means anything. */
function toParam(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === 'number') return context?.source ?? String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return new Map(Object.entries(value));
}

/** Deeper names than `a[b][c]` are nobody's. */
const FORM_NAME = /^([^[\]]+)(?:\[([^[\]]*)\])?(?:\[([^[\]]*)\])?$/;

function addForm(values: Map<string, Param>, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) {
    const path = FORM_NAME.exec(name)
      ?.slice(1)
      .filter((part) => part !== undefined);
    if (path !== undefined) put(values, path, value);
  }
}

function put(values: Map<string, Param>, [name = '', ...rest]: readonly string[], value: string): void {
  const key = name === '' ? String(values.size) : name;
  if (rest.length === 0) {
    values.set(key, value);
    return;
  }
  const inner = values.get(key);
  const members = inner instanceof Map ? new Map<string, Param>(inner) : new Map<string, Param>();
  put(members, rest, value);
  values.set(key, members);
}

function isList(value: Param): value is readonly Param[] {
  return Array.isArray(value);
}

function badRequest(): Refusal {
  return new Refusal('EAPI:Bad request');
}
