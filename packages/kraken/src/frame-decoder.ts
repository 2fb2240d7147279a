import type { Grid } from '@kb/model';
import type { KrakenMessage } from './messages.ts';

/** What turns frames of one WebSocket protocol into messages; the messages are the same for all of them. */
export interface FrameDecoder {
  /** True when the protocol numbers no trades and the decoder counts them: their ids then show no gap. */
  readonly inventsTradeIds?: boolean;
  /**
   * Decodes one frame. Never throws: what is wrong comes back as a `malformed` message, and nothing of that frame counts.
   * A `book` message is reused by the next call.
   */
  decode(frame: Uint8Array): KrakenMessage;
  /** The precision known for a symbol, in which its ticks and lots are counted. */
  gridOf(symbol: string): Grid | undefined;
  /**
   * Fixes a symbol's precision.
   * @throws ModelError `KB_MODEL_BAD_INSTRUMENT` when a precision is not a whole number from 0 to 15, or for one symbol more
   *   than the 16,384 that are remembered.
   */
  setGrid(symbol: string, grid: Grid): void;
}
