import { isCandleInterval } from '../history/market-history.ts';
import type { CandleInterval } from '../history/market-history.ts';
import { Params, unknownParameter } from './params.ts';
import { readTrading } from './trading-requests.ts';
import type { TradingRequest } from './trading-requests.ts';
import { isWireList, isWireObject, parseWireObject, wholeNumber } from './wire-json.ts';
import type { WireObject } from './wire-json.ts';

/** One thing that can be subscribed to: a channel, a symbol and the parameter that tells subscriptions apart. */
export interface Topic {
  /** Same for the same subscription. */
  readonly key: string;
  readonly channel: 'book' | 'trade' | 'ticker' | 'ohlc' | 'level3' | 'instrument';
  /** As the client wrote it; empty for `instrument`. */
  readonly symbol: string;
  /** Levels a side of `book` and `level3`; 0 for other channels. */
  readonly depth: number;
  /** What makes a `ticker` speak; `undefined` for other channels. */
  readonly eventTrigger: 'trades' | 'bbo' | undefined;
  /** Minutes of a candle of `ohlc`; `undefined` for other channels. */
  readonly interval?: CandleInterval | undefined;
}

/** What a private channel is asked to tell. */
export type PrivateTopic =
  | {
      readonly channel: 'executions';
      readonly snapOrders: boolean;
      readonly snapTrades: boolean;
      /** False: of an order's statuses only `new`, `filled`, `canceled` and `expired`. */
      readonly orderStatus: boolean;
      readonly rateCounter: boolean;
    }
  | { readonly channel: 'balances'; readonly snapshot: boolean };

/** To hear, or not to hear any more, of public topics. `level3` needs the token. */
interface PublicSubscription {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly topics: readonly Topic[];
  readonly snapshot: boolean;
  readonly token: string | undefined;
}

interface PrivateSubscription {
  readonly type: 'private-subscribe' | 'private-unsubscribe';
  readonly topic: PrivateTopic;
  readonly token: string | undefined;
}

/** What a client asked for, or what to answer it with. */
export type Request = { readonly reqId: number | undefined } & (
  | { readonly type: 'ping' }
  | PublicSubscription
  | PrivateSubscription
  | { readonly type: 'trading'; readonly trading: TradingRequest; readonly token: string | undefined }
  | { readonly type: 'refused'; readonly method: string | undefined; readonly error: string }
);

export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];
export const LEVEL3_DEPTHS: readonly number[] = [10, 100, 1000];

/** Reads one frame. Never throws. */
export function parseRequest(frame: Uint8Array): Request {
  const value = parseWireObject(frame);
  const reqId = wholeNumber(value?.['req_id']);
  const method = value?.['method'];
  const refused = (error: string): Request => ({
    type: 'refused',
    reqId,
    method: typeof method === 'string' ? method : undefined,
    error,
  });
  if (value === undefined || typeof method !== 'string') return refused(MALFORMED);
  if (method === 'ping') return { type: 'ping', reqId };
  const params = value['params'];
  if (method === 'subscribe' || method === 'unsubscribe') {
    const asked = isWireObject(params) ? readSubscription(params, method) : MALFORMED;
    return typeof asked === 'string' ? refused(asked) : { ...asked, reqId };
  }
  const trading = readTrading(method, isWireObject(params) ? params : undefined);
  if (trading === undefined) return refused('EGeneral:Unknown method');
  if (typeof trading === 'string') return refused(trading);
  const token = isWireObject(params) ? params['token'] : undefined;
  return { type: 'trading', reqId, trading, token: typeof token === 'string' ? token : undefined };
}

const MALFORMED = 'Malformed request';

