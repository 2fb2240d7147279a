// oxlint-disable typescript/no-non-null-assertion -- the layout below proves every index
import { LOOKS } from './outcome-table.ts';
import type { ContextName, OutcomeColumns, OutcomeTable } from './outcome-table.ts';

/** Seconds up to which a fill counts, for counts of fills. */
export const HORIZONS = [5, 30, 300] as const;
/** Seconds up to which a fill is forecast. */
export const FORECASTS = [1, 5, 30] as const;
/** The horizon of all that has only one. */
export const HORIZON = 30;
/** How right a fill's time has to be, in seconds; the small excess is the rounding of single precision. */
const IN_TIME = 0.1 + 1e-6;

/** What is added up over orders, so that figures of any set of blocks follow. */
export const SUM = {
  orders: 0,
  joint: 1,
  absoluteError: 2,
  inTime: 3,
  trueShare: 4,
  share: 5,
  /** Three each: fills up to each of `HORIZONS`. */
  trueFills: 6,
  fills: 9,
  /** Three each: outcomes, forecasts and both, for each of `FORECASTS`. */
  happened: 12,
  forecast: 15,
  right: 18,
  /** Three each: sums and counts of moves after fills, for each of `LOOKS`. */
  trueMarks: 21,
  trueMarked: 24,
  marks: 27,
  marked: 30,
  /** Of orders whose next move is known: how many, moves, their squares, fills, fills times moves. */
  moved: 33,
  move: 34,
  moveSquared: 35,
  trueFilledMoved: 36,
  trueFilledMove: 37,
  filledMoved: 38,
  filledMove: 39,
  /** Ends and cancels by bin of time, for survival curves: in truth, then estimated. */
  trueEnds: 40,
  trueCensored: 88,
  ends: 136,
  censored: 184,
} as const;

export const WIDTH = 232;

/** Upper edges of the bins of time, in seconds: 30 and 300 are among them. */
export const BIN_EDGES: readonly number[] = Array.from({ length: 48 }, (_, bin) => 300 * 10 ** ((bin - 47) / 11));

/** Sums of one estimate over some rows, by block of five minutes. */
export function blockSums(table: OutcomeTable, estimate: OutcomeColumns, rows: readonly number[]): Float64Array[] {
  const blocks = new Map<number, Float64Array>();
  for (const row of rows) {
    const block = table.context.block.at(row);
    let sums = blocks.get(block);
    if (sums === undefined) blocks.set(block, (sums = new Float64Array(WIDTH)));
    addRow(sums, table, estimate, row);
  }
  return [...blocks.values()];
}

export function total(blocks: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(WIDTH);
  for (const block of blocks) for (let index = 0; index < WIDTH; index += 1) sums[index]! += block[index]!;
  return sums;
}

function addRow(sums: Float64Array, { context, truth }: OutcomeTable, estimate: OutcomeColumns, row: number): void {
  const life = context.life.at(row);
  const [trueFill, fill] = [truth.fill.at(row), estimate.fill.at(row)];
  const [isTrue, isFilled] = [trueFill <= HORIZON, fill <= HORIZON];
  sums[SUM.orders]! += 1;
  sums[SUM.trueShare]! += truth.share.at(row);
  sums[SUM.share]! += estimate.share.at(row);
  if (isTrue && isFilled) {
    const error = Math.abs(fill - trueFill);
    sums[SUM.joint]! += 1;
    sums[SUM.absoluteError]! += error;
    if (error <= IN_TIME) sums[SUM.inTime]! += 1;
  }
  for (let index = 0; index < HORIZONS.length; index += 1) {
    if (HORIZONS[index]! > life && index > 1) continue; // cancelled before
    if (trueFill <= HORIZONS[index]!) sums[SUM.trueFills + index]! += 1;
    if (fill <= HORIZONS[index]!) sums[SUM.fills + index]! += 1;
  }
  for (let index = 0; index < FORECASTS.length; index += 1) {
    const [outcome, forecast] = [trueFill <= FORECASTS[index]!, fill <= FORECASTS[index]!];
    if (outcome) sums[SUM.happened + index]! += 1;
    if (forecast) sums[SUM.forecast + index]! += 1;
    if (outcome && forecast) sums[SUM.right + index]! += 1;
  }
  for (let look = 0; look < LOOKS.length; look += 1) {
    addMark(sums, SUM.trueMarks + look, SUM.trueMarked + look, isTrue, truth.marks[look]!.at(row));
    addMark(sums, SUM.marks + look, SUM.marked + look, isFilled, estimate.marks[look]!.at(row));
  }
  const move = context.move.at(row);
  if (!Number.isNaN(move)) {
    sums[SUM.moved]! += 1;
    sums[SUM.move]! += move;
    sums[SUM.moveSquared]! += move * move;
    if (isTrue) sums[SUM.trueFilledMoved]! += 1;
    if (isTrue) sums[SUM.trueFilledMove]! += move;
    if (isFilled) sums[SUM.filledMoved]! += 1;
    if (isFilled) sums[SUM.filledMove]! += move;
  }
  addLife(sums, SUM.trueEnds, SUM.trueCensored, trueFill, life);
  addLife(sums, SUM.ends, SUM.censored, fill, life);
}

function addMark(sums: Float64Array, at: number, countAt: number, counts: boolean, mark: number): void {
  if (!counts || Number.isNaN(mark)) return;
  sums[at]! += mark;
  sums[countAt]! += 1;
}

function addLife(sums: Float64Array, endsAt: number, censoredAt: number, fill: number, life: number): void {
  const isFilled = fill <= life;
  sums[(isFilled ? endsAt : censoredAt) + binOf(isFilled ? fill : life)]! += 1;
}

/** The first bin whose edge is not before a time. */
function binOf(seconds: number): number {
  if (seconds <= BIN_EDGES[0]!) return 0;
  const bin = Math.ceil(47 + 11 * Math.log10(seconds / 300) - 1e-6);
  return Math.min(Math.max(bin, 0), BIN_EDGES.length - 1);
}

/** Rows of a table for which something holds. */
export function rowsWhere(table: OutcomeTable, name: ContextName, holds: (value: number) => boolean): number[] {
  const column = table.context[name];
  return Array.from({ length: table.length }, (_, row) => row).filter((row) => holds(column.at(row)));
}
