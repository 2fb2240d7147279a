import { opposite } from '@kb/model';
import type { Lots, PlaceIntent } from '@kb/model';

/** The order that a fill of `parent` places: on the other side, in the size of the fill. */
export function closeOf(parent: PlaceIntent, size: Lots, count: number): PlaceIntent | undefined {
  const { clientOrderId, close, confidence, leverage, selfTrade, side, strategyId, symbol } = parent;
  if (close === undefined) return undefined;
  const { limitOffset, orderType, price, trigger } = close;
  return {
    type: 'place',
    strategyId,
    reason: `closes ${clientOrderId}`,
    confidence,
    clientOrderId: `${clientOrderId}-close-${count}`,
    symbol,
    side: opposite(side),
    orderType,
    price,
    size,
    timeInForce: 'gtc',
    postOnly: false,
    ...(trigger === undefined ? {} : { trigger }),
    ...(limitOffset === undefined ? {} : { limitOffset }),
    ...(selfTrade === undefined ? {} : { selfTrade }),
    ...(leverage === undefined ? {} : { leverage }),
  };
}
