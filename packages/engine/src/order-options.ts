import type { OrderOptions } from '@kb/model';

/** What an order asks for beyond the usual, without what it leaves out. */
export function optionsOf(order: OrderOptions): OrderOptions {
  const { displaySize, trigger, limitOffset, expiresAt, reduceOnly, selfTrade, close, leverage, feeIn } = order;
  return {
    ...(displaySize === undefined ? {} : { displaySize }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(limitOffset === undefined ? {} : { limitOffset }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(reduceOnly === undefined ? {} : { reduceOnly }),
    ...(selfTrade === undefined ? {} : { selfTrade }),
    ...(close === undefined ? {} : { close }),
    ...(leverage === undefined ? {} : { leverage }),
    ...(feeIn === undefined ? {} : { feeIn }),
  };
}
