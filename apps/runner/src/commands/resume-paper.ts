import { join } from 'node:path';
import { readManifest } from '@kb/journal';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { ResumeOptions } from '../options.ts';
import { openSource } from '../session/market-source.ts';
import { runPaper } from '../session/paper-run.ts';
import { recordedConfig } from '../session/recorded-run.ts';

/**
 * Goes on with a paper run that ended or crashed: account, orders, their places in the queues and what the strategy knows come from
 * its journals, the configuration too.
 */
export async function resumePaper(options: ResumeOptions, context: CommandContext): Promise<ExitCode> {
  const { connectTimeout, resume, second } = options;
  const manifest = readManifest(resume);
  if (manifest === undefined) {
    throw new CliError('KB_CLI_CANNOT_RESUME', `${resume}: no run folder`, {
      hint: 'name the folder of a paper run, such as runs/latest-paper',
    });
  }
  const [input = ''] = manifest.inputs;
  if (manifest.mode !== 'paper' || !/^wss?:/.test(input)) {
    throw new CliError(
      'KB_CLI_CANNOT_RESUME',
      `${resume}: its market was ${input || 'not told'}, which does not go on`,
      {
        hint: 'only a run on Kraken, or on an exchange under --url, can go on',
      },
    );
  }
  const config = recordedConfig(join(resume, 'journal'));
  const [pair = ''] = config.symbols;
  const url = options.url ?? input;
  const seed = manifest.seed ?? 0;
  const source = await openSource({ kind: 'kraken', url }, pair, { depth: config.depth, seed, speed: 'real' });
  return runPaper({ mode: 'PAPER', source, config, seed, connectTimeout, second, resumes: resume }, options, context);
}
