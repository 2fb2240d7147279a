import type { AckSlackSummary, FeeStatus, PaperVenueFlag, QueueHealth } from '@kb/paper-exec';
import type { Marks, Pnl } from '@kb/portfolio';
import type { Decimal } from 'decimal.js';
import { impactSummary } from './impact-summary.ts';
import type { ImpactSummary } from './impact-summary.ts';
import type { LatencyProfile, PaperSessionConfig } from './session-config.ts';
import type { Run } from './run.ts';
import type { FeeConfig } from './venue-config.ts';

/** A paper run in figures. Money is decimal text in `reporting`; every figure here is simulated. */
export interface RunSummary {
  readonly label: 'PAPER';
  readonly symbols: readonly string[];
  readonly strategies: readonly { readonly id: string; readonly use: string; readonly symbol: string }[];
  readonly latency: LatencyProfile;
  readonly fees: FeeConfig;
  /** What each pair pays now and the volume that reached it, by symbol; empty when the market never became known. */
  readonly feeTiers: Readonly<Record<string, FeeStatus>>;
  readonly reporting: string;
  /** Venue time, microseconds since the epoch; `undefined` when the market never became known. */
  readonly venueTime: { readonly start: number; readonly end: number } | undefined;
  readonly events: number;
  readonly orders: {
    readonly placed: number;
    readonly amended: number;
    readonly cancelled: number;
    readonly open: number;
    /** By the venue's reason. */
    readonly rejected: Readonly<Record<string, number>>;
    /** By our own risk engine's reason. */
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly fills: {
    readonly total: number;
    readonly maker: number;
    readonly taker: number;
    readonly buy: number;
    readonly sell: number;
  };
  /** Fills that the risk-averse and the uniform queue model would have had on the same orders. */
  readonly pessimisticFills: number;
  readonly optimisticFills: number;
  /** Signed lots gained or lost, by symbol. */
  readonly position: Readonly<Record<string, number>>;
  /** `undefined` while a held asset has no price. */
  readonly equity: string | undefined;
  readonly pnl: PnlSummary | undefined;
  /** `undefined` when the market never became known. */
  readonly impact: ImpactSummary | undefined;
  /** Whether results were known by the time that their reports were due; `undefined` when the market never became known. */
  readonly ackSlack: AckSlackSummary | undefined;
  /** How well places in the queues were known, by symbol: by which rule, and how much of the time. */
  readonly queues: Readonly<Record<string, QueueHealth>>;
  /** What makes the run less worth than it looks. */
  readonly flags: readonly PaperVenueFlag[];
  readonly halted: string | undefined;
  readonly strategyErrors: number;
}

/** A figure under the risk-averse queue model, the central one, which the strategy lives by, and the uniform one. */
export interface Bracket {
  readonly pessimistic: string;
  readonly central: string;
  readonly optimistic: string;
}

/**
 * P&L with its bracket: for each order the worst and the best that the queue models made of it, summed over all orders.
 * The starting balances' own moves are kept apart: they are no work of the strategy's.
 */
export interface PnlSummary {
  /** What the strategy's own path made: trading minus fees, open position at the mid. */
  readonly net: string;
  /** Each order at its worst and at its best, open positions at the mid: what every queue model made lies between. */
  readonly low: string;
  readonly high: string;
  /** What trading made before fees. */
  readonly trading: string;
  readonly fees: string;
  /** What the starting balances made by being held. */
  readonly inventory: string;
  /**
   * Whole accounts by queue model, which are no bounds: more fills are not always better ones. Starting balances are worth what
   * they are whatever is filled.
   */
  readonly bracket: { readonly net: Bracket; readonly trading: Bracket; readonly fees: Bracket };
}

/** Puts a run's figures together as they stand now. */
export function summarise(config: PaperSessionConfig, run: Run | undefined, haltCause: string | undefined): RunSummary {
  const { latency, fees, reporting, symbols } = config;
  const tally = run?.engine.tally;
  const health = run?.venue.health();
  const marks = run?.engine.marks.asDecimals() ?? {};
  const pnl = run && bracketed(run, marks);
  return {
    label: 'PAPER',
    symbols,
    strategies: config.strategies.map(({ id, use, symbol }) => ({ id, use, symbol })),
    latency,
    fees,
    feeTiers: run === undefined ? {} : feeTiers(run, symbols),
    reporting,
    venueTime: run && { start: run.startedAt, end: run.engine.now },
    events: run?.events ?? 0,
    orders: {
      placed: tally?.placed ?? 0,
      amended: tally?.amended ?? 0,
      cancelled: tally?.cancelled ?? 0,
      open: run?.engine.orders.count ?? 0,
      rejected: { ...tally?.rejections },
      refused: { ...tally?.refusals },
    },
    fills: {
      total: tally?.fills ?? 0,
      maker: tally?.makerFills ?? 0,
      taker: tally?.takerFills ?? 0,
      buy: tally?.boughtFills ?? 0,
      sell: tally?.soldFills ?? 0,
    },
    pessimisticFills: run?.pessimistic.fills ?? 0,
    optimisticFills: run?.optimistic.fills ?? 0,
    position: Object.fromEntries(symbols.map((symbol) => [symbol, run?.engine.position(symbol) ?? 0])),
    equity: run?.ledger.equity(marks)?.toFixed(),
    pnl,
    impact: health && impactSummary(health.impact, pnl?.net),
    ackSlack: health?.ackSlack,
    queues: health?.queues ?? {},
    flags: health?.flags ?? [],
    halted: run?.engine.halted ?? haltCause,
    strategyErrors: tally?.strategyErrors ?? 0,
  };
}

function feeTiers({ venue }: Run, symbols: readonly string[]): Record<string, FeeStatus> {
  const tiers: Record<string, FeeStatus> = {};
  for (const symbol of symbols) {
    const status = venue.feeStatus(symbol);
    if (status !== undefined) tiers[symbol] = status;
  }
  return tiers;
}

function bracketed(
  { bracket: orders, engine, ledger, pessimistic, optimistic }: Run,
  marks: Marks,
): PnlSummary | undefined {
  const low = pessimistic.pnl(marks);
  const own = ledger.pnl(marks);
  const high = optimistic.pnl(marks);
  const range = orders.at((symbol) => engine.marks.midOf(symbol));
  if (low === undefined || own === undefined || high === undefined || range === undefined) return undefined;
  const bracket = (of: (pnl: Pnl) => Decimal): Bracket => ({
    pessimistic: of(low).toFixed(),
    central: of(own).toFixed(),
    optimistic: of(high).toFixed(),
  });
  const net = bracket(({ trading, fees }) => trading.minus(fees));
  return {
    net: net.central,
    low: range.low.toFixed(),
    high: range.high.toFixed(),
    trading: own.trading.toFixed(),
    fees: own.fees.toFixed(),
    inventory: own.inventory.toFixed(),
    bracket: { net, trading: bracket(({ trading }) => trading), fees: bracket(({ fees }) => fees) },
  };
}
