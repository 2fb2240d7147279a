import { ResumedOutput } from '@kb/engine';
import type { OutputRecord, OutputSink, PaperSession, SessionInput } from '@kb/engine';
import type { KrakenSpotFeed } from '@kb/feed';
import { readJournal } from '@kb/journal';
import type { Micros } from '@kb/model';
import { CliError } from '../cli-error.ts';
import { recallRun } from './recorded-run.ts';
import type { RunJournal, RunJournalEnd } from './run-journal.ts';

/** What came of running a run again that goes on. */
export interface Recalled {
  readonly inputs: number;
  /** Outputs that were the same as then. */
  readonly compared: number;
  /** Outputs that a crash had kept from the disk, written now. */
  readonly missing: number;
}

/** What a run writes: to its journals from the start or, of a run that goes on, from where they end. */
export class RunRecord implements OutputSink {
  readonly #open: () => RunJournal;
  /** The output of a run that goes on, while its inputs are run again. */
  readonly #resumed: ResumedOutput | undefined;
  readonly #earlier: string | undefined;
  #journal: RunJournal | undefined = undefined;

  /**
   * @param open Opens the journals: at once, or once a run that goes on has been run again.
   * @param earlier Where the journals lie of a run that goes on; `undefined` for a new one.
   */
  constructor(open: () => RunJournal, earlier: string | undefined) {
    this.#open = open;
    this.#earlier = earlier;
    if (earlier === undefined) this.#journal = open();
    else this.#resumed = new ResumedOutput(readJournal(earlier, { chain: 'output' }));
  }

  /** False until a run that goes on has been run again. */
  get isOpen(): boolean {
    return this.#journal !== undefined;
  }

  input(input: SessionInput): void {
    if (this.#journal === undefined) throw new TypeError('nothing comes in before a run has been run again');
    this.#journal.input(input);
  }

  append(record: OutputRecord): void {
    (this.#resumed ?? this.#journal)?.append(record);
  }

  durable(): void {
    this.#journal?.durable();
  }

  /**
   * Runs the inputs of a run that goes on again, and opens its journals behind them.
   * @param check Throws what must end it.
   * @returns `undefined` when `signal` aborted before the end, and nothing was written; nothing recalled for a new run.
   */
  async recall(
    feed: Pick<KrakenSpotFeed, 'recall'>,
    session: PaperSession,
    now: () => Micros,
    signal: AbortSignal,
    check: () => void,
  ): Promise<Recalled | undefined> {
    const [earlier, resumed] = [this.#earlier, this.#resumed];
    if (earlier === undefined || resumed === undefined) return { inputs: 0, compared: 0, missing: 0 };
    const inputs = await recallRun(earlier, feed, session, signal, check);
    if (inputs === undefined) return undefined;
    const { halted } = session.summary();
    if (halted !== undefined) {
      throw new CliError('KB_CLI_CANNOT_RESUME', `${earlier}: the run was halted: ${halted}`, {
        hint: 'start a new run: a kill switch that was pulled stays pulled',
      });
    }
    const journal = this.#open();
    this.#journal = journal;
    const missing = resumed.goOn(journal);
    journal.input({ type: 'resume', recvTs: now() });
    return { inputs, compared: resumed.compared, missing };
  }

  /** Seals the journals; `undefined` when they were not opened. */
  async close(): Promise<RunJournalEnd | undefined> {
    return await this.#journal?.close();
  }
}
