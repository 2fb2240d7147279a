import { isoToMicros } from '@kb/model';
import type { Micros } from '@kb/model';
import { isWireList, isWireObject, NumberText, wholeNumber } from './wire-json.ts';
import type { WireObject, WireValue } from './wire-json.ts';

/**
 * Reads a request's parameters by name and type, and remembers the first that is wrong: read all of them, then look at `refusal`.
 * `null` is as good as not sent.
 */
export class Params {
  readonly #values: WireObject;
  #bad: string | undefined = undefined;

  constructor(values: WireObject) {
    this.#values = values;
  }

  /** What the request is refused with; `undefined` when all that was read is fine. */
  get refusal(): string | undefined {
    return this.#bad === undefined ? undefined : `EGeneral:Invalid arguments:${this.#bad}`;
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** Notes that a parameter is wrong, whatever its type. */
  refuse(name: string): void {
    this.#bad ??= name;
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(name);
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    return choices.find((choice) => choice === value) ?? this.#wrong(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrong(name);
  }

  /** Within ±(2^53 − 1). */
  whole(name: string): number | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : (wholeNumber(value) ?? this.#wrong(name));
  }

  /**
   * The digits of a number as they were sent. A string of digits is taken for a number, as ccxt and others send it (whether Kraken
   * does is UNCONFIRMED).
   */
  decimal(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    const text = value instanceof NumberText ? value.text : value;
    return typeof text === 'string' && NUMBER.test(text) ? text : this.#wrong(name);
  }

  /** RFC 3339 in UTC: with `Z`, or as Python writes it with `+00:00`. */
  time(name: string): Micros | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return isoToMicros(text.replace(/[+-]00:00$/, 'Z'));
    } catch {
      return this.#wrong(name);
    }
  }

  object(name: string): WireObject | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    return isWireObject(value) ? value : this.#wrong(name);
  }

  list(name: string): readonly WireValue[] | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    return isWireList(value) ? value : this.#wrong(name);
  }

  /** A list whose elements all are what `read` makes something of. */
  listOf<Element>(name: string, read: (value: WireValue) => Element | undefined): readonly Element[] | undefined {
    const elements: Element[] = [];
    for (const value of this.list(name) ?? []) {
      const element = read(value);
      if (element === undefined) return this.#wrong(name);
      elements.push(element);
    }
    return this.has(name) ? elements : undefined;
  }

  #get(name: string): Exclude<WireValue, null> | undefined {
    return this.#values[name] ?? undefined;
  }

  #wrong(name: string): undefined {
    this.refuse(name);
    return undefined;
  }
}

/** Bounded, so that nobody can have us work on a million digits. */
const NUMBER = /^[-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,2})?$/;

/** The text a request with a parameter that its kind does not have is refused with. @param type As it is called: `add order`. */
export function unknownParameter(values: WireObject, known: ReadonlySet<string>, type: string): string | undefined {
  const name = Object.keys(values).find((key) => !known.has(key));
  return name === undefined ? undefined : `Unsupported field: '${name}' for the given msg type: ${type}`;
}
