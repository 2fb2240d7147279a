import type { Grid, OrderType, SelfTradePrevention, Side } from '@kb/model';
import type { PlainChange } from '../paper-account.ts';
import type { PlainClose, PlainOffset, PlainOrder, PlainTrigger } from '../plain-order.ts';
import { ArgumentsRequired, BadRequest, InvalidOrder, NotSupported } from './errors.ts';
import { decimalOf, toDecimals } from './precision.ts';

/** The `params` of ccxt's `createOrder`: see `PARAMS` for what is known. */
export type CcxtParams = Readonly<Record<string, unknown>>;

/** The arguments of ccxt's `createOrder`. */
export interface CcxtOrderRequest {
  readonly symbol: string;
  readonly type: string;
  readonly side: string | undefined;
  readonly amount?: number | string | undefined;
  readonly price?: number | string | undefined;
  readonly params?: CcxtParams | undefined;
}

/**
 * What a bot asked ccxt for, as an order of the paper account: amounts cut off and prices rounded to the pair's decimals, as ccxt
 * does. What Kraken would not be told is refused, and so is every parameter that is not known here: nothing is dropped in silence.
 *
 * @param now Milliseconds, for expiries that are relative.
 * @throws ArgumentsRequired, BadRequest, InvalidOrder, NotSupported.
 */
export function plainOrder(request: CcxtOrderRequest, pair: Grid, now: number): PlainOrder {
  const { symbol, type } = request;
  const params = knownParams(request.params ?? {}, PARAMS);
  const side = sideOf(request.side);
  if (type !== 'market' && type !== 'limit') {
    throw new BadRequest(
      `kraken (paper): expected the type market or limit, was ${JSON.stringify(type)}; stops come from params`,
    );
  }
  const isLimit = type === 'limit';
  const size = amountOf(request.amount, pair);
  const trigger = triggerOf(params, isLimit, pair);
  const needsPrice = isLimit && trigger?.limitOffset === undefined;
  const price = needsPrice ? priceOf('price', request.price, pair) : undefined;
  return {
    symbol,
    side,
    size,
    orderType: trigger?.orderType ?? type,
    ...(price === undefined ? {} : { price }),
    ...(trigger === undefined ? {} : { trigger: trigger.trigger }),
    ...(trigger?.limitOffset === undefined ? {} : { limitOffset: trigger.limitOffset }),
    ...lifeOf(params, type, now),
    ...optionsOf(params),
    ...closeOf(params, pair),
  };
}

/**
 * What a bot asked ccxt's `editOrder` for.
 * @param isTrailing Whether the order is a trailing stop: then what it waits for is a distance.
 * @throws BadRequest, InvalidOrder, NotSupported.
 */
export function plainChange(
  { amount, price, params }: Pick<CcxtOrderRequest, 'amount' | 'price' | 'params'>,
  pair: Grid,
  isTrailing: boolean,
): PlainChange {
  const { stopLossPrice, takeProfitPrice, trailingAmount, trailingPercent } = knownParams(params ?? {}, EDIT_PARAMS);
  const trigger = isTrailing
    ? trailingAmount === undefined && trailingPercent === undefined
      ? undefined
      : trailOf('trailing', trailingAmount, trailingPercent, '')
    : stopLossPrice === undefined && takeProfitPrice === undefined
      ? undefined
      : { price: priceOf('trigger', stopLossPrice ?? takeProfitPrice, pair) };
  return {
    ...(amount === undefined ? {} : { size: amountOf(amount, pair) }),
    ...(price === undefined ? {} : { price: priceOf('price', price, pair) }),
    ...(trigger === undefined ? {} : { trigger }),
  };
}

/** An amount in the pair's decimals. @throws ArgumentsRequired, BadRequest, InvalidOrder when nothing of it is left, or it is below zero. */
export function amountOf(amount: unknown, pair: Grid): string {
  if (amount === undefined) throw new ArgumentsRequired('kraken (paper): an order needs an amount');
  const size = toDecimals(textOf('amount', amount), pair.qtyPrecision, 'cut');
  if (size === '0' || size.startsWith('-')) {
    throw new InvalidOrder(
      `kraken (paper): expected an amount of 1e-${pair.qtyPrecision} at least, was ${textOf('amount', amount)}`,
    );
  }
  return size;
}

/** A price in the pair's decimals. @throws BadRequest, InvalidOrder when there is none, or nothing of it is left. */
export function priceOf(name: string, price: unknown, pair: Grid): string {
  if (price === undefined) throw new InvalidOrder(`kraken (paper): this order needs a ${name}`);
  const rounded = toDecimals(textOf(name, price), pair.pricePrecision, 'round');
  if (rounded === '0' || rounded.startsWith('-')) {
    throw new InvalidOrder(
      `kraken (paper): expected a ${name} of 1e-${pair.pricePrecision} at least, was ${textOf(name, price)}`,
    );
  }
  return rounded;
}

