import { crc32 } from 'node:zlib';
import type { Ladder } from './ladder.ts';

/**
 * Kraken's book checksum, straight from its definition: CRC-32 over the digits of price and size of the ten best asks, then of
 * the ten best bids. Not the incremental one of `@kb/orderbook`, so that the two check each other.
 * @see https://docs.kraken.com/exchange/guides/websockets/book-checksum-v2
 */
export function bookChecksum(asks: Ladder, bids: Ladder): number {
  return crc32(digitsOfTen(asks) + digitsOfTen(bids));
}

function digitsOfTen(ladder: Ladder): string {
  let digits = '';
  for (let rank = 0; rank < Math.min(10, ladder.length); rank += 1) {
    digits += String(ladder.priceAt(rank)) + String(ladder.sizeAt(rank));
  }
  return digits;
}
