/** The side of an order, of a book (`buy` is the bids) or of a trade's taker. */
export type Side = 'buy' | 'sell';

/** The other side. */
export function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** +1 for a buy, −1 for a sell. */
export function signOf(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}
