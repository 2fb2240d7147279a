import type { InstrumentStatus, Side, SystemStatus } from '@kb/model';

/**
 * What faults ask of an exchange. Everything takes effect at once, and clients are told as they are of any change. Symbols are those of
 * `symbols`.
 */
export interface FaultTarget {
  /** v2 names of all pairs. */
  readonly symbols: readonly string[];
  setSystemStatus(status: SystemStatus): void;
  setPairStatus(symbol: string, status: InstrumentStatus): void;
  changePrecision(symbol: string, pricePrecision: number, qtyPrecision: number): void;
  delist(symbol: string): void;
  revokeTokens(): void;
  /** Lets a market stand still, or go on: nothing happens of itself, what clients send is answered. */
  freeze(symbol: string, frozen: boolean): void;
  /** Cancels the market's own orders of a side, but for those at its best prices; clients' orders stay. */
  pullOrders(symbol: string, side: Side, keepLevels: number): void;
  /** The ten best levels of each side as clients of `book` were last told. */
  topOfBook(symbol: string): BookTop | undefined;
}

export interface BookTop {
  /** Best first. */
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/** Digits as they stand in frames: all decimals of the pair. */
export interface LevelText {
  readonly price: string;
  readonly qty: string;
}
