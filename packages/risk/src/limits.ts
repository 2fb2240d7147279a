import { ORDER_RATE_TIERS } from '@kb/model';
import type { Instrument, OrderRateTierName } from '@kb/model';
import { Decimal } from 'decimal.js';
import { RiskError } from './errors.ts';
import type { RiskProblem } from './errors.ts';

/**
 * How much may go wrong. Amounts are decimal text. A pair without an order limit, or without any position limit, is refused
 * every order that adds risk: what was not configured is not allowed.
 */
export interface RiskLimits {
  /** Largest price × quantity of one order, by quote currency: `{ USD: '500' }`. */
  readonly maxOrderNotional: Readonly<Record<string, string>>;
  /** Largest position of a pair either way, if everything open on a side filled, at the mark, by quote currency. */
  readonly maxPositionNotional?: Readonly<Record<string, string>>;
  /** The same as a quantity of the base currency, by symbol: `{ 'BTC/USD': '0.5' }`. */
  readonly maxPosition?: Readonly<Record<string, string>>;
  /** Orders in any second (default 2) and in any minute (default 30), reserved ones included. */
  readonly ordersPerSecond?: number;
  readonly ordersPerMinute?: number;
  /** How many of those only exposure-reducing orders may use: 1 a second and 6 a minute unless given. */
  readonly reservedPerSecond?: number;
  readonly reservedPerMinute?: number;
  /** How old a book may be, in milliseconds of venue time; default 1000. */
  readonly maxBookAgeMs?: number;
  /** The account's tier at the venue: orders that its own counter would refuse are not sent. Not looked at when left out. */
  readonly venueTier?: OrderRateTierName;
}

/** The limits of the reference's two profiles, for pairs quoted in USD. */
export const RISK_PROFILES: Readonly<Record<'micro' | 'standard', RiskLimits>> = {
  micro: { maxOrderNotional: { USD: '500' }, maxPositionNotional: { USD: '500' } },
  standard: { maxOrderNotional: { USD: '1000' }, maxPositionNotional: { USD: '1000' } },
};

/** Limits that were checked, with every default filled in. */
export type CheckedLimits = Required<Omit<RiskLimits, 'venueTier'>> & Pick<RiskLimits, 'venueTier'>;

/** @throws RiskError `KB_RISK_BAD_LIMITS` with every problem, unknown names among them: a misspelt limit limits nothing. */
export function checkLimits(limits: RiskLimits): CheckedLimits {
  const problems: RiskProblem[] = [];
  if (typeof limits !== 'object' || limits === null) {
    throw new RiskError('KB_RISK_BAD_LIMITS', [{ path: 'limits', text: `expected an object, was ${show(limits)}` }]);
  }
  for (const name of Object.keys(limits)) {
    if (!NAMES.has(name)) problems.push({ path: name, text: `expected one of ${[...NAMES].join(', ')}` });
  }
  checkAmounts('maxOrderNotional', limits.maxOrderNotional, problems);
  checkAmounts('maxPositionNotional', limits.maxPositionNotional ?? {}, problems);
  checkAmounts('maxPosition', limits.maxPosition ?? {}, problems);

  const { ordersPerSecond = 2, ordersPerMinute = 30, maxBookAgeMs = 1000 } = limits;
  const { reservedPerSecond = Math.min(1, ordersPerSecond - 1) } = limits;
  const { reservedPerMinute = Math.min(6, ordersPerMinute - 1) } = limits;
  checkCount('ordersPerSecond', ordersPerSecond, 1, MOST_ORDERS, problems);
  checkCount('ordersPerMinute', ordersPerMinute, 1, MOST_ORDERS, problems);
  checkCount('reservedPerSecond', reservedPerSecond, 0, ordersPerSecond - 1, problems);
  checkCount('reservedPerMinute', reservedPerMinute, 0, ordersPerMinute - 1, problems);
  checkCount('maxBookAgeMs', maxBookAgeMs, 1, 3_600_000, problems);
  const { venueTier } = limits;
  if (venueTier !== undefined && !Object.hasOwn(ORDER_RATE_TIERS, venueTier)) {
    const names = Object.keys(ORDER_RATE_TIERS).join(', ');
    problems.push({ path: 'venueTier', text: `expected one of ${names}, was ${show(venueTier)}` });
  }
  if (problems.length > 0) throw new RiskError('KB_RISK_BAD_LIMITS', problems);
  return {
    maxOrderNotional: { ...limits.maxOrderNotional },
    maxPositionNotional: { ...limits.maxPositionNotional },
    maxPosition: { ...limits.maxPosition },
    ordersPerSecond,
    ordersPerMinute,
    reservedPerSecond,
    reservedPerMinute,
    maxBookAgeMs,
    ...(venueTier === undefined ? {} : { venueTier }),
  };
}

