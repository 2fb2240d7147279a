import { StrategyError } from './errors.ts';

/** What a number must satisfy, and how to say so. */
interface Range {
  readonly says: string;
  holds(value: number): boolean;
}

export const ANY: Range = { says: 'a number', holds: () => true };
export const NOT_NEGATIVE: Range = { says: 'a number ≥ 0', holds: (value) => value >= 0 };
export const POSITIVE: Range = { says: 'a number > 0', holds: (value) => value > 0 };
export const SHARE: Range = { says: 'a number from 0 to 1', holds: (value) => value >= 0 && value <= 1 };

/**
 * Reads a strategy's parameters from whatever configuration holds them, gathering every fault before it complains.
 *
 * A parameter answers to its own name, to the same in snake_case, and to the aliases given. Numbers may be decimal text.
 */
export class ParamReader {
  readonly #owner: string;
  readonly #given: ReadonlyMap<string, unknown>;
  readonly #aliases: Readonly<Record<string, string>>;
  readonly #known = new Set<string>();
  readonly #problems: string[] = [];

  /** @param aliases Further names, alias to parameter. */
  constructor(owner: string, input: object, aliases: Readonly<Record<string, string>> = {}) {
    this.#owner = owner;
    this.#given = new Map(Object.entries(input));
    this.#aliases = aliases;
  }

  number(name: string, range: Range, fallback: number): number {
    return this.optionalNumber(name, range) ?? fallback;
  }

  optionalNumber(name: string, range: Range): number | undefined {
    const given = this.#take(name);
    if (given === undefined) return undefined;
    const value = typeof given === 'string' && DECIMAL.test(given) ? Number(given) : given;
    if (typeof value === 'number' && Number.isFinite(value) && range.holds(value)) return value;
    this.#expected(name, range.says, given);
    return undefined;
  }

  boolean(name: string, fallback: boolean): boolean {
    const given = this.#take(name);
    if (given === undefined || typeof given === 'boolean') return given ?? fallback;
    this.#expected(name, 'true or false', given);
    return fallback;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const given = this.#take(name);
    if (given === undefined) return fallback;
    const choice = choices.find((candidate) => candidate === given);
    if (choice === undefined) this.#expected(name, `one of ${choices.join(', ')}`, given);
    return choice ?? fallback;
  }

  /** Text that must be there unless there is a fallback. */
  text(name: string, fallback?: string): string {
    const given = this.#take(name) ?? fallback;
    if (typeof given === 'string' && given !== '') return given;
    this.#expected(name, 'text', given);
    return '';
  }

  /** Positive decimal text, kept as text. */
  decimalText(name: string): string | undefined {
    const given = this.#take(name);
    if (given === undefined) return undefined;
    if (typeof given === 'string' && DECIMAL.test(given) && Number(given) > 0) return given;
    this.#expected(name, 'decimal text > 0', given);
    return undefined;
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming all faults, unknown names included. */
  finish(): void {
    for (const name of this.#given.keys()) {
      if (!this.#known.has(name)) this.#problems.push(`unknown parameter ${name}`);
    }
    if (this.#problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_PARAMS', this.#owner, this.#problems);
  }

  #take(name: string): unknown {
    const aliases = Object.keys(this.#aliases).filter((alias) => this.#aliases[alias] === name);
    const names = new Set([name, snakeCase(name), ...aliases]);
    for (const candidate of names) this.#known.add(candidate);
    const given = [...names].filter((candidate) => this.#given.get(candidate) !== undefined);
    if (given.length > 1) this.#problems.push(`${given.join(' and ')} are the same parameter: give one of them`);
    return given[0] === undefined ? undefined : this.#given.get(given[0]);
  }

  #expected(name: string, what: string, found: unknown): void {
    this.#problems.push(`expected ${name} to be ${what}, was ${show(found)}`);
  }
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function show(value: unknown): string {
  return typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
}
