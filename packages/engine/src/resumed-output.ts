import { EngineError } from './errors.ts';
import type { OutputRecord, OutputSink } from './output.ts';

/**
 * The output of a run that goes on.
 *
 * While its inputs are run again, each record is held against the one that the run wrote then; those that a crash kept from its journal
 * are kept here. From `goOn` on, records go where they always went.
 */
export class ResumedOutput implements OutputSink {
  readonly #recorded: Iterator<Readonly<Record<string, unknown>>>;
  #missing: OutputRecord[] = [];
  #compared = 0;
  #isPast = false;
  #output: OutputSink | undefined = undefined;

  /** @param recorded The records of the output journal, `seq` and all, from the first. */
  constructor(recorded: Iterable<Readonly<Record<string, unknown>>>) {
    this.#recorded = recorded[Symbol.iterator]();
  }

  /** Records that were the same as then. */
  get compared(): number {
    return this.#compared;
  }

  /** @throws EngineError `KB_ENGINE_RESUME_DIFFERS`, naming the first record that is not the one that was written. */
  append(record: OutputRecord): void {
    if (this.#output !== undefined) {
      this.#output.append(record);
      return;
    }
    const was = this.#next();
    if (was === undefined) {
      this.#missing.push(record);
      return;
    }
    const [before, now] = [textOf(was), JSON.stringify(record)];
    if (before !== now) throw differs(this.#compared, before, now);
    this.#compared += 1;
  }

  durable(): void {
    this.#output?.durable();
  }

  /**
   * All inputs have been run again.
   * @param output Gets what is missing of the records until here, and all from here on.
   * @returns How many were missing.
   * @throws EngineError `KB_ENGINE_RESUME_DIFFERS` when the run wrote more than its inputs lead to; whatever `output` throws.
   */
  goOn(output: OutputSink): number {
    const more = this.#next();
    if (more !== undefined) throw differs(this.#compared, textOf(more), 'nothing');
    const missing = this.#missing;
    this.#missing = [];
    for (const record of missing) output.append(record);
    this.#output = output;
    return missing.length;
  }

  #next(): Readonly<Record<string, unknown>> | undefined {
    if (this.#isPast) return undefined;
    const next = this.#recorded.next();
    if (next.done !== true) return next.value;
    this.#isPast = true;
    return undefined;
  }
}

function textOf(record: Readonly<Record<string, unknown>>): string {
  const { seq: _seq, ...written } = record;
  return JSON.stringify(written);
}

function differs(record: number, was: string, is: string): EngineError {
  return new EngineError('KB_ENGINE_RESUME_DIFFERS', `output record ${record} was ${was}, is ${is}`, {
    hint: 'the run was made by another version of kb, or its journals do not belong together: start a new run',
  });
}
