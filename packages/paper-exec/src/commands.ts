import type { CancelIntent, Lots, Ticks, VenueCommand } from '@kb/model';

/**
 * The old way to change an order: it ends, and another one takes its place with a new id, at the back of the queue and without the
 * fills. Source: Kraken `edit_order`.
 */
export interface EditCommand extends Omit<CancelIntent, 'type'> {
  readonly type: 'edit';
  readonly newClientOrderId: string;
  /** What is left out stays; the size is the whole of the new order's. */
  readonly price: Ticks | undefined;
  readonly size: Lots | undefined;
}

/** What the paper venue takes. */
export type PaperCommand = VenueCommand | EditCommand;
