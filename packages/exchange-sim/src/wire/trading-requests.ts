import type { Micros } from '@kb/model';
import { ORDER_KINDS } from '../trading/order.ts';
import type { ConditionalClose, EditRequest, OrderKind, OrderRef, OrderRequest, PriceSpec } from '../trading/order.ts';
import { Params, unknownParameter } from './params.ts';
import { sent } from './sent.ts';
import { isWireObject, wholeNumber } from './wire-json.ts';
import type { WireObject, WireValue } from './wire-json.ts';

/** What an amend changes. A limit price without a type is an offset where the order is a trailing stop. */
export interface AmendFields {
  readonly qty?: string;
  readonly limitPrice?: string;
  readonly limitPriceType?: PriceSpec['type'];
  readonly trigger?: PriceSpec;
  readonly displayQty?: string;
  readonly postOnly?: boolean;
  readonly deadline?: Micros;
}

/** A trading method of WebSocket v2 with its parameters, read but not judged. Prices and quantities keep the digits they came with. */
export type TradingRequest =
  | { readonly method: 'add_order'; readonly order: OrderRequest }
  | { readonly method: 'batch_add'; readonly deadline: Micros | undefined; readonly orders: readonly OrderRequest[] }
  | { readonly method: 'amend_order'; readonly ref: OrderRef; readonly changes: AmendFields }
  | { readonly method: 'edit_order'; readonly orderId: string; readonly edit: EditRequest }
  | { readonly method: 'cancel_order'; readonly refs: readonly OrderRef[] }
  | { readonly method: 'batch_cancel'; readonly refs: readonly OrderRef[] }
  | { readonly method: 'cancel_all' }
  | { readonly method: 'cancel_all_orders_after'; readonly seconds: number };

/** @returns The request, or the text it is refused with; `undefined` where there is no such method. */
export function readTrading(method: string, values: WireObject | undefined): TradingRequest | string | undefined {
  if (!isTradingMethod(method)) return undefined;
  if (values === undefined) return 'Malformed request';
  const { read, parameters } = METHODS[method];
  const unknown = unknownParameter(values, parameters, spoken(method));
  if (unknown !== undefined) return unknown;
  const params = new Params(values);
  params.text('token');
  const request = read(params);
  return typeof request === 'string' ? request : (params.refusal ?? request);
}

type TradingMethod = TradingRequest['method'];

interface MethodReader {
  readonly parameters: ReadonlySet<string>;
  /** May leave gaps where `params` then refuses. */
  readonly read: (params: Params) => TradingRequest | string;
}

/** What describes one order, alone or in a batch. */
const ORDER_PARAMETERS: readonly string[] = [
  'order_type',
  'side',
  'order_qty',
  'limit_price',
  'limit_price_type',
  'triggers',
  'time_in_force',
  'margin',
  'post_only',
  'reduce_only',
  'effective_time',
  'expire_time',
  'cl_ord_id',
  'order_userref',
  'conditional',
  'display_qty',
  'fee_preference',
  'no_mpp',
  'stp_type',
  'cash_order_qty',
  'sender_sub_id',
  'stop_price',
  'trigger',
];

const METHODS: Readonly<Record<TradingMethod, MethodReader>> = {
  add_order: {
    parameters: new Set([...ORDER_PARAMETERS, 'symbol', 'deadline', 'validate', 'token']),
    read: (params) => ({
      method: 'add_order',
      order: readOrder(params, {
        symbol: required(params, 'symbol', params.text('symbol'), ''),
        ...sent({ deadline: params.time('deadline'), validateOnly: params.flag('validate') }),
      }),
    }),
  },
  batch_add: { parameters: new Set(['symbol', 'deadline', 'validate', 'orders', 'token']), read: readBatchAdd },
  amend_order: {
    parameters: new Set([
      'order_id',
      'cl_ord_id',
      'order_qty',
      'limit_price',
      'limit_price_type',
      'trigger_price',
      'trigger_price_type',
      'display_qty',
      'post_only',
      'deadline',
      'symbol',
      'token',
    ]),
    read: readAmend,
  },
  edit_order: {
    parameters: new Set([
      'order_id',
      'symbol',
      'order_qty',
      'limit_price',
      'display_qty',
      'triggers',
      'post_only',
      'reduce_only',
      'fee_preference',
      'no_mpp',
      'order_userref',
      'deadline',
      'validate',
      'token',
    ]),
    read: readEdit,
  },
  cancel_order: { parameters: new Set(['order_id', 'cl_ord_id', 'order_userref', 'token']), read: readCancel },
  batch_cancel: { parameters: new Set(['orders', 'cl_ord_id', 'token']), read: readBatchCancel },
  cancel_all: { parameters: new Set(['token']), read: () => ({ method: 'cancel_all' }) },
  cancel_all_orders_after: {
    parameters: new Set(['timeout', 'token']),
    read: (params) => {
      const seconds = params.whole('timeout');
      if (seconds === undefined || seconds < 0 || seconds >= LONGEST_TIMEOUT) params.refuse('timeout');
      return { method: 'cancel_all_orders_after', seconds: seconds ?? 0 };
    },
  },
};

