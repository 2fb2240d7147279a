import { KeyedRandom, lots, SECOND, ticks } from '@kb/model';
import type { Lots, Ticks } from '@kb/model';
import type { BookSide } from '../order-row.ts';

/** Seconds between two rounds of quotes. */
export const ROUND_SECONDS = 30;
/** Sizes of a quote that the strategy holds at most, long or short. */
const MOST_HELD = 5;

/** An order that the strategy wants. */
export interface Quote {
  readonly side: BookSide;
  readonly price: Ticks;
  readonly size: Lots;
}

/**
 * The strategy of experiment E1: each half minute, at a moment of the seed's choice, it joins the best bid and the best ask with a
 * share of what trades in half a minute, and leaves out the side of which it holds too much.
 */
export class QuotePlan {
  readonly #share: number;
  readonly #random: KeyedRandom;
  #round = 0;

  constructor(seed: number, share: number) {
    this.#share = share;
    this.#random = new KeyedRandom(seed, 'quotes');
  }

  /** When the next round is due, at most a second into its half minute. */
  get nextAt(): number {
    return this.#round * ROUND_SECONDS * SECOND + Math.floor(this.#random.at(this.#round) * SECOND);
  }

  skip(): void {
    this.#round += 1;
  }

  /** @param perSecond Lots traded a second so far. @param held Lots held. */
  quotes(bid: number, ask: number, perSecond: number, held: number): readonly Quote[] {
    this.#round += 1;
    const size = lots(Math.max(1, Math.round(this.#share * perSecond * ROUND_SECONDS)));
    const quotes: Quote[] = [];
    if (held < MOST_HELD * size) quotes.push({ side: 'buy', price: ticks(bid), size });
    if (held > -MOST_HELD * size) quotes.push({ side: 'sell', price: ticks(ask), size });
    return quotes;
  }
}
