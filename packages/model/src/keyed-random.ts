/**
 * Uniform numbers that are a pure function of (seed, purpose, id, draw): no sequence is shared, so a draw does not depend
 * on what else was drawn before it, nor on the order in which threads or sockets got there.
 *
 * Not for secrets. Two lanes of 32 bits, each step a round of MurmurHash3 with its finaliser; the last two steps mix the lanes
 * into each other, so that every bit of seed, purpose, id and draw reaches every bit of the number.
 */
export class KeyedRandom {
  readonly #low: number;
  readonly #high: number;

  /**
   * @param seed Any whole number; its low 53 bits count.
   * @param purpose What the numbers are for: other purposes of one seed are independent.
   */
  constructor(seed: number, purpose: string) {
    const seedLow = seed >>> 0;
    const seedHigh = Math.floor(seed / 2 ** 32) >>> 0;
    let low = mix(mix(seedLow, 0x9e3779b9), seedHigh);
    let high = mix(mix(seedHigh, 0x85ebca6b), seedLow);
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
    return finish(mix(this.#low, id >>> 0), mix(mix(this.#high, Math.floor(id / 2 ** 32) >>> 0), draw));
  }

  /** The same for a thing with a name. */
  named(id: string, draw = 0): number {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < id.length; i += 1) {
      const unit = id.charCodeAt(i);
      low = mix(low, unit + 0x20000);
      high = mix(high, unit + 0x30000);
    }
    return finish(low, mix(high, draw));
  }
}

/** One draw in [0, 1) as a pure function of its arguments. Make a `KeyedRandom` where many share seed and purpose. */
export function keyedRandom(seed: number, purpose: string, id: number | string, draw = 0): number {
  const random = new KeyedRandom(seed, purpose);
  return typeof id === 'number' ? random.at(id, draw) : random.named(id, draw);
}

/** Mixes the lanes and takes 27 bits of one and 26 of the other. */
function finish(low: number, high: number): number {
  const first = mix(low, high);
  const second = mix(high, first);
  return ((first >>> 5) * 2 ** 26 + (second >>> 6)) / 2 ** 53;
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
