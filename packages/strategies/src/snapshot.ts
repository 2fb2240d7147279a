import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { StrategyError } from './errors.ts';
import { STRATEGY_REASONS } from './reasons.ts';
import type { StrategyReason } from './reasons.ts';

/** Reads a snapshot back, field by field, gathering every fault before it complains. JSON has `null` for `undefined`. */
export class SnapshotReader {
  readonly #owner: string;
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #problems: string[] = [];

  constructor(owner: string, state: unknown, version: number) {
    this.#owner = owner;
    this.#fields = new Map(typeof state === 'object' && state !== null ? Object.entries(state) : []);
    const found = this.#fields.get('version');
    if (found !== version) this.#problems.push(`expected snapshot version ${version}, was ${JSON.stringify(found)}`);
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? this.#missing(name, 'a number', 0);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#fields.get(name) ?? undefined;
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    return this.#missing(name, 'a number', undefined);
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields.get(name) ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    return this.#missing(name, 'text', undefined);
  }

  boolean(name: string): boolean {
    const value = this.#fields.get(name);
    return typeof value === 'boolean' ? value : this.#missing(name, 'true or false', false);
  }

  /** The reason explained last. */
  reason(name: string): StrategyReason | undefined {
    const value = this.#fields.get(name) ?? undefined;
    const reason = STRATEGY_REASONS.find((known) => known === value);
    return value === undefined || reason !== undefined ? reason : this.#missing(name, 'a reason', undefined);
  }

  /** So many numbers. */
  numbersOf(name: string, count: number): readonly number[] {
    const value = this.#fields.get(name);
    if (Array.isArray(value) && value.length === count && value.every((item) => Number.isFinite(item))) return value;
    return this.#missing(
      name,
      `${count} numbers`,
      Array.from({ length: count }, () => 0),
    );
  }

  /** A whole number from 0. */
  count(name: string): number {
    const value = this.#fields.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.#missing(name, 'a whole number ≥ 0', 0);
  }

  notNegative(name: string): number {
    const value = this.#fields.get(name);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? value
      : this.#missing(name, 'a number ≥ 0', 0);
  }

  /** A list of no more than `most` numbers. */
  numbers(name: string, most: number): readonly number[] {
    const value = this.#fields.get(name);
    if (Array.isArray(value) && value.length <= most && value.every((item) => Number.isFinite(item))) return value;
    return this.#missing(name, `a list of at most ${most} numbers`, []);
  }

  /** Lists that go together, item by item. */
  sameLength(nameA: string, a: readonly number[], nameB: string, b: readonly number[]): void {
    if (a.length !== b.length)
      this.#problems.push(`expected as many ${nameA} as ${nameB}, were ${a.length} and ${b.length}`);
  }

  /** Microseconds since 1970. */
  optionalTime(name: string): Micros | undefined {
    const value = this.#fields.get(name) ?? undefined;
    if (value === undefined) return undefined;
    return Number.isSafeInteger(value) ? micros(Number(value)) : this.#missing(name, 'a whole number', undefined);
  }

  /** What the object was made with: a snapshot of one made otherwise does not fit it. */
  expect(name: string, made: number): void {
    if (this.#fields.get(name) !== made) this.#missing(name, String(made), undefined);
  }

  field(name: string): unknown {
    return this.#fields.get(name);
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` naming all faults. */
  finish(): void {
    if (this.#problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', this.#owner, this.#problems);
  }

  #missing<T>(name: string, what: string, fallback: T): T {
    this.#problems.push(`expected ${name} to be ${what}, was ${JSON.stringify(this.#fields.get(name))}`);
    return fallback;
  }
}
