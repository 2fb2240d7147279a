import type { ApiKey } from '../access/api-keys.ts';
import { SimError } from '../errors.ts';
import type { Venue } from '../venue.ts';
import { BALANCE_METHODS } from './balance-methods.ts';
import { groupedBook } from './book-methods.ts';
import type { PrivateMethod, PublicCall, PublicMethod, SlashKeys } from './call.ts';
import type { AnswerHttp, HttpRequest, HttpResponse } from './http.ts';
import { jsonText } from './json-text.ts';
import type { Json } from './json-text.ts';
import { FORBIDDEN_METHODS, KEY_METHODS } from './key-methods.ts';
import { LEDGER_QUERIES } from './ledger-queries.ts';
import { assetPairs, assets } from './listing-methods.ts';
import { depth, ohlc, spread, ticker } from './market-methods.ts';
import { ORDER_QUERIES } from './order-queries.ts';
import { readParams } from './params.ts';
import type { Params } from './params.ts';
import { PublicLimit } from './public-limit.ts';
import type { PublicLimitOptions } from './public-limit.ts';
import { Refusal } from './refusal.ts';
import { maintenanceSchedule, systemStatus, time } from './status-methods.ts';
import { TRADE_QUERIES } from './trade-queries.ts';
import { trades } from './trades-method.ts';
import { TRADING_METHODS } from './trading-methods.ts';
import { postTrade, preTrade } from './transparency-methods.ts';

export interface RestOptions {
  /**
   * Keys of `Ticker`, `OHLC`, `Depth`, `Trades` and `Spread` where the pair was asked for as `BTC/USD`: the pair's id, or the text that was
   * asked for. `legacy` when left out; UNCONFIRMED. (`AssetPairs` always uses the text.)
   */
  readonly slashKeys?: SlashKeys;
  /**
   * Limit of public calls per address, beyond which they get `EGeneral:Too many requests`. None when left out: Kraken publishes no numbers;
   * one call a second is what it calls safe.
   */
  readonly publicLimit?: PublicLimitOptions;
  /**
   * Hears of errors that are this exchange's own fault; their calls are answered with `EGeneral:Internal error`. Where it is left out they
   * go no further.
   */
  readonly onError?: (error: unknown) => void;
}

const PUBLIC_METHODS: ReadonlyMap<string, PublicMethod> = new Map([
  ['Time', time],
  ['SystemStatus', systemStatus],
  ['MaintenanceSchedule', maintenanceSchedule],
  ['Assets', assets],
  ['AssetPairs', assetPairs],
  ['Ticker', ticker],
  ['OHLC', ohlc],
  ['Depth', depth],
  ['Trades', trades],
  ['Spread', spread],
  ['GroupedBook', groupedBook],
  ['PreTrade', preTrade],
  ['PostTrade', postTrade],
]);

/** Private methods by name. */
export const PRIVATE_METHODS: ReadonlyMap<string, PrivateMethod> = new Map([
  ...BALANCE_METHODS,
  ...ORDER_QUERIES,
  ...TRADE_QUERIES,
  ...LEDGER_QUERIES,
  ...TRADING_METHODS,
  ...KEY_METHODS,
]);

/**
 * Kraken's REST API over a venue: `/0/public/<Method>` by GET or POST, `/0/private/<Method>` by POST, with a form or JSON. Whatever is wrong
 * with a call is told as Kraken tells it, in an answer of status 200. One-time passwords are ignored.
 *
 * A private call is checked in this order (Kraken's is UNCONFIRMED): method, key, signature, nonce, rate, permission, parameters.
 * @throws SimError `KB_SIM_BAD_OPTION` for a public limit below one call. The answering function never throws.
 */
export function restApi(venue: Venue, options: RestOptions = {}): AnswerHttp {
  const { publicLimit, slashKeys = 'legacy', onError = () => undefined } = options;
  if (publicLimit !== undefined && !(publicLimit.perSecond > 0 && publicLimit.burst >= 1)) {
    throw new SimError('KB_SIM_BAD_OPTION', 'Expected a public limit of more than nothing, and a burst of 1 or more');
  }
  const limit = publicLimit === undefined ? undefined : new PublicLimit(publicLimit);

  const answer = (request: HttpRequest): HttpResponse => {
    const [, group, method = ''] = /^\/0\/(public|private)\/(.+)$/.exec(request.path) ?? [];
    venue.catchUp();
    const call = (params: Params): PublicCall => ({ venue, params, at: venue.now(), slashKeys });
    if (group === 'public' && (request.method === 'GET' || request.method === 'POST')) {
      const known = PUBLIC_METHODS.get(method);
      if (known === undefined) throw unknownMethod();
      if (limit?.admit(request.remote, venue.now()) === false) throw new Refusal('EGeneral:Too many requests');
      return success(known(call(readParams(request))), []);
    }
    if (group !== 'private' || request.method !== 'POST') throw unknownMethod();
    const known = PRIVATE_METHODS.get(method);
    if (known === undefined && !FORBIDDEN_METHODS.has(method)) throw unknownMethod();
    return answerPrivate(known, method, request, call(readParams(request)));
  };

  return (request) => {
    try {
      return answer(request);
    } catch (error) {
      if (error instanceof Refusal) return failure(error.text);
      onError(error);
      return failure('EGeneral:Internal error');
    }
  };
}

/** @param known `undefined` for a method that nobody may call. */
function answerPrivate(
  known: PrivateMethod | undefined,
  method: string,
  request: HttpRequest,
  call: PublicCall,
): HttpResponse {
  const { venue, params, at } = call;
  const key = authenticated(request, call);
  const account = venue.accounts.get(key.account);
  if (account === undefined) throw new Error(`Key ${key.key} belongs to nobody: ${key.account}`);
  const limited = venue.restCounters.get(key.key)?.charge(method, at);
  if (limited !== undefined) throw new Refusal(limited);
  if (known === undefined || !mayCall(key, known)) throw new Refusal('EGeneral:Permission denied');

  const warnings: string[] = [];
  try {
    return success(known.answer({ venue, params, at, slashKeys: call.slashKeys, key, account, warnings }), warnings);
  } finally {
    // A call that was refused may have done something too: settled what was due, taken liquidity before its rest was cancelled.
    if (TRADING_METHODS.has(method)) venue.flush();
  }
}

function authenticated({ headers, path, query, body, remote }: HttpRequest, { venue, params, at }: PublicCall): ApiKey {
  const key = venue.keys.authenticate({
    key: headers['api-key'],
    sign: headers['api-sign'],
    path: query === '' ? path : `${path}?${query}`,
    body,
    nonce: params.text('nonce'),
    at,
    address: remote,
  });
  if (typeof key === 'string') throw new Refusal(key);
  return key;
}

function mayCall({ permissions }: ApiKey, method: PrivateMethod): boolean {
  return method.permissions.length === 0 || method.permissions.some((permission) => permissions.has(permission));
}

function success(result: Json, warnings: readonly string[]): HttpResponse {
  return response({ error: warnings, result });
}

function failure(error: string): HttpResponse {
  return response({ error: [error] });
}

function response(body: Json): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: jsonText(body) };
}

function unknownMethod(): Refusal {
  return new Refusal('EGeneral:Unknown method');
}
