import { exp } from '../signals/repeatable-math.ts';

/** 2^(−elapsed / halfLife): what is left of a weight. The same in every engine. @param elapsed In the half-life's unit. */
export function halfLifeDecay(elapsed: number, halfLife: number): number {
  return exp((-LN2 * elapsed) / halfLife);
}

const LN2 = 0.693_147_180_559_945_3;
