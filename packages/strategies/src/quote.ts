import { breakEvenMove } from './fees.ts';

/** The parameters that the arithmetic of a quote needs; units as in `SkewedMarketMakerParams`. */
export interface QuoteParams {
  readonly baseSpreadBps: number;
  readonly inventorySkewFactor: number;
  readonly maxPositionUsd: number;
  readonly orderSizeUsd: number;
  readonly feeFloor: boolean;
  readonly minEdgeBps: number;
}

/** A two-sided quote before rounding: prices in quote currency, quantities in base. */
export interface RawQuote {
  /** Inventory as a share of the cap, −1 to 1. */
  readonly inventoryShare: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidQty: number;
  readonly askQty: number;
}

/**
 * Half of the spread to quote, as a fraction of fair value: the configured one, or with `feeFloor` at least what pays two
 * maker fees and leaves `minEdgeBps` of the full spread.
 */
export function halfSpread(params: QuoteParams, makerFee: number): number {
  const configured = (params.baseSpreadBps / 2) * BASIS_POINT;
  if (!params.feeFloor) return configured;
  return Math.max(configured, breakEvenMove(makerFee, makerFee) / 2 + (params.minEdgeBps * BASIS_POINT) / 2);
}

/** Whether the quoted spread is too small to pay a maker fee on both legs. */
export function losesToFees(params: QuoteParams, makerFee: number): boolean {
  return 2 * halfSpread(params, makerFee) < breakEvenMove(makerFee, makerFee);
}

/**
 * The seed's quoting rule: both quotes around the fair value, shifted against the inventory by a share of the half spread,
 * and the side that would add to it shrunk.
 *
 * @param fair Fair value, quote currency per base.
 * @param inventory Base held beyond the target, negative when short of it.
 * @param makerFee A fraction: 0.0025 is 0.25 %; may be negative.
 */
export function skewedQuote(params: QuoteParams, fair: number, inventory: number, makerFee: number): RawQuote {
  const share = clamp((inventory * fair) / params.maxPositionUsd, -1, 1);
  const half = halfSpread(params, makerFee);
  const shift = params.inventorySkewFactor * share * half;
  const fullQty = params.orderSizeUsd / fair;
  return {
    inventoryShare: share,
    bid: fair * (1 - half - shift),
    ask: fair * (1 + half - shift),
    bidQty: fullQty * clamp(1 - share, 0, 1),
    askQty: fullQty * clamp(1 + share, 0, 1),
  };
}

/** The distance from the working price at which a new price is worth a message, in the unit of the fair value. */
export function requoteDistance(thresholdBps: number, fair: number): number {
  return thresholdBps * BASIS_POINT * fair;
}

/**
 * Value of the position if every open order of one side filled and none of the other, in quote currency. Orders that await
 * cancellation are open.
 *
 * @param position Signed, base. @param openBuys Base. @param openSells Base.
 */
export function worstCase(
  position: number,
  openBuys: number,
  openSells: number,
  fair: number,
): { readonly long: number; readonly short: number } {
  return { long: (position + openBuys) * fair, short: (position - openSells) * fair };
}

/**
 * Rounds down to a multiple of a step. A double that misses a whole number by its last bits counts as that number, so that
 * 299774.99999999994 ticks are 299775.
 */
export function floorToStep(value: number, step: number): number {
  const count = value / step;
  return Math.floor(count + forbearance(count)) * step;
}

/** Rounds up to a multiple of a step, with the same forbearance. */
export function ceilToStep(value: number, step: number): number {
  const count = value / step;
  const up = Math.ceil(count - forbearance(count)) * step;
  return up === 0 ? 0 : up;
}

/** Never enough to turn one whole number into the next. */
function forbearance(count: number): number {
  return Math.min(Math.abs(count) * LAST_BITS, 0.25);
}

const BASIS_POINT = 1e-4;
const LAST_BITS = 1e-12;

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
