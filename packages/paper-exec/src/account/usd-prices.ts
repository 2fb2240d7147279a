import type { Instrument } from '@kb/model';
import { priceOf, RATE_ONE, times } from './amounts.ts';

/**
 * What a unit of an asset is worth in US dollars, as a count of 10^-30.
 *
 * A price that was stated holds for good. Otherwise it is the middle of the pair ASSET/USD, as far as the venue has its book.
 */
export class UsdPrices {
  readonly #fixed = new Map<string, bigint>([['USD', RATE_ONE]]);
  readonly #midOf: (symbol: string) => bigint | undefined;

  /**
   * @param midOf Middle of a pair's book at the venue, as a count of 10^-30 of the quote currency.
   * @throws PaperError `KB_PAPER_BAD_OPTION`.
   */
  constructor(fixed: Readonly<Record<string, string>>, midOf: (symbol: string) => bigint | undefined) {
    for (const [asset, text] of Object.entries(fixed)) this.#fixed.set(asset, priceOf(`usdPrices.${asset}`, text));
    this.#midOf = midOf;
  }

  of(asset: string): bigint | undefined {
    return this.#fixed.get(asset) ?? this.#midOf(`${asset}/USD`);
  }

  /** Middle of a pair's book, in its quote currency. */
  mid({ symbol }: Instrument): bigint | undefined {
    return this.#midOf(symbol);
  }

  /** An amount of an asset in US dollars; `undefined` where it has no price. */
  worth(asset: string, amount: bigint): bigint | undefined {
    if (asset === 'USD') return amount;
    const price = this.of(asset);
    return price === undefined ? undefined : times(amount, price);
  }
}
