import type { InstrumentSpec } from '@kb/model';

/** A pair of Kraken's with its real rules, as far as they are public. */
export interface KnownPair {
  readonly instrument: InstrumentSpec;
  /** Key of REST answers. */
  readonly pairId: string;
  /** `undefined`: no margin trading. Limits in base currency units. */
  readonly margin:
    | { readonly maxLeverage: number; readonly longLimit: number; readonly shortLimit: number }
    | undefined;
}

/**
 * Symbol, pair id, price decimals (the tick is one step of them), quantity decimals, smallest quantity, smallest cost, cost decimals, and
 * most leverage with position limits. BTC, ETH, SOL, XRP and DOGE against USD as of July 2026 (REST `AssetPairs`), their minimum
 * quantities also elsewhere; the rest as of 2024 (v2 `instrument`). Real rules move: clients must load them, and get them from here.
 */
const TABLE: readonly (readonly [
  symbol: string,
  pairId: string,
  pricePrecision: number,
  qtyPrecision: number,
  minQty: string,
  minCost: string,
  costPrecision: number,
  maxLeverage?: number,
  longLimit?: number,
  shortLimit?: number,
])[] = [
  ['BTC/USD', 'XXBTZUSD', 1, 8, '0.00005', '0.5', 5, 10, 350, 250],
  ['ETH/USD', 'XETHZUSD', 2, 8, '0.001', '0.5', 5, 10, 6_000, 6_000],
  ['XRP/USD', 'XXRPZUSD', 5, 8, '1.65', '0.5', 8, 10, 3_200_000, 1_800_000],
  ['SOL/USD', 'SOLUSD', 2, 8, '0.06', '0.5', 5, 10, 37_000, 24_000],
  ['DOGE/USD', 'XDGUSD', 7, 8, '50', '0.5', 9, 10, 30_000_000, 30_000_000],
  ['LTC/USD', 'XLTCZUSD', 2, 8, '0.05', '0.5', 5, 3, 5_300, 3_600],
  ['ADA/USD', 'ADAUSD', 6, 8, '10', '0.5', 6, 3, 1_400_000, 1_200_000],
  ['DOT/USD', 'DOTUSD', 4, 8, '0.6', '0.5', 5, 3, 80_000, 55_000],
  ['LINK/USD', 'LINKUSD', 5, 8, '0.2', '0.5', 6, 3, 32_000, 33_000],
  ['AVAX/USD', 'AVAXUSD', 2, 8, '0.1', '0.5', 5, 3, 8_200, 7_000],
  ['XMR/USD', 'XXMRZUSD', 2, 8, '0.035', '0.5', 8, 2, 1_800, 9_000],
  ['XLM/USD', 'XXLMZUSD', 6, 8, '40', '0.5', 8, 2, 580_000, 520_000],
  ['XTZ/USD', 'XTZUSD', 4, 8, '4', '0.5', 6, 3, 80_000, 60_000],
  ['TRX/USD', 'TRXUSD', 6, 8, '45', '0.5', 7, 3, 1_500_000, 1_400_000],
  ['BCH/USD', 'BCHUSD', 2, 8, '0.025', '0.5', 6, 3, 960, 560],
  ['ATOM/USD', 'ATOMUSD', 4, 8, '0.5', '0.5', 6, 2, 12_000, 12_000],
  ['SHIB/USD', 'SHIBUSD', 8, 5, '500000', '0.5', 5],
  ['PEPE/USD', 'PEPEUSD', 9, 5, '3000000', '0.5', 5],
  ['ETH/BTC', 'XETHXXBT', 5, 8, '0.001', '0.00002', 10, 5, 1_000, 600],
  ['XRP/BTC', 'XXRPXXBT', 8, 8, '1.65', '0.00002', 9, 3, 230_000, 230_000],
  ['LTC/BTC', 'XLTCXXBT', 6, 8, '0.05', '0.00002', 8, 3, 1_700, 1_100],
  ['SOL/BTC', 'SOLXBT', 7, 8, '0.06', '0.00002', 9, 4, 2_900, 2_200],
  ['DOGE/BTC', 'XXDGXXBT', 8, 8, '50', '0.00002', 9, 3, 1_200_000, 970_000],
  ['ADA/BTC', 'ADAXBT', 8, 8, '10', '0.00002', 9, 3, 430_000, 260_000],
  ['BTC/EUR', 'XXBTZEUR', 1, 8, '0.00005', '0.45', 5, 5, 130, 100],
  ['ETH/EUR', 'XETHZEUR', 2, 8, '0.001', '0.45', 5, 5, 1_400, 1_000],
  ['XRP/EUR', 'XXRPZEUR', 5, 8, '1.65', '0.45', 8, 5, 910_000, 570_000],
  ['SOL/EUR', 'SOLEUR', 2, 8, '0.06', '0.45', 5, 4, 5_600, 6_100],
  ['BTC/GBP', 'XXBTZGBP', 1, 8, '0.00005', '0.43', 5, 3, 17, 15],
  ['BTC/USDT', 'XBTUSDT', 1, 8, '0.00005', '0.5', 5, 3, 43, 40],
  ['ETH/USDT', 'ETHUSDT', 2, 8, '0.001', '0.5', 5, 3, 800, 250],
  ['BTC/USDC', 'XBTUSDC', 2, 8, '0.00005', '0.5', 5, 4, 15, 11],
  ['USDT/USD', 'USDTZUSD', 5, 8, '10', '0.5', 8, 2, 3_200_000, 4_600_000],
  ['USDC/USD', 'USDCUSD', 4, 8, '5', '0.5', 8, 3, 2_700_000, 2_400_000],
  ['EUR/USD', 'ZEURZUSD', 5, 8, '0.5', '0.5', 5],
];

/** Pairs that can be listed by their symbol alone, by v2 symbol. */
export const KNOWN_PAIRS: ReadonlyMap<string, KnownPair> = new Map(
  TABLE.map(
    ([
      symbol,
      pairId,
      pricePrecision,
      qtyPrecision,
      minQty,
      minCost,
      costPrecision,
      maxLeverage,
      longLimit = 0,
      shortLimit = 0,
    ]) => [
      symbol,
      {
        instrument: { symbol, pricePrecision, qtyPrecision, minQty, minCost, costPrecision },
        pairId,
        margin: maxLeverage === undefined ? undefined : { maxLeverage, longLimit, shortLimit },
      },
    ],
  ),
);
