export { KrakenDecoder } from './decoder.ts';
export type { FrameDecoder } from './frame-decoder.ts';
export { inProcessDial } from './in-process-dial.ts';
export { DECODE_ERROR_CODES } from './messages.ts';
export type * from './messages.ts';
export { readRecording } from './recording.ts';
export { RECORDING_ERROR_CODES, RecordingError } from './recording-errors.ts';
export type { RecordingErrorCode } from './recording-errors.ts';
export { encodeRecordedFrame } from './recording-line.ts';
export type { RecordedDirection, RecordedFrame } from './recording-line.ts';
export { encodePing, encodeSubscribe, encodeUnsubscribe } from './requests.ts';
export type { SubscriptionRequest } from './requests.ts';
export { systemScheduler } from './system-scheduler.ts';
export type * from './transport.ts';
export type * from './rest/answers.ts';
export { CircuitBreaker } from './rest/circuit-breaker.ts';
export type { BreakerChange, BreakerOptions, BreakerPass, BreakerState } from './rest/circuit-breaker.ts';
export { DecayingCounter, PRIVATE_COUNTERS } from './rest/decaying-counter.ts';
export type { AccountTier, CounterSpec } from './rest/decaying-counter.ts';
export type { Fetch, FetchInit, FetchResponse } from './rest/http-fetch.ts';
export { instrumentOf } from './rest/instrument-of.ts';
export { KrakenRest, OHLC_INTERVALS } from './rest/kraken-rest.ts';
export type { OhlcInterval } from './rest/kraken-rest.ts';
export {
  parseAssetPairs,
  parseAssets,
  parseDepth,
  parseOhlc,
  parseServerTime,
  parseSpread,
  parseSystemStatus,
  parseTicker,
  parseTrades,
} from './rest/parse.ts';
export type { AnswerText } from './rest/parse.ts';
export type { CallOptions } from './rest/rest-caller.ts';
export { REST_ERROR_CODES, RestAnswerError, RestError } from './rest/rest-errors.ts';
export type { RestErrorCode, RestErrorKind, RestOutcome } from './rest/rest-errors.ts';
export type { CallObservation, KrakenRestOptions } from './rest/rest-options.ts';
export type { RetryOptions } from './rest/retry.ts';
export type { RateLimit } from './rest/token-bucket.ts';
export { classifyVenueError } from './rest/venue-errors.ts';
export type { VenueErrorClass } from './rest/venue-errors.ts';
export { assetOfV1, symbolOfV1, SymbolNames, v1PairOf } from './symbol-names.ts';
export type { PairNames } from './symbol-names.ts';
export { priceChange } from './price-change.ts';
export { KrakenV1Decoder } from './v1/v1-decoder.ts';
export { encodeV1Ping, encodeV1Subscribe, encodeV1Unsubscribe } from './v1/v1-requests.ts';
export type { V1SubscriptionRequest } from './v1/v1-requests.ts';
