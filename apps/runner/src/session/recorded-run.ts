import { checkPaperSessionConfig, decodeInput } from '@kb/engine';
import type { PaperSession, PaperSessionConfig, SessionInput } from '@kb/engine';
import type { KrakenSpotFeed } from '@kb/feed';
import { readJournal } from '@kb/journal';
import { CliError } from '../cli-error.ts';

/**
 * The configuration that a run stands under: the header of its input journal.
 * @throws CliError `KB_CLI_UNREADABLE`, EngineError `KB_ENGINE_BAD_CONFIG`, or what reading the journal throws.
 */
export function recordedConfig(journalDirectory: string): PaperSessionConfig {
  const { header } = readJournal(journalDirectory, { chain: 'input' });
  // The header is guarded by the journal's hash chain; the check finds what another version wrote.
  const config = header?.['config'] as PaperSessionConfig | undefined;
  if (config === undefined) {
    throw new CliError('KB_CLI_UNREADABLE', `${journalDirectory}: the input journal holds no configuration`, {
      hint: 'name the folder of a paper or demo run, such as runs/latest-demo',
    });
  }
  checkPaperSessionConfig(config);
  return config;
}

/** What came in, from the first. */
export function* recordedInputs(journalDirectory: string): Generator<SessionInput, void, undefined> {
  for (const record of readJournal(journalDirectory, { chain: 'input' })) yield decodeInput(record);
}

/** How many inputs are run again before others get a turn: Ctrl-C must not wait for a day's inputs. */
const INPUTS_A_TURN = 1000;

/**
 * Brings a feed that has not begun, and the session that lives by it, to where a run stopped.
 * @param check Throws what must end it.
 * @returns How many inputs there were; `undefined` when `signal` aborted before the last.
 */
export async function recallRun(
  journalDirectory: string,
  feed: Pick<KrakenSpotFeed, 'recall'>,
  session: Pick<PaperSession, 'halt' | 'resume'>,
  signal: AbortSignal,
  check: () => void,
): Promise<number | undefined> {
  let inputs = 0;
  for (const input of recordedInputs(journalDirectory)) {
    if (input.type === 'halt') session.halt(input.cause);
    else if (input.type === 'resume') session.resume();
    else feed.recall(input);
    check();
    inputs += 1;
    if (inputs % INPUTS_A_TURN > 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return undefined;
  }
  session.resume();
  check();
  return inputs;
}
