import { breakEvenMove } from '../fees.ts';
import { exp } from '../signals/repeatable-math.ts';
import { logRatio } from './log-ratio.ts';

/** What an Avellaneda–Stoikov quote is made from. Prices in any one unit, which is that of the quote. */
export interface AvellanedaStoikovState {
  /** Fair value, price. */
  readonly fair: number;
  /** (Inventory − target) / order quantity: lots of the order size, signed. */
  readonly inventory: number;
  /** γ, risk aversion per lot: 1/price, not negative. 0 only pays for the chance of a fill. */
  readonly riskAversion: number;
  /** σ², variance of the fair value per second: price²/s. */
  readonly variance: number;
  /** τ, seconds: what is left of a session (see `sessionHorizon`), or a constant in a market that never closes. */
  readonly horizon: number;
  /** κ, decay of the intensity of fills with distance: 1/price, above zero. */
  readonly decay: number;
  /** Maker fee as a fraction: 0.0025 is 0.25 %; negative for a rebate. */
  readonly makerFee: number;
}

/** A two-sided quote before rounding, in the unit of the fair value. */
export interface ReservationQuote {
  /** The price at which one more lot either way is worth nothing. */
  readonly reservation: number;
  /** Ask − bid. */
  readonly width: number;
  readonly bid: number;
  readonly ask: number;
}

/**
 * The quote of Avellaneda and Stoikov (2008), each side moved out by the maker fee of one fill: for intensities A·e^(−κδ) a
 * fee only rescales A, which the width does not contain.
 *
 * reservation = s − qγσ²τ, width = γσ²τ + (2/γ) ln(1 + γ/κ) + 2·fee·s
 */
export function avellanedaStoikov(state: AvellanedaStoikovState): ReservationQuote {
  const { fair, inventory, riskAversion, variance, horizon, decay, makerFee } = state;
  const risk = riskAversion * variance * horizon;
  const width = risk + (2 / decay) * logRatio(riskAversion / decay) + 2 * makerFee * fair;
  return around(fair - inventory * risk, width);
}

/**
 * Holds a quote's width between bounds, around the same reservation price.
 *
 * @param minSpreadBps Least full width as a share of fair value; raised to what two maker fees cost.
 * @param maxSpreadBps Greatest full width; the least one wins where they contradict each other.
 */
export function boundedQuote(
  quote: ReservationQuote,
  fair: number,
  makerFee: number,
  minSpreadBps: number,
  maxSpreadBps: number,
): ReservationQuote {
  const least = Math.max(minSpreadBps * BASIS_POINT, breakEvenMove(makerFee, makerFee)) * fair;
  const width = Math.max(least, Math.min(quote.width, maxSpreadBps * BASIS_POINT * fair));
  return around(quote.reservation, width);
}

/**
 * γ that shifts the reservation price by a wanted distance when the inventory is at its cap.
 *
 * @param shiftAtCap Price; by default half of 1/κ. @param maxInventory Lots of the order size, above zero.
 * @param variance Price²/s, above zero. @param horizon Seconds, above zero.
 * @returns 1/price.
 */
export function riskAversionFor(
  maxInventory: number,
  variance: number,
  horizon: number,
  decay: number,
  shiftAtCap: number = 0.5 / decay,
): number {
  return shiftAtCap / (maxInventory * variance * horizon);
}

/** τ in a session that ends: the seconds that are left of it, and never less than one. */
export function sessionHorizon(secondsLeft: number): number {
  return Math.max(1, secondsLeft);
}

/**
 * The share of its size that the side which adds to the inventory keeps: e^(−η|q|/qMax).
 *
 * @param shading η, not negative; 0 leaves the size alone.
 */
export function shadedShare(inventory: number, maxInventory: number, shading: number): number {
  return exp((-shading * Math.abs(inventory)) / maxInventory);
}

function around(reservation: number, width: number): ReservationQuote {
  return { reservation, width, bid: reservation - width / 2, ask: reservation + width / 2 };
}

const BASIS_POINT = 1e-4;
