import { countToDecimal, decimalToCount } from '@kb/model';

const PERCENT_DECIMALS = 2;

/**
 * From one price to another, as Kraken's tickers tell it: the exact difference, and percent with two decimals, half away from zero.
 * @throws ModelError as `decimalToCount` does.
 */
export function priceChange(from: string, to: string): { readonly change: string; readonly percent: string } {
  const decimals = Math.max(decimalsOf(from), decimalsOf(to));
  const start = decimalToCount(from, decimals);
  const difference = decimalToCount(to, decimals) - start;
  const hundredths = start === 0 ? 0 : Math.sign(difference) * Math.round((Math.abs(difference) / start) * 10_000);
  return { change: countToDecimal(difference, decimals), percent: countToDecimal(hundredths, PERCENT_DECIMALS) };
}

function decimalsOf(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}
