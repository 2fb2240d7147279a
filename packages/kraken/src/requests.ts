/** What `encodeSubscribe` and `encodeUnsubscribe` ask for. */
export interface SubscriptionRequest {
  /** `book`, `trade`, `ticker`, `instrument`, … */
  readonly channel: string;
  /** As Kraken v2 writes them (`BTC/USD`); left out or empty for channels without symbols, as `instrument` is. */
  readonly symbols?: readonly string[] | undefined;
  /** Book only: 10, 25, 100, 500 or 1000 levels a side; Kraken's default is 10. */
  readonly depth?: number | undefined;
  /** Whether a snapshot comes first; Kraken's default is true, for `trade` false. */
  readonly snapshot?: boolean | undefined;
  /** Echoed in every answer. Kraken keeps it in 32 bits. */
  readonly reqId: number;
}

/**
 * Writes a subscribe request.
 * @see https://docs.kraken.com/api/docs/websocket-v2/book
 */
export function encodeSubscribe({ channel, symbols, depth, snapshot, reqId }: SubscriptionRequest): string {
  return request('subscribe', { channel, symbol: listed(symbols), depth, snapshot }, reqId);
}

/** Writes an unsubscribe request. A book subscription is known by its depth too, so the depth must be repeated. */
export function encodeUnsubscribe({ channel, symbols, depth, reqId }: Omit<SubscriptionRequest, 'snapshot'>): string {
  return request('unsubscribe', { channel, symbol: listed(symbols), depth }, reqId);
}

/** Writes an application-level ping, answered by a `pong` with the same id. */
export function encodePing(reqId: number): string {
  return JSON.stringify({ method: 'ping', req_id: reqId });
}

function listed(symbols: readonly string[] | undefined): readonly string[] | undefined {
  return symbols !== undefined && symbols.length > 0 ? symbols : undefined;
}

/** `JSON.stringify` leaves out what is undefined. */
function request(method: string, params: object, reqId: number): string {
  return JSON.stringify({ method, params, req_id: reqId });
}
