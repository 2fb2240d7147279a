import { stripVTControlCharacters, styleText } from 'node:util';
import { microsToIso, SECOND } from '@kb/model';
import type { Clock, FeedState, Micros, Side } from '@kb/model';
import { formatDuration } from './duration.ts';
import type { Output } from './context.ts';
import { bps, grouped, money, signed, signedMoney } from './figures.ts';

/** Whose numbers these are. Nothing simulated is shown without it. */
export type ModeLabel = 'DEMO' | 'PAPER' | 'SIM';

/** A price and a size as decimal text. */
export interface LevelText {
  readonly price: string;
  readonly size: string;
}

/** Where a running session stands, as the view shows it. Amounts are decimal text. */
export interface LiveSnapshot {
  readonly mode: ModeLabel;
  /** Since the session started. */
  readonly elapsed: Micros;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly feed: FeedState;
  readonly checksumOk: number;
  readonly checksumFailed: number;
  /** `undefined` while the book cannot be used. */
  readonly bid: LevelText | undefined;
  readonly ask: LevelText | undefined;
  readonly spreadBps: number | undefined;
  /** Own working orders, best first. */
  readonly quotes: readonly (LevelText & { readonly side: Side })[];
  /** Signed, in the base currency, since the start. */
  readonly position: string;
  /** In the quote currency; `undefined` while something held has no price. */
  readonly equity: string | undefined;
  readonly pnl: PnlText | undefined;
  /** Paid so far, in the quote currency. */
  readonly fees: string;
  readonly fills: number;
  /** The latency profile and its legs, for people. */
  readonly latency: string;
}

/** P&L net of fees by the queue model that the strategy lives by; `low` and `high`: every order at its worst and best, by model. */
export interface PnlText {
  readonly net: string;
  readonly low: string;
  readonly high: string;
}

/** One fill, as it is printed. */
export interface FillText {
  readonly mode: ModeLabel;
  readonly at: Micros;
  readonly side: Side;
  readonly size: string;
  readonly base: string;
  readonly price: string;
  readonly liquidity: 'maker' | 'taker';
  readonly fee: string;
  readonly feeAsset: string;
}

export interface TerminalViewOptions {
  readonly output: Output;
  readonly clock: Clock;
  /** Repaint a few lines in place; otherwise print a plain line now and then. */
  readonly live: boolean;
  readonly color: boolean;
}

/** At most ten paints a second on a terminal, one plain line in five seconds elsewhere. */
const PAINT_EVERY = SECOND / 10;
const PRINT_EVERY = 5 * SECOND;

const CLEAR_LINE = '\u001B[2K';
const HIDE_CURSOR = '\u001B[?25l';
/** Gives the cursor back that a repainting view has hidden. */
export const SHOW_CURSOR = '\u001B[?25h';

/**
 * Shows a running session. On a terminal it repaints a few lines in place below the lines that stay; anywhere else it
 * prints plain lines. It only writes when it is called, and drops what comes too fast: the newest snapshot wins.
 */
export class TerminalView {
  readonly #options: TerminalViewOptions;
  readonly #paint: Paint;
  /** Lines on the screen that the next paint replaces. */
  #painted: readonly string[] = [];
  #lastShown = Number.NEGATIVE_INFINITY;
  #latest: LiveSnapshot | undefined;
  #closed = false;

  constructor(options: TerminalViewOptions) {
    this.#options = options;
    this.#paint = options.color
      ? (format, text) => styleText(format, text, { validateStream: false })
      : (_, text) => text;
  }

