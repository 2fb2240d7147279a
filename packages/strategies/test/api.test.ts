import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

test('the public names are these', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'Atr',
    'CALIBRATION_METHODS',
    'Ema',
    'FAIR_VALUES',
    'FillIntensity',
    'HedgeWeights',
    'LeastSquares',
    'MeanVolume',
    'NO_SCALING',
    'OnlineVolatility',
    'Probe',
    'RollingDeviation',
    'RollingRange',
    'RollingVwap',
    'Rsi',
    'RunningDeviation',
    'STRATEGY_ERROR_CODES',
    'STRATEGY_REASONS',
    'SessionVwap',
    'SignalBoard',
    'SkewedMarketMaker',
    'Sma',
    'SourceCalibration',
    'StandaloneStrategy',
    'StrategyError',
    'annualVolatility',
    'avellanedaStoikov',
    'betaBin',
    'betaBinCurve',
    'binsBetween',
    'boundedQuote',
    'breakEvenMove',
    'brierParts',
    'brierScore',
    'brierSkill',
    'calibrated',
    'calibrationError',
    'checkedSignal',
    'emaWarmUp',
    'equalCountBins',
    'fairValue',
    'fitIntensity',
    'glftQuote',
    'glftTerms',
    'halfSpread',
    'hedgeRate',
    'hedgeRegretBound',
    'intensityBeyond',
    'isotonicCurve',
    'losesToFees',
    'netWin',
    'plattScaled',
    'plattStep',
    'pooledSignal',
    'referenceLevel',
    'requoteDistance',
    'reversionHalfLife',
    'reversionSlope',
    'riskAversionFor',
    'sessionHorizon',
    'shadedShare',
    'skewedMarketMakerParams',
    'skewedQuote',
    'trueRange',
    'typicalPrice',
    'worstCase',
  ]);
});

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test.each([
  ['error codes', api.STRATEGY_ERROR_CODES, /^\| `(KB_[A-Z_]+)` +\|/gm],
  ['reason codes', api.STRATEGY_REASONS, /^\| `((?!KB_)[A-Z_]+)` +\|/gm],
])('the %s of the README are the ones in the code', (_what, codes, row) => {
  const written = [...README.matchAll(row)].map((match) => match[1] ?? '');
  expect(written.toSorted((a, b) => a.localeCompare(b))).toEqual(codes.toSorted((a, b) => a.localeCompare(b)));
});
