import { instrument } from '@kb/model';
import { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import { DOLLARS } from '../listings/dollars.ts';
import { KNOWN_PAIRS } from '../listings/known-pairs.ts';
import type { S2Style } from '../flow/s2-presets.ts';
import type { MarketFlow } from './market-flow.ts';
import type { MarketOptions } from './market-options.ts';

/** What the local exchange lists unless told otherwise: large pairs, a triangle, a thin pair and one priced in 1e-8 with huge sizes. */
export const STANDARD_SYMBOLS: readonly string[] = ['BTC/USD', 'ETH/USD', 'XRP/USD', 'XRP/BTC', 'ATOM/USD', 'SHIB/USD'];

/** How lively pairs are; the others are thin. */
const STYLES: Readonly<Record<string, S2Style>> = {
  'BTC/USD': 'busy',
  'BTC/EUR': 'steady',
  'BTC/USDT': 'steady',
  'ETH/USD': 'steady',
  'ETH/EUR': 'quiet',
  'XRP/USD': 'steady',
  'SOL/USD': 'steady',
  'DOGE/USD': 'quiet',
  'XRP/BTC': 'quiet',
  'ETH/BTC': 'quiet',
  'SHIB/USD': 'meme',
  'PEPE/USD': 'meme',
};

/**
 * Markets of Kraken's pairs, by symbol, each with a flow sized for it.
 * @param flowFor The flow of a pair that has this price in dollars a base unit; S2 in the pair's style when left out.
 * @throws SimError `KB_SIM_UNKNOWN_SYMBOL`, naming every symbol that is not known.
 */
export function standardMarkets(
  symbols: readonly string[],
  flowFor: (symbol: string, dollars: number) => MarketFlow = (symbol) => STYLES[symbol] ?? 'thin',
): readonly MarketOptions[] {
  const unknown = symbols.filter((symbol) => !KNOWN_PAIRS.has(symbol));
  if (unknown.length > 0) {
    const names = [...KNOWN_PAIRS.keys()].join(', ');
    throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `${unknown.join(', ')} not among the known pairs`, {
      hint: `Known: ${names}.`,
    });
  }
  return [...KNOWN_PAIRS.values()]
    .filter((pair) => symbols.includes(pair.instrument.symbol))
    .toSorted((a, b) => symbols.indexOf(a.instrument.symbol) - symbols.indexOf(b.instrument.symbol))
    .map((pair) => {
      const { base, quote, pricePrecision, symbol } = instrument(pair.instrument);
      const dollars = new Decimal(DOLLARS[base] ?? '1');
      return {
        instrument: pair.instrument,
        startPrice: dollars.div(DOLLARS[quote] ?? '1').toFixed(pricePrecision),
        flow: flowFor(symbol, dollars.toNumber()),
      };
    });
}
