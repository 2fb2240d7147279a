import type { Micros } from '@kb/model';

/** What `encodeSubscribe` and `encodeUnsubscribe` ask for. */
export interface SubscriptionRequest {
  /** `book`, `trade`, `ticker`, `instrument`, … */
  readonly channel: string;
  /** As Kraken v2 writes them (`BTC/USD`); left out or empty for channels without symbols, as `instrument` is. */
  readonly symbols?: readonly string[] | undefined;
  /** Book only: 10, 25, 100, 500 or 1000 levels a side; level3: 10, 100 or 1000. Kraken's default is 10. */
  readonly depth?: number | undefined;
  /** Candles only, in microseconds: whole minutes, of those that Kraken has. */
  readonly interval?: Micros | undefined;
  /** For channels that need one, as `level3` does: from the private REST method GetWebSocketsToken. */
  readonly token?: string | undefined;
  /** Whether a snapshot comes first; Kraken's default is true, for `trade` false. */
  readonly snapshot?: boolean | undefined;
  /** Echoed in every answer. Kraken keeps it in 32 bits. */
  readonly reqId: number;
}

/**
 * Writes a subscribe request.
 * @see https://docs.kraken.com/api/docs/websocket-v2/book
 */
export function encodeSubscribe({ symbols, interval, reqId, ...params }: SubscriptionRequest): string {
  const { channel, depth, snapshot, token } = params;
  const subject = { channel, symbol: listed(symbols), depth, interval: minutesOf(interval), snapshot, token };
  return request('subscribe', subject, reqId);
}

/** Writes an unsubscribe request. Depth and interval are part of what a subscription is, so they must be repeated. */
export function encodeUnsubscribe({
  symbols,
  interval,
  reqId,
  ...params
}: Omit<SubscriptionRequest, 'snapshot'>): string {
  const { channel, depth, token } = params;
  return request(
    'unsubscribe',
    { channel, symbol: listed(symbols), depth, interval: minutesOf(interval), token },
    reqId,
  );
}

/** Writes an application-level ping, answered by a `pong` with the same id. */
export function encodePing(reqId: number): string {
  return JSON.stringify({ method: 'ping', req_id: reqId });
}

function minutesOf(interval: Micros | undefined): number | undefined {
  return interval === undefined ? undefined : interval / MINUTE;
}

function listed(symbols: readonly string[] | undefined): readonly string[] | undefined {
  return symbols !== undefined && symbols.length > 0 ? symbols : undefined;
}

/** `JSON.stringify` leaves out what is undefined. */
function request(method: string, params: object, reqId: number): string {
  return JSON.stringify({ method, params, req_id: reqId });
}

const MINUTE = 60_000_000;
