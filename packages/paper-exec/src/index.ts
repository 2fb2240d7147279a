export * as ccxt from './ccxt/ccxt.ts';
export { CcxtPaperExchange } from './ccxt/ccxt-paper-exchange.ts';
export type { CcxtPaperOptions } from './ccxt/ccxt-paper-exchange.ts';
export type { CcxtBookInput, CcxtTradeInput, FedTime } from './ccxt/fed-data.ts';
export type { FollowedFeed } from './ccxt/fed-market.ts';
export type { CcxtOrderRequest, CcxtParams } from './ccxt/order-request.ts';
export type {
  CcxtBalance,
  CcxtBalances,
  CcxtFee,
  CcxtMarket,
  CcxtOrder,
  CcxtOrderBook,
  CcxtTicker,
  CcxtTrade,
  CcxtTradingFee,
} from './ccxt/structures.ts';
export { Bracket } from './client/bracket.ts';
export type { BracketExit, BracketOptions } from './client/bracket.ts';
export { LinkedOrders } from './client/linked-orders.ts';
export type { SeenReport } from './client/linked-orders.ts';
export type { EditCommand, PaperCommand } from './commands.ts';
export { PAPER_ERROR_CODES, PaperError } from './errors.ts';
export type { PaperErrorCode } from './errors.ts';
export type { OrderExplanation } from './explanation.ts';
export { FEE_DECIMALS } from './account/amounts.ts';
export type { FeeStatus, TieredFees } from './account/fee-book.ts';
export { KRAKEN_FEE_SCHEDULE, KRAKEN_PEGGED_FEE_SCHEDULE, PEGGED_ASSETS } from './account/fee-schedule.ts';
export type { FeeSchedule, FeeTier } from './account/fee-schedule.ts';
export { KRAKEN_MARGIN_RATES } from './account/margin-options.ts';
export type { MarginOptions } from './account/margin-options.ts';
export type { OrderRateOptions } from './account/order-rate.ts';
export { squareRootImpact } from './impact/impact-charge.ts';
export { checkImpact } from './impact/impact-options.ts';
export type { ImpactOptions } from './impact/impact-options.ts';
export type { ImpactFigure, PairImpact } from './impact/pair-impact.ts';
export type { Participation } from './impact/participation-meter.ts';
export type { AckSlackSummary } from './latency/ack-slack.ts';
export type { CommandConnection } from './latency/command-path.ts';
export type { ClockEstimate } from './latency/clock-offset.ts';
export { LatencyCalibrator } from './latency/latency-calibrator.ts';
export type {
  CalibrationStatus,
  CalibratorOptions,
  CommandRoundTrip,
  PingRoundTrip,
} from './latency/latency-calibrator.ts';
export { checkLatency } from './latency/latency.ts';
export type {
  CommandKind,
  CommandLoss,
  ConnectionLatency,
  Latency,
  LatencyProblems,
  LatencyRow,
  LegTime,
  LegTimes,
  ReceivedFeed,
  RecordedLeg,
} from './latency/latency.ts';
export { LATENCY_PROFILE_NAMES, LATENCY_PROFILES } from './latency/latency-profiles.ts';
export type { LatencyProfileName } from './latency/latency-profiles.ts';
export { legQuantile } from './latency/leg-times.ts';
export { DEFAULT_LOAD, LOAD_BUCKETS } from './latency/load-meter.ts';
export type { LoadBucket, LoadThresholds } from './latency/load-meter.ts';
export { logNormalQuantiles, QUANTILE_LEVELS, quantileAt } from './latency/quantiles.ts';
export type { Quantiles } from './latency/quantiles.ts';
export type { PaperVenueOptions } from './options.ts';
export { PaperAccount } from './paper-account.ts';
export type { PaperAccountOptions, PlainBook, PlainChange, PlainTrade } from './paper-account.ts';
export { PaperVenue } from './paper-venue.ts';
export type { QueueEstimate } from './queue-estimate.ts';
export type { PaperVenueFlag, PaperVenueHealth, QueueHealth } from './venue-health.ts';
export type { PlainClose, PlainOffset, PlainOrder, PlainPrice, PlainTrigger } from './plain-order.ts';
export type { PlainAccountReport, PlainPosition } from './plain-account-report.ts';
export type { PlainMarginFill, PlainReport } from './plain-report.ts';
export type { CentralRule } from './queue/queue-context.ts';
export { ACCOUNT_INPUT_VERSION } from './restore/account-input.ts';
export type { AccountCall, AccountInput } from './restore/account-input.ts';
export type { RestoreListener } from './restore/restored-calls.ts';
export type { PlainBookEvent, PlainEvent } from './restore/plain-event.ts';
export { byWeight, QUEUE_MODEL_IDS, QUEUE_MODELS } from './queue/queue-models.ts';
export type { QueueModel } from './queue/queue-models.ts';
export { log2Weight, logWeight, power2Weight, power3Weight, powerWeight } from './queue/weights.ts';
export type { WeightFunction } from './queue/weights.ts';