  /** Takes the newest snapshot, and shows it when the last one has stood long enough. */
  update(snapshot: LiveSnapshot): void {
    if (this.#closed) return;
    this.#latest = snapshot;
    const now = this.#options.clock.now();
    if (now - this.#lastShown < (this.#options.live ? PAINT_EVERY : PRINT_EVERY)) return;
    this.#lastShown = now;
    if (this.#options.live) this.#repaint();
    else this.#options.output.write(`${statusLine(snapshot)}\n`);
  }

  /** Prints a line that stays, above the repainted ones. */
  line(text: string): void {
    const lines = this.#painted.length > 0 ? this.#lines() : [];
    this.#options.output.write(`${this.#erase()}${[text, ...lines].join('\n')}\n`);
    this.#painted = lines;
  }

  /** Prints a fill as a line that stays. */
  fill(fill: FillText): void {
    const text = fillLine(fill);
    this.line(this.#paint(fill.side === 'buy' ? 'green' : 'red', text));
  }

  /** Leaves the last snapshot on the screen and gives the cursor back. Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#painted.length === 0) return;
    this.#repaint();
    this.#painted = []; // what comes now stands below
    this.#options.output.write(SHOW_CURSOR);
  }

  /** Some terminals say that they have no columns at all. */
  get #width(): number {
    const { columns = 0 } = this.#options.output;
    return columns > 0 ? columns : 80;
  }

  #repaint(): void {
    const lines = this.#lines();
    this.#options.output.write(`${this.#painted.length === 0 ? HIDE_CURSOR : this.#erase()}${lines.join('\n')}\n`);
    this.#painted = lines;
  }

  #lines(): readonly string[] {
    const width = this.#width;
    return this.#latest === undefined ? [] : liveLines(this.#latest, this.#paint).map((line) => clip(line, width));
  }

  /** Moves back to the first painted line and clears down from it. Lines that a narrower window has wrapped count. */
  #erase(): string {
    const width = this.#width;
    const rows = this.#painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / width)), 0);
    return rows === 0 ? '' : `\r${`\u001B[1A${CLEAR_LINE}`.repeat(rows)}`;
  }
}

type Format = 'bold' | 'dim' | 'green' | 'red' | 'yellow';
type Paint = (format: Format, text: string) => string;

/** The repainted lines. */
export function liveLines(snapshot: LiveSnapshot, paint: Paint = (_, text) => text): string[] {
  const { mode, symbol, base, quote, quotes } = snapshot;
  const feed = paint(snapshot.feed === 'live' ? 'green' : 'yellow', `feed ${snapshot.feed}`);
  const own = (side: Side): string => {
    const orders = quotes.filter((order) => order.side === side);
    return orders.length === 0 ? '—' : orders.map(levelText).join(', ');
  };
  return [
    [paint('bold', mode), formatDuration(snapshot.elapsed), symbol, feed, checksumText(snapshot, paint)].join('  '),
    row('market', `bid ${levelText(snapshot.bid)}`, `ask ${levelText(snapshot.ask)}`, spreadText(snapshot)),
    row('ours', `bid ${own('buy')}`, `ask ${own('sell')}`, ''),
    row(
      mode,
      `position ${signed(snapshot.position)} ${base}`,
      `fees ${money(snapshot.fees)} ${quote}`,
      fillCount(snapshot),
    ),
    row('', `equity ${equityText(snapshot)}`, `P&L ${pnlText(snapshot.pnl, quote)}`, ''),
    paint('dim', row('', `latency ${snapshot.latency}`, '', '')),
  ];
}

/** The same on one line, for logs and pipes. */
export function statusLine(snapshot: LiveSnapshot): string {
  const { mode, elapsed, symbol, base, quote, feed } = snapshot;
  return [
    `${mode} ${formatDuration(elapsed)}`,
    symbol,
    `feed ${feed}`,
    `bid ${levelText(snapshot.bid)} ask ${levelText(snapshot.ask)} ${spreadText(snapshot)}`.trimEnd(),
    `position ${signed(snapshot.position)} ${base}`,
    `P&L ${pnlText(snapshot.pnl, quote)}`,
    fillCount(snapshot),
    checksumText(snapshot, (_, text) => text),
  ].join('  ');
}

/** `01:42:41  PAPER FILL  buy  0.002 BTC @ 64 210.1  maker  fee 0.32 USD`. */
export function fillLine({ mode, at, side, size, base, price, liquidity, fee, feeAsset }: FillText): string {
  const time = microsToIso(at).slice(11, 19);
  const what = `${side.padEnd(4)} ${size} ${base} @ ${grouped(price)}`;
  return `${time}  ${mode} FILL  ${what}  ${liquidity}  fee ${money(fee)} ${feeAsset}`;
}

/** Columns that leave room for the spread on 80 columns. */
function row(label: string, first: string, second: string, third: string): string {
  return `  ${label.padEnd(7)} ${first.padEnd(26)} ${second.padEnd(26)} ${third}`.trimEnd();
}

function levelText(level: LevelText | undefined): string {
  return level === undefined ? '—' : `${grouped(level.price)} × ${level.size}`;
}

function spreadText({ spreadBps }: LiveSnapshot): string {
  return spreadBps === undefined ? '' : `spread ${bps(spreadBps)}`;
}

function equityText({ equity, quote }: LiveSnapshot): string {
  return equity === undefined ? '—' : `${money(equity)} ${quote}`;
}

/** `+1.20 USD [-0.40 … +2.05]`. */
export function pnlText(pnl: PnlText | undefined, quote: string): string {
  if (pnl === undefined) return '—';
  return `${signedMoney(pnl.net)} ${quote} [${signedMoney(pnl.low)} … ${signedMoney(pnl.high)}]`;
}

function fillCount({ fills }: LiveSnapshot): string {
  return `${fills} ${fills === 1 ? 'fill' : 'fills'}`;
}

function checksumText({ checksumOk, checksumFailed }: LiveSnapshot, paint: Paint): string {
  const text = `checksums ${grouped(String(checksumOk))}/${grouped(String(checksumOk + checksumFailed))}`;
  return checksumFailed === 0 ? text : paint('red', text);
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}

/** Cuts a line to the width; a line that has to be cut loses its colours. */
function clip(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  return `${stripVTControlCharacters(line).slice(0, Math.max(0, width - 1))}…`;
}
