import type { CandleInterval } from '../history/market-history.ts';

export type PublishChannel = 'book' | 'trade' | 'ticker' | 'ohlc' | 'level3' | 'spread';

/**
 * One thing that a client can be told of a market, and in which protocol. `level3` is of v2 only, `spread` of v1 only. A parameter
 * that its channel does not have is ignored.
 */
export interface PublishTopic {
  readonly protocol: 'v2' | 'v1';
  readonly channel: PublishChannel;
  /** Levels a side of `book` and `level3`; 10 when left out. */
  readonly depth?: number | undefined;
  /** Minutes of a candle of `ohlc`; 1 when left out. */
  readonly interval?: CandleInterval | undefined;
  /** What makes a v2 `ticker` speak: each trade (when left out), or another best price. */
  readonly eventTrigger?: 'trades' | 'bbo' | undefined;
  /** What v1 frames begin with; 0 when left out. A frame is encoded once for all who have the same one. */
  readonly channelId?: number | undefined;
}