/** The name that a bot gives an order, or names it by. @throws BadRequest. */
export function clientOrderIdOf(params: CcxtParams = {}): string | undefined {
  const named = params['clientOrderId'] ?? params['cl_ord_id'];
  return named === undefined ? undefined : String(textOf('clientOrderId', named));
}

/** Checks that every parameter is known; those that are `undefined` are not there. @throws NotSupported. */
function knownParams(params: CcxtParams, known: ReadonlySet<string>): CcxtParams {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    const why = REFUSED[name];
    if (why !== undefined) throw new NotSupported(`kraken (paper): params.${name}: ${why}`);
    if (!known.has(name)) throw new NotSupported(`kraken (paper): params.${name} is not known here`);
  }
  return Object.fromEntries(given);
}

interface TriggerTerms {
  readonly orderType: OrderType;
  readonly trigger: PlainTrigger;
  readonly limitOffset?: PlainOffset;
}

function triggerOf(params: CcxtParams, isLimit: boolean, pair: Grid): TriggerTerms | undefined {
  const { stopLossPrice, takeProfitPrice, trailingAmount, trailingPercent, trigger: by = 'last' } = params;
  const given = [stopLossPrice, takeProfitPrice, trailingAmount, trailingPercent].filter((each) => each !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1) throw new InvalidOrder('kraken (paper): an order waits for one thing, not for several');
  if (by !== 'last' && by !== 'index') {
    throw new BadRequest(`kraken (paper): expected the trigger last or index, was ${JSON.stringify(by)}`);
  }
  const reference = { reference: by } as const;
  if (stopLossPrice !== undefined) {
    const price = priceOf('stopLossPrice', stopLossPrice, pair);
    return { orderType: isLimit ? 'stop-loss-limit' : 'stop-loss', trigger: { price, ...reference } };
  }
  if (takeProfitPrice !== undefined) {
    const price = priceOf('takeProfitPrice', takeProfitPrice, pair);
    return { orderType: isLimit ? 'take-profit-limit' : 'take-profit', trigger: { price, ...reference } };
  }
  const trigger = { ...trailOf('trailing', trailingAmount, trailingPercent, ''), ...reference };
  const { trailingLimitAmount, trailingLimitPercent, offset = '-' } = params;
  const isOpen = trailingLimitAmount === undefined && trailingLimitPercent === undefined;
  if (isOpen && isLimit)
    throw new InvalidOrder('kraken (paper): a trailing limit needs trailingLimitAmount or …Percent');
  if (isOpen) return { orderType: 'trailing-stop', trigger };
  if (offset !== '+' && offset !== '-')
    throw new BadRequest(`kraken (paper): expected the offset + or -, was ${JSON.stringify(offset)}`);
  const limitOffset = trailOf('trailingLimit', trailingLimitAmount, trailingLimitPercent, offset);
  return { orderType: 'trailing-stop-limit', trigger, limitOffset };
}

function trailOf(name: string, amount: unknown, percent: unknown, sign: string): PlainOffset {
  const distance = amount === undefined ? undefined : decimalOf(textOf(`${name}Amount`, amount)).toFixed();
  if (distance !== undefined) return { distance: `${sign}${distance}` };
  const text = String(textOf(`${name}Percent`, percent)).replace(/%$/, '');
  return { percent: `${sign}${decimalOf(text).toFixed()}` };
}

/** How long it lives, and whether it may take. */
function lifeOf(params: CcxtParams, type: string, now: number): Partial<PlainOrder> {
  const { expiretm, timeInForce = params['timeinforce'] } = params;
  const flags = flagsOf(params);
  const asked = timeInForce === undefined ? undefined : String(textOf('timeInForce', timeInForce)).toUpperCase();
  const isPostOnly = params['postOnly'] === true || asked === 'PO' || flags.includes('post');
  if (isPostOnly && (asked === 'IOC' || asked === 'FOK')) {
    throw new InvalidOrder(`kraken (paper): a post-only order cannot be ${asked}`);
  }
  if (isPostOnly && type === 'market') throw new InvalidOrder('kraken (paper): a market order cannot be post-only');
  const postOnly = isPostOnly ? { postOnly: true } : {};
  switch (asked) {
    case undefined:
    case 'PO':
    case 'GTC':
      return postOnly;
    case 'IOC':
      return { timeInForce: 'ioc' };
    case 'FOK':
      return { timeInForce: 'fok' };
    case 'GTD':
      return { ...postOnly, timeInForce: 'gtd', expiresAt: expiryOf(expiretm, now) };
    default:
      throw new BadRequest(`kraken (paper): expected GTC, IOC, FOK, GTD or PO, was ${asked}`);
  }
}

