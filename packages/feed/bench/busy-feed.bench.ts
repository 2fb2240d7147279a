/**
 * A feed under load: twenty symbols at depth 1000, 20,000 frames a second over a real WebSocket on loopback, every frame stamped by the
 * venue as it is sent. Three clients, each in a process of its own, in turn and over again: the feed with all it can do (candles
 * of 1, 5, 15 and 60 minutes, tape, prices, health, a recorder to disk), the feed with books and trades alone, and ccxt pro's
 * loop, which verifies and records nothing, and is woken once for all the changes that it merges.
 *
 * CPU is that of the client's whole process, threads for compression included. Nobody waits for a client that cannot keep up: the
 * frames that it is behind at the end are a row of their own, and its CPU is to be read per frame handled. Venue and client share the
 * machine: on two cores with other work on them the highest times tell more of the machine than of either, which is why it is told
 * how often a client was taken off its core.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import type { Figures, Kind } from './busy-client.ts';
import type { Pace, Paced } from './busy-venue.ts';

const SYMBOLS = 20;
const DEPTH = 1000;

interface Load {
  readonly rate: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** What one run of one client came to. */
interface Outcome extends Figures {
  /** Frames a second that the venue sent. */
  readonly rate: number;
  /** Frames sent and not handled when the venue was done. */
  readonly behind: number;
}

export const run: BenchRun = async ({ smoke }) => {
  const load: Load = smoke
    ? { rate: 2000, warmUpSeconds: 0.5, seconds: 1, rounds: 1 }
    : { rate: 20_000, warmUpSeconds: 3, seconds: 7, rounds: 3 };
  const outcomes: Record<Kind, Outcome[]> = { full: [], books: [], ccxt: [] };
  const folder = mkdtempSync(join(tmpdir(), 'kb-busy-'));
  const updates = Math.ceil((load.rate * (load.warmUpSeconds + load.seconds)) / SYMBOLS) + 1;
  const venue = start('busy-venue.ts', [SYMBOLS, DEPTH, updates]);
  try {
    const url = `ws://127.0.0.1:${await heard<number>(venue)}/v2`;
    for (let round = 0; round < load.rounds; round += 1) {
      for (const kind of ['full', 'books', 'ccxt'] as const)
        outcomes[kind].push(await measured(kind, venue, url, folder, load));
    }
  } finally {
    venue.kill();
    rmSync(folder, { recursive: true });
  }
  return [
    ...rowsOf('all on', outcomes.full, outcomes.ccxt),
    ...rowsOf('books and trades', outcomes.books, outcomes.ccxt),
    ...rowsOf('ccxt pro', outcomes.ccxt),
  ];
};

async function measured(kind: Kind, venue: ChildProcess, url: string, folder: string, load: Load): Promise<Outcome> {
  const client = start('busy-client.ts', [kind, url, SYMBOLS, DEPTH, folder]);
  try {
    if ((await heard(client)) !== 'ready') throw new Error(`${kind}: expected ready`);
    const { rate, warmUpSeconds, seconds } = load;
    const pace: Pace = { rate, frames: Math.floor(rate * (warmUpSeconds + seconds)) };
    const paced = heard<Paced>(venue);
    venue.send(pace);
    await setTimeout(warmUpSeconds * 1000);
    client.send('begin');
    const sent = await paced;
    const figures = heard<Figures>(client);
    client.send('end');
    const outcome = await figures;
    await once(client, 'exit'); // its recording is complete then
    if (outcome.faults.length > 0) throw new Error(`${kind}: ${outcome.faults.join(', ')}`);
    return { ...outcome, rate: pace.frames / sent.seconds, behind: sent.sentInAll - outcome.handledInAll };
  } finally {
    client.kill();
  }
}

function rowsOf(who: string, ours: readonly Outcome[], theirs?: readonly Outcome[]): BenchRow[] {
  const row = (name: string, unit: string, of: (outcome: Outcome) => number, isCompared = false): BenchRow => {
    const value = median(ours.map(of));
    return theirs === undefined || !isCompared
      ? { name: `${who}: ${name}`, median: value, unit, against: undefined, ratio: undefined }
      : { name: `${who}: ${name}`, median: value, unit, against: 'ccxt pro', ratio: value / median(theirs.map(of)) };
  };
  return [
    row('sent by the venue', 'frames/s', ({ rate }) => rate),
    row('CPU', '% of core', ({ cpu }) => 100 * cpu, true),
    row('CPU per frame handled', 'µs', ({ cpuPerFrame }) => cpuPerFrame, true),
    row('taken off the core for others', 'times/s', ({ preempted }) => preempted),
    row('receive to applied, p50', 'µs', ({ applied }) => applied.p50, true),
    row('receive to applied, p99', 'µs', ({ applied }) => applied.p99, true),
    row('receive to applied, max', 'µs', ({ applied }) => applied.max, true),
    row("venue's stamp to listener, p50", 'ms', ({ age }) => age.p50 / 1000, true),
    row("venue's stamp to listener, p99", 'ms', ({ age }) => age.p99 / 1000, true),
    row('frames behind at the end', 'frames', ({ behind }) => behind),
    row('listener told, of frames handled', '%', ({ told, handled }) => (100 * told) / handled),
  ];
}

function start(file: string, args: readonly (number | string)[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String));
}

/** What a process says next. @throws Error when it ends instead. */
function heard<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`A process of the benchmark ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}
