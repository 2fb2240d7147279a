import type { Decimal } from 'decimal.js';
import { AMOUNT_STEPS, fromSteps, powerOfTen, product, QUOTIENT_STEP, toSteps } from './exact.ts';

/**
 * What was traded of one symbol, at average cost (reference: strategies, 11.2).
 *
 * It keeps the total cost of what is held, not the average: a partial exit takes its share of that cost out, rounded once,
 * and whatever the rounding leaves stays with the rest. So realised + unrealised is exact, always.
 *
 * Counted in bigint steps of 10^-60, because every fill comes through here; decimals are made when somebody asks.
 */
export class AverageCost {
  #qty = 0n;
  #cost = 0n;
  #realised = 0n;
  #fees = 0n;
  fills = 0;

  /** Signed, in the base currency. */
  get qty(): Decimal {
    return fromSteps(this.#qty);
  }
  /** What `|qty|` cost (or, for a short, brought), in the quote currency. */
  get cost(): Decimal {
    return fromSteps(this.#cost);
  }
  /** In the quote currency, before fees. */
  get realised(): Decimal {
    return fromSteps(this.#realised);
  }
  /** In the quote currency, positive when paid. */
  get fees(): Decimal {
    return fromSteps(this.#fees);
  }

  /** `qty` in whole lots of 10^-`precision`, cut towards zero. */
  lots(precision: number): bigint {
    return this.#qty / powerOfTen(AMOUNT_STEPS - precision);
  }

  /** Takes over what a snapshot holds. */
  restore({ qty, cost, realised, fees }: Readonly<Record<'qty' | 'cost' | 'realised' | 'fees', Decimal>>): void {
    this.#qty = toSteps(qty);
    this.#cost = toSteps(cost);
    this.#realised = toSteps(realised);
    this.#fees = toSteps(fees);
  }

  /**
   * Books a signed quantity (steps of 10^-60) at a price (steps of 10^-15). More than what is held the other way closes it
   * and opens the rest: a flip.
   */
  trade(delta: bigint, price: bigint): void {
    const held = this.#qty;
    if (held === 0n || held > 0n === delta > 0n) {
      this.#open(delta, price);
      return;
    }
    const closed = size(delta) < size(held) ? delta : -held;
    this.#close(closed, price);
    if (delta !== closed) this.#open(delta - closed, price);
  }

  /**
   * Books what a venue did to the positions that it keeps itself, each at its own price: what was closed gained what it says, so
   * the rest costs what is left.
   * @param closed Without a sign, at most `|delta|` and `|qty|`.
   */
  settle(delta: bigint, price: bigint, closed: bigint, realised: bigint): void {
    const brought = product(closed, price);
    this.#cost -= delta < 0n ? brought - realised : realised + brought;
    this.#cost += product(size(delta) - closed, price);
    this.#qty += delta;
    this.#realised += realised;
  }

  /** Whether so much of what is held can be closed by a trade of this sign. */
  canClose(delta: bigint, closed: bigint): boolean {
    return closed === 0n || (delta > 0n !== this.#qty > 0n && size(this.#qty) >= closed);
  }

  /** Books a fee, in steps of 10^-60 of the quote currency. */
  charge(fee: bigint): void {
    this.#fees += fee;
  }

  #open(delta: bigint, price: bigint): void {
    this.#qty += delta;
    this.#cost += worth(delta, price);
  }

  /** `delta` goes against the position and is no larger. */
  #close(delta: bigint, price: bigint): void {
    const held = size(this.#qty);
    const part = size(delta);
    const share = part === held ? this.#cost : divided(this.#cost * part, held * QUOTIENT_STEP) * QUOTIENT_STEP;
    const brought = worth(delta, price);
    this.#realised += this.#qty > 0n ? brought - share : share - brought;
    this.#cost -= share;
    this.#qty += delta;
  }
}

/** What a quantity is worth at a price, without its sign. */
function worth(delta: bigint, price: bigint): bigint {
  return product(size(delta), price);
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Halves go to the even neighbour. */
function divided(value: bigint, divisor: bigint): bigint {
  if (value < 0n) return -divided(-value, divisor);
  const quotient = value / divisor;
  const twice = (value - quotient * divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
