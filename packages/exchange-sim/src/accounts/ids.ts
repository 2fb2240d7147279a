import { createHash } from 'node:crypto';
import { KeyedRandom } from '@kb/model';
import type { IdSource } from './booking.ts';

const HALF = 2 ** 40;

/**
 * Ids in Kraken's form, a prefix and sixteen characters of base32: `OQCLML-BW3P3-BUCMWZ`.
 *
 * An id is its number, scrambled: a Feistel network of four keyed rounds permutes the 2^80 values of a prefix, so ids look random,
 * cannot repeat, and none is remembered. Orders of accounts and of the anonymous market have numbers of their own (the top bit
 * says which), so that one is never taken for the other on `level3`.
 */
export class SeededIds implements IdSource {
  readonly #keys: Readonly<Record<'O' | 'T' | 'L', KeyedRandom>>;
  readonly #last = { O: 0, T: 0, L: 0 };

  constructor(seed: number) {
    const key = (prefix: string): KeyedRandom => new KeyedRandom(seed, `exchange ids ${prefix}`);
    this.#keys = { O: key('O'), T: key('T'), L: key('L') };
  }

  next(prefix: 'O' | 'T' | 'L'): string {
    this.#last[prefix] += 1;
    const number = this.#last[prefix];
    return this.#text(prefix, Math.floor(number / HALF), number % HALF);
  }

  /**
   * The public id of an order in a market's matcher: always the same one, and no id of `next`.
   * @param market Number of the market, 0 to 2^24 − 1. @param orderId The matcher's, 0 to 2^53 − 1.
   */
  orderIdText(market: number, orderId: number): string {
    return this.#text('O', HALF / 2 + market * 2 ** 13 + Math.floor(orderId / HALF), orderId % HALF);
  }

  #text(prefix: 'O' | 'T' | 'L', high: number, low: number): string {
    const key = this.#keys[prefix];
    let left = high;
    let right = low;
    for (let round = 0; round < 4; round += 1) {
      const next = (left + Math.floor(key.at(right, round) * HALF)) % HALF;
      left = right;
      right = next;
    }
    return inGroups(prefix, left, right);
  }
}

/**
 * An id in the same form for a trade that no `SeededIds` has numbered: always the same one for the same names. It is 80 bits of a
 * digest, so that meeting another id is out of the question.
 */
export function derivedTradeId(...names: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(names.join(' ')).digest();
  return inGroups('T', digest.readUIntBE(0, 5), digest.readUIntBE(5, 5));
}

function inGroups(prefix: string, left: number, right: number): string {
  const text = base32(left) + base32(right);
  return `${prefix}${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`;
}

/** Kraken's examples use these. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.split('');
/** Ten bits as two characters. */
const PAIRS: readonly string[] = ALPHABET.flatMap((first) => ALPHABET.map((second) => first + second));

/** Forty bits as eight characters. */
function base32(value: number): string {
  const high = Math.floor(value / 2 ** 20);
  const low = value % 2 ** 20;
  return `${PAIRS[high >>> 10]}${PAIRS[high & 1023]}${PAIRS[low >>> 10]}${PAIRS[low & 1023]}`;
}
