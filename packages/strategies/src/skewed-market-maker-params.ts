import { FAIR_VALUES } from './fair-value.ts';
import type { FairValueId } from './fair-value.ts';
import { ANY, NOT_NEGATIVE, ParamReader, POSITIVE, SHARE } from './params.ts';
import type { QuoteParams } from './quote.ts';

/** Everything that shapes a `SkewedMarketMaker`. "Usd" amounts are in the pair's quote currency, whatever that is. */
export interface SkewedMarketMakerParams extends QuoteParams {
  /** Full distance from bid to ask as a share of fair value. Default 15. */
  readonly baseSpreadBps: number;
  /** Share of the half spread by which both quotes shift at full position, 0 to 1. Default 0.5. */
  readonly inventorySkewFactor: number;
  /** Cap on the value of the inventory, either side of its target. Default 500. */
  readonly maxPositionUsd: number;
  /** Value of one quote at no inventory. Default 100. */
  readonly orderSizeUsd: number;
  /** Base balance to hold; `undefined` is what the account started with. */
  readonly targetBaseQty: number | undefined;
  /** What the quotes are centred on. Default `mid`. */
  readonly fairValue: FairValueId;
  /** Widen until a maker round trip is no loss. Default true. */
  readonly feeFloor: boolean;
  /** Profit of the full spread left after fees when `feeFloor`. Default 1. */
  readonly minEdgeBps: number;
  /** A price this far from the working one is worth an amend. Default 5. */
  readonly requoteThresholdBps: number;
  /** A size this much larger or smaller (as a fraction) is, too. Default 0.2. */
  readonly sizeTolerance: number;
  /** How long a quote stands before it may tighten; it may widen at once. Default 300. */
  readonly minQuoteLifeMs: number;
  /** Quotes are withdrawn when the book has not changed for longer, by the venue's clock. Default 1000. */
  readonly maxBookAgeMs: number;
  /** Quotes are withdrawn while the market is wider. Default 100. */
  readonly maxSpreadBps: number;
  /** Levels worth less are skipped in finding the fair value. Default 50. */
  readonly minLevelNotionalUsd: number;
}

/** The same as somebody would configure it: anything may be left out, and the seed's names are known. */
export type SkewedMarketMakerInput = {
  readonly [Name in keyof SkewedMarketMakerParams]?: SkewedMarketMakerParams[Name] | undefined;
} & {
  readonly base_spread_bps?: number;
  readonly inventory_skew_factor?: number;
  readonly max_position?: number;
  readonly requote_threshold_bps?: number;
};

/**
 * Reads parameters from configuration: own names, their snake_case forms, the seed's names; numbers may be decimal text.
 * @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming all faults at once.
 */
export function skewedMarketMakerParams(input: object = {}): SkewedMarketMakerParams {
  const reader = new ParamReader('SkewedMarketMaker', input, ALIASES);
  const params = readParams(reader);
  reader.finish();
  return params;
}

/** For the maker's constructor, which reads its own `id` and `symbol` from the same object. */
export function readParams(reader: ParamReader): SkewedMarketMakerParams {
  return {
    baseSpreadBps: reader.number('baseSpreadBps', NOT_NEGATIVE, 15),
    inventorySkewFactor: reader.number('inventorySkewFactor', SHARE, 0.5),
    maxPositionUsd: reader.number('maxPositionUsd', POSITIVE, 500),
    orderSizeUsd: reader.number('orderSizeUsd', POSITIVE, 100),
    targetBaseQty: reader.optionalNumber('targetBaseQty', ANY),
    fairValue: reader.oneOf('fairValue', FAIR_VALUES, 'mid'),
    feeFloor: reader.boolean('feeFloor', true),
    minEdgeBps: reader.number('minEdgeBps', NOT_NEGATIVE, 1),
    requoteThresholdBps: reader.number('requoteThresholdBps', NOT_NEGATIVE, 5),
    sizeTolerance: reader.number('sizeTolerance', NOT_NEGATIVE, 0.2),
    minQuoteLifeMs: reader.number('minQuoteLifeMs', NOT_NEGATIVE, 300),
    maxBookAgeMs: reader.number('maxBookAgeMs', POSITIVE, 1000),
    maxSpreadBps: reader.number('maxSpreadBps', POSITIVE, 100),
    minLevelNotionalUsd: reader.number('minLevelNotionalUsd', NOT_NEGATIVE, 50),
  };
}

/** The seed's name that is not simply snake_case. */
export const ALIASES: Readonly<Record<string, string>> = { max_position: 'maxPositionUsd' };