/** Parameters that Kraken documents for subscriptions; others are refused by name. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'channel',
  'symbol',
  'snapshot',
  'depth',
  'event_trigger',
  'interval',
  'token',
  'include_tokenized_assets',
  'execution_venue',
  'snap_orders',
  'snap_trades',
  'snapshot_trades',
  'order_status',
  'ratecounter',
  'users',
  'rebased',
]);

function readSubscription(
  values: WireObject,
  method: 'subscribe' | 'unsubscribe',
): PublicSubscription | PrivateSubscription | string {
  const unknown = unknownParameter(values, PARAMETERS, method);
  if (unknown !== undefined) return unknown;
  const params = new Params(values);
  const token = params.text('token');
  const { channel } = values;
  if (channel === 'executions' || channel === 'balances') {
    const topic = channel === 'executions' ? readExecutions(params) : readBalances(params);
    return params.refusal ?? { type: `private-${method}`, topic, token };
  }
  const topics = readTopics(values, params);
  if (typeof topics === 'string') return topics;
  // Snapshots come unless refused; those of `trade` only when asked for.
  const snapshot = params.flag('snapshot') ?? channel !== 'trade';
  return params.refusal ?? { type: method, topics, snapshot, token };
}

function readTopics(values: WireObject, params: Params): readonly Topic[] | string {
  const { channel } = values;
  switch (typeof channel === 'string' ? channel : '') {
    case 'instrument':
      return [{ key: 'instrument', channel: 'instrument', symbol: '', depth: 0, eventTrigger: undefined }];
    case 'book':
      return forSymbols(values, BOOK_DEPTHS, bookTopic);
    case 'level3':
      return forSymbols(values, LEVEL3_DEPTHS, level3Topic);
    case 'trade':
      return forEachSymbol(values, tradeTopic);
    case 'ticker': {
      const trigger = params.oneOf('event_trigger', ['trades', 'bbo']) ?? 'trades';
      return params.refusal ?? forEachSymbol(values, (symbol) => tickerTopic(symbol, trigger));
    }
    case 'ohlc': {
      const interval = values['interval'] === undefined ? 1 : wholeNumber(values['interval']);
      if (!isCandleInterval(interval)) return 'Subscription ohlc interval not supported';
      return forEachSymbol(values, (symbol) => ohlcTopic(symbol, interval));
    }
    case 'status':
      return 'Symbol(s) not found';
    default:
      return 'Subscription name invalid';
  }
}

function forSymbols(
  values: WireObject,
  depths: readonly number[],
  topic: (symbol: string, depth: number) => Topic,
): readonly Topic[] | string {
  const depth = values['depth'] === undefined ? 10 : wholeNumber(values['depth']);
  if (depth === undefined || !depths.includes(depth)) return 'Subscription depth not supported';
  return forEachSymbol(values, (symbol) => topic(symbol, depth));
}

function forEachSymbol(values: WireObject, topic: (symbol: string) => Topic): readonly Topic[] | string {
  const symbols = values['symbol'];
  if (!isWireList(symbols) || symbols.length === 0) return 'Symbol(s) not found';
  const topics: Topic[] = [];
  for (const symbol of symbols) {
    if (typeof symbol !== 'string') return 'Symbol(s) not found';
    topics.push(topic(symbol));
  }
  return topics;
}

export function bookTopic(symbol: string, depth: number): Topic {
  return { key: `book ${symbol} ${depth}`, channel: 'book', symbol, depth, eventTrigger: undefined };
}

export function level3Topic(symbol: string, depth: number): Topic {
  return { key: `level3 ${symbol} ${depth}`, channel: 'level3', symbol, depth, eventTrigger: undefined };
}

export function tradeTopic(symbol: string): Topic {
  return { key: `trade ${symbol}`, channel: 'trade', symbol, depth: 0, eventTrigger: undefined };
}

export function tickerTopic(symbol: string, eventTrigger: 'trades' | 'bbo'): Topic {
  return { key: `ticker ${symbol} ${eventTrigger}`, channel: 'ticker', symbol, depth: 0, eventTrigger };
}

export function ohlcTopic(symbol: string, interval: CandleInterval): Topic {
  return { key: `ohlc ${symbol} ${interval}`, channel: 'ohlc', symbol, depth: 0, eventTrigger: undefined, interval };
}

/** `snapshot` and `snapshot_trades` are older names. Who asks for all users of a master account gets no snapshot. */
function readExecutions(params: Params): PrivateTopic {
  const mine = params.text('users') !== 'all';
  const [oldOrders, oldTrades] = [params.flag('snapshot'), params.flag('snapshot_trades')];
  const topic: PrivateTopic = {
    channel: 'executions',
    snapOrders: mine && (params.flag('snap_orders') ?? oldOrders ?? true),
    snapTrades: mine && (params.flag('snap_trades') ?? oldTrades ?? false),
    orderStatus: params.flag('order_status') ?? true,
    rateCounter: params.flag('ratecounter') ?? false,
  };
  params.flag('rebased');
  return topic;
}

function readBalances(params: Params): PrivateTopic {
  const mine = params.text('users') !== 'all';
  params.flag('rebased');
  return { channel: 'balances', snapshot: mine && (params.flag('snapshot') ?? true) };
}
