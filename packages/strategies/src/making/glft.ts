import { exp } from '../signals/repeatable-math.ts';
import { logRatio } from './log-ratio.ts';

/** What the distances of GLFT are made from. Prices in any one unit, times in seconds. */
export interface GlftParams {
  /** γ, risk aversion per lot: 1/price, not negative. */
  readonly riskAversion: number;
  /** A, fills per second at no distance, above zero. */
  readonly intensity: number;
  /** κ, decay of the intensity with distance: 1/price, above zero. */
  readonly decay: number;
  /** σ, price/√s. */
  readonly volatility: number;
  /** Maker fee of one fill, in price units; negative for a rebate. */
  readonly fee: number;
}

/** Distances from the fair value: half + skew·q to the bid, half − skew·q to the ask. */
export interface GlftTerms {
  /** What one fill has to pay, whatever the volatility. */
  readonly c1: number;
  /** What a unit of volatility costs, √s. */
  readonly c2: number;
  /** Half of the spread without inventory, with the fee in it. */
  readonly half: number;
  /** By how much a lot of inventory shifts both quotes. */
  readonly skew: number;
}

/** Prices to quote at, before rounding; a side that must not add to the inventory any more is `undefined`. */
export interface GlftQuote {
  readonly bid: number | undefined;
  readonly ask: number | undefined;
}

/**
 * The closed form of Guéant, Lehalle and Fernandez-Tapia for an endless horizon with bounded inventory:
 * c1 = ln(1 + γ/κ)/γ, c2 = √(γ/(2Aκ) · (1 + γ/κ)^(κ/γ + 1)), half = c1 + σ·c2/2, skew = σ·c2. A fee is added to the half, and
 * scales A by e^(−κ·fee).
 */
export function glftTerms(params: GlftParams): GlftTerms {
  const { riskAversion, intensity, decay, volatility, fee } = params;
  const share = riskAversion / decay;
  const ratio = logRatio(share);
  const reached = intensity * exp(-decay * fee);
  const c1 = ratio / decay;
  const c2 = Math.sqrt((riskAversion / (2 * reached * decay)) * exp(ratio * (1 + share)));
  return { c1, c2, half: c1 + (volatility * c2) / 2 + fee, skew: volatility * c2 };
}

/**
 * Quotes by these terms. A distance below zero joins the best price of its side; a side is off from the cap on.
 *
 * @param inventory (Inventory − target) / order quantity, lots of the order size, signed.
 * @param maxInventory The cap of its size, lots, above zero.
 * @param bestBid Best prices of others, in the unit of the fair value.
 */
export function glftQuote(
  terms: GlftTerms,
  fair: number,
  inventory: number,
  maxInventory: number,
  bestBid: number,
  bestAsk: number,
): GlftQuote {
  const shift = terms.skew * inventory;
  const bidDistance = terms.half + shift;
  const askDistance = terms.half - shift;
  return {
    bid: inventory >= maxInventory ? undefined : bidDistance < 0 ? bestBid : fair - bidDistance,
    ask: inventory <= -maxInventory ? undefined : askDistance < 0 ? bestAsk : fair + askDistance,
  };
}