/** Seconds; Kraken wants less. */
const LONGEST_TIMEOUT = 86_400;

function isTradingMethod(method: string): method is TradingMethod {
  return Object.hasOwn(METHODS, method);
}

/** As error texts call it: `add order`. */
function spoken(method: string): string {
  return method.replaceAll('_', ' ');
}

/** Where something is missing it is refused, and a stand-in goes on for the rest of the reading. */
function required<Value>(params: Params, name: string, value: Value | undefined, standIn: Value): Value {
  if (value === undefined) params.refuse(name);
  return value ?? standIn;
}

type OrderFrame = Pick<OrderRequest, 'symbol' | 'deadline' | 'validateOnly'>;

function readOrder(params: Params, frame: OrderFrame): OrderRequest {
  const kind = required(params, 'order_type', params.oneOf('order_type', ORDER_KINDS), 'limit');
  const qty = params.decimal('order_qty');
  const cashQty = params.decimal('cash_order_qty');
  if (qty === undefined && cashQty === undefined) params.refuse('order_qty');
  // Both do nothing here: the first has been withdrawn, the second is for institutions with several traders.
  params.flag('no_mpp');
  params.text('sender_sub_id');
  const timeInForce = params.text('time_in_force')?.toLowerCase();
  const known = TIMES_IN_FORCE.find((each) => each === timeInForce);
  if (timeInForce !== undefined && known === undefined) params.refuse('time_in_force');
  return {
    ...frame,
    kind,
    side: required(params, 'side', params.oneOf('side', ['buy', 'sell']), 'buy'),
    ...sent({
      qty,
      cashQty,
      limitPrice: readLimit(params, kind),
      ...readTriggers(params),
      displayQty: params.decimal('display_qty'),
      timeInForce: known,
      effectiveAt: params.time('effective_time'),
      expireAt: params.time('expire_time'),
      postOnly: params.flag('post_only'),
      reduceOnly: params.flag('reduce_only'),
      leverage: params.flag('margin') === true ? ('max' as const) : undefined,
      selfTrade: params.oneOf('stp_type', ['cancel_newest', 'cancel_oldest', 'cancel_both']),
      feeIn: params.oneOf('fee_preference', ['base', 'quote']),
      userref: params.whole('order_userref'),
      clOrdId: params.text('cl_ord_id'),
      conditional: readConditional(params),
    }),
  };
}

const TIMES_IN_FORCE = ['gtc', 'gtd', 'ioc', 'fok'] as const;
const PRICE_TYPES = ['static', 'pct', 'quote'] as const;

/** Only the limit of a trailing stop may be an offset, and is one where nothing is said. */
function readLimit(params: Params, kind: OrderKind): PriceSpec | undefined {
  const offset = kind === 'trailing-stop-limit';
  const type = params.oneOf('limit_price_type', PRICE_TYPES) ?? (offset ? 'quote' : 'static');
  if (!offset && type !== 'static') params.refuse('limit_price_type');
  return spec(params.decimal('limit_price'), type);
}

/** `stop_price` and `trigger` are what `triggers` was before. */
function readTriggers(params: Params): Pick<OrderRequest, 'trigger' | 'triggerReference'> {
  const old = spec(params.decimal('stop_price'), 'static');
  const oldReference = params.oneOf('trigger', ['last', 'index']);
  const values = params.object('triggers');
  if (values === undefined) return sent({ trigger: old, triggerReference: oldReference });
  const triggers = new Params(values);
  const trigger = spec(triggers.decimal('price'), triggers.oneOf('price_type', PRICE_TYPES) ?? 'static');
  const triggerReference = triggers.oneOf('reference', ['last', 'index']);
  if (triggers.refusal !== undefined || hasOthers(values, TRIGGER_FIELDS)) params.refuse('triggers');
  return sent({ trigger, triggerReference });
}

const TRIGGER_FIELDS: ReadonlySet<string> = new Set(['reference', 'price', 'price_type']);

function readConditional(params: Params): ConditionalClose | undefined {
  const values = params.object('conditional');
  if (values === undefined) return undefined;
  const close = new Params(values);
  const kind = required(close, 'order_type', close.oneOf('order_type', ORDER_KINDS), 'limit');
  const limitPrice = readLimit(close, kind);
  const trigger = spec(
    close.decimal('trigger_price') ?? close.decimal('stop_price'),
    close.oneOf('trigger_price_type', PRICE_TYPES) ?? 'static',
  );
  if (close.refusal !== undefined || hasOthers(values, CONDITIONAL_FIELDS)) params.refuse('conditional');
  return { kind, ...sent({ limitPrice, trigger }) };
}

