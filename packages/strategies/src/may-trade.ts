import type { BookView, FeedState } from '@kb/model';

/**
 * Whether a symbol may be traded on: its book is verified, or `unverified` and shown all the same, which only a feed does that was
 * allowed to. In every other state what is known is not the market.
 */
export function mayTrade(state: FeedState, book: BookView | undefined): book is BookView {
  return book !== undefined && (state === 'live' || state === 'unverified');
}
