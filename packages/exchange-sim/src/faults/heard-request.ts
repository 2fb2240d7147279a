import type { Micros } from '@kb/model';
import { failureReply } from '../wire/replies.ts';
import type { Fault } from './fault.ts';
import type { FaultKind } from './fault-kinds.ts';
import { TRADING_METHODS, v2Symbol } from './seen-frame.ts';

/** A client's request, as far as faults have to know. */
export interface HeardRequest {
  readonly protocol: 'v1' | 'v2';
  /** `subscribe`, `add_order`; v1: `subscribe`, `addOrder`. */
  readonly method: string;
  readonly isTrading: boolean;
  /** Of a subscription; otherwise empty. */
  readonly channel: string;
  /** As the client wrote them. */
  readonly symbols: readonly string[];
  readonly hasToken: boolean;
  /** `undefined` when there was none that can be echoed. */
  readonly reqId: number | undefined;
}

/** What a fault does with a request: answers it in the exchange's place, loses it, or lets its subscription stay without data. */
export type RequestOutcome =
  | { readonly type: 'answered'; readonly error: string }
  | { readonly type: 'lost' }
  | { readonly type: 'muted' };

/** Reads a request; `undefined` when it is none. Never throws. */
export function hearRequest(frame: Uint8Array): HeardRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame).toString('utf8'));
  } catch {
    return undefined; // the exchange has words for it
  }
  if (!isObject(value)) return undefined;
  const { method, params, event } = value;
  if (typeof method === 'string') return v2Request(method, isObject(params) ? params : {}, value['req_id']);
  return typeof event === 'string' ? v1Request(event, value) : undefined;
}

/** The request for that pair alone, if it is about it; all of it when there is none. */
export function partAbout(request: HeardRequest, symbol: string | undefined): HeardRequest | undefined {
  if (symbol === undefined) return request;
  const symbols = request.symbols.filter((each) => v2Symbol(each) === symbol);
  return symbols.length === 0 ? undefined : { ...request, symbols };
}

/** The bytes of a request, for those pairs only. */
export function withSymbols(frame: Uint8Array, symbols: readonly string[]): Uint8Array {
  const value: unknown = JSON.parse(Buffer.from(frame).toString('utf8'));
  if (!isObject(value)) return frame;
  const { params } = value;
  const changed = isObject(params) ? { ...value, params: { ...params, symbol: symbols } } : { ...value, pair: symbols };
  return Buffer.from(JSON.stringify(changed));
}

/** What a fault would do with a request about pairs that it may hit; `undefined` when it has nothing to do with it. */
export function requestFault(fault: Fault, request: HeardRequest): RequestOutcome | undefined {
  return REQUEST_FAULTS[fault.kind]?.(fault.value.word, request);
}

/** What looks at requests, by kind. */
export const REQUEST_FAULTS: Readonly<
  Partial<Record<FaultKind, (word: string, request: HeardRequest) => RequestOutcome | undefined>>
> = {
  refuse: (word, { method }) => (method === 'subscribe' ? answered(word) : undefined),
  nodata: (_word, { method }) => (method === 'subscribe' ? { type: 'muted' } : undefined),
  orderlost: (_word, { isTrading }) => (isTrading ? { type: 'lost' } : undefined),
  service: (word, { isTrading }) => (isTrading ? answered(serviceText(word)) : undefined),
  token: (word, { hasToken }) => {
    if (!hasToken) return undefined;
    return answered(word === 'expired' ? 'ESession:Invalid session' : 'EAPI:Invalid token');
  },
  ratelimit: (word, { isTrading }) => {
    if (word === 'messages') return answered(TOO_FAST);
    return word === 'order' && isTrading ? answered('EOrder:Rate limit exceeded') : undefined;
  },
};

function answered(error: string): RequestOutcome {
  return { type: 'answered', error };
}

const TOO_FAST = 'Exceeded msg rate';

export function serviceText(word: string): string {
  return word === 'unavailable' ? 'EService:Unavailable' : word === 'busy' ? 'EService:Busy' : word;
}

/** The refusals of a request, one for each pair of a subscription. */
export function refusals(request: HeardRequest, error: string, at: Micros): readonly string[] {
  const { protocol, method, symbols } = request;
  if (error === TOO_FAST) {
    return [protocol === 'v2' ? `{"Error":"${TOO_FAST}"}` : `{"errorMessage":"${TOO_FAST}","event":"error"}`];
  }
  const about = method === 'subscribe' && symbols.length > 0 ? symbols : [undefined];
  return about.map((symbol) => (protocol === 'v2' ? v2Refusal : v1Refusal)(request, error, symbol, at));
}

function v2Refusal({ method, reqId }: HeardRequest, error: string, symbol: string | undefined, at: Micros): string {
  return failureReply(error, method, symbol, reqId, { in: at, out: at });
}

function v1Refusal({ method, reqId, channel }: HeardRequest, error: string, symbol: string | undefined): string {
  const event = method === 'subscribe' ? 'subscriptionStatus' : `${method}Status`;
  const pair = symbol === undefined ? '' : `,"pair":${JSON.stringify(symbol)}`;
  const id = reqId === undefined ? '' : `,"reqid":${reqId}`;
  const subscription = method === 'subscribe' ? `,"subscription":{"name":${JSON.stringify(channel)}}` : '';
  return `{"errorMessage":${JSON.stringify(error)},"event":${JSON.stringify(event)}${pair}${id},"status":"error"${subscription}}`;
}

function v2Request(method: string, params: JsonObject, reqId: unknown): HeardRequest {
  const { channel, symbol } = params;
  return {
    protocol: 'v2',
    method,
    isTrading: TRADING_METHODS.has(method),
    channel: typeof channel === 'string' ? channel : '',
    symbols: texts(symbol),
    hasToken: params['token'] !== undefined,
    reqId: echoed(reqId),
  };
}

function v1Request(event: string, value: JsonObject): HeardRequest {
  const { subscription, pair } = value;
  const wanted = isObject(subscription) ? subscription : {};
  const { name } = wanted;
  return {
    protocol: 'v1',
    method: event,
    isTrading: /^(add|amend|edit|cancel)[A-Z]/.test(event),
    channel: typeof name === 'string' ? name : '',
    symbols: texts(pair),
    hasToken: value['token'] !== undefined || wanted['token'] !== undefined,
    reqId: echoed(value['reqid']),
  };
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each) => typeof each === 'string');
}

function echoed(reqId: unknown): number | undefined {
  return typeof reqId === 'number' && Number.isSafeInteger(reqId) ? reqId : undefined;
}

type JsonObject = { readonly [key: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
