import { KrakenDecoder, KrakenV1Decoder } from '@kb/kraken';
import type { FrameDecoder, KrakenMessage } from '@kb/kraken';
import type { Grid } from '@kb/model';

/** Reads WebSocket v2, or v1 once it is told that a recording speaks that. */
export class RecordingDecoder implements FrameDecoder {
  #decoder: FrameDecoder = new KrakenDecoder();
  /** Precisions known beforehand. */
  readonly #grids = new Map<string, Grid>();

  get inventsTradeIds(): boolean {
    return this.#decoder.inventsTradeIds === true;
  }

  decode(frame: Uint8Array): KrakenMessage {
    return this.#decoder.decode(frame);
  }

  gridOf(symbol: string): Grid | undefined {
    return this.#decoder.gridOf(symbol);
  }

  setGrid(symbol: string, grid: Grid): void {
    this.#decoder.setGrid(symbol, grid);
    this.#grids.set(symbol, grid);
  }

  /** What comes is WebSocket v1: to be told before the first frame. */
  useV1(): void {
    this.#decoder = new KrakenV1Decoder();
    for (const [symbol, grid] of this.#grids) this.#decoder.setGrid(symbol, grid);
  }
}
