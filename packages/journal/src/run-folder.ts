import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { microsToIso } from '@kb/model';
import type { Micros } from '@kb/model';
import { writeFileAtomic } from './atomic-file.ts';
import { attempt, JournalError } from './errors.ts';
import type { JournalChain, JournalEnd } from './format.ts';
import { HOST } from './host-process.ts';
import type { HostProcess } from './host-process.ts';
import { holderOf, lockedBy, releaseLock, takeLock } from './run-lock.ts';
import { newManifest, readManifest, writeManifest } from './run-manifest.ts';
import type { RunManifest, RunStatus } from './run-manifest.ts';
import { recoverIfCrashed, recoverRuns } from './run-recovery.ts';
import type { RecoveredRun } from './run-recovery.ts';

export interface RunFolderOptions {
  /** Where runs live; made when it is not there. */
  readonly root: string;
  /** `paper`, `replay`, …: lower-case letters. */
  readonly mode: string;
  /** For people; becomes part of the folder's name. */
  readonly name: string;
  /** The wall clock, now. */
  readonly now: Micros;
  /** Four random hex digits. */
  readonly suffix: string;
  readonly seed?: number;
  readonly versions?: Readonly<Record<string, string>>;
  readonly configHash?: string;
  readonly codeHash?: string;
  readonly inputs?: readonly string[];
  /** The machine; a test's own in tests. */
  readonly host?: HostProcess;
}

export interface RunEnd {
  readonly status: Extract<RunStatus, 'ended' | 'halted'>;
  readonly exitCode: number;
  /** The wall clock, now. */
  readonly now: Micros;
  readonly reason?: string;
  /** Written to `report/summary.json`. */
  readonly summary?: object;
  /** As far as they go; left out, as far as they went before. */
  readonly journal?: Readonly<Partial<Record<JournalChain, JournalEnd>>>;
}

/**
 * The folder of one run: `<root>/<UTC>-<mode>-<name>-<suffix>/` with `run.json`, `LOCK`, `journal/` and `report/`, and the link
 * `<root>/latest-<mode>` to the newest. One writer; what it replaces it replaces as a whole.
 */
export class RunFolder {
  readonly id: string;
  /** Absolute, like the other two. */
  readonly directory: string;
  readonly journalDirectory: string;
  readonly reportDirectory: string;
  /** Runs that had crashed and were sealed when this one was created. */
  readonly recovered: readonly RecoveredRun[];
  #manifest: RunManifest;
  #isFinished = false;

  private constructor(directory: string, manifest: RunManifest, recovered: readonly RecoveredRun[]) {
    this.id = manifest.id;
    this.directory = directory;
    this.journalDirectory = join(directory, 'journal');
    this.reportDirectory = join(directory, 'report');
    this.recovered = recovered;
    this.#manifest = manifest;
  }

  /**
   * Makes and locks the folder of a new run, and seals what crashed before it.
   * @throws JournalError `KB_JOURNAL_BAD_OPTIONS`, `KB_JOURNAL_LOCKED` (a live process, or one of another machine, has this very folder),
   *   `KB_JOURNAL_EXISTS` or `KB_JOURNAL_WRITE_FAILED`.
   */
  static create(options: RunFolderOptions): RunFolder {
    const host = options.host ?? HOST;
    const id = runId(options);
    const root = resolve(options.root);
    const directory = join(root, id);
    attempt('KB_JOURNAL_WRITE_FAILED', `Cannot make ${root}`, () => fs.mkdirSync(root, { recursive: true }));
    const recovered = recoverRuns(root, host);
    makeDirectory(directory, host);
    takeLock(directory, host);
    const manifest = newManifest({
      id,
      mode: options.mode,
      name: options.name,
      startedAt: microsToIso(options.now),
      versions: options.versions ?? {},
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      configHash: options.configHash,
      codeHash: options.codeHash,
      seed: options.seed,
      inputs: options.inputs ?? [],
    });
    attempt('KB_JOURNAL_WRITE_FAILED', `Cannot set up ${directory}`, () => {
      fs.mkdirSync(join(directory, 'journal'));
      fs.mkdirSync(join(directory, 'report'));
      writeManifest(directory, manifest);
      pointLatest(root, options.mode, id);
    });
    return new RunFolder(directory, manifest, recovered);
  }

