import type { Side } from '@kb/model';
import type { Lane } from './matching/lane.ts';
import type { Refusal } from './checks.ts';

export function unknownSymbol(symbol: string): Refusal {
  return { reason: 'unknown-symbol', text: `the venue has no pair ${symbol}` };
}

export function unknownOrder(clientOrderId: string): Refusal {
  return { reason: 'unknown-order', text: `no order ${clientOrderId} is open` };
}

/** Source: Kraken: in maintenance orders can be neither placed nor cancelled. */
export function unavailable(): Refusal {
  return { reason: 'instrument-status', text: 'the venue is in maintenance' };
}

export function frozen(lane: Lane): Refusal {
  return { reason: 'market-frozen', text: lane.isStale ? 'the feed is silent' : 'there is no verified book' };
}

export function wouldTake(): Refusal {
  return { reason: 'post-only-would-take', text: 'it would trade at once' };
}

export function noReference(symbol: string): Refusal {
  return { reason: 'no-reference-price', text: `${symbol} has no price yet to reckon the trigger from` };
}

export function noPosition({ side }: { readonly side: Side }): Refusal {
  return { reason: 'no-position', text: `there is no position that a ${side} could reduce` };
}
