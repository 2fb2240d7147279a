import { decimalToCount, KbError, ticks } from '@kb/model';
import type { PriceOffset, PriceSpec, Ticks } from '@kb/model';

/** An offset in whole numbers: ticks, or millionths of the price that it is reckoned from. */
export interface Distance {
  readonly unit: 'ticks' | 'millionths';
  readonly count: bigint;
}

/** Reads an offset. @returns `undefined` for parts of a tick, and for a percentage that is no decimal or has more than four. */
export function distanceOf(offset: PriceOffset): Distance | undefined {
  if (offset.type === 'quote') {
    return Number.isSafeInteger(offset.offset) ? { unit: 'ticks', count: BigInt(offset.offset) } : undefined;
  }
  try {
    return { unit: 'millionths', count: BigInt(decimalToCount(offset.percent, PERCENT_DECIMALS)) };
  } catch (error) {
    if (error instanceof KbError) return undefined;
    throw error;
  }
}

/**
 * The price that lies so far from another: on the grid, rounded away from the price that it is reckoned from.
 * @returns `undefined` where that is no price.
 */
export function priceAt({ unit, count }: Distance, from: Ticks, tickSize: number): Ticks | undefined {
  const step = BigInt(tickSize);
  const [value, divisor] = unit === 'ticks' ? [count, step] : [count * BigInt(from), MILLION * step];
  // The price that it is reckoned from may lie off the grid (an index does): what is rounded is the whole.
  const base = unit === 'ticks' ? BigInt(from) : BigInt(from) * MILLION;
  const whole = base + value;
  const steps = count < 0n ? floored(whole, divisor) : -floored(-whole, divisor);
  const price = steps * step;
  return price > 0n && price <= BigInt(Number.MAX_SAFE_INTEGER) ? ticks(Number(price)) : undefined;
}

/** A price as it is told, or reckoned from a reference price. @returns `undefined` where that is no price. */
export function resolvePrice(spec: PriceSpec, reference: Ticks | undefined, tickSize: number): Ticks | undefined {
  if (spec.type === 'static') return spec.price;
  const distance = distanceOf(spec);
  return distance === undefined || reference === undefined ? undefined : priceAt(distance, reference, tickSize);
}

function floored(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

const MILLION = 1_000_000n;
/** Kraken writes percentages with four. */
const PERCENT_DECIMALS = 4;
