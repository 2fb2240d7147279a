import type { Micros } from '@kb/model';

/**
 * An instant whose time is known only when it is published. What happens in it keeps a reference: levels and orders get their times
 * without being looked for again.
 */
export interface Moment {
  at: Micros;
}
