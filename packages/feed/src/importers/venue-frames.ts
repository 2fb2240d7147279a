import { countToDecimal, microsToIso } from '@kb/model';
import type { Grid, Lots, Micros, Side, Ticks } from '@kb/model';

/** A level of a book, or what became of one: no lots remove it. */
export interface ImportedLevel {
  readonly price: Ticks;
  readonly size: Lots;
}

/**
 * Tells the decimals of a pair, so that the recording can be read alone. Steps are the smallest that those decimals write and
 * minimums are none: an importer does not know the venue's.
 */
export function instrumentFrame(symbol: string, { pricePrecision, qtyPrecision }: Grid): string {
  const [base = '', quote = ''] = symbol.split('/');
  const priceStep = countToDecimal(1, pricePrecision);
  const qtyStep = countToDecimal(1, qtyPrecision);
  const pair =
    `{"symbol":${JSON.stringify(symbol)},"base":${JSON.stringify(base)},"quote":${JSON.stringify(quote)},` +
    `"status":"online","price_precision":${pricePrecision},"price_increment":${priceStep},` +
    `"qty_precision":${qtyPrecision},"qty_increment":${qtyStep},"qty_min":${qtyStep},"cost_min":0,"cost_precision":5}`;
  return `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${pair}]}}`;
}

/** Says how deep a book is, as the venue's answer to a subscription does. */
export function depthFrame(symbol: string, depth: number): string {
  return (
    `{"method":"subscribe","result":{"channel":"book","depth":${depth},"snapshot":true,` +
    `"symbol":${JSON.stringify(symbol)}},"success":true}`
  );
}

/** Bids and asks as they stand in the file, without a checksum: nothing here could prove them. */
export function bookFrame(
  symbol: string,
  { pricePrecision, qtyPrecision }: Grid,
  snapshot: boolean,
  bids: readonly ImportedLevel[],
  asks: readonly ImportedLevel[],
  venueTs: Micros,
): string {
  const side = (levels: readonly ImportedLevel[]): string =>
    levels
      .map(
        ({ price, size }) =>
          `{"price":${countToDecimal(price, pricePrecision)},"qty":${countToDecimal(size, qtyPrecision)}}`,
      )
      .join(',');
  return (
    `{"channel":"book","type":"${snapshot ? 'snapshot' : 'update'}","data":[{"symbol":${JSON.stringify(symbol)},` +
    `"bids":[${side(bids)}],"asks":[${side(asks)}],"timestamp":"${microsToIso(venueTs)}"}]}`
  );
}

/** A trade as the stream tells it. Files do not tell the order type: `unknown`. */
export function tradeFrame(
  symbol: string,
  { pricePrecision, qtyPrecision }: Grid,
  trade: {
    readonly tradeId: number;
    readonly venueTs: Micros;
    readonly price: Ticks;
    readonly size: Lots;
    readonly taker: Side;
  },
): string {
  const { tradeId, venueTs, price, size, taker } = trade;
  return (
    `{"channel":"trade","type":"update","data":[{"symbol":${JSON.stringify(symbol)},"side":"${taker}",` +
    `"price":${countToDecimal(price, pricePrecision)},"qty":${countToDecimal(size, qtyPrecision)},` +
    `"ord_type":"unknown","trade_id":${tradeId},"timestamp":"${microsToIso(venueTs)}"}]}`
  );
}
