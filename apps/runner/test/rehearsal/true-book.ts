import type { MarketTruth } from '@kb/exchange-sim';
import type { BookView, Side } from '@kb/model';

/** The best levels of both sides as the exchange had them at some moment: price, size, price, size, … in ticks and lots. */
export type TrueBook = Readonly<Record<Side, readonly number[]>>;

/** Copies the best levels of a market from its resting orders, whatever was published of them. */
export function trueBook({ orders }: MarketTruth, depth: number): TrueBook {
  const levelsOf = (side: Side): readonly number[] => {
    const levels: number[] = [];
    orders.walk(side, (price, total) => {
      levels.push(price, total);
      return levels.length < 2 * depth;
    });
    return levels;
  };
  return { buy: levelsOf('buy'), sell: levelsOf('sell') };
}

/** @returns The first level in which a book is not the true one, in words; `undefined` when it is the same, level by level. */
export function differenceFrom(truth: TrueBook, book: BookView): string | undefined {
  return sideDifference(truth, book, 'buy') ?? sideDifference(truth, book, 'sell');
}

function sideDifference(truth: TrueBook, book: BookView, side: Side): string | undefined {
  const levels = truth[side];
  for (let rank = 0; 2 * rank < levels.length; rank += 1) {
    const [price, size] = [levels[2 * rank], levels[2 * rank + 1]];
    const [priceFound, sizeFound] = [book.priceAt(side, rank), book.sizeAt(side, rank)];
    if (priceFound !== price || sizeFound !== size) {
      return `${side} level ${rank}: expected ${size} at ${price}, was ${sizeFound} at ${priceFound}`;
    }
  }
  const found = book.levels(side);
  return found === levels.length / 2 ? undefined : `${side}: expected ${levels.length / 2} levels, was ${found}`;
}
