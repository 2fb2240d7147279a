/** A seeded stream of book messages, shaped like recorded BTC/USD: most changes near the top, small messages. */
import { KeyedRandom, lots, NO_LOTS, ticks } from '@kb/model';
import type { BookChanges, Grid, Lots, Ticks } from '@kb/model';

export const GRID: Grid = { pricePrecision: 1, qtyPrecision: 8 };

interface Level {
  readonly price: Ticks;
  size: Lots;
}

/** Levels of the venue's own book beyond the subscribed depth: what comes into view when others go. */
const BEYOND = 200;

/** A snapshot of the ten to a thousand best levels and `count` updates that follow it. */
export function bookStream(seed: number, depth: number, count: number): BookChanges[] {
  const random = new KeyedRandom(seed, `book-stream-${depth}`);
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  const size = (): Lots => lots(Math.floor(10 ** (3 + 6 * draw()))); // 0.00001 to 10 BTC
  const side = (first: number, step: 1 | -1): Level[] => {
    let price = first;
    return Array.from({ length: depth + BEYOND }, () => {
      const level = { price: ticks(price), size: size() };
      price += step * (1 + Math.floor(12 * draw()));
      return level;
    });
  };
  const bids = side(635_000, -1);
  const asks = side(635_020, 1);
  const messages: BookChanges[] = [changes(true, bids.slice(0, depth), asks.slice(0, depth))];
  while (messages.length <= count) {
    const step = draw() < 0.5 ? 1 : -1;
    const [own, other] = step === 1 ? [asks, bids] : [bids, asks];
    const sent: Level[] = [];
    const changesInMessage = draw() < 0.8 ? 1 : 2;
    for (let change = 0; change < changesInMessage; change += 1) {
      const index = pickIndex(draw(), draw(), depth);
      const kind = draw();
      if (kind < 0.3) sent.push(...resize(own, index, size()));
      else if (kind < 0.65 || own.length > depth + 2 * BEYOND) sent.push(...remove(own, index, depth));
      else sent.push(...insert(own, other, index, step, size()));
    }
    if (sent.length > 0) messages.push(step === 1 ? changes(false, [], sent) : changes(false, sent, []));
  }
  return messages;
}

/** A third at the best level, most of the rest close behind, a few anywhere. */
function pickIndex(a: number, b: number, depth: number): number {
  if (a < 0.3) return 0;
  if (a < 0.33) return Math.floor(b * depth);
  return Math.min(depth - 1, Math.floor(-8 * Math.log(1 - b)));
}

function resize(own: Level[], index: number, size: Lots): Level[] {
  const level = own[index]!;
  level.size = size;
  return [{ ...level }];
}

/** The removal, and the level that comes into view for it, as Kraken sends them. */
function remove(own: Level[], index: number, depth: number): Level[] {
  if (own.length <= depth) return [];
  const [gone] = own.splice(index, 1);
  const enters = own[depth - 1]!;
  return [{ price: gone!.price, size: NO_LOTS }, { ...enters }];
}

/** A new level just in front of the one at the index, if there is a free price. */
function insert(own: Level[], other: Level[], index: number, step: 1 | -1, size: Lots): Level[] {
  const price = own[index]!.price - step;
  const inFront = index === 0 ? other[0]!.price : own[index - 1]!.price;
  if (price === inFront) return resize(own, index, size);
  const level = { price: ticks(price), size };
  own.splice(index, 0, level);
  return [{ ...level }];
}

function changes(snapshot: boolean, bids: readonly Level[], asks: readonly Level[]): BookChanges {
  return {
    snapshot,
    bidCount: bids.length,
    bidPrices: bids.map(({ price }) => price),
    bidSizes: bids.map(({ size }) => size),
    askCount: asks.length,
    askPrices: asks.map(({ price }) => price),
    askSizes: asks.map(({ size }) => size),
  };
}
