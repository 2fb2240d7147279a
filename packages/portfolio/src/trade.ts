import { ModelError, priceToTicks, qtyToLots } from '@kb/model';
import type { FillReport, Instrument, Lots, MarginFill, Side, Ticks } from '@kb/model';
import { PortfolioError } from './errors.ts';
import { AMOUNT_STEPS, powerOfTen, PRICE_STEPS, stepsOf } from './exact.ts';

/**
 * A trade as another bot has it: decimal text, or numbers as ccxt gives them (read by their shortest digits, once).
 * From a ccxt trade: `{ id, symbol, side, price, qty: amount, fee: fee.cost, feeAsset: fee.currency }`.
 */
export interface PlainTrade {
  /** Booked once however often it comes; a trade without one is booked each time. */
  readonly id?: string | undefined;
  readonly symbol: string;
  readonly side: Side;
  /** Quote currency per unit of base; on the pair's grid. */
  readonly price: string | number;
  /** Base currency, above zero; on the pair's grid. */
  readonly qty: string | number;
  /** Positive when paid; 0 when left out. */
  readonly fee?: string | number | undefined;
  /** The pair's quote currency when left out. */
  readonly feeAsset?: string | undefined;
}

/** A trade ready to book: every figure exact and checked. */
export interface CheckedTrade {
  readonly id: string | undefined;
  /** Signed, buys add; in steps of 10^-60. */
  readonly delta: bigint;
  /** In steps of 10^-15. */
  readonly price: bigint;
  /** In steps of 10^-60. */
  readonly fee: bigint;
  readonly feeAsset: string;
  /** Set when it was funded on margin. */
  readonly margin?: CheckedMargin | undefined;
}

/** What a fill on margin did to positions, as the venue said it; in steps of 10^-60. */
export interface CheckedMargin {
  /** Of the base, without a sign: what closed positions of the other side. */
  readonly closed: bigint;
  /** Of the quote currency. */
  readonly realised: bigint;
  readonly openingFee: bigint;
}

/** @throws PortfolioError `KB_PORTFOLIO_BAD_TRADE` or `KB_PORTFOLIO_BAD_AMOUNT` (the fee). */
export function checkFill(instrument: Instrument, fill: FillReport): CheckedTrade {
  if (!isCount(fill.price) || !isCount(fill.size)) {
    throw badTrade(instrument, fill.fillId, `expected price and size above zero, was ${fill.price} and ${fill.size}`);
  }
  const fee = parseFee(instrument, fill.fee);
  const trade = checked(instrument, fill.fillId, fill.side, fill.price, fill.size, fee, fill.feeAsset);
  return fill.margin === undefined ? trade : { ...trade, margin: checkMargin(instrument, fill, fill.margin) };
}

function checkMargin(instrument: Instrument, fill: FillReport, margin: MarginFill): CheckedMargin {
  const { closed, opened } = margin;
  if (!(closed >= 0 && opened >= 0 && closed + opened === fill.size)) {
    const parts = `${closed} and ${opened}`;
    throw badTrade(instrument, fill.fillId, `expected to close and to open ${fill.size} lots in all, was ${parts}`);
  }
  const realised = stepsOf(margin.realised);
  if (realised === undefined) {
    throw badTrade(instrument, fill.fillId, `expected what was realised as decimal text, was ${margin.realised}`);
  }
  return {
    closed: BigInt(closed) * powerOfTen(AMOUNT_STEPS - instrument.qtyPrecision),
    realised,
    openingFee: parseFee(instrument, margin.openingFee),
  };
}

/** @throws PortfolioError `KB_PORTFOLIO_BAD_TRADE` or `KB_PORTFOLIO_BAD_AMOUNT` (the fee). */
export function checkPlainTrade(instrument: Instrument, trade: PlainTrade): CheckedTrade {
  if (trade.side !== 'buy' && trade.side !== 'sell') {
    throw badTrade(instrument, trade.id, `expected side buy or sell, was ${JSON.stringify(trade.side)}`);
  }
  const feeAsset = trade.feeAsset ?? instrument.quote;
  const fee = parseFee(instrument, String(trade.fee ?? '0'));
  let price, qty;
  try {
    price = priceToTicks(instrument, String(trade.price));
    qty = qtyToLots(instrument, String(trade.qty));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw badTrade(instrument, trade.id, error.message, error);
  }
  if (price <= 0 || qty <= 0) {
    throw badTrade(instrument, trade.id, `expected price and qty above zero, was ${trade.price} and ${trade.qty}`);
  }
  return checked(instrument, trade.id, trade.side, price, qty, fee, feeAsset);
}

function checked(
  instrument: Instrument,
  id: string | undefined,
  side: Side,
  price: Ticks,
  size: Lots,
  fee: bigint,
  feeAsset: string,
): CheckedTrade {
  const delta = BigInt(size) * powerOfTen(AMOUNT_STEPS - instrument.qtyPrecision);
  return {
    id,
    delta: side === 'buy' ? delta : -delta,
    price: BigInt(price) * powerOfTen(PRICE_STEPS - instrument.pricePrecision),
    fee,
    feeAsset,
  };
}

/** @throws PortfolioError `KB_PORTFOLIO_BAD_AMOUNT`. */
export function parseFee(instrument: Instrument, text: string): bigint {
  const fee = stepsOf(text);
  if (fee === undefined) {
    throw new PortfolioError(
      'KB_PORTFOLIO_BAD_AMOUNT',
      `${instrument.symbol}: expected a fee as decimal text, was ${JSON.stringify(text)}`,
    );
  }
  return fee;
}

export function badTrade(
  instrument: Instrument,
  id: string | undefined,
  message: string,
  cause?: unknown,
): PortfolioError {
  const name = id === undefined ? instrument.symbol : `${instrument.symbol} trade ${id}`;
  return new PortfolioError('KB_PORTFOLIO_BAD_TRADE', `${name}: ${message}`, { cause });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