/** The limits of one pair as integers. Notionals are in half steps of 10^-(pricePrecision + qtyPrecision), for mids. */
export interface PairLimits {
  readonly instrument: Instrument;
  readonly orderNotional: bigint | undefined;
  readonly positionNotional: bigint | undefined;
  /** In lots; 2^53 − 1 when only the notional is limited, `undefined` when nothing is. */
  readonly position: number | undefined;
  /** Smallest notional of an order that the venue takes. */
  readonly minCost: bigint;
}

/** Limits that do not lie on the pair's grid are cut down to it: never more than was configured. */
export function pairLimits(limits: CheckedLimits, instrument: Instrument): PairLimits {
  const decimals = instrument.pricePrecision + instrument.qtyPrecision;
  const order = own(limits.maxOrderNotional, instrument.quote);
  const notional = own(limits.maxPositionNotional, instrument.quote);
  const position = own(limits.maxPosition, instrument.symbol);
  return {
    instrument,
    orderNotional: order === undefined ? undefined : 2n * steps(order, decimals, Decimal.ROUND_FLOOR),
    positionNotional: notional === undefined ? undefined : 2n * steps(notional, decimals, Decimal.ROUND_FLOOR),
    position: position === undefined ? unlimitedIf(notional !== undefined) : positionLots(position, instrument),
    minCost: 2n * steps(instrument.minCost, decimals, Decimal.ROUND_CEIL),
  };
}

function unlimitedIf(isLimitedOtherwise: boolean): number | undefined {
  return isLimitedOtherwise ? Number.MAX_SAFE_INTEGER : undefined;
}

function positionLots(text: string, instrument: Instrument): number {
  const lots = steps(text, instrument.qtyPrecision, Decimal.ROUND_FLOOR);
  return lots > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(lots);
}

/** A decimal amount in whole steps of 10^-decimals. */
function steps(text: string, decimals: number, rounding: Decimal.Rounding): bigint {
  return BigInt(new Exact(text).times(`1e${decimals}`).toDecimalPlaces(0, rounding).toFixed());
}

/** A configuration may be parsed JSON: only its own names count. */
function own(amounts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(amounts, name) ? amounts[name] : undefined;
}

function checkAmounts(path: string, amounts: unknown, problems: RiskProblem[]): void {
  if (typeof amounts !== 'object' || amounts === null || Array.isArray(amounts)) {
    problems.push({ path, text: `expected decimal text by name, was ${show(amounts)}` });
    return;
  }
  for (const [name, amount] of Object.entries(amounts)) {
    if (typeof amount === 'string' && DECIMAL.test(amount) && /[1-9]/.test(amount)) continue;
    problems.push({ path: `${path}.${name}`, text: `expected decimal text above zero, was ${show(amount)}` });
  }
}

function checkCount(path: string, value: unknown, least: number, most: number, problems: RiskProblem[]): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
  problems.push({ path, text: `expected a whole number from ${least} to ${most}, was ${show(value)}` });
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

const Exact: Decimal.Constructor = Decimal.clone({ precision: 100, defaults: true });
const DECIMAL = /^\d{1,30}(?:\.\d{1,30})?$/;
const MOST_ORDERS = 100_000;
const NAMES: ReadonlySet<string> = new Set<keyof RiskLimits>([
  'maxOrderNotional',
  'maxPositionNotional',
  'maxPosition',
  'ordersPerSecond',
  'ordersPerMinute',
  'reservedPerSecond',
  'reservedPerMinute',
  'maxBookAgeMs',
  'venueTier',
]);
