/**
 * Runs the benchmarks: `pnpm bench [--smoke] [--json] [PART-OF-A-PATH …]`.
 *
 * Prints a table, or with --json one object a line: {"name","median","unit","against","ratio"}. Each file runs in a process of
 * its own: what one benchmark taught the compiler must not be the next one's handicap. Peers share their file's process.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRow, BenchRun } from './bench-kit.ts';

const { values, positionals } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Internal: this one file, in this process. */
    file: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.file === undefined) runAll();
else await runFile(values.file);

function runAll(): void {
  const files = globSync('{packages,apps}/*/bench/*.bench.ts')
    .toSorted()
    .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  if (files.length === 0) {
    process.stderr.write(`No benchmark file matches ${positionals.join(', ')}\n`);
    process.exitCode = 2;
  }
  const flags = [...(values.smoke ? ['--smoke'] : []), ...(values.json ? ['--json'] : [])];
  for (const file of files) {
    const self = fileURLToPath(import.meta.url);
    const args = [...process.execArgv, self, '--file', file, ...flags];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    process.stderr.write(`${file} failed with ${status ?? 'a signal'}\n`);
    process.exitCode = 1;
  }
}

async function runFile(file: string): Promise<void> {
  const { run } = (await import(pathToFileURL(file).href)) as { run: BenchRun };
  const rows = await run({ smoke: values.smoke });
  if (values.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else printTable(file, rows);
}

function printTable(file: string, rows: readonly BenchRow[]): void {
  process.stdout.write(`\n${file}${values.smoke ? ' (smoke)' : ''}\n`);
  for (const row of rows) {
    const ratio = row.ratio === undefined ? '' : `× ${row.ratio.toFixed(3)} of ${row.against ?? ''}`;
    const figure = row.median >= 100 ? Math.round(row.median).toLocaleString('en') : row.median.toPrecision(3);
    process.stdout.write(`  ${row.name.padEnd(58)} ${figure.padStart(12)} ${row.unit.padEnd(9)} ${ratio}\n`);
  }
}
