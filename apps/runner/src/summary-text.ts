import type { Bracket, RunSummary } from '@kb/engine';
import { countToDecimal, micros } from '@kb/model';
import type { Grid } from '@kb/model';
import { Decimal } from 'decimal.js';
import { formatDuration } from './duration.ts';
import { badgeLines } from './fidelity-badge.ts';
import { grouped, money, signed, signedMoney } from './figures.ts';
import { impactLines } from './impact-text.ts';
import { feeTierText } from './session/fee-text.ts';
import { latencyText, measuredText } from './session/latency-text.ts';
import type { MeasuredLatency } from './session/measured-latency.ts';
import { pnlText } from './terminal-view.ts';
import type { ModeLabel } from './terminal-view.ts';

/** What the summary of a run does not hold itself. */
export interface SummaryFrame {
  readonly mode: ModeLabel;
  /** Digits by symbol, for positions. */
  readonly grids: Readonly<Record<string, Grid>>;
  /** Where the run folder is; `undefined` when there is none. */
  readonly folder: string | undefined;
  /** What the run's own connection took, where it was measured. */
  readonly measured?: MeasuredLatency | undefined;
}

/** The end of a run for people: what was done, what it made, and how far that can be trusted. */
export function summaryText(summary: RunSummary, { mode, grids, folder, measured }: SummaryFrame): string {
  const { orders, fills, pnl, reporting, latency, venueTime } = summary;
  const label = (name: string): string => `  ${name.padEnd(10)} `;
  const lines = [
    `${mode} summary: every figure is simulated, nothing was sent to an exchange`,
    `${label('market')}${summary.symbols.join(', ')}${venueTime === undefined ? ' (never became known)' : ''}, ${count(summary.events, 'event')}${span(venueTime)}`,
    `${label('strategy')}${summary.strategies.map(({ id, use, symbol }) => `${use} "${id}" on ${symbol}`).join(', ')}`,
    `${label('latency')}${latencyText(latency)}`,
    ...slackLines(summary),
    ...(measured === undefined ? [] : [`${label('')}measured on this connection: ${measuredText(measured)}`]),
    `${label('fee tier')}${feeTierText(summary)}`,
    `${label('orders')}${orders.placed} placed, ${orders.amended} amended, ${orders.cancelled} cancelled, ${orders.open} open${reasons('rejected', orders.rejected)}${reasons('refused by risk', orders.refused)}`,
    `${label('fills')}${fills.total} (${fills.maker} maker, ${fills.taker} taker; ${fills.buy} bought, ${fills.sell} sold); risk-averse ${summary.pessimisticFills}, uniform ${summary.optimisticFills} on the same orders`,
    `${label('position')}${Object.entries(summary.position)
      .map(([symbol, lots]) => positionText(symbol, lots, grids[symbol]))
      .join(', ')}`,
    `${label('fees')}${pnl === undefined ? '—' : `${money(pnl.fees)} ${reporting}`}`,
    `${label('P&L')}${pnlText(pnl, reporting)}  net of fees [every order at its worst … at its best, by queue model]`,
    ...(pnl === undefined
      ? []
      : [
          `${label('')}whole accounts: ${modelsText(pnl.bracket.net)}`,
          `${label('')}trading ${signedMoney(pnl.trading)} before fees; starting balances ${signedMoney(pnl.inventory)} by being held`,
        ]),
    ...impactLines(summary).map((line, index) => `${label(index === 0 ? 'impact' : '')}${line}`),
    ...badgeLines(summary).map((line, index) => `${label(index === 0 ? 'fidelity' : '')}${line}`),
    `${label('equity')}${summary.equity === undefined ? '—' : `${money(summary.equity)} ${reporting}`}`,
    ...(summary.halted === undefined ? [] : [`${label('halted')}${summary.halted}`]),
    ...(summary.strategyErrors === 0 ? [] : [`${label('errors')}${count(summary.strategyErrors, 'strategy error')}`]),
    ...(folder === undefined ? [] : [`${label('run')}${folder}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** `risk-averse -0.51, central -0.51, uniform +0.12`. */
function modelsText(figures: Bracket): string {
  const { pessimistic, central, optimistic } = figures;
  return `risk-averse ${signedMoney(pessimistic)}, central ${signedMoney(central)}, uniform ${signedMoney(optimistic)}`;
}

function positionText(symbol: string, lots: number, grid: Grid | undefined): string {
  const base = symbol.split('/')[0] ?? symbol;
  return grid === undefined
    ? `${lots} lots of ${symbol}`
    : `${signed(countToDecimal(lots, grid.qtyPrecision))} ${base}`;
}

/** Matching waits for the feed: where answers are as quick as it, they are late by what the feed lets wait. */
function slackLines({ ackSlack, flags }: RunSummary): string[] {
  if (ackSlack === undefined || !flags.includes('latency-faster-than-feed')) return [];
  const share = new Decimal(1).minus(ackSlack.onTime).times(100).toFixed(0);
  const worst = formatDuration(micros(ackSlack.max));
  return [
    `             ${share} % of answers came later than that, by up to ${worst}: on paper a result is known`,
    '             once the market data of its moment is here',
  ];
}

function span(time: RunSummary['venueTime']): string {
  return time === undefined ? '' : ` over ${formatDuration(micros(Math.max(0, time.end - time.start)))} of venue time`;
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  if (entries.length === 0) return '';
  const total = entries.reduce((sum, [, times]) => sum + times, 0);
  return `, ${total} ${what} (${entries.map(([reason, times]) => `${reason} ${times}`).join(', ')})`;
}

function count(number: number, noun: string): string {
  return `${grouped(String(number))} ${noun}${number === 1 ? '' : 's'}`;
}
