/**
 * Runs the benchmarks: `pnpm bench [--smoke] [--json] [PART-OF-A-PATH …]`.
 *
 * Prints a table, or with --json one object a line: {"name","median","unit","against","ratio"}.
 */
import { globSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRow, BenchRun } from './bench-kit.ts';

const { values, positionals } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const files = globSync('{packages,apps}/*/bench/*.bench.ts')
  .toSorted()
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
if (files.length === 0) {
  process.stderr.write(`No benchmark file matches ${positionals.join(', ')}\n`);
  process.exit(2);
}

for (const file of files) {
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
