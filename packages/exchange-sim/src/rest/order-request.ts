import { isoToMicros, micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { hasLimit, hasTrigger, trails } from '../trading/order-kinds.ts';
import { ORDER_KINDS } from '../trading/order.ts';
import type { ConditionalClose, OrderKind, OrderRequest, PriceSpec } from '../trading/order.ts';
import type { Params } from './params.ts';
import { Refusal } from './refusal.ts';

/** REST allows deadlines from two seconds to a minute ahead. */
const NEAREST_DEADLINE = 2 * SECOND;
const FARTHEST_DEADLINE = 60 * SECOND;

const FLAGS = ['post', 'fcib', 'fciq', 'nompp', 'viqc'] as const;
type Flag = (typeof FLAGS)[number];

const SELF_TRADE = {
  'cancel-newest': 'cancel_newest',
  'cancel-oldest': 'cancel_oldest',
  'cancel-both': 'cancel_both',
} as const;

/** What a call says about all of its orders. */
export interface CallTerms {
  readonly symbol: string;
  readonly at: Micros;
  readonly deadline: Micros | undefined;
  readonly validateOnly: boolean;
}

/** Reads one order of `AddOrder` or `AddOrderBatch`. @throws Refusal that names the first parameter that cannot be read. */
export function orderRequest(params: Params, { symbol, at, deadline, validateOnly }: CallTerms): OrderRequest {
  const kind = params.choice('ordertype', ORDER_KINDS) ?? missing(params, 'ordertype');
  const side = params.choice('type', ['buy', 'sell']) ?? missing(params, 'type');
  const volume = decimal(params, 'volume') ?? missing(params, 'volume');
  const flags = orderFlags(params);
  return definedMembers({
    symbol,
    side,
    kind,
    ...(flags.has('viqc') ? { cashQty: volume } : { qty: volume }),
    ...pricesOf(params, kind),
    triggerReference: params.choice('trigger', ['last', 'index']),
    displayQty: decimal(params, 'displayvol'),
    timeInForce: timeInForce(params),
    effectiveAt: timeParam(params, 'starttm', at),
    expireAt: timeParam(params, 'expiretm', at),
    postOnly: flags.has('post') ? true : undefined,
    reduceOnly: params.flag('reduce_only') ? true : undefined,
    leverage: leverage(params),
    selfTrade: selfTrade(params),
    feeIn: flags.has('fcib') ? 'base' : flags.has('fciq') ? 'quote' : undefined,
    userref: userref(params),
    clOrdId: params.text('cl_ord_id'),
    deadline,
    conditional: conditionalClose(params),
    validateOnly: validateOnly ? true : undefined,
  });
}

/** Without the members that are `undefined`: absent means not sent. */
export function definedMembers<Request extends object>(members: Request): Defined<Request> {
  // Leaving out members that are undefined is just what `Defined` says.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<Request>;
}
type Defined<Request> = { [Name in keyof Request]: Exclude<Request[Name], undefined> };

/** The one or two prices of a kind of order: `price` is its limit or where it triggers, `price2` the limit of one that triggers. */
export function pricesOf(
  params: Params,
  kind: OrderKind,
): { readonly limitPrice?: PriceSpec; readonly trigger?: PriceSpec } {
  const first = hasLimit(kind) || hasTrigger(kind) ? priceSpec(params, 'price') : undefined;
  const second = hasLimit(kind) && hasTrigger(kind) ? priceSpec(params, 'price2') : undefined;
  // The desk knows what else a trailing stop must not be; `#` in its limit could mean either direction.
  if (trails(kind) && second?.sign === 'auto') throw params.invalid('price2');
  const [trigger, limitPrice] = hasTrigger(kind) ? [first, second] : [undefined, first];
  return {
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(trigger === undefined ? {} : { trigger }),
  };
}

/** `45000.1`, `+50`, `-1.5%`, `#5%`. A percentage without a sign is none of them. @throws Refusal. */
export function priceSpec(params: Params, name: string): PriceSpec | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  const parts = /^([-+#]?)(\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2})?)(%?)$/.exec(text);
  if (parts === null) throw params.invalid(name);
  const [, sign = '', digits = '', percent = ''] = parts;
  if (sign === '') {
    if (percent !== '') throw params.invalid(name);
    return { value: digits, type: 'static' };
  }
  const spec = { value: sign === '-' ? `-${digits}` : digits, type: percent === '' ? 'quote' : 'pct' } as const;
  return sign === '#' ? { ...spec, sign: 'auto' } : spec;
}

/** A decimal of zero or more, with its digits. @throws Refusal. */
export function decimal(params: Params, name: string): string | undefined {
  const text = params.text(name);
  if (text !== undefined && !/^\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2})?$/.test(text)) throw params.invalid(name);
  return text;
}

