import type { Side } from './side.ts';
import type { Lots, Micros, Ticks } from './units.ts';

/**
 * What a margin account is worth, under the names that Kraken gives it. Decimal text in US dollars.
 * @see https://docs.kraken.com/api/docs/rest-api/get-trade-balance
 */
export interface TradeBalance {
  /** Equivalent balance: all balances. */
  readonly eb: string;
  /** Trade balance: all balances that are collateral, each at its weight. */
  readonly tb: string;
  /** Margin used by open positions. */
  readonly m: string;
  /** Unrealised profit of open positions, negative for a loss. */
  readonly n: string;
  /** What open positions cost, and what they are worth now. */
  readonly c: string;
  readonly v: string;
  /** Equity: `tb` + `n`. */
  readonly e: string;
  /** Free margin: `e` − `m`; and the same less what open orders may still use. */
  readonly mf: string;
  readonly mfo: string;
  /** Margin level, `e` / `m` in percent with two decimals; `undefined` without a position. */
  readonly ml: string | undefined;
  /** Unexecuted value: price × remaining size of open orders. */
  readonly uv: string;
  /** Assets held of which no price is known: they count nowhere. */
  readonly unpriced: readonly string[];
}

/** A margin position: what one execution opened and nothing has closed. Closed in the order in which they were opened. */
export interface MarginPosition {
  readonly positionId: string;
  /** The order whose execution it is. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  /** What is left of it. */
  readonly size: Lots;
  readonly price: Ticks;
  readonly leverage: number;
  /** Per rollover period, as a fraction in decimal text; the rate of its execution. */
  readonly rate: string;
  readonly openedAt: Micros;
}

/** What the venue says of the account, not of an order. */
export type AccountReport = MarginCallReport | LiquidationReport | RolloverReport;

interface AccountReportBase {
  readonly seq: number;
  /** When it happened at the venue, on the venue's clock. */
  readonly venueTs: Micros;
  /** When we learnt of it, on our clock. */
  readonly recvTs: Micros;
}

/** The margin level has fallen to the level at which the venue warns. Told once until it has been above it again. */
export interface MarginCallReport extends AccountReportBase {
  readonly type: 'margin-call';
  readonly balance: TradeBalance;
}

/** The margin level has fallen so far that the venue closes the positions in a pair at market, by an order of its own. */
export interface LiquidationReport extends AccountReportBase {
  readonly type: 'liquidation';
  readonly symbol: string;
  /** The venue's order: its fills come as those of any order. */
  readonly clientOrderId: string;
  readonly side: Side;
  readonly size: Lots;
  readonly balance: TradeBalance;
}

/** A position was held for another period, and paid for. */
export interface RolloverReport extends AccountReportBase {
  readonly type: 'rollover';
  readonly symbol: string;
  readonly positionId: string;
  /** Decimal text. */
  readonly fee: string;
  readonly feeAsset: string;
}
