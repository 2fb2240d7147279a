#!/usr/bin/env node
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { errorJson, errorText, reportOf } from './cli-error.ts';
import type { ErrorReport } from './cli-error.ts';
import { EXIT_CODES, exitCodeOfStop } from './exit-codes.ts';
import type { ExitCode, StopReason } from './exit-codes.ts';
import { run } from './program.ts';
import { SHOW_CURSOR } from './terminal-view.ts';

/** A second Ctrl-C within this time ends the process at once. */
const IMPATIENCE_MS = 3_000;

// What nobody awaited is told like any other bug; the process cannot be trusted to go on after it.
process.on('uncaughtException', (error) => endNow(tell(error, process.argv.slice(2))));
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<ExitCode> {
  const stop = new AbortController();
  listenForSignals(stop);
  stopWithoutReader(stop);
  const { stdout, stderr, env } = process;
  try {
    const exitCode = await run(argv, manifest.version, { stdout, stderr, env, signal: stop.signal });
    return exitCode === EXIT_CODES.ok && stop.signal.aborted ? exitCodeOfStop(stop.signal.reason) : exitCode;
  } catch (error) {
    return tell(error, argv);
  }
}

/** The first signal asks for a clean end; a second Ctrl-C soon after does not wait for it. */
function listenForSignals(stop: AbortController): void {
  let first = 0; // on the monotonic clock: a step of the wall clock is no second Ctrl-C
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (stop.signal.aborted && performance.now() - first < IMPATIENCE_MS) endNow(exitCodeOfStop(signal));
    first = performance.now();
    stop.abort(signal satisfies StopReason);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** Nobody reads on, as after `kb demo | head`: a reason to stop, and no bug. */
function stopWithoutReader(stop: AbortController): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    stop.abort('EPIPE' satisfies StopReason);
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

/** Does not wait for anything. A view that was repainting has hidden the cursor. */
function endNow(exitCode: ExitCode): never {
  for (const output of [process.stdout, process.stderr]) if (output.isTTY) output.write(SHOW_CURSOR);
  process.exit(exitCode);
}

/** Tells an error: for people on stderr, and for programs on stdout when they asked. No stack trace on either. */
function tell(error: unknown, argv: readonly string[]): ExitCode {
  const report = reportOf(error);
  const told = report.exitCode === EXIT_CODES.internal ? withReportFile(report, error, argv) : report;
  process.stderr.write(errorText(told));
  if (argv.includes('--json')) process.stdout.write(errorJson(told));
  return told.exitCode;
}

/** A bug's details go to a file that can be sent along, not over the user's screen. */
function withReportFile(report: ErrorReport, error: unknown, argv: readonly string[]): ErrorReport {
  const file = join(mkdtempSync(join(tmpdir(), 'kb-')), 'report.txt');
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `\ncause: ${error.cause.stack}` : '';
  const about = `kb ${manifest.version}, node ${process.version}, ${process.platform} ${process.arch}`;
  writeFileSync(file, `${about}\nkb ${argv.join(' ')}\n\n${stack}${cause}\n`, { mode: 0o600 });
  return { ...report, hint: `send us the report in ${file}` };
}
