import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Listing } from '../listings/listing.ts';

/** Rate limits go by it. */
export type AccountTier = 'starter' | 'intermediate' | 'pro';

/** How an account begins. Everything is decimal text. */
export interface AccountSpec {
  readonly name: string;
  /** v2 asset name to amount: `{ USD: '10000', BTC: '1.5' }`. */
  readonly balances: Readonly<Record<string, string>>;
  /** `intermediate` when left out. */
  readonly tier?: AccountTier;
  /** 30-day volume in USD that the account comes with; it does not age. `0` when left out. */
  readonly volume30d?: string;
}

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
  readonly at: Micros;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  /** price × size, rounded to the pair's cost decimals, in quote currency. */
  readonly cost: Decimal;
  readonly fee: Decimal;
  /** v2 asset name the fee is charged in. */
  readonly feeAsset: string;
  readonly ledgerIds: readonly string[];
  /** Set for margin fills. */
  readonly margin: { readonly cost: Decimal; readonly effect: 'opened' | 'closed' } | undefined;
}

/** A margin position: what one opening fill (or its rest) still holds open. */
export interface Position {
  /** The opening fill's id. */
  readonly id: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly openedAt: Micros;
  readonly leverage: number;
  /** Opened and already closed, in lots. */
  readonly size: Lots;
  readonly closed: Lots;
  /** Of the opened size, in quote currency. */
  readonly cost: Decimal;
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

/**
 * One client account: balances, holds, ledger, fills, margin positions, 30-day volume. Exact: every amount is a `Decimal`, what one
 * account pays another receives to the last unit, less the fees that `feesPaid` sums.
 */
export declare class Account {
  readonly name: string;
  readonly tier: AccountTier;
  constructor(
    spec: AccountSpec,
    options: { readonly ids: IdSource; readonly at: Micros; readonly valuation: Valuation },
  );
  /** v2 asset names with a balance, zero balances included once they were touched. */
  readonly assets: readonly string[];
  balance(asset: string): Decimal;
  /** Sum held back for open orders. */
  held(asset: string): Decimal;
  /** Balance less what is held: what a new spot order may use. */
  available(asset: string): Decimal;
  /** Sets what an open order holds back; zero lets it go. */
  hold(orderId: string, asset: string, amount: Decimal): void;
  /** Percent the next fill pays: the tier reached before it, by 30-day volume in USD. */
  feePercent(listing: Listing, liquidity: 'maker' | 'taker', at: Micros): Decimal;
  /** USD volume of the last 30 days, with what the account came with. */
  volume30d(at: Micros): Decimal;
  /** Books a fill: ledger entries, balances, positions, volume. */
  book(fill: FillFacts): { readonly fill: Fill; readonly entries: readonly LedgerEntry[] };
  /** Adds money from outside (a test, a flag). */
  deposit(asset: string, amount: Decimal, at: Micros): LedgerEntry;
  /** Newest last, bounded; `ledgerCount` counts all that ever were. */
  readonly ledger: readonly LedgerEntry[];
  readonly fills: readonly Fill[];
  /** Fees paid so far by asset. */
  feesPaid(asset: string): Decimal;

  /* Margin. Positions are opened and closed by fills with leverage, first in first out per pair and side. */
  readonly positions: readonly Position[];
  /** Signed open margin position of a pair in lots: long above zero. */
  openPosition(symbol: string): Lots;
  /** The text a margin order is refused with (`EOrder:Insufficient initial margin`, …), or `undefined` when it may go on. */
  marginRefusal(listing: Listing, side: Side, size: Lots, price: Ticks, leverage: number): string | undefined;
  tradeBalance(asset: string): TradeBalance;
  /** Settles up to that many lots of positions of a pair against the side; returns the lots settled. */
  settle(
    listing: Listing,
    side: Side,
    size: Lots,
    at: Micros,
  ): { readonly settled: Lots; readonly entries: readonly LedgerEntry[] };
  /** Charges the rollover fees due by then. */
  rollover(at: Micros): readonly LedgerEntry[];
  /** Earliest time a rollover is due; `undefined` without positions. */
  readonly nextRolloverAt: Micros | undefined;
  /** Percent; below `margin_stop` (40) the desk liquidates. */
  marginLevel(): Decimal | undefined;
}
