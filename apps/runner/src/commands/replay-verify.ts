import { verifyRecording } from '@kb/feed';
import type { RecordingDamage, RecordingFault, RecordingReport, SymbolReport } from '@kb/feed';
import { microsToIso, SECOND } from '@kb/model';
import { CliError, errorText, reportOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { grouped } from '../figures.ts';
import type { VerifyOptions } from '../options.ts';

/** Gaps of a symbol that people are shown; programs get all that are kept. */
const SHOWN_GAPS = 5;

/**
 * Plays a recording through the decoder and books of the live feed, derives every checksum again and says how much of its
 * time is proven.
 *
 * Ends with 6 when any frame fails its checksum, crosses its book or cannot be decoded, naming the first one, when a file breaks
 * off, as a crash leaves one (the others are read all the same), or when a book is proven for less of the time than `minCoverage`.
 */
export async function replayVerify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { paths, precision, depth, json } = options;
  const report = await verifyRecording(paths, {
    grids: precision,
    ...(depth === undefined ? {} : { depth }),
    signal: context.signal,
    readPastDamage: true,
  });
  const name = paths.length === 1 ? (paths[0] ?? '') : `${paths.length} files`;
  const symbols = Object.values(report.symbols);
  const hasProof = symbols.some(({ checksumOk }) => checksumOk > 0);
  if (!hasProof && report.firstFault === undefined && report.importedFrom === undefined) {
    const [damage] = report.damage;
    const why = damage === undefined ? '' : `; ${damage.detail}`;
    throw new CliError('KB_CLI_NOTHING_TO_VERIFY', `${name}: no book frame among ${report.frames} frames${why}`, {
      hint: 'record the book channel: kb record --channels book,trade,instrument',
    });
  }
  context.stdout.write(json ? `${jsonOf(report)}\n` : textOf(report));
  const failures = [
    ...failureErrors(name, report.firstFault),
    ...damageErrors(report.damage),
    ...coverageErrors(name, report, options.minCoverage),
  ];
  for (const error of failures) context.stderr.write(errorText(reportOf(error)));
  return failures.length === 0 ? EXIT_CODES.ok : EXIT_CODES.integrity;
}

/** What is not known is `null`: every field is always there. */
function jsonOf(report: RecordingReport): string {
  return JSON.stringify(report, (_key, value: unknown) => (value === undefined ? null : value));
}

function textOf(report: RecordingReport): string {
  const { frames, malformed, symbols, connections, connectionCount, clock, missingSegments, importedFrom } = report;
  const heartbeats = connections.reduce((sum, each) => sum + each.heartbeats, 0);
  const silence = connections.reduce((longest, each) => Math.max(longest, each.longestSilence), 0);
  const lines = [
    ...Object.entries(symbols).flatMap(([symbol, each]) => symbolLines(symbol, each)),
    `${figure(frames)} frames read${malformed === 0 ? '' : `, ${figure(malformed)} of them malformed`}`,
    `${count(connectionCount, 'connection')}, ${count(heartbeats, 'heartbeat')}, longest silence ${seconds(silence)}`,
  ];
  if (clock.stepsBack > 0) {
    lines.push(
      `the clock stepped back ${count(clock.stepsBack, 'time')}, by ${seconds(clock.largestStepBack)} at most`,
    );
  }
  if (missingSegments.length > 0) lines.push(`missing: ${missingSegments.join(', ')}`);
  if (importedFrom !== undefined) {
    lines.push(`imported from ${importedFrom}`, 'imported books carry no checksums: nothing proves them');
  }
  return `${lines.join('\n')}\n`;
}

function symbolLines(symbol: string, report: SymbolReport): string[] {
  const { snapshots, updates, checksumOk, checksumFailed, crossed, skipped, unchecked, trades, candles } = report;
  const books = [
    `${figure(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'}, ${figure(updates)} updates`,
    `checksums ${figure(checksumOk)} of ${figure(checksumOk + checksumFailed)} hold`,
    `${figure(crossed)} crossed`,
    `${figure(skipped)} skipped`,
  ];
  if (unchecked > 0) books.push(`${figure(unchecked)} without one`);
  const more = [];
  if (report.coveragePercent !== undefined) {
    more.push(`coverage ${percent(report.coveragePercent)}, ${count(report.gapCount, 'gap')}`);
  }
  if (trades.trades > 0) {
    more.push(
      `${count(trades.trades, 'trade')}, ${figure(trades.missing)} missing in ${count(trades.gaps, 'gap')}, ${figure(trades.duplicates)} repeated`,
    );
  }
  if (candles !== undefined) more.push(`candles ${figure(candles.agreed)} agree, ${figure(candles.disagreed)} do not`);
  const gaps = report.gaps
    .slice(0, SHOWN_GAPS)
    .map(
      ({ from, to, cause, detail }) =>
        `  ${microsToIso(from)} for ${seconds(to - from)} (${cause})${detail === '' ? '' : `: ${detail}`}`,
    );
  if (report.gapCount > gaps.length) gaps.push(`  and ${figure(report.gapCount - gaps.length)} more`);
  const indent = ' '.repeat(13);
  return [
    `${symbol.padEnd(12)} ${books.join('   ')}`,
    ...(more.length === 0 ? [] : [`${indent}${more.join('   ')}`]),
    ...gaps.map((gap) => `${indent}${gap}`),
  ];
}

function* failureErrors(name: string, fault: RecordingFault | undefined): Generator<CliError> {
  if (fault === undefined) return;
  const { symbol, cause, detail } = fault;
  yield new CliError('KB_CLI_CHECKSUM', `${name}: first failure, ${symbol} (${cause}): ${detail}`, {
    hint: 'the frame or one before it was changed or lost; --precision helps when the recorder dropped trailing zeros',
  });
}

function* damageErrors(damage: readonly RecordingDamage[]): Generator<CliError> {
  for (const { detail } of damage) {
    yield new CliError('KB_CLI_DAMAGED', detail, {
      hint: 'what comes before is in the report; the second location may hold the whole file',
    });
  }
}

function* coverageErrors(name: string, report: RecordingReport, least: number | undefined): Generator<CliError> {
  if (least === undefined) return;
  const low = Object.entries(report.symbols).filter(
    ([, { messages, coveragePercent = 0 }]) => messages > 0 && coveragePercent < least,
  );
  const books = Object.values(report.symbols).some(({ messages }) => messages > 0);
  if (low.length === 0 && books) return;
  const found = books
    ? low.map(
        ([symbol, { coveragePercent }]) =>
          `${symbol} ${coveragePercent === undefined ? 'no times' : percent(coveragePercent)}`,
      )
    : ['no book'];
  yield new CliError('KB_CLI_COVERAGE', `${name}: covered for less than ${least} % of its time: ${found.join(', ')}`, {
    hint: 'the gaps are in the report; take a recording without them, or a lower --min-coverage',
  });
}

function figure(value: number): string {
  return grouped(String(value));
}

function count(value: number, what: string): string {
  return `${figure(value)} ${what}${value === 1 ? '' : 's'}`;
}

function seconds(duration: number): string {
  return `${grouped((duration / SECOND).toFixed(3))} s`;
}

/** Rounded down: nearly all is not all. */
function percent(value: number): string {
  return `${(Math.floor(value * 100) / 100).toFixed(2)} %`;
}
