import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rerun } from '@kb/engine';
import type { SessionInput } from '@kb/engine';
import { JournalWriter, readJournal } from '@kb/journal';
import type { JournalReadEnd, JournalRecord } from '@kb/journal';
import { CliError, errorText, reportOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { grouped } from '../figures.ts';
import type { DiffOptions } from '../options.ts';
import { recordedConfig, recordedInputs } from '../session/recorded-run.ts';

/** What `--json` prints. */
interface DiffDocument {
  readonly identical: boolean;
  readonly inputs: number;
  readonly outputs: number;
  readonly recordedHash: string;
  readonly rerunHash: string;
}

/**
 * Runs the input journal of a run again and compares what comes out with the run's own output journal.
 * Ends with 6, naming the first record that differs, unless they are the same byte for byte.
 */
export async function replayDiff(options: DiffOptions, context: CommandContext): Promise<ExitCode> {
  const recorded = join(options.path, 'journal');
  const scratch = await mkdtemp(join(tmpdir(), 'kb-replay-'));
  try {
    const inputs = await runAgain(recorded, scratch);
    const difference = firstDifference(recorded, scratch);
    const before = endOf(recorded);
    const after = endOf(scratch);
    const document: DiffDocument = {
      identical: before.hash === after.hash,
      inputs,
      outputs: before.records,
      recordedHash: before.hash,
      rerunHash: after.hash,
    };
    context.stdout.write(options.json ? `${JSON.stringify(document)}\n` : textOf(document));
    if (document.identical) return EXIT_CODES.ok;
    // Told on stderr alone: with --json the one document is out already.
    const what = `${options.path}: ${difference ?? 'the journals end differently'}`;
    const error = new CliError('KB_CLI_REPLAY_DIFFERS', what, {
      hint: 'the run was made by another version of kb, or was cut off before its last outputs',
    });
    context.stderr.write(errorText(reportOf(error)));
    return EXIT_CODES.integrity;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @returns How many inputs there were. */
async function runAgain(recorded: string, scratch: string): Promise<number> {
  const config = recordedConfig(recorded);
  const output = new JournalWriter({ directory: scratch, chain: 'output' });
  let inputs = 0;
  function* counted(): Generator<SessionInput, void, undefined> {
    for (const input of recordedInputs(recorded)) {
      inputs += 1;
      yield input;
    }
  }
  await rerun(config, counted(), {
    append: (record) => output.append(record),
    durable: () => undefined, // nothing is sent anywhere
  });
  await output.close();
  return inputs;
}

function endOf(directory: string): JournalReadEnd {
  const journal = readJournal(directory, { chain: 'output' });
  for (const record of journal) void record;
  if (journal.end === undefined) throw new TypeError('a journal that was read whole has an end');
  return journal.end;
}

function firstDifference(recorded: string, scratch: string): string | undefined {
  const again = readJournal(scratch, { chain: 'output' })[Symbol.iterator]();
  for (const record of readJournal(recorded, { chain: 'output' })) {
    const other = again.next();
    const was = JSON.stringify(record);
    const is = other.done === true ? 'nothing' : JSON.stringify(other.value);
    if (was !== is) return `record ${record.seq} was ${was}, is ${is}`;
  }
  const more: IteratorResult<JournalRecord, void> = again.next();
  return more.done === true ? undefined : `record ${more.value.seq} is new: ${JSON.stringify(more.value)}`;
}

function textOf({ identical, inputs, outputs, recordedHash, rerunHash }: DiffDocument): string {
  const counts = `${grouped(String(inputs))} inputs run again, ${grouped(String(outputs))} outputs compared\n`;
  const verdict = identical ? 'identical' : 'DIFFERENT';
  return `${counts}${verdict}: output sha256 ${recordedHash} ${identical ? '=' : '≠'} ${rerunHash}\n`;
}
