/** One thing that can be subscribed to. Two topics with the same `key` are the same subscription. */
export interface Topic {
  readonly key: string;
  readonly channel: 'book' | 'trade' | 'ticker' | 'instrument';
  /** Empty for `instrument`. */
  readonly symbol: string;
  /** `book` only, otherwise 0. */
  readonly depth: number;
  /** `ticker` only. */
  readonly eventTrigger: 'trades' | 'bbo' | undefined;
}

/** A client's request, read once: what it wants, or the text that Kraken refuses it with. */
export type Request =
  | { readonly type: 'ping'; readonly reqId: number | undefined }
  | {
      readonly type: 'subscribe' | 'unsubscribe';
      readonly reqId: number | undefined;
      readonly topics: readonly Topic[];
      readonly snapshot: boolean;
    }
  | {
      readonly type: 'refused';
      readonly reqId: number | undefined;
      readonly method: string | undefined;
      readonly error: string;
    };

export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];

/** Parameters that Kraken documents for public subscriptions; others are refused by name. */
const PARAMETERS = new Set([
  'channel',
  'symbol',
  'snapshot',
  'depth',
  'event_trigger',
  'interval',
  'token',
  'include_tokenized_assets',
  'execution_venue',
]);

/** Reads one frame. Never throws. */
export function parseRequest(frame: Uint8Array): Request {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame));
  } catch {
    return { type: 'refused', reqId: undefined, method: undefined, error: 'Malformed request' };
  }
  if (!isObject(value)) return { type: 'refused', reqId: undefined, method: undefined, error: 'Malformed request' };
  const { method, params } = value;
  const reqId = Number.isSafeInteger(value['req_id']) ? Number(value['req_id']) : undefined;
  if (typeof method !== 'string') return { type: 'refused', reqId, method: undefined, error: 'Malformed request' };
  if (method === 'ping') return { type: 'ping', reqId };
  if (method !== 'subscribe' && method !== 'unsubscribe') {
    return { type: 'refused', reqId, method, error: 'EGeneral:Unknown method' };
  }
  const topics = isObject(params) ? parseTopics(params, method) : 'Malformed request';
  if (typeof topics === 'string') return { type: 'refused', reqId, method, error: topics };
  return { type: method, reqId, topics, snapshot: wantsSnapshot(params) };
}

function parseTopics(params: JsonObject, method: string): readonly Topic[] | string {
  const unknown = Object.keys(params).find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) return `Unsupported field: '${unknown}' for the given msg type: ${method}`;
  const { channel } = params;
  switch (channel) {
    case 'instrument':
      return [{ key: 'instrument', channel, symbol: '', depth: 0, eventTrigger: undefined }];
    case 'book': {
      const depth = params['depth'] ?? 10;
      if (typeof depth !== 'number' || !BOOK_DEPTHS.includes(depth)) return 'Subscription depth not supported';
      return forSymbols(params, (symbol) => bookTopic(symbol, depth));
    }
    case 'trade':
      return forSymbols(params, tradeTopic);
    case 'ticker': {
      const trigger = params['event_trigger'] ?? 'trades';
      if (trigger !== 'trades' && trigger !== 'bbo') return 'EGeneral:Invalid arguments:event_trigger';
      return forSymbols(params, (symbol) => tickerTopic(symbol, trigger));
    }
    case 'status':
      return 'Symbol(s) not found';
    default:
      return 'Subscription name invalid';
  }
}

function forSymbols(params: JsonObject, topic: (symbol: string) => Topic): readonly Topic[] | string {
  const symbols: unknown = params['symbol'];
  if (!Array.isArray(symbols) || symbols.length === 0) return 'Symbol(s) not found';
  const topics: Topic[] = [];
  for (const symbol of symbols as readonly unknown[]) {
    if (typeof symbol !== 'string') return 'Symbol(s) not found';
    topics.push(topic(symbol));
  }
  return topics;
}

export function bookTopic(symbol: string, depth: number): Topic {
  return { key: `book ${symbol} ${depth}`, channel: 'book', symbol, depth, eventTrigger: undefined };
}

export function tradeTopic(symbol: string): Topic {
  return { key: `trade ${symbol}`, channel: 'trade', symbol, depth: 0, eventTrigger: undefined };
}

export function tickerTopic(symbol: string, eventTrigger: 'trades' | 'bbo'): Topic {
  return { key: `ticker ${symbol} ${eventTrigger}`, channel: 'ticker', symbol, depth: 0, eventTrigger };
}

/** Snapshots come unless refused; those of `trade` only when asked for. */
function wantsSnapshot(params: unknown): boolean {
  if (!isObject(params)) return false;
  return params['channel'] === 'trade' ? params['snapshot'] === true : params['snapshot'] !== false;
}

type JsonObject = { readonly [key: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
