import { crc32 } from 'node:zlib';
import type { Grid } from '@kb/model';
import { V1_PRICE_DECIMALS, V1_QTY_DECIMALS } from '../wire/v1-data-frames.ts';
import type { Ladder } from './ladder.ts';

/** How many levels a side a checksum covers, at any depth. */
export const CHECKSUM_LEVELS = 10;

/**
 * Kraken's book checksum, straight from its definition: CRC-32 over the digits of price and size of the ten best asks, then of
 * the ten best bids. Not the incremental one of `@kb/orderbook`, so that the two check each other.
 * @see https://docs.kraken.com/exchange/guides/websockets/book-checksum-v2
 */
export function bookChecksum(asks: Ladder, bids: Ladder): number {
  return crc32(asks.digits(CHECKSUM_LEVELS) + bids.digits(CHECKSUM_LEVELS));
}

/** The same over the strings of v1, which have more decimals. */
export function v1BookChecksum(asks: Ladder, bids: Ladder, grid: Grid): number {
  const afterPrice = '0'.repeat(Math.max(0, V1_PRICE_DECIMALS - grid.pricePrecision));
  const afterSize = '0'.repeat(Math.max(0, V1_QTY_DECIMALS - grid.qtyPrecision));
  return crc32(paddedDigits(asks, afterPrice, afterSize) + paddedDigits(bids, afterPrice, afterSize));
}

function paddedDigits(ladder: Ladder, afterPrice: string, afterSize: string): string {
  let digits = '';
  for (let rank = 0; rank < Math.min(CHECKSUM_LEVELS, ladder.length); rank += 1) {
    digits += String(ladder.priceAt(rank)) + afterPrice + String(ladder.sizeAt(rank)) + afterSize;
  }
  return digits;
}
