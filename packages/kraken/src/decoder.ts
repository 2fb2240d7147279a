import type { Grid } from '@kb/model';
import type { KrakenMessage } from './messages.ts';

/** Decodes Kraken WebSocket v2 frames from bytes. */
export declare class KrakenDecoder {
  /** Fixes a symbol's precision (from the instrument channel or configuration). */
  setGrid(symbol: string, grid: Grid): void;
  /** The precision known for a symbol: set, taken from an instrument frame, or locked from its first book snapshot. */
  gridOf(symbol: string): Grid | undefined;
  /** Never throws. */
  decode(frame: Uint8Array): KrakenMessage;
}
