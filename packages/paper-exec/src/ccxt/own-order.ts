import type { OrderType, Side } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { PlainOrder, PlainPrice } from '../plain-order.ts';
import type { PlainReport } from '../plain-report.ts';
import { isoOf, millisecondsOf } from './structures.ts';
import type { CcxtFee, CcxtOrder, CcxtTrade } from './structures.ts';

type FillReport = Extract<PlainReport, { type: 'fill' }>;
type AcceptedReport = Extract<PlainReport, { type: 'accepted' }>;

/** `pending`: sent, and not heard of yet. */
export type OwnOrderStatus = 'pending' | 'open' | 'closed' | 'canceled' | 'expired';

/** What an order asks for, as far as ccxt tells it again. */
export interface OwnOrderTerms {
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly price: string | undefined;
  readonly size: string;
  /** Price of a stop-loss or take-profit, or distance of a trailing stop. */
  readonly trigger: PlainPrice | undefined;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly isOnMargin: boolean;
  readonly feeIn: 'base' | 'quote';
}

/** One of the bot's orders, as far as its reports have told. */
export class OwnOrder {
  /** As ccxt knows it: Kraken's order id. */
  readonly id: string;
  /** As the venue's reports name it. */
  readonly venueKey: string;
  /** As the bot named it. */
  readonly clientOrderId: string | undefined;
  readonly terms: OwnOrderTerms;
  readonly trades: CcxtTrade[] = [];
  status: OwnOrderStatus = 'pending';
  /** Whether its acceptance has been here, which a fill may come before. */
  isAccepted = false;
  price: string | undefined;
  trigger: PlainPrice | undefined;
  /** What a unit of it may cost, its fee included, in what it gives; `undefined` when it holds nothing. */
  heldAt: Decimal | undefined;
  amount: Decimal;
  filled: Decimal = ZERO;
  cost: Decimal = ZERO;
  fee: Decimal = ZERO;
  feeAsset: string;
  openedAt: number | undefined;
  endedAt: number | undefined;
  lastReport: PlainReport | undefined;

  constructor(ids: Pick<OwnOrder, 'id' | 'venueKey' | 'clientOrderId'>, terms: OwnOrderTerms) {
    this.id = ids.id;
    this.venueKey = ids.venueKey;
    this.clientOrderId = ids.clientOrderId;
    this.terms = terms;
    this.price = terms.price;
    this.trigger = terms.trigger;
    this.amount = new Decimal(terms.size);
    const [base = '', quote = ''] = terms.symbol.split('/');
    this.feeAsset = terms.feeIn === 'base' && !terms.isOnMargin ? base : quote;
  }

  get isOpen(): boolean {
    return this.status === 'open';
  }

  get hasEnded(): boolean {
    return this.endedAt !== undefined;
  }

  get remaining(): Decimal {
    return this.amount.minus(this.filled);
  }

  /** Takes in what the venue says. Trades are made by who knows their ids. */
  take(report: PlainReport): void {
    this.lastReport = report;
    const at = millisecondsOf(report.time);
    switch (report.type) {
      case 'accepted':
        this.isAccepted = true;
        this.#open(at);
        return;
      case 'fill':
        this.#open(at);
        this.filled = this.filled.plus(report.size);
        this.cost = this.cost.plus(new Decimal(report.size).times(report.price));
        this.fee = this.fee.plus(report.fee).plus(report.margin?.openingFee ?? ZERO);
        if (new Decimal(report.remaining).isZero()) this.#end('closed', at);
        return;
      case 'amended':
        this.price = report.price ?? this.price;
        this.amount = new Decimal(report.size);
        return;
      case 'cancelled':
        this.#end('canceled', at);
        return;
      case 'expired':
        this.#end('expired', at);
        return;
      case 'triggered':
      case 'unknown':
      case 'rejected':
      case 'amend-rejected':
      case 'cancel-rejected':
    }
  }

  /** As ccxt finds it at Kraken. */
  structure(): CcxtOrder {
    const { amount, cost, endedAt, filled, openedAt, terms } = this;
    const average = filled.isZero() ? undefined : cost.dividedBy(filled).toNumber();
    const price = this.price === undefined ? (this.#waits ? undefined : average) : Number(this.price);
    const fee: CcxtFee = { cost: this.fee.toNumber(), currency: this.feeAsset, rate: undefined };
    return {
      ...NOTHING_KNOWN,
      ...this.#asked(),
      clientOrderId: this.clientOrderId,
      info: this.lastReport,
      timestamp: openedAt,
      datetime: openedAt === undefined ? undefined : isoOf(openedAt),
      lastUpdateTimestamp: endedAt,
      status: this.status === 'pending' ? 'open' : this.status,
      type: this.#type,
      timeInForce: terms.postOnly ? 'PO' : terms.orderType === 'market' ? 'IOC' : undefined,
      postOnly: terms.postOnly,
      price,
      cost: average === undefined && price === undefined ? undefined : cost.toNumber(),
      amount: amount.toNumber(),
      filled: filled.toNumber(),
      average,
      remaining: this.remaining.toNumber(),
      reduceOnly: terms.reduceOnly ? true : undefined,
      fee,
      fees: [{ ...fee }],
      trades: [],
    };
  }

  /** What Kraken answers to the order itself: its id, and what was asked for. */
  answer(): CcxtOrder {
    const { orderType } = this.terms;
    const isTrailing = orderType.startsWith('trailing');
    return {
      ...NOTHING_KNOWN,
      ...this.#asked(),
      info: this.lastReport,
      type: isTrailing ? 'trailing stop' : this.#type,
      timeInForce: orderType === 'market' ? 'IOC' : undefined,
      postOnly: false, // what ccxt makes of an answer that does not tell
      fees: [],
      trades: [],
    };
  }

  #open(at: number): void {
    this.openedAt ??= at;
    if (this.status === 'pending') this.status = 'open';
  }

