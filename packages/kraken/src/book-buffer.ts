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
  // A fraction makes the engine pick its array of doubles; no reader looks beyond the counts.
  const column: number[] = Array.from({ length: INITIAL_LEVELS }, () => 0.5);
  return column.fill(0) as Count[];
}

const INITIAL_LEVELS = 1024;
