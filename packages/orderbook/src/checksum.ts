import { crc32 } from 'node:zlib';
import type { BookView, Level3View, Side } from '@kb/model';

/** How many levels of each side the checksum covers, whatever depth is subscribed. */
export const CHECKSUM_LEVELS = 10;

/**
 * Computes Kraken's v2 book checksum from scratch: the plain form, for any book, of what `L2Book` keeps up to date.
 *
 * Asks low to high, then bids high to low, the ten best of each (or what there is); each level adds the digits of price
 * then size, without the point and without leading zeros, which is what `String(ticks)` and `String(lots)` already give.
 *
 * @returns Unsigned 32-bit CRC32, as Kraken sends it.
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
 */
export function checksumOf(book: BookView): number {
  return crc32(sideText(book, 'sell') + sideText(book, 'buy'));
}

/**
 * Computes Kraken's level-3 checksum from scratch: the plain form of what `L3Book` keeps up to date.
 *
 * As `checksumOf`, but each level adds the digits of price then size for each of its orders, first in the queue first.
 *
 * @returns Unsigned 32-bit CRC32, as Kraken sends it.
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-l3-v2
 */
export function level3ChecksumOf(book: Level3View): number {
  return crc32(ordersText(book, 'sell') + ordersText(book, 'buy'));
}

function ordersText(book: Level3View, side: Side): string {
  let text = '';
  for (let index = 0; index < CHECKSUM_LEVELS; index += 1) {
    const price = book.priceAt(side, index);
    if (price === undefined) break;
    for (const { size } of book.ordersAt(side, price)) text += String(price) + String(size);
  }
  return text;
}

function sideText(book: BookView, side: Side): string {
  const count = Math.min(CHECKSUM_LEVELS, book.levels(side));
  let text = '';
  for (let index = 0; index < count; index += 1) {
    text += String(book.priceAt(side, index)) + String(book.sizeAt(side, index));
  }
  return text;
}
