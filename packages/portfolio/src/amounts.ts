import type { Decimal } from 'decimal.js';
import { fromSteps, toSteps } from './exact.ts';

/** Amounts by asset: added to in integers, because every fill does, and read as decimals, which are made when asked for. */
export class Amounts {
  readonly #steps = new Map<string, bigint>();
  /** Decimals made since the asset last changed. */
  readonly #decimals = new Map<string, Decimal>();

  /** @param steps Of 10^-60. */
  add(asset: string, steps: bigint): void {
    this.#steps.set(asset, (this.#steps.get(asset) ?? 0n) + steps);
    this.#decimals.delete(asset);
  }

  set(asset: string, amount: Decimal): void {
    this.#steps.set(asset, toSteps(amount));
    this.#decimals.delete(asset);
  }

  get(asset: string): Decimal | undefined {
    const known = this.#decimals.get(asset);
    if (known !== undefined) return known;
    const steps = this.#steps.get(asset);
    if (steps === undefined) return undefined;
    const amount = fromSteps(steps);
    this.#decimals.set(asset, amount);
    return amount;
  }

  /** In steps of 10^-60; zero of one that never was. */
  steps(asset: string): bigint {
    return this.#steps.get(asset) ?? 0n;
  }

  /** In the order in which they came. */
  keys(): string[] {
    return [...this.#steps.keys()];
  }

  entries(): [asset: string, amount: Decimal][] {
    return [...this.#steps].map(([asset, steps]) => [asset, this.#decimals.get(asset) ?? fromSteps(steps)]);
  }
}
