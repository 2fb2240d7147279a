import { randomBytes } from 'node:crypto';
import { RunFolder } from '@kb/journal';
import type { Micros } from '@kb/model';
import type { PaperRunPlan } from './paper-run.ts';

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
