// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index

/**
 * How readily orders are cancelled by their age, learned from cancels of which it is known which order they took: how often
 * an age was taken, over how often it would have been, had every order of its level been as likely.
 */
export class AgeHazard {
  readonly #taken: number[] = EDGES.map(() => PRIOR);
  readonly #expected: number[] = EDGES.map(() => PRIOR);
  #cancels = 0;

  /** Relative to an order of any age: 1 is average. @param age Microseconds. */
  of(age: number): number {
    const bucket = bucketOf(age);
    return this.#taken[bucket]! / this.#expected[bucket]!;
  }

  /** One of `count` orders of a level was cancelled; call `candidate` for each of them, the taken one included. */
  taken(age: number): void {
    this.#taken[bucketOf(age)]! += 1;
    this.#cancels += 1;
    if (this.#cancels < MEMORY) return;
    this.#cancels /= 2;
    for (let bucket = 0; bucket < EDGES.length; bucket += 1) {
      this.#taken[bucket] = (this.#taken[bucket]! + PRIOR) / 2;
      this.#expected[bucket] = (this.#expected[bucket]! + PRIOR) / 2;
    }
  }

  candidate(age: number, count: number): void {
    this.#expected[bucketOf(age)]! += 1 / count;
  }
}

/** @returns The first bucket whose upper end an age is below. */
export function bucketOf(age: number): number {
  if (age < FIRST_EDGE) return 0;
  if (age >= LAST_EDGE) return EDGES.length - 1;
  // Each edge is four times the one before: two binary digits more.
  return 1 + ((31 - Math.clz32(Math.floor(age / FIRST_EDGE))) >> 1);
}

/** Upper ends of the age buckets, microseconds: 1 ms, each four times the one before, then all beyond. */
export const EDGES: readonly number[] = [
  1e3,
  4e3,
  16e3,
  64e3,
  256e3,
  1_024e3,
  4_096e3,
  16_384e3,
  65_536e3,
  262_144e3,
  Number.POSITIVE_INFINITY,
];
const FIRST_EDGE = 1e3;
const LAST_EDGE = 262_144e3;
/** Cancels of average hazard that every bucket begins with. */
const PRIOR = 10;
/** Cancels after which the older half counts half. */
const MEMORY = 8_192;
