import { countToDecimal, decimalToCount, lotsToQty, ticksToPrice } from '@kb/model';
import type { Instrument } from '@kb/model';

/**
 * The snapshot of the `instrument` channel: the pairs of this exchange, and the assets they are made of.
 * @throws ModelError when a `minCost` is not a decimal of at most `costPrecision` places.
 */
export function instrumentFrame(instruments: readonly Instrument[]): string {
  const assets = new Map<string, string>();
  for (const pair of instruments) {
    assets.set(pair.base, asset(pair.base, pair.qtyPrecision));
    if (!assets.has(pair.quote)) assets.set(pair.quote, asset(pair.quote, pair.costPrecision));
  }
  return (
    `{"channel":"instrument","type":"snapshot","data":{"assets":[${[...assets.values()].join(',')}],` +
    `"pairs":[${instruments.map(pairObject).join(',')}]}}`
  );
}

function asset(id: string, precision: number): string {
  return (
    `{"id":${JSON.stringify(id)},"status":"enabled","precision":${precision},` +
    `"precision_display":${Math.min(precision, 5)},"borrowable":false}`
  );
}

function pairObject(pair: Instrument): string {
  const increment = ticksToPrice(pair, pair.tickSize);
  const minCost = countToDecimal(decimalToCount(pair.minCost, pair.costPrecision), pair.costPrecision);
  return (
    `{"symbol":${JSON.stringify(pair.symbol)},"base":${JSON.stringify(pair.base)},"quote":${JSON.stringify(pair.quote)},` +
    `"status":"${pair.status}","qty_precision":${pair.qtyPrecision},"qty_increment":${lotsToQty(pair, pair.lotSize)},` +
    `"price_precision":${pair.pricePrecision},"cost_precision":${pair.costPrecision},"marginable":false,"has_index":true,` +
    `"cost_min":${minCost},"tick_size":${increment},"price_increment":${increment},` +
    `"qty_min":${lotsToQty(pair, pair.minQty)}}`
  );
}
