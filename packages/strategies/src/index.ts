export { STRATEGY_ERROR_CODES, StrategyError } from './errors.ts';
export type { StrategyErrorCode } from './errors.ts';
export { FillIntensity } from './estimates/fill-intensity.ts';
export type { FillIntensityOptions } from './estimates/fill-intensity.ts';
export { fitIntensity, intensityBeyond } from './estimates/intensity-fit.ts';
export type { FillIntensityFit } from './estimates/intensity-fit.ts';
export { OnlineVolatility, annualVolatility } from './estimates/online-volatility.ts';
export type { OnlineVolatilityOptions } from './estimates/online-volatility.ts';
export { OrderFlowImbalance, bookFlow } from './estimates/order-flow-imbalance.ts';
export type { BookRank, OrderFlowImbalanceOptions } from './estimates/order-flow-imbalance.ts';
export { onlySide, widenFactor } from './estimates/toxicity.ts';
export { Vpin, bulkBuyShare, vpinBucket } from './estimates/vpin.ts';
export type { VpinOptions } from './estimates/vpin.ts';
export { FAIR_VALUES, fairValue, referenceLevel } from './fair-value.ts';
export type { FairValueId } from './fair-value.ts';
export { breakEvenMove, netWin } from './fees.ts';
export { Atr, trueRange } from './indicators/atr.ts';
export type { PriceBar } from './indicators/atr.ts';
export { Ema, emaWarmUp } from './indicators/ema.ts';
export type { Indicator } from './indicators/indicator.ts';
export { reversionHalfLife, reversionSlope } from './indicators/mean-reversion.ts';
export { MeanVolume } from './indicators/mean-volume.ts';
export type { VolumeBar } from './indicators/mean-volume.ts';
export { RollingDeviation } from './indicators/rolling-deviation.ts';
export { RollingRange } from './indicators/rolling-range.ts';
export type { RangeBar } from './indicators/rolling-range.ts';
export { RollingVwap } from './indicators/rolling-vwap.ts';
export type { RollingVwapOptions } from './indicators/rolling-vwap.ts';
export { Rsi } from './indicators/rsi.ts';
export { RunningDeviation } from './indicators/running-deviation.ts';
export { SessionVwap, typicalPrice } from './indicators/session-vwap.ts';
export type { SessionVwapOptions, VwapInput } from './indicators/session-vwap.ts';
export { Sma } from './indicators/sma.ts';
export { ValueAgo } from './indicators/value-ago.ts';
export type { TimedValue, ValueAgoOptions } from './indicators/value-ago.ts';
export {
  avellanedaStoikov,
  boundedQuote,
  riskAversionFor,
  sessionHorizon,
  shadedShare,
} from './making/avellaneda-stoikov.ts';
export type { AvellanedaStoikovState, ReservationQuote } from './making/avellaneda-stoikov.ts';
export { glftQuote, glftTerms } from './making/glft.ts';
export type { GlftParams, GlftQuote, GlftTerms } from './making/glft.ts';
export type { PlainIntent } from './plain-intent.ts';
export type { PlainReport } from './plain-report.ts';
export type { PlainNumber, PlainTime } from './plain-values.ts';
export { Probe } from './probe.ts';
export type { ProbeOptions } from './probe.ts';
export { halfSpread, losesToFees, requoteDistance, skewedQuote, worstCase } from './quote.ts';
export type { QuoteParams, RawQuote } from './quote.ts';
export { STRATEGY_REASONS } from './reasons.ts';
export type { StrategyReason } from './reasons.ts';
export { heldAgainstBaselines, outOfSampleR2 } from './signals/baselines.ts';
export type { OutOfSample, Verdict } from './signals/baselines.ts';
export { binsBetween, brierParts, brierScore, brierSkill, calibrationError, equalCountBins } from './signals/brier.ts';
export type { BrierParts, Forecast, ForecastBins } from './signals/brier.ts';
export {
  NO_SCALING,
  betaBin,
  betaBinCurve,
  calibrated,
  isotonicCurve,
  plattScaled,
  plattStep,
} from './signals/calibration-curve.ts';
export type { CalibrationCurve, PlattScaling } from './signals/calibration-curve.ts';
export { deltaBps, deltaClass, fittedScaler, standardised } from './signals/delta-target.ts';
export type { Scaler } from './signals/delta-target.ts';
export { dissimilarity, isOutOfDistribution, trainingCentres, trainingCloud } from './signals/dissimilarity.ts';
export type { TrainingCloud } from './signals/dissimilarity.ts';
export { HedgeWeights, hedgeRate, hedgeRegretBound } from './signals/hedge.ts';
export type { HedgeOptions } from './signals/hedge.ts';
export { LeastSquares } from './signals/least-squares.ts';
export type { LeastSquaresOptions } from './signals/least-squares.ts';
export { Logistic } from './signals/logistic.ts';
export type { LogisticOptions } from './signals/logistic.ts';
export { pooledSignal } from './signals/pool.ts';
export type { Contribution, PooledSignal, PoolOptions, WeighedSignal } from './signals/pool.ts';
export { checkedSignal } from './signals/signal.ts';
export type { Signal } from './signals/signal.ts';
export { SignalBoard } from './signals/signal-board.ts';
export type { BoardView, PendingPrediction, SignalBoardOptions } from './signals/signal-board.ts';
export { CALIBRATION_METHODS, SourceCalibration } from './signals/source-calibration.ts';
export type { CalibrationMethod, SourceCalibrationOptions } from './signals/source-calibration.ts';
export { walkForward } from './signals/walk-forward.ts';
export type { Fold, WalkForwardOptions } from './signals/walk-forward.ts';
export { SkewedMarketMaker } from './skewed-market-maker.ts';
export type { SkewedMarketMakerOptions } from './skewed-market-maker.ts';
export { skewedMarketMakerParams } from './skewed-market-maker-params.ts';
export type { SkewedMarketMakerInput, SkewedMarketMakerParams } from './skewed-market-maker-params.ts';
export type { ExplainListener } from './standalone-outbox.ts';
export { StandaloneStrategy } from './standalone-strategy.ts';
export type { PlainBook, PlainTrade, StandaloneOptions } from './standalone-strategy.ts';
export type { Strategy, StrategyEvent } from './strategy.ts';
