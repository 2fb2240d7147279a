export { FEED_ERROR_CODES, FeedError } from './errors.ts';
export type { FeedErrorCode } from './errors.ts';
export { BOOK_DEPTHS, FeedCore } from './feed-core.ts';
export type { ControlMessage, FeedCoreOptions, ResyncCause } from './feed-core.ts';
export type { FeedInput, FrameInput, StateInput, TickInput } from './feed-input.ts';
export type { BookStats, TradeStats } from './symbol-state.ts';
