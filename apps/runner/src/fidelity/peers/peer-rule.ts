/** What a peer that counts a queue knows of an order; sizes in lots. */
export interface PeerQueue {
  ahead: number;
  /** Printed at the price since the level last changed. */
  printed: number;
}

/** How another project decides that a resting paper order has filled. Each fills it when the other side's best reaches its price. */
export interface PeerRule {
  readonly name: string;
  /** Fills it whole at any print at its price. */
  readonly onTouch: boolean;
  /** What a print beyond its price fills of it: all, or as much as was printed. */
  readonly onThrough: 'nothing' | 'all' | 'as much';
  readonly queue: PeerQueueRule | undefined;
}

/** How the queue ahead moves. */
export interface PeerQueueRule {
  /** A print at the order's price. @returns Lots of it that are the order's. */
  print(queue: PeerQueue, size: number): number;
  /** The displayed size at the order's price changed. */
  depth(queue: PeerQueue, before: number, after: number): void;
}
