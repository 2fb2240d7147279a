export { Backfill } from './backfill/backfill.ts';
export type { BackfillOptions, BackfillTuning } from './backfill/backfill.ts';
export type * from './backfill/backfill-events.ts';
export type * from './backfill/past-market.ts';
export type { BackfillSettings } from './backfill/repair.ts';
export { BACKOFF_PRESETS } from './connection/backoff.ts';
export type { BackoffSpec } from './connection/backoff.ts';
export { BOOK_DEPTHS } from './core/book-depths.ts';
export type { ResyncCause } from './core/book-gate.ts';
export type { ConnectBudgetSpec } from './connection/connect-budget.ts';
export type { CrossCheckStats } from './connection/cross-checks.ts';
export type { StatusPollStats } from './connection/status-poll.ts';
export { DeltaMonitor } from './delta/delta-monitor.ts';
export type { DeltaMonitorOptions, DeltaTuning, RestDepth, RestLevel } from './delta/delta-monitor.ts';
export type * from './delta/delta-records.ts';
export { imbalancePredictor } from './delta/imbalance-predictor.ts';
export { FEED_ERROR_CODES, FeedError } from './errors.ts';
export type { FeedErrorCode } from './errors.ts';
export type { Delivery, GapMarker } from './fan-out/event-queue.ts';
export { FanOut } from './fan-out/fan-out.ts';
export type {
  BatchConsumer,
  Consumer,
  ConsumerStats,
  FanOutOptions,
  QueuedConsumer,
  SyncConsumer,
} from './fan-out/fan-out.ts';
export { FrozenBook } from './fan-out/frozen-book.ts';
export { FeedCore } from './core/feed-core.ts';
export type { ControlMessage, FeedCoreOptions } from './core/feed-core.ts';
export type { FeedHealth, HealthEvent, RoundTrip, SymbolHealth, SyncFailures } from './health/feed-health.ts';
export type {
  BackfillCandle,
  CandlesInput,
  DoubtInput,
  FeedInput,
  FrameInput,
  RecoveredTrade,
  StateInput,
  SystemInput,
  TickInput,
  TradesInput,
  VerdictInput,
} from './core/feed-input.ts';
export type { QueueRule } from './core/queue-rules.ts';
export type { FeedChannel, KrakenSpotFeedOptions } from './sources/feed-options.ts';
export type { DurationSummary, LatencySummary, Percentiles } from './health/latency-meter.ts';
export type { Recovery } from './health/outage-log.ts';
export type * from './importers/import-options.ts';
export { importKrakenOhlcvt, importKrakenTrades, importTardis } from './importers/import-file.ts';
export type { ImportSummary } from './importers/import-file.ts';
export { openTrades } from './importers/imported-trades.ts';
export type { ImportedTrade, TradeFile } from './importers/imported-trades.ts';
export { candlesInputs, openOhlcvt } from './importers/kraken-ohlcvt.ts';
export type { CandleFile, CandleImportOptions } from './importers/kraken-ohlcvt.ts';
export { openBookSnapshots, openBookUpdates } from './importers/tardis-book.ts';
export type { BookFile, ImportedBook } from './importers/tardis-book.ts';
export type { ImportedLevel } from './importers/venue-frames.ts';
export { KrakenMarketFeed } from './sources/kraken-market-feed.ts';
export type { KrakenMarketFeedOptions } from './sources/kraken-market-feed.ts';
export type { MarketRest } from './sources/rest-side.ts';
export { KrakenSpotFeed } from './sources/kraken-spot-feed.ts';
export { KrakenV1Feed } from './sources/kraken-v1-feed.ts';
export type { KrakenV1FeedOptions, KrakenV1Health } from './sources/kraken-v1-feed.ts';
export { AuditTrail } from './recording/audit-trail.ts';
export type { AuditTrailOptions } from './recording/audit-trail.ts';
export { Recorder } from './recording/recorder.ts';
export type { RecorderSummary } from './recording/recorder.ts';
export type { RecorderDisk } from './recording/recorder-disk.ts';
export type { RecordingSource } from './recording/segments.ts';
export type { RecorderFsync, RecorderOptions } from './recording/recorder-options.ts';
export type { KeepOptions, RemovedSegment, SealedSegment } from './recording/segment-shelf.ts';
export { fileSystemDrive } from './recording/second-location/drive.ts';
export type { Drive, LocationKind, Presence } from './recording/second-location/drive.ts';
export type {
  CopyPriority,
  FileToCopy,
  FolderToCopy,
  LocationEvent,
  LocationState,
  SecondLocationOptions,
} from './recording/second-location/location-options.ts';
export { SecondLocation } from './recording/second-location/second-location.ts';
export type { LocationStatus } from './recording/second-location/second-location.ts';
export type { MarketSource, SourceHealth } from './sources/market-source.ts';
export { RestPollingFeed } from './sources/rest-polling-feed.ts';
export type { RestMarket, RestPollingFeedOptions, RestPollingHealth } from './sources/rest-polling-feed.ts';
export { ReplayFeed } from './sources/replay-feed.ts';
export type { ReplayFeedOptions } from './sources/replay-feed.ts';
export type { CandleStats } from './market/candle-series.ts';
export type { HistoryOptions, HistoryStats, SeriesStats } from './market/symbol-history.ts';
export type { TapeGap } from './market/tape-gaps.ts';
export type { BookStats, TradeStats } from './market/symbol-state.ts';
export { webSocketDial } from './connection/web-socket-dial.ts';
export type { WebSocketDialOptions } from './connection/web-socket-dial.ts';
export { MarketSync } from './view/market-sync.ts';
export type { MarketSnapshot, MarketSyncOptions, SyncStats } from './view/market-sync.ts';
export type { LevelColumns, SymbolSnapshot } from './view/symbol-snapshot.ts';
export type * from './verify/recording-report.ts';
export { verifyRecording } from './verify/verify-recording.ts';
export type { VerifyRecordingOptions } from './verify/verify-recording.ts';
