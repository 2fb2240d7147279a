export type { ImpactSummary } from './impact-summary.ts';
export { Engine } from './engine.ts';
export type { EngineOptions } from './engine.ts';
export { ENGINE_ERROR_CODES, EngineError } from './errors.ts';
export type { EngineErrorCode } from './errors.ts';
export { decodeInput, encodeInput } from './input.ts';
export type { HaltInput, InputRecord, ResumeInput, SessionInput } from './input.ts';
export { OrderTracker } from './order-tracker.ts';
export type * from './output.ts';
export { LATENCY_PROFILES, legQuantile } from '@kb/paper-exec';
export type {
  AckSlackSummary,
  ImpactOptions,
  LatencyProfileName,
  PairImpact,
  PaperVenueFlag,
  QueueHealth,
} from '@kb/paper-exec';
export { PaperSession } from './paper-session.ts';
export { rerun } from './rerun.ts';
export { ResumedOutput } from './resumed-output.ts';
export { checkPaperSessionConfig, STARTING_VALUE } from './session-config.ts';
export type { LatencyProfile, PaperSessionConfig, QueueModelChoice } from './session-config.ts';
export { createStrategy, STRATEGY_NAMES } from './strategy-factory.ts';
export type { StrategyConfig, StrategyName } from './strategy-factory.ts';
export type { Bracket, PnlSummary, RunSummary } from './summary.ts';
export type { FeeConfig } from './venue-config.ts';
export { Tally } from './tally.ts';
