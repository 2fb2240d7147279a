/** What happened to one resting order, as a plain fact: the common form of a recording and of a simulated market. */
export interface OrderRow {
  /** Microseconds. */
  readonly time: number;
  /** `add` joined the back of its queue · `reduce` and `delete` were its owner's doing · `trade` executed · `hidden` traded unseen. */
  readonly kind: 'add' | 'reduce' | 'delete' | 'trade' | 'hidden';
  readonly id: number;
  /** Lots that were added, taken away or traded. */
  readonly size: number;
  /** Ticks. */
  readonly price: number;
  /** Side of the resting order. */
  readonly side: BookSide;
}

export type BookSide = 'buy' | 'sell';
