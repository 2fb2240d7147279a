import type { PlainReport } from '../plain-report.ts';
import { refusalError, RequestTimeout } from './errors.ts';
import type { BaseError } from './errors.ts';

interface Waiting {
  /** In the course of the report that says so. */
  readonly resolve: () => void;
  readonly reject: (error: BaseError) => void;
}

/** Promises that wait for the venue's answers to commands, by the numbers of these (`PaperAccount.sentCount`). */
export class Replies {
  readonly #waiting = new Map<number, Waiting>();

  /**
   * @param onDone Called while the report that says so is taken in, before anybody who waits goes on.
   * @returns Resolves when it is done, rejects when it is refused, or no answer comes.
   */
  wait(command: number, onDone?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        onDone?.();
        resolve();
      };
      this.#waiting.set(command, { resolve: done, reject });
    });
  }

  /** Settles what a report answers. What comes after a timeout finds nobody who waits. @param command That it answers, if any. */
  take(report: PlainReport, command: number | undefined): void {
    const waiting = command === undefined ? undefined : this.#waiting.get(command);
    if (command === undefined || waiting === undefined) return;
    this.#waiting.delete(command);
    switch (report.type) {
      case 'rejected':
      case 'amend-rejected':
      case 'cancel-rejected':
        waiting.reject(refusalError(report.reason, report.text));
        return;
      case 'unknown':
        waiting.reject(new RequestTimeout('kraken (paper): no answer came; it may have been done'));
        return;
      case 'accepted':
      case 'amended':
      case 'cancelled':
      case 'expired':
      case 'fill':
      case 'triggered':
        waiting.resolve();
    }
  }

  /** No more answers will come. */
  close(error: BaseError): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }
}
