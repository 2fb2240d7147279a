import { lots, ModelError, priceToTicks, qtyToLots } from '@kb/model';
import type { Instrument, Lots, Micros, OwnOrder, PlaceIntent, Side, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { refuse } from './decision.ts';
import type { RiskContext, RiskRefusal } from './decision.ts';
import { RiskError } from './errors.ts';

/** Decimal text, or a number as ccxt gives it (read by its shortest digits, once). */
export type PlainNumber = string | number;

/** An order as another bot has it. */
export interface PlainOrder {
  readonly side: Side;
  /** Quote currency per unit of base; left out for a market order. */
  readonly price?: PlainNumber | undefined;
  /** Base currency; what could still trade. */
  readonly qty: PlainNumber;
  readonly postOnly?: boolean;
}

/** What the bot knows at that moment; the units of `PlainOrder`. */
export interface PlainFacts {
  readonly instrument: Instrument;
  readonly now: Micros;
  /** Signed; any number of decimals. */
  readonly position: PlainNumber;
  /** Every own order of the pair that may still trade. To judge an amend, leave the order being amended out. */
  readonly openOrders: readonly PlainOrder[];
  /** What a unit of base is worth; `undefined` when there is no price. */
  readonly mark: PlainNumber | undefined;
  /** True while the book is verified and the feed connected. */
  readonly dataLive: boolean;
  /** When the book was last known to be current, on the clock of `now`; `undefined` before the first one. */
  readonly bookTs: Micros | undefined;
  /** True for the orders of an emergency flatten. */
  readonly emergency?: boolean;
}

/** An order in ticks and lots, or the refusal of one that lies off the pair's grid. */
export function commandOf(
  order: PlainOrder,
  instrument: Instrument,
): PlaceIntent | { readonly type: 'refused'; readonly refusal: RiskRefusal } {
  try {
    return {
      type: 'place',
      clientOrderId: '',
      strategyId: '',
      reason: '',
      confidence: 1,
      ...requestOf(order, instrument),
    };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (error.code === 'KB_MODEL_OFF_GRID') return { type: 'refused', refusal: refuse('PRECISION', error.message) };
    throw new RiskError('KB_RISK_BAD_ORDER', [{ path: 'order', text: error.message }], { cause: error });
  }
}

/** @throws RiskError `KB_RISK_BAD_ORDER`. */
export function contextOf(facts: PlainFacts): RiskContext {
  const { instrument } = facts;
  return {
    now: facts.now,
    instrument,
    position: decimalOf('position', facts.position).times(`1e${instrument.qtyPrecision}`).toNumber(),
    openOrders: facts.openOrders.map((order, index) => openOrderOf(order, index, facts)),
    mark: facts.mark === undefined ? undefined : halfTicks(decimalOf('mark', facts.mark), instrument),
    dataLive: facts.dataLive,
    bookTs: facts.bookTs,
    emergency: facts.emergency ?? false,
  };
}

function openOrderOf(order: PlainOrder, index: number, { instrument, now }: PlainFacts): OwnOrder {
  try {
    return {
      ...requestOf(order, instrument),
      clientOrderId: String(index),
      strategyId: '',
      filled: lots(0),
      state: 'open',
      sentAt: now,
    };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const problem = { path: `openOrders[${index}]`, text: error.message };
    throw new RiskError('KB_RISK_BAD_ORDER', [problem], { cause: error });
  }
}

function requestOf(
  { side, price, qty, postOnly = false }: PlainOrder,
  instrument: Instrument,
): Pick<PlaceIntent, 'symbol' | 'side' | 'orderType' | 'price' | 'size' | 'timeInForce' | 'postOnly'> {
  if (side !== 'buy' && side !== 'sell') {
    const text = `expected buy or sell, was ${JSON.stringify(side)}`;
    throw new RiskError('KB_RISK_BAD_ORDER', [{ path: 'side', text }]);
  }
  const isMarket = price === undefined;
  return {
    symbol: instrument.symbol,
    side,
    orderType: isMarket ? 'market' : 'limit',
    price: isMarket ? undefined : priceOf(price, instrument),
    size: sizeOf(qty, instrument),
    timeInForce: isMarket ? 'ioc' : 'gtc',
    postOnly,
  };
}

function priceOf(price: PlainNumber, instrument: Instrument): Ticks {
  return priceToTicks(instrument, String(price));
}

function sizeOf(qty: PlainNumber, instrument: Instrument): Lots {
  return qtyToLots(instrument, String(qty));
}

/** A price in ticks, rounded up to a half. */
function halfTicks(price: Decimal, instrument: Instrument): number {
  return price.times(`2e${instrument.pricePrecision}`).ceil().toNumber() / 2;
}

function decimalOf(path: string, value: PlainNumber): Decimal {
  const text = String(value);
  if (!DECIMAL.test(text)) {
    throw new RiskError('KB_RISK_BAD_ORDER', [
      { path, text: `expected a decimal number, was ${JSON.stringify(value)}` },
    ]);
  }
  return new Exact(text);
}

const Exact: Decimal.Constructor = Decimal.clone({ precision: 100, defaults: true });
const DECIMAL = /^[-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,2})?$/;
