import { instrument, lots, micros, ticks } from '@kb/model';
import type { FillReport, Instrument, Side } from '@kb/model';

export const BTC_USD: Instrument = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 });
export const ETH_USD: Instrument = instrument({ symbol: 'ETH/USD', pricePrecision: 2, qtyPrecision: 8 });
export const ETH_BTC: Instrument = instrument({ symbol: 'ETH/BTC', pricePrecision: 5, qtyPrecision: 8 });

/** A fill as a venue reports it; price in ticks, size in lots. */
export function fill(
  fillId: string,
  symbol: string,
  side: Side,
  price: number,
  size: number,
  fee = '0',
  feeAsset = 'USD',
): FillReport {
  return {
    type: 'fill',
    seq: 1,
    symbol,
    venueTs: micros(0),
    recvTs: micros(0),
    clientOrderId: 'c1',
    venueOrderId: 'v1',
    fillId,
    side,
    price: ticks(price),
    size: lots(size),
    remaining: lots(0),
    liquidity: 'maker',
    fee,
    feeAsset,
    rule: 'F5',
    evidence: { tradeIds: [], bookSeq: 0 },
    ahead: {},
  };
}

/** What a call throws, as its code. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}
