import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** Instants and prices of a market that wanders by whole ticks of 0.01, some of them far apart. The same each time. */
export function walk(
  length: number,
): readonly { readonly at: Micros; readonly price: number; readonly draw: number }[] {
  let state = 12_345;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  let at = 1_000_000;
  let ticks = 10_000;
  return Array.from({ length }, () => {
    const draw = next();
    at += Math.floor(draw * 900_000) + (next() < 0.01 ? 20_000_000 : 1000);
    ticks += Math.round((next() - 0.5) * 6);
    return { at: micros(at), price: ticks / 100, draw };
  });
}

/** The state as it comes back from a file. */
export function throughJson(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state));
}
