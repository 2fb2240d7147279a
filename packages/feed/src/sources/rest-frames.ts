import { priceChange } from '@kb/kraken';
import type { AssetPair, DepthAnswer, RestTrade, SystemStatusAnswer, Ticker } from '@kb/kraken';
import { countToDecimal, microsToIso } from '@kb/model';
import type { Instrument } from '@kb/model';

/**
 * Answers of Kraken's REST methods, written as the WebSocket v2 frames that would say the same, so that everything behind them
 * is the same as for a stream. Digits stay as sent.
 */

/** A snapshot without a checksum, as REST has none; levels that REST rounds to nothing are left out. */
export function bookFrame({ symbol, bids, asks }: DepthAnswer): string {
  const side = (levels: DepthAnswer['bids']): string =>
    levels
      .filter(({ size }) => /[1-9]/.test(size))
      .map(({ price, size }) => `{"price":${price},"qty":${size}}`)
      .join(',');
  return (
    `{"channel":"book","type":"snapshot","data":[{"symbol":${quoted(symbol)},` +
    `"bids":[${side(bids)}],"asks":[${side(asks)}]}]}`
  );
}

export function tradesFrame(symbol: string, trades: readonly RestTrade[], type: 'snapshot' | 'update'): string {
  const rows = trades.map(
    ({ side, price, size, orderType, tradeId, venueTs }) =>
      `{"symbol":${quoted(symbol)},"side":"${side}","price":${price},"qty":${size},"ord_type":"${orderType}",` +
      `"trade_id":${tradeId},"timestamp":"${microsToIso(venueTs)}"}`,
  );
  return `{"channel":"trade","type":"${type}","data":[${rows.join(',')}]}`;
}

/** 24-hour figures; the change is that since 00:00 UTC, as REST does not tell the price of 24 hours ago. */
export function tickerFrame(ticker: Ticker): string {
  const { symbol, bid, bidSize, ask, askSize, last, volume, vwap, low, high, open } = ticker;
  const { change, percent } = priceChange(open, last);
  return (
    `{"channel":"ticker","type":"update","data":[{"symbol":${quoted(symbol)},"bid":${bid},"bid_qty":${bidSize},` +
    `"ask":${ask},"ask_qty":${askSize},"last":${last},"volume":${volume.day},"vwap":${vwap.day},"low":${low.day},` +
    `"high":${high.day},"change":${change},"change_pct":${percent}}]}`
  );
}

export function instrumentFrame(
  pairs: readonly { readonly pair: AssetPair; readonly instrument: Instrument }[],
): string {
  const rows = pairs.map(({ pair, instrument }) => {
    const { symbol, base, quote, status, pricePrecision, qtyPrecision, costPrecision, tickSize, lotSize } = instrument;
    const { minQty, minCost } = instrument;
    return (
      `{"symbol":${quoted(symbol)},"base":${quoted(base)},"quote":${quoted(quote)},"status":"${status}",` +
      `"qty_precision":${qtyPrecision},"qty_increment":${countToDecimal(lotSize, qtyPrecision)},` +
      `"price_precision":${pricePrecision},"cost_precision":${costPrecision},` +
      `"marginable":${pair.leverageBuy.length > 0},"cost_min":${minCost},` +
      `"price_increment":${countToDecimal(tickSize, pricePrecision)},"qty_min":${countToDecimal(minQty, qtyPrecision)}}`
    );
  });
  return `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${rows.join(',')}]}}`;
}

export function statusFrame({ system }: SystemStatusAnswer): string {
  return `{"channel":"status","type":"update","data":[{"version":"0","system":"${system}","api_version":"v2","connection_id":0}]}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