const CONDITIONAL_FIELDS: ReadonlySet<string> = new Set([
  'order_type',
  'limit_price',
  'limit_price_type',
  'trigger_price',
  'trigger_price_type',
  'stop_price',
]);

function readBatchAdd(params: Params): TradingRequest | string {
  const symbol = required(params, 'symbol', params.text('symbol'), '');
  const deadline = params.time('deadline');
  const frame = { symbol, ...sent({ deadline, validateOnly: params.flag('validate') }) };
  const orders: OrderRequest[] = [];
  const elements = params.listOf('orders', asObject) ?? [];
  for (const values of elements) {
    const unknown = unknownParameter(values, BATCHED_PARAMETERS, spoken('batch_add'));
    if (unknown !== undefined) return unknown;
    const element = new Params(values);
    orders.push(readOrder(element, frame));
    if (element.refusal !== undefined) return element.refusal;
  }
  return { method: 'batch_add', deadline, orders };
}

const BATCHED_PARAMETERS: ReadonlySet<string> = new Set(ORDER_PARAMETERS);
const MOST_CANCELLED = 50;

function readAmend(params: Params): TradingRequest {
  const orderId = params.text('order_id');
  const clOrdId = params.text('cl_ord_id');
  if (orderId === undefined && clOrdId === undefined) params.refuse('order_id');
  // Wanted for pairs that are not of crypto, and there are none here.
  params.text('symbol');
  return {
    method: 'amend_order',
    ref: orderId === undefined ? { clOrdId: clOrdId ?? '' } : { orderId },
    changes: sent({
      qty: params.decimal('order_qty'),
      limitPrice: params.decimal('limit_price'),
      limitPriceType: params.oneOf('limit_price_type', PRICE_TYPES),
      trigger: spec(params.decimal('trigger_price'), params.oneOf('trigger_price_type', PRICE_TYPES) ?? 'static'),
      displayQty: params.decimal('display_qty'),
      postOnly: params.flag('post_only'),
      deadline: params.time('deadline'),
    }),
  };
}

function readEdit(params: Params): TradingRequest {
  params.flag('no_mpp');
  const { trigger } = readTriggers(params);
  return {
    method: 'edit_order',
    orderId: required(params, 'order_id', params.text('order_id'), ''),
    edit: {
      symbol: required(params, 'symbol', params.text('symbol'), ''),
      ...sent({
        qty: params.decimal('order_qty'),
        limitPrice: spec(params.decimal('limit_price'), 'static'),
        trigger,
        displayQty: params.decimal('display_qty'),
        postOnly: params.flag('post_only'),
        reduceOnly: params.flag('reduce_only'),
        feeIn: params.oneOf('fee_preference', ['base', 'quote']),
        userref: params.whole('order_userref'),
        deadline: params.time('deadline'),
        validateOnly: params.flag('validate'),
      }),
    },
  };
}

function readCancel(params: Params): TradingRequest {
  const refs: readonly OrderRef[] = [
    ...(params.listOf('order_id', byOrderId) ?? []),
    ...(params.listOf('cl_ord_id', byClOrdId) ?? []),
    ...(params.listOf('order_userref', byUserref) ?? []),
  ];
  if (refs.length === 0) params.refuse('order_id');
  return { method: 'cancel_order', refs };
}

function readBatchCancel(params: Params): TradingRequest {
  const refs: readonly OrderRef[] = [
    ...(params.listOf('orders', byEither) ?? []),
    ...(params.listOf('cl_ord_id', byClOrdId) ?? []),
  ];
  if (refs.length < 2 || refs.length > MOST_CANCELLED) params.refuse('orders');
  return { method: 'batch_cancel', refs };
}

function asObject(value: WireValue): WireObject | undefined {
  return isWireObject(value) ? value : undefined;
}

/** Whether there is something beside these. */
function hasOthers(values: WireObject, known: ReadonlySet<string>): boolean {
  return Object.keys(values).some((name) => !known.has(name));
}

function byOrderId(value: WireValue): OrderRef | undefined {
  return typeof value === 'string' ? { orderId: value } : undefined;
}

function byClOrdId(value: WireValue): OrderRef | undefined {
  return typeof value === 'string' ? { clOrdId: value } : undefined;
}

/** Kraken's example of a batch writes userrefs as text, among order ids; no order id is a whole number. */
function byEither(value: WireValue): OrderRef | undefined {
  if (typeof value !== 'string') return byUserref(value);
  return /^[-+]?\d{1,10}$/.test(value) ? { userref: Number(value) } : { orderId: value };
}

function byUserref(value: WireValue): OrderRef | undefined {
  const userref = wholeNumber(value);
  return userref === undefined ? undefined : { userref };
}

function spec(value: string | undefined, type: PriceSpec['type']): PriceSpec | undefined {
  return value === undefined ? undefined : { value, type };
}
