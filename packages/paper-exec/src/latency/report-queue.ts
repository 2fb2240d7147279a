import type { ExecutionReport, FillReport, Micros, QueueModelId } from '@kb/model';

type Draft<Report> = Report extends ExecutionReport ? Omit<Report, 'seq' | 'recvTs'> : never;
/** A report on its way to us: not numbered, not received. */
export type ReportDraft = Draft<ExecutionReport>;

/** A report in a stream. */
export interface Waiting {
  readonly draft: ReportDraft;
  /** The queue model whose shadow fill it is; `undefined` for a report to the strategy. */
  readonly shadow: QueueModelId | undefined;
  /** When it left the venue: its place in the stream. */
  readonly sentAt: Micros;
  due: Micros;
  /** Number of the command that it answers, if any. */
  readonly answers: number | undefined;
  /** Counts reports of all streams: ties are told in the order in which they were made. */
  readonly made: number;
}

/**
 * Reports travelling back to us on a few streams, of which each keeps its order: what left the venue later is never here
 * earlier. Streams do not wait for each other.
 */
export class ReportQueue {
  readonly #streams: readonly Waiting[][];
  #made = 0;
  #seq = 0;
  #length = 0;

  constructor(streams = 1) {
    this.#streams = Array.from({ length: streams }, () => []);
  }

  /** @param due When it would be here alone; it waits for those before it. @returns It, on its way. */
  push(
    draft: ReportDraft,
    sentAt: Micros,
    due: Micros,
    shadow: QueueModelId | undefined,
    stream = 0,
    answers?: number,
  ): Waiting {
    this.#made += 1;
    const report = { draft, shadow, sentAt, due, answers, made: this.#made };
    this.#insert(report, stream);
    return report;
  }

  /** Lets a report that is still on its way be overtaken by a later one of its stream. */
  moveBehind(report: Waiting, other: Waiting, stream = 0): void {
    const waiting = this.#streams[stream] ?? [];
    const index = waiting.indexOf(report);
    if (index < 0) return;
    waiting.splice(index, 1);
    this.#made += 1;
    const { answers, draft, shadow } = report;
    const behind = { answers, draft, shadow, sentAt: other.sentAt, due: other.due, made: this.#made };
    waiting.splice(waiting.indexOf(other) + 1, 0, behind);
  }

  /** Hands over all that is due by `until`. */
  drain(
    until: Micros,
    recvTs: Micros,
    sink: (report: ExecutionReport, answers: number | undefined) => void,
    shadowSink: ((model: QueueModelId, fill: FillReport) => void) | undefined,
  ): void {
    for (;;) {
      const stream = this.#earliest();
      const next = stream?.[0];
      if (next === undefined || next.due > until) return;
      stream?.shift();
      this.#length -= 1;
      if (next.shadow === undefined) {
        this.#seq += 1;
        sink({ ...next.draft, seq: this.#seq, recvTs }, next.answers);
      } else if (next.draft.type === 'fill') {
        // No venue numbers what only might have happened.
        shadowSink?.(next.shadow, { ...next.draft, seq: 0, recvTs });
      }
    }
  }

  get length(): number {
    return this.#length;
  }

  #insert(report: Waiting, stream: number): void {
    const waiting = this.#streams[stream] ?? [];
    let index = waiting.length;
    for (; index > 0; index -= 1) {
      const before = waiting[index - 1];
      if (before === undefined || before.sentAt <= report.sentAt) break;
    }
    if (index === waiting.length) waiting.push(report);
    else waiting.splice(index, 0, report);
    this.#length += 1;
    const before = waiting[index - 1];
    if (before !== undefined && before.due > report.due) report.due = before.due;
    for (let after = index + 1; after < waiting.length; after += 1) {
      const other = waiting[after];
      if (other === undefined || other.due >= report.due) break;
      other.due = report.due;
    }
  }

  #earliest(): Waiting[] | undefined {
    let earliest: Waiting[] | undefined;
    for (const stream of this.#streams) {
      const next = stream[0];
      const best = earliest?.[0];
      if (next === undefined) continue;
      if (best === undefined || next.due < best.due || (next.due === best.due && next.made < best.made))
        earliest = stream;
    }
    return earliest;
  }
}
