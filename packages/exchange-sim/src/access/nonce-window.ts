/** Nonces remembered per key. */
const REMEMBERED = 1_000;
const LARGEST = 2n ** 64n - 1n;

/** True for the text of an unsigned 64-bit integer. */
export function isNonce(text: string): boolean {
  return /^\d{1,20}$/.test(text) && BigInt(text) <= LARGEST;
}

/**
 * The nonces of a key. One is good once, and only when it is not below the highest seen less the window; so without a window they
 * rise strictly. Kraken's exact rule is UNCONFIRMED.
 *
 * Nonces inside the window are remembered, the newest thousand at most: with more, what is below the oldest of them is refused as if
 * the window ended there.
 */
export class NonceWindow {
  readonly #window: bigint;
  /** Rising. */
  readonly #seen: bigint[] = [];
  #lowest = 0n;

  constructor(window: bigint) {
    this.#window = window;
  }

  /** 0 before the first. */
  get highest(): bigint {
    return this.#seen.at(-1) ?? 0n;
  }

  /** @returns False when this nonce is not good, or not any more. */
  use(nonce: bigint): boolean {
    if (nonce < this.#lowest) return false;
    let index = this.#seen.length;
    while (index > 0 && (this.#seen[index - 1] ?? 0n) > nonce) index -= 1;
    if (this.#seen[index - 1] === nonce) return false;
    this.#seen.splice(index, 0, nonce);
    this.#forget();
    return true;
  }

  #forget(): void {
    const windowStart = this.highest - this.#window;
    if (windowStart > this.#lowest) this.#lowest = windowStart;
    const excess = this.#seen.length - REMEMBERED;
    let forgotten = 0;
    for (const nonce of this.#seen) {
      if (nonce >= this.#lowest && forgotten >= excess) break;
      if (nonce >= this.#lowest) this.#lowest = nonce + 1n;
      forgotten += 1;
    }
    this.#seen.splice(0, forgotten);
  }
}
