/**
 * What it takes in memory to follow fifty symbols at depth 1000 with their trades, without and with candles, and whether it grows: resident size of a
 * process that does just that, against an empty one and against one that has loaded the same code and the same file of frames. The venue
 * tells the instruments first, as it does; then seeded frames with true checksums, each applied and verified, and trades, as fast as it goes.
 * With candles, the venue tells the past of each symbol at the start, as `backfill` has it told, so that every ring is full.
 *
 * Frames are made by another process, and handed over as buffers of their own. The code is bundled to JavaScript first, as users have it: to
 * strip types while loading takes some 50 MB more. How much of what is resident is garbage is V8's choice.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { median } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { bookFrames } from './frame-stream.ts';

export const run: BenchRun = async ({ smoke }) => {
  const folder = mkdtempSync(join(tmpdir(), 'kb-memory-'));
  try {
    const script = await bundled(folder);
    const runs = smoke ? 1 : 7;
    const frames = join(folder, 'frames.jsonl');
    writeFileSync(
      frames,
      bookFrames(1, 1000, smoke ? 200 : 20_000)
        .map(String)
        .join('\n') + '\n',
    );
    const empty = measure(runs, ['--eval', 'console.log(JSON.stringify([process.memoryUsage.rss()]))']);
    const loaded = measure(runs, [script, frames, '0']);
    const books = measure(runs, [script, frames, '50']);
    const history = measure(runs, [script, frames, '50', 'history']);
    return [
      row('empty process', empty.end),
      row('code and frames loaded', loaded.end, 'an empty process', empty.end),
      row('50 books of depth 1000 with trades', books.end, 'an empty process', empty.end),
      row('50 books, from half-way to the end', books.end, 'half-way', books.half),
      row('50 books with tapes, prices and candles (1m, 5m, 15m, 1h)', history.end, 'an empty process', empty.end),
      row('50 of them, from half-way to the end', history.end, 'half-way', history.half),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** @returns The path of the program in plain JavaScript. */
async function bundled(folder: string): Promise<string> {
  await build({
    config: false,
    entry: [fileURLToPath(new URL('many-books.ts', import.meta.url))],
    format: 'esm',
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/^@kb\//],
    silent: true,
    esbuildOptions(options) {
      options.conditions = ['@kb/source'];
    },
  });
  return join(folder, 'many-books.mjs');
}

function row(name: string, size: number, against?: string, than = Number.NaN): BenchRow {
  const ratio = against === undefined ? undefined : size / than;
  return { name, median: size / 2 ** 20, unit: 'MB RSS', against, ratio };
}

/** Runs Node on its own, so many times. @returns Medians of the resident sizes in bytes, half-way and at the end. */
function measure(runs: number, args: readonly string[]): { readonly half: number; readonly end: number } {
  const sizes = Array.from({ length: runs }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The measured process failed: ${stderr}`);
    return JSON.parse(stdout) as number[];
  });
  return {
    half: median(sizes.map((each) => each[each.length >> 1] ?? Number.NaN)),
    end: median(sizes.map((each) => each.at(-1) ?? Number.NaN)),
  };
}
