import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Listing } from '../listings/listing.ts';

/** One line of an account's ledger: `balance` is the asset's balance after it. Amounts are signed and without the fee. */
export interface LedgerEntry {
  /** `L4UESK-KG3EQ-UFO4T5`: unique in the exchange. */
  readonly id: string;
  /** The trade, position or order it comes from. */
  readonly refId: string;
  readonly at: Micros;
  readonly type: 'trade' | 'deposit' | 'margin' | 'rollover' | 'settled';
  /** v2 asset name. */
  readonly asset: string;
  readonly amount: Decimal;
  readonly fee: Decimal;
  readonly balance: Decimal;
}

/** One trade of an account's own order, once per side. */
export interface Fill {
  /** `T` id, unique in the exchange: `TCCCTY-WE2O6-P3NB37`. The REST trade id and the `exec_id` of WebSocket v2. */
  readonly id: string;
  /** The public trade's number. */
  readonly tradeId: number;
  readonly orderId: string;
  readonly symbol: string;
  /** The pair's rules when its order came: price and size are in their digits. */
  readonly listing: Listing;
  readonly at: Micros;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  /** price × size, rounded to the pair's cost decimals, in quote currency. */
  readonly cost: Decimal;
  /** In the decimals of `cost`; the opening fee of a margin fill is part of it. */
  readonly fee: Decimal;
  /** v2 asset name the fee is charged in. */
  readonly feeAsset: string;
  readonly ledgerIds: readonly string[];
  /** Set for margin fills: the initial margin that the fill freed (`closed`) or, where it closed nothing, bound (`opened`). */
  readonly margin: { readonly cost: Decimal; readonly effect: 'opened' | 'closed' } | undefined;
  /** The position that a margin fill opened, with all of its size or with what it did not close. Live. */
  readonly position: Position | undefined;
}

/** What the part of a position that is closed came to, in quote currency. */
export interface ClosedPart {
  readonly size: Lots;
  /** Sum of what it was closed for; a settled part counts with what it was opened for. */
  readonly cost: Decimal;
  /** Its shares of the fees of the closing trades. */
  readonly fee: Decimal;
  /** Won by it, before all fees. */
  readonly profit: Decimal;
  /** Ids of the closing trades, oldest first: the newest thousand at most. */
  readonly trades: readonly string[];
}

/** A margin position: what one opening fill (or its rest) still holds open. */
export interface Position {
  /** The opening fill's id. */
  readonly id: string;
  readonly orderId: string;
  readonly symbol: string;
  /** The pair's rules when its order came: sizes are in their digits. */
  readonly listing: Listing;
  readonly side: Side;
  readonly openedAt: Micros;
  readonly leverage: number;
  /** Opened and already closed, in lots. */
  readonly size: Lots;
  readonly closed: Lots;
  readonly closedPart: ClosedPart;
  /** Of the opened size, in quote currency. */
  readonly cost: Decimal;
  /** Trade and opening fee of the opened size. */
  readonly fee: Decimal;
  /** Initial margin still bound. */
  readonly margin: Decimal;
  /** `0.0250% per 4 hours`. */
  readonly terms: string;
  readonly nextRolloverAt: Micros;
}

/** What REST `TradeBalance` answers, in the asked asset. */
export interface TradeBalance {
  readonly equivalentBalance: Decimal;
  readonly tradeBalance: Decimal;
  readonly marginUsed: Decimal;
  readonly unrealised: Decimal;
  readonly costBasis: Decimal;
  readonly valuation: Decimal;
  readonly equity: Decimal;
  readonly freeMargin: Decimal;
  /** Percent; `undefined` without a position. */
  readonly marginLevel: Decimal | undefined;
}

/** Values one unit of an asset in another (v2 names), from the markets' last trades; `undefined`: no way to say. */
export type Valuation = (asset: string, inAsset: string) => Decimal | undefined;

/** What a spot or margin fill needs to be booked. */
export interface FillFacts {
  readonly tradeId: number;
  readonly orderId: string;
  readonly listing: Listing;
  readonly at: Micros;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  readonly feeIn: 'base' | 'quote';
  /** 0: spot. Otherwise the leverage of the order. */
  readonly leverage: number;
}

/** Ids of everything an exchange numbers, in Kraken's form, unique and seeded. */
export interface IdSource {
  /** `prefix` O orders, T trades and amends, L ledger: `OXXXXX-XXXXX-XXXXXX`. */
  next(prefix: 'O' | 'T' | 'L'): string;
}
