import { MILLISECOND } from '@kb/model';

/** How long to wait after another refusal in a row, in micros: 100 ms after the first, doubling to 5 s. */
export function retryDelay(refusalsBefore: number): number {
  return Math.min(FIRST_RETRY * 2 ** refusalsBefore, LAST_RETRY);
}

const FIRST_RETRY = 100 * MILLISECOND;
const LAST_RETRY = 5_000 * MILLISECOND;
