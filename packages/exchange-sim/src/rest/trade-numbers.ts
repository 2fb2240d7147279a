import type { Micros } from '@kb/model';

/**
 * Numbers trades of one microsecond in its nanoseconds, so that each has a time of its own to go on from; the thousandth and later of
 * one microsecond share the last one. @param list In the order of time.
 */
export function numberedInMicros<Trade extends { readonly venueTs: Micros }>(
  list: readonly Trade[],
): (Trade & { readonly nanos: bigint })[] {
  let number = 0;
  let at = Number.NaN;
  return list.map((trade) => {
    number = trade.venueTs === at ? Math.min(number + 1, 999) : 0;
    at = trade.venueTs;
    return { ...trade, nanos: BigInt(at) * 1000n + BigInt(number) };
  });
}
