import { randomBytes } from 'node:crypto';
import { RunFolder } from '@kb/journal';
import type { Micros } from '@kb/model';
import { reportOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import type { PaperRunPlan } from './paper-run-plan.ts';
import type { RunJournalEnd } from './run-journal.ts';

/** The folder that a run writes to: a new one under `root`, or that of the run that it goes on with. */
export function runFolderOf(
  { config, mode, resumes, seed, source }: PaperRunPlan,
  root: string,
  now: Micros,
): RunFolder {
  if (resumes !== undefined) return RunFolder.resume(resumes, { now });
  return RunFolder.create({
    root,
    mode: mode.toLowerCase(),
    name: `${config.symbols.join(' ')} ${config.strategies.map(({ use }) => use).join(' ')}`,
    now,
    suffix: randomBytes(2).toString('hex'),
    seed,
    inputs: [source.name],
  });
}

/** Where in it the trails of a feed go: each time that a run goes on it has some of its own. */
export function trailsOf({ manifest }: RunFolder): string {
  const { resumedAt = [] } = manifest;
  return resumedAt.length === 0 ? '/' : `/resumed-${resumedAt.length}/`;
}

/**
 * Ends the folder of a run that cannot go on, and says there why.
 * @param journal How its journals ended, as far as they did; left out for those that were not opened.
 */
export function haltFolder(
  folder: RunFolder,
  error: unknown,
  now: Micros,
  stderr: CommandContext['stderr'],
  journal?: Partial<RunJournalEnd>,
): void {
  const { exitCode, message } = reportOf(error);
  try {
    folder.finish({ status: 'halted', exitCode, now, reason: message, ...(journal !== undefined && { journal }) });
  } catch (second) {
    stderr.write(`${folder.directory} could not be ended: ${reportOf(second).message}\n`);
  }
}
