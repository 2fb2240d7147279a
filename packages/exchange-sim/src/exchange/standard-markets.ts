import { instrument } from '@kb/model';
import { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import { KNOWN_PAIRS } from '../listings/known-pairs.ts';
import type { MarketFlow } from './market-flow.ts';
import type { MarketOptions } from './market-options.ts';

/**
 * Where markets start: dollars for one unit. Round figures of the right size, so that every pair has a price its ticks fit.
 */
const DOLLARS: Readonly<Record<string, string>> = {
  USD: '1',
  EUR: '1.1',
  GBP: '1.3',
  USDT: '1',
  USDC: '1',
  BTC: '60000',
  ETH: '3000',
  XRP: '1.2',
  SOL: '150',
  DOGE: '0.2',
  LTC: '80',
  ADA: '0.6',
  DOT: '5',
  LINK: '15',
  AVAX: '25',
  XMR: '300',
  XLM: '0.25',
  XTZ: '0.8',
  TRX: '0.3',
  BCH: '450',
  ATOM: '5',
  SHIB: '0.00001234',
  PEPE: '0.00000789',
};

/** What the local exchange lists unless told otherwise: large pairs, a triangle, a thin pair and one priced in 1e-8 with huge sizes. */
export const STANDARD_SYMBOLS: readonly string[] = ['BTC/USD', 'ETH/USD', 'XRP/USD', 'XRP/BTC', 'ATOM/USD', 'SHIB/USD'];

/**
 * Markets of Kraken's pairs, by symbol, each with a flow sized for it.
 * @param flowFor The flow of a pair that has this price in dollars a base unit.
 * @throws SimError `KB_SIM_UNKNOWN_SYMBOL`, naming every symbol that is not known.
 */
export function standardMarkets(
  symbols: readonly string[],
  flowFor: (symbol: string, dollars: number) => MarketFlow,
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
