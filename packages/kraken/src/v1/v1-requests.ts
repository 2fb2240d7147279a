import { v1PairOf } from '../symbol-names.ts';

/** What `encodeV1Subscribe` and `encodeV1Unsubscribe` ask for. */
export interface V1SubscriptionRequest {
  readonly name: 'book' | 'ohlc' | 'spread' | 'ticker' | 'trade';
  /** As v2 spells them (`BTC/USD`): the request says what v1 calls them. */
  readonly symbols: readonly string[];
  /** Book only: 10, 25, 100, 500 or 1000 levels a side. */
  readonly depth?: number | undefined;
  /** Candles only: minutes. */
  readonly interval?: number | undefined;
  readonly reqId: number;
}

/** Writes a WebSocket v1 subscribe request. */
export function encodeV1Subscribe(request: V1SubscriptionRequest): string {
  return written('subscribe', request);
}

/** Writes a WebSocket v1 unsubscribe request; depth and interval must be repeated. */
export function encodeV1Unsubscribe(request: V1SubscriptionRequest): string {
  return written('unsubscribe', request);
}

/** Writes a WebSocket v1 ping. */
export function encodeV1Ping(reqId: number): string {
  return JSON.stringify({ event: 'ping', reqid: reqId });
}

/** `JSON.stringify` leaves out what is undefined. */
function written(event: string, { name, symbols, depth, interval, reqId }: V1SubscriptionRequest): string {
  return JSON.stringify({ event, reqid: reqId, pair: symbols.map(v1PairOf), subscription: { name, depth, interval } });
}
