import { describe, expect, test } from 'vitest';
import { Probe, SkewedMarketMaker, skewedMarketMakerParams, StrategyError } from '../src/index.ts';

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof StrategyError) return [error.code, ...error.problems];
    throw error;
  }
  return [];
}

describe('parameters of the market maker', () => {
  test('have the defaults of the reference', () => {
    expect(skewedMarketMakerParams()).toEqual({
      baseSpreadBps: 15,
      inventorySkewFactor: 0.5,
      maxPositionUsd: 500,
      orderSizeUsd: 100,
      targetBaseQty: undefined,
      fairValue: 'mid',
      feeFloor: true,
      minEdgeBps: 1,
      requoteThresholdBps: 5,
      sizeTolerance: 0.2,
      minQuoteLifeMs: 300,
      maxBookAgeMs: 1000,
      maxSpreadBps: 100,
      minLevelNotionalUsd: 50,
    });
  });

  test("answer to the seed's names, to snake_case, and to decimal text", () => {
    const seed = { base_spread_bps: 20, inventory_skew_factor: 0.25, max_position: '750', requote_threshold_bps: 3 };
    expect(skewedMarketMakerParams({ ...seed, min_quote_life_ms: 0 })).toMatchObject({
      baseSpreadBps: 20,
      inventorySkewFactor: 0.25,
      maxPositionUsd: 750,
      requoteThresholdBps: 3,
      minQuoteLifeMs: 0,
    });
  });

  test('are refused with all their faults at once', () => {
    const wrong = {
      symbol: '',
      baseSpreadBps: -1,
      inventorySkewFactor: 1.5,
      maxPositionUsd: 0,
      orderSizeUsd: Number.NaN,
      fairValue: 'ownWeighted',
      feeFloor: 'yes',
      minEdgeBps: '5%',
      spreadBps: 10,
    };
    // @ts-expect-error every one of them is wrong, which is the point
    expect(problemsOf(() => new SkewedMarketMaker(wrong))).toEqual([
      'KB_STRATEGY_BAD_PARAMS',
      'expected symbol to be text, was ""',
      'expected baseSpreadBps to be a number ≥ 0, was -1',
      'expected inventorySkewFactor to be a number from 0 to 1, was 1.5',
      'expected maxPositionUsd to be a number > 0, was 0',
      'expected orderSizeUsd to be a number > 0, was NaN',
      'expected fairValue to be one of mid, micro, depthMicro, was "ownWeighted"',
      'expected feeFloor to be true or false, was "yes"',
      'expected minEdgeBps to be a number ≥ 0, was "5%"',
      'unknown parameter spreadBps',
    ]);
  });

  test('may not be given under two names', () => {
    expect(problemsOf(() => skewedMarketMakerParams({ max_position: 1, maxPositionUsd: 1 }))).toEqual([
      'KB_STRATEGY_BAD_PARAMS',
      'maxPositionUsd and max_position are the same parameter: give one of them',
    ]);
  });
});

test('parameters of the probe are refused with all their faults at once', () => {
  expect(problemsOf(() => new Probe({ symbol: 'BTC/USD', everyMs: -1, size: '0' }))).toEqual([
    'KB_STRATEGY_BAD_PARAMS',
    'expected everyMs to be a number ≥ 0, was -1',
    'expected size to be decimal text > 0, was "0"',
  ]);
});