  /**
   * Locks the folder of a run that has ended or crashed, and marks it as running again: its journals go on with `continues`. Seals it
   * first if it crashed.
   * @throws JournalError `KB_JOURNAL_NOT_FOUND` (no run folder), `KB_JOURNAL_LOCKED`, `KB_JOURNAL_DAMAGED` (it is quarantined, or its
   *   manifest cannot be read) or `KB_JOURNAL_WRITE_FAILED`.
   */
  static resume(path: string, { now, host = HOST }: Pick<RunFolderOptions, 'now' | 'host'>): RunFolder {
    const directory = attempt('KB_JOURNAL_NOT_FOUND', `There is no run in ${path}`, () => fs.realpathSync(path));
    const crashed = recoverIfCrashed(directory, host);
    const holder = holderOf(directory, host);
    if (holder !== undefined) throw lockedBy(directory, holder);
    takeLock(directory, host);
    try {
      const manifest = readManifest(directory);
      if (manifest === undefined) throw new JournalError('KB_JOURNAL_NOT_FOUND', `${directory} holds no run.json`);
      if (manifest.status === 'quarantined') {
        throw new JournalError('KB_JOURNAL_DAMAGED', `${directory} is quarantined: ${manifest.reason ?? ''}`, {
          place: { segment: directory, line: undefined },
        });
      }
      const resumedAt = [...(manifest.resumedAt ?? []), microsToIso(now)];
      const over = { endedAt: undefined, exitCode: undefined, reason: undefined };
      const again: RunManifest = { ...manifest, ...over, status: 'running', resumedAt };
      writeManifest(directory, again);
      return new RunFolder(directory, again, crashed === undefined ? [] : [crashed]);
    } catch (error) {
      releaseLock(directory);
      throw error;
    }
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  /**
   * Writes a file of the run, whole or not at all; directories are made.
   * @param path Relative to the folder.
   * @throws JournalError `KB_JOURNAL_WRITE_FAILED`, or `KB_JOURNAL_BAD_OPTIONS` for a path that leaves the folder.
   */
  write(path: string, content: string): void {
    const target = resolve(this.directory, path);
    if (dirname(target) !== this.directory && !dirname(target).startsWith(join(this.directory, '/'))) {
      throw new JournalError('KB_JOURNAL_BAD_OPTIONS', `${path} is not inside the run folder`);
    }
    attempt('KB_JOURNAL_WRITE_FAILED', `Cannot write ${target}`, () => {
      fs.mkdirSync(dirname(target), { recursive: true });
      writeFileAtomic(target, content);
    });
  }

  /**
   * Writes the summary and the end into the manifest, and lets go of the folder. The first call that succeeds counts.
   * @throws JournalError `KB_JOURNAL_WRITE_FAILED`.
   */
  finish(end: RunEnd): void {
    if (this.#isFinished) return;
    if (end.summary !== undefined) this.write('report/summary.json', `${JSON.stringify(end.summary, undefined, 2)}\n`);
    this.#manifest = {
      ...this.#manifest,
      status: end.status,
      endedAt: microsToIso(end.now),
      exitCode: end.exitCode,
      reason: end.reason,
      journal: end.journal ?? this.#manifest.journal,
    };
    writeManifest(this.directory, this.#manifest);
    releaseLock(this.directory);
    this.#isFinished = true;
  }
}

function runId({ mode, name, now, suffix }: RunFolderOptions): string {
  if (!/^[a-z]+$/.test(mode)) throw badOption('mode', 'lower-case letters', mode);
  if (!/^[0-9a-f]{4}$/.test(suffix)) throw badOption('suffix', 'four hex digits', suffix);
  const stamp = attempt('KB_JOURNAL_BAD_OPTIONS', 'now', () => microsToIso(now).slice(0, 19).replace(/[-:]/g, ''));
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  const short = plain.replace(/^-/, '').slice(0, 48).replace(/-$/, '');
  return `${stamp}Z-${mode}-${short === '' ? 'run' : short}-${suffix}`;
}

function badOption(name: string, expected: string, found: string): JournalError {
  return new JournalError('KB_JOURNAL_BAD_OPTIONS', `Expected ${name} to be ${expected}, was ${JSON.stringify(found)}`);
}

function makeDirectory(directory: string, host: HostProcess): void {
  if (fs.existsSync(directory)) {
    const holder = holderOf(directory, host);
    if (holder !== undefined) throw lockedBy(directory, holder);
    throw new JournalError('KB_JOURNAL_EXISTS', `${directory} is there already`, { hint: 'Take another suffix' });
  }
  attempt('KB_JOURNAL_WRITE_FAILED', `Cannot make ${directory}`, () => fs.mkdirSync(directory));
}

/** Moves the link by rename, so that it always leads somewhere. */
function pointLatest(root: string, mode: string, id: string): void {
  const temporary = join(root, `.latest-${mode}.${process.pid}.tmp`);
  try {
    fs.rmSync(temporary, { force: true });
    fs.symlinkSync(id, temporary, 'dir');
    fs.renameSync(temporary, join(root, `latest-${mode}`));
  } catch (error) {
    // Windows without the privilege, some network shares: the link is a convenience, the run goes on without it.
    if (!(error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'ENOSYS')))
      throw error;
  }
}
