import { instrument } from '@kb/model';
import type { InstrumentSpec } from '@kb/model';
import { SimError } from '../errors.ts';
import { assetFor } from './assets.ts';
import { CRYPTO_FEES, STABLE_FEES } from './fee-schedules.ts';
import { KNOWN_PAIRS } from './known-pairs.ts';
import type { Asset, FeeSchedule, Listing, MarginTerms } from './listing.ts';

/** What a listing has beside its instrument; what is left out is taken from the known pair, or from what new pairs have. */
export interface ListingOverrides {
  readonly pairId?: string;
  readonly altname?: string;
  readonly wsname?: string;
  readonly fees?: FeeSchedule;
  readonly margin?: MarginTerms | 'none';
  /** No band when left out: Kraken publishes none. */
  readonly priceBandPercent?: number;
  /** 10 when left out; Kraken has such a protection and does not publish its limits. */
  readonly marketProtectionPercent?: number;
}

/**
 * Lists a pair. The rules are those of `spec`; names, margin terms and fees of a pair that Kraken has are Kraken's. Any other pair
 * is named as Kraken names new ones, altnames without a slash (`SUI/BTC` is `SUIXBT`), and has no margin trading.
 * @throws SimError `KB_SIM_BAD_OPTION`: a symbol or name that is not printable ASCII, a percentage or margin terms out of range.
 *   ModelError: a bad instrument.
 */
export function listingFor(spec: InstrumentSpec & ListingOverrides): Listing {
  const rules = instrument(spec);
  const { symbol } = rules;
  const known = KNOWN_PAIRS.get(symbol);
  const base = assetFor(rules.base);
  const quote = assetFor(rules.quote);
  const altname = spec.altname ?? `${base.altname}${quote.altname}`;
  const pairId = spec.pairId ?? known?.pairId ?? altname;
  const wsname = spec.wsname ?? `${base.altname}/${quote.altname}`;
  for (const name of [symbol, altname, pairId, wsname]) {
    // A comma separates pairs in requests, a quote or backslash would need escaping wherever a name is written.
    if (!/^[!#-+\-.-[\]-~]+$/.test(name)) throw bad(symbol, `cannot be named ${JSON.stringify(name)}`);
  }
  return {
    instrument: rules,
    pairId,
    altname,
    wsname,
    base,
    quote,
    fees: spec.fees ?? (isStable(base) ? STABLE_FEES : CRYPTO_FEES),
    margin: marginTerms(symbol, spec.margin),
    priceBandPercent: percent(symbol, 'a price band', spec.priceBandPercent),
    marketProtectionPercent: percent(symbol, 'a market protection', spec.marketProtectionPercent) ?? 10,
  };
}

/** Lists one of Kraken's pairs by its v2 symbol. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`, and as `listingFor` does. */
export function knownListing(symbol: string, overrides: ListingOverrides = {}): Listing {
  const known = KNOWN_PAIRS.get(symbol);
  if (known === undefined) {
    const names = [...KNOWN_PAIRS.keys()].join(', ');
    throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `${symbol} is not among the known pairs: ${names}`);
  }
  return listingFor({ ...known.instrument, ...overrides });
}

/** The currencies of these listings, and of further v2 names, by v2 name, each once. */
export function assetsOf(listings: Iterable<Listing>, more: Iterable<string> = []): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const { base, quote } of listings) assets.set(base.id, base).set(quote.id, quote);
  for (const id of more) if (!assets.has(id)) assets.set(id, assetFor(id));
  return assets;
}

const STABLE: ReadonlySet<string> = new Set(['USDT', 'USDC', 'USD', 'EUR', 'GBP', 'CAD', 'AUD', 'JPY', 'CHF']);

/** Stablecoins and fiat as base have a schedule of their own, and their volume does not count for fee tiers. */
export function isStable(asset: Asset): boolean {
  return STABLE.has(asset.id);
}

function marginTerms(symbol: string, asked: MarginTerms | 'none' | undefined): MarginTerms | undefined {
  if (asked === 'none') return undefined;
  if (asked !== undefined) {
    const { leverage, longLimit, shortLimit } = asked;
    if (leverage.length === 0 || !leverage.every((ratio) => Number.isInteger(ratio) && ratio >= 2)) {
      throw bad(symbol, `expected whole leverage ratios from 2 on, was [${leverage.join(', ')}]`);
    }
    if (!(longLimit >= 0) || !(shortLimit >= 0)) throw bad(symbol, 'expected position limits of zero or more');
    return asked;
  }
  const known = KNOWN_PAIRS.get(symbol)?.margin;
  if (known === undefined) return undefined;
  const { maxLeverage, longLimit, shortLimit } = known;
  return { leverage: Array.from({ length: maxLeverage - 1 }, (_, i) => i + 2), longLimit, shortLimit };
}

function percent(symbol: string, what: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value > 0 && value < Infinity)) {
    throw bad(symbol, `expected ${what} above zero percent, was ${value}`);
  }
  return value;
}

function bad(symbol: string, what: string): SimError {
  return new SimError('KB_SIM_BAD_OPTION', `${symbol}: ${what}`);
}
