import type { ExecutionReport, FillReport, Micros, QueueModelId } from '@kb/model';

type Draft<Report> = Report extends ExecutionReport ? Omit<Report, 'seq' | 'recvTs'> : never;
/** A report on its way to us: not numbered, not received. */
export type ReportDraft = Draft<ExecutionReport>;

interface Waiting {
  readonly due: Micros;
  /** The queue model whose shadow fill it is; `undefined` for a report to the strategy. */
  readonly shadow: QueueModelId | undefined;
  readonly draft: ReportDraft;
}

/** Reports travelling back to us, in the order in which they fall due; ties in the order in which they were made. */
export class ReportQueue {
  readonly #waiting: Waiting[] = [];
  #seq = 0;

  push(draft: ReportDraft, due: Micros, shadow: QueueModelId | undefined): void {
    const waiting = this.#waiting;
    let index = waiting.length;
    for (; index > 0; index -= 1) {
      const before = waiting[index - 1];
      if (before === undefined || before.due <= due) break;
    }
    waiting.splice(index, 0, { due, shadow, draft });
  }

  /** Hands over all that is due by `until`. */
  drain(
    until: Micros,
    recvTs: Micros,
    sink: (report: ExecutionReport) => void,
    shadowSink: ((model: QueueModelId, fill: FillReport) => void) | undefined,
  ): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.due > until) return;
      this.#waiting.shift();
      if (next.shadow === undefined) {
        this.#seq += 1;
        sink({ ...next.draft, seq: this.#seq, recvTs });
      } else if (next.draft.type === 'fill') {
        // No venue numbers what only might have happened.
        shadowSink?.(next.shadow, { ...next.draft, seq: 0, recvTs });
      }
    }
  }

  /** When the next one falls due. */
  nextDue(): Micros | undefined {
    return this.#waiting[0]?.due;
  }

  get length(): number {
    return this.#waiting.length;
  }
}
