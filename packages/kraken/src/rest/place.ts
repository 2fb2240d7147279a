import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { DecodeFault, JsonTreeReader, quote } from '../json-tree.ts';
import type { JsonNode } from '../json-tree.ts';
import { RestAnswerError } from './rest-errors.ts';

/**
 * A value of an answer that knows where it stands. It is read by what it must be; what it is not throws `KB_KRAKEN_REST_BAD_ANSWER` with
 * the path. Digits come out as they were sent.
 */
export class Place {
  readonly #node: JsonNode;
  readonly #parent: Place | undefined;
  readonly #key: string | number;

  constructor(node: JsonNode, parent?: Place, key: string | number = '') {
    this.#node = node;
    this.#parent = parent;
    this.#key = key;
  }

  /** `result.XXBTZUSD[3][0]` */
  get path(): string {
    if (this.#parent === undefined) return String(this.#key);
    const before = this.#parent.path;
    if (typeof this.#key === 'number') return `${before}[${this.#key}]`;
    return before === '' ? this.#key : `${before}.${this.#key}`;
  }

  /** The member of that name, which must be there and not null. */
  member(name: string): Place {
    const found = this.optional(name);
    if (found === undefined) throw this.fail(`"${name}" is missing`);
    return found;
  }

  /** The member of that name; `undefined` when it is absent or null. */
  optional(name: string): Place | undefined {
    const node = this.#object().get(name);
    return node === undefined || isNull(node) ? undefined : new Place(node, this, name);
  }

  members(): readonly (readonly [name: string, place: Place])[] {
    return Array.from(this.#object(), ([name, node]) => [name, new Place(node, this, name)] as const);
  }

  items(): readonly Place[] {
    if (this.#node.kind !== 'array') throw this.#not('an array');
    return this.#node.items.map((node, index) => new Place(node, this, index));
  }

  /** The elements of a row that has at least so many; what Kraken may add behind them is let be. */
  row(length: number): readonly Place[] {
    const items = this.items();
    if (items.length < length) throw this.fail(`expected ${length} elements, found ${items.length}`);
    return items;
  }

  text(): string {
    if (this.#node.kind !== 'string') throw this.#not('a string');
    return this.#node.text;
  }

  /** Decimal text without a sign, sent as a string or as a number. */
  decimal(): string {
    const text = this.#digits('a decimal number');
    if (!DECIMAL.test(text)) throw this.#not('a decimal number of zero or more');
    return text;
  }

  /** The same with or without a minus sign. */
  signedDecimal(): string {
    const text = this.#digits('a decimal number');
    if (!DECIMAL.test(text.replace(/^-/, ''))) throw this.#not('a decimal number');
    return text;
  }

  /** A whole number from 0 to 2^53 − 1, sent as a number. */
  count(): number {
    const count = this.#node.kind === 'number' && /^\d{1,16}$/.test(this.#node.text) ? Number(this.#node.text) : -1;
    if (count < 0 || !Number.isSafeInteger(count)) throw this.#not('a whole number');
    return count;
  }

  /** Whole digits, sent as a string or as a number, that may go beyond 2^53. */
  wholeText(): string {
    const text = this.#digits('a whole number');
    if (!/^\d{1,20}$/.test(text)) throw this.#not('a whole number');
    return text;
  }

  /** A time in seconds with any decimals; what is finer than a microsecond is cut off. */
  seconds(): Micros {
    const [, whole, fraction = ''] = /^(\d{1,10})(?:\.(\d{1,18}))?$/.exec(this.#digits('a time in seconds')) ?? [];
    if (whole === undefined) throw this.#not('a time in seconds');
    const time = Number(whole) * SECOND + Number(fraction.padEnd(6, '0').slice(0, 6));
    // Seconds of ten digits reach the year 2286, microseconds of 2^53 the year 2255.
    if (!Number.isSafeInteger(time)) throw this.#not('a time before 2255');
    return micros(time);
  }

  /** @param values The only texts it may be. */
  oneOf<Value extends string>(values: readonly Value[]): Value {
    const text = this.text();
    const found = values.find((value) => value === text);
    if (found === undefined) throw this.fail(`expected one of ${values.join(', ')}, was ${quote(text)}`);
    return found;
  }

  fail(message: string): RestAnswerError {
    return new RestAnswerError('KB_KRAKEN_REST_BAD_ANSWER', this.path, message);
  }

  #object(): ReadonlyMap<string, JsonNode> {
    if (this.#node.kind !== 'object') throw this.#not('an object');
    return this.#node.members;
  }

  #digits(expected: string): string {
    if (this.#node.kind !== 'string' && this.#node.kind !== 'number') throw this.#not(expected);
    return this.#node.text;
  }

  #not(expected: string): RestAnswerError {
    return this.fail(`expected ${expected}, was ${described(this.#node)}`);
  }
}

/** An answer of Kraken's, opened. */
export interface Envelope {
  /** Texts that begin with W: the result stands. */
  readonly warnings: readonly string[];
  /** All other texts; the call failed when there is any. */
  readonly errors: readonly string[];
  readonly result: Place | undefined;
}

/** Opens `{"error":[…],"result":…}`. @throws RestAnswerError `KB_KRAKEN_REST_BAD_JSON`, `KB_KRAKEN_REST_BAD_ANSWER`. */
export function openEnvelope(body: string | Uint8Array): Envelope {
  const root = new Place(readJson(typeof body === 'string' ? Buffer.from(body, 'utf8') : body));
  const texts = root
    .member('error')
    .items()
    .map((place) => place.text());
  return {
    warnings: texts.filter((text) => text.startsWith('W')),
    errors: texts.filter((text) => !text.startsWith('W')),
    result: root.optional('result'),
  };
}

/** The result of an answer. @throws RestAnswerError also with `KB_KRAKEN_REST_VENUE_ERROR` when Kraken said no. */
export function resultOf({ errors, result }: Envelope): Place {
  if (errors.length > 0) {
    throw new RestAnswerError('KB_KRAKEN_REST_VENUE_ERROR', '', `Kraken answered ${errors.join(', ')}`, errors);
  }
  if (result === undefined) throw new RestAnswerError('KB_KRAKEN_REST_BAD_ANSWER', '', '"result" is missing');
  return result;
}

function readJson(bytes: Uint8Array): JsonNode {
  try {
    return new JsonTreeReader(bytes).read();
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    throw new RestAnswerError(
      'KB_KRAKEN_REST_BAD_JSON',
      '',
      `byte ${error.offset} of ${bytes.length}: ${error.detail}`,
    );
  }
}

function isNull(node: JsonNode): boolean {
  return node.kind === 'literal' && node.value === null;
}

function described(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
    case 'array':
      return `an ${node.kind}`;
    case 'string':
      return quote(node.text);
    case 'number':
      return node.text.slice(0, 60);
    case 'literal':
      return String(node.value);
    default:
      return node satisfies never;
  }
}

const DECIMAL = /^\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,3})?$/;
