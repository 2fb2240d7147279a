import fs from 'node:fs';
import { join } from 'node:path';
import { attempt, JournalError } from './errors.ts';
import type { JournalChain, JournalEnd } from './format.ts';
import { verifyJournal } from './journal-reader.ts';
import type { HostProcess } from './host-process.ts';
import { holderOf, releaseLock } from './run-lock.ts';
import { readManifest, writeManifest } from './run-manifest.ts';
import { cutAside } from './torn-tail.ts';
import type { RunManifest, RunStatus } from './run-manifest.ts';

/** What became of a run that had stopped without a word. */
export interface RecoveredRun {
  readonly directory: string;
  readonly id: string;
  readonly status: Extract<RunStatus, 'crashed-recovered' | 'quarantined'>;
  readonly reason: string;
}

/**
 * Seals the runs under a root that are still marked running though nobody runs them: each journal is verified, a torn last
 * line is saved aside (`<segment>.torn`) and cut, and the manifest says how far it goes; or, when it is damaged before its
 * tail, that it cannot be trusted. Runs of live processes, and of other machines, are left alone. Doing it twice, or two at once, is harmless.
 */
export function recoverRuns(root: string, host: HostProcess): readonly RecoveredRun[] {
  const names = attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${root}`, () => fs.readdirSync(root));
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => recoverIfCrashed(join(root, name), host))
    .filter((run) => run !== undefined);
}

/** Somebody's broken folder is not a reason to refuse a new run: what cannot be read or sealed is left for the next time. */
export function recoverIfCrashed(directory: string, host: HostProcess): RecoveredRun | undefined {
  try {
    if (!isRealDirectory(directory)) return undefined;
    // A run writes its end before it unlocks, and locks before it says that it runs: hence one look before and one after.
    if (holderOf(directory, host) !== undefined) return undefined;
    const manifest = readManifest(directory);
    if (manifest?.status !== 'running' || holderOf(directory, host) !== undefined) return undefined;
    return recover(directory, manifest);
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}

/** A directory itself, not a link to one. It may vanish meanwhile: another run moves its `latest` link. */
function isRealDirectory(path: string): boolean {
  return attempt('KB_JOURNAL_READ_FAILED', `Cannot look at ${path}`, () => fs.lstatSync(path).isDirectory());
}

function recover(directory: string, manifest: RunManifest): RecoveredRun {
  const journal: Partial<Record<JournalChain, JournalEnd>> = {};
  const findings: string[] = [];
  let status: RecoveredRun['status'] = 'crashed-recovered';
  for (const chain of ['input', 'output'] as const) {
    try {
      const { records, hash, segments, torn } = verifyJournal(join(directory, 'journal'), { chain });
      journal[chain] = { records, hash, segments };
      if (torn === undefined) continue;
      cutAside(torn);
      findings.push(`${chain}: ${torn.bytes} bytes of an unfinished line ${torn.line} cut`);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      if (error.code === 'KB_JOURNAL_NOT_FOUND') continue;
      status = 'quarantined';
      findings.push(`${error.code} ${error.message}`);
    }
  }
  const reason = findings.length === 0 ? 'its process is gone' : findings.join('; ');
  writeManifest(directory, { ...manifest, status, reason, journal });
  releaseLock(directory);
  return { directory, id: manifest.id, status, reason };
}
