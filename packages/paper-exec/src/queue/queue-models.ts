import type { QueueModelId } from '@kb/model';
import { power3Weight, powerWeight } from './weights.ts';
import type { WeightFunction } from './weights.ts';

/**
 * How far a decrease of a level that no print explains (somebody cancelled) moves an own order forward, by the size of the
 * level alone.
 *
 * @param ahead Lots ahead of the own order before the decrease; may be fractional, `Infinity` when never seen.
 * @param before Displayed size of the level before the decrease.
 * @param after Displayed size after it, smaller than `before`.
 * @returns Lots ahead after it, from 0 to `after`.
 */
export type QueueModel = (ahead: number, before: number, after: number) => number;

/**
 * The queue model of a weight function: what it says came from ahead moves us, and so does what it says came from behind
 * but cannot have, because there was not as much.
 */
export function byWeight(weight: WeightFunction): QueueModel {
  return (ahead, before, after) => {
    if (ahead <= 0) return 0;
    const behind = before - ahead;
    if (!(behind > 0)) return after; // nobody stands behind us
    return moved(ahead, behind, before - after, weight(ahead, behind), after);
  };
}

/** Q4: `byWeight` with cancels spread by how likely an order ahead and one behind is cancelled, by their ages. */
export function byHazard(
  ahead: number,
  before: number,
  after: number,
  hazardAhead: number,
  hazardBehind: number,
): number {
  if (ahead <= 0) return 0;
  const behind = before - ahead;
  if (!(behind > 0)) return after;
  const fromBehind = hazardBehind * behind;
  return moved(ahead, behind, before - after, fromBehind / (fromBehind + hazardAhead * ahead), after);
}

function moved(ahead: number, behind: number, decrease: number, weight: number, after: number): number {
  const overflow = Math.min(behind - weight * decrease, 0);
  return Math.max(0, Math.min(ahead - (1 - weight) * decrease + overflow, after));
}

/** Q2: who cancels always stood behind us, as far as the level's size allows it. The pessimistic end. */
export function riskAverse(ahead: number, _before: number, after: number): number {
  return Math.min(ahead, after);
}

/** Q5, the power function with n = 1: cancels fall evenly on the volume ahead and behind. The optimistic end. */
export const uniform: QueueModel = byWeight(powerWeight(1));

/** Q3: the mean of what power and power3, both with n = 3, say. */
export function powerBlend(ahead: number, before: number, after: number): number {
  return (powerCubed(ahead, before, after) + power3Cubed(ahead, before, after)) / 2;
}

const powerCubed = byWeight(powerWeight(3));
const power3Cubed = byWeight(power3Weight(3));

/** The queue models that need nothing but the level's size, with the trades paired beforehand. */
export const QUEUE_MODELS: Readonly<Record<'risk-averse' | 'power-blend' | 'uniform', QueueModel>> = {
  'risk-averse': riskAverse,
  'power-blend': powerBlend,
  uniform,
};

/** Every queue model, the one to trust first, the mere bounds last. */
export const QUEUE_MODEL_IDS: readonly QueueModelId[] = [
  'central',
  'exact',
  'fingerprint',
  'age-hazard',
  'power-blend',
  'risk-averse',
  'uniform',
  'trade-only',
];
