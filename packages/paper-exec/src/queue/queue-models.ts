import type { QueueModelId } from '@kb/model';

/**
 * How far a decrease of a level that no print explains (somebody cancelled) moves an own order forward.
 *
 * @param ahead Lots ahead of the own order before the decrease; may be fractional, `Infinity` when never seen.
 * @param before Displayed size of the level before the decrease.
 * @param after Displayed size after it, smaller than `before`.
 * @returns Lots ahead after it, from 0 to `after`.
 */
export type QueueModel = (ahead: number, before: number, after: number) => number;

/** Q2: who cancels always stood behind us, as far as the level's size allows it. The pessimistic end. */
function riskAverse(ahead: number, _before: number, after: number): number {
  return Math.min(ahead, after);
}

/** Q5, the power function with n = 1: cancels fall evenly on the volume ahead and behind. The optimistic end. */
function uniform(ahead: number, before: number, after: number): number {
  const decrease = before - after;
  const behind = Math.max(0, before - ahead);
  if (ahead <= 0) return 0;
  const fromBehind = behind / (behind + ahead);
  // What cannot have come from behind, because there was not as much, came from ahead.
  const overflow = Math.min(behind - fromBehind * decrease, 0);
  const moved = ahead - (1 - fromBehind) * decrease + overflow;
  return Math.max(0, Math.min(moved, after));
}

/** The queue models by name. Source of both: nkaz001/hftbacktest `models/queue.rs`, with the trades paired beforehand. */
export const QUEUE_MODELS: Readonly<Record<QueueModelId, QueueModel>> = { 'risk-averse': riskAverse, uniform };
