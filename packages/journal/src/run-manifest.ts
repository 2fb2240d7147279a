import fs from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import { attempt, JournalError } from './errors.ts';
import type { JournalChain, JournalEnd } from './format.ts';

/**
 * `running` · `ended` as asked · `halted` by risk, an error or the user · `crashed-recovered` stopped without a word, its
 * journal whole up to the last complete record · `quarantined` its journal is damaged before its tail.
 */
export type RunStatus = 'running' | 'ended' | 'halted' | 'crashed-recovered' | 'quarantined';

/** `run.json`: what ran, with what, and how it ended. */
export interface RunManifest {
  readonly formatVersion: number;
  readonly id: string;
  readonly mode: string;
  readonly name: string;
  readonly status: RunStatus;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  /** When it was gone on with after it had ended or crashed; left out until then. */
  readonly resumedAt?: readonly string[];
  /** Versions of the packages at work. */
  readonly versions: Readonly<Record<string, string>>;
  readonly node: string;
  readonly platform: string;
  readonly configHash: string | undefined;
  readonly codeHash: string | undefined;
  readonly seed: number | undefined;
  /** Where the input came from: a source, recordings, their hashes. */
  readonly inputs: readonly string[];
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
  /** How far each journal goes. */
  readonly journal: Readonly<Partial<Record<JournalChain, JournalEnd>>>;
}

const MANIFEST = 'run.json';
const MANIFEST_VERSION = 1;

export function newManifest(
  fields: Omit<RunManifest, 'formatVersion' | 'status' | 'endedAt' | 'resumedAt' | 'exitCode' | 'reason' | 'journal'>,
): RunManifest {
  return {
    formatVersion: MANIFEST_VERSION,
    ...fields,
    status: 'running',
    endedAt: undefined,
    exitCode: undefined,
    reason: undefined,
    journal: {},
  };
}

export function writeManifest(directory: string, manifest: RunManifest): void {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  attempt('KB_JOURNAL_WRITE_FAILED', `Cannot write ${join(directory, MANIFEST)}`, () =>
    writeFileAtomic(join(directory, MANIFEST), text),
  );
}

/**
 * Reads a run's manifest.
 * @returns `undefined` when the directory is no run folder.
 * @throws JournalError `KB_JOURNAL_DAMAGED` when there is one that cannot be read.
 */
export function readManifest(directory: string): RunManifest | undefined {
  const path = join(directory, MANIFEST);
  if (!fs.existsSync(path)) return undefined;
  const text = attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${path}`, () => fs.readFileSync(path, 'utf8'));
  const value: unknown = attempt('KB_JOURNAL_DAMAGED', `Cannot read ${path}`, () => JSON.parse(text));
  if (!isManifest(value)) {
    throw new JournalError('KB_JOURNAL_DAMAGED', `${path} is not the manifest of a run`, {
      place: { segment: path, line: undefined },
    });
  }
  return value;
}

/** Written by us, whole or not at all: a look at what the recovery relies on is enough. */
function isManifest(value: unknown): value is RunManifest {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    fields.get('formatVersion') === MANIFEST_VERSION &&
    typeof fields.get('id') === 'string' &&
    typeof fields.get('status') === 'string'
  );
}
