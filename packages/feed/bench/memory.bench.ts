/**
 * What it costs in memory to follow fifty symbols at depth 1000 with their trades, and whether it grows: resident size of a
 * process that does just that, against one that does nothing, both started by this run. Seeded frames with true
 * checksums, each applied and verified; the process strips its own types, which a published package would not.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';

export const run: BenchRun = ({ smoke }) => {
  const floor = measure(['--eval', 'console.log(JSON.stringify([process.memoryUsage.rss()]))']).at(-1)!;
  const script = fileURLToPath(new URL('fifty-books.ts', import.meta.url));
  const sizes = measure([script, smoke ? '200' : '20000']);
  const end = sizes.at(-1)!;
  const half = sizes[sizes.length >> 1]!;
  const row = (name: string, size: number, against: string, than: number): BenchRow => ({
    name,
    median: size / 2 ** 20,
    unit: 'MB RSS',
    against,
    ratio: size / than,
  });
  return [
    row('empty process', floor, 'itself', floor),
    row('50 books of depth 1000 with trades', end, 'an empty process', floor),
    row('the same half-way', half, 'the end', end),
  ];
};

/** Runs Node on its own. @returns The resident sizes in bytes that it prints. */
function measure(args: readonly string[]): number[] {
  const flags = ['--conditions=@kb/source', '--no-warnings'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The measured process failed: ${stderr}`);
  return JSON.parse(stdout) as number[];
}
