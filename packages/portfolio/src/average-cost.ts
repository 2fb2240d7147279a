import type { Decimal } from 'decimal.js';
import { quotient, ZERO } from './exact.ts';

/**
 * What was traded of one symbol, at average cost (reference: strategies, 11.2).
 *
 * It keeps the total cost of what is held, not the average: a partial exit takes its share of that cost out, rounded once,
 * and whatever the rounding leaves stays with the rest. So realised + unrealised is exact, always.
 */
export class AverageCost {
  /** Signed, in the base currency. */
  qty: Decimal = ZERO;
  /** What `|qty|` cost (or, for a short, brought), in the quote currency. */
  cost: Decimal = ZERO;
  /** In the quote currency, before fees. */
  realised: Decimal = ZERO;
  /** In the quote currency, positive when paid. */
  fees: Decimal = ZERO;
  fills = 0;

  /** Books a signed quantity at a price. More than what is held the other way closes it and opens the rest: a flip. */
  trade(delta: Decimal, price: Decimal): void {
    const opens = this.qty.isZero() || this.qty.isPositive() === delta.isPositive();
    if (opens) {
      this.#open(delta, price);
      return;
    }
    const held = this.qty;
    const closed = delta.abs().lessThan(held.abs()) ? delta : held.negated();
    this.#close(closed, price);
    const rest = delta.minus(closed);
    if (!rest.isZero()) this.#open(rest, price);
  }

  #open(delta: Decimal, price: Decimal): void {
    this.qty = this.qty.plus(delta);
    this.cost = this.cost.plus(delta.abs().times(price));
  }

  /** `delta` goes against the position and is no larger. */
  #close(delta: Decimal, price: Decimal): void {
    const whole = delta.abs().equals(this.qty.abs());
    const share = whole ? this.cost : quotient(this.cost.times(delta.abs()), this.qty.abs());
    const brought = delta.abs().times(price);
    const gain = this.qty.isPositive() ? brought.minus(share) : share.minus(brought);
    this.realised = this.realised.plus(gain);
    this.cost = this.cost.minus(share);
    this.qty = this.qty.plus(delta);
  }
}
