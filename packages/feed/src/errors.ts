import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/feed` throws or hands over. Adding one is a minor change, changing a meaning a major one. */
export const FEED_ERROR_CODES = [
  'KB_FEED_BAD_OPTIONS',
  'KB_FEED_BAD_INPUT',
  'KB_FEED_BAD_IMPORT',
  'KB_FEED_UNREACHABLE',
  'KB_FEED_REFUSED',
  'KB_FEED_CLOSED',
  'KB_FEED_RECORDER_FAILED',
  'KB_FEED_RECORDER_OVERFLOW',
  'KB_FEED_RECORDER_NO_ROOM',
  'KB_FEED_AUDIT_FAILED',
] as const;

export type FeedErrorCode = (typeof FEED_ERROR_CODES)[number];

/** The feed, a recorder or a replay cannot do what it was asked to. Faults of the market data are events, not errors. */
export class FeedError extends KbError<FeedErrorCode> {
  override readonly name = 'FeedError';
}
