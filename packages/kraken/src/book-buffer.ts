import { micros } from '@kb/model';
import type { Lots, Micros, Ticks } from '@kb/model';
import type { BookMessage } from './messages.ts';

/**
 * The one book message of a decoder, filled anew by each book frame.
 *
 * Checksum and time are behind accessors: a field that may be `undefined` would put a new number on the heap for each frame,
 * a field that is always a number is written in place.
 */
export class BookBuffer implements BookMessage {
  readonly type = 'book';
  symbol = '';
  snapshot = false;
  bidCount = 0;
  askCount = 0;
  readonly bidPrices: Ticks[] = emptyColumn<Ticks>();
  readonly bidSizes: Lots[] = emptyColumn<Lots>();
  readonly askPrices: Ticks[] = emptyColumn<Ticks>();
  readonly askSizes: Lots[] = emptyColumn<Lots>();
  /** Negative: none. */
  #checksum = -0.5;
  /** NaN: none. */
  #venueTs = Number.NaN;

  get checksum(): number | undefined {
    return this.#checksum < 0 ? undefined : this.#checksum;
  }

  set checksum(checksum: number | undefined) {
    this.#checksum = checksum ?? -0.5;
  }

  get venueTs(): Micros | undefined {
    return Number.isNaN(this.#venueTs) ? undefined : micros(this.#venueTs);
  }

  set venueTs(venueTs: Micros | undefined) {
    this.#venueTs = venueTs ?? Number.NaN;
  }
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
