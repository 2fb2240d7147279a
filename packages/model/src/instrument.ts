import { countToDecimal, decimalToCount } from './decimal-text.ts';
import { ModelError } from './errors.ts';
import { lots, ticks } from './units.ts';
import type { Lots, Ticks } from './units.ts';

/** What a pair allows now. Source: Kraken WebSocket v2, channel `instrument`. */
export const INSTRUMENT_STATUSES = [
  'online',
  'cancel_only',
  'delisted',
  'limit_only',
  'maintenance',
  'post_only',
  'reduce_only',
  'work_in_progress',
] as const;
export type InstrumentStatus = (typeof INSTRUMENT_STATUSES)[number];

/** The digits of a pair's prices and quantities: what turns decimal text into ticks and lots. */
export interface Grid {
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
}

/** A tradable pair and its rules. */
export interface Instrument extends Grid {
  /** As Kraken v2 writes it: `BTC/USD`. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly status: InstrumentStatus;
  /** Smallest step of an order's price, in ticks (1 when the step is 10^-pricePrecision). */
  readonly tickSize: Ticks;
  /** Smallest step of an order's quantity, in lots. */
  readonly lotSize: Lots;
  readonly minQty: Lots;
  /** Smallest price × quantity of an order, in the quote currency, as decimal text. */
  readonly minCost: string;
  /** Decimals of amounts in the quote currency. */
  readonly costPrecision: number;
}

/** The plain, decimal-text form of an instrument: how it stands in configuration and in other people's code. */
export interface InstrumentSpec {
  readonly symbol: string;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
  /** Decimal text; 10^-pricePrecision when left out. */
  readonly tickSize?: string;
  /** Decimal text; 10^-qtyPrecision when left out. */
  readonly lotSize?: string;
  readonly minQty?: string;
  readonly minCost?: string;
  readonly costPrecision?: number;
  readonly status?: InstrumentStatus;
}

/**
 * Makes an instrument from decimal text.
 * @throws ModelError `KB_MODEL_BAD_INSTRUMENT` (symbol, precisions, steps or minimums), or what `decimalToCount` throws.
 */
export function instrument(spec: InstrumentSpec): Instrument {
  const [base = '', quote = '', ...rest] = spec.symbol.split('/');
  if (base === '' || quote === '' || rest.length > 0) {
    throw new ModelError(
      'KB_MODEL_BAD_INSTRUMENT',
      `Expected a symbol like BTC/USD, was ${JSON.stringify(spec.symbol)}`,
    );
  }
  const { minCost = '0', costPrecision = 5 } = spec;
  for (const precision of [spec.pricePrecision, spec.qtyPrecision, costPrecision]) {
    if (!Number.isInteger(precision) || precision < 0 || precision > 15) throw bad(spec, '0 to 15 decimals', precision);
  }
  const tickSize = spec.tickSize === undefined ? ticks(1) : priceToTicks(spec, spec.tickSize);
  const lotSize = spec.lotSize === undefined ? lots(1) : qtyToLots(spec, spec.lotSize);
  const minQty = spec.minQty === undefined ? lots(1) : qtyToLots(spec, spec.minQty);
  if (tickSize <= 0) throw bad(spec, 'a tick size above zero', spec.tickSize);
  if (lotSize <= 0) throw bad(spec, 'a lot size above zero', spec.lotSize);
  if (minQty < 0) throw bad(spec, 'a smallest quantity of zero or more', spec.minQty);
  if (!AMOUNT.test(minCost)) throw bad(spec, 'a smallest cost as decimal text', minCost);
  return {
    symbol: spec.symbol,
    base,
    quote,
    status: spec.status ?? 'online',
    pricePrecision: spec.pricePrecision,
    qtyPrecision: spec.qtyPrecision,
    tickSize,
    lotSize,
    minQty,
    minCost,
    costPrecision,
  };
}

const AMOUNT = /^\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2})?$/;

function bad(spec: InstrumentSpec, expected: string, found: unknown): ModelError {
  return new ModelError(
    'KB_MODEL_BAD_INSTRUMENT',
    `${spec.symbol}: expected ${expected}, was ${JSON.stringify(found) ?? 'nothing'}`,
  );
}

/** Decimal text to ticks. @throws ModelError as `decimalToCount` does. */
export function priceToTicks(grid: Grid, text: string): Ticks {
  return ticks(decimalToCount(text, grid.pricePrecision));
}

/** Decimal text to lots. @throws ModelError as `decimalToCount` does. */
export function qtyToLots(grid: Grid, text: string): Lots {
  return lots(decimalToCount(text, grid.qtyPrecision));
}

/** Ticks to decimal text with all of the pair's decimals. */
export function ticksToPrice(grid: Grid, price: Ticks): string {
  return countToDecimal(price, grid.pricePrecision);
}

/** Lots to decimal text with all of the pair's decimals. */
export function lotsToQty(grid: Grid, size: Lots): string {
  return countToDecimal(size, grid.qtyPrecision);
}
