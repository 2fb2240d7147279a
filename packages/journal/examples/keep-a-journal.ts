import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalWriter, readJournal, RunFolder } from '@kb/journal';
import { isoToMicros } from '@kb/model';

// Time and the random suffix are the caller's: nothing in here looks at a clock.
const root = mkdtempSync(join(tmpdir(), 'runs-'));
const now = isoToMicros('2026-11-21T01:42:33Z');
const run = RunFolder.create({ root, mode: 'paper', name: 'BTC maker', now, suffix: '7f3a', seed: 42 });

const directory = run.journalDirectory;
const journal = new JournalWriter({ directory, chain: 'output', header: { seed: 42 }, fsync: 'intent' });
journal.append({ type: 'intent', side: 'buy', price: 299_775, size: 333_333 });
journal.durable(); // on the disk before the order leaves
journal.append({ type: 'report', report: 'accepted' });
const output = await journal.close();
run.finish({ status: 'ended', exitCode: 0, now, summary: { fills: 0 }, journal: { output } });

console.log(run.id);
const reading = readJournal(directory);
for (const { seq, type } of reading) console.log(seq, type);
console.log(`${reading.end?.records} records, closed: ${reading.end?.closed}, ${reading.end?.hash.slice(0, 16)}`);
