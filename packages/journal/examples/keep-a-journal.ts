/** A run that keeps its books: a folder, a journal in it, and a reader that believes nothing unseen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoToMicros } from '@kb/model';
import { JournalWriter, readJournal, RunFolder } from '@kb/journal';

export async function keepAJournal(): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'runs-'));
  try {
    // Time and the random suffix are the caller's: nothing in here looks at a clock.
    const now = isoToMicros('2026-11-21T01:42:33Z');
    const run = RunFolder.create({ root, mode: 'paper', name: 'BTC maker', now, suffix: '7f3a', seed: 42 });

    const journal = new JournalWriter({
      directory: run.journalDirectory,
      chain: 'output',
      header: { seed: 42 },
      fsync: 'intent',
    });
    journal.append({ type: 'intent', side: 'buy', price: 299_775, size: 333_333 });
    journal.durable(); // on the disk before the order leaves
    journal.append({ type: 'report', report: 'accepted' });
    const end = await journal.close();
    run.finish({ status: 'ended', exitCode: 0, now, summary: { fills: 0 }, journal: { output: end } });

    const lines = [run.id];
    const reading = readJournal(run.journalDirectory);
    for (const { seq, type } of reading) lines.push(`${seq} ${String(type)}`);
    lines.push(`${reading.end?.records} records, closed ${reading.end?.closed}, ${reading.end?.hash.slice(0, 16)}`);
    return lines;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log((await keepAJournal()).join('\n'));