/** Kraken's `expiretm`: seconds since 1970, or `+` and seconds from now. */
function expiryOf(expiretm: unknown, now: number): string {
  const text = String(textOf('expiretm', expiretm));
  const seconds = decimalOf(text).toNumber();
  return new Date(text.startsWith('+') ? now + seconds * 1000 : seconds * 1000).toISOString();
}

function optionsOf(params: CcxtParams): Partial<PlainOrder> {
  const { leverage, stptype } = params;
  const clientOrderId = clientOrderIdOf(params);
  const flags = flagsOf(params);
  const unknown = flags.find((flag) => !FLAGS.has(flag));
  if (unknown !== undefined) throw new NotSupported(`kraken (paper): the order flag ${unknown} is not known here`);
  const reduceOnly = params['reduceOnly'] ?? params['reduce_only'];
  return {
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    ...(leverage === undefined ? {} : { leverage: decimalOf(textOf('leverage', leverage)).toNumber() }),
    ...(reduceOnly === true || reduceOnly === 'true' ? { reduceOnly: true } : {}),
    ...(stptype === undefined ? {} : { selfTrade: selfTradeOf(stptype) }),
    ...(flags.includes('fcib') ? { feeIn: 'base' } : {}),
  };
}

/** Kraken's `close`: the order that each fill places. */
function closeOf({ close }: CcxtParams, pair: Grid): { readonly close?: PlainClose } {
  if (close === undefined) return {};
  if (typeof close !== 'object' || close === null) throw new BadRequest('kraken (paper): close: expected an order');
  const { ordertype, price, price2 } = close as Readonly<Record<string, unknown>>;
  const first = priceOf('close.price', price, pair);
  switch (ordertype) {
    case 'limit':
      return { close: { orderType: 'limit', price: first } };
    case 'stop-loss':
    case 'take-profit':
      return { close: { orderType: ordertype, trigger: { price: first } } };
    case 'stop-loss-limit':
    case 'take-profit-limit': {
      const limit = priceOf('close.price2', price2, pair);
      return { close: { orderType: ordertype, trigger: { price: first }, price: limit } };
    }
    default:
      throw new NotSupported(`kraken (paper): close.ordertype: ${JSON.stringify(ordertype)} is not known here`);
  }
}

function sideOf(side: string | undefined): Side {
  if (side === 'buy' || side === 'sell') return side;
  throw new BadRequest(`kraken (paper): expected the side buy or sell, was ${JSON.stringify(side) ?? 'nothing'}`);
}

function selfTradeOf(stptype: unknown): SelfTradePrevention {
  if (stptype === 'cancel-newest' || stptype === 'cancel-oldest' || stptype === 'cancel-both') return stptype;
  throw new BadRequest(`kraken (paper): stptype: was ${JSON.stringify(stptype)}`);
}

/** Kraken's `oflags`. */
function flagsOf({ oflags = '' }: CcxtParams): string[] {
  return String(textOf('oflags', oflags))
    .split(',')
    .filter((flag) => flag !== '');
}

function textOf(name: string, value: unknown): number | string {
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new BadRequest(`kraken (paper): ${name}: expected a number or text, was ${JSON.stringify(value) ?? 'nothing'}`);
}

const PARAMS: ReadonlySet<string> = new Set([
  'clientOrderId',
  'cl_ord_id',
  'postOnly',
  'timeInForce',
  'timeinforce',
  'expiretm',
  'stopLossPrice',
  'takeProfitPrice',
  'trailingAmount',
  'trailingPercent',
  'trailingLimitAmount',
  'trailingLimitPercent',
  'offset',
  'trigger',
  'reduceOnly',
  'reduce_only',
  'leverage',
  'oflags',
  'stptype',
  'close',
]);

const EDIT_PARAMS: ReadonlySet<string> = new Set([
  'clientOrderId',
  'cl_ord_id',
  'stopLossPrice',
  'takeProfitPrice',
  'trailingAmount',
  'trailingPercent',
]);

const FLAGS: ReadonlySet<string> = new Set(['post', 'fcib', 'fciq']);

/** ccxt 4.5 sends these on to Kraken, which knows no such field: the order would go to the market at once. */
const NO_TRIGGER =
  'ccxt places a plain order on Kraken, which does not wait for it: use stopLossPrice or takeProfitPrice instead';

const REFUSED: Readonly<Record<string, string>> = {
  triggerPrice: NO_TRIGGER,
  stopPrice: NO_TRIGGER,
  trailingTriggerPrice: 'Kraken starts to trail at once',
  cost: 'orders in quote currency are not built',
};
