import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runE1 } from '../fidelity/e1.ts';
import { hasLobster, LOBSTER_FILE, runE2 } from '../fidelity/e2.ts';
import { runE5 } from '../fidelity/e5.ts';
import { gatesOf, isPassed } from '../fidelity/measure/gates.ts';
import { pageOf } from '../fidelity/report/page.ts';
import { parseReport, reportJson } from '../fidelity/report/report-file.ts';
import type { FidelityReport } from '../fidelity/report/report.ts';
import { reportText } from '../fidelity/report/tables.ts';
import type { FidelityOptions } from '../options.ts';

/**
 * Measures how wrong paper fills are, against a look-ahead truth, and prints every estimator and the gates.
 *
 * A missed gate is told with its number and ends with 8 only when `gate` asks for it.
 */
export async function fidelity(options: FidelityOptions, context: CommandContext): Promise<ExitCode> {
  if (options.experiment === 'page') return writePage(options, context);
  const reports: FidelityReport[] = [];
  const run = {
    seed: options.seed,
    scale: options.scale,
    clock: () => performance.now() / 1_000,
    signal: context.signal,
    progress: (what: string) => void context.stderr.write(`${what}\n`),
  };
  if (options.experiment === 'all' || options.experiment === 'e2') {
    if (options.data !== undefined && hasLobster(options.data)) {
      const report = await runE2(options.data, run);
      if (report === undefined) return EXIT_CODES.ok;
      reports.push(report);
    } else if (options.experiment === 'e2') throw noRecording(options.data);
    else context.stderr.write('e2 skipped: --data names no folder with a LOBSTER recording\n');
  }
  if (options.experiment === 'all' || options.experiment === 'e1') {
    const report = await runE1({ ...run, markets: options.markets });
    if (report === undefined) return EXIT_CODES.ok;
    reports.push(report);
  }
  if (options.experiment === 'all' || options.experiment === 'e5') {
    const report = await runE5(run);
    if (report === undefined) return EXIT_CODES.ok;
    reports.push(report);
  }
  return tell(reports, options, context);
}

function tell(reports: readonly FidelityReport[], options: FidelityOptions, { stdout }: CommandContext): ExitCode {
  const gates = gatesOf(reports);
  if (options.save !== undefined) {
    mkdirSync(options.save, { recursive: true });
    for (const report of reports) writeFileSync(join(options.save, `${report.experiment}.json`), reportJson(report));
  }
  stdout.write(
    options.json
      ? `${reportJson({ reports, gates })}\n`
      : reports.map((report) => reportText(report, gatesOf([report]))).join('\n'),
  );
  return options.gate && !isPassed(gates) ? EXIT_CODES.findings : EXIT_CODES.ok;
}

/** Makes the page of saved reports. */
function writePage({ files, out, json }: FidelityOptions, { stdout }: CommandContext): ExitCode {
  const reports = files.map((file) => {
    const report = parseReport(readFileSync(file, 'utf8'));
    if (report !== undefined) return report;
    throw new CliError('KB_CLI_UNREADABLE', `${file} is no report of kb fidelity, or of another version`, {
      hint: 'make one with: kb fidelity e1 --save FOLDER',
    });
  });
  const pages = pageOf(reports);
  for (const { path, text } of pages) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  }
  const paths = pages.map(({ path }) => join(out, path));
  stdout.write(json ? `${JSON.stringify({ files: paths })}\n` : `${paths.join('\n')}\n`);
  return EXIT_CODES.ok;
}

function noRecording(data: string | undefined): CliError {
  const where = data === undefined ? '--data is missing' : `${data} has no ${LOBSTER_FILE}`;
  return new CliError('KB_CLI_UNREADABLE', `e2 needs a LOBSTER recording: ${where}`, {
    hint: `give the folder that holds ${LOBSTER_FILE}: kb fidelity e2 --data FOLDER`,
  });
}
