import type { Asset } from './listing.ts';

/**
 * Currencies with their names, decimals and margin figures: v2 id, legacy id, altname, decimals, decimals shown, collateral weight,
 * percent for a borrowed amount (empty: cannot be borrowed). Source: names from REST `Assets`, figures from the v2 `instrument` channel
 * of 2024. Assets that merely begin with X or Z (XTZ) have no prefix: never derive a name, look it up here.
 */
const TABLE: readonly (readonly [string, string, string, number, number, number, string])[] = [
  ['USD', 'ZUSD', 'USD', 4, 2, 1, '0.025'],
  ['EUR', 'ZEUR', 'EUR', 4, 2, 1, '0.02'],
  ['GBP', 'ZGBP', 'GBP', 4, 2, 1, '0.02'],
  ['CAD', 'ZCAD', 'CAD', 4, 2, 1, '0.02'],
  ['AUD', 'ZAUD', 'AUD', 4, 2, 1, '0.02'],
  ['JPY', 'ZJPY', 'JPY', 2, 0, 1, '0.015'],
  ['CHF', 'CHF', 'CHF', 4, 2, 1, '0.02'],
  ['USDT', 'USDT', 'USDT', 8, 4, 0.9, '0.02'],
  ['USDC', 'USDC', 'USDC', 8, 4, 1, '0.02'],
  ['BTC', 'XXBT', 'XBT', 10, 5, 1, '0.01'],
  ['ETH', 'XETH', 'ETH', 10, 5, 1, '0.02'],
  ['XRP', 'XXRP', 'XRP', 8, 5, 0, '0.02'],
  ['SOL', 'SOL', 'SOL', 10, 5, 0.9, '0.02'],
  ['DOGE', 'XXDG', 'XDG', 8, 2, 0, '0.02'],
  ['LTC', 'XLTC', 'LTC', 10, 5, 0.7, '0.02'],
  ['ADA', 'ADA', 'ADA', 8, 6, 0.9, '0.02'],
  ['DOT', 'DOT', 'DOT', 10, 8, 0.9, '0.02'],
  ['LINK', 'LINK', 'LINK', 10, 5, 0.7, '0.02'],
  ['AVAX', 'AVAX', 'AVAX', 10, 5, 0.5, '0.02'],
  ['XMR', 'XXMR', 'XMR', 10, 5, 0, '0.02'],
  ['XLM', 'XXLM', 'XLM', 8, 5, 0, '0.02'],
  ['ZEC', 'XZEC', 'ZEC', 10, 5, 0, '0.02'],
  ['ETC', 'XETC', 'ETC', 10, 5, 0, '0.02'],
  ['XTZ', 'XTZ', 'XTZ', 8, 6, 0.5, '0.02'],
  ['TRX', 'TRX', 'TRX', 8, 6, 0.5, '0.02'],
  ['BCH', 'BCH', 'BCH', 10, 5, 0, '0.02'],
  ['ATOM', 'ATOM', 'ATOM', 8, 6, 0.7, '0.02'],
  ['SHIB', 'SHIB', 'SHIB', 5, 0, 0, ''],
  ['PEPE', 'PEPE', 'PEPE', 5, 0, 0, ''],
];

/** The currencies that are known by name, fiat first. */
export const ASSETS: readonly Asset[] = TABLE.map(
  ([id, legacyId, altname, decimals, displayDecimals, collateralValue, marginRate]) => ({
    id,
    legacyId,
    altname,
    decimals,
    displayDecimals,
    collateralValue,
    marginRate: marginRate === '' ? undefined : marginRate,
  }),
);

const BY_ID: ReadonlyMap<string, Asset> = new Map(ASSETS.map((asset) => [asset.id, asset]));

/** The asset of this v2 name; one that is not in the table is spelled the same everywhere and is no collateral. */
export function assetFor(id: string): Asset {
  return (
    BY_ID.get(id) ?? {
      id,
      legacyId: id,
      altname: id,
      decimals: 10,
      displayDecimals: 5,
      collateralValue: 0,
      marginRate: undefined,
    }
  );
}
