import { ticks, ticksToPrice } from '@kb/model';
import type { Instrument, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { Money } from '../accounts/money.ts';
import type { PriceSpec } from './order.ts';

const DECIMAL = /^[-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,2})?$/;

/** Decimal text as a number; `undefined` when it is none. */
export function decimalOf(text: string): Decimal | undefined {
  return DECIMAL.test(text) ? new Money(text) : undefined;
}

/** The price as a count of ticks, on the tick size or off it; `undefined` when it has too many digits or is out of range. */
export function asTicks(price: Decimal, { pricePrecision }: Instrument): Ticks | undefined {
  const count = price.times(Money.pow(10, pricePrecision));
  return count.isInteger() && count.abs().lte(Number.MAX_SAFE_INTEGER) ? ticks(count.toNumber()) : undefined;
}

/** The nearest price on the tick size, a half upwards; `undefined` where that is no price. */
export function nearestTick(price: Decimal, { pricePrecision, tickSize }: Instrument): Ticks | undefined {
  const steps = price.times(Money.pow(10, pricePrecision)).div(tickSize).toDecimalPlaces(0, Money.ROUND_HALF_CEIL);
  const count = steps.times(tickSize);
  return count.gt(0) && count.lte(Number.MAX_SAFE_INTEGER) ? ticks(count.toNumber()) : undefined;
}

export function priceOf(price: Ticks, pair: Instrument): Decimal {
  return new Money(ticksToPrice(pair, price));
}

/**
 * The price that an offset from a reference price asks for.
 * @param natural The direction that `#` stands for. @returns `undefined` where that is no price.
 */
export function offsetPrice(spec: PriceSpec, reference: Ticks, natural: 1 | -1, pair: Instrument): Ticks | undefined {
  const value = decimalOf(spec.value);
  if (value === undefined) return undefined;
  const from = priceOf(reference, pair);
  const distance = spec.type === 'pct' ? from.times(value).div(100) : value;
  return nearestTick(from.plus(spec.sign === 'auto' ? distance.abs().times(natural) : distance), pair);
}

/** Where a trailing stop triggers: its distance below the peak when it sells, above the trough when it buys. */
export function trailingPrice(distance: PriceSpec, peak: Ticks, side: Side, pair: Instrument): Ticks | undefined {
  return offsetPrice({ value: distance.value, type: distance.type, sign: 'auto' }, peak, side === 'buy' ? 1 : -1, pair);
}
