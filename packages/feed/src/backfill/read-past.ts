import { lots, priceToTicks, qtyToLots, ModelError } from '@kb/model';
import type { Grid, Ticks } from '@kb/model';
import type { BackfillCandle, RecoveredTrade } from '../core/feed-input.ts';
import type { PastBar, PastTrade } from './past-market.ts';

/** A trade in ticks and lots; `undefined` when its price or size is finer than the pair's, zero, or no number. */
export function readTrade({ tradeId, venueTs, price, size, side }: PastTrade, grid: Grid): RecoveredTrade | undefined {
  return readable(() => {
    const trade = { tradeId, venueTs, price: priceToTicks(grid, price), size: qtyToLots(grid, size), taker: side };
    return trade.price > 0 && trade.size > lots(0) ? trade : undefined;
  });
}

/** A bar in ticks and lots; `undefined` when it cannot be read so, or contradicts itself. */
export function readBar(bar: PastBar, grid: Grid): BackfillCandle | undefined {
  return readable(() => {
    const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map((text) => priceToTicks(grid, text));
    if (open === undefined || high === undefined || low === undefined || close === undefined) return undefined;
    const volume = wholeLots(bar.volume, grid);
    if (volume === undefined || !isSound(open, high, low, close) || volume > 0n !== bar.trades > 0) return undefined;
    const turnover = turnoverOf(bar.vwap, volume, grid);
    if (turnover === undefined) return undefined;
    const { start, trades } = bar;
    return { start, open, high, low, close, volume: String(volume), turnover: String(turnover), trades };
  });
}

/** Whether the prices of a bar fit each other. */
export function isSound(open: Ticks, high: Ticks, low: Ticks, close: Ticks): boolean {
  return low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
}

/** Volume in lots, which may be more than `Lots` can hold. */
function wholeLots(text: string, { qtyPrecision }: Grid): bigint | undefined {
  const volume = scaled(text);
  if (volume === undefined) return undefined;
  const { count, over } = rescaled(volume, qtyPrecision);
  return over === 0n ? count : undefined;
}

/** VWAP × volume in steps of 10^-(price precision + quantity precision), rounded: the VWAP may have decimals of its own. */
export function turnoverOf(vwap: string, volume: bigint, { pricePrecision }: Grid): bigint | undefined {
  const price = scaled(vwap);
  if (price === undefined) return undefined;
  const { count, over, unit } = rescaled({ digits: price.digits * volume, decimals: price.decimals }, pricePrecision);
  return over * 2n >= unit ? count + 1n : count;
}

interface Scaled {
  readonly digits: bigint;
  readonly decimals: number;
}

function scaled(text: string): Scaled | undefined {
  const [, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return { digits: BigInt(whole + fraction), decimals: fraction.length - Number(exponent) };
}

/** As a count of 10^-precision, and what is left over, in parts of `unit`. */
function rescaled(
  { digits, decimals }: Scaled,
  precision: number,
): { readonly count: bigint; readonly over: bigint; readonly unit: bigint } {
  const unit = 10n ** BigInt(Math.max(0, decimals - precision));
  const count = (digits * 10n ** BigInt(Math.max(0, precision - decimals))) / unit;
  return { count, over: decimals > precision ? digits % unit : 0n, unit };
}

const DECIMAL = /^(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([-+]?\d{1,2}))?$/;

function readable<Value>(read: () => Value | undefined): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