  #end(status: OwnOrderStatus, at: number): void {
    this.openedAt ??= at;
    this.status = status;
    this.endedAt = at;
  }

  /** What both answers and lists tell of what was asked for. */
  #asked(): Partial<CcxtOrder> {
    const { orderType, side, symbol } = this.terms;
    const { trigger } = this;
    const waitsFor = trigger !== undefined && 'price' in trigger ? Number(trigger.price) : undefined;
    return {
      id: this.id,
      symbol,
      side,
      amount: this.amount.toNumber(),
      price: this.price === undefined ? undefined : Number(this.price),
      triggerPrice: waitsFor,
      stopPrice: waitsFor,
      stopLossPrice: orderType.startsWith('stop-loss') ? waitsFor : undefined,
      takeProfitPrice: orderType.startsWith('take-profit') ? waitsFor : undefined,
    };
  }

  /** Whether a trigger is what it has instead of a price. */
  get #waits(): boolean {
    return this.terms.orderType !== 'market' && this.filled.isZero();
  }

  /** ccxt tells only what a triggered order becomes, but for trailing stops, which it does not translate. */
  get #type(): string {
    const { orderType } = this.terms;
    if (orderType === 'stop-loss' || orderType === 'take-profit') return 'market';
    return orderType !== 'limit' && orderType.endsWith('-limit') ? 'limit' : orderType;
  }
}

/** An own fill as a trade. */
export function ownTrade(id: string, order: OwnOrder, report: FillReport): CcxtTrade {
  const timestamp = millisecondsOf(report.time);
  const { fee: cost, feeAsset: currency } = report;
  return {
    id,
    order: order.id,
    info: report,
    timestamp,
    datetime: isoOf(timestamp),
    symbol: report.symbol,
    type: order.terms.orderType,
    side: report.side,
    takerOrMaker: report.liquidity,
    price: Number(report.price),
    amount: Number(report.size),
    cost: new Decimal(report.price).times(report.size).toNumber(),
    fee: { cost: Number(cost), currency },
    fees: [{ cost: Number(cost), currency }],
  };
}

/** What an order of the bot asks for. */
export function termsOf(order: PlainOrder): OwnOrderTerms {
  const {
    feeIn = 'quote',
    leverage,
    orderType = 'limit',
    postOnly = false,
    price,
    reduceOnly = false,
    trigger,
  } = order;
  const { side, size, symbol } = order;
  return {
    symbol,
    side,
    orderType,
    price,
    size,
    trigger,
    postOnly,
    reduceOnly,
    isOnMargin: leverage !== undefined || reduceOnly,
    feeIn,
  };
}

/** The same of an order that the bot did not send itself: one that a fill placed, or the venue. */
export function termsOfStranger({ price, side, size, symbol }: AcceptedReport): OwnOrderTerms {
  return {
    symbol,
    side,
    orderType: price === undefined ? 'market' : 'limit',
    price,
    size,
    trigger: undefined,
    postOnly: false,
    reduceOnly: false,
    isOnMargin: false,
    feeIn: 'quote',
  };
}

const ZERO = new Decimal(0);

/** An order of which nothing is known: what Kraken answers to an amend or a cancel. */
const NOTHING_KNOWN: Omit<CcxtOrder, 'fees' | 'trades'> = {
  id: undefined,
  clientOrderId: undefined,
  info: undefined,
  timestamp: undefined,
  datetime: undefined,
  lastTradeTimestamp: undefined,
  lastUpdateTimestamp: undefined,
  status: undefined,
  symbol: undefined,
  type: undefined,
  timeInForce: undefined,
  postOnly: undefined,
  side: undefined,
  price: undefined,
  triggerPrice: undefined,
  stopPrice: undefined,
  takeProfitPrice: undefined,
  stopLossPrice: undefined,
  cost: undefined,
  amount: undefined,
  filled: undefined,
  average: undefined,
  remaining: undefined,
  reduceOnly: undefined,
  fee: undefined,
};

/** What ccxt makes of an answer that tells no more than an id, or not even that. */
export function bareOrder(id: string | undefined, info: unknown): CcxtOrder {
  return { ...NOTHING_KNOWN, id, info, fees: [], trades: [] };
}
