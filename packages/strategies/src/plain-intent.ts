import { lotsToQty, ticksToPrice } from '@kb/model';
import type { AmendIntent, CancelIntent, Instrument, Lots, PlaceIntent, Side, Ticks } from '@kb/model';

interface PlainBase {
  readonly clientOrderId: string;
  readonly symbol: string;
  /** Why, in a word: every order can be explained later. */
  readonly reason: string;
}

/** What a strategy wants sent, prices and sizes as decimal text with all of the pair's decimals. */
export type PlainIntent =
  | (PlainBase & {
      readonly type: 'place';
      readonly side: Side;
      /** A market order when left out. */
      readonly price?: string;
      readonly size: string;
      readonly postOnly: boolean;
      /** What does not trade at once is to be cancelled. */
      readonly immediateOrCancel: boolean;
    })
  | (PlainBase & {
      readonly type: 'amend';
      /** What is left out stays. */
      readonly price?: string;
      /** The new total size, filled part included. */
      readonly size?: string;
    })
  | (PlainBase & { readonly type: 'cancel' });

/** An intent in plain values. */
export function plainIntent(intent: PlaceIntent | AmendIntent | CancelIntent, pair: Instrument): PlainIntent {
  const { clientOrderId, symbol, reason } = intent;
  const base = { clientOrderId, symbol, reason };
  if (intent.type === 'cancel') return { type: 'cancel', ...base };
  if (intent.type === 'amend') {
    return { type: 'amend', ...base, ...priceOf(intent.price, pair), ...sizeOf(intent.size, pair) };
  }
  const { side, size, postOnly, timeInForce } = intent;
  const immediateOrCancel = timeInForce === 'ioc';
  const order = { side, ...priceOf(intent.price, pair), size: lotsToQty(pair, size), postOnly, immediateOrCancel };
  return { type: 'place', ...base, ...order };
}

function priceOf(price: Ticks | undefined, pair: Instrument): { readonly price?: string } {
  return price === undefined ? {} : { price: ticksToPrice(pair, price) };
}

function sizeOf(size: Lots | undefined, pair: Instrument): { readonly size?: string } {
  return size === undefined ? {} : { size: lotsToQty(pair, size) };
}
