/**
 * What the hash chain costs: the journal against the same records as plain NDJSON through the same buffering. Hot: one
 * record for each frame in and each intent and report out.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalWriter, verifyJournal } from '@kb/journal';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';

const RECORDS = 20_000;
const FLUSH = 64 * 1024;

/** A book frame of depth 10 as the input journal keeps it, 330 characters. */
const FRAME =
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,"qty":0.10000000},' +
  '{"price":45283.4,"qty":1.54582015}],"asks":[{"price":45285.2,"qty":0.00100000}],"checksum":3310070434,' +
  '"timestamp":"2026-08-02T03:35:51.660084Z"}]}';
const record = (index: number): object => ({
  type: 'frame',
  recvTs: 1_785_000_000_000_000 + index * 7919,
  frame: FRAME,
});

export const run: BenchRun = async (options: BenchOptions): Promise<BenchRow[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'kb-journal-bench-'));
  const open: JournalWriter[] = [];
  const writer = (name: string, fsync: 'never' | 'intent'): JournalWriter => {
    const home = mkdtempSync(join(directory, name));
    const made = new JournalWriter({
      directory: home,
      chain: 'input',
      flushBytes: FLUSH,
      segmentBytes: 2 ** 40,
      fsync,
    });
    open.push(made);
    return made;
  };
  const journal = writer('journal-', 'never');
  const perIntent = writer('durable-', 'never');
  const plain = openSync(join(directory, 'plain.ndjson'), 'w');
  let pending = '';
  try {
    const times = interleave(
      {
        journal: () => {
          let sum = 0;
          for (let index = 0; index < RECORDS; index += 1) sum += journal.append(record(index)).seq;
          journal.flush();
          return sum;
        },
        plain: () => {
          for (let index = 0; index < RECORDS; index += 1) {
            pending += `${JSON.stringify(record(index))}\n`;
            if (pending.length < FLUSH) continue;
            writeSync(plain, pending);
            pending = '';
          }
          return RECORDS;
        },
        durable: () => {
          let sum = 0;
          for (let index = 0; index < RECORDS; index += 1) {
            sum += perIntent.append(record(index)).seq;
            if (index % 10 === 9) perIntent.durable();
          }
          return sum;
        },
      },
      RECORDS,
      options,
    );
    await Promise.all(open.map((each) => each.close()));
    const [sample = ''] = readdirSync(directory).filter((name) => name.startsWith('durable-'));
    const start = process.hrtime.bigint();
    const { records } = verifyJournal(join(directory, sample));
    const verify = Number(process.hrtime.bigint() - start) / records;
    const row = (name: string, median: number, versus?: number): BenchRow => ({
      name,
      median,
      unit: 'ns/record',
      against: versus === undefined ? undefined : 'plain NDJSON',
      ratio: versus === undefined ? undefined : median / versus,
    });
    return [
      row('append, plain NDJSON without hashing', times.plain),
      row('append, hash-chained journal', times.journal, times.plain),
      row('append, handed over (durable) every tenth record', times.durable, times.plain),
      row('verify a compressed journal', verify),
    ];
  } finally {
    closeSync(plain);
    rmSync(directory, { recursive: true, force: true });
  }
};
