import type { Lots, Micros, Ticks } from '@kb/model';
import type { BookMessage } from './messages.ts';

/** One side of the reused book message, as its writers see it. */
export interface LevelBuffer {
  readonly prices: Ticks[];
  readonly sizes: Lots[];
}

/** The one book message of a decoder, filled anew by each book frame. */
export class BookBuffer implements BookMessage {
  readonly type = 'book';
  symbol = '';
  snapshot = false;
  checksum: number | undefined = undefined;
  venueTs: Micros | undefined = undefined;
  bidCount = 0;
  askCount = 0;
  readonly bidPrices: Ticks[] = emptyColumn<Ticks>();
  readonly bidSizes: Lots[] = emptyColumn<Lots>();
  readonly askPrices: Ticks[] = emptyColumn<Ticks>();
  readonly askSizes: Lots[] = emptyColumn<Lots>();
}

/**
 * An array of unboxed doubles from the start, so that sizes beyond 2^31 neither allocate nor change how the array is held.
 * It grows when a frame has more levels than this.
 */
function emptyColumn<Count extends number>(): Count[] {
  // A fraction makes the engine pick its array of doubles; `fill` would turn it back into one of objects (Node 26).
  const column: number[] = [];
  for (let level = 0; level < INITIAL_LEVELS; level += 1) column.push(0.5);
  for (let level = 0; level < INITIAL_LEVELS; level += 1) column[level] = 0;
  return column as Count[];
}

const INITIAL_LEVELS = 1024;
