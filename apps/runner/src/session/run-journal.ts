import { encodeInput } from '@kb/engine';
import type { OutputRecord, OutputSink, PaperSessionConfig, SessionInput } from '@kb/engine';
import { JournalWriter } from '@kb/journal';
import type { JournalEnd, JournalWriterOptions } from '@kb/journal';

/** How a run's two journals ended. */
export interface RunJournalEnd {
  readonly input: JournalEnd;
  readonly output: JournalEnd;
}

/**
 * The two journals of a run: what came in, and what came of it. The configuration is the input journal's header, so that
 * the journal alone can be run again.
 */
export class RunJournal implements OutputSink {
  readonly #input: JournalWriter;
  readonly #output: JournalWriter;
  readonly #onRecord: (record: OutputRecord) => void;

  /**
   * @param onRecord Sees every output record after it was taken.
   * @param options For both journals. With `continues` they go on, and keep the configuration they have. `fsync` is `never` unless told:
   *   on paper nothing is lost but a rehearsal, so the system may write when it likes.
   */
  constructor(
    directory: string,
    config: PaperSessionConfig,
    onRecord: (record: OutputRecord) => void,
    options: Omit<JournalWriterOptions, 'beforeWrite' | 'chain' | 'directory' | 'header'> = {},
  ) {
    const header = options.continues === true ? {} : { header: { config } };
    this.#input = new JournalWriter({ ...options, ...header, directory, chain: 'input' });
    // Whatever a crash leaves, the inputs that led to an output are there.
    const beforeWrite = (): void => this.#input.flush();
    this.#output = new JournalWriter({ ...options, directory, chain: 'output', beforeWrite });
    this.#onRecord = onRecord;
  }

  input(input: SessionInput): void {
    this.#input.append(encodeInput(input));
  }

  append(record: OutputRecord): void {
    this.#output.append(record);
    this.#onRecord(record);
  }

  /** Inputs first: an intent on disk without what it was decided on could not be explained. */
  durable(): void {
    this.#input.durable();
    this.#output.durable();
  }

  /** Seals both; one that cannot be sealed does not keep the other from it. Closing twice is fine. */
  async close(): Promise<RunJournalEnd> {
    const closing = [this.#input.close(), this.#output.close()] as const;
    await Promise.allSettled(closing);
    const [input, output] = await Promise.all(closing);
    return { input, output };
  }
}
