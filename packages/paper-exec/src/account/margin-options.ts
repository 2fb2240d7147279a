import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { PaperError } from '../errors.ts';
import { priceOf, rateOf } from './amounts.ts';

/** Spot margin as Kraken has it. Plain JSON. */
export interface MarginOptions {
  /**
   * What borrowing an asset costs, once when a position is opened and once more each period: a fraction of the position's
   * cost as decimal text. An asset without a rate cannot be borrowed. `KRAKEN_MARGIN_RATES` when left out.
   */
  readonly rates?: Readonly<Record<string, string>>;
  /** How much of a balance counts in the trade balance, by asset, from 0 to 1. US dollars and bitcoin in full when left out. */
  readonly collateral?: Readonly<Record<string, string>>;
  /** Leverage is 2 to this; 10 when left out. */
  readonly maxLeverage?: number;
  /** Margin level in percent at which the venue warns and opens nothing more; 80 when left out. */
  readonly callLevel?: number;
  /** Margin level in percent at which the venue closes positions; 40 when left out. */
  readonly stopLevel?: number;
  /** How long a period is; four hours when left out. */
  readonly rolloverEvery?: Micros;
  /** Which pair is closed first; the venue does not say. `largest-loss` when left out. */
  readonly liquidationOrder?: 'largest-loss' | 'oldest';
  /** Whether open orders take up free margin; the venue does not say. True when left out. */
  readonly openOrdersUseMargin?: boolean;
}

/** Per four hours, as the venue told them in November 2024. Rates float: a position keeps the one that it was opened at. */
export const KRAKEN_MARGIN_RATES: Readonly<Record<string, string>> = { USD: '0.00025', BTC: '0.0001', ETH: '0.0002' };

export interface CheckedMargin {
  readonly rates: ReadonlyMap<string, bigint>;
  readonly collateral: ReadonlyMap<string, bigint>;
  readonly maxLeverage: number;
  readonly callLevel: bigint;
  readonly stopLevel: bigint;
  readonly rolloverEvery: Micros;
  readonly liquidationOrder: 'largest-loss' | 'oldest';
  readonly openOrdersUseMargin: boolean;
}

/** @throws PaperError `KB_PAPER_BAD_OPTION`. */
export function checkMargin(options: MarginOptions): CheckedMargin {
  const { callLevel = 80, maxLeverage = 10, stopLevel = 40, rolloverEvery = FOUR_HOURS } = options;
  const { liquidationOrder = 'largest-loss', openOrdersUseMargin = true } = options;
  for (const [name, value, least] of [
    ['callLevel', callLevel, 1],
    ['stopLevel', stopLevel, 1],
    ['maxLeverage', maxLeverage, 2],
    ['rolloverEvery', rolloverEvery, SECOND],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw bad(name, `a whole number from ${least}`, value);
  }
  if (stopLevel > callLevel) throw bad('stopLevel', `at most the call level, ${callLevel}`, stopLevel);
  if (liquidationOrder !== 'largest-loss' && liquidationOrder !== 'oldest') {
    throw bad('liquidationOrder', 'largest-loss or oldest', liquidationOrder);
  }
  return {
    rates: read(options.rates ?? KRAKEN_MARGIN_RATES, (asset, text) => rateOf(`margin.rates.${asset}`, text)),
    collateral: read(options.collateral ?? COLLATERAL, (asset, text) => priceOf(`margin.collateral.${asset}`, text)),
    maxLeverage,
    callLevel: BigInt(callLevel),
    stopLevel: BigInt(stopLevel),
    rolloverEvery,
    liquidationOrder,
    openOrdersUseMargin,
  };
}

function read(
  texts: Readonly<Record<string, string>>,
  parse: (asset: string, text: string) => bigint,
): ReadonlyMap<string, bigint> {
  return new Map(Object.entries(texts).map(([asset, text]) => [asset, parse(asset, text)]));
}

function bad(name: string, expected: string, found: unknown): PaperError {
  return new PaperError('KB_PAPER_BAD_OPTION', `margin.${name}: expected ${expected}, was ${String(found)}`);
}

const FOUR_HOURS = micros(4 * 3_600 * SECOND);
/** What the venue's instrument channel told of the assets that it showed. */
const COLLATERAL = { USD: '1', BTC: '1' };
