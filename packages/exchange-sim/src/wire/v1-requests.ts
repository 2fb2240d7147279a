import { assertNever } from '@kb/model';
import { isCandleInterval } from '../history/market-history.ts';
import type { CandleInterval } from '../history/market-history.ts';
import { BOOK_DEPTHS } from './requests.ts';
import { isWireList, isWireObject, NumberText, parseWireObject, wholeNumber } from './wire-json.ts';
import type { WireObject, WireValue } from './wire-json.ts';

/** What a channel of WebSocket v1 is asked to tell: its name and the parameter that tells channels of that name apart. */
export type V1Channel =
  | { readonly name: 'ticker' | 'trade' | 'spread' }
  | { readonly name: 'book'; readonly depth: number }
  | { readonly name: 'ohlc'; readonly interval: CandleInterval };

/** What a client of WebSocket v1 asked for, or what to answer it with. */
export type V1Request = { readonly reqId: number | undefined } & (
  | { readonly type: 'ping' }
  | (V1About & { readonly type: 'subscribe' | 'unsubscribe'; readonly channel: V1Channel })
  | (V1About & { readonly type: 'refused-subscription'; readonly error: string })
  | { readonly type: 'unsubscribe-id'; readonly channelId: number }
  /** Asks for trading, which only WebSocket v2 and REST have here. */
  | { readonly type: 'trading'; readonly answerEvent: string }
  | { readonly type: 'refused'; readonly error: string }
);

/** What a request for subscriptions is about. */
export interface V1About {
  /** As the client wrote them; empty where there are none. */
  readonly pairs: readonly string[];
  /** The subscription as it is echoed, JSON with its keys in alphabetical order; `undefined` where it has no name. */
  readonly subscription: string | undefined;
}

/** The trading requests of v1, and what their answers are called. */
const TRADING_EVENTS: ReadonlyMap<string, string> = new Map([
  ['addOrder', 'addOrderStatus'],
  ['amendOrder', 'amendOrderStatus'],
  ['editOrder', 'editOrderStatus'],
  ['cancelOrder', 'cancelOrderStatus'],
  ['cancelAll', 'cancelAllStatus'],
  ['cancelAllOrdersAfter', 'cancelAllOrdersAfterStatus'],
]);

/** Reads one frame. Never throws. Texts are those of Kraken's list of public errors. */
export function parseV1Request(frame: Uint8Array): V1Request {
  const value = parseWireObject(frame);
  const reqId = wholeNumber(value?.['reqid']);
  const event = value?.['event'];
  if (value === undefined || typeof event !== 'string') return { type: 'refused', reqId, error: 'Malformed request' };
  if (event === 'ping') return { type: 'ping', reqId };
  const answerEvent = TRADING_EVENTS.get(event);
  if (answerEvent !== undefined) return { type: 'trading', reqId, answerEvent };
  if (event !== 'subscribe' && event !== 'unsubscribe') return { type: 'refused', reqId, error: 'Event(s) not found' };
  const channelId = event === 'unsubscribe' ? wholeNumber(value['channelID']) : undefined;
  if (channelId !== undefined) return { type: 'unsubscribe-id', reqId, channelId };
  const pairs = readPairs(value['pair']);
  const subscription = value['subscription'];
  const about: V1About = {
    pairs: typeof pairs === 'string' ? [] : pairs,
    subscription: isWireObject(subscription) ? echoOf(subscription) : undefined,
  };
  const refused = (error: string): V1Request => ({ type: 'refused-subscription', reqId, error, ...about });
  if (!isWireObject(subscription)) return refused('Subscription field must be an object');
  const channel = readChannel(subscription);
  if (typeof channel === 'string') return refused(channel);
  return typeof pairs === 'string' ? refused(pairs) : { type: event, reqId, channel, ...about };
}

/** The channel as it is echoed in answers. */
export function v1Subscription(channel: V1Channel): string {
  switch (channel.name) {
    case 'book':
      return `{"depth":${channel.depth},"name":"book"}`;
    case 'ohlc':
      return `{"interval":${channel.interval},"name":"ohlc"}`;
    case 'ticker':
    case 'trade':
    case 'spread':
      return `{"name":"${channel.name}"}`;
    default:
      return assertNever(channel);
  }
}

/** `book-10`, `ohlc-5`, `ticker`. */
export function v1ChannelName(channel: V1Channel): string {
  if (channel.name === 'book') return `book-${channel.depth}`;
  return channel.name === 'ohlc' ? `ohlc-${channel.interval}` : channel.name;
}

/** A request that was only read in part is echoed as far as it was understood. */
function echoOf({ name, depth, interval }: WireObject): string | undefined {
  if (typeof name !== 'string') return undefined;
  const levels = depth instanceof NumberText ? `"depth":${depth.text},` : '';
  const minutes = interval instanceof NumberText ? `"interval":${interval.text},` : '';
  return `{${levels}${minutes}"name":${JSON.stringify(name)}}`;
}

function readPairs(pairs: WireValue | undefined): readonly string[] | string {
  if (pairs === undefined) return 'Pair(s) not found';
  if (!isWireList(pairs)) return 'Pair field must be an array';
  const names = pairs.filter((pair) => typeof pair === 'string');
  return names.length === 0 || names.length < pairs.length ? 'Pair(s) not found' : names;
}

const SUBSCRIPTION_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'depth',
  'interval',
  'token',
  'snapshot',
  'ratecounter',
  'consolidate_taker',
]);

function readChannel(subscription: WireObject): V1Channel | string {
  const { name, depth = TEN, interval = ONE } = subscription;
  if (Object.keys(subscription).some((field) => !SUBSCRIPTION_FIELDS.has(field))) {
    return 'Subscription object unsupported field';
  }
  switch (typeof name === 'string' ? name : '') {
    case 'ticker':
      return { name: 'ticker' };
    case 'trade':
      return { name: 'trade' };
    case 'spread':
      return { name: 'spread' };
    case 'book': {
      const levels = wholeNumber(depth);
      if (levels === undefined) return 'Subscription book depth must be an integer';
      return BOOK_DEPTHS.includes(levels) ? { name: 'book', depth: levels } : 'Subscription depth not supported';
    }
    case 'ohlc': {
      const minutes = wholeNumber(interval);
      if (minutes === undefined) return 'Subscription ohlc interval must be an integer';
      return isCandleInterval(minutes)
        ? { name: 'ohlc', interval: minutes }
        : 'Subscription ohlc interval not supported';
    }
    case 'openOrders':
    case 'ownTrades':
      return V2_ONLY;
    default:
      return 'Subscription name invalid';
  }
}

const TEN = new NumberText('10');
const ONE = new NumberText('1');

/** This exchange's own words: the real one has private channels and trading on v1 too. */
export const V2_ONLY = 'EGeneral:Permission denied: private channels and trading are on WebSocket v2 and REST only';
