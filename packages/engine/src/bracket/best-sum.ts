/** What fills came to: money that is there, and what is held, which is worth its mark. */
export interface Outcome {
  readonly cash: bigint;
  readonly held: bigint;
}

/**
 * The sum of many choices, each of which is worth the best of its outcomes, at any mark that may come.
 *
 * Over the mark an outcome is a line, the best of several a line that bends upwards, and so is their sum: one line, and a list
 * of bends. Bends stand at whole marks: one that lies between two is spread over both, which changes nothing at whole marks.
 * When there are more than `MAX_BENDS`, they go to marks twice as far apart in the same way. Between those the sum gets greater,
 * elsewhere it stays: never less than the truth.
 */
export class BestSum {
  #cash = 0n;
  #held = 0n;
  /** By mark, a multiple of `#step`: how much steeper the sum is above it. */
  #bends = new Map<number, bigint>();
  #step = 1;

  /** Bends that are kept; for tests. */
  get bends(): number {
    return this.#bends.size;
  }

  /** Adds the best of some outcomes, at least one. */
  add(outcomes: readonly Outcome[]): void {
    let best = bestAtZero(outcomes);
    if (best === undefined) return;
    this.#cash += best.cash;
    this.#held += best.held;
    for (;;) {
      const next = overtakerOf(best, outcomes);
      if (next === undefined) break;
      this.#bend(best.cash - next.cash, next.held - best.held);
      best = next;
    }
    while (this.#bends.size > MAX_BENDS) this.#coarsen();
  }

  /** @param mark Whole, from zero. */
  at(mark: number): bigint {
    let sum = this.#cash + this.#held * BigInt(mark);
    for (const [bend, steeper] of this.#bends) if (bend < mark) sum += steeper * BigInt(mark - bend);
    return sum;
  }

  /**
   * The sum gets steeper from the mark `cost / steeper` on: spread over the marks around it, their mean stays. What rounding
   * leaves goes to the lower one, from which it adds more.
   */
  #bend(cost: bigint, steeper: bigint): void {
    const step = BigInt(this.#step);
    const below = (cost / (steeper * step)) * step;
    if (below > HIGHEST_MARK) return; // no mark comes there
    const above = (cost - below * steeper) / step;
    this.#steepen(Number(below), steeper - above);
    this.#steepen(Number(below + step), above);
  }

  #steepen(mark: number, by: bigint): void {
    if (by !== 0n) this.#bends.set(mark, (this.#bends.get(mark) ?? 0n) + by);
  }

  #coarsen(): void {
    const bends = this.#bends;
    this.#bends = new Map();
    this.#step *= 2;
    for (const [mark, steeper] of bends) this.#bend(steeper * BigInt(mark), steeper);
  }
}

export function worth({ cash, held }: Outcome, mark: number): bigint {
  return cash + held * BigInt(mark);
}

/** The best one where a mark leaves zero. */
function bestAtZero(outcomes: readonly Outcome[]): Outcome | undefined {
  let best: Outcome | undefined;
  for (const each of outcomes) {
    if (best === undefined || each.cash > best.cash) best = each;
  }
  return best;
}

/** Of those that hold more, the one that is better first. */
function overtakerOf(best: Outcome, outcomes: readonly Outcome[]): Outcome | undefined {
  let first: Outcome | undefined;
  for (const each of outcomes) {
    if (each.held <= best.held) continue;
    if (first === undefined) {
      first = each;
      continue;
    }
    // Marks of the crossings, (best.cash − cash) / (held − best.held), without dividing.
    const own = (best.cash - each.cash) * (first.held - best.held);
    const other = (best.cash - first.cash) * (each.held - best.held);
    if (own < other) first = each;
  }
  return first;
}

/** Bends that are kept. */
export const MAX_BENDS = 1_024;
/** Of marks that are counted exactly, with room for a step. */
const HIGHEST_MARK = 2n ** 52n;
