/**
 * Uniform numbers that are a pure function of (seed, purpose, id, draw): no sequence is shared, so a draw does not depend
 * on what else was drawn before it, nor on the order in which threads or sockets got there.
 *
 * Not for secrets. The mixing is MurmurHash3's 32-bit finaliser over two lanes.
 */
export class KeyedRandom {
  readonly #low: number;
  readonly #high: number;

  /**
   * @param seed Any whole number; its low 53 bits count.
   * @param purpose What the numbers are for: other purposes of one seed are independent.
   */
  constructor(seed: number, purpose: string) {
    let low = mix(seed >>> 0, 0x9e3779b9);
    let high = mix(Math.floor(seed / 2 ** 32) >>> 0, 0x85ebca6b);
    for (let i = 0; i < purpose.length; i += 1) {
      const unit = purpose.charCodeAt(i);
      low = mix(low, unit);
      high = mix(high, unit + 0x10000);
    }
    this.#low = low;
    this.#high = high;
  }

  /** Uniform in [0, 1), with 53 random bits, for a numbered thing and the n-th draw about it. */
  at(id: number, draw = 0): number {
    const idLow = id >>> 0;
    const idHigh = Math.floor(id / 2 ** 32) >>> 0;
    const low = mix(mix(mix(this.#low, idLow), idHigh), draw);
    const high = mix(mix(mix(this.#high, low), idLow), draw);
    return ((low >>> 5) * 2 ** 26 + (high >>> 6)) / 2 ** 53;
  }

  /** The same for a thing with a name. */
  named(id: string, draw = 0): number {
    let hash = this.#low;
    for (let i = 0; i < id.length; i += 1) hash = mix(hash, id.charCodeAt(i));
    return this.at(hash >>> 0, draw);
  }
}

/** One draw in [0, 1) as a pure function of its arguments. Make a `KeyedRandom` where many share seed and purpose. */
export function keyedRandom(seed: number, purpose: string, id: number | string, draw = 0): number {
  const random = new KeyedRandom(seed, purpose);
  return typeof id === 'number' ? random.at(id, draw) : random.named(id, draw);
}

function mix(state: number, input: number): number {
  let h = Math.imul(state ^ input, 0xcc9e2d51);
  h = (h << 15) | (h >>> 17);
  h = Math.imul(h, 0x1b873593) + 0xe6546b64;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