export function orderFlags(params: Params): ReadonlySet<Flag> {
  const flags = new Set<Flag>();
  for (const word of params.list('oflags', 10)) {
    const flag = FLAGS.find((known) => known === word);
    if (flag === undefined) throw params.invalid('oflags');
    flags.add(flag);
  }
  if (flags.has('fcib') && flags.has('fciq')) throw params.invalid('oflags');
  return flags;
}

/** 32 bits with a sign. */
export function userref(params: Params, name = 'userref'): number | undefined {
  return params.whole(name, -(2 ** 31), 2 ** 31 - 1);
}

/**
 * The time until which a request may wait, in RFC 3339 with any offset.
 * @throws Refusal: `EService:Deadline elapsed` for one that is over, `EGeneral:Invalid arguments:deadline` for any other that is not two
 *   seconds to a minute ahead.
 */
export function deadlineOf(params: Params, at: Micros): Micros | undefined {
  const text = params.text('deadline');
  if (text === undefined) return undefined;
  const deadline = rfc3339(text);
  if (deadline === undefined) throw params.invalid('deadline');
  if (deadline <= at) throw new Refusal('EService:Deadline elapsed');
  if (deadline < at + NEAREST_DEADLINE || deadline > at + FARTHEST_DEADLINE) throw params.invalid('deadline');
  return deadline;
}

function rfc3339(text: string): Micros | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:[Zz]|([-+])(\d\d):(\d\d))$/.exec(text);
  if (parts === null) return undefined;
  const [, date = '', clock = '', sign, hours = '0', minutes = '0'] = parts;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * SECOND;
  try {
    return micros(isoToMicros(`${date}T${clock}Z`) - (sign === '-' ? -offset : offset));
  } catch {
    return undefined; // 30 February and its like
  }
}

/** `0` none, `+60` seconds from now, otherwise Unix seconds. */
function timeParam(params: Params, name: string, at: Micros): Micros | undefined {
  const text = params.text(name);
  if (text === undefined || text === '0') return undefined;
  const parts = /^(\+?)(\d{1,10})$/.exec(text);
  if (parts === null) throw params.invalid(name);
  const [, sign, digits] = parts;
  const time = (sign === '+' ? at : 0) + Number(digits) * SECOND;
  // Ten digits of seconds are more than what can be counted in microseconds.
  if (!Number.isSafeInteger(time)) throw params.invalid(name);
  return micros(time);
}

function timeInForce(params: Params): OrderRequest['timeInForce'] {
  const word = params.text('timeinforce')?.toLowerCase();
  switch (word) {
    case undefined:
    case 'gtc':
    case 'gtd':
    case 'ioc':
    case 'fok':
      return word;
    default:
      throw params.invalid('timeinforce');
  }
}

/** `5` or `5:1`; `none` as when it is left out. */
function leverage(params: Params): number | undefined {
  const text = params.text('leverage');
  if (text === undefined || text === 'none') return undefined;
  const parts = /^(\d{1,3})(?::1)?$/.exec(text);
  if (parts === null) throw params.invalid('leverage');
  return Number(parts[1]);
}

function selfTrade(params: Params): OrderRequest['selfTrade'] {
  const word = params.choice('stptype', ['cancel-newest', 'cancel-oldest', 'cancel-both']);
  return word === undefined ? undefined : SELF_TRADE[word];
}

function conditionalClose(params: Params): ConditionalClose | undefined {
  const close = params.members('close');
  if (close === undefined) return undefined;
  const kind = close.choice('ordertype', ORDER_KINDS) ?? missing(close, 'ordertype');
  return { kind, ...pricesOf(close, kind) };
}

function missing(params: Params, name: string): never {
  throw params.invalid(name);
}
