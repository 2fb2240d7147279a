/**
 * The price move at which buying and selling again breaks even, fees paid in quote currency on both legs.
 *
 * @param feeIn Rate of the first leg as a fraction (0.0025 is 0.25 %); negative for a rebate.
 * @param feeOut Rate of the second leg.
 * @returns A fraction of the entry price: 0.005013 is 50.13 bp.
 */
export function breakEvenMove(feeIn: number, feeOut: number): number {
  return (1 + feeIn) / (1 - feeOut) - 1;
}

/**
 * What is left of a favourable move after both fees, as a fraction of the entry cost. Not positive: that target can never
 * pay, at any win rate.
 */
export function netWin(move: number, feeIn: number, feeOut: number): number {
  return ((1 + move) * (1 - feeOut)) / (1 + feeIn) - 1;
}
