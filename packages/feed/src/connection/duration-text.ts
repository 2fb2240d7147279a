import { SECOND } from '@kb/model';
import type { Micros } from '@kb/model';

/** A duration for people. */
export function seconds(duration: Micros): string {
  return `${(duration / SECOND).toFixed(3)} s`;
}
